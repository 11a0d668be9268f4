"""Why each change happens: from the first edit to the last casualty. Pure; answers when asked and remembers.

What the plan cannot tell is said in as many words: a wrong cause sends a tired reader to the wrong file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from planguard.causes import wording
from planguard.causes.advice import Facts, remedy
from planguard.causes.identifiers import Owner, identifier
from planguard.causes.moves import Move, Moves, moves
from planguard.causes.origins import Origin, Origins, called
from planguard.causes.removal import Removals
from planguard.causes.shifts import Shift, Shifts
from planguard.causes.upstream import Source, Upstream
from planguard.graph import Graph
from planguard.model import MISSING, UNKNOWN, Action, Cause, Change, Path, Plan, Values

if TYPE_CHECKING:
    from planguard.catalog import Entry, ProtectionState

_NEARLY = 0.9
_IN_PLACE = "that cannot be done in place"
_VERB = {
    Action.REPLACE: "is replaced",
    Action.CREATE: "is created by this plan",
    Action.UPDATE: "changes",
    Action.DELETE: "is deleted",
}
_COPIES = ("tags_all", "terraform_labels", "effective_labels", "effective_annotations")
"""Attributes in which providers repeat others."""


def explain(plan: Plan, graph: Graph) -> Causes:
    """The causes of a plan's changes. Costs nothing before the first question."""
    return Causes(plan, graph)


class _Why(NamedTuple):
    """The parts of a cause before they become a sentence."""

    edits: tuple[str, ...] = ()
    """What the configuration itself changes."""
    origin: Origin | None = None
    """The variable that all of these edits come from."""
    attributes: tuple[str, ...] = ()
    sources: tuple[tuple[tuple[str, ...], Source], ...] = ()
    """Attributes and the other change that gives them their new value."""
    untold: tuple[str, ...] = ()
    """Attributes whose new value comes from something that the plan does not name."""
    remarks: tuple[str, ...] = ()
    """Whole clauses: tainted, requested, and the like."""


