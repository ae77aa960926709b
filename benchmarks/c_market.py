"""The market driven by the reference in C instead of the compiled kernels: the same arrays, passes and threads."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.market.kernels import passes
from sim.market.market import Market
from sim.market.offer import Offer
from sim.parameters import Calibration, Parameters

SOURCE = Path(__file__).parent / "reference" / "market.c"
FLAGS = ("-O3", "-march=native", "-std=gnu11", "-fno-math-errno", "-fno-trapping-math")
"""The last two are what LLVM, and so numba, takes for granted; neither changes a number."""


class NoCompilerError(RuntimeError):
    """There is no C compiler, or it does not compile the reference."""


@cache
def compiler() -> str | None:
    """Return the C compiler: ``CC``, else gcc; None where there is none."""
    return shutil.which(os.environ.get("CC") or "gcc")


@cache
def library(real: str, flags: tuple[str, ...] = FLAGS) -> ctypes.CDLL:
    """Compile the reference and load it.

    Parameters
    ----------
    real
        C type of the real numbers of the state: ``float`` or ``double``.
    flags
        Flags of the compiler.

    Raises
    ------
    NoCompilerError
        If there is no compiler or it fails; the message says why.
    """
    path = compiler()
    if path is None:
        raise NoCompilerError("no C compiler (gcc, or CC)")
    # The library stays loaded, so its file may go.
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "market.so"
        words = [path, *flags, f"-DREAL={real}", "-shared", "-fPIC", "-o", str(built), str(SOURCE), "-lm"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoCompilerError(f"{Path(path).name} does not compile the reference: {done.stderr.strip()}")
        loaded = ctypes.CDLL(str(built))
    loaded.tell.restype = ctypes.c_int64
    return loaded


def struct_of(values: Any) -> ctypes.Structure:
    """Return a named tuple as a C struct: arrays as pointers, reals as double, other numbers as 64-bit integers.

    The arrays must be contiguous and outlive the struct.
    """
    fields: list[tuple[str, Any]] = []
    contents: list[Any] = []
    for name, value in zip(values._fields, values, strict=True):
        kind, content = _field(value)
        fields.append((name, kind))
        contents.append(content)
    layout = type(type(values).__name__, (ctypes.Structure,), {"_fields_": fields})
    filled: ctypes.Structure = layout(*contents)
    return filled


def _field(value: Any) -> tuple[Any, Any]:
    """Return the C type of one field and what to put there."""
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            raise ValueError("an array with gaps cannot be passed to C")
        return ctypes.c_void_p, value.ctypes.data
    if hasattr(value, "_fields"):
        inner = struct_of(value)
        return type(inner), inner
    return (ctypes.c_double, value) if isinstance(value, float) else (ctypes.c_int64, int(value))


class CMarket(Market):
    """A market whose passes are those of the reference in C; all else is inherited.

    Parameters
    ----------
    parameters, calibration, offer, seed
        As for :class:`sim.market.market.Market`.
    flags
        Flags of the compiler.

    Raises
    ------
    NoCompilerError
        If the reference cannot be compiled.
    """

    def __init__(
        self,
        parameters: Parameters,
        calibration: Calibration,
        offer: Offer,
        seed: int,
        flags: tuple[str, ...] = FLAGS,
    ) -> None:
        super().__init__(parameters, calibration, offer, seed)
        single = self.state.satisfaction.dtype == np.float32
        self._library = library("float" if single else "double", flags)
        self._fixed = {id(part): struct_of(part) for part in (self.state, self.network, self.rules, *self._desks)}
        departments, journeys = self._shape
        numbers = (len(self.codes), departments, journeys, len(self.rules.moving.frailty_table), passes.ROW)
        self._sizes = (ctypes.c_int64 * len(numbers))(*numbers)

    def _run(self, run_pass: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Run the function of the reference of the same name."""
        function = getattr(self._library, run_pass.__name__)
        return super()._run(function, [self._translated(run_pass.__name__, given) for given in arguments])

    def _translated(self, name: str, given: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments of a pass as C takes them; C is also told the sizes and the room for messages."""
        if name == "move":  # C takes the parts of the bundles, one by one
            desk, state, tellers, rules, period, sums = given
            given = (desk, state, tellers.network, rules, *period, tellers.codes, tellers.balance, sums)
        out: list[Any] = [self._sizes]
        for value in given:
            if isinstance(value, np.ndarray):
                out.append(ctypes.c_void_p(value.ctypes.data))
            elif hasattr(value, "_fields"):
                out.append(ctypes.byref(self._fixed.get(id(value)) or struct_of(value)))
            elif isinstance(value, np.uint64):
                out.append(ctypes.c_uint64(int(value)))
            else:
                out.append(ctypes.c_double(value) if isinstance(value, float) else ctypes.c_int64(value))
            if name == "tell" and isinstance(value, passes.Mail):
                out.append(ctypes.c_int64(value.senders.shape[0]))
        return tuple(out)
