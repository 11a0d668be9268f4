"""A window that moves over JSON too large to hold: cuts it into pieces, each a complete JSON text of its own.

A piece starts and ends between two elements. In front of it the containers that are open there are opened again, behind
it those that are open at its end are closed: `{"a":[{"b":[` + text + `]}]}`. Where the brackets at its end are only
guessed, a strict decoder is the judge: such a text is valid exactly if the guess was right, for the closing brackets
match nothing but the containers that are open, and hold no quote that could end a string. Where the guess is wrong, the
text is surveyed bracket by bracket, which is slower, linear, and exact. So no input can make the work quadratic.

Owns bytes, brackets and the proof that they are UTF-8. Knows nothing of Terraform and decodes no values: whoever asks
for pieces brings the decoders.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from planguard.errors import InputError

BLOCK = 256 * 1024
"""Bytes read at a time: what stays inside the processor's second cache is decoded twice as fast as what does not."""

ROOM = 4096
"""Bytes kept in front of what is ahead, for the brackets that open a piece; the text is moved only now and then."""

Bytes = bytes | bytearray

Opening = tuple[bytes, ...]
"""The containers that are open at some place, outermost first, as they are opened: `b'{'`, `b'"resources":['`."""

_RUN = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])|.+', re.DOTALL)
_COMMA = re.compile(rb"[ \t\r\n]*,")
_SPACE = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s",:{}\[\]]+', re.DOTALL)
_BLANKS = frozenset(b" \t\r\n")
_CLOSER = {ord("{"): b"}", ord("["): b"]"}


class Cut(NamedTuple):
    """Where a piece may end."""

    comma: int
    """Place of the comma behind its last element."""
    opening: Opening
    """What is open there."""


class Cuts(NamedTuple):
    """Where a container may be cut."""

    shape: re.Pattern[bytes]
    """Matches the open brackets (`[{[`) between whose elements a piece may end, so that it holds whole objects."""
    guess: Callable[[Bytes, int], Cut | None]
    """From a text and the place where a piece begins: where it probably ends."""
    names: frozenset[bytes] | None = None
    """How the innermost of them must be opened (`"resources":[`); None: in any way."""


class Survey(NamedTuple):
    """What walking over the brackets of a text found."""

    end: int | None = None
    """The place behind the value, if it ends inside the text."""
    cut: Cut | None = None
    """Otherwise the last place where a piece may end, if there is one."""


def malformed(offset: int) -> InputError:
    """The error for text that is not JSON."""
    return InputError(
        "This is not valid JSON.",
        where=f"byte {offset}",
        hint="Write the plan anew with `terraform show -json tfplan > plan.json`, and pass that file on unchanged.",
    )


def truncated(offset: int) -> InputError:
    """The error for a document that stops in the middle."""
    return InputError(
        "The plan ends in the middle: the file is incomplete.",
        where=f"byte {offset}",
        hint="Check that the command which wrote it succeeded, and that the disk was not full; then write it anew.",
    )


