"""What GitHub tells of people, and of the files of a commit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import fakegithub.reading
from fakegithub import FakeGitHub, Repo
from planguard.errors import HostError
from planguard.forge import Account
from planguard.hosts.github import GitHub, from_environment


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub.start() as hub:
        yield hub


@pytest.fixture
def repo(hub: FakeGitHub) -> Repo:
    return hub.repo("acme/infra", files={"planguard.yml": "version: 1\n"})


def seen(hub: FakeGitHub, repo: Repo, token: str | None = None) -> GitHub:
    return from_environment(hub.env(repo, token))


def account(hub: FakeGitHub, login: str) -> Account:
    user = hub.user(login)
    return Account(user.login, user.id, user.type)


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["admin", "maintain", "write", "triage", "read"])
def test_a_role_is_told_by_its_own_name(hub: FakeGitHub, repo: Repo, role: str) -> None:
    repo.role("erin", role)
    assert seen(hub, repo).role(account(hub, "erin")) == role


def test_roles_of_ones_own_and_none(hub: FakeGitHub, repo: Repo) -> None:
    repo.role("erin", "deployer", permission="write")
    assert seen(hub, repo).role(account(hub, "erin")) == "deployer"
    assert seen(hub, repo).role(account(hub, "stranger")) == "read"
    assert seen(hub, repo).role(Account("nobody", 5, "User")) == "none"


def test_a_login_that_is_somebody_elses_now_has_no_role(hub: FakeGitHub, repo: Repo) -> None:
    repo.role("erin", "admin")
    before = account(hub, "erin")
    hub.rename_user("erin", "erika")
    assert seen(hub, repo).role(before) == "none"
    repo.role("erin", "admin")
    assert hub.user("erin").id != before.id
    assert seen(hub, repo).role(before) == "none"


def test_members_of_a_team_where_the_token_may_ask(hub: FakeGitHub, repo: Repo) -> None:
    hub.team("acme/sre", *(f"person-{number}" for number in range(120)))
    github = seen(hub, repo, hub.token("ci-app[bot]"))
    everybody = frozenset(hub.user(f"person-{number}").id for number in range(120))
    assert github.members("acme/sre") == github.members("@acme/sre") == github.members("sre") == everybody
    assert github.members("acme/nobody") is None
    assert seen(hub, repo).members("acme/sre") is None


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_are_read_as_they_are_in_the_commit(hub: FakeGitHub, repo: Repo) -> None:
    odd = "infra/a b#ü?.yml"
    large = bytes(range(256)) * 5000
    first = repo.commit("main", {odd: b"\xff\xfe\r\n", "large.bin": large, "empty": ""})
    repo.commit("main", {odd: "later", "large.bin": None})
    github = seen(hub, repo)
    assert github.read(odd, first) == b"\xff\xfe\r\n"
    assert github.read(f"./{odd}", first) == b"\xff\xfe\r\n"
    assert github.read("empty", first) == b""
    assert github.read("large.bin", first) == large
    assert github.read("large.bin", repo.head("main") or "") is None


def test_no_file_is_said_by_the_tree_and_costs_no_more_after_that(hub: FakeGitHub, repo: Repo) -> None:
    at = repo.commit("main", {"rules/a.yaml": "a", "rules/b.yaml": "b", "rules/deep/c.yaml": "c"})
    github = seen(hub, repo)
    assert github.read("planguard.yaml", at) is None
    assert github.calls == 2
    assert github.read(".github/CODEOWNERS", at) is None
    assert github.read("rules/none.yaml", at) is None
    assert github.listing("rules", at) == ("rules/a.yaml", "rules/b.yaml")
    assert github.listing("rules/", at) == ("rules/a.yaml", "rules/b.yaml")
    assert github.listing("nowhere", at) == ()
    assert github.calls == 2
    assert github.listing("", at) == ("planguard.yml",)


def test_a_repository_that_the_token_does_not_see_has_no_missing_files(hub: FakeGitHub) -> None:
    hidden = hub.repo("acme/secret", private=True)
    at = hidden.head("main") or ""
    for token in (hub.token(blind=True), hub.token(deny=["contents"])):
        github = seen(hub, hidden, token)
        with pytest.raises(HostError):
            github.read("planguard.yml", at)
        with pytest.raises(HostError):
            github.listing("rules", at)
        with pytest.raises(HostError):
            github.ledger("evidence", "log.jsonl")


def test_trees_too_large_for_one_answer_are_walked(
    hub: FakeGitHub, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fakegithub.reading, "WHOLE_TREE", 3)
    at = repo.commit("main", {f"rules/deep/{name}.yaml": name for name in "abc"} | {"rules/z.yaml": "z"})
    github = seen(hub, repo)
    assert github.listing("rules/deep", at) == ("rules/deep/a.yaml", "rules/deep/b.yaml", "rules/deep/c.yaml")
    assert github.listing("rules", at) == ("rules/z.yaml",)
    assert github.listing("rules/z.yaml", at) == ()
    assert github.read("rules/deep/b.yaml", at) == b"b"
    assert github.read("rules/deep/x.yaml", at) is None
    assert github.read("planguard.yml/x", at) is None
    monkeypatch.setattr(fakegithub.reading, "WHOLE_TREE", 1)
    with pytest.raises(HostError, match="more files than GitHub lists"):
        seen(hub, repo).listing("rules", at)


@pytest.mark.parametrize("mode", ["120000", "160000", "040000"])
def test_what_is_no_file_is_not_read_as_one(hub: FakeGitHub, repo: Repo, mode: str) -> None:
    head = repo.head("main") or ""
    target = repo.bare.make_blob(b"planguard.yml") if mode == "120000" else head
    if mode == "040000":
        tree = repo.bare.make_tree([("100644", "blob", repo.bare.make_blob(b"x"), "inside")])
        entries = [(mode, "tree", tree, "odd")]
    else:
        entries = [(mode, "blob" if mode == "120000" else "commit", target, "odd")]
    at = repo.bare.make_commit(repo.bare.make_tree(entries), [head], "odd", ("x", "x@example.com"), hub.now)
    for warm in (False, True):
        github = seen(hub, repo)
        if warm:
            github.read("nothing", at)
        with pytest.raises(HostError, match="where a file is needed") as caught:
            github.read("odd", at)
        assert caught.value.where == "odd"
        assert github.listing("", at) == ()


@pytest.mark.parametrize("path", ["../planguard.yml", "/etc/passwd", "a/../../b", ".."])
def test_paths_that_lead_out_are_refused(hub: FakeGitHub, repo: Repo, path: str) -> None:
    with pytest.raises(HostError, match="out of the repository"):
        seen(hub, repo).read(path, "0" * 40)


@pytest.mark.parametrize("ref", ["main", "HEAD", "", "0" * 39, "refs/heads/main"])
def test_files_are_read_only_at_a_full_hash(hub: FakeGitHub, repo: Repo, ref: str) -> None:
    github = seen(hub, repo)
    with pytest.raises(HostError, match="full hash"):
        github.read("planguard.yml", ref)
    assert github.calls == 0
