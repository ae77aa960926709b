"""Launchers of sweeps: which have a file in ``conf``, whether their plugins are here, and what they leave to a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins

from sim.config.catalogue import folder_of
from sim.installation import lacking
from sim.parameters import Parameters

EXTRAS = {"joblib": "joblib", "submitit_slurm": "slurm", "submitit_local": "slurm"}
"""The extra of this package that brings the plugin of a launcher."""
GROUP = "hydra/launcher"
KEYS = "hydra/launcher_keys"
"""Group in which files of ``conf/hydra/launcher`` find what the plugin of the same name declares."""


def register_launchers() -> None:
    """Let the files of launchers extend what their plugins declare under the same names, which Hydra would warn of."""
    Plugins.instance()  # imports the plugins there are, which then have registered what they declare
    store = ConfigStore.instance()
    declared: dict[str, Any] = store.repo["hydra"]["launcher"]
    for path in sorted((folder_of("conf") / GROUP).glob("*.yaml")):
        entry = declared.pop(path.name, None)
        if entry is not None:
            store.store(group=KEYS, name=path.stem, node=entry.node, provider=entry.provider)


def check_launcher(parsed: Sequence[Override]) -> None:
    """Check that the plugin of the launcher chosen is installed.

    Raises
    ------
    ConfigError
        It is not; says what to install.
    """
    chosen = [str(override.value()) for override in parsed if override.key_or_group == GROUP]
    there = ConfigStore.instance().repo["hydra"].get("launcher_keys", {})
    for name in chosen:
        if name in EXTRAS and f"{name}.yaml" not in there:
            raise lacking(f"the plugin of {name}", EXTRAS[name], f"{GROUP}: ")


def within_its_share(parameters: Parameters, launcher: Any) -> Parameters:
    """Return the parameters of a job that takes no more processes than its launcher gives it.

    Parameters
    ----------
    parameters
        Of the job; where their ``run.n_workers`` is not 0, it stands.
    launcher
        Hydra's node ``hydra.launcher``.
    """
    if parameters.run.n_workers != 0 or str(launcher.get("_target_")).endswith(".BasicLauncher"):
        return parameters  # the basic launcher runs one job after the other, each on all cores
    n_workers = int(launcher.get("cpus_per_task") or 1)
    return parameters.model_copy(update={"run": parameters.run.model_copy(update={"n_workers": n_workers})})
