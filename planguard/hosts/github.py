"""GitHub, on github.com and on an Enterprise Server: `forge.Host` over its REST API.

Owns which call answers which question, with as few as possible. Judges nothing. What GitHub cannot tell in full is
raised, or is said in `Listing.complete`; it is never cut off.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from planguard.errors import HostError, UsageError
from planguard.forge import Account, Changed, Comment, Commit, Event, Listing, Pull
from planguard.hosts import github_graph
from planguard.hosts import github_shapes as shapes
from planguard.hosts.github_files import Files
from planguard.hosts.github_ledger import Ledger
from planguard.hosts.rest import PATIENCE, PER_PAGE, TIMEOUT, Rest, limits, path

API = "https://api.github.com"
VERSION = "2022-11-28"
CONTEXT = "planguard"
"""What the status beside a commit is called."""
_COMPARED = 300
"""Files that a comparison names at most."""
_LISTED = 3000
"""Files that a pull request's own list names at most."""
_BODY = 65_536
_STATUS = 140
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_GROUP = re.compile(
    r"(?:refs/heads/)?gh-readonly-queue/(?P<base>.+)/pr-(?P<number>\d{1,18})-[0-9a-f]{40}(?:[0-9a-f]{24})?"
)
_QUEUE = """query($owner: String!, $name: String!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    mergeQueue(branch: $branch) {
      entries(first: 100) { pageInfo { hasNextPage } nodes { position pullRequest { number } } }
    }
  }
}"""


class _Between(NamedTuple):
    """What lies between two commits."""

    total: int
    commits: tuple[Commit, ...]
    files: tuple[Changed, ...] | None
    """None: there may be more than the comparison names."""


