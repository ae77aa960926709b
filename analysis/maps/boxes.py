"""When the answer flips, in words: the box of factors in which a design wins, and a tree of the winners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from analysis.command import glossary as words
from analysis.compare.intervals import wilson
from analysis.maps.prim import Side, find_box, inside
from analysis.maps.smooth import folds
from analysis.maps.table import Array, Unit, Wide

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
    """Return the boxes as a table, a row each.

    Parameters
    ----------
    found
        Of several designs.

    Returns
    -------
    pandas.DataFrame
        One row per box.
    """
    names = ["design", "n", "n_points", "base", "density", "density_low", "density_high"]
    names += ["coverage", "coverage_low", "coverage_high"]
    return pd.DataFrame([{"box": in_words(b.sides), **{name: getattr(b, name) for name in names}} for b in found])


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
