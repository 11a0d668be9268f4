"""Questions that only GitLab's GraphQL API answers, and those that take one question there instead of several calls.

Owns the queries. Who is a bot, whose account is behind a commit, and when a label was last changed, the REST API does
not say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NotRequired, TypedDict, TypeVar

from planguard.errors import HostError
from planguard.forge import Account
from planguard.hosts import gitlab_shapes as shapes
from planguard.hosts.rest import Rest

T = TypeVar("T")
CALL = "POST graphql"
MANY = 100
"""Things in one answer: GitLab's own limit."""
COMMITS = 100
"""Commits in one answer."""
_USER = "{ id username bot }"
_MORE = "pageInfo { hasNextPage endCursor }"
_COMMITS = f"{_MORE} nodes {{ sha message authorEmail committerEmail author {_USER} }}"
_LABELS = f"labels(first: {MANY}) {{ {_MORE} nodes {{ id title updatedAt }} }}"


class MergeProject(TypedDict):
    """A project with the merge request that was asked for."""

    mergeRequest: shapes.MergeShape | None


class MergeData(TypedDict):
    """The answer about a merge request."""

    currentUser: shapes.UserShape | None
    project: MergeProject | None


class FurtherProject(TypedDict):
    """A project with more commits of a merge request."""

    mergeRequest: shapes.FurtherShape | None


class FurtherData(TypedDict):
    """The answer about more commits."""

    project: FurtherProject | None


class MarkedProject(TypedDict):
    """A project with the labels of a merge request."""

    mergeRequest: shapes.MarkedShape | None


class MarkedData(TypedDict):
    """The answer about labels, and about people."""

    project: MarkedProject | None
    users: NotRequired[shapes.UsersShape | None]


class UsersData(TypedDict):
    """The answer about people."""

    users: shapes.UsersShape | None


class MeData(TypedDict):
    """The answer about the token's own account."""

    currentUser: shapes.UserShape | None


class NoteData(TypedDict):
    """The answer about a comment."""

    note: shapes.EditedShape | None


class _Reply(TypedDict):
    """GraphQL answers 200 even when it refuses; then `data` is null or away."""

    data: NotRequired[Any]
    errors: NotRequired[list[Any]]