class Window:
    """The part of a stream that is being looked at. `text[place:]` is what is read but not yet consumed.

    Pieces are decoded where they lie: what comes in front of and behind them is written into the text for a moment. So
    a decoder must keep nothing that refers to a piece; if it does, the next read fails with a `BufferError`.
    """

    def __init__(self, stream: BinaryIO, *, head: bytes = b"", block: int = BLOCK) -> None:
        self.text = bytearray()
        self.place = 0
        self.ended = False
        self._stream = stream
        self._block = block
        self._passed = 0
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._split = False
        self._append(head)

    @property
    def offset(self) -> int:
        """Bytes from the beginning of the stream to `place`."""
        return self._passed + self.place

    def more(self, size: int = 0) -> bool:
        """Read on, and drop what is consumed; False at the end of the stream."""
        if self.ended:
            return False
        data = self._stream.read(max(size, self._block))
        if not data:
            self.ended = True
        consumed = self.place - ROOM
        if consumed > 0:
            del self.text[:consumed]
            self._passed += consumed
            self.place = ROOM
        self._append(data)
        return bool(data)

    def grow(self) -> None:
        """Read as much again as there is already, so that starting over stays linear; an error at the end."""
        if not self.more(len(self.text) - self.place):
            raise truncated(self._passed + len(self.text))

    def need(self, size: int) -> None:
        """Read until so many bytes lie ahead, or the stream ends."""
        while len(self.text) - self.place < size and self.more():
            pass

    def skip(self, pattern: re.Pattern[bytes]) -> None:
        """Consume whatever `pattern`, which matches everywhere, matches from here on."""
        while True:
            match = pattern.match(self.text, self.place)
            assert match is not None
            end = match.end()
            del match  # it would keep the text from growing
            self.place = end
            if end < len(self.text) or not self.more():
                return

    def line(self, limit: int) -> bytes:
        """The line that begins here, or its first `limit` bytes; not consumed."""
        self.need(limit)
        end = self.text.find(b"\n", self.place, self.place + limit)
        return bytes(self.text[self.place : end if end >= 0 else self.place + limit])

    def drop_line(self) -> None:
        """Consume the rest of a line, however long it is."""
        while True:
            end = self.text.find(b"\n", self.place)
            self.place = end + 1 if end >= 0 else len(self.text)
            if end >= 0 or not self.more():
                return

    def peek(self) -> int:
        """Skip white space and look at the next byte; -1 at the end of the stream."""
        if self.place < len(self.text) and self.text[self.place] not in _BLANKS:
            return self.text[self.place]
        self.skip(_SPACE)
        return self.text[self.place] if self.place < len(self.text) else -1

    def take(self) -> int:
        """The next byte that is not white space, consumed; an error at the end."""
        byte = self.peek()
        if byte < 0:
            raise truncated(self.offset)
        self.place += 1
        return byte

    def value(self) -> bytes:
        """The whole text of the value that begins here, consumed. Its brackets match; that it is JSON is not proved."""
        byte = self.peek()
        if byte < 0:
            raise truncated(self.offset)
        while True:
            end = survey(self.text, self.place, self._passed).end if byte in b"{[" else self._scalar_end()
            if end is not None:
                value = bytes(self.text[self.place : end])
                self.place = end
                return value
            self.grow()

    def pass_by(self, fast: Callable[[memoryview], bool], slow: Callable[[bytes], None], cuts: Cuts) -> None:
        """Consume the container that begins here, decoded piece by piece.

        `fast` is False for what it cannot take, and then has done nothing: text that is not JSON, or JSON that needs a
        closer look; `slow` has the last word on such a piece, and raises.
        """
        opening: Opening = ()
        after: Opening
        while True:
            if opening and self.peek() in (ord("}"), ord("]")):
                raise malformed(self.offset)  # a comma before a closing bracket, which the pieces alone would not show
            guessed = cuts.guess(self.text, self.place)
            if guessed is not None and self._decoded(fast, opening, guessed.comma, guessed.opening):
                opening = self._advance(guessed)
                continue
            seen = survey(self.text, self.place, self._passed, opening, cuts)
            if seen.end is not None:
                end, after = seen.end, ()
            elif seen.cut is not None:
                end, after = seen.cut
            else:
                self.grow()
                continue
            if not self._decoded(fast, opening, end, after):
                slow(self._piece(opening, end, after))
            if seen.cut is None:
                self.place = end
                return
            opening = self._advance(seen.cut)

    def _advance(self, cut: Cut) -> Opening:
        self.place = cut.comma + 1
        self.more()
        return cut.opening

    def _decoded(self, fast: Callable[[memoryview], bool], opening: Opening, end: int, after: Opening) -> bool:
        front, back = b"".join(opening), _closing(after)
        start, stop = self.place - len(front), end + len(back)
        if start < 0 or stop > len(self.text):
            return fast(memoryview(self._piece(opening, end, after)))
        saved = self.text[end:stop]
        self.text[start : self.place] = front  # consumed, nobody looks there again
        self.text[end:stop] = back
        try:
            return fast(memoryview(self.text)[start:stop])
        finally:
            self.text[end:stop] = saved

    def _piece(self, opening: Opening, end: int, after: Opening) -> bytes:
        return b"".join((*opening, self.text[self.place : end], _closing(after)))

    def _scalar_end(self) -> int | None:
        match = _SCALAR.match(self.text, self.place)
        if match is None:
            if self.text[self.place] != ord('"'):
                raise malformed(self.offset)
            return None
        # What touches the end of the text may go on behind it.
        return match.end() if match.end() < len(self.text) or self.ended else None

    def _append(self, data: bytes) -> None:
        """msgspec takes strings that are not UTF-8 when it skips them; the standard decoder does not, nor does this."""
        if self._split or not data.isascii():
            try:
                self._utf8.decode(data, final=self.ended)
            except UnicodeDecodeError as error:
                raise InputError(
                    "This is not text: it holds bytes that are not UTF-8.",
                    where=f"byte {self._passed + len(self.text) + error.start}",
                    hint="Write the plan anew with `terraform show -json tfplan > plan.json`.",
                ) from None
            self._split = self._utf8.getstate()[0] != b""
        self.text += data


