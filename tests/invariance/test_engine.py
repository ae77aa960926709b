"""The engine's promises: its own exponential, blocks and precision change nothing that matters, and memory is small."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numba
import numpy as np
import pytest

import sim
from sim.market.kernels.draws import fill_words, philox
from sim.market.kernels.exponential import exponential
from sim.market.kernels.moving import N_MOVING_SUMS
from sim.market.market import Market
from sim.market.network import build_network
from sim.outcomes import OUTCOMES
from sim.parameters import Calibration, Parameters
from tests.twin.companies import varied_company
from tests.twin.offers import random_offer

HEADLINES = [name for name, outcome in OUTCOMES.items() if outcome.headline]
CALIBRATION = Calibration(satisfaction_intercept=0.4, baseline_hazard_per_year=1.5, advertising_scale=20.0)
compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="too many customers without compilation")


@pytest.mark.parametrize(
    "x", [-708.0, -300.5, -20.0, -1.0, -0.3466, -1e-9, 0.0, 1e-300, 0.3465, 0.3467, 1.0, 2.5, 700.0]
)
def test_the_exponential_is_exact_to_a_rounding(x: float) -> None:
    with localcontext() as context:
        context.prec = 40
        true = Decimal(x).exp()
        error = abs(Decimal(float(exponential(x))) / true - 1)
    assert error < Decimal("3e-16")


def test_the_exponential_is_exact_everywhere_and_stops_where_numbers_end() -> None:
    for x in np.random.default_rng(1).uniform(-700.0, 700.0, 500):
        assert float(exponential(x)) == pytest.approx(float(np.exp(np.longdouble(x))), rel=4e-16)
    assert 0.0 < float(exponential(-1e6)) < 1e-307
    assert np.isfinite(float(exponential(1e6)))


def test_words_of_a_block_are_those_of_its_persons() -> None:
    words = np.zeros((4, 8), np.uint32)
    fill_words(np.uint64(2**63 + 11), 3, 7, 5000, 6, words)
    for k in range(6):
        assert tuple(int(word) for word in philox(np.uint64(2**63 + 11), 3, 5000 + k, 7, 0)) == tuple(words[:, k])
    assert not words[:, 6:].any()


def _market(n_customers: int, n_threads: int, block: int, topology: str) -> tuple[Market, Parameters]:
    company = varied_company()
    network = company.population.network.model_copy(update={"topology": topology})
    size = {"n_customers": n_customers, "initial_share": 0.5, "network": network}
    population = company.population.model_copy(update=size)
    run = company.run.model_copy(update={"n_threads": n_threads})
    parameters = company.model_copy(update={"population": population, "run": run})
    offer = random_offer(parameters, np.random.default_rng(8))
    return Market(parameters, CALIBRATION, offer, 5, block=block), parameters


def _lived(market: Market, parameters: Parameters) -> list[bytes]:
    rng = np.random.default_rng(9)
    found = []
    for period in range(4):
        flows = market.step(random_offer(parameters, rng), period)
        found += [np.asarray(getattr(flows, name)).tobytes() for name in flows.__dataclass_fields__]
    return found + [column.tobytes() for column in market.state] + [market.codes.tobytes()]


@compiled_only
@pytest.mark.parametrize("topology", ["watts_strogatz", "barabasi_albert"])
@pytest.mark.parametrize(("n_threads", "block"), [(1, 64), (1, 100), (2, 256), (3, 1000), (5, 4096)])
def test_neither_blocks_nor_threads_change_a_bit(topology: str, n_threads: int, block: int) -> None:
    assert _lived(*_market(5_500, n_threads, block, topology)) == _lived(*_market(5_500, 1, 1024, topology))


def test_messages_that_do_not_fit_are_told_again() -> None:
    one, parameters = _market(300, 1, 1024, "erdos_renyi")
    other, _ = _market(300, 1, 1024, "erdos_renyi")
    other._room = 1
    assert _lived(one, parameters) == _lived(other, parameters)
    assert other._room > 1


@compiled_only
@pytest.mark.parametrize("industry", ["auto_insurance", "telecom"])
def test_single_precision_keeps_every_headline_within_a_ten_thousandth(industry: str) -> None:
    """84 months of 10,000 customers; a tie decided otherwise would show: one customer is 3e-4 of the market."""
    keys = ("scenario=accountable_cxo", f"industry={industry}", "run.n_replicates=1", "run.n_workers=1")
    single, double = (
        sim.simulate(sim.compose(*keys, f"run.precision={precision}")).summary[HEADLINES].iloc[0]
        for precision in ("single", "double")
    )
    assert not single.equals(double), "both were kept alike: the comparison says nothing"
    np.testing.assert_allclose(single, double, rtol=1e-4)


def test_a_person_takes_at_most_120_bytes_and_60_for_eight_neighbours() -> None:
    market, _ = _market(4_096, 1, 1024, "watts_strogatz")
    columns = [*market.state, market.codes, market.telling, market._place]
    assert sum(column.nbytes for column in columns) <= 120 * 4_096
    degree = market.network.neighbours.size / 4_096
    assert (market.network.first.nbytes + market.network.neighbours.nbytes) * 8.0 / degree <= 60 * 4_096
    assert market.state.expectation.shape[0] * (4 + 2) + 60 <= 120, "eight departments fit as well"


def test_flows_of_moving_have_a_name_each() -> None:
    from sim.market.market import MOVING_SUMS

    assert len(MOVING_SUMS) == N_MOVING_SUMS


def test_runs_with_the_same_persons_and_luck_share_their_network() -> None:
    one, _ = _market(300, 1, 1024, "watts_strogatz")
    other, _ = _market(300, 1, 1024, "watts_strogatz")
    larger, _ = _market(302, 1, 1024, "watts_strogatz")
    assert one.network is other.network
    assert larger.network is not one.network
    alone = build_network(
        one.parameters.population.network,
        one.state.segment,
        np.array([segment.share for segment in one.parameters.population.segments.values()]),
        int(one.seed),
    )
    for shared, own in zip(one.network[:2], alone[:2], strict=True):
        np.testing.assert_array_equal(shared, own)
