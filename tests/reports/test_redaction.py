"""No sensitive string of the plan is left in anything that can be printed, and nothing else is lost."""

from __future__ import annotations

import base64
import html
import json
import shlex
import time
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from planguard import reports
from planguard.masking import MASK, is_strong, masker
from planguard.model import (
    Cause,
    Consent,
    Environment,
    Evidence,
    Location,
    Note,
    Outcome,
    Report,
    RuleFailure,
    Tier,
    Undecided,
    Values,
    Verdict,
)
from planguard.redaction import redact
from planguard.reports import Style

SECRET = "S3cr3t-canary/0001"


def clean(text: str, *secrets: str) -> str:
    return masker(secrets, {text})(text)


def everywhere(report: Report, text: str) -> Report:
    """The report with a text in every field that may be printed."""
    environment = Environment(Tier.PRODUCTION, (Evidence(Tier.PRODUCTION, text, text, 2),))
    finding = report.assessment.findings[0]._replace(
        address=text, environment=environment, message=text, lost=text, remedy=text, evidence=(text,),
        cause=Cause(text, (text,), text, (text, text)), source=Location(text, 1),
    )  # fmt: skip
    change = report.assessment.plan.changes[0]
    change = change._replace(
        resource=change.resource._replace(address=text, key=text, module=text), previous_address=text, importing=text,
        before=Values.of({"password": text}), physical_id=text, replace_paths=((text,),),
    )  # fmt: skip
    assessment = report.assessment._replace(
        findings=(finding,),
        waived=tuple(item._replace(finding=finding, reason=text, by=text) for item in report.assessment.waived),
        undecided=(Undecided("custom-resource", text, text),),
        failed=(RuleFailure("my-rule", text, text),),
        environment=environment,
        notes=(Note(text),),
        plan=report.assessment.plan._replace(
            source=text, version=text, workspace=text, notes=(Note(text),), changes=(change,),
            undecided=(Undecided("unknown-action", text, text),), variables={"v": text}, secrets=frozenset([SECRET]),
        ),
    )  # fmt: skip
    return report._replace(
        assessment=assessment, verdict=Verdict(Outcome.BLOCKED, 11, (text,), Consent("f" * 64, (text,)))
    )


def strings(node: object) -> list[str]:
    """Every string inside a report, wherever it hangs."""
    if isinstance(node, str):
        return [str(node)]
    if isinstance(node, Values):
        return strings(node.tree)
    if isinstance(node, dict):
        return [text for item in node.items() for text in strings(item)]
    if isinstance(node, (list, tuple, frozenset)):
        return [text for item in node for text in strings(item)]
    return []


# --- every field ------------------------------------------------------------------------------------------------------


def test_secret_is_gone_from_every_field(losses: Report) -> None:
    report = everywhere(losses, f"before {SECRET} after")
    assert any(SECRET in text for text in strings(report))
    assert [text for text in strings(redact(report)) if SECRET in text] == []


@pytest.mark.parametrize("name", list(reports.FORMATS))
def test_secret_is_gone_from_every_format(losses: Report, name: str) -> None:
    report = everywhere(losses, f"before {SECRET} after")._replace(verbose=True)
    for color in (False, True):
        assert SECRET not in reports.render(name, [redact(report)], Style(4000, color, color))


def test_values_never_reach_a_renderer_even_without_secrets(losses: Report) -> None:
    report = everywhere(losses, "text")
    report = report._replace(
        assessment=report.assessment._replace(plan=report.assessment.plan._replace(secrets=frozenset()))
    )
    plan = redact(report).assessment.plan
    assert plan.changes[0].before is None
    assert (plan.variables, plan.secrets, plan.providers) == ({}, frozenset(), ())


def test_what_is_not_text_from_outside_stays(losses: Report) -> None:
    secrets = frozenset(["database-replacement", "critical", "a" * 64, "aws_db_instance", "terraform-plan", "tag env"])
    report = losses._replace(
        assessment=losses.assessment._replace(plan=losses.assessment.plan._replace(secrets=secrets))
    )
    finding = redact(report).assessment.findings[0]
    assert (finding.rule, finding.severity.value, finding.fingerprint) == ("database-replacement", "critical", "a" * 64)
    assert finding.type == "aws_db_instance"


def test_without_secrets_texts_stay_as_they_are(losses: Report) -> None:
    again = redact(losses).assessment
    assert (again.findings, again.waived, again.undecided) == (
        losses.assessment.findings, losses.assessment.waived, losses.assessment.undecided
    )  # fmt: skip


def test_order_of_a_replacement_is_still_known_when_the_address_is_masked(losses: Report) -> None:
    plan = losses.assessment.plan._replace(secrets=frozenset(["private[0]"]))
    report = redact(losses._replace(assessment=losses.assessment._replace(plan=plan)))
    text = reports.render("terminal", [report])
    assert "== HIGH  replace (new one first)" in text
    assert "  aws_subnet.(sensitive)\n" in text