class GitHub:
    """One repository, seen with one token. Makes a call only when it is asked something."""

    name = "github"

    def __init__(
        self,
        repository: str,
        token: str,
        *,
        api: str = API,
        sleep: Callable[[float], None] = time.sleep,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
    ) -> None:
        """`repository` is `owner/name`; `api` the address of the REST API (`https://HOST/api/v3`)."""
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError(
                "This is not a repository's name.", where=repository[:200], hint="It looks like owner/name."
            )
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
        self._rest = Rest(
            api, service="GitHub", token=token, headers=headers, sleep=sleep, timeout=timeout, patience=patience
        )
        self._repository = repository
        owner, _, name = repository.partition("/")
        self._at = ("repos", owner, name)
        self._files = Files(self._rest, owner, name)
        self._ledger = Ledger(self._rest, owner, name, self._files)
        self._bases: dict[str, str] = {}
        self._starts: dict[int, str] = {}
        """Of merged pull requests: where the base stood before. Its branch holds their commits by now."""
        self._apps: dict[int, str | None] = {}
        self._nodes: dict[str, str] = {}
        """What GraphQL calls the comments that were read."""
        self._between: dict[tuple[str, str], _Between] = {}

    def __repr__(self) -> str:
        return f"GitHub({self._repository!r}, {self._rest.base!r})"

    @property
    def calls(self) -> int:
        """How many requests have been sent so far."""
        return self._rest.calls

    @property
    def repository(self) -> str:
        """`owner/name`."""
        return self._repository

    def now(self) -> datetime:
        """GitHub's clock, from its last answer."""
        return self._rest.now()

    # --- the pull request --------------------------------------------------------------------------------------------

    def pull(self, number: int) -> Pull:
        """One pull request, live. The base commit is looked up once, so that one run judges by one set of rules."""
        where = path(*self._at, "pulls", number)
        shape = self._rest.get(where, shapes.PullShape)
        call = f"GET {where}"
        if shape["number"] != number or shape["state"] not in ("open", "closed"):
            raise HostError("GitHub answered with something else than this pull request.", where=call)
        base, head = shape["base"], shape["head"]
        if base["repo"] is None:
            raise HostError("GitHub does not say which repository this pull request goes into.", where=call)
        author = shapes.account(shape["user"], call)
        if shape["merged"]:
            self._starts[number] = base["sha"]
        return Pull(
            number=number,
            url=shape["html_url"],
            title=shape["title"],
            author=author,
            app=self._opened_by(number),
            open=shape["state"] == "open",
            draft=shape["draft"],
            base_ref=base["ref"],
            base_sha=self._base(base["ref"]),
            head_ref=head["ref"],
            head_sha=head["sha"],
            head_repo=head["repo"]["full_name"] if head["repo"] else "",
            fork=head["repo"] is None or head["repo"]["id"] != base["repo"]["id"],
            labels=tuple(label["name"] for label in shape["labels"]),
            commits=shape["commits"],
            merged=shape["merged"],
            requester=_requester(author, shape, call),
        )

    def group(self, ref: str) -> tuple[int, ...]:
        """The pull request that the branch is named after, and all ahead of it in the queue: it holds their changes.

        Only the GraphQL API tells. Some ahead may be there that are not in this branch, when somebody jumped the queue.
        """
        parts = _GROUP.fullmatch(ref)
        if parts is None:
            raise HostError("This is not the branch of a merge queue.", where=ref[:200])
        number = int(parts["number"])
        call = "POST graphql"
        _, owner, name = self._at
        variables = {"owner": owner, "name": name, "branch": parts["base"]}
        body = {"query": _QUEUE, "variables": variables}
        answer = self._rest.send(
            "POST", github_graph.address(self._rest.base), body, shapes.QueueAnswerShape, again=True
        )
        data = answer.get("data")
        if answer.get("errors") or not data or not data["repository"] or not data["repository"]["mergeQueue"]:
            raise HostError(
                "GitHub does not tell what is in the merge queue.", where=call, hint="The token may not ask."
            )
        entries = data["repository"]["mergeQueue"]["entries"]
        if entries["pageInfo"]["hasNextPage"]:
            raise HostError("The merge queue is longer than planguard reads.", where=call)
        places = {
            entry["pullRequest"]["number"]: entry["position"] for entry in entries["nodes"] if entry["pullRequest"]
        }
        if len(places) != len(entries["nodes"]):
            raise HostError("The merge queue holds something that GitHub does not name.", where=call)
        if number not in places:
            raise HostError(f"Pull request {number} is not in the merge queue any more.", where=call)
        return tuple(sorted(other for other, place in places.items() if place <= places[number]))

    def events(self, number: int) -> tuple[Event, ...]:
        """Everything that happened to it, oldest first."""
        where = path(*self._at, "issues", number, "events")
        found = [shapes.event(shape, f"GET {where}") for shape in self._rest.pages(where, shapes.EventShape)]
        return tuple(sorted((event for event in found if event), key=lambda event: (event.at, int(event.id))))

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Oldest first."""
        where = path(*self._at, "issues", number, "comments")
        read = self._rest.pages(where, shapes.CommentShape)
        self._nodes |= {str(shape["id"]): shape["node_id"] for shape in read}
        found = [shapes.comment(shape, f"GET {where}") for shape in read]
        return tuple(sorted(found, key=lambda comment: (comment.created, int(comment.id))))

    def authentic(self, comment: Comment) -> bool:
        """Whether a comment that was read still says what its author wrote."""
        return github_graph.authentic(self._rest, comment, self._nodes[comment.id])

    def commits(self, pull: Pull) -> Listing:
        """Its commits: all of them, not the 250 that a pull request's own list stops at."""
        between = self._compare(pull)
        shas = {commit.sha for commit in between.commits}
        if len(between.commits) != between.total or len(shas) != between.total:
            why = f"GitHub counts {between.total} commits, and lists {len(shas)}."
        elif pull.merged and not between.total:
            why = "GitHub does not list the commits of a merged pull request."
        elif between.total and pull.head_sha not in shas:
            why = "GitHub's list of commits does not hold the newest one."
        else:
            return Listing(commits=between.commits)
        return Listing(commits=between.commits, complete=False, why=why)

    def pushes(self, pull: Pull) -> Listing:
        """Who moved its branch, oldest first, by the log of the repository that the branch lies in."""
        if not pull.head_repo:
            return Listing(complete=False, why="The repository that the branch lay in is gone.")
        where = path("repos", *pull.head_repo.split("/"), "activity")
        asked = {"ref": f"refs/heads/{pull.head_ref}", "direction": "asc"}
        try:
            found = self._rest.pages(where, shapes.ActivityShape, asked, numbered=False)
        except HostError as error:
            if error.status not in (403, 404) or not pull.fork:
                raise
            return Listing(complete=False, why="The token may not see who pushed to the fork.")
        moved = [shape for shape in found if shape["activity_type"] != "branch_deletion"]
        pushes = tuple(sorted((shapes.push(shape, f"GET {where}") for shape in moved), key=lambda push: push.at))
        if not any(push.after == pull.head_sha for push in pushes):
            return Listing(pushes=pushes, complete=False, why="GitHub's log of pushes does not hold the newest commit.")
        if len(found) % PER_PAGE == 0:  # a full last page looks the same as one whose link to the next got lost
            return Listing(pushes=pushes, complete=False, why="GitHub's log of pushes may go on.")
        return Listing(pushes=pushes)

    def files(self, pull: Pull) -> tuple[Changed, ...]:
        """The files that it changes, by path."""
        found = self._compare(pull).files
        if found is None:
            where = path(*self._at, "pulls", pull.number, "files")
            listed = self._rest.pages(where, shapes.FileShape, most=_LISTED // PER_PAGE + 1)
            if len(listed) >= _LISTED:
                raise HostError(f"GitHub lists at most {_LISTED} files of a pull request.", where=f"GET {where}")
            found = tuple(shapes.changed(shape) for shape in listed)
        return tuple(sorted(found))

    # --- people ------------------------------------------------------------------------------------------------------

    def role(self, account: Account) -> str:
        """The account's role here. A login that belongs to somebody else by now has none."""
        where = path(*self._at, "collaborators", account.login, "permission")
        found = self._rest.find(where, shapes.PermissionShape)
        person = shapes.account(found["user"], f"GET {where}") if found else None
        if found is None or person is None or person.id != account.id:
            return "none"
        return found["role_name"]

    def members(self, team: str) -> frozenset[int] | None:
        """Ids of the members of `org/team`, or of a team of the owner; None where the token may not ask."""
        owner, _, slug = team.lstrip("@").rpartition("/")
        where = path("orgs", owner or self._at[1], "teams", slug, "members")
        try:
            found = self._rest.pages(where, shapes.PersonShape)
        except HostError as error:
            if error.status in (403, 404):
                return None
            raise
        people = (shapes.account(shape, f"GET {where}") for shape in found)
        return frozenset(person.id for person in people if person)

    # --- files -------------------------------------------------------------------------------------------------------

    def read(self, path: str, ref: str) -> bytes | None:
        """A file as it is in a commit; None where the commit's own tree has no such path."""
        return self._files.read(path, ref)

    def listing(self, path: str, ref: str) -> tuple[str, ...]:
        """The paths of the files right inside a directory, in a commit; empty where there is none."""
        return self._files.listing(path, ref)

    # --- writing -----------------------------------------------------------------------------------------------------

    def comment(self, number: int, body: str, existing: Comment | None) -> Comment:
        """Write a comment, or the text of one that exists."""
        if len(body) > _BODY:
            raise HostError(f"This comment is longer than the {_BODY} characters that GitHub takes.")
        if existing is None:
            method, where = "POST", path(*self._at, "issues", number, "comments")
        else:
            method, where = "PATCH", path(*self._at, "issues", "comments", existing.id)
        shape = self._rest.send(method, where, {"body": body}, shapes.CommentShape, again=existing is not None)
        return shapes.comment(shape, f"{method} {where}")

    def label(self, number: int, name: str, *, again: bool) -> None:
        """Set a label; `again`: it is there already, and is taken away first, so that setting it is an event."""
        where = path(*self._at, "issues", number, "labels")
        if again:  # 404: somebody else has taken it away by now
            self._rest.ask("DELETE", f"{where}{path(name)}", allow=(404,), again=True)
        self._rest.send("POST", where, {"labels": [name]}, list[Any], again=True)

    def status(self, sha: str, *, passes: bool, text: str) -> None:
        """Say it beside the commit."""
        short = text if len(text) <= _STATUS else text[: _STATUS - 1] + "…"
        said = {"state": "success" if passes else "failure", "context": CONTEXT, "description": short}
        self._rest.send("POST", path(*self._at, "statuses", sha), said, dict[str, Any], again=True)

    def append(self, ref: str, path: str, lines: Sequence[str], *, expect: str | None) -> str | None:
        """Add lines to a file on a branch of its own; the new state's id, or None where it is no longer at `expect`."""
        return self._ledger.append(ref, path, lines, expect)

    def ledger(self, ref: str, path: str) -> tuple[bytes, str | None]:
        """That file's bytes, and the state's id for `append`; empty and None where there is none yet."""
        return self._ledger.read(ref, path)

    # --- lookups that are made once ----------------------------------------------------------------------------------

    def _base(self, branch: str) -> str:
        """Where a branch stands. The pull request's own `base.sha` is from its last push, and may hold old rules."""
        if branch not in self._bases:
            # Not by `compare` or `contents`: there a tag of the same name could stand in for the branch.
            where = path(*self._at, "git", "ref", "heads", *branch.split("/"))
            found = self._rest.get(where, shapes.RefShape)
            if found["ref"] != f"refs/heads/{branch}" or found["object"]["type"] != "commit":
                raise HostError("GitHub answered with something else than this branch.", where=f"GET {where}")
            self._bases[branch] = found["object"]["sha"]
        return self._bases[branch]

    def _opened_by(self, number: int) -> str | None:
        if number not in self._apps:
            found = self._rest.get(path(*self._at, "issues", number), shapes.IssueShape)
            self._apps[number] = shapes.app(found.get("performed_via_github_app"))
        return self._apps[number]

    def _compare(self, pull: Pull) -> _Between:
        ends = (self._starts.get(pull.number, pull.base_sha), pull.head_sha)
        if ends not in self._between:
            where = path(*self._at, "compare", "...".join(ends))
            answers = self._rest.answers(where, {"per_page": PER_PAGE})
            pages = [self._rest.decode(answer, shapes.CompareShape) for answer in answers]
            files = pages[0].get("files")
            if files is None:
                raise HostError("GitHub compares two commits without naming the files.", where=f"GET {where}")
            commits = (shapes.commit(shape, f"GET {where}") for page in pages for shape in page["commits"])
            named = None if len(files) >= _COMPARED else tuple(shapes.changed(shape) for shape in files)
            self._between[ends] = _Between(pages[0]["total_commits"], tuple(commits), named)
        return self._between[ends]


def from_environment(env: Mapping[str, str]) -> GitHub:
    """From what GitHub Actions sets, and the token that the job passes on as GITHUB_TOKEN (or GH_TOKEN)."""
    repository = env.get("GITHUB_REPOSITORY", "")
    token = env.get("GITHUB_TOKEN") or env.get("GH_TOKEN") or ""
    if not repository:
        raise UsageError(
            "GITHUB_REPOSITORY is not set.", hint="GitHub Actions sets it; elsewhere, name the repository."
        )
    if not token:
        raise UsageError("GITHUB_TOKEN is not set.", hint="In a workflow: env: GITHUB_TOKEN: ${{ github.token }}.")
    timeout, patience = limits(env)
    return GitHub(repository, token, api=env.get("GITHUB_API_URL") or API, timeout=timeout, patience=patience)


def _requester(author: Account | None, shape: shapes.PullShape, call: str) -> Account | None:
    """Who an agent works for. GitHub names nobody; agents assign the pull request to whoever asked them."""
    if author is None or author.type == "User":
        return None
    people = (shapes.account(person, call) for person in shape.get("assignees") or ())
    return next((person for person in people if person and person.type == "User"), None)
