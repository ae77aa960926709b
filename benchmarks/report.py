"""From measured numbers to tables in Markdown: all of them for results.md, the main ones for the README."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmarks.speed import C_PLAIN, C_STRICT, ENGINE, ENGINE_2, MESA, MESA_OWN, C

COLUMNS = (ENGINE, ENGINE_2, C, C_STRICT, C_PLAIN, MESA, MESA_OWN)
NONE = "-"
MILLION = 1e6


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def digits(value: float) -> str:
    """Return a number with three digits that count.

    >>> digits(0.03712), digits(19.551), digits(1234.5)
    ('0.0371', '19.6', '1,234')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def speeds(results: Mapping[str, Any]) -> dict[tuple[int, str], Mapping[str, float]]:
    """Return the rows of the part ``speed`` by size and contender."""
    rows = results["parts"]["speed"]["rows"]
    return {(row["size"], row["what"]): row for row in rows}


def ratio(results: Mapping[str, Any], size: int, over: str, under: str) -> float | None:
    """Return how many times faster one contender is than another at a size, best against best; None if not measured."""
    found = speeds(results)
    if (size, over) not in found or (size, under) not in found:
        return None
    return found[size, over]["best"] / found[size, under]["best"]


def sizes_of(results: Mapping[str, Any]) -> list[int]:
    """Return the sizes of the part ``speed``, ascending."""
    return sorted({size for size, _ in speeds(results)})


def speed_table(results: Mapping[str, Any]) -> str:
    """Return millions of customer-periods a second by size: best, and the median in parentheses."""
    found = speeds(results)

    def cell(size: int, name: str) -> str:
        """Return one speed."""
        row = found.get((size, name))
        return NONE if row is None else f"{digits(row['best'] / MILLION)} ({digits(row['median'] / MILLION)})"

    rows = [[f"{size:,}", *(cell(size, name) for name in COLUMNS)] for size in sizes_of(results)]
    return table(["Persons", *COLUMNS], rows)


def ratio_table(results: Mapping[str, Any]) -> str:
    """Return how many times faster the engine is than each of the others, by size."""
    others = COLUMNS[2:]

    def cell(size: int, over: str, under: str) -> str:
        """Return one ratio."""
        value = ratio(results, size, over, under)
        return NONE if value is None else digits(value)

    rows = [
        [f"{size:,}", cell(size, ENGINE_2, ENGINE), *(cell(size, ENGINE, other) for other in others)]
        for size in sizes_of(results)
    ]
    return table(["Persons", "two threads : one", *(f"engine : {other}" for other in others)], rows)


def memory_table(part: Mapping[str, Any]) -> str:
    """Return bytes a person and the peak of the process, by size."""
    rows = [
        [
            f"{row['size']:,}", str(row["periods"]), str(row["threads"]), digits(row["bytes_per_person"]),
            digits(row["network_bytes_per_person"]), digits(row["mean_degree"]), digits(row["process_mib"]),
            digits(row["peak_mib"]), digits(row["build_seconds"]), digits(row["live_seconds"]),
        ]
        for row in part["rows"]
    ]  # fmt: skip
    heading = ["Persons", "periods", "threads", "state, B a person", "network, B a person", "mean degree",
               "process before, MiB", "peak, MiB", "building, s", "living, s"]  # fmt: skip
    return table(heading, rows)


def limits_table(part: Mapping[str, Any]) -> str:
    """Return the rates the machine reaches."""
    rows = []
    for row in part["rows"]:
        where = f" from {row['table_bytes'] / MILLION:g} MB" if "table_bytes" in row else ""
        unit = "GB/s" if row["unit"] == "bytes/s" else "G/s"
        rows.append([row["what"] + where, digits(row["best"] / 1e9), digits(row["median"] / 1e9), unit])
    return table(["What", "best", "median", "unit"], rows)


def roofline_table(part: Mapping[str, Any]) -> str:
    """Return the nanoseconds each demand takes at least, their sum, and the share the engine reaches."""
    names = list(part["rows"][0]["seconds"])
    rows = [
        [
            f"{row['size']:,}", *(digits(1e9 * row["seconds"][name]) for name in names), digits(1e9 / row["roof"]),
            digits(1e9 / row["best"]), f"{row['share']:.0%}",
        ]
        for row in part["rows"]
    ]  # fmt: skip
    heading = ["Persons", *(f"{name.replace('_', ' ')}, ns" for name in names), "sum, ns", "engine, ns", "roof reached"]
    return table(heading, rows)


def demands_table(part: Mapping[str, Any]) -> str:
    """Return what a person asks of the machine in a period."""
    rows = [[name.replace("_", " "), digits(value)] for name, value in part["demands"].items()]
    rows += [[f"of which: {name}", digits(value)] for name, value in part["counts"].items()]
    return table(["Per person and period", "mean"], rows)


