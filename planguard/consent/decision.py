"""Facts about a pull request -> where its human override stands. Pure: no clock, no network.

The checks run in one order, and the first that fails is what people are told. A check of one person's consent only
matters where too few others are left: nobody can spoil an approval by adding a bad one.
"""

from __future__ import annotations

from datetime import datetime

from planguard.consent.challenge import Challenge
from planguard.consent.emergency import emergency
from planguard.consent.facts import (
    Facts,
    Question,
    after_question,
    asked_before,
    candidates,
    code_of,
    commands,
    covering,
    current,
    label_event,
    same_label,
)
from planguard.consent.fingerprint import beyond
from planguard.consent.people import hasty, lines_of, who_counts
from planguard.consent.quorum import needed
from planguard.consent.words import RELABEL, how, label_refused, missing, refused_for, told
from planguard.consent_config import ConsentConfig
from planguard.forge import Event
from planguard.review import Approval, Refusal, Review, State

CROWD = 30
"""So many different people's commands are looked at; more of them are no review any more."""


# --- the decision ----------------------------------------------------------------------------------------------------


def decide(question: Question, facts: Facts, config: ConsentConfig, *, merged: bool = False) -> Review:
    """Where it stands. `merged`: asked before an apply, when the pull request may be closed by its merge."""
    review = _described(question, facts, config)
    pull = facts.pull
    if not (pull.open or (merged and pull.merged)):
        return told(review, State.REFUSED, "PG11", "This pull request is closed.", "Reopen it, and agree again.")
    if pull.draft:
        return told(review, State.REFUSED, "PG11", "This pull request is a draft.", "Mark it as ready for review.")
    if not question.fingerprint:
        return review._replace(state=State.CLEAN, message="Nothing needs consent.")
    if facts.unread:
        message = f"Who wrote this change cannot be read to the end: {facts.unread[0]}"
        return told(review, State.REFUSED, "PG33", message, "Squash the commits, or open a smaller pull request.")
    if len(candidates(question, facts, config)) > CROWD:
        return told(
            review, State.ERROR, "PG13", f"More than {CROWD} people gave commands here.", "Open a new pull request."
        )
    urgent = emergency(question, facts, config, review)
    if urgent is not None and urgent.state is State.BREAK_GLASS:
        return urgent
    best = None
    for asked in covering(question, facts, config):
        found = _answer(question, asked, facts, config, review)
        if found.state.passes or (found.state is State.HELD and best is None):
            best = found
        if found.state.passes:
            break
    if best is None:
        exact = current(question, facts)
        best = (
            _unasked(question, facts, config, review)
            if exact is None
            else _answer(question, exact, facts, config, review)
        )
    return urgent if urgent is not None and not best.state.passes else best


def _described(question: Question, facts: Facts, config: ConsentConfig) -> Review:
    number, why = needed(question.weight, facts.makers, config.quorum)
    light = config.mode == "label" and number == 1 and not question.weight.irreversible
    return Review(
        State.AWAITING,
        needed=number,
        why_needed=why,
        actors=facts.makers.actors,
        mode="label" if light else "phrase",
        label=config.label,
        relabel=any(same_label(name, config.label) for name in facts.pull.labels),
        verb=question.verb,
        challenge=code_of(question.fingerprint, facts.pull.head_sha, facts, config),
        phrase=question.phrase,
        how_many=0 if light else question.how_many,
        fingerprint=question.fingerprint,
        pull=facts.pull.url,
        head=facts.pull.head_sha,
        guard=question.weight.guard,
    )


def _unasked(question: Question, facts: Facts, config: ConsentConfig, review: Review) -> Review:
    """This change was never shown here: nobody can have agreed to it yet."""
    if facts.forged:
        message = "Somebody else changed planguard's comment, so nobody knows what was read. It asks again."
        return told(review, State.STALE, "PG41", message, how(review, again=_shown(config, facts)))
    event = label_event(config.label, facts)
    before = asked_before(facts)
    given = [comment for comment, words in commands(facts) if words.verb == "approve"]
    if not before or (event is None and not given):
        return told(review, State.AWAITING, "PG20", missing(question), how(review))
    return _stale(question, review, before[-1], facts, again=_shown(config, facts))


def _shown(config: ConsentConfig, facts: Facts) -> bool:
    return any(same_label(name, config.label) for name in facts.pull.labels)


def _seen(at: datetime, facts: Facts) -> Challenge | None:
    """The question that stood there at a time: what somebody who agreed then had read."""
    return next((asked for asked in reversed(asked_before(facts)) if asked.since < at), None)


