"""Every fault at every call of every method: an error, or the whole truth; never a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from fakegitlab import FakeGitLab, Merge, Project
from planguard.errors import HostError
from planguard.forge import Account, Listing, Pull
from planguard.hosts.gitlab import GitLab

LASTING: tuple[int | str, ...] = (
    *(400, 401, 403, 404, 409, 422, 429, 500),
    *("close", "truncated", "broken", "html", "redirect"),
)
"""Unlike these, `lost-page` and `no-date` may do no harm; they have tests of their own."""


class World(NamedTuple):
    lab: FakeGitLab
    project: Project
    merge: Merge
    token: str

    def host(self, **more: Any) -> GitLab:
        return GitLab(self.project.path, self.token, api=self.lab.url, sleep=lambda _: None, **more)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, FakeGitLab.start() as lab:
        patch.setattr("planguard.hosts.rest.PER_PAGE", 3)  # several pages without hundreds of things
        patch.setattr("planguard.hosts.gitlab_makers.PER_PAGE", 3)
        patch.setattr("planguard.hosts.gitlab_graph.COMMITS", 3)
        project = lab.project(
            "acme/infra", files={"planguard.yml": "version: 1\n", "rules/a.yaml": "a", "rules/b.yaml": "b"}
        )
        lab.group("acme/sre", *"abcde")
        merge = project.merge("mallory", {f"infra/{name}.tf": name for name in "abcde"}, count=5)
        for number in range(5):
            merge.note(f"comment {number}", by=f"user-{number}")
            merge.label(f"label {number}", by="erin")
            merge.push({"more.tf": str(number)})
        merge.close()
        merge.reopen(by="frank")
        project.role("erin", "developer")
        project.role("project_7_bot", "developer")
        project.queue(project.merge("frank"), merge)
        found = World(lab, project, merge, lab.token("project_7_bot"))
        for branch in ("evidence", "evidence-2"):
            state = found.host().append(branch, "log.jsonl", ["one"], expect=None)
            found.host().append(branch, "log.jsonl", ["two"], expect=state)
        yield found


def erin(world: World) -> Account:
    return Account("erin", world.lab.user("erin").id, "User")


READING: dict[str, Callable[[World, GitLab, Pull], object]] = {
    "pull": lambda world, host, pull: host.pull(pull.number),
    "group": lambda world, host, pull: host.group(f"refs/merge-requests/{pull.number}/train"),
    "events": lambda world, host, pull: host.events(pull.number),
    "comments": lambda world, host, pull: host.comments(pull.number),
    "commits": lambda world, host, pull: host.commits(pull),
    "pushes": lambda world, host, pull: host.pushes(pull),
    "files": lambda world, host, pull: host.files(pull),
    "role": lambda world, host, pull: host.role(erin(world)),
    "members": lambda world, host, pull: host.members("acme/sre"),
    "me": lambda world, host, pull: host.me(),
    "read a file": lambda world, host, pull: host.read("rules/a.yaml", pull.base_sha),
    "read no file": lambda world, host, pull: host.read("planguard.yaml", pull.base_sha),
    "listing": lambda world, host, pull: host.listing("rules", pull.base_sha),
    "ledger": lambda world, host, pull: host.ledger("evidence", "log.jsonl"),
    "no ledger": lambda world, host, pull: host.ledger("nowhere", "log.jsonl"),
}

DOCUMENTED: dict[tuple[str, int | str], Callable[[object], bool]] = {
    # A service that says 404 for a member says: nobody of that number. That is a refusal as well.
    ("role", 404): lambda found: found == "none",
    ("members", 403): lambda found: found is None,
    ("members", 404): lambda found: found is None,
}


@pytest.mark.parametrize("name", READING)
def test_a_fault_at_any_call_of_a_reading_method_is_an_error(world: World, name: str) -> None:
    ask = READING[name]
    world.lab.calm()
    pull = world.host().pull(world.merge.iid)
    calm = world.host()
    truth = ask(world, calm, pull)
    assert truth == ask(world, world.host(), pull)
    assert calm.calls >= 1
    for at in range(1, calm.calls + 1):
        for kind in LASTING:
            world.lab.calm()
            fault = world.lab.fault(kind, at=at, times=99)
            try:
                found = ask(world, world.host(), pull)
            except HostError as error:
                assert world.token not in f"{error} {error.hint} {error.where} {error!r}"
            else:
                assert DOCUMENTED.get((name, kind), lambda _: False)(found), f"{kind} at call {at}: {found}"
            assert fault.hits


@pytest.mark.parametrize("name", READING)
def test_a_passing_fault_is_got_over_or_an_error(world: World, name: str) -> None:
    ask = READING[name]
    world.lab.calm()
    pull = world.host().pull(world.merge.iid)
    calm = world.host()
    truth = ask(world, calm, pull)
    for at in range(1, calm.calls + 1):
        for kind in (429, 502, "close", "truncated"):
            world.lab.calm()
            fault = world.lab.fault(kind, at=at)
            host = world.host()
            assert ask(world, host, pull) == truth, f"{kind} at call {at}"
            assert fault.hits == 1
            assert host.calls == calm.calls + 1


@pytest.mark.parametrize("name", READING)
def test_no_answer_in_time_is_got_over_or_an_error(world: World, name: str) -> None:
    ask = READING[name]
    world.lab.calm()
    pull = world.host().pull(world.merge.iid)
    calm = world.host()
    truth = ask(world, calm, pull)
    world.lab.fault("timeout", at=calm.calls)
    try:
        assert ask(world, world.host(timeout=0.3), pull) == truth
    except HostError as error:  # this machine was slow on every try
        assert "in time" in error.message


@pytest.mark.parametrize("name", READING)
def test_a_page_that_got_lost_is_noticed(world: World, name: str) -> None:
    ask = READING[name]
    world.lab.calm()
    pull = world.host().pull(world.merge.iid)
    calm = world.host()
    truth = ask(world, calm, pull)
    for at in range(1, calm.calls + 1):
        world.lab.calm()
        world.lab.fault("lost-page", at=at)
        try:
            found = ask(world, world.host(), pull)
        except HostError:
            continue
        assert found == truth or (isinstance(found, Listing) and not found.complete), f"call {at}"


@pytest.mark.parametrize("name", ["pull", "events", "commits", "files"])
def test_graphql_that_refuses_with_200_is_an_error(world: World, name: str) -> None:
    ask = READING[name]
    world.lab.calm()
    pull = world.host().pull(world.merge.iid)
    refusals: tuple[Callable[[Any], Any], ...] = (
        lambda body: {"errors": [{"message": "The query is too complex"}]},
        lambda body: {"data": None},
        lambda body: {"data": {"currentUser": None, "project": None}},
        lambda body: {**body, "errors": [{"message": "something was left out"}]},
        lambda body: {"data": {**body["data"], "project": {"mergeRequest": None}}},
    )
    for change in refusals:
        world.lab.calm()
        fault = world.lab.fault("altered", match="graphql", times=99, change=change)
        with pytest.raises(HostError) as caught:
            ask(world, world.host(), pull)
        assert world.token not in f"{caught.value!r} {caught.value.hint}"
        assert fault.hits


def test_nothing_is_read_as_less_because_an_answer_has_no_date(world: World) -> None:
    world.lab.calm()
    host = world.host()
    world.lab.fault("no-date", times=99)
    host.comments(world.merge.iid)
    with pytest.raises(HostError, match="clock is not known"):
        host.now()
    world.lab.calm()
    host.comments(world.merge.iid)
    assert host.now() == world.lab.now


WRITING: dict[str, Callable[[World, GitLab, Pull], object]] = {
    "comment": lambda world, host, pull: host.comment(pull.number, "planguard says", None),
    "edit": lambda world, host, pull: host.comment(pull.number, "edited", host.comments(pull.number)[-1]),
    "label": lambda world, host, pull: host.label(pull.number, "label 1", again=True),
    "status": lambda world, host, pull: _status(world, host, pull),
    "append": lambda world, host, pull: _append(host, "evidence-2"),
    "begin": lambda world, host, pull: _append(host, f"evidence-{world.lab.next_id()}"),
}


def _status(world: World, host: GitLab, pull: Pull) -> object:
    before = world.project.statuses.get(pull.head_sha, {}).get("state")
    host.status(pull.head_sha, passes=before == "failed", text="1 of 2")
    assert world.project.statuses[pull.head_sha]["state"] != before
    return True


def _append(host: GitLab, branch: str) -> object:
    before, state = host.ledger(branch, "log.jsonl")
    after = host.append(branch, "log.jsonl", ["line"], expect=state)
    assert after is not None
    assert host.ledger(branch, "log.jsonl") == (before + b"line\n", after)
    return True


@pytest.mark.parametrize("name", WRITING)
def test_a_fault_at_any_call_of_a_writing_method_is_an_error(world: World, name: str) -> None:
    ask = WRITING[name]
    world.lab.calm()
    pull = world.host().pull(world.merge.iid)
    if name == "edit":
        world.host().comment(pull.number, "planguard says", None)
    calm = world.host()
    ask(world, calm, pull)
    # Writing to a branch makes commits, which take their time.
    kinds = (400, 403, 404, 500, "close", "truncated", "html") if name in ("append", "begin") else LASTING
    for at in range(1, calm.calls + 1):
        for kind in kinds:
            world.lab.calm()
            fault = world.lab.fault(kind, at=at, times=99)
            said = len(world.merge.notes)
            with pytest.raises(HostError) as caught:
                ask(world, world.host(), pull)
            assert world.token not in repr(caught.value)
            assert fault.hits
            assert len(world.merge.notes) <= said + 1


def test_a_comment_that_may_have_been_written_is_not_written_twice(world: World) -> None:
    for kind in (500, 503, "close", "truncated"):
        world.lab.calm()
        said = len(world.merge.notes)
        host = world.host()
        world.lab.calm()
        world.lab.fault(kind, match="/notes")
        with pytest.raises(HostError):
            host.comment(world.merge.iid, "once", None)
        assert len(world.merge.notes) <= said + 1
