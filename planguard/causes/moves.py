"""Deletes that are really moves: pairs of a delete and a create, ready to paste as `moved` blocks.

Better no pair than a wrong one: a `moved` block that joins two different things makes the next plan worse. A pair is
called certain when the two carry the same name in the cloud, or when they stand in the same relation as a certain pair
(everything of `module.a` under `module.b`), and likely when nothing tells them apart and no other candidate exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from planguard.causes.pairing import Found, Pairing, relation
from planguard.model import Action, Plan, Resource


class Move(NamedTuple):
    """A delete and a create that are one object."""

    old: str
    new: str
    how: str
    """In words: `a rename of module.db to module.database`."""
    certainty: str
    """`certain` or `likely`."""
    renamed: tuple[str, ...] = ()
    """Attributes in which the new one carries another name: left as they are, the move may still replace the object."""

    @property
    def block(self) -> str:
        """The `moved` block, ready to paste."""
        return block(self.old, self.new)


class Moves(NamedTuple):
    """All moves of a plan."""

    pairs: tuple[Move, ...] = ()
    """Sorted by old address; each address occurs once."""
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Old address → the new ones that it could be; which, the plan cannot tell."""
    blocks: tuple[tuple[str, str], ...] = ()
    """The fewest (from, to) that cover all pairs: a whole module in one, a whole resource with all its keys in one."""

    def of(self, old: str) -> Move | None:
        """The pair of a delete."""
        return next((move for move in self.pairs if move.old == old), None)

    def candidates(self, old: str) -> tuple[str, ...]:
        """What a delete could have become, when that is not clear."""
        return next((found for address, found in self.ambiguous if address == old), ())

    def covering(self, move: Move) -> str:
        """The block that does this move, together with its neighbours where one block can."""
        for source, target in self.blocks:
            if move.old == source or _inside(move.old, source):
                return block(source, target)
        return move.block


def block(old: str, new: str) -> str:
    """A `moved` block."""
    return f"moved {{\n  from = {old}\n  to   = {new}\n}}"


def moves(plan: Plan) -> Moves:
    """The deletes of a plan that are really moves."""
    deleted = [c for c in plan.changes if c.action is Action.DELETE and c.deposed is None and c.before is not None]
    created = [c for c in plan.changes if c.action is Action.CREATE and c.after is not None and c.importing is None]
    if not {c.resource.type for c in deleted} & {c.resource.type for c in created}:
        return Moves()
    pairing = Pairing(deleted, created)
    pairing.run()
    found = [pairing.found[address] for address in sorted(pairing.found)]
    left_open = tuple((old, news) for old, news in sorted(pairing.open.items()) if old not in pairing.found)
    return Moves(tuple(map(_move, found)), left_open, _fewest(plan, found))


def _move(found: Found) -> Move:
    how = _in_words(found.old, found.new)
    return Move(found.old.address, found.new.address, how, found.certainty, found.renamed)


def _in_words(old: Resource, new: Resource) -> str:
    source, target = relation(old.module, new.module)
    local = (old.type, old.name, old.key) == (new.type, new.name, new.key)
    if local and source and target:
        return f"a rename of {source} to {target}"
    if local:
        return "a move " + (f"into {target}" if target else f"out of {source}")
    if (old.module, old.name) == (new.module, new.name):
        if isinstance(old.key, str) and isinstance(new.key, str):
            return f'a rename of the key "{old.key}" to "{new.key}"'
        return f"a change from {_repeated(old)} to {_repeated(new)}"
    return f"a rename to {new.address}"


def _repeated(resource: Resource) -> str:
    if resource.key is None:
        return "a single resource"
    return "count" if isinstance(resource.key, int) else "for_each"


def _fewest(plan: Plan, found: Iterable[Found]) -> tuple[tuple[str, str], ...]:
    """One block for a whole module or a whole resource, where all of it goes the same way and nothing stays behind."""
    staying = {r.address for r in plan.unchanged}
    staying |= {c.resource.address for c in plan.changes if c.action is not Action.DELETE}
    partner = {pair.old.address: pair.new.address for pair in found}
    # What has no partner must not be dragged along: it counts as staying behind.
    staying |= {c.resource.address for c in plan.changes if c.resource.address not in partner and c.deposed is None}
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for pair in found:
        for source, target in _wider(pair.old, pair.new):
            groups.setdefault((source, target), {})[pair.old.address] = pair.new.address
    blocks: list[tuple[str, str]] = []
    for (source, target), members in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        whole = {old: new for old, new in partner.items() if _inside(old, source)}
        if whole and whole.items() <= members.items() and not any(_inside(address, source) for address in staying):
            blocks.append((source, target))
            for old in whole:
                del partner[old]
    return tuple(sorted([*blocks, *partner.items()]))


def _wider(old: Resource, new: Resource) -> list[tuple[str, str]]:
    """Blocks that would cover more than this pair: the modules that differ, the resource without its key."""
    wider = []
    if (old.type, old.name, old.key) == (new.type, new.name, new.key):
        source, target = relation(old.module, new.module)
        if source and target:
            wider.append((source, target))
    elif old.key is not None and old.key == new.key:
        wider.append((_local(old), _local(new)))
    return wider


def _local(resource: Resource) -> str:
    local = f"{resource.type}.{resource.name}"
    return f"{resource.module}.{local}" if resource.module else local


def _inside(address: str, source: str) -> bool:
    return address.startswith(source) and address[len(source) : len(source) + 1] in (".", "[")
