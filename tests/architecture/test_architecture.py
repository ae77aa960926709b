"""The house: who may import whom, how long a module and a function may be, and what every file owes its reader."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Container, Iterator
from functools import cache
from graphlib import TopologicalSorter
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
    "omegaconf": ("sim.config.",),
    "mesa": ("sim.model", "sim.mesa_model", "sim.customers.", "sim.organisation.agents"),
    "matplotlib": ("analysis.",),
    "llvmlite": ("sim.market.kernels.jit",),
    "numba": ("sim.market.kernels.jit",),
    "pyarrow": ("sim.storage", "analysis."),
    "tqdm": ("sim.progress",),
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


@pytest.mark.parametrize(("library", "room"), [(library, room) for library in IMPORTERS for room in IMPORTERS[library]])
def test_no_leave_to_import_is_left_over(library: str, room: str) -> None:
    holders = [path for path in SOURCES if f"{module_name(path)}.".startswith(room)]
    assert any(imported.partition(".")[0] == library for path in holders for imported in imports_of(path))


def test_the_simulator_imports_in_no_circle_even_for_types() -> None:
    """Customers and their sets name each other, inside their room; nothing else does."""
    modules = {module_name(path): path for path in SOURCES if path.is_relative_to(ROOT / "sim")}
    graph = {name: set(_modules_imported(path, modules)) - {name} for name, path in modules.items()}
    for name in [name for name in graph if name.startswith("sim.customers.")]:
        graph[name] = {other for other in graph[name] if not other.startswith("sim.customers")}
    graph["sim"] = set()  # offers everything, and imports it when asked
    assert tuple(TopologicalSorter(graph).static_order())


def _modules_imported(path: Path, modules: Container[str]) -> Iterator[str]:
    """Yield the modules of the simulator that a file imports, under TYPE_CHECKING as well."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else node.module for name in inner if node.module in modules)


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


ARRAYS = re.compile(r"\b(?:Vector|Matrix|NDArray|Array|Reals)\b")
DESCRIBED = [
    path
    for path in SOURCES
    if path.parent in (ROOT / "sim" / "market", ROOT / "sim" / "organisation")
    or path in [ROOT / "sim" / f"{name}.py" for name in ("accounts", "comparison", "outcomes", "recorder", "keeping")]
]


MODEL = [
    path
    for path in SOURCES
    if path in DESCRIBED
    or any(path.is_relative_to(ROOT / "sim" / room) for room in ("customers", "market", "parameters"))
    or path in [ROOT / "sim" / f"{name}.py" for name in ("mesa_model", "model", "plan", "simulation", "story")]
]


def _public_functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public_functions(node.body)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


@pytest.mark.parametrize("path", DESCRIBED, ids=[str(path.relative_to(ROOT)) for path in DESCRIBED])
def test_functions_of_arrays_say_what_goes_in_and_out(path: Path) -> None:
    for function in _public_functions(tree_of(path).body):
        text = ast.get_docstring(function) or ""
        taken = " ".join(ast.unparse(argument.annotation) for argument in function.args.args if argument.annotation)
        given = ast.unparse(function.returns) if function.returns else ""
        attribute = any("property" in ast.unparse(decorator) for decorator in function.decorator_list)
        if ARRAYS.search(taken):
            assert "Parameters\n---" in text, f"{function.name}: no Parameters"
        if ARRAYS.search(given) and not attribute:
            assert "Returns\n---" in text, f"{function.name}: no Returns"
        if ARRAYS.search(taken + given):
            assert "shape" in text, f"{function.name}: no shape"


@pytest.mark.parametrize("path", MODEL, ids=[str(path.relative_to(ROOT)) for path in MODEL])
def test_docstrings_say_what_is_done(path: Path) -> None:
    """Things are updated, drawn, decayed or added; nothing is let happen, and no time passes by itself."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            assert not re.search(r"^Let\b|\blets?\b[^.]*\bpass\b", text), text


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
