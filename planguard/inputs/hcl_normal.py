"""Expressions in one form, as text: two that are equal mean the same. Understands words and signs, and no values."""

from __future__ import annotations

import re
from contextlib import suppress

from planguard.inputs import hcl_scan
from planguard.inputs.hcl_scan import Malformed

_TOKEN = re.compile(
    r'"(?:[^"\\\n$%]|\\.|\$\$\{|%%\{|[$%](?!\{))*"|"|\#[^\n]*|//[^\n]*|/\*.*?\*/|\s+'
    r"|<<-?(?P<word>[^\W\d][\w.-]*)[ \t]*\r?\n",
    re.DOTALL,
)
_LAST = re.compile(r",(?=[)\]}])")
_TIGHT = frozenset("()[]{},=:?+*/%<>!&|")
"""Signs around which blanks mean nothing. Not the minus: names may hold it."""


def normal(text: str) -> str:
    """An expression without comments, and with blanks only where they part two words: formatting changes nothing."""
    found: list[str] = []
    position = 0
    while (match := _TOKEN.search(text, position)) is not None:
        _add(found, _LAST.sub("", text[position : match.start()]))
        piece, position = match[0], match.end()
        if piece == '"' or match["word"]:
            try:
                position = _behind(text, match)
            except Malformed:
                position = len(text)
            _add(found, _unwrapped(text[match.start() : position]))
        elif piece[0] == '"':
            _add(found, piece)
        elif found and not found[-1].endswith(" "):
            found.append(" ")
    _add(found, _LAST.sub("", text[position:]))
    return "".join(found).strip()


def _add(found: list[str], text: str) -> None:
    """Words and signs, without the blank between a sign and what it stands beside, and without a comma at the end."""
    if not text:
        return
    if found and found[-1] == " " and (text[0] in _TIGHT or (len(found) > 1 and found[-2][-1] in _TIGHT)):
        found.pop()
    if found and text[0] in ")]}" and found[-1].endswith(","):
        found[-1] = found[-1][:-1]
    found.append(text)


def _unwrapped(text: str) -> str:
    """`"${var.x}"` is `var.x`, and `terraform fmt` writes it so."""
    if text.startswith('"${'):
        with suppress(Malformed):
            if hcl_scan.closing(text, 3, "{", []) == len(text) - 2 and "~" not in (text[3], text[-3]):
                return normal(text[3:-2])
    return text


def _behind(text: str, match: re.Match[str]) -> int:
    if match["word"]:
        return hcl_scan.end_of_heredoc(text, match.end(), match["word"], match.start())[1]
    return hcl_scan.end_of_string(text, match.end())