class Causes:
    """Answers why, for one plan."""

    def __init__(self, plan: Plan, graph: Graph) -> None:
        self._plan, self._graph = plan, graph
        self._upstream = Upstream(plan, graph)
        self._origins = Origins(plan)
        self._shifts = Shifts(plan, graph)
        self._removals = Removals(plan, graph, self._shifts)
        self._moves: Moves | None = None
        self._causes: dict[tuple[str, str | None], Cause | None] = {}
        self._whys: dict[str, _Why] = {}

    @property
    def moves(self) -> Moves:
        """Which deletes are really moves."""
        if self._moves is None:
            self._moves = moves(self._plan)
        return self._moves

    def move(self, change: Change) -> Move | None:
        """The move that a delete really is, if it is one."""
        return self.moves.of(change.resource.address) if change.action is Action.DELETE and not change.deposed else None

    def of(self, change: Change) -> Cause | None:
        """Why this change happens; None for what only creates, reads or leaves alone."""
        key = (change.resource.address, change.deposed)
        if key not in self._causes:
            self._causes[key] = self._cause(change)
        return self._causes[key]

    def remedy(
        self, change: Change, entry: Entry | None = None, refusing: Sequence[ProtectionState] = ()
    ) -> str | None:
        """The safer way, ready to paste; `entry` is what the catalog says about the type, `refusing` are the states of
        its protections where one of them will make the apply fail."""
        facts = Facts(
            loses=entry.loses if entry is not None else frozenset(),
            refusing=refusing,
            block_gone=self._removals.block_gone(change),
            shift=self.shift(change),
            vanished=change.action is Action.CREATE and change.resource.address in self._vanished,
            all_new=change.action is Action.CREATE and self.all_new,
            owner=self.owner(change),
            origin=self._begun(self._chain(change)[0]) if change.action is Action.REPLACE else None,
            taken_from=partial(self._origins.taken_from, change),
        )
        moved = self.moves if change.action is Action.DELETE else Moves()
        return remedy(self._plan, change, self.of(change), moved, facts)

    def shift(self, change: Change) -> Shift | None:
        """The shift of its list that a change is a part of; a move is told as a move."""
        if change.deposed is not None or self.move(change) is not None:
            return None
        return self._shifts.of(change.resource)

    @cached_property
    def _vanished(self) -> frozenset[str]:
        return frozenset(c.resource.address for c in self._plan.drift if c.action is Action.DELETE)

    def lets_go(self, change: Change) -> bool:
        """Whether a `removed` block is the safer way for this delete: its block is gone, and it is no move."""
        return (
            change.action is Action.DELETE
            and change.deposed is None
            and change.reason == "delete_because_no_resource_config"
            and self._removals.block_gone(change)
            and self.move(change) is None
            and not self.moves.candidates(change.resource.address)
        )

    def owner(self, change: Change) -> Owner:
        """Finds the import id of the one object of a type that an attribute of this change refers to."""

        def find(field: str, kind: str) -> str | None:
            found = self._upstream.referred(change, field)
            if len(found) != 1 or found[0].resource.type != kind:
                return None
            other = found[0]
            values = other.before if other.before is not None else other.after
            return identifier(kind, values, lambda _field, _kind: None)

        return find

    @cached_property
    def all_new(self) -> bool:
        """Whether hardly anything exists, so that either the environment is new or its state is missing."""
        created = sum(1 for c in self._plan.changes if c.action is Action.CREATE)
        return created >= _NEARLY * (len(self._plan.changes) + len(self._plan.unchanged))

    def _cause(self, change: Change) -> Cause | None:
        if change.action in (Action.DELETE, Action.FORGET) or change.deposed is not None:
            return self._removed(change)
        if change.action in (Action.REPLACE, Action.UPDATE):
            why = self._why(change)
            shift = self.shift(change)
            if shift is not None:
                return self._displaced(change, why, shift)
            chain = self._chain(change)
            origin = self._begun(chain[0])
            if origin is not None:
                chain = (origin.name, *chain)
            root = chain[0] if len(chain) > 1 else None
            text = self._sentence(change, why)
            return Cause(text=text, attributes=why.attributes, root=root, chain=chain if root else ())
        return None

    def _displaced(self, change: Change, why: _Why, shift: Shift) -> Cause:
        """One edit of a list, told at each instance that it moves."""
        text = f"{self._sentence(change, why)}; the list behind count of {shift.block} changed before its end"
        return Cause(text, why.attributes, shift.block, (shift.block, change.resource.address))

    def _removed(self, change: Change) -> Cause:
        text = self._removals.why(change)
        shift = self.shift(change) if change.action is Action.DELETE else None
        if shift is not None:
            return Cause(text, root=shift.block, chain=(shift.block, change.resource.address))
        move = self.move(change)
        if move is not None:
            text += f"; it looks like {move.how}"
            text += "" if self._plan.tool == "cloudformation" else " without a moved block"
        else:
            others = self.moves.candidates(change.resource.address) if change.action is Action.DELETE else ()
            if others and not change.deposed:
                text += f"; it could be a rename to {' or to '.join(others[:3])}, this plan cannot tell which"
        return Cause(text=text)

    def _why(self, change: Change) -> _Why:
        address = change.resource.address
        if address not in self._whys:
            self._whys[address] = self._replaced(change) if change.action is Action.REPLACE else self._updated(change)
        return self._whys[address]

    def _replaced(self, change: Change) -> _Why:
        why = self._attributes(change, change.replace_paths)
        remarks = list(self._reasons(change))
        if not change.replace_paths and not remarks:
            changed = self._attributes(change, tuple(_changed(change)))
            if len(changed.attributes) == 1:
                return changed
            text = "something in it changes that cannot be done in place; the plan does not say which attribute"
            if changed.attributes:
                text += f" (what changes: {wording.listed(wording.shortened(changed.attributes, 'attributes'))})"
            return _Why(remarks=(text,))
        return why._replace(remarks=tuple(remarks))

    def _reasons(self, change: Change) -> Iterator[str]:
        if change.reason == "replace_because_tainted":
            yield "it is marked as tainted: an earlier apply did not finish it, or somebody marked it"
        elif change.reason == "replace_by_request":
            yield "the replacement was asked for on the command line (-replace)"
        elif change.reason == "replace_by_triggers":
            triggers = self._triggers(change)
            if len(triggers) == 1:
                trigger = triggers[0]
                what = f"{trigger.resource.address} {_VERB[trigger.action]}{self._origin(trigger)}"
                yield f"its replace_triggered_by fires; of what it needs, only {what}"
            else:
                yield "something in its replace_triggered_by changes; cannot tell from this plan which"

    def _triggers(self, change: Change) -> list[Change]:
        """What can have fired: replace_triggered_by makes a dependency, and only a change fires it."""
        firing = (Action.REPLACE, Action.UPDATE, Action.CREATE)
        needed = sorted({a for side in self._graph.dependencies(change.resource.address) for a in side})
        found = (self._upstream.change(address) for address in needed)
        return [c for c in found if c is not None and c.action in firing]

    def _updated(self, change: Change) -> _Why:
        return self._attributes(change, tuple(_changed(change)))

    def _attributes(self, change: Change, paths: tuple[Path, ...]) -> _Why:
        edits: list[str] = []
        names: list[str] = []
        untold: list[str] = []
        sources: dict[Source, list[str]] = {}
        origins: set[Origin | None] = set()
        for path in sorted(set(paths), key=wording.attribute):
            name = wording.attribute(path)
            source = self._upstream.source(change, path)
            old, new = _at(change.before, path), _at(change.after, path)
            if source is None and wording.hides_unknown(new):
                if path in change.replace_paths:
                    untold.append(name)
                    names.append(name)
                continue  # otherwise it is a value that the provider works out, and the others cause it
            names.append(name)
            if source is not None:
                sources.setdefault(source, []).append(name)
            else:
                edits.append(wording.transition(path, old, new))
                origins.add(self._origins.of(change, path))
        origin = next(iter(origins)) if len(origins) == 1 else None
        found = tuple((tuple(dict.fromkeys(about)), source) for source, about in sources.items())
        return _Why(_unique(edits), origin, _unique(names), found, _unique(untold))

    def _chain(self, change: Change) -> tuple[str, ...]:
        """Addresses from the first change to this one, along the first source of each."""
        chain = [change]
        seen = {change.resource.address}
        while True:
            source = self._first_source(chain[-1])
            if source is None or source.resource.address in seen:
                break
            seen.add(source.resource.address)
            chain.append(source)
        return tuple(c.resource.address for c in reversed(chain))

    def _begun(self, address: str) -> Origin | None:
        """The variable that the change at the beginning of a chain owes everything to."""
        change = self._upstream.change(address)
        if change is None or change.action not in (Action.REPLACE, Action.UPDATE):
            return None
        why = self._why(change)
        return why.origin if not (why.sources or why.untold or why.remarks) else None

    def _first_source(self, change: Change) -> Change | None:
        if change.action not in (Action.REPLACE, Action.UPDATE):
            return None
        if change.reason == "replace_by_triggers" and not change.replace_paths:
            triggers = self._triggers(change)
            return triggers[0] if len(triggers) == 1 else None
        sources = self._why(change).sources
        return sources[0][1].changes[0] if sources else None

    def _sentence(self, change: Change, why: _Why) -> str:
        clauses = list(why.remarks)
        replaced = change.action is Action.REPLACE
        if why.edits:
            edits = wording.listed(wording.shortened(why.edits, "changes"))
            if why.origin is not None:
                edits += f" because {called(why.origin.name)} changed"
            clauses.append(f"{edits}, and {_IN_PLACE}" if replaced else edits)
        clauses += [self._because(names, source) for names, source in why.sources]
        if why.untold:
            names = wording.listed(wording.shortened(why.untold, "attributes"))
            verb, it = ("is", "it") if len(why.untold) == 1 else ("are", "them")
            clauses.append(f"{names} {verb} known only after apply; cannot tell from this plan what changes {it}")
        if not clauses:
            return "cannot tell from this plan: it shows no attribute that changes"
        return "; ".join(clauses)

    def _because(self, names: tuple[str, ...], source: Source) -> str:
        changes = source.changes
        what = wording.listed(wording.shortened(names, "attributes"))
        gets = f"{what} {'gets' if len(names) == 1 else 'get'} a new value because"
        if source.block:
            return f"{gets} {source.block} {_VERB[changes[0].action]}{self._origin(changes[0])}"
        who = wording.listed(wording.shortened([c.resource.address for c in changes], "resources"))
        verb = _VERB[changes[0].action]
        if len(changes) > 1:
            verb = "change" if verb == "changes" else verb.replace("is ", "are ", 1)
        return f"{gets} {who} {verb}{self._origin(changes[0])}"

    def _origin(self, source: Change) -> str:
        """Why the source changes: its own edit, or the root far behind it."""
        first = self._chain(source)[0]
        what = self._edits(self._upstream.change(first))
        if first == source.resource.address:
            return f" ({what})" if what else ""
        return f" (it starts with {first}{': ' if what else ''}{what})"

    def _edits(self, change: Change | None) -> str:
        """What a root itself says about its change."""
        if change is None or change.action not in (Action.REPLACE, Action.UPDATE):
            return ""
        why = self._why(change)
        told = "; ".join((*why.remarks, *wording.shortened(why.edits, "changes")))
        return f"{told}, because {called(why.origin.name)} changed" if why.origin is not None else told


def _at(values: Values | None, path: Path) -> object:
    """The value at a path, or of the nearest thing around it: sets have no positions to step into."""
    if values is None:
        return MISSING
    while len(path) > 1 and values.get(*path) is MISSING:
        path = path[:-1]
    return values.get(*path)


def _changed(change: Change) -> Iterator[Path]:
    """Top-level attributes that differ; an unknown one counts only where it was something else before."""
    if change.before is None or change.after is None:
        return
    before, after = change.before.tree, change.after.tree
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if name in _COPIES and name != "tags_all":
            continue
        if name == "tags_all" and before.get("tags") != after.get("tags"):
            continue
        if new is UNKNOWN or old != new:
            yield (name,)


def _unique(items: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
