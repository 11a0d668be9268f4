"""Who may agree, how many it takes and when, and changes of the guard itself: nothing of it yields to a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakegithub import FakeGitHub
from gate_runs import LABEL, Stage, asked, config, database, deleting, log_group, own, refused
from plan_documents import plan

# --- the guard itself -------------------------------------------------------------------------------------------------


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


# --- who is listed ----------------------------------------------------------------------------------------------------


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


# --- how many, when ---------------------------------------------------------------------------------------------------


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


# --- forks ------------------------------------------------------------------------------------------------------------


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


# --- elsewhere --------------------------------------------------------------------------------------------------------


def test_on_an_enterprise_server(tmp_path: Path) -> None:
    """Its APIs lie elsewhere, that for who edited a comment as well."""
    with FakeGitHub.start(ghes=True) as hub:
        it = Stage(hub, tmp_path)
        it.gate()
        it.plan = deleting("audit", "payments")
        it.gate()
        it.agree("erin")
        ran = it.gate()
        assert ran.state == "approved", ran.all
        assert any(call.endswith("/api/graphql") for call in ran.calls)
        own(it).edit(it.asked, by="dana")
        refused(it.gate(), "PG41")


def test_a_host_named_by_the_command_line_alone(stage: Any) -> None:
    it = stage()
    ran = it.gate("--host", "github", "--pr", str(it.pr.number), "--commit", it.pr.head, event={})
    assert ran.pg == "PG20", ran.all
    ran = it.gate("--pr", str(it.pr.number), "--commit", it.pr.head[:12], event={})
    assert ran.code == 2 and not ran.calls, ran.all
