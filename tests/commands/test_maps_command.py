"""The command that writes what a study says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.show.maps import report

pytest.importorskip("sklearn")
pytest.importorskip("SALib")

from analysis.maps import __main__ as command
from analysis.maps.outcome_maps import analyse
from analysis.maps.published import STUDIES, read_published
from analysis.maps.table import wide
from tests.maps_cases import table_of


@cache
def small() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x = {name: rng.random(200) for name in ("market.competition", "finance.margin")}
    shared = rng.normal(size=200)
    d = x["market.competition"] - 2.0 * x["finance.margin"] + 0.3 * rng.normal(size=200)
    y = {"no_cxo": shared, "accountable_cxo": shared + d, "my_design": shared - 0.5 + d}
    return table_of(x, {name: 1e5 * values for name, values in y.items()})


def test_the_command_writes_pictures_tables_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, folder = tmp_path / "study.parquet", tmp_path / "maps"
    small().to_parquet(table)
    assert command.main([f"table={table}", f"folder={folder}"]) == 0
    page = (folder / "summary.md").read_text(encoding="utf-8")
    for name in ("winners", "break_even", "boxes", "sensitivity", "information", "regret"):
        for suffix in ("png", "svg"):
            assert (folder / f"{name}.{suffix}").stat().st_size > 5000
        assert f"({name}.png)" in page
    written = {path.stem for path in folder.glob("*.csv")}
    assert {
        "shares",
        "winners",
        "boxes",
        "tree",
        "information",
        "regret",
        "sensitivity_my_design_less_no_cxo",
    } <= written
    shares = pd.read_csv(folder / "shares.csv")
    assert shares["n_best"].sum() == 200
    assert "nan" not in page.lower().replace("finance", "")
    assert "my design" in capsys.readouterr().out


def test_the_same_table_gives_the_same_page() -> None:
    pages = {report.summary(analyse(wide(frame))) for frame in (small(), small().sample(frac=1.0, random_state=1))}
    assert len(pages) == 1


def test_points_that_are_not_independent_come_with_a_warning() -> None:
    sample = pytest.importorskip("SALib.sample.morris")
    names = ["market.competition", "finance.margin"]
    x = sample.sample({"num_vars": 2, "names": names, "bounds": [[0.0, 1.0]] * 2}, 10, seed=1)
    d = x[:, 0] - 2.0 * x[:, 1]
    table = table_of(dict(zip(names, x.T, strict=True)), {"no_cxo": np.zeros(len(d)), "mine": d})
    assert "too narrow" in report.lead(analyse(wide(table)))
    assert "too narrow" not in report.lead(analyse(wide(small())))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tabel=x.csv"], "did you mean table?"),
        (["table=none.csv"], "no such file"),
        (["x=finance.margin"], "give either table=FILE or industry=NAME"),
        (["industry=telecom", "table=x.csv"], "give either table=FILE or industry=NAME"),
        (["industry=telecoms"], "no study of it is published"),
        (["table="], "give a value"),
        (["table={table}", "outcome=npv_with_equty"], "did you mean npv_with_equity?"),
        (["table={table}", "x=finance.margn"], "finance.margn"),
        (["table={table}", "x=finance.margin", "y=finance.margin"], "two different factors"),
        (["table={table}", "folder={table}"], "is a file, not a folder"),
        (["table={table}", "baseline=no_cx"], "did you mean no_cxo?"),
        (["table={table}", "baseline=ceo"], "baseline=ceo: not in the table; there are"),
        (["table={broken}"], "cannot be read"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, broken = tmp_path / "study.csv", tmp_path / "broken.parquet"
    small().to_csv(table, index=False)
    broken.write_bytes(b"PAR1 but not really")
    assert command.main([one.format(table=table, broken=broken) for one in arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_the_published_study_becomes_a_study_table() -> None:
    profit = wide(read_published("auto_insurance"))
    assert profit.y.shape == (2000, 4)
    assert profit.scenarios[0] == "no_cxo"
    assert profit.x.shape[1] == 86
    rows = pd.read_parquet(STUDIES / "auto_insurance.parquet")
    own = rows[(rows["point"] == 7) & (rows["scenario"] == "no_cxo")].astype({"npv_with_equity": float})
    assert len(own) == 2
    assert profit.y.loc[7, "no_cxo"] == pytest.approx((own["npv_with_equity"] / own["initial_revenue"]).mean())
    assert profit.y.loc[1999].notna().all()
