"""What a place where people review changes tells about one: GitHub, GitLab, or whatever keeps to `Host`.

Owns the types of those facts and the protocol for fetching them. Fetches nothing, judges nothing. Every time in here
is the host's own clock, in UTC: dates inside commits can be forged and are not among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable


class Account(NamedTuple):
    """Who did something."""

    login: str
    id: int
    """Survives a new login."""
    type: str
    """GitHub's words: `User`, `Bot`, `Organization`, `Mannequin`. Whoever cannot be a person is not `User`."""


class Event(NamedTuple):
    """Something that happened to a pull request."""

    id: str
    kind: str
    """`labeled`, `unlabeled`, `closed`, `reopened`, `ready_for_review`, `head_ref_force_pushed`; no others."""
    actor: Account | None
    """None: the account is gone."""
    at: datetime
    label: str = ""
    """The label's name when it was set, whatever it is called today."""
    app: str | None = None
    """Slug of the app through which it was done."""
    intent: bool = False
    """The host says that an agent did it."""
    url: str = ""


class Comment(NamedTuple):
    """A comment on a pull request."""

    id: str
    author: Account | None
    body: str
    created: datetime
    updated: datetime
    app: str | None = None
    """Slug of the app through which it was written."""
    url: str = ""


class Commit(NamedTuple):
    """A commit of a pull request, as far as it names people. Names, addresses and messages are what was claimed."""

    sha: str
    author: Account | None
    """The account that the host sees behind the author's address; None where there is none."""
    committer: Account | None
    author_email: str
    committer_email: str
    message: str


class Push(NamedTuple):
    """Somebody moved the branch. The host's own record."""

    actor: Account | None
    after: str
    """The commit that the branch stood at then."""
    at: datetime


class Changed(NamedTuple):
    """A file that a pull request changes."""

    path: str
    blob: str
    """Hash of its new content; empty where it is deleted or not known."""
    previous: str = ""
    """Where it was renamed from."""


class Listing(NamedTuple):
    """What several pages hold together, and whether they are all there."""

    commits: tuple[Commit, ...] = ()
    pushes: tuple[Push, ...] = ()
    complete: bool = True
    """False: the host tells no more (GitHub's 251st commit), or may not be asked."""
    why: str = ""
    """What is missing, a sentence."""


class Pull(NamedTuple):
    """A pull request, or GitLab's merge request, as it is now."""

    number: int
    url: str
    title: str
    author: Account | None
    app: str | None
    """Slug of the app that opened it on somebody's behalf."""
    open: bool
    draft: bool
    base_ref: str
    base_sha: str
    """Commit that the branch to merge into stands at now: config and approvers are read there."""
    head_ref: str
    head_sha: str
    head_repo: str
    """`owner/name` that the branch lies in; empty where that is gone."""
    fork: bool
    labels: tuple[str, ...]
    """As they are called now."""
    commits: int
    """How many commits the host counts."""
    merged: bool = False
    requester: Account | None = None
    """On whose behalf an agent opened it, where the host tells."""


class Host(Protocol):
    """Where people agree. Every method reads or writes now, all pages or not at all, and raises `HostError`."""

    name: str
    """`github`, `gitlab`."""

    @property
    def calls(self) -> int:
        """How many requests have been sent so far."""

    @property
    def repository(self) -> str:
        """`owner/name`."""

    def now(self) -> datetime:
        """The host's clock, from the last answer; a machine's own clock is nobody's witness."""

    def pull(self, number: int) -> Pull:
        """One pull request, live."""

    def group(self, ref: str) -> tuple[int, ...]:
        """The numbers of all pull requests in a merge queue's branch."""

    def events(self, number: int) -> tuple[Event, ...]:
        """Everything that happened to it, oldest first."""

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Oldest first."""

    def commits(self, pull: Pull) -> Listing:
        """Its commits."""

    def pushes(self, pull: Pull) -> Listing:
        """Who moved its branch, oldest first."""

    def files(self, pull: Pull) -> tuple[Changed, ...]:
        """The files that it changes."""

    def role(self, account: Account) -> str:
        """The account's role here: `admin`, `maintain`, `write`, `triage`, `read`, `none`, or one of the host's own."""

    def members(self, team: str) -> frozenset[int] | None:
        """Ids of the members of a team; None where the token may not ask."""

    def read(self, path: str, ref: str) -> bytes | None:
        """A file as it is in a commit; None where there is none (said by the host, not by a failure)."""

    def listing(self, path: str, ref: str) -> tuple[str, ...]:
        """The paths of the files right inside a directory, in a commit; empty where there is none."""

    def comment(self, number: int, body: str, existing: Comment | None) -> Comment:
        """Write a comment, or the text of one that exists."""

    def label(self, number: int, name: str, *, again: bool) -> None:
        """Set a label; `again`: it is there already, and is taken away first, so that setting it is an event."""

    def status(self, sha: str, *, passes: bool, text: str) -> None:
        """Say it beside the commit."""

    def append(self, ref: str, path: str, lines: Sequence[str], *, expect: str | None) -> str | None:
        """Add lines to a file on a branch of its own; the new state's id, or None where it is no longer at `expect`."""

    def ledger(self, ref: str, path: str) -> tuple[bytes, str | None]:
        """That file's bytes, and the state's id for `append`; empty and None where there is none yet."""


@runtime_checkable
class Oneself(Protocol):
    """A host that tells whose token it was given. GitHub cannot tell it of the token of a workflow."""

    def me(self) -> Account | None:
        """The account that the token acts as."""


@runtime_checkable
class Editors(Protocol):
    """A host that tells who changed a comment."""

    def authentic(self, comment: Comment) -> bool:
        """Whether a comment that was read still says what its author wrote."""
