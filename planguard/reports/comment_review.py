"""Review -> the part of a comment that says where the human override stands, and what a person has to type.

Owns the words of the request. Must not decide anything, and never fills in what a person has to read and type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from planguard.model import Outcome, Report
from planguard.reports import markdown as md
from planguard.reports import overall
from planguard.reports.content import Headline, judgement, plural
from planguard.review import Actor, Approval, Kind, Review, State

LONGEST = 400
LONGEST_NAME = 2_000
"""Of the name that has to be typed: what is cut cannot be."""
MOST = 20
"""Entries of one list."""

_WORDS = {
    State.CLEAN: ("✅", "PASS"),
    State.AWAITING: ("🛑", "BLOCKED"),
    State.APPROVED: ("✅", "APPROVED"),
    State.STALE: ("🛑", "BLOCKED"),
    State.REFUSED: ("🛑", "BLOCKED"),
    State.HELD: ("⏳", "HELD"),
    State.BREAK_GLASS: ("🚨", "LET THROUGH IN AN EMERGENCY"),
    State.ERROR: ("🛑", "BLOCKED"),
}
_OUTCOMES = {Outcome.PASS: "✅", Outcome.APPROVED: "✅", Outcome.NEEDS_APPROVAL: "🛑", Outcome.BLOCKED: "🛑"}
_ASKS = (State.AWAITING, State.STALE, State.REFUSED)
"""States in which somebody can agree, and does not know yet how."""


_PASS = "PASS"
_GUARD = "this changes what guards production; a human's consent is needed"


def headline(reports: Sequence[Report]) -> str:
    """The verdict as a heading."""
    verdict, review = overall(reports), reports[0].review
    sign = _OUTCOMES[verdict.outcome]
    word, sentence = judgement(verdict._replace(reasons=verdict.reasons[:1] if len(reports) == 1 else ()), reports)
    if review is not None and verdict.outcome is not Outcome.BLOCKED:
        sentence = _said(review, Headline(word, sentence))
        sign, word = _WORDS[review.state]
    return f"## {sign} {word}: {md.text(sentence, LONGEST)}"


def _said(review: Review, judged: Headline) -> str:
    """What is at stake, while somebody can still agree; what the gate says, where that is all there is to it."""
    if review.state is State.APPROVED and review.approvals:
        return f"{_names(review.approvals)} agreed to exactly this"
    if judged.word == _PASS and review.state in _ASKS:  # the plan is harmless: it is about something else
        return _GUARD if review.guard or not review.message else review.message.rstrip(".")
    if review.state in (State.CLEAN, *_ASKS) or not review.message:
        return judged.sentence
    return review.message.rstrip(".")


def _names(approvals: Sequence[Approval]) -> str:
    names = [approval.login for approval in approvals]
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def standing(review: Review) -> Iterator[str]:
    """Blocks: what is wrong with what was given, what is new, who agreed already. Stands right below the headline."""
    lines = [*_complaints(review)]
    # How to agree stands below, in a form that can be copied.
    if review.hint and review.command not in review.hint:
        lines.append(md.text(review.hint, LONGEST))
    if lines:
        kind = "note" if review.state.passes else "caution" if review.state is not State.STALE else "warning"
        yield md.alert(kind, _apart(lines))
    if review.approvals and review.state not in _ASKS:
        yield "\n".join(_agreed(approval) for approval in review.approvals[:MOST])
    if review.state is State.HELD and review.held_until:
        yield f"The window for changes opens on **{_time(review.held_until)}**."
    if review.new:
        yield "**New since somebody agreed:** " + _listed(review.new)
    if review.guard:
        yield "**Changes the guard itself:** " + _listed(review.guard)


def _complaints(review: Review) -> Iterator[str]:
    """What the headline does not say: why the consent that was given does not count, each reason once."""
    told = {review.message} if review.state in (State.ERROR, State.HELD, State.BREAK_GLASS) else set()
    for refusal in review.refusals[:MOST]:
        who = f" {md.name(refusal.login, LONGEST)}" if refusal.login else ""
        yield f"**{md.text(refusal.code, LONGEST)}**{who}: {md.text(refusal.message, LONGEST)}"
        told.add(refusal.message)
    if len(review.refusals) > MOST:
        yield f"… and {len(review.refusals) - MOST:,} more."
    if review.state in (State.STALE, State.REFUSED) and review.message and review.message not in told:
        yield f"**{md.text(review.code, LONGEST)}**: {md.text(review.message, LONGEST)}"
    if review.state is State.ERROR and review.code:
        yield f"**{md.text(review.code, LONGEST)}**: nobody can agree until this is put right."


def _apart(lines: Sequence[str]) -> list[str]:
    """Lines of a quotation as paragraphs."""
    return [part for line in lines for part in (line, "")][:-1]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(md.name(one, LONGEST) for one in names[:MOST])
    return shown + (f" and {len(names) - MOST:,} more" if len(names) > MOST else "")


def at_stake(review: Review | None) -> list[tuple[str, str]]:
    """Columns (head and cell) of the table with the name, and the number, that whoever agrees has to type."""
    if review is None or review.state not in _ASKS or review.mode == "label" or not review.phrase:
        return []
    columns = [("Worst of it", md.cell_name(review.phrase, LONGEST_NAME))]
    if review.how_many:
        columns.append(("How many end", str(review.how_many)))
    return columns


def request(review: Review, level: int) -> Iterator[str]:
    """Blocks: who has to agree, who did, and what to type."""
    if review.state not in _ASKS:
        return
    yield f"{'#' * level} If this is meant"
    yield "\n".join(_who(review))
    if review.mode == "label":
        yield f"{_labelling(review)}."
        return
    number = ", and how many end in place of `<how many>`" if review.how_many else ""
    yield f"1. Post this as a comment of your own, with the name from the table in place of `<name>`{number}:"
    yield _indented(md.code_block(review.command))
    label = _labelling(review)
    yield f"2. Then {label[0].lower()}{label[1:]}."


def _labelling(review: Review) -> str:
    name = md.name(review.label, LONGEST)
    return f"Remove the label {name} and set it again" if review.relabel else f"Set the label {name}"


def _indented(block: str) -> str:
    """Inside a numbered item."""
    return "\n".join(f"   {line}" for line in block.split("\n"))


def _who(review: Review) -> Iterator[str]:
    given = len(review.approvals)
    people = f"{review.needed:,} people have" if review.needed > 1 else "One person has"
    others = ", and none of those who made this change" if review.needed > 1 else ", and not one who made this change"
    so_far = f" {given:,} did so far." if given else ""
    code = f" <sub>{md.text(review.code, LONGEST)}</sub>" if review.code and review.state is State.AWAITING else ""
    yield f"{people} to agree{others}.{so_far}{code}"
    yield ""
    yield from (f"- {md.text(why, LONGEST)}" for why in review.why_needed[:MOST])
    yield from map(_agreed, review.approvals[:MOST])


def _agreed(approval: Approval) -> str:
    signed = ", signed with a key that was touched" if approval.signed else ""
    after = f", {plural(approval.after, 'second')} after the question" if approval.after else ""
    return f"- ✅ {md.name(approval.login, LONGEST)} agreed on {_time(approval.given)}{after}{signed}"


def _time(moment: str) -> str:
    """`2026-11-22 09:12 UTC` of an ISO time; whatever else it may be, as text."""
    found = re.match("([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})", moment)
    return f"{found[1]} {found[2]} UTC" if found else md.text(moment, LONGEST)


_KINDS = {Kind.HUMAN: "a person", Kind.AGENT: "a coding agent", Kind.BOT: "a machine", Kind.UNKNOWN: "nobody knows who"}


def actors(review: Review) -> Iterator[str]:
    """Who made the change: a fold."""
    if not review.actors:
        return
    lines = [_actor(actor) for actor in review.actors[:MOST]]
    if len(review.actors) > MOST:
        lines.append(f"- … and {len(review.actors) - MOST:,} more")
    yield md.fold("Who made this change", "\n".join(lines))


def _actor(actor: Actor) -> str:
    evidence = f": {md.text(actor.evidence, LONGEST)}" if actor.evidence else ""
    role = md.text(actor.role, LONGEST)
    return f"- {md.name(actor.name, LONGEST)}, {role}, {_KINDS[actor.kind]}{evidence}"
