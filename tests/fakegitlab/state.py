"""What the fake knows: people, projects, merge requests, and everything that happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import RLock

from fakegithub.git import Bare

Files = Mapping[str, str | bytes | None]
LEVELS = {"owner": 50, "maintainer": 40, "developer": 30, "reporter": 20, "planner": 15, "guest": 10, "minimal": 5}


@dataclass
class User:
    username: str
    id: int
    bot: bool = False
    state: str = "active"
    emails: set[str] = field(default_factory=set)


@dataclass
class Token:
    user: User
    deny: frozenset[str] = frozenset()
    blind: bool = False


@dataclass
class Label:
    id: int
    name: str
    updated: datetime


@dataclass
class Member:
    user: User
    level: int
    state: str = "active"
    expires: str | None = None


@dataclass
class LabelEvent:
    id: int
    user: User
    at: datetime
    label: Label | None
    action: str


@dataclass
class StateEvent:
    id: int
    user: User
    at: datetime
    state: str


@dataclass
class Pushed:
    id: int
    user: User
    at: datetime
    action: str
    ref: str | None
    before: str | None
    after: str | None


@dataclass
class Version:
    id: int
    head: str
    base: str
    at: datetime


class World:
    """The state that all projects share."""

    def __init__(self, directory: Path, now: datetime) -> None:
        self.directory = directory
        self.lock = RLock()
        self.now = now
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: dict[str, Project] = {}
        self.groups: dict[str, list[Member]] = {}
        self._ids = count(1001)

    def next_id(self) -> int:
        return next(self._ids)

    def tick(self, seconds: float = 1) -> datetime:
        """Let time pass."""
        with self.lock:
            self.now += timedelta(seconds=seconds)
            return self.now

    def user(self, username: str, *, bot: bool | None = None) -> User:
        """Somebody; a name that ends in `bot` is a bot."""
        with self.lock:
            if username not in self.users:
                made = User(username, self.next_id(), username.endswith("bot") if bot is None else bot)
                made.emails.add(f"{username}@example.com")
                self.users[username] = made
            return self.users[username]

    def token(self, username: str = "project_7_bot", *, deny: tuple[str, ...] = (), blind: bool = False) -> str:
        """A token of somebody's; `deny` are parts of paths that are answered with 403."""
        with self.lock:
            secret = f"glpat-{self.next_id():020d}"
            self.tokens[secret] = Token(self.user(username), frozenset(deny), blind)
            return secret

    def rename_user(self, old: str, new: str) -> None:
        """Another name, the same id."""
        with self.lock:
            user = self.users.pop(old)
            user.username = new
            self.users[new] = user

    def delete_user(self, username: str) -> None:
        """What they did belongs to the ghost from now on."""
        with self.lock:
            user, ghost = self.users.pop(username), self.user("ghost")
            user.username, user.id, user.emails = ghost.username, ghost.id, set()

    def group(self, path: str, *usernames: str) -> None:
        """A group and who is in it."""
        with self.lock:
            self.groups[path] = [Member(self.user(username), 30) for username in usernames]

    def by_email(self, address: str) -> User | None:
        found = (user for user in self.users.values() if address.lower() in user.emails)
        return next(found, None)

    def project(self, path: str, files: Files | None = None, *, private: bool = True, default: str = "main") -> Project:
        """A project with a first commit."""
        with self.lock:
            bare = Bare(self.directory / f"{path.replace('/', '--')}.git")
            made = Project(self, path, bare, private=private, default=default)
            self.projects[path.lower()] = made
            made.commit(default, files or {"README.md": "hello\n"}, by="root", message="Begin")
            return made


