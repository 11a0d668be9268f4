"""The JSON report keeps its contract."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from planguard import reports
from planguard.model import Cause, Evidence, Outcome, Report, Verdict

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "report-v1.schema.json").read_text(encoding="utf-8"))


def read(*several: Report) -> dict[str, Any]:
    text = reports.render("json", several)
    assert text.endswith("}\n")
    document: dict[str, Any] = json.loads(text)
    Draft202012Validator(SCHEMA).validate(document)
    return document


def test_schema_itself_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ["losses", "clean", "forbidden", "approved"])
def test_every_report_fits_the_schema(name: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    document = read(report)
    assert document["verdict"] == report.verdict.outcome.value
    assert document["exit_code"] == report.verdict.exit_code


def test_fields_of_a_finding(losses: Report) -> None:
    document = read(losses)
    assert [(finding["severity"], finding["address"]) for finding in document["findings"]] == [
        ("critical", 'aws_dynamodb_table.cart["a"]'),
        ("critical", 'module.orders["eu-west-1"].aws_db_instance.main'),
        ("high", "aws_subnet.private[0]"),
        ("medium", "aws_db_instance.ledger"),
        ("low", "aws_ecs_task_definition.app"),
    ]
    database = document["findings"][1]
    assert database["rule"] == "database-replacement"
    assert database["environment"]["value"] == "production"
    assert database["environment"]["evidence"][0] == {
        "value": "production", "source": "tag env", "text": "prod", "rank": 2
    }  # fmt: skip
    assert database["cause"]["attributes"] == ["db_name"]
    unknown = dict.fromkeys(("destroyed", "updated", "created", "cut_off"))
    assert database["dependents"] == {"direct": 3, "total": 14, **unknown, "named": [], "categories": {}}
    assert database["source"] == {"file": "modules/orders/main.tf", "line": 12}
    assert document["waived"][0]["until"] == "2027-01-31"
    assert document["undecided"][0]["address"] == "aws_lambda_invocation.seed"
    assert document["notes"] == ["A waiver for aws_instance.old ended on 2026-11-01."]


def test_approval_names_who_agreed(approved: Report) -> None:
    assert read(approved)["consent"] == {"fingerprint": "f" * 64, "by": ["ada", "grace"]}


def test_order_of_the_assessment_does_not_matter(many: Callable[[int], Report]) -> None:
    report = many(40)
    shuffled = list(report.assessment.findings)
    random.Random(7).shuffle(shuffled)
    again = report._replace(assessment=report.assessment._replace(findings=tuple(shuffled)))
    assert reports.render("json", [again]) == reports.render("json", [report])


def test_several_plans_have_the_worst_verdict_on_top(losses: Report, clean: Report, forbidden: Report) -> None:
    document = read(losses, clean, forbidden)
    assert (document["verdict"], document["exit_code"]) == ("blocked", 11)
    assert document["reasons"] == ["plans/prod.json: table-deletion is forbidden by planguard.yml"]
    assert sorted(run["verdict"] for run in document["runs"]) == ["blocked", "needs_approval", "pass"]
    assert reports.render("json", [losses, clean, forbidden]) == reports.render("json", [forbidden, losses, clean])


def test_schema_refuses_an_unknown_field(losses: Report) -> None:
    document = read(losses)
    document["findings"][0]["extra"] = 1
    assert not Draft202012Validator(SCHEMA).is_valid(document)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=30))
def test_any_text_comes_back_as_it_was(losses: Report, text: str) -> None:
    finding = losses.assessment.findings[0]
    evidence = (Evidence(finding.environment.tier, "tag env", text, 2),)
    hostile = finding._replace(
        address=text, message=text, remedy=text, cause=Cause(text, (text,), text, (text,)),
        environment=finding.environment._replace(evidence=evidence),
    )  # fmt: skip
    verdict = Verdict(Outcome.NEEDS_APPROVAL, 10, (text,))
    document = read(Report(losses.assessment._replace(findings=(hostile,)), verdict))
    expected = re.sub("[\ud800-\udfff]", "\ufffd", text)
    found = document["findings"][0]
    assert [found["address"], found["message"], found["remedy"], found["cause"]["root"]] == [expected] * 4
    assert document["reasons"] == [expected]


def _fields(node: Any) -> set[str]:
    """Every property name of the schema."""
    if isinstance(node, list):
        return set().union(*map(_fields, node))
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own.union(*map(_fields, node.values()))


def test_every_field_is_documented() -> None:
    text = (DOCS / "report-v1.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z_]+)`", text))
    assert _fields(SCHEMA) - documented == set()


def test_documented_fields_exist() -> None:
    text = (DOCS / "report-v1.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", text, flags=re.MULTILINE))
    assert rows - _fields(SCHEMA) == set()


def test_json_is_writable_in_utf8_and_shows_invisible_characters(losses: Report) -> None:
    finding = losses.assessment.findings[0]._replace(address="a\u202eb\x1b[31m\ud800größe")
    text = reports.render("json", [Report(losses.assessment._replace(findings=(finding,)), losses.verdict)])
    text.encode("utf-8")
    assert "\\u202e" in text and "\\u001b" in text and "größe" in text
    assert "\u202e" not in text and "\x1b" not in text
