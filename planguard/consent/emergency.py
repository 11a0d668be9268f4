"""The emergency exit: people who answer for it by name, with a reason, always in the evidence. Pure."""

from __future__ import annotations

from planguard.consent.facts import Facts, Question, after_question, commands, current, label_event, withdrawn
from planguard.consent.people import who_counts
from planguard.consent.words import RELABEL, label_refused, refused_for, told
from planguard.consent_config import ConsentConfig
from planguard.review import Approval, Review, State

EMERGENCY = 2
"""People whom the emergency exit takes, one of whom had no part in the change."""
REASON = 10
"""Characters that a reason has at least."""


def emergency(question: Question, facts: Facts, config: ConsentConfig, review: Review) -> Review | None:
    """The emergency exit, where its label is set: open, or what is missing; None where it is not.

    It knows no dwell and no window, and it never opens for one person alone.
    """
    event = label_event(config.break_glass, facts) if config.break_glass else None
    asked = current(question, facts)
    if event is None or asked is None:
        return None
    wrong = who_counts(event.actor, event.app, event.intent, facts, config, makers=False)
    if wrong is not None:
        return refused_for(review, label_refused(wrong), RELABEL)
    people: dict[int, Approval] = {}
    outside = False
    taken_back = withdrawn(facts)
    for comment, words in commands(facts):
        if words.verb != "break-glass" or words.code != review.challenge or len(words.text) < REASON:
            continue
        if comment.author is None or comment.updated != comment.created:
            continue
        too_early = not after_question(comment.created, asked, facts, config)
        if too_early or (taken_back is not None and comment.created <= taken_back):
            continue
        if who_counts(comment.author, comment.app, False, facts, config, makers=False) is not None:
            continue
        after = int((comment.created - asked.since).total_seconds())
        people[comment.author.id] = Approval(
            comment.author.login, comment.author.id, comment.created.isoformat(), after, (comment.url or comment.id,)
        )
        outside = outside or not facts.makers.include(comment.author)
    review = review._replace(approvals=tuple(people[id] for id in sorted(people)))
    if len(people) >= EMERGENCY and outside and after_question(event.at, asked, facts, config):
        names = ", ".join(f"@{approval.login}" for approval in review.approvals)
        return review._replace(state=State.BREAK_GLASS, message=f"Let through in an emergency by {names}.")
    line = f"/planguard break-glass {review.challenge} <why>"
    return told(
        review,
        State.AWAITING,
        "PG71",
        f"Emergency: {len(people)} of {EMERGENCY} people gave a reason; one of them must have no part in the change.",
        f"Each of them posts `{line}`.",
    )
