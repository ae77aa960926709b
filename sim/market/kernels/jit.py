"""The one way to compile a kernel: cached on disk, keyed by the kernels' own source and the numba version."""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import njit
from numba.core import config


def source_digest() -> str:
    """Hash of every kernel source and of the numba version; a change of any kernel starts a new cache.

    numba's own key covers only the file of the compiled function, so a changed helper in another file would
    silently keep its old answer.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> str | None:
    """Return a writable cache folder, or None (with one warning) where there is none."""
    base = os.environ.get("SIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "customer-experience-sim" / "kernels" / source_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        warnings.warn(
            f"compiled kernels are not kept between runs: {folder} is not writable ({error.strerror})",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    return str(folder)


_FOLDER = None if config.DISABLE_JIT else _cache_folder()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile ``function`` in nopython mode with numpy's error model and a safe cache, releasing the interpreter.

    Use it on module-level functions only: closures defeat numba's cache. Kernels allocate nothing, so numba need not
    count references to the arrays in the tuples they take: counting took two thirds of the time of a journey, and
    threads waited for each other's counts. They are always inlined, without which loops that call one are not
    vectorised.
    """
    previous = config.CACHE_DIR
    if _FOLDER is not None:
        config.CACHE_DIR = _FOLDER
    try:
        compiled = njit(cache=_FOLDER is not None, error_model="numpy", nogil=True, forceinline=True, _nrt=False)
        return compiled(function)
    finally:
        config.CACHE_DIR = previous
