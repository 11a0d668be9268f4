"""Who made a change: people, agents, bots, or nobody knows; and who may therefore not consent to it.

Positive evidence only: that nothing speaks against a person proves little. Names in commits can be forged, so they
add to what is known and never take away. Pure: the facts come from a host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from planguard import agents
from planguard.agents import Agent
from planguard.consent_config import Approver
from planguard.forge import Account, Commit, Listing, Pull
from planguard.review import Actor, Kind

_NOREPLY = re.compile(r"(\d+)\+([^@]+)@users\.noreply\.")
_FORGES_OWN = {19864447: "web-flow"}
"""The account that signs what people do on GitHub's pages: no committer in any sense that matters."""


class Makers(NamedTuple):
    """Those who made a change."""

    actors: tuple[Actor, ...]
    """Worst first: agents, bots, unknown ones, people; each once per role."""
    ids: frozenset[int]
    """Accounts that wrote, pushed or asked for it: none of them may consent to it."""
    logins: frozenset[str]
    """The same in lower case, for those whose number nobody tells."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What kinds took part."""
        found = {actor.kind for actor in self.actors}
        return tuple(kind for kind in _ORDER if kind in found)

    @property
    def not_people(self) -> tuple[Actor, ...]:
        """Those who are machines, or could be."""
        return tuple(actor for actor in self.actors if actor.kind is not Kind.HUMAN)

    def include(self, account: Account) -> bool:
        """Whether an account is one of them."""
        return account.id in self.ids or account.login.lower() in self.logins


_ORDER = (Kind.AGENT, Kind.BOT, Kind.UNKNOWN, Kind.HUMAN)


def makers(pull: Pull, commits: Listing, pushes: Listing, config: Iterable[Approver] = ()) -> Makers:
    """Everybody who made a pull request what it is now."""
    further = tuple(config)
    found = list(_of_pull(pull, further))
    accounts = [account for account in (pull.author, pull.requester) if account is not None]
    for commit in commits.commits:
        found += _of_commit(commit, further)
        accounts += [one for one in (commit.author, commit.committer) if one is not None and one.id not in _FORGES_OWN]
    for push in pushes.pushes:
        found.append(_account(push.actor, "pusher", "pushed to it", further))
        accounts += [push.actor] if push.actor is not None else []
    found += [
        Actor("?", Kind.UNKNOWN, role, listing.why or "not everything can be read")
        for role, listing in (("committer", commits), ("pusher", pushes))
        if not listing.complete
    ]
    signed = [person for commit in commits.commits for person in _co_authors(commit)]
    return Makers(
        _sorted(found),
        frozenset(account.id for account in accounts) | {number for number, _ in signed},
        frozenset(account.login.lower() for account in accounts) | {login for _, login in signed},
    )


def kind_of(account: Account | None, further: Iterable[Approver] = ()) -> tuple[Kind, str]:
    """What an account is, and the reason in a few words."""
    if account is None:
        return Kind.UNKNOWN, "the account is gone"
    known = agents.by_account(account.login, account.id)
    if known is not None:
        return (Kind.AGENT if known.kind == "agent" else Kind.BOT), f"{account.login} is {known.name}"
    for own in further:
        if account.id == own.id or (own.id is None and account.login.lower() == own.login.lower()):
            return Kind.AGENT, f"planguard.yml names {account.login} as a machine"
    if account.type != "User" or agents.is_bot_login(account.login):
        return Kind.BOT, f"{account.login} is no person's account ({account.type or 'unknown'})"
    return Kind.HUMAN, f"{account.login} is a person's account"


def _of_pull(pull: Pull, further: tuple[Approver, ...]) -> Iterable[Actor]:
    yield _account(pull.author, "author", "opened it", further)
    if pull.app is not None:
        agent = agents.by_app(pull.app)
        kind = Kind.BOT if agent is not None and agent.kind != "agent" else Kind.AGENT
        yield Actor(agent.name if agent else pull.app, kind, "author", f"opened through the app {pull.app}")


def _account(account: Account | None, role: str, did: str, further: tuple[Approver, ...]) -> Actor:
    kind, why = kind_of(account, further)
    # Of a person there is nothing more to say than what they did.
    return Actor(account.login if account else "?", kind, role, did if kind is Kind.HUMAN else f"{why} ({did})")


def _of_commit(commit: Commit, further: tuple[Approver, ...]) -> Iterable[Actor]:
    short = commit.sha[:7]
    for account, email, did in (
        (commit.author, commit.author_email, "wrote"),
        (commit.committer, commit.committer_email, "committed"),
    ):
        if account is not None and account.id in _FORGES_OWN:
            continue
        agent = agents.by_email(email)
        if agent is not None:
            yield _agent(agent, "committer", f"{did} {short} as {email}")
        elif account is None:
            # Nobody's account: an address that the host does not know. It may be a person's second one.
            yield Actor("?", Kind.UNKNOWN, "committer", f"{short} was {_past(did)} by an address without an account")
        else:
            yield _account(account, "committer", f"{did} {short}", further)
    for agent, line in agents.by_trailers(commit.message):
        yield _agent(agent, "co-author", f'{short} says "{line.strip()}"')


def _past(did: str) -> str:
    return "written" if did == "wrote" else did


def _agent(agent: Agent, role: str, evidence: str) -> Actor:
    return Actor(agent.name, Kind.AGENT if agent.kind == "agent" else Kind.BOT, role, evidence)


def _co_authors(commit: Commit) -> Iterable[tuple[int, str]]:
    """People whom a trailer names by an address that tells their account."""
    for line in commit.message.splitlines():
        if line.lower().lstrip().startswith("co-authored-by:"):
            for number, login in _NOREPLY.findall(line):
                yield int(number), login.lower()


def _sorted(found: Iterable[Actor]) -> tuple[Actor, ...]:
    """Each one once per role, with the first evidence; agents first."""
    first: dict[tuple[str, Kind, str], Actor] = {}
    for actor in found:
        first.setdefault((actor.name, actor.kind, actor.role), actor)
    ranks: Mapping[Kind, int] = {kind: place for place, kind in enumerate(_ORDER)}
    return tuple(sorted(first.values(), key=lambda actor: (ranks[actor.kind], _ROLES.index(actor.role), actor.name)))


_ROLES = ("author", "pusher", "committer", "co-author")
