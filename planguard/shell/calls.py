"""What an agent's hook hands over: the tool call as JSON, in the dialects of the agents that document one.

Claude Code, Codex, Gemini CLI, Kiro and VS Code agree on `tool_name` and `tool_input`; Cursor's shell event has the
command at the top, Copilot CLI says `toolName` and `toolArgs`. Reads the document, and judges nothing.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

Dialect = Literal["claude", "codex", "copilot", "cursor", "gemini", "kiro"]
DIALECTS: tuple[Dialect, ...] = ("claude", "codex", "copilot", "cursor", "gemini", "kiro")

_AFTER = re.compile(r"post|after|stop|session|prompt|notification|compact|spawn|end", re.IGNORECASE)
_AWS_TOOLS = frozenset(("use_aws", "aws"))
_MOST_VALUES = 200


class Call(NamedTuple):
    """One tool call that is about to happen."""

    dialect: Dialect
    command: str | None
    """The command line; None where the tool runs none."""
    folder: str | None
    """Where it would run."""
    other: str = ""
    """What a tool that is no shell would do, as words: its name and its short arguments."""


class NotACall(ValueError):
    """The document is no tool call that is known."""


def call(document: Any, dialect: Dialect | None = None) -> Call | None:
    """The call in a hook's document; None where the event is none that comes before a tool. Raises NotACall."""
    if not isinstance(document, Mapping):
        raise NotACall
    event = document.get("hook_event_name", document.get("hookEventName", ""))
    dialect = dialect or _dialect(document, event)
    if isinstance(event, str) and _AFTER.search(event):
        return None
    name = document.get("tool_name", document.get("toolName", ""))
    given = document.get("tool_input", document.get("toolArgs"))
    if given is None and "command" in document:
        name, given = "shell", document
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise NotACall from None
    if not isinstance(name, str) or not isinstance(given, Mapping):
        raise NotACall
    folder = next(
        (path for path in (given.get("cwd"), given.get("workdir"), document.get("cwd")) if _is_text(path)), None
    )
    return Call(dialect, _command(name, given), folder, _words(name, given))


def _dialect(document: Mapping[str, Any], event: Any) -> Dialect:
    if "toolName" in document or "toolArgs" in document:
        return "copilot"
    if event == "beforeShellExecution" or "cursor_version" in document or "conversation_id" in document:
        return "cursor"
    if event == "BeforeTool":
        return "gemini"
    return "kiro" if event == "preToolUse" else "claude"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _command(name: str, given: Mapping[str, Any]) -> str | None:
    """The command line of a shell tool, or of any tool that takes one."""
    if name in _AWS_TOOLS and _is_text(given.get("operation_name")):
        words = ["aws", str(given.get("service_name", "")), _kebab(given["operation_name"])]
        return shlex.join(words)
    command = given.get("command", given.get("cmd", given.get("script")))
    if isinstance(command, list) and all(isinstance(word, str) for word in command):
        return shlex.join(command)
    return command if isinstance(command, str) else None


def _kebab(operation: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", operation).replace("_", "-").lower()


def _words(name: str, given: Mapping[str, Any]) -> str:
    """A tool of a server and its arguments as words: `mcp terraform Execute Terraform Command apply`."""
    if not re.match(r"mcp|@|MCP:", name):
        return ""
    split = re.sub(r"[_/:@.-]+|(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join([split, *(text for text in _texts(given) if len(text) <= 60)]).lower()


def _texts(value: Any) -> Iterator[str]:
    waiting, seen = [value], 0
    while waiting and seen < _MOST_VALUES:
        item = waiting.pop(0)
        seen += 1
        if isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str):
            yield item
