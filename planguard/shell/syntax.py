"""The shell's syntax, by tree-sitter and its grammar of bash. Nothing else here knows that library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_ESCAPED = re.compile(r"\\(?:\n|(.))", re.DOTALL)
_IN_QUOTES = re.compile(r'\\(?:\n|([\\"$`]))')
_ANSI = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|c.|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parse(text: str) -> Node:
    """The tree of a piece of shell. It is always a tree; where it has `has_error`, not all was understood."""
    return _parser().parse(text.encode("utf-8", "replace")).root_node


def source(node: Node) -> str:
    """What stands there, as it stands there."""
    return (node.text or b"").decode("utf-8", "replace")


def below(node: Node, *types: str) -> Iterator[Node]:
    """The topmost nodes of these types inside a node."""
    for child in node.named_children:
        if child.type in types:
            yield child
        else:
            yield from below(child, *types)


def unescaped(text: str) -> str:
    """A bare word without its backslashes."""
    return _ESCAPED.sub(lambda found: found.group(1) or "", text)


def unquoted(text: str) -> str:
    """The literal text within double quotes, without the backslashes that mean something there."""
    return _IN_QUOTES.sub(lambda found: found.group(1) or "", text)


def ansi(text: str) -> str:
    r"""What `$'…'`, `echo -e` and `printf` make of `\x74`, `\n` and the like."""
    return _ANSI.sub(_letter, text)


def _letter(found: re.Match[str]) -> str:
    code = found.group(1)
    try:
        if code[0] in "xuU" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "01234567":
            return chr(int(code, 8) & 0xFF)
    except (ValueError, OverflowError):
        return code
    return _LETTERS.get(code, code)
