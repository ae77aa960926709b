"""Corrections for many comparisons: the headline outcomes are one family of tests, the others the second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from analysis.compare.comparison import Comparison
from analysis.show.comparison.terminal import answer_text
from analysis.show.memo.results import how_to_read
from tests.memo_cases import fluctuating, invent


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent()


def test_p_values_are_those_of_scipy_and_statsmodels_corrected_within_their_family() -> None:
    comparison = fluctuating()
    theirs = comparison.baseline.tables.summary
    for headline in (True, False):
        rows = comparison.table[(comparison.table["design"] != "no_cxo") & (comparison.table["headline"] == headline)]
        raw, equivalent = [], []
        for row in rows.to_dict("records"):
            ours = comparison.results[row["design"]].tables.summary[row["outcome"]]
            # The smallest effect that matters: 30 % of the baseline's mean, of shares 30 % of a tenth.
            margin = 0.03 if row["unit"].startswith("share") else 0.3 * abs(theirs[row["outcome"]].mean())
            raw.append(stats.ttest_rel(ours, theirs[row["outcome"]]).pvalue)
            equivalent.append(ttost_paired(ours, theirs[row["outcome"]], -margin, margin)[0])
        assert rows["p_value"].to_numpy(dtype=float) == pytest.approx(raw, rel=1e-9)
        for column, uncorrected in (("p_holm", raw), ("p_equivalence", equivalent)):
            expected = multipletests(uncorrected, method="holm")[1]
            assert np.any(expected > 1.5 * np.array(uncorrected)), "nothing to correct"
            assert np.sum(expected < 0.9) > 1
            assert rows[column].to_numpy(dtype=float) == pytest.approx(expected, rel=1e-9)


def test_the_verdict_follows_the_corrected_p_values() -> None:
    rows = fluctuating().table.query("design != 'no_cxo'")
    for row in rows.to_dict("records"):
        if row["p_equivalence"] <= 0.05:
            expected = {"equivalent"}
        elif row["p_holm"] <= 0.05:
            expected = {"better", "worse", "higher", "lower"}
        else:
            expected = {"cannot tell yet"}
        assert row["verdict"] in expected
    assert len(set(rows["verdict"])) >= 3


def families(comparison: Comparison) -> list[pd.DataFrame]:
    tested = comparison.table[
        comparison.table["p_value"].notna() & (comparison.table["low"] < comparison.table["high"])
    ]
    return [tested[tested["headline"]], tested[~tested["headline"].astype(bool)]]


def test_each_family_is_corrected_for_itself_as_statsmodels_does(comparison: Comparison) -> None:
    for family in families(comparison):
        assert len(family) > len(comparison.designs)
        expected = multipletests(family["p_value"].to_numpy(), method="holm")[1]
        assert family["p_holm"].to_numpy(dtype=np.float64) == pytest.approx(expected, rel=1e-12)


def test_the_answer_and_the_memo_say_how_many_comparisons_are_corrected_for(
    comparison: Comparison, tmp_path: Path
) -> None:
    headline = families(comparison)[0]
    assert comparison.n_decisive == len(headline)
    printed = " ".join(answer_text(comparison, tmp_path, ()).split())
    assert f"corrected for these {len(headline)} comparisons (Holm; the other outcomes are a second family)" in printed
    assert f"correction for these {len(headline)} comparisons (Holm" in how_to_read(comparison)
