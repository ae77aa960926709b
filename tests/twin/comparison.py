"""Compare two implementations number by number, and say where they part."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.market.flows import Flows
from sim.market.state import State

MOST_SHOWN = 5
"""How many differences a message shows."""


def describe_difference(name: str, a: np.ndarray, b: np.ndarray, atol: float, rtol: float) -> str | None:
    """Return where two arrays differ, or None where they agree.

    Whole numbers must be equal. Real numbers may differ by ``atol + rtol * max(|a|, |b|)``; equal infinities and
    NaN against NaN agree.
    """
    if a.shape != b.shape:
        return f"{name}: shapes differ, {a.shape} against {b.shape}"
    if a.dtype != b.dtype:
        return f"{name}: kinds differ, {a.dtype} against {b.dtype}"
    if np.issubdtype(a.dtype, np.floating):
        same = np.isclose(a, b, rtol=0.0, atol=0.0, equal_nan=True)
        finite = np.isfinite(a) & np.isfinite(b)
        gap = np.abs(np.where(finite, a, 0.0) - np.where(finite, b, 0.0))
        allowed = atol + rtol * np.maximum(np.abs(np.where(finite, a, 0.0)), np.abs(np.where(finite, b, 0.0)))
        same |= finite & (gap <= allowed)
    else:
        same = a == b
    places = np.argwhere(~same)
    if len(places) == 0:
        return None
    shown = ", ".join(
        f"at {tuple(int(i) for i in place)}: {a[tuple(place)]!r} against {b[tuple(place)]!r}"
        for place in places[:MOST_SHOWN]
    )
    return f"{name}: {len(places)} of {same.size} differ; {shown}"


def assert_same(state_a: State, state_b: State, atol: float = 1e-12, rtol: float = 1e-12) -> None:
    """Check that two states agree: whole numbers exactly, real numbers within ``atol + rtol * size``.

    Raises
    ------
    AssertionError
        With every column that differs and the first customers at which it does.
    """
    found = [
        describe_difference(name, getattr(state_a, name), getattr(state_b, name), atol, rtol) for name in State._fields
    ]
    _raise_found("states", found)


def assert_same_flows(flows_a: Flows, flows_b: Flows, atol: float = 1e-9, rtol: float = 1e-11) -> None:
    """Check that two flows agree; sums may be taken in another order, hence the wider tolerance.

    Raises
    ------
    AssertionError
        With every flow that differs.
    """
    found = [
        describe_difference(
            field.name,
            np.asarray(getattr(flows_a, field.name), dtype=np.float64),
            np.asarray(getattr(flows_b, field.name), dtype=np.float64),
            atol,
            rtol,
        )
        for field in fields(Flows)
    ]
    _raise_found("flows", found)


def _raise_found(what: str, found: list[str | None]) -> None:
    differences = [line for line in found if line is not None]
    if differences:
        raise AssertionError(f"the {what} differ:\n" + "\n".join(f"  {line}" for line in differences))
