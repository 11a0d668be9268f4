"""Every fault at every call of every method: an error, or the whole truth; never a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from fakegithub import FakeGitHub, Pull, Repo
from planguard.errors import HostError
from planguard.forge import Account, Listing
from planguard.forge import Pull as Seen
from planguard.hosts.github import GitHub

LASTING: tuple[int | str, ...] = (
    *(401, 403, 404, 409, 422, 429, 500),
    *("close", "truncated", "broken", "html", "redirect", "limit"),
)
"""Unlike these, `lost-page` and `no-date` may do no harm; they have tests of their own."""


class World(NamedTuple):
    hub: FakeGitHub
    repo: Repo
    pr: Pull
    token: str

    def github(self, **more: Any) -> GitHub:
        return GitHub(self.repo.name, self.token, api=self.hub.url, sleep=lambda _: None, **more)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, FakeGitHub.start() as hub:
        patch.setattr("planguard.hosts.rest.PER_PAGE", 3)  # several pages without hundreds of things
        patch.setattr("planguard.hosts.github.PER_PAGE", 3)
        repo = hub.repo("acme/infra", files={"planguard.yml": "version: 1\n", "rules/a.yaml": "a", "rules/b.yaml": "b"})
        hub.team("acme/sre", *"abcde")
        fork = repo.fork("mallory")
        pr = repo.pull("mallory", {f"{name}.tf": name for name in "abcde"}, fork=fork)
        for number in range(4):
            pr.comment(f"comment {number}", by="erin")
            pr.label(f"label {number}", by="erin")
            pr.push({"more.tf": str(number)})
        repo.role("erin", "write")
        repo.commit("evidence", {"log.jsonl": "one\n"})
        repo.commit("evidence-2", {"log.jsonl": "one\n"})
        repo.queue(repo.pull("frank"), pr)
        yield World(hub, repo, pr, hub.token("ci-app[bot]"))


def erin(world: World) -> Account:
    user = world.hub.user("erin")
    return Account(user.login, user.id, user.type)


READING: dict[str, Callable[[World, GitHub, Seen], object]] = {
    "pull": lambda world, github, pull: github.pull(pull.number),
    "group": lambda world, github, pull: github.group(f"gh-readonly-queue/main/pr-{pull.number}-{'0' * 40}"),
    "events": lambda world, github, pull: github.events(pull.number),
    "comments": lambda world, github, pull: github.comments(pull.number),
    "commits": lambda world, github, pull: github.commits(pull),
    "pushes": lambda world, github, pull: github.pushes(pull),
    "files": lambda world, github, pull: github.files(pull),
    "role": lambda world, github, pull: github.role(erin(world)),
    "members": lambda world, github, pull: github.members("acme/sre"),
    "read a file": lambda world, github, pull: github.read("planguard.yml", pull.base_sha),
    "read no file": lambda world, github, pull: github.read("planguard.yaml", pull.base_sha),
    "listing": lambda world, github, pull: github.listing("rules", pull.base_sha),
    "ledger": lambda world, github, pull: github.ledger("evidence", "log.jsonl"),
    "no ledger": lambda world, github, pull: github.ledger("nowhere", "log.jsonl"),
}

DOCUMENTED: dict[tuple[str, int | str], Callable[[object], bool]] = {
    # A service that says 404 for a person says: nobody of that name. That is a refusal as well.
    ("role", 404): lambda found: found == "none",
    ("members", 403): lambda found: found is None,
    ("members", 404): lambda found: found is None,
    ("pushes", 403): lambda found: isinstance(found, Listing) and not found.complete,
    ("pushes", 404): lambda found: isinstance(found, Listing) and not found.complete,
}


@pytest.mark.parametrize("name", READING)
def test_a_fault_at_any_call_of_a_reading_method_is_an_error(world: World, name: str) -> None:
    ask = READING[name]
    world.hub.calm()
    pull = world.github().pull(world.pr.number)
    calm = world.github()
    truth = ask(world, calm, pull)
    assert truth == ask(world, world.github(), pull)
    assert calm.calls >= 1
    for at in range(1, calm.calls + 1):
        for kind in LASTING:
            world.hub.calm()
            fault = world.hub.fault(kind, at=at, times=99)
            try:
                found = ask(world, world.github(), pull)
            except HostError as error:
                assert world.token not in f"{error} {error.hint} {error.where} {error!r}"
            else:
                # `read` asks the tree when a file is 404; then what it says is true.
                believed = found == truth and kind == 404 and name.startswith("read")
                assert believed or DOCUMENTED.get((name, kind), lambda _: False)(found), f"{kind} at call {at}: {found}"
            assert fault.hits


@pytest.mark.parametrize("name", READING)
def test_a_passing_fault_is_got_over_or_an_error(world: World, name: str) -> None:
    ask = READING[name]
    world.hub.calm()
    pull = world.github().pull(world.pr.number)
    calm = world.github()
    truth = ask(world, calm, pull)
    for at in range(1, calm.calls + 1):
        for kind in (429, 502, "close", "truncated"):
            world.hub.calm()
            fault = world.hub.fault(kind, at=at)
            github = world.github()
            assert ask(world, github, pull) == truth, f"{kind} at call {at}"
            assert fault.hits == 1
            assert github.calls == calm.calls + 1


@pytest.mark.parametrize("name", [name for name in READING if name != "group"])
def test_no_answer_in_time_is_got_over_or_an_error(world: World, name: str) -> None:
    ask = READING[name]
    world.hub.calm()
    pull = world.github().pull(world.pr.number)
    calm = world.github()
    truth = ask(world, calm, pull)
    world.hub.fault("timeout", at=calm.calls)
    try:
        assert ask(world, world.github(timeout=0.1), pull) == truth
    except HostError as error:  # this machine was slow on every try
        assert "in time" in error.message


@pytest.mark.parametrize("name", READING)
def test_a_page_that_got_lost_is_noticed(world: World, name: str) -> None:
    ask = READING[name]
    world.hub.calm()
    pull = world.github().pull(world.pr.number)
    calm = world.github()
    truth = ask(world, calm, pull)
    for at in range(1, calm.calls + 1):
        world.hub.calm()
        world.hub.fault("lost-page", at=at)
        try:
            found = ask(world, world.github(), pull)
        except HostError:
            continue
        assert found == truth or (isinstance(found, Listing) and not found.complete), f"call {at}"


def test_nothing_is_read_as_less_because_an_answer_has_no_date(world: World) -> None:
    world.hub.calm()
    github = world.github()
    world.hub.fault("no-date")
    github.comments(world.pr.number)
    assert github.now() == world.hub.now  # the second page had one
    world.hub.fault("no-date", times=99)
    github.comments(world.pr.number)
    with pytest.raises(HostError, match="clock is not known"):
        github.now()


WRITING: dict[str, Callable[[World, GitHub, Seen], object]] = {
    "comment": lambda world, github, pull: github.comment(pull.number, "planguard says", None),
    "edit": lambda world, github, pull: github.comment(pull.number, "edited", github.comments(pull.number)[0]),
    "label": lambda world, github, pull: github.label(pull.number, "planguard:approved", again=False),
    "label again": lambda world, github, pull: github.label(pull.number, "planguard:approved", again=True),
    "status": lambda world, github, pull: github.status(pull.head_sha, passes=False, text="1 of 2"),
    "append": lambda world, github, pull: _append(github, "evidence-2"),
    "begin": lambda world, github, pull: _append(github, f"evidence-{world.hub.next_id()}"),
}


def _append(github: GitHub, branch: str) -> object:
    before, state = github.ledger(branch, "log.jsonl")
    after = github.append(branch, "log.jsonl", ["line"], expect=state)
    assert after is not None
    assert github.ledger(branch, "log.jsonl") == (before + b"line\n", after)
    return True


@pytest.mark.parametrize("name", WRITING)
def test_a_fault_at_any_call_of_a_writing_method_is_an_error(world: World, name: str) -> None:
    ask = WRITING[name]
    world.hub.calm()
    pull = world.github().pull(world.pr.number)
    calm = world.github()
    ask(world, calm, pull)
    for at in range(1, calm.calls + 1):
        for kind in LASTING:
            world.hub.calm()
            fault = world.hub.fault(kind, at=at, times=99)
            said = len(world.pr.comments)
            with pytest.raises((HostError, AssertionError)) as caught:
                ask(world, world.github(), pull)
            assert world.token not in repr(caught.value)
            if caught.type is AssertionError:  # the ledger: someone else was quicker, as far as planguard can see
                assert kind in (409, 422, 404), (name, kind, at)
            assert fault.hits
            assert len(world.pr.comments) <= said + 1


def test_a_comment_that_may_have_been_written_is_not_written_twice(world: World) -> None:
    for kind in (500, 503, "close", "truncated"):
        world.hub.calm()
        world.hub.fault(kind, match="POST")
        said = len(world.pr.comments)
        with pytest.raises(HostError):
            world.github().comment(world.pr.number, "once", None)
        assert len(world.pr.comments) <= said + 1


def test_a_line_whose_writing_got_no_answer_is_there_once(world: World) -> None:
    world.hub.calm()
    github = world.github()
    before, state = github.ledger("evidence", "log.jsonl")
    fault = world.hub.fault("close", match="PUT")
    after = github.append("evidence", "log.jsonl", ["two"], expect=state)
    assert fault.hits == 1
    assert github.ledger("evidence", "log.jsonl") == (before + b"two\n", after)
