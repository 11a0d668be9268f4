"""The ledger on a branch of its own: nothing is lost, whoever writes at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from fakegithub import FakeGitHub, Repo
from planguard.errors import HostError
from planguard.hosts.github import GitHub

BRANCH, PATH = "planguard-evidence", ".planguard/deep/evidence.jsonl"


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub.start() as hub:
        yield hub


@pytest.fixture
def repo(hub: FakeGitHub) -> Repo:
    return hub.repo("acme/infra")


def seen(hub: FakeGitHub) -> GitHub:
    return GitHub("acme/infra", hub.token(), api=hub.url, sleep=lambda _: None)


def test_a_ledger_begins_on_a_branch_without_the_code(hub: FakeGitHub, repo: Repo) -> None:
    github = seen(hub)
    assert github.ledger(BRANCH, PATH) == (b"", None)
    state = github.append(BRANCH, PATH, ['{"n": 1}', "zwölf"], expect=None)
    assert state is not None
    assert github.ledger(BRANCH, PATH) == ('{"n": 1}\nzwölf\n'.encode(), state)
    commits = repo.bare.log(repo.head(BRANCH) or "")
    assert [commit.parents for commit in commits] == [()]
    assert repo.file(BRANCH, "README.md") is None


def test_lines_are_added_with_one_call_and_come_in_order(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit(BRANCH, {PATH: "1\n"})
    github = seen(hub)
    _, state = github.ledger(BRANCH, PATH)
    for number in range(2, 5):
        state = github.append(BRANCH, PATH, [str(number)], expect=state)
    assert github.calls == 4
    assert repo.file(BRANCH, PATH) == b"1\n2\n3\n4\n"
    assert seen(hub).append(BRANCH, PATH, ["5"], expect=state) is not None  # it looks up what it has not seen
    assert repo.file(BRANCH, PATH) == b"1\n2\n3\n4\n5\n"


def test_who_comes_second_is_told_and_nothing_is_lost(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit(BRANCH, {PATH: "1\n"})
    one, other = seen(hub), seen(hub)
    _, state = one.ledger(BRANCH, PATH)
    other.ledger(BRANCH, PATH)
    assert one.append(BRANCH, PATH, ["2"], expect=state) is not None
    assert other.append(BRANCH, PATH, ["3"], expect=state) is None
    assert other.append(BRANCH, PATH, ["3"], expect=None) is None
    assert repo.file(BRANCH, PATH) == b"1\n2\n"


def test_who_begins_second_is_told(hub: FakeGitHub, repo: Repo) -> None:
    github = seen(hub)
    github.ledger(BRANCH, PATH)
    hub.when("POST .*/git/refs", lambda: repo.commit(BRANCH, {PATH: "first\n"}))
    assert github.append(BRANCH, PATH, ["second"], expect=None) is None
    assert repo.file(BRANCH, PATH) == b"first\n"


def test_many_at_once_lose_no_line(hub: FakeGitHub, repo: Repo) -> None:
    failures: list[BaseException] = []

    def write(name: str) -> None:
        github = seen(hub)
        try:
            for number in range(4):
                done = None
                while done is None:
                    _, state = github.ledger(BRANCH, PATH)
                    done = github.append(BRANCH, PATH, [f"{name}{number}"], expect=state)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    lines = (repo.file(BRANCH, PATH) or b"").decode().split()
    assert sorted(lines) == sorted(f"{name}{number}" for name in "abc" for number in range(4))
    for name in "abc":
        assert [line for line in lines if line[0] == name] == [f"{name}{number}" for number in range(4)]


def test_another_branch_that_begins_alike_is_not_it(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit(BRANCH + "-old", {PATH: "old\n"})
    assert seen(hub).ledger(BRANCH, PATH) == (b"", None)


def test_a_tag_of_the_same_name_is_not_it(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit(BRANCH, {PATH: "true\n"})
    other = repo.commit("elsewhere", {PATH: "forged\n"})
    repo.bare.write("update-ref", f"refs/tags/{BRANCH}", other)
    assert seen(hub).ledger(BRANCH, PATH)[0] == b"true\n"


def test_a_branch_without_the_file_gets_it(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit(BRANCH, {"README.md": "evidence\n"})
    github = seen(hub)
    assert github.ledger(BRANCH, PATH) == (b"", None)
    assert github.append(BRANCH, PATH, ["1"], expect=None) is not None
    assert (repo.file(BRANCH, PATH), repo.file(BRANCH, "README.md")) == (b"1\n", b"evidence\n")


def test_a_ledger_of_more_than_a_megabyte(hub: FakeGitHub, repo: Repo) -> None:
    long = "x" * 1_100_000
    repo.commit(BRANCH, {PATH: f"{long}\n"})
    github = seen(hub)
    data, state = github.ledger(BRANCH, PATH)
    assert len(data) == 1_100_001
    assert github.append(BRANCH, PATH, ["end"], expect=state) is not None
    assert (repo.file(BRANCH, PATH) or b"")[-4:] == b"end\n"


def test_a_branch_that_a_rule_protects_is_an_error_and_no_conflict(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit(BRANCH, {PATH: "1\n"})
    repo.protected.add(BRANCH)
    github = seen(hub)
    _, state = github.ledger(BRANCH, PATH)
    with pytest.raises(HostError, match="refuses to write the ledger"):
        github.append(BRANCH, PATH, ["2"], expect=state)


def test_a_line_that_was_not_ended_is_an_error(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit(BRANCH, {PATH: "half a li"})
    github = seen(hub)
    _, state = github.ledger(BRANCH, PATH)
    with pytest.raises(HostError, match="not ended"):
        github.append(BRANCH, PATH, ["2"], expect=state)


def test_a_token_that_may_not_write_is_an_error(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit(BRANCH, {PATH: "1\n"})
    repo.role("erin", "triage")
    github = GitHub("acme/infra", hub.token("erin"), api=hub.url)
    _, state = github.ledger(BRANCH, PATH)
    with pytest.raises(HostError, match="403"):
        github.append(BRANCH, PATH, ["2"], expect=state)
