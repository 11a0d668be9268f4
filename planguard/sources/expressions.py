"""Expressions of the configuration language, and as much of their value as the sources alone can tell.

A literal is known; `var.x`, `local.x` and `each.key` are known where whoever asks says so; everything else is
`UNKNOWN`. Nothing is executed; of the functions, `functions` knows those that decide what a resource is repeated over.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from planguard.model import UNKNOWN, Sensitive
from planguard.sources import functions

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


class Operation(NamedTuple):
    """`left && right`, `left + right`, `left > right`, …"""

    sign: str
    left: Any
    right: Any


class Into(NamedTuple):
    """`value[key]`, where the key is an expression or the value is no reference."""

    value: Any
    key: Any


class Splat(NamedTuple):
    """`value[*].a.b`."""

    value: Any
    steps: tuple[str | int, ...]


class For(NamedTuple):
    """`[for v in … : … if …]`; with a key `{for k, v in … : … => …}`."""

    names: tuple[str, ...]
    """One (the value) or two (key or index, then the value)."""
    collection: Any
    key: Any
    """None for a list."""
    value: Any
    condition: Any
    grouped: bool


class Opaque(NamedTuple):
    """Anything else: heredocs with templates, directives, what no rule of the language allows."""

    text: str


Lookup = Callable[[tuple[str | int, ...]], Any]
"""The value behind the steps of a reference; `UNKNOWN` where nobody can say."""

LARGEST = 20_000
"""Parts of one value. Locals that repeat each other could make any number of them out of a few lines."""
_MOST_TURNS = 2_000
"""Of a loop, together with those around it."""
_LONGEST = 100_000
"""Characters of a string that is put together."""


def nothing(steps: tuple[str | int, ...]) -> Any:
    """A lookup that knows nothing."""
    return UNKNOWN


def evaluate(expression: Any, lookup: Lookup = nothing) -> Any:
    """The value: dict, list, str, number, bool, None, with `UNKNOWN` and `Sensitive` inside or as a whole."""
    try:
        value = _evaluate(expression, lookup)
        return value if isinstance(value, _PLAIN) or _counted(value, LARGEST) >= 0 else UNKNOWN
    except RecursionError:
        return UNKNOWN  # locals that rest on each other by the thousand


_PLAIN = (str, int, float, bool)


def _counted(value: Any, left: int) -> int:
    """How many more parts a value may have; negative when it has too many."""
    if isinstance(value, Sensitive):
        value = value.peek()
    left -= 1
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list):
        return left
    for item in value:
        left = left - 1 if isinstance(item, _PLAIN) else _counted(item, left)
        if left < 0:
            break
    return left


def _evaluate(expression: Any, lookup: Lookup) -> Any:
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Reference):
        return lookup(expression.steps)
    reader = _READERS.get(type(expression))
    return UNKNOWN if reader is None else reader(expression, lookup)


def _items(expression: Items, lookup: Lookup) -> Any:
    return [_evaluate(item, lookup) for item in expression.items]


def _choice(expression: Choice, lookup: Lookup) -> Any:
    condition = truth(_evaluate(expression.condition, lookup))
    if condition is None:
        return UNKNOWN
    return _evaluate(expression.then if condition else expression.otherwise, lookup)


def truth(value: Any) -> bool | None:
    """What a value means as a condition; None where nobody can say."""
    if isinstance(value, bool):
        return value
    return value == "true" if value in ("true", "false") else None


def _equal(expression: Equal, lookup: Lookup) -> Any:
    left, right = _evaluate(expression.left, lookup), _evaluate(expression.right, lookup)
    if left is None or right is None:
        other = right if left is None else left
        # Whether something is null is known of everything that is known.
        return UNKNOWN if other is UNKNOWN else (other is None) is not expression.negated
    plain = isinstance(left, _PLAIN) and isinstance(right, _PLAIN)
    if not plain or isinstance(left, bool) != isinstance(right, bool):
        return UNKNOWN
    return (left == right) is not expression.negated


def _operation(expression: Operation, lookup: Lookup) -> Any:
    left, right = _evaluate(expression.left, lookup), _evaluate(expression.right, lookup)
    if expression.sign in ("&&", "||"):
        decides = expression.sign == "||"
        sides = truth(left), truth(right)
        return decides if decides in sides else UNKNOWN if None in sides else not decides
    numbers = all(isinstance(side, int | float) and not isinstance(side, bool) for side in (left, right))
    sign = _SIGNS.get(expression.sign)
    if sign is None or not numbers or abs(left) > _BIG or abs(right) > _BIG:
        return UNKNOWN
    return sign(left, right)


_BIG = 10**15
"""Beyond that, Terraform's numbers and ours may differ."""
_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def _into(expression: Into, lookup: Lookup) -> Any:
    key = _evaluate(expression.key, lookup)
    if not isinstance(key, str | int) or isinstance(key, bool):
        return UNKNOWN
    return steps_into(_evaluate(expression.value, lookup), (key,))


