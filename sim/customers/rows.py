"""A lazy AgentSet over rows of the market: which customers are in it, and the algebra of such sets."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any, NoReturn, Self, overload

import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from sim.customers.customer import Customer, view

if TYPE_CHECKING:
    from sim.customers.mixin import HasCustomers

Index = NDArray[np.int64]
_CHUNK = 65_536


class CustomerRows(AgentSet):  # type: ignore[misc, unused-ignore]  # mesa carries no types
    """An ordered set of customers, held as row numbers; the agents are made when asked for.

    Mesa's own set holds weak references, so views made on demand would vanish from it at once; everything that
    returns a set therefore returns this class.

    Parameters
    ----------
    model
        The model whose market holds the customers.
    rows
        Row numbers in order, repeated ones counted once; all rows by default, which costs nothing at any size.
    random
        Generator for shuffling, from ``random`` or numpy; the model's own by default.

    Raises
    ------
    IndexError
        If the market has no such row.
    TypeError
        If the rows are not whole numbers.
    """

    def __init__(
        self,
        model: HasCustomers,
        rows: Iterable[int] | Index | None = None,
        random: Random | np.random.Generator | None = None,
    ) -> None:
        self.model = model
        self.random = model.random if random is None else random
        self._membership: NDArray[np.bool_] | None = None
        self._rows = None if rows is None else _check_rows(rows, self._market_size())

    def _market_size(self) -> int:
        return int(self.model.market.state.ours.shape[0])

    def _derive(self, rows: NDArray[Any] | None) -> Self:
        """Return a set like this one with other rows, which are distinct and in range."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._replace(rows)
        return other

    def _replace(self, rows: NDArray[Any] | None) -> Self:
        """Take other rows in place; arrays already handed out stay as they are."""
        self._membership = None
        self._rows = rows
        if rows is not None:
            self._rows = rows.astype(np.int64)
            self._rows.flags.writeable = False
        return self

    def _update(self, agents: Iterable[Customer]) -> Self:
        return self._replace(self._rows_of(agents, strict=True))

    @property
    def rows(self) -> Index:
        """Row numbers in order, int64, read-only, shape (len,)."""
        if self._rows is not None:
            return self._rows
        rows = np.arange(self._market_size())
        rows.flags.writeable = False
        return rows

    @property
    def _index(self) -> slice | Index:
        """What to index the arrays of the state with; a slice where that saves the copy."""
        return slice(None) if self._rows is None else self._rows

    def take(self, positions: Iterable[int] | Index) -> Self:
        """Return the customers at these positions of the set, in the order given.

        Raises
        ------
        IndexError
            If a position lies outside the set.
        """
        places = _check_rows(positions, len(self))
        return self._derive(places if self._rows is None else self._rows[places])

    def _part(self, item: slice) -> Index:
        """Return the rows in a slice, without making all the rows first."""
        if self._rows is not None:
            return self._rows[item]
        part = range(self._market_size())[item]
        return np.arange(part.start, part.stop, part.step)

    def __len__(self) -> int:
        return self._market_size() if self._rows is None else int(self._rows.shape[0])

    def __iter__(self) -> Iterator[Customer]:
        model = self.model
        if self._rows is None:
            for row in range(self._market_size()):
                yield view(model, row)
            return
        rows = self._rows
        for start in range(0, rows.shape[0], _CHUNK):
            for row in rows[start : start + _CHUNK].tolist():
                yield view(model, row)

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Customer) or agent.model is not self.model:
            return False
        return self._rows is None or bool(self._holds(np.array([agent.unique_id]))[0])

    def _holds(self, rows: Index) -> NDArray[np.bool_]:
        """Tell of each row of the market whether it is in the set."""
        if self._rows is None:
            return np.ones(rows.shape, dtype=np.bool_)
        if self._membership is None:
            self._membership = np.zeros(self._market_size(), dtype=np.bool_)
            self._membership[self._rows] = True
        return self._membership[rows]

    @overload
    def __getitem__(self, item: int) -> Customer: ...
    @overload
    def __getitem__(self, item: slice) -> Self: ...
    def __getitem__(self, item: int | slice) -> Customer | Self:
        """Return the customer at a position, or a lazy set of those in a slice (Mesa returns a list).

        Raises
        ------
        IndexError
            If the position lies outside the set.
        TypeError
            If the item is neither a whole number nor a slice.
        """
        if isinstance(item, slice):
            return self._derive(self._part(item))
        position = operator.index(item)
        size = len(self)
        if not -size <= position < size:
            raise IndexError(f"position {position} lies outside a set of {size} customers")
        position %= size
        return view(self.model, position if self._rows is None else int(self._rows[position]))

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Return the position of a customer.

        Raises
        ------
        ValueError
            If the customer is not in the set, or not between ``start`` and ``stop``.
        """
        if value in self:
            position = value.unique_id if self._rows is None else int(np.flatnonzero(self._rows == value.unique_id)[0])
            if position in range(len(self))[start:stop]:
                return int(position)
        raise ValueError(f"{value!r} is not in the set")

    def count(self, value: Any) -> int:
        """Return 1 if the customer is in the set, else 0; ``count_where`` counts by condition."""
        return int(value in self)

    def to_list(self) -> list[Customer]:
        """Return all the customers in a list, each a Mesa agent of its own."""
        return list(self)

    def copy(self) -> Self:
        """Return another set of the same customers; in-place changes of one leave the other."""
        return self._derive(self._rows)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Follow the model when the model is being copied; alone, stay a view of the same model."""
        other = self.copy()
        if id(self.model) in memo:
            other.model = memo[id(self.model)]
            other.random = deepcopy(self.random, memo)
        return other

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model, "rows": self._rows, "random": self.random}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.model = state["model"]
        self.random = state["random"]
        self._replace(state["rows"])

    def add(self, agent: object) -> NoReturn:
        """Refuse, as do ``discard``, ``remove``, ``pop``, ``clear`` and ``|=``: the set is a view of arrays."""
        raise TypeError(
            f"a set of customers is a view of the market's arrays: {agent!r} can be neither added nor removed; "
            "use select, a slice, or the operators | & - ^ to make another set"
        )

    discard = remove = add

    def _rows_of(self, agents: Iterable[Any], *, strict: bool) -> Index:
        """Return the rows of those agents that are customers of the same model; all must be if ``strict``."""
        if isinstance(agents, CustomerRows) and agents.model is self.model:
            return agents.rows
        rows: dict[int, None] = {}
        for agent in agents:
            if isinstance(agent, Customer) and agent.model is self.model:
                rows[agent.unique_id] = None
            elif strict:
                raise TypeError(f"a set of customers can only hold customers of its own model, not {agent!r}")
        return np.fromiter(rows, dtype=np.int64, count=len(rows))

    def _from_iterable(self, agents: Iterable[Any]) -> Self:
        """Return a set of these agents; what the operators inherited from ``collections.abc`` make theirs with."""
        return self._derive(self._rows_of(agents, strict=True))

    def __and__(self, other: Any) -> Self:
        if not isinstance(other, Iterable):
            return NotImplemented
        theirs = self._rows_of(other, strict=False)
        return self._derive(theirs[self._holds(theirs)])

    def __or__(self, other: Any) -> Self:
        if not isinstance(other, Iterable):
            return NotImplemented
        theirs = self._rows_of(other, strict=True)
        return self._derive(np.concatenate([self.rows, theirs[~self._holds(theirs)]]))

    def __sub__(self, other: Any) -> Self:
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._derive(self._without(self._rows_of(other, strict=False)))

    def __xor__(self, other: Any) -> Self:
        if not isinstance(other, Iterable):
            return NotImplemented
        theirs = self._rows_of(other, strict=True)
        return self._derive(np.concatenate([self._without(theirs), theirs[~self._holds(theirs)]]))

    __rand__ = __and__
    __ror__ = __or__
    __rxor__ = __xor__

    def _without(self, rows: Index) -> Index:
        """Return the rows that are left when some are taken out, in their order."""
        kept = np.ones(self._market_size(), dtype=np.bool_)
        kept[rows] = False
        return self.rows[kept[self.rows]]

    def __le__(self, other: Any) -> Any:
        if isinstance(other, CustomerRows) and other.model is self.model:
            return bool(other._holds(self.rows).all())
        return super().__le__(other)

    def __ge__(self, other: Any) -> Any:
        if isinstance(other, CustomerRows) and other.model is self.model:
            return bool(self._holds(other.rows).all())
        return super().__ge__(other)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} of {self._market_size()}>"


def _check_rows(rows: Iterable[int] | Index, size: int) -> Index:
    """Return distinct row numbers in their order, read-only and not shared with the caller."""
    array = np.asarray(rows if isinstance(rows, np.ndarray | Sequence) else list(rows))
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise TypeError("rows are whole numbers in one dimension; for a mask of True and False use select")
    if array.size and (array.min() < 0 or array.max() >= size):
        raise IndexError(f"rows go from 0 to {size - 1}, given {array.min()} to {array.max()}")
    distinct, first = np.unique(array, return_index=True)
    if distinct.size < array.size:
        array = array[np.sort(first)]
    checked: Index = np.array(array, dtype=np.int64)
    checked.flags.writeable = False
    return checked
