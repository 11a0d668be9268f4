"""The inside of a block: attributes and nested blocks with their lines. Expressions are `hcl_expressions`' part."""

from __future__ import annotations

import re

from planguard.inputs import hcl_scan
from planguard.inputs.hcl_expressions import expression
from planguard.inputs.hcl_normal import normal
from planguard.inputs.hcl_scan import Lines, Malformed
from planguard.sources.tree import Attribute, Block, Body

_BLANK = re.compile(r"(?:\s|\#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)


def body(text: str, start: int, end: int, file: str, lines: Lines) -> Body:
    """What stands between two offsets, as the inside of a block. Raises Malformed."""
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    position = start
    while True:
        blank = _BLANK.match(text, position)
        position = blank.end() if blank is not None else position
        if position >= end:
            return Body(attributes, tuple(blocks))
        header = hcl_scan.HEADER.match(text, position)
        if header is None:
            raise Malformed(position, "neither a block nor an attribute begins here")
        if header[3] == "=":
            stop = hcl_scan.end_of_expression(text, header.end(), [])
            attributes[header[1]] = attribute(text, header.end(), stop, lines)
            position = stop
        else:
            stop = hcl_scan.closing(text, header.end(), "{", [])
            labels = hcl_scan.labels(header[2])
            blocks.append(block(text, header[1], labels, position, header.end(), stop, file, lines))
            position = stop + 1


def block(
    text: str, kind: str, labels: tuple[str, ...], start: int, inside: int, end: int, file: str, lines: Lines
) -> Block:
    """A block whose inside is read when it is asked for."""

    def load() -> Body:
        try:
            return body(text, inside, end, file, lines)
        except (Malformed, RecursionError):
            return Body(readable=False)

    return Block(kind, labels, file, lines.of(start), lines.of(end), text[inside:end], load)


def attribute(text: str, start: int, end: int, lines: Lines) -> Attribute:
    """An attribute whose expression stands between two offsets."""
    return Attribute(expression(text, start, end, lines.of), normal(text[start:end]), lines.of(start))
