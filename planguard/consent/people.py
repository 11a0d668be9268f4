"""The people who agreed: whose posted line counts, and why another one does not. Pure."""

from __future__ import annotations

from planguard.consent import challenge as asking
from planguard.consent.approvers import refusal
from planguard.consent.challenge import Challenge, Said
from planguard.consent.facts import Facts, after_question, commands, withdrawn
from planguard.consent_config import ConsentConfig
from planguard.forge import Account, Comment
from planguard.review import Approval, Refusal, Review


def lines_of(
    asked: Challenge, facts: Facts, config: ConsentConfig, review: Review
) -> tuple[tuple[Approval, ...], tuple[Refusal, ...]]:
    """Everybody whose line counts, and everybody whose does not. Of each person the last line counts."""
    last: dict[int, tuple[Comment, Said]] = {}
    nobody: list[Refusal] = []
    for comment, words in commands(facts):
        if words.verb != "approve" or not (comment.created > asked.since or words.code == review.challenge):
            continue
        if comment.author is None:
            nobody.append(Refusal("PG30", "?", "A line was posted by an account that is gone."))
        else:
            last[comment.author.id] = (comment, words)
    taken_back = withdrawn(facts)
    valid, refused = [], nobody
    for comment, words in last.values():
        assert comment.author is not None
        if taken_back is not None and comment.created <= taken_back:
            continue
        wrong = _line(comment, words, asked, facts, config, review)
        if wrong is not None:
            refused.append(wrong)
            continue
        after = int((comment.created - asked.since).total_seconds())
        sources = (comment.url or comment.id,)
        signed = config.signature == "required"
        valid.append(
            Approval(comment.author.login, comment.author.id, comment.created.isoformat(), after, sources, signed)
        )
    return tuple(sorted(valid, key=lambda item: (item.given, item.id))), tuple(sorted(refused))


def _line(
    comment: Comment, words: Said, asked: Challenge, facts: Facts, config: ConsentConfig, review: Review
) -> Refusal | None:
    """Why one posted line does not count."""
    assert comment.author is not None
    who = comment.author.login
    if words.code != review.challenge:
        return Refusal("PG50", who, f"The code in @{who}'s line is for another plan.")
    wrong = who_counts(comment.author, comment.app, False, facts, config)
    if wrong is not None:
        return wrong
    if not after_question(comment.created, asked, facts, config):
        return Refusal("PG40", who, f"@{who}'s line was posted before this plan was shown.")
    if comment.updated != comment.created:
        return Refusal("PG51", who, f"@{who}'s comment was edited; only a new one counts.")
    if words.act != review.verb or not asking.same_name(words.text, review.phrase):
        return Refusal("PG52", who, f"@{who} did not type the name that stands first in the table.")
    if review.how_many and words.how_many != review.how_many:
        return Refusal("PG52", who, f"@{who} did not type how many things end, after the name.")
    after = int((comment.created - asked.since).total_seconds())
    if after < config.dwell:
        return Refusal("PG53", who, hasty(who, after))
    problem = _signature(comment, asked, facts, config, review)
    return None if problem is None else Refusal("PG60", who, problem)


def _signature(comment: Comment, asked: Challenge, facts: Facts, config: ConsentConfig, review: Review) -> str | None:
    if config.signature != "required":
        return None
    if facts.signed is None:
        return "A signature is needed, and nothing here can verify one."
    return facts.signed(comment, asked, review.challenge)


def who_counts(
    account: Account | None, app: str | None, intent: bool, facts: Facts, config: ConsentConfig, *, makers: bool = True
) -> Refusal | None:
    """Why an account's consent does not count here; `makers`: not that of those who made the change."""
    return refusal(
        account,
        app=app,
        intent=intent,
        may=facts.may,
        roles=facts.roles,
        makers=facts.makers if makers else None,
        further=config.agents,
    )


def hasty(login: str, after: int) -> str:
    """Said to somebody who cannot have read it."""
    return f"@{login} agreed {max(after, 0)} s after the question was posted. Read it, then agree again."
