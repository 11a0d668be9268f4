"""Why something is deleted or forgotten, as far as the plan shows. `action_reason` is a hint, what stays a witness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from planguard.causes import stacks
from planguard.causes.shifts import Shifts
from planguard.graph import Graph, block_of, module_steps
from planguard.model import Action, Change, Plan, Resource

_GONE = (Action.DELETE, Action.FORGET)
_UNTOLD = "the plan does not say why"


class _Family(NamedTuple):
    """What becomes of the instances of one block in one module instance."""

    before: int
    """How many `count` made."""
    after: int
    """How many it makes now."""
    repeated: frozenset[str]
    """How the instances that stay are repeated."""


class Removals:
    """Answers for one plan."""

    def __init__(self, plan: Plan, graph: Graph, shifts: Shifts) -> None:
        self._plan, self._graph, self._shifts = plan, graph, shifts
        self._changes = {c.resource.address: c for c in plan.changes if c.deposed is None}
        self._modules: tuple[set[str], set[str]] | None = None
        self._families: dict[tuple[str, str], _Family] = {}

    @cached_property
    def whole(self) -> bool:
        """Whether the plan destroys everything that it knows of."""
        return not self._plan.unchanged and all(c.action is Action.DELETE for c in self._changes.values())

    def why(self, change: Change) -> str:
        """One clause: `the key "orders" is gone from for_each of aws_dynamodb_table.t`."""
        if change.deposed is not None:
            return "it is left over from an earlier replacement that did not finish; the object in use is another one"
        if self._plan.tool == "cloudformation":
            return stacks.removed(change)
        reason = change.reason or ""
        if change.action is Action.FORGET and reason in ("", "delete_because_no_resource_config"):
            return "a removed block takes it out of the state and leaves the object itself alone"
        if reason == "delete_because_count_index" and isinstance(change.resource.key, int):
            return self._count(change)
        if reason == "delete_because_each_key" and isinstance(change.resource.key, str):
            return f'the key "{change.resource.key}" is gone from for_each of {_without_own_key(change.resource)}'
        if reason == "delete_because_wrong_repetition":
            return self._repetition(change)
        if reason == "delete_because_no_module":
            return self._module(change)
        if reason == "delete_because_no_resource_config":
            return self._block(change)
        if reason == "delete_because_no_move_target":
            return "a moved block sends it to an address that is not in the configuration"
        if reason == "delete_because_each_key":
            return f"its key is gone from for_each of {_without_own_key(change.resource)}"
        if reason == "delete_because_count_index":
            return f"count of {_without_own_key(change.resource)} does not reach its index any more"
        if self.whole:
            return "everything in this plan is destroyed, as terraform destroy or an empty configuration would do"
        return _UNTOLD

    def block_gone(self, change: Change) -> bool:
        """Whether no instance of its block stays, in any module instance."""
        return block_of(change.resource) not in self._staying_blocks

    @cached_property
    def _staying_blocks(self) -> frozenset[str]:
        staying = {block_of(c.resource) for c in self._changes.values() if c.action not in _GONE}
        return frozenset(staying.union(map(block_of, self._plan.unchanged)))

    def _family(self, resource: Resource) -> _Family:
        place = (block_of(resource), resource.module)
        if place not in self._families:
            members = [r for r in self._graph.instances(place[0]) if r.module == resource.module]
            self._families[place] = _family(members, self._changes)
        return self._families[place]

    def _count(self, change: Change) -> str:
        family = self._family(change.resource)
        text = f"count of {_without_own_key(change.resource)} went from {family.before} to {family.after}"
        shift = self._shifts.of(change.resource)
        if shift is not None:
            heir = next((new for old, new in shift.steps if old == change.resource.key), None)
            what = f"{shift.block}[{heir}] takes over the name of this one" if heir is not None else "others move up"
            text += f"; the list behind it got shorter in the middle, and {what}"
        return text

    def _repetition(self, change: Change) -> str:
        after = self._family(change.resource).repeated
        name = _without_own_key(change.resource)
        was = _repeated(change.resource)
        if len(after) == 1 and after != {was}:
            return f"{name} was {was} and is {next(iter(after))} now"
        return f"{name} is no longer {was}"

    def _module(self, change: Change) -> str:
        """Only `count` and `for_each` of a module call end in this reason; which call it was, survivors tell."""
        alive, known = self._places
        dead = [(path, key) for path, key in _prefixes(change.resource.module) if key is not None and path not in alive]
        if len(dead) != 1:
            names = " or ".join(path for path, _ in dead) or change.resource.module
            return f"its module instance is gone from the configuration: {names}"
        path, key = dead[0]
        call = path[: -len(key) - 2]
        if key.startswith('"'):
            return f"the key {key} is gone from for_each of {call}"
        return f"count of {call} went from {_size(call, known)} to {_size(call, alive)}"

    def _block(self, change: Change) -> str:
        alive, _ = self._places
        dead = [path for path, _ in _prefixes(change.resource.module) if path not in alive]
        if dead:
            return f"it is gone from the configuration, and nothing of {dead[0]} stays"
        return "its block is gone from the configuration"

    @property
    def _places(self) -> tuple[set[str], set[str]]:
        """Module instances that keep something, and those that have or had something."""
        if self._modules is None:
            staying = {r.module for r in self._plan.unchanged}
            staying |= {c.resource.module for c in self._plan.changes if c.action not in _GONE}
            before = {r.module for r in self._plan.unchanged}
            before |= {c.resource.module for c in self._plan.changes if c.action is not Action.CREATE}
            alive = {path for module in staying for path, _ in _prefixes(module)}
            self._modules = alive, {path for module in before for path, _ in _prefixes(module)}
        return self._modules


def _family(members: list[Resource], changes: Mapping[str, Change]) -> _Family:
    before, after = -1, -1
    repeated: set[str] = set()
    for member in members:
        change = changes.get(member.address)
        index = member.key if isinstance(member.key, int) else -1
        if change is None or change.action is not Action.CREATE:
            before = max(before, index)
        if change is None or change.action not in _GONE:
            after = max(after, index)
            repeated.add(_repeated(member))
    return _Family(before + 1, after + 1, frozenset(repeated))


def _prefixes(module: str) -> Iterator[tuple[str, str | None]]:
    """`module.a["x"].module.b` → (module.a["x"], "x"), (module.a["x"].module.b, None)."""
    path = ""
    for name, key in module_steps(module):
        path += ("." if path else "") + f"module.{name}" + ("" if key is None else f"[{key}]")
        yield path, key


def _size(call: str, paths: Iterable[str]) -> int:
    indexes = [p[len(call) + 1 : -1] for p in paths if p.startswith(f"{call}[") and p.endswith("]")]
    return max((int(i) for i in indexes if i.isdigit()), default=-1) + 1


def _without_own_key(resource: Resource) -> str:
    """The block as it stands in its module instance."""
    local = f"{resource.type}.{resource.name}"
    return f"{resource.module}.{local}" if resource.module else local


def _repeated(resource: Resource) -> str:
    if resource.key is None:
        return "a single resource"
    return "repeated by count" if isinstance(resource.key, int) else "repeated by for_each"
