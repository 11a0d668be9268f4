"""How attributes and their values are put into words. Allow-list: what is not known to be harmless is not printed.

Only scalars are ever shown, never containers, never anything sensitive, unknown, long, or behind a telling name. The
reports redact once more by value; that is why a long value is only cut where no secret can be cut in two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from planguard.model import MISSING, UNKNOWN, Path, Sensitive

_SIMPLE = re.compile(r"[\w/-]+")
_LONGEST = 60
_MANY = 4
_TELLING = re.compile(
    r"passw|passphrase|secret|token|credential|private_key|connection_string|api_?key|access_key|auth|user_data|custom_data",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"(?:^|\.)(?:content|content_base64|body|data|value|values|script|command)$")
_ID_LIKE = re.compile(r"(?:arn:|projects/|/subscriptions/|organizations/)[\w:/.@*+-]+")


def attribute(path: Path) -> str:
    """The attribute as a dotted path, without the positions of blocks: `settings.ip_configuration.require_ssl`.

    Keys of maps can hold anything; the odd ones are quoted.
    """
    text = ""
    for step in path:
        if isinstance(step, str):
            simple = _SIMPLE.fullmatch(step)
            text += f"{'.' if text else ''}{step}" if simple else f"[{json.dumps(step, ensure_ascii=False)}]"
    return text or "it"


def _may_tell(name: str) -> bool:
    """Whether an attribute of this name can hold a secret that nobody marked."""
    return _TELLING.search(name) is not None or _CONTENT.search(name) is not None


def plain(value: Any) -> Any:
    """The value without its sensitivity: to be compared, never to be shown."""
    return value.peek() if isinstance(value, Sensitive) else value


def hides_unknown(value: Any) -> bool:
    """Whether some part of the value is known only after apply."""
    if value is UNKNOWN:
        return True
    if isinstance(value, Sensitive):
        return hides_unknown(value.peek())
    if isinstance(value, dict):
        return any(map(hides_unknown, value.values()))
    return isinstance(value, list) and any(map(hides_unknown, value))


def shown(value: Any) -> str | None:
    """A scalar as it may be printed; None where it may not."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else None
    if isinstance(value, float):
        return repr(value)
    if not isinstance(value, str):
        return None
    if len(value) <= _LONGEST and value.isprintable():
        return json.dumps(value, ensure_ascii=False)
    if _ID_LIKE.fullmatch(value):
        # Cut between two of its parts and not inside one: half a secret would pass the redaction.
        for match in re.finditer(r"[:/]", value):
            if len(value) - match.end() <= _LONGEST:
                return json.dumps("…" + value[match.end() :], ensure_ascii=False)
    return None


def safe(path: Path, value: Any) -> str | None:
    """The value of an attribute as it may be printed; None where value or name forbid it."""
    return None if isinstance(value, Sensitive) or _may_tell(attribute(path)) else shown(value)


def transition(path: Path, old: Any, new: Any) -> str:
    """What happens to one attribute whose new value is known: `db_name changes from "a" to "b"`."""
    name = attribute(path)
    if isinstance(old, Sensitive) or isinstance(new, Sensitive):
        return f"{name} changes (its value is sensitive)"
    if _may_tell(name):
        return f"{name} changes"
    nothing_before, nothing_after = old is None or old is MISSING, new is None or new is MISSING
    before, after = shown(old), shown(new)
    if nothing_before and nothing_after:
        return f"{name} decides it, though the plan shows no value for it"
    if nothing_before:
        return f"{name} is set to {after} (it was not set)" if after else f"{name} is set (it was not)"
    if nothing_after:
        return f"{name} is no longer set (it was {before})" if before else f"{name} is no longer set"
    if before and after:
        if before == after:
            return f"{name} decides it, though the plan shows the same value before and after"
        return f"{name} changes from {before} to {after}"
    return f"{name} changes"


def listed(items: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    found = list(items)
    return found[0] if len(found) == 1 else ", ".join(found[:-1]) + f" and {found[-1]}" if found else ""


def shortened(items: Sequence[str], noun: str) -> list[str]:
    """The first few, and how many more there are."""
    if len(items) <= _MANY:
        return list(items)
    return [*items[: _MANY - 1], f"{len(items) - _MANY + 1} more {noun}"]
