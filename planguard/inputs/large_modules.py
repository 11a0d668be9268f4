"""Pieces of `planned_values` and `prior_state` as msgspec decodes them: secrets, and who depends on whom.

Owns the fast way to what `documents.read_planned` and `documents.read_state` find; a piece that does not fit goes
through these two. Most instances of one block write the same `depends_on`, so it is read once per block and wording.
Imports msgspec: to be imported only for a large plan.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from planguard.inputs import addresses, documents, values
from planguard.inputs.large_entries import Collected, loads
from planguard.inputs.sections import State
from planguard.inputs.text import Document

_ABSENT = Raw(b"")
_NONE = (b"", b"null")


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


class _PlannedModule(Struct, gc=False):
    resources: list[_Planned] = []
    child_modules: list[_PlannedModule] = []


class _ExistingModule(Struct, gc=False):
    resources: list[_Existing] = []
    child_modules: list[_ExistingModule] = []


class _PlannedValues(Struct, gc=False):
    outputs: Raw = _ABSENT
    root_module: _PlannedModule | None = None


class _StateValues(Struct, gc=False):
    outputs: Raw = _ABSENT
    root_module: _ExistingModule | None = None


class _State(Struct, gc=False):
    values: _StateValues | None = None


M = TypeVar("M", _PlannedModule, _ExistingModule)

_PLANNED = msgspec.json.Decoder(_PlannedValues)
_STATE = msgspec.json.Decoder(_State)


class _Reader:
    """What both have in common."""

    def __init__(self, secrets: set[str], collected: Collected) -> None:
        self._secrets = secrets
        self._collected = collected

    def _look(self, resource: _Planned | _Existing, mask: bytes) -> None:
        """Collect what `sensitive_values` marks; where there is no such mask, what the attributes' names say."""
        if not resource.values or not self._collected.new(resource.values, mask):
            return
        found = loads(resource.values)
        if mask not in _NONE:
            values.collect(found, loads(resource.sensitive_values), self._secrets)
        elif found:
            values.collect(found, values.guessed_mask(found), self._secrets)


class PlannedReader(_Reader):
    """Reads `planned_values`, piece by piece."""

    def __init__(self, secrets: set[str], collected: Collected) -> None:
        super().__init__(secrets, collected)
        self.empty = True

    def fast(self, piece: memoryview) -> bool:
        """Take a piece; False where it does not fit."""
        try:
            found = _PLANNED.decode(piece)
        except (msgspec.DecodeError, RecursionError):
            return False
        _outputs(found.outputs, self._secrets)
        for module in _modules(found.root_module):
            for resource in module.resources:
                mask = bytes(resource.sensitive_values)
                if b"true" in mask or mask in _NONE:
                    self._look(resource, mask)
            if self.empty:
                self.empty = all(resource.mode != "managed" for resource in module.resources)
        return True

    def slow(self, document: Document) -> None:
        """Take a piece as the standard decoder decodes it, under the key `planned_values`."""
        self.empty = documents.read_planned(document.value["planned_values"], self._secrets) and self.empty


class StateReader(_Reader):
    """Reads `prior_state`, piece by piece."""

    def __init__(self, secrets: set[str], collected: Collected) -> None:
        super().__init__(secrets, collected)
        self._managed = False
        self._depends_on: dict[str, dict[str, None]] = {}
        self._seen: set[tuple[str, bytes]] = set()

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
        _outputs(found.values.outputs, self._secrets)
        for module in _modules(found.values.root_module):
            self._module(module)
        return True

    def slow(self, document: Document) -> None:
        """Take a piece as the standard decoder decodes it, under the key `prior_state`."""
        found = documents.read_state(document.value["prior_state"], self._secrets)
        self._managed = self._managed or found.managed
        for config, targets in found.depends_on.items():
            self._depends_on.setdefault(config, {}).update(dict.fromkeys(targets))

    def _module(self, module: _ExistingModule) -> None:
        above, config_above = "?", ""  # of the resource before, and so almost always of this one
        for resource in module.resources:
            mask = bytes(resource.sensitive_values)
            if b"true" in mask or mask in _NONE:
                self._look(resource, mask)
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
            if (config, written) not in self._seen:
                self._seen.add((config, written))
                self._depend(config, loads(resource.depends_on))

    def _depend(self, config: str, listed: Any) -> None:
        if isinstance(listed, list):
            self._depends_on.setdefault(config, {}).update(dict.fromkeys(documents.managed_only(listed)))


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
