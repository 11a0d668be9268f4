"""The Action's one step that decides: runs planguard on the plans, and hands on what it said.

Owns the line between what a pull request may influence and what later steps read: outputs are words from short lists,
numbers, hexadecimal digits and paths of our own; the log takes no commands from text that planguard prints. Ends with
planguard's own exit code, so that nothing but planguard's pass is a pass. Decides nothing itself.
"""

from __future__ import annotations

import glob
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ALWAYS = ("json", "summary", "annotations", "terminal")
FILES = {
    "terminal": "planguard.txt",
    "json": "planguard.json",
    "html": "planguard.html",
    "comment": "comment.md",
    "comment-gitlab": "comment-gitlab.md",
    "summary": "summary.md",
    "sarif": "planguard.sarif",
    "junit": "junit.xml",
    "annotations": "annotations.txt",
    "gitlab": "code-quality.json",
    "agent": "agent.txt",
    "mermaid": "graph.mmd",
    "dot": "graph.dot",
}
"""Report → the name that it gets."""

GATED = ("pull_request", "pull_request_target", "merge_group", "issue_comment")
SHAPES = {
    "state": "clean|awaiting|approved|stale|refused|held|break_glass|error|",
    "code": r"PG\d{2}|",
    "verdict": "pass|approved|needs_approval|blocked|error",
    "exit-code": r"\d{1,3}",
    "fingerprint": "[0-9a-f]{64}|",
    **dict.fromkeys(("critical", "high", "medium", "low", "info", "undecided"), r"\d{1,9}"),
}
"""Output → what it may be. Whatever has another form is not handed on."""
LEVELS = ("critical", "high", "medium", "low", "info")
USAGE, UNUSABLE = 2, 3


class Given(NamedTuple):
    """The inputs of the Action."""

    plans: tuple[str, ...]
    reports: tuple[str, ...]
    command: str
    options: tuple[str, ...]


