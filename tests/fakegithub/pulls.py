"""Pull requests, and what people do to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from fakegithub.state import App, Event, Files, Label, Review, User

if TYPE_CHECKING:
    from fakegithub.repos import Repo


@dataclass
class Comment:
    pull: Pull
    id: int
    author: User
    body: str
    created: datetime
    updated: datetime
    app: App | None = None
    editor: User | None = None

    def edit(self, body: str, by: str | None = None) -> None:
        """By anybody who may write; GitHub's REST API does not say who it was, GraphQL does."""
        with self.pull.world.lock:
            self.body, self.updated = body, self.pull.world.now
            self.editor = self.pull.world.user(by) if by else self.author

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
    merged: bool = False
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

    def merge(self, by: str) -> None:
        """Its commits come to stand on the base branch as they are, as after a push of them; the branch stays.

        Where the base went on meanwhile, one commit of `by` stands for them, without their content: a squash.
        """
        with self.world.lock:
            before, head = self.repo.head(self.base), self.head
            if before is not None and self.repo.bare.merge_base(before, head) != before:
                self.repo.commit(self.base, {f"merged-{self.number}": "x"}, by=by, message=f"Squash #{self.number}")
            else:
                self.repo.bare.update(self.repo.ref(self.base), head, before)
                self.repo.moved(self.base, before, head, self.world.user(by), "pr_merge")
            self.state, self.merged = "closed", True
            self.happened("merged", by)
            self.happened("closed", by)

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
