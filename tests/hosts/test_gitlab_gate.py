"""`planguard gate` in GitLab CI: the real command against GitLab on loopback, from the question to the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakegitlab import FakeGitLab, Merge
from gate_runs import LABEL, QUICK, config, database, deleting, run
from plan_documents import plan

_LINE = re.compile(r"^ *(/planguard approve \S+ (?:destroy|allow)) <name>", re.MULTILINE)
ORDINARY = 14
"""Requests of a passing run for a merge request of ordinary size, the comment written anew among them."""


@pytest.fixture(scope="module")
def lab() -> Iterator[FakeGitLab]:
    """Its end fails the last test where an answer was not as GitLab documents it."""
    with FakeGitLab.start() as started:
        yield started


class Stage:
    """A merge request of dana's; erin and frank are developers, tess is a reporter."""

    def __init__(self, lab: FakeGitLab, top: Path, **merge: Any) -> None:
        self.lab, self.top = lab, top
        files = {"README.md": "hello\n", "main.tf": "# begin\n", "planguard.yml": merge.pop("settings", config())}
        files |= merge.pop("base_files", {})
        self.project = lab.project(f"acme/{top.parent.name}/{top.name}"[:90], files=files)
        for name, role in {"dana": "developer", "erin": "developer", "frank": "maintainer", "tess": "reporter"}.items():
            self.project.role(name, role)
        self.merge: Merge = self.project.merge(merge.pop("author", "dana"), {"main.tf": "# less\n"}, **merge)
        self.token = lab.token()
        lab.tick(60)

    def gate(self, document: Any = None, **env: str) -> tuple[int, str, str]:
        """Exit code, code of the answer, and all that was said; then half a minute goes by."""
        return self._run(["gate", "plan.json"], document, {**self.lab.env(self.project, self.merge, self.token), **env})

    def verify(self, document: Any = None) -> tuple[int, str, str]:
        """The same of `planguard verify`, as in the pipeline of the branch after a merge."""
        env = self.lab.env(self.project, token=self.token)
        return self._run(["verify", "plan.json", "--pr", str(self.merge.iid)], document, env)

    def _run(self, arguments: list[str], document: Any, env: dict[str, str]) -> tuple[int, str, str]:
        (self.top / "plan.json").write_text(json.dumps(deleting("audit") if document is None else document))
        code, out, err, outputs = run(arguments, {**QUICK, **env}, self.top)
        assert self.token not in out + err + json.dumps(outputs)
        self.lab.tick(30)
        return code, outputs.get("code", ""), out + err

    @property
    def asked(self) -> str:
        """planguard's note."""
        return next((note.body for note in self.merge.notes if "planguard:gate:v1" in note.body), "")

    def line(self, name: str = "audit") -> str:
        found = _LINE.search(self.asked)
        assert found, f"the note asks for no line:\n{self.asked}"
        return f"{found[1]} {name}"

    def agree(self, by: str, name: str = "audit", *, label: bool = True) -> None:
        """Post the line and set the label, as the note asks."""
        self.merge.note(self.line(name), by=by)
        self.lab.tick(2)
        if label:
            self.merge.label(LABEL, by=by)
        self.lab.tick(2)


@pytest.fixture
def stage(lab: FakeGitLab, tmp_path: Path) -> Iterator[Stage]:
    yield Stage(lab, tmp_path)
    lab.calm()


def test_somebody_else_agrees(stage: Stage) -> None:
    code, pg, said = stage.gate()
    assert (code, pg) == (10, "PG20"), said
    assert [note.author.username for note in stage.merge.notes] == ["project_7_bot"]
    stage.agree("erin")
    before = len(stage.lab.calls)
    code, pg, said = stage.gate()
    assert (code, pg) == (0, ""), said
    assert len(stage.lab.calls) - before == ORDINARY
    assert len(stage.merge.notes) == 2  # the one question, and erin's line


def test_the_author_does_not(stage: Stage) -> None:
    stage.gate()
    stage.agree("dana")
    assert stage.gate()[:2] == (10, "PG33")


def test_somebody_who_committed_does_not(stage: Stage) -> None:
    stage.merge.push(
        {"main.tf": "# even less\n"}, author=("Dana", "dana@example.com"), committer=("E", "erin@example.com")
    )
    stage.gate()
    stage.agree("erin")
    assert stage.gate()[:2] == (10, "PG33")


def test_a_push_afterwards_needs_it_anew(stage: Stage) -> None:
    stage.gate()
    stage.agree("erin")
    assert stage.gate()[0] == 0
    stage.merge.push({"main.tf": "# something else\n"})
    assert stage.gate()[:2] == (10, "PG40")
    stage.merge.unlabel(LABEL, by="erin")
    stage.agree("erin")
    assert stage.gate()[0] == 0


def test_a_bot_does_not_count(stage: Stage) -> None:
    stage.project.role("group_4_bot_ab12", "maintainer")
    stage.lab.user("service", bot=True)
    stage.project.role("service", "maintainer")
    stage.gate()
    for name in ("group_4_bot_ab12", "service"):
        stage.agree(name)
        assert stage.gate()[:2] == (10, "PG30")
        stage.merge.unlabel(LABEL, by="erin")


def test_a_reporter_does_not_count(stage: Stage) -> None:
    stage.gate()
    stage.agree("tess")
    assert stage.gate()[:2] == (10, "PG32")


def test_another_label_that_is_renamed_is_not_this_one(stage: Stage) -> None:
    stage.gate()
    stage.agree("erin", label=False)
    stage.merge.label("looks good", by="erin")
    stage.lab.tick(5)
    stage.project.rename_label("looks good", LABEL)
    assert stage.gate()[:2] == (10, "PG21")


