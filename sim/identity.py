"""What a run is: the digest of its parameters and code, and what it ran on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from sim import __version__
from sim.parameters import Parameters

RUN_KEYS_WITHOUT_EFFECT = ("n_threads", "n_workers", "progress", "profile")
"""Keys of ``run`` that change no number of a result."""
PACKAGES = ("mesa", "numpy", "numba", "pandas", "pyarrow", "pydantic", "hydra-core", "scipy", "networkx")


def content_hash(parameters: Parameters) -> str:
    """Return the address of a result: the same parameters, seed and code give the same.

    Returns
    -------
    str
        SHA-256 in hexadecimal of the resolved parameters without the keys that change no number, and of the source.
    """
    return hash_of_content(parameters.model_dump(mode="json"))


def hash_of_content(content: Mapping[str, Any]) -> str:
    """Return the address of a result of the code at hand from its parameters as plain values, valid or not."""
    run = {key: value for key, value in content["run"].items() if key not in RUN_KEYS_WITHOUT_EFFECT}
    whole = {"parameters": {**content, "run": run}, "code": code_digest()}
    return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@cache
def code_digest() -> str:
    """Return the digest of the simulator's source; it works in a checkout and in an installed package alike."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def package_version(name: str) -> str | None:
    """Return the version of an installed package, or None; looked up once, because it takes a millisecond."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@cache
def _code_version() -> tuple[tuple[str, Any], ...]:
    """Ask git once; pairs, because what is cached must not be changed."""
    root = Path(__file__).parents[1]
    commit = _git(root, "rev-parse", "HEAD") if (root / ".git").exists() else None
    status = None if commit is None else _git(root, "status", "--porcelain", "--", "sim", "conf", "scenarios")
    return (
        ("version", __version__),
        ("source", code_digest()),
        ("commit", commit),
        ("dirty", None if status is None else bool(status)),
    )


def code_version() -> dict[str, Any]:
    """Return package version, digest of the source and, in a checkout, the commit and whether files differ from it."""
    return dict(_code_version())


def environment() -> dict[str, Any]:
    """Return what a run ran on: Python, packages and the machine's size; nothing that names the machine."""
    versions = {name: package_version(name) for name in PACKAGES}
    return {
        "python": platform.python_version(),
        "packages": {name: version for name, version in versions.items() if version is not None},
        "system": f"{platform.system()} {platform.machine()}",
        "n_cpus": os.cpu_count(),
    }


def _git(root: Path, *arguments: str) -> str | None:
    """Return the answer of git, or None where it has none."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
