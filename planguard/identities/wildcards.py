"""The two wildcards of AWS policies: `*` is any text, `?` is one character; everything else is itself.

Owns matching and containment of such patterns, and nothing of what they stand for. Not `fnmatch`: there `[` is special.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ANY, _ONE = "\ue000", "\ue001"
"""Stand for the wildcards of a pattern that is itself looked at as a text."""


@lru_cache(maxsize=20_000)
def _compiled(pattern: str, one: str, fold: bool) -> re.Pattern[str]:
    parts = re.split(r"([*?])", re.sub(r"\*+", "*", pattern))
    written = "".join({"*": ".*", "?": one}.get(part, re.escape(part)) for part in parts)
    return re.compile(written, re.DOTALL | (re.IGNORECASE if fold else 0))


def matches(pattern: str, text: str, *, fold: bool = False) -> bool:
    """Whether a text is one of those that the pattern stands for; `fold`: capitals do not matter."""
    if pattern == "*":
        return True
    if not _wild(pattern):
        return pattern.lower() == text.lower() if fold else pattern == text
    return _compiled(pattern, ".", fold).fullmatch(text) is not None


def covers(wide: str, narrow: str) -> bool:
    """Whether everything that `narrow` stands for is covered by `wide`. True is always right.

    A `*` of `narrow` is read as a character that only a `*` of `wide` takes, because it may be any number of them.
    """
    if wide == "*" or wide == narrow:
        return True
    if not _wild(wide):
        return False
    if not _wild(narrow):
        return matches(wide, narrow)
    text = narrow.replace("*", _ANY).replace("?", _ONE)
    return _compiled(wide, f"[^{_ANY}]", False).fullmatch(text) is not None


def overlaps(one: str, other: str) -> bool:
    """Whether some text is covered by both patterns. False is always right; the fixed beginnings and ends decide."""
    if covers(one, other) or covers(other, one):
        return True
    if not _wild(one):
        return matches(other, one)
    if not _wild(other):
        return matches(one, other)
    heads = [re.split(r"[*?]", text, maxsplit=1)[0] for text in (one, other)]
    tails = [re.split(r"[*?]", text)[-1] for text in (one, other)]
    return _agree(*heads) and _agree(tails[0][::-1], tails[1][::-1])


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _wild(text: str) -> bool:
    return "*" in text or "?" in text
