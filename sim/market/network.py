"""Who hears whom: the social network of the market.

Homophily is the nominal assortativity coefficient by segment (Newman 2003, "Mixing patterns in networks"): 0 when
segment plays no part, 1 when nobody knows anybody of another segment. All three random topologies are made to have
the requested coefficient in expectation, where it can be had:

* Watts-Strogatz: with rewiring r the ring carries at most 1 - r, and that is what one gets beyond it.
* Erdos-Renyi: a segment smaller than the mean degree cannot supply enough acquaintances of its own.
* Barabasi-Albert: the first customers cannot choose, and a segment of less than half a per cent is often not found.

The coefficient of one network scatters around the request, at 10,000 customers with an SD below 0.01.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.market.kernels.network import count_neighbours, fill_neighbours
from sim.market.kernels.preferential_attachment import attach_customers
from sim.market.kernels.random_graph import choose_at_random, order_by_segment
from sim.market.kernels.small_world import choose_ring_neighbours, place_customers, rewire_edges
from sim.market.state import Network
from sim.parameters.population import Network as NetworkParameters

_NEARLY_CERTAIN = 1.0 - 2.0**-53

Choices = tuple[NDArray[np.int64], NDArray[np.uint32]]
"""Start of each person's choices, shape (N + 1,), and the chosen persons, shape (n_edges,)."""


def build_network(
    network: NetworkParameters, segment: NDArray[np.uint8], segment_shares: NDArray[np.float64], seed: int
) -> Network:
    """Draw the social network of a market.

    Parameters
    ----------
    network
        Topology, mean degree, rewiring and homophily.
    segment
        Segment index of each customer, shape (N,). In a Barabasi-Albert network, where low indices have come first and
        know most, the order of the customers must say nothing about their segment.
    segment_shares
        Share of each segment in the population the customers are drawn from, sum 1, shape (n_segments,).
    seed
        Seed of the replicate, 0 to 2**64 - 1; the same seed gives the same network, bit for bit.

    Returns
    -------
    Network
        Symmetric rows, neighbours ascending, no loops, no doubles. A complete network is only marked as such.

    Raises
    ------
    ValueError
        If the shares are negative or do not sum to 1, a segment index has no share, the mean degree does not fit the
        number of customers or is odd where half of it is needed, or the seed does not fit into 64 bits.

    Notes
    -----
    Sources: Watts & Strogatz (1998), Barabasi & Albert (1999), Erdos & Renyi (1959).

    Examples
    --------
    >>> parameters = NetworkParameters(topology="watts_strogatz", mean_degree=4, rewiring=0.0, homophily=0.0)
    >>> ring = build_network(parameters, np.zeros(50, np.uint8), np.ones(1), seed=1)
    >>> [int(degree) for degree in np.unique(np.diff(ring.first))]
    [4]
    """
    _check_request(network, segment, segment_shares, seed)
    segment = np.ascontiguousarray(segment, np.uint8)
    n_persons = len(segment)
    if network.topology == "complete":
        return Network(np.zeros(n_persons + 1, np.int64), np.zeros(0, np.uint32), True)
    if network.topology == "watts_strogatz":
        choices = _choose_small_world(network, segment, segment_shares, np.uint64(seed))
    elif network.topology == "barabasi_albert":
        choices = _choose_preferentially(network, segment, np.uint64(seed))
    else:
        choices = _choose_independently(network, segment, len(segment_shares), np.uint64(seed))
    return _join_rows(*choices)


def placing_probability(homophily: float, rewiring: float) -> float:
    """Return the probability that a customer is placed on the ring by segment rather than at random.

    Two neighbours on the ring who are both placed by segment share it, all others do so by chance: the assortativity of
    the ring is the square of this probability. Rewired edges have none, so that (1 - rewiring) of it is left.

    Parameters
    ----------
    homophily
        Requested assortativity, 0 to 1.
    rewiring
        Probability that an edge is rewired, 0 to 1.

    Returns
    -------
    float
        Probability, 1 where the request cannot be met.

    Examples
    --------
    >>> placing_probability(0.2, 0.2)
    0.5
    """
    if homophily == 0.0:
        return 0.0
    kept = 1.0 - rewiring
    return math.sqrt(homophily / kept) if homophily < kept else 1.0


def acquaintance_probabilities(
    segment_sizes: NDArray[np.int64], mean_degree: float, homophily: float
) -> tuple[NDArray[np.float64], float]:
    """Return the probabilities that two customers know each other in an Erdos-Renyi network with homophily.

    Of everybody's mean degree the part ``homophily`` is spent within the own segment and the rest on everybody alike,
    which makes the assortativity equal to ``homophily`` whatever the sizes. Where a segment is too small to absorb its
    part, the remainder goes to pairs of different segments: the mean degree holds, the assortativity falls short.

    Parameters
    ----------
    segment_sizes
        Customers of each segment, shape (n_segments,).
    mean_degree
        Mean number of neighbours, less than the number of customers.
    homophily
        Requested assortativity, 0 to 1.

    Returns
    -------
    tuple
        For two customers of one segment, by segment, shape (n_segments,); and for two of different segments.
    """
    n_persons = int(segment_sizes.sum())
    pairs = segment_sizes * (segment_sizes - 1) / 2.0
    others = np.maximum(segment_sizes - 1, 1)
    anybody = (1.0 - homophily) * mean_degree / (n_persons - 1)
    within = np.minimum(1.0, anybody + homophily * mean_degree / others)
    mixed_pairs = n_persons * (n_persons - 1) / 2.0 - float(pairs.sum())
    if mixed_pairs <= 0.0:
        return within, 0.0
    missing_edges = n_persons * mean_degree / 2.0 - float((pairs * within).sum())
    return within, min(1.0, max(0.0, missing_edges / mixed_pairs))


