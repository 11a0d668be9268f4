"""What GitLab's answers look like, as far as planguard reads them, and how they become `forge`'s facts.

Owns shapes and their reading. Asks nothing. Keys that are not `NotRequired` must be there: an answer without them is an
error and never "none". Names with humps come from the GraphQL API, the others from the REST API.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

from planguard.errors import HostError
from planguard.forge import Account, Changed, Comment, Commit, Event, Push

_GHOST = re.compile(r"ghost\d*")  # stands in for accounts that are gone
_GLOBAL_ID = re.compile(r"gid://gitlab/\w+/([1-9]\d{0,17})", re.ASCII)
_STATES = {"closed": "closed", "reopened": "reopened"}
_ACTIONS = {"add": "labeled", "remove": "unlabeled"}
ROLES = {50: "admin", 40: "maintain", 30: "write", 20: "triage", 15: "triage", 10: "read", 5: "read", 0: "none"}
"""Access level → role: Owner, Maintainer, Developer, Reporter, Planner, Guest, minimal access, none."""


class PersonShape(TypedDict):
    """An account, as the REST API tells of it: not whether it is a bot."""

    id: int
    username: str


class UserShape(TypedDict):
    """An account, as the GraphQL API tells of it."""

    id: str
    username: str
    bot: bool


class MoreShape(TypedDict):
    """Whether there is more of a list."""

    hasNextPage: bool
    endCursor: NotRequired[str | None]


class UsersShape(TypedDict):
    """Accounts."""

    pageInfo: MoreShape
    nodes: list[UserShape]


class MarkShape(TypedDict):
    """A label that a merge request carries now."""

    id: str
    title: str
    updatedAt: datetime


class MarksShape(TypedDict):
    """The labels of a merge request."""

    pageInfo: MoreShape
    nodes: list[MarkShape]


class CommitShape(TypedDict):
    """A commit."""

    sha: str
    message: str
    authorEmail: str | None
    committerEmail: str | None
    author: UserShape | None


class CommitsShape(TypedDict):
    """A page of commits."""

    pageInfo: MoreShape
    nodes: list[CommitShape]


class PlaceShape(TypedDict):
    """A project."""

    fullPath: str


class StatsShape(TypedDict):
    """How much is changed."""

    fileCount: int


class EndsShape(TypedDict):
    """The commits between which a merge request lies."""

    baseSha: str | None
    headSha: str


class MergeShape(TypedDict):
    """A merge request."""

    iid: str
    webUrl: str
    title: str
    state: str
    draft: bool
    targetBranch: str
    sourceBranch: str
    sourceProject: PlaceShape | None
    diffHeadSha: str | None
    commitCount: int | None
    diffRefs: EndsShape | None
    diffStatsSummary: StatsShape | None
    author: UserShape | None
    assignees: UsersShape
    labels: MarksShape
    commits: CommitsShape
    committers: UsersShape


class FurtherShape(TypedDict):
    """More commits of a merge request."""

    diffHeadSha: str | None
    commits: CommitsShape


class MarkedShape(TypedDict):
    """Only the labels of a merge request."""

    labels: MarksShape


class ProjectShape(TypedDict):
    """A project, as the REST API tells of it."""

    id: int
    path_with_namespace: str
    default_branch: NotRequired[str | None]


class LabelShape(TypedDict):
    """A label, by the name that it has now."""

    id: int
    name: str


class LabelEventShape(TypedDict):
    """A label that was set or taken away. `label` is null where it exists no more."""

    id: int
    user: PersonShape | None
    created_at: datetime
    label: LabelShape | None
    action: str


class StateEventShape(TypedDict):
    """A merge request that was closed, reopened, or merged."""

    id: int
    user: PersonShape | None
    created_at: datetime
    state: str


class NoteShape(TypedDict):
    """A comment, or what GitLab itself noted."""

    id: int
    body: str
    author: PersonShape | None
    created_at: datetime
    updated_at: datetime
    system: bool


class EditedShape(TypedDict):
    """A comment, and who changed its text last."""

    body: str
    author: UserShape | None
    lastEditedAt: datetime | None
    lastEditedBy: UserShape | None


class PushedShape(TypedDict):
    """What was pushed. Without `ref` where one push moved many branches."""

    action: str
    ref_type: str
    ref: str | None
    commit_from: str | None
    commit_to: str | None


class ActivityShape(TypedDict):
    """Somebody pushed. `author` is away where the account is gone."""

    author: NotRequired[PersonShape | None]
    created_at: datetime
    push_data: PushedShape


class VersionShape(TypedDict):
    """A merge request as it stood after a push."""

    head_commit_sha: str
    created_at: datetime


class DiffShape(TypedDict):
    """A changed file."""

    old_path: str
    new_path: str
    renamed_file: bool
    deleted_file: bool


class CompareShape(TypedDict):
    """What lies between two commits."""

    diffs: list[DiffShape]
    compare_timeout: bool


class TipShape(TypedDict):
    """A commit's name."""

    id: str