def small_table(part: Mapping[str, Any]) -> str:
    """Return the runs a second of small markets."""
    rows = [[f"`{row['what']}`, seconds a run", digits(row["best"]), digits(row["median"])] for row in part["rows"]]
    serial = (part["serial_best_runs_per_second"], part["serial_runs_per_second"])
    batch = (part["two_processes_best"], part["two_processes_median"])
    rows.append(["one by one, runs a second", *(digits(value) for value in serial)])
    rows.append(["two processes, runs a second once both work", *(digits(value) for value in batch)])
    rows.append(["seconds until both work", digits(part["until_warm_seconds"]), NONE])
    return table([f"{part['customers']:,} persons, {part['periods']} periods", "best", "median"], rows)


def seconds_table(part: Mapping[str, Any]) -> str:
    """Return rows of what and seconds, with the size where there is one."""
    sized = "size" in part["rows"][0]
    rows = [
        [*([f"{row['size']:,}"] if sized else []), row["what"], digits(row["best"]), digits(row["median"])]
        for row in part["rows"]
    ]
    return table([*(["Persons"] if sized else []), "What", "best, s", "median, s"], rows)


Section = tuple[str, str, Callable[[Mapping[str, Any]], str]]
SECTIONS: tuple[Section, ...] = (
    ("memory", "Memory", memory_table),
    ("limits", "Limits of the machine", limits_table),
    ("small_runs", "Small runs", small_table),
    ("startup", "Start-up", seconds_table),
    ("networks", "Drawing the network", seconds_table),
)
HEAD = """# Benchmarks

Written by `python -m benchmarks`; the same numbers are in `results.json`. What they mean and what bounds them is in
[docs/performance.md](../docs/performance.md). Best of several rounds, median in parentheses or beside it; work on one
thread is timed by its processor time, all else by the clock on the wall.
"""


def as_markdown(results: Mapping[str, Any]) -> str:
    """Return everything that was measured as a document."""
    parts, blocks = results["parts"], [HEAD, machine_list(results)]
    if "speed" in parts:
        blocks += ["## Speed", "Million customer-periods a second: persons in the market times periods.",
                   speed_table(results), "How many times faster, best against best:", ratio_table(results),
                   *(f"Skipped: {reason}." for reason in parts["speed"]["skipped"]), when(parts["speed"])]  # fmt: skip
    if "roofline" in parts:
        roof = parts["roofline"]
        blocks += ["## Roofline", "What a person asks for in a period:", demands_table(roof)]
        blocks += ["What that takes at the machine's rates, one thread:", roofline_table(roof)]
    for name, title, make in SECTIONS:
        if name in parts:
            blocks += [f"## {title}", make(parts[name]), when(parts[name])]
    return "\n\n".join(block.strip("\n") for block in blocks) + "\n"


def when(part: Mapping[str, Any]) -> str:
    """Return when a part was measured and how busy the machine was."""
    load = (part["began"]["load"][0], part["ended"]["load"][0])
    quick = "; quick" if part["quick"] else ""
    return f"Measured {part['began']['date']} UTC; load {load[0]} at the start, {load[1]} at the end{quick}."


def machine_list(results: Mapping[str, Any]) -> str:
    """Return processor, memory and versions as a list."""
    described = results["machine"]
    caches = ", ".join(f"{level} {size}" for level, size in described["caches"].items())
    versions = ", ".join(f"{name} {number}" for name, number in described["versions"].items())
    return "\n".join(
        [
            f"* {described['processor']}, {described['cores']} cores, {described['memory_gib']} GiB; caches {caches}",
            f"* {versions}",
            f"* C: `{described['compiler_flags']}` unless said otherwise",
        ]
    )


README_COLUMNS = {
    ENGINE: "engine, 1 thread",
    ENGINE_2: "engine, 2 threads",
    C: "C, 1 thread",
    MESA_OWN: "Mesa, Python's luck",
    MESA: "Mesa, same luck",
}


def readme_table(results: Mapping[str, Any]) -> str:
    """Return the table of the README: speed by size, memory, and what it was measured on."""
    found = speeds(results)

    def cell(size: int, name: str) -> str:
        """Return one speed."""
        return digits(found[size, name]["best"] / MILLION) if (size, name) in found else NONE

    rows = [[f"{size:,}", *(cell(size, name) for name in README_COLUMNS)] for size in sizes_of(results)]
    described, part = results["machine"], results["parts"]["speed"]
    largest = max(results["parts"]["memory"]["rows"], key=lambda row: row["size"])
    memory = (
        f"{largest['size']:,} persons take {largest['bytes_per_person']:.0f} bytes each and "
        f"{largest['network_bytes_per_person']:.0f} for their acquaintances; "
        f"{largest['periods']} months of them take {largest['live_seconds']:.0f} seconds on {largest['threads']} "
        f"threads and at most {largest['peak_mib'] / 1024:.1f} GiB."
    )
    machine = (
        f"{described['processor']}, {described['cores']} shared cores, {part['began']['date'][:10]}; best of several."
    )
    return "\n\n".join([table(["Persons", *README_COLUMNS.values()], rows), memory, machine])
