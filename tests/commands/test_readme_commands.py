"""The commands of README.md are found, made small without another meaning, and left out for a reason that holds."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.readme_commands import (
    FOLDER,
    LEAVES,
    NOT_RUN,
    README,
    SIZES,
    files_of,
    read_commands,
    reason_not_to_run,
    run_command,
    shorten,
)

TEXT = README.read_text(encoding="utf-8")
COMMANDS = read_commands(TEXT)
PAGE = """
Say `python -m sim --help`, or in two
lines `python -m analysis.compare
runs=FOLDER`; not `sim` and not `pip`.

```sh
python -m pip install x && python -m sim a=1
```

```text
$ python -m sim b=2
python is not meant here
Next:  python -m analysis.compare runs=outputs/<date>/<time>
```

| `python -m sim --replay <folder>` | `customer-experience a=1` |
"""


def test_commands_are_found_wherever_a_page_shows_them() -> None:
    assert sorted(read_commands(PAGE)) == [
        "customer-experience a=1",
        "python -m analysis.compare runs=FOLDER",
        "python -m pip install x",
        "python -m sim --help",
        "python -m sim --replay FOLDER",
        "python -m sim a=1",
        "python -m sim b=2",
    ]


def test_every_module_that_the_readme_names_is_among_the_commands() -> None:
    named = set(re.findall(r"python -m ([\w.]+)", " ".join(TEXT.split())))
    modules = {shlex.split(command)[2] for command in COMMANDS}
    assert named - modules <= {"tests.readme_output"}  # behind the marks of what it writes
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("command", COMMANDS)
def test_only_sizes_are_changed(command: str) -> None:
    if reason_not_to_run(command):
        return
    before, after = shlex.split(command), shlex.split(shorten(command))
    sizes = SIZES.get(before[2], {})
    for one, other in zip(before, after, strict=False):
        key = one.partition("=")[0]
        assert other == (f"{key}={sizes[key]}" if "=" in one and key in sizes else one)
    added = after[len(before) :]
    assert all(word.partition("=")[0] in sizes for word in added)
    keys = [word.partition("=")[0] for word in after if "=" in word]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("pattern", NOT_RUN)
def test_what_is_left_out_is_there(pattern: str) -> None:
    assert [command for command in COMMANDS if re.match(pattern, command)]


def test_a_folder_that_is_left_open_is_left_by_a_command() -> None:
    for command in COMMANDS:
        if FOLDER in command:
            assert any(command.startswith(start) for start in LEAVES), command
    assert all(FOLDER in command for command in LEAVES.values())


def test_the_files_of_the_page_are_written() -> None:
    assert "governance:" in files_of(TEXT)["mine/scenarios/coordinator.yaml"]


def test_a_command_that_fails_is_told() -> None:
    ended = run_command("python -m sim market.compettion=1", Path(sys.executable), "")
    assert ended.code == 2
    assert "did you mean market.competition?" in ended.said