class Project:
    """A project. A fork has its branches in the same object store, under a prefix."""

    def __init__(
        self, world: World, path: str, bare: Bare, *, private: bool, default: str, parent: Project | None = None
    ):
        self.world = world
        self.path = path
        self.bare = bare
        self.private = private
        self.default = default
        self.parent = parent
        self.id = world.next_id()
        self.prefix = f"refs/forks/{self.id}" if parent else "refs/heads"
        self.merges: dict[int, Merge] = {}
        self.labels: list[Label] = []
        self.members: dict[int, Member] = {}
        self.pushed: list[Pushed] = []
        self.statuses: dict[str, dict[str, str]] = {}
        self.train: list[tuple[int, Merge]] = []
        self.protected: set[str] = set()
        """Branches to which nobody may write."""
        self._iids = count(1)

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
        by: str = "root",
        author: tuple[str, str] | None = None,
        committer: tuple[str, str] | None = None,
        message: str = "Change something",
        count: int = 1,
        parent: str | None = None,
        bulk: bool = False,
    ) -> str:
        """Push a commit, or several; `parent` makes it a forced push, `bulk` one that moves many branches."""
        with self.world.lock:
            user = self.world.user(by)
            who = author or (user.username, f"{user.username}@example.com")
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
            self.moved(branch, before, after, user, bulk=bulk)
            return after

    def moved(self, branch: str, before: str | None, after: str, user: User, *, bulk: bool = False) -> None:
        """Keep it in the log, and with the merge requests of the branch."""
        action = "created" if before is None else "pushed"
        made = Pushed(self.world.next_id(), user, self.world.now, action, branch, before, after)
        if bulk:
            made.ref = made.before = made.after = None
        self.pushed.append(made)
        for project in self.world.projects.values():
            for merge in project.merges.values():
                if merge.source is self and merge.branch == branch and merge.state == "opened":
                    merge.look()

    def fork(self, owner: str) -> Project:
        """Somebody's own copy."""
        with self.world.lock:
            path = f"{owner}/{self.path.split('/')[-1]}"
            made = Project(self.world, path, self.bare, private=self.private, default=self.default, parent=self)
            self.world.projects[path.lower()] = made
            head = self.head(self.default)
            assert head is not None
            self.bare.update(made.ref(self.default), head, None)
            made.role(owner, "owner")
            return made

    # --- people and labels -------------------------------------------------------------------------------------------

    def role(self, username: str, role: str | int, *, state: str = "active", expires: str | None = None) -> None:
        """What somebody may do here."""
        with self.world.lock:
            user = self.world.user(username)
            level = role if isinstance(role, int) else LEVELS[role]
            self.members[user.id] = Member(user, level, state, expires)

    def label(self, name: str) -> Label:
        """A label of the project. Letters' case makes another one."""
        with self.world.lock:
            for label in self.labels:
                if label.name == name:
                    return label
            self.labels.append(Label(self.world.next_id(), name, self.world.now))
            return self.labels[-1]

    def rename_label(self, old: str, new: str) -> None:
        """Everything that happened with it shows the new name."""
        with self.world.lock:
            label = self.label(old)
            label.name, label.updated = new, self.world.now

    def delete_label(self, name: str) -> None:
        """What happened with it shows no label any more."""
        with self.world.lock:
            label = self.label(name)
            self.labels.remove(label)
            for merge in self.merges.values():
                merge.labelled = [one for one in merge.labelled if one is not label]
                for event in merge.label_events:
                    event.label = None if event.label is label else event.label

    # --- merge requests ----------------------------------------------------------------------------------------------

    def merge(
        self,
        author: str,
        files: Files | None = None,
        *,
        title: str = "Change something",
        branch: str | None = None,
        base: str | None = None,
        draft: bool = False,
        fork: Project | None = None,
        assignees: tuple[str, ...] = (),
        by: str | None = None,
        commit_author: tuple[str, str] | None = None,
        message: str = "Change something",
        count: int = 1,
    ) -> Merge:
        """Push a branch and open a merge request from it."""
        with self.world.lock:
            iid = next(self._iids)
            source, base = fork or self, base or self.default
            branch = branch or f"change-{iid}"
            start = self.head(base)
            assert start is not None, f"no branch {base}"
            if source.head(branch) is None:
                self.bare.update(source.ref(branch), start, None)
                source.moved(branch, None, start, self.world.user(by or author))
            made = Merge(self, iid, self.world.user(author), title, source, branch, base, draft)
            made.assignees = [self.world.user(username) for username in assignees]
            self.merges[iid] = made
            made.push(
                files or {f"change-{iid}.tf": "# change\n"}, by=by, author=commit_author, message=message, count=count
            )
            return made

    def queue(self, *merges: Merge) -> str:
        """Put them into the merge train; the branch of the last one."""
        with self.world.lock:
            for merge in merges:
                self.train.append((self.world.next_id(), merge))
            return f"refs/merge-requests/{merges[-1].iid}/train"


