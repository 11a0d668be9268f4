"""Roles that an identity may step into by name: what these may do, it may do as well, one call later.

Owns the match of a named role with the roles of the plan. Roles that are not in the plan are judged by their names, and
that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from planguard.identities import actions, escalation, scope, trust, wildcards
from planguard.identities.audit import Identity
from planguard.identities.dangers import DISTURBING, ESCALATION, GRAVE, Danger, powers
from planguard.identities.document import UNTOLD
from planguard.identities.objects import ROLE
from planguard.identities.power import Grant, beyond

_STRONG = re.compile(r"(^|[^a-z])(admin|administrator|power-?user|break-?glass|account-access-role)s?([^a-z]|$)")
_ASSUME = "sts:AssumeRole"


def steps(identity: Identity, everybody: Callable[[], tuple[Identity, ...]]) -> Iterator[Danger]:
    """The strong roles that an identity may become now, and could not before."""
    after = identity.after
    if not identity.touched or after.behind in (trust.PERSON, trust.AWS) or not after.exists:
        return
    gained = beyond(_named(after.effective.grants), tuple(_named(identity.before.effective.grants)))
    for grant in gained:
        address = grant.origin if grant.origin in identity.touched else identity.touched[0]
        strong = next((way for other in everybody() if (way := _into(other, grant, identity)) is not None), None)
        if strong is not None:
            yield Danger(ESCALATION, identity, address, GRAVE, way=strong)
        elif _STRONG.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", grant.resource.rpartition("role/")[2]).lower()):
            way = escalation.Way("become-by-name", "become a role whose name says that it may do all", (grant,))
            yield Danger(ESCALATION, identity, address, DISTURBING, way=way)


def _named(grants: tuple[Grant, ...]) -> Iterator[Grant]:
    """What is allowed about assuming roles that are named."""
    wanted = actions.expand(_ASSUME)
    for grant in grants:
        if grant.mask & wanted and grant.resource != UNTOLD and not scope.wide(grant.resource):
            yield grant._replace(mask=grant.mask & wanted)


def _into(other: Identity, grant: Grant, identity: Identity) -> escalation.Way | None:
    """The way into one role, if the grant names it, its trust may let somebody in, and it is strong."""
    if other.kind != ROLE or not other.after.exists or (other.address, other.name) == (identity.address, identity.name):
        return None
    name = grant.resource.rpartition(":role/")[2].rpartition("/")[2]
    if not name or not wildcards.matches(name, other.name):
        return None
    if other.after.trusted and all(one.kind in ("Service", "Federated") for one in other.after.trusted):
        return None
    found = powers(other.after.effective.grants, other.after)
    if not found or found[0].weight < GRAVE:
        return None
    text = f"become the role {other.name}, which could {actions.TITLES[found[0].kind]}"
    return escalation.Way(f"become {other.name}", text, (grant,))
