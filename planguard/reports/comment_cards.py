"""Findings -> the part of a comment that says what ends, why, what is lost, and the safer way: one card a beginning.

Owns what stands together: findings that say the same are one, and what one change takes down stands under that change.
Must not judge, and knows no pull request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from planguard.model import Change, Finding, Report
from planguard.reports import markdown as md
from planguard.reports import telling
from planguard.reports.content import ChangeKey, alike, by_cause, plural

Group = tuple[Finding, ...]
"""Findings that say the same of several objects."""


FEW = 12
"""Names in a row that one still reads."""


class Room(NamedTuple):
    """How much may be told."""

    open: int = 3
    """Beginnings told at length."""
    cards: int = 10
    """Beginnings told at all; from the fourth on they are folded. The others have one line each."""
    rows: int = 40
    """Lines in each list."""
    letters: int = 900
    """Of one text."""
    plans: int = 50
    """Plans of which more is told than their verdict."""


class Card(NamedTuple):
    """Everything with one beginning."""

    root: str
    """Address of the beginning; empty for the whole plan."""
    groups: tuple[Group, ...]
    """Worst first."""

    @property
    def addresses(self) -> set[str]:
        """What it is about."""
        return {finding.address for group in self.groups for finding in group}


class Cards:
    """The cards of one report."""

    def __init__(self, report: Report) -> None:
        self._changes = telling.happens(report)
        asked = [finding for finding in report.assessment.findings if telling.needs_consent(report, finding)]
        self.all = _cards(asked, self._changes)

    def markdown(self, room: Room, level: int) -> Iterator[str]:
        """Blocks: the worst at length, the others in a table. `level` is that of the headings."""
        for number, card in enumerate(self.all[: room.cards]):
            blocks = self._card(card, room, level)
            if number < room.open:
                yield from blocks
            else:
                _, *inside = blocks
                yield md.fold(self._folded_title(card, room), "\n\n".join(inside))
        rest = [group for card in self.all[room.cards :] for group in card.groups]
        if rest:
            count = sum(map(len, rest))
            yield f"{'#' * level} {plural(count, 'more finding')}, in short"
            yield from self.table(rest, room)

    def table(self, groups: Sequence[Group], room: Room) -> Iterator[str]:
        """Groups in short, one line each, and how many did not fit."""
        shown = groups[: room.rows]
        rows = [self._row(group, room) for group in shown]
        if rows:
            yield md.table(["", "What", "Happens", "Lost"], rows)
        left = sum(map(len, groups[room.rows :]))
        if left:
            yield f"*… and {plural(left, 'more finding')}; {telling.LISTED_ELSEWHERE}.*"

    def _row(self, group: Group, room: Room) -> list[str]:
        finding = group[0]
        what = md.cell_name(finding.address, min(room.letters, 160)) if finding.address else telling.WHOLE_PLAN
        if len(group) > 1:
            what += f" and {plural(len(group) - 1, 'other')} like it"
        cut = min(room.letters, 240)
        happens = telling.happening(finding, self._changes)
        return [
            f"{md.SIGNS[finding.severity]} {finding.severity.value}",
            what,
            md.text(happens or finding.message, cut),
            md.text(finding.lost or finding.message, cut),
        ]

    def _folded_title(self, card: Card, room: Room) -> str:
        finding = card.groups[0][0]
        count = sum(map(len, card.groups))
        more = f" and {plural(count - 1, 'other finding')}" if count > 1 else ""
        alone = len(card.addresses) == 1 and card.root
        words = telling.title(finding, self._changes) if alone else card.root or finding.rule
        called = md.html_name(words, min(room.letters, 160))
        return f"{md.SIGNS[finding.severity]} {finding.severity.value}: {called}{more}"

    # --- one beginning ------------------------------------------------------------------------------------------------

    def _card(self, card: Card, room: Room, level: int) -> Iterator[str]:
        begins = len(card.addresses) > 1 and len(card.groups) > 1
        yield from self._beginning(card, room, level) if begins else self._alone(card, room, level)

    def _alone(self, card: Card, room: Room, level: int) -> Iterator[str]:
        for number, group in enumerate(card.groups):
            yield f"{'#' * level} {self._title(group, room)}" if not number else f"**Also: {self._title(group, room)}**"
            yield from self._told(group, room, skip=card.groups[number - 1][0] if number else None)

    def _title(self, group: Group, room: Room) -> str:
        finding = group[0]
        sign = md.SIGNS[finding.severity]
        words = telling.happening(finding, self._changes)
        if not finding.address:
            return f"{sign} {telling.WHOLE_PLAN.capitalize()}"
        if len(group) > 1:
            kind = finding.type or "object"
            return f"{sign} {len(group):,} × {md.name(kind, room.letters)}: {md.text(words, room.letters)}"
        return f"{sign} {md.name(finding.address, room.letters)}: {md.text(words, room.letters)}"

    def _told(self, group: Group, room: Room, skip: Finding | None = None) -> Iterator[str]:
        """Everything about findings that are alike, below their title; not again what was said of `skip`."""
        finding = max(group, key=lambda one: one.dependents)
        first = group[0]
        tag = f"<sub>{first.severity.value} · {md.name(first.rule, room.letters)}</sub>"
        yield f"**{md.text(first.message, room.letters)}** {tag}"
        bullets = []
        if len(group) > 1:
            bullets += self._objects(group, room)
        several = len({one.cause.text for one in group if one.cause}) > 1
        for label, words in telling.facts(finding._replace(cause=first.cause), several=several):
            if skip is None or (label, words) not in set(telling.facts(skip)):
                bullets.append(md.fact(label, md.text(words, room.letters) + self._source(label, group, room)))
        yield "\n".join(bullets)
        yield from self._all_of_them(group, room)
        if first.remedy and (skip is None or first.remedy != skip.remedy):
            one = len({one.remedy for one in group}) > 1
            yield from md.remedy(
                "The safer way" + (", for the first of them" if one else ""), first.remedy, room.letters
            )

    def _objects(self, group: Group, room: Room) -> list[str]:
        names = self._names(group, room)
        left = len(group) - min(len(names), FEW)
        elsewhere = "" if len(names) > FEW else f"; {telling.LISTED_ELSEWHERE}"
        return [md.fact("What", ", ".join(names[:FEW]) + (f" and {left:,} more{elsewhere}" if left else ""))]

    def _all_of_them(self, group: Group, room: Room) -> Iterator[str]:
        """The names that did not fit into a row: as many as there is room for."""
        names = self._names(group, room)
        left = len(group) - len(names)
        if len(names) > FEW:
            more = f" and {left:,} more; {telling.LISTED_ELSEWHERE}" if left else ""
            yield md.fold("More of them" if left else f"All {len(group):,} of them", ", ".join(names) + more)

    def _names(self, group: Group, room: Room) -> list[str]:
        return [md.name(one.address, min(room.letters, 200)) for one in group[: room.rows]]

    def _source(self, label: str, group: Group, room: Room) -> str:
        """The edit: file and line behind the cause."""
        places = list(dict.fromkeys(telling.place_words(one.source) for one in group if one.source))
        if label != "Why" or not places:
            return ""
        more = f" and {plural(len(places) - 1, 'other place')}" if len(places) > 1 else ""
        return f" ({md.name(places[0], room.letters)}{more})"

    def _beginning(self, card: Card, room: Room, level: int) -> Iterator[str]:
        """A change and what it takes down: said once, each of them in a line, the rest folded."""
        own = next((group for group in card.groups for one in group if one.address == card.root), None)
        worst = card.groups[0][0]
        yield f"{'#' * level} {md.SIGNS[worst.severity]} It begins at {md.name(card.root, room.letters)}"
        said = own[0] if own else worst
        if said.cause is not None:
            why = md.text(telling.forced_by(said.cause), room.letters)
            yield f"**Why:** {why}{self._source('Why', own or card.groups[0], room)}"
        yield from self.table(card.groups, room)
        if said.remedy:
            yield from md.remedy("The safer way", said.remedy, room.letters)
        inside = [block for group in card.groups for block in self._folded(group, room)]
        count = sum(map(len, card.groups))
        yield md.fold(f"Each of the {plural(count, 'finding')}: why, and what is lost", "\n\n".join(inside))

    def _folded(self, group: Group, room: Room) -> Iterator[str]:
        yield f"**{self._title(group, room)}**"
        yield from self._told(group, room)


def _cards(findings: Sequence[Finding], changes: Mapping[ChangeKey, Change]) -> list[Card]:
    """Findings by what they begin with; the worst first."""
    cards: dict[tuple[str, str], list[Group]] = {}
    for group in alike(by_cause(findings), lambda one: telling.happening(one, changes)):
        first = group[0]
        root = (first.cause.root if first.cause else None) or first.address
        found = tuple(sorted(group, key=lambda one: telling.counting(one.address)))
        cards.setdefault((root, "" if root else first.rule), []).append(found)
    return [Card(root, tuple(groups)) for (root, _), groups in cards.items()]
