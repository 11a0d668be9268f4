"""What `python -m bench.fuzz` found, each once more: the smallest input that showed it."""

from __future__ import annotations

import json

from fuzzing import seeds
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
