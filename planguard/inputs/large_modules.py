"""Pieces of `planned_values` and `prior_state` as msgspec decodes them: secrets, and who depends on whom.

Owns the fast way to what `documents.read_planned` and `documents.read_state` find; a piece that does not fit goes
through these two. Most instances of one block write the same `depends_on`, so it is read once per block and wording.
Imports msgspec: to be imported only for a large plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from planguard.inputs import addresses, documents
from planguard.inputs.large_entries import NO_MASK, Secrets, loads
from planguard.inputs.sections import State
from planguard.inputs.text import Document

_ABSENT = Raw(b"")
_MASK = attrgetter("sensitive_values")


class _Planned(Struct, gc=False):
    mode: str | None = None
    values: Raw = _ABSENT
    sensitive_values: Raw = _ABSENT


class _Existing(Struct, gc=False):
    address: str | None = None
    mode: str | None = None
    type: str | None = None
    name: str | None = None
    index: Raw = _ABSENT
    values: Raw = _ABSENT
    sensitive_values: Raw = _ABSENT
    depends_on: Raw = _ABSENT


# What a module holds is known, and nothing else is allowed: where a piece was cut by a guess, the guess gave names to
# the containers around it, and a name that does not occur in Terraform would go unnoticed.
class _PlannedModule(Struct, gc=False, forbid_unknown_fields=True):
    address: Raw = _ABSENT
    resources: list[_Planned] = []
    child_modules: list[_PlannedModule] = []


class _ExistingModule(Struct, gc=False, forbid_unknown_fields=True):
    address: Raw = _ABSENT
    resources: list[_Existing] = []
    child_modules: list[_ExistingModule] = []


class _PlannedValues(Struct, gc=False, forbid_unknown_fields=True):
    outputs: Raw = _ABSENT
    root_module: _PlannedModule | None = None


class _StateValues(Struct, gc=False, forbid_unknown_fields=True):
    outputs: Raw = _ABSENT
    root_module: _ExistingModule | None = None


class _State(Struct, gc=False, forbid_unknown_fields=True):
    format_version: Raw = _ABSENT
    terraform_version: Raw = _ABSENT
    checks: Raw = _ABSENT
    values: _StateValues | None = None


M = TypeVar("M", _PlannedModule, _ExistingModule)

_PLANNED = msgspec.json.Decoder(_PlannedValues)
_STATE = msgspec.json.Decoder(_State)


class _Reader:
    """What both have in common."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._harmless: set[bytes] = set()
        self._telling: set[bytes] = set()
        """Masks that mark nothing, and those that mark something: the objects of one type have few."""

    def _look(self, resources: Sequence[_Planned | _Existing]) -> None:
        """Collect what `sensitive_values` marks; where there is no such mask, what the attributes' names say."""
        masks = list(map(bytes, map(_MASK, resources)))
        for mask in set(masks) - self._harmless - self._telling:
            (self._telling if mask in NO_MASK or b"true" in mask else self._harmless).add(mask)
        if self._telling.isdisjoint(masks):
            return
        for resource, mask in zip(resources, masks, strict=True):
            if mask in self._telling:
                self._secrets.collect(resource.values, mask)


class PlannedReader(_Reader):
    """Reads `planned_values`, piece by piece."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__(secrets)
        self.empty = True

    def fast(self, piece: memoryview) -> bool:
        """Take a piece; False where it does not fit."""
        try:
            found = _PLANNED.decode(piece)
        except (msgspec.DecodeError, RecursionError):
            return False
        _outputs(found.outputs, self._secrets.found)
        resources = [resource for module in _modules(found.root_module) for resource in module.resources]
        self._look(resources)
        if self.empty:
            self.empty = all(resource.mode != "managed" for resource in resources)
        return True

    def slow(self, document: Document) -> None:
        """Take a piece as the standard decoder decodes it, under the key `planned_values`."""
        self.empty = documents.read_planned(document.value["planned_values"], self._secrets.found) and self.empty


class StateReader(_Reader):
    """Reads `prior_state`, piece by piece."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__(secrets)
        self._managed = False
        self._depends_on: dict[str, dict[str, None]] = {}
        self._last: dict[str, bytes] = {}

    @property
    def state(self) -> State:
        """Everything found so far."""
        return State(self._managed, {config: tuple(found) for config, found in self._depends_on.items()})

    def fast(self, piece: memoryview) -> bool:
        """Take a piece; False where it does not fit."""
        try:
            found = _STATE.decode(piece)
        except (msgspec.DecodeError, RecursionError):
            return False
        if found.values is None:
            return True
        _outputs(found.values.outputs, self._secrets.found)
        for module in _modules(found.values.root_module):
            self._look(module.resources)
            self._depend(module.resources)
        return True

    def slow(self, document: Document) -> None:
        """Take a piece as the standard decoder decodes it, under the key `prior_state`."""
        found = documents.read_state(document.value["prior_state"], self._secrets.found)
        self._managed = self._managed or found.managed
        for config, targets in found.depends_on.items():
            self._depends_on.setdefault(config, {}).update(dict.fromkeys(targets))

    def _depend(self, resources: list[_Existing]) -> None:
        """Note who depends on whom among the resources of one module."""
        above, config_above = "?", ""  # of the resource before, and so almost always of this one
        for resource in resources:
            if resource.mode != "managed":
                continue
            self._managed = True
            address, written = resource.address, bytes(resource.depends_on)
            if not written or address is None:
                continue
            local = f"{resource.type}.{resource.name}"
            if resource.index or address != above + local:
                config = addresses.config_of(address) or address
                if not resource.index and address.endswith(local) and config.endswith(local):
                    above, config_above = address[: -len(local)], config[: -len(local)]
            else:
                config = config_above + local
            if self._last.get(config) != written:
                self._last[config] = written
                listed = loads(resource.depends_on)
                if isinstance(listed, list):
                    needed = self._depends_on.setdefault(config, {})
                    needed.update(dict.fromkeys(documents.managed_only(listed)))


def _modules(module: M | None) -> list[M]:
    """A module and all below it, in the order of the document."""
    found: list[M] = []
    pending = [] if module is None else [module]
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(reversed(node.child_modules))
    return found


def _outputs(written: Raw, into: set[str]) -> None:
    if written:
        documents.read_planned({"outputs": loads(written)}, into)
