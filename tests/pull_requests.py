"""Pull requests as plain facts, for tests of what is decided about them. No host, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from planguard.consent import challenge as asking
from planguard.consent.actors import makers
from planguard.consent.approvers import approvers
from planguard.consent.challenge import Challenge
from planguard.consent.decision import decide
from planguard.consent.facts import Facts, Question, candidates, code_of
from planguard.consent.fingerprint import fingerprint
from planguard.consent.quorum import Asked
from planguard.consent_config import ConsentConfig
from planguard.forge import Account, Comment, Commit, Event, Listing, Pull, Push
from planguard.model import Item
from planguard.review import Review

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BOT = Account("github-actions[bot]", 41898282, "Bot")
LABEL = "planguard:approved"
POLICY = "ab" * 32
HEAD = "1" * 40


def person(login: str, type: str = "User") -> Account:
    """An account with a number of its own."""
    return Account(login, sum(ord(letter) << (4 * place) for place, letter in enumerate(login)), type)


def item(address: str, kind: str = "end", what: str = "delete") -> Item:
    """Something that ends."""
    return Item(kind, address, what, f"{abs(hash_of(address + kind)):020x}"[:20])


def hash_of(text: str) -> int:
    """The same in every run."""
    number = 7
    for letter in text:
        number = (number * 1000003 + ord(letter)) % (1 << 78)
    return number


def question(*addresses: str, weight: Asked | None = None, policy: str = POLICY) -> Question:
    """Consent to the end of these."""
    items = tuple(sorted(item(address) for address in addresses))
    return Question(fingerprint(items, policy), policy, items, asking.phrase((), items), weight or Asked())


class Request:
    """A pull request to which things happen, one after the other."""

    def __init__(self, author: str = "dana", config: ConsentConfig | None = None, **pull: Any) -> None:
        self.config = config or ConsentConfig()
        self.now = START
        self.author = person(author, "Bot" if author.endswith("[bot]") else "User")
        self.roles: dict[int, str] = {}
        self.events: list[Event] = []
        self.comments: list[Comment] = []
        self.labels: list[str] = []
        self.asked: list[Challenge] = []
        self.head = HEAD
        self.commits: list[Commit] = []
        self.pushes: list[Push] = []
        self.listing = {"complete": True, "why": ""}
        self.extra = pull
        self.push(self.author, head=HEAD)

    def tick(self, seconds: float = 60) -> None:
        """Time goes by."""
        self.now += timedelta(seconds=seconds)

    def push(self, by: Account, head: str | None = None, message: str = "", email: str = "") -> None:
        """A commit, and the branch at it."""
        self.head = head or f"{len(self.commits) + 1:x}" * 40
        self.head = self.head[:40]
        mail = email or f"{by.login}@example.com"
        self.commits.append(Commit(self.head, by, by, mail, mail, message))
        self.pushes.append(Push(by, self.head, self.now))

    def ask(self, what: Question) -> None:
        """planguard's comment, with this question added to those before."""
        self.asked.append(
            Challenge(
                what.fingerprint,
                what.policy,
                self.head,
                self.now,
                tuple(one.digest for one in what.items),
                what.phrase,
                what.how_many,
                what.verb,
            )
        )
        body = asking.marker(self.asked)
        own = [comment for comment in self.comments if comment.author == BOT]
        created = own[0].created if own else self.now
        self.comments = [comment for comment in self.comments if comment.author != BOT]
        self.comments.append(Comment("1", BOT, f"# planguard\n\n{body}\n", created, self.now))

    def label(self, by: Account | None, name: str = LABEL, **more: Any) -> None:
        """Somebody sets a label."""
        self.events.append(Event(str(len(self.events)), "labeled", by, self.now, name, **more))
        if name not in self.labels:
            self.labels.append(name)

    def unlabel(self, by: Account, name: str = LABEL) -> None:
        """Somebody takes a label away."""
        self.events.append(Event(str(len(self.events)), "unlabeled", by, self.now, name))
        self.labels = [label for label in self.labels if label != name]

    def reopen(self, by: Account) -> None:
        """Closed and opened again."""
        self.events.append(Event(str(len(self.events)), "reopened", by, self.now))

    def say(self, by: Account | None, text: str, *, edited: float = 0, app: str | None = None) -> None:
        """A comment."""
        updated = self.now + timedelta(seconds=edited)
        self.comments.append(Comment(str(len(self.comments) + 10), by, text, self.now, updated, app))

    def line(self, what: Question, *, name: str | None = None, number: int | None = None) -> str:
        """What somebody has to post to agree, for the head as it is."""
        code = code_of(what.fingerprint, self.head, self.facts(), self.config)
        amount = number if number is not None else what.how_many
        return f"/planguard approve {code} {what.verb} {name or what.phrase}{f' {amount}' if amount else ''}"

    def agree(self, by: Account, what: Question, **said: Any) -> None:
        """Post the line, and set the label."""
        self.say(by, self.line(what, **said))
        self.tick(1)
        self.label(by)
        self.tick(1)

    def role(self, role: str, *people: Account) -> None:
        """Give people a role."""
        self.roles.update({one.id: role for one in people})

    def facts(self, **more: Any) -> Facts:
        """What a host would tell now."""
        pull = Pull(
            number=7,
            url="https://example.com/acme/infra/pull/7",
            title="x",
            author=self.author,
            app=None,
            open=True,
            draft=False,
            base_ref="main",
            base_sha="b" * 40,
            head_ref="fix",
            head_sha=self.head,
            head_repo="acme/infra",
            fork=False,
            labels=tuple(self.labels),
            commits=len(self.commits),
        )._replace(**self.extra)
        commits = Listing(commits=tuple(self.commits), **self.listing)  # type: ignore[arg-type]
        made = makers(pull, commits, Listing(pushes=tuple(self.pushes)), self.config.agents)
        pushed = [push.at for push in self.pushes if push.after == self.head]
        given = Facts(
            repository="acme/infra",
            pull=pull,
            events=tuple(self.events),
            comments=tuple(self.comments),
            makers=made,
            may=approvers(self.config, {}),
            bot=BOT.login,
            now=self.now,
            pushed=max(pushed, default=None),
            unread=() if commits.complete else (commits.why,),
            roles={},
        )
        return given._replace(**more)

    def decide(self, what: Question, *, merged: bool = False, **more: Any) -> Review:
        """The gate's answer now; only the roles that it would ask for are known to it."""
        facts = self.facts(**more)
        roles = {one.id: self.roles.get(one.id, "none") for one in candidates(what, facts, self.config)}
        return decide(what, facts._replace(roles=roles), self.config, merged=merged)
