"""What the words of a command can be once the shell has expanded them. Runs nothing.

A part that cannot be known is a `HOLE` in the text. A variable may have several values (it was set in two branches):
a word then has several readings, and every one of them is judged.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from planguard.shell.syntax import ansi, parse, source, unescaped, unquoted

if TYPE_CHECKING:
    from tree_sitter import Node

HOLE = "\ufffc"
MOST_READINGS = 16
"""Of one word or command; with more of them, the rest is not known."""

MOST_LETTERS = 20_000
"""Of the value of a variable; two lines of shell can make one that fills the memory."""

_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*])(?:\[[@*0-9]+\])?(.*)\}", re.DOTALL)
_ARRAY = re.compile(r"\"\$\{\w+\[@\]\}\"")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")

Fields = tuple[str, ...]
Piece = tuple[str, bool]
"""(text, whether blanks in it divide words)"""


def names(text: str) -> frozenset[str]:
    """The names in a list that is divided by blanks."""
    return frozenset(text.split())


class Scope:
    """What a shell knows at one moment: variables, functions, aliases, its arguments, the files that it wrote."""

    def __init__(self, arguments: Fields = ()) -> None:
        self.values: dict[str, tuple[str, ...]] = {}
        self.functions: dict[str, Node] = {}
        self.aliases: dict[str, str] = {}
        self.arguments = arguments
        self.files: dict[str, str | None] = {}
        """Path → what was written there in the same breath; None: something that cannot be known."""
        self.renamed: dict[str, str] = {}
        """Path → the program that was copied or linked there."""
        self.folder = ""

    def inner(self, arguments: Fields | None = None) -> Scope:
        """The scope of a function or a script: it sees all, and its changes are seen."""
        scope = Scope(self.arguments if arguments is None else arguments)
        scope.values, scope.functions, scope.aliases = self.values, self.functions, self.aliases
        scope.files, scope.renamed, scope.folder = self.files, self.renamed, self.folder
        return scope

    def set(self, name: str, values: Iterable[str], *, perhaps: bool) -> None:
        """Give a variable its value; where that is in a branch, it may also still have the old one."""
        before = self.values.get(name, ()) if perhaps else ()
        found = dict.fromkeys(value if len(value) <= MOST_LETTERS else HOLE for value in (*before, *values))
        self.values[name] = tuple(found) if len(found) <= MOST_READINGS else (HOLE,)

    def get(self, name: str) -> tuple[str, ...]:
        """The values that a variable may have."""
        if name in ("@", "*"):
            return (" ".join(self.arguments),)
        if name.isdigit() and name != "0":
            index = int(name) - 1
            return (self.arguments[index] if index < len(self.arguments) else "",)
        return self.values.get(name, (HOLE,))


class Words:
    """Expands words in a scope. `output` runs a substitution and tells what it printed, as far as that is known."""

    def __init__(self, scope: Scope, output: Callable[[Node], str | None]) -> None:
        self._scope = scope
        self._output = output

    def readings(self, nodes: Sequence[Node]) -> list[Fields]:
        """What these words, side by side, can be."""
        return _product([self.fields(node) for node in nodes])

    def fields(self, node: Node) -> list[Fields]:
        """What one word can be: none, one or several fields, in each of its readings."""
        if source(node) in ('"$@"', '"${@}"'):
            return [self._scope.arguments]
        found = [_split(pieces) for pieces in self._pieces(node)]
        if _ARRAY.fullmatch(source(node)):
            found = [tuple(" ".join(fields).split()) for fields in found]
        raw = source(node)
        if "{" in raw and "," in raw and not any(quote in raw for quote in "'\"`"):
            found = [tuple(itertools.chain.from_iterable(map(_braces, fields))) for fields in found]
        return found

    def text(self, node: Node) -> list[str]:
        """What a word can be as one text, as in an assignment."""
        return list(dict.fromkeys("".join(text for text, _ in pieces) for pieces in self._pieces(node)))

    def _pieces(self, node: Node) -> list[list[Piece]]:
        kind, raw = node.type, source(node)
        if kind in ("word", "number", "extglob_pattern", "regex", "variable_name", "test_operator"):
            return [[(unescaped(raw), False)]]
        if kind == "raw_string":
            return [[(raw[1:-1], False)]]
        if kind == "ansi_c_string":
            return [[(ansi(raw[2:-1]), False)]]
        if kind in ("string", "translated_string", "heredoc_body"):
            return self._quoted(node)
        if kind in ("concatenation", "command_name"):
            return _joined([self._pieces(child) for child in node.named_children])
        if kind in ("simple_expansion", "expansion"):
            return [[(value, True)] for value in self._variable(raw)]
        if kind == "command_substitution":
            printed = self._output(node)
            return [[(HOLE if printed is None else printed.rstrip("\n"), True)]]
        if kind == "process_substitution":
            path = f"/dev/fd/{node.start_byte}"
            self._scope.files[path] = self._output(node)
            return [[(path, False)]]
        if kind == "array":
            return _joined(
                [[[*pieces, (" ", True)] for pieces in self._pieces(child)] for child in node.named_children]
            )
        return [[(HOLE, False)]]

    def _quoted(self, node: Node) -> list[list[Piece]]:
        """Text with expansions in it. What the grammar leaves out between two of them (blanks) counts as text."""
        raw = node.text or b""
        start, end = (1, len(raw) - 1) if node.type == "string" else (0, len(raw))
        parts: list[list[list[Piece]]] = []
        for child in node.named_children:
            if child.type in ("string_content", "heredoc_content"):
                continue
            here = child.start_byte - node.start_byte
            parts.append([[(unquoted(raw[start:here].decode("utf-8", "replace")), False)]])
            parts.append([[(text, False) for text, _ in pieces] for pieces in self._pieces(child)])
            start = child.end_byte - node.start_byte
        parts.append([[(unquoted(raw[start:end].decode("utf-8", "replace")), False)]])
        if node.type == "translated_string":
            parts = parts[1:-1]
        return _joined(parts)

    def _variable(self, raw: str) -> tuple[str, ...]:
        if not raw.startswith("${"):
            return self._scope.get(raw[1:])
        found = _NAME.fullmatch(raw)
        if found is None:
            return (HOLE,)
        name, rest = found.groups()
        values = self._scope.get(name)
        if not rest:
            return values
        if rest[0] in "-=" or rest[:2] in (":-", ":="):
            default = self._default(rest.lstrip(":")[1:])
            return tuple(
                itertools.chain.from_iterable(default if value in ("", HOLE) else (value,) for value in values)
            )
        if rest[0] == "+" or rest[:2] == ":+":
            return (*self._default(rest.lstrip(":")[1:]), "")
        if HOLE in values:
            return (HOLE,)
        changed = {",,": str.lower, "^^": str.upper}.get(rest)
        if changed is not None:
            return tuple(map(changed, values))
        cut = re.fullmatch(r":\s*([0-9]+)(?::([0-9]+))?", rest)
        if cut is not None:
            start, length = int(cut.group(1)), cut.group(2)
            return tuple(value[start : start + int(length) if length else None] for value in values)
        swap = re.fullmatch(r"(//?)([^/*?\[\\$`'\"]+)/([^$`'\"\\]*)", rest)
        if swap is not None:
            times = -1 if swap.group(1) == "//" else 1
            return tuple(value.replace(swap.group(2), swap.group(3), times) for value in values)
        return (HOLE,)

    def _default(self, text: str) -> tuple[str, ...]:
        words = [child for child in parse(f"_ {text}").named_children if child.type == "command"]
        if not words:
            return (text,)
        return tuple(" ".join(fields) for fields in self.readings(words[0].named_children[1:]))


def _joined(parts: Sequence[list[list[Piece]]]) -> list[list[Piece]]:
    readings: list[list[Piece]] = [[]]
    for part in parts:
        readings = [[*left, *right] for left in readings for right in part]
        if len(readings) > MOST_READINGS:
            return [[(HOLE, True)]]
    return readings


def _product(words: Sequence[list[Fields]]) -> list[Fields]:
    readings: list[Fields] = [()]
    for word in words:
        if len(readings) * len(word) > MOST_READINGS:
            word = [(HOLE,)]
        readings = [(*left, *right) for left in readings for right in word]
    return readings


def _split(pieces: Sequence[Piece]) -> Fields:
    """Fields of one word. Blanks within an unquoted expansion divide; an expansion that is empty leaves no field."""
    fields: list[str] = []
    current: str | None = None
    for text, divides in pieces:
        if not divides:
            current = (current or "") + text
            continue
        words = text.split()
        if text[:1].isspace() and current is not None:
            fields.append(current)
            current = None
        for number, word in enumerate(words):
            if number:
                fields.append(current or "")
                current = None
            current = (current or "") + word
        if words and text[-1:].isspace():
            fields.append(current or "")
            current = None
    if current is not None:
        fields.append(current)
    return tuple(fields)


def _braces(field: str) -> Fields:
    """`a{b,c}` → `ab`, `ac`."""
    waiting, done = [field], list[str]()
    while waiting and len(waiting) + len(done) <= MOST_READINGS:
        text = waiting.pop(0)
        found = _BRACES.search(text)
        if found is None:
            done.append(text)
            continue
        left, right = text[: found.start()], text[found.end() :]
        waiting[:0] = [left + middle + right for middle in found.group(1).split(",")]
    return (*done, *([HOLE] if waiting else []))
