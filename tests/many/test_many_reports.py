"""Every report over 2, 20 and 200 plans: the same bytes in any order, the worst plan first, and not too long."""

from __future__ import annotations

import gc
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plan_documents import change, plan, written
from planguard import reports
from planguard.cli import judging, many
from planguard.model import Outcome, Report, Severity
from planguard.reports import FORMATS, Style
from planguard.reports.comment import GITHUB

PRODUCTION = {"environment": "production"}
ONE_LINE = 120_000
"""Characters of a report for people over 200 plans, of which 29 lose a database."""


def document(number: int) -> object:
    """Every seventh plan loses a database; every fifth weakens a protection; the others tell nothing."""
    found = [change(f"aws_sqs_queue.q{number}", ("update",), before={"name": "q"}, after={"name": "q", "tags": {}})]
    if number % 7 == 3:
        before = {"id": f"db{number}", "identifier": f"db{number}", "tags": PRODUCTION}
        found.append(change(f"aws_db_instance.db{number}", before=before))
    if number % 5 == 1:
        role: tuple[dict[str, object], ...] = tuple(
            {"name": "r", "force_detach_policies": value, "tags": PRODUCTION} for value in (False, True)
        )
        before_role, after_role = role
        found.append(change(f"aws_iam_role.r{number}", ("update",), before=before_role, after=after_role))
    return plan(*found)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Report, ...]]:
    folder: Path = tmp_path_factory.mktemp("m")
    names = [written(folder, document(number), f"s{number:03}.json") for number in range(200)]
    done = many.judged(names, judging.policy(None), many.Way(drawn=True), jobs=1)
    assert not done.errors and len(done.reports) == 200
    yield tuple(
        one._replace(assessment=one.assessment._replace(plan=one.assessment.plan._replace(source=f"s{number:03}.json")))
        for number, one in enumerate(done.reports)
    )
    gc.enable()


@pytest.mark.parametrize("number", [2, 20, 200])
@pytest.mark.parametrize("name", FORMATS)
def test_any_order_gives_the_same_bytes(judged: tuple[Report, ...], name: str, number: int) -> None:
    some = list(judged[:number])
    text = reports.render(name, some, Style(80))
    random.Random(number).shuffle(some)
    assert reports.render(name, some, Style(80)) == text
    if number > 2:
        assert "aws_db_instance.db3" in re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), text).replace("\\", "")


@pytest.mark.parametrize("name", ["terminal", "comment", "comment-gitlab", "summary"])
def test_people_read_the_worst_first_and_the_silent_plans_once(judged: tuple[Report, ...], name: str) -> None:
    text = re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), reports.render(name, judged, Style(80)))
    worst = [one.assessment.plan.source for one in judged if one.verdict.outcome is not Outcome.PASS]
    assert len(worst) == 29 and all(source in text for source in worst[:20])
    silent = [one.assessment.plan.source for one in judged if not one.assessment.findings]
    assert len(silent) > 100 and not any(source in text for source in silent)
    assert f"{len(silent)} more plans" in text
    assert len(text) < ONE_LINE
    first_pass = next(one.assessment.plan.source for one in judged if one.verdict.outcome is Outcome.PASS)
    assert first_pass not in text[: text.index(worst[0])]


def test_a_comment_fits(judged: tuple[Report, ...]) -> None:
    assert len(reports.render("comment", judged)) <= GITHUB


def test_agents_are_told_how_many_more_there_are(judged: tuple[Report, ...]) -> None:
    told = json.loads(reports.render("agent", judged))
    spoken = len([one for one in judged if one.assessment.findings])
    assert len(told["plans"]) == 25 and told["more_plans"] == spoken - 25
    assert told["plans_with_nothing_to_tell"] == 200 - spoken
    assert told["plans"][0]["findings"][0]["severity"] == "critical"


def test_the_verdict_over_all_says_how_much_there_is(judged: tuple[Report, ...]) -> None:
    verdict = reports.overall(judged)
    critical = [one for report in judged for one in report.assessment.findings if one.severity is Severity.CRITICAL]
    assert (verdict.outcome, verdict.exit_code) == (Outcome.NEEDS_APPROVAL, 10)
    last = reports.render("terminal", judged, Style(80)).splitlines()[-1]
    assert last == f"BLOCKED   {len(critical)} findings need a human's consent (exit 10)"
