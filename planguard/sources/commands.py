"""What an edit does to scripts and workflows: flags that take a guard off Terraform, and the state that they work on.

Reads lines, not a language: what a variable of a script holds, nobody knows here. Runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planguard.model import Location
from planguard.sources.facts import Edit

_FLAG = re.compile(
    r"(?<![\w-])--?(auto-approve|destroy|target|replace|lock=false|refresh=false|(?:terragrunt-)?non-interactive)(?![\w-])"
    r"|(?:terraform|tofu|terragrunt)[^\n|;&]*?\s(destroy|state (?:rm|push)|taint|force-unlock)(?![\w-])"
    r"|\buses:\s*\S+/(?:terraform|tofu)-(destroy(?:-workspace)?)@"
    r"|\b(auto_approve:\s*[\"']?true)\b"
)
_TOOL = re.compile(r"\b(terraform|tofu|terragrunt|TF_CLI_ARGS\w*|tf)\b")
_ARGUMENT = re.compile(r"[^\w]*(?:\w+\s*[:=].*)?")
"""What may stand before a flag that is no argument of a command in its own line: `- `, `args: [`, `FLAGS="`."""
_CHOICE = re.compile(
    r"\bworkspace\s+(?:select|new)\s+(?:-or-create(?:=true)?\s+)?[\"']?(?P<workspace>\w[\w.-]*)"
    r"|\bTF_WORKSPACE\s*[:=]\s*[\"']?(?P<variable>\w[\w.-]*)"
    r"|-backend-config[= ]\s*[\"']?(?P<backend>(?:bucket|key|prefix|path|container_name|storage_account_name)=[\w./-]+)"
)
_LONGEST = 2_000
"""Characters of a line; nobody writes longer ones by hand."""
_REMARKS = ("#", "//", "rem ")


def commands(path: str, before: str | None, after: str) -> tuple[Edit, ...]:
    """Everything of note in one script or workflow; `before` is None for one that is new."""
    found = [*_flags(path, before, after), *_elsewhere(path, before, after)]
    return tuple(dict.fromkeys(found))


def _flags(path: str, before: str | None, after: str) -> Iterator[Edit]:
    old = set(before.splitlines()) if before is not None else set()
    lines = after.splitlines()
    for number, line in enumerate(lines, 1):
        if line in old or line.lstrip().startswith(_REMARKS):
            continue
        for match in _FLAG.finditer(line[:_LONGEST]):
            if _of_terraform(lines, number, line[: match.start()]):
                word = f"-{match[1]}" if match[1] else match[2] or match[3] or "auto_approve"
                yield Edit("command", "", f"`{word}` is new in a command of {path}.", Location(path, number))


def _of_terraform(lines: list[str], number: int, ahead: str) -> bool:
    """Whether the command is Terraform's: its own line says so, or those around one that names no command itself."""
    if _TOOL.search(lines[number - 1][:_LONGEST]):
        return True
    goes_on = number > 1 and lines[number - 2].rstrip().endswith(("\\", "`", "^"))
    if not goes_on and _ARGUMENT.fullmatch(ahead) is None:
        return False
    return _TOOL.search("\n".join(lines[max(0, number - 4) : number + 1])[-4000:]) is not None


def _elsewhere(path: str, before: str | None, after: str) -> Iterator[Edit]:
    """A workspace or a place of the state that gave way to another one."""
    was, now = _chosen(before or ""), _chosen(after)
    for kind, what in (("workspace", "workspace"), ("backend", "state")):
        old = {name for chosen, name in was if chosen == kind}
        new = {name: line for (chosen, name), line in now.items() if chosen == kind}
        gone, come = sorted(old - new.keys()), sorted(new.keys() - old)
        if gone and come:
            text = f"{path} works on the {what} {', '.join(come)} instead of {', '.join(gone)}."
            yield Edit("state", "", text, Location(path, new[come[0]]))


def _chosen(text: str) -> dict[tuple[str, str], int]:
    """(kind, name) of everything that is selected, with its first line."""
    found: dict[tuple[str, str], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith(_REMARKS):
            for match in _CHOICE.finditer(line[:_LONGEST]):
                kind = "backend" if match["backend"] else "workspace"
                found.setdefault((kind, match["workspace"] or match["variable"] or match["backend"]), number)
    return found
