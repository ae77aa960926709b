"""Sentences about a tuning, computed from its numbers; none claims more than its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from analysis.command import glossary as words
from analysis.command.numbers import Scale, scale_of, tie, write_estimate
from analysis.mandate.judging import CONFIDENCE, LEVEL, Leader, gains, leader, pair, pairs
from analysis.mandate.result import PRESET, TUNED, Tuned
from analysis.show.markdown import no_tags, section, table
from sim.outcomes import OUTCOMES

EDGE = 0.02
"""Within this share of its range a lever is at its end."""

LEVER_WORDS = {
    "added_cx_weight": "weight of the CX score",
    "local_weight_offset": "taken from local weight",
    "attribution": "attribution of the score",
    "decision_rights": "decision rights",
    "rel_budget": "budget",
}
"""Levers as sentences and pictures have them; others by their keys."""


@dataclass(frozen=True)
class Spoken:
    """A tuning with everything its sentences need, computed once."""

    found: Tuned

    @cached_property
    def gains(self) -> pd.DataFrame:
        """What tuning is worth to each design."""
        return gains(self.found)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Every pair of designs, before and after."""
        return pairs(self.found)

    @cached_property
    def before(self) -> Leader:
        """Who leads among the presets."""
        return leader(self.found, self.pairs, PRESET)

    @cached_property
    def after(self) -> Leader:
        """Who leads among the tuned designs."""
        return leader(self.found, self.pairs, TUNED)

    @cached_property
    def scale(self) -> Scale:
        """How differences of the outcome are written."""
        columns = ["training", "held_out", "low", "high"]
        values = [*self.gains[columns].to_numpy().ravel(), *self.pairs[["low", "high"]].to_numpy().ravel()]
        unit = OUTCOMES[self.found.outcome].unit
        return scale_of(unit, self.found.currency, [float(value) for value in values], change=True)

    def estimate(self, row: Mapping[Any, Any], key: str = "difference") -> str:
        """Write a difference with its interval."""
        return write_estimate(row[key], row["low"], row["high"], self.scale)


def flip_sentence(spoken: Spoken) -> str:
    """Say whether another design is best once every design is tuned."""
    a, b = spoken.before, spoken.after
    first, second = words.design(a.design), words.design(b.design)
    if a.design == b.design:
        if a.clear and b.clear:
            return (
                f"The answer does not flip when every design is tuned: {first} is best before and after, clear of all "
                f"others both times."
            )
        return (
            f"Tuning every design does not change who leads, {first}, but the lead is not clear throughout: "
            f"{_clear('as given', a)}, and {_clear('tuned', b)}."
        )
    lost = pair(spoken.pairs, PRESET, a.design, b.design)
    won = pair(spoken.pairs, TUNED, b.design, a.design)
    numbers = (
        f"as given, {first} leads {second} by {spoken.estimate(lost)}; tuned, {second} leads {first} by "
        f"{spoken.estimate(won)}"
    )
    if lost["p_holm"] <= LEVEL and won["p_holm"] <= LEVEL:
        rest = "" if b.clear else f"; tuned, it is not clear of {_names(b.not_behind)}"
        return f"The answer flips when every design is tuned: {numbers}{rest}."
    return f"Whether the answer flips when every design is tuned is not decided: {numbers}."


def order_sentence(spoken: Spoken) -> str:
    """Say which pairs that are clear as given are not clear, or the other way round, once both are tuned."""
    turned, lost = [], []
    for row in spoken.pairs[spoken.pairs["version"] == PRESET].to_dict("records"):
        a, b = str(row["a"]), str(row["b"])
        now = pair(spoken.pairs, TUNED, a, b)
        if not row["p_holm"] <= LEVEL:
            continue
        name = f"{words.design(a)} against {words.design(b)}"
        if not now["p_holm"] <= LEVEL:
            lost.append(name)
        elif (now["difference"] > 0.0) != (row["difference"] > 0.0):
            turned.append(name)
    parts = (
        [f"Clear as given, and clear the other way round once both are tuned: {words.join(turned)}."] if turned else []
    )
    parts += [f"Clear as given, but not once both are tuned: {words.join(lost)}."] if lost else []
    return " ".join(parts) or "Every pair of designs that is clear as given is clear the same way once both are tuned."


def lever_words(name: str) -> str:
    """Return a lever in words.

    >>> lever_words("rel_budget"), lever_words("base_talk")
    ('budget', 'base talk')
    """
    return LEVER_WORDS.get(name, words.factor(name))


def gain_sentence(spoken: Spoken) -> str:
    """Say what tuning is worth to each design on seeds that did not tune it."""
    clear, unclear, still = [], [], []
    for row in spoken.gains.to_dict("records"):
        name = words.design(str(row["design"]))
        if not row["moved"]:
            still.append(name)
        elif row["p_holm"] <= LEVEL:
            clear.append((float(row["held_out"]), f"{spoken.estimate(row, 'held_out')} to {name}"))
        else:
            unclear.append(f"{name} ({spoken.estimate(row, 'held_out')})")
    parts = []
    if clear:
        ordered = [text for _, text in sorted(clear, key=lambda item: -item[0])]
        parts.append(f"on seeds that did not tune, tuning is worth {words.join(ordered)}")
    if unclear:
        parts.append(f"it cannot be told whether it is worth anything to {words.join(unclear)}")
    if still:
        parts.append(f"no setting tried did better than the preset of {words.join(still)}")
    return f"{words.capital('; '.join(parts))}."


