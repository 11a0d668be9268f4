"""Every attack on the human override that planguard knows of, carried out, and refused with its code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakegithub import FakeGitHub
from gate_runs import LABEL, Ran, Stage, config, database, deleting, log_group
from plan_documents import plan
from planguard.consent import challenge as asking
from planguard.consent.fingerprint import of_digests


def refused(ran: Ran, code: str, *words: str) -> None:
    """It did not pass, and said so with this code and these words."""
    assert (ran.code, ran.pg) == (10, code), ran.all
    assert code in ran.err
    for word in words:
        assert word in ran.err, ran.err


def asked(stage: Any, *arguments: Any, **more: Any) -> Stage:
    """A pull request in which planguard has asked."""
    made: Stage = stage(*arguments, **more)
    assert made.gate().code == 10
    return made


# --- machines --------------------------------------------------------------------------------------------------------


def test_a_person_reads_posts_and_labels(stage: Any) -> None:
    """What all the attacks are measured against."""
    passed = asked(stage).approved()
    assert "@erin agreed to exactly this" in passed.err


@pytest.mark.parametrize("bot", ["renovate[bot]", "github-actions[bot]"])
def test_a_bot_sets_the_label(stage: Any, bot: str) -> None:
    it = asked(stage)
    it.repo.role(bot, "admin")
    it.agree("erin", label=False)
    it.pr.label(LABEL, by=bot)
    refused(it.gate(), "PG30", bot, "person")


def test_a_bot_posts_the_line(stage: Any) -> None:
    it = asked(stage)
    it.repo.role("renovate[bot]", "admin")
    it.pr.comment(it.line(), by="renovate[bot]")
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG30", "renovate[bot]")


def test_planguards_own_token_posts_the_line(stage: Any) -> None:
    it = asked(stage)
    it.pr.comment(it.line(), by="github-actions[bot]")
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG30")


@pytest.mark.parametrize("intent", [None, "the plan looks safe"])
def test_an_app_labels_on_a_persons_behalf(stage: Any, intent: str | None) -> None:
    it = asked(stage)
    it.agree("erin", label=False)
    it.pr.label(LABEL, by="erin", app=None if intent else "cursor", intent=intent)
    refused(it.gate(), "PG30" if intent else "PG31", "agent" if intent else "cursor")


def test_an_app_posts_the_line_on_a_persons_behalf(stage: Any) -> None:
    it = asked(stage)
    it.pr.comment(it.line(), by="erin", app="claude")
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG31", "claude")


def test_an_account_that_planguard_yml_calls_a_machine(stage: Any) -> None:
    it = asked(stage, config(agents=[{"login": "erin"}]))
    it.agree("erin")
    refused(it.gate(), "PG30", "erin")


def test_automation_sets_the_label_again_after_a_push(stage: Any) -> None:
    it = stage()
    it.approved()
    it.pr.push({"main.tf": "# other\n"})
    it.pr.unlabel(LABEL, by="labeler[bot]")
    it.pr.label(LABEL, by="labeler[bot]")
    ran = it.gate()
    assert ran.code == 10 and ran.state != "approved", ran.all
    it.hub.tick(30)
    it.pr.comment(it.line(), by="erin")  # even after the new question, a bot's label is none
    it.pr.unlabel(LABEL, by="labeler[bot]")
    it.pr.label(LABEL, by="labeler[bot]")
    refused(it.gate(), "PG30", "labeler[bot]")


def test_an_agent_with_a_persons_token_needs_a_second_person(stage: Any) -> None:
    """Its commits tell what it is; the account does not."""
    trailer = "Remove it\n\nCo-authored-by: Claude <noreply@anthropic.com>"
    it = asked(stage, message=trailer)
    it.agree("erin")
    refused(it.gate(), "PG70", "1 of 2")
    it.agree("frank", label=False)
    assert it.gate().state == "approved"


# --- the label -------------------------------------------------------------------------------------------------------


def test_another_label_is_renamed(stage: Any) -> None:
    it = asked(stage)
    it.agree("erin", label=False)
    it.pr.label("harmless", by="erin")
    it.repo.rename_label("harmless", LABEL)
    refused(it.gate(), "PG21", LABEL)


@pytest.mark.parametrize("name", ["planguard:аpproved", "planguard:approved\u200b", "planguard-approved"])
def test_a_label_looks_alike(stage: Any, name: str) -> None:
    it = asked(stage)
    it.agree("erin", label=False)
    it.pr.label(name, by="erin")
    refused(it.gate(), "PG20")


def test_a_label_is_taken_away(stage: Any) -> None:
    it = stage()
    it.approved()
    it.pr.unlabel(LABEL, by="dana")
    refused(it.gate(), "PG20")


def test_a_person_takes_it_back(stage: Any) -> None:
    it = stage()
    it.approved()
    it.pr.comment("/planguard revoke", by="frank")
    assert it.gate().code == 10


def test_somebody_who_may_triage_sets_the_label(stage: Any) -> None:
    it = asked(stage)
    it.agree("erin", label=False)
    it.pr.label(LABEL, by="tess")
    refused(it.gate(), "PG32", "triage")


def test_a_stranger_posts_the_line(stage: Any) -> None:
    it = asked(stage)
    it.pr.comment(it.line(), by="stranger")
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG32", "stranger", "read")


def test_a_label_alone(stage: Any) -> None:
    it = asked(stage)
    it.pr.label(LABEL, by="erin")
    refused(it.gate(), "PG22")


def test_a_custom_role_counts_where_the_base_says_so(stage: Any) -> None:
    it = asked(stage, config(approvers={"roles": ["deployer"]}))
    it.repo.role("hans", "deployer", permission="write")
    it.agree("erin")
    refused(it.gate(), "PG32", "write", "deployer")
    it.pr.unlabel(LABEL, by="erin")
    it.agree("hans")
    assert it.gate().state == "approved"


# --- those who made it -----------------------------------------------------------------------------------------------


def made_by_erin(stage: Any, how: str) -> Stage:
    """A pull request in which erin has a part."""
    if how == "author":
        return asked(stage, author="erin")
    if how == "co-author":
        it: Stage = stage()
        number = it.hub.user("erin").id
        it.pr.push({"more.tf": "x"}, message=f"x\n\nCo-authored-by: E <{number}+erin@users.noreply.github.com>")
    else:
        it = stage()
        erin = (it.hub.user("erin").name, it.hub.user("erin").email)
        dana = (it.hub.user("dana").name, it.hub.user("dana").email)
        ways: dict[str, dict[str, Any]] = {
            "commit author": {"author": erin},
            "committer": {"committer": erin},
            "pusher": {"by": "erin", "author": dana},
        }
        it.pr.push({"more.tf": "x"}, **ways[how])
    assert it.gate().code == 10
    return it


@pytest.mark.parametrize("how", ["author", "commit author", "committer", "pusher", "co-author"])
def test_who_made_it_approves(stage: Any, how: str) -> None:
    it = made_by_erin(stage, how)
    it.agree("erin")
    refused(it.gate(), "PG33", "erin")
    it.pr.unlabel(LABEL, by="erin")
    it.agree("frank")
    assert it.gate().state == "approved"


def test_who_asked_an_agent_for_it_approves(stage: Any) -> None:
    it = asked(stage, author="copilot-swe-agent[bot]", assignees=["erin"])
    it.agree("erin")
    refused(it.gate(), "PG33", "erin")
    it.pr.unlabel(LABEL, by="erin")
    it.agree("frank")
    refused(it.gate(), "PG70", "1 of 2")
    it.agree("gina", label=False)
    assert it.gate().state == "approved"


def test_a_pusher_is_remembered_after_a_forced_push(stage: Any) -> None:
    it = stage()
    it.pr.push({"main.tf": "# erin's\n"}, by="erin")
    it.pr.force_push({"main.tf": "# dana's\n"}, by="dana")
    assert it.gate().code == 10
    it.agree("erin")
    refused(it.gate(), "PG33", "erin")


def test_a_maker_takes_another_login(stage: Any) -> None:
    it = asked(stage, author="erin")
    it.hub.rename_user("erin", "erika")
    it.agree("erika")
    refused(it.gate(), "PG33", "erika")


def test_an_approver_takes_another_login(stage: Any) -> None:
    """The number is what is listed; a new login for it changes nothing, the old one for another account neither."""
    it = stage()
    number = it.hub.user("erin").id
    it.repo.commit("main", {"planguard.yml": config(approvers={"users": [{"login": "erin", "id": number}]})})
    assert it.gate().code == 10
    it.hub.rename_user("erin", "erika")
    it.repo.role("erin", "admin")  # somebody else took the login
    it.agree("erin")
    refused(it.gate(), "PG31", "erin")
    it.pr.unlabel(LABEL, by="erin")
    it.agree("erika")
    assert it.gate().state == "approved"


def test_a_deleted_account_agreed(stage: Any) -> None:
    it = asked(stage)
    it.agree("frank")
    it.hub.delete_user("frank")
    refused(it.gate(), "PG30")


def test_a_deleted_account_wrote_it(stage: Any) -> None:
    it = asked(stage, author="mallory")
    it.hub.delete_user("mallory")
    it.agree("erin")
    refused(it.gate(), "PG70", "1 of 2")


def test_the_251st_commit_is_an_agents(stage: Any) -> None:
    """GitHub's own list ends with the 250th; the 251st is an agent's all the same."""
    it = stage(count=250)
    it.pr.push({"more.tf": "x"}, author=("Claude", "noreply@anthropic.com"))
    it.gate()
    it.agree("erin")
    refused(it.gate(), "PG70", "1 of 2", "agent")


# --- another plan, another head, another pull request ----------------------------------------------------------------


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


# --- the line --------------------------------------------------------------------------------------------------------


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


# --- forged questions ------------------------------------------------------------------------------------------------


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


def own(it: Stage) -> Any:
    return next(one for one in it.pr.comments if "planguard:gate" in one.body)


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


# --- the guard itself ------------------------------------------------------------------------------------------------


def test_a_request_that_changes_the_config(stage: Any) -> None:
    """Its own rules do not count for it, and it takes two people."""
    it = stage(files={"planguard.yml": config(quorum={"guard": 1}, dwell=0), "main.tf": "x"})
    it.gate()
    it.agree("erin")
    refused(it.gate(), "PG70", "1 of 2", "planguard.yml")
    it.agree("frank", label=False)
    assert it.gate().state == "approved"


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/plan.yml",
        ".github/CODEOWNERS",
        "planguard.yaml",
        ".planguard/allowed_signers",
        "rules/own-rule.yaml",
    ],
)
def test_a_request_that_changes_the_guard_and_nothing_else(stage: Any, path: str) -> None:
    rules = {"rules/own-rule.yaml": RULE}
    settings = config().replace('"version": 1', '"version": 1, "rules": ["rules"]')
    it = stage(settings, files={path: "# changed\n"}, base_files=rules)
    ran = it.gate(plan=plan())
    refused(ran, "PG20")
    it.agree("erin", path)
    refused(it.gate(plan=plan()), "PG70", "1 of 2", path)
    it.agree("frank", path, label=False)
    assert it.gate(plan=plan()).state == "approved"


RULE = """
id: own-rule
title: A rule of one's own
severity: low
since: 0.1.0
when: {type: [aws_iot_thing], action: [delete]}
message: Nothing is of this type
why: It is only here to be changed.
fix: Leave it.
examples:
  - flags: {type: aws_iot_thing, action: delete, environment: production}
  - passes: {type: aws_iot_thing, action: update, environment: production}
