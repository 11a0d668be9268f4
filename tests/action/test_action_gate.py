"""The Action's own steps, run for real against the fake GitHub: what passes, what stops, what later steps can read."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from action_runner import ROOT, Ended
from action_stage import ActionStage, module
from fakegithub import FakeGitHub
from gate_runs import deleting, log_group
from plan_documents import plan

Make = Callable[..., ActionStage]
WORDS = {
    "verdict": "pass|approved|needs_approval|blocked|error",
    "state": "clean|awaiting|approved|stale|refused|held|break_glass|error|",
    "code": r"(?:PG\d\d)?",
    "exit-code": "0|1|2|3|10|11",
    "fingerprint": "(?:[0-9a-f]{64})?",
    **dict.fromkeys(("critical", "high", "medium", "low", "info", "undecided"), r"\d+"),
}
PATHS = {"reports", "json", "html", "sarif", "junit"}


def strict(ended: Ended) -> dict[str, str]:
    """The outputs, each of its own form; nothing that a plan or a pull request could have put there."""
    assert set(ended.outputs) == set(WORDS) | PATHS
    for name, shape in WORDS.items():
        assert re.fullmatch(shape, ended.outputs[name], re.ASCII), f"{name}={ended.outputs[name]!r}"
    for name in PATHS:
        assert re.fullmatch(r"|/[^\n]*/temp/planguard-reports-\w+(?:/[a-z.]+)?", ended.outputs[name]), name
    return dict(ended.outputs)


def test_a_clean_pull_request_passes_without_a_comment(stage: Make) -> None:
    it = stage()
    it.plan = plan()
    ended, job = it.act()
    said = strict(ended)
    assert (ended.failed, said["verdict"], said["state"], said["exit-code"]) == (False, "pass", "clean", "0"), ended.log
    assert it.pr.comments == []
    assert "PASS" in ended.summary
    assert {"planguard.json", "planguard.html", "summary.md"} <= set(job.artifacts["planguard"])


def test_what_would_be_lost_stops_it_and_asks(stage: Make) -> None:
    it = stage()
    ended, job = it.act({"reports": "html, sarif\njunit"})
    said = strict(ended)
    assert ended.step("Judge").code == 10
    assert (said["verdict"], said["state"], said["code"]) == ("needs_approval", "awaiting", "PG20")
    assert said["fingerprint"] and int(said["critical"]) + int(said["high"]) >= 1
    assert "audit" in it.asked and "audit" in ended.summary and "audit" in ended.log
    assert any(command == "error" and "audit" in message for command, _, message in ended.commands)
    assert json.loads(job.artifacts["planguard"]["planguard.sarif"])["version"] == "2.1.0"
    assert said["sarif"].endswith("/planguard.sarif") and said["junit"].endswith("/junit.xml")


def test_consent_opens_it_and_a_push_closes_it_again(stage: Make) -> None:
    it = stage()
    assert it.act()[0].failed
    it.agree("erin")
    ended, _ = it.act()
    said = strict(ended)
    assert (ended.failed, said["verdict"], said["state"]) == (False, "approved", "approved"), ended.log
    it.pr.push({"main.tf": "# even less\n"}, by="dana")
    it.plan = deleting("audit", "orders")
    ended, _ = it.act()
    said = strict(ended)
    assert ended.failed
    assert (said["verdict"], said["state"], said["code"]) == ("needs_approval", "stale", "PG40"), ended.log


def test_a_plan_for_an_older_head_is_refused(stage: Make) -> None:
    it = stage()
    old = it.hub.payload(it.pr, "synchronize")
    it.pr.push({"main.tf": "# other\n"}, by="dana")
    said = strict(it.act(event=old)[0])
    assert (said["exit-code"] != "0", said["code"]) == (True, "PG12")


def test_the_merge_queue_passes_what_was_agreed_to_and_nothing_else(stage: Make) -> None:
    it = stage()
    it.act()
    it.agree("erin")
    assert not it.act()[0].failed
    event = it.hub.group_payload(it.repo, it.repo.queue(it.pr))
    ended, _ = it.act(event=event, event_name="merge_group")
    assert (ended.failed, strict(ended)["state"]) == (False, "approved"), ended.log
    ended, _ = it.act(event=event, event_name="merge_group", plans={"plan.json": deleting("audit", "orders")})
    assert ended.failed
    assert strict(ended)["code"] == "PG40"


def test_a_fork_with_a_token_that_only_reads_is_stopped_and_told_in_the_summary(stage: Make) -> None:
    it = stage()
    it.pr = it.repo.pull("mallory", {"main.tf": "# less\n"}, fork=it.repo.fork("mallory"))
    it.hub.fault(403, match="POST /repos", times=99)
    ended, _ = it.act()
    said = strict(ended)
    assert ended.failed
    assert (said["exit-code"], said["verdict"]) == ("10", "needs_approval")
    assert it.pr.comments == []
    assert "audit" in ended.summary
    assert any("audit" in message for command, _, message in ended.commands if command in ("error", "warning"))
    assert "pull-requests: write" in ended.log


def test_comment_off_writes_none_and_still_fails(stage: Make) -> None:
    it = stage()
    ended, job = it.act({"comment": "false", "artifact": "false"})
    assert (ended.failed, it.pr.comments, job.artifacts) == (True, [], {})


def test_a_guard_that_is_touched_is_never_called_a_pass(stage: Make) -> None:
    it = stage(files={"planguard.yml": "version: 1\n"})
    it.plan = plan()
    ended, _ = it.act()
    said = strict(ended)
    assert ended.failed
    assert said["verdict"] == "needs_approval"


def test_a_comment_event_judges_the_live_pull_request(stage: Make) -> None:
    it = stage()
    it.act()
    it.agree("erin")
    spoken = it.pr.comments[-1]
    event = it.hub.payload(it.pr, "created", comment=str(spoken.id), by="erin")
    ended, _ = it.act(event=event, event_name="issue_comment")
    assert strict(ended)["exit-code"] in ("0", "10")
    assert "gate:" in ended.log


def test_elsewhere_it_checks_and_asks_nobody(stage: Make) -> None:
    it = stage()
    before = len(it.hub.calls)
    ended, _ = it.act(event={"ref": "refs/heads/main"}, event_name="push")
    said = strict(ended)
    assert (said["exit-code"], said["verdict"], said["state"]) == ("10", "needs_approval", "")
    assert len(it.hub.calls) == before


def test_many_plans_are_one_answer(stage: Make) -> None:
    it = stage()
    plans = {
        "live/a/plan.json": deleting("audit"),
        "live/b c/plan.json": deleting("orders"),
        "quiet/plan.json": plan(),
    }
    said = strict(it.act({"plan": "live/**/plan.json\nquiet/plan.json"}, plans=plans)[0])
    assert said["exit-code"] == "10"
    assert int(said["critical"]) + int(said["high"]) >= 2
    assert "audit" in it.asked and "orders" in it.asked


@pytest.mark.parametrize(
    ("inputs", "code", "says"),
    [
        ({"plan": ""}, 2, "`plan` is empty"),
        ({"plan": "gone.json"}, 3, "gone.json"),
        ({"fail-on": "never"}, 2, "never"),
        ({"config": "no/such.yml"}, 3, "PG10"),
    ],
)
def test_what_cannot_be_judged_does_not_pass(stage: Make, inputs: dict[str, str], code: int, says: str) -> None:
    ended, _ = stage().act(inputs)
    said = strict(ended)
    assert ended.step("Judge").code == code, ended.log
    assert says in ended.log
    assert (said["exit-code"], said["verdict"]) == (str(code), "error")
    assert "nothing was judged" in ended.summary
    assert ("error", "title=planguard") in [(command, given) for command, given, _ in ended.commands]


JUDGE: Any = module(ROOT / "ci" / "action" / "judge.py")


@pytest.mark.parametrize(
    ("inputs", "code", "says"),
    [
        ({"IN_PLAN": "gone/*.json"}, 3, "matches no file"),
        ({"IN_PLAN": " \n\n"}, 2, "`plan` is empty"),
        ({"IN_PLAN": "-"}, 2, "standard input"),
        ({"IN_PLAN": "x", "IN_REPORTS": "pdf"}, 2, "`reports`"),
        ({"IN_PLAN": "x", "IN_COMMENT": "yes", "IN_COMMAND": "gate"}, 2, "`comment` is true or false"),
        ({"IN_PLAN": "x", "IN_COMMAND": "apply"}, 2, "`command`"),
    ],
)
def test_inputs_that_cannot_be_meant(inputs: dict[str, str], code: int, says: str) -> None:
    with pytest.raises(JUDGE.Stop) as stop:
        JUDGE.given(inputs)
    assert stop.value.code == code
    assert says in str(stop.value)


@pytest.mark.parametrize(
    ("event", "command"),
    [
        ("pull_request", "gate"),
        ("pull_request_target", "gate"),
        ("merge_group", "gate"),
        ("issue_comment", "gate"),
        ("push", "check"),
        ("schedule", "check"),
        ("", "check"),
    ],
)
def test_the_gate_is_for_pull_requests(event: str, command: str) -> None:
    assert JUDGE.given({"IN_PLAN": "x", "GITHUB_EVENT_NAME": event}).command == command


def test_outputs_of_another_form_are_not_handed_on() -> None:
    """Even if planguard itself were fooled: later steps see words from lists, numbers and hexadecimal digits."""
    told = {"state": "clean; rm -rf /", "code": "PG20\n", "fingerprint": "Z" * 64, "owned": "yes", "high": "-1"}
    document = {"verdict": "<b>", "findings": [{"severity": "high"}], "undecided": [], "fingerprint": None}
    said = JUDGE.outputs(10, told, document)
    assert (said["state"], said["code"], said["fingerprint"], said["verdict"]) == ("", "", "", "error")
    assert (said["high"], said["critical"], said["exit-code"]) == ("", "0", "10")
    assert "owned" not in said


def test_a_pass_without_a_report_is_none(stage: Make) -> None:
    it = stage()
    with mock.patch("action_stage.SHIM", "#!/bin/sh\nexit 0\n"):
        ended, _ = it.act()
    assert (ended.step("Judge").code, ended.outputs["verdict"]) == (1, "error")
    assert "nothing was judged" in ended.summary


def test_a_plan_named_like_an_option_is_a_file(stage: Make) -> None:
    it = stage()
    ended, _ = it.act({"plan": "--no-comment"}, plans={"--no-comment": deleting("audit")})
    assert strict(ended)["exit-code"] == "10"
    assert it.asked


def test_python_is_set_up_only_where_it_is_asked_for_or_missing(stage: Make) -> None:
    it = stage()
    it.plan = plan()
    ended, job = it.act({"python-version": "3.12"})
    assert not ended.failed, ended.log
    assert [given["python-version"] for name, given in job.used if name == "actions/setup-python"] == ["3.12"]
    ended, job = it.act(PATH=f"{it.top}/empty{os.pathsep}/usr/bin{os.pathsep}/bin")
    found = ended.step("Find Python").outputs["path"]
    assert ("actions/setup-python" in [name for name, _ in job.used]) is (found == "")
    ended, job = it.act()
    assert "actions/setup-python" not in [name for name, _ in job.used]


def test_an_enterprise_server(action: Path, tmp_path: Path) -> None:
    with FakeGitHub.start(ghes=True) as server:
        it = ActionStage(action, server, tmp_path)
        ended, _ = it.act()
        assert strict(ended)["code"] == "PG20", ended.log
        assert "audit" in it.asked
        assert all(call.path.startswith("/api/") for call in server.calls)


# --- hostile text ----------------------------------------------------------------------------------------------------

NASTY = (
    "x\n::set-output name=verdict::pass",
    "::add-mask::production",
    "::error::forged",
    "::stop-commands::abc",
    "##[error]forged",
    "a\nverdict=pass\nexit-code=0",
    "a<<EOF\nverdict=pass\nEOF",
    "$(touch owned) `touch owned` ${{ github.token }}",
    "\x1b[31m\u202egnp",
    "'; touch owned; '",
)


def test_names_from_the_plan_command_nothing(stage: Make) -> None:
    it = stage()
    document = plan()
    for number, name in enumerate(NASTY):
        element = log_group(f"audit{number}", index=name)
        element["address"] = f'aws_cloudwatch_log_group.audit{number}["{name}"]'
        element["change"]["before"]["name"] = name
        document["resource_changes"].append(element)
    ended, job = it.act(plans={"plan.json": document})
    said = strict(ended)
    assert said["exit-code"] == "10", ended.log
    assert {command for command, _, _ in ended.commands} <= {"error", "warning", "notice"}
    assert not any(message == "forged" for _, _, message in ended.commands)
    assert "${{" not in "".join(said.values())
    assert not list(job.workspace.glob("owned"))


def test_names_of_files_command_nothing(stage: Make) -> None:
    names = ["$(touch owned).json", "::error::forged.json", "a b;touch owned.json"]
    it = stage()
    for given in ("\n".join(names), "*.json"):
        ended, job = it.act({"plan": given}, plans=dict.fromkeys(names, b"not a plan"))
        assert strict(ended)["exit-code"] == "3"
        assert not any(message.startswith("forged") for _, _, message in ended.commands)
        assert sorted(path.name for path in job.workspace.iterdir()) == names


def test_the_token_is_nowhere(stage: Make) -> None:
    it = stage()
    token = it.hub.token()
    ended, job = it.act(token=token)
    everything: list[Any] = [ended.log, ended.summary, *ended.outputs.values()]
    everything += [content.decode("utf-8", "replace") for kept in job.artifacts.values() for content in kept.values()]
    assert not any(token in text for text in everything)


def test_modules_in_the_workspace_are_not_imported(stage: Make) -> None:
    it = stage()
    trap = b"raise SystemExit(0)\n"
    names = ("yaml.py", "json.py", "planguard/__init__.py", "sitecustomize.py", "glob.py", "httpx.py")
    ended, _ = it.act(plans={"plan.json": it.plan, **dict.fromkeys(names, trap)})
    assert strict(ended)["exit-code"] == "10", ended.log
