"""Who may consent: a person, listed where there is a list, with a role that suffices, and none of the change's makers.

The checks of one account, in the order in which the first that fails is told. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from planguard.consent.actors import Makers, kind_of
from planguard.consent_config import Approver, ConsentConfig
from planguard.forge import Account
from planguard.review import Kind, Refusal


class Owners(NamedTuple):
    """The code owners of one file."""

    ids: frozenset[int]
    """Of the members of the teams that own it."""
    logins: frozenset[str]
    """In lower case."""

    def include(self, account: Account) -> bool:
        """Whether an account owns it."""
        return account.id in self.ids or account.login.lower() in self.logins


class Approvers(NamedTuple):
    """Who may consent in one repository, as its base commit says."""

    anybody: bool
    """Nobody is listed: every person with one of the roles."""
    ids: frozenset[int]
    logins: frozenset[str]
    """In lower case; of those who are listed without a number."""
    roles: tuple[str, ...]
    owners: tuple[Owners, ...] = ()
    """Of each changed file; who owns all of them may agree."""
    unread: tuple[str, ...] = ()
    """Teams whose members the token may not see."""

    def lists(self, account: Account) -> bool:
        """Whether an account is among them, whatever its role."""
        if self.anybody or account.id in self.ids or account.login.lower() in self.logins:
            return True
        return bool(self.owners) and all(owners.include(account) for owners in self.owners)


def approvers(
    config: ConsentConfig, teams: Mapping[str, frozenset[int] | None], owners: Iterable[Owners] = ()
) -> Approvers:
    """From the configuration, the members of its teams (None: unreadable), and the owners of each changed file."""
    members = [ids for ids in teams.values() if ids is not None]
    return Approvers(
        anybody=not (config.users or config.teams or config.codeowners),
        ids=frozenset(user.id for user in config.users if user.id is not None).union(*members),
        logins=frozenset(user.login.lower() for user in config.users if user.id is None),
        roles=config.roles,
        owners=tuple(owners),
        unread=tuple(sorted(team for team, ids in teams.items() if ids is None)),
    )


def refusal(
    account: Account | None,
    *,
    app: str | None,
    intent: bool,
    may: Approvers,
    roles: Mapping[int, str],
    makers: Makers | None,
    further: tuple[Approver, ...] = (),
) -> Refusal | None:
    """Why this account's consent does not count; None where it does. Without `makers`, anybody may have made it."""
    kind, why = kind_of(account, further)
    if account is None or kind is not Kind.HUMAN:
        return Refusal("PG30", account.login if account else "?", f"It takes a person, and {why}.")
    who = account.login
    if intent:
        return Refusal("PG30", who, f"It takes a person, and an agent did it in the name of @{who}.")
    if app is not None:
        return Refusal("PG31", who, f"It came through the app {app}, not from @{who} on the page.")
    if not may.lists(account):
        unread = f" The members of {', '.join(may.unread)} cannot be read." if may.unread else ""
        return Refusal("PG31", who, f"@{who} is not among those who may agree here.{unread}")
    role = roles.get(account.id, "none")
    if role not in may.roles:
        return Refusal("PG32", who, f"@{who} has the role `{role}`; it takes {_one_of(may.roles)}.")
    if makers is not None and makers.include(account):
        return Refusal("PG33", who, f"@{who} wrote, pushed or asked for this change. Somebody else has to agree.")
    return None


def _one_of(roles: tuple[str, ...]) -> str:
    return roles[0] if len(roles) == 1 else f"{', '.join(roles[:-1])} or {roles[-1]}"
