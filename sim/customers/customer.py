"""One customer: a Mesa agent that is a view of one row of the market's arrays."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.customers.attributes import (
    Attribute,
    column,
    flag,
    period,
    read_belief,
    read_expectation,
    read_reported,
    read_segment,
    read_tenure,
    stored,
    whole_number,
    write_expectation,
    write_region,
)

if TYPE_CHECKING:
    from sim.customers.customers import Customers
    from sim.customers.mixin import HasCustomers


class Customer(mesa.Agent):  # type: ignore[misc, unused-ignore]  # mesa carries no types
    """A person of the addressable market, ours or outside.

    The view holds the number of its row and nothing else: it is made when somebody asks for it, costs no memory in
    between, and two views of one row are equal. It is not registered with the model, so ``model.agents`` does not hold
    it and ``remove_all_agents`` passes it by; ``model.customers`` and ``model.agents_by_type`` do hold it.

    Parameters
    ----------
    model
        The model whose market holds the customer.
    row
        Row of the market's arrays, from 0; it becomes ``unique_id``.

    Raises
    ------
    IndexError
        If the market has no such row.
    """

    model: HasCustomers
    unique_id: int
    pos: ClassVar[None] = None
    """Customers live in a network, not in a space."""

    ours = Attribute[bool]("A customer of ours now; False outside.", flag("ours"))
    segment = Attribute[str]("Name of the segment.", read_segment)
    in_pilot_region = Attribute[bool]("Lives where pilots run.", flag("region"), write_region)
    value = Attribute[float](
        "Yearly revenue at neutral satisfaction, currency, above 0.", column("value"), stored("value", 0.0, above=True)
    )
    frailty = Attribute[float]("Multiplier of the leaving hazard, from 0.", column("frailty"), stored("frailty", 0.0))
    tenure_years = Attribute[float]("Years since joining, 0 outside.", read_tenure)
    personal_satisfaction = Attribute[float](
        "Personal level of satisfaction mu, satisfaction units.",
        column("personal_satisfaction"),
        stored("personal_satisfaction"),
    )
    personal_requirement = Attribute[float](
        "Personal requirement nu, SD of encounters.", column("personal_requirement"), stored("personal_requirement")
    )
    satisfaction = Attribute[float](
        "Cumulative satisfaction S, satisfaction units.", column("satisfaction"), stored("satisfaction")
    )
    transient = Attribute[float](
        "Transient satisfaction T after a recovery, satisfaction units.", column("transient"), stored("transient")
    )
    reported_satisfaction = Attribute[float]("What a survey hears: S + T, satisfaction units.", read_reported)
    expectation = Attribute[NDArray[np.float64]](
        "Will-expectation by department, SD of encounters, shape (n,).", read_expectation, write_expectation
    )
    belief = Attribute[float]("Quality believed of us from the market level and word of mouth, SD.", read_belief)
    last_failure = Attribute[int | None]("Period of the last failure, None if never.", period("last_failure"))
    last_told = Attribute[int | None]("Period of the last telling of a neighbour, None if never.", period("last_told"))
    last_told_sign = Attribute[int](
        "+1 if that telling was positive, -1 if not, 0 if none.", whole_number("last_told_sign")
    )

    def __init__(self, model: HasCustomers, row: int) -> None:
        row = operator.index(row)
        if not 0 <= row < model.market.state.ours.shape[0]:
            raise IndexError(f"no customer {row}: the market has {model.market.state.ours.shape[0]}, counted from 0")
        self.__dict__.update(model=model, unique_id=row)

    @property
    def neighbours(self) -> Customers:
        """Those who hear the customer and are heard, ours or not."""
        network = self.model.market.network
        if network.complete:
            rows = np.arange(self.model.market.state.ours.shape[0])
            return self.model.customers.take(rows[rows != self.unique_id])
        begin, end = network.first[self.unique_id], network.first[self.unique_id + 1]
        return self.model.customers.take(network.neighbours[begin:end])

    def expectation_of(self, department: str) -> float:
        """Will-expectation of a department, SD of encounters.

        Raises
        ------
        ValueError
            If no department has that name.
        """
        return float(self.expectation[department_index(self.model, department)])

    def remove(self) -> NoReturn:
        """Refuse: a person leaves us in the market, but never leaves the market."""
        raise TypeError("a customer cannot be removed: the market holds the same persons in all periods")

    @classmethod
    def create_agents(cls, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: the market makes its persons."""
        raise TypeError("customers cannot be created one by one: population.n_customers says how many there are")

    from_dataframe = create_agents

    def __setattr__(self, name: str, value: Any) -> None:
        declared(name).__set__(self, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Customer):
            return NotImplemented
        return self.unique_id == other.unique_id and self.model is other.model

    def __hash__(self) -> int:
        return hash((id(self.model), self.unique_id))

    def __reduce__(self) -> tuple[Any, tuple[HasCustomers, int]]:
        return view, (self.model, self.unique_id)

    def __copy__(self) -> Customer:
        return view(self.model, self.unique_id)

    def __deepcopy__(self, memo: dict[int, Any]) -> Customer:
        """Follow the model when the model is being copied; alone, stay a view of the same model."""
        return view(memo.get(id(self.model), self.model), self.unique_id)

    def __repr__(self) -> str:
        place = f"ours for {self.tenure_years:.1f} years" if self.ours else "outside"
        return f"<Customer {self.unique_id}: {self.segment}, {place}, satisfaction {self.satisfaction:.2f}>"


def view(model: HasCustomers, row: int) -> Customer:
    """Return the view of a row known to exist, also while the model is still being copied and has no market yet."""
    customer = object.__new__(Customer)
    customer.__dict__.update(model=model, unique_id=row)
    return customer


def declared(name: str) -> Attribute[Any]:
    """Return the declaration of an attribute.

    Raises
    ------
    AttributeError
        If the arrays hold no such attribute: set on a view, it would vanish with the view.
    """
    attributes = {key: item for key, item in vars(Customer).items() if isinstance(item, Attribute)}
    if name not in attributes:
        settable = ", ".join(key for key, item in attributes.items() if item.write is not None)
        raise AttributeError(f"a customer is a view of arrays and cannot hold {name!r}; one can set {settable}")
    return attributes[name]


def department_index(model: HasCustomers, department: str) -> int:
    """Return the index of a department by its name.

    Raises
    ------
    ValueError
        If no department has that name.
    """
    names = list(model.market.parameters.organisation.departments)
    if department not in names:
        raise ValueError(f"unknown department {department!r}; choose from {', '.join(names)}")
    return names.index(department)
