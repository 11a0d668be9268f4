"""Expressions of the configuration language, as far as they can be understood.

What is not understood becomes `Opaque`, with its text, so that it can still be compared. Calculates nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from planguard.inputs import hcl_scan
from planguard.inputs.addresses import unescaped
from planguard.inputs.hcl_normal import normal
from planguard.inputs.hcl_scan import Malformed
from planguard.sources.expressions import (
    Call,
    Choice,
    Equal,
    For,
    Into,
    Items,
    Literal,
    Opaque,
    Operation,
    Pair,
    Pairs,
    Reference,
    Splat,
    Template,
)

_MOST_NESTED = 100

_SPACE = re.compile(r"(?:[ \t\r]|/\*.*?\*/)*", re.DOTALL)
_BLANK = re.compile(r"(?:\s|\#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SEPARATOR = re.compile(r"(?:\s|,|\#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"[^\W\d][\w-]*")
_STEP = re.compile(r'\.([^\W\d][\w-]*|\d+)|\[\s*(?:"((?:[^"\\\n$%]|\\.)*)"|(\d{1,9}))\s*\]')
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w.-]*)[ \t]*\r?\n")
_PART = re.compile(r"\$\$\{|%%\{|\\.|([$%])\{", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
_SIGN = re.compile(r"\|\||&&|==|!=|<=|>=|<(?!<)|>|[+\-*/%](?![/*])")
_BINDS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_COLON = re.compile(":")
_FOR = re.compile(r"for\b")
_IN = re.compile(r"in\b")
_IF = re.compile(r"if\b")


def expression(text: str, start: int, end: int, line: Callable[[int], int] = lambda offset: 0) -> Any:
    """The expression that fills the text between two offsets."""
    reader = _Reader(text, end, line)
    try:
        position = _skip(_BLANK, text, start)
        found, position = reader.full(position)
        if _skip(_BLANK, text, position) >= end:
            return found
    except (Malformed, RecursionError):
        pass  # not understood is an answer here: the text stays
    return Opaque(normal(text[start:end]))


class _Reader:
    """Reads expressions from one text. Every method gives what it read and the offset behind it."""

    def __init__(self, text: str, end: int, line: Callable[[int], int]) -> None:
        self._text, self._end, self._line = text, end, line

    def full(self, at: int, depth: int = 0) -> tuple[Any, int]:
        """Operands with operators between them, and perhaps a condition."""
        left, position = self._binary(at, depth, 1)
        after = _skip(_BLANK, self._text, position)
        if after < self._end and self._text[after] == "?":
            then, position = self.full(_skip(_BLANK, self._text, after + 1), depth + 1)
            colon = _skip(_BLANK, self._text, position)
            if colon >= self._end or self._text[colon] != ":":
                raise Malformed(colon, "a condition has no second half")
            otherwise, position = self.full(_skip(_BLANK, self._text, colon + 1), depth + 1)
            return Choice(left, then, otherwise), position
        return left, position

    def _binary(self, at: int, depth: int, least: int) -> tuple[Any, int]:
        """Everything that binds at least as strongly as `least`."""
        left, position = self._operand(at, depth)
        for _ in range(_MOST_NESTED):
            after = _skip(_BLANK, self._text, position)
            sign = _SIGN.match(self._text, after, self._end)
            if sign is None or _BINDS[sign[0]] < least:
                return left, position
            right, position = self._binary(_skip(_BLANK, self._text, sign.end()), depth + 1, _BINDS[sign[0]] + 1)
            if sign[0] in ("==", "!="):
                left = Equal(left, right, negated=sign[0] == "!=")
            else:
                left = Operation(sign[0], left, right)
        raise Malformed(at, "there are too many operators in a row")

    def _operand(self, at: int, depth: int) -> tuple[Any, int]:
        if at < self._end and self._text[at] == "!":
            operand, position = self._operand(_skip(_BLANK, self._text, at + 1), depth + 1)
            return Equal(operand, Literal(False)), position
        found, position = self.one(at, depth)
        while position < self._end and self._text[position] in ".[":
            further = self._step(found, position)
            if further is None:
                break
            found, position = further
        return found, position

    def _step(self, found: Any, at: int) -> tuple[Any, int] | None:
        """`.name`, `[0]`, `[each.key]`, `[*]` behind an operand; None where nothing of that kind stands there."""
        text = self._text
        step = _STEP.match(text, at)
        if step is not None:
            one = _named(step)
            if isinstance(found, Reference):
                return Reference((*found.steps, one)), step.end()
            if isinstance(found, Splat):
                return Splat(found.value, (*found.steps, one)), step.end()
            return Into(found, Literal(one)), step.end()
        if text.startswith(".*", at):
            return Splat(found, ()), at + 2
        if text[at] == "[":
            close = hcl_scan.closing(text, at + 1, "[", [])
            if text[at + 1 : close].strip() == "*":
                return Splat(found, ()), close + 1
            return Into(found, expression(text, at + 1, close, self._line)), close + 1
        return None

    def one(self, at: int, depth: int) -> tuple[Any, int]:
        text = self._text
        if depth > _MOST_NESTED or at >= self._end:
            raise Malformed(at, "an expression is missing or nested too deeply")
        sign = text[at]
        if sign == '"':
            end = hcl_scan.end_of_string(text, at + 1)
            return self._template(at + 1, end - 1, depth), end
        if sign == "[":
            return self._items(at, depth)
        if sign == "{":
            return self._pairs(at, depth)
        if sign == "(":
            end = hcl_scan.closing(text, at + 1, "(", [])
            return expression(text, at + 1, end, self._line), end + 1
        number = _NUMBER.match(text, at)
        if number is not None:
            plain = number[1] is None and number[2] is None
            return Literal(int(number[0]) if plain and len(number[0]) < 400 else float(number[0])), number.end()
        if sign == "<":
            return self._heredoc(at, depth)
        return self._word(at, depth)

    def _word(self, at: int, depth: int) -> tuple[Any, int]:
        text = self._text
        word = _WORD.match(text, at)
        if word is None:
            raise Malformed(at, "no expression begins here")
        after = _skip(_SPACE, text, word.end())
        if after < self._end and text[after] == "(":
            end = hcl_scan.closing(text, after + 1, "(", [])
            return Call(word[0], self._list(after + 1, end, depth)), end + 1
        if word[0] in _WORDS:
            return Literal(_WORDS[word[0]]), word.end()
        return Reference((word[0],)), word.end()

    def _items(self, at: int, depth: int) -> tuple[Any, int]:
        end = hcl_scan.closing(self._text, at + 1, "[", [])
        first = _skip(_BLANK, self._text, at + 1)
        if _FOR.match(self._text, first):
            return self._for(at, first, end, depth), end + 1
        return Items(self._list(at + 1, end, depth)), end + 1

    def _for(self, at: int, first: int, end: int, depth: int) -> Any:
        """`for k, v in … : … => … if …`, up to the bracket that ends it."""
        try:
            return self._loop(first, end, depth)
        except Malformed:
            return Opaque(normal(self._text[at : end + 1]))

    def _loop(self, first: int, end: int, depth: int) -> For:
        text = self._text
        names: list[str] = []
        position = _skip(_BLANK, text, first + len("for"))
        while True:
            name = _expected(_WORD, text, position)
            names.append(name[0])
            position = _skip(_BLANK, text, name.end())
            if not text.startswith(",", position) or len(names) > 1:
                break
            position = _skip(_BLANK, text, position + 1)
        position = _skip(_BLANK, text, _expected(_IN, text, position).end())
        collection, position = self.full(position, depth + 1)
        position = _skip(_BLANK, text, _expected(_COLON, text, _skip(_BLANK, text, position)).end())
        value, position = self.full(position, depth + 1)
        key, condition, grouped = None, None, False
        position = _skip(_BLANK, text, position)
        if text.startswith("=>", position):
            key = value
            value, position = self.full(_skip(_BLANK, text, position + 2), depth + 1)
            position = _skip(_BLANK, text, position)
            grouped = text.startswith("...", position)
            position = _skip(_BLANK, text, position + 3) if grouped else position
        if _IF.match(text, position):
            condition, position = self.full(_skip(_BLANK, text, position + 2), depth + 1)
        if _skip(_BLANK, text, position) != end:
            raise Malformed(position, "this loop goes on behind its end")
        return For(tuple(names), collection, key, value, condition, grouped)

    def _list(self, at: int, end: int, depth: int) -> tuple[Any, ...]:
        found = []
        position = _skip(_SEPARATOR, self._text, at)
        while position < end:
            item, behind = self._element(position, end, depth)
            found.append(item)
            position = _skip(_SEPARATOR, self._text, behind)
        return tuple(found)

    def _element(self, at: int, end: int, depth: int) -> tuple[Any, int]:
        """One element: where it goes on behind what was understood, all of it up to the comma is opaque."""
        item, behind = self.full(at, depth + 1)
        after = _skip(_BLANK, self._text, behind)
        if after >= end or self._text[after] == ",":
            return item, behind
        stop = self._comma(at, end, newline=False)
        return Opaque(normal(self._text[at:stop])), stop

    def _pairs(self, at: int, depth: int) -> tuple[Any, int]:
        text = self._text
        end = hcl_scan.closing(text, at + 1, "{", [])
        found = []
        position = _skip(_SEPARATOR, text, at + 1)
        if _FOR.match(text, position):
            return self._for(at, position, end, depth), end + 1
        while position < end:
            line = self._line(position)
            key, behind = self._key(position, depth)
            behind = _skip(_BLANK, text, behind)
            if behind >= end or text[behind] not in "=:":
                raise Malformed(behind, "an object has a key without a value")
            start = _skip(_BLANK, text, behind + 1)
            value, stop = self._value(start, end, depth)
            found.append(Pair(key, value, line))
            position = _skip(_SEPARATOR, text, stop)
        return Pairs(tuple(found)), end + 1

    def _key(self, at: int, depth: int) -> tuple[Any, int]:
        word = _WORD.match(self._text, at)
        if word is not None:
            after = _skip(_SPACE, self._text, word.end())
            if after < self._end and self._text[after] in "=:":
                return Literal(word[0]), word.end()
        return self._operand(at, depth + 1)

    def _value(self, at: int, end: int, depth: int) -> tuple[Any, int]:
        value, behind = self.full(at, depth + 1)
        after = _skip(_SPACE, self._text, behind)
        if after >= end or self._text[after] in ",\n#" or self._text.startswith("//", after):
            return value, behind
        stop = self._comma(at, end, newline=True)
        return Opaque(normal(self._text[at:stop])), stop

    def _comma(self, at: int, end: int, *, newline: bool) -> int:
        """Offset of the comma (or the line break) that ends an element."""
        position = at
        while position < end:
            sign = self._text[position]
            if sign == "," or (newline and sign == "\n"):
                return position
            if sign == '"':
                position = hcl_scan.end_of_string(self._text, position + 1)
            elif sign in "([{":
                position = hcl_scan.closing(self._text, position + 1, sign, []) + 1
            else:
                position += 1
        return end

    def _template(self, at: int, end: int, depth: int) -> Any:
        text = self._text
        if "${" not in text[at:end] and "%{" not in text[at:end]:
            return Literal(unescaped(text[at:end]))
        parts: list[Any] = []
        position = last = at
        while (match := _PART.search(text, position, end)) is not None:
            position = match.end()
            if match[1] is None:
                continue
            if match[1] == "%":
                return Opaque(text[at - 1 : end + 1])
            parts.append(unescaped(text[last : match.start()]))
            close = hcl_scan.closing(text, match.end(), "{", [])
            inner = text[match.end() : close]
            trimmed = len(inner) - len(inner.lstrip("~"))
            if trimmed or inner.endswith("~"):
                return Opaque(text[at - 1 : end + 1])
            parts.append(expression(text, match.end(), close, self._line))
            position = last = close + 1
        parts.append(unescaped(text[last:end]))
        kept = tuple(part for part in parts if part != "")
        return kept[0] if len(kept) == 1 and not isinstance(kept[0], str) else Template(kept)

    def _heredoc(self, at: int, depth: int) -> tuple[Any, int]:
        match = _HEREDOC.match(self._text, at)
        if match is None:
            raise Malformed(at, "no expression begins here")
        start, end = hcl_scan.end_of_heredoc(self._text, match.end(), match[2], at)
        content = self._text[match.end() : start]
        if "${" in content or "%{" in content:
            return Opaque(self._text[at:end]), end
        if match[1]:
            lines = content.split("\n")
            indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
            content = "\n".join(line[min(indents, default=0) :] for line in lines)
        return Literal(content.replace("$${", "${").replace("%%{", "%{").replace("\r\n", "\n")), end


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match is not None else position


def _expected(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    match = pattern.match(text, position)
    if match is None:
        raise Malformed(position, "something else stands here than a loop needs")
    return match


def _named(step: re.Match[str]) -> str | int:
    name = step[1]
    if name is not None:
        return int(name) if name.isdecimal() and len(name) < 10 else name
    return int(step[3]) if step[3] is not None else unescaped(step[2])
