"""The Hydra application: checks a command line before anything is written, then runs one job or a sweep."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import hydra
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim.commands import write_override
from sim.config import job
from sim.config.composition import CONFIG_MODULE, CONFIG_NAME, build_parameters, checked_config_dir, load_config
from sim.config.diagnosis import explain_file
from sim.config.folders import check_folder
from sim.config.letters import escaped
from sim.config.overrides import is_option, options_of, parse_command_line, several_values, values_of
from sim.config.registry import register
from sim.config.sources import strict_files
from sim.config.sweep import FolderWatcher, read_sweep
from sim.ending import tell
from sim.errors import ConfigError, ResultError
from sim.identity import code_digest

CONFIG_DIR = ("--config-dir", "-cd")
"""Names of the option for the user's folder."""


def run(arguments: Sequence[str], draw: job.Draw) -> int:
    """Run one command line through Hydra.

    Parameters
    ----------
    arguments
        Without the name of the program.
    draw
        Draws the overview of a result.

    Raises
    ------
    UserError
        Something given cannot be used, or a job could not be written.
    """
    arguments = overrides_first(arguments)
    given = parse_arguments(arguments)
    # Completion asks about unfinished overrides, and a configuration of the user's own need not have our keys.
    others = (given.hydra_help, given.shell_completion, given.config_name, given.config_path, given.experimental_rerun)
    composed = None
    if any(others):
        register(Path(given.config_dir) if given.config_dir else None)
    else:
        config = check(given.overrides, given.config_dir, sweep=given.multirun, show=given.cfg is not None)
        composed = config if _is_plain(given) else None
    with _hydra_environment(arguments), strict_files(), _composed_before(composed), _sweep_described():
        try:
            _application(draw)()
        except job.SingleJobError as carried:
            raise carried.error from carried
        except (HydraException, OmegaConfBaseException) as error:
            raise explain_file(error) from error
        except OSError as error:
            where = error.filename or "the folder of results"
            raise ConfigError(f"hydra.run.dir: {where}: {error.strerror or error}") from error
        except RuntimeError as error:
            lost = _lost_job(error)
            if lost is None:
                raise
            raise job.JobError(lost) from error
    return 0


def replay(arguments: Sequence[str], draw: job.Draw) -> int:
    """Run again what a result was made with, and save it below ``outputs`` as any run.

    Parameters
    ----------
    arguments
        The folder of the result, and nothing else.
    draw
        Draws the overview of a result.

    Raises
    ------
    UserError
        There is no complete result in the folder given.
    """
    from sim.results import Results

    if len(arguments) != 1:
        raise ConfigError("--replay: takes one folder of results and no overrides")
    there = Results.load(arguments[0])
    if there.source != code_digest():
        print(
            f"warning: {arguments[0]}: made with another version of the simulator, numbers may differ", file=sys.stderr
        )
    now = datetime.now().astimezone()
    folder = Path("outputs") / now.strftime("%Y-%m-%d") / now.strftime("%H-%M-%S-%f")
    if folder.exists():
        raise ResultError(f"{folder}: exists already")
    check_folder("folder", folder)
    job.run_and_report(there.parameters, folder, draw, replay=None, config_dir=_config_dir_of(there.manifest))
    return 0


def _config_dir_of(manifest: Mapping[str, Any]) -> str | None:
    """Return the user's folder that the command of a result names, if it is still there."""
    words = shlex.split(str(manifest.get("replay", "")))
    following = words[words.index("--config-dir") + 1 :] if "--config-dir" in words else []
    return next((folder for folder in following[:1] if Path(folder).is_dir()), None)


def _is_plain(given: argparse.Namespace) -> bool:
    """Tell whether Hydra will compose a single run from nothing but our own files and overrides of our own keys."""
    other = (given.multirun, given.cfg, given.info, given.config_dir)
    return not any(other) and not any("hydra" in override for override in given.overrides)


def check(overrides: Sequence[str], config_dir: str | None, *, sweep: bool, show: bool = False) -> DictConfig:
    """Compose what a command line asks for, so that mistakes are found before a folder is made.

    A single run is validated in full. Of a sweep, every option and every key is checked; a value out of range fails
    its own job only.

    Returns
    -------
    DictConfig
        What was composed last, with Hydra's own node.

    Raises
    ------
    ConfigError
        Something cannot be used.
    """
    parsed = parse_command_line(overrides)
    lists = [override for override in parsed if override.is_sweep_override()]
    if lists and not sweep and not show and not any(override.key_or_group == "hydra.mode" for override in parsed):
        raise several_values(lists[0], "add -m to run them all")
    folder = checked_config_dir(config_dir)
    config = DictConfig({})
    for choice in _representatives(parsed, folder):
        config, choices = load_config(choice, config_dir)
        if not sweep and not lists and not show:
            build_parameters(config, choices)
    if not show:
        _check_output(config, "hydra.sweep.dir" if sweep else "hydra.run.dir")
    return config


def _check_output(config: DictConfig, key: str) -> None:
    """Refuse a folder of results that cannot be made, before anything runs."""
    where = OmegaConf.select(config, key, throw_on_missing=False)
    if where:
        check_folder(key, Path(str(where)))


