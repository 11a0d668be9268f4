"""What GitHub's answers look like, as far as planguard reads them, and how they become `forge`'s facts.

Owns shapes and their reading. Asks nothing. Keys that are not `NotRequired` must be there: an answer without them is an
error and never "none".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

from planguard.errors import HostError
from planguard.forge import Account, Changed, Comment, Commit, Event, Push

KINDS = frozenset({"labeled", "unlabeled", "closed", "reopened", "ready_for_review", "head_ref_force_pushed"})
_GHOST = "ghost"  # GitHub's stand-in for accounts that are gone; nobody can have this login


class PersonShape(TypedDict, total=False):
    """An account. Beside a commit it may be an empty object."""

    login: str
    id: int
    type: str


class AppShape(TypedDict):
    """An app, as `performed_via_github_app` tells of it."""

    id: int
    name: str
    slug: NotRequired[str]


class LabelShape(TypedDict):
    """A label."""

    name: str


class EventShape(TypedDict):
    """Something that happened."""

    id: int
    event: str
    actor: PersonShape | None
    created_at: datetime
    url: str
    performed_via_github_app: AppShape | None
    label: NotRequired[LabelShape]
    intent: NotRequired[dict[str, Any] | None]


class CommentShape(TypedDict):
    """A comment."""

    id: int
    node_id: str
    user: PersonShape | None
    body: NotRequired[str | None]
    created_at: datetime
    updated_at: datetime
    html_url: str
    performed_via_github_app: NotRequired[AppShape | None]


class RepositoryShape(TypedDict):
    """The repository that a branch lies in."""

    id: int
    full_name: str


class BranchShape(TypedDict):
    """One end of a pull request."""

    ref: str
    sha: str
    repo: RepositoryShape | None


class PullShape(TypedDict):
    """A pull request."""

    number: int
    html_url: str
    title: str
    user: PersonShape | None
    state: str
    draft: bool
    base: BranchShape
    head: BranchShape
    labels: list[LabelShape]
    commits: int
    merged: bool
    assignees: NotRequired[list[PersonShape] | None]


class IssueShape(TypedDict):
    """What only the issue behind a pull request tells."""

    number: int
    performed_via_github_app: NotRequired[AppShape | None]


class ClaimShape(TypedDict, total=False):
    """Who a commit says made it."""

    email: str | None


class GitCommitShape(TypedDict):
    """What git knows of a commit."""

    message: str
    author: ClaimShape | None
    committer: ClaimShape | None


class CommitShape(TypedDict):
    """A commit."""

    sha: str
    commit: GitCommitShape
    author: PersonShape | None
    committer: PersonShape | None


class FileShape(TypedDict):
    """A changed file."""

    filename: str
    status: str
    sha: str | None
    previous_filename: NotRequired[str]


class CompareShape(TypedDict):
    """A page of what lies between two commits."""

    total_commits: int
    commits: list[CommitShape]
    files: NotRequired[list[FileShape]]


class ActivityShape(TypedDict):
    """A branch that moved."""

    after: str
    timestamp: datetime
    activity_type: str
    actor: PersonShape | None


class PermissionShape(TypedDict):
    """What somebody may do here."""

    permission: str
    role_name: str
    user: PersonShape | None


class ObjectShape(TypedDict):
    """What a ref stands at."""

    sha: str
    type: str


class RefShape(TypedDict):
    """A ref."""

    ref: str
    object: ObjectShape


class EntryShape(TypedDict):
    """One thing in a tree."""

    path: str
    mode: str
    type: str
    sha: str


class TreeShape(TypedDict):
    """A directory of a commit."""

    sha: str
    tree: list[EntryShape]
    truncated: bool


class BlobShape(TypedDict):
    """A file's content. `type` is there when it was asked for by its path."""

    sha: str
    type: NotRequired[str]
    content: NotRequired[str]
    encoding: NotRequired[str]


