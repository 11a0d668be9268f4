"""What a file in `rules/resources/` must look like, and a clear error for each way in which it can be wrong.

Runs when the catalog is compiled and in the tests, not at every start. The first mistake found is raised as a
`ConfigError` that names file, line and key. Checks form only: whether an entry is true is for people to review.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from planguard.catalog.entry import CATEGORIES
from planguard.errors import ConfigError

if TYPE_CHECKING:
    from planguard.yaml_nodes import Node

LOSES = ("data", "identity", "availability", "access", "history", "none")
RECOVERABLE = ("no", "backup", "window", "yes", "at-once")
LAYERS = ("api", "provider", "outcome", "window")
DOES = ("refuses", "empty", "keeps", "snapshot", "spares", "window", "other")
CONFIDENCE = ("high", "medium")
ORDERS = ("zero-is-forever", "lower-is-stronger")

_TYPE = re.compile(r"[a-z][a-z0-9-]*_[a-z0-9_]+|[A-Za-z0-9]+(?:::[A-Za-z0-9]+){2,3}")
_CFN_TYPE = re.compile(r"[A-Za-z0-9]+(?:::[A-Za-z0-9]+){2,3}")
_STEP = r"[A-Za-z][A-Za-z0-9_]*(?:\[\*\]|\[[A-Za-z]+=[A-Za-z0-9_.]+\])?"
_ATTRIBUTE = re.compile(rf"(?:provider:)?{_STEP}(?:\.{_STEP})*")
_WHEN = re.compile(r"[A-Za-z][A-Za-z0-9]* is (?:not set|set|[A-Z][A-Za-z0-9_]*)")
_CASE = re.compile(rf"{_STEP}(?:\.{_STEP})* (?:is|begins) \S+")
_BOUND = re.compile(r"(?:>=|<)[0-9]+s?")

_Path = tuple[str | int, ...]


class _Wrong(Exception):
    """A mistake and where it stands; becomes a `ConfigError` once the line is known."""

    def __init__(self, path: _Path, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.path, self.problem, self.hint = path, problem, hint


def check_resources(node: Node, file: str, content: Any) -> None:
    """Raises `ConfigError` at the first mistake in one catalog file; `node` is `content` with its lines."""
    try:
        _file(content, file.replace("\\", "/").rsplit("/", maxsplit=1)[-1].removesuffix(".yaml"))
    except _Wrong as wrong:
        where = f"{file}:{_line(node, wrong.path)}"
        at = ".".join(str(step) for step in wrong.path)
        raise ConfigError(f"{at}: {wrong.problem}" if at else wrong.problem, where=where, hint=wrong.hint) from None


def _line(node: Node, path: _Path) -> int:
    """The line of what `path` leads to (of its key where it has one), or of the nearest parent that is there."""
    line = node.line
    for step in path:
        if isinstance(step, int):
            if step >= len(node.items):
                break
            node = node.items[step]
            line = node.line
            continue
        found = next((pair for pair in node.pairs if pair[0].text == step), None)
        if found is None:
            break
        line, node = found[0].line, found[1]
    return line


def _file(content: Any, stem: str) -> None:
    _mapping(content, (), required={"provider": _text, "source": _text, "types": _mapping_of},
             optional={"protections": _mapping_of})  # fmt: skip
    if content["provider"] != stem:
        raise _Wrong(("provider",), f"the file is called {stem}.yaml, so this must be {stem}")
    shared = content.get("protections", {})
    for name, value in shared.items():
        _protection(value, ("protections", name))
    seen: dict[str, set[str | None]] = {}
    for name, entry in content["types"].items():
        path: _Path = ("types", name)
        if not _TYPE.fullmatch(name):
            raise _Wrong(path, "this is not the name of a resource type",
                         "Terraform: aws_db_instance; CloudFormation: AWS::RDS::DBInstance.")  # fmt: skip
        _entry(entry, path, shared)
        _once(name, entry, path, seen)


def _once(name: str, entry: Mapping[str, Any], path: _Path, seen: dict[str, set[str | None]]) -> None:
    """A CloudFormation type may stand under several Terraform types only when a condition tells them apart."""
    cfn = entry.get("cfn", {})
    cfn_type, when = (name, None) if "::" in name else (cfn.get("type"), cfn.get("when"))
    if cfn_type is None:
        return
    before = seen.setdefault(cfn_type, set())
    if before and (when is None or before & {None, when}):
        raise _Wrong((*path, "cfn"), f"{cfn_type} is there already, and nothing tells the two apart",
                     "Give both a `when`, such as: FileSystemType is LUSTRE.")  # fmt: skip
    before.add(when)


def _entry(entry: Any, path: _Path, shared: Mapping[str, Any]) -> None:
    _mapping(entry, path, _ENTRY_REQUIRED, _ENTRY_OPTIONAL)
    if "none" in entry["loses"] and (len(entry["loses"]) > 1 or entry["recoverable"] != "yes"):
        raise _Wrong((*path, "loses"), "none stands alone, and what loses nothing is recoverable: yes")
    if entry["recoverable"] == "at-once" and ({"data", "history"} & {*entry["loses"]}):
        raise _Wrong((*path, "recoverable"), "what is stored does not come back at once; that is for links and rules")
    for index, item in enumerate(entry.get("instead", [])):
        _mapping(item, (*path, "instead", index), _INSTEAD, {})
    _protections(entry, path, shared)
    _ordered(entry, path)
    if "cfn" in entry:
        _cfn(entry["cfn"], (*path, "cfn"), shared)


def _cfn(cfn: Any, path: _Path, shared: Mapping[str, Any]) -> None:
    _mapping(cfn, path, _CFN_REQUIRED, _CFN_OPTIONAL)
    _protections(cfn, path, shared)
    _ordered(cfn, path)


def _ordered(entry: Mapping[str, Any], path: _Path) -> None:
    for attribute in entry.get("backup_order", {}):
        if attribute not in entry.get("backup_attributes", []):
            raise _Wrong((*path, "backup_order", attribute), "this is not one of the backup_attributes")


def _protections(entry: Mapping[str, Any], path: _Path, shared: Mapping[str, Any]) -> None:
    for index, item in enumerate(entry.get("protections", [])):
        at: _Path = (*path, "protections", index)
        if isinstance(item, str):
            if item not in shared:
                raise _Wrong(
                    at, f"there is no protection called {item} at the head of this file", _nearest(item, shared)
                )
        else:
            _protection(item, at)


def _protection(value: Any, path: _Path) -> None:
    _mapping(value, path, _PROTECTION_REQUIRED, _PROTECTION_OPTIONAL)
    if value["protective"] == value["weak"]:
        raise _Wrong((*path, "weak"), "the weak value is the protective one")


# --- the checks of single values: each returns None, or what would be right -----------------------------------------


def _mapping(value: Any, path: _Path, required: Mapping[str, Any], optional: Mapping[str, Any]) -> None:
    if not isinstance(value, dict):
        raise _Wrong(path, "this must be keys and values")
    tests = {**required, **optional}
    for key, item in value.items():
        if key not in tests:
            hint = _nearest(key, tests) or f"Known keys: {', '.join(sorted(tests))}."
            raise _Wrong((*path, key), "this key is not known here", hint)
        right = tests[key](item)
        if right:
            raise _Wrong((*path, key), f"this must be {right}", _nearest(item, right.split(", ")))
    for key in required:
        if key not in value:
            raise _Wrong(path, f"{key} is missing")


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() and "\n" not in value.strip() else "one line of text"


def _true(value: Any) -> str | None:
    return None if value is True else "true (leave it out otherwise)"


def _list(value: Any) -> str | None:
    return None if isinstance(value, list) and value else "a list with at least one item"


def _mapping_of(value: Any) -> str | None:
    return None if isinstance(value, dict) and value else "keys and values"


def _scalar(value: Any) -> str | None:
    return None if isinstance(value, (str, int, bool)) else "a single value"


def _spec(value: Any) -> str | None:
    """A value, a list of values, null for unset, `<set>`, or a bound: `>=14`, `<86400s`."""
    if isinstance(value, str) and value[:1] in "<>" and value != "<set>" and not _BOUND.fullmatch(value):
        return 'a bound such as ">=14" or "<86400s", or <set>'
    if isinstance(value, list):
        return None if value and not any(_scalar(item) for item in value) else "a list of single values"
    return None if value is None else _scalar(value)


def _attributes(value: Any) -> str | None:
    fine = isinstance(value, list) and value and all(isinstance(v, str) and _ATTRIBUTE.fullmatch(v) for v in value)
    return None if fine else "a list of attribute paths"


def _order(value: Any) -> str | None:
    fine = isinstance(value, dict) and value and all(order in ORDERS for order in value.values())
    return None if fine else f"attributes with one of {', '.join(ORDERS)}"


def _one_of(allowed: tuple[str, ...]) -> Callable[[Any], str | None]:
    return lambda value: None if isinstance(value, str) and value in allowed else f"one of {', '.join(allowed)}"


def _some_of(allowed: tuple[str, ...]) -> Callable[[Any], str | None]:
    def test(value: Any) -> str | None:
        fine = isinstance(value, list) and value and all(isinstance(v, str) and v in allowed for v in value)
        return None if fine and len(set(value)) == len(value) else f"a list of some of {', '.join(allowed)}"

    return test


def _matching(pattern: re.Pattern[str], form: str) -> Callable[[Any], str | None]:
    return lambda value: None if isinstance(value, str) and pattern.fullmatch(value) else form


def _nearest(value: Any, names: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(value, list(names), n=1) if isinstance(value, str) else []
    return f"Did you mean {close[0].removeprefix('one of ')}?" if close else None


# --- the forms -------------------------------------------------------------------------------------------------------

_Tests = Mapping[str, Callable[[Any], str | None]]
_ENTRY_REQUIRED: _Tests = {
    "category": _one_of(CATEGORIES),
    "loses": _some_of(LOSES),
    "recoverable": _one_of(RECOVERABLE),
    "lost": _text,
}
_INSTEAD: _Tests = {
    "when": _matching(_CASE, "a condition such as: replicate_source_db is set, name begins _, type is CNAME"),
    "loses": _some_of(LOSES),
    "recoverable": _one_of(RECOVERABLE),
    "lost": _text,
}
_ENTRY_OPTIONAL: _Tests = {
    **dict.fromkeys(("refused_unless_empty", "protects_others", "container", "legacy", "snapshot_policy"), _true),
    "protections": _list,
    "instead": _list,
    "backup_attributes": _attributes,
    "backup_order": _order,
    "cfn": _mapping_of,
    "confidence": _one_of(CONFIDENCE),
    "source": _text,
}
_CFN_REQUIRED: _Tests = {"type": _matching(_CFN_TYPE, "a type such as: AWS::RDS::DBInstance")}
_CFN_OPTIONAL: _Tests = {
    "when": _matching(_WHEN, "a condition such as: VolumeType is ONTAP"),
    "snapshot_policy": _true,
    "recoverable": _one_of(RECOVERABLE),
    "protections": _list,
    "backup_attributes": _attributes,
    "backup_order": _order,
}
_PROTECTION_REQUIRED: _Tests = {
    "attribute": _matching(_ATTRIBUTE, "a path such as: deletion_protection, spec[*].reclaim_policy"),
    "protective": _spec,
    "weak": _spec,
    "layer": _one_of(LAYERS),
    "does": _one_of(DOES),
    "effect": _text,
}
_PROTECTION_OPTIONAL: _Tests = {
    "keeps": _list,
    "closes": _list,
    "guards_window": _true,
    "overrides": _text,
    "default": _scalar,
}
