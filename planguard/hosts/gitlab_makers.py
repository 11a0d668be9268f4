"""Who moved a branch on GitLab, and whose the addresses in commits are, as far as GitLab tells.

Owns the project's log and what is made of it. Names nobody whom GitLab does not name: what is missing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from planguard.errors import HostError
from planguard.forge import Account, Listing, Pull, Push
from planguard.hosts import gitlab_shapes as shapes
from planguard.hosts.gitlab_graph import CALL, Graph
from planguard.hosts.rest import PER_PAGE, Params, Rest, path

_PAGES = 10
"""Pages of a project's log that are looked through for one branch."""
_SILENT = "GitLab's log of pushes does not hold the newest commit."


class Log:
    """Who moved branches."""

    def __init__(self, rest: Rest, graph: Graph, project: str) -> None:
        self._rest = rest
        self._graph = graph
        self._project = project

    def pushes(self, pull: Pull) -> Listing:
        """Who moved its branch, oldest first.

        The log is the whole project's, so it is read from its end until the branch begins. Where it does not hold the
        newest commit, the merge request's own versions tell when that came, though not from whom.
        """
        pushes, why = self._logged(pull) if pull.head_repo else ((), "The project that the branch lay in is gone.")
        if not any(push.after == pull.head_sha for push in pushes):
            pushes, why = tuple(sorted((*pushes, *self._versions(pull)), key=_time)), why or _SILENT
        return Listing(pushes=pushes, complete=not why, why=why)

    def _logged(self, pull: Pull) -> tuple[tuple[Push, ...], str]:
        """The pushes of the branch, and what is missing of them."""
        where = path("projects", pull.head_repo, "events")
        try:
            found, begun = self._read(where, pull.head_ref)
        except HostError as error:
            if error.status not in (403, 404) or not pull.fork:
                raise
            return (), "The token may not see who pushed to the fork."
        self._graph.meet(shape.get("author") for shape in found)
        call = f"GET {where}"
        pushes: list[Push] = []
        why = "" if begun else "GitLab's log of pushes does not go back to where the branch begins."
        for shape in found:
            before = shape["push_data"]["commit_from"]
            if pushes and before != pushes[-1].after:
                # One push that moves many branches is logged without naming them.
                pushes.append(Push(None, before or "", shapes.moment(shape["created_at"], call)))
                why = why or "A push is missing in GitLab's log."
            pushes.append(shapes.push(shape, self._graph.who, call))
        return tuple(pushes), why

    def _read(self, where: str, branch: str) -> tuple[list[shapes.ActivityShape], bool]:
        """What was pushed to a branch since it was made, oldest first; and whether its beginning was found."""
        asked: Params = {"action": "pushed", "sort": "desc", "per_page": PER_PAGE}
        found: list[shapes.ActivityShape] = []
        for answer in islice(self._rest.answers(where, asked), _PAGES):
            for shape in self._rest.decode(answer, list[shapes.ActivityShape]):
                pushed = shape["push_data"]
                if pushed["ref_type"] != "branch" or pushed["ref"] != branch or not pushed["commit_to"]:
                    continue
                found.append(shape)
                if pushed["action"] == "created":
                    return found[::-1], True
        return found[::-1], False

    def _versions(self, pull: Pull) -> list[Push]:
        where = path("projects", self._project, "merge_requests", pull.number, "versions")
        versions = self._rest.pages(where, shapes.VersionShape)
        times = [each["created_at"] for each in versions if each["head_commit_sha"] == pull.head_sha]
        if not times:
            raise HostError("GitLab does not tell when the newest commit was pushed.", where=f"GET {where}")
        return [Push(None, pull.head_sha, shapes.moment(time, f"GET {where}")) for time in times]


def committers(nodes: Sequence[shapes.CommitShape], people: Sequence[Account]) -> tuple[dict[str, Account], bool]:
    """Accounts by the address of a committer, and whether every one of `people` found an address.

    GitLab tells whose an author's address is, and of committers only who they are, all together. Addresses that belong
    to no author get those who are left, in order: which is whose may be wrong where there are several, but nobody is
    left out, and nobody is added.
    """
    known: dict[str, Account] = {}
    for node in nodes:
        author = shapes.account(node["author"], CALL)
        if author and node["authorEmail"]:
            known.setdefault(node["authorEmail"].lower(), author)
    ids = {account.id for account in known.values()}
    left = sorted(person for person in people if person.id not in ids)
    unknown = sorted({(node["committerEmail"] or "").lower() for node in nodes} - known.keys() - {""})
    known.update(zip(unknown, left, strict=False))
    return known, len(left) <= len(unknown)


def _time(push: Push) -> tuple[float, str]:
    return push.at.timestamp(), push.after
