"""What an identity may really destroy: Allow, less Deny, within the boundary, for requests that a machine can make.

Owns the arithmetic on statements. A grant is a set of actions on one resource pattern, with what is taken out of it
and what it asks for. Where something takes away only a part, the part is kept as a text: its loss can be seen later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planguard.identities import actions, conditions, wildcards
from planguard.identities.actions import Mask
from planguard.identities.conditions import EITHER, Meaning
from planguard.identities.document import UNTOLD, Condition, Statement


class Source(NamedTuple):
    """A statement, and where it stands."""

    statement: Statement
    origin: str
    """Address of the object that brings it."""
    by_aws: bool = False
    """It stands in a policy that AWS wrote for one of its own services."""
    policy: str = ""
    """The managed policy of AWS that it stands in."""


class Grant(NamedTuple):
    """A set of actions that is really allowed on what one pattern names."""

    mask: Mask
    resource: str
    origin: str
    statement: Statement
    lacks: frozenset[str] = frozenset()
    """Resource patterns, and conditions, that are taken out of it."""
    needs: frozenset[Condition] = frozenset()
    """Conditions that it holds under, and which say what is meant."""
    requests: int = EITHER
    by_aws: bool = False
    policy: str = ""
    """The managed policy of AWS that it comes from."""

    @property
    def key(self) -> tuple[str, frozenset[str], frozenset[Condition], int]:
        """What makes two grants the same but for their actions."""
        return self.resource, self.lacks, self.needs, self.requests


class Effective(NamedTuple):
    """What all statements of an identity come to."""

    grants: tuple[Grant, ...] = ()
    unclear: tuple[str, ...] = ()
    holes: tuple[str, ...] = ()
    """Conditions that look like a guard by a second factor and let machines through."""


def effective(
    sources: Sequence[Source], boundary: Sequence[Source] | None = None, principal: str | None = None
) -> Effective:
    """What these statements allow a machine. `boundary`: the statements of a permissions boundary, None without one."""
    unclear: list[str] = []
    holes: list[str] = []
    grants = _allowed(sources, principal, unclear, holes)
    denies = [(s, m) for s in sources if not s.statement.allow and (m := _meaning(s, principal, unclear, holes))]
    for source, meaning in denies:
        grants = [part for grant in grants for part in _denied(grant, source.statement, meaning)]
    if boundary is not None:
        limits = effective(boundary, None, principal)
        unclear += limits.unclear
        grants = [part for grant in grants for part in _within(grant, limits.grants)]
    return Effective(tuple(grants), tuple(dict.fromkeys(unclear)), tuple(dict.fromkeys(holes)))


def unguarded(sources: Iterable[Source]) -> tuple[Grant, ...]:
    """What the statements would allow without any condition, Deny or boundary: what a guard stands before."""
    bare = [s._replace(statement=s.statement._replace(conditions=())) for s in sources if s.statement.allow]
    return effective(bare).grants


def wanted(statement: Statement) -> Mask:
    """The actions that a statement is about."""
    if statement.but_actions is not None:
        return actions.table().everything & ~actions.expand_all(statement.but_actions)
    return actions.expand_all(statement.actions)


def _meaning(source: Source, principal: str | None, unclear: list[str], holes: list[str]) -> Meaning | None:
    """What the conditions of a Deny come to; None where it stops no machine."""
    meaning = conditions.judge(source.statement.conditions, principal)
    if meaning.hole and meaning.requests != EITHER:
        holes.append(meaning.hole)
    if meaning.unclear:
        unclear.extend(meaning.unclear)
        return None
    return None if meaning.never or not meaning.requests else meaning


def _allowed(sources: Iterable[Source], principal: str | None, unclear: list[str], holes: list[str]) -> list[Grant]:
    grants = []
    for source in sources:
        statement = source.statement
        if not statement.allow:
            continue
        mask = wanted(statement)
        if not mask:
            continue
        meaning = conditions.judge(statement.conditions, principal)
        if meaning.never or not meaning.requests:
            continue
        unclear.extend(meaning.unclear)
        if meaning.hole:
            holes.append(meaning.hole)
        needs = frozenset((*meaning.tags, *meaning.limits))
        lacks = frozenset(statement.but_resources or ())
        for resource in ("*",) if statement.but_resources is not None else statement.resources:
            part = mask & actions.applicable(resource)
            if part:
                grants.append(
                    Grant(
                        part,
                        resource,
                        source.origin,
                        statement,
                        lacks,
                        needs,
                        meaning.requests,
                        source.by_aws,
                        source.policy,
                    )
                )
    return grants


def _denied(grant: Grant, deny: Statement, meaning: Meaning) -> Iterable[Grant]:
    """What a Deny leaves of a grant."""
    mask = grant.mask & wanted(deny)
    if not mask or not grant.requests & meaning.requests:
        yield grant
        return
    rest = grant.mask & ~mask
    if rest:
        yield grant._replace(mask=rest)
    grant = grant._replace(mask=mask)
    left = grant.requests & ~meaning.requests
    partial = (*meaning.tags, *meaning.limits, *meaning.places)
    if partial:
        yield _conditionally(grant, meaning, partial, whole=_reaches(deny, grant.resource) == "all")
        return
    reach = _reaches(deny, grant.resource)
    if reach == "none":
        yield grant
    elif reach == "all":
        if left:
            yield grant._replace(requests=left)
    elif left:
        yield grant
    elif deny.but_resources is not None:
        for kept in deny.but_resources:
            if wildcards.overlaps(kept, grant.resource):
                narrow = kept if wildcards.covers(grant.resource, kept) else grant.resource
                yield grant._replace(resource=narrow, mask=mask & actions.applicable(narrow))
    else:
        taken = (text for text in deny.resources if wildcards.overlaps(text, grant.resource))
        yield grant._replace(lacks=grant.lacks.union(taken))


def _conditionally(grant: Grant, meaning: Meaning, partial: Iterable[Condition], *, whole: bool) -> Grant:
    """What a Deny leaves that holds only for some objects or from some places."""
    only_tags = meaning.tags and not meaning.limits and not meaning.places
    if whole and only_tags and len(meaning.tags) == 1 and not grant.requests & ~meaning.requests:
        (tag,) = meaning.tags
        known = conditions.operator(tag.operator)
        if known is not None and known.negative:
            # Everything without the tag is denied: what is left are objects that have it.
            return grant._replace(needs=grant.needs | {tag._replace(operator=_turned(tag.operator))})
    places = {condition.shown() for condition in meaning.places}
    told = (condition.shown() for condition in partial)
    return grant._replace(lacks=grant.lacks.union(f"{FROM}{text}" if text in places else text for text in told))


def _turned(operator: str) -> str:
    bare = operator[: -len("IfExists")] if operator.lower().endswith("ifexists") else operator
    return bare.replace("Not", "")


def _reaches(deny: Statement, resource: str) -> str:
    """Whether a Deny reaches all that a pattern stands for, some of it, or none."""
    if deny.but_resources is not None:
        return "some" if any(wildcards.overlaps(kept, resource) for kept in deny.but_resources) else "all"
    if any(wildcards.covers(text, resource) for text in deny.resources):
        return "all"
    if resource == UNTOLD:
        return "none"
    return "some" if any(wildcards.overlaps(text, resource) for text in deny.resources) else "none"


def _within(grant: Grant, limits: Iterable[Grant]) -> Iterable[Grant]:
    """The parts of a grant that a boundary lets through."""
    rest = grant.mask
    for limit in limits:
        mask = rest & limit.mask
        if not mask or not grant.requests & limit.requests:
            continue
        if wildcards.covers(limit.resource, grant.resource):
            resource = grant.resource
        elif wildcards.covers(grant.resource, limit.resource) or wildcards.overlaps(grant.resource, limit.resource):
            resource = limit.resource
        else:
            continue
        yield grant._replace(
            mask=mask,
            resource=resource,
            lacks=grant.lacks | limit.lacks,
            needs=grant.needs | limit.needs,
            requests=grant.requests & limit.requests,
        )
        if resource == grant.resource and not limit.lacks and not limit.needs:
            rest &= ~mask


# --- two sets of grants -----------------------------------------------------------------------------------------------


def beyond(grants: Iterable[Grant], known: Sequence[Grant]) -> tuple[Grant, ...]:
    """What `grants` allow and `known` did not."""
    same: dict[tuple[str, frozenset[str], frozenset[Condition], int], Mask] = {}
    for grant in known:
        same[grant.key] = same.get(grant.key, 0) | grant.mask
    found = []
    for grant in grants:
        rest = grant.mask & ~same.get(grant.key, 0)
        for other in known if rest else ():
            if rest & other.mask and _includes(other, grant):
                rest &= ~other.mask
        if rest:
            found.append(grant._replace(mask=rest))
    return tuple(found)


FROM = "from "
"""How what is taken out of a grant begins where it only says from where, when, or in which region: that makes no damage
smaller, so whether it is there decides nothing."""


def _includes(wide: Grant, narrow: Grant) -> bool:
    return (
        wildcards.covers(wide.resource, narrow.resource)
        and wide.needs <= narrow.needs
        and not narrow.requests & ~wide.requests
        and all(_lacks_too(narrow, text) for text in wide.lacks)
    )


def _lacks_too(grant: Grant, taken: str) -> bool:
    """Whether what is taken out of another grant is taken out of this one too, or is not in it."""
    if taken.startswith(FROM):
        return True
    return any(wildcards.covers(text, taken) for text in grant.lacks) or _outside(taken, grant)


def _outside(taken: str, grant: Grant) -> bool:
    """Whether what is taken out elsewhere has nothing to do with what this grant names."""
    return " " not in taken and not wildcards.overlaps(taken, grant.resource)
