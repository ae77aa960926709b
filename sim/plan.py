"""The plan of a period: the phases in their order, each with the reason for its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sim.market.flows import Flows
    from sim.market.market import Market
    from sim.market.offer import Offer
    from sim.organisation.company import Company


class Steppable(Protocol):
    """What the phases read and change of a model."""

    company: Company
    market: Market
    period: int
    """Number of the period being lived, from 0."""
    offer: Offer
    """What customers meet in this period."""
    flows: Flows
    """What happened in the market in this period."""
    account: dict[str, float]
    """Account lines of this period by name, currency."""

    def post_accounts(self) -> None:
        """Fill the account of the period."""

    def record_period(self) -> None:
        """Keep the period."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a period."""

    name: str
    reason: str
    run: Callable[[Steppable], None]


def _environment(model: Steppable) -> None:
    model.company.read_environment(model.period)


def _governance(model: Steppable) -> None:
    model.company.govern(model.period)


def _departments(model: Steppable) -> None:
    model.company.respond(model.period)


def _initiatives(model: Steppable) -> None:
    model.company.pursue_initiatives(model.period)
    model.offer = model.company.offer()


def _journeys(model: Steppable) -> None:
    model.market.live(model.offer, model.period)


def _word_of_mouth(model: Steppable) -> None:
    model.market.talk(model.period)


def _churn_and_acquisition(model: Steppable) -> None:
    model.flows = model.market.move(model.offer, model.period)


def _workforce(model: Steppable) -> None:
    model.company.absorb(model.period, model.flows)


def _accounts(model: Steppable) -> None:
    model.post_accounts()


def _listening(model: Steppable) -> None:
    model.company.listen(model.period, model.flows, model.account["profit"])


def _record(model: Steppable) -> None:
    model.record_period()


PLAN = (
    Phase("environment", "prices, rival and local conditions are given before anybody decides", _environment),
    Phase("governance", "who decides, with what authority and knowledge, frames what departments do", _governance),
    Phase("departments", "departments answer their contracts and set practices, promise and quality", _departments),
    Phase("initiatives", "the holder of the CX role works on what departments deliver", _initiatives),
    Phase("journeys", "customers meet what is delivered now", _journeys),
    Phase("word_of_mouth", "they talk about what they just lived through", _word_of_mouth),
    Phase("churn_and_acquisition", "people leave and join on what they felt and heard", _churn_and_acquisition),
    Phase("workforce", "load and complaints of the period change morale, staff and standards", _workforce),
    Phase("accounts", "money is counted when everything has happened", _accounts),
    Phase("listening", "surveys and the quarter's profit inform the next period", _listening),
    Phase("record", "what is recorded is the period as it was lived", _record),
)
"""The phases of a period, in order."""

PREPARATIONS = ("build_company", "calibration", "build_market")
"""What comes before the first period, as a profile names it; the calibration is solved once for an environment."""


def describe_plan() -> str:
    """Return the plan as text, one phase a line."""
    return "\n".join(f"{number:2d}  {phase.name:22s} {phase.reason}" for number, phase in enumerate(PLAN, start=1))
