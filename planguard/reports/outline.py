"""Picture -> what fits into a small one: groups of which some are open, the rest closed and counted, worst first.

Owns what is left when a picture has to be small. Must not know how anything is drawn or escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from planguard.model import Picture, PictureNode, Severity

FEW = 6
"""Of so many groups some may be open and some closed; of more, all or none: it reads more calmly."""


class Item(NamedTuple):
    """One thing to draw: a node, a closed group, an open group with its items, or what did not fit."""

    key: str
    label: str = ""
    node: PictureNode | None = None
    items: tuple[Item, ...] | None = None
    """What stands in an open group; None for everything else."""
    objects: int = 1
    severity: Severity | None = None
    rest: int = 0
    """How many nodes and groups this item stands for that did not fit."""


class Link(NamedTuple):
    """An arrow between two items."""

    source: str
    target: str
    forces: bool
    via: tuple[str, ...] = ()


class Outline(NamedTuple):
    """What is drawn of a picture."""

    items: tuple[Item, ...]
    links: tuple[Link, ...]
    links_left_out: int = 0


def outline(picture: Picture, most: int, most_links: int, prefix: str = "") -> Outline:
    """About `most` items of a picture and at most `most_links` arrows; keys start with `prefix`."""
    tree = _Tree(picture, prefix)
    items = tree.items(tree.opened(most), most)
    links = _links(picture, tree.owner)
    return Outline(items, tuple(links[:most_links]), max(0, len(links) - most_links))


class _Group:
    def __init__(self, number: int | None, label: str) -> None:
        self.number, self.label = number, label
        self.groups: list[_Group] = []
        self.nodes: list[int] = []
        self.rank = -1
        self.objects = 0

    def size(self) -> int:
        return len(self.groups) + len(self.nodes)


class _Tree:
    """The groups of a picture with what stands in them."""

    def __init__(self, picture: Picture, prefix: str) -> None:
        self._picture, self._prefix = picture, prefix
        self._top = _Group(None, "")
        self._groups = [_Group(number, group.label) for number, group in enumerate(picture.groups)]
        self.owner: dict[int, str] = {}
        """Place of a node → key of the item that stands for it."""
        for group, made in zip(picture.groups, self._groups, strict=True):
            self._around(group.parent).groups.append(made)
        for place, node in enumerate(picture.nodes):
            self._around(node.group).nodes.append(place)
            self._count(node)

    def _around(self, number: int | None) -> _Group:
        return self._top if number is None else self._groups[number]

    def _count(self, node: PictureNode) -> None:
        number = node.group
        while number is not None:
            group = self._groups[number]
            group.rank = max(group.rank, _rank(node))
            group.objects += node.objects
            number = self._picture.groups[number].parent

    def opened(self, most: int) -> frozenset[int]:
        """The groups to open: from the outside in, a whole level at once, or the worst of a few."""
        found: set[int] = set()
        shown, level = self._top.size(), self._top.groups
        while level:
            added = [group.size() - 1 for group in level]
            if shown + sum(added) > most and len(level) > FEW:
                break
            following: list[_Group] = []
            for group in sorted(level, key=lambda one: (-one.rank, one.number)):
                if len(level) > 1 and shown + group.size() - 1 > most:
                    continue
                shown += min(group.size() - 1, most)
                found.add(group.number or 0)
                following += group.groups
            level = following
        return frozenset(found)

    def items(self, opened: frozenset[int], most: int) -> tuple[Item, ...]:
        """Everything visible, as a tree."""
        return tuple(self._inside(self._top, opened, most))

    def _inside(self, group: _Group, opened: frozenset[int], most: int) -> Iterator[Item]:
        inner: list[tuple[int, int, _Group | int]] = [(-one.rank, 0, one) for one in group.groups]
        inner += [(-_rank(self._picture.nodes[place]), 1, place) for place in group.nodes]
        inner.sort(key=lambda entry: entry[:2])  # stable: in the picture's own order otherwise
        shown = inner if len(inner) <= most + 1 else inner[:most]
        for _, _, one in shown:
            yield self._group(one, opened, most) if isinstance(one, _Group) else self._node(one)
        if len(shown) < len(inner):
            yield self._rest(group, [one for _, _, one in inner[most:]])

    def _node(self, place: int) -> Item:
        node = self._picture.nodes[place]
        key = self.owner[place] = f"{self._prefix}n{place}"
        return Item(key, node.label, node=node, objects=node.objects, severity=node.severity)

    def _group(self, group: _Group, opened: frozenset[int], most: int) -> Item:
        key = f"{self._prefix}g{group.number}"
        item = Item(key, group.label, objects=group.objects, severity=_severity(group.rank))
        if group.number in opened:
            return item._replace(items=tuple(self._inside(group, opened, most)))
        self._claim(group, key)
        return item

    def _rest(self, group: _Group, inner: list[_Group | int]) -> Item:
        key = f"{self._prefix}m{'' if group.number is None else group.number}"
        objects = 0
        for one in inner:
            if isinstance(one, _Group):
                self._claim(one, key)
                objects += one.objects
            else:
                self.owner[one] = key
                objects += self._picture.nodes[one].objects
        return Item(key, objects=objects, rest=len(inner))

    def _claim(self, group: _Group, key: str) -> None:
        self.owner.update(dict.fromkeys(group.nodes, key))
        for inner in group.groups:
            self._claim(inner, key)


def _links(picture: Picture, owner: dict[int, str]) -> list[Link]:
    """Arrows between what is visible, each pair once; those that force come first, then by what they start from."""
    found: dict[tuple[str, str], tuple[bool, set[str]]] = {}
    for edge in picture.edges:
        pair = (owner[edge.source], owner[edge.target])
        if pair[0] != pair[1]:
            forces, via = found.get(pair, (False, set()))
            found[pair] = (forces or edge.forces, via | set(edge.via))
    links = [Link(*pair, forces, tuple(sorted(via))) for pair, (forces, via) in found.items()]
    return sorted(links, key=lambda link: not link.forces)


def _rank(node: PictureNode) -> int:
    return -1 if node.severity is None else node.severity.rank


def _severity(rank: int) -> Severity | None:
    return next((severity for severity in Severity if severity.rank == rank), None)
