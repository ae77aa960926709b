"""The house: who may import whom, how long a module and a function may be, and what every file owes its reader."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sim.config.catalogue import list_scenarios

ROOT = Path(__file__).parents[2]
needs_checkout = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="looks at the files of a checkout")
pytestmark = needs_checkout

ROOMS = ("sim", "analysis", "benchmarks")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in SOURCES]
KERNELS = [path for path in SOURCES if path.is_relative_to(ROOT / "sim" / "market" / "kernels")]

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
LONGEST_KERNEL = 80
SHORT_FUNCTION = 30
SHARE_SHORT = 0.9

IMPORTERS = {
    "hydra": ("sim.config.", "analysis."),
    "omegaconf": ("sim.config.", "analysis."),
    "mesa": ("sim.model", "sim.customers.", "sim.organisation.agents", "sim.organisation.company"),
    "matplotlib": ("analysis.",),
    "llvmlite": ("sim.market.kernels.jit",),
    "numba": ("sim.market.kernels.jit", "sim.model", "sim.threads"),
    "pyarrow": ("sim.storage", "analysis."),
    "tqdm": ("sim.progress", "analysis."),
    "sklearn": ("analysis.maps.",),
    "SALib": ("analysis.",),
}
"""Who may import what, by the beginning of their names; ``analysis`` has entry points of its own."""

KERNEL_IMPORTS = {"__future__", "math", "numpy", "typing", "sim.market.kernels"}
JIT_IMPORTS = KERNEL_IMPORTS | {"llvmlite", "numba"} | set(sys.stdlib_module_names)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0


# Walls


def test_the_walls_hold() -> None:
    words = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    done = subprocess.run(
        words, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    name = module_name(path)
    for imported in imports_of(path):
        library = imported.partition(".")[0]
        allowed = IMPORTERS.get(library)
        if allowed is not None:
            assert f"{name}.".startswith(allowed) or name in allowed, f"{name} imports {library}"


@pytest.mark.parametrize("path", KERNELS, ids=[path.name for path in KERNELS])
def test_kernels_import_numpy_and_each_other_only(path: Path) -> None:
    allowed = JIT_IMPORTS if path.name == "jit.py" else KERNEL_IMPORTS
    for imported in imports_of(path):
        assert imported.startswith("sim.market.kernels") or imported.partition(".")[0] in allowed, imported


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_numba_compiles_in_one_place_only(path: Path) -> None:
    if path.name != "jit.py":
        assert not re.search(r"\b(njit|vectorize|guvectorize|numba\.jit|@jit)\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [path for path in SOURCES if path.is_relative_to(ROOT / "sim")], ids=str)
def test_no_org_design_is_named_in_the_simulator(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for option in list_scenarios():
        assert option.name not in text


# Sizes


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_modules_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_functions_are_short(path: Path) -> None:
    limit = LONGEST_KERNEL if path in KERNELS else LONGEST_FUNCTION
    for function in functions_of(path):
        assert body_lines(function) <= limit, f"{function.name} has {body_lines(function)} lines"


def test_most_functions_are_very_short() -> None:
    lengths = [body_lines(function) for path in SOURCES for function in functions_of(path)]
    assert sum(length < SHORT_FUNCTION for length in lengths) / len(lengths) >= SHARE_SHORT


# What every file owes its reader


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_public_names_have_docstrings(path: Path) -> None:
    module = tree_of(path)
    assert ast.get_docstring(module), "the module says what it is"
    for node in module.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    assert ast.get_docstring(inner), f"{node.name}.{inner.name}"


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_signatures_are_annotated(path: Path) -> None:
    for function in functions_of(path):
        assert function.returns is not None or function.name == "__init__", function.name
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        for argument in arguments:
            assert argument.annotation is not None or argument.arg in ("self", "cls"), (
                f"{function.name}({argument.arg})"
            )


def test_every_folder_of_modules_or_configuration_is_a_package() -> None:
    held = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    held += [path for room in ("conf", "scenarios") for path in (ROOT / room).rglob("*.yaml")]
    for folder in {path.parent for path in held}:
        assert (folder / "__init__.py").is_file(), folder


def test_no_file_names_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    machine = re.compile(
        r"/(?:home|root|Users|work|mnt|tmp|opt)/\w|[A-Z]:\\\\Users|127\.0\.0\.1|index-url", re.IGNORECASE
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            found = machine.search(content.decode("utf-8", errors="replace"))
            assert found is None, f"{name}: {found.group()}" if found else name
