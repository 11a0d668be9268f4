"""Which other change gives an attribute its new value. Follows references and compares values; words are not its work.

Evidence, strongest first: the configuration says that the attribute refers to a block, and the old value is one that
an instance of this block has now; a reference alone, where only one instance can be meant; no reference that the plan
shows (a `local` hides it), but the old value belongs to something this one depends on. Values alone, without
dependency, prove nothing: two objects can carry the same string by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from planguard.causes.wording import attribute, hides_unknown, plain
from planguard.graph import Graph, block_of
from planguard.model import MISSING, UNKNOWN, Action, Change, Path, Plan, Resource

_SHORTEST = 3
"""Strings shorter than this agree by chance."""


class Source(NamedTuple):
    """Where an attribute takes its new value from."""

    changes: tuple[Change, ...] = ()
    """The instances, when they are known; otherwise all changed ones of the block."""
    block: str = ""
    """The block, where the instance cannot be told."""


class _Group:
    """The changed instances of a block that one module instance can see; shared by all that refer to it."""

    def __init__(self, visible: Sequence[Resource], changes: Mapping[str, Change]) -> None:
        self.size = len(visible)
        found = (changes.get(r.address) for r in visible)
        wanted = (Action.REPLACE, Action.CREATE, Action.UPDATE)
        self.changes = tuple(c for c in found if c is not None and c.action in wanted)
        remade = tuple(c for c in self.changes if c.action is not Action.UPDATE)
        self.likely = remade or self.changes
        """Without better evidence, what is made anew: an update leaves most attributes as they are."""

    @cached_property
    def by_value(self) -> Mapping[str, Sequence[Change]]:
        """String → those that have it now as one of their attributes."""
        return _by_value(self.changes)

    @cached_property
    def by_key(self) -> Mapping[str | int | None, Sequence[Change]]:
        """Own key → those that have it."""
        found: dict[str | int | None, list[Change]] = {}
        for change in self.likely:
            found.setdefault(change.resource.key, []).append(change)
        return found


class Upstream:
    """Answers for one plan."""

    def __init__(self, plan: Plan, graph: Graph) -> None:
        self._plan, self._graph = plan, graph
        self._changes = {c.resource.address: c for c in plan.changes if c.deposed is None}
        self._destroyed: Mapping[str, Sequence[Change]] | None = None
        self._groups: dict[tuple[str, str], _Group] = {}

    def change(self, address: str) -> Change | None:
        """What the plan does to the object in use at an address."""
        return self._changes.get(address)

    def referred(self, change: Change, name: str) -> tuple[Change, ...]:
        """The changes of all objects that the attribute refers to; empty as soon as one of them does not change."""
        blocks = {e.dependency for e in self._graph.references(block_of(change.resource)) if e.via == name}
        seen = [r for block in sorted(blocks) for r in self._graph.visible(change.resource.address, block)]
        found = [self._changes.get(resource.address) for resource in seen]
        return tuple(c for c in found if c is not None) if None not in found else ()

    def source(self, change: Change, path: Path) -> Source | None:
        """What decides the attribute at `path`; None where only its own configuration does, or nothing can be told."""
        old = plain(change.before.get(*path)) if change.before is not None else MISSING
        new = plain(change.after.get(*path)) if change.after is not None else MISSING
        unknown = hides_unknown(new)
        strings = sorted(set(_strings(old)))
        name = attribute(path)
        blocks = {e.dependency for e in self._graph.references(block_of(change.resource)) if _concerns(e.via, name)}
        sure: dict[str, Change] = {}
        unsure: list[tuple[str, _Group]] = []
        for block in sorted(blocks):
            group = self._group(change, block)
            owners = {c.resource.address: c for value in strings for c in group.by_value.get(value, ())}
            exact = {address: c for address, c in owners.items() if _gives(c, strings, new, unknown)}
            sure |= exact
            if group.changes and unknown and not exact:
                unsure.append((block, group))
        if sure:
            return Source(tuple(sure.values()))
        if len(unsure) == 1:
            return self._narrowed(change, *unsure[0])
        return self._by_old_value(change, strings, new) if unknown and not unsure else None

    def _group(self, change: Change, block: str) -> _Group:
        place = (change.resource.module, block)
        if place not in self._groups:
            self._groups[place] = _Group(self._graph.visible(change.resource.address, block), self._changes)
        return self._groups[place]

    def _narrowed(self, change: Change, block: str, group: _Group) -> Source:
        """No value tells the instance: take it where only one is possible, or where keys pair off."""
        if len(group.likely) == 1:
            return Source(group.likely)
        key = change.resource.key
        same_key = group.by_key.get(key, ())
        if len(same_key) == 1 and key is not None and self._group(change, block_of(change.resource)).size == group.size:
            return Source(tuple(same_key))
        return Source(group.likely, block)

    def _by_old_value(self, change: Change, strings: Iterable[str], new: Any) -> Source | None:
        if self._destroyed is None:
            self._destroyed = _by_value(c for c in self._changes.values() if c.action.destroys)
        owners = {c.resource.address: c for value in strings for c in self._destroyed.get(value, ())}
        owners.pop(change.resource.address, None)
        if not owners:
            return None
        needed = set().union(*self._graph.dependencies(change.resource.address))
        found = [c for address, c in sorted(owners.items()) if address in needed]
        found = [c for c in found if c.action is Action.DELETE or _gives(c, strings, new, True)]
        return Source(tuple(found)) if found else None


def _gives(other: Change, strings: Iterable[str], new: Any, unknown: bool) -> bool:
    """Whether `other` has one of the old strings as an attribute of its own, and gets something new there."""
    if other.before is None or other.after is None:
        return False
    for name, value in other.before.tree.items():
        value = plain(value)
        if isinstance(value, str) and value in strings:
            after = plain(other.after.get(name))
            if unknown and (after is UNKNOWN or (after is MISSING and other.action is Action.REPLACE)):
                return True
            if not unknown and after != value and after in _strings(new):
                return True
    return False


def _by_value(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        if change.before is not None:
            strings = {plain(v) for v in change.before.tree.values() if isinstance(plain(v), str)}
            for value in strings:
                if len(value) >= _SHORTEST:
                    found.setdefault(value, []).append(change)
    return found


def _concerns(via: str | None, name: str) -> bool:
    """Whether a reference in `via` can decide the attribute `name`: the same one, a part of it, or the whole of it."""
    return via is not None and (via == name or via.startswith(f"{name}.") or name.startswith(f"{via}."))


def _strings(value: Any) -> Iterator[str]:
    """The strings in a value that are long enough to mean something."""
    value = plain(value)
    if isinstance(value, str):
        if len(value) >= _SHORTEST:
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
