"""Merging Terraform's masks into values: UNKNOWN and Sensitive become leaves, so that no report leaks by forgetting.

Owns the masks (`after_unknown`, `before_sensitive`, `after_sensitive`, `sensitive_values`) and collects the secrets.
Subtrees without a mask are shared with the decoded document, never copied and never written to.
Where a mask and its value differ in shape, the whole value counts as sensitive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from planguard.errors import InputError
from planguard.model import UNKNOWN, Sensitive

SHORTEST_SECRET = 4
"""Shorter strings are not collected: redacting every `a` or `on` would make reports unreadable and protect nothing."""

_TELLING = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|pwd|secret|secret_key|secret_string|secret_binary|token|private_key"
    r"|private_key_pem|access_key|api_key|apikey|account_key|storage_key|master_key|client_secret|credentials"
    r"|connection_string|certificate_password|kubeconfig)(?:_base64|_wo|_pem)?$"
)


def merge(value: Any, *, unknown: Any = None, sensitive: Any = None) -> Any:
    """`value` with its masks merged in. Null stays None, and unknown stays UNKNOWN, also where marked sensitive."""
    try:
        if unknown:
            value = _with_unknown(value, unknown)
        return _with_sensitive(value, sensitive) if sensitive else value
    except RecursionError:
        raise InputError("The values of a resource are nested too deeply to be read.") from None


def attributes(value: Any, *, unknown: Any = None, sensitive: Any = None) -> Mapping[str, Any]:
    """`merge` for a whole object; what is not an object comes out empty. An object that is sensitive as a whole is
    sensitive in each attribute, and one that is unknown as a whole has no attributes that could be known."""
    if not isinstance(value, dict):
        return {}
    if sensitive is True:
        sensitive = dict.fromkeys(value, True)
    if unknown is True:
        unknown = dict.fromkeys(value, True)
    merged = merge(value, unknown=unknown, sensitive=sensitive)
    return merged if isinstance(merged, dict) else {}


def holds_true(mask: Any) -> bool:
    """Whether a mask marks anything at all."""
    if mask is True:
        return True
    if isinstance(mask, dict):
        return any(map(holds_true, mask.values()))
    if isinstance(mask, list):
        return any(map(holds_true, mask))
    return False


def marks(mask: Any) -> Any:
    """The same mask without the attributes of which it marks nothing: merged with a value, both give the same."""
    return {key: part for key, part in mask.items() if holds_true(part)} if isinstance(mask, dict) else mask


def collect(value: Any, mask: Any, into: set[str]) -> None:
    """Add every string and number of `value` that `mask` marks, in each form in which a report could repeat it."""
    if mask is True:
        into.update(_texts(value))
    elif isinstance(mask, dict) and isinstance(value, dict):
        for key, part in mask.items():
            if part and key in value:
                collect(value[key], part, into)
    elif isinstance(mask, list) and isinstance(value, list) and len(mask) <= len(value):
        for item, part in zip(value, mask, strict=False):
            if part:
                collect(item, part, into)
    elif mask and holds_true(mask):
        into.update(_texts(value))


def collect_all(value: Any, into: set[str]) -> None:
    """Add every string and number of `value`."""
    into.update(_texts(value))


def guessed_mask(value: Any) -> Any:
    """A mask by the attributes' names, for documents that carry none: Terraform before 0.14, and other tools' own."""
    if isinstance(value, dict):
        mask = {
            key: True if telling(key) and not isinstance(item, bool) else guessed_mask(item)
            for key, item in value.items()
        }
        return {key: part for key, part in mask.items() if part}
    if isinstance(value, list):
        parts = [guessed_mask(item) for item in value]
        return parts if any(parts) else None
    return None


def telling(name: str) -> bool:
    """Whether an attribute's name says that its value is a secret."""
    return _TELLING.search(name.lower()) is not None


def _with_unknown(value: Any, mask: Any) -> Any:
    if mask is True:
        return UNKNOWN
    if isinstance(mask, dict):
        if value is not None and not isinstance(value, dict):
            return UNKNOWN if holds_true(mask) else value
        known = value or {}
        changed = {key: _with_unknown(known.get(key), part) for key, part in mask.items() if part and holds_true(part)}
        return {**known, **changed} if changed else value
    if isinstance(mask, list):
        if value is not None and not isinstance(value, list):
            return UNKNOWN if holds_true(mask) else value
        if not holds_true(mask):
            return value
        items = list(value or ())
        items.extend([None] * (len(mask) - len(items)))
        return [_with_unknown(item, part) if part else item for item, part in _pairs(items, mask)]
    return value


def _with_sensitive(value: Any, mask: Any) -> Any:
    if value is None or value is UNKNOWN:
        return value
    if mask is True:
        return value if isinstance(value, Sensitive) else Sensitive(value)
    if isinstance(mask, dict) and isinstance(value, dict):
        changed = {key: _with_sensitive(value[key], part) for key, part in mask.items() if part and key in value}
        return {**value, **changed} if changed else value
    if isinstance(mask, list) and isinstance(value, list) and len(mask) <= len(value):
        return [_with_sensitive(item, part) if part else item for item, part in _pairs(value, mask)]
    return Sensitive(value) if mask and holds_true(mask) else value


def _pairs(items: list[Any], mask: list[Any]) -> Iterator[tuple[Any, Any]]:
    for position, item in enumerate(items):
        yield item, mask[position] if position < len(mask) else None


def _texts(value: Any) -> Iterator[str]:
    """The strings and numbers inside, as they are and as JSON writes them. Booleans and keys are not secret."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Sensitive):
        yield from _texts(value.peek())
    elif isinstance(value, str):
        if len(value) >= SHORTEST_SECRET:
            yield value
            yield from _escaped(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        text = _number(value)
        if len(text) >= SHORTEST_SECRET:
            yield text


def _escaped(value: str) -> Iterator[str]:
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return
    import json

    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        if text != value:
            yield text


def _number(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python turns into text
        return ""
