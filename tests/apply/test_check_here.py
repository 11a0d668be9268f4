"""`planguard check` without a plan: the only one that lies here, or a new one."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from plan_documents import change, plan


def write_plan(path: Path, address: str = "aws_db_instance.orders") -> None:
    lost = change(address, before={"id": "db-1", "tags": {"environment": "production"}})
    path.write_text(json.dumps(plan(lost)), encoding="utf-8")


def beside(made: Any) -> Path:
    """A directory with sources and things that are no plans."""
    directory: Path = made.directory
    (directory / "main.tf").write_text("", encoding="utf-8")
    (directory / "state.json").write_text(
        '{"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}', encoding="utf-8"
    )
    (directory / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    (directory / "shown.json").rename(directory / "bin" / "shown.json")
    (directory / "tfplan").rename(directory / "bin" / "tfplan")
    script = directory / "bin" / "terraform"
    script.write_text(
        script.read_text().replace("/shown.json", "/bin/shown.json").replace("/tfplan", "/bin/tfplan"), encoding="utf-8"
    )
    return directory


def test_the_only_plan_is_meant(stand: Any) -> None:
    made = stand()
    directory = beside(made)
    write_plan(directory / "any name")
    code, said = made.pipe("check")
    assert code == 10
    assert "Judging any name, the only plan here." in said
    assert "aws_db_instance.orders" in said
    assert "newer" not in said


def test_a_plan_older_than_the_sources(stand: Any) -> None:
    made = stand()
    directory = beside(made)
    write_plan(directory / "plan.json")
    os.utime(directory / "plan.json", (time.time() - 60, time.time() - 60))
    code, said = made.pipe("check")
    assert code == 10
    assert "main.tf is newer than it: planguard check --plan makes a new one." in said


def test_several_plans_are_named(stand: Any) -> None:
    made = stand()
    directory = beside(made)
    write_plan(directory / "a.json")
    (directory / "bin" / "tfplan").rename(directory / "b.bin")
    code, said = made.pipe("check")
    assert code == 2
    assert "Several plans lie here: a.json, b.bin." in said


def test_no_plan_and_nobody_there(stand: Any) -> None:
    made = stand()
    beside(made)
    code, said = made.pipe("check")
    assert code == 2
    assert "There is no plan here." in said
    assert "planguard check --plan" in said
    assert made.calls() == []
    talk = made.talk("check", CI="true")
    assert talk.ends() == 2


def test_no_plan_and_somebody_at_the_terminal(stand: Any) -> None:
    made = stand()
    beside(made)
    talk = made.talk("check")
    assert talk.ends() == 0
    assert "the plan that was just made" in talk.said
    assert [call.split()[0] for call in made.calls()] == ["plan", "show"]


def test_a_plan_is_made_where_that_is_asked_for(stand: Any, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    made = stand(change("aws_db_instance.orders", before={"id": "db-1", "tags": {"environment": "production"}}))
    directory = beside(made)
    write_plan(directory / "old.json", "aws_s3_bucket.old")
    code, said = made.pipe("check", "--plan", "--report", "json", TMPDIR=str(tmp_path / "tmp"))
    assert code == 10
    assert '"aws_db_instance.orders"' in said
    assert "aws_s3_bucket.old" not in said
    assert not list((tmp_path / "tmp").iterdir())
    assert made.pipe("check", "--plan", "old.json")[0] == 2


def test_a_plan_that_fails(stand: Any) -> None:
    made = stand()
    directory = beside(made)
    script = directory / "bin" / "terraform"
    script.write_text("#!/bin/sh\necho broken\nexit 1\n", encoding="utf-8")
    code, said = made.pipe("check", "--plan")
    assert code == 3
    assert "terraform plan ended with code 1; what it said stands above." in said


def test_where_nothing_has_to_do_with_terraform(stand: Any, tmp_path: Path) -> None:
    from command import Planguard

    made = stand()
    (tmp_path / "empty").mkdir()
    done = Planguard()("check", cwd=tmp_path / "empty", environment=made.environment)
    assert done.returncode == 2
    assert b"Give a plan, or --before and --after with two templates." in done.stderr
