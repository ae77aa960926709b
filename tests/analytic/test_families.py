"""Corrections for many comparisons: the headline outcomes are one family of tests, the others the second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.compare.comparison import Comparison
from analysis.show.comparison.terminal import answer_text
from analysis.show.memo.results import how_to_read
from tests.memo_cases import invent


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent()


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
