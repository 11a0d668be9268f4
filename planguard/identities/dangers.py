"""What a plan changes in who may destroy without a human: the comparison of every identity's two sides.

Only what becomes worse is a danger; the state of affairs is `planguard iam`'s to show. Owns what counts and how much it
weighs; the severity table of policies and the words of rules are elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from planguard.identities import actions, escalation, scope, trust
from planguard.identities.audit import Identity, Side
from planguard.identities.objects import POLICY
from planguard.identities.power import Grant, beyond
from planguard.identities.trust import Trusted

GAIN, GUARD, BOUNDARY, TRUST, ESCALATION, UNKNOWN = (
    "gain", "guard", "boundary", "trust", "escalation", "unknown"
)  # fmt: skip
"""Kinds of danger; each is a rule."""

GRAVEST, GRAVE, DISTURBING, INTERRUPTING, SLIGHT = 5, 4, 3, 2, 1
"""Weights: production's data by name; data, keys, backups, rights; a step towards it; what interrupts; worth a line."""


class Power(NamedTuple):
    """What a grant allows of one class."""

    kind: str
    """The class: `data`, `backup`, …"""
    weight: int
    grant: Grant
    scope: scope.Scope

    @property
    def written(self) -> str:
        """The action as the policy has it."""
        statement = self.grant.statement
        if statement.but_actions is not None:
            return f"everything but {', '.join(statement.but_actions)}"
        found = (text for text in statement.actions if actions.expand(text) & self.grant.mask)
        return next(found, "an action")


class Danger(NamedTuple):
    """One thing that becomes worse."""

    kind: str
    identity: Identity
    address: str
    """Of the change that does it."""
    weight: int
    powers: tuple[Power, ...] = ()
    """Worst first."""
    trusted: tuple[Trusted, ...] = ()
    way: escalation.Way | None = None
    text: tuple[str, ...] = ()
    """What else there is to say."""


def dangers(identity: Identity) -> Iterator[Danger]:
    """What the plan makes worse about an identity."""
    before, after = identity.before, identity.after
    if not after.exists or not identity.touched or after.behind == trust.PERSON:
        return
    if identity.kind == POLICY and identity.held:
        return  # whoever holds it is judged
    gained = beyond(after.effective.grants, before.effective.grants)
    cap = _cap(identity)
    lost_boundary = bool(before.boundary) and not after.boundary
    if lost_boundary:
        # What a boundary held back that nobody can see is anything that there is now.
        found = powers(gained if before.boundary_known else after.effective.grants, after)
        weight = max((power.weight for power in found), default=DISTURBING)
        yield Danger(BOUNDARY, identity, identity.address or identity.touched[0], min(weight, cap), found)
    elif before.behind == trust.PERSON and before.exists and after.effective.grants:
        found = powers(after.effective.grants, after)
        if found:
            yield Danger(TRUST, identity, identity.address or identity.touched[0], min(found[0].weight, cap), found,
                         trust.widened(after.trusted, before.trusted))  # fmt: skip
            return
    else:
        yield from _gains(identity, gained, cap)
        yield from _key(identity, gained, cap)
    yield from _escalations(identity, cap)
    yield from _trust(identity, cap)
    yield from _unknown(identity, gained)


def powers(grants: tuple[Grant, ...], side: Side) -> tuple[Power, ...]:
    """What grants allow, worst first, without what does not matter."""
    retags = scope.may_retag(side.effective.grants)
    found = []
    for grant in grants:
        for kind, mask in actions.by_class(grant.mask):
            services = {name.partition(":")[0] for name in actions.members(mask, 3)}
            reach = scope.of(grant, "*" in retags or any(service in retags for service in services))
            weight = _weight(kind, reach, grant, mask)
            if weight:
                found.append(Power(kind, weight, grant._replace(mask=mask), reach))
    return tuple(sorted(found, key=_worst_first))


def _worst_first(power: Power) -> tuple[int, int, str, str]:
    return -power.weight, actions.CLASSES.index(power.kind), power.grant.resource, power.written


def _weight(kind: str, reach: scope.Scope, grant: Grant, mask: int) -> int:
    if kind in ("minor", "tool") or (kind == "escalation"):
        return 0
    if reach.breadth == scope.HARMLESS:
        return SLIGHT if kind in actions.GRAVE else 0
    if grant.by_aws:
        return SLIGHT if kind in actions.GRAVE and reach.breadth != scope.NARROW else 0
    named = reach.breadth in (scope.NAMED, scope.NARROW)
    if kind == "content":
        return _content(reach, named, mask)
    if kind == "keys" and "${aws:username}" in grant.resource:
        return 0  # everybody's own keys
    if kind in actions.GRAVE:
        if kind == "guard":
            return DISTURBING if not named or reach.production or reach.state else INTERRUPTING
        if reach.breadth == scope.NARROW and not reach.production:
            return SLIGHT if reach.tagged else DISTURBING
        return GRAVEST if reach.production or reach.state else GRAVE
    if kind in actions.DISTURBING and not named:
        return SLIGHT if kind == "other" else INTERRUPTING
    return 0


