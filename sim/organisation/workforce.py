"""Load, morale, quits and eroding standards (Oliva & Sterman 2001; Brown & Lam 2008)."""

from __future__ import annotations

import math

from sim.organisation.dynamics import clip
from sim.parameters.organisation import Workforce

MAX_ERODED = 1.0
MAX_MORALE = 2.0


def overload(load: float) -> float:
    """Return how far demand exceeds capacity, at least 0, as a ratio to capacity."""
    return max(0.0, load - 1.0)


def surge_factor(since_switch_years: float, period_years: float, rules: Workforce) -> float:
    """Return imposed demand over normal demand in a period, weighted by how much of the period the surge covers.

    Parameters
    ----------
    since_switch_years
        Start of the period, years after the switch (negative before it).
    period_years
        Length of a period, years.
    rules
        Start, length and size of the surge.
    """
    start = rules.overload_start_years
    stop = start + rules.overload_years
    covered = min(stop, since_switch_years + period_years) - max(start, since_switch_years)
    # A relative tolerance keeps rounding of period boundaries from leaking a sliver of the surge.
    share = max(0.0, covered) / period_years
    return 1.0 if share < 1e-9 else 1.0 + (rules.overload_factor - 1.0) * min(share, 1.0)


def morale_target(
    extra_overload: float, rel_complaints: float, recognition: float, tools: float, rules: Workforce
) -> float:
    """Return the morale that conditions lead to; 1 in the status quo, within [0, 2].

    Parameters
    ----------
    extra_overload
        Overload beyond that of the status quo, ratio.
    rel_complaints
        Complaints over those of the status quo, ratio; doubling costs ``complaint_morale``.
    recognition
        Attributed weight of the customer score beyond that of the status quo.
    tools
        Morale that employee tools add.
    rules
        Sensitivities of morale.
    """
    target = 1.0 - rules.overload_morale * extra_overload - rules.complaint_morale * (rel_complaints - 1.0)
    return clip(target + rules.recognition_morale * recognition + tools, 0.0, MAX_MORALE)


def quit_rate(morale: float, rules: Workforce) -> float:
    """Return quits per year and head: the status-quo rate at morale 1, higher below."""
    return rules.quits_per_year * math.exp(rules.quit_morale * (1.0 - morale))


def next_staff(staff: float, positions: float, morale: float, rules: Workforce, period_years: float) -> float:
    """Return staff one period later, over that of the status quo.

    Normal quits are replaced as they happen, vacancies are filled with the time constant of hiring:
    ``ds/dt = (quits_0 + 1 / hiring) positions - (quits(morale) + 1 / hiring) s``, stepped exactly.
    """
    filling = 1.0 / rules.hiring_years
    rate = quit_rate(morale, rules) + filling
    target = (rules.quits_per_year + filling) * positions / rate
    return target + (staff - target) * math.exp(-rate * period_years)


def strain(lost_morale: float, excess: float, rules: Workforce) -> float:
    """Return the quality lost to low morale and overload, SD of encounters (negative when morale is high)."""
    return rules.morale_quality * lost_morale + rules.load_quality * excess


def lasting_erosion(lost_quality: float, rules: Workforce) -> float:
    """Return the eroded standard at which a lasting loss of quality settles, in [0, 1] SD of encounters."""
    if not rules.floating_standards:
        return 0.0
    pressure = max(0.0, lost_quality - rules.erosion_threshold)
    return min(MAX_ERODED, pressure * rules.rebuild_years / rules.erosion_years)


def next_eroded(eroded: float, lost_quality: float, rules: Workforce, period_years: float) -> float:
    """Return how far standards have slipped, one period later; in [0, 1] SD of encounters.

    ``dz/dt = max(0, lost - threshold) / tau_down - z / tau_up``: standards slip in months and are rebuilt in years.
    They hold (0) when standards are fixed.

    Parameters
    ----------
    eroded
        How far they have slipped now (z).
    lost_quality
        Quality lost to low morale and overload, SD of encounters.
    rules
        Time constants, threshold and whether standards float.
    period_years
        Length of a period, years.
    """
    if not rules.floating_standards:
        return 0.0
    pressure = max(0.0, lost_quality - rules.erosion_threshold)
    target = pressure * rules.rebuild_years / rules.erosion_years
    after = target + (eroded - target) * math.exp(-period_years / rules.rebuild_years)
    return clip(after, 0.0, MAX_ERODED)
