"""The chief executive: commitment that varies at random around its mean and falls with bad quarters."""

from __future__ import annotations

from collections import deque
from typing import Any

from sim.organisation.agents import CompanyAgent
from sim.organisation.dynamics import clip, memory_share, next_deviation
from sim.parameters.organisation import Executives
from sim.streams import Draws, Stream


def relative_shortfall(profit: float, usual: float) -> float:
    """Return how far a quarter's profit falls short of the usual, as a share of its size, in [0, 1]."""
    if profit >= usual:
        return 0.0
    return 1.0 if usual == 0.0 else clip((usual - profit) / abs(usual), 0.0, 1.0)


class ChiefExecutive(CompanyAgent):
    """The CEO: commitment varies at random around its mean, and bad quarters lower it.

    Parameters
    ----------
    model
        The Mesa model.
    rules
        Commitment, impatience and attention.
    draws
        Luck of the replicate.
    period_years
        Length of a period, years.
    """

    def __init__(self, model: Any, rules: Executives, draws: Draws, period_years: float) -> None:
        super().__init__(model)
        self._rules, self._draws = rules, draws
        self._memory = memory_share(period_years, rules.commitment_years)
        self._deviation = rules.commitment_sd * draws.normal(Stream.COMMITMENT, 0, 0, 1)
        self._quarter_profit = 0.0
        self._past_profits: deque[float] = deque(maxlen=4)

    @property
    def attention(self) -> float:
        """Attention the CEO can give to customer experience, in [0, 1]."""
        return self._rules.ceo_attention

    @property
    def commitment(self) -> float:
        """Commitment to customer experience, in [0, 1]."""
        return clip(self._rules.commitment_mean + self._deviation, 0.0, 1.0)

    def drift(self, period: int) -> None:
        """Update commitment by the random change of one period."""
        normal = self._draws.normal(Stream.COMMITMENT, 0, period, 0)
        self._deviation = next_deviation(self._deviation, self._memory, self._rules.commitment_sd, normal)

    def see_profit(self, profit: float, quarter_ends: bool) -> None:
        """Add a period's profit (currency) and, at the end of a quarter, compare it with the year before."""
        self._quarter_profit += profit
        if not quarter_ends:
            return
        if len(self._past_profits) == self._past_profits.maxlen:
            usual = sum(self._past_profits) / len(self._past_profits)
            shortfall = relative_shortfall(self._quarter_profit, usual)
            self._deviation -= min(1.0, self._rules.impatience * shortfall) * self.commitment
        self._past_profits.append(self._quarter_profit)
        self._quarter_profit = 0.0