def optimism_sentence(spoken: Spoken) -> str:
    """Say how much better the gain looked on the seeds that tuned, for the design where the two differ most."""
    moved = spoken.gains[spoken.gains["moved"]]
    if moved.empty:
        return "No design was moved, so that training seeds and held-out seeds say the same."
    row = max(moved.to_dict("records"), key=lambda one: float(one["optimism"]))
    seen, held = spoken.scale.full(row["training"], signed=True), spoken.estimate(row, "held_out")
    name = words.design(str(row["design"]))
    if row["training"] > row["high"]:
        return f"Judged on the seeds that tuned it, the gain of {name} would read {seen}; held-out seeds give {held}."
    return (
        f"Training seeds do not flatter the gains by more than the intervals of the held-out ones: largest for {name}, "
        f"{seen} against {held}."
    )


def lever_sentence(spoken: Spoken, design: str) -> str:
    """Say which levers of a design moved, furthest first, and what the training seeds say of them."""
    free = spoken.found.free(design)
    name = words.capital(words.design(design))
    if free.empty:
        return f"{name} has no free lever."
    moved = free.assign(way=(free["tuned"] - free["preset"]).abs() / (free["high"] - free["low"]))
    moved = moved[moved["way"] > EDGE].sort_values("way", ascending=False, kind="stable")
    if moved.empty:
        return f"{name}: no lever moves by more than {100.0 * EDGE:.0f} % of its range."
    said = [
        f"{lever_words(str(row['lever']))} {words.number(row['preset'])} to {words.number(row['tuned'])}{_end(row)}"
        for row in moved.to_dict("records")
    ]
    return f"{name}: {words.join(said)}."


def sentences(found: Tuned) -> list[str]:
    """Return all sentences, the answer first."""
    spoken = Spoken(found)
    levers = [lever_sentence(spoken, design) for design in found.designs]
    answers = (flip_sentence(spoken), order_sentence(spoken), gain_sentence(spoken), optimism_sentence(spoken))
    return [tie(text) for text in (*answers, *levers)]


def paragraph(found: Tuned) -> str:
    """Return the paragraph of a memo: the answer, the gains, and what the numbers stand on."""
    spoken = Spoken(found)
    answers = (flip_sentence(spoken), order_sentence(spoken), gain_sentence(spoken))
    return " ".join([*(tie(text) for text in answers), basis(found)])


def basis(found: Tuned) -> str:
    """Say what the numbers stand on."""
    title = OUTCOMES[found.outcome].title.lower()
    return (
        f"{words.capital(title)}, {found.n_customers:,} customers in the market; up to {found.n_trials:,} settings of "
        f"each design's free levers on {found.n_seeds('training')} seeds, judged on {found.n_seeds()} others, "
        f"{100.0 * CONFIDENCE:.0f} % intervals; who leads is corrected for all pairs."
    )


def summary(found: Tuned) -> str:
    """Return the page, Markdown."""
    spoken = Spoken(found)
    flip, order, gain, optimism, *levers = sentences(found)
    parts = [
        f"# Tuned against tuned: {no_tags(found.industry)}",
        section(
            "Does the answer flip?", basis(found), flip, order, "![Tuned against tuned](tuned.png)", _pair_table(spoken)
        ),
        section("What tuning is worth", gain, optimism, _gain_table(spoken)),
        section("Which levers moved", *levers, _lever_table(found), NOTE),
    ]
    return "\n\n".join(parts) + "\n"


NOTE = (
    "As good: over all settings tried that the training seeds cannot tell from the best (paired Student's t, 5 %, not "
    "corrected). A wide range means that the lever is not pinned down."
)


def _clear(version: str, one: Leader) -> str:
    return (
        f"{version} it is clear of all others"
        if one.clear
        else f"{version} it is not clear of {_names(one.not_behind)}"
    )


def _names(designs: tuple[str, ...]) -> str:
    return words.join(words.design(name) for name in designs)


def _end(row: Mapping[Any, Any]) -> str:
    """Say that a lever is at the end of its range."""
    share = (row["tuned"] - row["low"]) / (row["high"] - row["low"])
    return " (the end of its range)" if min(share, 1.0 - share) <= EDGE else ""


def _gain_table(spoken: Spoken) -> str:
    scale = spoken.scale
    rows = [
        [
            words.label(str(row["design"])),
            scale.full(row["training"], signed=True),
            spoken.estimate(row, "held_out"),
            _p(row["p_holm"]),
        ]
        for row in spoken.gains.to_dict("records")
    ]
    return table(["design", "gain on training seeds", "on held-out seeds (95 %)", "p (Holm)"], rows)


def _pair_table(spoken: Spoken) -> str:
    rows = []
    designs = spoken.found.designs
    for place, a in enumerate(designs):
        for b in designs[place + 1 :]:
            cells = [pair(spoken.pairs, version, a, b) for version in (PRESET, TUNED)]
            shown = [text for cell in cells for text in (spoken.estimate(cell), _p(cell["p_holm"]))]
            rows.append([f"{words.label(a)} less {words.label(b)}", *shown])
    return table(["pair", "as given (95 %)", "p (Holm)", "tuned (95 %)", "p (Holm)"], rows)


def _lever_table(found: Tuned) -> str:
    rows = [
        [
            words.label(str(row["design"])),
            lever_words(str(row["lever"])),
            words.number(row["preset"]),
            words.number(row["tuned"]),
            f"{words.number(row['low'])} to {words.number(row['high'])}",
            f"{words.number(row['as_good_low'])} to {words.number(row['as_good_high'])}",
        ]
        for row in found.levers[found.levers["free"]].to_dict("records")
    ]
    return table(["design", "lever", "as given", "tuned", "range", "as good"], rows)


def _p(value: float) -> str:
    """Write a p-value."""
    if value != value:
        return "n/a"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