def _check_request(
    network: NetworkParameters, segment: NDArray[np.uint8], segment_shares: NDArray[np.float64], seed: int
) -> None:
    """Raise ValueError with the reason if no network can be built; see build_network."""
    n_persons = len(segment)
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed: {seed} is outside 0 to 2**64 - 1")
    if np.any(segment_shares < 0.0) or not abs(float(segment_shares.sum()) - 1.0) <= 1e-6:
        raise ValueError(f"segment_shares: must not be negative and must sum to 1, given {segment_shares}")
    if n_persons and int(segment.max()) >= len(segment_shares):
        raise ValueError(f"segment: index {int(segment.max())} has no share, {len(segment_shares)} shares given")
    if network.mean_degree >= n_persons:
        raise ValueError(f"network.mean_degree: {network.mean_degree} neighbours need more than {n_persons} customers")
    if network.topology in ("watts_strogatz", "barabasi_albert") and network.mean_degree % 2:
        raise ValueError(f"network.mean_degree: {network.mean_degree} must be even for {network.topology}")


def _choose_small_world(
    network: NetworkParameters, segment: NDArray[np.uint8], segment_shares: NDArray[np.float64], seed: np.uint64
) -> Choices:
    """Return the choices of a Watts-Strogatz network: a ring lattice in random order, partly rewired."""
    n_persons, half_degree = len(segment), network.mean_degree // 2
    shares = np.ascontiguousarray(segment_shares, np.float64)
    key = np.empty(n_persons, np.float64)
    probability = placing_probability(network.homophily, network.rewiring)
    place_customers(seed, segment, shares, np.cumsum(shares) - shares, probability, key)
    ring = np.argsort(key, kind="stable")
    targets = np.empty(n_persons * half_degree, np.uint32)
    choose_ring_neighbours(ring, half_degree, targets)
    rewire_edges(seed, network.rewiring, half_degree, targets)
    return np.arange(n_persons + 1, dtype=np.int64) * half_degree, targets


def _choose_preferentially(network: NetworkParameters, segment: NDArray[np.uint8], seed: np.uint64) -> Choices:
    """Return the choices of a Barabasi-Albert network; customers arrive in the order of their index."""
    n_persons, half_degree = len(segment), network.mean_degree // 2
    start = np.empty(n_persons + 1, np.int64)
    targets = np.empty(n_persons * half_degree, np.uint32)
    attach_customers(seed, segment, network.homophily, half_degree, start, targets)
    return start, targets


def _choose_independently(
    network: NetworkParameters, segment: NDArray[np.uint8], n_segments: int, seed: np.uint64
) -> Choices:
    """Return the choices of an Erdos-Renyi network."""
    n_persons = len(segment)
    sizes = np.bincount(segment, minlength=n_segments).astype(np.int64)
    within, between = acquaintance_probabilities(sizes, network.mean_degree, network.homophily)
    log_miss_own = np.log1p(-np.minimum(within, _NEARLY_CERTAIN))
    # "Never" would divide by zero: 1e-300 of a chance is never.
    log_miss_other = math.log1p(-min(max(between, 1e-300), _NEARLY_CERTAIN))
    order = np.empty(n_persons, np.uint32)
    place = np.empty(n_persons, np.uint32)
    segment_end = np.cumsum(sizes) - sizes
    order_by_segment(segment, segment_end, order, place)
    start = np.empty(n_persons + 1, np.int64)
    expected = n_persons * network.mean_degree / 2.0
    # Six SD of room make a second pass a matter of one network in a billion.
    targets = np.empty(int(expected + 6.0 * math.sqrt(expected)) + 1, np.uint32)
    n_edges = choose_at_random(seed, segment, segment_end, order, place, log_miss_own, log_miss_other, start, targets)
    if n_edges > len(targets):
        targets = np.empty(n_edges, np.uint32)
        choose_at_random(seed, segment, segment_end, order, place, log_miss_own, log_miss_other, start, targets)
    return start, targets[:n_edges]


def _join_rows(start: NDArray[np.int64], targets: NDArray[np.uint32]) -> Network:
    """Return the network in which everybody hears whom they chose and who chose them."""
    first = np.empty(len(start), np.int64)
    count_neighbours(start, targets, first)
    neighbours = np.empty(2 * len(targets), np.uint32)
    fill_neighbours(start, targets, first, np.empty(len(start) - 1, np.int64), neighbours)
    return Network(first, neighbours, False)
