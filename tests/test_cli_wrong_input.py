"""Wrong input on the command line: one clear sentence and the right exit code, never a bug and never a pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from command import Planguard

PLAN = Path(__file__).parent / "fixtures" / "harmless" / "plan.json"


def test_a_rule_that_cannot_be_written_is_an_error(planguard: Planguard, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = planguard("rules", "new", "my-rule", "--directory", tmp_path / "file")
    assert done.returncode == 3
    assert b"my-rule.yaml: cannot be written: " in done.stderr


@pytest.mark.parametrize(
    ("given", "words"),
    [("many", "'many' is not a number."), ("1.5", "'1.5' is not a number."), ("0", "0 is less than 1.")],
)
def test_a_number_that_is_none_is_told_in_plain_words(given: str, words: str, planguard: Planguard) -> None:
    done = planguard("check", PLAN, "--jobs", given)
    assert done.returncode == 2
    assert f"Invalid value for '--jobs': {words}" in done.stderr.decode()


def test_completion_without_a_shell_names_the_shells(planguard: Planguard) -> None:
    done = planguard("completion")
    assert done.returncode == 2
    assert done.stderr.decode().rstrip().endswith("Error: Name your shell: bash, zsh, fish.")


def test_blocks_are_not_written_over_a_directory(planguard: Planguard, tmp_path: Path) -> None:
    done = planguard("fix", PLAN, "--out", tmp_path)
    assert done.returncode == 2
    assert b"is a directory, not a file" in done.stderr
