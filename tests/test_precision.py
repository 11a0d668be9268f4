"""The labelled plans come out as labelled, the measure can fail, and the page with the figures is up to date."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # bench/ lies beside the tests

import precision_cases
from bench import compare, confusion, labelled, precision, sections
from planguard.policy import rulebook

CASES = labelled.own()
JUDGED = {item.case.id: item for item in labelled.judge(CASES)}
BY_ID = {case.id: case for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}-{case.id}")
def test_a_labelled_plan_comes_out_as_labelled(case):
    item = JUDGED[case.id]
    told = [f"{finding.rule} {finding.severity.value} {finding.address}" for finding in (*item.true, *item.false)]
    assert item.verdict == case.verdict, told
    assert not item.missed, told
    assert not item.false, [f"{finding.rule} on {finding.address}" for finding in item.false]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}-{case.id}")
def test_a_label_says_why_and_names_what_exists(case):
    rules = {rule.id for rule in rulebook.shipped()}
    assert case.why and case.why[0] != " "
    assert case.source is None or case.source.startswith("https://")
    assert {rule for names in case.flag.values() for rule in names} <= rules
    assert bool(case.flag) == (case.verdict != labelled.ALLOW)
    document = json.loads(case.document)
    told = {change["address"] for key in ("resource_changes", "resource_drift") for change in document.get(key, ())}
    assert set(case.flag) <= {"", *told}


def relabelled(name, **changes):
    (item,) = labelled.judge([BY_ID[name]._replace(**changes)])
    return item


def test_a_loss_that_is_labelled_harmless_is_a_false_alarm():
    item = relabelled("rds-deleted", verdict=labelled.ALLOW, flag={})
    assert [finding.rule for finding in item.false] == ["data-deletion"] and not item.right


def test_a_warning_that_is_too_loud_is_a_false_alarm():
    item = relabelled("rds-deleted", verdict=labelled.WARN)
    assert [finding.rule for finding in item.false] == ["data-deletion"] and not item.true


def test_a_harmless_plan_that_is_labelled_a_loss_is_missed():
    at = {"null_resource.migrate": ("data-deletion",)}
    item = relabelled("null-resource-triggered", verdict=labelled.BLOCK, flag=at)
    assert item.missed == (("null_resource.migrate", "data-deletion"),) and item.verdict == labelled.ALLOW


def test_an_alarm_of_another_rule_does_not_count():
    item = relabelled("rds-deleted", flag={"aws_db_instance.main": ("key-loss",)})
    assert item.missed == (("aws_db_instance.main", "key-loss"),)


def test_the_table_counts_by_rule():
    wrong = relabelled("rds-deleted", verdict=labelled.ALLOW, flag={})
    missed = relabelled("rds-deleted", flag={"aws_db_instance.main": ("key-loss",)})
    text = confusion.by_rule([JUDGED["rds-deleted"], wrong, missed])
    assert "| data-deletion | 2 | 1 | 0 |" in text
    assert "| key-loss | 0 | 0 | 1 |" in text
    assert "| rds-deleted | allow | block | `data-deletion` on `aws_db_instance.main` |" in confusion.disagreements(
        [wrong]
    )


def test_the_page_has_todays_figures():
    assert sections.get(precision.PAGE, "own") == precision.own_part().strip(), "run `make precision`"


@pytest.mark.skipif("PLANGUARD_INCIDENTS" not in os.environ, reason="PLANGUARD_INCIDENTS is not set: no replays")
def test_the_page_has_todays_figures_of_the_replays():
    text = precision.replays_part(Path(os.environ["PLANGUARD_INCIDENTS"]))
    assert sections.get(precision.PAGE, "replays") == text.strip(), "run `make precision`"


@pytest.mark.skipif("PLANGUARD_CORPUS" not in os.environ, reason="PLANGUARD_CORPUS is not set: no public plans")
def test_the_page_has_todays_figures_of_the_public_plans():
    text = precision.corpus.page(precision.corpus.run(Path(os.environ["PLANGUARD_CORPUS"])))
    assert "unread" not in text.replace("0 of them unread", ""), "read the new findings: bench/readings.yaml"
    assert sections.get(precision.PAGE, "public") == text.strip(), "run `make precision`"


def test_a_part_is_written_and_the_others_stay(tmp_path):
    page = tmp_path / "page.md"
    marks = "<!-- {0}: written by a command -->\n<!-- {0}: end -->\n"
    page.write_text("# Page\n" + marks.format("a") + "between\n" + marks.format("b"), encoding="utf-8")
    sections.put(page, "b", "new")
    sections.put(page, "b", "newer")
    assert (sections.get(page, "a"), sections.get(page, "b")) == ("", "newer")
    assert "between" in page.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no part called c"):
        sections.put(page, "c", "text")


def test_a_case_with_a_wrong_key_is_refused():
    with pytest.raises(ValueError, match="no case has verdikt"):
        precision_cases._case({"id": "x", "verdikt": "block"}, "data", {})
    with pytest.raises(ValueError, match="no change has atr"):
        precision_cases._element({"at": "aws_vpc.main", "do": "delete", "atr": 1}, {}, {})


def test_a_case_becomes_what_terraform_would_write():
    change = {"at": 'module.a.aws_sqs_queue.q["x"]', "do": "swap", "by": ["name"], "after": {"name": "b"}}
    element = precision_cases._element(change, {"aws_sqs_queue": {"name": "a"}}, {"env": "prod"})
    assert (element["module_address"], element["type"], element["index"]) == ("module.a", "aws_sqs_queue", "x")
    inner = element["change"]
    assert inner["actions"] == ["create", "delete"] and inner["replace_paths"] == [["name"]]
    assert (inner["before"]["name"], inner["after"]["name"]) == ("a", "b")
    assert inner["before"]["tags_all"] == {"env": "prod"}
    assert inner["after_unknown"] == {"id": True} and "id" not in inner["after"]


def test_the_comparison_counts_and_says_what_could_not_be_run():
    cases = [BY_ID["rds-deleted"], BY_ID["kms-key-disabled"], BY_ID["null-resource-triggered"]]
    tools = [
        compare.Tool("planguard 1", frozenset({"rds-deleted", "kms-key-disabled"})),
        compare.Tool("jq-1.7", frozenset({"rds-deleted", "null-resource-triggered"})),
        compare.Tool("checkov", None, "checkov could not be installed"),
    ]
    text = compare.page(cases, tools, compare.date(2026, 1, 2))
    assert "Taken on 2026-01-02." in text
    assert "| planguard 1 | 2 | 0 | 0 |" in text
    assert "| jq-1.7 | 1 | 1 | 1 |" in text
    assert "checkov could not be installed |" in text
    assert "`kms-key-disabled`" in text and "**checkov**" not in text
