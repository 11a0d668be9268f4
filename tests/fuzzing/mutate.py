"""Mutations: of bytes, and of what the bytes mean. All chance comes from the `random.Random` that is passed in."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[Any, ...]

# Written into the finished text, because Python would not write it.
_RAW = {
    "@@huge@@": "9" * 5000,
    "@@long@@": "9" * 400,
    "@@infinite@@": "1e999",
    "@@minus@@": "-0",
    "@@deep@@": "[" * 3000 + "]" * 3000,
    "@@deeper@@": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "@@nested@@": '{"a":[' * 90 + "true" + "]}" * 90,
    "@@comment@@": "/* x */ 1",
}
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**53 + 1,
    2**64,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "prod",
    "no-op",
    "delete",
    "data",
    "managed",
    "data.t.n",
    'module.m["a.b"].aws_db_instance.x[0]',
    "aws_db_instance",
    "\ud800",
    "\udfff\ud800",
    "a\0b",
    "\x1b[2J",
    "\u202e",
    "[" * 200,
    "a" * 100_000,
    "1e5",
    [],
    {},
    [1],
    [[]],
    [{}],
    [None],
    {"a": None},
    ["x", {}],
    {"references": ["a.b", "module.m.o"]},
    {"constant_value": ["x"]},
    ["delete"],
    ["no-op"],
    ["create", "delete"],
    *_RAW,
)
ACTIONS: tuple[Any, ...] = (
    ["delete"], ["no-op"], ["create"], ["update"], ["read"], ["forget"], ["delete", "create"], ["create", "delete"],
    ["create", "forget"], ["forget", "create"], [], ["open"], ["Delete"], ["delete "], ["no-op", "delete"],
    ["delete", "delete"], "delete", None, [None], {"delete": True}, [["delete"]], True,
)  # fmt: skip
KEYS = (
    "address", "mode", "type", "name", "index", "actions", "before", "after", "change", "after_unknown", "deposed",
    "before_sensitive", "after_sensitive", "previous_address", "importing", "action_reason", "module_address",
    "resource_changes", "planned_values", "prior_state", "configuration", "root_module", "child_modules", "resources",
    "values", "errored", "complete", "format_version", "tags", "tags_all", "depends_on", "references", "expressions",
)  # fmt: skip
WRAPPERS = (
    b"[command]/usr/bin/terraform show -json tfplan\n",
    b"::debug::x\n",
    b"::set-output name=stdout::{}\n",
    b"# comment\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\n\n \t",
    b"10:00:00.123 STDOUT terraform: x\n",
    b"time=2026 level=info\n",
    b"{}",
    b"null",
    b"garbage\n",
    b"\0",
    b'{"format_version":"1.2","resource_changes":[]}\n',
)
TOKENS = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"null", b"true", b"1e999", b"NaN", b"-Infinity", b"\\ud800",
    b"\\u0000", b"\xff", b"\0", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\x1b]8;;", b"\r", b"\n", b"\x85", b"\xe2\x80\xa8",
    b"[" * 5000, b'{"a":' * 2000,
)  # fmt: skip


class _Twin(str):
    """A key that stands beside its equal: JSON can say a thing twice, a dict cannot."""

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def mutated(document: Any, chance: random.Random) -> bytes:
    """A JSON document after one to four mutations of its structure, and perhaps of its bytes."""
    document = copied(document)
    for _ in range(chance.choice((1, 1, 2, 4))):
        document = restructured(document, chance)
    data = encoded(document, chance)
    return broken(data, chance) if chance.random() < 0.15 else data


def encoded(document: Any, chance: random.Random) -> bytes:
    """As JSON, in one of the ways in which programs write it."""
    indent, separators = chance.choice(((None, (",", ":")), (None, (",", ":")), (None, None), (1, None), (2, None)))
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=chance.random() < 0.7)
    for mark, raw in _RAW.items():
        if mark in text:
            text = text.replace(f'"{mark}"', raw)
    data = text.encode("utf-8", "surrogatepass")
    roll = chance.random()
    if roll < 0.02:
        return text.encode("utf-16", "surrogatepass")
    if roll < 0.06:
        return chance.choice(WRAPPERS) + data
    if roll < 0.10:
        return data + b"\n" + chance.choice(WRAPPERS)
    if roll < 0.11:
        return data.replace(b"\n", b"\r\n")
    return data


def copied(node: Any) -> Any:
    """A deep copy of what JSON is made of."""
    if isinstance(node, dict):
        return {key: copied(item) for key, item in node.items()}
    return [copied(item) for item in node] if isinstance(node, list) else node


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys or positions."""
    pending = [node]
    while pending:
        container = pending.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            yield container, key
            if isinstance(container[key], dict | list):
                pending.append(container[key])


