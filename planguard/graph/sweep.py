"""One pass over the blocks behind many seeds at once: who is reached, how closely, and how many instances that makes.

Counts only; keeps nothing between questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from planguard.graph.circles import MANY, components
from planguard.graph.instances import Instances, Prefix
from planguard.model import Resource


class Sweep:
    """One pass over the blocks behind some seeds: which seed reaches which block, and how many keys that keeps."""

    def __init__(
        self, index: Instances, following: Mapping[str, Sequence[str]], seeds: Mapping[str, Sequence[Resource]]
    ) -> None:
        self._index, self._following, self._seeds = index, following, seeds
        self._bit = {block: number for number, block in enumerate(seeds)}
        self._reach: list[dict[str, int]] = [{} for _ in range(index.deepest + 1)]
        """Number of keys kept → block → mask of the seeds that reach it so."""
        order, cyclic = _order(following, seeds)
        if cyclic and len(order) > MANY:
            self._round(order)
        else:
            # Without circles one pass in topological order is final; with them passes are repeated until nothing moves.
            while self._pass(order) and cyclic:
                pass
        seen: dict[str, int] = {}
        for masks in self._reach:
            for block, mask in masks.items():
                before = seen.get(block, 0)
                masks[block] = mask & ~before
                seen[block] = before | mask

    def _round(self, order: Sequence[str]) -> None:
        """As passes until nothing moves, one circle after the other."""
        whole = self._reach[0]
        for group in components(self._following, order):
            if len(group) > 1 and not self._index.deepest:
                # Who reaches one of a circle reaches all of it, themselves included.
                mask = 0
                for block in group:
                    mask |= whole.get(block, 0) | (1 << self._bit[block] if block in self._bit else 0)
                whole.update(dict.fromkeys(group, mask))
            while self._pass(group) and len(group) > 1:
                pass

    def _pass(self, order: Iterable[str]) -> bool:
        index, following, moved = self._index, self._following, False
        for block in order:
            for depth, masks in enumerate(self._reach):
                mask = masks.get(block, 0)
                if block in self._bit and depth == index.depth(block):
                    mask |= 1 << self._bit[block]
                if not mask:
                    continue
                for other in following.get(block, ()):
                    target = self._reach[min(depth, index.shared(block, other))] if index.deepest else masks
                    old = target.get(other, 0)
                    new = old | mask
                    if new != old:
                        target[other] = new
                        moved = True
        return moved

    def depths(self) -> dict[str, int]:
        """Block → how many leading keys its instances must share with a seed; for a sweep with one seed."""
        return {block: depth for depth, masks in enumerate(self._reach) for block, mask in masks.items() if mask}

    @property
    def bits(self) -> Mapping[str, int]:
        """Block of a seed → its bit in the masks."""
        return self._bit

    def reached(self) -> Iterator[tuple[int, str, int]]:
        """(number of leading keys that must agree, block, mask of the seeds that reach it so)."""
        for depth, masks in enumerate(self._reach):
            yield from ((depth, block, mask) for block, mask in masks.items() if mask)

    def totals(self) -> dict[str, int]:
        """Address of a seed → number of instances that it reaches, itself excluded."""
        index = self._index
        everywhere = Columns()
        for block, mask in self._reach[0].items():
            everywhere.add(mask, index.total.get(block, 0))
        places = self.places()
        inside = {place: Columns() for place in places}
        for depth in range(1, len(self._reach)):
            for block, mask in self._reach[depth].items():
                call = index.chain(block)[depth - 1] if mask else ""
                counts = index.by_prefix.get(block, {}) if mask else {}
                for prefix, number in counts.items():
                    if len(prefix) == depth and (call, prefix) in inside:
                        inside[call, prefix].add(mask, number)
        result: dict[str, int] = {}
        for block, resources in self._seeds.items():
            bit, chain = self._bit[block], index.chain(block)
            itself = any(masks.get(block, 0) >> bit & 1 for masks in self._reach)
            common = everywhere.read(bit) - itself
            for resource in resources:
                prefix = index.prefix(resource.module)
                result[resource.address] = common + sum(
                    inside[call, prefix[: depth + 1]].read(bit) for depth, call in enumerate(chain[: len(prefix)])
                )
        return result

    def places(self) -> set[tuple[str, Prefix]]:
        """(module call, leading keys) of every seed: only there anybody will ask for a number."""
        index = self._index
        return {
            (call, prefix[: depth + 1])
            for block, resources in self._seeds.items()
            for prefix in {index.prefix(r.module) for r in resources}
            for depth, call in enumerate(index.chain(block)[: len(prefix)])
        }


class Columns:
    """Sums of single bits over many masks, kept as binary digits: plane i holds digit i of every column's sum."""

    __slots__ = ("_planes",)

    def __init__(self) -> None:
        self._planes: list[int] = []

    def add(self, mask: int, times: int) -> None:
        """Count every bit of the mask `times` times."""
        planes, level = self._planes, 0
        while times and mask:
            if times & 1:
                carry, at = mask, level
                while carry:
                    if at == len(planes):
                        planes.append(0)
                    planes[at], carry = planes[at] ^ carry, planes[at] & carry
                    at += 1
            times >>= 1
            level += 1
            if level > len(planes):
                planes.append(0)

    def sums(self) -> dict[int, int]:
        """Column → its sum, for all columns that have one."""
        found: dict[int, int] = {}
        for level, plane in enumerate(self._planes):
            digits = bin(plane)[:1:-1]
            at = digits.find("1")
            while at >= 0:
                found[at] = found.get(at, 0) + (1 << level)
                at = digits.find("1", at + 1)
        return found

    def read(self, bit: int) -> int:
        """The sum of one column."""
        return sum((plane >> bit & 1) << level for level, plane in enumerate(self._planes))


def _order(following: Mapping[str, Sequence[str]], seeds: Iterable[str]) -> tuple[list[str], bool]:
    """Blocks reachable from the seeds, each before those that follow it; and whether a cycle makes that impossible."""
    done: list[str] = []
    open_or_done: dict[str, bool] = {}
    cyclic = False
    for seed in seeds:
        if seed in open_or_done:
            continue
        open_or_done[seed] = True
        stack = [(seed, iter(following.get(seed, ())))]
        while stack:
            block, rest = stack[-1]
            for other in rest:
                state = open_or_done.get(other)
                if state is None:
                    open_or_done[other] = True
                    stack.append((other, iter(following.get(other, ()))))
                    break
                cyclic = cyclic or state
            else:
                stack.pop()
                open_or_done[block] = False
                done.append(block)
    done.reverse()
    return done, cyclic
