"""Every line of the table gets the verdict that it should, but for those that are marked; and the page says so."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import hook_table
from planguard.shell import judge

ROOT = Path(__file__).parents[2]
LINES = hook_table.lines()


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"line {line.number}")
def test_line(line: hook_table.Line):
    said = hook_table.said(line.command)
    if line.known:
        assert said != line.right, "the hook has got better: take the mark away"
    else:
        assert said == line.right, line.command


def test_the_table_is_large_and_has_no_line_twice():
    assert len(LINES) >= 300
    assert [command for command, count in Counter(line.command for line in LINES).items() if count > 1] == []
    assert {line.right for line in LINES} == {"allow", "refuse"}


def test_every_harmful_line_is_also_refused_inside_of_others():
    wrongly = []
    for line in LINES:
        if line.kind not in ("direct", "cloud") or "\n" in line.command or "&" in line.command:
            continue
        quoted = line.command.replace("'", "'\\''")
        for around in (
            f"bash -c '{quoted}'",
            f"true && ( {line.command} )",
            f"eval '{quoted}'",
            f"f() {{ {line.command}; }}; f",
        ):
            wrongly += [around] if hook_table.said(around) != "refuse" else []
    assert wrongly == []


def test_no_line_of_the_table_ever_repeats_its_arguments():
    for line in LINES:
        judged = judge(line.command, hook_table.read)
        assert not re.search(r"orders|my-bucket|skip-final|acme-prod|hunter", f"{judged.what} {judged.where}"), line


def test_the_page_shows_these_numbers():
    page = (ROOT / "docs" / "hook.md").read_text(encoding="utf-8")
    assert hook_table.table() in page, "run `make docs`"
    assert hook_table.missed() in page, "run `make docs`"
