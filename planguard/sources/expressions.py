"""Expressions of the configuration language, and as much of their value as the sources alone can tell.

A literal is known; `var.x`, `local.x` and `each.key` are known where whoever asks says so; everything else is
`UNKNOWN`. Nothing is executed: functions are not called, but for the few that only change the form of a collection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from planguard.model import UNKNOWN, Sensitive

# Kinds of expressions. Plain classes with one level of nesting keep the parser simple.


class Literal(NamedTuple):
    """A string without templates, a number, true, false, null."""

    value: Any


class Template(NamedTuple):
    """A string with `${…}` in it."""

    parts: tuple[Any, ...]
    """Strings and expressions."""


class Reference(NamedTuple):
    """`var.x`, `each.key`, `aws_vpc.main.id`, `local.tags["env"]`."""

    steps: tuple[str | int, ...]


class Items(NamedTuple):
    """`[…]`."""

    items: tuple[Any, ...]


class Pair(NamedTuple):
    """One entry of an object, and the line it stands in."""

    key: Any
    value: Any
    line: int


class Pairs(NamedTuple):
    """`{…}`."""

    pairs: tuple[Pair, ...]


class Call(NamedTuple):
    """`toset(…)`."""

    name: str
    arguments: tuple[Any, ...]


class Equal(NamedTuple):
    """`left == right`, `left != right`; `!left` is `left == false`."""

    left: Any
    right: Any
    negated: bool = False


class Choice(NamedTuple):
    """`condition ? then : otherwise`."""

    condition: Any
    then: Any
    otherwise: Any


class Opaque(NamedTuple):
    """Anything else: other operators, `for`, splats, heredocs with templates."""

    text: str


Lookup = Callable[[tuple[str | int, ...]], Any]
"""The value behind the steps of a reference; `UNKNOWN` where nobody can say."""

_TRANSPARENT = frozenset({"toset", "tolist", "tomap", "tostring", "tonumber", "tobool", "sensitive", "nonsensitive"})
"""Functions that keep the value and change only its form, as far as it matters here."""


def nothing(steps: tuple[str | int, ...]) -> Any:
    """A lookup that knows nothing."""
    return UNKNOWN


def evaluate(expression: Any, lookup: Lookup = nothing) -> Any:
    """The value: dict, list, str, number, bool, None, with `UNKNOWN` and `Sensitive` inside or as a whole."""
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Reference):
        return lookup(expression.steps)
    if isinstance(expression, Template):
        return _joined(expression, lookup)
    if isinstance(expression, Items):
        return [evaluate(item, lookup) for item in expression.items]
    if isinstance(expression, Pairs):
        return _object(expression, lookup)
    if isinstance(expression, Call):
        return _called(expression, lookup)
    if isinstance(expression, Equal):
        return _equal(expression, lookup)
    if isinstance(expression, Choice):
        condition = evaluate(expression.condition, lookup)
        if isinstance(condition, bool) or condition in ("true", "false"):
            return evaluate(expression.then if condition in (True, "true") else expression.otherwise, lookup)
    return UNKNOWN


def _equal(expression: Equal, lookup: Lookup) -> Any:
    left, right = evaluate(expression.left, lookup), evaluate(expression.right, lookup)
    plain = (str, int, float, bool)
    if not isinstance(left, plain) or not isinstance(right, plain) or isinstance(left, bool) != isinstance(right, bool):
        return UNKNOWN
    return (left == right) is not expression.negated


def _joined(template: Template, lookup: Lookup) -> Any:
    text, hidden = "", False
    for part in template.parts:
        value = part if isinstance(part, str) else evaluate(part, lookup)
        if isinstance(value, Sensitive):
            value, hidden = value.peek(), True
        if isinstance(value, bool):
            value = str(value).lower()
        if not isinstance(value, str | int | float):
            return UNKNOWN
        text += str(value)
    return Sensitive(text) if hidden else text


def _object(pairs: Pairs, lookup: Lookup) -> Any:
    found: dict[str, Any] = {}
    for pair in pairs.pairs:
        key = evaluate(pair.key, lookup)
        if isinstance(key, bool):
            key = str(key).lower()
        if not isinstance(key, str | int | float):
            return UNKNOWN
        found[str(key)] = evaluate(pair.value, lookup)
    return found


def _called(call: Call, lookup: Lookup) -> Any:
    values = [evaluate(argument, lookup) for argument in call.arguments]
    if call.name == "sensitive" and len(values) == 1:
        return values[0] if values[0] is UNKNOWN or isinstance(values[0], Sensitive) else Sensitive(values[0])
    if call.name in _TRANSPARENT and len(values) == 1:
        return values[0]
    if call.name == "merge" and all(isinstance(value, Mapping) for value in values):
        merged: dict[str, Any] = {}
        for value in values:
            merged.update(value)
        return merged
    if call.name == "concat" and all(isinstance(value, list) for value in values):
        return [item for value in values for item in value]
    return UNKNOWN


def steps_into(value: Any, steps: tuple[str | int, ...]) -> Any:
    """Follow the rest of a reference into a value that is known."""
    for step in steps:
        hidden = isinstance(value, Sensitive)
        inner = value.peek() if isinstance(value, Sensitive) else value
        if isinstance(inner, Mapping) and str(step) in inner:
            inner = inner[str(step)]
        elif isinstance(inner, list) and isinstance(step, int) and 0 <= step < len(inner):
            inner = inner[step]
        else:
            return UNKNOWN
        value = Sensitive(inner) if hidden and inner is not UNKNOWN else inner
    return value
