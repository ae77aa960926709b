"""What is kept of a period: departments by column, the firm by scalar."""

from __future__ import annotations

from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from sim.market.offer import Offer
from sim.organisation.department import Department
from sim.organisation.dynamics import mean_of
from sim.organisation.experience_officer import ExperienceOfficer

Vector = NDArray[np.float64]

_COLUMNS = (
    "requirement",
    "quality",
    "effort",
    "experience_effort",
    "gaming",
    "practice",
    "load",
    "morale",
    "staff",
    "eroded_standard",
    "local_metric",
    "programme",
    "believed_requirement",
    "specification",
)
_read = attrgetter(*_COLUMNS)


def record_departments(
    departments: list[Department], perceived: Vector, promise: float, listening: float
) -> dict[str, Vector]:
    """Return the columns of a period.

    The gaps add up: service gap = knowledge + specification + delivery + perception gap.

    Parameters
    ----------
    departments
        All departments.
    perceived
        Mean perceived quality of their encounters, SD of encounters, shape (n,).
    promise
        Quality promised to outsiders, SD of encounters.
    listening
        Reliability of what departments are told about customers, in [0, 1].

    Returns
    -------
    dict of str to ndarray
        Columns by name, float64, each of shape (n_departments,); gaps in SD of encounters, the others in the unit of
        the attribute of `Department`.
    """
    values = np.array([_read(department) for department in departments], dtype=np.float64).T.copy()
    columns = dict(zip(_COLUMNS, values, strict=True))
    believed, specified = columns.pop("believed_requirement"), columns.pop("specification")
    requirement, quality = columns["requirement"], columns["quality"]
    columns["knowledge_gap"] = requirement - believed
    columns["specification_gap"] = believed - specified
    columns["delivery_gap"] = specified - quality
    columns["perception_gap"] = quality - perceived
    columns["service_gap"] = requirement - perceived
    columns["communication_gap"] = promise - quality
    columns["listening"] = np.full(len(departments), listening)
    return columns


def record_firm(offer: Offer, officer: ExperienceOfficer) -> dict[str, float]:
    """Return the scalars of a period that the offer and the seat of the CX role explain."""
    return {
        "promise": offer.promise,
        "price_gap": offer.price_gap,
        "rival_quality": offer.rival_quality,
        "requirement": mean_of(offer.requirement),
        "credibility": officer.credibility,
        "role_present": officer.present,
        "turnover": float(officer.departures),
        **{fate: float(count) for fate, count in officer.counts.items()},
    }
