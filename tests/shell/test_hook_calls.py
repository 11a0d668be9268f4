"""The tool calls of the agents, and the answers: one process each, as the agents run it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from command import Planguard
from planguard.cli import hook
from planguard.shell import Judgement, answers, calls

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(scope="module")
def planguard() -> Planguard:
    return Planguard()


def claude(command: str, **more: Any) -> dict[str, Any]:
    return {
        "session_id": "s",
        "transcript_path": "/t",
        "cwd": str(PROJECT),
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": command, "description": "x"},
        **more,
    }


def ask(planguard: Planguard, document: object, *arguments: str) -> tuple[int, str, str]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    done = planguard("hook", *arguments, stdin=data)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_refusal_tells_what_and_the_next_step(planguard: Planguard):
    code, out, err = ask(planguard, claude("terraform destroy -var password=hunter2"))
    assert (code, out) == (2, "")
    assert "refused `terraform destroy`" in err
    assert "planguard apply tfplan" in err
    assert "hunter2" not in err


def test_silence_where_there_is_nothing_to_say(planguard: Planguard):
    assert ask(planguard, claude("terraform plan -out=tfplan")) == (0, "", "")


def test_scripts_are_read_where_the_command_runs(planguard: Planguard):
    code, _, err = ask(planguard, claude("./deploy.sh"))
    assert code == 2
    assert "refused `terraform apply` (in ./deploy.sh)" in err


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"{}", b'{"tool_name": 3}', b"\xff\xfe", b"[" * 100_000])
def test_what_cannot_be_read_is_stopped(planguard: Planguard, data: bytes):
    code, _, err = ask(planguard, data)
    assert code == 2
    assert "cannot read this tool call" in err
    assert "Traceback" not in err


def test_copilot_is_answered_in_json(planguard: Planguard):
    document = {"timestamp": 1, "cwd": "/", "toolName": "bash", "toolArgs": json.dumps({"command": "cdk deploy"})}
    code, out, _ = ask(planguard, document)
    answer = json.loads(out)
    assert (code, answer["permissionDecision"]) == (0, "deny")
    assert "cdk deploy" in answer["permissionDecisionReason"]


def test_cursor_is_answered_in_json(planguard: Planguard):
    document = {"hook_event_name": "beforeShellExecution", "conversation_id": "c", "cwd": "/", "command": "pulumi up"}
    code, out, _ = ask(planguard, document)
    assert (code, json.loads(out)["permission"]) == (2, "deny")
    assert ask(planguard, {**document, "command": "ls"}) == (0, "{}", "")


@pytest.mark.parametrize("agent", calls.DIALECTS)
def test_the_setup_of_every_agent_is_json(planguard: Planguard, agent: str):
    done = planguard("hook", "--init", agent)
    assert done.returncode == 0
    assert "planguard hook" in json.dumps(json.loads(done.stdout))
    assert answers.SETUPS[agent][0] in done.stderr.decode()  # type: ignore[index]


def before(event: str, tool: str, **given: Any) -> dict[str, Any]:
    return {"hook_event_name": event, "tool_name": tool, "tool_input": given}


@pytest.mark.parametrize(
    ("document", "dialect", "command"),
    [
        (claude("ls"), "claude", "ls"),
        (before("BeforeTool", "run_shell_command", command="ls"), "gemini", "ls"),
        (before("preToolUse", "execute_bash", command="ls"), "kiro", "ls"),
        (before("PreToolUse", "shell", command=["bash", "-lc", "ls -l"]), "claude", "bash -lc 'ls -l'"),
        ({**before("preToolUse", "Shell", command="ls"), "cursor_version": "2"}, "cursor", "ls"),
        ({"hook_event_name": "beforeShellExecution", "command": "ls"}, "cursor", "ls"),
        ({"toolName": "bash", "toolArgs": {"command": "ls"}}, "copilot", "ls"),
        (
            before("preToolUse", "use_aws", service_name="rds", operation_name="DeleteCluster"),
            "kiro",
            "aws rds delete-cluster",
        ),
        (before("PreToolUse", "Write", file_path="a", content="terraform destroy"), "claude", None),
    ],
)
def test_dialects(document: Any, dialect: str, command: str | None):
    found = calls.call(document)
    assert found is not None
    assert (found.dialect, found.command) == (dialect, command)


@pytest.mark.parametrize(
    "event", ["PostToolUse", "AfterTool", "SessionStart", "UserPromptSubmit", "Stop", "afterShellExecution"]
)
def test_other_events_are_none_of_our_business(planguard: Planguard, event: str):
    assert (
        calls.call({"hook_event_name": event, "tool_name": "Bash", "tool_input": {"command": "terraform destroy"}})
        is None
    )


@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("mcp__terraform__ExecuteTerraformCommand", {"command": "apply", "working_directory": "x"}, False),
        ("mcp__terraform__ExecuteTerraformCommand", {"request": {"command": "destroy"}}, False),
        ("@terraform/ExecuteTerraformCommand", {"command": "plan"}, True),
        ("mcp__aws__cloudformation_delete-stack", {}, False),
        ("mcp__docs__search", {"query": "how does terraform destroy work with modules that somebody else moved"}, True),
        ("mcp__shell__run", {"command": "terraform apply"}, False),
        ("Task", {"prompt": "terraform destroy"}, True),
        ("Edit", {"new_string": "terraform destroy"}, True),
    ],
)
def test_tools_that_are_no_shell(name: str, given: dict[str, Any], allowed: bool):
    found = calls.call({"hook_event_name": "PreToolUse", "tool_name": name, "tool_input": given})
    assert found is not None
    assert hook._judged(found).allowed is allowed


@pytest.mark.parametrize(
    ("what", "next_"),
    [
        ("terraform state mv", "moved"),
        ("terraform state rm", "removed"),
        ("tofu refresh", "-refresh-only"),
        ("terraform force-unlock", "lock"),
        ("aws cloudformation deploy", "change set"),
        ("aws rds delete-db-instance", "ask a person"),
        ("terraform apply", "planguard apply tfplan"),
    ],
)
def test_the_next_step_fits(what: str, next_: str):
    text = answers.message(Judgement(False, "danger", what))
    assert next_ in text.split("\n")[1]
    assert len(text.split("\n")) == 3


def test_a_large_script_is_not_taken_for_harmless(tmp_path: Path):
    (tmp_path / "large.sh").write_text("true\n" * 1_000_000, encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\x7fELF\0" + bytes(5_000_000))
    files = hook._Files(str(tmp_path))
    assert files.read("binary") is None
    document = claude("bash large.sh", cwd=str(tmp_path))
    found = calls.call(document)
    assert found is not None
    assert hook._judged(found) == Judgement(False, "unclear", "a script that is too large to look at", "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_is_never_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    assert hook._Files(str(tmp_path)).read("pipe") is None


def test_a_mistake_of_our_own_stops_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    import io
    import sys

    from planguard import shell

    def broken(*_: object) -> Judgement:
        raise ZeroDivisionError

    class Input:
        buffer = io.BytesIO(json.dumps(claude("ls")).encode())

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(shell, "judge", broken)
    monkeypatch.setattr(sys, "stdin", Input())
    assert hook.hook.main([], standalone_mode=False) == 2
    assert "planguard itself failed" in capsys.readouterr().err
