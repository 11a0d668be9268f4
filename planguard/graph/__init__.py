"""The dependency graph: who needs whom, at the level of instances, and how many.

Owns the joining of two sources. The configuration gives direct edges with the attribute that refers (`Plan.edges`); the
prior state gives edges that are transitive already and that also know blocks whose source is gone (`Plan.state_edges`).
Both speak of blocks, never of instances. Must not judge, print, or know what a type holds. networkx is only used for
circles in large graphs (`circles`): importing it costs more than most whole runs, and for one sweep over many seeds it
has nothing.

**From blocks to instances.** An edge "block a needs block b" says nothing of instances, but module calls do: inside
`module.m["x"]` an expression can only see that same instance of `module.m`. So an edge joins an instance of a with an
instance of b exactly when both agree on the keys of every module call that encloses both blocks. Along a path each edge
passes on only the keys of its own common calls, and keys are nested, so the instances at the two ends must agree on the
smallest number of leading keys that any edge of the path keeps; over all paths the smallest number decides, because it
allows the most. (Module calls that never carry a key are left out of the count: nothing can disagree there.)

Limits, all on the side of counting too much: `subnet_id = aws_subnet.s[count.index].id` needs one instance, but the
edge says block `aws_subnet.s`, so all instances count; a block without any instance (`count = 0`, a data source) still
passes needs on, as it does in Terraform's own ordering.

**Direct or not.** A block with edges from the configuration has those as its direct ones. For a block known only from
the state, direct is estimated by transitive reduction: b is direct for a unless something else that a needs also needs
b. A direct need that a second way covers is lost by that: the estimate is a lower bound, the total is not affected.

**Cost.** Nothing is computed until somebody asks. Counts for many addresses come from one sweep over the blocks that
need any of them: every asked block is one bit, masks flow from dependency to dependent, and column sums are kept as
bit-sliced counters, so that neither the number of instances nor the number of hubs multiplies the work.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from planguard.graph.blocks import Blocks
from planguard.graph.instances import Instances, Prefix, agreement, block_of, module_steps, without_keys
from planguard.graph.sweep import Sweep
from planguard.model import Action, Dependents, Edge, Plan, Radius, Resource

__all__ = ["Graph", "Related", "block_of", "build", "module_steps", "without_keys"]

_SEEDS_AT_ONCE = 4096
_NOBODY = Dependents()


class Related(NamedTuple):
    """Addresses of instances on one side of another one, each sorted."""

    direct: tuple[str, ...] = ()
    transitive: tuple[str, ...] = ()
    """Those that are not direct."""


def build(plan: Plan) -> Graph:
    """The graph of a plan. Costs nothing before the first question."""
    return Graph(plan)


class Graph:
    """Answers who needs whom. Deposed objects are no nodes of their own: nothing can refer to one."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._index: Instances | None = None
        self._links: Blocks | None = None
        self._dependents: dict[str, Dependents] = {}
        self._swept = False

    def dependents(self, address: str) -> Dependents:
        """How many managed instances of the plan need this one; zeros where the plan has no such address.

        The first question also prepares all that the plan destroys or forgets: whoever asks for one asks for all.
        """
        if address not in self._dependents:
            asked = [address]
            if not self._swept:
                self._swept = True
                lost = (c for c in self._plan.changes if c.action.destroys or c.action is Action.FORGET)
                asked += [change.resource.address for change in lost]
            self.prepare(asked)
        return self._dependents[address]

    def prepare(self, addresses: Iterable[str]) -> None:
        """Count the dependents of many addresses in one go."""
        index, links = self._instances, self._blocks
        new = [address for address in dict.fromkeys(addresses) if address not in self._dependents]
        self._dependents.update(dict.fromkeys(new, _NOBODY))
        seeds = self._seeds(new)
        blocks = list(seeds)
        for start in range(0, len(blocks), _SEEDS_AT_ONCE):
            some = {block: seeds[block] for block in blocks[start : start + _SEEDS_AT_ONCE]}
            totals = Sweep(index, links.needed_by, some).totals()
            for block, resources in some.items():
                direct = links.direct_dependents(block)
                sums: dict[Prefix, int] = {}
                for resource in resources:
                    prefix = index.prefix(resource.module)
                    if prefix not in sums:
                        sums[prefix] = sum(index.count(other, index.shared(other, block), prefix) for other in direct)
                    self._dependents[resource.address] = Dependents(sums[prefix], totals[resource.address])

    def radii(
        self,
        addresses: Iterable[str],
        category: Callable[[Resource], str],
        order: Sequence[str] = (),
        named: Collection[str] = (),
    ) -> dict[str, Radius]:
        """What becomes of those that need each of these, for many addresses in one go.

        `category` says what a resource is; it is asked once per block. Those that are cut off are named only for the
        addresses in `named`, in the order of their categories. Addresses that nobody needs are left out.
        """
        from planguard.graph.radius import Fates, measured

        index, links = self._instances, self._blocks
        seeds = self._seeds(addresses)
        fates = Fates(self._plan, index, category, order)
        found: dict[str, Radius] = {}
        blocks = list(seeds)
        for start in range(0, len(blocks), _SEEDS_AT_ONCE):
            some = {block: seeds[block] for block in blocks[start : start + _SEEDS_AT_ONCE]}
            found |= measured(index, Sweep(index, links.needed_by, some), some, fates, named)
        return found

    def _seeds(self, addresses: Iterable[str]) -> dict[str, list[Resource]]:
        """Block → those of these objects that somebody needs."""
        index, links = self._instances, self._blocks
        seeds: dict[str, list[Resource]] = {}
        for address in dict.fromkeys(addresses):
            resource = index.find(address)
            if resource is not None and block_of(resource) in links.needed_by:
                seeds.setdefault(block_of(resource), []).append(resource)
        return seeds

    def dependent_addresses(self, address: str, limit: int | None = None) -> Related:
        """The instances that need this one; at most `limit` of each sort, the first by name."""
        return self._related(address, limit, upstream=False)

    def dependencies(self, address: str, limit: int | None = None) -> Related:
        """The instances that this one needs; at most `limit` of each sort, the first by name."""
        return self._related(address, limit, upstream=True)

    def references(self, block: str) -> tuple[Edge, ...]:
        """The direct edges of one configuration block, in the order of (dependency, via)."""
        return tuple(self._blocks.references.get(block, ()))

    def instances(self, block: str) -> tuple[Resource, ...]:
        """All managed instances of a block, in the order of the input."""
        return tuple(self._instances.by_block.get(block, ()))

    def visible(self, address: str, block: str) -> tuple[Resource, ...]:
        """Those instances of `block` that an expression of the instance at `address` can refer to."""
        index = self._instances
        resource = index.find(address)
        if resource is None:
            return ()
        depth = index.shared(block_of(resource), block)
        wanted = index.prefix(resource.module)[:depth]
        return tuple(r for r in index.by_block.get(block, ()) if index.prefix(r.module)[:depth] == wanted)

    def path(self, dependent: str, dependency: str) -> tuple[Edge, ...]:
        """The shortest chain of edges by which one instance needs another; empty where it does not.

        Edges of the configuration come first; a step that only the state knows has no `via`.
        """
        index = self._instances
        start, goal = index.find(dependent), index.find(dependency)
        if start is None or goal is None or start.address == goal.address:
            return ()
        agreed = agreement(index.prefix(start.module), index.prefix(goal.module))
        first, last = block_of(start), block_of(goal)
        for with_state in (False, True):
            found = self._search(first, last, agreed, with_state)
            if found:
                return found
        return ()

    def _search(self, first: str, last: str, agreed: int, with_state: bool) -> tuple[Edge, ...]:
        index, links = self._instances, self._blocks
        origin = (first, index.depth(first))
        came: dict[tuple[str, int], tuple[tuple[str, int], Edge] | None] = {origin: None}
        queue = deque([origin])
        while queue:
            state = queue.popleft()
            block, depth = state
            for edge in links.steps(block, with_state):
                following = (edge.dependency, min(depth, index.shared(block, edge.dependency)))
                # Asked before `came`: two instances of one block can need each other through a cycle.
                if following[0] == last and following[1] <= agreed:
                    return (*_trace(came, state), edge)
                if following not in came:
                    came[following] = (state, edge)
                    queue.append(following)
        return ()

    def _related(self, address: str, limit: int | None, upstream: bool) -> Related:
        index, links = self._instances, self._blocks
        resource = index.find(address)
        if resource is None:
            return Related()
        block, prefix = block_of(resource), index.prefix(resource.module)
        direct_blocks = links.direct_dependencies(block) if upstream else links.direct_dependents(block)
        shared = {other: index.shared(other, block) for other in direct_blocks}
        direct = set(self._agreeing(shared, prefix)) - {address}
        reached = Sweep(index, links.needs if upstream else links.needed_by, {block: [resource]}).depths()
        others = set(self._agreeing(reached, prefix)) - direct - {address}
        return Related(_first(direct, limit), _first(others, limit))

    def _agreeing(self, depths: Mapping[str, int], prefix: Prefix) -> Iterator[str]:
        index = self._instances
        for block, depth in depths.items():
            for resource in index.by_block.get(block, ()):
                if index.prefix(resource.module)[:depth] == prefix[:depth]:
                    yield resource.address

    @property
    def _instances(self) -> Instances:
        if self._index is None:
            self._index = Instances(self._plan)
        return self._index

    @property
    def _blocks(self) -> Blocks:
        if self._links is None:
            self._links = Blocks(self._plan)
        return self._links


def _trace(came: Mapping[tuple[str, int], tuple[tuple[str, int], Edge] | None], end: tuple[str, int]) -> list[Edge]:
    edges: list[Edge] = []
    step = came[end]
    while step is not None:
        edges.append(step[1])
        step = came[step[0]]
    edges.reverse()
    return edges


def _first(addresses: set[str], limit: int | None) -> tuple[str, ...]:
    return tuple(sorted(addresses) if limit is None else heapq.nsmallest(limit, addresses))
