"""JUnit, annotations and GitLab's code quality: what fails, what is skipped, and what each place shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from planguard.model import Report, Severity
from planguard.reports import FORMATS, render
from planguard.reports.annotations import SHOWN
from report_readers import Command, read_commands

# --- JUnit ------------------------------------------------------------------------------------------------------------


def suites(*reports: Report) -> Element:
    root = ElementTree.fromstring(render("junit", reports))
    for suite in [root, *root]:
        cases = [*suite.iter("testcase")]
        assert int(suite.attrib["tests"]) == len(cases)
        assert int(suite.attrib["failures"]) == len([*suite.iter("failure")])
        assert int(suite.attrib["errors"]) == len([*suite.iter("error")])
        assert int(suite.attrib["skipped"]) == len([*suite.iter("skipped")])
        assert len({(case.attrib["classname"], case.attrib["name"]) for case in cases}) == len(cases)
    return root


def results(root: Element) -> list[tuple[str, str]]:
    return [(case.attrib["name"], "".join(child.tag for child in case)) for case in root.iter("testcase")]


def test_what_needs_consent_fails(losses: Report) -> None:
    root = suites(losses)
    assert [suite.attrib["name"] for suite in root] == ["plans/prod.json"]
    assert results(root) == [
        ('aws_dynamodb_table.cart["a"]: destroy', "failure"),
        ('module.orders["eu-west-1"].aws_db_instance.main: replace (destroyed first)', "failure"),
        ("aws_subnet.private[0]: replace (new one first)", "failure"),
        ("aws_lambda_invocation.seed", "failure"),
        ("aws_instance.batch", "skipped"),
        ("aws_db_instance.ledger: update in place", "system-out"),
        ("aws_ecs_task_definition.app: replace (destroyed first)", "system-out"),
    ]


def test_a_case_says_where_and_why(losses: Report) -> None:
    case = next(case for case in suites(losses).iter("testcase") if case.attrib["name"].startswith("module.orders"))
    assert (case.attrib["file"], case.attrib["line"]) == ("modules/orders/main.tf", "12")
    assert case.attrib["classname"] == "plans/prod.json.database-replacement"
    (failure,) = case
    assert failure.attrib["type"] == "critical"
    assert "Why: db_name changes" in (failure.text or "")
    assert "Safer: Keep db_name as it is" in (failure.text or "")


def test_the_run_decides_what_needs_consent(losses: Report) -> None:
    stricter = results(suites(losses._replace(consent_from=Severity.MEDIUM)))
    assert ("aws_db_instance.ledger: update in place", "failure") in stricter
    laxer = results(suites(losses._replace(consent_from=Severity.CRITICAL)))
    assert ("aws_subnet.private[0]: replace (new one first)", "system-out") in laxer


def test_what_somebody_agreed_to_is_skipped(approved: Report) -> None:
    root = suites(approved)
    assert {result for _, result in results(root)} == {"skipped", "system-out"}
    assert next(root.iter("skipped")).attrib["message"].startswith("ada, grace agreed to exactly this")


def test_a_rule_that_broke_is_an_error(forbidden: Report) -> None:
    (error,) = suites(forbidden).iter("error")
    assert error.text == "it divides by zero"


def test_nothing_found_is_a_test_that_passes(clean: Report) -> None:
    assert results(suites(clean)) == [("nothing to lose", "")]


def test_a_suite_for_each_plan(losses: Report, clean: Report) -> None:
    root = suites(losses, clean)
    assert len(root) == 2


def test_many_findings_are_cut_and_said(many: Callable[[int], Report]) -> None:
    found = results(suites(many(6_000)))
    assert len(found) == 5_001
    assert found[-1][0] == "1,000 more; the json report lists all"


@pytest.mark.parametrize("name", ["junit", "sarif", "gitlab"])
def test_machines_get_ascii_and_read_every_letter(losses: Report, name: str) -> None:
    (first, *rest) = losses.assessment.findings
    findings = (first._replace(address='a.b["größe データ 🔥"]'), *rest)
    text = render(name, [losses._replace(assessment=losses.assessment._replace(findings=findings))])
    assert text.isascii()
    read = ElementTree.tostring(ElementTree.fromstring(text), "unicode") if name == "junit" else str(json.loads(text))
    assert "größe データ 🔥" in read


# --- annotations ------------------------------------------------------------------------------------------------------


def commands(*reports: Report) -> list[Command]:
    found, plain = read_commands(render("annotations", reports))
    assert plain == []
    return found


def test_the_verdict_comes_first_then_the_worst(losses: Report) -> None:
    found = commands(losses)
    assert [(one.name, one.properties["title"]) for one in found] == [
        ("error", "planguard: BLOCKED"),
        ("error", 'critical: aws_dynamodb_table.cart["a"]: destroy'),
        ("error", 'critical: module.orders["eu-west-1"].aws_db_instance.main: replace (destroyed first)'),
        ("error", "high: aws_subnet.private[0]: replace (new one first)"),
        ("error", "Cannot tell: somebody has to look"),
        ("warning", "medium: aws_db_instance.ledger: update in place"),
        ("notice", "low: aws_ecs_task_definition.app: replace (destroyed first)"),
    ]
    assert found[0].message == "2 production losses need a human's consent"
    placed = [one.properties for one in found if "file" in one.properties]
    assert [(one["file"], one["line"]) for one in placed] == [("modules/orders/main.tf", "12")]


def test_a_pass_is_a_notice(clean: Report, approved: Report) -> None:
    assert commands(clean) == [Command("notice", {"title": "planguard: PASS"}, "nothing to lose")]
    agreed = commands(approved)
    assert agreed[0].message == "ada, grace agreed to exactly this"
    assert "error" not in {one.name for one in agreed}


@pytest.mark.parametrize("count", [5, 49, 50, 200, 5_000])
def test_no_more_than_github_shows_and_the_last_says_so(many: Callable[[int], Report], count: int) -> None:
    found = commands(many(count))
    kinds = [("error", "error", "error", "warning", "notice")[number % 5] for number in range(count)]
    for level in ("error", "warning", "notice"):
        shown = [one for one in found if one.name == level]
        assert len(shown) <= SHOWN
        wanted = kinds.count(level) + (1 if level == "error" else 0)
        if wanted > SHOWN:
            assert len(shown) == SHOWN
            assert re.match("[0-9,]+ more annotations? of this level", shown[-1].message)
            left = int(shown[-1].message.split()[0].replace(",", ""))
            assert left + SHOWN - 1 == wanted


# --- GitLab's code quality --------------------------------------------------------------------------------------------


def test_code_quality_has_the_fields_that_gitlab_reads(losses: Report, forbidden: Report) -> None:
    issues = json.loads(render("gitlab", [losses, forbidden._replace(verbose=True)]))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert re.fullmatch("[0-9a-f]{64}", issue["fingerprint"])
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith("/")


def test_code_quality_grades_and_places(losses: Report) -> None:
    issues = json.loads(render("gitlab", [losses]))
    assert [(issue["check_name"], issue["severity"]) for issue in issues] == [
        ("table-deletion", "blocker"),
        ("database-replacement", "blocker"),
        ("network-replacement", "critical"),
        ("protection-removed", "major"),
        ("stateless-replacement", "minor"),
        ("custom-resource", "critical"),
    ]
    assert issues[1]["location"] == {"path": "modules/orders/main.tf", "lines": {"begin": 12}}
    assert issues[0]["location"] == {"path": "plans/prod.json", "lines": {"begin": 1}}
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_nothing_found_is_an_empty_list(clean: Report) -> None:
    assert render("gitlab", [clean]) == "[]\n"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/tmp/x/plan.json", "tmp/x/plan.json"),
        ("C:\\a\\plan.json", "a/plan.json"),
        ("../../plan.json", "plan.json"),
        ("./a//b/./plan.json", "a/b/plan.json"),
        ("<stdin>", "stdin"),
        ("..", "plan"),
        ("", "plan"),
    ],
)
def test_places_are_relative(losses: Report, path: str, shown: str) -> None:
    plan = losses.assessment.plan._replace(source=path)
    issues = json.loads(render("gitlab", [losses._replace(assessment=losses.assessment._replace(plan=plan))]))
    assert issues[0]["location"]["path"] == shown


def test_an_edit_stands_in_its_directory(losses: Report) -> None:
    plan = losses.assessment.plan._replace(
        source="infra/prod with infra/prod.tfvars against main", format="terraform-sources"
    )
    issues = json.loads(render("gitlab", [losses._replace(assessment=losses.assessment._replace(plan=plan))]))
    assert issues[0]["location"]["path"] == "infra/prod/main.tf"


# --- the page about all of them ---------------------------------------------------------------------------------------


def test_the_page_names_every_format() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    assert [name for name in FORMATS if f"`{name}`" not in page] == []
