"""The search for pairs of a delete and a create that are one object, from the strongest evidence to the weakest.

Each step takes only what is unambiguous in both directions and leaves the rest to the next one. Works on changes alone;
never compares everything with everything, because a large plan can hold thousands of deletes and creates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from planguard.causes import likeness
from planguard.causes.likeness import Likeness
from planguard.graph import block_of, module_steps
from planguard.model import Change, Resource, Values

CERTAIN, LIKELY = "certain", "likely"

_ENOUGH = 3
"""Agreeing attributes that it takes to call two objects without names alike."""
_CROWD = 40
"""More candidates than this for one object say nothing."""

Place = tuple[str, str, str, str | int | None]
"""Module instance, type, name, key."""


class Found(NamedTuple):
    """One pair."""

    old: Resource
    new: Resource
    certainty: str
    renamed: tuple[str, ...] = ()
    """Attributes with another name in the new object."""


class Pairing:
    """The state of the search: what is found, and what is still free."""

    def __init__(self, deleted: Iterable[Change], created: Iterable[Change]) -> None:
        self.found: dict[str, Found] = {}
        """By old address."""
        self.open: dict[str, tuple[str, ...]] = {}
        """Old address → candidates among which nothing decides."""
        self._new = {c.resource.address: c for c in created}
        kinds = {c.resource.type for c in self._new.values()}
        self._old = {c.resource.address: c for c in deleted if c.resource.type in kinds}
        self._at: dict[Place, Change] = {_place(c.resource): c for c in self._new.values()}
        self._compared: dict[tuple[str, str], Likeness] = {}

    def run(self) -> None:
        """All steps; relations are followed again after each, because new pairs show new ones."""
        for step in (self._by_name, self._by_likeness, self._by_key):
            step()
            while self._by_relation():
                pass

    def _by_name(self) -> None:
        """The same name in the cloud, in the same place, and close in the rest."""
        index: dict[tuple[str, str], list[Change]] = {}
        for new in self._new.values():
            for name in set(likeness.texts(_tree(new.after))):
                index.setdefault((new.resource.type, name), []).append(new)
        options: dict[str, list[tuple[int, str]]] = {}
        for old in self._old.values():
            names = likeness.names(old.resource.type, _tree(old.before))
            candidates = {
                c.resource.address: c for name in names for c in _few(index.get((old.resource.type, name), ()))
            }
            for new in candidates.values():
                alike = self._compare(old, new)
                if alike.possible and alike.close and alike.names_same:
                    options.setdefault(old.resource.address, []).append((alike.different, new.resource.address))
        self._take(options, CERTAIN)

    def _by_likeness(self) -> None:
        """No names at all, but nothing that tells the two apart."""
        options: dict[str, list[tuple[int, str]]] = {}
        for olds, news in self._free_by_kind():
            for old in olds:
                for new in news:
                    alike = self._compare(old, new)
                    if alike.possible and not alike.different and alike.same >= _ENOUGH:
                        far = _distance(old.resource, new.resource)
                        options.setdefault(old.resource.address, []).append((far, new.resource.address))
        self._take(options, LIKELY)

    def _by_key(self) -> None:
        """Another spelling or version of the same key, from which the new names follow."""
        by_block: dict[str, list[Change]] = {}
        for new in self._free_new():
            by_block.setdefault(block_of(new.resource), []).append(new)
        options: dict[str, list[tuple[int, str]]] = {}
        for old in self._free_old():
            for new in _few(by_block.get(block_of(old.resource), ())):
                keys = _one_key(old.resource, new.resource)
                if keys is None or not likeness.similar(*keys):
                    continue
                as_new = likeness.with_text(_tree(old.before), *keys)
                alike = likeness.compare(old.resource.type, as_new, _tree(new.after))
                if alike.possible and not alike.different:
                    options.setdefault(old.resource.address, []).append((0, new.resource.address))
        self._take(options, LIKELY)

    def _by_relation(self) -> bool:
        """What stands beside a pair goes the same way, unless its attributes speak against it."""
        options: dict[str, list[tuple[int, str]]] = {}
        certain: dict[str, str] = {}
        relations = sorted({(found.certainty, kind) for found in self.found.values() for kind in _relations(found)})
        for old in self._free_old():
            for certainty, kind in relations:
                target = _follow(old.resource, kind)
                new = self._at.get(target) if target is not None else None
                if new is None or self._taken(new):
                    continue
                alike = self._compare(old, new)
                if alike.possible and alike.close:
                    address = old.resource.address
                    choice = (0, new.resource.address)
                    if choice not in options.setdefault(address, []):
                        options[address].append(choice)
                    certain.setdefault(address, certainty)
        return self._take(options, certain)

    def _take(self, options: Mapping[str, list[tuple[int, str]]], certainty: str | Mapping[str, str]) -> bool:
        """Keep what is the single best choice from both sides; note the rest as open."""
        back: dict[str, list[tuple[int, str]]] = {}
        for old, choices in options.items():
            for rank, new in choices:
                back.setdefault(new, []).append((rank, old))
        before = len(self.found)
        for old, choices in sorted(options.items()):
            best = _best(choices)
            if len(best) == 1 and _best(back[best[0]]) == [old]:
                self._pair(old, best[0], certainty if isinstance(certainty, str) else certainty[old])
            else:
                self.open.setdefault(old, tuple(best))
        return len(self.found) > before

    def _pair(self, old: str, new: str, certainty: str) -> None:
        one, other = self._old[old], self._new[new]
        renamed = self._compare(one, other).names_different
        self.found[old] = Found(one.resource, other.resource, certainty, renamed)
        del self._old[old]
        del self._new[new]
        self._at.pop(_place(other.resource))

    def _taken(self, new: Change) -> bool:
        return new.resource.address not in self._new

    def _free_old(self) -> list[Change]:
        return list(self._old.values())

    def _free_new(self) -> list[Change]:
        return list(self._new.values())

    def _free_by_kind(self) -> Iterator[tuple[list[Change], list[Change]]]:
        olds: dict[str, list[Change]] = {}
        news: dict[str, list[Change]] = {}
        for change in self._old.values():
            olds.setdefault(change.resource.type, []).append(change)
        for change in self._new.values():
            news.setdefault(change.resource.type, []).append(change)
        for kind, group in olds.items():
            if len(group) <= _CROWD and len(news.get(kind, ())) <= _CROWD:
                yield group, news.get(kind, [])

    def _compare(self, old: Change, new: Change) -> Likeness:
        if old.resource.provider != new.resource.provider:
            return Likeness(elsewhere=("provider",))
        key = (old.resource.address, new.resource.address)
        if key not in self._compared:
            self._compared[key] = likeness.compare(old.resource.type, _tree(old.before), _tree(new.after))
        return self._compared[key]


def relation(old: str, new: str) -> tuple[str, str]:
    """Two module instances without what their ends have in common: `module.a.module.x`, `module.b.module.x` → a, b."""
    one, other = _steps(old), _steps(new)
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return ".".join(one), ".".join(other)


def _relations(found: Found) -> Iterator[tuple[str, str, str]]:
    """(what, from, to): how the new place follows from the old one, where exactly one thing differs."""
    old, new = found.old, found.new
    if old.module != new.module and (old.name, old.key) == (new.name, new.key):
        source, target = relation(old.module, new.module)
        if source:
            yield "module", source, target
    elif old.module == new.module and old.key == new.key and old.name != new.name:
        yield f"name {old.module}", old.name, new.name
    elif (old.module, old.name) == (new.module, new.name) and isinstance(old.key, str) and isinstance(new.key, str):
        yield f"key {old.module}", old.key, new.key


def _follow(old: Resource, kind: tuple[str, str, str]) -> Place | None:
    what, source, target = kind
    if what == "module":
        if old.module == source or old.module.startswith(f"{source}."):
            return (target + old.module[len(source) :]).strip("."), old.type, old.name, old.key
    elif what == f"name {old.module}" and old.name == source:
        return old.module, old.type, target, old.key
    elif what == f"key {old.module}" and old.key == source:
        return old.module, old.type, old.name, target
    return None


def _one_key(old: Resource, new: Resource) -> tuple[str, str] | None:
    """The one key, of a module or of the resource itself, in which two instances of one block differ."""
    before = [*(key for _, key in module_steps(old.module)), old.key]
    after = [*(key for _, key in module_steps(new.module)), new.key]
    differing = [(a, b) for a, b in zip(before, after, strict=False) if a != b]
    if len(differing) != 1 or len(before) != len(after):
        return None
    one, other = differing[0]
    if not isinstance(one, str) or not isinstance(other, str):
        return None
    return one.strip('"'), other.strip('"')


def _distance(old: Resource, new: Resource) -> int:
    """How much of the address differs: the nearest of equal candidates is the better one."""
    return (old.module != new.module) + (old.name != new.name) + (old.key != new.key)


def _best(choices: Iterable[tuple[int, str]]) -> list[str]:
    ranked = sorted(choices)
    return [address for rank, address in ranked if rank == ranked[0][0]]


def _few(changes: Sequence[Change]) -> Sequence[Change]:
    return changes if len(changes) <= _CROWD else ()


def _place(resource: Resource) -> Place:
    return resource.module, resource.type, resource.name, resource.key


def _steps(module: str) -> list[str]:
    return [f"module.{name}" + ("" if key is None else f"[{key}]") for name, key in module_steps(module)]


def _tree(values: Values | None) -> Mapping[str, object]:
    return values.tree if values is not None else {}
