"""The comment on a pull request: what it says, in which order, and what it leaves out where there is no room."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable

import pytest

from hostile_reports import hostile
from planguard.model import (
    Assessment,
    Cause,
    Finding,
    Location,
    Outcome,
    Picture,
    PictureEdge,
    PictureNode,
    Report,
    Severity,
    Verdict,
)
from planguard.reports import comment, render, summary
from planguard.reports.comment import GITHUB, MARKER, all_clear
from planguard.review import Approval, Refusal, Review, State
from report_readers import read_markdown

ASKED = Review(
    State.AWAITING,
    code="PG20",
    message="Label missing. 2 production deletions need a human.",
    needed=2,
    why_needed=("The author is a coding agent.",),
    label="planguard-approved",
    challenge="K7Q2-9FXD-M3TV",
    phrase="prod-orders-db",
    how_many=4,
    marker="<!-- planguard:v1 K7Q2-9FXD-M3TV -->",
)
ADA = Approval("ada", 1, "2026-11-22T09:12:44Z", 45)


def written(report: Report, review: Review | None = None) -> str:
    return render("comment", [report._replace(review=review)])


def headline(text: str) -> str:
    return read_markdown(text).headings[0]


# --- what comes first -------------------------------------------------------------------------------------------------


def test_the_verdict_is_the_headline_and_the_worst_comes_first(losses: Report) -> None:
    text = written(losses)
    page = read_markdown(text)
    assert text.startswith(f"{MARKER}\n\n## 🛑 BLOCKED: 2 production losses need a human's consent")
    assert page.headings[1:] == [
        '🔴 aws_dynamodb_table.cart["a"]: destroy',
        '🔴 module.orders["eu-west-1"].aws_db_instance.main: replace (destroyed first)',
        "🟠 aws_subnet.private[0]: replace (new one first)",
    ]


def test_a_card_says_what_why_where_lost_and_the_safer_way(losses: Report) -> None:
    text = written(losses)
    card = text[text.index("### 🔴 `module.orders") : text.index("### 🟠")]
    labels = ["What", "Lost", "Why", "Needed by", "Belongs to", "Fact", "The safer way"]
    found = re.findall(r"\*\*([A-Z][a-z ]+):\*\*", card)
    assert found == [label for label in labels if label in found]
    assert {"Lost", "Why", "Needed by", "Belongs to", "Fact", "The safer way"} <= set(found)
    assert "(`modules/orders/main.tf:12`)" in card
    assert "critical · `database-replacement`" in card


def test_the_safer_way_can_be_pasted(losses: Report) -> None:
    text = written(losses)
    assert (
        '```hcl\nmoved {\n  from = aws_dynamodb_table.cart["a"]\n  to   = aws_dynamodb_table.cart["b"]\n}\n```' in text
    )


def test_a_fence_is_longer_than_any_inside() -> None:
    text = written(hostile("x", remedy="Run:\n\n  echo '`````' ````\n\nand look."))
    block = re.search(r"(?m)^(`+)hcl\n(.*)\n\1$", text, re.DOTALL)
    assert block is not None
    assert len(block[1]) == 6
    assert "'`````' ````" in block[2]


def test_what_decides_nothing_is_folded_and_what_decides_is_open(losses: Report) -> None:
    text = written(losses)
    folds = re.findall(r"<details( open)?>\n<summary>(.*)</summary>", text)
    assert folds == [
        (" open", "Cannot tell: somebody has to look (1)"),
        ("", "Worth a look (1)"),
        ("", "For the record (1)"),
        ("", "Accepted beforehand (1)"),
        ("", "Notes (1)"),
    ]


def test_what_one_change_takes_down_stands_under_it() -> None:
    def falls(number: int, severity: Severity) -> Finding:
        cause = Cause("vpc_id changes", (), "aws_vpc.main", ("aws_vpc.main", f"aws_db_instance.d[{number}]"))
        return finding()._replace(
            severity=severity, address=f"aws_db_instance.d[{number}]", cause=cause, message=f"Number {number} goes"
        )

    root = finding()._replace(
        severity=Severity.HIGH,
        address="aws_vpc.main",
        cause=Cause("cidr_block changes", ("cidr_block",)),
        source=Location("net.tf", 3),
        remedy="Undo it.",
    )
    report = stopped(root, falls(1, Severity.CRITICAL), falls(2, Severity.HIGH))
    text = written(report)
    page = read_markdown(text)
    assert page.headings[1:] == ["🔴 It begins at aws_vpc.main"]
    assert page.tables == [[4, 4, 4, 4]]
    assert "**Why:** cidr\\_block changes (`net.tf:3`)" in text
    assert text.index("**The safer way:** Undo it.") < text.index("<summary>Each of the 3 findings")
    assert text.count("### ") == 1


def test_the_fourth_beginning_is_folded_and_the_eleventh_a_line() -> None:
    findings = [finding()._replace(address=f"a.b{number}", message=f"Number {number} goes") for number in range(13)]
    text = written(stopped(*findings))
    page = read_markdown(text)
    assert page.headings[1:] == [f"🔴 a.b{n}: replace" for n in (0, 1, 10)] + ["3 more findings, in short"]
    assert text.count("<summary>🔴 critical: <code>") == 7
    assert page.tables == [[4, 4, 4, 4]]


def test_the_same_said_of_many_is_said_once(losses: Report) -> None:
    question = losses.assessment.undecided[0]
    many = tuple(question._replace(address=f"a.b[{number}]") for number in range(30))
    text = written(losses._replace(assessment=losses.assessment._replace(undecided=many)))
    assert text.count("What the function does is unseen") == 1
    assert "`a.b[0]`, `a.b[1]`, `a.b[2]`" in text
    assert "`a.b[11]` and 18 more: What the function" in text


def test_twelve_of_many_are_named_and_all_of_them_folded() -> None:
    findings = [finding()._replace(address=f"a.b[{number}]") for number in range(30)]
    text = written(stopped(*findings))
    assert "`a.b[11]` and 18 more\n" in text
    folded = text[text.index("<summary>All 30 of them</summary>") :]
    assert all(f"`a.b[{number}]`" in folded for number in range(30))


def finding() -> Finding:
    (one, *_) = hostile("x").assessment.findings
    return one._replace(cause=None, remedy=None, source=None, radius=None)


def stopped(*findings: Finding) -> Report:
    found = hostile("x").assessment
    clean = Assessment(found.plan._replace(changes=(), undecided=(), notes=()), findings=findings)
    return Report(clean, Verdict(Outcome.NEEDS_APPROVAL, 10, ("3 findings need a human's consent.",)))


# --- the human override -----------------------------------------------------------------------------------------------


def test_what_to_type_is_shown_and_the_name_is_not_filled_in(losses: Report) -> None:
    text = written(losses, ASKED)
    assert text.startswith("<!-- planguard:v1 K7Q2-9FXD-M3TV -->\n")
    assert "   /planguard approve K7Q2-9FXD-M3TV destroy <name> <how many>\n" in text
    assert "destroy prod-orders-db" not in text
    assert "destroy <name> 4" not in text
    table = text[text.index("| Worst of it") :].split("\n\n")[0]
    assert read_markdown(table).code[0] == "prod-orders-db"
    assert "| 4 |" in table
    assert text.index("### 🟠") < text.index("### If this is meant") < text.index("/planguard approve")
    assert "2 people have to agree" in text
    assert "- The author is a coding agent." in text
    assert "`planguard-approved`" in text


def test_few_things_are_not_counted(losses: Report) -> None:
    text = written(losses, ASKED._replace(how_many=0))
    assert "destroy <name>\n" in text
    assert "How many end" not in text


def test_where_a_label_is_enough_nothing_is_to_be_typed(losses: Report) -> None:
    text = written(losses, ASKED._replace(mode="label", needed=1))
    assert "/planguard approve" not in text
    assert "Set the label `planguard-approved`." in text
    assert "One person has to agree, and not one who made this change." in text


def test_who_agreed_already_is_named_without_a_mention(losses: Report) -> None:
    text = written(losses, ASKED._replace(code="PG70", approvals=(ADA,)))
    assert "1 did so far." in text
    assert "- ✅ `ada` agreed on 2026-11-22 09:12 UTC, 45 seconds after the question" in text
    assert "@" not in text


@pytest.mark.parametrize(
    ("state", "start", "alert"),
    [
        (State.AWAITING, "🛑 BLOCKED: 2 production losses", None),
        (State.REFUSED, "🛑 BLOCKED: 2 production losses", "> [!CAUTION]\n> **PG33** `zed`: zed wrote this change.\n"),
        (State.STALE, "🛑 BLOCKED: 2 production losses", "> [!WARNING]\n> **PG40** `zed`: zed wrote this change.\n"),
        (State.HELD, "⏳ HELD: the gate's sentence", None),
        (State.BREAK_GLASS, "🚨 LET THROUGH IN AN EMERGENCY: the gate's sentence", None),
        (State.ERROR, "🛑 BLOCKED: the gate's sentence", "> [!CAUTION]\n> **PG10**: nobody can agree"),
    ],
)
def test_every_state_says_where_it_stands(losses: Report, state: State, start: str, alert: str | None) -> None:
    code = {State.STALE: "PG40", State.REFUSED: "PG33", State.ERROR: "PG10"}.get(state, "")
    refusals = (Refusal(code, "zed", "zed wrote this change."),) if code in ("PG33", "PG40") else ()
    review = ASKED._replace(state=state, code=code, message="the gate's sentence.", refusals=refusals)
    text = written(losses, review)
    assert headline(text).startswith(start)
    assert (alert in text) if alert else ("> [!" not in text)
    assert ("/planguard approve" in text) is (state in (State.AWAITING, State.STALE, State.REFUSED))


def test_what_is_new_since_somebody_agreed_is_named(losses: Report) -> None:
    review = ASKED._replace(state=State.STALE, code="PG40", new=("aws_db_instance.orders",))
    assert "**New since somebody agreed:** `aws_db_instance.orders`" in written(losses, review)


def test_when_all_agreed_the_losses_are_folded(approved: Report) -> None:
    review = ASKED._replace(state=State.APPROVED, code="", message="", approvals=(ADA, ADA._replace(login="grace")))
    text = written(approved, review)
    assert headline(text) == "✅ APPROVED: ada and grace agreed to exactly this"
    assert "<details>\n<summary>What was agreed to</summary>" in text
    assert "/planguard approve" not in text


def test_no_consent_helps_against_what_is_forbidden(forbidden: Report) -> None:
    text = written(forbidden, ASKED)
    assert "no consent can override this" in headline(text)
    assert "/planguard approve" not in text


def test_the_hidden_line_stays_as_it_came(losses: Report) -> None:
    marker = '<!-- planguard:gate:v1 {"asked":[{"since":"2026\\u002d11","digests":["' + "0f" * 4_000 + '"]}]} -->'
    text = written(losses, ASKED._replace(marker=marker))
    assert text.split("\n")[0] == marker
    assert all_clear([losses._replace(review=ASKED._replace(marker=marker))]).split("\n")[0] == marker


def test_no_name_poses_as_the_hidden_line() -> None:
    forged = '<!-- planguard:gate:v1 {"asked":[]} -->'
    text = written(hostile(forged, remedy=f"Run:\n\n```\n{forged}\n```"), ASKED)
    assert text.count("<!--") == 1


def test_a_harmless_plan_in_a_pull_request_that_changes_the_guard(clean: Report) -> None:
    text = written(clean, ASKED._replace(guard=("planguard.yml",)))
    assert headline(text).startswith("🛑 BLOCKED: this changes what guards production")
    assert "**Changes the guard itself:** `planguard.yml`" in text
    assert "/planguard approve" in text


# --- nothing to say ---------------------------------------------------------------------------------------------------


def test_nothing_to_say_is_nothing(clean: Report) -> None:
    assert written(clean) == ""
    assert written(clean, ASKED._replace(state=State.CLEAN)) == ""
    assert render("comment-gitlab", [clean]) == ""
    assert render("summary", [clean]).startswith("## ✅ PASS: nothing to lose\n")


def test_one_line_for_a_comment_that_stands_already(clean: Report) -> None:
    marked = clean._replace(review=ASKED._replace(state=State.CLEAN))
    assert all_clear([marked]) == "<!-- planguard:v1 K7Q2-9FXD-M3TV -->\n\n✅ **PASS:** nothing to lose.\n"


def test_a_touched_guard_or_a_warning_is_worth_a_comment(clean: Report, losses: Report) -> None:
    touched = ASKED._replace(state=State.CLEAN, guard=("planguard.yml",))
    assert "**Changes the guard itself:** `planguard.yml`" in written(clean, touched)
    warned = losses.assessment.findings[3]
    passed = clean._replace(assessment=clean.assessment._replace(findings=(warned,)))
    assert "Worth a look (1)" in written(passed)


# --- several plans ----------------------------------------------------------------------------------------------------


def test_several_plans_are_rows_worst_first_in_any_order(losses: Report, clean: Report, forbidden: Report) -> None:
    def called(report: Report, source: str) -> Report:
        plan = report.assessment.plan._replace(source=source)
        return report._replace(assessment=report.assessment._replace(plan=plan))

    runs = [called(clean, "c.json"), called(losses, "a.json"), called(forbidden, "b.json"), called(losses, "d.json")]
    for name in ("comment", "comment-gitlab", "summary", "sarif", "junit", "annotations", "gitlab"):
        assert len({render(name, order) for order in itertools.permutations(runs)}) == 1
    text = render("comment", runs)
    page = read_markdown(text)
    assert page.tables[0] == [5, 5, 5, 5, 5]
    assert [code for code in page.code if code.endswith(".json")][:4] == ["b.json", "a.json", "d.json", "c.json"]
    assert page.headings.count("a.json") == 1
    assert "c.json" not in page.headings


def test_a_hundred_plans_fit(many: Callable[[int], Report]) -> None:
    runs = []
    for number in range(100):
        report = many(50)
        plan = report.assessment.plan._replace(source=f"plans/{number}.json")
        runs.append(report._replace(assessment=report.assessment._replace(plan=plan), review=ASKED))
    random.Random(1).shuffle(runs)
    text = render("comment", runs)
    assert len(text) <= GITHUB
    assert "/planguard approve K7Q2-9FXD-M3TV" in text


# --- what fits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 10, 100, 1_000, 20_000])
def test_it_always_fits_and_says_what_is_missing(many: Callable[[int], Report], count: int) -> None:
    report = many(count)._replace(review=ASKED)
    text = render("comment", [report])
    assert len(text) <= GITHUB
    assert "<!-- planguard:v1 K7Q2-9FXD-M3TV -->" in text
    assert "/planguard approve K7Q2-9FXD-M3TV destroy <name> <how many>" in text
    if count >= 1_000:
        assert re.search(r"and [0-9,]+ more; the json report lists all", text)
    assert len(render("summary", [report]).encode()) <= summary.BYTES


@pytest.mark.parametrize(("limit", "drawn"), [(65_536, True), (20_000, True), (4_500, False), (3_000, False)])
def test_the_picture_takes_no_room_from_words(many: Callable[[int], Report], limit: int, drawn: bool) -> None:
    nodes = tuple(PictureNode(f"aws_subnet.s{n}", f"s{n}", "aws_subnet", "replace") for n in range(30))
    picture = Picture(nodes, tuple(PictureEdge(0, n, True, ("vpc_id",)) for n in range(1, 30)))
    plain = many(30)._replace(review=ASKED)
    report = plain._replace(assessment=plain.assessment._replace(picture=picture))
    text = comment.text([report], limit)
    assert len(text) <= limit
    assert ("```mermaid" in text) is drawn
    assert "/planguard approve" in text
    words = re.sub(r"<details open>\n<summary>What takes down what.*?</details>\n\n", "", text, flags=re.DOTALL)
    assert words == comment.text([plain], limit)


def test_a_picture_of_single_boxes_is_not_drawn(losses: Report) -> None:
    alone = Picture((PictureNode("a.b", "b", "a", "delete"),))
    assert "mermaid" not in written(losses._replace(assessment=losses.assessment._replace(picture=alone)))


def test_a_quiet_run_has_the_verdict_and_the_request_alone(losses: Report) -> None:
    text = written(losses._replace(quiet=True), ASKED)
    assert "### 🔴" not in text
    assert "/planguard approve" in text


def test_a_summary_asks_for_nothing(losses: Report) -> None:
    text = render("summary", [losses._replace(review=ASKED)])
    assert text.startswith("## 🛑 BLOCKED")
    assert "/planguard approve" not in text
    assert "<!--" not in text
