"""Everything a study says about one outcome: computed at once, written as pictures, tables and a page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.maps import boxes, breakeven, information, regret, sensitivity, winners, words
from analysis.maps.table import Wide
from analysis.regime_text import paragraph, section, table

SHOWN = 5


@dataclass(frozen=True)
class Maps:
    """What a study says about one outcome."""

    found: Wide
    winners: winners.Winners
    break_even: list[breakeven.BreakEven]
    """Of every design against the baseline."""
    tree: boxes.Tree
    boxes: list[boxes.Box]
    sensitivity: list[sensitivity.Sensitivity]
    """Of every design less the baseline."""
    information: information.Information
    regret: regret.Regret


def analyse(found: Wide, x: str | None = None, y: str | None = None) -> Maps:
    """Return what a study says about one outcome.

    Parameters
    ----------
    found
        The outcome, a row per point.
    x, y
        Factors of the maps; by default those that matter most (:func:`analysis.maps.information.plane`).

    Raises
    ------
    ResultError
        A factor is not in the table or is no number.
    """
    if x is None or y is None:
        first, second = information.plane(found)
        x, y = _filled(x, y, (first, second))
    others = found.scenarios[1:]
    return Maps(
        found=found,
        winners=winners.winners(found, x, y),
        break_even=[breakeven.break_even(found, x, y, design, found.baseline) for design in others],
        boxes=boxes.boxes(found),
        tree=boxes.tree(found),
        sensitivity=[sensitivity.sensitivity(found, design, found.baseline) for design in others],
        information=information.information(found),
        regret=regret.regret(found),
    )


def write(maps: Maps, folder: Path) -> list[Path]:
    """Write pictures, tables and ``summary.md`` into a folder, which must exist; return the files."""
    drawn = [path for paths in draw(maps, folder).values() for path in paths]
    made = [*drawn, *write_tables(maps, folder)]
    page = folder / "summary.md"
    title = f"# What the study says about {maps.found.unit.outcome}"
    page.write_text(f"{title}\n\n{lead(maps)}\n\n{summary(maps)}\n", encoding="utf-8")
    return [*made, page]


def draw(maps: Maps, folder: Path, prefix: str = "") -> dict[str, list[Path]]:
    """Draw the picture of every analysis; return its files, by its name, to which those of the files add a prefix."""
    return {
        "winners": winners.draw(maps.winners, folder, f"{prefix}winners"),
        "break_even": breakeven.draw(maps.break_even, folder, f"{prefix}break_even"),
        "boxes": boxes.draw(maps.boxes, maps.found.x, folder, f"{prefix}boxes"),
        "sensitivity": sensitivity.draw(maps.sensitivity, folder, f"{prefix}sensitivity"),
        "information": information.draw(maps.information, folder, f"{prefix}information"),
        "regret": regret.draw(maps.regret, folder, f"{prefix}regret"),
    }


def write_tables(maps: Maps, folder: Path, prefix: str = "") -> list[Path]:
    """Write the tables of all analyses as CSV, with a prefix to their names; return the files."""
    made = []
    for name, frame in frames(maps).items():
        path = folder / f"{prefix}{name}.csv"
        frame.to_csv(path, index=False, lineterminator="\n")
        made.append(path)
    return made


def frames(maps: Maps) -> dict[str, pd.DataFrame]:
    """Return the tables of all analyses by name of their file."""
    pairs = [(f"{one.a}_less_{one.b}", one) for one in maps.sensitivity]
    return {
        "shares": maps.winners.shares,
        "winners": maps.winners.cells,
        **{f"break_even_{one.a}": one.surface for one in maps.break_even},
        "break_even_crossings": pd.concat([one.crossings.assign(design=one.a) for one in maps.break_even]),
        "boxes": boxes.frame(maps.boxes),
        "tree": maps.tree.leaves,
        **{f"sensitivity_{name}": one.frame for name, one in pairs},
        "information": information.frame(maps.information),
        "regret": maps.regret.frame,
    }


def summary(maps: Maps, level: int = 2, pictures: bool = True) -> str:
    """Return the page: a sentence, a picture and a short table of each analysis."""
    unit = maps.found.unit.name

    def part(title: str, picture: str, *blocks: str) -> str:
        """Return a section with its picture, where pictures are drawn."""
        shown = [f"![{title}]({picture}.png)"] if pictures else []
        return f"{'#' * (level - 2)}{section(title, *blocks, *shown)}"

    crossed = [one for one in maps.break_even if not one.crossings.dropna().empty]
    return "\n\n".join(
        [
            part("What wins where", "winners", winners.sentence(maps.winners), _shares(maps)),
            part(
                "Where the answer flips",
                "break_even",
                *(breakeven.sentence(one) for one in maps.break_even),
                _crossings(crossed),
            ),
            part(
                "Boxes",
                "boxes",
                *(boxes.sentence(box) for box in maps.boxes),
                boxes.tree_sentence(maps.tree),
                _leaves(maps),
            ),
            part(
                "What moves the difference",
                "sensitivity",
                *(sensitivity.sentence(one) for one in maps.sensitivity),
                _indices(maps),
            ),
            part(
                "What knowing more is worth", "information", information.sentence(maps.information), _worths(maps, unit)
            ),
            part("Regret", "regret", regret.sentence(maps.regret), _regrets(maps, unit)),
        ]
    )


def _filled(x: str | None, y: str | None, pair: tuple[str, str]) -> tuple[str, str]:
    """Return the axes, those not given from a pair."""
    if x is not None:
        return x, next(name for name in pair if name != x)
    if y is not None:
        return next(name for name in pair if name != y), y
    return pair


def _span(low: float, high: float) -> str:
    return f"{100 * low:.1f} to {100 * high:.1f}"


def _shares(maps: Maps) -> str:
    rows = [
        [words.label(str(r["design"])), f"{r['n_best']:,}", f"{100 * r['share']:.1f}", _span(r["low"], r["high"])]
        for r in maps.winners.shares.to_dict("records")
    ]
    return table(["design", "points at which it is best", "%", "95 % interval"], rows)


def _crossings(found: list[breakeven.BreakEven]) -> str:
    if not found:
        return "No break-even value stands out at low, middle or high values."
    rows = [
        [
            words.label(one.a),
            words.number(r["y"]),
            words.number(r["x"]),
            f"{words.number(r['x_low'])} to {words.number(r['x_high'])}",
        ]
        for one in found
        for r in one.crossings.dropna().to_dict("records")
    ]
    return table(
        ["design", f"at {words.factor(found[0].y)}", f"breaks even at {words.factor(found[0].x)}", "95 % interval"],
        rows,
    )


def _leaves(maps: Maps) -> str:
    designs = maps.found.scenarios
    rows = [
        [r["rule"], f"{r['n']:,}", *(f"{100 * r[f'p_{design}']:.0f}" for design in designs)]
        for r in maps.tree.leaves.to_dict("records")
    ]
    return table(["where", "points", *(f"{words.label(design)}, % best" for design in designs)], rows)


def _indices(maps: Maps) -> str:
    u, kind = maps.found.unit, maps.sensitivity[0].kind
    if kind == "none":
        return "No index."
    heads = {"rank": "% of the variance of ranks, factor alone", "sobol": "% of variance, interactions included"}
    rows = []
    for one in maps.sensitivity:
        for r in one.frame.head(SHOWN).to_dict("records"):
            value, interval = f"{100 * r['index']:.1f}", _span(r["low"], r["high"])
            if kind == "morris":
                value, interval = u.write(r["index"]), f"{u.write(r['low'])} to {u.write(r['high'])}"
            rows.append([words.label(one.a), words.factor(str(r["factor"])), value, interval])
    head = heads.get(kind, f"effect over the range, {u.name}")
    return table(["design less baseline", "factor", head, "95 % interval"], rows)


def _worths(maps: Maps, unit: str) -> str:
    u = maps.found.unit
    shown = information.frame(maps.information)
    rows = [
        [str(r["what"]), u.write(r["estimate"]), f"{u.write(r['low'])} to {u.write(r['high'])}"]
        for r in shown[(shown["estimate"] > 0.0)].to_dict("records")
    ]
    return table(["known before choosing", unit, "95 % interval"], rows)


def _regrets(maps: Maps, unit: str) -> str:
    u = maps.found.unit
    rows = [
        [
            words.label(str(r["design"])),
            u.write(r["mean"]),
            f"{u.write(r['low'])} to {u.write(r['high'])}",
            u.write(r["p95"]),
            u.write(r["max"]),
            _span(r["near_best_low"], r["near_best_high"]),
            _span(r["no_worse_low"], r["no_worse_high"]),
        ]
        for r in maps.regret.frame.to_dict("records")
    ]
    head = ["always", f"mean regret, {unit}", "95 % interval", "95th percentile", "worst", "near the best, % of points"]
    return table([*head, f"no worse than {words.label(maps.regret.baseline)}, % of points"], rows)


def lead(maps: Maps) -> str:
    """Return what the page is about, as a paragraph."""
    n_seeds = len(maps.found.runs) - len(maps.found.y)
    seconds = f" ({n_seeds:,} further runs under other seeds are averaged in)" if n_seeds else ""
    warned = "".join(f" {sentence}" for sentence in maps.found.warnings)
    return paragraph(f"{len(maps.found.y):,} points, {len(maps.found.scenarios)} designs{seconds}.{warned}")


def sentences(maps: Maps) -> list[str]:
    """Return the sentence of every analysis."""
    return [
        winners.sentence(maps.winners),
        *(breakeven.sentence(one) for one in maps.break_even),
        *(boxes.sentence(box) for box in maps.boxes),
        boxes.tree_sentence(maps.tree),
        *(sensitivity.sentence(one) for one in maps.sensitivity),
        information.sentence(maps.information),
        regret.sentence(maps.regret),
    ]
