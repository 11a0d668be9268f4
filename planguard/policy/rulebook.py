"""The rules in force: those that ship with planguard, and the user's own from the directories named in the config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from planguard import bundled, nearest
from planguard.errors import ConfigError
from planguard.policy.checks import CHECKS
from planguard.policy.rule import Rule, parse

if TYPE_CHECKING:
    from pathlib import Path


@lru_cache(maxsize=1)
def shipped() -> tuple[Rule, ...]:
    """The rules of `rules/hazards/`, by id. Raises ConfigError where one is wrong."""
    files = bundled.load("hazards")
    return _unique(_one(data, stem, f"rules/hazards/{stem}.yaml") for stem, data in sorted(files.items()))


def rules(directories: Iterable[str] = ()) -> tuple[Rule, ...]:
    """All rules: shipped ones and those of the user's `directories`. Raises ConfigError, also for an id used twice."""
    own = [rule for directory in directories for rule in _from_directory_at(directory)]
    return _unique([*shipped(), *own]) if own else shipped()


def _from_directory_at(path: str) -> tuple[Rule, ...]:
    from pathlib import Path  # most have no rules of their own

    return from_directory(Path(path))


def from_directory(directory: Path) -> tuple[Rule, ...]:
    """The rules of one directory (`*.yaml`, `*.yml`), by name. Raises ConfigError where one is wrong."""
    files = sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")])
    if not files:
        raise ConfigError("there are no rules in this directory", where=str(directory), hint="Rules end in .yaml.")
    return _unique(_own(file) for file in files)


def _one(data: Any, stem: str, where: str, lines: Mapping[str, int] = MappingProxyType({})) -> Rule:
    rule = parse(data, where, known_checks=CHECKS, lines=lines)
    if rule.id != stem:
        raise ConfigError(f"the file of `{rule.id}` has another name", where=where, hint=f"Call it {rule.id}.yaml.")
    return rule


def _own(file: Path) -> Rule:
    """A rule that a user wrote."""
    import yaml

    from planguard import strict_yaml

    # The strict reader refuses what YAML would quietly guess at (keys named twice, bombs), and knows the lines.
    entry = strict_yaml.read(file, str(file))
    lines = {key.node.text: key.node.line for key, _ in entry.pairs()}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        read = file.read_bytes()
        data = yaml.load(read, Loader=loader)
    except (ValueError, OverflowError, yaml.YAMLError):
        # It is YAML, but what YAML takes for a number or a date is none that Python can hold: 2027-02-31.
        raise ConfigError(
            "holds a number or a date that cannot be read", where=str(file), hint="Quote what is meant as text."
        ) from None
    return _one(data, file.stem, str(file), lines)._replace(content=_digest(read))


def _digest(data: bytes) -> str:
    from hashlib import sha256

    # Where git turns line ends, the rule is still the same.
    return sha256(data.replace(b"\r\n", b"\n")).hexdigest()


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
                hint = nearest.hint(other, by_id)
                raise ConfigError(
                    f"`instead_of` names a rule that does not exist: `{other}`", where=rule.file, hint=hint
                )
    return tuple(by_id[key] for key in sorted(by_id))