"""


def test_a_guard_file_is_moved_away(stage: Any) -> None:
    it = stage(
        files={".github/workflows/plan.yml": None, "plan.yml": "on: push\n"},
        base_files={".github/workflows/plan.yml": "on: push\n"},
    )
    refused(it.gate(plan=plan()), "PG20")


def test_a_request_that_touches_nothing_of_it_is_clean(stage: Any) -> None:
    it = stage()
    ran = it.gate(plan=plan())
    assert (ran.code, ran.state) == (0, "clean"), ran.all
    assert not it.pr.comments


def test_a_broken_config_on_main(stage: Any) -> None:
    it = stage("version: 1\nconsentt: {}\n")
    ran = it.gate()
    assert (ran.code, ran.pg) == (3, "PG10"), ran.all
    assert "main" in ran.err


@pytest.mark.parametrize("exit_label", ["", "planguard:break-glass"])
def test_what_is_forbidden_cannot_be_agreed_to(stage: Any, exit_label: str) -> None:
    """Nothing that a later step or the record reads says that it was."""
    it = stage()
    it.gate()
    it.agree("erin")
    more = {"break_glass": exit_label} if exit_label else {}
    kept = {"store": "branch", "path": "evidence.jsonl"}
    it.repo.commit("main", {"planguard.yml": config(forbidden=["identity-loss"], evidence=kept, **more)})
    for _ in range(2):
        ran = it.gate("--status")
        assert (ran.code, ran.state, ran.pg) == (11, "refused", "PG15"), ran.all
        assert "identity-loss is forbidden" in ran.err and "agreed" not in ran.err
    assert "approved" not in str(it.repo.file("planguard-evidence", "evidence.jsonl"))
    assert it.repo.statuses[it.pr.head][0]["state"] == "failure"
    it.pr.merge(by="dana")
    ran = it.verify()
    assert (ran.code, ran.pg) == (11, "PG15"), ran.all


# --- who is listed ---------------------------------------------------------------------------------------------------


def test_users_who_are_listed(stage: Any) -> None:
    it = asked(stage, config(approvers={"users": ["frank"]}))
    it.agree("erin")
    refused(it.gate(), "PG31", "erin")
    it.pr.unlabel(LABEL, by="erin")
    it.agree("Frank".lower())
    assert it.gate().state == "approved"


def test_teams_that_the_token_may_read(stage: Any, hub: FakeGitHub) -> None:
    it = stage(config(approvers={"teams": ["acme/sre"]}))
    hub.team("acme/sre", "frank")
    token = hub.token("ci-app[bot]")
    it.repo.commit("main", {"planguard.yml": config(approvers={"teams": ["acme/sre"]}, bot="ci-app[bot]")})
    it.gate(token=token)
    it.agree("erin")
    refused(it.gate(token=token), "PG31", "erin")
    it.pr.unlabel(LABEL, by="erin")
    it.agree("frank")
    assert it.gate(token=token).state == "approved"


def test_teams_that_the_token_may_not_read(stage: Any, hub: FakeGitHub) -> None:
    hub.team("acme/sre", "frank")
    it = asked(stage, config(approvers={"teams": ["acme/sre"]}))
    it.agree("frank")
    refused(it.gate(), "PG31", "acme/sre", "cannot be read")


def test_owners_of_the_changed_files(stage: Any) -> None:
    owners = {".github/CODEOWNERS": "* @gina\n*.tf @frank\n"}
    it = asked(stage, config(approvers={"codeowners": True}), base_files=owners)
    it.agree("gina")
    refused(it.gate(), "PG31", "gina")
    it.pr.unlabel(LABEL, by="gina")
    it.agree("frank")
    assert it.gate().state == "approved"


def test_owners_that_the_request_brings_along(stage: Any) -> None:
    owners = {".github/CODEOWNERS": "* @frank\n"}
    it = asked(
        stage,
        config(approvers={"codeowners": True}),
        base_files=owners,
        files={".github/CODEOWNERS": "* @erin\n", "main.tf": "x"},
    )
    it.agree("erin")
    refused(it.gate(), "PG31", "erin")


# --- how many, when --------------------------------------------------------------------------------------------------


def test_two_for_what_does_not_come_back(stage: Any) -> None:
    it = stage()
    it.plan = plan(database("orders"))
    it.gate()
    it.agree("erin", "orders")
    refused(it.gate(), "PG70", "1 of 2")
    it.agree("erin", "orders", label=False)  # the same person twice is one
    refused(it.gate(), "PG70", "1 of 2")
    it.agree("frank", "orders", label=False)
    assert it.gate().state == "approved"


def test_two_for_five_things(stage: Any) -> None:
    it = stage()
    it.plan = plan(*(log_group(name) for name in ("a1", "b2", "c3", "d4", "e5")))
    it.gate()
    it.agree("erin", "a1", 5)
    refused(it.gate(), "PG70", "1 of 2", "5 things")


def test_a_freeze(stage: Any) -> None:
    freeze = {"from": "2026-11-01", "until": "2027-11-30", "reason": "The books are closed."}
    it = stage(config(freezes=[freeze]))
    it.gate()
    it.agree("erin")
    refused(it.gate(), "PG80", "The books are closed.")


def test_a_window(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    window = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}
    with FakeGitHub.start(now=datetime(2026, 11, 20, 16, 58, tzinfo=UTC)) as hub:  # a Friday
        it = Stage(hub, tmp_path, config(windows=[window]))
        it.gate()
        it.agree("erin")
        hub.tick(600)
        refused(it.gate(), "PG80", "Mon")
        hub.tick(64 * 3600)
        assert it.gate().state == "approved"


def test_the_label_alone_where_the_base_says_so(stage: Any) -> None:
    it = asked(stage, config(mode="label"))
    it.pr.label(LABEL, by="dana")
    refused(it.gate(), "PG33")
    it.pr.unlabel(LABEL, by="dana")
    it.pr.label(LABEL, by="erin")
    assert it.gate().state == "approved"
    # Where data is lost for good, it is not enough.
    it.plan = plan(database("orders"))
    assert it.gate().code == 10


def test_break_glass(stage: Any) -> None:
    it = asked(stage, config(break_glass="planguard:break-glass"))
    code = it.code
    it.pr.label("planguard:break-glass", by="dana")
    it.pr.comment(f"/planguard break-glass {code} the site is down, logs fill the disk", by="dana")
    refused(it.gate(), "PG71", "1 of 2")
    it.pr.comment(f"/planguard break-glass {code} no", by="frank")
    refused(it.gate(), "PG71", "1 of 2")
    it.pr.comment(f"/planguard break-glass {code} I see it too, let it through", by="frank")
    assert it.gate().state == "break_glass"


def test_break_glass_of_bots(stage: Any) -> None:
    it = asked(stage, config(break_glass="planguard:break-glass"))
    code = it.code
    it.repo.role("renovate[bot]", "admin")
    it.pr.label("planguard:break-glass", by="renovate[bot]")
    for who in ("dana", "erin"):
        it.pr.comment(f"/planguard break-glass {code} the site is down, logs fill the disk", by=who)
    refused(it.gate(), "PG30")


# --- forks -----------------------------------------------------------------------------------------------------------


def test_a_fork_whose_pushes_nobody_tells_takes_two(stage: Any) -> None:
    it = stage()
    fork = it.repo.fork("mallory")
    it.pr = it.repo.pull("mallory", {"main.tf": "# less\n"}, fork=fork)
    it.hub.fault(403, match="/activity", times=99)
    assert it.gate().code == 10
    it.agree("erin")
    refused(it.gate(), "PG70", "1 of 2", "fork")
    it.agree("frank", label=False)
    assert it.gate().state == "approved"


def test_the_owner_of_the_fork_agrees(stage: Any) -> None:
    """Admin at home is nobody here."""
    it = stage()
    it.pr = it.repo.pull("dana", {"main.tf": "# less\n"}, fork=it.repo.fork("mallory"))
    assert it.gate().code == 10
    it.agree("mallory")
    refused(it.gate(), "PG32", "mallory")


def test_a_fork_that_is_gone(stage: Any) -> None:
    it = stage()
    fork = it.repo.fork("mallory")
    it.pr = it.repo.pull("mallory", {"main.tf": "# less\n"}, fork=fork)
    assert it.gate().code == 10
    it.agree("erin")
    event = it.hub.payload(it.pr, "synchronize")
    fork.delete()
    ran = it.gate(event=event)
    assert ran.code != 0, ran.all


# --- while the gate looks --------------------------------------------------------------------------------------------


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
