"""Pictures say in their titles what their numbers support, and change their words when the numbers change."""

from __future__ import annotations

import dataclasses
import re
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.compare.comparison import Comparison
from analysis.compare.verdicts import read_verdicts
from analysis.explain.bridge import profit_bridge
from analysis.explain.timeline import Timeline
from analysis.show.explanations import CustomerStory, Explanations, FurtherRuns
from analysis.show.pictures import (
    attribution,
    bridge,
    gap_waterfall,
    handoff_map,
    j_curve,
    loyalty_profit,
    outcomes_over_time,
)
from analysis.show.pictures.album import draw_all
from analysis.show.pictures.loyalty_profit import ellipse
from analysis.show.pictures.placing import place_labels
from analysis.show.style import TITLE_SIZE, WIDTH, colour_of, house_style, new_figure, title_lines
from tests.memo_cases import attribution_of, explain_all, invent, with_row, with_title

LEADER = "accountable_cxo"
ALL = {"loyalty_profit", "outcomes_over_time", "j_curve", "bridge", "attribution", "gap_waterfall", "handoff_map"}


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return invent()


@pytest.fixture(scope="module")
def explanations(comparison: Comparison) -> Explanations:
    return explain_all(comparison)


@pytest.fixture(scope="module")
def album(comparison: Comparison, explanations: Explanations, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album")
    nasty = with_title(comparison, LEADER, "Pays $5 & <b>$10</b> \x07each_month \\frac{, and so on")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pictures = draw_all(read_verdicts(nasty), explanations, folder)
    assert set(pictures) == ALL
    return folder


def test_every_picture_is_written_as_png_and_svg(album: Path) -> None:
    assert {path.name for path in album.iterdir()} == {f"{name}.{kind}" for name in ALL for kind in ("png", "svg")}
    for path in album.glob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 20_000


def test_text_of_the_user_is_drawn_as_it_is(album: Path) -> None:
    text = (album / "loyalty_profit.svg").read_text(encoding="utf-8")
    assert "$5 &amp; &lt;b&gt;$10&lt;/b&gt;" in text
    assert "<b>" not in text


def test_the_same_numbers_give_the_same_bytes(comparison: Comparison, tmp_path: Path) -> None:
    first, again = (
        [path.read_bytes() for path in loyalty_profit.draw(read_verdicts(comparison), tmp_path)] for _ in range(2)
    )
    assert first == again


@pytest.mark.parametrize("name", ["loyalty_profit", "outcomes_over_time", "j_curve", "gap_waterfall", "handoff_map"])
def test_designs_keep_their_colours(album: Path, name: str) -> None:
    text = (album / f"{name}.svg").read_text(encoding="utf-8").lower()
    for design in ("responsible_cxo", "accountable_cxo", "ceo_as_cxm"):
        assert colour_of(design).lower() in text, design


def test_only_what_was_explained_is_drawn(comparison: Comparison, tmp_path: Path) -> None:
    assert set(
        draw_all(
            read_verdicts(comparison), Explanations(further_runs=FurtherRuns(stories=[CustomerStory("x")])), tmp_path
        )
    ) == {
        "loyalty_profit",
        "outcomes_over_time",
    }


@pytest.mark.parametrize("n_replicates", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_few_replicates_can_be_drawn(n_replicates: int, tmp_path: Path) -> None:
    few = invent(n_replicates=n_replicates)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pictures = draw_all(read_verdicts(few), explain_all(few), tmp_path)
    for picture in pictures.values():
        assert not re.search(r"\b(nan|inf|None)\b", picture.sentence), picture.sentence


@pytest.mark.parametrize("module", [loyalty_profit, outcomes_over_time])
@pytest.mark.parametrize("verdict", ["better", "worse", "equivalent", "cannot tell yet"])
def test_the_sentence_counts_verdicts(comparison: Comparison, module: object, verdict: str) -> None:
    moved = comparison
    for design in comparison.designs:
        for outcome in (
            "npv",
            "npv_with_equity",
            "retention_per_year",
            "mean_satisfaction",
            "n_active_end",
            "profit_per_year",
        ):
            moved = with_row(moved, design, outcome, verdict=verdict)
    word = "not yet decided" if verdict == "cannot tell yet" else verdict
    assert fits(module.sentence(read_verdicts(moved)))
    assert set(verdicts_of(module.sentence(read_verdicts(moved)))) == {word}
    assert "under all three" in module.sentence(read_verdicts(moved))
    one = with_row(moved, LEADER, "retention_per_year", verdict="worse" if verdict == "better" else "better")
    if module is loyalty_profit:
        assert fits(loyalty_profit.sentence(read_verdicts(one)))
        assert "two of three designs" in loyalty_profit.sentence(read_verdicts(one))
        assert "\u201cAccountable chief experience officer\u201d" in loyalty_profit.sentence(read_verdicts(one))


def fits(sentence: str, n_lines: int = 2) -> bool:
    """Tell whether a title takes no more than so many lines, none wider than the picture as it is drawn."""
    lines = title_lines(sentence)
    with house_style(), mpl.rc_context({"text.parse_math": False}):
        figure = new_figure(WIDTH, 1.0)
        drawn = [figure.text(0.0, 0.0, line, fontsize=TITLE_SIZE, fontweight="bold") for line in lines]
        widths = [text.get_window_extent().width / figure.dpi for text in drawn]
    return len(lines) <= n_lines and max(widths) <= 0.99 * WIDTH


def verdicts_of(sentence: str) -> list[str]:
    return re.findall(r"better|worse|equivalent|not yet decided", sentence)


NPVS = ("npv", "npv_with_equity")


def test_every_outcome_keeps_its_own_verdicts(comparison: Comparison) -> None:
    one, two, three = comparison.designs
    moved = comparison
    for outcome in (loyalty_profit.retention_outcome(read_verdicts(comparison)), *NPVS):
        for design in comparison.designs:
            moved = with_row(moved, design, outcome, verdict="cannot tell yet")
    retained = with_row(moved, one, loyalty_profit.retention_outcome(read_verdicts(comparison)), verdict="better")
    words = loyalty_profit.sentence(read_verdicts(retained))
    assert "retention is better under \u201cResponsible chief experience officer\u201d" in words
    assert "both profits are not yet decided under all three designs" in words
    apart = with_row(retained, two, "npv", verdict="worse")
    words = loyalty_profit.sentence(read_verdicts(apart))
    clauses = words.split(": ")[1].split("; ")
    assert [verdicts_of(clause) for clause in clauses] == [
        ["better", "not yet decided"], ["worse", "not yet decided"], ["not yet decided"],
    ]  # fmt: skip
    mixed = moved
    for outcome in (loyalty_profit.retention_outcome(read_verdicts(comparison)), *NPVS):
        for design, verdict in ((one, "better"), (two, "worse"), (three, "equivalent")):
            mixed = with_row(mixed, design, outcome, verdict=verdict)
    mixed = with_row(mixed, three, "npv", verdict="cannot tell yet")
    words = loyalty_profit.sentence(read_verdicts(mixed))
    assert fits(words)
    assert verdicts_of(words).count("better") == verdicts_of(words).count("worse")
    assert verdicts_of(words).count("not yet decided") == 1


@pytest.mark.parametrize("title", [
    "W" * 200,
    *(
        pytest.param(title, marks=pytest.mark.slow)
        for title in ("", "A coordinator between departments without any rights or budget of its own")
    ),
])  # fmt: skip
def test_titles_fit_whatever_the_numbers(
    title: str, comparison: Comparison, explanations: Explanations, tmp_path: Path
) -> None:
    named = with_title(comparison, LEADER, title) if title else comparison
    for picture in draw_all(read_verdicts(named), explanations, tmp_path).values():
        assert fits(picture.sentence, 3 if title else 2), picture.sentence


def frame_of(lines: dict[str, tuple[float, float]]) -> pd.DataFrame:
    rows = [
        {"line": name, "title": name, "difference": d, "low": d - h, "high": d + h} for name, (d, h) in lines.items()
    ]
    return pd.DataFrame(rows)


def test_the_bridge_names_lines_that_differ_measurably(comparison: Comparison) -> None:
    moved = with_row(comparison, LEADER, "npv", verdict="worse", difference=-9e4, low=-1e5, high=-8e4)
    words = bridge.sentence(
        read_verdicts(moved), frame_of({"revenue": (5e4, 1e4), "office": (-1.4e5, 1e4), "rework": (4e4, 9e4)}), LEADER
    )
    assert "revenue (EUR +50 k) adds to profit" in words
    assert "office (EUR \u2212140 k) takes from it" in words
    assert "rework" not in words
    assert "net present value is worse, EUR \u221290 k (\u2212100 to \u221280)" in words
    changed = bridge.sentence(read_verdicts(moved), frame_of({"revenue": (5e4, 6e4), "office": (-1e5, 2e5)}), LEADER)
    assert "no line of the account differs measurably" in changed
    decided = with_row(moved, LEADER, "npv", verdict="better", difference=9e4, low=8e4, high=1e5)
    assert "net present value is better" in bridge.sentence(
        read_verdicts(decided), frame_of({"revenue": (5e4, 1e4)}), LEADER
    )


def test_every_bar_of_the_bridge_stands_on_the_one_before(comparison: Comparison) -> None:
    frame = profit_bridge(comparison, LEADER)
    bars = bridge._bars(read_verdicts(comparison), frame, LEADER)
    assert bars[-1][2] == pytest.approx(frame["difference"].sum())
    heights = [bar[2] for bar in bars[:-1]]
    feet = [bar[1] for bar in bars[:-1]]
    assert feet == pytest.approx(np.concatenate([[0.0], np.cumsum(heights)[:-1]]))


def test_the_gap_sentence_follows_the_widest_gap(comparison: Comparison, explanations: Explanations) -> None:
    gaps = explanations.gaps.copy()
    department = gaps["department"].iloc[0]
    chosen = (gaps["department"] == department) & (gaps["gap"] == "delivery")
    gaps.loc[chosen, ["value", "low", "high"]] = [3.0, 2.9, 3.1]
    ends = ["difference_low", "difference_high"]
    for design, low, high in (("responsible_cxo", -0.3, -0.1), (LEADER, 0.1, 0.3), ("ceo_as_cxm", -0.1, 0.1)):
        gaps.loc[chosen & (gaps["design"] == design), ends] = [low, high]
    words = gap_waterfall.sentence(read_verdicts(comparison), gaps)
    assert words.startswith("The widest gap under")
    assert "delivery" in words
    assert "3.00 SD (2.90 to 3.10)" in words
    assert "narrower under \u201cResponsible chief experience officer\u201d" in words
    assert "wider under \u201cAccountable chief experience officer\u201d" in words
    gaps.loc[gaps["gap"] == "perception", "high"] = 3.0
    assert gap_waterfall.sentence(read_verdicts(comparison), gaps).startswith("One of the widest gaps")


def test_the_hand_off_sentence_follows_the_worst_step(comparison: Comparison, explanations: Explanations) -> None:
    losses = explanations.journeys.copy()
    chosen = (losses["journey"] == "crash") & (losses["department"] == "claims")
    losses.loc[chosen, ["rate", "low", "high"]] = [0.4, 0.39, 0.41]
    losses.loc[chosen, ["difference_low", "difference_high"]] = [-0.2, -0.1]
    words = handoff_map.sentence(read_verdicts(comparison), losses)
    assert "The step that fails most" in words
    assert "claims in the journey \u201ccrash\u201d, 400 failures per 1,000 journeys (390 to 410)" in words
    assert words.endswith("fewer under all three designs")
    losses.loc[chosen, ["difference_low", "difference_high"]] = [-0.2, 0.1]
    assert handoff_map.sentence(read_verdicts(comparison), losses).endswith(
        "not measurably different under all three designs"
    )


def line_of(design: str, **changes: object) -> Timeline:
    months = np.arange(1.0, 37.0)
    mean = np.linspace(-1e4, -5e4, 36)
    fan = dict.fromkeys((0.05, 0.25, 0.5, 0.75, 0.95), mean)
    base = Timeline(
        design, months, mean, mean - 1e3, mean + 1e3, fan, None, None, None,
        1.0, 0.0, -5e4, -6e4, -4e4, 36.0, 0.95,
    )  # fmt: skip
    return dataclasses.replace(base, **changes)


def test_the_payback_sentence_follows_month_and_interval(comparison: Comparison) -> None:
    late = {design: line_of(design) for design in comparison.designs}
    words = j_curve.sentence(read_verdicts(comparison), late)
    assert "none of the three designs pays back within 36 months" in words
    assert "the deepest cumulative loss is EUR 50.0 k" in words
    paid = {
        **late,
        LEADER: line_of(LEADER, payback_months=20.0, payback_low=15.0, payback_high=None, share_not_paid_back=0.1),
    }
    words = j_curve.sentence(read_verdicts(comparison), paid)
    assert "Accountable chief experience officer\u201d after 20 months by estimate (15 to beyond the horizon)" in words
    assert "the two others not within 36 months" in words
    assert fits(words)
    sure = {LEADER: dataclasses.replace(paid[LEADER], payback_high=25.0)}
    assert "after 20 months (15 to 25)" in j_curve.sentence(read_verdicts(comparison), sure)
    open_ = {**late, LEADER: line_of(LEADER, payback_low=30.0, share_not_paid_back=0.8)}
    assert "not within 36 months (interval from month 30)" in j_curve.sentence(read_verdicts(comparison), open_)
    early = {LEADER: line_of(LEADER, dip=0.0, dip_low=0.0, dip_high=0.0, dip_month=None, payback_months=1.0)}
    assert "no cumulative loss on the way" in j_curve.sentence(read_verdicts(comparison), early)
    assert "after 1 month " in j_curve.sentence(read_verdicts(comparison), early)


def test_the_attribution_sentence_names_what_can_be_told_from_zero(comparison: Comparison) -> None:
    found = attribution_of(LEADER, {"incentives": 4e4, "budget": -2e4, "decision rights": 10.0})
    words = attribution.sentence(read_verdicts(comparison), found)
    assert "incentives (EUR +40.0 k) and budget (EUR \u221220.0 k)" in words
    assert "decision rights" not in words
    assert "the small runs add up to EUR +20.0 k" in words
    nothing = attribution.sentence(
        read_verdicts(comparison), attribution_of(LEADER, {"incentives": 10.0, "budget": -20.0})
    )
    assert "no group of levers" in nothing


def test_the_ellipse_covers_the_true_pair_as_often_as_it_says() -> None:
    rng = np.random.default_rng(20261122)
    n, truth, covariance = 8, np.array([1.0, -2.0]), np.array([[1.0, 1.2], [1.2, 4.0]])
    inside = 0
    for _ in range(2000):
        x, y = rng.multivariate_normal(truth, covariance, n).T
        outline = ellipse(x, y)
        inside += mpl.path.Path(outline).contains_point(truth)
    # 2,000 draws of a 95 % region: 0.9 % is less than two standard errors (0.49 %)
    assert inside / 2000 == pytest.approx(0.95, abs=0.013)


def test_the_ellipse_of_one_axis_alone_is_hotellings() -> None:
    x, y = np.arange(10.0), np.arange(10.0)[::-1] ** 2
    outline = ellipse(x, y)
    reach = 2 * 9 / 8 * stats.f.ppf(0.95, 2, 8)
    half = np.sqrt(reach * x.var(ddof=1) / 10)
    assert outline[:, 0].max() - x.mean() == pytest.approx(half, rel=1e-3)
    assert np.allclose(ellipse(x[:2], y[:2]), [x[:2].mean(), y[:2].mean()]), "two replicates tell no region"


def test_labels_stay_apart_and_inside() -> None:
    circle = np.column_stack([np.cos(np.linspace(0, 6.28, 50)), np.sin(np.linspace(0, 6.28, 50))])
    with house_style():
        figure = new_figure(5.0, 5.0)
        axes = figure.subplots()
        axes.set_xlim(-3, 3)
        axes.set_ylim(-3, 3)
        place_labels(axes, [(f"design number {n}", "black", 0.5 * circle + [0.1 * n, 0.0]) for n in range(4)])
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in axes.texts]
        frame = axes.get_window_extent()
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert frame.x0 < box.x0
        assert box.x1 < frame.x1
