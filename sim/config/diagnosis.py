"""What Hydra and OmegaConf complain about, said in one line of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from sim.config.keys import NAME, all_keys, find_field, key_of_record, nearest_name
from sim.config.overrides import is_option, value_given
from sim.config.wording import show, unknown_key
from sim.errors import ConfigError

Composer = Callable[[Sequence[str], Path | None], tuple[DictConfig, dict[str, str]]]


def explain(
    error: Exception, parsed: Sequence[Override], config_dir: Path | None, compose_raw: Composer
) -> ConfigError:
    """Return the one-line error that says what was wrong with a composition.

    Parameters
    ----------
    error
        What Hydra raised.
    parsed
        The overrides.
    config_dir
        The user's folder of options.
    compose_raw
        Composes without translating errors; used to learn which keys the chosen options give.
    """
    if isinstance(error, ConfigError):
        return error
    chosen = [str(override.input_line) for override in parsed if is_option(override)]
    try:
        config, _ = compose_raw(chosen, config_dir)
    except Exception as without_overrides:  # whatever it is, a file is at fault
        return explain_file(without_overrides)
    content: Any = OmegaConf.to_container(OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"]))
    for override in parsed:
        key = override.key_or_group
        if is_option(override) or re.match(r"hydra[./]|hydra$", key):
            continue
        found = _explain_override(override, config, content)
        if found is not None:
            return found
    return explain_file(error)


def explain_file(error: Exception) -> ConfigError:
    """Turn an error in a configuration file into one line that names the file and the key."""
    if isinstance(error, ConfigError):
        return error
    text = str(error)
    file = re.search(r"In '([^']+)'", text)
    where = f"{file.group(1)}.yaml: " if file else ""
    found = re.search(r"full_key: ?(\S*)$", text, re.MULTILINE)
    key = found.group(1) if found else ""
    present = re.search(r"Could not append to config\. An item is already at '([^']+)'", text)
    if present:
        return ConfigError(f"+{present.group(1)}: the sign + adds a key, and this one is there already; leave it out")
    if key and re.search(r"Key '[^']+' (?:not in|is not in struct)", text):
        return ConfigError(where + unknown_key(key, None, {}))
    wrong = re.search(r"is not a subclass of (\w+)\. value: (.+)", text)
    if wrong:
        return ConfigError(f"{where}{key or key_of_record(wrong.group(1))}: {wrong.group(2)} is not a group of keys")
    lines = [line.strip() for line in text.splitlines() if line.strip() and "hydra.cc" not in line]
    return ConfigError(" ".join(" ".join(lines).split())[:400] or error.__class__.__name__)


def _explain_override(override: Override, config: DictConfig, content: Mapping[str, Any]) -> ConfigError | None:
    """Return what is wrong with one override in the configuration that the chosen options give, if anything."""
    key, given = override.key_or_group, value_given(override)
    if find_field(key) is None:
        return ConfigError(unknown_key(key, given, content))
    here = OmegaConf.select(config, key, default=None)
    if here is None:
        return _absent(key, given, content)
    if isinstance(here, DictConfig) and not isinstance(given, dict):
        return ConfigError(f"{key}: {show(given)} is not a group of keys; set {key}.<key>=<value>")
    if isinstance(here, DictConfig):
        added = [name for name in given if name not in here]
        return _absent(f"{key}.{added[0]}", given[added[0]], content) if added else None
    return None


def _absent(key: str, given: Any, content: Mapping[str, Any]) -> ConfigError:
    """Say that a name in a key (of a department, a journey, a segment) does not exist, and which one is near."""
    parts = key.split(".")
    here: Any = content
    depth = 0
    while isinstance(here, Mapping) and parts[depth] in here:
        here = here[parts[depth]]
        depth += 1
    above = ".".join(parts[:depth])
    if not isinstance(here, Mapping):
        return ConfigError(f"{key}: {above} is not set; write {above}={{{parts[depth]}: {given}, ...}}")
    near = nearest_name(parts[depth], list(here))
    if near is not None:
        return ConfigError(
            f"{key}: no such key (given {show(given)}); did you mean {'.'.join([above, near, *parts[depth + 1 :]])}?"
        )
    if any(name.startswith(f"{above}.{NAME}") for name in all_keys()):
        return ConfigError(
            f"{key}: {parts[depth]!r} is none of {', '.join(map(str, here))}; a new one goes in a file of --config-dir"
        )
    return ConfigError(unknown_key(key, given, content))