def test_an_edited_line_does_not_count(stage: Stage) -> None:
    stage.gate()
    note = stage.merge.note("something else", by="erin")
    stage.lab.tick(30)
    note.edit(stage.line())
    stage.merge.label(LABEL, by="erin")
    assert stage.gate()[:2] == (10, "PG51")


def test_a_question_that_a_maintainer_changed_is_asked_anew(stage: Stage) -> None:
    """Whoever may edit comments could make the question older than it is, or another one."""
    stage.gate()
    question = next(note for note in stage.merge.notes if "planguard:gate:v1" in note.body)
    stage.agree("erin")
    question.edit(question.body.replace("audit", "nothing"), by="frank")
    assert stage.gate()[0] == 10
    assert "nothing" not in question.body
    stage.merge.unlabel(LABEL, by="erin")
    stage.agree("erin")
    assert stage.gate()[0] == 0


def test_consent_before_it_was_reopened_is_void(stage: Stage) -> None:
    stage.gate()
    stage.agree("erin")
    stage.merge.close()
    assert stage.gate()[:2] == (10, "PG11")
    stage.merge.reopen()
    stage.lab.tick(1)
    assert stage.gate()[:2] == (10, "PG40")


def test_an_agents_change_takes_two(lab: FakeGitLab, tmp_path: Path) -> None:
    stage = Stage(lab, tmp_path, author="duo_bot")
    stage.gate()
    stage.agree("erin")
    assert stage.gate()[:2] == (10, "PG70")
    stage.agree("frank", label=False)
    assert stage.gate()[0] == 0


def test_who_pushed_is_unknown_so_it_takes_two(stage: Stage) -> None:
    stage.merge.push({"main.tf": "# even less\n"}, by="mallory", author=("Dana", "dana@example.com"), bulk=True)
    stage.lab.tick(5)
    stage.gate()
    stage.agree("erin")
    assert stage.gate()[:2] == (10, "PG70")


def test_a_database_takes_two(stage: Stage) -> None:
    ending = plan(database("orders"))
    stage.gate(ending)
    stage.agree("erin", "orders")
    assert stage.gate(ending)[:2] == (10, "PG70")
    stage.agree("frank", "orders", label=False)
    assert stage.gate(ending)[0] == 0


@pytest.mark.parametrize(
    ("owners", "code"),
    [("@erin", ""), ("@acme/sre", ""), ("@frank", "PG31"), ("@@erin", "PG31"), ("@acme/others", "PG31"), ("", "PG31")],
)
def test_owners_of_the_files_agree(lab: FakeGitLab, tmp_path: Path, owners: str, code: str) -> None:
    lab.group("acme/sre", "erin")
    files = {".gitlab/CODEOWNERS": f"*.tf {owners}\n"}
    stage = Stage(lab, tmp_path, settings=config(approvers={"codeowners": True}), base_files=files)
    stage.gate()
    stage.agree("erin")
    assert stage.gate()[:2] == (10 if code else 0, code)


def test_a_train_of_two_that_were_agreed_to(stage: Stage) -> None:
    stage.gate()
    stage.agree("erin")
    assert stage.gate()[0] == 0
    stage.project.queue(stage.project.merge("frank", {"docs.md": "x"}), stage.merge)
    assert stage.gate(CI_MERGE_REQUEST_EVENT_TYPE="merge_train")[0] == 0
    more = deleting("audit", "access")
    assert stage.gate(more, CI_MERGE_REQUEST_EVENT_TYPE="merge_train")[:2] == (10, "PG40")


def test_after_the_merge(stage: Stage) -> None:
    stage.gate()
    stage.agree("erin")
    assert stage.gate()[0] == 0
    stage.merge.merged("frank")
    code, _, said = stage.verify()
    assert code == 0, said
    assert stage.verify(deleting("audit", "access"))[0] == 10


def test_nothing_to_agree_to(stage: Stage) -> None:
    code, _, said = stage.gate(plan())
    assert code == 0, said
    assert not stage.merge.notes


def test_a_question_that_is_not_asked_any_more_is_taken_back(stage: Stage) -> None:
    stage.gate()
    before = stage.asked
    assert stage.gate(plan())[0] == 0
    assert len(stage.merge.notes) == 1
    assert stage.asked != before


def test_evidence_on_a_branch(lab: FakeGitLab, tmp_path: Path) -> None:
    stage = Stage(lab, tmp_path, settings=config(evidence={"store": "branch"}))
    stage.gate()
    stage.agree("erin")
    assert stage.gate()[0] == 0
    kept = stage.project.file("planguard-evidence", ".planguard/evidence.jsonl") or b""
    assert [json.loads(line)["state"] for line in kept.splitlines()] == ["awaiting", "approved"]


def test_a_token_of_nobody_is_an_error(stage: Stage) -> None:
    stage.lab.fault(
        "altered", match="graphql", times=9, change=lambda body: {"data": {**body["data"], "currentUser": None}}
    )
    code, _, said = stage.gate()
    assert code == 3
    assert "whose comments are planguard's own" in said


@pytest.mark.parametrize("kind", [401, 403, 404, 500, "close", "truncated", "lost-page"])
def test_a_fault_in_an_approving_run_is_an_error_or_the_same_answer(stage: Stage, kind: int | str) -> None:
    """At every call, the writing of the note among them."""
    stage.gate()
    stage.agree("erin")
    for at in range(1, ORDINARY + 1):
        stage.lab.calm()
        fault = stage.lab.fault(kind, at=at, times=99)
        code, _, said = stage.gate()
        if kind == "lost-page":  # most answers have one page only
            assert code in (0, 3, 10)
            continue
        assert code in (3, 10), f"{kind} at call {at}: {said}"
        assert fault.hits
    stage.lab.calm()
    assert stage.gate()[0] == 0
