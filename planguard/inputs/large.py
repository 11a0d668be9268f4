"""A Terraform plan too large to decode whole → the same `Plan`, in a fraction of the time and memory.

Walks the top level of the document key by key. The lists of changes, the planned values and the prior state pass by in
pieces (`scan`), each decoded by msgspec into no more than is needed; what is small is decoded as in ordinary plans.
Whatever msgspec does not take, or cannot be trusted with, goes piece by piece through the code for ordinary plans, so
that both ways accept and refuse the same. Reads a stream once, from its beginning, and never holds all of it: standard
input needs no temporary file, and a file that shrinks meanwhile ends in an error, as a truncated one does.

Decides nothing about the plan. Imports msgspec: to be imported only for a large plan.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any, BinaryIO

import msgspec

from planguard.errors import InputError
from planguard.inputs import addresses, documents, refusals, text
from planguard.inputs.large_entries import LargeEntry, Layout, Reader, Secrets, names
from planguard.inputs.large_modules import PlannedReader, StateReader
from planguard.inputs.scan import BLOCK, Bytes, Cut, Cuts, Opening, Window, malformed
from planguard.inputs.sections import Rest, State
from planguard.inputs.terraform import RIGHTS, SIGNS, Builder
from planguard.model import Plan

_FIRST_KEYS = SIGNS | {"format_version", "terraform_version", "variables", "prior_state", "configuration", "checks"}
_UNUSED = frozenset({"relevant_attributes"})
"""Proved to be JSON and not decoded: long, and nobody looks into it."""

_FIRST = re.compile(rb'\{[ \t\r\n]*"([a-z_]+)"')
_INDENT = re.compile(rb'\{\r?\n( +)"')
_HEAD = re.compile(
    rb'"address"[ \t\r\n]*:[ \t\r\n]*("[^"\\]*+(?:\\.[^"\\]*+)*+")[ \t\r\n]*,[ \t\r\n]*'
    rb'"(?:module_address|previous_address|mode|deposed)"',
    re.DOTALL,
)
_LEAD = re.compile(rb"\}[ \t\r\n]*(,)[ \t\r\n]*\{[ \t\r\n]*\Z")
_IN_MODULES = {"planned_values": re.compile(rb"\{\{(?:\[\{)*\["), "prior_state": re.compile(rb"\{\{\{(?:\[\{)*\[")}
_OF_MODULES = frozenset({b'"resources":[', b'"child_modules":['})
_ROOTS: dict[str, Opening] = {
    "planned_values": (b"{", b'"root_module":{'),
    "prior_state": (b"{", b'"values":{', b'"root_module":{'),
}


def suits(head: bytes) -> bool:
    """Whether a file that begins like this (some kilobytes) can be read here: UTF-8, and most probably a plan."""
    if text.encoding_of(head[:4]) != "utf-8":
        return False
    first = _FIRST.match(text.lead(head))
    return first is not None and first[1].decode() in _FIRST_KEYS


def read(
    stream: BinaryIO, *, source: str, head: bytes = b"", workspace: str | None = None, block: int = BLOCK
) -> tuple[Plan, ...]:
    """Read all plans of a stream, of which `head` is taken already. Their digests are left out: docs/performance.md.

    Raises `InputError`; `OSError` comes through from the stream.
    """
    plans: list[Plan] = []
    window = Window(stream, head=head, block=block)
    window.need(3)
    if window.text.startswith(b"\xef\xbb\xbf"):
        window.place = 3
    while skip_noise(window) or not plans:
        if plans and window.peek() != ord("{"):
            raise InputError(
                "Something follows the JSON that is neither a plan nor a line of a known wrapper.",
                where=f"byte {window.offset}",
                hint="Give planguard the output of terraform show -json alone.",
            )
        plans.append(_Document(window, Builder(source=source, digest="", workspace=workspace)).read(source))
    if len(plans) > 1:
        return tuple(plan._replace(source=f"{source}#{number}") for number, plan in enumerate(plans, start=1))
    return tuple(plans)


def skip_noise(window: Window) -> bool:
    """Skip blanks and the lines that wrappers add, however long: some repeat the document. Is anything left?"""
    while window.peek() >= 0:
        line = window.line(512).decode("utf-8", "ignore") + "\n"
        if text.skip_noise(line) < len(line):
            return True
        window.drop_line()
    return False


class _Document:
    """One pass over one document."""

    def __init__(self, window: Window, builder: Builder) -> None:
        self._window = window
        self._builder = builder
        self._top: dict[str, Any] = {}
        self._seen: set[str] = set()
        self._present: set[str] = set()
        self._secrets = Secrets()
        self._state = State()
        self._planned_empty = False

    def read(self, name: str) -> Plan:
        """The plan of the document that begins here."""
        self._walk()
        refusal = refusals.document({**dict.fromkeys(self._seen), **self._top})
        if refusal is not None:
            refusal.refuse(name)
        rest = Rest(
            top=self._top,
            present=frozenset(self._present),
            state=self._state,
            secrets=frozenset(self._secrets.found),
            planned_empty=self._planned_empty,
        )
        return self._builder.finish(rest)

    def _walk(self) -> None:
        window = self._window
        window.need(4096)
        indent = _INDENT.match(window.text, window.place)
        self._layout = Layout(len(indent[1]) if indent else None)
        if window.take() != ord("{"):
            raise malformed(window.offset - 1)
        if window.peek() == ord("}"):
            window.take()
            return
        while True:
            key = self._key()
            if key in self._seen:
                raise InputError(
                    "A key stands here twice, so the plan says two things.",
                    where=f"$.{key}" if key.isidentifier() else "$",
                    hint="Terraform never writes that: find out what changed the file.",
                )
            self._seen.add(key)
            self._member(key)
            behind = window.take()
            if behind == ord("}"):
                return
            if behind != ord(","):
                raise malformed(window.offset - 1)

    def _key(self) -> str:
        window = self._window
        if window.peek() not in (ord('"'), -1):
            raise malformed(window.offset)
        written = window.value()
        if window.take() != ord(":"):
            raise malformed(window.offset - 1)
        return str(next(iter(_document(written.decode(), b"0").value)))

    def _member(self, key: str) -> None:
        first = self._window.peek()
        if key in ("resource_changes", "resource_drift") and first == ord("["):
            self._present.add(key)
            self._list(key)
        elif key == "planned_values" and first == ord("{"):
            self._present.add(key)
            self._planned()
        elif key == "prior_state" and first == ord("{"):
            self._present.add(key)
            self._prior()
        elif key in _UNUSED and first in b"[{":
            self._present.add(key)
            self._window.pass_by(_proved, partial(_prove, key), _ALL)
        else:
            self._small(key)

    def _small(self, key: str) -> None:
        document = _document(json.dumps(key), self._window.value())
        value = document.value[key]
        if value is not None:
            self._present.add(key)
        if key in documents.LISTS:
            documents.push(document, self._builder, key)
        elif key == "planned_values":
            self._planned_empty = documents.read_planned(value, self._secrets.found)
        elif key == "prior_state":
            self._state = documents.read_state(value, self._secrets.found)
        else:
            self._top[key] = value

    def _list(self, key: str) -> None:
        changes = _Changes(key, self._builder, Reader(self._layout, self._secrets))
        self._window.pass_by(changes.fast, changes.slow, _LIST)

    def _planned(self) -> None:
        reader = PlannedReader(self._secrets)
        self._modules("planned_values", reader)
        self._planned_empty = reader.empty

    def _prior(self) -> None:
        reader = StateReader(self._secrets)
        self._modules("prior_state", reader)
        self._state = reader.state

    def _modules(self, key: str, reader: PlannedReader | StateReader) -> None:
        root = _ROOTS[key]

        def guess(found: Bytes, start: int) -> Cut | None:
            last = boundary(found, start)
            if last is None:
                return None
            comma, address = last
            depth = _depth(address)
            return Cut(comma, (*root, *(b'"child_modules":[', b"{") * depth, b'"resources":['))

        def slow(piece: bytes) -> None:
            reader.slow(_document(f'"{key}"', piece))

        self._window.pass_by(reader.fast, slow, Cuts(_IN_MODULES[key], guess, _OF_MODULES))


class _Changes:
    """Hands the elements of `resource_changes` or `resource_drift` on to the builder."""

    def __init__(self, key: str, builder: Builder, reader: Reader) -> None:
        self._key, self._builder, self._reader = key, builder, reader
        self._count = 0

    def fast(self, piece: memoryview) -> bool:
        """Take a piece; False where it does not fit."""
        entries = self._reader.read(piece)
        if entries is None:
            return False
        for position, entry in enumerate(entries, self._count):
            entry.position = position
        self._count += len(entries)
        if self._key == "resource_drift":
            for entry in entries:
                if entry.plain:
                    entry.keep()  # the others are kept already; of drift, the builder keeps them all
                self._builder.drift(entry)
        else:
            self._change(entries)
        return True

    def slow(self, piece: bytes) -> None:
        """Take a piece as the standard decoder decodes it."""
        self._count = documents.push(_document(f'"{self._key}"', piece), self._builder, self._key, self._count)

    def _change(self, entries: list[LargeEntry]) -> None:
        for entry in entries if self._builder.curious else ():
            if entry.plain and self._builder.curious:
                entry.keep()  # the others are kept already
            self._builder.witness(entry)
        for entry in entries:
            if entry.type in RIGHTS:
                if entry.plain:
                    entry.keep()
                self._builder.stands(entry)
        others = [entry for entry in entries if not entry.plain]
        plain = names(entry for entry in entries if entry.plain)
        if self._builder.all_unchanged(plain, (entry.address for entry in others)):
            entries = others
        for entry in entries:
            if entry.plain:
                self._builder.unchanged(entry)
            else:
                self._builder.change(entry)


def boundary(found: Bytes, start: int) -> tuple[int, bytes] | None:
    """The comma before the last `{"address": …, "mode"` of the text, and that address as JSON. Most probably it stands
    between two objects of Terraform's, and not inside of the attributes of one."""
    place = len(found)
    for _ in range(64):
        place = found.rfind(b'"address"', start, place)
        if place < 0:
            return None
        head = _HEAD.match(found, place)
        lead = _LEAD.search(found, max(start, place - 64), place) if head else None
        if head and lead:
            return lead.start(1), head[1]
    return None


def _in_list(found: Bytes, start: int) -> Cut | None:
    last = boundary(found, start)
    return Cut(last[0], (b"[",)) if last else None


_LIST = Cuts(re.compile(rb"\["), _in_list)
_ALL = Cuts(re.compile(rb".+", re.DOTALL), lambda _found, _start: None)


def _depth(address: bytes) -> int:
    """How many modules an object stands in."""
    try:
        steps = addresses.steps(json.loads(address)) or ()
    except ValueError:
        return 0
    depth = 0
    while 2 * depth + 1 < len(steps) and steps[2 * depth] == _MODULE:
        depth += 1
    return depth


_MODULE = addresses.Step("module")


def _document(key: str, written: bytes) -> text.Document:
    """A value under its key (written as in JSON), as ordinary plans are decoded; an error if it is not JSON."""
    return next(text.documents("".join(("{", key, ":", written.decode(), "}"))))


def _proved(piece: memoryview) -> bool:
    """Whether a piece is JSON as far as msgspec can tell, without keeping anything of it."""
    try:
        _NOTHING.decode(piece)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _prove(key: str, piece: bytes) -> None:
    _document(f'"{key}"', piece)


_NOTHING = msgspec.json.Decoder(msgspec.Raw)