# --- what counts as an occurrence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("db is S3cr3t!", ["S3cr3t!"], "db is (sensitive)"),
        ("xS3cr3tx", ["S3cr3t"], "x(sensitive)x"),
        ("abc-efg-ij", ["abc-e1", "abc-ef", "efg-ij"], "(sensitive)"),
        ("one-1-two and one-1", ["one-1-two", "one-1-"], "(sensitive) and one-1"),
        ('t["k3y-0001"].x', ["k3y-0001"], 't["(sensitive)"].x'),
        # plain words: only as values
        ("the production database postgres", ["postgres", "database"], "the production database postgres"),
        ('engine changes from "postgres" to "mysql"', ["postgres"], 'engine changes from "(sensitive)" to "mysql"'),
        ("engine=postgres, x", ["postgres"], "engine=(sensitive), x"),
        ("postgres://app:swordfish@db", ["swordfish"], "postgres://app:(sensitive)@db"),
        ("postgres", ["postgres"], MASK),
        ("prod-orders-db", ["prod"], "prod-orders-db"),
        ("prod", ["prod"], MASK),
        ('aws_db_instance.db["prod"]', ["prod"], 'aws_db_instance.db["prod"]'),
        ('"{\\"password\\":\\"letmein\\"}"', ["letmein"], '"{\\"password\\":\\"(sensitive)\\"}"'),
        # short, but no words: wherever they stand alone
        ("engine changes from 73928 to 5", ["73928"], "engine changes from (sensitive) to 5"),
        ("zq7x9-2 and xzq7x9, check.v8#k", ["zq7x9", "v8#k"], "(sensitive)-2 and xzq7x9, check.(sensitive)"),
        ('aws_db_instance.a["zq7x9"].b[5432]', ["zq7x9", "5432"], 'aws_db_instance.a["zq7x9"].b[5432]'),
        # what looks like the mask, and what is too short
        ("it is sensitive", ["sensitive"], "it is sensitive"),
        ("abc", ["abc"], "abc"),
        # shortened by somebody
        ("from -----BEGIN RSA P… to x", ["-----BEGIN RSA PRIVATE KEY-----"], "from (sensitive)… to x"),
        ("to …:topic/orders-0001 x", ["arn:aws:sns:eu:12:topic/orders-0001"], "to …(sensitive) x"),
        ("token ghp_0123...", ["ghp_0123456789abcdef"], "token (sensitive)..."),
    ],
)
def test_occurrences(text: str, secrets: list[str], expected: str) -> None:
    assert clean(text, *secrets) == expected


@pytest.mark.parametrize("secret", ['pa"ss<wo>rd&1', "tab\tand\nline 12345", "größe-데이터", "a'b\\c${d}%{e}"])
def test_written_forms(secret: str) -> None:
    for form in (
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        json.dumps(secret).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
        html.escape(secret),
        html.escape(secret, quote=False),
        urllib.parse.quote(secret),
        urllib.parse.quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode().rstrip("="),
        shlex.quote(f'"{secret}"')[1:-1],
        shlex.quote(json.dumps(secret, ensure_ascii=False))[1:-1],
    ):
        assert clean(f"x {form} y", secret) in (f"x {MASK} y", f'x "{MASK}" y')


def test_lines_of_a_long_secret() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END KEY-----\n"
    assert clean("key MIIEvQIBADANBgkqhkiG9w0BAQEFAASC here", key) == f"key {MASK} here"


def test_which_secrets_are_words() -> None:
    assert [word for word in ("postgres", "prod", "Production", "12345", "swordfish") if is_strong(word)] == []
    assert all(is_strong(word) for word in ("hunter2", "CANARYSECRET", "correcthorsebattery", "p-ssword", "größer"))


strong = st.text(st.sampled_from(list('abAB01-_"<&\\ü')), min_size=6, max_size=14).filter(is_strong)


@settings(max_examples=200)
@given(secrets=st.lists(strong, min_size=1, max_size=5), filler=st.lists(st.text(max_size=8), min_size=6, max_size=6))
def test_no_strong_secret_survives(secrets: list[str], filler: list[str]) -> None:
    text = "".join(piece for pair in zip(filler, [*secrets, ""], strict=False) for piece in pair)
    assume(not any(secret in MASK for secret in secrets))
    cleaned = clean(text, *secrets)
    assert [secret for secret in secrets if secret in cleaned] == []
    assert clean(cleaned, *secrets) == cleaned


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(count=st.sampled_from([3, 100]))
def test_many_secrets_give_the_same_as_few(losses: Report, count: int) -> None:
    secrets = ["orders-db", *(f"n0t-there-{number}" for number in range(count))]
    text = losses.assessment.findings[1].message + losses.assessment.findings[0].message
    assert clean(text, *secrets) == text.replace("orders-db", MASK)


def test_thousands_of_secrets_and_findings_take_less_than_two_seconds(many: Callable[[int], Report]) -> None:
    report = many(10_000)
    secrets = frozenset(f'{number}-S3cr3t"<{number * 7919}' for number in range(5_000))
    plan = report.assessment.plan._replace(secrets=secrets)
    begin = time.process_time()
    redact(report._replace(assessment=report.assessment._replace(plan=plan)))
    assert time.process_time() - begin < 2.0