def _splat(expression: Splat, lookup: Lookup) -> Any:
    value = _evaluate(expression.value, lookup)
    return [steps_into(item, expression.steps) for item in value] if isinstance(value, list) else UNKNOWN


def _for(expression: For, lookup: Lookup) -> Any:
    value = _evaluate(expression.collection, lookup)
    if isinstance(value, Mapping):
        entries: list[tuple[Any, Any]] = [(key, value[key]) for key in sorted(value)]
    elif isinstance(value, list):
        entries = list(enumerate(value))
    else:
        return UNKNOWN
    turns = getattr(lookup, "turns", 1) * max(len(entries), 1)
    if turns > _MOST_TURNS:
        return UNKNOWN
    found: list[tuple[Any, Any]] = []
    for key, item in entries:
        scope = _Scope(dict(zip(expression.names, (key, item)[-len(expression.names) :], strict=True)), lookup, turns)
        wanted = True if expression.condition is None else truth(_evaluate(expression.condition, scope))
        if wanted is None:
            return UNKNOWN
        if wanted:
            named = None if expression.key is None else _evaluate(expression.key, scope)
            found.append((named, _evaluate(expression.value, scope)))
    return _gathered(expression, found)


def _gathered(expression: For, found: list[tuple[Any, Any]]) -> Any:
    if expression.key is None:
        return [item for _, item in found]
    made: dict[str, Any] = {}
    for key, item in found:
        name = _key(key)
        if name is None:
            return UNKNOWN
        if expression.grouped:
            made.setdefault(name, []).append(item)
        else:
            made[name] = item
    return made


class _Scope:
    """The names of a loop, in front of everything else."""

    def __init__(self, names: Mapping[str, Any], outer: Lookup, turns: int) -> None:
        self._names, self._outer, self.turns = names, outer, turns

    def __call__(self, steps: tuple[str | int, ...]) -> Any:
        if steps[0] in self._names:
            return steps_into(self._names[str(steps[0])], steps[1:])
        return self._outer(steps)


def _template(template: Template, lookup: Lookup) -> Any:
    text, hidden = "", False
    for part in template.parts:
        value = part if isinstance(part, str) else _evaluate(part, lookup)
        if isinstance(value, Sensitive):
            value, hidden = value.peek(), True
        if isinstance(value, bool):
            value = str(value).lower()
        if not isinstance(value, str | int | float) or len(text) > _LONGEST:
            return UNKNOWN
        text += str(value)
    return Sensitive(text) if hidden else text


def _pairs(pairs: Pairs, lookup: Lookup) -> Any:
    found: dict[str, Any] = {}
    for pair in pairs.pairs:
        key = _key(_evaluate(pair.key, lookup))
        if key is None:
            return UNKNOWN
        found[key] = _evaluate(pair.value, lookup)
    return found


def _key(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


FILE = "file()"
"""The first step of a lookup for the text of a file; then `module` or `root`, and the path from there."""


def _call(call: Call, lookup: Lookup) -> Any:
    if call.name == "file" and len(call.arguments) == 1:
        place = _named_file(call.arguments[0])
        return UNKNOWN if place is None else lookup((FILE, *place))
    return functions.called(call.name, [evaluate(argument, lookup) for argument in call.arguments])


def _named_file(argument: Any) -> tuple[str, str] | None:
    """What `file` is given, if it is a path that stands there: `"${path.module}/users.yaml"`."""
    if isinstance(argument, Literal) and isinstance(argument.value, str):
        return "root", argument.value
    if not isinstance(argument, Template) or len(argument.parts) != 2:
        return None
    start, rest = argument.parts
    if isinstance(start, Reference) and start.steps in (("path", "module"), ("path", "root")) and isinstance(rest, str):
        return str(start.steps[1]), rest.lstrip("/")
    return None


_READERS: Mapping[type, Callable[[Any, Lookup], Any]] = {
    Template: _template,
    Items: _items,
    Pairs: _pairs,
    Call: _call,
    Equal: _equal,
    Choice: _choice,
    Operation: _operation,
    Into: _into,
    Splat: _splat,
    For: _for,
}


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
