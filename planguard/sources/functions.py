"""Terraform's functions, as far as they decide what a block is repeated over or which setting it gets.

Each takes values that are known, and gives `UNKNOWN` for whatever it is not sure of: a wrong value would be worse. None
reads a file, a clock or anything else outside of its arguments.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from planguard.model import UNKNOWN, Sensitive

_LONGEST = 1_000
"""Items of what `range` makes, and of what lists multiply to."""
_MOST_PARTS = 20_000
"""Of a document that is decoded: YAML can name the same thing any number of times."""


def called(name: str, arguments: list[Any]) -> Any:
    """The value of one call."""
    name = name.removeprefix("core::")
    if name == "sensitive" and len(arguments) == 1:
        value = arguments[0]
        return value if value is UNKNOWN or isinstance(value, Sensitive) else Sensitive(value)
    if name in _SAME and len(arguments) == 1:
        return arguments[0]
    function = _FUNCTIONS.get(name)
    hidden = any(value is UNKNOWN or isinstance(value, Sensitive) for value in arguments)
    if function is None or hidden or not arguments:
        return _first(name, arguments)
    try:
        return function(*arguments)
    except (TypeError, ValueError, IndexError, AttributeError):
        return UNKNOWN  # a call that Terraform refuses as well


_SAME = frozenset({"tolist", "tomap", "tostring", "tonumber", "tobool", "nonsensitive", "try"})
"""Functions that keep the value and change only its form, as far as it matters here."""


def _first(name: str, arguments: list[Any]) -> Any:
    """`try` and `coalesce` may be known by their first argument alone."""
    if name not in ("try", "coalesce") or not arguments or arguments[0] is UNKNOWN:
        return UNKNOWN
    return UNKNOWN if name == "coalesce" and arguments[0] in (None, "") else arguments[0]


def _settled(values: Iterable[Any]) -> list[Any]:
    """The items; raises ValueError where one is not known."""
    found = list(values)
    if any(not isinstance(value, str | int | float | bool) for value in found):
        raise ValueError
    return found


def _set(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(dict.fromkeys(value))
    return value


def _lookup(mapping: Mapping[str, Any], key: Any, *default: Any) -> Any:
    return mapping[str(key)] if str(key) in mapping else default[0] if default else UNKNOWN


def _merge(*mappings: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = {}
    for mapping in mappings:
        found.update(mapping)
    return found


def _concat(*lists: list[Any]) -> Any:
    if not all(isinstance(items, list) for items in lists):
        raise TypeError
    return [item for items in lists for item in items]


def _flatten(items: list[Any]) -> Any:
    found: list[Any] = []
    for item in _list(items):
        if item is UNKNOWN:
            return UNKNOWN
        found += _flatten(item) if isinstance(item, list) else [item]
    return found


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value not in (None, "")), UNKNOWN)


def _range(*numbers: Any) -> Any:
    found = range(*numbers)
    return list(found) if len(found) <= _LONGEST else UNKNOWN


def _format(text: str, *values: Any) -> Any:
    parts = text.split("%")
    made = parts[0]
    given = iter(_settled(values))
    for part in parts[1:]:
        if part[:1] not in ("s", "d"):
            return UNKNOWN
        value = next(given, UNKNOWN)
        if not isinstance(value, str | int) or isinstance(value, bool):
            return UNKNOWN
        made += f"{value}{part[1:]}"
    return made


def _replace(text: str, old: str, new: str) -> Any:
    return UNKNOWN if old.startswith("/") else text.replace(old, new)


def _zipped(keys: list[str], values: list[Any]) -> Any:
    return dict(zip(_settled(keys), values, strict=True))


def _less(first: list[Any], *others: list[Any]) -> Any:
    gone = {item for other in others for item in _settled(other)}
    return [item for item in _settled(first) if item not in gone]


def _shared(first: list[Any], *others: list[Any]) -> Any:
    return [item for item in _settled(first) if all(item in _settled(other) for other in others)]


def _one(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else None if not items else UNKNOWN


def _sliced(items: list[Any], start: int, end: int) -> Any:
    return _list(items)[start:end]


def _element(items: list[Any], index: int) -> Any:
    return _list(items)[index % len(items)]


def _length(value: Any) -> Any:
    return len(value) if isinstance(value, Mapping | list | str) else UNKNOWN


def _encoded(value: Any) -> Any:
    """JSON as Terraform writes it; UNKNOWN where any part is not known, or may not be seen."""
    if not _plain(value):
        return UNKNOWN
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_plain, value))
    return value is None or isinstance(value, str | int | float | bool)


def _decoded_json(text: str) -> Any:
    return _taken(json.loads(text), [_MOST_PARTS])


def _decoded_yaml(text: str) -> Any:
    import yaml

    try:
        return _taken(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), [_MOST_PARTS])
    except yaml.YAMLError:
        return UNKNOWN


def _decoded_csv(text: str) -> Any:
    import csv

    try:
        return _taken(list(csv.DictReader(text.splitlines(), strict=True)), [_MOST_PARTS])
    except csv.Error:
        return UNKNOWN


def _taken(value: Any, left: list[int]) -> Any:
    """What stood in a document, as Terraform has it: names are texts. Raises ValueError for one that is too large."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError
    if isinstance(value, Mapping):
        return {str(key).lower() if isinstance(key, bool) else str(key): _taken(value[key], left) for key in value}
    if isinstance(value, list):
        return [_taken(item, left) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)  # days and times


