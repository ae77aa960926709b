"""The published studies and their pages: taken in, read back, and in step with each other."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.show.maps import hypotheses_tables

pytest.importorskip("sklearn")
pytest.importorskip("SALib")

from analysis.command.designs import DESIGNS
from analysis.maps import hypotheses, published
from analysis.maps.hypotheses import Studied
from analysis.maps.published import frozen_points, read_published
from analysis.show.maps import industry_page, publishing
from sim.errors import ConfigError, ResultError
from sim.outcomes import OUTCOMES
from sim.parameters.reference import ROOT
from sim.storage import write_manifest
from tests.maps_cases import table_of

PAGES = ROOT / "docs" / "findings"
PAGE = PAGES.with_suffix(".md").read_text(encoding="utf-8")
N = 40


@cache
def studied(industry: str) -> Studied:
    return Studied.of(read_published(industry))


def a_study(folder: Path, **asked: str) -> Path:
    """Leave what a study of an invented industry leaves, of 40 points."""
    rng = np.random.default_rng(4)
    points = frozen_points(N)
    rows = [
        {"study": "regimes", "point": point, "seed": 0, "scenario": design, "address": "", "initial_revenue": 1e6}
        | points.iloc[point].to_dict()
        | {name: float(rng.normal()) for name in OUTCOMES}
        for point in range(N)
        for design in DESIGNS
    ]
    folder.mkdir()
    pd.DataFrame(rows).to_parquet(folder / "table.parquet")
    request = {**published.ASKED, **asked}
    parameters = {name: {"industry": {"name": "lemonade"}} for name in DESIGNS}
    write_manifest(folder, {"kind": "study", "request": request, "parameters": parameters})
    return folder


def test_a_study_is_published_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "STUDIES", tmp_path / "findings")
    folder = a_study(tmp_path / "study")
    assert published.publish(folder) == "lemonade"
    assert published.industries() == ("lemonade",)
    back, given = read_published("lemonade"), pd.read_parquet(folder / "table.parquet")
    keys = ["point", "seed", "scenario"]
    merged = back.merge(given, on=keys, suffixes=("", "_given"))
    assert len(merged) == len(given) == N * 4
    for name in ("npv", "knowledge_gap", "market.competition", "finance.margin"):
        assert merged[name].to_list() == pytest.approx(merged[f"{name}_given"].to_list(), rel=1e-6)


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"design": "grid"}, "design=grid; a published study has design=sobol"), ({"luck": "common"}, "luck=common")],
)
def test_other_studies_are_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], said: str
) -> None:
    monkeypatch.setattr(published, "STUDIES", tmp_path / "findings")
    with pytest.raises(ResultError, match=said):
        published.publish(a_study(tmp_path / "study", **asked))
    assert not (tmp_path / "findings").exists()


def test_points_of_other_ranges_are_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "STUDIES", tmp_path / "findings")
    folder = a_study(tmp_path / "study")
    table = pd.read_parquet(folder / "table.parquet")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    table["market.competition"] += 0.1
    table.to_parquet(folder / "table.parquet")
    write_manifest(folder, {key: value for key, value in manifest.items() if key != "files"})
    with pytest.raises(ResultError, match="not those of the frozen ranges"):
        published.publish(folder)


def test_an_industry_that_is_not_published_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="did you mean auto_insurance"):
        read_published("auto_insurence")
    assert publishing.main(["study=x"]) == 2
    assert "add=FOLDER" in capsys.readouterr().err


def test_shares_means_and_gaps_are_those_worked_by_hand() -> None:
    """Three of four points raise retention, one of them profit as well; the gap falls by .1 to .4, mean .25."""
    rng = np.random.default_rng(1)
    n = 40
    x = {look.factor: rng.random(n) for look in hypotheses.LOOKS}
    zero = np.zeros(n)
    raised = np.arange(n) % 4 != 0
    paid = np.arange(n) % 4 == 1
    table = table_of(x, dict.fromkeys(DESIGNS, zero))
    accountable = table["scenario"] == "accountable_cxo"
    table.loc[accountable, "npv_with_equity"] = np.where(paid, 1.0, -1.0)
    for name in ("npv", *published.GAPS):
        table[name] = 0.0
    table.loc[accountable, "knowledge_gap"] = -np.array([0.1, 0.2, 0.3, 0.4] * 10)
    table["expected_retention_per_year"] = 0.5
    table.loc[accountable, "expected_retention_per_year"] += np.where(raised, 0.1, -0.1)
    values = {what: value for _, what, value in hypotheses.quantities(Studied.of(table))}
    assert values["points at which an accountable CXO raises retention over nobody"].startswith("75.0 % [")
    assert values["of those, points at which it also raises profit"].startswith("33.3 % [")
    assert values["the same with the value of the customers then there"].startswith("25.0 % [")
    spread = np.std([0.1, 0.2, 0.3, 0.4] * 10, ddof=1)
    half = 1000.0 * stats.norm.ppf(0.975) * spread / np.sqrt(n)
    line = next(line for line in hypotheses_tables.gaps_table(table).splitlines() if line.startswith("| knowledge gap"))
    assert f"-250.0 [{-250 - half:+.1f}, {-250 + half:+.1f}]" in line


def test_a_claim_is_told_from_nothing_only_where_it_is_there() -> None:
    rng = np.random.default_rng(2)
    n = 400
    x = {look.factor: rng.random(n) for look in hypotheses.LOOKS}
    effect = 3.0 * x["organisation.executives.initial_credibility"] + rng.normal(size=n)
    table = table_of(x, {d: effect if d == "accountable_cxo" else np.zeros(n) for d in DESIGNS})
    found = hypotheses.looks(Studied.of(table.assign(npv=0.0, expected_retention_per_year=0.0)).profit)
    verdicts = {(row["look"].hypothesis, row["look"].claim): row["verdict"] for row in found.to_dict("records")}
    assert verdicts["H9", "credibility (less resistance) pays under an accountable CXO"] == "as claimed"
    assert verdicts["H5", "and where the office has little credibility"] == "as claimed"
    assert verdicts["H2", "silos cost where hand-offs fail"] == "not told from nothing"


@pytest.mark.parametrize("industry", published.industries())
def test_what_is_quick_to_work_out_on_the_pages_agrees_with_the_studies(industry: str) -> None:
    one = studied(industry)
    own = (PAGES / f"{industry}.md").read_text(encoding="utf-8")
    assert hypotheses_tables.looks_table(hypotheses.looks(one.profit)) in own
    assert hypotheses_tables.gaps_table(one.table) in own
    for _, what, value in hypotheses.quantities(one):
        assert f"| {what} | {value} |" in own
        assert value in PAGE
    # against pandas
    money = one.table.assign(money=one.table["npv_with_equity"] / one.table["initial_revenue"])
    means = money.pivot_table(index="point", columns="scenario", values="money")
    best = (means.idxmax(axis=1).value_counts(normalize=True) * 100).reindex(list(DESIGNS), fill_value=0.0)
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {industry_page.in_words(industry)} |"))
    assert [float(cell.split()[0]) for cell in line.split(" | ")[1:]] == pytest.approx(best.to_list(), abs=0.5)


def test_every_industry_of_the_project_has_a_published_study() -> None:
    from sim.config.catalogue import list_industries

    assert set(published.industries()) == {option.name for option in list_industries()}
    for name in published.industries():
        assert f"(findings/{name}.md)" in PAGE


@pytest.mark.slow
def test_a_page_agrees_with_its_study() -> None:
    text = (PAGES / "auto_insurance.md").read_text(encoding="utf-8")
    assert industry_page.page(industry_page.work_out("auto_insurance")) == text