def _representatives(parsed: Sequence[Override], config_dir: Path | None) -> Iterator[list[str]]:
    """Yield overrides without sweeps: the first value of each, then every other option of a swept group."""
    named = {number: options_of(override, config_dir) for number, override in enumerate(parsed) if is_option(override)}
    first = {
        number: _with_value(override, next(iter(named.get(number, values_of(override))), None))
        for number, override in enumerate(parsed)
    }
    yield [text for text in first.values() if text is not None]
    for number, override in enumerate(parsed):
        if is_option(override):
            for option in named[number][1:]:
                swapped = {**first, number: _with_value(override, option)}
                yield [text for text in swapped.values() if text is not None]


def _with_value(override: Override, value: str | None) -> str | None:
    """Return the text of an override with one value of its sweep; None where the sweep does not list any."""
    if not override.is_sweep_override():
        return override.input_line
    if value is None:
        return None
    key = override.get_key_element()
    return write_override(key, value) if is_option(override) else f"{key}={value}"


def overrides_first(arguments: Sequence[str]) -> list[str]:
    """Put overrides before options; the parser gives up on overrides on both sides of an option.

    >>> overrides_first(["-m", "run.seed=1", "--config-dir", "mine", "scenario=a,b"])
    ['run.seed=1', 'scenario=a,b', '-m', '--config-dir', 'mine']
    """
    actions = get_args_parser()._option_string_actions  # no public way tells which options take a value
    overrides: list[str] = []
    options: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if not argument.startswith("-"):
            overrides.append(argument)
            continue
        options.append(argument)
        action = actions.get(argument)
        if action is not None and action.nargs is None and rest:
            options.append(rest.pop(0))
    return [*overrides, *options]


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the options as Hydra will.

    Raises
    ------
    ConfigError
        There is no such option, or its value is missing.
    """
    parser = get_args_parser()

    def refuse(message: str) -> NoReturn:
        """Raise what argparse would print before it exits."""
        raise ConfigError(f"{escaped(message)}; see --help")

    parser.error = refuse  # type: ignore[method-assign]
    names = [argument.partition("=")[0] for argument in arguments]
    for argument, name in zip(arguments, names, strict=True):
        known = any(option.startswith(name) for option in parser._option_string_actions)
        if name.startswith("-") and "=" in argument and not known:
            raise ConfigError(
                f"{escaped(name)}: not an option; keys take no dashes: write {escaped(argument.lstrip('-'))}"
            )
    if sum(name in CONFIG_DIR for name in names) > 1:
        raise ConfigError("--config-dir: given twice; give one folder")
    given = parser.parse_args(list(arguments))
    if given.multirun and (given.cfg or given.info):
        raise ConfigError("-m: runs jobs, --cfg and --info show what one would be; give one of them")
    return given


def _application(draw: job.Draw) -> Callable[[], None]:
    """Return the Hydra application; launchers send it, with what draws, to other processes."""

    @hydra.main(version_base="1.3", config_path=f"pkg://{CONFIG_MODULE}", config_name=CONFIG_NAME)
    def run_composed(config: DictConfig) -> None:
        """Run what Hydra composed; once for each job of a sweep."""
        job.run_job(config, draw)

    application: Callable[[], None] = run_composed
    return application


@contextmanager
def _hydra_environment(arguments: Sequence[str]) -> Iterator[None]:
    """Give Hydra the command line, let its errors through to us, and show warnings as one line."""
    argv, full_error = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = [argv[0], *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            yield
        finally:
            sys.argv = argv
            if full_error is None:
                del os.environ["HYDRA_FULL_ERROR"]
            else:
                os.environ["HYDRA_FULL_ERROR"] = full_error


@contextmanager
def _sweep_described() -> Iterator[None]:
    """Say at the end of a sweep, however it ends, which jobs are complete."""
    FolderWatcher.take()
    try:
        yield
    finally:
        folder = FolderWatcher.take()
        sweep = None if folder is None else read_sweep(folder)
        if sweep is not None:
            print(sweep.describe(), flush=True)


def _lost_job(error: RuntimeError) -> str | None:
    """Say what became of a sweep whose launcher lost a job; None where the error is of another kind."""
    if isinstance(error, BrokenExecutor):
        return "a worker process was killed, for lack of memory perhaps; the jobs not complete were given up"
    if type(error).__module__.startswith("submitit."):
        what = " ".join(str(error).split())[:200]
        return f"a job ended without an answer, and the others are no longer waited for; they go on ({what} ...)"
    return None


@contextmanager
def _composed_before(config: DictConfig | None) -> Iterator[None]:
    """Let Hydra take the configuration of a single run, if there is one: it would compose it twice more, at 0.1 s each.

    Hydra asks for it to read the mode, then for the run.
    """
    if config is None:
        yield
        return
    config.hydra.mode = RunMode.RUN
    config.hydra.overrides.hydra.append("hydra.mode=RUN")  # Hydra adds it too
    usual = ConfigLoaderImpl.load_configuration
    ConfigLoaderImpl.load_configuration = lambda *_, **__: config  # type: ignore[method-assign]
    try:
        yield
    finally:
        ConfigLoaderImpl.load_configuration = usual  # type: ignore[method-assign]


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    tell(f"warning: {message}")