class Graph:
    """The GraphQL API of one instance, and who is who there."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._known: dict[int, Account] = {}
        """People whose type is known."""
        self._me: Account | None = None

    # --- a merge request ---------------------------------------------------------------------------------------------

    def merge(self, project: str, iid: int) -> shapes.MergeShape:
        """A merge request with its labels and its first commits."""
        query = f"""query {{
          currentUser {_USER}
          project(fullPath: {json.dumps(project)}) {{ mergeRequest(iid: "{iid}") {{
            iid webUrl title state draft targetBranch sourceBranch sourceProject {{ fullPath }} diffHeadSha commitCount
            diffRefs {{ baseSha headSha }}
            diffStatsSummary {{ fileCount }} author {_USER} assignees(first: {MANY}) {{ {_MORE} nodes {_USER} }}
            {_LABELS} commits(first: {COMMITS}) {{ {_COMMITS} }} committers(first: {MANY}) {{ {_MORE} nodes {_USER} }}
          }} }} }}"""
        data = self._ask(query, MergeData)
        self._me = shapes.account(data["currentUser"], CALL)
        found = data["project"]["mergeRequest"] if data["project"] else None
        if found is None or found["iid"] != str(iid):
            raise _untold("this merge request")
        for listed in (found["assignees"], found["committers"]):
            _whole(listed["pageInfo"])
        _whole(found["labels"]["pageInfo"])
        authors = [commit["author"] for commit in found["commits"]["nodes"]]
        self._learn(
            [found["author"], data["currentUser"], *authors, *found["assignees"]["nodes"]],
        )
        return found

    def further(self, project: str, iid: int, head: str, after: str) -> shapes.CommitsShape:
        """The next page of a merge request's commits."""
        query = f"""query {{
          project(fullPath: {json.dumps(project)}) {{ mergeRequest(iid: "{iid}") {{
            diffHeadSha commits(first: {COMMITS}, after: {json.dumps(after)}) {{ {_COMMITS} }}
          }} }} }}"""
        data = self._ask(query, FurtherData)
        found = data["project"]["mergeRequest"] if data["project"] else None
        if found is None or found["diffHeadSha"] != head:
            raise _untold("the commits of this merge request to the end")
        self._learn(commit["author"] for commit in found["commits"]["nodes"])
        return found["commits"]

    def marks(self, project: str, iid: int, people: Iterable[shapes.PersonShape | None]) -> list[shapes.MarkShape]:
        """The labels that a merge request carries now. The same question asks who those people are."""
        missing = self._missing(people)[:MANY]
        query = f"""query {{
          project(fullPath: {json.dumps(project)}) {{ mergeRequest(iid: "{iid}") {{ {_LABELS} }} }}
          {_users(missing)}
        }}"""
        data = self._ask(query, MarkedData)
        found = data["project"]["mergeRequest"] if data["project"] else None
        if found is None:
            raise _untold("the labels of this merge request")
        _whole(found["labels"]["pageInfo"])
        if missing:
            self._met(missing, data.get("users"))
        return found["labels"]["nodes"]

    def edited(self, note: str) -> shapes.EditedShape:
        """Who changed a comment last."""
        fields = f"body author {_USER} lastEditedAt lastEditedBy {_USER}"
        query = f'query {{ note(id: "gid://gitlab/Note/{int(note)}") {{ {fields} }} }}'
        found = self._ask(query, NoteData)["note"]
        if found is None:
            raise _untold("who changed this comment")
        return found

    # --- people ------------------------------------------------------------------------------------------------------

    def me(self) -> Account | None:
        """The account that the token acts as."""
        if self._me is None:
            self._me = shapes.account(self._ask(f"query {{ currentUser {_USER} }}", MeData)["currentUser"], CALL)
        return self._me

    def meet(self, people: Iterable[shapes.PersonShape | None]) -> None:
        """Ask who is a bot, of those about whom that is not known yet."""
        missing = self._missing(people)
        for start in range(0, len(missing), MANY):
            asked = missing[start : start + MANY]
            self._met(asked, self._ask(f"query {{ {_users(asked)} }}", UsersData)["users"])

    def who(self, person: shapes.PersonShape | None) -> Account | None:
        """Somebody whom it has met; None where the account is gone. Whoever GitLab does not show is not a `User`."""
        if person is None or shapes.gone(person["username"]):
            return None
        known = self._known.get(person["id"])
        if known is None:
            self.meet([person])
            known = self._known[person["id"]]
        return Account(person["username"], person["id"], known.type)

    def _missing(self, people: Iterable[shapes.PersonShape | None]) -> list[shapes.PersonShape]:
        new = {person["id"]: person for person in people if person and not shapes.gone(person["username"])}
        return [new[id] for id in sorted(new) if id not in self._known]

    def _learn(self, people: Iterable[shapes.UserShape | None]) -> None:
        for person in people:
            found = shapes.account(person, CALL)
            if found is not None:
                self._known[found.id] = found

    def _met(self, asked: list[shapes.PersonShape], found: shapes.UsersShape | None) -> None:
        if found is None:
            raise _untold("who these people are")
        _whole(found["pageInfo"])
        self._learn(found["nodes"])
        for person in asked:
            # Those who are blocked are not listed, nor are those whom the token may not see.
            self._known.setdefault(person["id"], Account(person["username"], person["id"], "Unknown"))

    def _ask(self, query: str, shape: type[T]) -> T:
        import msgspec

        base = self._rest.base.removesuffix("/v4")
        reply = self._rest.send("POST", f"{base}/graphql", {"query": query}, _Reply, again=True)
        if reply.get("errors") or not reply.get("data"):
            raise _untold("what it was asked")
        try:
            return msgspec.convert(reply["data"], type=shape)
        except msgspec.ValidationError as error:
            # Names places and types, no values: shapes have no enumerations.
            raise HostError(f"GitLab answered in another shape than it documents: {error}.", where=CALL) from None


def _users(people: list[shapes.PersonShape]) -> str:
    if not people:
        return ""
    ids = ", ".join(f'"gid://gitlab/User/{person["id"]}"' for person in people)
    return f"users(ids: [{ids}], first: {MANY}) {{ {_MORE} nodes {_USER} }}"


def _whole(more: shapes.MoreShape) -> None:
    if more["hasNextPage"]:
        raise HostError(
            f"There are more than {MANY} of something that planguard reads whole or not at all.", where=CALL
        )


def _untold(what: str) -> HostError:
    return HostError(
        f"GitLab does not tell {what}.",
        where=CALL,
        hint="There is no such thing, the token may not see it, or this GitLab is too old; docs/gitlab.md says more.",
    )
