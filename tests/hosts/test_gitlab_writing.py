"""What is written to GitLab: comments, statuses, and the ledger, which loses no line whoever else writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from fakegitlab import FakeGitLab, Project
from planguard.consent.stores import BranchStore
from planguard.errors import HostError
from planguard.hosts.gitlab import GitLab

BRANCH, NAME = "planguard-evidence", "log/evidence.jsonl"


@pytest.fixture
def lab() -> Iterator[FakeGitLab]:
    with FakeGitLab.start() as started:
        yield started


@pytest.fixture
def project(lab: FakeGitLab) -> Project:
    return lab.project("acme/infra")


def host(lab: FakeGitLab, project: Project, **more: Any) -> GitLab:
    return GitLab(project.path, lab.token(), api=lab.url, sleep=lambda _: None, **more)


def test_a_comment_is_written_and_written_anew(lab: FakeGitLab, project: Project) -> None:
    merge = project.merge("dana")
    seen = host(lab, project)
    made = seen.comment(merge.iid, "planguard asks", None)
    assert (made.author, made.created == made.updated) == (seen.me(), True)
    lab.tick(5)
    again = seen.comment(merge.iid, "planguard says", made)
    assert (again.id, again.body) == (made.id, "planguard says")
    assert [note.body for note in merge.notes] == ["planguard says"]
    with pytest.raises(HostError, match="longer"):
        seen.comment(merge.iid, "x" * 1_000_001, None)


def test_somebody_elses_comment_is_not_ours_to_change(lab: FakeGitLab, project: Project) -> None:
    merge = project.merge("dana")
    merge.note("hello", by="erin")
    seen = host(lab, project)
    with pytest.raises(HostError) as caught:
        seen.comment(merge.iid, "planguard says", seen.comments(merge.iid)[0])
    assert caught.value.status == 403


def test_a_label_is_set_and_set_again(lab: FakeGitLab, project: Project) -> None:
    merge = project.merge("dana")
    project.role("erin", "reporter")
    seen = GitLab(project.path, lab.token("erin"), api=lab.url, sleep=lambda _: None)
    seen.label(merge.iid, "planguard:approved", again=False)
    seen.label(merge.iid, "planguard:approved", again=True)
    assert [(event.kind, event.actor and event.actor.login) for event in seen.events(merge.iid)] == [
        ("labeled", "erin"),
        ("unlabeled", "erin"),
        ("labeled", "erin"),
    ]
    with pytest.raises(HostError, match="comma"):
        seen.label(merge.iid, "a,b", again=False)


def test_a_label_that_gitlab_leaves_out_is_an_error(lab: FakeGitLab, project: Project) -> None:
    merge = project.merge("dana")
    project.role("erin", "guest")
    seen = GitLab(project.path, lab.token("erin"), api=lab.url, sleep=lambda _: None)
    with pytest.raises(HostError, match="did not set the label"):
        seen.label(merge.iid, "planguard:approved", again=False)
    assert merge.labels == []


def test_a_status_is_said_and_said_again(lab: FakeGitLab, project: Project) -> None:
    head = project.merge("dana").head
    seen = host(lab, project)
    seen.status(head, passes=False, text="1 of 2 people agreed. " * 40)
    assert project.statuses[head]["state"] == "failed"
    assert len(project.statuses[head]["description"]) == 255
    seen.status(head, passes=False, text="the same")
    seen.status(head, passes=True, text="2 of 2")
    assert project.statuses[head] == {"state": "success", "name": "planguard", "description": "2 of 2"}


def test_a_status_that_is_refused_is_an_error(lab: FakeGitLab, project: Project) -> None:
    head = project.merge("dana").head
    seen = host(lab, project)
    lab.fault(400, match="statuses")
    with pytest.raises(HostError, match="refuses the status"):
        seen.status(head, passes=True, text="fine")
    seen.status(head, passes=False, text="not fine")
    lab.fault(400, match="POST")
    with pytest.raises(HostError, match="refuses the status"):
        seen.status(head, passes=True, text="fine")


# --- the ledger ------------------------------------------------------------------------------------------------------


def test_a_ledger_begins_and_grows(lab: FakeGitLab, project: Project) -> None:
    seen = host(lab, project)
    assert seen.ledger(BRANCH, NAME) == (b"", None)
    first = seen.append(BRANCH, NAME, ["one"], expect=None)
    second = seen.append(BRANCH, NAME, ["two", "three"], expect=first)
    third = seen.append(BRANCH, NAME, ["four"], expect=second)
    assert host(lab, project).ledger(BRANCH, NAME) == (b"one\ntwo\nthree\nfour\n", third)
    fresh = host(lab, project)  # which has read nothing yet
    assert fresh.append(BRANCH, NAME, ["five"], expect=third) is not None
    assert project.file(BRANCH, NAME) == b"one\ntwo\nthree\nfour\nfive\n"
    names = list(seen.listing("log", project.head(BRANCH) or ""))
    assert names == [NAME, f"{NAME}.{third}"]  # and no more than one of these
    assert "[skip ci]" in project.bare.log(BRANCH, most=1)[0].message


def test_who_read_something_older_is_told(lab: FakeGitLab, project: Project) -> None:
    one, other = host(lab, project), host(lab, project)
    start = one.append(BRANCH, NAME, ["one"], expect=None)
    assert other.append(BRANCH, NAME, ["else"], expect=None) is None
    assert other.ledger(BRANCH, NAME)[1] == start
    assert one.append(BRANCH, NAME, ["two"], expect=start) is not None
    assert other.append(BRANCH, NAME, ["lost?"], expect=start) is None
    assert host(lab, project).append(BRANCH, NAME, ["lost?"], expect=start) is None
    assert project.file(BRANCH, NAME) == b"one\ntwo\n"


def test_two_that_write_in_the_same_moment(lab: FakeGitLab, project: Project) -> None:
    """The second one has read the branch, and looked at it again, before the first one writes."""
    one, other = host(lab, project), host(lab, project)
    start = one.append(BRANCH, NAME, ["one"], expect=None)
    assert other.ledger(BRANCH, NAME)[1] == start
    lab.when("POST .*/repository/commits", lambda: one_writes(), at=1)

    def one_writes() -> None:
        threading.Thread(target=lambda: done.append(one.append(BRANCH, NAME, ["two"], expect=start))).start()

    done: list[str | None] = []
    found = other.append(BRANCH, NAME, ["three"], expect=start)
    for _ in range(200):
        if done:
            break
        threading.Event().wait(0.02)
    assert sorted([found is None, done[0] is None]) == [False, True]
    assert project.file(BRANCH, NAME) in (b"one\ntwo\n", b"one\nthree\n")


def test_many_at_once_lose_no_line(lab: FakeGitLab, project: Project) -> None:
    def write(number: int) -> None:
        store = BranchStore(host(lab, project), BRANCH, NAME, sleep=lambda _: None)
        for turn in range(2):
            store.append([{"number": number, "turn": turn}])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (project.file(BRANCH, NAME) or b"").decode().splitlines()
    assert len(lines) == len(set(lines)) == 8


def test_a_ledger_that_somebody_wrote_by_hand(lab: FakeGitLab, project: Project) -> None:
    seen = host(lab, project)
    state = seen.append(BRANCH, NAME, ["one"], expect=None)
    state = seen.append(BRANCH, NAME, ["two"], expect=state)
    project.commit(BRANCH, {NAME: "one\ntwo\nby hand\n"}, by="frank")
    assert seen.append(BRANCH, NAME, ["three"], expect=state) is None
    data, state = seen.ledger(BRANCH, NAME)
    assert data == b"one\ntwo\nby hand\n"
    assert seen.append(BRANCH, NAME, ["three"], expect=state) is not None
    project.commit(BRANCH, {NAME: "no end of line"}, by="frank")
    data, state = seen.ledger(BRANCH, NAME)
    with pytest.raises(HostError, match="not ended"):
        seen.append(BRANCH, NAME, ["four"], expect=state)


def test_a_protected_branch_is_an_error(lab: FakeGitLab, project: Project) -> None:
    seen = host(lab, project)
    state = seen.append(BRANCH, NAME, ["one"], expect=None)
    project.protected.add(BRANCH)
    with pytest.raises(HostError) as caught:
        seen.append(BRANCH, NAME, ["two"], expect=state)
    assert caught.value.status == 403


def test_a_refusal_without_a_reason_is_an_error(lab: FakeGitLab, project: Project) -> None:
    seen = host(lab, project)
    state = seen.append(BRANCH, NAME, ["one"], expect=None)
    lab.fault(400, match="POST", times=9)
    with pytest.raises(HostError, match="refuses to write"):
        seen.append(BRANCH, NAME, ["two"], expect=state)
    with pytest.raises(HostError, match="refuses to write"):
        seen.append("elsewhere", NAME, ["one"], expect=None)


def test_a_line_whose_writing_got_no_answer_is_there_once(lab: FakeGitLab, project: Project) -> None:
    seen = host(lab, project)
    state = seen.append(BRANCH, NAME, ["one"], expect=None)
    for kind in ("close", "truncated"):
        fault = lab.fault(kind, match="POST")
        line = f"after {kind}"
        state = seen.append(BRANCH, NAME, [line], expect=state)
        assert fault.hits == 1
        assert (project.file(BRANCH, NAME) or b"").decode().count(line) == 1
