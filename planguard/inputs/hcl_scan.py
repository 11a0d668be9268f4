"""HCL text → its top-level blocks and comments, by their places alone. Looks into no block.

Strings, templates, heredocs and comments are stepped over, so that a brace inside of them is not taken for one. Where
the text makes no sense, the scan goes on at the next line that begins a block: one mistake does not hide the rest.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple


class Malformed(Exception):
    """The text makes no sense at an offset."""

    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at, self.problem = at, problem


class Lines:
    """Offsets → line numbers."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def of(self, offset: int) -> int:
        """The line of an offset, counted from 1."""
        return bisect_right(self._starts, offset)


class Place(NamedTuple):
    """Where a block stands."""

    kind: str
    labels: tuple[str, ...]
    start: int
    """Offset of its first word."""
    inside: int
    """Offset behind the opening brace."""
    end: int
    """Offset of the closing brace."""


class Attribute(NamedTuple):
    """`name = …` at the top level, as variable files have it."""

    name: str
    start: int
    expression: int
    end: int


class Scan(NamedTuple):
    """What a file is made of."""

    blocks: tuple[Place, ...]
    attributes: tuple[Attribute, ...]
    comments: tuple[tuple[int, str], ...]
    """Offset and text of the comments that speak to planguard."""
    problem: Malformed | None
    """The first mistake."""


MARK = "planguard:ignore"
MOST_MISTAKES = 20
"""In one file; behind them, nothing more is read."""

_BLANK = re.compile(r"[\s\ufeff]*")
_NAME = r"[^\W\d][\w-]*"
HEADER = re.compile(rf'({_NAME})((?:[ \t]+(?:{_NAME}|"(?:[^"\\\n]|\\.)*"))*)[ \t]*(\{{|=(?!=))')
_LABEL = re.compile(rf'({_NAME})|"((?:[^"\\\n]|\\.)*)"')
_AGAIN = re.compile(rf'^(?:{_NAME}(?:[ \t]+(?:{_NAME}|"[^"\n]*"))*[ \t]*\{{)', re.MULTILINE)
# Whatever can change what a brace means, or is one. Simple strings are taken whole.
_NEXT = re.compile(
    r"(?P<open>[{(\[])|(?P<close>[})\]])"
    r'|(?P<plain>"(?:[^"\\\n$%]|\\.|\$\$\{|%%\{|[$%](?!\{))*")|(?P<quote>")'
    r"|(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<unclosed>/\*)"
    r"|(?P<heredoc><<-?(?P<word>[^\W\d][\w.-]*)[ \t]*\r?\n)",
    re.DOTALL,
)
_IN_STRING = re.compile(r'\\.|\$\$\{|%%\{|(?P<template>[$%]\{)|(?P<end>")|(?P<line>\n)', re.DOTALL)
_LINE = re.compile(r"\n")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def scan(text: str) -> Scan:
    """The top-level parts of a file."""
    blocks: list[Place] = []
    attributes: list[Attribute] = []
    comments: list[tuple[int, str]] = []
    problem: Malformed | None = None
    position = mistakes = 0
    while True:
        try:
            position = _blank(text, position, comments)
            if position >= len(text):
                break
            header = HEADER.match(text, position)
            if header is None:
                raise Malformed(position, "neither a block nor an attribute begins here")
            if header[3] == "=":
                end = end_of_expression(text, header.end(), comments)
                attributes.append(Attribute(header[1], position, header.end(), end))
                position = end
            else:
                end = closing(text, header.end(), "{", comments)
                blocks.append(Place(header[1], labels(header[2]), position, header.end(), end))
                position = end + 1
        except (Malformed, RecursionError) as error:
            deep = Malformed(position, "it is nested too deeply")
            problem = problem or (error if isinstance(error, Malformed) else deep)
            mistakes += 1
            if mistakes > MOST_MISTAKES:
                break  # every further try may read all the rest again
            again = _AGAIN.search(text, _end_of_line(text, position))
            if again is None:
                break
            position = again.start()
    return Scan(tuple(blocks), tuple(attributes), tuple(comments), problem)


def labels(text: str) -> tuple[str, ...]:
    """The labels of a block, without quotes."""
    return tuple(match[1] or match[2] for match in _LABEL.finditer(text))


def closing(text: str, position: int, opened: str, comments: list[tuple[int, str]]) -> int:
    """Offset of the bracket that closes the one before `position`. Raises Malformed where there is none."""
    start, stack = position - 1, [opened]
    while True:
        match = _NEXT.search(text, position)
        if match is None:
            raise Malformed(start, f"this {stack[0]} is never closed")
        kind = match.lastgroup
        if kind == "open":
            stack.append(match[0])
        elif kind == "close":
            if stack.pop() != _PAIRS[match[0]]:
                raise Malformed(match.start(), f"this {match[0]} closes nothing")
            if not stack:
                return match.start()
        position = _behind(text, match, comments)


def end_of_expression(text: str, position: int, comments: list[tuple[int, str]]) -> int:
    """Offset of the end of an expression: the end of its line, unless a bracket, a comment or a heredoc goes on."""
    while True:
        line = _LINE.search(text, position)
        end = line.start() if line else len(text)
        match = _NEXT.search(text, position, line.end() if line else len(text))
        if match is not None and match.lastgroup == "unclosed":
            match = _NEXT.match(text, match.start())  # a comment of several lines
        if match is None:
            return end
        if match.lastgroup == "close":
            return match.start()
        if match.lastgroup == "open":
            position = closing(text, match.end(), match[0], comments) + 1
            continue
        if match.lastgroup == "comment" and not match[0].startswith("/*"):
            _noted(match, comments)
            return match.start()
        position = _behind(text, match, comments)
        if match.lastgroup in ("heredoc", "word"):
            return position


def end_of_string(text: str, position: int) -> int:
    """Offset behind the quote that ends the string whose first character stands at `position`."""
    start = position - 1
    while True:
        match = _IN_STRING.search(text, position)
        if match is None or match.lastgroup == "line":
            raise Malformed(start, "this string is never closed")
        position = match.end()
        if match.lastgroup == "end":
            return position
        if match.lastgroup == "template":
            position = closing(text, position, "{", []) + 1


def end_of_heredoc(text: str, position: int, word: str, start: int) -> tuple[int, int]:
    """Offsets of the line that ends a heredoc, and behind the word in it."""
    end = re.compile(rf"^[ \t]*{re.escape(word)}(?=[ \t]*(?:\r?\n|\Z|[,)\]}}]))", re.MULTILINE).search(text, position)
    if end is None:
        raise Malformed(start, f"this heredoc has no line that says {word}")
    return end.start(), end.end()


def _behind(text: str, match: re.Match[str], comments: list[tuple[int, str]]) -> int:
    kind = match.lastgroup
    if kind == "quote":
        return end_of_string(text, match.end())
    if kind in ("heredoc", "word"):
        return end_of_heredoc(text, match.end(), match["word"], match.start())[1]
    if kind == "unclosed":
        raise Malformed(match.start(), "this comment is never closed")
    if kind == "comment":
        _noted(match, comments)
    return match.end()


def _noted(match: re.Match[str], comments: list[tuple[int, str]]) -> None:
    if MARK in match[0]:
        comments.append((match.start(), match[0]))


def _blank(text: str, position: int, comments: list[tuple[int, str]]) -> int:
    """Offset behind blanks and comments."""
    while True:
        blank = _BLANK.match(text, position)
        position = blank.end() if blank else position
        match = _NEXT.match(text, position)
        if match is None or match.lastgroup not in ("comment", "unclosed"):
            return position
        position = _behind(text, match, comments)


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end
