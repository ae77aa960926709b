"""One customer under two designs: where the lives part and why, said, drawn and asked for on the command line."""

from __future__ import annotations

import dataclasses
import html
import re
from math import exp
from pathlib import Path

import numpy as np
import pytest

import analysis.explain.__main__ as entry
import sim
from analysis.command.numbers import MINUS
from analysis.explain.lives import Pair, tell_pair
from analysis.explain.twins import KEPT, find_switchers
from analysis.show.story.picture import _marks, draw
from analysis.show.story.text import in_short, sentence, side_by_side, tell
from analysis.show.story.words import life_names
from sim.errors import ResultError

SMALL = ("industry=telecom", "population.n_customers=500", "time.horizon_years=3", "run.n_workers=1")
DESIGNS = ("no_cxo", "accountable_cxo")


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Tell of a few switchers and a few others who were customers at the switch."""
    kept = ("run.n_replicates=1", "run.keep_customers=1", "run.precision=double")
    results = [sim.simulate(sim.compose(f"scenario={name}", *SMALL, *kept)) for name in DESIGNS]
    switched = find_switchers(results[1], results[0]).customers["customer"].tolist()
    assert switched
    table = results[0].customers
    others = table.loc[table["ours_at_switch"] & ~table["customer"].isin(switched), "customer"].tolist()
    outside = table.loc[~table["ours_at_switch"], "customer"].tolist()
    chosen = [*switched[:3], *others[:2], *outside[:2]]
    return [tell_pair(results[0].parameters, results[1].parameters, int(number)) for number in chosen]


@pytest.fixture(scope="module")
def switcher(pairs: list[Pair]) -> Pair:
    return pairs[0]


def test_a_parting_is_one_draw_between_two_probabilities(pairs: list[Pair]) -> None:
    partings = [found for found in (pair.parting() for pair in pairs) if found is not None]
    assert partings
    for parting in partings:
        assert parting.one.fate.draw == parting.other.fate.draw
        low, high = sorted((parting.one.fate.probability, parting.other.fate.probability))
        assert low <= parting.one.fate.draw < high
        parts = parting.by_satisfaction + parting.by_rival + parting.by_price
        np.testing.assert_allclose(parting.one.fate.hazard / parting.other.fate.hazard, exp(parts), rtol=1e-12)


def test_the_journeys_add_up_to_the_difference_of_satisfaction(pairs: list[Pair]) -> None:
    traced = 0
    for pair in pairs:
        for one, other in pair.moments:
            found = pair.contributions(one.months)
            if one.months > 0.0 and found:
                traced += 1
                np.testing.assert_allclose(
                    sum(journey.amount for journey in found), one.satisfaction - other.satisfaction, atol=1e-12
                )
    assert traced > 20


def test_lives_are_one_before_they_first_differ_and_the_reason_is_an_input(pairs: list[Pair]) -> None:
    for pair in pairs:
        first = pair.first_difference()
        assert first is not None
        one, _, reasons = first
        assert one.months > 0.0
        assert reasons, "nothing but inputs can make the first difference"
        for reason in reasons:
            assert reason.one != reason.other
        before = [(a, b) for a, b in pair.moments if a.period < one.period]
        assert all(abs(a.satisfaction - b.satisfaction) <= 1e-12 for a, b in before)
        assert all(a.left == b.left and a.told == b.told for a, b in before)


def test_one_design_against_itself_makes_one_life() -> None:
    parameters = sim.compose("scenario=no_cxo", *SMALL)
    pair = tell_pair(parameters, parameters, 12)
    assert pair.first_difference() is None
    assert pair.first_event() is None
    assert pair.parting() is None
    assert "The two lives do not differ in anything." in tell(pair)


def test_a_changed_quality_is_named_as_the_reason() -> None:
    plain = sim.compose("scenario=no_cxo", *SMALL, "experience.word_of_mouth.strength=0")
    other = plain.model_copy(update={"governance": sim.compose("scenario=accountable_cxo", *SMALL).governance})
    found = [tell_pair(plain, other, number).first_difference() for number in range(0, 100, 10)]
    reasons = [first[2] for first in found if first is not None and first[0].ours]
    assert reasons
    for inputs in reasons:
        assert any(reason.what.startswith("quality of ") for reason in inputs)
        assert not any("neighbour" in reason.what for reason in inputs), "nobody talks"


def test_lives_without_a_common_past_are_refused() -> None:
    one, other = (sim.compose("scenario=no_cxo", *SMALL, f"run.seed={seed}") for seed in (1, 2))
    with pytest.raises(ResultError, match="no common past"):
        tell_pair(one, other, 3)


def test_the_sentence_says_who_leaves_where_and_how_likely(switcher: Pair) -> None:
    said = sentence(switcher)
    names = life_names(switcher)
    assert names == ("Nobody owns customer experience", "Accountable chief experience officer")
    left = {name: story.first_left() for name, story in zip(names, (switcher.one, switcher.other), strict=True)}
    leaver = next(name for name, moment in left.items() if moment is not None)
    moment, parting = left[leaver], switcher.parting()
    assert moment is not None
    assert parting is not None
    ratio = parting.one.fate.hazard / parting.other.fate.hazard
    likely = max(ratio, 1.0 / ratio)
    who = f"Customer {switcher.one.customer}"
    assert f"{who} leaves in month {moment.months:g} under \u201c{leaver}\u201d and stays" in said
    assert f"{likely:.2f} times" in said
    assert f"Leaving is {likely:.2f} times as likely" in tell(switcher)


def test_both_lives_are_told_encounter_by_encounter(switcher: Pair) -> None:
    lines = side_by_side(switcher)
    for story in (switcher.one, switcher.other):
        for moment in story.after_switch():
            for met in moment.encounters:
                numbers = (met.quality, met.expectation, met.satisfaction)
                shown = [f"{number:+.2f}" if abs(number) >= 0.005 else "0.00" for number in numbers]
                cell = " +".join(re.escape(text.replace("-", MINUS)) for text in shown)
                about = f"{met.department}, {met.channel}".replace("_", " ")
                assert any(re.search(cell, line) and about in line for line in lines)
            for message in moment.heard:
                assert any(f"hears neighbour {message.neighbour}" in line for line in lines)
    assert sum(line.count("LEAVES") for line in lines) >= 1


def test_a_story_is_written_for_people(pairs: list[Pair], tmp_path: Path) -> None:
    for pair in pairs:
        draw(pair, tmp_path)
        svg = (tmp_path / "story.svg").read_text(encoding="utf-8")
        drawn = [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
        assert any("Nobody owns customer experience" in text for text in drawn)
        told = tell(pair).replace("(no_cxo)", "").replace("(accountable_cxo)", "")
        for text in (*drawn, told):
            assert "_" not in text, text
            assert not re.search(r"(?<![\w\u2212-])-\d", text), f"a hyphen for a minus: {text}"
        assert max(map(len, told.splitlines())) <= 118


def test_the_figures_of_a_life_are_counted_from_its_moments(switcher: Pair) -> None:
    text = "\n".join(in_short(switcher))
    for story in (switcher.one, switcher.other):
        met = [encounter for moment in story.after_switch() for encounter in moment.encounters]
        heard = [message for moment in story.after_switch() for message in moment.heard]
        assert f"{len(met)}, {sum(encounter.failed for encounter in met)}" in text
        assert f"{sum(m.positive for m in heard)}, {sum(not m.positive for m in heard)}" in text
        assert f"{np.mean([e.expectation for e in met]):+.2f}".replace("-", MINUS) in text


def test_a_failure_in_the_month_of_leaving_is_seen(pairs: list[Pair]) -> None:
    moment = next(m for pair in pairs for m in pair.one.after_switch() if any(e.failed for e in m.encounters))
    last = dataclasses.replace(moment, ours=True, fate=dataclasses.replace(moment.fate, happened=True))
    marks = list(_marks(last))
    square = next(mark for mark in marks if mark["marker"] == "s")
    cross = next(mark for mark in marks if mark["marker"] == "x")
    assert square["fillstyle"] == "none"
    assert cross["markersize"] < square["markersize"]


def test_two_lives_under_one_title_have_two_names(switcher: Pair) -> None:
    same = dataclasses.replace(switcher, other=dataclasses.replace(switcher.other, title=switcher.one.title))
    assert life_names(same) == ("no_cxo", "accountable_cxo")
    twice = dataclasses.replace(switcher, other=switcher.one)
    assert len(set(life_names(twice))) == 2


def test_pictures_are_drawn_of_every_kind_of_life(pairs: list[Pair], tmp_path: Path) -> None:
    for number, pair in enumerate(pairs):
        files = draw(pair, tmp_path, f"story_{number}")
        assert [path.suffix for path in files] == [".png", ".svg"]
        svg = files[1].read_text(encoding="utf-8")
        assert f"Customer {pair.one.customer}" in svg
        assert tell(pair)


# The command line


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = entry.main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_default_customer_is_the_most_representative_switcher(workplace: Path, capsys) -> None:
    code, out, err = run(capsys, *SMALL, "replicate=1", "folder=told")
    assert (code, err) == (0, "")
    kept = ("run.first_replicate=1", "run.n_replicates=1", "run.keep_customers=2")
    results = [sim.simulate(sim.compose(f"scenario={name}", *SMALL, *kept)) for name in DESIGNS]
    found = find_switchers(results[1], results[0])
    chosen = found.representative(1).iloc[0]
    assert out.startswith(f"Customer {chosen['customer']} ")
    assert (
        f"{int(found.counts.loc[KEPT, 'customers'])} leave under \u201cNobody owns customer experience\u201d only"
        in out
    )
    assert sorted(path.name for path in (workplace / "told").iterdir()) == ["story.png", "story.svg", "story.txt"]
    assert (workplace / "told" / "story.txt").read_text(encoding="utf-8") in out


def test_a_customer_and_designs_can_be_named(workplace: Path, capsys) -> None:
    code, out, _ = run(capsys, *SMALL, "customer=7", "scenario=responsible_cxo", "vs=ceo_as_cxm", "folder=told")
    assert code == 0
    assert "Customer 7 of replicate 0" in out
    assert "Responsible chief experience officer (responsible_cxo)" in out
    assert "The CEO is the customer experience manager (ceo_as_cxm)" in out


@pytest.mark.parametrize(("argument", "words"), [
    ("customer=500", "customer: 500 is outside 0 to 499"),
    ("customer=x", "customer: 'x' is not a whole number"),
    ("customer=1,2", "customer: 1,2 is several values"),
    ("replicate=-1", "replicate: -1 is not a whole number"),
    ("custmer=3", "custmer: no such key; did you mean customer?"),
    ("vs=acountable_cxo", "vs: no option 'acountable_cxo'"),
    ("scenario=nobody", "scenario: no option 'nobody'"),
    ("market.competition=9", "market.competition: 9 is outside 0 to 3"),
    ("--multirun", "--multirun: not an option"),
])  # fmt: skip
def test_mistakes_are_one_line_and_leave_nothing(workplace: Path, capsys, argument: str, words: str) -> None:
    customer = [] if argument.startswith("customer=") else ["customer=3"]
    given = [*SMALL, *customer, "folder=told", argument]
    code, out, err = run(capsys, *given)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {words}")
    assert err.count("\n") == 1
    assert list(workplace.iterdir()) == []


def test_help_is_answered_at_once(capsys) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "customer" in out