class ShaShape(TypedDict):
    """Something that has just been made."""

    sha: str


class PutShape(TypedDict):
    """A file that has just been written."""

    content: ShaShape | None
    commit: ShaShape


class QueuedShape(TypedDict):
    """A pull request in a queue."""

    position: int
    pullRequest: QueuedPullShape | None


class QueuedPullShape(TypedDict):
    """Its number."""

    number: int


class CursorShape(TypedDict):
    """Whether there is more."""

    hasNextPage: bool


class EntriesShape(TypedDict):
    """What is in the queue."""

    pageInfo: CursorShape
    nodes: list[QueuedShape]


class QueueShape(TypedDict):
    """A merge queue."""

    entries: EntriesShape


class QueueRepositoryShape(TypedDict):
    """The repository of a queue."""

    mergeQueue: QueueShape | None


class QueueDataShape(TypedDict):
    """The data of the answer about a queue."""

    repository: QueueRepositoryShape | None


class QueueAnswerShape(TypedDict):
    """GraphQL answers 200 even when it refuses; then `data` is null or away."""

    data: NotRequired[QueueDataShape | None]
    errors: NotRequired[list[Any]]


def account(person: PersonShape | None, call: str) -> Account | None:
    """Somebody; None where the account is gone, or the host knows none."""
    if not person:
        return None
    login, number, kind = person.get("login"), person.get("id"), person.get("type")
    if not login or number is None or not kind:
        raise HostError("GitHub named somebody without login, number or type.", where=call)
    return None if login.lower() == _GHOST else Account(login, number, kind)


def app(shape: AppShape | None) -> str | None:
    """An app's slug."""
    return (shape.get("slug") or shape["name"] or str(shape["id"])) if shape else None


def moment(value: datetime, call: str) -> datetime:
    """A time of the host's, in UTC."""
    if value.tzinfo is None:
        raise HostError("GitHub gave a time without its zone.", where=call)
    return value.astimezone(UTC)


def event(shape: EventShape, call: str) -> Event | None:
    """Something that happened; None where it is of no kind that matters."""
    kind = shape["event"]
    if kind not in KINDS:
        return None
    label = ""
    if kind in ("labeled", "unlabeled"):
        # The description allows a `labeled` event without a label; whoever skips it would miss a withdrawal.
        label = shape["label"]["name"] if "label" in shape else ""
        if not label:
            raise HostError("GitHub told of a label event without its label.", where=call)
    return Event(
        id=str(shape["id"]),
        kind=kind,
        actor=account(shape["actor"], call),
        at=moment(shape["created_at"], call),
        label=label,
        app=app(shape["performed_via_github_app"]),
        intent=shape.get("intent") is not None,
        url=shape["url"],
    )


def comment(shape: CommentShape, call: str) -> Comment:
    """A comment."""
    return Comment(
        id=str(shape["id"]),
        author=account(shape["user"], call),
        body=shape.get("body") or "",
        created=moment(shape["created_at"], call),
        updated=moment(shape["updated_at"], call),
        app=app(shape.get("performed_via_github_app")),
        url=shape["html_url"],
    )


def commit(shape: CommitShape, call: str) -> Commit:
    """A commit."""
    inner = shape["commit"]
    return Commit(
        sha=shape["sha"],
        author=account(shape["author"], call),
        committer=account(shape["committer"], call),
        author_email=(inner["author"] or {}).get("email") or "",
        committer_email=(inner["committer"] or {}).get("email") or "",
        message=inner["message"],
    )


def changed(shape: FileShape) -> Changed:
    """A changed file."""
    gone = shape["status"] == "removed"
    previous = shape.get("previous_filename", "") if shape["status"] == "renamed" else ""
    return Changed(shape["filename"], "" if gone else shape["sha"] or "", previous)


def push(shape: ActivityShape, call: str) -> Push:
    """A branch that moved."""
    return Push(account(shape["actor"], call), shape["after"], moment(shape["timestamp"], call))
