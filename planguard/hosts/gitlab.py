"""GitLab, on gitlab.com and self-managed: `forge.Host` over its REST API, and its GraphQL API where that one is silent.

Owns which call answers which question, with as few as possible. Judges nothing. What GitLab cannot tell in full is
raised, or is said in `Listing.complete`; it is never cut off.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from planguard.errors import HostError, UsageError
from planguard.forge import Account, Changed, Comment, Event, Listing, Pull
from planguard.hosts import gitlab_shapes as shapes
from planguard.hosts.gitlab_files import Files
from planguard.hosts.gitlab_graph import CALL, Graph
from planguard.hosts.gitlab_ledger import Ledger
from planguard.hosts.gitlab_makers import Log, committers
from planguard.hosts.rest import PAGES, PATIENCE, TIMEOUT, Rest, limits, path

API = "https://gitlab.com/api/v4"
CONTEXT = "planguard"
"""What the status beside a commit is called."""
_BODY = 1_000_000
_STATUS = 255
_PROJECT = re.compile(r"[\w.-]+(?:/[\w.-]+)+", re.ASCII)
_TRAIN = re.compile(r"refs/merge-requests/(?P<number>[1-9]\d{0,17})/train", re.ASCII)
_JOB_TOKEN = (
    "CI_JOB_TOKEN cannot read what planguard needs: make a project access token, and pass it on as GITLAB_TOKEN."
)


class GitLab:
    """One project, seen with one token. Makes a call only when it is asked something."""

    name = "gitlab"

    def __init__(
        self,
        project: str,
        token: str,
        *,
        api: str = API,
        sleep: Callable[[float], None] = time.sleep,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
    ) -> None:
        """`project` is `group/name` or a number; `api` the address of the REST API (`https://HOST/api/v4`)."""
        if not (_PROJECT.fullmatch(project) or (project.isascii() and project.isdigit())):
            raise UsageError("This is not a project's name.", where=project[:200], hint="It looks like group/name.")
        self._rest = Rest(
            api,
            service="GitLab",
            token=token,
            header="PRIVATE-TOKEN",
            scheme="",
            sleep=sleep,
            timeout=timeout,
            patience=patience,
        )
        self._project = project
        self._at = ("projects", project)
        self._graph = Graph(self._rest)
        self._files = Files(self._rest, project)
        self._log = Log(self._rest, self._graph, project)
        self._ledger = Ledger(self._rest, project, self._files, self._default_branch)
        self._described: shapes.ProjectShape | None = None
        self._bases: dict[str, str] = {}
        self._merges: dict[int, shapes.MergeShape] = {}
        """Each merge request as it was read last."""

    def __repr__(self) -> str:
        return f"GitLab({self._project!r}, {self._rest.base!r})"

    @property
    def calls(self) -> int:
        """How many requests have been sent so far."""
        return self._rest.calls

    @property
    def repository(self) -> str:
        """`group/name`."""
        return self._description()["path_with_namespace"] if self._project.isdigit() else self._project

    def now(self) -> datetime:
        """GitLab's clock, from its last answer."""
        return self._rest.now()

    def me(self) -> Account | None:
        """The account that the token acts as, whose comments are planguard's own."""
        return self._graph.me()

    # --- the merge request -------------------------------------------------------------------------------------------

    def pull(self, number: int) -> Pull:
        """One merge request, live. The base commit is looked up once, so that one run judges by one set of rules."""
        shape = self._graph.merge(self.repository, number)
        head, source = shape["diffHeadSha"], shape["sourceProject"]
        if not head:
            raise HostError("This merge request has no commit.", where=CALL)
        if shape["state"] not in ("opened", "closed", "locked", "merged"):
            raise HostError("GitLab answered with a state of a merge request that it does not document.", where=CALL)
        self._merges[number] = shape
        author = shapes.account(shape["author"], CALL)
        return Pull(
            number=number,
            url=shape["webUrl"],
            title=shape["title"],
            author=author,
            app=None,
            open=shape["state"] == "opened",
            draft=shape["draft"],
            base_ref=shape["targetBranch"],
            base_sha=self._base(shape["targetBranch"]),
            head_ref=shape["sourceBranch"],
            head_sha=head,
            head_repo=source["fullPath"] if source else "",
            fork=source is None or source["fullPath"].lower() != self.repository.lower(),
            labels=tuple(label["title"] for label in shape["labels"]["nodes"]),
            commits=shape["commitCount"] or 0,
            merged=shape["state"] == "merged",
            requester=_requester(author, shape),
        )

    def group(self, ref: str) -> tuple[int, ...]:
        """The merge request whose train this is, and all ahead of it: the train's commit holds their changes."""
        parts = _TRAIN.fullmatch(ref)
        if parts is None:
            raise HostError("This is not the branch of a merge train.", where=ref[:200])
        number = int(parts["number"])
        own = self._rest.get(path(*self._at, "merge_trains", "merge_requests", number), shapes.CarShape)
        where = path(*self._at, "merge_trains", own["target_branch"])
        cars = self._rest.pages(where, shapes.CarShape, {"scope": "active", "sort": "asc"})
        places = {car["merge_request"]["iid"]: car["id"] for car in cars}
        if own["merge_request"]["iid"] != number or number not in places:
            raise HostError(f"Merge request {number} is not in the merge train any more.", where=f"GET {where}")
        return tuple(sorted(other for other, place in places.items() if place <= places[number]))

    def events(self, number: int) -> tuple[Event, ...]:
        """Everything that happened to it, oldest first."""
        labels, states = (
            path(*self._at, "merge_requests", number, f"resource_{kind}_events") for kind in ("label", "state")
        )
        marked = self._rest.pages(labels, shapes.LabelEventShape)
        moved = self._rest.pages(states, shapes.StateEventShape)
        people = [*(shape["user"] for shape in marked), *(shape["user"] for shape in moved)]
        marks: dict[int, datetime] = {}
        if marked:
            # Asked after the events: a label that is renamed meanwhile was changed after them.
            for mark in self._graph.marks(self.repository, number, people):
                marks[shapes.number(mark["id"], CALL)] = shapes.moment(mark["updatedAt"], CALL)
        self._graph.meet(people)
        who = self._graph.who
        one = [(shapes.label_event(shape, who, marks, f"GET {labels}"), shape["id"]) for shape in marked]
        other = [(shapes.state_event(shape, who, f"GET {states}"), shape["id"]) for shape in moved]
        found = [(event, id) for event, id in (*one, *other) if event is not None]
        return tuple(event for event, _ in sorted(found, key=lambda each: (each[0].at, each[0].id[0], each[1])))

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Oldest first, without what GitLab itself noted."""
        where = path(*self._at, "merge_requests", number, "notes")
        found = self._rest.pages(where, shapes.NoteShape, {"sort": "asc", "order_by": "created_at"})
        said = [shape for shape in found if not shape["system"]]
        self._graph.meet(shape["author"] for shape in said)
        comments = (self._comment(shape, number, f"GET {where}") for shape in said)
        return tuple(sorted(comments, key=lambda comment: (comment.created, int(comment.id))))

    def authentic(self, comment: Comment) -> bool:
        """Whether a comment that was read still says what its author wrote. Only the last change has a name."""
        found = self._graph.edited(comment.id)
        author, editor = (shapes.account(found[key], CALL) for key in ("author", "lastEditedBy"))
        own = author is not None and comment.author is not None and author.id == comment.author.id
        unchanged = found["lastEditedAt"] is None and found["lastEditedBy"] is None
        return own and found["body"] == comment.body and (unchanged or editor == author)

    def commits(self, pull: Pull) -> Listing:
        """Its commits, with the accounts behind them as GitLab sees them."""
        shape = self._merge(pull)
        nodes, more = list(shape["commits"]["nodes"]), shape["commits"]["pageInfo"]
        pages = 1
        while more["hasNextPage"]:
            pages += 1
            if pages > PAGES or not more.get("endCursor"):
                raise HostError(f"There are more than {PAGES} pages of commits.", where=CALL)
            page = self._graph.further(self.repository, pull.number, pull.head_sha, more.get("endCursor") or "")
            nodes, more = nodes + page["nodes"], page["pageInfo"]
        people = [shapes.account(person, CALL) for person in shape["committers"]["nodes"]]
        known, complete = committers(nodes, [person for person in people if person])
        commits = tuple(shapes.commit(node, known, CALL) for node in nodes)
        shas = {commit.sha for commit in commits}
        if not commits or shape["commitCount"] != len(shas) or len(shas) != len(commits):
            why = f"GitLab counts {shape['commitCount']} commits, and lists {len(shas)}."
        elif pull.head_sha not in shas:
            why = "GitLab's list of commits does not hold the newest one."
        elif not complete:
            why = "GitLab names more committers than there are addresses of committers."
        else:
            return Listing(commits=commits)
        return Listing(commits=commits, complete=False, why=why)

    def pushes(self, pull: Pull) -> Listing:
        """Who moved its branch, oldest first, by the log of the project that the branch lies in."""
        return self._log.pushes(pull)

    def files(self, pull: Pull) -> tuple[Changed, ...]:
        """The files that it changes, by path, as the two commits tell and not the names of branches."""
        shape = self._merge(pull)
        ends, counted = shape["diffRefs"], shape["diffStatsSummary"]
        where = path(*self._at, "repository", "compare")
        if ends is None or not ends["baseSha"] or ends["headSha"] != pull.head_sha or counted is None:
            raise HostError("GitLab has not looked at the newest push yet.", where=CALL, hint="Run the gate again.")
        found = self._rest.get(where, shapes.CompareShape, {"from": ends["baseSha"], "to": pull.head_sha})
        if found["compare_timeout"] or counted["fileCount"] != len(found["diffs"]):
            raise HostError(
                "GitLab does not list all the files that this merge request changes.",
                where=f"GET {where}",
                hint="Make it smaller.",
            )
        there = [diff["new_path"] for diff in found["diffs"] if not diff["deleted_file"]]
        hashes = self._files.hashes(there, pull.head_sha)
        return tuple(sorted(shapes.changed(diff, hashes.get(diff["new_path"], "")) for diff in found["diffs"]))

    # --- people ------------------------------------------------------------------------------------------------------

    def role(self, account: Account) -> str:
        """The account's role here, inherited ones included. A membership that is not active is none."""
        where = path(*self._at, "members", "all", account.id)
        found = self._rest.find(where, shapes.MemberShape)
        if found is None or found["id"] != account.id or not shapes.active(found):
            return "none"
        ends = found.get("expires_at")
        if ends and ends <= self.now().date().isoformat():
            return "none"
        return shapes.ROLES.get(found["access_level"], f"level-{found['access_level']}")

    def members(self, team: str) -> frozenset[int] | None:
        """Ids of the members of a group, those of the groups above it included; None where the token may not ask."""
        where = path("groups", team.lstrip("@"), "members", "all")
        try:
            found = self._rest.pages(where, shapes.MemberShape)
        except HostError as error:
            if error.status in (403, 404):
                return None
            raise
        return frozenset(person["id"] for person in found if shapes.active(person))

    # --- files -------------------------------------------------------------------------------------------------------

    def read(self, path: str, ref: str) -> bytes | None:
        """A file as it is in a commit; None where the commit's own directories have no such path."""
        return self._files.read(path, ref)

    def listing(self, path: str, ref: str) -> tuple[str, ...]:
        """The paths of the files right inside a directory, in a commit; empty where there is none."""
        return self._files.listing(path, ref)

    # --- writing -----------------------------------------------------------------------------------------------------

    def comment(self, number: int, body: str, existing: Comment | None) -> Comment:
        """Write a comment, or the text of one that exists."""
        if len(body) > _BODY:
            raise HostError(f"This comment is longer than the {_BODY} characters that GitLab takes.")
        where = path(*self._at, "merge_requests", number, "notes", *([existing.id] if existing else []))
        method = "PUT" if existing else "POST"
        shape = self._rest.send(method, where, {"body": body}, shapes.NoteShape, again=existing is not None)
        return self._comment(shape, number, f"{method} {where}")

    def label(self, number: int, name: str, *, again: bool) -> None:
        """Set a label; `again`: it is there already, and is taken away first, so that setting it is an event."""
        if "," in name:
            raise HostError("GitLab knows no labels with a comma in their name.", where=name)
        where = path(*self._at, "merge_requests", number)
        if again:
            self._rest.send("PUT", where, {"remove_labels": name}, shapes.LabelledShape, again=True)
        found = self._rest.send("PUT", where, {"add_labels": name}, shapes.LabelledShape, again=True)
        if name not in found["labels"]:
            # Of whoever may not set labels, GitLab takes the request and leaves the label out.
            raise HostError("GitLab did not set the label.", where=f"PUT {where}", hint="It takes the role Reporter.")

    def status(self, sha: str, *, passes: bool, text: str) -> None:
        """Say it beside the commit. GitLab refuses to be told the same state twice, which is as good."""
        short = text if len(text) <= _STATUS else text[: _STATUS - 1] + "…"
        state = "success" if passes else "failed"
        said = {"state": state, "name": CONTEXT, "description": short}
        answer = self._rest.ask("POST", path(*self._at, "statuses", sha), body=said, allow=(400,), again=True)
        if answer.status != 400:
            self._rest.decode(answer, shapes.StatusShape)
            return
        where = path(*self._at, "repository", "commits", sha, "statuses")
        found = self._rest.pages(where, shapes.StatusShape, {"name": CONTEXT})
        if not found or any(status["status"] != state for status in found if status["name"] == CONTEXT):
            raise HostError("GitLab refuses the status of this commit.", where=answer.call, status=400)

    def append(self, ref: str, path: str, lines: Sequence[str], *, expect: str | None) -> str | None:
        """Add lines to a file on a branch of its own; the new state's id, or None where it is no longer at `expect`."""
        return self._ledger.append(ref, path, lines, expect)

    def ledger(self, ref: str, path: str) -> tuple[bytes, str | None]:
        """That file's bytes, and the state's id for `append`; empty and None where there is none yet."""
        return self._ledger.read(ref, path)

    # --- parts of the above ------------------------------------------------------------------------------------------

    def _merge(self, pull: Pull) -> shapes.MergeShape:
        """The merge request as it was when `pull` was read; asked again where another one was."""
        found = self._merges.get(pull.number)
        if found is None or found["diffHeadSha"] != pull.head_sha:
            found = self._graph.merge(self.repository, pull.number)
            if found["diffHeadSha"] != pull.head_sha:
                raise HostError("The merge request was changed while the gate looked at it.", hint="Run it again.")
            self._merges[pull.number] = found
        return found

    def _comment(self, shape: shapes.NoteShape, number: int, call: str) -> Comment:
        base = self._rest.base.removesuffix("/api/v4")
        return shapes.comment(shape, self._graph.who, f"{base}/{self.repository}/-/merge_requests/{number}", call)

    def _base(self, branch: str) -> str:
        """Where a branch stands. The merge request's own base is from its last push, and may hold old rules."""
        if branch not in self._bases:
            where = path(*self._at, "repository", "branches", branch)
            found = self._rest.get(where, shapes.BranchShape)
            if found["name"] != branch:
                raise HostError("GitLab answered with something else than this branch.", where=f"GET {where}")
            self._bases[branch] = found["commit"]["id"]
        return self._bases[branch]

    def _default_branch(self) -> str:
        found = self._description().get("default_branch")
        if not found:
            raise HostError("This project has no default branch that another one could begin from.")
        return found

    def _description(self) -> shapes.ProjectShape:
        if self._described is None:
            self._described = self._rest.get(path(*self._at), shapes.ProjectShape)
        return self._described


