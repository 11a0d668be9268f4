"""Every code that the gate can give is explained, and every explanation is of a code that it can give."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gate_runs import run
from planguard.consent.codes import CODES, Code, find, page, text

ROOT = Path(__file__).parents[2]
QUOTED = re.compile(r"""["'](PG[0-9]{2})["']""")


def used() -> set[str]:
    """The codes in the sources, the table of them aside."""
    sources = [path for path in (ROOT / "planguard").rglob("*.py") if path.name != "codes.py"]
    return {code for path in sources for code in QUOTED.findall(path.read_text(encoding="utf-8"))}


def test_every_code_is_explained_and_used() -> None:
    assert used() == {code.code for code in CODES}


def test_the_codes_are_in_order_and_once() -> None:
    named = [code.code for code in CODES]
    assert named == sorted(set(named))
    assert len({code.title for code in CODES}) == len(CODES)


def test_the_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "make_codes.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("word", ["PG33", "pg33"])
def test_explain_prints_it(tmp_path: Path, word: str) -> None:
    code, out, err, _ = run(["explain", word], {}, tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith("PG33: ") and "who can" in out and all(len(line) <= 96 for line in out.splitlines())


def test_explain_knows_no_other(tmp_path: Path) -> None:
    code, _, err, _ = run(["explain", "PG34"], {}, tmp_path)
    assert code == 2 and "PG3" in err


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.code)
def test_a_text_says_all_and_is_short(code: Code) -> None:
    found = find(code.code.lower())
    assert found is not None
    assert found.means.endswith(".") and found.do.endswith(".") and not found.title.endswith(".")
    assert len(text(found).splitlines()) <= 18
    assert found.title in page(found)
