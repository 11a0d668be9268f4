"""What people are told, and how it gets into the answer."""

from __future__ import annotations

from planguard.consent import challenge as asking
from planguard.consent.facts import Question
from planguard.review import Refusal, Review, State


def missing(question: Question) -> str:
    """What is at stake, where nobody has answered."""
    ends = asking.ending(question.items)
    if ends:
        return f"{ends} thing{'' if ends == 1 else 's'} would end, and no human has agreed to that."
    return "It needs a human's consent, and nobody has given it."


def how(review: Review) -> str:
    """How to agree."""
    if review.mode == "label":
        return f"Somebody else than the author sets the label `{review.label}`."
    return f"Somebody else than the author posts `{review.command}` and sets the label `{review.label}`."


def refused_for(review: Review, wrong: Refusal, again: str) -> Review:
    """One person's consent does not count; `again` is what another one has to do."""
    hint = f"An approver has to {again}." if wrong.code != "PG33" else f"Ask another approver to {again}."
    state = State.STALE if wrong.code == "PG40" else State.REFUSED
    return told(review, state, wrong.code, wrong.message, hint)


def told(review: Review, state: State, code: str, message: str, hint: str) -> Review:
    """The answer, with its code."""
    return review._replace(state=state, code=code, message=message, hint=hint)
