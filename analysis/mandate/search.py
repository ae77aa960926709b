"""The search: settings of the free levers, chosen in batches by Optuna, the preset first.

The sampler keeps nothing on disk. Runs are kept by content, and a search that is repeated asks the same questions in
the same order, so that one that was stopped goes through what is kept and goes on from there.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.mandate.feasible import DECIMALS, FeasibleSet
from sim.installation import lacking

if TYPE_CHECKING:
    import optuna

Values = dict[str, float]
FEWEST_AT_RANDOM = 10
"""Settings drawn at random before the sampler learns from any."""


class Search:
    """The trials of one design.

    Parameters
    ----------
    feasible
        What is free.
    seed
        Of the sampler.
    """

    def __init__(self, feasible: FeasibleSet, seed: int) -> None:
        self._feasible = feasible
        self._asked = 0
        self._open: list[optuna.Trial] = []
        self._study = _study(seed) if feasible.free else None

    def ask(self, number: int) -> list[Values]:
        """Return the next settings: the preset first of all; where nothing is free nothing but the preset."""
        found: list[Values] = []
        for _ in range(number):
            if self._asked == 0 or self._study is not None:
                found.append(self._next())
                self._asked += 1
        return found

    def tell(self, means: Sequence[float | None]) -> None:
        """Tell the means of the settings asked for last, in their order; None where a run failed."""
        if self._study is None:
            return
        import optuna

        for trial, mean in zip(self._open, means, strict=True):
            state = optuna.trial.TrialState.FAIL if mean is None else optuna.trial.TrialState.COMPLETE
            self._study.tell(trial, mean, state=state)
        self._open = []

    def _next(self) -> Values:
        """Return the next setting, rounded to what is written."""
        if self._study is None:
            return {}
        if self._asked == 0:
            self._study.enqueue_trial(self._feasible.preset)
        trial = self._study.ask(_distributions(self._feasible))
        self._open.append(trial)
        if self._asked == 0:
            return self._feasible.preset
        return _rounded(self._feasible, trial.params)


def _study(seed: int) -> optuna.Study:
    """Return a search for the largest value that keeps nothing on disk.

    Raises
    ------
    ConfigError
        Optuna is not installed.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise lacking(error.name, "study") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=FEWEST_AT_RANDOM, multivariate=True, constant_liar=True
        )
    return optuna.create_study(direction="maximize", sampler=sampler)


def _distributions(feasible: FeasibleSet) -> dict[str, Any]:
    import optuna

    return {lever.name: optuna.distributions.FloatDistribution(lever.low, lever.high) for lever in feasible.free}


def _rounded(feasible: FeasibleSet, values: Mapping[str, float]) -> Values:
    """Return values with few decimals, within their ranges."""
    return {
        lever.name: min(max(round(float(values[lever.name]), DECIMALS), lever.low), lever.high)
        for lever in feasible.free
    }