class Stop(Exception):
    """One sentence, and the exit code of the step."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.code = code


def given(env: Mapping[str, str]) -> Given:
    """The inputs, checked. Raises Stop."""
    command = env.get("IN_COMMAND") or "auto"
    if command not in ("auto", "gate", "check"):
        raise Stop("The input `command` is auto, gate, check or install.")
    if command == "auto":
        command = "gate" if env.get("GITHUB_EVENT_NAME") in GATED else "check"
    reports = tuple(re.split(r"[\s,]+", env.get("IN_REPORTS", "").strip())) if env.get("IN_REPORTS", "").strip() else ()
    unknown = [name for name in reports if name not in FILES]
    if unknown:
        raise Stop(f"The input `reports` takes these names: {', '.join(FILES)}.")
    return Given(plans(env.get("IN_PLAN", "")), reports, command, tuple(_options(env, command)))


def plans(text: str) -> tuple[str, ...]:
    """The files that `plan` names: one path or glob a line. A glob without a match is no pass."""
    found: dict[str, None] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if not re.search(r"[*?[]", line) or Path(line).exists():
            found[line] = None
            continue
        # pathlib's own globs take no absolute patterns.
        matches = sorted(one for one in glob.glob(line, recursive=True) if not Path(one).is_dir())  # noqa: PTH207
        if not matches:
            raise Stop("A pattern of the input `plan` matches no file, so there is nothing to judge.", UNUSABLE)
        found.update(dict.fromkeys(matches))
    if not found:
        raise Stop("The input `plan` is empty: name the plans to judge, one path or glob a line.")
    if "-" in found:
        raise Stop("The input `plan` takes files; a step has no standard input.")
    return tuple(found)


def _options(env: Mapping[str, str], command: str) -> list[str]:
    named = {"--config": "IN_CONFIG", "--fail-on": "IN_FAIL_ON", "--workspace": "IN_WORKSPACE"}
    named |= {"--environment": "IN_ENVIRONMENT", "--terraform-bin": "IN_TERRAFORM_BIN"}
    words = [f"{option}={env[name]}" for option, name in named.items() if env.get(name)]
    if command == "gate":
        words.append("--comment" if _yes(env, "IN_COMMENT", "true") else "--no-comment")
        words.append("--status" if _yes(env, "IN_STATUS", "false") else "--no-status")
    return words


def _yes(env: Mapping[str, str], name: str, otherwise: str) -> bool:
    word = env.get(name) or otherwise
    if word not in ("true", "false"):
        raise Stop(f"The input `{name.removeprefix('IN_').lower()}` is true or false.")
    return word == "true"


# --- running ---------------------------------------------------------------------------------------------------------


def run(what: Given, folder: Path, env: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
    """Exit code of planguard, and what it wrote for later steps."""
    wanted = [f"--report={name}={folder / FILES[name]}" for name in dict.fromkeys((*ALWAYS, *what.reports))]
    said = folder / ".outputs"
    said.touch()
    child = {name: value for name, value in env.items() if not name.startswith("IN_")}
    child |= {"GITHUB_OUTPUT": str(said), "GITHUB_TOKEN": env.get("IN_TOKEN", "")}
    command = [env["PLANGUARD"], what.command, "--no-color", *wanted, *what.options, "--", *what.plans]
    try:
        code = subprocess.run(command, env=child, stdin=subprocess.DEVNULL, check=False).returncode
    except OSError as error:
        raise Stop(f"planguard cannot be started ({error.strerror}).", UNUSABLE) from None
    pairs = dict(line.partition("=")[::2] for line in said.read_text("utf-8").splitlines())
    said.unlink()
    return code if 0 <= code < 256 else 1, pairs


def outputs(code: int, told: Mapping[str, str], document: Any) -> dict[str, str]:
    """What later steps may read, each of them of the form that it must have."""
    runs = document.get("runs", [document]) if isinstance(document, dict) else []
    findings = [finding for one in runs for finding in one.get("findings", ())]
    counted = {level: str(sum(1 for one in findings if one.get("severity") == level)) for level in LEVELS}
    prints = {str(one.get("fingerprint") or "") for one in runs}
    verdict = str(document["verdict"]) if runs else "error"
    if code and verdict in ("pass", "approved"):
        # The plan is harmless, and the gate stops all the same: for a file of the guard, say.
        verdict = {10: "needs_approval", 11: "blocked"}.get(code, "error")
    found = {
        "verdict": verdict,
        "fingerprint": prints.pop() if len(prints) == 1 else "",
        "undecided": str(sum(len(one.get("undecided", ())) for one in runs)),
        **counted,
        **{name: value for name, value in told.items() if name in SHAPES and value},
        "exit-code": str(code),
    }
    whole = {"state": "", "code": "", **found}
    wrong = {"verdict": "error", "exit-code": str(code)}
    return {
        name: value if re.fullmatch(SHAPES[name], value, re.ASCII) else wrong.get(name, "")
        for name, value in whole.items()
    }


def main() -> int:
    """Everything, in the order in which the log shows it."""
    env = os.environ
    folder = Path(tempfile.mkdtemp(prefix="planguard-reports-", dir=env["RUNNER_TEMP"]))
    # Names from the plan stand in what is printed now; a line of them must not be a command to the runner.
    fence = secrets.token_hex(16)
    _say(f"::stop-commands::{fence}")
    try:
        what = given(env)
        code, told = run(what, folder, env)
        _say(_text(folder / FILES["terminal"]))
    except Stop as stop:
        what, code, told = None, stop.code, {}
        _say(f"planguard: {stop}")
    finally:
        _say(f"::{fence}::")
    document = _document(folder / FILES["json"])
    if code == 0 and document is None:
        code = 1  # a pass without a report is none
    _say(_text(folder / FILES["annotations"]))
    if document is None:
        _say(f"::error title=planguard::Nothing was judged (exit {code}), so nothing passes. The log above says why.")
    _summary(_text(folder / FILES["summary"]) or _nothing(code))
    _hand_on(outputs(code, told, document), folder, what.reports if what else ())
    return code


def _hand_on(said: Mapping[str, str], folder: Path, reports: Sequence[str]) -> None:
    paths = {"reports": folder} if any(folder.iterdir()) else {}
    paths |= {name: folder / FILES[name] for name in ("json", *reports) if (folder / FILES[name]).is_file()}
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in {**paths, **said}.items())


def _summary(text: str) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)  # not a byte more: the report fills what GitHub takes


def _nothing(code: int) -> str:
    return (
        f"## planguard: nothing was judged\n\nIt ended with exit code {code}, and nothing passes. "
        "The log of the step says why.\n"
    )


def _document(path: Path) -> Any:
    return json.loads(path.read_bytes()) if path.is_file() else None


def _text(path: Path) -> str:
    return path.read_text("utf-8").rstrip("\n") if path.is_file() else ""


def _say(text: str) -> None:
    if text:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]
    sys.exit(main())
