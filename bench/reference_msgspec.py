"""What S1 is measured against: one msgspec decode of a whole plan into typed structs, `before` and `after` left raw.

Does nothing with what it decodes. Usage: python bench/reference_msgspec.py PLAN.json
"""

from __future__ import annotations

import gc
import mmap
import sys
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

NONE = Raw(b"")


class Change(Struct, gc=False):
    """The object under `change`."""

    actions: list[str]
    before: Raw = NONE
    after: Raw = NONE
    after_unknown: Raw = NONE
    before_sensitive: Raw = NONE
    after_sensitive: Raw = NONE
    replace_paths: list[list[str | int]] = []


class Entry(Struct, gc=False):
    """An element of `resource_changes`."""

    address: str
    mode: str
    type: str
    name: str
    change: Change
    module_address: str | None = None
    provider_name: str | None = None
    index: str | int | None = None
    action_reason: str | None = None
    previous_address: str | None = None
    deposed: str | None = None


class Existing(Struct, gc=False):
    """A resource of the prior state."""

    address: str
    depends_on: list[str] = []


class Module(Struct, gc=False):
    """A module of the prior state."""

    resources: list[Existing] = []
    child_modules: list[Module] = []


class Values(Struct, gc=False):
    """The values of the prior state."""

    root_module: Module


class PriorState(Struct, gc=False):
    """The prior state."""

    values: Values


class Plan(Struct, gc=False):
    """The document; `planned_values` is skipped."""

    resource_changes: list[Entry]
    prior_state: PriorState
    configuration: Raw = NONE
    variables: Raw = NONE


def main() -> None:
    """Decode the plan and say how many changes it has."""
    gc.disable()
    with Path(sys.argv[1]).open("rb") as file:
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        plan = msgspec.json.decode(text, type=Plan)
        print(len(plan.resource_changes))


main()
