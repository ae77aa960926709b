"""The command line of a comparison: which keys are the comparison's own and which the simulator's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sim
from analysis.command.reading import Given, Vocabulary, as_path, as_yaml, read_given
from analysis.compare.request import Request, make_request
from sim.commands import write_override
from sim.config.catalogue import list_industries, list_scenarios
from sim.config.help import config_dir_of, listing
from sim.config.keys import range_in_words
from sim.errors import ConfigError
from sim.parameters import Parameters
from sim.results import Results

FOLDER_KEYS = ("folder", "store", "study", "tuned")
"""Keys that name folders: of the results, of replicates kept for reuse, of a study and of a tuning."""
RUNS = "runs"
"""Key of the command that names folders of runs to read."""
KEPT = 20
"""Replicates that keep their customers for the twins, at most: a megabyte each, and enough for the counts."""
DECIDED_HERE = {
    "scenario": "give the designs as scenarios=[a,b] and baseline=a",
    "run.n_replicates": "decided by precision; set min_replicates and max_replicates",
    "run.first_replicate": "a comparison begins with the first",
}
"""Keys of the simulator that a comparison sets itself, and what to do instead."""
ONCE_EACH = "start the command once for each value"
INSTEAD = {
    "multirun": f"name the designs as scenarios=[a,b]; of another key, {ONCE_EACH}",
    "run": "it runs without",
    "resolve": "--cfg job shows plain values",
    "package": "--cfg job shows all there is",
    "config_name": "your own scenarios and industries come from --config-dir DIR",
    "config_path": "your own scenarios and industries come from --config-dir DIR",
}
"""Options of the simulator's command line that this one does not take, and what to do instead."""

VOCABULARY = Vocabulary(
    what="a comparison",
    shown="request and parameters",
    keys=(*Request.model_fields, *FOLDER_KEYS),
    decided=DECIDED_HERE,
    several=ONCE_EACH,
    lists=(RUNS,),
    instead=INSTEAD,
)

INTRODUCTION = """\
Compare org designs: which is better, by how much, how sure, and why.

usage: python -m analysis.compare [scenarios=[a,b,c]] [baseline=a] [precision=0.02] [industry=NAME] [key=value ...]"""

ENDING = """\
Any other key of the simulator may follow (market.competition=0.2, population=small): python -m sim --help.

Options:
  --config-dir DIR    add your own DIR/scenarios/NAME.yaml and DIR/industry/NAME.yaml
  --cfg job           show the request and the parameters of the baseline, and stop

Examples:
  python -m analysis.compare
  python -m analysis.compare industry={industry} precision=0.05
  python -m analysis.compare scenarios=[{first},{second}] baseline={first} population=small"""


@dataclass(frozen=True)
class Command:
    """What a command line asks for."""

    request: Request
    parameters: dict[str, Parameters]
    """Of every scenario, by name."""
    folder: Path
    """Where the results go."""
    store: Path | None
    """Where replicates are kept; None for the default."""
    show_only: bool
    """Show the configuration and stop."""
    config_dir: Path | None = None
    """The user's folder of scenarios and industries."""
    study: Path | None = None
    """A study whose answer goes into the memo."""
    tuned: Path | None = None
    """A tuning whose answer goes into the memo."""
    supplied: tuple[Results, ...] = ()
    """Runs that exist already."""
    remarks: tuple[str, ...] = ()
    """What to say of them first."""
    arguments: tuple[str, ...] = ()
    """The command line that asks for this comparison alone."""

    def notes(self) -> dict[str, str]:
        """Return what stands beside the user's scenarios, Markdown by name.

        Raises
        ------
        ConfigError
            A file cannot be read, or is not UTF-8.
        """
        if self.config_dir is None:
            return {}
        paths = {name: self.config_dir / "scenarios" / f"{name}.md" for name in self.request.scenarios}
        return {name: _read_note(path) for name, path in paths.items() if path.is_file()}


