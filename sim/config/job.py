"""One job: parameters, run, files, headline; on failure nothing is left of it."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from sim.config.composition import build_parameters
from sim.config.launchers import within_its_share
from sim.errors import UserError
from sim.parameters import Parameters


class JobError(UserError):
    """A job of a sweep failed."""


class SingleJobError(BaseException):
    """Carries a `UserError` of a single job past Hydra, which would print a second line about an exception."""

    def __init__(self, error: UserError) -> None:
        super().__init__(str(error))
        self.error = error


def run_job(config: DictConfig) -> None:
    """Run the job that Hydra composed, into the folder that Hydra made.

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
        run_and_report(parameters, folder, replay=_command(hydra), brief=sweep)
    except BaseException as error:
        _remove_traces(folder)
        if not isinstance(error, UserError):
            raise
        if sweep:
            failure = JobError(f"job {hydra.job.num} ({hydra.job.override_dirname}) failed: {error}")
            print(failure, file=sys.stderr)  # at once; Hydra hands on the error of the first failed job, at the end
            raise failure from error
        raise SingleJobError(error) from error


def run_and_report(parameters: Parameters, folder: Path, *, replay: str | None, brief: bool) -> None:
    """Simulate, save, draw the overview and print the headline.

    Parameters
    ----------
    parameters
        What to run.
    folder
        Where the files go.
    replay
        Command that runs the same again.
    brief
        One line instead of a table, for a job of a sweep.
    """
    # These imports take seconds; errors and help must not wait for them.
    from tqdm import tqdm

    from sim import headline
    from sim.simulation import simulate

    if not brief:
        print(headline.describe_run(parameters), flush=True)
    shown = None if parameters.run.progress and not brief else True  # None: only where there is a terminal
    with tqdm(total=parameters.run.n_replicates, unit="replicate", disable=shown, leave=False) as bar:

        def tell(done: int, _: int) -> None:
            """Move the bar to the replicates done."""
            bar.update(done - bar.n)

        results = simulate(parameters, progress=tell)
    from analysis.show.overview import draw  # after the model: Mesa looks through all modules there are, twice

    results.save(folder, replay=replay, draw=draw)
    print(headline.one_line(results, folder) if brief else headline.report(results, folder), flush=True)


def _command(hydra: Any) -> str:
    """Return the command line that runs this job again."""
    sources = [source.path for source in hydra.runtime.config_sources if source.provider == "command-line"]
    folder = ["--config-dir", sources[0].removeprefix("file://")] if sources else []
    return shlex.join(["python", "-m", "sim", *hydra.overrides.task, *folder])


def _remove_traces(folder: Path) -> None:
    """Remove what Hydra left in the folder of a failed job, and what is then empty of the folders it made above."""
    shutil.rmtree(folder / ".hydra", ignore_errors=True)
    outputs = Path.cwd() / "outputs"
    for level in (folder, *(parent for parent in folder.parents if parent.is_relative_to(outputs))):
        try:
            level.rmdir()
        except OSError:  # not empty: something else is kept there
            return
