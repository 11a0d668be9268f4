"""Review -> the part of a comment that says where the human override stands, and what a person has to type.

Owns the words of the request. Must not decide anything, and never fills in what a person has to read and type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planguard.model import Outcome, Report
from planguard.reports import markdown as md
from planguard.reports import overall
from planguard.reports.content import Headline, judgement, plural
from planguard.review import Actor, Approval, Kind, Review, State

LONGEST = 400
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


def headline(reports: Sequence[Report]) -> str:
    """The verdict as a heading."""
    verdict, review = overall(reports), reports[0].review
    sign = _OUTCOMES[verdict.outcome]
    word, sentence = judgement(verdict._replace(reasons=verdict.reasons[:1] if len(reports) == 1 else ()), reports)
    if review is not None and verdict.outcome is not Outcome.BLOCKED:
        sign, word = _WORDS[review.state]
        sentence = _said(review, Headline(word, sentence))
    return f"## {sign} {word}: {md.text(sentence, LONGEST)}"


def _said(review: Review, judged: Headline) -> str:
    if review.state is State.APPROVED and review.approvals:
        return f"{_names(review.approvals)} agreed to exactly this"
    if review.state in (State.AWAITING, State.CLEAN) or not review.message:
        return judged.sentence
    return review.message.rstrip(".")


def _names(approvals: Sequence[Approval]) -> str:
    names = [approval.login for approval in approvals]
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def standing(review: Review) -> Iterator[str]:
    """Blocks: what is wrong with what was given, what is new, who agreed already. Stands right below the headline."""
    lines = []
    if review.state not in (State.AWAITING, State.CLEAN, State.APPROVED) and review.code:
        lines.append(f"**{md.text(review.code, LONGEST)}** {md.text(review.message, LONGEST)}")
    for refusal in review.refusals[:MOST]:
        who = f"{md.name(refusal.login, LONGEST)}: " if refusal.login else ""
        lines.append(f"**{md.text(refusal.code, LONGEST)}** {who}{md.text(refusal.message, LONGEST)}")
    if len(review.refusals) > MOST:
        lines.append(f"… and {len(review.refusals) - MOST:,} more.")
    if review.hint:
        lines.append(md.text(review.hint, LONGEST))
    if lines:
        kind = "caution" if review.state in (State.REFUSED, State.ERROR) else "warning"
        yield md.alert(kind if not review.state.passes else "note", _apart(lines))
    if review.new:
        yield "**New since somebody agreed:** " + _listed(review.new)
    if review.guard:
        yield "**Changes the guard itself:** " + _listed(review.guard)


def _apart(lines: Sequence[str]) -> list[str]:
    """Lines of a quotation as paragraphs."""
    return [part for line in lines for part in (line, "")][:-1]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(md.name(one, LONGEST) for one in names[:MOST])
    return shown + (f" and {len(names) - MOST:,} more" if len(names) > MOST else "")


def at_stake(review: Review) -> Iterator[str]:
    """The table with the name, and the number, that whoever agrees has to type."""
    if review.state not in _ASKS or review.mode == "label" or not review.phrase:
        return
    head, row = ["Worst of it"], [md.cell_name(review.phrase, LONGEST)]
    if review.how_many:
        head.append("How many end")
        row.append(f"{review.how_many:,}".replace(",", ""))
    yield md.table(head, [row])


def request(review: Review, level: int) -> Iterator[str]:
    """Blocks: who agreed, who has to, and what to type."""
    if review.approvals:
        yield "\n".join(_agreed(approval) for approval in review.approvals[:MOST])
    if review.state is State.HELD:
        when = f" It opens at **{_time(review.held_until)}**." if review.held_until else ""
        yield f"Enough people agreed; the window for changes is closed.{when} Their consent holds while the plan stays."
    if review.state not in _ASKS:
        return
    yield f"{'#' * level} If this is meant"
    yield "\n".join(_who(review))
    if review.mode == "label":
        yield f"Set the label {md.name(review.label, LONGEST)}."
        return
    number = ", and how many end in place of `<how many>`" if review.how_many else ""
    yield f"1. Post this as a comment of your own, with the name from the table in place of `<name>`{number}:"
    yield _indented(md.code_block(review.command))
    yield f"2. Then set the label {md.name(review.label, LONGEST)}."


def _indented(block: str) -> str:
    """Inside a numbered item."""
    return "\n".join(f"   {line}" for line in block.split("\n"))


def _who(review: Review) -> Iterator[str]:
    given = len(review.approvals)
    people = f"{review.needed:,} people have" if review.needed > 1 else "One person has"
    others = ", and none of those who made this change" if review.needed > 1 else ", and not one who made this change"
    so_far = f" {given:,} did so far." if given else ""
    yield f"{people} to agree{others}.{so_far}"
    for why in review.why_needed[:MOST]:
        yield f"- {md.text(why, LONGEST)}"


def _agreed(approval: Approval) -> str:
    signed = ", signed with a key that was touched" if approval.signed else ""
    after = f", {plural(approval.after, 'second')} after the question" if approval.after else ""
    return f"- ✅ {md.name(approval.login, LONGEST)} agreed on {_time(approval.given)}{after}{signed}"


def _time(moment: str) -> str:
    """`2026-11-22 09:12 UTC` of an ISO time; whatever else it may be, as text."""
    day, letter, clock = moment.partition("T")
    return md.text(f"{day} {clock[:5]} UTC" if letter and clock[2:3] == ":" else moment, LONGEST)


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
