"""Which scenarios and industries there are, read from their files without Hydra (it is on the path of ``--help``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.config.letters import escaped
from sim.config.strict_yaml import read_mapping
from sim.errors import ConfigError

SCENARIO_KEYS = {"scenario": {"title"}, "governance": None}
"""What a scenario file may hold: its title and the levers of the design, nothing else."""


@dataclass(frozen=True)
class Option:
    """One file of a group: its name (the stem), its title and where it is."""

    name: str
    title: str
    path: Path


def folder_of(package: str) -> Path:
    """Return the folder of an installed package of files, such as ``conf`` or ``scenarios``."""
    return Path(str(files(package)))


def scenario_folders(config_dir: Path | None = None) -> list[Path]:
    """Return the folders of scenario files: the project's own, then ``scenarios`` in the user's folder."""
    own = [folder_of("scenarios")]
    return own if config_dir is None else [*own, config_dir / "scenarios"]


def scenario_files(config_dir: Path | None = None) -> dict[str, Path]:
    """Return scenario files by name; a user's file takes the place of one of the project's with the same name."""
    return {path.stem: path for folder in scenario_folders(config_dir) for path in sorted(folder.glob("*.yaml"))}


def read_scenario(path: Path) -> dict[str, Any]:
    """Read one scenario file.

    Raises
    ------
    ConfigError
        The file is not YAML or holds more than ``scenario.title`` and ``governance``.
    """
    content = read_mapping(path)
    if not content:
        raise ConfigError(f"{path}: holds nothing; a scenario file holds scenario.title and governance.*")
    for key, inner in content.items():
        if key not in SCENARIO_KEYS:
            raise ConfigError(f"{path}: {key}: a scenario file holds scenario.title and governance.* only")
        if inner is not None and not isinstance(inner, Mapping):
            raise ConfigError(f"{path}: {key}: {inner!r} is not a group of keys")
        allowed = SCENARIO_KEYS[key]
        for name in inner or {}:
            if allowed is not None and name not in allowed:
                raise ConfigError(f"{path}: {key}.{name}: a scenario file holds scenario.title and governance.* only")
    return content


def list_scenarios(config_dir: Path | None = None) -> list[Option]:
    """Return all scenarios with their titles, the user's included."""
    found = {name: Option(name, _title(path, "scenario"), path) for name, path in scenario_files(config_dir).items()}
    return [found[name] for name in sorted(found)] + _native_options("scenario", config_dir, known=set(found))


def list_industries(config_dir: Path | None = None) -> list[Option]:
    """Return all industries with their titles, the user's included."""
    own = sorted((folder_of("conf") / "industry").glob("*.yaml"))
    found = [Option(path.stem, _title(path, "industry"), path) for path in own]
    return found + _native_options("industry", config_dir, known={option.name for option in found})


def option_names(group: str, config_dir: Path | None = None) -> list[str]:
    """Return the names of a group's options, the user's included, without reading the files."""
    folders = [folder_of("conf"), *([] if config_dir is None else [config_dir])]
    names = {path.stem for folder in folders for path in (folder / group).glob("*.yaml")}
    return sorted(names | set(scenario_files(config_dir))) if group == "scenario" else sorted(names)


def _native_options(group: str, config_dir: Path | None, known: set[str]) -> list[Option]:
    """Return the options that a user's folder adds to a Hydra group."""
    paths = [] if config_dir is None else sorted((config_dir / group).glob("*.yaml"))
    return [Option(path.stem, _title(path, group), path) for path in paths if path.stem not in known]


def _title(path: Path, group: str) -> str:
    """Return the title a file gives itself; of a broken file, why it will be refused when it is chosen."""
    try:
        content = read_scenario(path) if group == "scenario" and path.parent.name != group else read_mapping(path)
    except ConfigError as error:
        return cannot_be_used(error, path)
    label = content.get(group)
    return escaped(str(label.get("title", ""))) if isinstance(label, Mapping) else ""


def cannot_be_used(error: ConfigError, path: Path) -> str:
    """Return what a list of options says of a broken file."""
    return f"(cannot be used: {str(error).removeprefix(f'{escaped(str(path))}: ')})"
