"""What a rule may look at: the plan, and what the other parts found out about it. Pure; nothing here decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from planguard import catalog
from planguard.catalog import Entry, ProtectionState
from planguard.config import Config
from planguard.model import (
    MISSING,
    UNKNOWN,
    Action,
    Change,
    Environment,
    Location,
    Plan,
    Resource,
    Sensitive,
    Tier,
    Values,
)
from planguard.once import once
from planguard.policy import severity


class Environments(Protocol):
    """Answers which environment something belongs to (`planguard.production`)."""

    @property
    def plan(self) -> Environment:
        """The plan as a whole."""

    def of(self, change: Change) -> Environment:
        """Judged by what is there now."""

    def of_after(self, change: Change) -> Environment:
        """Judged by what will be there."""

    def of_resource(self, resource: Resource) -> Environment:
        """Something that the plan leaves alone."""


class SourceEdit(Protocol):
    """One thing that an edit of the sources does, beside creating and destroying (`planguard.sources.Edit`)."""

    @property
    def kind(self) -> str: ...
    @property
    def config(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def location(self) -> Location | None: ...


class SourceFacts(Protocol):
    """What the sources beside the plan tell (`planguard.sources.Sources`). Resources are named without their keys."""

    @property
    def edits(self) -> Sequence[SourceEdit]:
        """What the edit does; empty where nobody knows what stood there before."""

    @property
    def compared(self) -> bool:
        """Whether it is known what stood there before."""

    def guarded(self, config: str) -> bool:
        """Whether `prevent_destroy` guards it now."""

    def guarded_before(self, config: str) -> Location | None:
        """Where `prevent_destroy` guarded it before the edit; None where it did not."""

    def works_on_old(self, config: str, names: tuple[str, ...]) -> bool:
        """Whether one of these attributes refers to something that stood before the edit already."""

    def touched(self, config: str) -> bool:
        """Whether the edit has anything to do with it."""

    def size(self) -> str | None:
        """How large the edit is, in words."""

    def standing(self, config: str) -> Change | None:
        """The resource as it was declared before the edit, or is, as a change that changes nothing."""


class Subject:
    """One change with everything that is known about it; facts are worked out when a rule asks."""

    def __init__(self, change: Change, scene: Scene) -> None:
        self.change = change
        self._plan = scene.plan
        self._environments = scene.environments
        self._unknown_as = scene.unknown_as

    @property
    def _values(self) -> Values | None:
        return self.change.before if self.change.before is not None else self.change.after

    @once
    def entry(self) -> Entry:
        """What the catalog knows of its type."""
        return catalog.lookup(self.change.resource.type, self.change.resource.provider, self._values)

    @once
    def environment(self) -> Environment:
        """Where it belongs."""
        return self._environments.of(self.change)

    @once
    def tier(self) -> Tier:
        """The environment that it is judged as: an unknown one may count as another by the config."""
        tier = self.environment.tier
        return self._unknown_as if tier is Tier.UNKNOWN else tier

    @once
    def environment_after(self) -> Environment:
        """Where it would belong afterwards, by its own attributes alone."""
        return self._environments.of_after(self.change)

    @once
    def states(self) -> tuple[ProtectionState, ...]:
        """Its protections, by what they are now: providers act on the state, never on what the same plan sets."""
        if self.change.before is None:
            return ()
        return catalog.states(self.entry, self.change.before, self._plan.providers)

    @once
    def row(self) -> severity.Row:
        """Its row of the severity table."""
        entry = self.entry
        if entry.recoverable == "window":
            entry = catalog.settled(entry, self.states)
        return severity.table().row(entry)

    @once
    def changed(self) -> frozenset[str]:
        """The attributes that are not the same before and afterwards. Most updates change one or two of forty."""
        if self.change.before is None or self.change.after is None:
            return frozenset()
        before, after = self.change.before.tree, self.change.after.tree
        gone = before.keys() - after.keys()
        found = [
            name
            for name, new in after.items()
            # To Python, 1 and true are the same.
            if (old := before.get(name, MISSING)) != new or old.__class__ is not new.__class__
        ]
        return frozenset(found).union(gone)

    @once
    def kept(self) -> bool:
        """Whether the object itself survives: only let go of, by the plan's word or by a setting of its own."""
        return self.change.old_kept or any(state.keeps for state in self.states)

    @once
    def refusals(self) -> tuple[str, ...]:
        """Why the cloud or the provider will refuse to destroy it, a sentence for each reason."""
        if self.kept or not self.change.action.destroys or self.change.deposed:
            return ()
        refusing = tuple(
            f"`{state.protection.attribute}` will make the apply fail: {state.protection.effect}."
            for state in self.states
            if state.refuses
        )
        return refusing + self._unnamed_snapshot

    @property
    def _unnamed_snapshot(self) -> tuple[str, ...]:
        """A last snapshot is asked for but has no name: the provider refuses to destroy."""
        skip, name = self._state("skip_final_snapshot"), self._state("final_snapshot_identifier")
        if skip is not None and skip.holds and name is not None and name.holds is False:
            return ("A last snapshot is wanted and `final_snapshot_identifier` is not set: the provider will refuse.",)
        return ()

    @once
    def unless_empty(self) -> bool:
        """Whether the cloud refuses as long as something is inside, because the switch that overrides that is off."""
        return not self.change.deposed and any(s.holds and s.protection.does == "empty" for s in self.states)

    @once
    def last_snapshot(self) -> bool:
        """Whether the same apply takes a snapshot before it destroys."""
        if self.change.snapshot:
            return True
        asked = [state.holds for state in self.states if state.protection.does == "snapshot"]
        return bool(asked) and all(asked)

    def _state(self, attribute: str) -> ProtectionState | None:
        return next((state for state in self.states if state.protection.attribute == attribute), None)

    @once
    def grade(self) -> severity.Grade | None:
        """What the severity table says; None when nothing ends here."""
        column = severity.column(self.change)
        if column is None:
            return None
        if self.kept and column in ("delete", "replace", "swap"):
            column = "forget" if column == "delete" else "keep"
        refused = bool(self.refusals)
        modifiers = {
            # What is refused takes no snapshot and empties nothing: one level less, not two.
            "refused": refused,
            "unless-empty": self.unless_empty and not refused,
            "snapshot": self.last_snapshot and not refused,
            "leftover": self.change.deposed is not None,
            "perhaps": self.change.conditional,
        }
        chosen = frozenset(name for name, holds in modifiers.items() if holds)
        return severity.grade(self.row, column, self.tier, chosen)

    # --- the vocabulary of `when` (see `matcher.FACTS`) ---------------------------------------------------------------

    def fact(self, name: str) -> Any:
        """The fact of this name."""
        return _FACTS[name](self)

    def attribute(self, side: str, path: tuple[str, ...]) -> list[Any]:
        """All values at `path` of `before` or `after`; `[*]` steps into every element."""
        values = self.change.before if side == "before" else self.change.after
        return [] if values is None else _walk(values.tree, path)


