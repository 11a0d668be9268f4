"""The replays' sources, before and after (PLANGUARD_INCIDENTS names the folder): what the edit does, and where."""

from __future__ import annotations

import pytest

from replays import folder
from source_edits import judged, sources, told

ROOT = folder("PLANGUARD_INCIDENTS")
pytestmark = pytest.mark.skipif(ROOT is None, reason="PLANGUARD_INCIDENTS is not set: no replays to run over")


def sides(number):
    assert ROOT is not None
    (replay,) = ROOT.glob(f"{number}-*")
    return [
        {path.relative_to(replay / side).as_posix(): path.read_text() for path in (replay / side).rglob("*.tf")}
        for side in ("before", "after")
    ]


@pytest.mark.parametrize(
    ("number", "severity", "rule", "address", "place"),
    [
        ("02", "medium", "data-replacement", "aws_db_instance.main", ("main.tf", 9)),
        ("04", "high", "data-deletion", 'aws_dynamodb_table.t["orders"]', ("main.tf", 9)),
        ("05", "high", "data-deletion", "module.db.aws_db_instance.main", ("db/main.tf", 2)),
        ("08", "medium", "protection-weakened", "aws_db_instance.main", ("main.tf", 9)),
        ("11", "high", "key-loss", "aws_kms_key.data", ("main.tf", 9)),
        ("21", "medium", "data-replacement", "aws_db_instance.main", ("main.tf", 9)),
        ("23", "medium", "prevent-destroy-removed", "aws_db_instance.main", ("main.tf", 9)),
        ("25", "medium", "forgotten", "aws_db_instance.main", ("main.tf", 9)),
        ("34", "medium", "data-deletion", "module.db[0].aws_db_instance.main", ("db/main.tf", 2)),
        ("58", "high", "data-deletion", "aws_s3_bucket.uploads", ("main.tf", 9)),
    ],
)
def test_found(number, severity, rule, address, place):
    found = judged(*sides(number))
    assert (severity, rule, address) in told(found)
    for finding in found.findings:
        if finding.address == address:
            assert finding.source is not None
            assert (finding.source.file, finding.source.line) == place


@pytest.mark.parametrize("number", ["06", "13", "47", "48", "56", "61", "66"])
def test_silent(number):
    found = judged(*sides(number))
    assert told(found) == set()
    assert found.undecided == ()


@pytest.mark.parametrize("number", ["21", "60"])
def test_a_guard_that_still_stands_is_known(number):
    # Replay 60 destroys from the command line: its sources do not differ, and only a plan shows what will happen.
    both = sources(*sides(number))
    place = both.guard("aws_db_instance.main")
    assert (place is not None) == (number == "60" or "prevent_destroy" in sides(number)[1]["main.tf"])


def test_the_rename_comes_with_its_moved_block():
    found = judged(*sides("58"))
    (finding,) = [item for item in found.findings if item.rule == "data-deletion"]
    assert finding.remedy is not None
    assert "from = aws_s3_bucket.uploads" in finding.remedy
    assert "to   = aws_s3_bucket.user_uploads" in finding.remedy
