"""Texts with `${…}` in them, as `Fn::Sub` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PLACE = re.compile(r"\$\{(!?)([^${}]*)\}")


def parts_of(text: str) -> Iterator[tuple[str, str | None]]:
    """(literal, None) and ("", name), in order. `${!Name}` is the literal `${Name}`."""
    position = 0
    for match in _PLACE.finditer(text):
        if match.start() > position:
            yield text[position : match.start()], None
        if match[1]:
            yield f"${{{match[2]}}}", None
        else:
            yield "", match[2].strip()
        position = match.end()
    if position < len(text):
        yield text[position:], None
