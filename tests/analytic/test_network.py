"""The social network against graph theory and networkx.

Tolerances of random quantities are ``Z`` standard errors, computed from the size of the network: a correct program
fails such a check with probability 6e-7 (normal approximation), over all seeds; the seeds are fixed. Without the
compiler the same checks run on smaller networks, with the wider tolerances that follow.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import networkx as nx
import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.market.kernels.choices import number_below, wide_uniform
from sim.market.kernels.preferential_attachment import edge_owner
from sim.market.network import acquaintance_probabilities, build_network, placing_probability
from sim.market.state import Network
from sim.parameters.population import Network as NetworkParameters

Z = 5.0
COMPILED = not numba.config.DISABLE_JIT
N_PERSONS = 10_000 if COMPILED else 600
RANDOM_TOPOLOGIES = ("watts_strogatz", "barabasi_albert", "erdos_renyi")
SHARES = np.array([0.5, 0.3, 0.2])
ONE = np.ones(1)


def draw_segments(n_persons: int, shares: NDArray[np.float64] = SHARES) -> NDArray[np.uint8]:
    return np.random.default_rng(2).choice(len(shares), n_persons, p=shares).astype(np.uint8)


def build(topology: Any = "watts_strogatz", n_persons: int = N_PERSONS, seed: int = 7, **changes: Any) -> Network:
    """Build a network of one segment and, unless changed, degree 8, rewiring 0.1 and no homophily."""
    parameters = NetworkParameters(**({"topology": topology, "mean_degree": 8, "homophily": 0.0} | changes))
    return build_network(parameters, np.zeros(n_persons, np.uint8), ONE, seed)


def edges(network: Network) -> NDArray[np.int64]:
    """Every acquaintance once, the lower index first, shape (n_edges, 2)."""
    owner = np.repeat(np.arange(len(network.first) - 1), np.diff(network.first))
    pairs = np.column_stack([owner, network.neighbours.astype(np.int64)])
    return pairs[pairs[:, 0] < pairs[:, 1]]


def as_graph(network: Network) -> Any:
    graph = nx.Graph()
    graph.add_nodes_from(range(len(network.first) - 1))
    graph.add_edges_from(edges(network).tolist())
    return graph


def degrees(network: Network) -> NDArray[np.int64]:
    return np.diff(network.first)


def check_rows(network: Network, n_persons: int) -> None:
    assert network.first.dtype == np.int64
    assert network.neighbours.dtype == np.uint32
    assert network.first.shape == (n_persons + 1,)
    assert network.first[0] == 0
    assert network.first[-1] == len(network.neighbours)
    assert np.all(np.diff(network.first) >= 0)
    owner = np.repeat(np.arange(n_persons, dtype=np.int64), np.diff(network.first))
    other = network.neighbours.astype(np.int64)
    assert np.all(other < n_persons)
    assert np.all(owner != other), "a loop"
    code = owner * n_persons + other
    assert np.all(np.diff(code) > 0), "a row is not ascending, or holds a double"
    assert np.array_equal(np.sort(other * n_persons + owner), code), "somebody is heard who does not hear"


@settings(max_examples=60 if COMPILED else 12)
@given(
    topology=st.sampled_from(RANDOM_TOPOLOGIES),
    n_persons=st.integers(50, 130 if COMPILED else 60),
    half_degree=st.integers(1, 24),
    rewiring=st.sampled_from([0.0, 0.1, 0.7, 1.0]),
    homophily=st.sampled_from([0.0, 0.2, 0.6, 0.9]),
    seed=st.integers(0, 2**64 - 1),
)
def test_rows_are_symmetric_ascending_and_without_loops_or_doubles(
    topology: Any, n_persons: int, half_degree: int, rewiring: float, homophily: float, seed: int
) -> None:
    parameters = NetworkParameters(
        topology=topology, mean_degree=2 * half_degree, rewiring=rewiring, homophily=homophily
    )
    network = build_network(parameters, draw_segments(n_persons), SHARES, seed)
    check_rows(network, n_persons)
    if topology != "erdos_renyi":
        assert len(network.neighbours) == 2 * half_degree * n_persons
        assert degrees(network).min() >= half_degree


@pytest.mark.parametrize("topology", RANDOM_TOPOLOGIES)
@pytest.mark.parametrize("n_persons", [51, 61])
def test_nearly_everybody_as_neighbour_still_gives_a_valid_network(topology: str, n_persons: int) -> None:
    network = build(topology, n_persons, mean_degree=50, rewiring=1.0)
    check_rows(network, n_persons)
    if n_persons == 51:
        assert np.all(degrees(network) == 50)


@pytest.mark.parametrize("topology", RANDOM_TOPOLOGIES)
def test_same_seed_gives_same_bits_and_another_seed_another_network(topology: str) -> None:
    one, again, other = (build(topology, 300, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one.first, again.first)
    assert np.array_equal(one.neighbours, again.neighbours)
    assert not np.array_equal(one.neighbours, other.neighbours)


def test_the_upper_half_of_the_seed_counts() -> None:
    assert not np.array_equal(
        build("erdos_renyi", 300, seed=3).neighbours, build("erdos_renyi", 300, seed=3 + 2**32).neighbours
    )


@pytest.mark.parametrize(
    ("topology", "checksum"),
    [("watts_strogatz", 2862171711), ("barabasi_albert", 3577004173), ("erdos_renyi", 3952187035)],
)
def test_bits_are_the_same_with_and_without_the_compiler(topology: Any, checksum: int) -> None:
    parameters = NetworkParameters(topology=topology, mean_degree=6, rewiring=0.2, homophily=0.3)
    network = build_network(parameters, np.arange(120, dtype=np.uint8) % 3, np.ones(3) / 3.0, 12345678901234567890)
    assert zlib.crc32(network.first.tobytes() + network.neighbours.tobytes()) == checksum


def test_a_complete_network_is_only_marked() -> None:
    network = build("complete", 60)
    assert network.complete
    assert len(network.neighbours) == 0
    assert np.array_equal(network.first, np.zeros(61, np.int64))
    assert not build("erdos_renyi", 60).complete


@pytest.mark.parametrize("mean_degree", [4, 8])
def test_without_rewiring_watts_strogatz_is_a_ring_lattice(mean_degree: int) -> None:
    n_persons = 200
    graph = as_graph(build(n_persons=n_persons, mean_degree=mean_degree, rewiring=0.0))
    # On such a ring exactly the adjacent customers share mean_degree - 2 acquaintances: this recovers the ring.
    ring = nx.Graph((a, b) for a, b in graph.edges if len(list(nx.common_neighbors(graph, a, b))) == mean_degree - 2)
    (first, second, *rest), closed = nx.find_cycle(ring), set(ring)
    order = [first[0], second[0], *(edge[0] for edge in rest)]
    assert len(order) == n_persons == len(closed)
    place = {person: i for i, person in enumerate(order)}
    relabelled = {tuple(sorted((place[a], place[b]))) for a, b in graph.edges}
    lattice = nx.circulant_graph(n_persons, range(1, mean_degree // 2 + 1))
    assert relabelled == {tuple(sorted(edge)) for edge in lattice.edges}


@pytest.mark.parametrize("rewiring", [0.02, 0.1, 0.3])
def test_watts_strogatz_clustering_is_that_of_theory_and_of_networkx(rewiring: float) -> None:
    """Watts & Strogatz 1998; Barrat & Weigt 2000: C(p) = C(0) (1 - p)**3, C(0) = 3 (k - 2) / (4 (k - 1))."""
    n_persons, k = (5000 if COMPILED else N_PERSONS), 8
    graph = as_graph(build(n_persons=n_persons, rewiring=rewiring))
    clustering = nx.average_clustering(graph)
    # One rewired edge moves a neighbourhood: the SD over networks was 1.9 to 2.8 times that of independent customers.
    error = 3.0 * np.std(list(nx.clustering(graph).values())) / math.sqrt(n_persons)
    theory = 3 * (k - 2) / (4 * (k - 1)) * (1 - rewiring) ** 3
    # Theory takes the ratio of means for the mean of ratios; networkx exceeds it by as much, up to 0.006.
    assert clustering == pytest.approx(theory, abs=Z * error + 0.01)
    peer = nx.average_clustering(nx.watts_strogatz_graph(n_persons, k, rewiring, seed=1))
    assert clustering == pytest.approx(peer, abs=Z * math.sqrt(2.0) * error)


@pytest.mark.parametrize("rewiring", [0.1, 0.5, 1.0])
def test_the_share_of_rewired_edges_is_the_rewiring(rewiring: float) -> None:
    lattice = {tuple(edge) for edge in edges(build(rewiring=0.0))}
    network = [tuple(edge) for edge in edges(build(rewiring=rewiring))]
    moved = np.mean([edge not in lattice for edge in network])
    error = math.sqrt(max(rewiring * (1.0 - rewiring), 1.0 / N_PERSONS) / len(network))
    # A rewired edge lands on a lattice place by chance with probability of about mean degree / N.
    assert moved == pytest.approx(rewiring, abs=Z * error + 8 / N_PERSONS)


@pytest.mark.parametrize("rewiring", [0.3, 1.0])
def test_watts_strogatz_degrees_spread_as_barrat_and_weigt_say(rewiring: float) -> None:
    """Barrat & Weigt 2000: variance k/2 p (2 - p)."""
    degree = degrees(build(rewiring=rewiring)).astype(np.float64)
    # Own choices stay at k/2; of the k/2 lattice choices by others Binomial(k/2, 1 - p) stay; Poisson(p k/2) arrive.
    variance = 4.0 * rewiring * (2.0 - rewiring)
    fourth = np.mean((degree - degree.mean()) ** 4)
    assert degree.mean() == 8.0
    assert degree.var() == pytest.approx(variance, abs=Z * math.sqrt((fourth - variance**2) / N_PERSONS))


def test_barabasi_albert_is_connected_with_its_minimum_degree() -> None:
    network = build("barabasi_albert")
    assert nx.is_connected(as_graph(network))
    assert degrees(network).min() == 4
    assert degrees(network).mean() == 8.0


@pytest.mark.parametrize("degree", [5, 8, 16, 32])
def test_barabasi_albert_degrees_have_the_exact_law(degree: int) -> None:
    """Bollobas et al. 2001: P(degree >= d) = m (m + 1) / (d (d + 1))."""
    share = np.mean(degrees(build("barabasi_albert")) >= degree)
    theory = 4 * 5 / (degree * (degree + 1))
    # Numbers of given degree scatter less than binomially; the core shifts at most its own 9 customers.
    assert share == pytest.approx(theory, abs=Z * math.sqrt(theory * (1 - theory) / N_PERSONS) + 9 / N_PERSONS)


def test_barabasi_albert_tail_exponent_is_near_three() -> None:
    """Maximum likelihood of Clauset, Shalizi & Newman 2009, eq. 3.7; the standard error is (exponent - 1) / sqrt(n)."""
    smallest = 16
    tail = degrees(build("barabasi_albert")).astype(np.float64)
    tail = tail[tail >= smallest]
    exponent = 1.0 + len(tail) / np.sum(np.log(tail / (smallest - 0.5)))
    # The exact law d (d + 1) (d + 2) looks less steep by 0.1 above 16.
    assert exponent == pytest.approx(2.9, abs=0.1 + Z * 2.0 / math.sqrt(len(tail)))


@pytest.mark.parametrize("half_degree", [1, 2, 7])
def test_the_owner_of_an_edge_is_who_chose_it(half_degree: int) -> None:
    n_core = 2 * half_degree + 1
    owners = [person for person in range(60) for _ in range(person if person < n_core else half_degree)]
    assert [edge_owner(edge, half_degree) for edge in range(len(owners))] == owners


def test_later_customers_change_nothing_among_the_earlier() -> None:
    few, many = edges(build("barabasi_albert", 200)), edges(build("barabasi_albert", 260))
    assert np.array_equal(few, many[many[:, 1] < 200])


@pytest.mark.parametrize("mean_degree", [3, 8])
def test_erdos_renyi_has_the_mean_degree_and_poisson_spread(mean_degree: int) -> None:
    degree = degrees(build("erdos_renyi", mean_degree=mean_degree)).astype(np.float64)
    # The mean degree is twice the edges over N, and the edges are Poisson to order mean degree / N.
    assert degree.mean() == pytest.approx(mean_degree, abs=Z * math.sqrt(2.0 * mean_degree / N_PERSONS))
    fourth = 3.0 * mean_degree**2 + mean_degree
    variance = mean_degree * (1.0 - mean_degree / N_PERSONS)
    assert degree.var() == pytest.approx(variance, abs=Z * math.sqrt((fourth - variance**2) / N_PERSONS))


@pytest.fixture(scope="module")
def meetings() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Who met whom in many Erdos-Renyi networks of 50 customers in two segments, and the probabilities asked for."""
    n_networks = 400 if COMPILED else 60
    segment = np.repeat(np.array([1, 0], np.uint8), [20, 30])
    parameters = NetworkParameters(topology="erdos_renyi", mean_degree=7, homophily=0.3)
    met = np.zeros((n_networks, 50, 50))
    for seed in range(n_networks):
        pairs = edges(build_network(parameters, segment, np.array([0.6, 0.4]), seed))
        met[seed, pairs[:, 0], pairs[:, 1]] = 1.0
    within, between = acquaintance_probabilities(np.array([30, 20]), 7, 0.3)
    probability = np.where(np.equal.outer(segment, segment), within[segment], between)
    return met + met.transpose(0, 2, 1), probability * (1.0 - np.eye(50))