def _walk(node: Any, path: tuple[str, ...]) -> list[Any]:
    if not path or isinstance(node, Sensitive) or node is UNKNOWN:
        return [node]
    step, rest = path[0], path[1:]
    if step == "[*]":
        elements = list(node) if isinstance(node, list) else [node] if node is not None else []
        return [found for element in elements for found in _walk(element, rest)]
    if isinstance(node, Mapping):
        child = node.get(step, MISSING)
        return [] if child is MISSING else _walk(child, rest)
    if isinstance(node, list) and len(node) == 1:
        # A nested block that can stand once is a list of one: people write the path without an index.
        return _walk(node[0], path)
    return []


def _order(subject: Subject) -> str:
    if subject.change.action is not Action.REPLACE:
        return ""
    return "create-first" if subject.change.create_first else "destroy-first"


_FACTS: Mapping[str, Callable[[Subject], Any]] = {
    "action": lambda s: s.change.action.value,
    "order": _order,
    "reason": lambda s: s.change.reason,
    "type": lambda s: s.change.resource.type,
    "provider": lambda s: s.change.resource.provider,
    "name": lambda s: s.change.resource.name,
    "module": lambda s: s.change.resource.module,
    "address": lambda s: s.change.resource.address,
    "category": lambda s: s.entry.category,
    "loses": lambda s: s.entry.loses,
    "recoverable": lambda s: s.entry.recoverable,
    "loss": lambda s: s.row.id,
    "container": lambda s: s.entry.container,
    "protects_others": lambda s: s.entry.protects_others,
    "guessed": lambda s: s.entry.guessed is not None,
    "environment": lambda s: UNKNOWN if s.environment.tier.value == "unknown" else s.environment.tier.value,
    "tier": lambda s: s.tier.value,
    "refused": lambda s: bool(s.refusals),
    "deposed": lambda s: s.change.deposed is not None,
    "importing": lambda s: s.change.importing is not None,
    "moved": lambda s: s.change.previous_address is not None,
    "old_kept": lambda s: s.kept,
    "conditional": lambda s: s.change.conditional,
    "snapshot": lambda s: s.last_snapshot,
}


