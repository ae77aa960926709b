"""The survey: its sampling error against multinomial sampling, and what it shows in a whole run."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sim
from sim.model import run_replicate
from sim.organisation.survey import nps_sampling_error, read_score
from tests.flows_cases import flows


@pytest.mark.parametrize(("promoters", "detractors"), [(0.4, 0.2), (0.1, 0.5), (0.6, 0.05), (0.3, 0.3)])
@pytest.mark.parametrize("answers", [50, 400])
def test_sampling_error_of_the_net_promoter_score_is_that_of_drawing_customers(
    promoters: float, detractors: float, answers: int
) -> None:
    """Within 5 % of the spread of 40,000 drawn surveys, whose own error is 0.35 % (false alarm rate below 1e-12)."""
    rng = np.random.default_rng(17)
    drawn = rng.multinomial(answers, [promoters, detractors, 1.0 - promoters - detractors], size=40_000)
    spread = ((drawn[:, 0] - drawn[:, 1]) / answers).std()
    assert nps_sampling_error(promoters, detractors, answers) == pytest.approx(spread, rel=0.05)


def test_the_published_error_at_400_answers() -> None:
    """About 3.7 points at 400 and 10.6 at 50 answers for 40 % promoters and 15 % detractors."""
    assert 100.0 * nps_sampling_error(0.4, 0.15, 400) == pytest.approx(3.5, abs=0.3)
    ratio = nps_sampling_error(0.4, 0.15, 50) / nps_sampling_error(0.4, 0.15, 400)
    assert ratio == pytest.approx(math.sqrt(8.0), rel=1e-12)


def test_the_survey_of_a_run_scatters_as_its_size_says() -> None:
    """84 monthly surveys: the spread of the error is within 30 % of theory (chi-square, false alarm rate 1e-4)."""
    parameters = sim.compose("population.n_customers=2000", "organisation.listening.survey_size=300", "run.seed=5")
    series = run_replicate(parameters, 0).series
    error = series["nps_surveyed"] - series["nps"]
    assert error.std() == pytest.approx(100.0 * nps_sampling_error(0.45, 0.2, 100), rel=0.3)
    assert abs(error.mean()) < 4.0 * error.std() / math.sqrt(84)


def test_gaming_moves_the_score_and_not_the_truth() -> None:
    small = ("population.n_customers=1000", "organisation.contracts.gaming_cost=0.3")
    honest = run_replicate(sim.compose("scenario=no_cxo", *small), 0).series
    gamed = run_replicate(sim.compose("scenario=accountable_cxo", *small), 0).series
    bias = gamed["kpi_measured"] - gamed["kpi_true"]
    start = honest["kpi_measured"] - honest["kpi_true"]
    assert bias[-24:].mean() > start[-24:].mean() + 0.2


def test_the_score_and_its_error_by_hand() -> None:
    """Mean 0.4 and SD 0.6 of 50 customers, reported 0.3; 24 promoters and 9 detractors; 100 answers."""
    score = read_score(flows(), answers=100.0, flattery=0.05, normals=(1.5, -2.0))
    assert score.true == pytest.approx(0.3)
    assert score.measured == pytest.approx(0.3 + 1.5 * 0.6 / 10.0 + 0.05)
    error = math.sqrt((0.48 + 0.18 - 0.3**2) / 100.0)
    assert score.nps == pytest.approx(100.0 * (0.3 - 2.0 * error))


@pytest.mark.parametrize(("normal", "nps"), [(100.0, 100.0), (-100.0, -100.0)])
def test_a_surveyed_net_promoter_score_stays_within_its_scale(normal: float, nps: float) -> None:
    assert read_score(flows(), 100.0, 0.0, (0.0, normal)).nps == nps


def test_where_nobody_is_ours_or_all_are_alike_there_is_no_error() -> None:
    assert read_score(flows(active=0.0), 100.0, 0.3, (1.0, 1.0)) == (0.0, 0.0, 0.0)
    one = flows(active=1.0, satisfaction_sum=0.1, satisfaction_square_sum=0.01 * (1.0 - 1e-12), reported_sum=0.2)
    assert read_score(one, 100.0, 0.0, (1.0, 1.0))[:2] == (0.2, 0.2)
    assert nps_sampling_error(1.0, 0.0, 50.0) == nps_sampling_error(1.0 + 1e-15, 0.0, 50.0) == 0.0
