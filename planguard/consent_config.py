"""How people agree: the `consent` part of planguard.yml as frozen types.

Owns the types and their defaults. They stand apart from `config` because only the gate needs them, and a plan with
nothing to say must be judged in tens of milliseconds.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Approver(NamedTuple):
    """An account that may consent."""

    login: str
    id: int | None = None
    """Survives a new login; where it is given, the login is only for people."""


class Window(NamedTuple):
    """When changes may be let through. Several of them add up."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Monday is 0."""
    opens: str = "00:00"
    closes: str = "24:00"
    """`HH:MM`; earlier than `opens` = on the next day."""
    timezone: str = "UTC"
    """A name of the IANA database: `Europe/Berlin`."""
    acts: tuple[str, ...] = ()
    """For whose changes it is meant (`Kind` values: human, agent, bot, unknown); empty = everybody's."""


class Freeze(NamedTuple):
    """Days on which nothing that needs consent goes through."""

    first: str
    """ISO date."""
    last: str
    """ISO date; the whole day belongs to it."""
    reason: str
    timezone: str = "UTC"
    acts: tuple[str, ...] = ()


class Quorum(NamedTuple):
    """How many people it takes. The largest number that applies counts."""

    default: int = 1
    critical: int = 1
    """Where a finding is critical."""
    machine: int = 2
    """Where an agent, a bot or nobody's account took part."""
    irreversible: int = 2
    """Where data ends for good, five objects or more are destroyed, or a protection goes."""
    guard: int = 2
    """Where the pull request changes the guard itself."""


class Evidence(NamedTuple):
    """Where decisions are written down."""

    store: Literal["file", "branch", "none"] = "file"
    path: str = ".planguard/evidence.jsonl"
    """Of the file; on a branch, inside it."""
    branch: str = "planguard-evidence"
    days: int = 30
    """How long a protection that was taken away is remembered."""


class Rehearsal(NamedTuple):
    """That a change has to be tried out elsewhere first."""

    acts: tuple[str, ...] = ("agent", "bot", "unknown")
    """For whose changes (`Kind` values)."""
    days: int = 14
    """How old a receipt may be."""
    environments: tuple[str, ...] = ()
    """Where a rehearsal counts; empty = anywhere."""
    path: str = ".planguard/rehearsals.jsonl"
    """File of the receipts, in the repository."""


class ConsentConfig(NamedTuple):
    """How people agree. The gate reads it from the commit that the pull request goes into."""

    mode: Literal["phrase", "label"] = "phrase"
    """`label`: the label alone is enough where one person is needed and no data is lost for good."""
    label: str = "planguard:approved"
    users: tuple[Approver, ...] = ()
    """Who may agree; with `teams` and `codeowners` empty: everybody with one of the roles."""
    teams: tuple[str, ...] = ()
    """`org/team`."""
    codeowners: bool = False
    """Whether the owners of the changed files may agree."""
    roles: tuple[str, ...] = ("write", "maintain", "admin")
    """Roles of which an approver must have one, listed or not."""
    quorum: Quorum = Quorum()
    dwell: int = 20
    """Seconds between the question and the earliest answer."""
    sticky: bool = False
    """An approval survives a push that changes nothing about what ends; for changes made by people alone."""
    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    signature: Literal["none", "required"] = "none"
    allowed_signers: str = ".planguard/allowed_signers"
    """File in the base commit, in ssh-keygen's form."""
    break_glass: str = ""
    """Label of the emergency exit; empty = there is none."""
    bot: str = ""
    """Login that the gate's own comments come from; empty = the host's own CI account."""
    guard: tuple[str, ...] = ()
    """Further files (globs) that belong to the guard, beside workflows, planguard.yml, rules and CODEOWNERS."""
    agents: tuple[Approver, ...] = ()
    """Further accounts that are machines, whatever the host calls them."""
    evidence: Evidence = Evidence()
    terminal: Literal["allowed", "forbidden"] = "allowed"
    """Whether one person may agree at a terminal (`planguard apply`), or only people in a pull request."""
    rehearsal: Rehearsal | None = None
    """None: nothing has to be rehearsed."""
