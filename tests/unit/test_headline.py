"""What a run prints below its table: what its intervals are, and what the status quo cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.headline import report
from sim.market.calibration import calibrate
from sim.organisation.status_quo import status_quo_offer
from sim.parameters import Calibration, Parameters
from tests.conftest import compose_once
from tests.fakes import fake_results

GROWS = "The status quo grows: more customers join than leave even without advertising"


def _one(parameters: Parameters) -> Parameters:
    return parameters.model_copy(update={"run": parameters.run.model_copy(update={"n_replicates": 1})})


def test_one_replicate_is_said_to_have_no_intervals(base: Parameters) -> None:
    assert "one replicate has no intervals" in report(fake_results(_one(base)), Path("out"))
    assert f"intervals over {base.run.n_replicates} replicates" in report(fake_results(base), Path("out"))


@pytest.mark.parametrize(
    ("overrides", "grows"),
    [((), False), (("industry=retail_bank", "market.acquisition.imitation_per_year=0.3"), True)],
)
def test_a_status_quo_that_grows_without_advertising_is_named(overrides: tuple[str, ...], grows: bool) -> None:
    parameters = compose_once("time.periods_per_year=4", "run.n_replicates=1", *overrides)
    results = fake_results(parameters)
    results.manifest["calibration"] = calibrate(parameters, status_quo_offer(parameters)).model_dump()
    assert (GROWS in report(results, Path("out"))) is grows


def test_given_constants_are_taken_as_they_are(base: Parameters) -> None:
    given = Calibration(advertising_scale=0.0)
    results = fake_results(base.model_copy(update={"market": base.market.model_copy(update={"calibration": given})}))
    results.manifest["calibration"] = given.model_dump()
    assert GROWS not in report(results, Path("out"))
