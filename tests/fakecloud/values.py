"""Terraform's values (cty) on the wire: msgpack, with an extension for what is not known yet.

Also the two small messages that carry no resource: a diagnostic and an attribute's path.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import msgpack

from fakecloud import wire

Cty: TypeAlias = Any
"""None, bool, int, float, str, list, dict[str, …], or `UNKNOWN`."""
Object: TypeAlias = dict[str, Cty]
Path: TypeAlias = tuple[str | int, ...]

UNKNOWN = msgpack.ExtType(0, b"\0")


def is_unknown(value: Cty) -> bool:
    """Whether the value itself is unknown (Terraform may send refinements along: any extension counts)."""
    return isinstance(value, msgpack.ExtType)


def holds_unknown(value: Cty) -> bool:
    """Whether anything inside the value is unknown."""
    if isinstance(value, dict):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return is_unknown(value)


def decode(dynamic: bytes | None) -> Cty:
    """A `DynamicValue` {msgpack = 1, json = 2}; an absent one is null."""
    fields = wire.decode(dynamic or b"")
    if 2 in fields:
        return json.loads(_bytes(fields[2]))
    packed = _bytes(fields.get(1, b""))
    return msgpack.unpackb(packed, strict_map_key=False) if packed else None


def encode(value: Cty) -> bytes:
    """The value as a `DynamicValue`."""
    return wire.encode({1: msgpack.packb(value)})


def diagnostic(summary: str, detail: str = "") -> bytes:
    """An error as Terraform shows it: `Diagnostic` {severity = 1, summary = 2, detail = 3}."""
    return wire.encode({1: 1, 2: summary, 3: detail})


def attribute_path(path: Path) -> bytes:
    """`AttributePath` {steps = 1}; a step is {attribute_name = 1} or {element_key_int = 3}."""
    return wire.encode({1: [wire.encode({3: step} if isinstance(step, int) else {1: step}) for step in path]})


def _bytes(field: int | bytes) -> bytes:
    if isinstance(field, int):
        raise TypeError("a number where the protocol has bytes")
    return field
