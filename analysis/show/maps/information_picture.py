"""What knowing more is worth, in words and as a picture."""

from __future__ import annotations

from pathlib import Path

from analysis.command import glossary as words
from analysis.maps.information import Information
from analysis.show.style import MUTED, WIDTH, house_style, new_figure, write_beside, write_figure, write_frame

SHOWN = 12


COLOUR = "#0072B2"


def sentence(found: Information) -> str:
    """Return what knowing is worth, as far as intervals allow."""
    u = found.unit
    lead = (
        f"Whoever knew everything before choosing would gain {u.write(found.perfect.low)} to "
        f"{u.write(found.perfect.high)} {u.name} over {words.design(found.choice)} everywhere"
    )
    clear = found.clear.head(2)
    if clear.empty:
        return f"{lead}; no single factor is clearly worth knowing by itself."
    parts = [
        f"{words.factor(str(row['factor']))} {u.write(float(row['low']))} to {u.write(float(row['high']))}"
        for row in clear.to_dict("records")
    ]
    return f"{lead}; of single factors, {words.join(parts)}."


def draw(found: Information, folder: Path, name: str = "information") -> list[Path]:
    """Draw what single factors and all together are worth."""
    u = found.unit
    shown = found.frame[found.frame["estimate"] > 0.0].head(SHOWN).iloc[::-1]
    extra = [*found.sets, found.together, found.perfect]
    labels = [words.factor(key) for key in shown["factor"]]
    labels += [" + ".join(words.factor(key) for key in one.what.split(" and ")) for one in found.sets]
    labels += ["all factors, by a rule", "everything, luck included"]
    estimates = [*shown["estimate"], *(w.estimate for w in extra)]
    lows, highs = [*shown["low"], *(w.low for w in extra)], [*shown["high"], *(w.high for w in extra)]
    with house_style():
        figure = new_figure(WIDTH, 1.9 + 0.3 * len(labels))
        axes = figure.subplots()
        for row, (value, low, high) in enumerate(zip(estimates, lows, highs, strict=True)):
            colour = COLOUR if row < len(shown) else MUTED
            axes.barh(row, max(0.0, value) * u.factor, color=colour, alpha=0.35, height=0.65)
            axes.plot([low * u.factor, high * u.factor], [row, row], color=colour)
            axes.plot(max(0.0, value) * u.factor, row, "o", color=colour, markersize=4)
            write_beside(axes, u.write(max(0.0, value)), (high * u.factor, row), (6, 0), colour)
        axes.set_yticks(range(len(labels)), labels)
        axes.set_xlim(0.0, 1.12 * max(highs) * u.factor)
        axes.set_xlabel(u.name)
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        note = (
            f"Gain in {u.outcome}, mean over {found.n_points:,} points, from choosing the design that is best given "
            f"what is known, over {words.design(found.choice)} everywhere. Rules were learned on four fifths of "
            "the points and judged on the other fifth. Of factors not shown no gain was found. Lines: 95 % interval "
            "of each by itself."
        )
        write_frame(figure, sentence(found).rstrip("."), note)
        return write_figure(figure, folder, name)
