"""SARIF, held against the published schema, and against what GitHub asks for beyond it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from hostile_reports import HOSTILE, LONG, hostile
from planguard import bundled
from planguard.model import Report, Severity
from planguard.reports import render
from planguard.reports.sarif import MOST, message, uri

SCHEMA = Path(__file__).parents[1] / "schemas" / "sarif-2.1.0-rtm.5.json"


@pytest.fixture(scope="module")
def validator() -> Draft4Validator:
    return Draft4Validator(
        json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=Draft4Validator.FORMAT_CHECKER
    )


def run_of(*reports: Report) -> dict[str, Any]:
    log = json.loads(render("sarif", reports))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_every_report_is_valid(
    validator: Draft4Validator, losses: Report, clean: Report, forbidden: Report, approved: Report
) -> None:
    for reports in ([losses], [clean], [forbidden], [approved], [losses, clean, forbidden]):
        validator.validate(json.loads(render("sarif", reports)))


def test_hostile_reports_are_valid(validator: Draft4Validator) -> None:
    for text in (*HOSTILE, *LONG):
        validator.validate(json.loads(render("sarif", [hostile(text)])))


def test_the_schema_would_find_it(validator: Draft4Validator, losses: Report) -> None:
    log = json.loads(render("sarif", [losses]))
    log["runs"][0]["results"][0]["level"] = "critical"
    assert not validator.is_valid(log)


def test_a_result_says_where_it_stands(losses: Report) -> None:
    results = {result["message"]["text"].split(":")[0]: result for result in run_of(losses)["results"]}
    physical = results['module.orders["eu-west-1"].aws_db_instance.main']["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "modules/orders/main.tf", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 12}
    fallback = results["aws_subnet.private[0]"]["locations"][0]
    assert fallback["physicalLocation"]["artifactLocation"]["uri"] == "plans/prod.json"
    assert fallback["physicalLocation"]["region"] == {"startLine": 1}
    assert fallback["logicalLocations"] == [{"fullyQualifiedName": "aws_subnet.private[0]", "kind": "resource"}]


def test_every_result_has_what_github_needs(losses: Report, forbidden: Report) -> None:
    run = run_of(losses, forbidden)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        assert re.fullmatch(r"[\w.~/%-]+", location["physicalLocation"]["artifactLocation"]["uri"])
        assert not location["physicalLocation"]["artifactLocation"]["uri"].startswith("/")
        assert re.fullmatch("[0-9a-f]{16}:1", result["partialFingerprints"]["primaryLocationLineHash"])


def test_levels_and_scores_follow_the_severity(losses: Report) -> None:
    run = run_of(losses)
    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    assert levels == {
        "database-replacement": "error",
        "table-deletion": "error",
        "network-replacement": "error",
        "protection-removed": "warning",
        "stateless-replacement": "note",
        "custom-resource": "warning",
    }
    scores = {rule["id"]: float(rule["properties"]["security-severity"]) for rule in run["tool"]["driver"]["rules"]}
    assert scores["database-replacement"] > 9.0
    assert 7.0 <= scores["network-replacement"] < 9.0
    assert 4.0 <= scores["protection-removed"] < 7.0
    assert scores["stateless-replacement"] < 4.0


def test_a_rule_brings_its_help_along(losses: Report) -> None:
    (first, *_) = losses.assessment.findings
    known = first._replace(rule="data-deletion")
    report = losses._replace(assessment=losses.assessment._replace(findings=(known,), waived=(), undecided=()))
    (rule,) = run_of(report)["tool"]["driver"]["rules"]
    source = bundled.load("hazards")["data-deletion"]
    assert rule["shortDescription"]["text"] == source["title"]
    assert " ".join(source["fix"].split()) in rule["help"]["markdown"]
    assert " ".join(source["why"].split()) in rule["help"]["text"]
    assert rule["helpUri"] == source["references"][0]
    assert {"security"} <= set(rule["properties"]["tags"])


def test_every_shipped_rule_can_be_described(validator: Draft4Validator, losses: Report) -> None:
    (first, *_) = losses.assessment.findings
    findings = tuple(first._replace(rule=rule) for rule in bundled.load("hazards"))
    report = losses._replace(assessment=losses.assessment._replace(findings=findings))
    log = json.loads(render("sarif", [report]))
    validator.validate(log)
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024


def test_what_was_accepted_is_suppressed_and_says_why(losses: Report) -> None:
    suppressed = [result for result in run_of(losses)["results"] if "suppressions" in result]
    (result,) = suppressed
    assert result["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "low stateless-replacement, accepted by ops until 2027-01-31: rebuilt every night",
        }
    ]


def test_a_question_is_a_warning(losses: Report) -> None:
    (result,) = [result for result in run_of(losses)["results"] if result["properties"].get("undecided")]
    assert result["level"] == "warning"
    assert "Cannot tell" in result["message"]["text"]


def test_a_rule_that_broke_is_told_to_the_tool(forbidden: Report) -> None:
    (invocation,) = run_of(forbidden)["invocations"]
    assert invocation["executionSuccessful"] is False
    (error,) = [one for one in invocation["toolExecutionNotifications"] if one["level"] == "error"]
    assert error["associatedRule"] == {"id": "my-rule"}
    assert "it divides by zero" in error["message"]["text"]


def test_fingerprints_stay_and_differ(losses: Report) -> None:
    def prints(report: Report) -> list[str]:
        return [result["partialFingerprints"]["planguard/v1"] for result in run_of(report)["results"]]

    assert prints(losses) == prints(losses)
    assert len(set(prints(losses))) == len(prints(losses))
    elsewhere = losses.assessment.plan._replace(source="plans/dev.json")
    other = losses._replace(assessment=losses.assessment._replace(plan=elsewhere))
    assert not set(prints(losses)) & set(prints(other))


def test_what_the_plan_is_called_names_the_analysis(losses: Report, clean: Report) -> None:
    assert run_of(losses)["automationDetails"]["id"] == "planguard/plans/prod.json/"
    assert run_of(losses, clean)["automationDetails"]["id"] == "planguard/"
    piped = clean.assessment.plan._replace(source="<stdin>")
    assert run_of(clean._replace(assessment=clean.assessment._replace(plan=piped)))["automationDetails"]["id"] == (
        "planguard/"
    )


def test_too_many_results_are_cut_and_said(many: Callable[[int], Report]) -> None:
    text = render("sarif", [many(MOST + 400)])
    (run,) = json.loads(text)["runs"]
    assert len(run["results"]) == MOST
    levels = [result["level"] for result in run["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    (notice,) = [one for one in run["invocations"][0]["toolExecutionNotifications"] if one["level"] == "warning"]
    assert notice["message"]["text"].startswith("400 results of the least weight are left out")
    assert len(gzip.compress(text.encode())) < 10_000_000


def test_no_message_holds_a_link_or_a_placeholder() -> None:
    assert message("a [x](https://example.invalid) {0} b") == "a [x] (https://example.invalid) { 0} b"


def test_a_path_becomes_a_uri() -> None:
    assert uri("a b/ü#?.tf") == "a%20b/%C3%BC%23%3F.tf"


def test_severities_have_a_score() -> None:
    from planguard.reports.sarif_rules import SCORES

    assert set(SCORES) == set(Severity)
