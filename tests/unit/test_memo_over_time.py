"""What the memo says of the switch over time, against a regression and a payback worked out here."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from analysis.compare.comparison import Comparison
from analysis.compare.verdicts import read_verdicts
from analysis.show.explanations import Explanations, explain
from analysis.show.memo.content import Table
from analysis.show.memo.over_time import over_time_section
from tests.memo_cases import invent

DESIGN = "accountable_cxo"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent()


@pytest.fixture(scope="module")
def explanations(comparison: Comparison) -> Explanations:
    return explain(comparison)


def rows(comparison: Comparison, explanations: Explanations) -> dict[str, tuple[str, ...]]:
    """Return the lines of the design's column by the name of the row."""
    table = over_time_section(read_verdicts(comparison), explanations).blocks[1]
    assert isinstance(table, Table)
    column = 1 + comparison.designs.index(DESIGN)
    return {row[0].lines[0]: row[column].lines for row in table.rows}


def number(text: str) -> float:
    """Read a number as the memo writes it, in thousands or as it is."""
    value = float(text.replace("EUR ", "").replace("\u2212", "-").replace(",", "").split()[0])
    return 1e3 * value if " k" in text else 1e6 * value if " m" in text else value


def test_step_and_slope_are_those_of_a_straight_line_through_the_differences(
    comparison: Comparison, explanations: Explanations
) -> None:
    clock = comparison.baseline.parameters.time
    ours, theirs = (comparison.results[name].tables.accounts["profit"] for name in (DESIGN, "no_cxo"))
    differences = (ours - theirs)[:, clock.n_burn_in :] * clock.periods_per_year
    years = (np.arange(differences.shape[1]) + 0.5) / clock.periods_per_year
    slopes, steps = np.polyfit(years, differences.T, 1)
    for name, values in (("step at the switch", steps), ("change per year after it", slopes)):
        shown, interval = rows(comparison, explanations)[f"Yearly profit, {name}"]
        half = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
        precision = 0.0051 * 10.0 ** np.ceil(np.log10(abs(values.mean()) + half))
        assert number(shown) == pytest.approx(values.mean(), abs=precision)
        low = number(interval.split(" to ")[0] + (" k" if " k" in shown else " m" if " m" in shown else ""))
        assert low == pytest.approx(values.mean() - half, abs=precision)


def test_payback_and_loss_say_what_the_timeline_says(comparison: Comparison, explanations: Explanations) -> None:
    line = explanations.timelines[DESIGN]
    cases = [
        ({"payback_months": None, "payback_low": None}, ("not within 36 months",)),
        (
            {"payback_months": None, "payback_low": 30.0, "payback_high": None},
            ("not within 36 months", "30 to beyond the horizon"),
        ),
        ({"payback_months": 12.0, "payback_low": 9.0, "payback_high": 15.0}, ("month 12", "9 to 15")),
    ]
    for changes, expected in cases:
        changed = {**explanations.timelines, DESIGN: dataclasses.replace(line, **changes)}  # type: ignore[arg-type]
        assert rows(comparison, dataclasses.replace(explanations, timelines=changed))["Payback"] == expected
    none = dataclasses.replace(line, dip=0.0, dip_low=0.0, dip_high=0.0, dip_month=None)
    changed = {**explanations.timelines, DESIGN: none}
    assert rows(comparison, dataclasses.replace(explanations, timelines=changed))["Deepest cumulative loss"] == (
        "none",
    )


def test_what_was_not_worked_out_is_left_out(comparison: Comparison, explanations: Explanations) -> None:
    assert over_time_section(read_verdicts(comparison), dataclasses.replace(explanations, changes={})).blocks == ()