def _product(*lists: list[Any]) -> Any:
    if len(lists) < 2 or math.prod(len(_list(items)) for items in lists) > _LONGEST:
        return UNKNOWN
    return [list(items) for items in itertools.product(*lists)]


def _formatted(text: str, *values: Any) -> Any:
    lists = [value for value in values if isinstance(value, list)]
    if len({len(items) for items in lists}) != 1:
        return UNKNOWN
    turns = ([value[turn] if isinstance(value, list) else value for value in values] for turn in range(len(lists[0])))
    made = [_format(text, *turn) for turn in turns]
    return UNKNOWN if UNKNOWN in made else made


def _part(text: str, start: int, length: int) -> Any:
    return text[start:] if length < 0 else text[start : start + length]


def _chunks(items: list[Any], size: int) -> Any:
    return [_list(items)[start : start + size] for start in range(0, len(items), size)]


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "toset": _set,
    "merge": _merge,
    "concat": _concat,
    "flatten": _flatten,
    "keys": lambda mapping: sorted(mapping.keys()),
    "values": lambda mapping: [mapping[key] for key in sorted(mapping)],
    "length": _length,
    "lookup": _lookup,
    "contains": lambda items, value: value in _settled(items),
    "distinct": lambda items: list(dict.fromkeys(_settled(items))),
    "compact": lambda items: [item for item in items if item not in (None, "") and _settled([item])],
    "sort": lambda items: sorted(_settled(items)),
    "reverse": lambda items: _list(items)[::-1],
    "slice": _sliced,
    "element": _element,
    "one": _one,
    "range": _range,
    "zipmap": _zipped,
    "setunion": lambda *sets: list(dict.fromkeys(item for items in sets for item in _settled(items))),
    "setsubtract": _less,
    "setintersection": _shared,
    "try": lambda first, *_: first,
    "coalesce": _coalesce,
    "join": lambda separator, items: separator.join(_text(item) for item in items),
    "split": lambda separator, text: text.split(separator),
    "format": _format,
    "replace": _replace,
    "jsonencode": _encoded,
    "jsondecode": _decoded_json,
    "yamldecode": _decoded_yaml,
    "csvdecode": _decoded_csv,
    "setproduct": _product,
    "formatlist": _formatted,
    "chunklist": _chunks,
    "substr": _part,
    "startswith": lambda text, start: text.startswith(_text(start)),
    "endswith": lambda text, end: text.endswith(_text(end)),
    "trimprefix": lambda text, start: text.removeprefix(_text(start)),
    "trimsuffix": lambda text, end: text.removesuffix(_text(end)),
    "chomp": lambda text: text.rstrip("\r\n"),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "trimspace": lambda text: text.strip(),
    "max": lambda *numbers: max(_settled(numbers)),
    "min": lambda *numbers: min(_settled(numbers)),
}


def _text(value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise TypeError
    return str(value)
