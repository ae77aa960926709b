"""``python -m benchmarks``: measure everything and write ``results.json`` and ``results.md``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import limits, machine, memory, networks, roofline, small_runs, speed, startup
from benchmarks.report import as_markdown

FOLDER = Path(__file__).parent
PARTS: dict[str, Callable[[bool, bool], dict[str, Any]]] = {
    "startup": startup.measure,
    "speed": speed.measure,
    "memory": memory.measure,
    "limits": limits.measure,
    "small_runs": small_runs.measure,
    "networks": networks.measure,
}
"""What can be measured, in order; the roofline follows from limits and speed."""


def measure_parts(names: Sequence[str], quick: bool, full: bool, earlier: dict[str, Any]) -> dict[str, Any]:
    """Measure the parts named and put them beside those measured earlier on the same machine.

    Parameters
    ----------
    names
        Keys of ``PARTS``.
    quick, full
        Few rounds and small sizes; everything including ten million persons.
    earlier
        Results of an earlier call, or nothing. Those of another machine or other versions are dropped.
    """
    described = machine.describe()
    kept = earlier.get("parts", {}) if earlier.get("machine") == described else {}
    parts: dict[str, Any] = dict(kept)
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        began = machine.moment()
        parts[name] = {**PARTS[name](quick, full), "began": began, "ended": machine.moment(), "quick": quick}
    if {"limits", "speed"} & set(names) and {"limits", "speed"} <= set(parts):
        parts["roofline"] = roofline.measure(parts["limits"], parts["speed"])
    return {"machine": described, "parts": parts}


def write(results: dict[str, Any], folder: Path) -> None:
    """Write the results as JSON, and as tables in Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(as_markdown(results), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure (default all): {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds, about a minute")
    parser.add_argument("--full", action="store_true", help="ten million persons, too: 10 GiB and a quarter of an hour")
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder to write to (default: benchmarks)")
    asked = parser.parse_args(arguments)
    unknown = [part for part in asked.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]!r}; choose from {', '.join(PARTS)}")
    place = asked.output / "results.json"
    earlier = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
    write(measure_parts(asked.parts or list(PARTS), asked.quick, asked.full, earlier), asked.output)
    print(f"Files: {asked.output.name}/results.md, {asked.output.name}/results.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
