"""A role that is made where another one goes: a module was renamed, or one role became two.

Owns which role that goes a new one takes the place of. The new one is measured by it: whoever could do a thing before
and can do it afterwards under another name is no news; what goes beyond it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planguard.identities import trust
from planguard.identities.audit import Identity
from planguard.identities.objects import ROLE
from planguard.identities.power import beyond


def measured(everybody: Iterable[Identity]) -> Iterator[Identity]:
    """The identities, each new role with what the role could do that it takes the place of."""
    told = tuple(everybody)
    going = [one for one in told if _role(one) and one.before.exists and not one.after.exists]
    for one in told:
        if not going or not _role(one) or one.before.exists or not one.after.exists:
            yield one
            continue
        heir = next((old for old in _nearest(one, going) if _let_in_before(one, old)), None)
        yield one if heir is None else one._replace(before=heir.before)


def _role(identity: Identity) -> bool:
    return identity.kind == ROLE and identity.address != ""


def _nearest(one: Identity, going: Iterable[Identity]) -> list[Identity]:
    """The one that leaves least to tell, of several."""
    return sorted(going, key=lambda old: len(beyond(one.after.effective.grants, old.before.effective.grants)))


def _let_in_before(one: Identity, old: Identity) -> bool:
    """Whether everybody who may become the new role could become the old one."""
    after, before = one.after.trusted, old.before.trusted
    if not after or any(who.unclear or who.hidden for who in (*after, *before)):
        return False
    return old.before.behind != trust.PERSON and not trust.widened(after, before)
