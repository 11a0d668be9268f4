"""The part of protobuf's wire format that Terraform's plugin protocol needs; no generated code, no schema.

A message is a mapping from field number to value. Knows nothing about Terraform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Scalar = int | str | bytes | None
"""A nested message is its own bytes; None leaves the field out."""
Fields = Mapping[int, Scalar | Sequence[Scalar]]

_VARINT, _LENGTH = 0, 2


def encode(fields: Fields) -> bytes:
    """The message as bytes; a sequence is a repeated field."""
    out = bytearray()
    for number, value in fields.items():
        for item in [value] if value is None or isinstance(value, int | str | bytes) else value:
            out += _field(number, item)
    return bytes(out)


def decode(data: bytes) -> dict[int, int | bytes]:
    """The message's fields; of a repeated field the last value (no request that is read here repeats one)."""
    fields: dict[int, int | bytes] = {}
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        value, at = _read_varint(data, at)
        if key & 7 == _VARINT:
            fields[key >> 3] = value
        elif key & 7 == _LENGTH:
            fields[key >> 3] = data[at : at + value]
            at += value
        else:
            raise ValueError(f"wire type {key & 7} of field {key >> 3} is not one that Terraform sends")
    return fields


def _field(number: int, value: Scalar) -> bytes:
    if value is None:
        return b""
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | _LENGTH) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at
