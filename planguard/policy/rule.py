"""What a rule is, and how its YAML is read. One file, one hazard; the file explains, tests and documents itself.

Owns the form of a rule; `matcher` owns the `when` vocabulary, `checks` the rules that need code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from planguard import nearest
from planguard.errors import ConfigError
from planguard.model import Severity
from planguard.policy import matcher

REQUIRED = ("id", "title", "severity", "since", "message", "why", "fix", "examples")
OPTIONAL = ("when", "check", "scope", "references", "lost", "instead_of", "note")
OUTCOMES = ("flags", "passes", "undecided")
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Example(NamedTuple):
    """A case that a rule must get right: a test, and a paragraph of its documentation."""

    outcome: str
    """`flags`, `passes` or `undecided`."""
    given: Mapping[str, Any]
    """A change (`type`, `action`, `environment`, `before`, …), or a `plan` of several."""


class Rule(NamedTuple):
    """One hazard."""

    id: str
    title: str
    severity: Severity | None
    """None: the severity table grades it (`severity: table`)."""
    since: str
    message: str
    """What happens, in one sentence; `{noun}`, `{type}`, `{address}`, `{name}` and `{until}` are filled in."""
    why: str
    fix: str
    examples: tuple[Example, ...]
    condition: matcher.Condition | None = None
    """What must hold of a change; None when a check decides."""
    actions: frozenset[str] | None = None
    """The actions it can fire on, when `when` says so: lets the engine skip it cheaply."""
    of_type: matcher.Condition | None = None
    """The part of the condition that is the same for all objects of one type."""
    of_entry: matcher.Condition | None = None
    """The part that is the same for all objects with the same traits in the catalog."""
    check: str | None = None
    """Name of the code in `policy/checks` that decides."""
    references: tuple[str, ...] = ()
    lost: str | None = None
    """What is lost; None: what the catalog says of the type."""
    instead_of: frozenset[str] = frozenset()
    """Rules that keep silent about an address where this one speaks."""
    file: str = ""
    """Where it was read, as shown to people."""
    note: str | None = None
    content: str = ""
    """SHA-256 of the file of a user's own rule; those that ship are known by planguard's version."""


class _Places:
    """Where the keys of a rule stand, for its complaints."""

    def __init__(self, file: str, lines: Mapping[str, int]) -> None:
        self._file = file
        self._lines = lines

    def __call__(self, key: str = "id") -> str:
        """`file:line` of a key; the file alone where the line is not known."""
        line = self._lines.get(key)
        return f"{self._file}:{line}" if line else self._file


def parse(
    data: Any, file: str, known_checks: Iterable[str] = (), lines: Mapping[str, int] = MappingProxyType({})
) -> Rule:
    """A rule from its YAML. `lines` tells where its keys stand (counted from 1).

    Raises ConfigError with file, line, and the key that is missing, unknown or wrong.
    """
    at = _Places(file, lines)
    if not isinstance(data, Mapping):
        raise ConfigError("a rule is a mapping with id, title, severity and so on", where=file)
    _check_keys(data, at)
    rule_id = data["id"]
    if not isinstance(rule_id, str) or not _ID.fullmatch(rule_id):
        raise ConfigError("`id` must be words in lower case joined by `-`", where=at("id"), hint="e.g. data-deletion")
    for key in ("title", "message", "why", "fix", "since"):
        if not isinstance(data[key], str) or not data[key].strip():
            raise ConfigError(f"`{key}` must be a text", where=at(key), hint="Quote it if it looks like a number.")
    when: Any = data.get("when")
    parts = matcher.compile_parts(when, at("when")) if "when" in data else None
    check = _check_name(data, at("check"), known_checks)
    if (parts is None) == (check is None):
        raise ConfigError("a rule has either `when` or `check`", where=file)
    return Rule(
        id=rule_id,
        title=data["title"],
        severity=_severity(data["severity"], at("severity")),
        since=data["since"],
        message=data["message"],
        why=data["why"].strip(),
        fix=data["fix"].strip(),
        examples=_examples(data["examples"], at("examples")),
        condition=matcher.joined(parts) if parts is not None else None,
        actions=matcher.actions_of(when) if parts is not None else None,
        of_type=matcher.of_type(parts) if parts is not None else None,
        of_entry=matcher.of_entry(parts) if parts is not None else None,
        check=check,
        references=_texts(data, "references", at),
        lost=_text(data, "lost", at),
        instead_of=frozenset(_texts(data, "instead_of", at)),
        file=file,
        note=_text(data, "note", at),
    )


def _check_keys(data: Mapping[str, Any], at: _Places) -> None:
    known = REQUIRED + OPTIONAL
    for key in data:
        if key not in known:
            hint = nearest.hint(str(key), known, f"Known keys: {', '.join(known)}.")
            raise ConfigError(f"unknown key `{key}` in a rule", where=at(str(key)), hint=hint)
    for key in REQUIRED:
        if key not in data:
            raise ConfigError(f"a rule needs `{key}`", where=at())


def _text(data: Mapping[str, Any], key: str, at: _Places) -> str | None:
    """An optional text."""
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value
    raise ConfigError(f"`{key}` must be a text", where=at(key), hint="Quote it if it looks like a number.")


def _texts(data: Mapping[str, Any], key: str, at: _Places) -> tuple[str, ...]:
    """An optional list of texts."""
    value = data.get(key) or []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ConfigError(f"`{key}` must be a list of texts", where=at(key))


def _check_name(data: Mapping[str, Any], file: str, known: Iterable[str]) -> str | None:
    name = data.get("check")
    if name is None:
        return None
    if not isinstance(name, str) or name not in known:
        hint = nearest.hint(str(name), known, "User rules use `when`.")
        raise ConfigError(f"there is no check `{name}`", where=file, hint=hint)
    return name


def _severity(value: Any, file: str) -> Severity | None:
    if value == "table":
        return None
    try:
        return Severity(value)
    except ValueError:
        levels = ", ".join(level.value for level in Severity)
        raise ConfigError(f"unknown severity `{value}`", where=file, hint=f"One of {levels}, or `table`.") from None


def _examples(value: Any, file: str) -> tuple[Example, ...]:
    examples: list[Example] = []
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, Mapping) or len(item) != 1:
            raise ConfigError("an example is one of flags, passes, undecided with a case", where=file)
        ((outcome, given),) = item.items()
        if outcome not in OUTCOMES or not isinstance(given, Mapping):
            raise ConfigError(f"unknown example `{outcome}`", where=file, hint=f"One of {', '.join(OUTCOMES)}.")
        examples.append(Example(outcome, given))
    outcomes = {example.outcome for example in examples}
    if not {"flags", "passes"} <= outcomes:
        raise ConfigError("`examples` needs at least one `flags` and one `passes`", where=file)
    return tuple(examples)