@dataclass
class Note:
    merge: Merge
    id: int
    author: User
    body: str
    created: datetime
    updated: datetime
    system: bool = False
    internal: bool = False
    editor: User | None = None

    def edit(self, body: str, by: str | None = None) -> None:
        """By its author, or any maintainer. The last who did has a name, in the GraphQL API alone."""
        with self.merge.world.lock:
            self.body, self.updated = body, self.merge.world.now
            self.editor = self.merge.world.user(by) if by else self.author

    def resolve(self) -> None:
        """Its thread, which is no change of its text."""
        with self.merge.world.lock:
            self.updated = self.merge.world.now

    def delete(self) -> None:
        """Without a trace."""
        with self.merge.world.lock:
            self.merge.notes.remove(self)


@dataclass
class Merge:
    project: Project
    iid: int
    author: User
    title: str
    source: Project
    branch: str
    base: str
    draft: bool = False
    state: str = "opened"
    gone: bool = False
    """The project that the branch lay in was deleted."""
    assignees: list[User] = field(default_factory=list)
    labelled: list[Label] = field(default_factory=list)
    label_events: list[LabelEvent] = field(default_factory=list)
    state_events: list[StateEvent] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = self.project.world
        self.id = self.world.next_id()

    @property
    def head(self) -> str:
        """The commit that is proposed."""
        return self.versions[-1].head

    @property
    def labels(self) -> list[str]:
        """As they are called now."""
        return [label.name for label in self.labelled]

    def look(self) -> None:
        """Take in what the branch stands at."""
        head, base = self.source.head(self.branch), self.project.head(self.base)
        assert head and base
        start = self.project.bare.merge_base(base, head) or base
        self.versions.append(Version(self.world.next_id(), head, start, self.world.now))

    def push(
        self,
        files: Files,
        *,
        by: str | None = None,
        author: tuple[str, str] | None = None,
        committer: tuple[str, str] | None = None,
        message: str = "Change something",
        count: int = 1,
        bulk: bool = False,
    ) -> str:
        """More commits."""
        with self.world.lock:
            who = by or self.author.username
            return self.source.commit(
                self.branch, files, by=who, author=author, committer=committer, message=message, count=count, bulk=bulk
            )

    def force_push(self, files: Files, *, by: str | None = None, message: str = "Change something") -> str:
        """Other commits in place of the ones that were there."""
        with self.world.lock:
            start = self.project.head(self.base)
            return self.source.commit(self.branch, files, by=by or self.author.username, message=message, parent=start)

    def _state(self, state: str, by: str | None, told: str) -> None:
        with self.world.lock:
            user = self.world.user(by or self.author.username)
            self.state = state
            self.state_events.append(StateEvent(self.world.next_id(), user, self.world.now, told))

    def close(self, by: str | None = None) -> None:
        """Without merging it."""
        self._state("closed", by, "closed")

    def reopen(self, by: str | None = None) -> None:
        """Again."""
        self._state("opened", by, "reopened")

    def merged(self, by: str) -> None:
        """Into the branch that it is for, which moves."""
        with self.world.lock:
            old = self.project.head(self.base)
            self.project.bare.update(self.project.ref(self.base), self.head, old)
            self._state("merged", by, "merged")

    def label(self, name: str, by: str) -> LabelEvent | None:
        """Set a label; None where it was set already, as no event is made then."""
        with self.world.lock:
            label = self.project.label(name)
            if label in self.labelled:
                return None
            self.labelled.append(label)
            return self._labelled(label, by, "add")

    def unlabel(self, name: str, by: str) -> LabelEvent:
        """Take a label away."""
        with self.world.lock:
            label = self.project.label(name)
            self.labelled.remove(label)
            return self._labelled(label, by, "remove")

    def _labelled(self, label: Label, by: str, action: str) -> LabelEvent:
        made = LabelEvent(self.world.next_id(), self.world.user(by), self.world.now, label, action)
        self.label_events.append(made)
        return made

    def note(self, body: str, by: str, *, system: bool = False, internal: bool = False) -> Note:
        """Say something; `system`: what GitLab itself notes."""
        with self.world.lock:
            now = self.world.now
            made = Note(self, self.world.next_id(), self.world.user(by), body, now, now, system, internal)
            self.notes.append(made)
            return made


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
