"""The trailers of a commit message: `Key: value` lines at its end. Knows their form, and nobody who writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(\S.*)")
_ANYWHERE = frozenset(("co-authored-by", "replit-commit-author", "amp-thread-id"))
"""A merge puts a whole message, trailers and all, into the middle of another; these keys stand in no prose."""
_SCISSORS = re.compile(r"# -+ >8 -+")
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
MOST_LINES = 5000
"""Of one message; whoever writes more has no trailers to show."""


def trailers(message: str) -> Iterator[tuple[str, str, str]]:
    """(key in lower case, value, the line as it stands), in the order of the message."""
    lines = _SCISSORS.split(message, maxsplit=1)[0].splitlines()[-MOST_LINES:]
    last = _last_paragraph(lines)
    for number, (key, value, line) in _unfolded(lines):
        if number >= last or key in _ANYWHERE:
            yield key, value, line


def address(value: str) -> str:
    """`a@b` of `Name <a@b>`, or of a bare `a@b`; empty where there is none."""
    found = _ADDRESS.search(value)
    if found is not None:
        return found.group(1)
    return value.strip() if "@" in value and " " not in value.strip() else ""


def name(value: str) -> str:
    """`Name` of `Name <a@b>`."""
    return value.partition("<")[0].strip().strip('"')


def _unfolded(lines: list[str]) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Every line of the form, with those joined to it that continue it (they begin with a blank)."""
    number = 0
    while number < len(lines):
        found = _TRAILER.fullmatch(lines[number].rstrip())
        start = number
        number += 1
        if found is None:
            continue
        value = found.group(2).strip()
        while number < len(lines) and lines[number][:1] in (" ", "\t") and lines[number].strip():
            value += " " + lines[number].strip()
            number += 1
        yield start, (found.group(1).lower(), value, lines[start].strip())


def _last_paragraph(lines: list[str]) -> int:
    """The line with which it begins; past the end where the message is one paragraph, whose first line is a title."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    return start if start else len(lines)
