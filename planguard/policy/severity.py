"""How bad it is: reads one cell of the one table, `rules/severity.yaml`.

Nothing else in planguard weighs a loss. Rules that are not about a loss name their severity themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from planguard import bundled
from planguard.catalog import Entry
from planguard.errors import ConfigError
from planguard.model import Action, Change, Severity, Tier

COLUMNS = ("delete", "replace", "swap", "keep", "forget")
"""What can happen to a resource; see the head of the table."""

Grades = Mapping[Tier, Mapping[str, Severity]]


class Row(NamedTuple):
    """One kind of loss."""

    id: str
    title: str
    loses: frozenset[str]
    recoverable: frozenset[str]
    cells: Grades


class Modifier(NamedTuple):
    """What makes a loss smaller than its cell says."""

    id: str
    title: str
    lower: int
    becomes: Severity | None
    rows: frozenset[str]
    """Empty: all rows."""


class Table(NamedTuple):
    """The whole table."""

    rows: tuple[Row, ...]
    modifiers: tuple[Modifier, ...]

    def row(self, entry: Entry) -> Row:
        """The row that a type falls into. Raises ConfigError where the catalog has a word that the table lacks."""
        for row in self.rows:
            if row.loses & entry.loses and entry.recoverable in row.recoverable:
                return row
        raise ConfigError(
            f"no row of the severity table fits {entry.type}", where="rules/severity.yaml", hint="Add a row for it."
        )


class Grade(NamedTuple):
    """A severity and how it came about."""

    severity: Severity
    row: str
    column: str
    modifiers: tuple[str, ...] = ()


def column(change: Change) -> str | None:
    """The column of the table that a change stands in; None when it ends nothing."""
    if change.action is Action.FORGET:
        return "forget"
    if change.action is Action.DELETE:
        return "keep" if change.old_kept else "delete"
    if change.action is Action.REPLACE:
        if change.old_kept:
            return "keep"
        return "swap" if change.create_first else "replace"
    return None


def grade(row: Row, col: str, tier: Tier, modifiers: frozenset[str]) -> Grade:
    """The cell of `row` × `col` × `tier`, made smaller by those of `modifiers` (their ids) that apply to the row."""
    severity = row.cells[tier][col]
    used = []
    for modifier in table().modifiers:
        if modifier.id not in modifiers or (modifier.rows and row.id not in modifier.rows):
            continue
        lowered = severity
        for _ in range(modifier.lower):
            lowered = lowered.lowered()
        if modifier.becomes is not None and modifier.becomes.rank < lowered.rank:
            lowered = modifier.becomes
        # Outside production a loss is low already; lowering it further would only hide it.
        if severity.rank > Severity.LOW.rank and lowered is not severity:
            severity = lowered
            used.append(modifier.id)
    return Grade(severity, row.id, col, tuple(used))


@lru_cache(maxsize=1)
def table() -> Table:
    """The table as shipped, checked cell by cell. Raises ConfigError where a cell is missing."""
    return parse(bundled.load("severity"))


def parse(data: Any) -> Table:
    """The table from its YAML. Raises ConfigError naming the row that is wrong."""
    try:
        return Table(
            rows=tuple(_row(row) for row in data["rows"]),
            modifiers=tuple(_modifier(item) for item in data["modifiers"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"a row or cell is missing or wrong: {error}", where="rules/severity.yaml", hint="Each row has all columns."
        ) from error


def _row(data: Mapping[str, Any]) -> Row:
    return Row(
        id=data["id"],
        title=data["title"],
        loses=frozenset(data["loses"]),
        recoverable=frozenset(_words(data["recoverable"])),
        cells={tier: {col: Severity(data[tier.value][col]) for col in COLUMNS} for tier in Tier},
    )


def _modifier(data: Mapping[str, Any]) -> Modifier:
    becomes = data.get("becomes")
    return Modifier(
        id=data["id"],
        title=data["title"],
        lower=int(data.get("lower", 0)),
        becomes=Severity(becomes) if becomes else None,
        rows=frozenset(data.get("rows", ())),
    )


def _words(values: list[Any]) -> list[str]:
    """YAML 1.1 reads bare `no` and `yes` as booleans; people write them all the same."""
    return ["yes" if value is True else "no" if value is False else value for value in values]
