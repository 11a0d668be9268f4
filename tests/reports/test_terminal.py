"""The terminal report: nothing critical is hidden, nothing from outside acts, and it fits."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planguard import reports
from planguard.model import Cause, Consent, Finding, Outcome, Report, Severity, Verdict
from planguard.reports import Style, content, escape
from planguard.reports.layout import break_word, cells, wrap

ANSI = re.compile(r"\x1b\[[0-9;]*m")
WIDTHS = (24, 40, 59, 60, 80, 120, 200)


def render(report: Report, width: int = 80, *, color: bool = False, unicode: bool = False) -> str:
    return reports.render("terminal", [report], Style(width, color, unicode))


def glued(text: str) -> str:
    """The text without anything that wrapping may have put in."""
    return re.sub(r"\s+", "", ANSI.sub("", text))


def with_finding(report: Report, finding: Finding) -> Report:
    return report._replace(assessment=report.assessment._replace(findings=(finding,)))


# --- what it says -----------------------------------------------------------------------------------------------------


def test_last_line_is_the_verdict(losses: Report, clean: Report, forbidden: Report, approved: Report) -> None:
    last = {name: render(report).splitlines()[-1] for name, report in
            {"losses": losses, "clean": clean, "forbidden": forbidden, "approved": approved}.items()}  # fmt: skip
    assert last == {
        "losses": "BLOCKED   2 production losses need a human's consent (exit 10)",
        "clean": "PASS   nothing to lose (3 changes read)",
        "forbidden": "          this (exit 11)",
        "approved": "APPROVED   ada, grace agreed to exactly this (5 changes read)",
    }
    assert "BLOCKED   table-deletion is forbidden by planguard.yml; no consent can override\n" in render(forbidden)


def test_quiet_is_only_the_verdict(losses: Report) -> None:
    assert render(losses._replace(quiet=True)) == "BLOCKED   2 production losses need a human's consent (exit 10)\n"


def test_a_critical_finding_says_everything_that_is_needed(losses: Report) -> None:
    text = render(losses)
    start = text.index("== CRITICAL  replace (destroyed first)")
    block = text[start : text.index("== HIGH")]
    assert 'module.orders["eu-west-1"].aws_db_instance.main\n' in block
    assert "database-replacement ==" in block
    assert "Lost        Every row in it." in block
    assert 'Why         db_name changes from "orders" to "orders_v2"' in block
    assert "Needed by   14 others, 3 of them directly" in block
    assert "Belongs to  production: tag env = prod" in block
    assert "Source      modules/orders/main.tf:12" in block
    assert "Safer       Keep db_name as it is" in block


def test_worst_first_and_mild_ones_are_only_counted(losses: Report) -> None:
    text = render(losses)
    places = [text.index(word) for word in ("CRITICAL", "HIGH", "MEDIUM", "1 low finding is not shown")]
    assert places == sorted(places)
    assert "aws_ecs_task_definition.app" not in text
    assert "aws_ecs_task_definition.app" in render(losses._replace(verbose=True))


def test_order_of_a_replacement_is_told(losses: Report) -> None:
    text = render(losses)
    assert "== HIGH  replace (new one first)" in text
    assert "== CRITICAL  destroy ==" in text


def test_advice_can_be_pasted(losses: Report) -> None:
    assert """              moved {
                from = aws_dynamodb_table.cart["a"]
                to   = aws_dynamodb_table.cart["b"]
              }