def _read_note(path: Path) -> str:
    """Return a file of Markdown, with or without a byte order mark."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = 1 + error.object[: error.start].count(b"\n"), error.object[error.start]
        raise ConfigError(f"{path}: line {line}: byte 0x{byte:02X} is not UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def parse_command(arguments: Sequence[str]) -> Command:
    """Read a command line that asks for one comparison; see `parse_commands`."""
    return parse_commands(arguments)[0]


def parse_commands(arguments: Sequence[str]) -> list[Command]:
    """Read a command line; of runs that exist already there may be several comparisons, one for each point.

    Raises
    ------
    ConfigError
        Something given cannot be used; one line says what, and what would do.
    """
    given = read_given(arguments, VOCABULARY)
    own, folders = given.own, given.take_folders(FOLDER_KEYS)
    for name in ("study", "tuned"):
        if name in folders and own.get("memo") is False:
            raise ConfigError(f"{name}: what it says goes into the memo, which memo=false leaves out")
    runs = own.pop(RUNS, None)
    template = _template(given, folders, arguments)
    if runs is not None:
        from analysis.compare.sweep_comparisons import commands_of

        return commands_of(template, [as_path(RUNS, name) for name in runs], own, given.others)
    request = make_request(own)
    parameters = {
        name: _keeping(
            request, sim.compose(write_override("scenario", name), *given.others, config_dir=given.config_dir)
        )
        for name in request.scenarios
    }
    command = replace(template, request=request, parameters=parameters)
    command.notes()  # what cannot be read is said before anything runs
    return [command]


def _template(given: Given, folders: Mapping[str, Path], arguments: Sequence[str]) -> Command:
    """Return a command without its question: where files go, and what is shown."""
    return Command(
        request=Request(),
        parameters={},
        folder=folders["folder"],
        store=folders.get("store"),
        show_only=given.show_only,
        config_dir=given.directory,
        study=folders.get("study"),
        tuned=folders.get("tuned"),
        arguments=tuple(arguments),
    )


def _keeping(request: Request, parameters: Parameters) -> Parameters:
    """Return parameters that keep the customers of the first replicates where twins are to be told of."""
    if request.twins == 0:
        return parameters
    keep = max(parameters.run.keep_customers, min(KEPT, request.min_replicates))
    return parameters.model_copy(update={"run": parameters.run.model_copy(update={"keep_customers": keep})})


def help_text(arguments: Sequence[str] = ()) -> str:
    """Return the help text; ``--config-dir`` among the arguments adds the user's scenarios and industries."""
    folder = config_dir_of(arguments)
    scenarios, industries = list_scenarios(folder), list_industries(folder)
    lines = ["Keys of the comparison:"]
    for name, field in Request.model_fields.items():
        lines.append(f"  {name} = {_written(field.default)}, accepts {range_in_words(field) or 'a name'}")
        lines.append(f"      {field.description}")
    lines.append("  folder, store\n      Where results go, and where replicates are kept for reuse (outputs/.runs).")
    lines.append("      The store may be deleted at any time; python -m analysis.prune lists what is of no use now.")
    lines.append("  study\n      Folder of a study (python -m analysis.study): the memo says when the answer flips.")
    lines.append("  tuned\n      Folder of a tuning (python -m analysis.tuned): the memo says whether tuning flips it.")
    lines.append(
        "  runs\n      Folders of runs or sweeps (python -m sim -m ...): what they hold is not run again; other keys"
    )
    lines.append("      choose among them. One comparison for each point of the keys swept besides scenario.")
    request = Request()
    others = [name for name in request.scenarios if name != request.baseline]
    names = {"industry": list_industries()[-1].name, "first": request.baseline, "second": others[0]}
    return "\n\n".join(
        [
            INTRODUCTION,
            "\n".join(lines),
            listing("Scenarios:", scenarios),
            listing("Industries (industry=NAME):", industries),
            ENDING.format(**names),
        ]
    )


def configuration_text(command: Command) -> str:
    """Return the request and the parameters of the baseline as YAML."""
    baseline = command.parameters[command.request.baseline]
    content = {**command.request.model_dump(mode="json"), **baseline.model_dump(mode="json")}
    return as_yaml(content)


def _written(value: Any) -> str:
    """Write a default as it would be given."""
    if isinstance(value, tuple):
        return f"[{','.join(value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