def _closing(opening: Opening) -> bytes:
    return b"".join([_CLOSER[opened[-1]] for opened in reversed(opening)])


def survey(text: Bytes, start: int, passed: int, opening: Opening = (), cuts: Cuts | None = None) -> Survey:
    """Walk over the brackets from `start`, where `opening` is open, to the end of the value or of the text."""
    kinds = bytearray(opened[-1] for opened in opening)
    places = [-1] * len(opening)
    comma, depth, cut_places = -1, 0, places
    for match in _RUN.finditer(text, start):
        if match.lastindex is None:
            break  # the text ends inside a string, or between brackets
        place = match.end() - 1
        byte = text[place]
        if byte in b"{[":
            kinds.append(byte)
            places.append(place)
            continue
        if not kinds or _CLOSER[kinds.pop()][0] != byte:
            raise malformed(passed + place)
        places.pop()
        if not kinds:
            return Survey(end=place + 1)
        if cuts is not None and cuts.shape.fullmatch(kinds) and _allowed(text, opening, places, cuts.names):
            behind = _COMMA.match(text, place + 1)
            if behind is not None:
                comma, depth, cut_places = behind.end() - 1, len(kinds), places.copy()
    if comma < 0:
        return Survey()
    return Survey(cut=Cut(comma, tuple(_open(text, opening, cut_places[:depth]))))


def _allowed(text: Bytes, opening: Opening, places: list[int], names: frozenset[bytes] | None) -> bool:
    last = places[-1]
    return names is None or (opening[len(places) - 1] if last < 0 else _named(text, last)) in names


def _open(text: Bytes, opening: Opening, places: list[int]) -> Iterator[bytes]:
    """What is open at a cut: what was open before the text as it was opened, the rest by its place."""
    for level, place in enumerate(places):
        if place < 0:
            yield opening[level]
        elif level == 0:
            yield bytes(text[place : place + 1])  # the value itself: its own key is no part of it
        else:
            yield _named(text, place)


def _named(text: Bytes, place: int) -> bytes:
    """The bracket at `place`, with its key in front where it has one."""
    kind = bytes(text[place : place + 1])
    colon = _before(text, place)
    if text[colon : colon + 1] != b":":
        return kind
    end = _before(text, colon)
    start = text.rfind(b'"', 0, end)
    while start > 0 and _escaped(text, start):
        start = text.rfind(b'"', 0, start)
    return bytes(text[max(start, 0) : end + 1]) + b":" + kind


def _before(text: Bytes, place: int) -> int:
    """The last place before `place` that is not white space."""
    place -= 1
    while place > 0 and text[place] in b" \t\r\n":
        place -= 1
    return place


def _escaped(text: Bytes, place: int) -> bool:
    slashes = 0
    while place > slashes and text[place - slashes - 1] == ord("\\"):
        slashes += 1
    return slashes % 2 == 1
