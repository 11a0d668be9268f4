"""What the fake knows: people, repositories, pull requests, and everything that happened to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import RLock

from fakegithub.git import Bare

Files = Mapping[str, str | bytes | None]
WELL_KNOWN = {
    "github-actions[bot]": 41898282,
    "copilot-swe-agent[bot]": 198982749,
    "claude[bot]": 209825114,
    "cursor[bot]": 206951365,
}
ROLES = {"admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read", "none": "none"}


@dataclass
class User:
    login: str
    id: int
    type: str
    name: str
    email: str
    gone: bool = False


@dataclass
class App:
    id: int
    slug: str
    owner: User


@dataclass
class Token:
    user: User
    app: App | None = None
    deny: frozenset[str] = frozenset()
    blind: bool = False


@dataclass
class Label:
    id: int
    name: str


@dataclass
class Event:
    id: int
    kind: str
    actor: User
    at: datetime
    label: str = ""
    app: App | None = None
    intent: Mapping[str, str | None] | None = None


@dataclass
class Activity:
    id: int
    ref: str
    before: str
    after: str
    kind: str
    actor: User
    at: datetime


@dataclass
class Review:
    id: int
    user: User
    state: str
    commit: str
    at: datetime


class World:
    """The state that all repositories share."""

    def __init__(self, directory: Path, now: datetime) -> None:
        self.directory = directory
        self.lock = RLock()
        self.now = now
        self.users: dict[str, User] = {}
        self.apps: dict[str, App] = {}
        self.tokens: dict[str, Token] = {}
        self.repos: dict[str, Repo] = {}
        self.teams: dict[str, list[User]] = {}
        self._ids = count(1001)

    def next_id(self) -> int:
        return next(self._ids)

    def tick(self, seconds: float = 1) -> datetime:
        """Let time pass."""
        with self.lock:
            self.now += timedelta(seconds=seconds)
            return self.now

    def user(self, login: str) -> User:
        """Somebody; a name that ends in `[bot]` is a bot."""
        with self.lock:
            if login not in self.users:
                kind = "Bot" if login.endswith("[bot]") else "User"
                number = WELL_KNOWN.get(login) or self.next_id()
                name = re.sub(r"[^a-zA-Z]", "", login).capitalize() or "Somebody"
                self.users[login] = User(login, number, kind, name, f"{number}+{login}@users.noreply.github.com")
            return self.users[login]

    def bot(self, login: str) -> User:
        """A bot."""
        return self.user(login if login.endswith("[bot]") else f"{login}[bot]")

    def app(self, slug: str) -> App:
        """An app, and its bot."""
        with self.lock:
            if slug not in self.apps:
                self.apps[slug] = App(self.next_id(), slug, self.bot(slug))
            return self.apps[slug]

    def token(
        self,
        login: str = "github-actions[bot]",
        *,
        app: str | None = None,
        deny: Sequence[str] = (),
        blind: bool = False,
    ) -> str:
        """A token of somebody's."""
        with self.lock:
            user = self.user(login)
            denied = frozenset(deny) | ({"members"} if login == "github-actions[bot]" else frozenset())
            through = self.app(app) if app else self.app(login[:-5]) if user.type == "Bot" else None
            secret = f"{'ghp' if user.type == 'User' else 'ghs'}_{self.next_id():036d}"
            self.tokens[secret] = Token(user, through, denied, blind)
            return secret

    def rename_user(self, old: str, new: str) -> None:
        """Another login, the same id."""
        with self.lock:
            user = self.users.pop(old)
            user.login = new
            self.users[new] = user

    def delete_user(self, login: str) -> None:
        """What they did stays, without an actor."""
        with self.lock:
            self.users.pop(login).gone = True

    def team(self, name: str, *logins: str) -> None:
        """`org/slug` and who is in it."""
        with self.lock:
            self.teams[name] = [self.user(login) for login in logins]

    def repo(self, name: str, files: Files | None = None, *, private: bool = False, default: str = "main") -> Repo:
        """A repository with a first commit."""
        with self.lock:
            bare = Bare(self.directory / f"{name.replace('/', '--')}.git")
            made = Repo(self, name, bare, private=private, default=default)
            self.repos[name.lower()] = made
            made.commit(default, files or {"README.md": "hello\n"}, by="github-actions[bot]", message="Begin")
            return made


