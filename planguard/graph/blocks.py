"""Edges between configuration blocks, from the configuration and from the state, in both directions.

Knows nothing of instances.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planguard.graph.instances import block_of, without_keys
from planguard.model import Edge, Plan


class Blocks:
    """Edges between blocks, both ways."""

    def __init__(self, plan: Plan) -> None:
        self._state = _state_edges(plan)
        self._configured = {edge.dependent for edge in plan.edges}
        self._references: dict[str, list[Edge]] | None = None
        self._sets: dict[str, frozenset[str]] = {}
        self._plan = plan
        self.needs: dict[str, list[str]] = {}
        """Block → blocks that it needs, direct or not; an edge that both sources know stands twice."""
        self.needed_by: dict[str, list[str]] = {}
        self._direct: dict[str, list[str]] = {}
        needs, needed_by, direct = self.needs, self.needed_by, self._direct
        for dependent, dependency, _ in plan.edges:
            if dependent != dependency:
                needs.setdefault(dependent, []).append(dependency)
                needed_by.setdefault(dependency, []).append(dependent)
                direct.setdefault(dependency, []).append(dependent)
        for dependent, dependencies in self._state.items():
            needs.setdefault(dependent, []).extend(dependencies)
            for dependency in dependencies:
                needed_by.setdefault(dependency, []).append(dependent)

    @property
    def references(self) -> Mapping[str, Sequence[Edge]]:
        """Block → its edges from the configuration, sorted."""
        if self._references is None:
            self._references = {}
            for edge in sorted(set(self._plan.edges), key=lambda e: (e.dependency, e.via is None, e.via or "")):
                if edge.dependent != edge.dependency:
                    self._references.setdefault(edge.dependent, []).append(edge)
        return self._references

    def steps(self, block: str, with_state: bool) -> Iterator[Edge]:
        """Edges out of a block; those from the state only if wished."""
        yield from self.references.get(block, ())
        if with_state:
            yield from (Edge(block, dependency) for dependency in sorted(self._state.get(block, ())))

    def direct_dependents(self, block: str) -> set[str]:
        """Blocks that need this one without anything between them."""
        found = set(self._direct.get(block, ()))
        for other in self.needed_by.get(block, ()):
            if other not in self._configured and other not in found and self._is_direct(other, block):
                found.add(other)
        return found

    def direct_dependencies(self, block: str) -> set[str]:
        """Blocks that this one needs without anything between them."""
        if block in self._configured:
            return {edge.dependency for edge in self.references.get(block, ())}
        return {other for other in self._state.get(block, ()) if self._is_direct(block, other)}

    def _is_direct(self, dependent: str, dependency: str) -> bool:
        """Transitive reduction, one edge of it; blocks that need each other do not hide one another."""
        back = self._needs_of(dependency)
        return not any(
            between != dependency and between not in back and dependency in self._needs_of(between)
            for between in self._needs_of(dependent)
        )

    def _needs_of(self, block: str) -> frozenset[str]:
        if block not in self._sets:
            self._sets[block] = frozenset(self.needs.get(block, ()))
        return self._sets[block]


def _state_edges(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Edges of the state; a block that a `moved` statement renamed goes by its new name where the old one is gone."""
    present = {block_of(c.resource) for c in plan.changes if c.previous_address is not None}
    renamed: dict[str, str] = {}
    if present:
        present |= {block_of(r) for r in plan.unchanged} | {block_of(c.resource) for c in plan.changes}
        for change in plan.changes:
            if change.previous_address is not None:
                old, new = without_keys(change.previous_address), block_of(change.resource)
                if old != new and old not in present:
                    renamed[old] = new
    result: dict[str, tuple[str, ...]] = {}
    for dependent, dependencies in plan.state_edges.items():
        if renamed:
            dependent = renamed.get(dependent, dependent)
            dependencies = (*result.get(dependent, ()), *(renamed.get(d, d) for d in dependencies))
        if dependent in dependencies:
            dependencies = tuple(d for d in dependencies if d != dependent)
        result[dependent] = dependencies
    return result
