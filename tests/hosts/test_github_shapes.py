"""Answers that are not as GitHub describes them, key by key; and whether the fake is."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from fakegithub import FakeGitHub, openapi
from planguard.errors import HostError
from planguard.forge import Account
from planguard.hosts.github import GitHub

OPTIONAL = ("body", "assignees", "previous_filename", "intent", "email")
"""What GitHub may leave out; `performed_via_github_app` as well, of comments and issues."""
METHODS = ["pull", "events", "comments", "commits", "pushes", "files", "role", "members", "read", "listing", "ledger"]


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub.start() as hub:
        yield hub


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all keys of an answer; of lists only the first element's."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*at, key)
            yield from places(value, (*at, key))
    elif isinstance(node, list) and node:
        yield from places(node[0], (*at, 0))


def changed(body: Any, way: tuple[Any, ...], how: str) -> Any:
    made = copy.deepcopy(body)
    node = made
    for key in way[:-1]:
        node = node[key]
    if how == "gone":
        del node[way[-1]]
    else:
        node[way[-1]] = {"other": "type"} if not isinstance(node[way[-1]], dict) else "other type"
    return made


def each_with(body: Any, key: str, value: object) -> Any:
    return [{**each, key: value} for each in body]


@pytest.mark.parametrize("how", ["gone", "other"])
@pytest.mark.parametrize(
    "method",
    ["pull", "events", "comments", "commits", "pushes", "files", "role", "members", "read", "listing", "ledger"],
)
def test_a_key_that_is_missing_or_odd_is_an_error_or_of_no_account(hub: FakeGitHub, method: str, how: str) -> None:
    hub.calm()
    name = f"acme/{method}-{how}"
    repo = hub.repo(name, files={"planguard.yml": "x", "rules/a.yaml": "a", "evidence.jsonl": "1\n"})
    hub.team("acme/sre", "erin")
    repo.role("erin", "write")
    pr = repo.pull("dana", {"a.tf": "a"}, app="cursor")
    pr.label("x", by="erin", app="cursor", intent="why")
    pr.comment("c", by="erin", app="cursor")
    token = hub.token("ci-app[bot]")
    erin = Account("erin", hub.user("erin").id, "User")

    def ask() -> object:
        github = GitHub(name, token, api=hub.url, sleep=lambda _: None)
        if method in ("events", "comments"):
            return getattr(github, method)(pr.number)
        if method in ("commits", "pushes", "files"):
            return getattr(github, method)(pull)
        return {
            "pull": lambda: github.pull(pr.number),
            "role": lambda: github.role(erin),
            "members": lambda: github.members("acme/sre"),
            "read": lambda: github.read("planguard.yml", pull.base_sha),
            "listing": lambda: github.listing("rules", pull.base_sha),
            "ledger": lambda: github.ledger("main", "evidence.jsonl"),
        }[method]()

    pull = GitHub(name, token, api=hub.url).pull(pr.number)
    bodies: list[Any] = []

    def keep(body: Any) -> Any:
        bodies.append(copy.deepcopy(body))
        return body

    hub.fault("altered", times=99, change=keep)
    truth = ask()
    refused = 0
    for number, body in enumerate(bodies, 1):
        for way in places(body):
            # Not read by planguard, and many: what hangs on the repositories and on people.
            if str(way[-1]).endswith("_url") or "_links" in way or way[-1] == "node_id":
                continue
            hub.calm()
            hub.fault("altered", at=number, change=partial(changed, way=way, how=how))
            try:
                found = ask()
            except HostError:
                refused += 1
                continue
            through = "performed_via_github_app" in way and (method in ("pull", "comments") or way[-1] == "slug")
            optional = way[-1] in OPTIONAL or through or "assignees" in way
            incomplete = getattr(found, "complete", True) is False
            assert found == truth or optional or incomplete, (way, how, found)
    assert refused >= 2


def test_a_label_event_without_its_label_is_an_error(hub: FakeGitHub) -> None:
    hub.calm()
    pr = hub.repo("acme/labels").pull("dana")
    pr.label("x", by="erin")
    odd: tuple[Any, ...] = ({"name": ""}, None, {})
    for label in odd:
        hub.calm()
        hub.fault("altered", change=partial(each_with, key="label", value=label))
        with pytest.raises(HostError):
            GitHub("acme/labels", hub.token(), api=hub.url).events(pr.number)
    hub.calm()
    hub.fault("altered", change=partial(each_with, key="performed_via_github_app", value=None))
    assert GitHub("acme/labels", hub.token(), api=hub.url).events(pr.number)[0].app is None


def test_times_without_a_zone_are_an_error(hub: FakeGitHub) -> None:
    hub.calm()
    pr = hub.repo("acme/times").pull("dana")
    pr.comment("x", by="erin")
    for odd in ("2026-11-18T12:00:00", "yesterday", "2026-11-18", 5, None):
        hub.calm()
        hub.fault("altered", change=partial(each_with, key="updated_at", value=odd))
        with pytest.raises(HostError):
            GitHub("acme/times", hub.token(), api=hub.url).comments(pr.number)


@pytest.mark.parametrize("method", ["read", "large", "blob of another"])
def test_contents_that_are_not_whole_are_an_error(hub: FakeGitHub, method: str) -> None:
    hub.calm()
    repo = hub.repo(f"acme/contents-{method.replace(' ', '-')}", files={"planguard.yml": "version: 1\n" * 100})
    at = repo.commit("main", {"large": "x" * 1_200_000})
    path = "planguard.yml" if method == "read" else "large"
    changes = {
        "read": lambda body: {**body, "content": body["content"][:61]},
        "large": lambda body: {**body, "content": body["content"][:-61]} if "entries" not in body else body,
        "blob of another": lambda body: {**body, "sha": "0" * 40},
    }
    github = GitHub(repo.name, hub.token(), api=hub.url)
    hub.fault("altered", match="contents" if method == "read" else "blobs", change=changes[method])
    with pytest.raises(HostError):
        github.read(path, at)
    hub.calm()
    assert github.read(path, at) == repo.file("main", path)


# --- the fake itself -------------------------------------------------------------------------------------------------


def test_answers_are_checked_against_githubs_description(hub: FakeGitHub) -> None:
    if hub.unchecked:
        pytest.skip(hub.unchecked)
    description = hub.description
    assert description is not None
    events = "/repos/{owner}/{repo}/issues/{issue_number}/events"
    assert description.problems("GET", events, 200, "application/json", [{"event": "labeled"}])
    assert description.problems("GET", "/repos/{owner}/{repo}", 200, "application/json", {"id": 1})
    assert description.problems("GET", "/nowhere", 200, "application/json", {})
    assert description.problems("POST", "/repos/{owner}/{repo}/statuses/{sha}", 0, "application/json", {"state": "red"})
    assert description.unknown("GET", events, ["page", "pages"]) == ["there is no parameter 'pages'"]


def test_payloads_look_like_the_published_examples(hub: FakeGitHub) -> None:
    examples = openapi.webhook_examples()
    if examples is None:
        pytest.skip(f"npm package {openapi.EXAMPLES} could not be had; payloads are not compared with it")
    hub.calm()
    repo = hub.repo("acme/payloads")
    pr = repo.pull("dana")
    said = pr.comment("x", by="erin")
    pr.label("x", by="erin")
    known = {each["name"]: [example for example in each["examples"] if "action" in example] for each in examples}

    def ways(node: Any, at: str = "") -> set[str]:
        if isinstance(node, dict):
            return {way for key, value in node.items() for way in {f"{at}.{key}", *ways(value, f"{at}.{key}")}}
        return ways(node[0], f"{at}[]") if isinstance(node, list) and node else set()

    for name, payload in (
        ("pull_request", hub.payload(pr, "labeled", label="x", by="erin")),
        ("issue_comment", hub.payload(pr, "created", comment=str(said.id), by="erin")),
    ):
        alike = [example for example in known[name] if example["action"] == payload["action"]]
        assert alike, name
        real = set().union(*(ways(example) for example in alike))
        # What the REST API has told since those examples were collected.
        newer = {"user_view_type", "has_discussions", "network_count", "subscribers_count", "has_pages", "intent"}
        strange = {way for way in ways(payload) if way not in real and way.rpartition(".")[2] not in newer}
        strange = {way for way in strange if "performed_via_github_app" not in way and "assignee" not in way}
        # The published comments are all on issues; the REST description knows this key.
        strange = {way for way in strange if not way.startswith(".issue.pull_request")}
        assert not strange, (name, sorted(strange))
    group = hub.group_payload(repo, repo.queue(pr))
    assert set(group["merge_group"]) == {"head_sha", "head_ref", "base_sha", "base_ref", "head_commit"}
