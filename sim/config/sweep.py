"""A sweep as a whole: the jobs it was to run, and which of them left a complete result."""

from __future__ import annotations

import itertools
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hydra.core.override_parser.types import Override, ValueType
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from sim.commands import command, write_override
from sim.config.catalogue import option_names
from sim.config.job import given_config_dir
from sim.config.overrides import parse_overrides
from sim.config.strict_yaml import read_mapping
from sim.errors import ConfigError

SWEEP_FILE = "multirun.yaml"
"""What Hydra leaves in the folder of a sweep."""
NAMED = 3
"""Jobs without a result that are named; of the others there is the number."""

Job = tuple[str, ...]
"""The overrides of a job, in alphabetical order."""


class FolderWatcher(Callback):
    """Remembers where the sweep of this process writes; Hydra makes one, as ``conf/config.yaml`` says."""

    _folder: ClassVar[Path | None] = None

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Note the folder before the first job starts."""
        FolderWatcher._folder = Path(str(config.hydra.sweep.dir))

    @classmethod
    def take(cls) -> Path | None:
        """Return the folder of the sweep that began since this was last asked; None where there was none."""
        folder, FolderWatcher._folder = FolderWatcher._folder, None
        return folder


@dataclass(frozen=True)
class Sweep:
    """What a sweep was to run and what there is of it."""

    folder: Path
    jobs: tuple[Job, ...]
    """All that were asked for."""
    done: frozenset[Job]
    """Those in the folder that left a complete result, of an earlier sweep too."""
    config_dir: str | None = None
    """The user's folder."""

    @property
    def missing(self) -> list[Job]:
        """Jobs that left no result."""
        return [job for job in self.jobs if job not in self.done]

    def name_missing(self) -> str:
        """Name the first few jobs that left no result, without the overrides that all jobs of the sweep have."""
        common = set(self.jobs[0]).intersection(*self.jobs[1:]) if len(self.jobs) > 1 else set()
        missing = self.missing
        names = [" ".join(text for text in job if text not in common) or "the only job" for job in missing[:NAMED]]
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        return f"{', '.join(names)}{more}"

    def describe(self) -> str:
        """Say how many jobs are complete, which are not, where the files are and what to do next."""
        n_done = len(self.jobs) - len(self.missing)
        lines = [f"{n_done} of {len(self.jobs)} jobs complete"]
        if self.missing:
            lines[0] += f"; without a result: {self.name_missing()}"
        lines.append(f"Files: {self.folder}")
        if len({text for job in self.done for text in job if text.startswith("scenario=")}) > 1:
            runs = write_override("runs", self.folder)
            lines.append(f"Next:  {command('analysis.compare', runs, config_dir=self.config_dir)}")
        return "\n".join(lines)


def read_sweep(folder: Path) -> Sweep | None:
    """Read what a sweep was to run and which jobs are complete; None where the folder is of no sweep of ours."""
    try:
        node = read_mapping(folder / SWEEP_FILE, references=True)["hydra"]
        if not str(node["sweeper"]["_target_"]).endswith(".BasicSweeper"):
            return None
        listed = (node["sweeper"].get("params") or {}).items()
        given = [*(f"{key}={value}" for key, value in listed), *node["overrides"]["task"]]
        own = given_config_dir(node)
        jobs = _jobs(given, None if own is None else Path(own))
    except (KeyError, TypeError, AttributeError, ConfigError):
        return None
    return Sweep(folder, jobs, frozenset(_done(folder)), own)


def _jobs(given: Sequence[str], config_dir: Path | None) -> tuple[Job, ...]:
    """Return every combination of the values given, as Hydra's basic sweeper makes them."""
    values: dict[str, list[str]] = {}
    for override in parse_overrides(given):
        key = override.get_key_element()
        values[key] = [f"{key}={text}" for text in _texts(override, config_dir)]
    return tuple(tuple(sorted(job)) for job in itertools.product(*values.values()))


def _texts(override: Override, config_dir: Path | None) -> list[str]:
    """Return the values of an override as they are written for one job."""
    if override.value_type == ValueType.GLOB_CHOICE_SWEEP:
        pattern: Any = override.value()
        return [str(name) for name in pattern.filter(option_names(override.key_or_group, config_dir))]
    if override.is_sweep_override():
        return [str(text) for text in override.sweep_string_iterator()]
    return [str(override.get_value_element_as_str())]


def _done(folder: Path) -> list[Job]:
    """Return the jobs whose results in a folder are complete."""
    from sim.storage import MANIFEST  # pyarrow takes a while, and this module is on the path of errors

    done = []
    for path in folder.glob(f"[!.]*/{MANIFEST}"):
        try:
            words = shlex.split(json.loads(path.read_text(encoding="utf-8"))["replay"])[3:]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        end = words.index("--config-dir") if "--config-dir" in words else len(words)
        done.append(tuple(sorted(words[:end])))
    return done
