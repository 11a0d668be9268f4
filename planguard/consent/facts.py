"""What is known about a pull request that asks for consent, and what happened in it.

Owns the question, the facts, and how to read them: which questions were asked, who set the label, who said what.
Decides nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from planguard.consent import challenge as asking
from planguard.consent.actors import Makers
from planguard.consent.approvers import Approvers
from planguard.consent.challenge import Challenge, Said
from planguard.consent.fingerprint import beyond
from planguard.consent.quorum import Asked
from planguard.consent_config import ConsentConfig
from planguard.forge import Account, Comment, Event, Pull
from planguard.model import Item


class Question(NamedTuple):
    """What consent is asked for, over all plans of a run."""

    fingerprint: str
    """Empty: nothing needs consent."""
    policy: str
    items: tuple[Item, ...]
    phrase: str
    weight: Asked
    recalled: bool = False
    """It is what a comment remembers, not what a plan says: name and number are the comment's."""

    @property
    def how_many(self) -> int:
        """The number to type; 0 where none is asked for."""
        ends = asking.ending(self.items)
        return ends if ends > asking.TYPED_ABOVE else 0

    @property
    def verb(self) -> str:
        """What the line to post says."""
        return "destroy" if asking.ending(self.items) else "allow"


class Facts(NamedTuple):
    """What the host says."""

    repository: str
    pull: Pull
    events: tuple[Event, ...]
    comments: tuple[Comment, ...]
    makers: Makers
    may: Approvers
    bot: str
    """Login of planguard's own comments."""
    now: datetime
    pushed: datetime | None = None
    """When the branch came to stand at its head; None where that cannot be told."""
    unread: tuple[str, ...] = ()
    """What about the makers of the change the host does not tell, a sentence each: then anybody may be one of them."""
    forged: bool = False
    """Somebody else changed planguard's own comment; its questions are not among `comments` then."""
    roles: Mapping[int, str] = {}
    """Account → role, of those whom `candidates` names."""
    signed: Callable[[Comment, Challenge, str], str | None] | None = None
    """Whether a comment carries the signature of its author: None, or what is wrong with it."""
    held: Callable[[datetime], tuple[str, str] | None] | None = None
    """Whether the window is closed at a time: the sentence, and the ISO time at which it opens (or "")."""


# --- questions that planguard asked ----------------------------------------------------------------------------------


def own_comments(facts: Facts) -> tuple[Comment, ...]:
    """The comments in which planguard itself asked. One that only looks like it counts for nothing."""
    return tuple(comment for comment in facts.comments if is_own(comment, facts.bot))


def is_own(comment: Comment, bot: str) -> bool:
    """Whether planguard wrote it: its hidden line, and the account whose comments are planguard's."""
    author = comment.author
    if author is None or not bot or not asking.is_marked(comment.body) or author.login.lower() != bot.lower():
        return False
    return author.type == "Bot" or not bot.endswith("[bot]")


def asked_before(facts: Facts) -> tuple[Challenge, ...]:
    """Every question that planguard's own comments remember, oldest first.

    None is older than its comment: that time is the host's own, while the one in the text could have been edited.
    """
    found = {
        item._replace(since=max(item.since, comment.created))
        for comment in own_comments(facts)
        for item in asking.remembered(comment.body)
    }
    return tuple(sorted(found, key=lambda item: (item.since, item.fingerprint)))


def current(question: Question, facts: Facts) -> Challenge | None:
    """The question as it was asked for this very head, if it was."""
    for item in reversed(asked_before(facts)):
        if item.fingerprint == question.fingerprint and item.head == facts.pull.head_sha:
            return item
    return None


def covering(question: Question, facts: Facts, config: ConsentConfig) -> tuple[Challenge, ...]:
    """The questions whose answer would do: the same, or one that asked for all of this and more; newest first."""
    survives = sticky(facts, config)
    found = []
    for item in reversed(asked_before(facts)):
        here = item.head == facts.pull.head_sha or survives
        same = item.fingerprint == question.fingerprint
        larger = item.whole and item.policy == question.policy and not beyond(question.items, item.digests)
        if here and (same or larger):
            found.append(item)
    return tuple(found)


def sticky(facts: Facts, config: ConsentConfig) -> bool:
    """Whether approvals survive a push that changes nothing: only where people alone made the change."""
    return config.sticky and not facts.makers.not_people


def code_of(item_fingerprint: str, head: str, facts: Facts, config: ConsentConfig) -> str:
    """The code of a question in this pull request."""
    opened = reopened(facts)
    return asking.code(
        facts.repository,
        facts.pull.number,
        item_fingerprint,
        "" if sticky(facts, config) else head,
        opened.id if opened else "",
    )


def candidates(question: Question, facts: Facts, config: ConsentConfig) -> tuple[Account, ...]:
    """Those whose role has to be known before a decision: whoever set a label or gave a command."""
    found: dict[int, Account] = {}
    for label in filter(None, (config.label, config.break_glass)):
        event = label_event(label, facts)
        if event is not None and event.actor is not None:
            found[event.actor.id] = event.actor
    codes = {code_of(item.fingerprint, item.head, facts, config) for item in covering(question, facts, config)}
    for comment, words in commands(facts):
        # A command for another plan is refused for that; its author's role does not matter.
        if comment.author is not None and (words.verb == "revoke" or words.code in codes):
            found[comment.author.id] = comment.author
    return tuple(found[id] for id in sorted(found))


# --- what happened ---------------------------------------------------------------------------------------------------


def label_event(label: str, facts: Facts) -> Event | None:
    """Who set the label that is there now: the last one who did, unless somebody took it away since."""
    found = None
    for event in sorted(facts.events, key=lambda event: event.at):
        if same_label(event.label, label):
            found = event if event.kind == "labeled" else None if event.kind == "unlabeled" else found
    return found


def same_label(name: str, wanted: str) -> bool:
    """Hosts compare labels without regard to case; of letters outside of ASCII none is like another one here."""
    return name == wanted or (name.isascii() and wanted.isascii() and name.lower() == wanted.lower())


def reopened(facts: Facts) -> Event | None:
    """The last time that the request was reopened: whatever was agreed to before is void."""
    found = [event for event in facts.events if event.kind == "reopened"]
    return max(found, key=lambda event: event.at, default=None)


def commands(facts: Facts) -> list[tuple[Comment, Said]]:
    """What people told planguard, oldest first; its own comments are no commands."""
    ordered = sorted(facts.comments, key=lambda comment: (comment.created, comment.id))
    found = [(comment, asking.said(comment.body)) for comment in ordered if not asking.is_marked(comment.body)]
    return [(comment, words) for comment, words in found if words is not None]


def withdrawn(facts: Facts) -> datetime | None:
    """When consent was last taken back, by anybody whose word counts here, or by a machine that may write."""
    times = [
        comment.updated
        for comment, words in commands(facts)
        if words.verb == "revoke"
        and comment.author is not None
        and (facts.roles.get(comment.author.id, "none") in facts.may.roles or facts.makers.include(comment.author))
    ]
    return max(times, default=None)


def after_question(at: datetime, asked: Challenge, facts: Facts, config: ConsentConfig) -> bool:
    """Whether something happened after the question was asked, the branch was pushed, and the request reopened."""
    again = reopened(facts)
    pushed = None if sticky(facts, config) else facts.pushed
    floor = max(time for time in (asked.since, pushed, again.at if again else None) if time is not None)
    return at > floor
