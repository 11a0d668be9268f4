"""A tree of files → the resources that one root module declares, in all its local modules, with their instances.

Where the sources do not tell how often a block is repeated, one instance stands for all of them. Compares nothing and
judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from planguard.model import UNKNOWN, Location
from planguard.sources.expressions import Lookup
from planguard.sources.modules import Frame, Key, Module, Repetition, keyed
from planguard.sources.tree import Block, SourceFile, Tree


class Declared(NamedTuple):
    """A resource block, in one place of the tree of modules."""

    address: str
    """Without keys: `module.a.aws_x.y`."""
    type: str
    name: str
    module: Module
    block: Block

    @property
    def calls(self) -> tuple[Block, ...]:
        """The module calls that lead to it, from the root down."""
        found: list[Block] = []
        module: Module | None = self.module
        while module is not None and module.call is not None:
            found.append(module.call)
            module = module.parent
        return tuple(reversed(found))


class Instance(NamedTuple):
    """A resource as it would be in the state; where the keys are not known, one stands for all of a block."""

    address: str
    key: Key | None
    each: Any
    frame: Frame
    declared: Declared
    repetition: Repetition
    known: bool

    @property
    def lookup(self) -> Lookup:
        """References in its block."""
        return self.frame.lookup(self.key, self.each)


class Configuration:
    """What one root module declares."""

    def __init__(self, tree: Tree, path: str = "", extra: SourceFile | None = None) -> None:
        self.tree, self.path = tree, path
        self.extra = extra
        """A variable file that is named on the command line."""
        self.root = Module(tree, path, "", None, None, extra)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The root and everything below it whose files are here."""
        found, queue = [], [self.root]
        while queue:
            module = queue.pop()
            found.append(module)
            queue += [module.children[name] for name in sorted(module.children, reverse=True)]
        return tuple(found)

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """Every module instance."""
        found, queue = [], [Frame(self.root)]
        while queue:
            frame = queue.pop()
            found.append(frame)
            for name in sorted(frame.module.children, reverse=True):
                queue += reversed(frame.below(frame.module.children[name]))
        return tuple(found)

    @cached_property
    def resources(self) -> Mapping[str, Declared]:
        """Managed resources by their address without keys. A call of a module whose files are not here is one as well:
        nobody knows what is in it."""
        found: dict[str, Declared] = {}
        for module in self.modules:
            for block in module.of("resource", 2):
                address = module.inside(".".join(block.labels))
                found[address] = Declared(address, block.labels[0], block.labels[1], module, block)
            for call in module.of("module", 1):
                if call.labels[0] not in module.children:
                    address = module.inside(f"module.{call.labels[0]}")
                    found[address] = Declared(address, "module", call.labels[0], module, call)
        return found

    @cached_property
    def instances(self) -> Mapping[str, Instance]:
        """Every resource instance by its address."""
        blocks: dict[str, list[Declared]] = {}
        for declared in self.resources.values():
            blocks.setdefault(declared.module.address, []).append(declared)
        found: dict[str, Instance] = {}
        for frame in self.frames:
            for declared in blocks.get(frame.module.address, ()):
                for instance in _instances(frame, declared):
                    found[instance.address] = instance
        return found

    def family(self, address: str) -> Sequence[Instance]:
        """The instances of one block (its address without keys)."""
        return self._families.get(address, ())

    @cached_property
    def _families(self) -> Mapping[str, Sequence[Instance]]:
        found: dict[str, list[Instance]] = {}
        for instance in self.instances.values():
            found.setdefault(instance.declared.address, []).append(instance)
        return found

    def location(self, address: str) -> Location | None:
        """Where the block of a resource stands (its address without keys), or the nearest module call above it."""
        declared = self.resources.get(address)
        if declared is not None:
            return self.tree.shown(declared.block.location)
        parts = address.split(".")
        for length in range(len(parts) - 1, 1, -1):
            call = self._calls.get(".".join(parts[:length]))
            if call is not None:
                return self.tree.shown(call.location)
        return None

    @cached_property
    def _calls(self) -> Mapping[str, Block]:
        return {
            module.inside(f"module.{call.labels[0]}"): call
            for module in self.modules
            for call in module.of("module", 1)
        }


def _instances(frame: Frame, declared: Declared) -> Iterator[Instance]:
    kind = "module." if declared.type == "module" else f"{declared.type}."
    local = f"{frame.address}.{kind}{declared.name}" if frame.address else f"{kind}{declared.name}"
    repetition = frame.repetition(declared.block.body)
    if repetition.kind == "single":
        yield Instance(local, None, UNKNOWN, frame, declared, repetition, frame.known)
    elif repetition.keys is None:
        yield Instance(local, None, UNKNOWN, frame, declared, repetition, False)
    else:
        for key in repetition.keys:
            each = repetition.values.get(key, UNKNOWN)
            known = frame.known and not repetition.assumed
            yield Instance(keyed(local, key), key, each, frame, declared, repetition, known)


def roots(tree: Tree) -> tuple[str, ...]:
    """The directories that hold a configuration of their own: those that no other one calls as a module."""
    called: set[str] = set()
    for path in tree.directories:
        module = Module(tree, path, "", None, None)
        called.update(child.path for child in module.children.values())
    return tuple(
        path
        for path in tree.directories
        if path not in called
        and not path.startswith("..")
        and any(not file.path.endswith((".tfvars", ".tfvars.json")) for file in tree.directory(path))
    )
