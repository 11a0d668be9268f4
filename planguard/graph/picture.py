"""Plan + findings -> `Picture`: the objects that matter, bunched by block and module instance, and what ties them.

Owns the choice: what has a finding, what ends, what it began with, and what needs it; worst first, up to a limit, the
rest counted. Must not judge or explain: findings come in, and so does the function that says why.

An edge of the configuration speaks of blocks, so nodes are bunches of one block's instances: to draw `app[0]` under
`subnet[0]` would claim what no plan says. Only chains of causes know instances, and they are bunched the same way.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from planguard.graph.blocks import Blocks
from planguard.graph.instances import Instances, Prefix, block_of
from planguard.graph.tree import Tree
from planguard.model import (
    Action,
    Cause,
    Change,
    Finding,
    Picture,
    PictureEdge,
    PictureNode,
    Plan,
    Resource,
    Severity,
)

NODES = 3000
EDGES = 6000
EXAMPLES = 12
"""How many addresses a bunch names."""

Why = Callable[[Change], Cause | None]


def draw(
    plan: Plan, findings: Sequence[Finding], why: Why, *, whole: bool = False, nodes: int = NODES, edges: int = EDGES
) -> Picture:
    """The picture of a plan; `whole` adds what only changes and what stays as it is."""
    return _Drawing(plan, findings, why).picture(whole, nodes, edges)


class _Key(NamedTuple):
    """What the objects of one bunch share."""

    block: str
    module: str
    action: Action


class _Bunch:
    """Objects that are drawn as one node, while they are collected."""

    __slots__ = ("cause", "findings", "key", "members", "severity")

    def __init__(self, key: _Key) -> None:
        self.key = key
        self.members: list[Resource] = []
        self.findings: list[int] = []
        self.severity: Severity | None = None
        self.cause: Cause | None = None


class _Drawing:
    def __init__(self, plan: Plan, findings: Sequence[Finding], why: Why) -> None:
        self._findings, self._why = findings, why
        self._index, self._blocks = Instances(plan), Blocks(plan)
        self._live = {change.resource.address: change for change in plan.changes if change.deposed is None}
        self._bunches: dict[_Key, _Bunch] = {}
        self._at: dict[tuple[str, str], list[_Key]] = {}
        """Block and module instance → the bunches there."""
        self._of: dict[str, _Key] = {}
        """Address → its bunch; a deposed object is not what an address means."""
        for change in plan.changes:
            self._collect(change.resource, change.action, live=change.deposed is None)
        for resource in plan.unchanged:
            if resource.address not in self._live:
                self._collect(resource, Action.NOOP)
        self._place_findings()
        self._near: dict[tuple[str, int], dict[Prefix, list[tuple[str, str]]]] = {}

    def _collect(self, resource: Resource, action: Action, *, live: bool = True) -> None:
        key = _Key(block_of(resource), resource.module, action)
        bunch = self._bunches.get(key)
        if bunch is None:
            bunch = self._bunches[key] = _Bunch(key)
            self._at.setdefault(key[:2], []).append(key)
        bunch.members.append(resource)
        if live:
            self._of[resource.address] = key

    def _place_findings(self) -> None:
        for number, finding in enumerate(self._findings):
            key = self._of.get(finding.address)
            if finding.deposed and key is not None:
                key = key._replace(action=Action.DELETE)
            bunch = self._bunches.get(key) if key is not None else None
            if bunch is None:
                continue  # about the whole plan
            bunch.findings.append(number)
            if bunch.severity is None or finding.severity.rank > bunch.severity.rank:
                bunch.severity = finding.severity
            bunch.cause = bunch.cause or finding.cause

    # --- the choice ---------------------------------------------------------------------------------------------------

    def picture(self, whole: bool, most_nodes: int, most_edges: int) -> Picture:
        hit = [b for b in self._bunches.values() if b.findings or _ends(b.key.action)]
        forced = self._forced(hit)
        begins = {source for source, _ in forced} - {target for _, target in forced}
        chosen = dict.fromkeys(sorted((b.key for b in hit), key=self._urgency))
        chosen.update(dict.fromkeys(sorted({key for pair in forced for key in pair}, key=self._urgency)))
        suffering = [key for key in chosen if _ends(key.action)]
        cut = self._behind(suffering, most_nodes)
        chosen.update(dict.fromkeys(cut))
        if whole:
            chosen.update(dict.fromkeys(sorted(self._bunches, key=self._urgency)))
        kept = sorted(list(chosen)[:most_nodes], key=lambda key: (key not in begins, *self._urgency(key)))
        kept.sort(key=lambda key: -_rank(self._bunches[key]))
        place = {key: number for number, key in enumerate(kept)}
        tree = Tree((key.module, self._bunches[key].members[0].type) for key in kept)
        cut_off = {key for key in cut if key.action is Action.NOOP}
        drawn = [self._node(key, tree.of[place[key]], key in begins, key in cut_off) for key in kept]
        edges, left = self._edges(place, forced, most_edges)
        return Picture(tuple(drawn), edges, tree.groups, self._left_out(place), left)

    def _urgency(self, key: _Key) -> tuple[int, int, int, str, str]:
        bunch = self._bunches[key]
        return (-_rank(bunch), not bunch.findings, _GRAVITY[key.action], key.module, key.block)

    def _forced(self, hit: Iterable[_Bunch]) -> dict[tuple[_Key, _Key], None]:
        """Pairs of bunches of which one makes the other change, as the chains of causes have them."""
        pairs: dict[tuple[_Key, _Key], None] = {}
        for bunch in hit:
            for cause in self._causes(bunch):
                steps = [self._of[address] for address in cause.chain if address in self._of]
                pairs.update(dict.fromkeys((a, b) for a, b in pairwise(steps) if a != b))
        return pairs

    def _causes(self, bunch: _Bunch) -> Iterator[Cause]:
        for number in bunch.findings:
            cause = self._findings[number].cause
            if cause is not None:
                yield cause
        if not bunch.findings:
            cause = self._cause(bunch)
            if cause is not None:
                yield cause

    def _cause(self, bunch: _Bunch) -> Cause | None:
        """Why it happens to the first of them."""
        if bunch.cause is None and bunch.key.action is not Action.NOOP:
            change = self._live.get(bunch.members[0].address)
            if change is not None and change.action is bunch.key.action:
                bunch.cause = self._why(change)
        return bunch.cause

    def _behind(self, lost: Sequence[_Key], most: int) -> dict[_Key, None]:
        """What needs something that ends, directly or not, nearest first: updated in place, or left alone."""
        found: dict[_Key, None] = {}
        queue = deque(dict.fromkeys(key[:2] for key in lost))
        seen = set(queue)
        while queue and len(found) < most:
            for other in self._dependents(queue.popleft()):
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
                    found.update(dict.fromkeys(key for key in self._at[other] if not _ends(key.action)))
        return found

    # --- who needs whom, from place to place --------------------------------------------------------------------------

    def _dependents(self, place: tuple[str, str]) -> Iterator[tuple[str, str]]:
        """Blocks in module instances that need this one without anything between them."""
        block, module = place
        for other in sorted(self._blocks.direct_dependents(block)):
            depth = self._index.shared(other, block)
            yield from self._places(other, depth).get(self._index.prefix(module)[:depth], ())

    def _places(self, block: str, depth: int) -> Mapping[Prefix, Sequence[tuple[str, str]]]:
        if (block, depth) not in self._near:
            found: dict[Prefix, list[tuple[str, str]]] = {}
            for module in sorted({resource.module for resource in self._index.by_block.get(block, ())}):
                found.setdefault(self._index.prefix(module)[:depth], []).append((block, module))
            self._near[block, depth] = found
        return self._near[block, depth]

    def _edges(
        self, place: Mapping[_Key, int], forced: Iterable[tuple[_Key, _Key]], most: int
    ) -> tuple[tuple[PictureEdge, ...], int]:
        pairs = {(place[a], place[b]): True for a, b in forced if a in place and b in place}
        names: dict[tuple[int, int], tuple[str, ...]] = {}
        left = sum(a not in place or b not in place for a, b in forced)
        for key, number in place.items():
            for other in self._dependents(key[:2]):
                for target in (place[k] for k in self._at[other] if k in place):
                    if target == number:
                        continue
                    if len(pairs) >= most and (number, target) not in pairs:
                        left += 1
                        continue
                    pairs.setdefault((number, target), False)
                    names[number, target] = self._via(other[0], key.block)
        edges = (PictureEdge(*pair, forces, names.get(pair, ())) for pair, forces in pairs.items())
        return tuple(sorted(edges)), left

    def _via(self, dependent: str, dependency: str) -> tuple[str, ...]:
        edges = self._blocks.references.get(dependent, ())
        return tuple(sorted({edge.via for edge in edges if edge.dependency == dependency and edge.via}))

    # --- the nodes ----------------------------------------------------------------------------------------------------

    def _node(self, key: _Key, group: int | None, begins: bool, cut_off: bool) -> PictureNode:
        bunch = self._bunches[key]
        members = sorted(bunch.members, key=lambda r: (isinstance(r.key, str), r.key if r.key is not None else -1))
        first = members[0]
        label = first.address if len(members) == 1 else _block_label(first)
        cause = self._cause(bunch)
        return PictureNode(
            label=label,
            name=label.removeprefix(f"{first.module}.") if first.module else label,
            type=first.type,
            action=key.action.value,
            group=group,
            objects=len(members),
            addresses=tuple(resource.address for resource in members[:EXAMPLES]),
            begins=begins,
            cut_off=cut_off,
            severity=bunch.severity,
            why=cause.text if cause is not None else "",
            findings=tuple(bunch.findings),
        )

    def _left_out(self, place: Mapping[_Key, int]) -> Mapping[str, int]:
        rest: Counter[str] = Counter()
        for key, bunch in self._bunches.items():
            if key not in place:
                rest[key.action.value] += len(bunch.members)
        return dict(sorted(rest.items()))


_GRAVITY = {
    action: number
    for number, action in enumerate(
        (
            Action.DELETE, Action.REPLACE, Action.UNKNOWN, Action.FORGET, Action.UPDATE, Action.CREATE, Action.READ,
            Action.NOOP,
        )
    )
}  # fmt: skip


def _ends(action: Action) -> bool:
    return action.destroys or action in (Action.FORGET, Action.UNKNOWN)


def _rank(bunch: _Bunch) -> int:
    return -1 if bunch.severity is None else bunch.severity.rank


def _block_label(resource: Resource) -> str:
    """The address of the block, in its module instance."""
    block = ".".join(resource.config.rsplit(".", 2)[-2:]) if resource.config else resource.address
    return f"{resource.module}.{block}" if resource.module else block
