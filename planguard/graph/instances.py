"""What stands where: addresses taken apart, and the instances of a plan counted by block and module keys.

Knows nothing of edges.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from planguard.model import Plan, Resource

Key = str | None
"""An instance key of a module as it stands between the brackets; None for a call without one."""
Prefix = tuple[Key, ...]

_ADDRESS, _CONFIG, _MODULE = attrgetter("address"), attrgetter("config"), attrgetter("module")
_CALL = re.compile(r'module\.([^.\[\]]+)(?:\[("(?:[^"\\]|\\.)*"|\d+)\])?(?:\.|$)')
_KEYS = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')


def without_keys(address: str) -> str:
    """The address of the block behind an instance: `module.a["x"].t.n[0]` → `module.a.t.n`."""
    return _KEYS.sub("", address)


def block_of(resource: Resource) -> str:
    """The block an instance comes from; inputs without blocks (CloudFormation) have one per address."""
    return resource.config or resource.address


def module_steps(module: str) -> Iterator[tuple[str, Key]]:
    """The module calls of an address, with their keys as written: `module.a["x"].module.b` → (a, "x"), (b, None)."""
    at = 0
    while match := _CALL.match(module, at):
        yield match[1], match[2]
        at = match.end()


def calls(address: str) -> Iterator[tuple[str, Key]]:
    """The same with the configuration address of each call: (module.a, "x"), (module.a.module.b, None)."""
    call = ""
    for name, key in module_steps(address):
        call += ("." if call else "") + f"module.{name}"
        yield call, key


def _places(resources: Collection[Resource]) -> Iterable[tuple[str, str]]:
    """Block and module instance of each. There may be 100,000: without a loop of our own where all have a block."""
    blocks = list(map(_CONFIG, resources))
    return zip(blocks if all(blocks) else map(block_of, resources), map(_MODULE, resources), strict=True)


def agreement(one: Sequence[object], other: Sequence[object]) -> int:
    """How many leading items two sequences share."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length


class Instances:
    """What stands where: the instances of the plan, counted by block and by the leading keys of their module."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._changed = {c.resource.address: c.resource for c in plan.changes if c.deposed is None}
        self._by_address: dict[str, Resource] | None = None
        self._by_block: dict[str, list[Resource]] | None = None
        self._prefixes: dict[str, Prefix] = {}
        self._chains: dict[str, tuple[str, ...]] = {}
        places = Counter(_places(self._changed.values()))
        places.update(_places(self._rest()))
        steps_of = {module: tuple(calls(module)) for module in {module for _, module in places}}
        self._keyed = {call for steps in steps_of.values() for call, key in steps if key is not None}
        for module, steps in steps_of.items():
            self._prefixes[module] = tuple(key for call, key in steps if call in self._keyed)
        self.total: dict[str, int] = {}
        self.by_prefix: dict[str, dict[Prefix, int]] = {}
        """Block → leading keys (one or more of them) → how many instances."""
        for (block, module), number in places.items():
            self.total[block] = self.total.get(block, 0) + number
            prefix = self._prefixes[module]
            if prefix:
                counts = self.by_prefix.setdefault(block, {})
                for length in range(1, len(prefix) + 1):
                    counts[prefix[:length]] = counts.get(prefix[:length], 0) + number
        self.deepest = max(map(len, self._prefixes.values()), default=0)

    def _rest(self) -> Sequence[Resource]:
        # An address is in both tuples only where an input contradicts itself; the change is then the better witness.
        changed, unchanged = self._changed, self._plan.unchanged
        if changed.keys().isdisjoint(map(_ADDRESS, unchanged)):
            return unchanged
        return [r for r in unchanged if r.address not in changed]

    def find(self, address: str) -> Resource | None:
        """The instance at an address."""
        if address in self._changed:
            return self._changed[address]
        if self._by_address is None:
            self._by_address = {r.address: r for r in self._plan.unchanged}
        return self._by_address.get(address)

    @property
    def by_block(self) -> Mapping[str, Sequence[Resource]]:
        """Block → its instances."""
        if self._by_block is None:
            self._by_block = {}
            for group in (self._changed.values(), self._rest()):
                for resource in group:
                    self._by_block.setdefault(resource.config or resource.address, []).append(resource)
        return self._by_block

    def prefix(self, module: str) -> Prefix:
        """The keys of a module instance, for the calls that carry keys at all."""
        return self._prefixes[module]

    def chain(self, block: str) -> tuple[str, ...]:
        """The module calls with keys around a block, outermost first."""
        if not self._keyed:
            return ()
        if block not in self._chains:
            self._chains[block] = tuple(call for call, _ in calls(block) if call in self._keyed)
        return self._chains[block]

    def depth(self, block: str) -> int:
        """How many keys an instance of the block has in its module path."""
        return len(self.chain(block))

    def shared(self, one: str, other: str) -> int:
        """How many leading keys two blocks have in common."""
        return agreement(self.chain(one), self.chain(other)) if self._keyed else 0

    def count(self, block: str, depth: int, prefix: Prefix) -> int:
        """How many instances of the block agree with the first `depth` keys of `prefix`."""
        if depth == 0:
            return self.total.get(block, 0)
        return self.by_prefix.get(block, {}).get(prefix[:depth], 0)
