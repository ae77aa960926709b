"""What one can ask of a customer: each attribute declared once, read for one row or for all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from sim.market.state import NEVER

if TYPE_CHECKING:
    from sim.customers.customer import Customer
    from sim.market.market import Market

T = TypeVar("T")
Reader = Callable[["Market", Any], Any]
"""Takes the market and rows: an int gives a scalar, a slice or an index array an array with one entry a row."""
Writer = Callable[["Market", Any, Any], None]


class Attribute(Generic[T]):
    """An attribute of customers that lives in the market's arrays.

    Parameters
    ----------
    meaning
        What it is, in which unit; the docstring of the attribute.
    read
        Returns its value for a row or for rows.
    write
        Checks and stores a value; without it the attribute is read-only.
    """

    def __init__(self, meaning: str, read: Reader, write: Writer | None = None) -> None:
        self.__doc__ = meaning
        self.read = read
        self.write = write
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, customer: None, owner: type) -> Attribute[T]: ...
    @overload
    def __get__(self, customer: Customer, owner: type) -> T: ...
    def __get__(self, customer: Customer | None, owner: type) -> Any:
        """Return the value of one customer as plain Python, vectors as read-only copies."""
        if customer is None:
            return self
        value = self.read(customer.model.market, customer.unique_id)
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            if value.ndim == 0:
                return value.item()
            value = value.copy()
            value.flags.writeable = False
        return value

    def __set__(self, customer: Customer, value: Any) -> None:
        self.store(customer.model.market, customer.unique_id, value)

    def store(self, market: Market, rows: Any, value: Any) -> None:
        """Store one value for all the rows, or an array with one value a row.

        Raises
        ------
        AttributeError
            If the attribute is read-only.
        ValueError
            If the value is out of range or does not fit.
        """
        if self.write is None:
            raise AttributeError(f"{self.name} of a customer is read-only: it follows from what happens in the market")
        self.write(market, rows, value)


def reals(market: Market, name: str, rows: Any) -> Any:
    """Read real numbers of the state as float64, whatever precision they are kept in.

    Parameters
    ----------
    market
        The market whose state it is.
    name
        Field of the state.
    rows
        An int, a slice or an index array.

    Returns
    -------
    ndarray
        float64, of shape () for an int, else (n_rows,); the market's own memory where that is float64 already.
    """
    return np.asarray(getattr(market.state, name)[rows], dtype=np.float64)


def column(name: str) -> Reader:
    """Read real numbers of the state, float64."""
    return lambda market, rows: reals(market, name, rows)


def whole_number(name: str) -> Reader:
    """Read small integers as 64-bit ones, so that sums and products do not overflow."""
    return lambda market, rows: getattr(market.state, name)[rows].astype(np.int64)


def flag(name: str) -> Reader:
    """Read 0 and 1 as False and True."""
    return lambda market, rows: getattr(market.state, name)[rows] != 0


def period(name: str) -> Reader:
    """Read a period, None where it never came."""

    def read(market: Market, rows: Any) -> Any:
        """Return periods, and None for what never happened."""
        values = getattr(market.state, name)[rows]
        return np.where(values == NEVER, None, values)

    return read


def read_segment(market: Market, rows: Any) -> Any:
    """Read the name of the segment."""
    names = np.array(list(market.parameters.population.segments), dtype=object)
    return names[market.state.segment[rows]]


def read_reported(market: Market, rows: Any) -> Any:
    """Read satisfaction as a survey hears it: S + T."""
    return reals(market, "satisfaction", rows) + reals(market, "transient", rows)


def read_tenure(market: Market, rows: Any) -> Any:
    """Read the years since joining."""
    return market.state.tenure[rows] / market.parameters.time.periods_per_year


def read_expectation(market: Market, rows: Any) -> Any:
    """Read expectations, one row a customer and one column a department."""
    return np.asarray(market.state.expectation[:, rows], dtype=np.float64).T


def read_belief(market: Market, rows: Any) -> Any:
    """Read the precision-weighted mix of the market level and what was heard about us."""
    hearing = market.rules.hearing
    weighted = hearing.market_precision * hearing.market_level + reals(market, "message_sum", rows)
    return weighted / (hearing.market_precision + reals(market, "information", rows))


def stored(name: str, low: float = -np.inf, *, above: bool = False) -> Writer:
    """Return a writer of finite floats from ``low`` (not itself if ``above``)."""

    def write(market: Market, rows: Any, value: Any) -> None:
        """Set what passes the check."""
        getattr(market.state, name)[rows] = _checked(name, value, low, above)

    return write


def write_expectation(market: Market, rows: Any, value: Any) -> None:
    """Store one expectation for all departments, one for each, or a row of them for each customer."""
    values = _checked("expectation", value, -np.inf, False)
    expectation = market.state.expectation
    shape = (*expectation[0, rows].shape, expectation.shape[0])
    expectation[:, rows] = np.broadcast_to(values, shape).T


def write_region(market: Market, rows: Any, value: Any) -> None:
    """Store whether the customer lives in the pilot region."""
    values = np.asarray(value)
    if values.dtype != np.bool_:
        raise ValueError(f"in_pilot_region: True or False expected, given {value!r}")
    market.state.region[rows] = values


def _checked(name: str, value: Any, low: float, above: bool) -> NDArray[np.float64]:
    """Return a value as finite numbers in their range."""
    values = np.asarray(value, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: a finite number expected, given {value!r}")
    if values.size and (values.min() < low or (above and values.min() == low)):
        raise ValueError(f"{name}: a number {'above' if above else 'from'} {low:g} expected, given {value!r}")
    return values
