"""The severity table, cell by cell against the sentences that it must obey."""

from __future__ import annotations

import pytest

from planguard import bundled, catalog
from planguard.errors import ConfigError
from planguard.model import Severity, Tier
from planguard.policy import severity
from planguard.policy.severity import COLUMNS, grade, table

CELLS = [
    pytest.param(row, col, tier, id=f"{row.id}-{col}-{tier.value}")
    for row in table().rows
    for col in COLUMNS
    for tier in Tier
]
ENDS = ("delete", "replace", "swap")


@pytest.mark.parametrize(("row", "col", "tier"), CELLS)
def test_cell_obeys_the_words(row, col, tier):
    got = row.cells[tier][col]
    assert got.rank <= row.cells[Tier.PRODUCTION][col].rank, "nothing is worse outside of production"
    if tier is Tier.OTHER:
        assert got.rank <= Severity.LOW.rank, "outside of production nothing stops a pipeline"
    if row.id in ("data-gone", "data-backup") and col in ENDS and tier is not Tier.OTHER:
        assert got is Severity.CRITICAL, "data that does not come back is critical, and unknown counts as production"
    if row.id == "nothing":
        assert got.rank <= Severity.LOW.rank, "what holds nothing never stops a pipeline"
    if row.id in ("service", "service-gone") and col in ("delete", "replace") and tier is Tier.PRODUCTION:
        assert got is Severity.HIGH, "an interruption of production needs consent"
    if row.id == "not-known" and col in ENDS and tier is not Tier.OTHER:
        assert got.rank >= Severity.HIGH.rank, "what is not known needs consent"
    if col == "forget":
        assert got.rank <= Severity.MEDIUM.rank, "nothing is destroyed by forgetting"
    if col == "swap" and row.id.startswith("data"):
        assert got is row.cells[tier]["replace"], "create_before_destroy saves no data"


@pytest.mark.parametrize("name", ["refused", "unless-empty", "snapshot"])
@pytest.mark.parametrize("row", [row for row in table().rows if row.id.startswith("data")], ids=lambda row: row.id)
def test_a_refusal_or_a_snapshot_is_one_level_less(row, name):
    plain = grade(row, "delete", Tier.PRODUCTION, frozenset())
    less = grade(row, "delete", Tier.PRODUCTION, frozenset([name]))
    assert less.severity is plain.severity.lowered()
    assert less.modifiers == (name,)


def test_a_deposed_object_that_holds_nothing_is_low_and_one_that_holds_data_is_not():
    rows = {row.id: row for row in table().rows}
    assert grade(rows["service"], "delete", Tier.PRODUCTION, frozenset(["leftover"])).severity is Severity.LOW
    assert grade(rows["data-backup"], "delete", Tier.PRODUCTION, frozenset(["leftover"])).severity is Severity.CRITICAL


def test_every_type_of_the_catalog_has_a_row():
    for name in catalog.known_types():
        assert table().row(catalog.lookup(name)).id


def test_a_missing_cell_is_an_error():
    data = bundled.load("severity")
    rows = [dict(row) for row in data["rows"]]
    rows[0] = {key: value for key, value in rows[0].items() if key != "unknown"}
    with pytest.raises(ConfigError, match="missing"):
        severity.parse({**data, "rows": rows})
