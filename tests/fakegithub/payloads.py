"""Events as Actions writes them to `GITHUB_EVENT_PATH`, and GitHub sends them to webhooks."""

from __future__ import annotations

from typing import Any

from fakegithub.answers import Answers
from fakegithub.pulls import Pull
from fakegithub.repos import Repo
from fakegithub.state import stamp

Json = dict[str, Any]


def payload(answers: Answers, pull: Pull, action: str, *, label: str = "", by: str = "", comment: str = "") -> Json:
    """`opened`, `labeled`, … of a pull request; `created` and `edited` of a comment, by its id."""
    sender = answers.world.user(by or pull.author.login)
    found: Json = {
        "action": action,
        "repository": answers.repo(pull.repo),
        "sender": answers.user(sender),
    }
    if comment:
        spoken = next(each for each in pull.comments if str(each.id) == comment)
        return {**found, "issue": answers.issue(pull), "comment": answers.comment(spoken)}
    found |= {"number": pull.number, "pull_request": answers.pull(pull)}
    if label:
        found["label"] = answers.label(pull.repo.label(label), pull.repo)
    return found


def group_payload(answers: Answers, repo: Repo, ref: str) -> Json:
    """`checks_requested` of a merge group."""
    base, head = repo.head(repo.default), repo.head(ref)
    assert base is not None and head is not None
    info = repo.bare.log(head, most=1)[0]
    people = zip(("author", "committer"), (info.author, info.committer), strict=True)
    return {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": head,
            "head_ref": f"refs/heads/{ref}",
            "base_sha": base,
            "base_ref": f"refs/heads/{repo.default}",
            "head_commit": {
                "id": head,
                "tree_id": info.tree,
                "message": info.message,
                "timestamp": stamp(answers.world.now),
                **{what: {"name": name, "email": email} for what, (name, email) in people},
            },
        },
        "repository": answers.repo(repo),
        "sender": answers.user(answers.world.user("github-merge-queue[bot]")),
    }
