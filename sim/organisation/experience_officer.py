"""The holder of the CX role: reads, marks, ranks, proposes, pilots, judges and scales."""

from __future__ import annotations

from typing import Any

from sim.organisation import initiatives
from sim.organisation.agents import CompanyAgent
from sim.organisation.demand import Demand
from sim.organisation.dynamics import clip, event_probability
from sim.organisation.initiatives import Audience, Pilot, Proposal, Reading
from sim.parameters.governance import Governance
from sim.parameters.organisation import Organisation
from sim.streams import Draws, Stream

MAX_TALENT = 0.95


class ExperienceOfficer(CompanyAgent):
    """The seat of the CX role: its holders come and go, propose, pilot, judge and scale.

    Parameters
    ----------
    model
        The Mesa model.
    organisation
        Rules of the seat, of initiatives and of the survey that pilots are judged by.
    demand
        Importance and volume of touchpoints and hand-offs.
    draws
        Luck of the replicate.
    period_years
        Length of a period, years.

    Attributes
    ----------
    present
        Share of the period in which somebody holds the role, times the share of a full role, in [0, 1].
    talent, credibility
        Of the holder, in [0, 1].
    tenure_years
        Since the holder came.
    pilots
        Proposals on trial.
    counts
        Proposals by fate in this period.
    """

    def __init__(
        self,
        model: Any,
        organisation: Organisation,
        demand: Demand,
        draws: Draws,
        period_years: float,
    ) -> None:
        super().__init__(model)
        self._executives, self._rules = organisation.executives, organisation.initiatives
        self._survey_size = organisation.listening.survey_size
        self._demand, self._draws, self._period_years = demand, draws, period_years
        self.candidates = initiatives.list_candidates(len(organisation.departments), demand)
        self.present = 0.0
        self.holder = 0
        self.talent = self._draw_talent()
        self.credibility = organisation.executives.initial_credibility
        self.tenure_years = 0.0
        self.vacancy_years = 0.0
        self.departures = 0
        self.pilots: list[Pilot] = []
        self._busy: set[int] = set()
        self.counts = {"proposed": 0, "refused": 0, "piloted": 0, "scaled": 0, "dropped": 0}

    def _draw_talent(self) -> float:
        normal = self._draws.normal(Stream.TALENT, self.holder)
        return clip(self._executives.talent_mean + self._executives.talent_sd * normal, 0.0, MAX_TALENT)

    def hold_seat(self, levers: Governance, period: int) -> None:
        """Draw whether the holder leaves, and fill a seat that has been vacant long enough.

        A vacancy that ends within a period leaves the rest of it to the successor.
        """
        leaves = self._draws.uniform(Stream.TURNOVER, 0, period) < event_probability(
            levers.turnover_per_year, self._period_years
        )
        self.departures = 0
        if levers.role_held <= 0.0:
            self.present = 0.0
            return
        if leaves and self.vacancy_years <= 0.0:
            self.departures = 1
            self.vacancy_years = self._executives.vacancy_years
            self._succeed()
        empty = min(self._period_years, self.vacancy_years)
        self.vacancy_years -= empty
        self.present = levers.role_held * (1.0 - empty / self._period_years)
        self.tenure_years += self._period_years - empty

    def _succeed(self) -> None:
        """Name the successor, who starts with a newcomer's standing once the vacancy is over."""
        self.holder += 1
        self.talent = self._draw_talent()
        self.credibility = self._executives.initial_credibility
        self.tenure_years = 0.0

    def start_period(self) -> None:
        """Forget the counts of the period before."""
        self.counts = dict.fromkeys(self.counts, 0)

    def judge_pilots(self, period: int) -> list[Pilot]:
        """Judge the pilots that are due: what looks successful earns standing and is returned, the rest costs it."""
        scaled: list[Pilot] = []
        running: list[Pilot] = []
        self._busy = {pilot.proposal.candidate.number for pilot in self.pilots}
        for pilot in self.pilots:
            pilot.quarters_left -= 1
            if pilot.quarters_left > 0:
                running.append(pilot)
                continue
            normal = self._draws.normal(Stream.PILOT, pilot.proposal.candidate.number, period, 1)
            success = initiatives.looks_successful(
                pilot.works, pilot.proposal.size, normal, self._survey_size, self._rules
            )
            self.credibility = initiatives.next_credibility(self.credibility, success, self._rules)
            self.counts["scaled" if success else "dropped"] += 1
            if success:
                scaled.append(pilot)
        self.pilots = running
        return scaled

    def rank_candidates(self, reading: Reading, size: float, period: int) -> list[Proposal]:
        """Rank gaps and hand-offs by estimated value over cost, best first.

        What is worth nothing, is on trial or has just been judged is left out.

        Parameters
        ----------
        reading
            Measured gaps and failures.
        size
            Size at which candidates are compared, full quarterly budgets.
        period
            Period of the draws.
        """
        ranked: list[Proposal] = []
        for candidate in self.candidates:
            normal = self._draws.normal(Stream.ESTIMATE, candidate.number, period)
            worth, gain = initiatives.candidate_worth(candidate, size, reading, self._demand, self._rules)
            value = worth * initiatives.estimation_factor(normal, reading.information, self._rules)
            if value > 0.0 and candidate.number not in self._busy:
                ranked.append(Proposal(candidate, size, value, gain))
        ranked.sort(key=lambda proposal: (-proposal.value, proposal.candidate.number))
        return ranked

    def propose(self, reading: Reading, budget: float, audience: Audience, period: int) -> float:
        """Bring the best within the budget to the departments and pilot what passes.

        Every place in the budget is offered to the next best until one passes or the attempts are used up.

        Parameters
        ----------
        reading
            Measured gaps and failures.
        budget
            Full quarterly budgets.
        audience
            What decides whether a proposal passes.
        period
            Period of the draws.

        Returns
        -------
        Size of the places that were refused, full quarterly budgets.
        """
        sizes = initiatives.proposal_sizes(budget, self._rules.proposal_size)
        if not sizes:
            return 0.0
        waiting = self.rank_candidates(reading, sizes[0], period)
        refused = 0.0
        for size in sizes:
            brought, waiting = waiting[: self._rules.attempts], waiting[self._rules.attempts :]
            for place, proposal in enumerate(brought):
                if self._passes(proposal, audience, period):
                    self._start_pilot(proposal._replace(size=size), reading.information, period)
                    waiting = brought[place + 1 :] + waiting
                    break
            else:
                refused += size if brought else 0.0
        return refused

    def _passes(self, proposal: Proposal, audience: Audience, period: int) -> bool:
        """Bring one proposal: it passes on authority, else on the department's buy-in."""
        willing = initiatives.buy_in(proposal.local_gain, audience, self.credibility, self._rules)
        chance = initiatives.pass_probability(audience.authority, willing)
        passes = self._draws.uniform(Stream.PROPOSAL, proposal.candidate.number, period) < chance
        self.counts["proposed"] += 1
        self.counts["refused"] += not passes
        return passes

    def _start_pilot(self, proposal: Proposal, information: float, period: int) -> None:
        """Put a proposal on trial; whether it works is settled by luck and by how much is known."""
        chance = initiatives.success_probability(information, self._rules)
        works = self._draws.uniform(Stream.PILOT, proposal.candidate.number, period, 0) < chance
        self.counts["piloted"] += 1
        self.pilots.append(Pilot(proposal, works, self._rules.pilot_quarters))
