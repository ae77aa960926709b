"""What a run prints: what is simulated, a small table, where the files are, and what to try next."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from sim.commands import command
from sim.comparison import mean_interval
from sim.config.catalogue import option_names
from sim.outcomes import OUTCOMES, Outcome
from sim.parameters import Parameters
from sim.plan import PREPARATIONS
from sim.results import Results

LEAST_ADVERTISING = 1e-3
"""Advertising below which the solve of the status quo has found that none is needed, ratio."""
_GROWING = (
    "\nThe status quo grows: more customers join than leave even without advertising, at these values of\n"
    "market.churn_per_year, market.acquisition.imitation_per_year and population.initial_share."
)


def describe_run(parameters: Parameters) -> str:
    """Say what is simulated, in two lines."""
    clock, scenario, industry = parameters.time, parameters.scenario, parameters.industry
    periods = {4: "quarters", 12: "months", 52: "weeks"}[clock.periods_per_year]
    return (
        f"{industry.title or industry.name}: {scenario.title or scenario.name}\n"
        f"industry={industry.name} scenario={scenario.name}: "
        f"{parameters.population.n_customers:,} customers in the market, "
        f"{len(parameters.organisation.departments)} departments, "
        f"{_years(clock.burn_in_years)} of the status quo, then {_years(clock.horizon_years)} of the design, "
        f"in {periods}; {_count(parameters.run.n_replicates, 'replicate')}, seed {parameters.run.seed}"
    )


def report(results: Results, folder: Path, config_dir: str | None = None) -> str:
    """Return the table of headline outcomes, where the files are and what to try next."""
    parts = [outcome_table(results), _caveat(results)]
    if results.parameters.run.profile:
        parts.append(phase_table(results))
    proposed = next_command(results, config_dir)
    parts.append(f"Files: {_shown(folder)}" + (f"\nNext:  {proposed}" if proposed else ""))
    return "\n\n".join(parts)


def one_line(results: Results, folder: Path) -> str:
    """Return the headline of one job of a sweep."""
    shown = (OUTCOMES["retention_per_year"], OUTCOMES["npv_with_equity"])
    values = []
    for outcome in shown:
        level = mean_interval(results.tables.summary[outcome.name])
        write = _writer(max(abs(value) for value in level if not math.isnan(value)))
        interval = _interval(level, write, "")
        values.append(f"{outcome.title.lower()} {write(level[0], '')}{f' [{interval}]' if interval else ''}")
    return f"{results.scenario}: {', '.join(values)}; {_shown(folder)}"


def outcome_table(results: Results) -> str:
    """Return the headline outcomes: mean over replicates and 95 % interval, and the change since the burn-in."""
    currency = results.parameters.finance.currency
    rows = [["", "status quo", "design", "95 % interval", "change", "95 % interval", "unit"]]
    headlines = [outcome for outcome in OUTCOMES.values() if outcome.headline]
    rows.extend(_row(outcome, results, outcome.unit.replace("currency", currency)) for outcome in headlines)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_aligned(row, widths) for row in rows)


def next_command(results: Results, config_dir: str | None = None) -> str | None:
    """Return a command that runs another design on the same company; None where its industry has no file.

    Parameters
    ----------
    results
        Of the run before.
    config_dir
        The user's folder, if one was given.
    """
    industry, names = results.parameters.industry.name, option_names("scenario")
    folder = None if config_dir is None else Path(config_dir)
    if industry not in option_names("industry", folder):
        return None
    other = next((name for name in names if name != results.scenario), names[0])
    shown = None if folder is None else _shown(folder)
    return command("sim", f"scenario={other}", f"industry={industry}", config_dir=shown)


def phase_table(results: Results) -> str:
    """Return the mean time of a replicate by phase: in all, its share, and per period where it recurs."""
    seconds: dict[str, float] = results.manifest.get("phase_seconds", {})
    lived = {name: value for name, value in seconds.items() if name not in PREPARATIONS}
    total = sum(seconds.values()) or 1.0

    def line(name: str, value: float, per_period: str) -> str:
        """Return a line of the table."""
        return f"{name:24s} {1e3 * value:9.1f} ms {100.0 * value / total:6.1f} %  {per_period}".rstrip()

    def per_period(value: float) -> str:
        """Return the time of a period."""
        return f"{1e3 * value / results.n_periods:9.3f} ms per period"

    head = f"Time by phase, mean of {_count(results.n_replicates, 'replicate')} of {results.n_periods} periods:"
    rows = [line(name, value, per_period(value) if name in lived else "") for name, value in seconds.items()]
    return "\n".join(
        [head, *rows, line("all periods", sum(lived.values()), per_period(sum(lived.values()))), line("all", total, "")]
    )


def _row(outcome: Outcome, results: Results, unit: str) -> list[str]:
    """Return one row of the table, all numbers of it on one scale."""
    after = results.tables.summary[outcome.name]
    before = results.tables.before[outcome.name]
    level = mean_interval(after)
    write = _writer(max(abs(value) for value in (*level, float(before.mean())) if not math.isnan(value)))
    row = [outcome.title, "", write(level[0], ""), _interval(level, write, ""), "", "", unit]
    if outcome.aggregation != "horizon" and not math.isnan(float(before.mean())):
        change = mean_interval(after - before)
        row[1] = write(float(before.mean()), "")
        row[4:6] = [write(change[0], "+"), _interval(change, write, "+")]
    return row


def _caveat(results: Results) -> str:
    """Say over what the table is taken, and what its change is not."""
    many = results.n_replicates > 1
    spread = f"intervals over {results.n_replicates} replicates" if many else "one replicate has no intervals"
    text = (
        "Status quo: last year of the burn-in; design: last year of the horizon, present values over all of it;\n"
        f"{spread}. The change is against this company's own past, which drifts too: what the design\n"
        "does is its difference from another design with the same luck."
    )
    return text + (_GROWING if _grows_without_advertising(results) else "")


def _grows_without_advertising(results: Results) -> bool:
    """Return whether the solve of the status quo found no advertising little enough for a steady share."""
    given = results.parameters.market.calibration is not None or results.parameters.population.initial_share == 0.0
    return not given and results.manifest.get("calibration", {}).get("advertising_scale", 1.0) < LEAST_ADVERTISING


def _aligned(row: list[str], widths: list[int]) -> str:
    """Set the first cell to the left, the last as it is, and the others to the right."""
    first, *middle, last = row
    cells = [f"{cell:>{width}}" for cell, width in zip(middle, widths[1:-1], strict=True)]
    return "  ".join([f"{first:<{widths[0]}}", *cells, last]).rstrip()


def _interval(level: tuple[float, float, float], write: Callable[[float, str], str], sign: str) -> str:
    """Return the interval of (mean, low, high); one replicate has none."""
    return "" if math.isnan(level[1]) else f"{write(level[1], sign)} to {write(level[2], sign)}"


def _writer(size: float) -> Callable[[float, str], str]:
    """Return how to write numbers up to ``size`` with about four digits, millions as M."""
    if size >= 1e6:
        return lambda value, sign: f"{value / 1e6:{sign},.2f} M"
    digits = 0 if size >= 1000 else 1 if size >= 10 else 3
    return lambda value, sign: "n/a" if math.isnan(value) else f"{value:{sign},.{digits}f}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _years(years: float) -> str:
    return f"{years:g} year{'' if years == 1 else 's'}"


def _shown(folder: Path) -> str:
    """Show a folder relative to where the user is, if it is below."""
    try:
        return str(folder.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(folder)
