"""The statistics of the regime study, against scipy, known truths and invented results."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import regime_parts, regime_statistics
from analysis.regime_environments import (
    ACCOUNTABLE,
    BASELINE,
    DESIGNS,
    EQUAL_WEIGHT,
    environment_parameters,
)
from analysis.regime_ranges import read_axes
from analysis.regime_single import build_single_study, effects, single_values
from analysis.regime_statistics import PROFIT
from tests.regime_cases import frame_of


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (3, 50), (50, 100), (100, 100)])
def test_wilsons_interval_is_that_of_the_score_test(successes: int, n: int) -> None:
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert regime_statistics.wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_shares_sum_to_one_and_environments_with_a_missing_number_are_left_out() -> None:
    rng = np.random.default_rng(1)
    frame = frame_of({design: rng.normal(size=40) for design in DESIGNS})
    frame.loc[(frame["environment"] == 3) & (frame["design"] == ACCOUNTABLE), PROFIT] = np.nan
    frame.loc[(frame["environment"] == 4) & (frame["design"] == BASELINE), PROFIT] = np.inf
    shares = regime_statistics.best_shares(frame, PROFIT)
    assert shares["share"].sum() == pytest.approx(1.0, abs=1e-12)
    assert shares["n"].tolist() == [38] * 4
    assert shares["best"].sum() == 38
    assert np.all(shares["low"] <= shares["share"])
    assert np.all(shares["share"] <= shares["high"])


def test_the_expectation_is_met_or_not() -> None:
    def shares(*values: float) -> pd.DataFrame:
        return pd.DataFrame({"share": values})

    assert regime_statistics.expectation_met(shares(0.03, 0.07, 0.75, 0.15))
    assert not regime_statistics.expectation_met(shares(0.02, 0.28, 0.5, 0.2))
    assert not regime_statistics.expectation_met(shares(0.08, 0.08, 0.76, 0.08))


def test_the_interval_of_a_rank_correlation_covers_the_truth() -> None:
    """Of 400 intervals for a known rho (.286, normal with r = .3) at least 90 % cover; 95 % should, SD 1.1 %."""
    rng = np.random.default_rng(2)
    truth = 6.0 / np.pi * np.arcsin(0.15)
    covered = 0
    for _ in range(400):
        x = rng.normal(size=200)
        y = 0.3 * x + np.sqrt(1.0 - 0.09) * rng.normal(size=200)
        _, low, high, _ = regime_statistics.spearman(x, y)
        covered += low <= truth <= high
    assert covered >= 360


def test_a_rank_correlation_without_spread_or_numbers_is_none() -> None:
    assert np.isnan(regime_statistics.spearman(np.ones(10), np.arange(10.0))).all()
    assert np.isnan(regime_statistics.spearman(np.arange(3.0), np.arange(3.0))).all()


def test_advantages_margins_and_regret_are_in_years_of_revenue() -> None:
    frame = frame_of({d: np.array([float(k), 10.0 * k]) for k, d in enumerate(DESIGNS)})
    assert regime_statistics.advantage(frame, ACCOUNTABLE).tolist() == [1.0, 10.0]
    margins = regime_statistics.margins(frame)
    assert margins["ceo_as_cxm"].tolist() == [0.5, 5.0]
    assert margins[ACCOUNTABLE].tolist() == [-0.5, -5.0]
    assert regime_statistics.regret(frame)[BASELINE] == pytest.approx(100.0 * (1.5 + 15.0) / 2.0)


def test_money_lines_add_up_to_profit() -> None:
    rng = np.random.default_rng(6)
    frame = frame_of({design: rng.normal(size=30) for design in DESIGNS})
    for line in ("margin", *regime_statistics.COSTS):
        frame[line] = rng.normal(size=len(frame))
    frame["profit"] = frame["margin"] - frame[list(regime_statistics.COSTS)].sum(axis=1)
    rows = {label: (count, lines) for label, count, lines in regime_statistics.money_lines(frame)}
    gain = 100.0 * regime_statistics.advantage(frame, ACCOUNTABLE, "profit").mean()
    assert rows[ACCOUNTABLE][1][-1] == pytest.approx(gain)
    assert sum(count for label, (count, _) in rows.items() if "where" in label) < 30 == rows[ACCOUNTABLE][0]


def test_signs_are_told_from_the_data_not_from_the_registration() -> None:
    rng = np.random.default_rng(3)
    n = 400
    values = pd.DataFrame({sign.parameter: rng.uniform(size=n) for sign in regime_statistics.SIGNS})
    designs = {design: np.zeros(n) for design in DESIGNS}
    designs[ACCOUNTABLE] = (
        values["market.competition"] - values["finance.margin"] + 0.01 * rng.normal(size=n)
    ).to_numpy()
    designs[EQUAL_WEIGHT] = -values["organisation.contracts.effort_substitution"].to_numpy()
    satisfied = frame_of({design: rng.normal(size=n) for design in designs}, "mean_satisfaction")
    frame = frame_of(designs).assign(mean_satisfaction=satisfied["mean_satisfaction"])
    found = regime_statistics.signs(frame, values)
    verdicts = {sign.parameter: verdict for sign, verdict in zip(found["sign"], found["verdict"], strict=True)}
    assert verdicts["market.competition"] == "as registered"
    assert verdicts["finance.margin"] == "opposite"
    assert verdicts["organisation.contracts.effort_substitution"] == "as registered"
    assert list(verdicts.values()).count("not distinguishable") >= 8


def test_the_registered_signs_are_those_of_the_specification() -> None:
    registered = {sign.parameter.split(".")[-1]: sign.registered for sign in regime_statistics.SIGNS}
    assert registered == {
        "interdependence": 1,
        "competition": 1,
        "margin": 1,
        "strength": 1,
        "talent_mean": 1,
        "commitment_mean": 1,
        "fix_effect": 1,
        "kpi_noise_sd": -1,
        "office_share": -1,
        "gaming_cost": 1,
        "impatience": -1,
        "effort_quality": -1,
        "effort_substitution": -1,
    }
    assert {sign.parameter for sign in regime_statistics.SIGNS} <= {axis.parameter for axis in read_axes()}


def test_luck_is_all_or_nothing_where_it_is() -> None:
    rng = np.random.default_rng(4)
    first = {design: rng.normal(size=300) for design in DESIGNS}
    fresh = {design: rng.normal(size=300) for design in DESIGNS}
    same = pd.concat([frame_of(first), frame_of(first, seed_number=1)])
    other = pd.concat([frame_of(first), frame_of(fresh, seed_number=1)])
    certain, chance = regime_statistics.luck(same), regime_statistics.luck(other)
    assert certain is not None
    assert chance is not None
    assert certain.agreement == 1.0
    assert certain.noise_share == pytest.approx(0.0, abs=1e-12)
    assert chance.agreement == pytest.approx(chance.agreement_by_chance, abs=0.1)
    assert chance.noise_share == pytest.approx(1.0, abs=0.15)
    assert regime_statistics.luck(frame_of(first)) is None


def test_shares_by_third_and_drivers_find_the_parameter_that_decides() -> None:
    rng = np.random.default_rng(5)
    values = pd.DataFrame({"a": rng.uniform(size=90), "b": rng.uniform(size=90), "c": ["x", "y", "z"] * 30})
    designs = {design: np.zeros(90) for design in DESIGNS}
    designs[ACCOUNTABLE] = values["a"].to_numpy() - 0.5
    frame = frame_of(designs)
    drivers = regime_statistics.drivers(regime_statistics.advantage(frame, ACCOUNTABLE), values, 2)
    assert drivers["parameter"][0] == "a"
    assert drivers["rho"][0] == pytest.approx(1.0)
    thirds = regime_statistics.shares_by_third(frame, values, "a")
    assert thirds["low"][ACCOUNTABLE] == 0.0
    assert thirds["high"][ACCOUNTABLE] == 1.0


def test_one_factor_at_a_time_moves_one_factor_and_finds_what_it_does() -> None:
    axes = read_axes()
    environments = single_values(axes)
    assert [len(environment) for environment in environments] == [1] * 26
    study = build_single_study("auto_insurance", 1000)
    assert set(study.designs) == {BASELINE, ACCOUNTABLE, EQUAL_WEIGHT}
    low = environment_parameters(study, environments[2], 0, 3)[ACCOUNTABLE]
    assert low.market.competition == 0.1
    kept = {"market": study.base.market, "run": study.base.run}
    assert low.model_copy(update=kept) == study.designs[ACCOUNTABLE].model_copy(update=kept)
    rows = []
    for place in range(26):
        for seed in range(10):
            luck = np.random.default_rng(seed).normal()
            for design in study.designs:
                gain = 0.0 if design == BASELINE else 1.0 + (place % 2) * (1.0 if place != 3 else -1.0) + 0.1 * luck
                rows.append((place, seed, design, 2.0, gain, 0.0))
    columns = ["environment", "seed_number", "design", "initial_revenue", PROFIT, "mean_satisfaction"]
    found = effects(pd.DataFrame(rows, columns=columns), axes)
    assert [effect.change[0] for effect in found] == pytest.approx([50.0, -50.0, *[50.0] * 11])
    assert found[0].change[1:] == pytest.approx((50.0, 50.0))
    assert found[0].gain_low[1] < 50.0 < found[0].gain_low[2]


def test_all_environments_of_one_factor_at_a_time_share_their_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    lucks = []

    def stop(study: object, values: object, luck: int, seed_number: int) -> dict:
        lucks.append((luck, seed_number))
        raise RuntimeError("far enough")

    monkeypatch.setattr(regime_parts, "environment_parameters", stop)
    study = build_single_study("auto_insurance", 1000)
    for task in regime_parts.plan_tasks(study, single_values(read_axes())[:3], 2):
        with pytest.raises(RuntimeError, match="far enough"):
            regime_parts.compute_part(study, task)
    assert lucks == [(0, 0), (0, 1)] * 3
