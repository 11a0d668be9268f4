"""What GitHub tells of a pull request, of people and of files, method by method."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

import fakegithub.reading
from fakegithub import FakeGitHub, Repo
from planguard.errors import HostError, UsageError
from planguard.forge import Account, Changed
from planguard.hosts import connect
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


# --- the pull request ------------------------------------------------------------------------------------------------


def test_a_pull_request_is_told_as_it_is_now(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana", {"a.tf": "a"}, title="Drop it", branch="feature/drop", draft=True, count=2)
    pr.label("planguard:approved", by="erin")
    github = seen(hub, repo)
    pull = github.pull(pr.number)
    assert pull == pull._replace(
        number=pr.number,
        url=f"{hub.web}/acme/infra/pull/{pr.number}",
        title="Drop it",
        author=account(hub, "dana"),
        app=None,
        open=True,
        draft=True,
        merged=False,
        base_ref="main",
        base_sha=repo.head("main") or "",
        head_ref="feature/drop",
        head_sha=pr.head,
        head_repo="acme/infra",
        fork=False,
        labels=("planguard:approved",),
        commits=2,
        requester=None,
    )
    pr.ready()
    pr.close()
    repo.rename_label("planguard:approved", "other")
    again = github.pull(pr.number)
    assert (again.open, again.draft, again.labels) == (False, False, ("other",))


def test_base_is_where_the_branch_stands_and_not_what_the_pull_request_remembers(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    newer = repo.commit("main", {"planguard.yml": "version: 1 # stricter\n"})
    assert pr.base_sha != newer
    assert seen(hub, repo).pull(pr.number).base_sha == newer


def test_one_run_reads_its_rules_at_one_base(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    github = seen(hub, repo)
    first = github.pull(pr.number)
    calls = github.calls
    repo.commit("main", {"planguard.yml": "version: 1 # other\n"})
    pushed = pr.push({"b.tf": "b"})
    again = github.pull(pr.number)
    assert (again.base_sha, again.head_sha) == (first.base_sha, pushed)
    assert github.calls == calls + 1


def test_a_tag_does_not_stand_in_for_the_base_branch(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana", {"planguard.yml": "version: 1 # anything goes\n"})
    repo.bare.write("update-ref", "refs/tags/main", pr.head)
    github = seen(hub, repo)
    pull = github.pull(pr.number)
    assert pull.base_sha == repo.head("main") != pr.head
    assert github.read("planguard.yml", pull.base_sha) == b"version: 1\n"


def test_a_base_branch_may_have_slashes_and_odd_letters(hub: FakeGitHub, repo: Repo) -> None:
    for branch in ("release/1.x", "größe#1 %41".replace(" ", "-")):
        at = repo.commit(branch, {"x": branch}, parent=repo.head("main"))
        assert seen(hub, repo).pull(repo.pull("dana", base=branch).number).base_sha == at


def test_forks_apps_and_those_they_work_for(hub: FakeGitHub, repo: Repo) -> None:
    fork = repo.fork("mallory")
    from_fork = seen(hub, repo).pull(repo.pull("mallory", fork=fork).number)
    assert (from_fork.fork, from_fork.head_repo) == (True, "mallory/infra")
    through = seen(hub, repo).pull(repo.pull("dana", app="cursor").number)
    assert (through.app, through.author) == ("cursor", account(hub, "dana"))
    pr = repo.pull("copilot-swe-agent[bot]", assignees=["copilot-swe-agent[bot]", "dana"])
    agent = seen(hub, repo).pull(pr.number)
    assert (agent.author, agent.requester) == (account(hub, "copilot-swe-agent[bot]"), account(hub, "dana"))


def test_who_and_what_is_gone_is_none(hub: FakeGitHub, repo: Repo) -> None:
    fork = repo.fork("mallory")
    pr = repo.pull("dana", fork=fork)
    pr.comment("bye", by="dana")
    pr.label("x", by="dana")
    pr.label("y", by="ghost")
    fork.delete()
    hub.delete_user("dana")
    github = seen(hub, repo)
    pull = github.pull(pr.number)
    assert (pull.author, pull.head_repo, pull.fork) == (None, "", True)
    assert [event.actor for event in github.events(pr.number)] == [None, None]
    assert [comment.author for comment in github.comments(pr.number)] == [None]
    assert github.pushes(pull).complete is False


def test_another_pull_request_than_asked_for_is_an_error(hub: FakeGitHub, repo: Repo) -> None:
    with pytest.raises(HostError) as caught:
        seen(hub, repo).pull(999)
    assert (caught.value.status, caught.value.where) == (404, "GET /repos/acme/infra/pulls/999")


# --- what happened ---------------------------------------------------------------------------------------------------


def test_events_keep_the_name_that_a_label_had(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    pr.label("nice", by="erin")
    repo.rename_label("nice", "planguard:approved")
    hub.tick(60)
    pr.label("planguard:other", by="claude[bot]", app="claude", intent="it looked safe")
    pr.unlabel("planguard:other", by="erin")
    pr.close()
    pr.reopen()
    pr.ready()
    pr.force_push({"b.tf": "b"})
    pr.happened("mentioned", "erin")
    events = seen(hub, repo).events(pr.number)
    assert [event.kind for event in events] == [
        *("labeled", "labeled", "unlabeled", "closed", "reopened", "ready_for_review", "head_ref_force_pushed"),
    ]
    first, second = events[:2]
    assert (first.label, first.actor, first.app, first.intent) == ("nice", account(hub, "erin"), None, False)
    assert (second.label, second.app, second.intent) == ("planguard:other", "claude", True)
    assert second.at - first.at == timedelta(seconds=60)


def test_all_pages_of_events_and_comments_are_read(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    for number in range(201):
        pr.label(f"label {number}", by="erin")
        pr.comment(f"comment {number}", by="erin")
    github = seen(hub, repo)
    assert [event.label for event in github.events(pr.number)] == [f"label {number}" for number in range(201)]
    assert [comment.body for comment in github.comments(pr.number)] == [f"comment {number}" for number in range(201)]
    assert github.calls == 6


def test_a_full_last_page_is_asked_what_follows(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    for number in range(100):
        pr.comment(str(number), by="erin")
    github = seen(hub, repo)
    assert len(github.comments(pr.number)) == 100
    assert github.calls == 2


def test_more_pages_than_planguard_reads_are_an_error(
    hub: FakeGitHub, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planguard.hosts.rest.PER_PAGE", 1)
    pr = repo.pull("dana")
    for number in range(51):
        pr.comment(str(number), by="erin")
    with pytest.raises(HostError, match="more than 50 pages"):
        seen(hub, repo).comments(pr.number)


def test_comments_show_when_they_were_edited_and_through_what(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    edited, gone, other = (
        pr.comment("a", by="erin"),
        pr.comment("b", by="erin"),
        pr.comment("c", by="erin", app="cursor"),
    )
    hub.tick(5)
    edited.edit("A", by="dana")
    gone.delete()
    found = seen(hub, repo).comments(pr.number)
    assert [(comment.id, comment.body, comment.app) for comment in found] == [
        (str(edited.id), "A", None),
        (str(other.id), "c", "cursor"),
    ]
    assert found[0].updated - found[0].created == timedelta(seconds=5)
    assert found[1].updated == found[1].created
    assert found[0].url == f"{hub.web}/acme/infra/pull/{pr.number}#issuecomment-{edited.id}"


# --- commits, pushes, files ------------------------------------------------------------------------------------------


def test_commits_name_accounts_where_there_are_any(hub: FakeGitHub, repo: Repo) -> None:
    hub.user("erin")
    pr = repo.pull("dana", {"a.tf": "a"})
    pr.push({"b.tf": "b"}, author=("Nobody", "nobody@nowhere.example"), committer=("Claude", "noreply@anthropic.com"))
    github = seen(hub, repo)
    listing = github.commits(github.pull(pr.number))
    assert listing.complete
    first, second = listing.commits
    assert (first.author, first.committer) == (account(hub, "dana"), account(hub, "dana"))
    assert (second.author, second.committer) == (None, None)
    assert (second.author_email, second.committer_email) == ("nobody@nowhere.example", "noreply@anthropic.com")


def test_the_251st_commit_is_read(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana", {"a.tf": "a"}, count=250)
    last = pr.push({"b.tf": "b"}, author=("Claude", "noreply@anthropic.com"))
    github = seen(hub, repo)
    listing = github.commits(github.pull(pr.number))
    assert (listing.complete, len(listing.commits)) == (True, 251)
    assert (listing.commits[-1].sha, listing.commits[-1].author_email) == (last, "noreply@anthropic.com")


def test_commits_are_of_the_head_that_was_read_and_not_of_a_later_one(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    github = seen(hub, repo)
    pull = github.pull(pr.number)
    pr.push({"b.tf": "b"})
    assert [commit.sha for commit in github.commits(pull).commits] == [pull.head_sha]


def test_pushes_name_who_pushed_whatever_the_commits_say(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana", {"a.tf": "a"})
    hub.tick(10)
    pr.push({"b.tf": "b"}, by="mallory", author=("Dana", "dana@example.com"))
    repo.commit("other", {"x": "y"}, by="frank")
    hub.tick(10)
    pr.force_push({"c.tf": "c"}, by="claude[bot]")
    github = seen(hub, repo)
    listing = github.pushes(github.pull(pr.number))
    assert listing.complete
    assert [push.actor.login for push in listing.pushes if push.actor] == ["dana", "mallory", "claude[bot]"]
    assert listing.pushes[-1].after == pr.head


def test_more_than_a_page_of_pushes(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    for _ in range(150):
        repo.moved(pr.branch, pr.head, pr.head, hub.user("erin"), "push")
    github = seen(hub, repo)
    assert len(github.pushes(github.pull(pr.number)).pushes) == 151


def test_a_full_last_page_of_pushes_may_not_be_the_last(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    for _ in range(150):
        repo.moved(pr.branch, pr.head, pr.head, hub.user("erin"), "push")
    github = seen(hub, repo)
    pull = github.pull(pr.number)
    hub.fault("lost-page", match="activity")
    listing = github.pushes(pull)
    assert (listing.complete, len(listing.pushes)) == (False, 100)


def test_pushes_that_do_not_reach_the_head_are_not_complete(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    github = seen(hub, repo)
    pull = github.pull(pr.number)
    repo.activity.clear()
    listing = github.pushes(pull)
    assert (listing.complete, listing.pushes) == (False, ())
    assert "newest commit" in listing.why


def test_pushes_of_a_fork_that_may_not_be_read_are_not_complete(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("mallory", fork=repo.fork("mallory", private=True))
    github = seen(hub, repo)
    listing = github.pushes(github.pull(pr.number))
    assert (listing.complete, listing.why) == (False, "The token may not see who pushed to the fork.")


def test_pushes_of_the_own_repository_that_may_not_be_read_are_an_error(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    pull = seen(hub, repo).pull(pr.number)
    with pytest.raises(HostError) as caught:
        seen(hub, repo, hub.token(deny=["contents"])).pushes(pull)
    assert caught.value.status == 403


def test_files_say_what_is_gone_and_what_moved(hub: FakeGitHub, repo: Repo) -> None:
    repo.commit("main", {"old.tf": "resource\n" * 20, "gone.tf": "x"})
    pr = repo.pull("dana", {"old.tf": None, "new.tf": "resource\n" * 20, "gone.tf": None, "planguard.yml": "other"})
    repo.commit("main", {"later.tf": "not part of it"})
    github = seen(hub, repo)
    files = github.files(github.pull(pr.number))

    def blob(path: str) -> str:
        return repo.bare.resolve(f"{pr.head}:{path}") or ""

    assert files == (
        Changed("gone.tf", ""),
        Changed("new.tf", blob("new.tf"), "old.tf"),
        Changed("planguard.yml", blob("planguard.yml")),
    )


def test_more_files_than_a_comparison_names(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana", {f"{number:04}.tf": str(number) for number in range(301)})
    github = seen(hub, repo)
    assert len(github.files(github.pull(pr.number))) == 301


def test_more_files_than_github_lists_are_an_error(
    hub: FakeGitHub, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planguard.hosts.github._LISTED", 400)
    monkeypatch.setattr(fakegithub.reading, "LISTED_FILES", 400)
    pr = repo.pull("dana", {f"{number:04}.tf": str(number) for number in range(401)})
    github = seen(hub, repo)
    with pytest.raises(HostError, match="at most 400 files"):
        github.files(github.pull(pr.number))


# --- merge queues ----------------------------------------------------------------------------------------------------


def test_a_group_holds_everybody_ahead_in_the_queue(hub: FakeGitHub, repo: Repo) -> None:
    one, two, three = (repo.pull("dana") for _ in range(3))
    first, second = repo.queue(one), repo.queue(two)
    repo.queue(three)
    github = seen(hub, repo)
    assert github.group(first) == (one.number,)
    assert github.group(f"refs/heads/{second}") == (one.number, two.number)
    repo.merge_queue.remove(two)
    with pytest.raises(HostError, match="not in the merge queue any more"):
        github.group(second)


@pytest.mark.parametrize(
    "ref", ["main", "gh-readonly-queue/main/pr-x-" + "0" * 40, "x/gh-readonly-queue/main/pr-1-" + "0" * 40, ""]
)
def test_other_branches_are_no_groups(hub: FakeGitHub, repo: Repo, ref: str) -> None:
    with pytest.raises(HostError, match="not the branch of a merge queue"):
        seen(hub, repo).group(ref)


def test_a_queue_that_may_not_be_read_is_an_error(hub: FakeGitHub, repo: Repo) -> None:
    ref = repo.queue(repo.pull("dana"))
    for github in (seen(hub, repo, hub.token(deny=["pull_requests"])), GitHub("acme/other", hub.token(), api=hub.url)):
        with pytest.raises(HostError, match="does not tell what is in the merge queue"):
            github.group(ref)


# --- from the environment, and elsewhere -----------------------------------------------------------------------------


def test_an_enterprise_server_has_its_api_below_a_path() -> None:
    with FakeGitHub.start(ghes=True) as hub:
        repo = hub.repo("acme/infra")
        pr = repo.pull("dana")
        for number in range(101):
            pr.comment(str(number), by="erin")
        github = seen(hub, repo)
        assert hub.url.endswith("/api/v3")
        assert github.pull(pr.number).head_sha == pr.head
        assert len(github.comments(pr.number)) == 101
        assert github.group(repo.queue(pr)) == (pr.number,)
        assert hub.calls[-1].path == "/api/graphql"


def test_environment(hub: FakeGitHub, repo: Repo) -> None:
    env = hub.env(repo)
    host = connect(env)
    assert (host.name, host.repository, host.calls) == ("github", "acme/infra", 0)
    assert from_environment({"GITHUB_REPOSITORY": "a/b", "GH_TOKEN": "x"})._rest.base == "https://api.github.com"
    with pytest.raises(UsageError, match="GITHUB_TOKEN"):
        from_environment({**env, "GITHUB_TOKEN": ""})
    with pytest.raises(UsageError, match="GITHUB_REPOSITORY"):
        from_environment({"GITHUB_TOKEN": "x"})
    with pytest.raises(UsageError, match="neither GitHub Actions nor GitLab CI"):
        connect({})
    with pytest.raises(UsageError, match="not known"):
        connect(env, "gitea")
    for name in ("acme", "a/b/c", "a b/c", "a/b\n", "../x/y"):
        with pytest.raises(UsageError, match="not a repository's name"):
            GitHub(name, "x")


def test_a_label_that_is_set_again_is_a_new_event(hub: FakeGitHub, repo: Repo) -> None:
    pr = repo.pull("dana")
    repo.role("erin", "triage")
    github = seen(hub, repo, hub.token("erin"))
    github.label(pr.number, "planguard: a/b?", again=False)
    github.label(pr.number, "planguard: a/b?", again=False)
    assert [event.kind for event in pr.events] == ["labeled"]
    github.label(pr.number, "planguard: a/b?", again=True)
    assert [event.kind for event in pr.events] == ["labeled", "unlabeled", "labeled"]
    pr.unlabel("planguard: a/b?", by="dana")
    github.label(pr.number, "planguard: a/b?", again=True)
    assert pr.labels == ["planguard: a/b?"]
    assert [event.actor for event in github.events(pr.number)][-1] == account(hub, "erin")


def test_the_clock_is_githubs(hub: FakeGitHub, repo: Repo) -> None:
    github = seen(hub, repo)
    with pytest.raises(HostError, match="clock is not known"):
        github.now()
    pr = repo.pull("dana")
    hub.tick(3600)
    github.comments(pr.number)
    assert github.now() == hub.now


def test_calls_for_an_ordinary_decision(hub: FakeGitHub, repo: Repo) -> None:
    """All that a gate asks at most, for one approver and the ledger in a file."""
    pr = repo.pull("dana", count=3)
    pr.label("planguard:approved", by="erin")
    repo.role("erin", "write")
    github = seen(hub, repo)
    pull = github.pull(pr.number)
    github.read("planguard.yml", pull.base_sha)
    github.events(pr.number)
    github.comments(pr.number)
    github.commits(pull)
    github.pushes(pull)
    github.files(pull)
    github.role(account(hub, "erin"))
    github.comment(pr.number, "planguard says", None)
    github.pull(pr.number)
    github.status(pull.head_sha, passes=True, text="approved")
    assert github.calls == 12
