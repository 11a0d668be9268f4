"""Globs over addresses, paths and names: `*` is any run of characters, `?` is one character, all else is itself.

Owns the meaning of a glob in everything that people write for planguard. It is not `fnmatch`: `*` crosses dots and
slashes, and `[` and `]` are literal, because Terraform addresses are full of them.
"""

from __future__ import annotations

import re
from functools import lru_cache


def matches(glob: str, text: str) -> bool:
    """Whether `glob` covers the whole of `text`. Upper and lower case differ."""
    return _compiled(glob).match(text) is not None


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    """The glob as a pattern that never goes back.

    A piece between two stars may be taken at the first place where it fits: a later place would leave less for the
    rest. So every such piece is an atomic group, and a glob full of stars stays cheap. Only the last piece must stand
    at the very end.
    """
    first, *others = [_literal(piece) for piece in re.split(r"\*+", glob)]
    if not others:
        return re.compile(rf"{first}\Z", re.DOTALL)
    *middle, last = others
    atoms = "".join(f"(?>.*?{piece})" for piece in middle)
    return re.compile(rf"{first}{atoms}.*{last}\Z" if last else rf"{first}{atoms}", re.DOTALL)


def _literal(piece: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in piece)
