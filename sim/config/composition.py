"""From groups, files and overrides to validated, frozen parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from omegaconf import MISSING, DictConfig, OmegaConf
from pydantic import ValidationError

from sim.commands import quoted
from sim.config.diagnosis import explain
from sim.config.launchers import check_launcher
from sim.config.overrides import check_overrides, parse_overrides
from sim.config.registry import register
from sim.config.sources import strict_files
from sim.config.wording import describe
from sim.errors import ConfigError
from sim.parameters import Parameters

CONFIG_MODULE = "conf"
CONFIG_NAME = "config"


def compose(*overrides: str, config_dir: str | None = None) -> Parameters:
    """Compose the parameters of a run.

    Parameters
    ----------
    *overrides
        As on the command line: ``"scenario=NAME"``, ``"population.n_customers=2000"``.
    config_dir
        Folder with more options: ``scenarios/NAME.yaml``, ``industry/NAME.yaml``.

    Returns
    -------
    sim.Parameters
        Validated and frozen.

    Raises
    ------
    ConfigError
        An option, key or value cannot be used; one line says which and what would do.
    """
    config, choices = load_config(overrides, config_dir)
    return build_parameters(config, choices)


def load_config(overrides: Sequence[str], config_dir: str | None = None) -> tuple[DictConfig, dict[str, str]]:
    """Compose without validating values; return the configuration and the option chosen in each group.

    Raises
    ------
    ConfigError
        A group, option, key or override cannot be used.
    """
    folder = checked_config_dir(config_dir)
    parsed = parse_overrides(overrides)
    register(folder)
    check_overrides(parsed, folder)
    check_launcher(parsed)
    try:
        return compose_raw(overrides, folder)
    except Exception as error:
        raise explain(error, parsed, folder, compose_raw) from error


def compose_raw(overrides: Sequence[str], folder: Path | None) -> tuple[DictConfig, dict[str, str]]:
    """Let Hydra compose; its own errors come through."""
    search = [] if folder is None else [f"hydra.searchpath=[{quoted(f'file://{folder}')}]"]
    with _no_other_hydra(), strict_files(), initialize_config_module(CONFIG_MODULE, version_base="1.3"):
        config = hydra_compose(CONFIG_NAME, overrides=[*overrides, *search], return_hydra_config=True)
    choices = {str(group): str(choice) for group, choice in config.hydra.runtime.choices.items()}
    return config, choices


@contextmanager
def _no_other_hydra() -> Iterator[None]:
    """Set aside the Hydra application that is running, if any: a study composes from within one."""
    running = GlobalHydra.instance().hydra
    GlobalHydra.instance().hydra = None
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = running  # composing may have replaced the instance


def checked_config_dir(config_dir: str | None) -> Path | None:
    """Return the absolute path of a user's folder.

    Raises
    ------
    ConfigError
        There is no such folder.
    """
    if config_dir is None:
        return None
    folder = Path(config_dir).absolute()
    if not folder.is_dir():
        raise ConfigError(f"--config-dir: no folder {config_dir!r}")
    return folder


def build_parameters(config: DictConfig, choices: Mapping[str, str]) -> Parameters:
    """Validate a composed configuration.

    Parameters
    ----------
    config
        As Hydra composed it, with or without its own ``hydra`` node.
    choices
        Option chosen in each group; names the scenario and the industry where their files do not.

    Raises
    ------
    ConfigError
        A value is missing, of the wrong type, out of range or at odds with another.
    """
    task = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    try:
        content: Any = _without_missing(OmegaConf.to_container(task, resolve=True))
    except Exception as error:
        raise ConfigError(" ".join(str(error).split())) from error
    for group in ("scenario", "industry"):
        choice = choices.get(group, "null")
        if content[group].get("name") == "custom" and choice != "null":
            content[group]["name"] = Path(choice).stem
    try:
        return Parameters.model_validate(content)
    except ValidationError as error:
        raise ConfigError(describe(error, content)) from error


def _without_missing(value: Any) -> Any:
    """Drop what is marked as missing: the record's default holds, or the record says that it is missing."""
    if isinstance(value, dict):
        return {key: _without_missing(inner) for key, inner in value.items() if not _is_missing(inner)}
    if isinstance(value, list):
        return [_without_missing(inner) for inner in value]
    return value


def _is_missing(value: Any) -> bool:
    return isinstance(value, str) and value == MISSING