def test_erdos_renyi_pairs_are_as_likely_as_asked(meetings: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    """Chi-square over all pairs."""
    met, probability = meetings
    upper = np.triu_indices(50, 1)
    p, n_networks = probability[upper], len(met)
    square = np.sum((met.sum(axis=0)[upper] - n_networks * p) ** 2 / (n_networks * p * (1 - p)))
    assert square == pytest.approx(len(p), abs=Z * math.sqrt(2.0 * len(p) * (1.0 + 0.5 / (n_networks * p.min()))))


def test_erdos_renyi_own_segment_and_others_are_met_independently(
    meetings: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    met, probability = meetings
    surprise = met - probability
    # Customers 20 to 49 are the first segment; each decides on those behind in it and on all of the other.
    own = np.triu(surprise)[:, 20:49, 20:].sum(axis=2).ravel()
    others = surprise[:, 20:49, :20].sum(axis=2).ravel()
    assert np.corrcoef(own, others)[0, 1] == pytest.approx(0.0, abs=Z / math.sqrt(len(own)))


def test_erdos_renyi_with_all_pairs_is_complete() -> None:
    assert np.all(degrees(build("erdos_renyi", 60, mean_degree=59)) == 59)


@pytest.mark.parametrize("homophily", [0.0, 0.3, 0.8])
def test_acquaintance_probabilities_give_degree_and_assortativity_exactly(homophily: float) -> None:
    sizes = np.array([500, 300, 200])
    within, between = acquaintance_probabilities(sizes, 8.0, homophily)
    mixing = np.outer(sizes, sizes) * between
    np.fill_diagonal(mixing, sizes * (sizes - 1) * within)
    assert mixing.sum(axis=1) == pytest.approx(8.0 * sizes)
    mixing /= mixing.sum()
    chance = float(np.sum(mixing.sum(axis=0) ** 2))
    # Nobody is their own neighbour, so chance alone gives -1/(N - 1) times a number near 1.
    assert (np.trace(mixing) - chance) / (1.0 - chance) == pytest.approx(homophily, abs=2.0 / sizes.sum())


def test_a_segment_too_small_for_its_homophily_does_not_change_the_mean_degree() -> None:
    sizes = np.array([990, 5, 1])
    within, between = acquaintance_probabilities(sizes, 8.0, 0.6)
    assert within[1] == 1.0
    n_edges = float(np.sum(sizes * (sizes - 1) / 2 * within)) + (990 * 6 + 5) * between
    assert n_edges == pytest.approx(996 * 4.0)


def measure_assortativity(network: Network, segment: NDArray[np.uint8]) -> float:
    graph = as_graph(network)
    nx.set_node_attributes(graph, dict(enumerate(segment.tolist())), "segment")
    return float(nx.attribute_assortativity_coefficient(graph, "segment"))


def assortativity_tolerance(n_edges: int) -> float:
    """Z standard errors: 1/sqrt(edges) for independent edges, doubled because those of one customer move together.

    The SD over 100 networks was 0.6 to 0.8 (ring: to 1.9) times 1/sqrt(edges); with 40,000 edges this is 0.05.
    """
    return Z * 2.0 / math.sqrt(n_edges)


@pytest.mark.parametrize("topology", RANDOM_TOPOLOGIES)
@pytest.mark.parametrize("homophily", [0.0, 0.2, 0.4, 0.6])
def test_assortativity_is_the_requested_homophily(topology: Any, homophily: float) -> None:
    segment = draw_segments(N_PERSONS)
    parameters = NetworkParameters(topology=topology, mean_degree=8, rewiring=0.1, homophily=homophily)
    network = build_network(parameters, segment, SHARES, 11)
    assert measure_assortativity(network, segment) == pytest.approx(
        homophily, abs=assortativity_tolerance(4 * N_PERSONS)
    )


@pytest.mark.parametrize("topology", ["watts_strogatz", "erdos_renyi"])
def test_homophily_does_not_depend_on_how_customers_are_numbered(topology: Any) -> None:
    segment = np.sort(draw_segments(N_PERSONS))
    parameters = NetworkParameters(topology=topology, mean_degree=8, rewiring=0.1, homophily=0.3)
    network = build_network(parameters, segment, SHARES, 12)
    assert measure_assortativity(network, segment) == pytest.approx(0.3, abs=assortativity_tolerance(4 * N_PERSONS))


def test_rewired_watts_strogatz_is_as_assortative_as_the_kept_edges_allow() -> None:
    segment = draw_segments(N_PERSONS)
    parameters = NetworkParameters(topology="watts_strogatz", mean_degree=8, rewiring=0.7, homophily=0.6)
    network = build_network(parameters, segment, SHARES, 13)
    assert measure_assortativity(network, segment) == pytest.approx(0.3, abs=assortativity_tolerance(4 * N_PERSONS))


@pytest.mark.parametrize("topology", RANDOM_TOPOLOGIES)
def test_in_one_segment_homophily_changes_nothing(topology: str) -> None:
    plain, asked = build(topology, 400), build(topology, 400, homophily=0.5)
    assert np.array_equal(plain.first, asked.first)
    assert np.array_equal(plain.neighbours, asked.neighbours)


@pytest.mark.parametrize(
    ("homophily", "rewiring", "expected"), [(0.0, 1.0, 0.0), (0.5, 1.0, 1.0), (0.9, 0.5, 1.0), (0.36, 0.0, 0.6)]
)
def test_placing_probability_covers_its_corners(homophily: float, rewiring: float, expected: float) -> None:
    assert placing_probability(homophily, rewiring) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "segment", "shares", "seed", "reason"),
    [
        ({}, np.zeros(60), [1.0], -1, "seed"),
        ({}, np.zeros(60), [1.0], 2**64, "seed"),
        ({}, np.zeros(60), [0.5, 0.4], 1, "sum to 1"),
        ({}, np.zeros(60), [1.5, -0.5], 1, "negative"),
        ({}, np.zeros(60), [math.nan], 1, "sum to 1"),
        ({}, np.zeros(60), [], 1, "sum to 1"),
        ({}, np.ones(60), [1.0], 1, "index 1 has no share"),
        ({"mean_degree": 60}, np.zeros(60), [1.0], 1, "more than 60 customers"),
        ({"mean_degree": 7}, np.zeros(60), [1.0], 1, "must be even for watts_strogatz"),
        ({"mean_degree": 7, "topology": "barabasi_albert"}, np.zeros(60), [1.0], 1, "must be even for barabasi_albert"),
    ],
)
def test_impossible_requests_are_refused_with_the_reason(
    changes: dict[str, Any], segment: Any, shares: list[float], seed: int, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        build_network(NetworkParameters(**changes), segment.astype(np.uint8), np.array(shares), seed)


@settings(max_examples=50)
@given(high=st.integers(0, 2**32 - 1), low=st.integers(0, 2**32 - 1), limit=st.integers(1, 2**32 - 1))
def test_numbers_below_a_limit_are_the_exact_product(high: int, low: int, limit: int) -> None:
    assert number_below(np.uint64(high), np.uint64(low), limit) == (((high << 32) | low) * limit) >> 64


@pytest.mark.parametrize(("word", "expected"), [(0, 2.0**-53), (2**32 - 1, 1.0 - 2.0**-53)])
def test_wide_uniforms_are_never_zero_nor_one(word: int, expected: float) -> None:
    assert wide_uniform(np.uint64(word), np.uint64(word)) == expected


@pytest.mark.slow
@pytest.mark.skipif(not COMPILED, reason="takes minutes without the compiler")
@pytest.mark.parametrize("topology", RANDOM_TOPOLOGIES)
def test_two_hundred_thousand_customers_make_a_valid_network(topology: Any) -> None:
    n_persons = 200_000
    segment = draw_segments(n_persons)
    network = build_network(NetworkParameters(topology=topology, homophily=0.3), segment, SHARES, 1)
    check_rows(network, n_persons)
    pairs = edges(network)
    chance = float(np.sum((np.bincount(segment) / n_persons) ** 2))
    same = float(np.mean(segment[pairs[:, 0]] == segment[pairs[:, 1]]))
    assert (same - chance) / (1.0 - chance) == pytest.approx(0.3, abs=assortativity_tolerance(len(pairs)) + 0.001)
