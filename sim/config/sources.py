"""Files of the user's folder as Hydra reads them: through the strict reader, and only those that are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_store import ConfigNode
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import OmegaConf

from sim.config.catalogue import read_scenario
from sim.config.strict_yaml import parse_mapping, read_text
from sim.errors import ConfigError

HEADER_CHARACTERS = 512
"""In which Hydra looks for ``# @package``."""
FRAMEWORK = "hydra"
"""Group of files that set no parameter of ours, such as launchers: references are how these are written."""


class StrictFiles(FileConfigSource):
    """Hydra's source of files with our reader in place of its own."""

    def load_config(self, config_path: str) -> ConfigResult:
        """Read one file.

        Raises
        ------
        ConfigError
            It cannot be used; one line names the file, the line in it and the reason.
        """
        path = Path(os.path.realpath(Path(self.path) / self._normalize_file_name(config_path)))
        text = read_text(path)
        try:
            header = ConfigSource._get_header_dict(text[:HEADER_CHARACTERS])
        except ValueError as error:
            raise ConfigError(f"{path}: line 1: {error}") from error
        content = parse_mapping(text, str(path), references=config_path.split("/")[0] == FRAMEWORK)
        place = f"{self.scheme()}://{self.path}"
        return ConfigResult(config=OmegaConf.create(content), provider=self.provider, path=place, header=header)


# Launchers send the register of sources to other processes, where Hydra compares classes by their names.
StrictFiles.__name__ = FileConfigSource.__name__


@dataclass
class ScenarioNode(ConfigNode):
    """A scenario in Hydra's store that is read when Hydra asks for it: the store copies what it hands out."""

    file: Path = field(default_factory=Path)

    def __copy__(self) -> ConfigNode:
        content = read_scenario(self.file)
        label = {"name": self.name, **(content.get("scenario") or {})}
        node = OmegaConf.create({"scenario": label, "governance": content.get("governance") or {}})
        return ConfigNode(self.name, node, self.group, self.package, self.provider)


def scenario_node(name: str, path: Path) -> ScenarioNode:
    """Return what Hydra's store keeps of a scenario: its name and where its file is."""
    return ScenarioNode(name, OmegaConf.create({}), "scenario", "_global_", str(path), file=path)


@contextmanager
def strict_files() -> Iterator[None]:
    """Let Hydra read files through the strict reader; another application in this process keeps its own."""
    types: dict[str, Any] = SourcesRegistry.instance().types
    scheme = FileConfigSource.scheme()
    usual = types[scheme]
    types[scheme] = StrictFiles
    try:
        yield
    finally:
        types[scheme] = usual
