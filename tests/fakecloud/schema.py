"""What a resource type looks like: `clouds.yaml` -> `Block` and `Attribute` -> Terraform's schema messages.

One attribute is one string, `FLAGS [type] [=default]`. Flags: `!` required, `?` optional, `+` computed, `^` a change
forces replacement, `*` sensitive, `~` write-only. A default `=@other` copies another attribute; any other is a template
with `{attribute}`, `{region}` and `{hash}`, filled while planning where all that it names is known, or else on apply.

A block is a mapping: `_` its nesting (`list`, `set`, `single`; with `^` a change of it forces replacement), `_id` the
template of its id, `_protect` the attribute that makes the API refuse to delete it, `_moves_from` the types that can
become this one, `_replaces` dotted paths into its object attributes that force a replacement.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from fakecloud import wire
from fakecloud.values import Cty, is_unknown

_ATTRIBUTE = re.compile(r"([!?+^*~]*)\s*(\[.*\]|\w*)\s*(?:=(.*))?")
_SHORT_TYPES: dict[str, Any] = {
    "": "string",
    "map": ["map", "string"],
    "set": ["set", "string"],
    "list": ["list", "string"],
}


class Nesting(IntEnum):
    """How often a block may stand; the numbers are the protocol's."""

    SINGLE = 1
    LIST = 2
    SET = 3


class Attribute(NamedTuple):
    """One attribute of a block."""

    name: str
    type: Any
    """A cty type as JSON writes it: `"string"`, `["map", "string"]`."""
    flags: str = ""
    default: str | None = None

    @classmethod
    def parse(cls, name: str, spec: str) -> Attribute:
        """The attribute that one line of `clouds.yaml` describes."""
        match = _ATTRIBUTE.fullmatch(spec.strip())
        if match is None:
            raise ValueError(f"{name}: cannot read {spec!r}")
        kind = match[2]
        return cls(name, json.loads(kind) if kind.startswith("[") else _SHORT_TYPES.get(kind, kind), match[1], match[3])

    @property
    def computed(self) -> bool:
        """The provider may decide it."""
        return "+" in self.flags

    @property
    def forces_replacement(self) -> bool:
        """A change cannot be made in place."""
        return "^" in self.flags

    @property
    def write_only(self) -> bool:
        """Sent to the cloud, never stored."""
        return "~" in self.flags

    @property
    def copies(self) -> str | None:
        """Name of the attribute that this one repeats."""
        return self.default[1:] if self.default is not None and self.default.startswith("@") else None

    def encode(self) -> bytes:
        """`Schema.Attribute` {name, type, required = 4, optional, computed, sensitive, write_only = 11}."""
        bits = {4: "!", 5: "?", 6: "+", 7: "*", 11: "~"}
        return wire.encode(
            {1: self.name, 2: json.dumps(self.type)}
            | {number: True if flag in self.flags else None for number, flag in bits.items()}
        )


class Block(NamedTuple):
    """The body of a resource, a data source, a provider, or of a block nested in one."""

    attributes: Mapping[str, Attribute]
    blocks: Mapping[str, Block]
    nesting: Nesting = Nesting.LIST
    forces_replacement: bool = False
    id: str = "{hash}"
    protected_by: str | None = None
    moves_from: tuple[str, ...] = ()
    replaces: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def parse(cls, spec: Mapping[str, Any], *, top: bool = False) -> Block:
        """The block that a mapping of `clouds.yaml` describes; a `top` one is a resource and has an id."""
        body = {name: value for name, value in spec.items() if not name.startswith("_")}
        if top:
            body.setdefault("id", "+")
        mode = str(spec.get("_", "list"))
        return cls(
            attributes={name: Attribute.parse(name, value) for name, value in body.items() if isinstance(value, str)},
            blocks={name: cls.parse(value) for name, value in body.items() if isinstance(value, dict)},
            nesting=Nesting[mode.rstrip("^").upper()],
            forces_replacement=mode.endswith("^"),
            id=spec.get("_id", "{hash}"),
            protected_by=spec.get("_protect"),
            moves_from=tuple(spec.get("_moves_from", ())),
            replaces=tuple(tuple(dotted.split(".")) for dotted in spec.get("_replaces", ())),
        )

    def children(self, value: Cty) -> list[tuple[int | None, Cty]]:
        """What stands under a block of this kind, as (step in a path, object)."""
        if value is None or is_unknown(value):
            return []
        return [(None, value)] if self.nesting is Nesting.SINGLE else list(enumerate(value))

    def encode(self) -> bytes:
        """`Schema.Block` {attributes = 2, block_types = 3 {type_name, block, nesting}}."""
        nested = [
            wire.encode({1: name, 2: block.encode(), 3: int(block.nesting)}) for name, block in self.blocks.items()
        ]
        return wire.encode({2: [attribute.encode() for attribute in self.attributes.values()], 3: nested})


class Cloud(NamedTuple):
    """One provider of `clouds.yaml`."""

    name: str
    source: str
    """`registry.terraform.io/hashicorp/aws`."""
    version: str
    config: Block
    resources: Mapping[str, Block]
    data: Mapping[str, Block]


def load() -> dict[str, Cloud]:
    """Every cloud of `clouds.yaml`, or of the file that FAKECLOUD_YAML names."""
    import yaml

    path = Path(os.environ.get("FAKECLOUD_YAML") or Path(__file__).with_name("clouds.yaml"))
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {name: _cloud(name, spec) for name, spec in document.items()}


def _cloud(name: str, spec: Mapping[str, Any]) -> Cloud:
    return Cloud(
        name=name,
        source=spec.get("source", f"registry.terraform.io/hashicorp/{name}"),
        version=str(spec.get("version", "1.0.0")),
        config=Block.parse(spec.get("provider") or {}),
        resources=_types(spec.get("resources")),
        data=_types(spec.get("data")),
    )


def _types(specs: Mapping[str, Any] | None) -> dict[str, Block]:
    return {name: Block.parse(spec or {}, top=True) for name, spec in (specs or {}).items()}
