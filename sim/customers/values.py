"""What becomes of the values of an attribute: lists, aggregates and groups."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Function = Callable[..., Any]
Places = dict[Any, NDArray[np.int64]]

REDUCERS: tuple[tuple[Function, Function], ...] = (
    (sum, np.sum),
    (min, np.min),
    (max, np.max),
    (any, np.any),
    (all, np.all),
)
"""Python's own reducers and numpy's, which do the same to an array without visiting it element by element."""


def as_list(values: NDArray[Any]) -> list[Any]:
    """Return plain Python values, or read-only vectors, that do not change with the market."""
    if values.ndim == 1:
        return list(values.tolist())
    kept = np.array(values)
    kept.flags.writeable = False
    return list(kept)


def aggregate(values: NDArray[Any] | list[Any], function: Function) -> Any:
    """Apply a function to values, as an array where it can take one (see :meth:`Customers.agg`)."""
    if isinstance(values, list):
        return function(values)
    if values.dtype == np.object_:
        return function(as_list(values))
    if values.ndim == 1:
        for slow, fast in REDUCERS:
            if function is slow:
                return fast(values).item()
    root = function
    while isinstance(root, partial):
        root = root.func
    if str(getattr(root, "__module__", "")).partition(".")[0] in sys.stdlib_module_names:
        return function(as_list(values))
    result = function(values)
    if isinstance(result, np.ndarray) and np.may_share_memory(result, values):
        return result.copy()  # else what is kept of a period would change with the next
    return result


def places_by_number(values: NDArray[Any]) -> Places:
    """Return the places of each distinct number, in the order of its first appearance."""
    distinct, first, group = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(group, kind="stable")
    members = np.split(order, np.searchsorted(group[order], np.arange(1, distinct.size)))
    keys = distinct.tolist()
    return {keys[place]: members[place] for place in np.argsort(first)}


def places_by_key(keys: list[Any]) -> Places:
    """Return the places of each distinct key, in the order of its first appearance."""
    places: defaultdict[Any, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    return {key: np.array(members, dtype=np.int64) for key, members in places.items()}
