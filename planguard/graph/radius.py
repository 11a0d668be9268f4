"""What becomes of those that need something which goes: they go as well, change, are new, or are cut off.

Counts by instance, for many seeds in one sweep, and names the first few that are cut off. What a resource is, others
say. Cost: as the sweep, times what can become of an instance; a category is counted once per block.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from planguard.graph.instances import Instances, Prefix, block_of
from planguard.graph.sweep import Columns, Sweep
from planguard.model import Action, Change, Plan, Radius, Resource

DESTROYED, UPDATED, CREATED, CUT_OFF = "destroyed", "updated", "created", "cut_off"
NAMED = 3
"""So many of those that are cut off are named."""

_Counts = Mapping[str, int]
_Place = tuple[str, Prefix]
_Kind = tuple[str, str]
"""What becomes of an instance, or (with an empty first part) its category."""


class Fates:
    """What the plan does to the instances of each block, altogether and by the leading keys of their module."""

    def __init__(self, plan: Plan, index: Instances, category: Callable[[Resource], str], order: Sequence[str]) -> None:
        self._index, self._category = index, category
        self._order = {name: place for place, name in enumerate(order)}
        self._of = {c.resource.address: fate for c in plan.changes if c.deposed is None and (fate := _fate(c))}
        self._changed: dict[str, dict[str, int]] = {}
        self._inside: dict[str, dict[Prefix, dict[str, int]]] = {}
        self._categories: dict[str, str] = {}
        for change in plan.changes:
            fate = self._of.get(change.resource.address)
            if fate is None or change.deposed is not None:
                continue
            block = block_of(change.resource)
            counts = self._changed.setdefault(block, {})
            counts[fate] = counts.get(fate, 0) + 1
            prefix = index.prefix(change.resource.module)
            for length in range(1, len(prefix) + 1):
                within = self._inside.setdefault(block, {}).setdefault(prefix[:length], {})
                within[fate] = within.get(fate, 0) + 1

    def of(self, address: str) -> str:
        """What becomes of one instance."""
        return self._of.get(address, CUT_OFF)

    def everywhere(self, block: str) -> _Counts:
        """What becomes of all instances of a block."""
        return _rest(self._index.total.get(block, 0), self._changed.get(block, {}))

    def inside(self, block: str, depth: int) -> Iterator[tuple[Prefix, _Counts]]:
        """The same by the first `depth` keys."""
        changed = self._inside.get(block, {})
        for prefix, number in self._index.by_prefix.get(block, {}).items():
            if len(prefix) == depth:
                yield prefix, _rest(number, changed.get(prefix, {}))

    def category(self, block: str) -> str:
        """What a block is; empty where it has no instances."""
        if block not in self._categories:
            members = self._index.by_block.get(block, ())
            self._categories[block] = self._category(members[0]) if members else ""
        return self._categories[block]

    def first(self, block: str) -> tuple[int, str]:
        """Sorts blocks: by category in the given order, then by address."""
        return self._order.get(self.category(block), len(self._order)), block

    def untouched(self, block: str) -> list[Resource]:
        """The instances that stay as they are."""
        return sorted(
            (r for r in self._index.by_block.get(block, ()) if self.of(r.address) == CUT_OFF), key=lambda r: r.address
        )


def measured(
    index: Instances, sweep: Sweep, seeds: Mapping[str, Sequence[Resource]], fates: Fates, named: Collection[str]
) -> dict[str, Radius]:
    """The radius of every seed that anybody needs."""
    sums = _Sums(index, sweep, fates)
    names = _names(index, sweep, seeds, fates, named)
    result: dict[str, Radius] = {}
    for block, resources in seeds.items():
        itself = sums.reaches_itself(block)
        for resource in resources:
            counts = sums.of(block, resource)
            if itself:
                fate = fates.of(resource.address)
                kinds = [(fate, "")] if fate == CREATED else [(fate, ""), ("", fates.category(block))]
                for kind in kinds:
                    counts[kind] -= 1
            if any(counts.values()):
                result[resource.address] = _radius(counts, names.get(resource.address, ()))
    return result


class _Sums:
    """Column sums of a sweep, by what becomes of an instance and by what it is."""

    def __init__(self, index: Instances, sweep: Sweep, fates: Fates) -> None:
        self._index, self._bits = index, sweep.bits
        self._masks: dict[str, int] = {}
        places = sweep.places()
        columns: dict[_Place | None, dict[_Kind, Columns]] = {}
        for depth, block, mask in sweep.reached():
            self._masks[block] = self._masks.get(block, 0) | mask
            if depth == 0:
                _add(columns.setdefault(None, {}), mask, fates.everywhere(block), fates.category(block))
                continue
            call = index.chain(block)[depth - 1]
            for prefix, counts in fates.inside(block, depth):
                if (call, prefix) in places:
                    _add(columns.setdefault((call, prefix), {}), mask, counts, fates.category(block))
        self._sums = {place: {kind: one.sums() for kind, one in found.items()} for place, found in columns.items()}

    def reaches_itself(self, block: str) -> bool:
        """Whether a circle leads back to where it began."""
        return bool(self._masks.get(block, 0) >> self._bits[block] & 1)

    def of(self, block: str, seed: Resource) -> dict[_Kind, int]:
        """All counts of one seed, itself included where a circle leads back to it."""
        bit, prefix = self._bits[block], self._index.prefix(seed.module)
        chain = self._index.chain(block)[: len(prefix)]
        places = (None, *((call, prefix[: at + 1]) for at, call in enumerate(chain)))
        counts: dict[_Kind, int] = {}
        for place in places:
            for kind, found in self._sums.get(place, {}).items():
                if bit in found:
                    counts[kind] = counts.get(kind, 0) + found[bit]
        return counts


def _radius(counts: Mapping[_Kind, int], named: Sequence[str]) -> Radius:
    categories = {name: number for (fate, name), number in sorted(counts.items()) if not fate and name and number}
    return Radius(
        destroyed=counts.get((DESTROYED, ""), 0),
        updated=counts.get((UPDATED, ""), 0),
        created=counts.get((CREATED, ""), 0),
        cut_off=counts.get((CUT_OFF, ""), 0),
        categories=categories,
        named=tuple(named),
    )


def _add(columns: dict[_Kind, Columns], mask: int, counts: _Counts, category: str) -> None:
    for fate, number in counts.items():
        columns.setdefault((fate, ""), Columns()).add(mask, number)
    existing = sum(number for fate, number in counts.items() if fate != CREATED)
    if existing:
        columns.setdefault(("", category), Columns()).add(mask, existing)


def _names(
    index: Instances, sweep: Sweep, seeds: Mapping[str, Sequence[Resource]], fates: Fates, named: Collection[str]
) -> dict[str, list[str]]:
    """The first few that are cut off, for the seeds that are asked for."""
    asked = {sweep.bits[block]: [r for r in found if r.address in named] for block, found in seeds.items()}
    asked = {bit: found for bit, found in asked.items() if found}
    open_bits = sum(1 << bit for bit in asked)
    names: dict[str, list[str]] = {r.address: [] for found in asked.values() for r in found}
    reached = [item for item in sweep.reached() if item[2] & open_bits and fates.everywhere(item[1]).get(CUT_OFF)]
    for depth, block, mask in sorted(reached, key=lambda item: (fates.first(item[1]), item[0])):
        waiting = mask & open_bits
        candidates = fates.untouched(block) if waiting else []
        while waiting:
            bit = waiting.bit_length() - 1
            waiting ^= 1 << bit
            for seed in asked[bit]:
                prefix = index.prefix(seed.module)[:depth]
                mine = names[seed.address]
                fitting = (c.address for c in candidates if index.prefix(c.module)[:depth] == prefix)
                mine += [a for _, a in zip(range(NAMED), fitting, strict=False) if a != seed.address]
            if all(len(names[seed.address]) >= NAMED for seed in asked[bit]):
                open_bits ^= 1 << bit
    return {address: found[:NAMED] for address, found in names.items()}


def _rest(total: int, changed: _Counts) -> _Counts:
    untouched = total - sum(changed.values())
    return {**changed, CUT_OFF: untouched} if untouched > 0 else changed


def _fate(change: Change) -> str | None:
    if change.action.destroys:
        return DESTROYED
    return {Action.UPDATE: UPDATED, Action.CREATE: CREATED}.get(change.action)
