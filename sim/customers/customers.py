"""The set of customers a Mesa user works with: attributes by name, at the speed of arrays."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from sim.customers.attributes import Attribute
from sim.customers.customer import Customer, declared, department_index
from sim.customers.groups import CustomerGroups
from sim.customers.rows import CustomerRows, Index
from sim.customers.values import Function, aggregate, as_list, places_by_key, places_by_number

Condition = Callable[[Customer], Any] | str | Iterable[bool]
"""A function of the customer, the name of a True/False attribute, or one True or False for each customer of the set."""


class Customers(CustomerRows):
    """Customers as a lazy AgentSet: ``model.customers``, and whatever is selected from it.

    All of Mesa's AgentSet works, on the arrays of the market wherever an attribute is one of them. In place of a
    function, ``select`` also takes the name of a True/False attribute or a mask. Sets made from a set (by ``select``,
    ``sort``, ``shuffle``, ``groupby``, a slice or an operator) are lazy too, hold row numbers only and show the
    customers as they are now, not as they were when selected.

    >>> model.customers.select("ours").agg("satisfaction", np.mean)  # doctest: +SKIP
    0.53
    """

    def _read(self, name: str) -> NDArray[Any] | None:
        """Return an attribute as an array that may be the market's own, None if it is not in the arrays."""
        if name == "unique_id":
            return self.rows
        attribute = getattr(Customer, name, None)
        if not isinstance(attribute, Attribute):
            return None
        values: NDArray[Any] = np.asarray(attribute.read(self.model.market, self._index)).view()
        values.flags.writeable = False
        return values

    def column(self, name: str) -> NDArray[Any]:
        """Return an attribute of all the customers as an array of one's own.

        Parameters
        ----------
        name
            An attribute of :class:`Customer`.

        Returns
        -------
        ndarray
            Numbers as float64 or int64, True/False as bool, names and periods that may be None as objects, shape
            (len,); expectations of shape (len, n).

        Raises
        ------
        AttributeError
            If customers have no such attribute, or not as an array.
        """
        values = self._read(name)
        if values is None:
            raise AttributeError(f"customers have no column {name!r}")
        return np.array(values)

    def expectation_of(self, department: str) -> NDArray[np.float64]:
        """Return the will-expectation of a department, SD of encounters, shape (len,).

        Raises
        ------
        ValueError
            If no department has that name.
        """
        expectation = self.model.market.state.expectation
        return np.array(expectation[department_index(self.model, department)][self._index], dtype=np.float64)

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: Any = None,
    ) -> list[Any]:
        """Return an attribute of each customer in a list, or a list of attributes each.

        Parameters
        ----------
        attr_names
            One name, or several.
        handle_missing
            ``"error"``, or ``"default"`` to put ``default_value`` for an attribute customers do not have.
        default_value
            What to put then.

        Raises
        ------
        AttributeError
            If customers have no such attribute and ``handle_missing`` is ``"error"``.
        ValueError
            If ``handle_missing`` is neither of the two.
        """
        if handle_missing not in ("error", "default"):
            raise ValueError(f"Unknown handle_missing option: {handle_missing}, should be one of 'error' or 'default'")
        missing = () if handle_missing == "error" else (default_value,)
        if isinstance(attr_names, str):
            return self._list(attr_names, missing)
        columns = [self._list(name, missing) for name in attr_names]
        return [list(values) for values in zip(*columns, strict=True)] if columns else [[] for _ in range(len(self))]

    def _list(self, name: str, missing: tuple[Any, ...] = ()) -> list[Any]:
        """Return an attribute of every customer, from the arrays where they hold it."""
        values = self._read(name)
        if values is None:
            return [getattr(customer, name, *missing) for customer in self]
        return as_list(values)

    def agg(self, attribute: str, func: Function | Iterable[Function]) -> Any:
        """Aggregate an attribute of all the customers.

        Parameters
        ----------
        attribute
            Name of the attribute.
        func
            A function of the values, or several. Numbers (float64 or int64) and True/False reach it as a read-only
            array, except that functions of the standard library, which are made for lists, get a list; so does any
            function when the values are names, or periods that may be None. ``sum``, ``min``, ``max``, ``any`` and
            ``all`` are numpy's.

        Returns
        -------
        object
            The result, or the list of results.
        """
        values = self._read(attribute)
        given: NDArray[Any] | list[Any] = self._list(attribute) if values is None else values
        if callable(func):
            return aggregate(given, func)
        return [aggregate(given, each) for each in func]

    def set(self, attr_name: str, value: Any) -> Self:
        """Set an attribute of all the customers to one value, or to an array with one value each.

        Raises
        ------
        AttributeError
            If customers have no such attribute, or it is read-only.
        ValueError
            If the value is out of range or does not fit.
        """
        declared(attr_name).store(self.model.market, self._index, value)
        return self

    def select(
        self,
        filter_func: Condition | None = None,
        at_most: float = math.inf,
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> Self:
        """Select the customers that meet a condition.

        Parameters
        ----------
        filter_func
            A function of the customer, the name of a True/False attribute, or a mask of shape (len,); all by default.
        at_most
            Take the first ones only: this many if an int, this share of the set if a float up to 1.
        inplace
            Change this set instead of returning another.
        agent_type
            Keep the customers if they are of this type, else none.

        Raises
        ------
        AttributeError
            If customers have no attribute of that name.
        ValueError
            If a mask is not one of True and False with one value a customer.
        """
        size = len(self)
        limit = int(size * at_most) if isinstance(at_most, float) and at_most <= 1.0 else at_most
        if agent_type is not None and not issubclass(Customer, agent_type):
            limit = 0
        if filter_func is None:
            rows = self._rows if limit >= size else self._part(slice(max(0, math.ceil(limit))))
        else:
            rows = self.rows[self._positions(filter_func, limit)]
        return self._replace(rows) if inplace else self._derive(rows)

    def _positions(self, condition: Condition, limit: float = math.inf) -> Index:
        """Return where the condition holds, the first ones up to the limit."""
        if callable(condition):
            found: list[int] = []
            for position, customer in enumerate(self):
                if len(found) >= limit:
                    break
                if condition(customer):
                    found.append(position)
            return np.array(found, dtype=np.int64)
        mask = self.column(condition) if isinstance(condition, str) else np.asarray(condition)
        if mask.dtype != np.bool_ or mask.shape != (len(self),):
            raise ValueError(
                f"a mask of True and False of shape ({len(self)},) expected, given {mask.dtype} {mask.shape}"
            )
        places = np.flatnonzero(mask)
        return places if limit >= places.size else places[: max(0, math.ceil(limit))]

    def count_where(self, condition: Condition) -> int:
        """Count the customers that meet a condition, given as to :meth:`select`."""
        return int(self._positions(condition).size)

    def share_where(self, condition: Condition) -> float:
        """Return the share that meets a condition, given as to :meth:`select`; NaN of an empty set."""
        return self.count_where(condition) / len(self) if len(self) else math.nan

    def shuffle(self, inplace: bool = False) -> Self:
        """Put the customers in a random order, drawn from ``random`` of the set."""
        rows = self.rows[self._generator().permutation(len(self))]
        return self._replace(rows) if inplace else self._derive(rows)

    def _generator(self) -> np.random.Generator:
        """Return a generator seeded by the set's own, for Python's shuffle takes seconds on millions."""
        if isinstance(self.random, np.random.Generator):
            return self.random
        return np.random.default_rng(self.random.getrandbits(128))

    def sort(self, key: Function | str, ascending: bool = False, inplace: bool = False) -> Self:
        """Sort the customers by an attribute or by a function of the customer; equal ones keep their order."""
        values = self._read(key) if isinstance(key, str) else None
        if values is not None and values.ndim == 1 and values.dtype != np.object_:
            flipped = values if ascending else values[::-1]
            order = np.argsort(flipped, kind="stable")
            order = order if ascending else (len(self) - 1 - order)[::-1]
        else:
            name = operator.attrgetter(key) if isinstance(key, str) else key
            keys = [name(customer) for customer in self] if values is None else as_list(values)
            places = sorted(range(len(keys)), key=keys.__getitem__, reverse=not ascending)
            order = np.array(places, dtype=np.int64)
        rows = self.rows[order]
        return self._replace(rows) if inplace else self._derive(rows)

    def do(self, method: str | Function, *args: Any, **kwargs: Any) -> Self:
        """Call a method, by name, or a function of each customer; returns the set itself."""
        call = _method(method)
        for customer in self:
            call(customer, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Function, *args: Any, **kwargs: Any) -> Self:
        """Call a method, by name, or a function of each customer in a random order; returns the set itself."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: str | Function, *args: Any, **kwargs: Any) -> list[Any]:
        """Call a method, by name, or a function of each customer and return the results."""
        call = _method(method)
        return [call(customer, *args, **kwargs) for customer in self]

    def groupby(self, by: Function | str, result_type: Literal["agentset", "list"] = "agentset") -> CustomerGroups:
        """Group the customers by an attribute or by a function of the customer.

        Parameters
        ----------
        by
            Name of the attribute, or the function.
        result_type
            ``"agentset"`` for lazy sets, ``"list"`` for lists of customers.

        Returns
        -------
        CustomerGroups
            Mesa's GroupBy, its groups in the order of their first member.
        """
        values = self._read(by) if isinstance(by, str) else None
        if values is not None and values.ndim == 1 and values.dtype != np.object_:
            places = places_by_number(values)
        else:
            places = places_by_key(self._list(by) if isinstance(by, str) else self.map(by))
        rows = self.rows
        groups = {key: self._derive(rows[members]) for key, members in places.items()}
        if result_type != "agentset":
            return CustomerGroups({key: list(group) for key, group in groups.items()})
        return CustomerGroups(groups)


def _method(method: str | Function) -> Function:
    """Return a function of a customer, from its name or as it is."""
    if not isinstance(method, str):
        return method
    return lambda customer, *args, **kwargs: getattr(customer, method)(*args, **kwargs)