def _content(reach: scope.Scope, named: bool, mask: int) -> int:
    """Deleting what is inside of stores is what applications do with their own; of all stores it is another thing."""
    deletes = [name for name in actions.members(mask) if "Delete" in name or "Bypass" in name or "Execute" in name]
    if not deletes:
        return 0
    if not named:
        return GRAVE
    versions = any("Version" in name or "Bypass" in name for name in deletes)
    objects = any(name.startswith("s3:") for name in deletes)
    if objects and (reach.state or (reach.backup and reach.breadth == scope.NAMED)):
        return GRAVEST if versions and reach.state else GRAVE
    return 0


def _cap(identity: Identity) -> int:
    """The most that a danger of this identity weighs."""
    if identity.after.behind == trust.AWS:
        return SLIGHT
    if identity.kind == POLICY and not identity.before.exists:
        return SLIGHT  # nobody holds it yet
    return GRAVEST


def _gains(identity: Identity, gained: tuple[Grant, ...], cap: int) -> Iterator[Danger]:
    found = powers(gained, identity.after)
    if not found:
        return
    held_back = identity.before.bare if identity.before.exists else ()
    by_address: dict[tuple[str, str], list[Power]] = {}
    for power in found:
        kind = GAIN if beyond((_bare(power.grant),), held_back) else GUARD
        by_address.setdefault((kind, _address(identity, power.grant, kind)), []).append(power)
    for (kind, address), here in by_address.items():
        yield Danger(kind, identity, address, min(here[0].weight, cap), tuple(here))


def _key(identity: Identity, gained: tuple[Grant, ...], cap: int) -> Iterator[Danger]:
    """A user who may be a person gets a key that does not expire, and what it may do was there before."""
    became = identity.before.behind == trust.EITHER and identity.after.behind == trust.MACHINE
    if not became or not identity.before.exists or gained:
        return
    found = powers(identity.after.effective.grants, identity.after)
    if not found or found[0].weight < DISTURBING:
        return
    key = (Trusted(trust.MACHINE, trust.KEY, identity.name),)
    address = next((a for a in identity.touched if a in identity.after.keys_at), identity.touched[0])
    yield Danger(TRUST, identity, address, min(found[0].weight, cap), found, key)


def _bare(grant: Grant) -> Grant:
    return grant._replace(needs=frozenset(), lacks=frozenset(grant.statement.but_resources or ()))


def _address(identity: Identity, grant: Grant, kind: str) -> str:
    """The change to point to: the one that brings the statement, else the one that takes the guard away."""
    return grant.origin if grant.origin in identity.touched else identity.touched[0]


def _escalations(identity: Identity, cap: int) -> Iterator[Danger]:
    before = {way.id for way in escalation.ways(identity.before.effective.grants, identity.kind, identity.name)}
    for way in escalation.ways(identity.after.effective.grants, identity.kind, identity.name):
        if way.id not in before and not all(grant.by_aws for grant in way.grants):
            gained = beyond(way.grants, identity.before.effective.grants) or way.grants
            yield Danger(ESCALATION, identity, _address(identity, gained[0], GAIN), min(GRAVE, cap), way=way)


def _trust(identity: Identity, cap: int) -> Iterator[Danger]:
    before, after = identity.before, identity.after
    widened = trust.widened(after.trusted, before.trusted)
    if not widened or identity.address not in identity.touched:
        return
    open_ones = tuple(one for one in widened if one.open is not None)
    if not before.exists and not open_ones:
        return
    found = powers(after.effective.grants, after)
    worst = found[0].weight if found else 0
    loose = [one for one in widened if one.open or one.kind == "*" or _loose(one, before.trusted)]
    if worst < DISTURBING:
        if not loose and not open_ones:
            return
        worst = DISTURBING if not _seen(identity) or open_ones else SLIGHT
    text = tuple(dict.fromkeys(one.open for one in open_ones if one.open))
    yield Danger(TRUST, identity, identity.address, min(worst, cap), found, tuple(loose) or widened, text=text)


def _loose(one: Trusted, before: tuple[Trusted, ...]) -> bool:
    """Whether a subject got a wildcard, or conditions went."""
    same = [old for old in before if (old.kind, old.value) == (one.kind, one.value)]
    return any("*" in subject for subject in one.subjects) or any(not old.limits <= one.limits for old in same)


def _seen(identity: Identity) -> bool:
    """Whether the plan shows what the identity may do at all."""
    return any(source.statement.allow for source in identity.after.sources)


def _unknown(identity: Identity, gained: tuple[Grant, ...]) -> Iterator[Danger]:
    """What it may do afterwards cannot be told, and could be told before; or it is new."""
    new = [text for text in identity.after.unclear if text not in identity.before.unclear]
    if not new or powers(gained, identity.after) or identity.after.behind == trust.AWS:
        return
    here = [address for address in identity.after.unknown_at if address in identity.touched]
    known = set(identity.before.known_at)
    before = [address for address in here if address in known]
    address = next(iter(before or here), identity.touched[0])
    yield Danger(UNKNOWN, identity, address, DISTURBING if before else SLIGHT, text=tuple(new))
