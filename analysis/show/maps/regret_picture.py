"""What is lost by always choosing one design, in words and as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.command import glossary as words
from analysis.compare.intervals import Z95
from analysis.maps.regret import NEAR, Regret
from analysis.show.style import (
    MUTED,
    WIDTH,
    colour_of,
    house_style,
    ink_of,
    new_figure,
    write_beside,
    write_figure,
    write_frame,
)

OFTEN = 0.9
"""Share of points at which a design must be good enough to pass."""


def sentence(found: Regret) -> str:
    """Return the robust choice; least mean regret only where it is clear of the second."""
    by_mean, by_worst = found.least("mean"), found.least("max")
    u = found.unit
    frame = found.frame.set_index("design")
    worst = f"its worst is {u.write(_at(frame, by_worst, 'max'))} {u.name}"
    interval = f"{u.write(_at(frame, by_mean, 'low'))} to {u.write(_at(frame, by_mean, 'high'))}"
    others = [name for name in frame.index if name != by_mean]
    gaps = [found.table[name] - found.table[by_mean] for name in others]
    if not all(float(gap.mean()) > Z95 * float(gap.to_numpy().std(ddof=1) / np.sqrt(len(gap))) for gap in gaps):
        lead = f"Least mean regret is not decided ({words.design(by_mean)} is ahead within the interval)"
        return f"{lead}; {words.design(by_worst)} has the smallest worst regret, {worst}."
    if by_mean == by_worst:
        choice = f"Chosen everywhere, {words.design(by_mean)} loses least on average"
        return f"{choice} ({interval} {u.name}) and at worst, though {worst}."
    return (
        f"Chosen everywhere, {words.design(by_mean)} loses least on average ({interval} {u.name}), but "
        f"{words.design(by_worst)} has the smallest worst regret ({u.write(_at(frame, by_worst, 'max'))} against "
        f"{u.write(_at(frame, by_mean, 'max'))} {u.name})."
    )


def draw(found: Regret, folder: Path, name: str = "regret") -> list[Path]:
    """Draw the regret of every design over points, sorted, and the shares of points at which it is good enough."""
    u = found.unit
    with house_style():
        figure = new_figure(WIDTH, 4.4)
        left, right = figure.subplots(1, 2, width_ratios=(1.35, 1.0))
        for design in found.frame["design"]:
            values = np.sort(found.table[design].to_numpy(dtype=np.float64)) * u.factor
            share = 100.0 * (np.arange(len(values)) + 1) / len(values)
            left.plot(share, values, color=colour_of(design))
        left.set_yscale("symlog", linthresh=1.0)
        left.yaxis.set_major_formatter("{x:,g}")
        left.set_xlabel("% of points, from least to most regret")
        left.set_ylabel(f"regret, {u.name}")
        left.set_title("Lost against the best design (logarithmic above 1)")
        frame = found.frame.iloc[::-1].reset_index(drop=True)
        for row, line in enumerate(frame.to_dict("records")):
            for column, shift, marker in (("near_best", 0.14, "o"), ("no_worse", -0.14, "s")):
                low, value, high = (100.0 * line[f"{column}{end}"] for end in ("_low", "", "_high"))
                colour = colour_of(line["design"])
                right.plot([low, high], [row + shift] * 2, color=colour)
                right.plot(value, row + shift, marker, color=colour, markersize=5)
                what = "near the best" if column == "near_best" else f"no worse than {words.label(found.baseline)}"
                text = f"{value:.0f} % {what}"
                side = -8 if value > 55.0 else 8
                write_beside(right, text, (low if side < 0 else high, row + shift), (side, 0), ink_of(colour))
        right.set_yticks(range(len(frame)), [words.label(str(name)) for name in frame["design"]])
        for text, design in zip(right.get_yticklabels(), frame["design"], strict=True):
            text.set_color(ink_of(colour_of(str(design))))
        right.set_xlim(0.0, 102.0)
        right.axvline(100.0 * OFTEN, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        right.set_xlabel("% of points, with 95 % interval")
        right.set_title("Good enough how often")
        right.grid(visible=True, axis="x")
        right.grid(visible=False, axis="y")
        note = (
            f"Regret in {u.outcome} over {len(found.table):,} points. Near the best: at most {100 * NEAR:.0f} % of the "
            f"best design's value below it. Dashed: {100 * OFTEN:.0f} % of points. Colours on the left as on "
            "the right."
        )
        write_frame(figure, sentence(found).rstrip("."), note)
        return write_figure(figure, folder, name)


def _at(frame: pd.DataFrame, design: str, column: str) -> float:
    return float(frame.loc[[design], column].iloc[0])
