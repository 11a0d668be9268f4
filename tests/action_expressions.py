"""Expressions of GitHub Actions (`${{ … }}` and `if:`), as far as this project's own files use them.

Anything else is an error: a test must not pass because its runner understood less than GitHub's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<sign>\|\||&&|==|!=|!|\(|\)|,|\.|\[|\]))"
)
_LITERALS = {"true": True, "false": False, "null": None}
Functions = Mapping[str, Callable[..., Any]]


def expanded(text: str, contexts: Mapping[str, Any], functions: Functions) -> str:
    """A text with every `${{ … }}` replaced."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: shown(value(found[1], contexts, functions)), text, flags=re.DOTALL)


def condition(text: str, contexts: Mapping[str, Any], functions: Functions) -> bool:
    """Whether a step runs: `success()` is understood where no status function is named."""
    whole = re.fullmatch(r"\s*\$\{\{(.*)\}\}\s*", text, re.DOTALL)
    inner = whole[1] if whole else text
    if not re.search(r"\b(?:always|success|failure|cancelled)\(\)", inner):
        inner = f"success() && ({inner})"
    return truth(value(inner, contexts, functions))


def value(text: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """What an expression is."""
    parser = _Parser(text, contexts, functions)
    found = parser.either()
    assert parser.at == len(parser.tokens), f"not understood: {text!r}"
    return found


def truth(found: Any) -> bool:
    """As GitHub casts it."""
    return found not in (None, False, 0, "")


def shown(found: Any) -> str:
    """As GitHub writes it into a text."""
    if isinstance(found, bool):
        return "true" if found else "false"
    return "" if found is None else str(found)


class _Parser:
    def __init__(self, text: str, contexts: Mapping[str, Any], functions: Functions) -> None:
        self.contexts, self.functions, self.at = contexts, functions, 0
        self.tokens: list[tuple[str, str]] = []
        place, text = 0, text.strip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            assert found and found.lastgroup, f"not understood: {text[place:]!r}"
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()

    def _took(self, *signs: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at] in {("sign", sign) for sign in signs}:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def either(self) -> Any:
        left = self.both()
        while self._took("||"):
            right = self.both()
            left = left if truth(left) else right
        return left

    def both(self) -> Any:
        left = self.equal()
        while self._took("&&"):
            right = self.equal()
            left = right if truth(left) else left
        return left

    def equal(self) -> Any:
        left = self.single()
        while sign := self._took("==", "!="):
            same = _folded(left) == _folded(self.single())
            left = same if sign == "==" else not same
        return left

    def single(self) -> Any:
        if self._took("!"):
            return not truth(self.single())
        if self._took("("):
            found = self.either()
            assert self._took(")")
            return found
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text)
        assert kind == "name", f"not understood: {text!r}"
        if text in _LITERALS:
            return _LITERALS[text]
        if self._took("("):
            return self._called(text)
        return self._reached(text)

    def _called(self, name: str) -> Any:
        given = []
        while not self._took(")"):
            given.append(self.either())
            self._took(",")
        return self.functions[name](*given)

    def _reached(self, name: str) -> Any:
        found: Any = self.contexts[name]  # a context that does not exist is a mistake, not an empty word
        while self._took("."):
            key = self.tokens[self.at][1]
            self.at += 1
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def _folded(found: Any) -> Any:
    # Words compare without case; nothing, false and the empty word as 0.
    if isinstance(found, str):
        return found.lower() or 0
    return float(found) if isinstance(found, bool | int | float) else 0
