"""What the gate has to know about a pull request, gathered from its host with as few calls as possible.

Owns the order of the questions. Decides nothing: that is `consent.decision`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from planguard.cli import base
from planguard.cli.hosting import bot_of
from planguard.config import NAMES, Config
from planguard.consent.actors import makers
from planguard.consent.approvers import Approvers, Owners, approvers
from planguard.consent.challenge import marker
from planguard.consent.facts import Facts, Question, candidates, is_own
from planguard.consent_config import ConsentConfig
from planguard.errors import HostError
from planguard.forge import Changed, Comment, Editors, Host, Pull
from planguard.globs import matches

GUARD = (
    ".github/workflows/*",
    ".github/actions/*",
    ".gitlab-ci.yml",
    ".gitlab/ci/*",
    ".planguard/*",
    *base.OWNERS,
)
"""Files that belong to the guard itself, beside planguard.yml and the rules that it names."""

_INFRASTRUCTURE = (".tf", ".tf.json", ".tofu", ".tfvars", ".tfvars.json", ".hcl", ".tftpl", ".template")
"""Ends of the files whose owners answer for what a plan destroys."""


def gather(host: Host, pull: Pull, config: ConsentConfig, files: tuple[Changed, ...]) -> Facts:
    """Everything but the roles, for which `with_roles` asks once it is known whose."""
    bot = bot_of(host, config.bot)
    events, read = host.events(pull.number), host.comments(pull.number)
    comments = tuple(_authentic(host, one, bot) for one in read)
    commits, pushes = host.commits(pull), host.pushes(pull)
    pushed = [push.at for push in pushes.pushes if push.after == pull.head_sha]
    return Facts(
        repository=host.repository,
        pull=pull,
        events=events,
        comments=comments,
        makers=makers(pull, commits, pushes, config.agents),
        may=_approvers(host, pull, config, files),
        bot=bot,
        now=host.now(),
        pushed=max(pushed, default=None),
        forged=comments != read,
        unread=tuple(listing.why for listing in (commits,) if not listing.complete),
    )


def _authentic(host: Host, comment: Comment, bot: str) -> Comment:
    """A comment; planguard's own without its questions where somebody else changed it, who may have changed them."""
    if comment.updated == comment.created or not is_own(comment, bot) or not isinstance(host, Editors):
        return comment
    return comment if host.authentic(comment) else comment._replace(body=marker(()))


def with_roles(host: Host, question: Question, facts: Facts, config: ConsentConfig) -> Facts:
    """The same, with the roles of those who set a label or gave a command."""
    roles = {account.id: host.role(account) for account in candidates(question, facts, config)}
    return facts._replace(roles=roles, now=host.now())


def guard_files(
    files: Iterable[Changed], config: Config, consent: ConsentConfig, rules: Iterable[str]
) -> list[Changed]:
    """The changed files that belong to the guard itself; `rules` are its directories in the repository."""
    own = (consent.allowed_signers, consent.evidence.path)
    globs = (*GUARD, *consent.guard, *own, *(f"{folder}/*" for folder in rules))
    if consent.rehearsal is not None:
        globs = (*globs, consent.rehearsal.path)
    names = {*NAMES, *([config.path] if config.path else [])}
    found = []
    for file in files:
        paths = [path for path in (file.path, file.previous) if path]
        if any(path in names or any(matches(glob, path) for glob in globs) for path in paths):
            found.append(file)
    return sorted(found)


# --- who may agree ---------------------------------------------------------------------------------------------------


def _approvers(host: Host, pull: Pull, config: ConsentConfig, files: tuple[Changed, ...]) -> Approvers:
    teams = {team: host.members(team) for team in config.teams}
    if not config.codeowners:
        return approvers(config, teams)
    text = base.owners(host, pull)
    if text is None:
        return approvers(config, teams)
    return approvers(config, teams, _owners(host, text, [file.path for file in files], teams))


def _owners(host: Host, text: str, paths: list[str], teams: Mapping[str, frozenset[int] | None]) -> tuple[Owners, ...]:
    """The owners of every changed file of the infrastructure, or of every file where there is none of those."""
    from codeowners import CodeOwners

    table = CodeOwners(text)
    members = dict(teams)
    found = set()
    for path in [path for path in paths if path.endswith(_INFRASTRUCTURE)] or paths:
        # `@@maintainer` is a role on GitLab, and no account of that name.
        named = [(kind, name.lstrip("@")) for kind, name in table.of(path) if not name.startswith("@@")]
        for kind, name in named:
            if kind == "TEAM" and name not in members:
                members[name] = host.members(name)
        ids = [members[name] or frozenset() for kind, name in named if kind == "TEAM"]
        logins = frozenset(name.lower() for kind, name in named if kind == "USERNAME")
        found.add(Owners(frozenset[int]().union(*ids), logins))
    return tuple(sorted(found, key=lambda owners: (sorted(owners.logins), sorted(owners.ids))))


def head_moved(host: Host, pull: Pull) -> str | None:
    """Whether the request is no longer what was judged: read once more before anything is let through."""
    again = host.pull(pull.number)
    if again.head_sha != pull.head_sha:
        return again.head_sha
    if again.base_ref != pull.base_ref or again.draft != pull.draft or again.open != pull.open:
        raise HostError("The pull request was changed while the gate looked at it.", hint="Run the gate again.")
    return None


def moment(time: datetime) -> str:
    """ISO time in whole seconds."""
    return time.isoformat(timespec="seconds")
