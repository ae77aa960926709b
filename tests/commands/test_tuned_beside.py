"""A tuning beside a comparison: only one that belongs to it is taken, and the memo says what it says, in money."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.command.numbers import NO_BREAK
from analysis.company.tuning import CompanyTuning, read_tuning
from analysis.compare.__main__ import main
from analysis.compare.comparison import Comparison
from analysis.compare.verdicts import read_verdicts
from analysis.mandate.judging import gains
from analysis.mandate.result import Tuned, read_tuned, write_tuned
from analysis.show import memo as memo_room
from analysis.show.explanations import CompanyAnalyses
from analysis.show.memo.build import build
from analysis.show.memo.tuned import TITLE
from sim.errors import ConfigError
from tests.memo_cases import explain_all, invent
from tests.tuned_cases import invented

DESIGNS = ("no_cxo", "accountable_cxo")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent(designs=DESIGNS, n_replicates=3)


def tuned(*designs: str) -> Tuned:
    """A tuning in which the last design overtakes the first."""
    before = {name: -1e4 * k for k, name in enumerate(designs)}
    return invented(before, {name: 2e4 * k for k, name in enumerate(designs)})


def beside(comparison: Comparison, folder: Path, designs: tuple[str, ...] = DESIGNS, **changed: Any) -> CompanyTuning:
    """Read an invented tuning of the designs compared, with parts of its parameters changed."""
    own = {name: one.parameters for name, one in comparison.results.items()}
    some = {name: own.get(name, own["no_cxo"]).model_dump(mode="json") for name in designs}
    for one in some.values():
        for group, values in changed.items():
            one[group] |= values
    about = {"parameters": some, "replay": "python -m analysis.tuned trials=9"}
    write_tuned(tuned(*designs), folder / "tuned", about, [], lambda _: None)
    return read_tuning(folder / "tuned", comparison.request, own)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    found = tuned(*DESIGNS, "mine")
    write_tuned(found, tmp_path / "tuned", {}, [], lambda _: None)
    again = read_tuned(tmp_path / "tuned")
    for name in ("trials", "levers", "runs"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(again, name), check_dtype=False)
    assert (again.outcome, again.designs, again.n_customers) == (found.outcome, found.designs, found.n_customers)


@pytest.mark.parametrize(
    ("designs", "changed", "said"),
    [
        (DESIGNS, {"industry": {"name": "telecom"}}, "its industry is telecom, that of the comparison auto_insurance"),
        (("no_cxo", "mine"), {}, "it lacks the design accountable_cxo; there are no_cxo, mine"),
        (DESIGNS, {"governance": {"rel_budget": 0.123}}, "has other levers there: governance.rel_budget 0.123 there"),
        (DESIGNS, {"time": {"horizon_years": -1.0}}, "not those of today; tune again"),
    ],
)
def test_a_tuning_that_does_not_belong_is_refused_in_one_line(
    comparison: Comparison, tmp_path: Path, designs: tuple[str, ...], changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        beside(comparison, tmp_path, designs, **changed)
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"tuned={tmp_path / 'tuned'}: ")
    assert "\n" not in str(refused.value)


def test_other_settings_are_said_and_size_and_luck_may_differ(comparison: Comparison, tmp_path: Path) -> None:
    same = beside(comparison, tmp_path / "same", run={"seed": 1}, population={"n_customers": 500})
    assert same.warnings == ()
    (said,) = beside(comparison, tmp_path / "other", time={"horizon_years": 9.0}).warnings
    assert "time.horizon_years 9" in said


def test_money_is_that_of_this_company(comparison: Comparison, tmp_path: Path) -> None:
    here = comparison.baseline.parameters.population.n_customers
    found = beside(comparison, tmp_path, (*DESIGNS, "mine"), population={"n_customers": here // 4}).tuned
    assert found.designs == DESIGNS
    # a market a quarter as large earns a quarter
    expected = 4.0 * gains(tuned(*DESIGNS, "mine")).set_index("design")["held_out"]
    assert gains(found).set_index("design")["held_out"].to_dict() == pytest.approx(expected[list(DESIGNS)].to_dict())


def test_the_memo_says_whether_tuning_flips_the_answer_and_leaves_the_rest_alone(
    comparison: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.show.memo.writing.draw_all", lambda *_: {})  # the pictures of the comparison itself
    with_tuning = explain_all(comparison, CompanyAnalyses(tuning=beside(comparison, tmp_path)))
    plain, told = (
        build(read_verdicts(comparison), explain_all(comparison), {}),
        build(read_verdicts(comparison), with_tuning, {}),
    )
    assert [section for section in told.sections if section.title != TITLE] == list(plain.sections)
    assert TITLE in [section.title for section in told.sections]
    written = memo_room.write(comparison, with_tuning, tmp_path)
    page = (tmp_path / "memo.html").read_text(encoding="utf-8").replace(NO_BREAK, " ")
    for words in (
        "The answer flips when every design is tuned",
        "python -m analysis.tuned trials=9",
        "budget 0.5 to 2",
    ):
        assert words in page
    assert "nan" not in re.sub(r"data:[^\"]*", "", page).lower().replace("finance", "").replace("governance", "")
    assert {"tuned_gains.csv", "tuned_pairs.csv", "tuned_levers.csv", "tuned.png"} <= {path.name for path in written}


def test_a_tuning_that_cannot_be_used_ends_the_command_before_anything_runs(
    workplace: Path, quiet_logging: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object) -> None:
        raise AssertionError("nothing runs")

    monkeypatch.setattr("sim.simulation.run_one", run)
    assert main(["tuned=absent"]) == 2
    assert capsys.readouterr().err == "error: tuned=absent: not a complete result: there is no such folder\n"
    assert main(["tuned=absent", "memo=false"]) == 2
    assert capsys.readouterr().err == "error: tuned: what it says goes into the memo, which memo=false leaves out\n"
