"""What the fake knows of people, their tokens and the time, and the things that happen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakegithub.repos import Repo

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


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
