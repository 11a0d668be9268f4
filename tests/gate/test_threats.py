"""Attacks on the human override by machines, by labels, and by those who made a change: each refused with its code."""

from __future__ import annotations

from typing import Any

import pytest

from gate_runs import LABEL, Stage, asked, config, refused

# --- machines ---------------------------------------------------------------------------------------------------------


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


# --- the label --------------------------------------------------------------------------------------------------------


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


# --- those who made it ------------------------------------------------------------------------------------------------


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
