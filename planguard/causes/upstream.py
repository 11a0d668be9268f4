"""Which other change gives an attribute its new value. Follows references and compares values; words are not its work.

Evidence, strongest first: the configuration says that the attribute refers to a block, and the old value is one that
an instance of this block has now; a reference alone, where only one instance can be meant; no reference that the plan
shows (a `local` hides it), but the old value belongs to something this one depends on. Values alone, without
dependency, prove nothing: two objects can carry the same string by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from planguard.causes.wording import attribute, hides_unknown, plain
from planguard.graph import Graph, block_of
from planguard.model import MISSING, UNKNOWN, Action, Change, Path, Plan

_SHORTEST = 3
"""Strings shorter than this agree by chance."""


class Source(NamedTuple):
    """Where an attribute takes its new value from."""

    changes: tuple[Change, ...] = ()
    """The instances, when they are known; otherwise all changed ones of the block."""
    block: str = ""
    """The block, where the instance cannot be told."""


class Upstream:
    """Answers for one plan."""

    def __init__(self, plan: Plan, graph: Graph) -> None:
        self._plan, self._graph = plan, graph
        self._changes = {c.resource.address: c for c in plan.changes if c.deposed is None}
        self._by_value: dict[str, list[Change]] | None = None

    def change(self, address: str) -> Change | None:
        """What the plan does to the object in use at an address."""
        return self._changes.get(address)

    def source(self, change: Change, path: Path) -> Source | None:
        """What decides the attribute at `path`; None where only its own configuration does, or nothing can be told."""
        old = plain(change.before.get(*path)) if change.before is not None else MISSING
        new = plain(change.after.get(*path)) if change.after is not None else MISSING
        unknown = hides_unknown(new)
        strings = frozenset(_strings(old))
        name = attribute(path)
        blocks = {e.dependency for e in self._graph.references(block_of(change.resource)) if _concerns(e.via, name)}
        sure: list[Change] = []
        unsure: list[tuple[str, list[Change]]] = []
        for block in sorted(blocks):
            candidates = self._candidates(change, block)
            exact = [c for c in candidates if self._gives(c, strings, new, unknown)]
            sure += exact
            if candidates and unknown and not exact:
                unsure.append((block, candidates))
        if sure:
            return Source(tuple(sure))
        if len(unsure) == 1:
            return self._narrowed(change, *unsure[0])
        if not unsure and unknown:
            return self._by_old_value(change, strings, new)
        return None

    def _candidates(self, change: Change, block: str) -> list[Change]:
        found = (self._changes.get(r.address) for r in self._graph.visible(change.resource.address, block))
        wanted = (Action.REPLACE, Action.CREATE, Action.UPDATE)
        return [c for c in found if c is not None and c.action in wanted]

    def _gives(self, other: Change, strings: frozenset[str], new: Any, unknown: bool) -> bool:
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

    def _narrowed(self, change: Change, block: str, candidates: list[Change]) -> Source | None:
        """No value tells the instance: take it where only one is possible, or where keys pair off."""
        candidates = [c for c in candidates if c.action is not Action.UPDATE] or candidates
        if len(candidates) == 1:
            return Source(tuple(candidates))
        same_key = [c for c in candidates if c.resource.key == change.resource.key]
        own = self._graph.visible(change.resource.address, block_of(change.resource))
        theirs = self._graph.visible(change.resource.address, block)
        if len(same_key) == 1 and change.resource.key is not None and len(own) == len(theirs):
            return Source(tuple(same_key))
        return Source(tuple(candidates), block)

    def _by_old_value(self, change: Change, strings: frozenset[str], new: Any) -> Source | None:
        if self._by_value is None:
            self._by_value = {}
            for other in self._changes.values():
                if other.action.destroys and other.before is not None:
                    for value in {plain(v) for v in other.before.tree.values() if isinstance(plain(v), str)}:
                        if len(value) >= _SHORTEST:
                            self._by_value.setdefault(value, []).append(other)
        owners = {c.resource.address: c for value in sorted(strings) for c in self._by_value.get(value, ())}
        owners.pop(change.resource.address, None)
        if not owners:
            return None
        needed = set().union(*self._graph.dependencies(change.resource.address))
        found = [c for address, c in sorted(owners.items()) if address in needed]
        found = [c for c in found if c.action is Action.DELETE or self._gives(c, strings, new, True)]
        return Source(tuple(found)) if found else None


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
