"""Which pull request is meant: from the command line, else from what the CI says of itself.

Owns what is read from the environment, and whose comments are planguard's. Which host it is, `hosts.connect` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from planguard.errors import HostError, InputError, UsageError
from planguard.forge import Host, Oneself

BOTS = {"github": "github-actions[bot]", "gitlab": ""}
"""Whose comments are planguard's own, unless planguard.yml says so: those of the CI's own token.

Empty where the CI's own token cannot write comments: then those of whoever the token belongs to.
"""

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Meant(NamedTuple):
    """What the gate is asked about."""

    number: int | None
    """Of the pull request; None for a merge queue's branch."""
    commit: str | None
    """The head that the plan was made for; None where nobody says."""
    group: str | None = None
    """Branch of a merge queue."""


def meant(name: str, number: int | None, commit: str | None, env: Mapping[str, str]) -> Meant:
    """The pull request and its head. What is given goes before what the CI says."""
    if commit is not None and not _SHA.fullmatch(commit):
        raise UsageError("--commit takes a whole commit hash, 40 hexadecimal digits in small letters.")
    told = _gitlab(env) if name == "gitlab" else _github(env)
    if number is not None:
        return Meant(number, commit or (told.commit if told.number == number else None))
    if told.number is None and told.group is None:
        raise UsageError("No pull request is named, and this run does not belong to one.", hint="Give --pr NUMBER.")
    return told._replace(commit=commit or told.commit)


def branch(env: Mapping[str, str]) -> str | None:
    """The branch that this run belongs to; None where it belongs to a tag, a pull request or a person's shell."""
    if env.get("GITLAB_CI"):
        return env.get("CI_COMMIT_BRANCH") or None
    kind, _, name = env.get("GITHUB_REF", "").partition("refs/heads/")
    return name if name and not kind else None


def bot_of(host: Host, named: str) -> str:
    """The login whose comments are planguard's own; `named` is what planguard.yml says. Raises where nobody knows."""
    known = named or BOTS.get(host.name, "")
    if known:
        return known
    account = host.me() if isinstance(host, Oneself) else None
    if account is None:
        raise HostError(
            "It is not known whose comments are planguard's own.",
            hint="Name the account of its token in planguard.yml, as `bot` under `consent`.",
        )
    return account.login


def _gitlab(env: Mapping[str, str]) -> Meant:
    number = env.get("CI_MERGE_REQUEST_IID", "")
    if not (number.isascii() and number.isdigit()):
        return Meant(None, None)
    # In a pipeline for merged results CI_COMMIT_SHA is a commit that nobody wrote.
    commit = env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or env.get("CI_COMMIT_SHA") or ""
    head = commit if _SHA.fullmatch(commit) else None
    if env.get("CI_MERGE_REQUEST_EVENT_TYPE") == "merge_train":
        return Meant(None, head, f"refs/merge-requests/{int(number)}/train")
    return Meant(int(number), head)


def _github(env: Mapping[str, str]) -> Meant:
    path = env.get("GITHUB_EVENT_PATH", "")
    if not path:
        return Meant(None, None)
    payload = _payload(path)
    pull = payload.get("pull_request")
    if isinstance(pull, dict):
        return Meant(_number(pull), _sha(pull.get("head")))
    queue = payload.get("merge_group")
    if isinstance(queue, dict) and isinstance(queue.get("head_ref"), str):
        head = queue.get("head_sha")
        return Meant(None, head if isinstance(head, str) and _SHA.fullmatch(head) else None, queue["head_ref"])
    issue = payload.get("issue")
    if isinstance(issue, dict) and isinstance(issue.get("pull_request"), dict):
        return Meant(_number(issue), None)
    return Meant(None, None)


def _payload(path: str) -> dict[str, Any]:
    try:
        data = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        raise InputError("The event that started this run cannot be read.", where="GITHUB_EVENT_PATH") from None
    return data if isinstance(data, dict) else {}


def _number(shape: dict[str, Any]) -> int | None:
    number = shape.get("number")
    return number if type(number) is int and number > 0 else None


def _sha(head: Any) -> str | None:
    sha = head.get("sha") if isinstance(head, dict) else None
    return sha if isinstance(sha, str) and _SHA.fullmatch(sha) else None