def from_environment(env: Mapping[str, str]) -> GitLab:
    """From what GitLab CI sets, and a token that the job is given as PLANGUARD_TOKEN or GITLAB_TOKEN."""
    # The pipeline of a fork's merge request may run in the fork.
    project = env.get("CI_MERGE_REQUEST_PROJECT_PATH") or env.get("CI_PROJECT_PATH") or env.get("CI_PROJECT_ID") or ""
    token = env.get("PLANGUARD_TOKEN") or env.get("GITLAB_TOKEN") or ""
    if not project:
        raise UsageError("CI_PROJECT_PATH is not set.", hint="GitLab CI sets it; elsewhere, name the project.")
    if not token:
        raise UsageError("GITLAB_TOKEN is not set.", hint=_JOB_TOKEN)
    if token == env.get("CI_JOB_TOKEN") or token.startswith("glcbt-"):
        raise UsageError("This is the job's own token.", where="GITLAB_TOKEN", hint=_JOB_TOKEN)
    server = env.get("CI_SERVER_URL", "").rstrip("/")
    timeout, patience = limits(env)
    api = env.get("CI_API_V4_URL") or (f"{server}/api/v4" if server else API)
    return GitLab(project, token, api=api, timeout=timeout, patience=patience)


def _requester(author: Account | None, shape: shapes.MergeShape) -> Account | None:
    """Who an agent works for. GitLab names nobody; agents assign the merge request to whoever asked them."""
    if author is None or author.type == "User":
        return None
    people = (shapes.account(person, CALL) for person in shape["assignees"]["nodes"])
    return next((person for person in people if person and person.type == "User"), None)
