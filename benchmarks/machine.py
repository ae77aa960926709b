"""What the numbers were measured on: processor, memory, versions; no names and no paths."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.c_market import FLAGS, compiler
from sim import __version__
from sim.workers import usable_cores

PACKAGES = ("numpy", "numba", "llvmlite", "mesa", "scipy", "pandas", "hydra-core")
GIB = 2**30


def describe() -> dict[str, Any]:
    """Return processor, cores, caches, memory and versions, as plain values."""
    return {
        "processor": processor(),
        "cores": usable_cores(),
        "caches": caches(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB, 1),
        "system": platform.system(),
        "versions": {"sim": __version__, "python": platform.python_version(), **packages(), "compiler": c_version()},
        "compiler_flags": " ".join(FLAGS),
    }


def moment() -> dict[str, Any]:
    """Return date and time (UTC) and the load of the machine: what varies from one part to the next."""
    now = dt.datetime.now(dt.UTC)
    return {"date": now.strftime("%Y-%m-%d %H:%M"), "load": [round(value, 2) for value in os.getloadavg()]}


def processor() -> str:
    """Return the name of the processor."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                family = [part.split(":")[1].strip() for part in _family_lines(information)]
                return f"{line.split(':')[1].strip()} (family {family[0]}, model {family[1]})"
    return platform.processor() or platform.machine()


def _family_lines(information: Path) -> list[str]:
    """Return the lines with family and model of the first core."""
    lines = information.read_text(encoding="utf-8").splitlines()
    return [next(line for line in lines if line.split("\t")[0] == name) for name in ("cpu family", "model")]


def caches() -> dict[str, str]:
    """Return the sizes of the caches of the first core by level, empty where the system does not say."""
    found: dict[str, str] = {}
    for place in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = (place / "type").read_text(encoding="utf-8").strip()
        if kind != "Instruction":
            level = (place / "level").read_text(encoding="utf-8").strip()
            found[f"L{level}"] = (place / "size").read_text(encoding="utf-8").strip()
    return found


def packages() -> dict[str, str]:
    """Return the versions of the packages whose speed matters here."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def c_version() -> str:
    """Return name and version of the C compiler, ``absent`` where there is none."""
    path = compiler()
    if path is None:
        return "absent"
    done = subprocess.run([path, "-dumpfullversion"], capture_output=True, text=True, check=False)
    return f"{Path(path).name} {done.stdout.strip()}"
