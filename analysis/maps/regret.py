"""What each design loses against the best one at every point, and which choice is robust."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.maps import words
from analysis.maps.table import Unit, Wide
from analysis.regime_statistics import Z95, wilson
from analysis.style import (
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

NEAR = 0.1
"""Within this share of the best design's value a design is good enough."""
OFTEN = 0.9
"""Share of points at which a design must be good enough to pass."""


@dataclass(frozen=True)
class Regret:
    """Regret of always choosing one design."""

    frame: pd.DataFrame
    """One row per design: ``mean`` with ``low`` and ``high``, ``median``, ``p95``, ``max`` and ``max_point`` of the
    regret; ``near_best`` and ``no_worse`` (than the baseline), shares of points with Wilson's 95 % interval in
    ``*_low`` and ``*_high``."""
    table: pd.DataFrame
    """Regret: index point, columns designs."""
    unit: Unit
    baseline: str

    def least(self, column: str) -> str:
        """Return the design with the lowest value in a column of the frame; the first of equals."""
        return str(self.frame.set_index("design")[column].idxmin())

    @property
    def satisficing(self) -> tuple[str, ...]:
        """Designs good enough at 90 % of points, at the lower end of the interval."""
        return tuple(self.frame.loc[self.frame["near_best_low"] >= OFTEN, "design"])


def regret(found: Wide) -> Regret:
    """Return what is lost at each point by each design against the best there.

    A design is near the best where it loses at most a tenth of the absolute value of the best.
    """
    best = found.y.max(axis=1)
    lost = found.y.rsub(best, axis=0)
    near = lost.le(NEAR * best.abs(), axis=0)
    no_worse = found.y.ge(found.y[found.baseline], axis=0)
    n = len(lost)
    rows = []
    for design in found.scenarios:
        own = lost[design]
        half = Z95 * float(own.to_numpy().std(ddof=1) / np.sqrt(n))
        row = {"design": design, "mean": float(own.mean()), "low": float(own.mean()) - half}
        row |= {"high": float(own.mean()) + half, "median": float(own.median()), "p95": float(own.quantile(0.95))}
        row |= {"max": float(own.max()), "max_point": own.idxmax()}
        for name, where in (("near_best", near[design]), ("no_worse", no_worse[design])):
            low, high = wilson(int(where.sum()), n)
            row |= {name: float(where.mean()), f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return Regret(pd.DataFrame(rows), lost, found.unit, found.baseline)


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
