"""The search for pairs of a delete and a create that are one object, from the strongest evidence to the weakest.

Each step takes only what is unambiguous in both directions and leaves the rest to the next one. Works on changes alone;
never compares everything with everything, because a large plan can hold thousands of deletes and creates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from planguard.causes import likeness
from planguard.causes.likeness import Likeness, Profile
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


class Link(NamedTuple):
    """What a pair shows of its neighbours: they have gone the same way."""

    what: str
    """`module`, `name` or `key`: the one thing in which the addresses of the pair differ."""
    module: str
    """For `name` and `key`: the module instance in which it holds."""
    source: str | int | None
    target: str | int | None
    names: frozenset[str] = frozenset()
    """A neighbour goes along only when it carries one of these; empty: any does."""


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
        self._profiles: dict[str, Profile] = {}

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
            for name in self._profile(new).texts:
                index.setdefault((new.resource.type, name), []).append(new)
        options: dict[str, list[tuple[int, str]]] = {}
        for old in self._old.values():
            names = self._profile(old).names
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
                    if likeness.contradict(self._profile(old), self._profile(new)):
                        continue
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
                if keys is None or not likeness.similar(*keys) or not self._follows(old, new, keys):
                    continue
                as_new = Profile(old.resource.type, likeness.with_text(_tree(old.before), *keys))
                alike = likeness.compare(as_new, self._profile(new))
                if alike.possible and not alike.different:
                    options.setdefault(old.resource.address, []).append((0, new.resource.address))
        self._take(options, LIKELY)

    def _follows(self, old: Change, new: Change, keys: tuple[str, str]) -> bool:
        """Whether the names of the new one are those of the old one under the new key, as far as they are known."""
        after = new.after
        names = self._profile(old).name_paths.items()
        known = ((text, after.get(*path)) for path, text in names) if after is not None else ()
        return not any(isinstance(value, str) and value != text.replace(*keys) for text, value in known)

    def _by_relation(self) -> bool:
        """What stands beside a pair goes the same way, unless its attributes speak against it."""
        options: dict[str, list[tuple[int, str]]] = {}
        certain: dict[str, str] = {}
        relations = {link: found.certainty for found in self.found.values() for link in self._relations(found)}
        for old in self._free_old():
            for link, certainty in sorted(relations.items(), key=str):
                target = _follow(old.resource, link)
                new = self._at.get(target) if target is not None else None
                if new is None or (link.names and not link.names & self._profile(old).texts):
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

    def _relations(self, found: Found) -> Iterator[Link]:
        """How the new place follows from the old one, where exactly one thing differs."""
        old, new = found.old, found.new
        if old.module != new.module and (old.name, old.key) == (new.name, new.key):
            yield Link("module", "", *relation(old.module, new.module))
        elif old.module == new.module and old.key == new.key and old.name != new.name:
            yield Link("name", old.module, old.name, new.name)
        elif (old.module, old.name) == (new.module, new.name):
            # The same index in another list is another thing, unless it carries the name of this one.
            by_key = isinstance(old.key, str) and isinstance(new.key, str)
            names = frozenset[str]() if by_key else self._profiles[old.address].names
            if by_key or names:
                yield Link("key", old.module, old.key, new.key, names)

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
            self._compared[key] = likeness.compare(self._profile(old), self._profile(new))
        return self._compared[key]

    def _profile(self, change: Change) -> Profile:
        address = change.resource.address
        if address not in self._profiles:
            self._profiles[address] = Profile(change.resource.type, _tree(change.before or change.after))
        return self._profiles[address]


def relation(old: str, new: str) -> tuple[str, str]:
    """Two module instances without what their ends have in common: `module.a.module.x`, `module.b.module.x` → a, b."""
    one, other = module_path(old), module_path(new)
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return ".".join(one), ".".join(other)


def _follow(old: Resource, link: Link) -> Place | None:
    """Where an object would be that goes the way of a pair."""
    if link.what == "module":
        rest = _below(old.module, str(link.source))
        return None if rest is None else (f"{link.target}.{rest}".strip("."), old.type, old.name, old.key)
    if old.module != link.module:
        return None
    if link.what == "name":
        return (old.module, old.type, str(link.target), old.key) if old.name == link.source else None
    return (old.module, old.type, old.name, link.target) if old.key == link.source else None


def _below(module: str, outer: str) -> str | None:
    """The rest of a module's address inside another one; None where it is not inside."""
    if not outer or module == outer:
        return module[len(outer) :]
    return module[len(outer) + 1 :] if module.startswith(f"{outer}.") else None


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


def module_path(module: str) -> list[str]:
    """The steps of a module instance: `module.a["x"].module.b` → `module.a["x"]`, `module.b`."""
    return [f"module.{name}" + ("" if key is None else f"[{key}]") for name, key in module_steps(module)]


def _tree(values: Values | None) -> Mapping[str, object]:
    return values.tree if values is not None else {}
