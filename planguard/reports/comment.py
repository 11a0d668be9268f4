"""Reports -> a comment on a pull request: the verdict, what would be lost and why, the safer way, and what to type.

Owns what comes first and what is left out where the comment grows too long: the picture first, then what matters
least, never the verdict, the request or the hidden marker. Must not judge. Nothing to say is an empty text: whoever
posts then posts nothing, or `all_clear` where a comment stands already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from planguard.model import Finding, Outcome, Report, Severity
from planguard.reports import Style, comment_review, escape, mermaid, overall, telling
from planguard.reports import markdown as md
from planguard.reports.comment_cards import FEW, Cards, Room
from planguard.reports.content import (
    all_notes,
    all_undecided,
    by_cause,
    counts_words,
    environment_words,
    judgement,
    plural,
    severity_counts,
)
from planguard.review import State

GITHUB = 65_536
"""Characters of a comment that GitHub takes."""
MARKER = "<!-- planguard:comment -->"
"""Where nobody reviews: still a line by which the comment is found again."""
LONGEST_MARKER = 1_000
"""Of one that planguard did not write; its own are kept whole, since the next run reads them."""
PICTURE = 12_000
"""Characters of a picture beside which a comment can still be read; one that is small for this is not worth having."""
SMALLEST_PICTURE = 1_500
ROOMS = (
    Room(),
    Room(3, 8, 30, 500, 20),
    Room(2, 5, 20, 300, 10),
    Room(1, 3, 12, 200, 5),
    Room(1, 1, 8, 120, 3),
    Room(0, 0, 5, 80, 2),
    Room(0, 0, 1, 60, 1),
)
"""From most to least; what a room leaves out is counted."""


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as a comment for GitHub; empty where there is nothing to say."""
    return text(reports, GITHUB)


def text(reports: Sequence[Report], limit: int) -> str:
    """A comment of at most so many characters; empty where there is nothing to say."""
    found = telling.in_order(reports)
    if not speaks(found):
        return ""
    return fitted(found, limit, head=[_marker(found)], full=True)


def all_clear(reports: Sequence[Report]) -> str:
    """What to write into a comment that stands already, when there is nothing to say any more."""
    return f"{_marker(reports)}\n\n✅ **PASS:** {md.text(judgement(overall(reports), reports).sentence, 200)}.\n"


def speaks(reports: Sequence[Report]) -> bool:
    """Whether somebody should read anything: a finding from medium up, a question, a waiver, a request."""
    review = reports[0].review
    if review is not None and (review.state is not State.CLEAN or review.guard or review.refusals):
        return True
    return any(_speaks(report) for report in reports)


def _speaks(report: Report) -> bool:
    found = report.assessment
    graver = any(finding.severity.rank >= Severity.MEDIUM.rank for finding in found.findings)
    stopped = report.verdict.outcome is not Outcome.PASS
    return stopped or graver or bool(found.waived or found.failed or all_undecided(report))


def _marker(reports: Sequence[Report]) -> str:
    """The hidden line, as it came; whatever could end a comment of HTML, or its line, is left out."""
    review = reports[0].review
    if review is None or not review.marker:
        return MARKER
    inside = review.marker.strip().removeprefix("<!--").removesuffix("-->").strip()
    harmless = re.sub("-{2,}", "-", re.sub("[<>]", "", escape.terminal(inside))).strip("-! ")
    whole = harmless == inside and len(inside) <= GITHUB // 2
    return f"<!-- {harmless if whole else harmless[:LONGEST_MARKER]} -->"


# --- what fits --------------------------------------------------------------------------------------------------------


