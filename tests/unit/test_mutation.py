"""The tool that changes one line at a time: what it changes, what it leaves alone, and how it counts."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import Mutant, make_mutants
from tests.mutation import ROOT, TESTS, _Overlay, choose, noticed_before
from tests.waiting import CEILING_SECONDS

SOURCE = '''"""Words + numbers 1 + 1."""

ROWS: tuple[int, ...] = ("a", "b")


def ratio(part: float, whole: float = 2.0) -> float:
    """Return 1 + 1."""
    if whole <= 0.0:
        raise ValueError(f"{whole + 1} is not above {0}")
    kept[0] = part
    return -part / max(whole, 1e-12)
'''


def changed(source: str) -> set[str]:
    """Return the lines that changes of a module would have in place of its own."""
    return {mutant.diff(source).partition("\n+")[2].strip() for mutant in make_mutants(source)}


def test_one_sign_term_comparison_constant_call_or_assignment_is_changed_at_a_time() -> None:
    assert changed(SOURCE) == {
        "def ratio(part: float, whole: float = 4.0) -> float:",
        "if ((whole) < (0.0)):",
        "if ((whole) > (0.0)):",
        "if whole <= 1.0:",
        "pass",
        "kept[(1)] = part",
        "return ((-part) * (max(whole, 1e-12)))",
        "return (-part)",
        "return (part) / max(whole, 1e-12)",
        "return -part / (whole)",
    }


def test_rows_of_a_constant_are_left_out_one_by_one() -> None:
    assert changed('NAMES = ("a", "b", "c")\n') == {
        'NAMES = ("b", "c",)', 'NAMES = ("a", "c",)', 'NAMES = ("a", "b",)'
    }  # fmt: skip


@pytest.mark.parametrize("module", TESTS)
def test_every_change_of_our_modules_can_be_read_and_is_a_change(module: str) -> None:
    source = Path(ROOT, *module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    mutants = make_mutants(source)
    assert mutants
    assert len({mutant.key for mutant in mutants}) == len(mutants)
    for mutant in mutants[::40]:
        assert mutant.apply(source) != source
        ast.parse(mutant.apply(source))


def test_the_tests_of_every_module_are_there() -> None:
    for names in TESTS.values():
        for name in names:
            assert list((ROOT / "tests").rglob(f"{name}.py")), name
            assert name not in ("test_scenarios", "golden"), "our own output holds nothing from outside"


def test_a_changed_module_is_loaded_in_place_of_its_file(tmp_path: Path) -> None:
    given = tmp_path / "given.py"
    given.write_text("VALUE = 1\n", encoding="utf-8")
    overlay = _Overlay("given", str(given), "VALUE = 2\n")
    spec = overlay.find_spec("given", None)
    assert overlay.find_spec("other", None) is None
    namespace: dict[str, int] = {}
    exec(spec.loader.get_code("given"), namespace)
    assert namespace["VALUE"] == 2


def test_a_sample_is_the_same_for_a_seed_and_in_the_order_of_the_source() -> None:
    mutants = make_mutants(SOURCE)
    assert choose(mutants, 4, 1) == choose(mutants, 4, 1) != choose(mutants, 4, 2)
    assert [one.start for one in choose(mutants, 4, 1)] == sorted(one.start for one in choose(mutants, 4, 1))
    assert choose(mutants, None, 1) == choose(mutants, 99, 1) == mutants


def test_what_was_noticed_is_not_tried_again_and_what_lives_is(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    assert noticed_before(path, "a") == noticed_before(None, "a") == set()
    fates = (("a", "1", "killed"), ("a", "2", "survived"), ("a", "3", "killed by the time limit"), ("b", "4", "killed"))
    rows = [json.dumps({"module": module, "key": key, "fate": fate}) for module, key, fate in fates]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert noticed_before(path, "a") == {"1", "3"}


def test_a_change_knows_its_place_whatever_is_written_before_it() -> None:
    source = 'TITLE = "\u00e4\u00f6\u00fc"; VALUE = 3\n'
    assert [mutant.apply(source) for mutant in make_mutants(source)] == ['TITLE = "\u00e4\u00f6\u00fc"; VALUE = (4)\n']
    assert make_mutants(source)[0] == Mutant(1, "constant", "3", "(4)", 26, 27)


@pytest.mark.slow
def test_the_tests_of_a_small_module_notice_every_change_of_it() -> None:
    words = [sys.executable, "-m", "tests.mutation", "sim.organisation.promise"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=CEILING_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith(" killed, 0 survived")
