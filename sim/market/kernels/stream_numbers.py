"""Numbers of the random streams, as the kernels need them; sim.streams gives them their names."""

NETWORK = 1
POPULATION = 2
CUSTOMER = 3
JOURNEY = 4
ENCOUNTER = 5
TELLING = 6
