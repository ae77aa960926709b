"""Every accepted value works: each numeric parameter at both ends of its range, alone and in pairs.

A run at such a value either ends in one line that says what to change, or all its numbers are finite and nothing warns
(warnings are errors in this suite).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import sim
from sim.errors import ConfigError
from sim.market.calibration import calibrate
from sim.model import run_replicate
from sim.organisation.status_quo import status_quo_offer
from sim.outcomes import Window, measure
from sim.parameters import Calibration, Parameters, Record

TINY = (
    "scenario=accountable_cxo",
    "population.n_customers=60",
    "time.periods_per_year=4",
    "time.burn_in_years=1",
    "time.horizon_years=0.25",
    "run.n_replicates=1",
)
TOO_LARGE = {"population.n_customers", "run.n_replicates", "run.n_workers", "run.n_threads"}
"""What says how much work there is; nobody can run the upper ends in a test."""
N_PAIRS = 300


def _ranges(value: Any, key: str = "") -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the key and the accepted range of every number in a record."""
    if isinstance(value, Record):
        for name, field in type(value).model_fields.items():
            inner = f"{key}.{name}" if key else name
            bounds = {type(item).__name__: item for item in field.metadata}
            if "Ge" in bounds and "Le" in bounds:
                yield inner, (bounds["Ge"].ge, bounds["Le"].le)
            else:
                yield from _ranges(getattr(value, name), inner)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _ranges(item, f"{key}.{name}")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _ranges(item, f"{key}.{number}")


def _with_calibration(parameters: Parameters, calibration: Calibration) -> Parameters:
    market = parameters.market.model_copy(update={"calibration": calibration})
    return parameters.model_copy(update={"market": market})


PLAIN = sim.compose(*TINY)
RANGES = {key: ends for key, ends in _ranges(_with_calibration(PLAIN, Calibration())) if key not in TOO_LARGE}
SOLVED_FROM = [key for key in RANGES if not key.startswith("market.calibration.")]


@pytest.fixture(scope="module")
def solved() -> Parameters:
    """Return parameters whose constants of the status quo are given, so that nothing is solved at each value."""
    return _with_calibration(PLAIN, calibrate(PLAIN, status_quo_offer(PLAIN)))


def _changed(base: Parameters, values: dict[str, float]) -> dict[str, Any]:
    """Return the data of parameters with these values."""
    data: dict[str, Any] = base.model_dump()
    for key, value in values.items():
        *groups, name = key.split(".")
        record = data
        for group in groups:
            record = record[group]
        record[name] = value
    return data


def _check(base: Parameters, values: dict[str, float]) -> None:
    """Run a replicate at these values, unless they contradict each other."""
    try:
        parameters = Parameters.model_validate(_changed(base, values))
    except ValidationError:
        return
    message = ""
    try:
        replicate = run_replicate(parameters, 0)
    except ConfigError as error:
        message = str(error)
    if message:
        assert "\n" not in message
        return
    kept = (replicate.summary, replicate.series, replicate.departments, replicate.accounts, replicate.handoffs)
    wrong = [name for table in kept for name, numbers in table.items() if not np.isfinite(numbers).all()]
    assert not wrong, values


def test_every_number_has_a_range() -> None:
    assert len(RANGES) > 250
    assert all(low < high for low, high in RANGES.values())


@pytest.mark.parametrize("key", RANGES)
def test_both_ends_of_a_range_work(solved: Parameters, key: str) -> None:
    for value in RANGES[key]:
        _check(solved, {key: value})


@pytest.mark.slow
def test_ends_that_contradict_other_values_are_refused_in_one_line() -> None:
    refused = 0
    for name, value in ((key, end) for key in SOLVED_FROM for end in RANGES[key]):
        try:
            Parameters.model_validate(_changed(PLAIN, {name: value}))
        except ValidationError:
            with pytest.raises(ConfigError, match=r"\A[^\n]+\Z"):
                sim.compose(*TINY, f"{name}={value!r}")
            refused += 1
    assert refused > 0


@pytest.mark.slow
@pytest.mark.parametrize("key", SOLVED_FROM)
def test_both_ends_of_a_range_work_where_the_status_quo_is_solved_from_them(key: str) -> None:
    for value in RANGES[key]:
        _check(PLAIN, {key: value})


def _pairs() -> list[dict[str, float]]:
    rng = np.random.default_rng(20_261_127)
    chosen = [rng.choice(list(RANGES), 2, replace=False) for _ in range(N_PAIRS)]
    return [{str(key): RANGES[str(key)][int(rng.integers(2))] for key in pair} for pair in chosen]


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(10))
def test_pairs_of_ends_work(solved: Parameters, chunk: int) -> None:
    for values in itertools.islice(_pairs(), chunk, None, 10):
        _check(solved, values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"market.acquisition.imitation_per_year": 1.0},
            r"^market\.acquisition\.imitation_per_year: at 1 more customers",
        ),
        ({"market.churn_per_year": 0.001}, r"^market\.churn_per_year: at 0\.001 more customers join than leave"),
        ({"market.acquisition.innovation_per_year": 0.0}, r"innovation_per_year: at 0 fewer customers join than leave"),
        ({"population.initial_share": 0.95, "market.churn_per_year": 0.9}, r"^population\.initial_share: at 0\.95"),
    ],
)
def test_a_status_quo_that_cannot_be_steady_is_refused(values: dict[str, float], words: str) -> None:
    parameters = sim.compose(*TINY, *(f"{key}={value}" for key, value in values.items()))
    with pytest.raises(ConfigError, match=words):
        run_replicate(parameters, 0)


def test_a_market_of_newcomers_needs_no_balance() -> None:
    parameters = sim.compose(*TINY, "population.initial_share=0", "market.acquisition.imitation_per_year=1")
    assert run_replicate(parameters, 0).series["n_active"][0] == 0.0


@pytest.mark.parametrize(
    ("positive", "negative", "ratio"), [(0.0, 0.0, 0.0), (3.0, 0.0, 3.0), (3.0, 1.0, 3.0), (3.0, 4.0, 0.75)]
)
def test_outcomes_of_what_never_happened_are_numbers(positive: float, negative: float, ratio: float) -> None:
    nothing = ("failures", "encounters", "handoff_failures", "handoffs", "journeys_failed", "journeys")
    series = {f"new_{name}": np.zeros(2) for name in nothing}
    series |= {"new_mentions_positive": np.array([positive, 0.0]), "new_mentions_negative": np.array([0.0, negative])}
    window = Window(series, {"profit": np.zeros(2)}, periods_per_year=4, discount_rate=0.1, equity=0.0)
    names = ("failures_per_encounter", "failures_per_handoff", "share_journeys_failed", "mention_ratio")
    assert measure(window, window, names) == dict(zip(names, (0.0, 0.0, 0.0, ratio), strict=True))
