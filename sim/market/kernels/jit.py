"""The one way to compile a kernel: cached on disk, keyed by all that machine code depends on."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
from llvmlite import binding as llvm
from numba import njit
from numba.core import config

DAYS_KEPT = 30
"""Days without use after which the code of other sources, versions or machines is deleted."""
_OPTIONS = (
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
    "DISABLE_INTEL_SVML",
    "ENABLE_AVX",
    "LOOP_VECTORIZE",
    "OPT",
    "SLP_VECTORIZE",
)
"""Settings of numba that change code but are no part of its own key."""

_SETTINGS: dict[str, Any] = {
    "error_model": "numpy",
    "nogil": True,
    "forceinline": True,
    "_nrt": False,
    "no_cfunc_wrapper": True,
}


def source_digest() -> str:
    """Hash of every kernel source, of Python, numba and its settings, and of the processor.

    numba's own key holds the processor and the file of the compiled function only, so a changed helper in another file
    would silently keep its old answer, and so would code compiled with other settings. The processor is here too,
    because the folder may be shared by machines of a cluster, which would overwrite each other's files.
    """
    parts = [numba.__version__, llvm.llvm_version_info, sys.implementation.cache_tag]
    parts += [config.CPU_NAME or llvm.get_host_cpu_name(), config.CPU_FEATURES or _processor_features()]
    parts += [getattr(config, option, None) for option in _OPTIONS]
    digest = hashlib.sha256(repr(parts).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _processor_features() -> str:
    """Return what the processor can do; empty where that cannot be told."""
    try:
        return str(llvm.get_host_cpu_features().flatten())
    except RuntimeError:
        return ""


def _cache_folder() -> str | None:
    """Return a writable cache folder, or None (with one warning) where there is none."""
    base = os.environ.get("SIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    folder = Path(base or "~/.cache") / "customer-experience-sim" / "kernels" / source_digest()
    try:
        folder = folder.expanduser()
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)
    except (OSError, RuntimeError) as error:  # a user without a home
        if multiprocessing.parent_process() is None:  # else the parent has said so
            why = getattr(error, "strerror", None) or error
            warnings.warn(
                f"compiled kernels are not kept between runs: {folder} is not writable ({why})",
                RuntimeWarning,
                stacklevel=2,
            )
        return None
    if new:
        _prune(folder.parent)
    return str(folder)


def _prune(parent: Path) -> None:
    """Delete folders that no process has opened for a month; whole or not at all, and without a word.

    Every process that starts touches its folder. One that is deleted is moved aside first, so that a process that
    starts at the same moment makes it anew and never finds half of it.
    """
    oldest = time.time() - DAYS_KEPT * 86_400
    with suppress(OSError):
        for folder in parent.iterdir():
            if not re.fullmatch(r"[0-9a-f]{16}(\.old-[0-9a-f]{8})?", folder.name) or folder.is_symlink():
                continue
            with suppress(OSError):
                if folder.stat().st_mtime < oldest:
                    aside = folder.with_name(f"{folder.name[:16]}.old-{secrets.token_hex(4)}")
                    folder.rename(aside)
                    shutil.rmtree(aside, ignore_errors=True)


_FOLDER = None if config.DISABLE_JIT else _cache_folder()


def are_compiled() -> bool:
    """Tell whether an earlier process has left compiled kernels, or none are compiled at all."""
    return bool(config.DISABLE_JIT) or (_FOLDER is not None and any(Path(_FOLDER).rglob("*.nbc")))


def kernel(function: Callable[..., Any]) -> Any:
    """Compile ``function`` in nopython mode with numpy's error model and a safe cache, releasing the interpreter.

    Use it on module-level functions only: closures defeat numba's cache. Kernels allocate nothing, so numba need not
    count references to the arrays in the tuples they take: counting took two thirds of the time of a journey, and
    threads waited for each other's counts. They are always inlined, without which loops that call one are not
    vectorised. They are not called from C, so the wrappers for that are left out, a tenth of the time to compile.
    """
    previous = config.CACHE_DIR
    if _FOLDER is not None:
        config.CACHE_DIR = _FOLDER
    try:
        compiled = njit(cache=_FOLDER is not None, **_SETTINGS)(function)
    finally:
        config.CACHE_DIR = previous
    if _FOLDER is not None:
        _name_files_apart(compiled)
    return compiled


def inner_kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel that only kernels call: as :func:`kernel`, without a way in from Python and its own cache.

    Unpacking tuples of arrays for calls from Python that never come took a quarter of the time to compile.
    """
    return njit(no_cpython_wrapper=True, **_SETTINGS)(function)


def _name_files_apart(compiled: Any) -> None:
    """Give the files that this process adds to the cache of a kernel names of their own.

    numba numbers them. Two processes that compile a kernel for different types at once would choose the same number,
    and the index could lead from one type to the code of the other. With names apart, the worst is that one of them is
    compiled again later.
    """
    files = compiled._cache._cache_file  # no public way leads here; tests/invariance/test_kernel_cache.py watches it
    name = files._data_name_pattern.replace("{number:d}", f"{{number:d}}-{os.getpid():x}{secrets.token_hex(4)}")
    files._data_name_pattern = name