""" in render(losses)


def test_contradicting_evidence_is_told(losses: Report) -> None:
    text = render(losses, 100)
    assert "production: tag env = prod, although name = orders-test says not production" in text


def test_waived_undecided_notes_and_broken_rules_are_there(forbidden: Report) -> None:
    text = render(forbidden)
    for part in (
        "aws_instance.batch",
        "accepted by ops until 2027-01-31: rebuilt every",
        "aws_lambda_invocation.seed",
        "What the function does is unseen.",
        "A waiver for aws_instance.old ended on 2026-11-01.",
        "my-rule: it divides by zero",
        "2 critical | 1 high | 1 medium | 1 low | 1 accepted beforehand",
    ):
        assert part in text


def test_several_plans_each_and_together(losses: Report, clean: Report) -> None:
    first = clean._replace(assessment=clean.assessment._replace(
        plan=clean.assessment.plan._replace(source="plans/dev.json")))  # fmt: skip
    text = reports.render("terminal", [first, losses], Style(80))
    tail = text[text.index("2 critical | 1 high") :]
    rows = [re.split(" {2,}", line.strip()) for line in tail.splitlines()[1:-1]]
    assert [row[:2] for row in rows] == [["BLOCKED", "plans/prod.json"], ["PASS", "plans/dev.json"]]
    assert rows[0][2] == "2 critical, 1 high, 1 medium, 1 question, 1 accepted" and rows[1][2] == "3 changes"
    assert tail.splitlines()[-1].startswith("BLOCKED   ")
    assert tail.endswith("(exit 10)\n")


def test_findings_with_one_root_stand_together(losses: Report) -> None:
    cause = losses.assessment.findings[2].cause
    assert cause is not None
    high = losses.assessment.findings[2]
    findings = (
        high._replace(address="a.x", cause=cause._replace(root="r.one")),
        high._replace(address="b.x", cause=cause._replace(root="r.two")),
        high._replace(address="c.x", cause=cause._replace(root="r.one")),
    )
    assert [finding.address for finding in content.by_cause(findings)] == ["a.x", "c.x", "b.x"]


# --- many findings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [300, 2000])
def test_no_critical_finding_is_ever_hidden(many: Callable[[int], Report], count: int) -> None:
    for report in (many(count), each_its_own_message(many(count))):
        text = glued(render(report))
        critical = [finding.address for finding in report.assessment.findings if finding.severity is Severity.CRITICAL]
        assert [address for address in critical if address not in text] == []


def each_its_own_message(report: Report) -> Report:
    """Findings that are not alike."""
    findings = tuple(
        finding._replace(message=f"{finding.message} {number}")
        for number, finding in enumerate(report.assessment.findings)
    )
    return report._replace(assessment=report.assessment._replace(findings=findings))


def test_what_is_not_listed_is_counted(many: Callable[[int], Report]) -> None:
    text = render(each_its_own_message(many(2000)))
    assert "and 400 more: 400 network-replacement; the json report lists all." in text
    assert "and 380 more: 380 protection-removed" in text
    assert text.count("Safer") == 20
    assert "1,180 more findings of this weight, in short" in text


def test_alike_findings_are_told_once(many: Callable[[int], Report]) -> None:
    text = render(many(2000))
    assert text.count("== CRITICAL  400 x destroy") == text.count("== CRITICAL  400 x replace (destroyed first)") == 1
    assert text.count("Every row in it.") == 1
    assert "  and 200 more; the json report lists all\n" in text


def test_instances_of_one_block_are_alike_whatever_their_keys(losses: Report) -> None:
    table = losses.assessment.findings[1]
    findings = tuple(
        table._replace(address=f"aws_dynamodb_table.t[{written}]", cause=Cause(f'the key "{key}" is gone', (), None))
        for key, written in (("a", '"a"'), ("b[0]", '"b[0]"'), ('c"d', '"c\\"d"'))
    )
    text = render(losses._replace(assessment=losses.assessment._replace(findings=findings)))
    assert "== CRITICAL  3 x destroy" in text
    assert 'Why         for the first of them: the key "a" is gone' in text


def test_alike_findings_are_counted_as_people_count(losses: Report) -> None:
    table = losses.assessment.findings[1]
    findings = tuple(table._replace(address=f"aws_dynamodb_table.t[{number}]") for number in (10, 9, 1))
    text = render(losses._replace(assessment=losses.assessment._replace(findings=findings)))
    places = [text.index(f"aws_dynamodb_table.t[{number}]\n") for number in (1, 9, 10)]
    assert places == sorted(places)


def test_ten_thousand_findings_take_less_than_a_second(many: Callable[[int], Report]) -> None:
    report = each_its_own_message(many(10_000))
    for color in (False, True):
        begin = time.process_time()
        render(report, color=color, unicode=color)
        assert time.process_time() - begin < 1.0


# --- where it goes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["losses", "clean", "forbidden", "approved"])
def test_no_line_is_wider_than_the_terminal(name: str, width: int, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    lines = render(report, width, unicode=True).splitlines()
    pasted = re.compile(r"^ +(moved \{|from = |to   = |\})")
    assert [line for line in lines if cells(line) > width and not pasted.match(line)] == []


def test_colour_only_paints(losses: Report) -> None:
    painted = ANSI.sub("", render(losses, color=True, unicode=True))
    plain = render(losses, color=False, unicode=True)
    unpadded = painted.replace("\n BLOCKED    ", "\nBLOCKED   ")
    assert [line.rstrip() for line in unpadded.splitlines()] == plain.splitlines()


def test_plain_report_of_ascii_input_is_ascii(losses: Report) -> None:
    assert render(losses).isascii()


def test_plain_report_does_not_import_rich() -> None:
    code = (
        "import sys\n"
        "from planguard.model import *\n"
        "from planguard import reports\n"
        "r = Report(Assessment(Plan(source='p', format='f')), Verdict(Outcome.PASS, 0))\n"
        "reports.render('terminal', [r]); reports.render('json', [r])\n"
        "heavy = {'rich', 'yaml', 'click', 'networkx', 'msgspec', 'pygments'} & set(sys.modules)\n"
        "print(sorted(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_letters_that_the_encoding_lacks_are_escaped(losses: Report) -> None:
    finding = losses.assessment.findings[0]._replace(address='aws_s3_bucket.größe["データ"]')
    text = reports.render("terminal", [with_finding(losses, finding)], Style(80, encoding="cp1252"))
    assert 'aws_s3_bucket.größe["\\u30c7\\u30fc\\u30bf"]' in text
    text.encode("cp1252")
    reports.render("terminal", [with_finding(losses, finding)], Style(80, encoding="no such thing")).encode("ascii")


@pytest.mark.parametrize(
    ("tty", "encoding", "env", "no_color", "expected"),
    [
        (True, "utf-8", {}, False, (True, True)),
        (True, "UTF-8", {"NO_COLOR": "1"}, False, (False, True)),
        (True, "utf8", {}, True, (False, True)),
        (True, "utf-8", {"TERM": "dumb"}, False, (False, False)),
        (True, "cp1252", {}, False, (True, False)),
        (True, None, {}, False, (True, False)),
        (False, "utf-8", {}, False, (False, False)),
        (False, "utf-8", {"FORCE_COLOR": "1"}, False, (True, False)),
        (False, "utf-8", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, (False, False)),
        (False, "utf-8", {"FORCE_COLOR": "0"}, False, (False, False)),
    ],
)
def test_style_for(
    tty: bool, encoding: str | None, env: dict[str, str], no_color: bool, expected: tuple[bool, bool]
) -> None:
    style = reports.style_for(tty=tty, columns=80, encoding=encoding, env=env, no_color=no_color)
    assert (style.color, style.unicode) == expected


# --- hostile text -----------------------------------------------------------------------------------------------------

hostile = st.one_of(
    st.text(st.characters(), max_size=40),
    st.sampled_from(
        ["[red]x[/red]", "\x1b[2J", "::add-mask::x", "a::b", "##vso[x]y", "\u202eabc", "x" * 300, "\n::group::t"]
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=hostile, width=st.sampled_from(WIDTHS), color=st.booleans())
def test_nothing_from_outside_acts(losses: Report, text: str, width: int, color: bool) -> None:
    finding = losses.assessment.findings[0]._replace(address=text, message=text, lost=text, remedy=text, rule="r")
    report = with_finding(losses, finding)._replace(verdict=Verdict(Outcome.NEEDS_APPROVAL, 10, (text,)))
    printed = render(report, width, color=color)
    bare = ANSI.sub("", printed)
    assert escape.terminal(bare.replace("\n", "")) == bare.replace("\n", "")
    assert not any(line.lstrip().startswith("::") for line in bare.splitlines())
    assert glued(escape.terminal(text)) in glued(bare) or "::" in text
    if color:
        assert set(ANSI.findall(printed)) <= set(ANSI.findall(render(losses, color=True)))


# --- wrapping ---------------------------------------------------------------------------------------------------------

ADDRESS = 'module.orders["eu-west-1"].module.database[0].aws_db_instance.orders_main_replica["a b.c/d"]'


@pytest.mark.parametrize("width", [10, 24, 38, 60, 200])
def test_broken_address_is_whole_again_when_joined(width: int) -> None:
    pieces = break_word(ADDRESS, width)
    assert "".join(pieces) == ADDRESS
    assert all(cells(piece) <= width for piece in pieces)


def test_address_breaks_at_dots_first() -> None:
    assert break_word("module.orders.aws_db_instance.main", 22) == ["module.orders.", "aws_db_instance.main"]


@given(text=st.text(max_size=120), width=st.integers(2, 60))
def test_wrapping_keeps_every_letter(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert "".join(break_word(text, width)) == text


def test_wide_letters_count_twice() -> None:
    assert (cells("データ"), cells("e\u0301"), cells("größe")) == (6, 1, 5)


# --- the sentence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "word", "sentence"),
    [
        (Verdict(Outcome.PASS, 0), "PASS", "1 warning, nothing that needs consent (5 changes read)"),
        (Verdict(Outcome.PASS, 0, ("All is well.",)), "PASS", "All is well (5 changes read)"),
        (Verdict(Outcome.NEEDS_APPROVAL, 10), "BLOCKED", "3 findings need a human's consent (exit 10)"),
        (Verdict(Outcome.NEEDS_APPROVAL, 10, ("The plan failed.",)), "BLOCKED",
         "The plan failed; a human's consent is needed (exit 10)"),
        (Verdict(Outcome.BLOCKED, 11), "BLOCKED", "3 findings; no consent can override this (exit 11)"),
        (Verdict(Outcome.APPROVED, 0, ("2 losses",), Consent("f", ())), "APPROVED",
         "a human agreed to exactly this (5 changes read)"),
    ],
)  # fmt: skip
def test_headline(losses: Report, verdict: Verdict, word: str, sentence: str) -> None:
    assert content.headline(verdict, [losses]) == (word, sentence)


# --- advice -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remedy", "parts"),
    [
        ("Set it back.", [(False, "Set it back.")]),
        ("One:\nmoved {\n  from = a\n}\nThen plan.", [(False, "One:"), (True, "moved {\n  from = a\n}"),
                                                       (False, "Then plan.")]),
        ("moved {\n  a\n}\n\nmoved {\n  b\n}", [(True, "moved {\n  a\n}\n\nmoved {\n  b\n}")]),
        ("removed {\n  a {\n    b = 1\n  }\n}", [(True, "removed {\n  a {\n    b = 1\n  }\n}")]),
        ("Run:\ntofu state rm x\nand plan.", [(False, "Run:"), (True, "tofu state rm x"), (False, "and plan.")]),
        ("```hcl\na\n\nb\n```\nc", [(True, "a\n\nb"), (False, "c")]),
        ("First.\n\nSecond.", [(False, "First."), (False, "Second.")]),
    ],
)  # fmt: skip
def test_advice_tells_prose_from_code(remedy: str, parts: list[tuple[bool, str]]) -> None:
    assert content.advice(remedy) == parts
