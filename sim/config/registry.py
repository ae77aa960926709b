"""What Hydra knows besides the files in ``conf``: the schema of all parameters, the scenarios and the launchers."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from sim.config.catalogue import scenario_files
from sim.config.launchers import register_launchers
from sim.config.schema import root_schema
from sim.config.sources import scenario_node

SCHEMA = "parameters"
"""Name under which ``conf/config.yaml`` asks for the schema."""

LONGEST_FOLDER_NAME = 80


def folder_name(overrides: str) -> str:
    """Name the folder of one job of a sweep after what it overrides.

    The name tells two jobs apart whatever their order; where it is long or hard to type, a digest completes it.

    >>> folder_name("industry=telecom,market.competition=0.2")
    'industry=telecom,market.competition=0.2'
    >>> folder_name("run.seed=1,journeys={a: 1}").startswith("run.seed=1,journeys=_a_1_-")
    True
    """
    readable = re.sub(r"[^A-Za-z0-9_.,=+\-]+", "_", overrides) or "defaults"
    if readable == overrides and len(readable) <= LONGEST_FOLDER_NAME:
        return readable
    return f"{readable[:LONGEST_FOLDER_NAME]}-{hashlib.sha256(overrides.encode()).hexdigest()[:12]}"


# At import, so that a process started by a launcher has it as soon as it unpickles the job.
OmegaConf.register_new_resolver("folder_name", folder_name, replace=True)


def register(config_dir: Path | None = None) -> None:
    """Give Hydra the schema, every scenario of the project and of the user's folder, and the launchers there are.

    No file of a scenario is read before Hydra asks for it: a broken one is refused when it is chosen, and alone.
    """
    store = ConfigStore.instance()
    store.store(name=SCHEMA, node=root_schema())
    register_launchers()
    # All anew: a scenario of another folder must not linger in this process.
    store.repo["scenario"] = {
        f"{name}.yaml": scenario_node(name, path) for name, path in scenario_files(config_dir).items()
    }
