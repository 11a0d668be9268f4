"""Lists behind `count` that lost, gained or reordered items: which instance is to become which. Compares names only.

Terraform knows instances by their index. When the list behind `count` changes anywhere but at its end, every later
instance is given the name of its neighbour: one edit, and a row of replacements that nobody meant. The state can be
told instead, once and without touching anything: `state mv`. (`moved` blocks cannot: they follow one another, and a
chain of them ends in one place.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from planguard.graph import Graph, block_of
from planguard.model import Action, Change, Plan, Resource

NAMES = ("name", "identifier", "bucket", "cluster_identifier", "function_name", "user_name", "domain_name", "fqdn")
"""Attributes that carry the name of an object."""

_GONE = (Action.DELETE, Action.FORGET)


class Shift(NamedTuple):
    """What became of the list behind one `count`."""

    block: str
    """The resource in its module instance, without index."""
    steps: tuple[tuple[int, int], ...]
    """(from, to), in an order in which each target is free."""
    left: tuple[int, ...]
    """Where the items that are on the list no more stand after the steps."""

    def moved(self, index: int) -> bool:
        """Whether the instance at this index takes part."""
        return any(index in step for step in self.steps)


class Shifts:
    """Answers for one plan."""

    def __init__(self, plan: Plan, graph: Graph) -> None:
        self._changes = {c.resource.address: c for c in plan.changes if c.deposed is None}
        self._graph = graph
        self._known: dict[tuple[str, str], Shift | None] = {}

    def of(self, resource: Resource) -> Shift | None:
        """The shift that the instance takes part in; None where its list was not shifted or cannot be told."""
        if not isinstance(resource.key, int):
            return None
        place = (block_of(resource), resource.module)
        if place not in self._known:
            members = [r for r in self._graph.instances(place[0]) if r.module == resource.module]
            self._known[place] = _shift(members, self._changes)
        shift = self._known[place]
        return shift if shift is not None and shift.moved(resource.key) else None


def _shift(members: Iterable[Resource], changes: Mapping[str, Change]) -> Shift | None:
    """Follow the first name that tells every changed instance apart."""
    known = {m.key: changes.get(m.address) for m in members if isinstance(m.key, int)}
    touched = {index: change for index, change in known.items() if change is not None}
    sample = next(iter(touched.values()), None)
    if sample is None or not any(c.action in (Action.REPLACE, Action.UPDATE) for c in touched.values()):
        return None
    for name in NAMES:
        before = {
            i: _text(c.before and c.before.get(name)) for i, c in touched.items() if c.action is not Action.CREATE
        }
        after = {i: _text(c.after and c.after.get(name)) for i, c in touched.items() if c.action not in _GONE}
        steps = _mapping(before, after)
        if steps:
            resource = sample.resource
            local = f"{resource.type}.{resource.name}"
            block = f"{resource.module}.{local}" if resource.module else local
            # An index that nothing ever had: what leaves the list is put there, out of the way.
            beyond = max(known) + 1
            order, left = _ordered(steps, set(before), beyond)
            return Shift(block, order, left)
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _mapping(before: Mapping[int, str | None], after: Mapping[int, str | None]) -> dict[int, int]:
    """Old index → new index of each item whose name went elsewhere; empty where names are missing or not unique."""
    olds, news = [*before.values()], [*after.values()]
    if None in olds or None in news or len(set(olds)) < len(olds) or len(set(news)) < len(news):
        return {}
    target = {name: index for index, name in after.items()}
    return {old: target[name] for old, name in before.items() if name in target and target[name] != old}


def _ordered(
    steps: Mapping[int, int], taken: set[int], beyond: int
) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """The steps so that nothing is moved onto something; and where the items end up that left the list."""
    order: list[tuple[int, int]] = []
    waiting, occupied = dict(steps), set(taken)
    left: list[int] = []
    for index in sorted(set(steps.values()) & taken - steps.keys()):  # it has no place any more, and stands in the way
        order.append((index, beyond))
        left.append(beyond)
        occupied = occupied - {index} | {beyond}
        beyond += 1
    while waiting:
        free = next((old for old in sorted(waiting) if waiting[old] not in occupied), None)
        if free is None:  # a circle: one of them steps aside
            first = min(waiting)
            order.append((first, beyond))
            waiting[beyond] = waiting.pop(first)
            occupied = occupied - {first} | {beyond}
            beyond += 1
            continue
        new = waiting.pop(free)
        order.append((free, new))
        occupied = occupied - {free} | {new}
    return tuple(order), tuple(left)
