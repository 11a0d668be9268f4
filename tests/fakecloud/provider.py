"""The protocol's calls: request fields in, response fields out. Field numbers are those of Terraform's tfplugin6.proto.

Keeps no objects: only the region that the provider was configured with, and a count that makes ids differ.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fakecloud import planning, values, wire
from fakecloud.schema import Block, Cloud
from fakecloud.values import Cty, Object

_CAPABILITIES = wire.encode({1: True, 2: True, 3: True})
"""The provider can plan destroys, its schema may be asked for once, and it can move state between types."""


class Request(NamedTuple):
    """The fields of a request, read as what they are."""

    fields: Mapping[int, int | bytes]

    def raw(self, number: int) -> bytes:
        """The field's bytes; empty where it is absent."""
        value = self.fields.get(number, b"")
        return value if isinstance(value, bytes) else b""

    def text(self, number: int) -> str:
        """The field as a string."""
        return self.raw(number).decode()

    def value(self, number: int) -> Cty:
        """The field as a Terraform value."""
        return values.decode(self.raw(number))

    def json(self, number: int) -> Cty:
        """The JSON form inside a `RawState` field."""
        return json.loads(Request(wire.decode(self.raw(number))).raw(1) or b"null")


class Provider:
    """One running provider. A method has the name of the call that it answers."""

    def __init__(self, cloud: Cloud, environment: Mapping[str, str] = os.environ) -> None:
        self._cloud = cloud
        self._region = ""
        self._salt = environment.get("FAKECLOUD_SALT", "")
        self._fail = re.compile(environment.get("FAKECLOUD_FAIL") or r"(?!)")
        self._slow = re.compile(environment.get("FAKECLOUD_SLOW") or r"(?!)")
        self._seconds = float(environment.get("FAKECLOUD_SECONDS") or 2)
        world = environment.get("FAKECLOUD_WORLD")
        self._world: dict[str, Any] = json.loads(Path(world).read_text(encoding="utf-8")) if world else {}
        self._made: dict[str, int] = {}
        self._lock = threading.Lock()

    def call(self, name: str) -> Callable[[Request], wire.Fields] | None:
        """The method that answers the protocol's call `name`."""
        return getattr(self, name, None) if name[:1].isupper() else None

    # The names below are the protocol's.

    def GetProviderSchema(self, _: Request) -> wire.Fields:
        """Everything that Terraform may ask for."""
        return {
            1: _schema(self._cloud.config),
            2: _entries(self._cloud.resources),
            3: _entries(self._cloud.data),
            6: _CAPABILITIES,
        }

    def GetMetadata(self, _: Request) -> wire.Fields:
        """What the provider can do."""
        return {1: _CAPABILITIES}

    def ConfigureProvider(self, request: Request) -> wire.Fields:
        """Remember the region."""
        config = request.value(2) or {}
        named = (config.get(key) for key in ("region", "location", "host"))
        self._region = next((name for name in named if isinstance(name, str)), "")
        return {}

    def ValidateProviderConfig(self, _: Request) -> wire.Fields:
        """Any configuration will do."""
        return {}

    ValidateResourceConfig = ValidateDataResourceConfig = GetFunctions = StopProvider = ValidateProviderConfig

    def UpgradeResourceState(self, request: Request) -> wire.Fields:
        """The stored object in today's form."""
        return {1: values.encode(planning.shape(self._cloud.resources[request.text(1)], request.json(3)))}

    def ReadResource(self, request: Request) -> wire.Fields:
        """The object as the world shows it: as it was, changed, or gone."""
        kind, stored = request.text(1), request.value(2)
        if refused := self._refusal("read", kind, stored):
            return {1: request.raw(2), 2: refused}
        found = self._world.get(kind, {}).get(stored.get("id"), {})
        home = json.loads(request.raw(3) or b"{}").get("region", self._region)
        elsewhere = bool(home and self._region and home != self._region)
        if found is None or elsewhere:
            return {1: values.encode(None)}
        return {1: values.encode({**stored, **found}) if found else request.raw(2), 3: request.raw(3)}

    def PlanResourceChange(self, request: Request) -> wire.Fields:
        """What would become of the object."""
        kind = request.text(1)
        prior, proposed, config = request.value(2), request.value(3), request.value(4)
        if refused := self._refusal("plan", kind, prior or proposed):
            return {4: refused}
        if proposed is None:
            return {1: request.raw(3), 3: request.raw(5), 5: True}
        facts = {"region": self._region} if self._region else {}
        planned = planning.plan(self._cloud.resources[kind], prior, proposed, config, facts)
        paths = [values.attribute_path(path) for path in planned.replace]
        return {1: values.encode(planned.value), 2: paths, 3: request.raw(5), 5: True}

    def ApplyResourceChange(self, request: Request) -> wire.Fields:
        """Create, update or delete."""
        kind, prior, planned = request.text(1), request.value(2), request.value(3)
        operation = "create" if prior is None else "delete" if planned is None else "update"
        if self._slow.search(f"{operation}:{kind}:{(prior or planned).get('id')}"):
            time.sleep(self._seconds)
        if refused := self._refusal(operation, kind, prior or planned):
            return {1: request.raw(2), 2: request.raw(5), 3: refused}
        if planned is None:
            return {1: values.encode(None)}
        facts = self._facts(kind, planned) if prior is None else {"hash": "0" * 17, "region": self._region}
        made = planning.settle(self._cloud.resources[kind], planned, facts)
        return {1: values.encode(made), 2: request.raw(5) or self._private(), 4: True}

    def ImportResourceState(self, request: Request) -> wire.Fields:
        """The object that the world has under this id."""
        kind, identifier = request.text(1), request.text(2)
        found = self._world.get(kind, {}).get(identifier)
        if found is None:
            return {2: values.diagnostic("Cannot import non-existent remote object", f"{kind} {identifier}")}
        state = planning.shape(self._cloud.resources[kind], {"id": identifier, **found})
        return {1: wire.encode({1: kind, 2: values.encode(state), 3: self._private()})}

    def MoveResourceState(self, request: Request) -> wire.Fields:
        """An object of one type becomes one of another."""
        source, target = request.text(2), request.text(5)
        block = self._cloud.resources[target]
        if source not in block.moves_from:
            return {2: values.diagnostic(f"cannot move {source} to {target}")}
        return {1: values.encode(planning.shape(block, request.json(4))), 3: request.raw(6)}

    def ReadDataSource(self, request: Request) -> wire.Fields:
        """A data source is planned and settled at once."""
        kind, config = request.text(1), request.value(2)
        block = self._cloud.data[kind]
        facts = {"region": self._region} if self._region else {}
        planned = planning.plan(block, None, config, config, facts)
        made = planning.settle(block, planned.value, self._facts(kind, config))
        return {1: values.encode({**made, **self._world.get(f"data.{kind}", {})})}

    def _private(self) -> str:
        """What Terraform keeps for us beside the object: where it lives."""
        return json.dumps({"region": self._region})

    def _facts(self, kind: str, value: Object) -> dict[str, str]:
        """Facts for a new object; the hash is the same in every run, and differs between equal objects of one run."""
        key = kind + json.dumps(value, default=str, sort_keys=True) + self._region
        with self._lock:
            count = self._made[key] = self._made.get(key, -1) + 1
        digest = hashlib.sha1(f"{key}{count}{self._salt}".encode(), usedforsecurity=False).hexdigest()
        return {"hash": digest[:17], "region": self._region or "global"}

    def _refusal(self, operation: str, kind: str, value: Object | None) -> bytes | None:
        """The error that this operation ends in, if it is to fail."""
        known = value or {}
        what = f"{operation}:{kind}:{known.get('id')}"
        if self._fail.search(what):
            return values.diagnostic(f"{operation} {kind} failed", f"fakecloud was told to fail {what}")
        guard = self._cloud.resources[kind].protected_by
        if operation == "delete" and guard and known.get(guard):
            return values.diagnostic(
                f"deleting {kind} ({known.get('id')})", f"InvalidParameterCombination: Cannot delete, {guard} is on"
            )
        return None


def _schema(block: Block) -> bytes:
    return wire.encode({1: 0, 2: block.encode()})


def _entries(blocks: Mapping[str, Block]) -> list[bytes]:
    return [wire.encode({1: name, 2: _schema(block)}) for name, block in blocks.items()]
