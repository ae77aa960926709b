"""What a study says about one outcome, written as pictures, tables and a page."""

from __future__ import annotations

from pathlib import Path

from analysis.command import glossary as words
from analysis.command.tables import write_csv
from analysis.maps import breakeven, information
from analysis.maps.outcome_maps import Maps, frames
from analysis.show.maps import (
    boxes_picture,
    breakeven_picture,
    information_picture,
    regret_picture,
    sensitivity_picture,
    winners_picture,
)
from analysis.show.markdown import paragraph, section, table

SHOWN = 5


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
        "winners": winners_picture.draw(maps.winners, folder, f"{prefix}winners"),
        "break_even": breakeven_picture.draw(maps.break_even, folder, f"{prefix}break_even"),
        "boxes": boxes_picture.draw(maps.boxes, maps.found.x, folder, f"{prefix}boxes"),
        "sensitivity": sensitivity_picture.draw(maps.sensitivity, folder, f"{prefix}sensitivity"),
        "information": information_picture.draw(maps.information, folder, f"{prefix}information"),
        "regret": regret_picture.draw(maps.regret, folder, f"{prefix}regret"),
    }


def write_tables(maps: Maps, folder: Path, prefix: str = "") -> list[Path]:
    """Write the tables of all analyses as CSV, with a prefix to their names; return the files."""
    made = []
    for name, frame in frames(maps).items():
        path = folder / f"{prefix}{name}.csv"
        write_csv(frame, path)
        made.append(path)
    return made


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
            part("What wins where", "winners", winners_picture.sentence(maps.winners), _shares(maps)),
            part(
                "Where the answer flips",
                "break_even",
                *(breakeven_picture.sentence(one) for one in maps.break_even),
                _crossings(crossed),
            ),
            part(
                "Boxes",
                "boxes",
                *(boxes_picture.sentence(box) for box in maps.boxes),
                boxes_picture.tree_sentence(maps.tree),
                _leaves(maps),
            ),
            part(
                "What moves the difference",
                "sensitivity",
                *(sensitivity_picture.sentence(one) for one in maps.sensitivity),
                _indices(maps),
            ),
            part(
                "What knowing more is worth",
                "information",
                information_picture.sentence(maps.information),
                _worths(maps, unit),
            ),
            part("Regret", "regret", regret_picture.sentence(maps.regret), _regrets(maps, unit)),
        ]
    )


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
        winners_picture.sentence(maps.winners),
        *(breakeven_picture.sentence(one) for one in maps.break_even),
        *(boxes_picture.sentence(box) for box in maps.boxes),
        boxes_picture.tree_sentence(maps.tree),
        *(sensitivity_picture.sentence(one) for one in maps.sensitivity),
        information_picture.sentence(maps.information),
        regret_picture.sentence(maps.regret),
    ]
