"""The rules in force: those that ship with planguard, and the user's own from the directories named in the config."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from planguard import bundled
from planguard.errors import ConfigError
from planguard.policy.checks import CHECKS
from planguard.policy.rule import Rule, parse


@lru_cache(maxsize=1)
def shipped() -> tuple[Rule, ...]:
    """The rules of `rules/hazards/`, by id. Raises ConfigError where one is wrong."""
    files = bundled.load("hazards")
    return _unique(_one(data, stem, f"rules/hazards/{stem}.yaml") for stem, data in sorted(files.items()))


def rules(directories: Iterable[str] = ()) -> tuple[Rule, ...]:
    """All rules: shipped ones and those of the user's `directories`. Raises ConfigError, also for an id used twice."""
    own = [rule for directory in directories for rule in from_directory(Path(directory))]
    return _unique([*shipped(), *own])


def from_directory(directory: Path) -> tuple[Rule, ...]:
    """The rules of one directory (`*.yaml`, `*.yml`), by name. Raises ConfigError where one is wrong."""
    files = sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")])
    if not files:
        raise ConfigError("there are no rules in this directory", where=str(directory), hint="Rules end in .yaml.")
    return _unique(_one(_read(file), file.stem, str(file)) for file in files)


def _one(data: Any, stem: str, where: str) -> Rule:
    rule = parse(data, where, known_checks=CHECKS)
    if rule.id != stem:
        raise ConfigError(
            f"the rule `{rule.id}` stands in a file of another name", where=where, hint="Name both alike."
        )
    return rule


def _read(file: Path) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8", where=str(file)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        raise ConfigError("is not YAML", where=where, hint=str(getattr(error, "problem", "") or "")) from error


def _unique(found: Iterable[Rule]) -> tuple[Rule, ...]:
    by_id: dict[str, Rule] = {}
    for rule in found:
        if rule.id in by_id:
            raise ConfigError(
                f"the rule `{rule.id}` is there twice", where=rule.file, hint=f"The other one: {by_id[rule.id].file}."
            )
        by_id[rule.id] = rule
    for rule in by_id.values():
        for other in sorted(rule.instead_of):
            if other not in by_id:
                near = difflib.get_close_matches(other, by_id, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else ""
                raise ConfigError(
                    f"`instead_of` names a rule that does not exist: `{other}`", where=rule.file, hint=hint
                )
    return tuple(by_id[key] for key in sorted(by_id))
