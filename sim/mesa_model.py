"""What Mesa's users expect of any model: luck by number, steps without a line in the log, iterations that differ."""

from __future__ import annotations

import inspect
import logging
import operator
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import mesa
import numpy as np

from sim.errors import ConfigError
from sim.parameters import Parameters

_stepping: ContextVar[bool] = ContextVar("_stepping", default=False)


class _OtherModels(logging.Filter):
    """Lets through what Mesa logs of other models than those of this package."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        """Return whether the record may be logged."""
        return not _stepping.get()


logging.getLogger("MESA.mesa.model").addFilter(_OtherModels())


class QuietModel(mesa.Model):  # type: ignore[misc, unused-ignore]  # mesa carries no types
    """A Mesa model whose steps leave no line in the log.

    Mesa logs every step at level INFO. An application that logs at that level, as those of Hydra do, would print
    thousands of lines for one run. The lines of other Mesa models are left to the application.

    Parameters
    ----------
    rng
        Seed of Mesa's own generators, from 0; no rule of the simulation draws from them.
    """

    def __init__(self, rng: int) -> None:
        super().__init__(rng=rng)
        # Mesa has put a wrapper around ``step``, which counts and logs; it is called as before.
        self._logging_step: Callable[[], None] = self.step
        self.step: Callable[[], None] = self._silent_step

    def _silent_step(self) -> None:
        """Call the step that Mesa has wrapped."""
        before = _stepping.set(True)
        try:
            self._logging_step()
        finally:
            _stepping.reset(before)


def with_seed(parameters: Parameters, seed: Any, rng: Any) -> Parameters:
    """Return parameters with the seed that Mesa's arguments name.

    Parameters
    ----------
    parameters
        Validated parameters.
    seed, rng
        What Mesa models take as such: a whole number becomes ``run.seed``; from a generator, a sequence of numbers or
        a ``SeedSequence`` one is drawn. None leaves the parameters as they are.

    Raises
    ------
    ValueError
        Both are given.
    ConfigError
        The number is outside the range of ``run.seed``.
    TypeError
        What is given is no seed.
    """
    if seed is not None and rng is not None:
        raise ValueError("seed and rng mean the same: give one of them")
    given = seed if rng is None else rng
    if given is None:
        return parameters
    try:
        number = operator.index(given)
    except TypeError:
        number = int(np.random.default_rng(given).integers(2**63))
    if not 0 <= number < 2**63:
        raise ConfigError(f"rng: {number} is outside 0 to {2**63 - 1}, the range of run.seed")
    return parameters.model_copy(update={"run": parameters.run.model_copy(update={"seed": number})})


def batch_iteration() -> int | None:
    """Return the number of the iteration, from 0, for which ``mesa.batch_run`` builds a model; None elsewhere.

    Mesa 3.3 passes nothing to the model by which two iterations differ, and later versions pass ``rng=None`` to both.
    The number is therefore read where Mesa keeps it while it builds the model.
    """
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "mesa.batchrunner" and "iteration" in frame.f_locals:
            return int(frame.f_locals["iteration"])
        frame = frame.f_back
    return None
