"""The boxes in which designs win and the tree of the winners, in words and as a picture."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.command import glossary as words
from analysis.compare.intervals import Z95
from analysis.maps.boxes import Box, Tree, in_words
from analysis.maps.prim import Mask, inside
from analysis.show.style import MUTED, WIDTH, colour_of, house_style, new_figure, write_figure, write_frame


def sentence(box: Box) -> str:
    """Return where a design wins, in words; nothing is claimed where the box is not clearly denser than all points."""
    name = words.design(box.design)
    base = words.per_cent(box.base)
    if not box.sides or box.density_low <= box.base:
        return f"No box was found in which {name} is clearly best more often than overall ({base})."
    return (
        f"{words.capital(name)} is best more often where {in_words(box.sides)}: there at "
        f"{words.span(box.density_low, box.density_high)} of points against {base} overall, and "
        f"{words.span(box.coverage_low, box.coverage_high)} of its wins lie there."
    )


def tree_sentence(found: Tree) -> str:
    """Return how well the tree names winners, and what following it earns."""
    u = found.unit
    low, high = found.gain - Z95 * found.gain_error, found.gain + Z95 * found.gain_error
    worth = "earns clearly more" if low > 0.0 else "earns clearly less" if high < 0.0 else "does not clearly earn more"
    return (
        f"A tree of {len(found.leaves)} leaves names the winner at {100 * found.accuracy_low:.0f} to "
        f"{100 * found.accuracy_high:.0f} % of points it has not seen (always naming the commonest: "
        f"{words.per_cent(found.commonest)}); following it {worth} than the one design with the best mean "
        f"({u.write(low, signed=True)} to {u.write(high, signed=True)} {u.name})."
    )


def draw(found: list[Box], x: pd.DataFrame, folder: Path, name: str = "boxes") -> list[Path]:
    """Draw the boxes of the designs that have one: the bounds of each factor within its range, in ranks."""
    shown = [box for box in found if box.sides and box.density_low > box.base]
    told = max(shown, key=lambda box: box.density_low / box.base) if shown else found[0]
    with house_style():
        n_rows = max((len({side.factor for side in box.sides}) for box in shown), default=1)
        n_lines = max(1, (len(shown) + 1) // 2)
        figure = new_figure(WIDTH, 1.3 + n_lines * (0.75 + 0.28 * n_rows))
        axes = figure.subplots(n_lines, 2, squeeze=False, sharex=True).ravel()
        for place in axes[len(shown) :]:
            place.axis("off")
        for box, place in zip(shown, axes, strict=False):
            factors = list(dict.fromkeys(side.factor for side in box.sides))
            colour = colour_of(box.design)
            for row, factor in enumerate(reversed(factors)):
                held = inside([side for side in box.sides if side.factor == factor], x, len(x))
                low, high = _reach(x[factor], held)
                place.barh(row, 1.0, color="#eeeeee", height=0.5)
                place.barh(row, high - low, left=low, color=colour, height=0.5)
            place.set_yticks(range(len(factors)), [words.factor(factor) for factor in reversed(factors)], fontsize=8.5)
            place.set_xlim(0.0, 1.0)
            place.set_ylim(-0.6, n_rows - 0.4)
            place.set_xticks([0.0, 0.5, 1.0], ["lowest", "median", "highest"], fontsize=8)
            place.set_title(
                f"{words.label(box.design)}: best at {words.per_cent(box.density)} of points in the box\n"
                f"({words.per_cent(box.base)} overall); {words.per_cent(box.coverage)} of its wins are in it",
                fontsize=9,
            )
            place.grid(visible=False)
        if not shown:
            axes[0].text(0.5, 0.5, "no box", ha="center", color=MUTED)
        note = (
            "Boxes by patient rule induction (PRIM). Density and coverage from points that did not make the box "
            "(five-fold cross-validation). Bars: values of a factor in the box, in ranks of the points."
        )
        write_frame(figure, sentence(told).rstrip("."), note)
        return write_figure(figure, folder, name)


def _reach(values: pd.Series, held: Mask) -> tuple[float, float]:
    """Return from which to which rank the values in a box reach; of a choice, the share of the points in it."""
    if not pd.api.types.is_numeric_dtype(values):
        return 0.0, float(held.mean())
    low, high = values[held].min(), values[held].max()
    return float((values < low).mean()), float((values <= high).mean())
