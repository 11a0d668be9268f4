"""What people are told, and how it gets into the answer."""

from __future__ import annotations

from planguard.consent import challenge as asking
from planguard.consent.facts import Question
from planguard.review import Refusal, Review, State

RELABEL = "removes the label and sets it again"
"""What has to be done about a label that is there, and does not count: only setting it is an event."""


def missing(question: Question) -> str:
    """What is at stake, where nobody has answered."""
    ends = asking.ending(question.items)
    if ends:
        return f"{ends} thing{'' if ends == 1 else 's'} would end, and no human has agreed to that."
    guard = question.weight.guard
    if guard and all(item.kind == "guard" for item in question.items):
        more = f" and {len(guard) - 2} more" if len(guard) > 2 else ""
        return f"It changes the guard itself ({', '.join(guard[:2])}{more}), and no human has agreed to that."
    return "It needs a human's consent, and nobody has given it."


def how(review: Review, *, again: bool = False) -> str:
    """How to agree; `again`: the label is there already, from before."""
    one = "Somebody other than the author"
    label = f"{'removes' if again else 'sets'} the label `{review.label}`{' and sets it again' if again else ''}"
    if review.mode == "label":
        return f"{one} {label}."
    if review.needed > 1:
        return f"{review.needed} people other than the author post `{review.command}`; one of them {label}."
    return f"{one} posts `{review.command}`{', then' if again else ' and'} {label}."


def label_refused(wrong: Refusal) -> Refusal:
    """The same, said of who set the label."""
    return wrong._replace(message=f"The label does not count. {wrong.message}")


def refused_for(review: Review, wrong: Refusal, does: str) -> Review:
    """One person's consent does not count; `does` is what somebody has to do instead."""
    who = "Another approver" if wrong.code == "PG33" else "An approver"
    state = State.STALE if wrong.code == "PG40" else State.REFUSED
    return told(review, state, wrong.code, wrong.message, f"{who} {does}.")


def told(review: Review, state: State, code: str, message: str, hint: str) -> Review:
    """The answer, with its code."""
    return review._replace(state=state, code=code, message=message, hint=hint)
