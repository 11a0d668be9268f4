"""Deletes that are really moves: pairs of a delete and a create, ready to paste as `moved` blocks.

Better no pair than a wrong one: a `moved` block that joins two different things makes the next plan worse. A pair is
called certain when the two carry the same name in the cloud, or when they stand in the same relation as a certain pair
(everything of `module.a` under `module.b`), and likely when nothing tells them apart and no other candidate exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from planguard.causes import hcl
from planguard.causes.pairing import Found, Pairing, module_path, relation
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
    ambiguous: Mapping[str, tuple[str, ...]] = {}
    """Old address → the new ones that it could be; which, the plan cannot tell."""
    by_old: Mapping[str, Move] = {}
    """The pairs by their old address."""
    covers: Mapping[str, tuple[str, str]] = {}
    """Old address → (from, to) of the widest block that moves it: its whole module, or all keys of its resource."""

    @property
    def blocks(self) -> tuple[tuple[str, str], ...]:
        """The fewest (from, to) that cover all pairs."""
        return tuple(sorted(set(self.covers.values())))

    def of(self, old: str) -> Move | None:
        """The pair of a delete."""
        return self.by_old.get(old)

    def candidates(self, old: str) -> tuple[str, ...]:
        """What a delete could have become, when that is not clear."""
        return self.ambiguous.get(old, ())

    def covering(self, move: Move) -> str:
        """The block that does this move, together with its neighbours where one block can."""
        return block(*self.covers.get(move.old, (move.old, move.new)))


def block(old: str, new: str) -> str:
    """A `moved` block."""
    return hcl.visible(f"moved {{\n  from = {old}\n  to   = {new}\n}}")


def moves(plan: Plan) -> Moves:
    """The deletes of a plan that are really moves."""
    deleted = [c for c in plan.changes if c.action is Action.DELETE and c.deposed is None and c.before is not None]
    created = [c for c in plan.changes if c.action is Action.CREATE and c.after is not None and c.importing is None]
    if not {c.resource.type for c in deleted} & {c.resource.type for c in created}:
        return Moves()
    pairing = Pairing(deleted, created)
    pairing.run()
    found = [pairing.found[address] for address in sorted(pairing.found)]
    left_open = {old: news for old, news in sorted(pairing.open.items()) if old not in pairing.found}
    pairs = tuple(map(_move, found))
    return Moves(pairs, left_open, {move.old: move for move in pairs}, _widest(plan, found))


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


def _widest(plan: Plan, found: Iterable[Found]) -> dict[str, tuple[str, str]]:
    """One block for a whole module or a whole resource, where all of it goes the same way and nothing stays behind."""
    partner = {pair.old.address: pair.new.address for pair in found}
    groups: dict[tuple[str, str], set[str]] = {}
    for pair in found:
        for wide in _wider(pair.old, pair.new):
            groups.setdefault(wide, set()).add(pair.old.address)
    sources = {source for source, _ in groups}
    inside: dict[str, int] = dict.fromkeys(sources, 0)
    """How many addresses stand inside each source: all that the plan knows, except for what it creates."""
    known = [*plan.unchanged, *(c.resource for c in plan.changes if c.deposed is None)]
    for resource in known if groups else ():
        for outer in _around(resource):
            if outer in inside:
                inside[outer] += 1
    covers: dict[str, tuple[str, str]] = {}
    for wide, members in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        if inside[wide[0]] == len(members) and not members & covers.keys():
            covers.update(dict.fromkeys(members, wide))
    return {old: covers.get(old, (old, new)) for old, new in sorted(partner.items())}


def _around(resource: Resource) -> Iterator[str]:
    """Everything that a `moved` block could name to move this resource along: its modules, its block."""
    path = ""
    for step in module_path(resource.module):
        path += ("." if path else "") + step
        yield path
        if _key(step):
            yield path.removesuffix(_key(step))
    if resource.key is not None:
        yield _local(resource)


def _wider(old: Resource, new: Resource) -> list[tuple[str, str]]:
    """Blocks that would cover more than this pair: the modules that differ, the resource without its key."""
    wider = []
    if (old.type, old.name, old.key) == (new.type, new.name, new.key):
        source, target = relation(old.module, new.module)
        if not (source and target):  # into a module or out of one: the outermost that both have goes along
            shared = module_path(old.module)[len(module_path(source)) :]
            source, target = (".".join(filter(None, (outer, *shared[:1]))) for outer in (source, target))
            if not shared:
                return []
        wider.append((source, target))
        if _key(source) and _key(source) == _key(target):
            wider.append((source.removesuffix(_key(source)), target.removesuffix(_key(target))))
    elif old.key is not None and old.key == new.key:
        wider.append((_local(old), _local(new)))
    return wider


def _key(module: str) -> str:
    """The key at the end of a module instance, with its brackets: `["x"]`."""
    _, bracket, key = module_path(module)[-1].partition("[")
    return bracket + key


def _local(resource: Resource) -> str:
    local = f"{resource.type}.{resource.name}"
    return f"{resource.module}.{local}" if resource.module else local