class Repo:
    """A repository. A fork has its branches in the same object store, under a prefix."""

    def __init__(self, world: World, name: str, bare: Bare, *, private: bool, default: str, parent: Repo | None = None):
        self.world = world
        self.name = name
        self.bare = bare
        self.private = private
        self.default = default
        self.parent = parent
        self.id = world.next_id()
        self.owner = world.user(name.split("/")[0])
        self.prefix = f"refs/forks/{self.id}" if parent else "refs/heads"
        self.pulls: dict[int, Pull] = {}
        self.labels: list[Label] = []
        self.roles: dict[int, tuple[str, str]] = {}
        self.activity: list[Activity] = []
        self.statuses: dict[str, list[dict[str, object]]] = {}
        self.merge_queue: list[Pull] = []
        self.protected: set[str] = set()
        """Branches that a rule keeps everybody from writing to."""
        self._numbers = count(101)

    # --- branches ----------------------------------------------------------------------------------------------------

    def ref(self, branch: str) -> str:
        return f"{self.prefix}/{branch}"

    def head(self, branch: str) -> str | None:
        """The commit that a branch stands at."""
        return self.bare.resolve(f"{self.ref(branch)}^{{commit}}")

    def branches(self) -> dict[str, str]:
        out = self.bare.read("for-each-ref", "--format=%(refname) %(objectname)", self.prefix).decode()
        refs = (line.split() for line in out.splitlines())
        return {name.removeprefix(self.prefix + "/"): sha for name, sha in refs}

    def file(self, branch: str, path: str) -> bytes | None:
        """A file as it is now."""
        sha = self.bare.resolve(f"{self.ref(branch)}:{path}")
        return self.bare.blob(sha) if sha else None

    def commit(
        self,
        branch: str,
        files: Files,
        *,
        by: str = "github-actions[bot]",
        author: tuple[str, str] | None = None,
        committer: tuple[str, str] | None = None,
        message: str = "Change something",
        count: int = 1,
        parent: str | None = None,
    ) -> str:
        """Push a commit, or several; `parent` (a commit) makes it a forced push."""
        with self.world.lock:
            user = self.world.user(by)
            who = author or (user.name, user.email)
            before = self.head(branch)
            after = self.bare.commit(
                self.ref(branch),
                files,
                author=who,
                committer=committer or who,
                when=self.world.now,
                messages=[message] * count,
                parent=parent or before,
            )
            kind = "branch_creation" if before is None else "force_push" if parent else "push"
            self.moved(branch, before, after, user, kind)
            return after

    def moved(self, branch: str, before: str | None, after: str, user: User, kind: str) -> None:
        """Keep it in the log, and with the pull requests of the branch."""
        made = Activity(
            self.world.next_id(), f"refs/heads/{branch}", before or "0" * 40, after, kind, user, self.world.now
        )
        self.activity.append(made)

    def fork(self, owner: str, *, private: bool = False) -> Repo:
        """Somebody's own copy."""
        with self.world.lock:
            name = f"{owner}/{self.name.split('/')[1]}"
            made = Repo(self.world, name, self.bare, private=private, default=self.default, parent=self)
            self.world.repos[name.lower()] = made
            head = self.head(self.default)
            assert head is not None
            self.bare.update(made.ref(self.default), head, None)
            made.role(owner, "admin")
            return made

    def delete(self) -> None:
        """A fork that is gone."""
        with self.world.lock:
            del self.world.repos[self.name.lower()]

    # --- people and labels -------------------------------------------------------------------------------------------

    def role(self, login: str, role: str, *, permission: str | None = None) -> None:
        """What somebody may do here."""
        with self.world.lock:
            self.roles[self.world.user(login).id] = (permission or ROLES[role], role)

    def permission(self, user: User) -> tuple[str, str]:
        nothing = ("none", "none") if self.private else ("read", "read")
        return self.roles.get(user.id, ("admin", "admin") if user is self.owner else nothing)

    def label(self, name: str) -> Label:
        """A label of the repository; letters' case makes no other."""
        with self.world.lock:
            for label in self.labels:
                if label.name.lower() == name.lower():
                    return label
            self.labels.append(Label(self.world.next_id(), name))
            return self.labels[-1]

    def rename_label(self, old: str, new: str) -> None:
        """Events keep the old name."""
        with self.world.lock:
            self.label(old).name = new

    # --- pull requests -----------------------------------------------------------------------------------------------

    def pull(
        self,
        author: str,
        files: Files | None = None,
        *,
        title: str = "Change something",
        branch: str | None = None,
        base: str | None = None,
        draft: bool = False,
        app: str | None = None,
        fork: Repo | None = None,
        assignees: Sequence[str] = (),
        by: str | None = None,
        commit_author: tuple[str, str] | None = None,
        message: str = "Change something",
        count: int = 1,
    ) -> Pull:
        """Push a branch and open a pull request from it."""
        with self.world.lock:
            number = next(self._numbers)
            source, base = fork or self, base or self.default
            branch = branch or f"change-{number}"
            start = self.head(base)
            assert start is not None, f"no branch {base}"
            if source.head(branch) is None:
                self.bare.update(source.ref(branch), start, None)
            made = Pull(self, number, self.world.user(author), title, source, branch, base)
            made.draft = draft
            made.app = self.world.app(app) if app else None
            made.assignees = [self.world.user(login) for login in assignees]
            made.base_sha = start
            self.pulls[number] = made
            changes = files or {f"change-{number}.tf": "# change\n"}
            made.push(changes, by=by, author=commit_author, message=message, count=count)
            return made

    def queue(self, *pulls: Pull) -> str:
        """Put them into the merge queue; the branch that is made for the last one."""
        with self.world.lock:
            ref = ""
            for pull in pulls:
                self.merge_queue.append(pull)
                base = self.head(self.default)
                assert base is not None
                ref = f"gh-readonly-queue/{self.default}/pr-{pull.number}-{base}"
                self.bare.update(self.ref(ref), pull.head, None)
            return ref


