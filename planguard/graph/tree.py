"""Where the nodes of a picture stand: modules, their instances, and types where too many stand side by side.

Owns the groups of a `Picture`. Must not know what happens to anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from planguard.graph.instances import module_steps
from planguard.model import PictureGroup

CROWD = 40
"""More nodes than this in one module are grouped by their type."""


class Tree:
    """The groups over some nodes, each given as its module instance and its type."""

    def __init__(self, nodes: Iterable[tuple[str, str]]) -> None:
        places = list(nodes)
        crowds = Counter(module for module, _ in places)
        types = Counter(places)
        self._numbers: dict[tuple[str, str], int] = {}
        self._groups: list[PictureGroup] = []
        self.of: list[int | None] = []
        """Place of a node → place of its group."""
        for module, kind in places:
            group = self._module(module)
            if crowds[module] > CROWD and types[module, kind] > 1:
                group = self._group(module, kind, kind, group)
            self.of.append(group)

    @property
    def groups(self) -> tuple[PictureGroup, ...]:
        """All groups; a parent stands before its children."""
        return tuple(self._groups)

    def _module(self, module: str) -> int | None:
        group = None
        for address, label in _steps(module):
            group = self._group(address, "", label, group)
        return group

    def _group(self, address: str, kind: str, label: str, parent: int | None) -> int:
        number = self._numbers.get((address, kind))
        if number is None:
            number = self._numbers[address, kind] = len(self._groups)
            self._groups.append(PictureGroup(label, parent))
        return number


def _steps(module: str) -> Iterator[tuple[str, str]]:
    """Address and label of the module calls and of their instances around something, outermost first."""
    at = ""
    for name, key in module_steps(module):
        at += ("." if at else "") + f"module.{name}"
        yield at, f"module.{name}"
        if key is not None:
            at += f"[{key}]"
            yield at, f"{name}[{key}]"