def restructured(document: Any, chance: random.Random) -> Any:
    """One mutation, in place where that is possible."""
    found = list(places(document)) if isinstance(document, dict | list) else []
    if not found:
        return chance.choice(ODD)
    container, key = chance.choice(found)
    chance.choice(_MUTATIONS)(container, key, chance, found)
    return document


def _replace(container: Any, key: Any, chance: random.Random, _found: Any) -> None:
    container[key] = copied(chance.choice(ODD))


def _remove(container: Any, key: Any, chance: random.Random, _found: Any) -> None:
    del container[key]


def _rename(container: Any, key: Any, chance: random.Random, _found: Any) -> None:
    if isinstance(container, dict):
        value = container.pop(key)
        container[chance.choice((*KEYS, str(key).upper(), f"{key} ", f"{key}x", "\ud800", "", "\x1b[31m"))] = value


def _twin(container: Any, key: Any, chance: random.Random, _found: Any) -> None:
    if isinstance(container, dict):
        container[_Twin(key)] = copied(chance.choice((container[key], *ODD)))
    else:
        container.insert(chance.randrange(len(container) + 1), copied(container[key]))


def _swap(container: Any, key: Any, chance: random.Random, found: Any) -> None:
    other, place = chance.choice(found)
    try:
        container[key], other[place] = copied(other[place]), copied(container[key])
    except (KeyError, IndexError):  # one stood inside of the other
        return


def _grow(container: Any, key: Any, chance: random.Random, _found: Any) -> None:
    value = copied(chance.choice(ODD))
    if isinstance(container, dict):
        container[chance.choice(KEYS)] = value
    else:
        container.insert(key, value)


def _edit_text(container: Any, key: Any, chance: random.Random, found: Any) -> None:
    texts = [(holder, place) for holder, place in found if isinstance(holder[place], str) and holder[place]]
    if not texts:
        return
    holder, place = chance.choice(texts)
    text = holder[place]
    at = chance.randrange(len(text))
    holder[place] = text[:at] + chance.choice(_PIECES) + text[at + chance.choice((0, 1)) :]


_PIECES = (
    "", ".", "[", "]", '"', '["', '"]', "[0]", "\\", "\0", "\n", "\r", "\ud800", "\u202e", "\u200b", "\x1b[2J", "data.",
    "module.", "*", "/", "${", "…", "...", "'", "`", "\x85", "\u2028", "😀", "e\u0301", "::", "##[x]", "0", "1" * 30,
)  # fmt: skip


def _edit_actions(container: Any, key: Any, chance: random.Random, found: Any) -> None:
    actions = [(holder, place) for holder, place in found if place in ("actions", "action")]
    if actions:
        holder, place = chance.choice(actions)
        value = chance.choice(ACTIONS)
        holder[place] = copied(value) if place == "actions" else chance.choice((*_WORDS, value))


_WORDS = ("create", "delete", "replace", "noop", "move", "remove", "update", "read", "import", "forget", "Delete", "")

_Mutation = Callable[[Any, Any, random.Random, Any], None]
_MUTATIONS: tuple[_Mutation, ...] = (
    _replace, _replace, _replace, _remove, _remove, _rename, _twin, _swap, _grow, _edit_text, _edit_text, _edit_actions
)  # fmt: skip


def broken(data: bytes, chance: random.Random, rounds: int = 3) -> bytes:
    """Bytes after a few mutations that know nothing of what they mean."""
    piece = bytearray(data)
    for _ in range(chance.randint(1, rounds)):
        start = chance.randrange(len(piece)) if piece else 0
        end = min(len(piece), start + chance.choice((1, 2, 8, 40, 400)))
        kind = chance.randrange(8)
        if kind == 0:
            del piece[start:]
        elif kind == 1:
            del piece[start:end]
        elif kind == 2 and piece:
            piece[start] = chance.randrange(256)
        elif kind == 3 and piece:
            piece[start] ^= 1 << chance.randrange(8)
        elif kind == 4:
            piece[start:start] = piece[start:end]
        elif kind == 5:
            other = chance.randrange(len(piece) + 1)
            piece[start:start] = piece[other : other + end - start]
        elif kind == 6:
            piece[start:start] = chance.choice(TOKENS)
        else:
            piece[start:end] = chance.choice(TOKENS)
    return bytes(piece)
