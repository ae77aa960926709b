"""What held-out seeds say: the gain of tuning each design, every pair of designs before and after, and who leads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from analysis.compare.statistics import Paired, holm
from analysis.mandate.result import HELD_OUT, PRESET, TRAINING, TUNED, VERSIONS, Tuned

CONFIDENCE = 0.95
LEVEL = 1.0 - CONFIDENCE


@dataclass(frozen=True)
class Leader:
    """The design with the highest mean of one version, and what is not clearly behind it."""

    design: str
    not_behind: tuple[str, ...]
    """Designs whose difference to the leader may be luck, in the order of display."""

    @property
    def clear(self) -> bool:
        """Whether every other design is behind."""
        return not self.not_behind


def gains(found: Tuned) -> pd.DataFrame:
    """Return what tuning is worth to each design.

    Returns
    -------
    DataFrame
        One row per design: ``training`` (gain on the seeds that tuned it), ``held_out`` with ``low`` and ``high``
        (95 %), ``optimism`` (training less held-out), ``p_holm`` (of no gain on held-out seeds, corrected for the
        designs), ``moved`` (whether the tuned design differs from the preset); unit of the outcome.
    """
    changed = {seeds: found.values(TUNED, seeds) - found.values(PRESET, seeds) for seeds in (TRAINING, HELD_OUT)}
    rows = []
    for design in found.designs:
        trained, judged = (Paired(changed[seeds][design].to_numpy(dtype=float)) for seeds in (TRAINING, HELD_OUT))
        interval, free = judged.interval(CONFIDENCE), found.free(design)
        row = {"design": design, "training": trained.mean, "held_out": judged.mean}
        row |= {"low": interval.low, "high": interval.high, "optimism": trained.mean - judged.mean}
        rows.append(row | {"p_holm": judged.p_difference(), "moved": bool((free["preset"] != free["tuned"]).any())})
    table = pd.DataFrame(rows)
    # A design that was not moved has nothing to be tested.
    table["p_holm"] = holm(table["p_holm"].where(table["moved"]))
    return table


def pairs(found: Tuned) -> pd.DataFrame:
    """Return every pair of designs, before and after tuning, on held-out seeds.

    Returns
    -------
    DataFrame
        One row per version and pair: ``version``, ``a``, ``b``, ``difference`` (a less b) with ``low`` and ``high``
        (95 %), ``p_holm`` (of no difference, corrected within the pairs of the version); unit of the outcome.
    """
    parts = []
    for version in VERSIONS:
        values = found.values(version)
        rows = []
        for a, b in combinations(found.designs, 2):
            paired = Paired((values[a] - values[b]).to_numpy(dtype=float))
            interval = paired.interval(CONFIDENCE)
            row = {"version": version, "a": a, "b": b, "difference": paired.mean}
            rows.append(row | {"low": interval.low, "high": interval.high, "p_holm": paired.p_difference()})
        part = pd.DataFrame(rows)
        parts.append(part.assign(p_holm=holm(part["p_holm"])))
    return pd.concat(parts, ignore_index=True)


def pair(table: pd.DataFrame, version: str, a: str, b: str) -> dict[str, float]:
    """Return ``difference``, ``low``, ``high`` and ``p_holm`` of a less b, in whichever order the table has them.

    Parameters
    ----------
    table
        Of all pairs, as `pairs` returns it.
    version
        Preset or tuned.
    a, b
        Names of designs.
    """
    rows = table[table["version"] == version]
    straight, turned = (rows[(rows["a"] == x) & (rows["b"] == y)] for x, y in ((a, b), (b, a)))
    row = (straight if len(straight) else turned).iloc[0]
    sign = 1.0 if len(straight) else -1.0
    low, high = sorted((sign * float(row["low"]), sign * float(row["high"])))
    return {"difference": sign * float(row["difference"]), "low": low, "high": high, "p_holm": float(row["p_holm"])}


def leader(found: Tuned, table: pd.DataFrame, version: str) -> Leader:
    """Return who leads in a version: the highest mean over held-out seeds, the first of equals.

    Parameters
    ----------
    found
        A tuning.
    table
        Of all pairs, as `pairs` returns it.
    version
        Preset or tuned.
    """
    best = str(found.values(version).mean().idxmax())
    others = [name for name in found.designs if name != best]
    rivals = tuple(name for name in others if not pair(table, version, best, name)["p_holm"] <= LEVEL)
    return Leader(best, rivals)


def against(found: Tuned, baseline: str) -> pd.DataFrame:
    """Return every version of every design less the preset of the baseline, on held-out seeds.

    Returns
    -------
    DataFrame
        One row per design and version: ``design``, ``version``, ``difference``, ``low``, ``high`` (95 %).
    """
    base = found.values(PRESET)[baseline]
    rows = []
    for design in found.designs:
        for version in VERSIONS:
            paired = Paired((found.values(version)[design] - base).to_numpy(dtype=float))
            interval = paired.interval(CONFIDENCE)
            row = {"design": design, "version": version, "difference": paired.mean}
            rows.append(row | {"low": interval.low, "high": interval.high})
    return pd.DataFrame(rows)