def fitted(reports: Sequence[Report], limit: int, *, head: Sequence[str], full: bool, in_bytes: bool = False) -> str:
    """The page in the largest room that fits. `full`: with what to type."""

    def size(page: str) -> int:
        return len(page.encode()) if in_bytes else len(page)

    page = ""
    for room in ROOMS:
        page = _page(reports, room, head, "", full=full)
        left = limit - size(page)
        if left < 0:
            continue
        if room is not ROOMS[0]:
            return page
        picture = _picture(reports, min(left - 200, PICTURE))
        return _page(reports, room, head, picture, full=full) if picture else page
    return page


def _picture(reports: Sequence[Report], room: int) -> str:
    """A flowchart in a fence; nothing where there is nothing but single boxes to draw, or no room."""
    drawn = [report for report in reports if report.assessment.picture and report.assessment.picture.edges]
    if not drawn or room < SMALLEST_PICTURE:
        return ""
    chart = mermaid.diagram(drawn, room // 2)  # a byte count may be larger than that of characters
    return f"```mermaid\n{chart}```"


def _page(reports: Sequence[Report], room: Room, head: Sequence[str], picture: str, *, full: bool) -> str:
    review = reports[0].review if full else None
    several, agreed = len(reports) > 1, overall(reports).outcome is Outcome.APPROVED
    asking = review is not None and overall(reports).outcome is not Outcome.BLOCKED
    told = telling.worst_first(reports)[: room.plans]
    blocks = [*head, comment_review.headline(reports)]
    if review is not None:
        blocks += comment_review.standing(review)
    blocks += _plans(reports, room, comment_review.at_stake(review) if asking else [])
    if not any(report.quiet for report in reports):
        cards = [block for report in told for block in _plan(report, room, several=several)]
        blocks += [md.fold("What was agreed to", "\n\n".join(cards))] if cards and agreed else cards
    if len(told) < len(reports):
        blocks.append(f"*… and {plural(len(reports) - len(told), 'more plan')}; {telling.LISTED_ELSEWHERE}.*")
    if review is not None:
        blocks += comment_review.request(review, 3) if asking else ()
        blocks += comment_review.actors(review)
    if picture:
        blocks.append(md.fold("What takes down what", picture, is_open=not agreed))
    blocks += [block for report in told for block in _asides(report, room, several=several)]
    return "\n\n".join(block for block in blocks if block) + "\n"


# --- plans ------------------------------------------------------------------------------------------------------------


def _plans(reports: Sequence[Report], room: Room, at_stake: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What was judged: a line for one plan, a table for several, the worst first; and what has to be typed."""
    if len(reports) == 1:
        yield _only(reports[0], room, at_stake)
        return
    silent = [report for report in reports if not _speaks(report)]
    silent = silent if 1 < len(silent) < len(reports) else []
    worst = [report for report in telling.worst_first(reports) if report not in silent]
    most = max(room.rows, 5)
    yield md.table(["", "Plan", "Verdict", "Findings", "Changes"], [_plan_row(one, room) for one in worst[:most]])
    if len(worst) > most:
        yield f"*… and {plural(len(worst) - most, 'more plan')}; {telling.LISTED_ELSEWHERE}.*"
    if silent:
        yield f"{len(silent):,} more plans pass with nothing to tell."
    if at_stake:
        yield md.table([head for head, _ in at_stake], [[cell for _, cell in at_stake]])


def _only(report: Report, room: Room, at_stake: Sequence[tuple[str, str]]) -> str:
    plan = report.assessment.plan
    counts = md.text(counts_words(plan.counts), room.letters)
    if not at_stake:
        belongs = md.text(environment_words(report.assessment.environment), room.letters)
        made_by = md.text(telling.made_by(plan), room.letters)
        return " · ".join([md.name(plan.source, room.letters), counts, belongs, made_by])
    source = md.cell_name(plan.source, room.letters)
    columns = [*at_stake, ("Plan", source), ("Changes", counts)]
    return md.table([head for head, _ in columns], [[cell for _, cell in columns]])


def _plan_row(report: Report, room: Room) -> list[str]:
    word, sentence = judgement(report.verdict, [report])
    counts = severity_counts(report.assessment.findings)
    cut = min(room.letters, 240)
    return [
        md.SIGNS[next(iter(counts))] if counts and telling.stops(report) else "✅",
        md.cell_name(report.assessment.plan.source, cut),
        f"**{word}** {md.text(sentence, cut)}",
        ", ".join(f"{count:,} {severity.value}" for severity, count in counts.items()) or "none",
        md.text(counts_words(report.assessment.plan.counts), cut),
    ]


def _plan(report: Report, room: Room, *, several: bool) -> Iterator[str]:
    """What needs consent, what broke, and what cannot be told."""
    blocks = [*Cards(report).markdown(room, 4 if several else 3), *_broken(report, room), *_questions(report, room)]
    if blocks and several:
        yield f"### {md.name(report.assessment.plan.source, room.letters)}"
    yield from blocks


def _broken(report: Report, room: Room) -> Iterator[str]:
    failed = [(one.address, f"{one.rule}: {one.error}") for one in sorted(report.assessment.failed)]
    if failed:
        yield md.fold(telling.FAILED_TITLE, _items(failed, room), is_open=True)


def _questions(report: Report, room: Room) -> Iterator[str]:
    """They need consent too, so that they stand open."""
    items = [
        (item.address, item.missing + ("" if item.rule in item.missing else f" [{item.rule}]"))
        for item in all_undecided(report)
    ]
    if items:
        yield md.fold(f"{telling.UNDECIDED_TITLE} ({len(items):,})", _items(items, room), is_open=True)


def _items(items: Sequence[tuple[str, str]], room: Room) -> str:
    """A bullet for each thing that is said, with all that it is said of."""
    said: dict[str, list[str]] = {}
    for address, words in items:
        said.setdefault(words, []).append(address)
    lines = [f"- {_called(said[words], room)}: {md.text(words, room.letters)}" for words in [*said][: room.rows]]
    left = sum(len(said[words]) for words in [*said][room.rows :])
    if left:
        lines.append(f"- *… and {left:,} more; {telling.LISTED_ELSEWHERE}.*")
    return "\n".join(lines)


def _called(addresses: Sequence[str], room: Room) -> str:
    shown = sorted(addresses, key=telling.counting)[: min(FEW, room.rows)]
    names = [md.name(address, room.letters) if address else telling.WHOLE_PLAN for address in shown]
    more = f" and {len(addresses) - len(shown):,} more" if len(addresses) > len(shown) else ""
    return ", ".join(names) + more


# --- what is folded away ----------------------------------------------------------------------------------------------


def _asides(report: Report, room: Room, *, several: bool) -> Iterator[str]:
    """What decides nothing: milder findings, waivers, remarks."""
    milder = [one for one in by_cause(report.assessment.findings) if not telling.needs_consent(report, one)]
    medium = [one for one in milder if one.severity.rank >= Severity.MEDIUM.rank]
    waived = [(one.finding.address, telling.accepted_words(one)) for one in sorted(report.assessment.waived)]
    notes = [("", note) for note in all_notes(report)]
    of = f" in {md.html_name(report.assessment.plan.source, min(room.letters, 160))}" if several else ""
    for title, items in (
        (telling.MEDIUM_TITLE, [_milder(one) for one in medium]),
        (telling.FAINT_TITLE, [_milder(one) for one in milder if one not in medium]),
        (telling.WAIVED_TITLE, waived),
    ):
        if items:
            yield md.fold(f"{title}{of} ({len(items):,})", _items(items, room))
    if notes:
        lines = [f"- {md.text(note, room.letters)}" for _, note in notes[: room.rows]]
        yield md.fold(f"Notes{of} ({len(notes):,})", "\n".join(lines))


def _milder(finding: Finding) -> tuple[str, str]:
    """With a fact or two, as the terminal has them."""
    return finding.address, f"{telling.brief(finding)} [{finding.rule}]"