class Scene:
    """One plan as the rules see it."""

    def __init__(
        self,
        plan: Plan,
        config: Config,
        environments: Environments,
        *,
        existing: bool = False,
        sources: SourceFacts | None = None,
        explained: Callable[[], Any] | None = None,
    ) -> None:
        self.plan = plan
        self.explained = explained
        """Gives the plan's `causes.Causes`, built when first asked for; None: whoever asks builds them. Untyped: only
        checks may know that part."""
        self.sources = sources
        """The sources beside the plan, where they are known."""
        self.config = config
        self.environments = environments
        self.existing = existing
        """Whether the config lists this plan's environment as one that exists already."""
        self.shared: dict[str, Any] = {}
        """What a check worked out for several rules, by its name."""
        self._subjects: dict[int, Subject] = {}
        self._all: list[Subject] | None = None
        self._by_config: dict[str, Change] | None = None

    @once
    def unknown_as(self) -> Tier:
        """What an unknown environment is judged as: the config's word; production where the input is too weak."""
        word = self.config.production.unknown
        if word != "graded":
            return Tier(word)
        return Tier.PRODUCTION if self.plan.weak and not self.foretold else Tier.UNKNOWN

    @property
    def foretold(self) -> bool:
        """Whether there is no plan yet: the changes are what an edit of the sources suggests."""
        return self.plan.format == "terraform-sources"

    @property
    def tier(self) -> Tier:
        """The environment that the plan as a whole is judged as."""
        tier = self.environments.plan.tier
        return self.unknown_as if tier is Tier.UNKNOWN else tier

    def subject(self, change: Change) -> Subject:
        """The one `Subject` of a change of this plan."""
        subject = self._subjects.get(id(change))
        if subject is None:
            subject = self._subjects[id(change)] = Subject(change, self)
        return subject

    def subject_at(self, config: str) -> Subject | None:
        """The one that stands for a block of the sources: what the plan does to it, or that it stands there."""
        if self._by_config is None:
            self._by_config = {}
            for change in self.plan.changes:
                self._by_config.setdefault(change.resource.config, change)
            for resource in self.plan.unchanged:
                self._by_config.setdefault(resource.config, Change(resource, Action.NOOP, ("no-op",)))
        known = self._by_config.get(config)
        standing = self.sources.standing(config) if self.sources is not None else None
        if known is None or known.action is Action.NOOP:
            values = standing.before if standing is not None else None
            known = standing if known is None else known._replace(before=values, after=values)
            if known is None:
                return None
            self._by_config[config] = known
        return self.subject(known)

    def subjects(self) -> list[Subject]:
        """All changes of the plan, in its order."""
        if self._all is None:
            self._all = [self.subject(change) for change in self.plan.changes]
        return self._all
