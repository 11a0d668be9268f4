"""docs/apply.md says what happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from plan_documents import change
from planguard.cli import passing
from planguard.config_file import parse as parse_config
from planguard.strict_yaml import parse as parse_yaml

PAGE = (Path(__file__).parents[2] / "docs" / "apply.md").read_text(encoding="utf-8")
TAGS = {"tags": {"environment": "production"}}


def options(row: str) -> set[str]:
    (line,) = re.findall(rf"^\| {row} \| (.*) \|$", PAGE, re.MULTILINE)
    return {option.lstrip("-") for option in re.findall(r"`(-[a-z-]+)`", line)}


def goes(option: str, *, own_plan: bool) -> tuple[bool, bool] | None:
    """Whether it reaches the plan and the apply; None where it is refused."""
    try:
        found = passing.sort([f"-{option}=x"], own_plan=own_plan)
    except click.UsageError:
        return None
    return bool(found.plan), bool(found.apply)


def test_the_table_of_options() -> None:
    to_apply, to_plan = options("to the apply"), options("to the plan, where planguard makes it")
    refused = options("refused")
    known = {name for group in (passing._BOTH, passing._APPLY, passing._PLAN, passing._REFUSED) for name in group}
    assert to_apply | to_plan | refused == known
    for option in to_apply:
        assert goes(option, own_plan=False) == (False, True)
    for option in to_plan:
        assert goes(option, own_plan=True) == (True, False)
        assert goes(option, own_plan=False) is None
    for option in refused | {"what-is-this"}:
        assert goes(option, own_plan=True) is None
    with pytest.raises(click.UsageError, match="one of them alone"):
        passing.sort(["-no-color", "other.tfplan"], own_plan=False)


def test_the_dialogue(stand: Any) -> None:
    (shown,) = re.findall(r"<!-- dialogue -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    replaced = change(
        "aws_db_instance.orders",
        ("delete", "create"),
        before={"id": "db-1", "db_name": "orders", **TAGS},
        after={"db_name": "shop", **TAGS},
        replace_paths=[["db_name"]],
    )
    buckets = [change(f"aws_s3_bucket.documents[{n}]", before={"id": f"b{n}", **TAGS}, index=n) for n in range(3)]
    made = stand(replaced, *buckets)
    talk = made.talk("apply", "tfplan", PYTHONIOENCODING="ascii", NO_COLOR="1")
    talk.until("Name > ")
    talk.types("orders")
    talk.until("How many end > ")
    talk.types("4")
    assert talk.ends() == 0
    assert shown in "\n".join(line.rstrip() for line in talk.said.splitlines())


def test_the_codes_and_commands_are_those_of_the_program(stand: Any) -> None:
    code, said = stand().pipe("apply", "--help")
    assert code == 0
    for number in re.findall(r"^\| ([0-9, ]+) \| ", PAGE, re.MULTILINE):
        assert all(part.strip() in said for part in number.split(","))


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        found = parse_config(parse_yaml(block.encode(), "planguard.yml"), tmp_path)
        assert found.consent is not None and found.consent.rehearsal is not None
        assert found.consent.rehearsal.environments == ("staging",)
