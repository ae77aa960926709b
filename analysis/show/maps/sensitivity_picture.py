"""What moves the difference between designs, in words and as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.command import glossary as words
from analysis.command.numbers import number_word
from analysis.maps.sensitivity import Sensitivity
from analysis.show.style import MUTED, WIDTH, colour_of, house_style, new_figure, write_figure, write_frame

SHOWN = 12


MEANING = {
    "sobol": "total Sobol index (bootstrap interval): share of the variance with the factor and its interactions",
    "morris": "Morris' mean absolute elementary effect over the range (bootstrap interval)",
    "rank": "first-order index: share of the variance of the ranks that goes with the factor alone",
    "none": "no index: too little of the sample is there",
}


def sentence(found: Sensitivity) -> str:
    """Return how many factors move the difference, and those of the largest estimates."""
    clear = found.clear.head(3)
    pair = f"{words.design(found.a)} and {words.design(found.b)}"
    if found.kind == "none":
        return f"What moves the difference between {pair} is not told: too little of the sample is there."
    if clear.empty:
        return f"No factor clearly moves the difference between {pair} on its own."
    listed = words.join(words.factor(name) for name in clear["factor"])
    tail = ""
    if found.kind != "morris":
        first = clear.iloc[0]
        of = "the variance of its ranks" if found.kind == "rank" else "its variance, interactions included"
        tail = f"; the first accounts for {_range(first['low'], first['high'])} of {of}"
    n, count = len(found.clear), len(found.frame)
    return (
        f"{words.capital(number_word(n))} of {number_word(count)} factors clearly {'moves' if n == 1 else 'move'} the "
        f"difference between {pair}, by estimate first {listed}{tail}."
    )


def draw(panels: list[Sensitivity], folder: Path, name: str = "sensitivity") -> list[Path]:
    """Draw the largest indices of one or more differences, a panel each."""
    with house_style():
        figure = new_figure(WIDTH, 4.6)
        axes = figure.subplots(1, len(panels), squeeze=False, sharex=panels[0].kind != "morris")[0]
        for one, place in zip(panels, axes, strict=True):
            shown = one.frame.head(SHOWN).iloc[::-1]
            colour = colour_of(one.a)
            rows = np.arange(len(shown))
            place.barh(rows, shown["index"].clip(lower=0.0), color=colour, alpha=0.35, height=0.65)
            place.hlines(rows, shown["low"], shown["high"], color=colour, linewidth=1.6)
            place.plot(shown["index"], rows, "o", color=colour, markersize=3.5)
            place.set_yticks(rows, [words.factor(key) for key in shown["factor"]], fontsize=8.5)
            place.axvline(0.0, color=MUTED, linewidth=0.8)
            if shown.empty:
                place.text(0.5, 0.5, "not told", ha="center", color=MUTED, transform=place.transAxes)
            place.set_title(words.label(one.a))
            place.set_xlabel("effect over the range" if one.kind == "morris" else "share of variance")
            place.grid(visible=True, axis="x")
            place.grid(visible=False, axis="y")
        note = (
            f"Each design less {words.label(panels[0].b)} in {panels[0].unit.outcome}, {panels[0].n_points:,} points. "
            f"{words.capital(MEANING[panels[0].kind])}; lines: 95 % interval of each factor by itself."
        )
        write_frame(figure, sentence(max(panels, key=lambda one: len(one.clear))).rstrip("."), note)
        return write_figure(figure, folder, name)


def _range(low: float, high: float) -> str:
    return f"{100 * max(0.0, low):.0f} to {100 * min(1.0, high):.0f} %"
