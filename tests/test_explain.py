"""`planguard explain` in a narrow terminal: every line fits, and the words are those of people."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from command import Planguard

PLAN = Path(__file__).parent / "fixtures" / "database-replaced" / "plan.json"


def _lines(planguard: Planguard, *arguments: str | Path, columns: int = 80) -> list[str]:
    done = planguard("explain", *arguments, environment={**os.environ, "COLUMNS": str(columns)})
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("target", ["severity", "aws_db_instance", "aws_kms_key", "google_sql_database_instance"])
@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(target: str, columns: int, planguard: Planguard) -> None:
    assert max(map(len, _lines(planguard, target, columns=columns))) <= columns


def test_the_table_keeps_every_row_in_a_narrow_terminal(planguard: Planguard) -> None:
    text = " ".join(" ".join(_lines(planguard, "severity")).split())
    wide = _lines(planguard, "severity", columns=100)
    assert text.count("critical critical critical high medium") == 2
    assert sum("critical  critical  critical  high" in line for line in wide) == 2


def test_a_type_is_told_in_words(planguard: Planguard) -> None:
    text = "\n".join(_lines(planguard, "aws_db_instance"))
    assert "comes back   only from a backup, if there is one and it survives" in text
    assert "deletion_protection (the cloud sees to it): " in text


def test_an_address_names_what_graded_it(planguard: Planguard) -> None:
    text = " ".join(" ".join(_lines(planguard, _first_database(planguard), PLAN)).split())
    assert "severity critical: data that only a backup brings back, if there is one; replaced" in text


def _first_database(planguard: Planguard) -> str:
    done = planguard("check", PLAN, "--report", "json")
    found = json.loads(done.stdout)["findings"]
    return str(next(item["address"] for item in found if item["rule"] == "data-replacement"))
