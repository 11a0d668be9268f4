"""Consent to another plan, head or request, in a bad line, or to a forged question: each refused with its code."""

from __future__ import annotations

from typing import Any

import pytest

from fakegithub import FakeGitHub
from gate_runs import LABEL, asked, config, deleting, own, refused
from planguard.consent import challenge as asking
from planguard.consent.fingerprint import of_digests

# --- another plan, another head, another pull request -----------------------------------------------------------------


def test_a_plan_of_another_commit(stage: Any) -> None:
    it = stage()
    it.approved()
    event = it.hub.payload(it.pr, "synchronize")
    it.pr.push({"main.tf": "# other\n"})
    ran = it.gate(event=event)
    refused(ran, "PG12", "Run plan again")


def test_nobody_says_which_commit(stage: Any) -> None:
    it = stage()
    it.approved()
    ran = it.gate("--pr", str(it.pr.number), event={})
    refused(ran, "PG12", "--commit")


def test_a_push_while_the_gate_looks(stage: Any) -> None:
    it = asked(stage)
    it.agree("erin")
    event = it.hub.payload(it.pr, "synchronize")
    it.hub.when(r"GET .*/permission", lambda: it.pr.push({"main.tf": "# swapped\n"}))
    refused(it.gate(event=event), "PG12", "moved")


def test_a_push_that_changes_nothing_about_the_plan(stage: Any) -> None:
    it = stage()
    it.approved()
    it.pr.push({"README.md": "more\n"})
    refused(it.gate(), "PG40", "push")


def test_a_push_survives_where_it_is_sticky_and_people_made_it(stage: Any) -> None:
    it = stage(config(sticky=True))
    it.approved()
    it.pr.push({"README.md": "more\n"})
    assert it.gate().state == "approved"
    it.pr.push({"README.md": "x\n"}, message="x\n\nCo-authored-by: Claude <noreply@anthropic.com>")
    assert it.gate().code == 10


def test_the_plan_grows(stage: Any) -> None:
    it = stage()
    it.approved()
    refused(it.gate(plan=deleting("audit", "payments")), "PG40", "aws_cloudwatch_log_group.payments")
    assert "aws_cloudwatch_log_group.payments" in it.asked


def test_the_plan_shrinks(stage: Any) -> None:
    it = stage()
    it.plan = deleting("audit", "payments")
    it.approved()
    assert it.gate(plan=deleting("payments")).state == "approved"


def test_a_line_for_another_plan(stage: Any) -> None:
    it = asked(stage)
    old = it.line()
    it.plan = deleting("audit", "payments")
    it.gate()
    it.hub.tick(30)
    it.pr.comment(old, by="erin")
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG50", "another plan")


def test_consent_of_another_pull_request(stage: Any) -> None:
    it = stage()
    it.approved()
    first = it.pr
    it.pr = it.repo.pull("dana", {"other.tf": "x"})
    assert it.gate().code == 10
    it.hub.tick(30)
    it.pr.comment(next(one.body for one in first.comments if one.body.startswith("/planguard")), by="erin")
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG50")


def test_the_comment_of_another_pull_request_is_copied(stage: Any) -> None:
    """planguard's comment of #1, posted by a person in #2, is no question."""
    it = stage()
    it.approved()
    body = it.asked
    it.pr = it.repo.pull("dana", {"other.tf": "x"})
    it.pr.comment(body, by="dana")
    it.hub.tick(60)
    it.pr.label(LABEL, by="erin")
    assert it.gate().code == 10


def test_a_reopened_request(stage: Any) -> None:
    it = stage()
    it.approved()
    it.pr.close()
    refused(it.gate(), "PG11", "closed")
    it.pr.reopen()
    assert it.gate().code == 10


def test_a_draft(stage: Any) -> None:
    it = asked(stage)
    it.agree("erin")
    it.pr.draft = True
    refused(it.gate(), "PG11", "draft")


# --- the line ---------------------------------------------------------------------------------------------------------


def test_an_edited_comment(stage: Any) -> None:
    it = asked(stage)
    said = it.pr.comment("looks good", by="erin")
    it.hub.tick(2)
    said.edit(it.line(), by="dana")
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG51", "edited")


@pytest.mark.parametrize("name", ["<name>", "something", "Audit", "audi"])
def test_another_name(stage: Any, name: str) -> None:
    it = asked(stage)
    it.agree("erin", name)
    refused(it.gate(), "PG52", "name")


def test_more_than_three_things_are_counted(stage: Any) -> None:
    it = stage()
    it.plan = deleting("a1", "b2", "c3", "d4")
    it.gate()
    it.agree("erin", "a1")
    refused(it.gate(), "PG52", "how many")
    it.agree("erin", "a1", 4)
    assert it.gate().state == "approved"


def test_a_reflex(stage: Any) -> None:
    it = stage(config(dwell=120))
    it.gate()
    it.agree("erin")
    refused(it.gate(), "PG53", "30 s")


@pytest.mark.parametrize("before", ["> ", "I would post ", "\u200b"])
def test_a_line_that_is_only_quoted(stage: Any, before: str) -> None:
    it = asked(stage)
    it.pr.comment(before + it.line(), by="erin")
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG22")


