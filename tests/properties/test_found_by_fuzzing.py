"""What `python -m bench.fuzz` found, each once more: the smallest input that showed it."""

from __future__ import annotations

import json
import time

import pytest

from fuzzing import kinds, seeds
from fuzzing.runner import Run, run


def check(plan: object) -> Run:
    return run(["check", "-", "--report", "json"], json.dumps(plan).encode())


def test_a_list_of_changes_under_another_name_is_not_no_changes():
    plan = seeds.single()
    plan["resource_changez"] = plan.pop("resource_changes")
    done = check(plan)
    assert done.code == 10
    assert [item["rule"] for item in json.loads(done.out)["undecided"]] == ["changes-missing"]


def test_a_plan_that_only_refreshes_lists_no_changes():
    plan = seeds.losing()
    del plan["resource_changes"], plan["deferred_changes"]
    plan["planned_values"] = {"root_module": {}}
    assert json.loads(check(plan).out)["undecided"] == []


def test_an_integer_that_no_float_holds_breaks_no_rule():
    plan = seeds.single()
    change = plan["resource_changes"][0]["change"]
    change["actions"], change["after"] = ["update"], {**change["before"], "backup_retention_period": 7}
    change["before"]["backup_retention_period"] = 10**400
    report = json.loads(check(plan).out)
    assert report["rules_failed"] == []
    assert "protection-weakened" in {finding["rule"] for finding in report["findings"]}


@pytest.mark.parametrize("report", ["json", "terminal"])
@pytest.mark.parametrize("word", ["…", "x...", "S3cr3t…", "prod ", "größe"])
def test_a_name_of_a_hundred_kilobytes_takes_no_minute(word, report):
    """It took one: for wrapping, for what is left of shortened secrets, or for the words of environments."""
    name = word * (100_000 // len(word.encode()))
    plan = seeds.single()
    element = plan["resource_changes"][0]
    element["address"], element["name"] = f"aws_db_instance.{name}", name
    change = element["change"]
    change["before"] |= {"name": name, "list": [f"S3cr3t-{number}-{number * 7919}" for number in range(1000)]}
    change["before_sensitive"] = {"list": True}
    begin = time.process_time()
    assert run(["check", "-", "-v", "--report", report], json.dumps(plan).encode()).code == 10
    assert time.process_time() - begin < 5


def test_a_path_of_a_hundred_thousand_steps_takes_no_minute():
    plan = seeds.single()
    change = plan["resource_changes"][0]["change"]
    change["actions"], change["replace_paths"] = ["delete", "create"], [["a"] * 100_000]
    begin = time.process_time()
    assert check(plan).code == 10
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("block", [16, 64, 4096])
def test_drift_that_is_none_outlives_the_piece_that_it_was_read_from(block):
    plan = seeds.losing()
    drifted = [seeds.element(f"aws_db_instance.d{number}", ["no-op"]) for number in range(20)]
    drifted[0]["change"]["before"] = None
    data = json.dumps({**plan, "resource_drift": drifted}, separators=(",", ":")).encode()
    done = kinds.play(kinds.Case(["check", "-", "--report", "json"], data, data, block=block))
    assert (done.code, done.traceback) == (10, "")
