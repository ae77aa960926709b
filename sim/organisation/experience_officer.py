"""The holder of the CX role: reads, marks, ranks, proposes, pilots, judges and scales."""

from __future__ import annotations

from typing import Any

from sim.organisation import initiatives
from sim.organisation.agents import CompanyAgent
from sim.organisation.demand import Demand
from sim.organisation.dynamics import clip, event_probability
from sim.organisation.initiatives import Candidate, Pilot, Proposal, Reading
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
        self.counts = {"proposed": 0, "refused": 0, "piloted": 0, "scaled": 0, "dropped": 0}

    def _draw_talent(self) -> float:
        normal = self._draws.normal(Stream.TALENT, self.holder)
        return clip(self._executives.talent_mean + self._executives.talent_sd * normal, 0.0, MAX_TALENT)

    def hold_seat(self, levers: Governance, period: int) -> None:
        """Let the holder stay or leave, and fill a seat that has been vacant long enough.

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

    def judge_pilots(self, period: int) -> tuple[list[Pilot], float]:
        """Judge the pilots that are due: those that look successful are scaled and earn standing, the rest cost it.

        Returns
        -------
        The pilots to scale, and their total size in full quarterly budgets.
        """
        scaled: list[Pilot] = []
        running: list[Pilot] = []
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
        return scaled, sum(pilot.proposal.size for pilot in scaled)

    def rank_proposals(self, reading: Reading, budget: float, information: float, period: int) -> list[Proposal]:
        """Rank gaps and hand-offs by estimated value over cost and propose the best within the budget."""
        sizes = initiatives.proposal_sizes(budget, self._rules.proposal_size)
        if not sizes:
            return []
        on_trial = {pilot.proposal.candidate.number for pilot in self.pilots}
        ranked: list[tuple[float, float, Candidate]] = []
        for candidate in self.candidates:
            if candidate.number in on_trial:
                continue
            worth, gain = initiatives.candidate_worth(candidate, sizes[0], reading, self._demand, self._rules)
            normal = self._draws.normal(Stream.ESTIMATE, candidate.number, period)
            value = worth * initiatives.estimation_factor(normal, information, self._rules)
            if value > 0.0:
                ranked.append((value, gain, candidate))
        ranked.sort(key=lambda entry: (-entry[0], entry[2].number))
        return [
            Proposal(candidate, size, value, gain)
            for size, (value, gain, candidate) in zip(sizes, ranked, strict=False)
        ]

    def propose(
        self,
        proposals: list[Proposal],
        authority: float,
        care: float,
        local_weight: float,
        information: float,
        period: int,
    ) -> float:
        """Bring proposals to the departments and pilot those that pass.

        Parameters
        ----------
        proposals
            What is proposed, best first.
        authority
            Authority over departments (L), in [0, 1].
        care, local_weight
            What quality and their own metric are worth to departments.
        information
            Reliability of what is known, in [0, 1].
        period
            Period of the draws.

        Returns
        -------
        Size of what was refused, full quarterly budgets.
        """
        refused = 0.0
        chance = initiatives.success_probability(information, self._rules)
        for proposal in proposals:
            number = proposal.candidate.number
            self.counts["proposed"] += 1
            willing = initiatives.buy_in(proposal.local_gain, care, local_weight, self.credibility, self._rules)
            passes = initiatives.pass_probability(authority, willing)
            if self._draws.uniform(Stream.PROPOSAL, number, period) >= passes:
                self.counts["refused"] += 1
                refused += proposal.size
                continue
            works = self._draws.uniform(Stream.PILOT, number, period, 0) < chance
            self.counts["piloted"] += 1
            self.pilots.append(Pilot(proposal, works, self._rules.pilot_quarters))
        return refused
