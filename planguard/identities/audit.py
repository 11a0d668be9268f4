"""Every identity of a plan, before and after: what it may destroy, and who may become it.

Owns who is meant by an attachment: by name, by ARN, or by the block that it refers to where neither is known yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from planguard.identities import conditions, managed, trust
from planguard.identities.document import UNTOLD, Document
from planguard.identities.objects import GROUP, POLICY, ROLE, USER, Reader, Thing
from planguard.identities.power import Effective, Grant, Source, effective, unguarded
from planguard.identities.trust import Trusted
from planguard.model import Action, Plan, Resource

NO_LIMIT: tuple[Source, ...] | None = None


class Side(NamedTuple):
    """An identity on one side of the plan."""

    exists: bool = False
    effective: Effective = Effective()
    sources: tuple[Source, ...] = ()
    """The statements that it comes to."""
    trusted: tuple[Trusted, ...] = ()
    behind: str = trust.MACHINE
    """Who is behind it, of all who may become it."""
    boundary: str = ""
    """Name of its permissions boundary; empty without one."""
    boundary_known: bool = True
    guards: tuple[str, ...] = ()
    """What of its statements can hold a machine back: a second factor, a Deny, a boundary."""
    unclear: tuple[str, ...] = ()
    """Why it cannot be told what it may do."""
    unknown_at: tuple[str, ...] = ()
    """Addresses of what makes it so."""
    keys_at: tuple[str, ...] = ()
    """Addresses of its access keys."""
    known_at: tuple[str, ...] = ()
    """Addresses of what says something that can be told."""

    @property
    def bare(self) -> tuple[Grant, ...]:
        """What it would be allowed without any guard."""
        return unguarded(self.sources)


class Identity(NamedTuple):
    """Somebody who may do something."""

    kind: str
    """`role`, `user`, `group`; `policy` for a managed policy that nobody in the plan holds."""
    name: str
    address: str
    """Of its own object; empty where it is not part of the plan."""
    before: Side
    after: Side
    touched: tuple[str, ...] = ()
    """Addresses of the changes that have to do with it, its own first."""
    held: bool = True
    """Whether anybody in the plan holds it (policies)."""


def identities(plan: Plan, *, touched_only: bool = False) -> tuple[Identity, ...]:
    """Every identity of AWS in a plan, by address and name; or only those that a change has to do with."""
    sides = {side: _Half(plan, side) for side in ("before", "after")}
    keys = dict.fromkeys([*sides["before"].members, *sides["after"].members])
    changed = {c.resource.address for c in plan.changes if c.action is not Action.NOOP}
    found = []
    for key in keys:
        halves = [sides[side].members.get(key) for side in ("before", "after")]
        one = next(half for half in reversed(halves) if half is not None)
        touched = dict.fromkeys(a for half in halves if half is not None for a in half.addresses if a in changed)
        if touched_only and not touched:
            continue
        before, after = (sides[side].judged(half) for side, half in zip(("before", "after"), halves, strict=True))
        own = one.thing.resource.address if one.thing is not None else ""
        ordered = sorted(touched, key=lambda address, own=own: (address != own, address))  # type: ignore[misc]
        held = one.kind != POLICY or any(half is not None and half.held for half in halves)
        found.append(Identity(one.kind, one.name, own, before, after, tuple(ordered), held))
    return tuple(sorted(found, key=lambda one: (one.address, one.kind, one.name)))


class _Member:
    """An identity on one side, while it is put together."""

    def __init__(self, kind: str, name: str, thing: Thing | None) -> None:
        self.kind, self.name, self.thing = kind, name, thing
        self.sources: list[Source] = []
        self.unclear: list[str] = []
        self.unknown_at: list[str] = []
        self.addresses: list[str] = [thing.resource.address] if thing is not None else []
        self.keys: list[str] = []
        self.held = False


class _Half:
    """All identities of one side."""

    def __init__(self, plan: Plan, side: str) -> None:
        self._things = list(Reader(plan, side).things())
        self._edges: dict[str, list[tuple[str, str | None]]] = {}
        for edge in plan.edges:
            self._edges.setdefault(edge.dependent, []).append((edge.dependency, edge.via))
        self._blocks: dict[str, list[Thing]] = {}
        self._policies: dict[str, Thing] = {}
        self.members: dict[str, _Member] = {}
        self._names: dict[tuple[str, str], str] = {}
        for thing in self._things:
            self._blocks.setdefault(thing.resource.config, []).append(thing)
            if thing.is_a:
                self._enter(thing)
        for thing in self._things:
            self._give(thing)
        for thing in self._things:
            self._join(thing)

    def judged(self, member: _Member | None) -> Side:
        """What a member may do on this side."""
        if member is None:
            return Side()
        thing = member.thing
        boundary, known, unclear = NO_LIMIT, True, list(member.unclear)
        if thing is not None and thing.boundary:
            boundary, known = self._boundary(thing)
            if not known:
                unclear.append("the plan does not show what its permissions boundary allows")
        trusted = trust.understand(thing.trust) if thing is not None and thing.trust is not None else ()
        if thing is not None and thing.trust is not None:
            unclear += [text.replace("its policy", "its trust policy") for text in thing.trust.unclear]
        principal = None if UNTOLD in member.name else f"arn:aws:iam::*:{member.kind}/{member.name}"
        worked_out = effective(member.sources, boundary, principal if member.kind in (ROLE, USER) else None)
        return Side(
            exists=True,
            effective=worked_out,
            sources=tuple(member.sources),
            trusted=trusted,
            behind=_behind(member, trusted),
            boundary=thing.boundary if thing is not None else "",
            boundary_known=known,
            guards=tuple(_guards(member.sources, thing)),
            unclear=tuple(dict.fromkeys((*unclear, *worked_out.unclear))),
            unknown_at=tuple(member.unknown_at),
            keys_at=tuple(member.keys),
            known_at=tuple(dict.fromkeys(source.origin for source in member.sources)),
        )

    def _enter(self, thing: Thing) -> None:
        address = thing.resource.address
        self.members[address] = _Member(thing.is_a, thing.name or thing.resource.name, thing)
        if thing.name and thing.name != UNTOLD:
            self._names[thing.is_a, thing.name] = address
        if thing.is_a == POLICY and thing.arn not in ("", UNTOLD):
            self._policies[thing.arn] = thing

    def _give(self, thing: Thing) -> None:
        """Give what a thing says or attaches to those whom it concerns."""
        sources, unclear, addresses = self._brought(thing)
        receivers = [self.members[thing.resource.address]] if thing.is_a else []
        receivers += self._holders(thing)
        for member in receivers:
            member.sources += sources
            member.unclear += unclear
            member.unknown_at += addresses or [thing.resource.address] if unclear else []
            member.addresses += [thing.resource.address, *addresses]
            member.keys += [thing.resource.address] if thing.key_of else []

    def _join(self, thing: Thing) -> None:
        """Give users what the groups have that they are put into."""
        if not thing.groups:
            return
        users = [self.members[thing.resource.address]] if thing.is_a else list(self._holders(thing))
        for name in thing.groups:
            known = [self._by_name(GROUP, name)] if name != UNTOLD else []
            known = known or [self.members[one.resource.address] for one in self._referred(thing, GROUP, GROUP)]
            for user in users:
                for group in known:
                    user.sources += group.sources
                    user.unclear += group.unclear
                    user.addresses += [thing.resource.address, *group.addresses]

    def _brought(self, thing: Thing) -> tuple[list[Source], list[str], list[str]]:
        """The statements that a thing brings, its own and those of the policies that it attaches."""
        sources: list[Source] = []
        unclear: list[str] = []
        addresses: list[str] = []
        for document in thing.documents:
            sources += _sources(document, thing.resource.address)
            unclear += document.unclear
        for arn in thing.arns:
            for policy in self._managed(thing, arn):
                if isinstance(policy, str):
                    told = managed.statements(policy)
                    if told is None:
                        unclear.append(f"the plan does not show what {_shown(policy)} allows")
                    else:
                        by_aws, name = managed.for_a_service(policy), policy.rpartition("/")[2]
                        sources += [Source(one, thing.resource.address, by_aws, name) for one in told]
                else:
                    self.members[policy.resource.address].held = True
                    addresses.append(policy.resource.address)
                    for document in policy.documents:
                        sources += _sources(document, policy.resource.address)
                        unclear += document.unclear
        return sources, unclear, addresses

    def _managed(self, thing: Thing, arn: str) -> Iterator[Thing | str]:
        """The policy behind an ARN: one of the plan, or the ARN of one that is not."""
        if arn == UNTOLD:
            found = self._referred(thing, POLICY, "polic")
            yield from found or (arn,)
        elif arn in self._policies:
            yield self._policies[arn]
        else:
            address = self._names.get((POLICY, arn.rpartition("/")[2])) if managed.name_of(arn) is None else None
            policy = self.members[address].thing if address is not None else None
            yield arn if policy is None else policy

    def _holders(self, thing: Thing) -> Iterator[_Member]:
        for kind, name in thing.holders:
            if name != UNTOLD:
                yield self._by_name(kind, name)
                continue
            found = self._referred(thing, kind, kind)
            if not found:
                yield self._by_name(kind, f"{UNTOLD} {thing.resource.config}")
            yield from (self.members[one.resource.address] for one in found)
        if thing.is_a == POLICY and thing.holders:
            self.members[thing.resource.address].held = True

    def _by_name(self, kind: str, name: str) -> _Member:
        address = self._names.get((kind, name))
        if address is not None:
            return self.members[address]
        key = f"{kind}/{name}"
        if key not in self.members:
            self.members[key] = _Member(kind, name, None)
        return self.members[key]

    def _referred(self, thing: Thing, kind: str, via: str) -> list[Thing]:
        """The objects of a kind that a thing refers to, as its configuration has it."""
        edges = self._edges.get(thing.resource.config, [])
        direct = [block for block, attribute in edges if attribute is not None and via in attribute.lower()]
        for blocks in (direct, [block for block, _ in edges]):
            found = [one for block in blocks for one in self._blocks.get(block, ()) if one.is_a == kind]
            if found:
                return _nearest(found, thing.resource)
        return []

    def _boundary(self, thing: Thing) -> tuple[tuple[Source, ...] | None, bool]:
        """The statements of a boundary; False where nobody knows them."""
        for policy in self._managed(thing, thing.boundary):
            if isinstance(policy, str):
                told = managed.statements(policy)
                return (tuple(Source(one, "") for one in told), True) if told is not None else (None, False)
            self.members[policy.resource.address].held = True
            found = [source for document in policy.documents for source in _sources(document, "")]
            if any(document.unclear for document in policy.documents):
                return None, False
            return tuple(found), True
        return None, False


def _sources(document: Document, origin: str) -> list[Source]:
    return [Source(statement, origin) for statement in document.statements]


def _guards(sources: Iterable[Source], thing: Thing | None) -> Iterator[str]:
    given = [source.statement for source in sources]
    factor = (conditions.MFA, conditions.AGE)
    if any(condition.key.lower() in factor for statement in given for condition in statement.conditions):
        yield "a second factor"
    if any(not statement.allow for statement in given):
        yield "a Deny"
    if thing is not None and thing.boundary:
        yield "a permissions boundary"


def _nearest(found: list[Thing], resource: Resource) -> list[Thing]:
    """Of several instances of a block those that belong to this one: with its key, else in its module."""
    same = [one for one in found if one.resource.module == resource.module]
    keyed = [one for one in same if one.resource.key == resource.key and resource.key is not None]
    return keyed or same or found


def _behind(member: _Member, trusted: Iterable[Trusted]) -> str:
    """Who is behind an identity: a machine as soon as one may become it."""
    if "AWSReservedSSO_" in member.name:
        return trust.PERSON
    if member.kind == USER:
        return trust.MACHINE if member.keys else trust.EITHER
    if member.kind in (GROUP, POLICY):
        return trust.EITHER
    kinds = {one.behind for one in trusted}
    for kind in (trust.MACHINE, trust.EITHER, trust.AWS, trust.PERSON):
        if kind in kinds:
            return kind
    return trust.MACHINE


def _shown(arn: str) -> str:
    return "a managed policy that it gets" if arn == UNTOLD else f"`{arn}`"
