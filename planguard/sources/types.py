"""What the type of a variable adds to its value: the defaults of `optional(type, default)`. Checks no types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planguard.model import UNKNOWN
from planguard.sources.expressions import Call, Pairs, evaluate

_COLLECTIONS = frozenset({"map", "list", "set"})


def completed(kind: Any, value: Any) -> Any:
    """A value with the defaults that its type gives to what it leaves out."""
    if not isinstance(kind, Call) or not kind.arguments or value is None or value is UNKNOWN:
        return value
    inner = kind.arguments[0]
    if kind.name == "object" and isinstance(inner, Pairs) and isinstance(value, Mapping):
        return _object(inner, value)
    if kind.name in _COLLECTIONS:
        if isinstance(value, Mapping):
            return {key: completed(inner, item) for key, item in value.items()}
        if isinstance(value, list):
            return [completed(inner, item) for item in value]
    return value


def _object(pairs: Pairs, value: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(value)
    for pair in pairs.pairs:
        name, kind = str(getattr(pair.key, "value", "")), pair.value
        if isinstance(kind, Call) and kind.name == "optional" and kind.arguments:
            given = found.get(name)
            if given is None:
                given = evaluate(kind.arguments[1]) if len(kind.arguments) > 1 else None
            found[name] = completed(kind.arguments[0], given)
        elif name in found:
            found[name] = completed(kind, found[name])
    return found
