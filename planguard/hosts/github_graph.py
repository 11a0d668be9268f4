"""Whether a comment still says what its author wrote: only GitHub's GraphQL API tells who changed it last.

Owns that query. Everybody who may write to a repository may change the comments of others there, planguard's too.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from planguard.errors import HostError
from planguard.forge import Comment
from planguard.hosts.rest import Rest

CALL = "POST graphql"
_QUERY = """query($id: ID!) {
  node(id: $id) {
    ... on IssueComment {
      body
      lastEditedAt
      editor { kind: __typename login ... on User { databaseId } ... on Bot { databaseId } }
    }
  }
}"""


class EditorShape(TypedDict):
    """Who changed it last."""

    kind: str
    login: str
    databaseId: NotRequired[int | None]


class TextShape(TypedDict):
    """A comment."""

    body: str
    lastEditedAt: str | None
    editor: EditorShape | None


class NodeShape(TypedDict):
    """What was asked for."""

    node: TextShape | None


class AnswerShape(TypedDict):
    """GraphQL answers 200 even when it refuses; then `data` is null or away."""

    data: NotRequired[NodeShape | None]
    errors: NotRequired[list[Any]]


def address(api: str) -> str:
    """GraphQL's address: beside the REST API's `v3` on an Enterprise Server, below its address on github.com."""
    return f"{api.removesuffix('/v3')}/graphql"


def authentic(rest: Rest, comment: Comment, node: str) -> bool:
    """Whether `comment`, as it was read, is its author's own text; `node` is GraphQL's name for it."""
    body = {"query": _QUERY, "variables": {"id": node}}
    answer = rest.send("POST", address(rest.base), body, AnswerShape, again=True)
    data = answer.get("data")
    if answer.get("errors") or not data or not data["node"]:
        raise HostError("GitHub does not tell who changed planguard's comment.", where=CALL)
    found = data["node"]
    if _plain(found["body"]) != _plain(comment.body):
        return False  # changed between the two questions, so nobody knows by whom it was as it was read
    return found["lastEditedAt"] is None or _same(found["editor"], comment)


def _same(editor: EditorShape | None, comment: Comment) -> bool:
    author = comment.author
    if editor is None or author is None:
        return False
    if editor.get("databaseId") == author.id:
        return True
    # Bots are called without their ending here. A person's account cannot be of this kind.
    bots = editor["kind"] == "Bot" and author.type == "Bot"
    return bots and editor["login"].removesuffix("[bot]") == author.login.removesuffix("[bot]")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
