"""One job: parameters, run, files, headline; on failure nothing is left of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from sim.commands import command
from sim.config.composition import build_parameters
from sim.config.launchers import within_its_share
from sim.ending import tell
from sim.errors import UserError
from sim.parameters import Parameters

if TYPE_CHECKING:
    from sim.results import Results

Draw = Callable[["Results", Path], object]
"""Draws pictures of a result into a folder."""


class JobError(UserError):
    """A job of a sweep failed."""


class SingleJobError(BaseException):
    """Carries a `UserError` of a single job past Hydra, which would print a second line about an exception."""

    def __init__(self, error: UserError) -> None:
        super().__init__(str(error))
        self.error = error


def run_job(config: DictConfig, draw: Draw) -> None:
    """Run the job that Hydra composed, into the folder that Hydra made.

    Parameters
    ----------
    config
        What Hydra composed.
    draw
        Draws the overview; travels to the processes of launchers.

    Raises
    ------
    JobError
        The parameters cannot be used or the result cannot be written, in a sweep.
    SingleJobError
        The same, in a single run.
    """
    hydra = HydraConfig.get()
    folder = Path(hydra.runtime.output_dir)
    sweep = hydra.mode == RunMode.MULTIRUN
    try:
        choices = {str(group): str(choice) for group, choice in hydra.runtime.choices.items()}
        parameters = build_parameters(config, choices)
        if sweep:
            parameters = within_its_share(parameters, hydra.launcher)
        run_and_report(
            parameters, folder, draw, replay=_command(hydra), config_dir=given_config_dir(hydra), brief=sweep
        )
    except BaseException as error:
        _remove_traces(folder)
        if not isinstance(error, UserError):
            raise
        if sweep:
            failure = JobError(f"job {hydra.job.num} ({hydra.job.override_dirname}) failed: {error}")
            tell(str(failure))  # at once; Hydra hands on the error of the first failed job, at the end
            raise failure from error
        raise SingleJobError(error) from error


def run_and_report(
    parameters: Parameters,
    folder: Path,
    draw: Draw,
    *,
    replay: str | None,
    config_dir: str | None = None,
    brief: bool = False,
) -> None:
    """Simulate, save, draw the overview and print the headline.

    Parameters
    ----------
    parameters
        What to run.
    folder
        Where the files go.
    draw
        Draws the overview.
    replay
        Command that runs the same again.
    config_dir
        The user's folder, without which the next command may not know the industry.
    brief
        One line instead of a table, for a job of a sweep.
    """
    # These imports take seconds; errors and help must not wait for them.
    from sim import headline
    from sim.progress import ProgressBar
    from sim.simulation import simulate

    if not brief:
        print(headline.describe_run(parameters), flush=True)
    with ProgressBar(parameters.run.n_replicates, "replicate", shown=parameters.run.progress and not brief) as bar:
        results = simulate(parameters, progress=lambda *_: bar.advance())
    results.save(folder, replay=replay, draw=draw)
    said = headline.one_line(results, folder) if brief else headline.report(results, folder, config_dir)
    print(said, flush=True)


def _command(hydra: Any) -> str:
    """Return the command line that runs this job again."""
    return command("sim", *hydra.overrides.task, config_dir=given_config_dir(hydra))


def given_config_dir(hydra: Any) -> str | None:
    """Return the absolute path of the folder given with ``--config-dir``, as Hydra noted it."""
    sources = [source["path"] for source in hydra["runtime"]["config_sources"] if source["provider"] == "command-line"]
    return str(sources[0]).removeprefix("file://") if sources else None


def _remove_traces(folder: Path) -> None:
    """Remove what Hydra left in the folder of a failed job, and what is then empty of the folders it made above."""
    from sim.storage import MANIFEST  # pyarrow takes a while, and this module is on the path of errors

    if (folder / MANIFEST).exists():  # complete: only its answer could not be printed
        return
    shutil.rmtree(folder / ".hydra", ignore_errors=True)
    outputs = Path.cwd() / "outputs"
    for level in (folder, *(parent for parent in folder.parents if parent.is_relative_to(outputs))):
        try:
            level.rmdir()
        except OSError:  # not empty: something else is kept there
            return
