"""Bytes -> a tree of nodes that know their lines: the grammar half of `strict_yaml`.

Owns what a YAML document may look like at all: one document, UTF-8, no duplicate keys, no tags, no endless aliases.
Decides nothing about what the keys mean. Never imports yaml at module level: it costs 17 ms, and most runs read none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from planguard.errors import ConfigError

if TYPE_CHECKING:
    from yaml import MarkedYAMLError
    from yaml.events import Event, NodeEvent, ScalarEvent

MAX_BYTES = 1_048_576
MAX_NODES = 100_000
MAX_DEPTH = 20


class Node(NamedTuple):
    """One value as it stands in the file."""

    kind: str
    """`map`, `list`, `text`, `empty`, or what YAML takes it for because it has no quotes: `number`, `octal`, `date`,
    `yes/no`, `merge`."""
    line: int
    """Counted from 1."""
    text: str = ""
    pairs: tuple[tuple[Node, Node], ...] = ()
    items: tuple[Node, ...] = ()
    size: int = 1
    """How many nodes it is with every alias written out."""


def decode(data: bytes, file: str) -> str:
    """The text of a file, which must be UTF-8, of a sane size, and free of control characters."""
    if len(data) > MAX_BYTES:
        raise ConfigError("is larger than 1 MiB", where=file, hint="Is this the file that you meant?")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigError("is UTF-16 text, not UTF-8", where=file, hint="PowerShell's > writes that; save it as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("is not UTF-8 text", where=f"{file}:{line}", hint="Save the file as UTF-8.") from None
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise ConfigError(f"holds a control character (U+{ord(found[0]):04X})", where=f"{file}:{line}")
    return text


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")


def build(text: str, file: str) -> Node:
    """The one document in `text`; a text of nothing but comments is an `empty` node."""
    import yaml

    # libyaml where there is one: the parser in Python takes ten seconds for a megabyte.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        return _Builder(loader, file).document()
    except yaml.MarkedYAMLError as error:
        raise _grammar(error, text, file) from None
    except yaml.YAMLError:
        raise ConfigError("is not valid YAML", where=file) from None
    finally:
        loader.dispose()


class _Builder:
    """Pulls events, so that depth and size are refused before they cost anything."""

    def __init__(self, loader: Any, file: str) -> None:
        self._resolver = loader
        self._next: Callable[[], Any] = loader.get_event
        self._file = file
        self._anchors: dict[str, Node | None] = {}
        self._size = 0

    def document(self) -> Node:
        from yaml import DocumentStartEvent, StreamEndEvent

        self._next()  # the start of the stream
        event = self._next()
        if isinstance(event, StreamEndEvent):
            return Node("empty", 1)
        root = self._node(self._next(), 0)
        self._next()  # the end of the document
        event = self._next()
        if isinstance(event, DocumentStartEvent):
            raise self._error(event, "a second document starts here (---), and one is allowed")
        return root

    def _error(self, event: Event, problem: str, hint: str | None = None) -> ConfigError:
        return ConfigError(problem, where=f"{self._file}:{_line(event)}", hint=hint)

    def _node(self, event: NodeEvent, depth: int) -> Node:
        from yaml import AliasEvent, MappingStartEvent, ScalarEvent

        if isinstance(event, AliasEvent):
            return self._alias(event)
        if depth >= MAX_DEPTH:
            raise self._error(event, f"is nested more than {MAX_DEPTH} levels deep")
        if getattr(event, "tag", None) not in (None, "!"):
            raise self._error(event, "tags (words that start with !) mean nothing here", "A value needs no tag.")
        anchor: str | None = event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        if isinstance(event, ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, MappingStartEvent):
            node = self._mapping(event, depth)
        else:
            node = self._list(event, depth)
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _alias(self, event: NodeEvent) -> Node:
        name = str(event.anchor)
        node = self._anchors.get(name)
        if node is None and name in self._anchors:
            raise self._error(event, f"*{name} stands inside &{name} itself")
        if node is None:
            raise self._error(event, f"*{name} refers to &{name}, which is nowhere above", _STAR)
        return self._counted(event, node._replace(line=_line(event)))

    def _counted(self, event: Event, node: Node) -> Node:
        self._size += node.size
        if self._size > MAX_NODES:
            raise self._error(event, f"holds more than {MAX_NODES} values, aliases written out")
        return node

    def _scalar(self, event: ScalarEvent) -> Node:
        from yaml import ScalarNode

        kind = "text"
        if event.implicit[0]:
            tag = self._resolver.resolve(ScalarNode, event.value, event.implicit)
            kind = "octal" if re.fullmatch(r"0[0-9]+", event.value, re.ASCII) else _KINDS.get(tag, "text")
        return self._counted(event, Node(kind, _line(event), event.value))

    def _list(self, start: Event, depth: int) -> Node:
        items = tuple(self._node(event, depth + 1) for event in self._until_end())
        return Node("list", _line(start), items=items, size=1 + sum(item.size for item in items))

    def _mapping(self, start: Event, depth: int) -> Node:
        pairs: dict[str, tuple[Node, Node]] = {}
        merged: list[Node] = []
        for event in self._until_end():
            key = self._node(event, depth + 1)
            value_event = self._next()
            value = self._node(value_event, depth + 1)
            if key.kind == "merge":
                merged.append(self._mergeable(value_event, value))
                continue
            if key.kind in ("map", "list", "empty"):
                raise self._error(event, "a key must be text")
            if key.text in pairs:
                first = pairs[key.text][0].line
                raise self._error(event, f"the key {shown(key.text)} stands twice: here and on line {first}", _TWICE)
            pairs[key.text] = key, value
        for mapping in (mapping for node in merged for mapping in (node.items or (node,))):
            for key, value in mapping.pairs:
                pairs.setdefault(key.text, (key, value))
        size = 1 + sum(key.size + value.size for key, value in pairs.values())
        return Node("map", _line(start), pairs=tuple(pairs.values()), size=size)

    def _mergeable(self, event: Event, node: Node) -> Node:
        if any(part.kind != "map" for part in (node.items if node.kind == "list" else (node,))):
            raise self._error(event, "<< takes a mapping, or a list of mappings")
        return node

    def _until_end(self) -> Iterator[NodeEvent]:
        from yaml import CollectionEndEvent

        while not isinstance(event := self._next(), CollectionEndEvent):
            yield event


_KINDS = {
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:timestamp": "date",
    "tag:yaml.org,2002:bool": "yes/no",
    "tag:yaml.org,2002:null": "empty",
    "tag:yaml.org,2002:merge": "merge",
}
_STAR = "A value that starts with * needs quotes."
_TWICE = "Keep one; a reader of YAML may drop either."


def shown(text: str, most: int = 60) -> str:
    """Text from the file for an error message: in quotes, on one line, cut, and harmless to a terminal."""
    safe = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[: most + 1])
    return f'"{safe}"' if len(text) <= most else f'"{safe[: most - 1]}…"'


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1 if event.start_mark else 1


def _grammar(error: MarkedYAMLError, text: str, file: str) -> ConfigError:
    """What the YAML parser complains about, with the advice for what it usually is."""
    mark = error.problem_mark or error.context_mark
    complaint = f"{error.problem or ''} {error.context or ''}".strip()
    if mark is None:
        return ConfigError("is not valid YAML", where=file)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    where = f"{file}:{mark.line + 1}"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return ConfigError("a tab stands where only spaces may", where=where, hint="Indent with spaces.")
    hint = next((hint for sign, hint in _ADVICE if sign in complaint), None)
    return ConfigError(f"is not valid YAML: {complaint}", where=where, hint=hint)


_ADVICE = (
    ("alias", _STAR),
    ("cannot start any token", "A value that starts with this character needs quotes."),
    ("mapping values are not allowed", "Text with a colon in it needs quotes; or the line before is not closed."),
    ("flow", "Inside { } and [ ], an address with [ ] needs quotes."),
    ("block", "Check the indentation: keys of one mapping start in the same column."),
    ("simple key", "A key needs a colon after it."),
    ("quoted scalar", "A quote is open at the end of the file."),
)