def test_a_line_from_before_the_question(stage: Any, hub: FakeGitHub) -> None:
    """Whoever can compute the code cannot post it ahead of time."""
    it = asked(stage)
    line = it.line()
    for comment in list(it.pr.comments):
        comment.delete()
    it.pr.comment(line, by="erin")
    it.pr.label(LABEL, by="erin")
    hub.tick(30)
    assert it.gate().code == 10
    refused(it.gate(), "PG40")


def test_no_label_and_no_line_after_the_comment_was_deleted(stage: Any) -> None:
    it = stage()
    it.approved()
    next(one for one in it.pr.comments if "planguard:gate" in one.body).delete()
    assert it.gate().code == 10


# --- forged questions -------------------------------------------------------------------------------------------------


def test_a_writer_posts_a_comment_with_the_marker(stage: Any) -> None:
    """An older question, of a person's making, does not make an older answer good."""
    it = asked(stage)
    forged = it.asked.replace("12:", "01:")
    real = next(one for one in it.pr.comments if "planguard:gate" in one.body)
    real.delete()
    it.pr.comment(forged, by="dana")
    it.agree("erin")
    ran = it.gate()
    assert ran.code == 10 and ran.state != "approved", ran.all


def test_a_writer_puts_a_smaller_question_in_its_place(stage: Any) -> None:
    it = stage()
    it.gate()
    small = it.asked
    it.plan = deleting("audit", "payments")
    it.gate()
    own(it).edit(small, by="dana")
    it.agree("erin")
    assert it.gate().code == 10
    assert "payments" in it.asked


def test_a_writer_puts_a_harmless_name_into_the_question(stage: Any) -> None:
    """Whoever answers would type what they see, and nobody knows what that was."""
    it = stage()
    it.plan = deleting("payments")
    it.gate()
    real = it.asked
    own(it).edit(real.replace("payments", "sandbox"), by="dana")
    it.agree("erin", "sandbox")
    refused(it.gate(), "PG41", "Somebody else changed planguard's comment")
    assert "sandbox" not in it.asked and "payments" in it.asked
    # The answer to the forged question stays without effect, and a new one to the real one counts.
    assert it.gate().code == 10
    it.pr.unlabel(LABEL, by="erin")
    it.agree("erin", "payments")
    assert it.gate().state == "approved"


def test_a_writer_makes_the_question_larger(stage: Any) -> None:
    """A question about more covers this plan too, and what it says can be made up, its code as well."""
    it = stage()
    it.plan = deleting("payments")
    it.gate()
    (asked_for,) = asking.remembered(it.asked)
    more = (*asked_for.digests, "0" * 20)
    number = of_digests(more, asked_for.policy)
    forged = asked_for._replace(digests=more, fingerprint=number, phrase="sandbox")
    code = asking.code(it.repo.name, it.pr.number, number, it.pr.head, "")
    body = it.asked.replace("payments", "sandbox").replace(it.code, code)
    own(it).edit(f"{asking.marker([forged])}\n" + "\n".join(body.splitlines()[1:]), by="dana")
    it.agree("erin", "sandbox")
    assert it.code == code, "the forgery shows its own line"
    assert it.gate().code == 10
    assert it.gate().code == 10


def test_planguards_own_edits_are_no_forgery(stage: Any) -> None:
    it = asked(stage)
    it.plan = deleting("audit", "payments")
    it.gate()
    assert own(it).updated != own(it).created
    it.agree("erin")
    ran = it.gate()
    assert ran.state == "approved", ran.all
    assert any("graphql" in call for call in ran.calls)


def test_an_edit_by_an_account_that_is_gone(stage: Any) -> None:
    it = asked(stage)
    own(it).edit(it.asked.replace("12:", "00:"), by="mallory")
    it.hub.delete_user("mallory")
    it.agree("erin")
    assert it.gate().code == 10


def test_where_github_does_not_tell_who_edited_nothing_passes(stage: Any) -> None:
    it = asked(stage)
    own(it).edit(it.asked, by="github-actions[bot]")
    it.agree("erin")
    it.hub.fault("altered", match="/graphql", change=lambda body: {"data": None, "errors": [{"message": "no"}]})
    ran = it.gate()
    assert (ran.code, ran.pg) == (3, "PG13"), ran.all


# --- while the gate looks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["closed", "draft", "retargeted"])
def test_the_request_changes_while_the_gate_looks(stage: Any, what: str) -> None:
    it = asked(stage)
    it.repo.commit("other", {"x": "y"}, parent=it.repo.head("main"))
    it.agree("erin")
    ways = {
        "closed": lambda: it.pr.close(),
        "draft": lambda: setattr(it.pr, "draft", True),
        "retargeted": lambda: setattr(it.pr, "base", "other"),
    }
    it.hub.when(r"GET .*/permission", ways[what])
    ran = it.gate()
    assert ran.code != 0 and ran.pg, ran.all


def test_two_plans_of_one_request_take_turns(stage: Any) -> None:
    """Two jobs, one plan each: an answer to one is none to the other."""
    it = stage()
    one, two = deleting("audit"), deleting("payments")
    it.gate(plan=one)
    it.agree("erin", "audit")
    it.gate(plan=two)
    assert it.gate(plan=two).code == 10
    assert it.gate(plan=one).state == "approved"
    assert it.gate(plan=two).code == 10
