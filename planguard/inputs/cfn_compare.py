"""Two values of a template → the places where they differ, and what a change there costs by the type's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.inputs.cfn_resolve import is_expression
from planguard.model import MISSING, Path

ALWAYS, PERHAPS, NEVER = "Always", "Conditionally", "Never"


class Schema(NamedTuple):
    """What a resource type's schema says of its updates."""

    known: bool = False
    """Whether there is a schema at all."""
    create_only: frozenset[tuple[str, ...]] = frozenset()
    """Properties that cannot change in place; `*` stands for every element of a list, and for any key."""
    perhaps: frozenset[tuple[str, ...]] = frozenset()
    """Properties that cannot change in place under some condition that the schema does not tell."""
    unordered: frozenset[str] = frozenset()
    """Lists at the top whose order means nothing."""
    identifier: tuple[str, ...] = ()
    """The properties that name the object in the cloud."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any], schema: Schema) -> Iterator[Path]:
    """Where the properties differ, as deep as both sides have the same shape."""
    for name in sorted({*old, *new}):
        before, after = old.get(name, MISSING), new.get(name, MISSING)
        if name in schema.unordered and isinstance(before, list) and isinstance(after, list):
            before, after = _sorted(before), _sorted(after)
        yield from _differ(before, after, (name,))


def _differ(old: Any, new: Any, path: Path) -> Iterator[Path]:
    if old is new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and not (is_expression(old) or is_expression(new)):
        for key in sorted({*old, *new}):
            yield from _differ(old.get(key, MISSING), new.get(key, MISSING), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differ(one, other, (*path, index))
    elif not same(old, new):
        yield path


def same(old: Any, new: Any) -> bool:
    """Whether two values are the same to CloudFormation, which sends every scalar as text: 5432 and "5432"."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    if old is MISSING or new is MISSING or isinstance(old, dict | list) or isinstance(new, dict | list):
        return old is new
    return _text(old) == _text(new)


def cost(schema: Schema, path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What a change at `path` costs. A change of a whole object counts for what stands in it on either side."""
    steps = tuple("*" if isinstance(step, int) else step for step in path)
    if any(_meets(rule, steps, path, old, new) for rule in schema.create_only):
        return ALWAYS
    if any(_meets(rule, steps, path, old, new) for rule in schema.perhaps):
        return PERHAPS
    return NEVER


def _meets(
    rule: tuple[str, ...], steps: tuple[str, ...], path: Path, old: Mapping[str, Any], new: Mapping[str, Any]
) -> bool:
    shared = min(len(rule), len(steps))
    if not all(one in (other, "*") for one, other in zip(rule[:shared], steps[:shared], strict=True)):
        return False
    if len(steps) >= len(rule):
        return True
    rest = rule[shared:]
    if rest == ("*",):
        return True
    before, after = _found(_at(old, path), rest), _found(_at(new, path), rest)
    return before != after


def _at(node: Any, path: Path) -> Any:
    for step in path:
        if isinstance(node, dict) and isinstance(step, str):
            node = node.get(step, MISSING)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return MISSING
    return node


def _found(node: Any, rest: tuple[str, ...]) -> list[str]:
    """Everything that stands at `rest` below a node, as text; an expression may hold anything."""
    if is_expression(node):
        return [repr(node)]
    if not rest:
        return [] if node is MISSING else [repr(node)]
    if rest[0] == "*":
        items = node if isinstance(node, list) else list(node.values()) if isinstance(node, dict) else []
        return sorted(text for item in items for text in _found(item, rest[1:]))
    if isinstance(node, list):
        return sorted(text for item in node for text in _found(item, rest))
    return _found(node.get(rest[0], MISSING), rest[1:]) if isinstance(node, dict) else []


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=_text)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