@dataclass
class Comment:
    pull: Pull
    id: int
    author: User
    body: str
    created: datetime
    updated: datetime
    app: App | None = None

    def edit(self, body: str, by: str | None = None) -> None:
        """By anybody who may write; GitHub's REST API does not say who it was."""
        with self.pull.world.lock:
            self.body, self.updated = body, self.pull.world.now

    def delete(self) -> None:
        """Without a trace."""
        with self.pull.world.lock:
            self.pull.comments.remove(self)


@dataclass
class Pull:
    repo: Repo
    number: int
    author: User
    title: str
    source: Repo
    branch: str
    base: str
    draft: bool = False
    state: str = "open"
    app: App | None = None
    assignees: list[User] = field(default_factory=list)
    base_sha: str = ""
    """What GitHub shows as `base.sha`: where the base stood at the last push, and not where it stands now."""
    labelled: list[Label] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = self.repo.world
        self.opened = self.world.now

    @property
    def head(self) -> str:
        """The commit that is proposed."""
        found = self.source.head(self.branch)
        assert found is not None
        return found

    @property
    def labels(self) -> list[str]:
        """As they are called now."""
        return [label.name for label in self.labelled]

    def push(
        self,
        files: Files,
        *,
        by: str | None = None,
        author: tuple[str, str] | None = None,
        committer: tuple[str, str] | None = None,
        message: str = "Change something",
        count: int = 1,
    ) -> str:
        """More commits."""
        with self.world.lock:
            who = by or self.author.login
            made = self.source.commit(
                self.branch, files, by=who, author=author, committer=committer, message=message, count=count
            )
            self.base_sha = self.repo.head(self.base) or self.base_sha
            return made

    def force_push(self, files: Files, *, by: str | None = None, message: str = "Change something") -> str:
        """Other commits in place of the ones that were there."""
        with self.world.lock:
            who = by or self.author.login
            start = self.repo.head(self.base)
            made = self.source.commit(self.branch, files, by=who, message=message, parent=start)
            self.happened("head_ref_force_pushed", who)
            return made

    def happened(
        self, kind: str, by: str, *, label: str = "", app: str | None = None, intent: str | None = None
    ) -> Event:
        """Keep an event."""
        with self.world.lock:
            through = self.world.app(app) if app else None
            why = {"rationale": intent, "confidence": "HIGH"} if intent else None
            made = Event(self.world.next_id(), kind, self.world.user(by), self.world.now, label, through, why)
            self.events.append(made)
            return made

    def close(self, by: str | None = None) -> None:
        """Without merging it."""
        self.state = "closed"
        self.happened("closed", by or self.author.login)

    def reopen(self, by: str | None = None) -> None:
        """Again."""
        self.state = "open"
        self.happened("reopened", by or self.author.login)

    def ready(self, by: str | None = None) -> None:
        """No draft any more."""
        self.draft = False
        self.happened("ready_for_review", by or self.author.login)

    def label(self, name: str, by: str, *, app: str | None = None, intent: str | None = None) -> Event | None:
        """Set a label; None where it was set already, as no event is made then."""
        with self.world.lock:
            label = self.repo.label(name)
            if label in self.labelled:
                return None
            self.labelled.append(label)
            return self.happened("labeled", by, label=label.name, app=app, intent=intent)

    def unlabel(self, name: str, by: str, *, app: str | None = None) -> Event:
        """Take a label away."""
        with self.world.lock:
            label = self.repo.label(name)
            self.labelled.remove(label)
            return self.happened("unlabeled", by, label=label.name, app=app)

    def comment(self, body: str, by: str, *, app: str | None = None) -> Comment:
        """Say something."""
        with self.world.lock:
            through, now = self.world.app(app) if app else None, self.world.now
            made = Comment(self, self.world.next_id(), self.world.user(by), body, now, now, through)
            self.comments.append(made)
            return made

    def review(self, by: str, state: str = "APPROVED") -> Review:
        """Review it."""
        with self.world.lock:
            made = Review(self.world.next_id(), self.world.user(by), state, self.head, self.world.now)
            self.reviews.append(made)
            return made


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def held(world: World) -> Iterator[None]:
    """Nobody else changes anything."""
    with world.lock:
        yield


Action = Callable[[], object]
