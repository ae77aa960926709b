"""When the answer flips, in words: the box of factors in which a design wins, and a tree of the winners."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from analysis.maps import words
from analysis.maps.prim import Mask, Side, find_box, inside
from analysis.maps.smooth import folds
from analysis.maps.table import Array, Unit, Wide
from analysis.regime_statistics import Z95, wilson
from analysis.style import MUTED, WIDTH, colour_of, house_style, new_figure, write_figure, write_frame

LEAVES = 6
SMALLEST_LEAF = 0.02
FOLDS = 5


@dataclass(frozen=True)
class Box:
    """Where a design wins."""

    design: str
    sides: tuple[Side, ...]
    n: int
    """Points in the box."""
    n_points: int
    base: float
    """Share of all points at which the design is best."""
    density: float
    """Share of the points in the box at which it is best, at points that did not make it, with Wilson's interval."""
    density_low: float
    density_high: float
    coverage: float
    """Share of the points at which it is best that lie in the box, likewise."""
    coverage_low: float
    coverage_high: float


@dataclass(frozen=True)
class Tree:
    """A classification tree of the winners (CART)."""

    leaves: pd.DataFrame
    """One row per leaf: ``rule``, ``n``, ``named`` (winner by the tree), ``p_<design>``."""
    accuracy: float
    """Share of winners named rightly at points that did not make the tree, with Wilson's interval."""
    accuracy_low: float
    accuracy_high: float
    commonest: float
    """The same by always naming the commonest winner."""
    gain: float
    """Mean outcome by following the tree at points that did not make it, less that of the design with the best mean."""
    gain_error: float
    unit: Unit


def boxes(found: Wide) -> list[Box]:
    """Return the box of every design; density and coverage come from five-fold cross-validation of the whole search."""
    return [box_of(found, design) for design in found.scenarios]


def box_of(found: Wide, design: str) -> Box:
    """Return the box in which one design wins."""
    target = np.asarray(found.best == design, dtype=np.bool_)
    sides = find_box(found.x, target)
    held_out = np.zeros(len(target), dtype=np.bool_)
    fold = folds(len(target), FOLDS)
    for k in range(FOLDS):
        test = fold == k
        learned = find_box(found.x[~test], target[~test])
        held_out[test] = inside(learned, found.x[test], int(test.sum()))
    both, n_in, n_wins = int((held_out & target).sum()), int(held_out.sum()), int(target.sum())
    density, coverage = wilson(both, n_in), wilson(both, n_wins)
    return Box(
        design=design,
        sides=tuple(sides),
        n=int(inside(sides, found.x, len(target)).sum()),
        n_points=len(target),
        base=float(target.mean()),
        density=both / max(1, n_in),
        density_low=density[0],
        density_high=density[1],
        coverage=both / max(1, n_wins),
        coverage_low=coverage[0],
        coverage_high=coverage[1],
    )


def tree(found: Wide) -> Tree:
    """Return a tree of at most six leaves that names the winner from the factors."""
    x = pd.get_dummies(found.x, dtype=float)
    best = found.best.to_numpy(dtype=str)
    fold = folds(len(best), FOLDS)
    named = np.empty(len(best), dtype=best.dtype)
    for k in range(FOLDS):
        named[fold == k] = _grown(x[fold != k], best[fold != k]).predict(x[fold == k].to_numpy())
    right = int((named == best).sum())
    low, high = wilson(right, len(best))
    y = found.y
    default = str(y.mean().idxmax())
    at = y.columns.get_indexer(pd.Index(named))
    gains = y.to_numpy()[np.arange(len(y)), at] - y[default].to_numpy()
    whole = _grown(x, best)
    commonest = float(found.best.value_counts(normalize=True).iloc[0])
    error = float(gains.std(ddof=1) / np.sqrt(len(gains)))
    leaves = _leaves(whole, x, best, found.scenarios)
    return Tree(leaves, right / len(best), low, high, commonest, float(gains.mean()), error, found.unit)


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


def in_words(sides: tuple[Side, ...]) -> str:
    """Return the bounds of a box as a sentence has them.

    >>> in_words((Side("finance.margin", low=0.2), Side("finance.margin", high=0.4)))
    'margin is 0.2 to 0.4'
    """
    parts = []
    for factor in dict.fromkeys(side.factor for side in sides):
        own = [side for side in sides if side.factor == factor]
        low = next((side.low for side in own if side.low is not None), None)
        high = next((side.high for side in own if side.high is not None), None)
        name = words.factor(factor)
        left_out = [str(side.without) for side in own if side.without is not None]
        if left_out:
            parts.append(f"{name} is not {' or '.join(left_out)}")
        elif low is not None and high is not None:
            parts.append(f"{name} is {words.number(low)} to {words.number(high)}")
        elif low is not None:
            parts.append(f"{name} is at least {words.number(low)}")
        else:
            parts.append(f"{name} is at most {words.number(high if high is not None else np.nan)}")
    return words.join(parts)


def frame(found: list[Box]) -> pd.DataFrame:
    """Return the boxes as a table, a row each."""
    names = ["design", "n", "n_points", "base", "density", "density_low", "density_high"]
    names += ["coverage", "coverage_low", "coverage_high"]
    return pd.DataFrame([{"box": in_words(b.sides), **{name: getattr(b, name) for name in names}} for b in found])


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


def _grown(x: pd.DataFrame, best: Array) -> DecisionTreeClassifier:
    model = DecisionTreeClassifier(
        max_leaf_nodes=LEAVES, min_samples_leaf=max(2, int(SMALLEST_LEAF * len(x))), random_state=0
    )
    return model.fit(x.to_numpy(), best)


def _leaves(model: DecisionTreeClassifier, x: pd.DataFrame, best: Array, designs: tuple[str, ...]) -> pd.DataFrame:
    """Return the leaves of a tree with the rule that leads to each."""
    grown = model.tree_
    rows: list[dict[str, object]] = []
    reached = model.apply(x.to_numpy())
    stack: list[tuple[int, tuple[Side, ...]]] = [(0, ())]
    while stack:
        node, sides = stack.pop()
        if grown.children_left[node] == grown.children_right[node]:
            own = pd.Series(best[reached == node])
            shares = own.value_counts(normalize=True).reindex(list(designs), fill_value=0.0)
            row = {"rule": in_words(_joined(sides)) or "always", "n": len(own), "named": str(shares.idxmax())}
            rows.append(row | {f"p_{name}": float(share) for name, share in shares.items()})
            continue
        factor, bound = str(x.columns[grown.feature[node]]), float(grown.threshold[node])
        stack.append((int(grown.children_right[node]), (*sides, Side(factor, low=bound))))
        stack.append((int(grown.children_left[node]), (*sides, Side(factor, high=bound))))
    return pd.DataFrame(rows)


def _joined(sides: tuple[Side, ...]) -> tuple[Side, ...]:
    """Return one lower and one upper bound of each factor: the tightest."""
    out: dict[tuple[str, bool], Side] = {}
    for side in sides:
        out[(side.factor, side.low is not None)] = side
    return tuple(out.values())
