"""How far a command is: a bar on a terminal, a line now and then where the standard error is a file."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from sim.ending import tell

if TYPE_CHECKING:
    from typing import Never

QUIET_SECONDS = 10.0
"""Between two lines in a file; it grows with the time spent, so that a night leaves a page."""
SHARE_OF_TIME, LONGEST_QUIET_SECONDS = 0.05, 300.0
LINE = "{desc}{n_fmt} of {total_fmt} {unit}s after {elapsed}, {remaining} left{postfix}"
COMPILING = "compiling the kernels: once after installation or a change of the source, about 20 s"


class ProgressBar:
    """Shows the work done and the time left, as far as it can be told.

    Parameters
    ----------
    total
        Things to do.
    unit
        What they are, in the singular.
    shown
        Whether anything is said at all.
    """

    def __init__(self, total: int, unit: str, *, shown: bool = True) -> None:
        self._over = threading.Event()
        self._speaker: threading.Thread | None = None
        shown = shown and sys.stderr is not None
        on_terminal = shown and sys.stderr.isatty()
        if shown and not _are_compiled():
            tell(COMPILING)
        make: type[tqdm[Never]] = tqdm if on_terminal or not shown else _Silent
        self._bar = make(
            total=total,
            unit=unit,
            disable=not shown,
            leave=False,
            dynamic_ncols=on_terminal,
            smoothing=0.05,
            bar_format=None if on_terminal else LINE,
        )
        if shown and not on_terminal:
            self._speaker = threading.Thread(target=self._speak, daemon=True)
            self._speaker.start()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._speaker is not None:
            self._speaker.join()
        self._bar.close()

    @property
    def n_done(self) -> int:
        """Things done."""
        return int(self._bar.n)

    def plan(self, to_do: int, note: str) -> None:
        """Show how many things are left to do and why."""
        self._bar.total = self._bar.n + to_do
        self._bar.set_description(note)

    def advance(self, number: int = 1) -> None:
        """Show that things were finished."""
        self._bar.update(number)

    def remark(self, text: str) -> None:
        """Show a remark behind the numbers."""
        self._bar.set_postfix_str(text)

    def say(self, line: str) -> None:
        """Print a line of the answer above the bar."""
        self._bar.clear()
        print(line, flush=True)

    def _speak(self) -> None:
        """Say a line whenever it has been quiet for long, whether or not anything was finished."""
        quiet = QUIET_SECONDS
        while not self._over.wait(quiet):
            tell(str(self._bar).replace(", ? left", ""))  # nothing is finished yet
            spent = float(self._bar.format_dict["elapsed"])
            quiet = min(max(QUIET_SECONDS, SHARE_OF_TIME * spent), LONGEST_QUIET_SECONDS)


class _Silent(tqdm):  # type: ignore[type-arg]
    """Counts and estimates like any bar, and draws nothing."""

    def display(self, *_: Any, **__: Any) -> None:
        """Draw nothing."""

    def clear(self, *_: Any, **__: Any) -> None:
        """Take nothing away."""


def _are_compiled() -> bool:
    """Tell whether there are kernels from before; numba is imported here, so that nothing else waits for it."""
    from sim.market.kernels.jit import are_compiled

    return are_compiled()
