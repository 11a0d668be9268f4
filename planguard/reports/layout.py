"""Lines of styled text, wrapped to a width in terminal cells: what a terminal report is made of before it is painted.

Owns wrapping. Must not know what a finding is, nor how a style looks. Wrapping never drops a character of a word: an
address that is broken over lines can be put together again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """A piece of a line in one style (a name from the painter's palette; empty = plain)."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


def cells(text: str) -> int:
    """How many terminal columns the text takes: wide letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(char) in ("Mn", "Me") else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def width_of(line: Line) -> int:
    """Columns of a line."""
    return sum(cells(span.text) for span in line)


_JOINT = r"(?<=[.\]/])(?=[^.\]/])|(?<=[^\[])(?=\[)"
"""Where a long word may be broken: after a dot, a slash or a closing bracket, and before an opening one …"""
_SECOND_JOINT = r"(?<=[:_-])(?=[^:_-])"
"""… and where that is not enough."""


def break_word(word: str, width: int, first: int | None = None) -> list[str]:
    """A word in pieces of at most `width` columns (`first` for the first piece); joined they are the word again."""
    pieces, room = [""], width if first is None else first
    for part in _parts(word, width):
        if pieces[-1] and cells(pieces[-1]) + cells(part) > room:
            pieces.append("")
            room = width
        pieces[-1] += part
    return pieces


def _parts(word: str, width: int) -> Iterator[str]:
    """The pieces between joints; one that is still too long is broken at lesser joints, or cut by force."""
    for part in re.split(_JOINT, word):
        if cells(part) <= width:
            yield part
            continue
        for piece in re.split(_SECOND_JOINT, part):
            yield from _cut(piece, width)


def _cut(text: str, width: int) -> Iterator[str]:
    """Pieces of at most `width` columns, by force; in one pass, since a hostile name may be very long."""
    start = used = 0
    for at, char in enumerate(text):
        size = cells(char)
        if used + size > width and at > start:
            yield text[start:at]
            start, used = at, 0
        used += size
    yield text[start:]


def wrap(text: str, width: int, first: int | None = None) -> list[str]:
    """A sentence in lines of at most `width` columns (`first` for the first line), broken at blanks; at least one line.

    A word that does not fit on a line by itself is broken at its joints.
    """
    room = width if first is None else first
    if cells(text) <= room and "  " not in text:
        return [text]
    lines, current, used = [], "", 0
    for word in text.split(" "):
        size = cells(word)
        if current and used + 1 + size <= room:
            current, used = f"{current} {word}", used + 1 + size
            continue
        if current or room < size <= width:
            lines.append(current)
            room = width
        *full, current = break_word(word, min(room, width), room) if size > room else [word]
        if full:
            lines += full
            room = width
        used = cells(current)
    return [*lines, current] if current or not lines else lines