class BranchShape(TypedDict):
    """A branch."""

    name: str
    commit: TipShape


class MemberShape(TypedDict):
    """Somebody's membership. `state` is the account's."""

    id: int
    username: str
    access_level: int
    state: str
    membership_state: NotRequired[str]
    expires_at: NotRequired[str | None]


class EntryShape(TypedDict):
    """One thing in a directory."""

    id: str
    path: str
    type: str
    mode: str


class StatusShape(TypedDict):
    """What was said beside a commit."""

    name: str
    status: str


class LabelledShape(TypedDict):
    """A merge request whose labels were changed."""

    labels: list[str]


class CarShape(TypedDict):
    """A merge request's place in a merge train."""

    id: int
    merge_request: CarriedShape
    target_branch: str


class CarriedShape(TypedDict):
    """Its number."""

    iid: int


def active(shape: MemberShape) -> bool:
    """Whether neither the account nor the membership is blocked, or waits for something."""
    return shape["state"] == "active" and shape.get("membership_state", "active") == "active"


Who = Callable[[PersonShape | None], Account | None]
"""From what the REST API says of somebody to the account, with its type."""


def number(identity: str, call: str) -> int:
    """The number in `gid://gitlab/User/7`."""
    found = _GLOBAL_ID.fullmatch(identity)
    if found is None:
        raise HostError("GitLab gave something a name of another form than it documents.", where=call)
    return int(found[1])


def account(shape: UserShape | None, call: str) -> Account | None:
    """Somebody; None where the account is gone."""
    if shape is None or gone(shape["username"]):
        return None
    return Account(shape["username"], number(shape["id"], call), "Bot" if shape["bot"] else "User")


def gone(login: str) -> bool:
    """Whether this is GitLab's stand-in for an account that is no more."""
    return _GHOST.fullmatch(login.lower()) is not None


def moment(value: datetime, call: str) -> datetime:
    """A time of the host's, in UTC."""
    if value.tzinfo is None:
        raise HostError("GitLab gave a time without its zone.", where=call)
    return value.astimezone(UTC)


def label_event(shape: LabelEventShape, who: Who, marks: dict[int, datetime], call: str) -> Event:
    """A label that was set or taken away.

    GitLab tells the name that the label has now. It is the name under which it was set only where the label was not
    changed since; otherwise the name is left empty, so that nobody's label becomes another one by being renamed.
    A withdrawal counts under any name.
    """
    kind = _ACTIONS.get(shape["action"])
    if kind is None:
        raise HostError("GitLab told of a label event that neither adds nor removes one.", where=call)
    at, label = moment(shape["created_at"], call), shape["label"]
    name = label["name"] if label else ""
    if label and kind == "labeled" and (label["id"] not in marks or marks[label["id"]] > at):
        name = ""
    return Event(f"label-{shape['id']}", kind, who(shape["user"]), at, name)


def state_event(shape: StateEventShape, who: Who, call: str) -> Event | None:
    """A merge request that was closed or reopened; None for what else happened to its state."""
    kind = _STATES.get(shape["state"])
    at = moment(shape["created_at"], call)
    return Event(f"state-{shape['id']}", kind, who(shape["user"]), at) if kind else None


def comment(shape: NoteShape, who: Who, url: str, call: str) -> Comment:
    """A comment. Whatever changed it, be it that its thread was resolved, makes it an edited one."""
    return Comment(
        id=str(shape["id"]),
        author=who(shape["author"]),
        body=shape["body"],
        created=moment(shape["created_at"], call),
        updated=moment(shape["updated_at"], call),
        url=f"{url}#note_{shape['id']}",
    )


def commit(shape: CommitShape, committers: dict[str, Account], call: str) -> Commit:
    """A commit; `committers` are accounts by address in small letters."""
    author, committer = shape["authorEmail"] or "", shape["committerEmail"] or ""
    return Commit(
        sha=shape["sha"],
        author=account(shape["author"], call),
        committer=committers.get(committer.lower()),
        author_email=author,
        committer_email=committer,
        message=shape["message"],
    )


def changed(shape: DiffShape, blob: str) -> Changed:
    """A changed file."""
    if shape["deleted_file"]:
        return Changed(shape["old_path"], "")
    return Changed(shape["new_path"], blob, shape["old_path"] if shape["renamed_file"] else "")


def push(shape: ActivityShape, who: Who, call: str) -> Push:
    """A branch that moved."""
    return Push(who(shape.get("author")), shape["push_data"]["commit_to"] or "", moment(shape["created_at"], call))