def _stale(question: Question, review: Review, seen: Challenge | None, facts: Facts, *, again: bool = True) -> Review:
    """Somebody agreed too early; `seen` is what they had read, so that the difference can be named."""
    listed = seen.digests if seen is not None else ()
    new = tuple(dict.fromkeys(item.address or "the whole plan" for item in beyond(question.items, listed)))
    new = new if listed else ()
    if new:
        shown = ", ".join(f"`{address}`" for address in new[:3])
        more = f" and {len(new) - 3} more" if len(new) > 3 else ""
        message = f"New since the approval: {shown}{more}."
    elif seen is not None and seen.policy != question.policy:
        message = f"The rules on `{facts.pull.base_ref}` have changed since the approval."
    elif seen is not None and seen.head != facts.pull.head_sha:
        message = "The approval was given before the latest push."
    else:
        message = "The approval was given before this plan was shown."
    hint = f"Look at it again. {how(review, again=again)}"
    return told(review, State.STALE, "PG40", message, hint)._replace(new=new)


def _answer(question: Question, asked: Challenge, facts: Facts, config: ConsentConfig, review: Review) -> Review:
    """What the answers to one question come to."""
    if asked.fingerprint == question.fingerprint and not question.recalled:
        # Worked out anew: what the comment remembers could have been edited by whoever may write here.
        asked = asked._replace(phrase=question.phrase, how_many=question.how_many, verb=question.verb)
    review = review._replace(
        challenge=code_of(asked.fingerprint, asked.head, facts, config),
        phrase=asked.phrase,
        verb=asked.verb,
        how_many=0 if review.mode == "label" else asked.how_many,
    )
    label = config.label
    event = label_event(label, facts)
    valid, refused = lines_of(asked, facts, config, review)
    review = review._replace(approvals=valid, refusals=refused)
    if not _shown(config, facts):
        if valid:
            hint = f"One of the approvers sets the label `{label}`."
            return told(review, State.AWAITING, "PG20", "The line is posted; the label is still missing.", hint)
        return told(review, State.AWAITING, "PG20", missing(question), how(review))
    if event is None:
        return told(
            review,
            State.REFUSED,
            "PG21",
            f"The label `{label}` is shown, but nobody set it under this name.",
            f"An approver {RELABEL}.",
        )
    wrong = who_counts(event.actor, event.app, event.intent, facts, config)
    if wrong is not None:
        return refused_for(review, label_refused(wrong), RELABEL)
    if not after_question(event.at, asked, facts, config):
        return _stale(question, review, _seen(event.at, facts), facts)
    review = review._replace(relabel=False)
    if review.mode == "label":
        return _by_label(event, asked, facts, config, review)
    if not valid:
        if refused:
            first = min(refused, key=lambda item: item.code)
            return refused_for(review, first, "posts the line that stands in planguard's comment now")
        hint = f"Somebody other than the author posts `{review.command}`."
        return told(review, State.AWAITING, "PG22", "The label is set; the line is still missing.", hint)
    return _counted(facts, review)


def _by_label(event: Event, asked: Challenge, facts: Facts, config: ConsentConfig, review: Review) -> Review:
    assert event.actor is not None  # `who_counts` refuses a label without an account
    after = int((event.at - asked.since).total_seconds())
    if after < config.dwell:
        wrong = Refusal("PG53", event.actor.login, hasty(event.actor.login, after))
        return refused_for(review._replace(refusals=(wrong,)), wrong, RELABEL)
    given = Approval(event.actor.login, event.actor.id, event.at.isoformat(), after, (event.url or event.id,))
    return _counted(facts, review._replace(approvals=(given,), refusals=()))


def _counted(facts: Facts, review: Review) -> Review:
    """Enough people, at a time when that is allowed?"""
    people, number = len(review.approvals), review.needed
    if people < number:
        why = f" {review.why_needed[0]}" if review.why_needed else ""
        message = f"{people} of {number} people agreed.{why}"
        return told(review, State.AWAITING, "PG70", message, f"Somebody else posts the same line: `{review.command}`")
    held = facts.held(facts.now) if facts.held is not None else None
    if held is not None:
        hint = "The approval stays valid as long as the plan does not change; run the check again then."
        return told(review, State.HELD, "PG80", held[0], hint)._replace(held_until=held[1])
    names = ", ".join(f"@{approval.login}" for approval in review.approvals)
    return review._replace(state=State.APPROVED, message=f"{names} agreed to exactly this.")
