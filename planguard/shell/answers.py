"""What is said to an agent whose command was refused: what, where, and the one step that is safe.

Names no way round, and repeats nothing from the command: it may hold secrets.
"""

from __future__ import annotations

import json

from planguard.shell import Judgement
from planguard.shell.calls import Dialect

_NEXT = {
    "state mv": "Write a `moved` block, plan, and let `planguard apply` apply it.",
    "state rm": "Write a `removed` block with `destroy = false`, plan, and let `planguard apply` apply it.",
    "refresh": "Run `terraform plan -refresh-only` and show what it says.",
    "force-unlock": "Ask whoever holds the lock; an apply may be running.",
}
_PLAN = "Write a plan with -out=tfplan, and leave the rest to `planguard apply tfplan`: it asks a person."
_CHANGE_SET = "Create a change set, judge it with `planguard check`, and ask a person to execute it."
_PERSON = "Say what should be deleted and why, and ask a person to do it."
_STOP = "Do not try another way to the same end; if this blocks you, stop and say so."
_CLEAR = "Write the command out plainly. To change infrastructure: plan with -out=tfplan, and `planguard apply tfplan`."


def message(judgement: Judgement) -> str:
    """The answer, as lines."""
    where = f" (in {judgement.where})" if judgement.where else ""
    if judgement.reason == "unclear":
        first = f"planguard refused this command, because it cannot tell what it does: {judgement.what}{where}."
    elif judgement.reason == "tool":
        first = "planguard refused this tool: its name and arguments say that it applies or destroys."
    else:
        first = f"planguard refused `{judgement.what}`{where}: nobody has seen what it would take away."
    return f"{first}\nNext: {_next(judgement)}\n{_STOP}"


def _next(judgement: Judgement) -> str:
    what = judgement.what
    if judgement.reason == "unclear":
        return _CLEAR
    if judgement.reason == "tool":
        return _PLAN
    special = next((text for words, text in _NEXT.items() if what.endswith(words)), None)
    if special is not None:
        return special
    tool = what.split(" ", 1)[0]
    if tool in ("cdk", "sam") or what.startswith("aws cloudformation"):
        return _CHANGE_SET
    if tool in ("terraform", "tofu", "terragrunt", "cdktf", "atmos", "terraspace", "apply", "destroy", "-auto-approve"):
        return _PLAN
    return _PERSON


def refusal(dialect: Dialect, text: str) -> tuple[int, str]:
    """(exit code, standard output) with which an agent is told no. All but Copilot take exit 2 and standard error."""
    if dialect == "copilot":
        return 0, json.dumps({"permissionDecision": "deny", "permissionDecisionReason": text})
    if dialect == "cursor":
        return 2, json.dumps({"permission": "deny", "user_message": text.split("\n", 1)[0], "agent_message": text})
    return 2, ""


def silence(dialect: Dialect) -> str:
    """Standard output where planguard has nothing to say. Never `allow`: that would skip the user's own rules."""
    return "{}" if dialect in ("cursor", "gemini") else ""


_CLAUDE = {
    "hooks": {"PreToolUse": [{"matcher": "Bash|mcp__.*", "hooks": [{"type": "command", "command": "planguard hook"}]}]}
}
SETUPS: dict[Dialect, tuple[str, object]] = {
    "claude": (".claude/settings.json", _CLAUDE),
    "codex": (".codex/hooks.json", _CLAUDE),
    "copilot": (
        ".github/hooks/planguard.json",
        {"version": 1, "hooks": {"preToolUse": [{"type": "command", "bash": "planguard hook", "timeoutSec": 30}]}},
    ),
    "cursor": (
        ".cursor/hooks.json",
        {"version": 1, "hooks": {"beforeShellExecution": [{"command": "planguard hook", "failClosed": True}]}},
    ),
    "gemini": (
        ".gemini/settings.json",
        {
            "hooks": {
                "BeforeTool": [
                    {"matcher": "run_shell_command|mcp_.*", "hooks": [{"type": "command", "command": "planguard hook"}]}
                ]
            }
        },
    ),
    "kiro": (
        ".kiro/hooks/planguard.json",
        {
            "version": "v1",
            "hooks": [
                {
                    "name": "planguard",
                    "description": "Refuses commands that destroy infrastructure without consent",
                    "trigger": "PreToolUse",
                    "matcher": "execute_bash|execute_cmd|shell|use_aws|aws|@.*",
                    "action": {"type": "command", "command": "planguard hook"},
                    "timeout": 30,
                    "enabled": True,
                }
            ],
        },
    ),
}
"""Agent → the file, and what belongs into it."""
