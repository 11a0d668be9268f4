"""Repositories: branches, roles, labels, and the log of pushes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from fakegithub.git import Bare
from fakegithub.pulls import Pull
from fakegithub.state import ROLES, Activity, Files, Label, User, World


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
