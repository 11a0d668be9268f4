"""Where a plan lies counts from the top of its repository."""

from __future__ import annotations

from planguard.cli.place import place


def test_a_path_counts_inside_its_repository(tmp_path):
    (tmp_path / "production" / "checkout" / ".git").mkdir(parents=True)
    plan = tmp_path / "production" / "checkout" / "envs" / "dev" / "tfplan"
    assert place(str(plan)) == "envs/dev/tfplan"


def test_without_a_repository_the_whole_path_counts(tmp_path):
    assert place(str(tmp_path / "tfplan")) == (tmp_path / "tfplan").as_posix()


def test_standard_input_lies_nowhere():
    assert place("-") is None
