"""What GitLab tells, as facts: every method of the host, against GitLab on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fakegitlab import NOON, FakeGitLab, Merge, Project
from planguard.errors import HostError, UsageError
from planguard.forge import Account
from planguard.hosts.gitlab import GitLab, from_environment


@pytest.fixture
def lab() -> Iterator[FakeGitLab]:
    with FakeGitLab.start() as started:
        yield started


@pytest.fixture
def project(lab: FakeGitLab) -> Project:
    return lab.project("acme/infra", files={"planguard.yml": "version: 1\n", "rules/a.yaml": "a", "rules/b.yaml": "b"})


@pytest.fixture
def merge(project: Project) -> Merge:
    return project.merge("dana", {"main.tf": "# main\n"})


def host(lab: FakeGitLab, project: Project, **more: Any) -> GitLab:
    return GitLab(project.path, lab.token(), api=lab.url, sleep=lambda _: None, **more)


def account(lab: FakeGitLab, username: str, type: str = "User") -> Account:
    return Account(username, lab.user(username).id, type)


# --- the merge request -----------------------------------------------------------------------------------------------


def test_a_merge_request_is_read_live(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.label("planguard:approved", by="erin")
    base = project.commit("main", {"other.tf": "x"})
    pull = host(lab, project).pull(merge.iid)
    assert (pull.number, pull.title, pull.open, pull.draft, pull.merged) == (1, "Change something", True, False, False)
    assert pull.author == account(lab, "dana")
    assert (pull.base_ref, pull.base_sha) == ("main", base)
    assert (pull.head_ref, pull.head_sha, pull.head_repo) == ("change-1", merge.head, "acme/infra")
    assert not pull.fork
    assert pull.labels == ("planguard:approved",)
    assert pull.commits == 1
    assert pull.url == f"{lab.web}/acme/infra/-/merge_requests/1"


def test_states(lab: FakeGitLab, project: Project) -> None:
    draft = project.merge("dana", draft=True)
    closed, merged = project.merge("dana"), project.merge("dana")
    closed.close()
    merged.merged("erin")
    seen = [host(lab, project).pull(one.iid) for one in (draft, closed, merged)]
    assert [(pull.open, pull.draft, pull.merged) for pull in seen] == [
        (True, True, False),
        (False, False, False),
        (False, False, True),
    ]
    assert host(lab, project).files(seen[2])[0].path == f"change-{merged.iid}.tf"


def test_a_state_that_is_not_documented_is_an_error(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.state = "pondering"
    with pytest.raises(HostError, match="does not document"):
        host(lab, project).pull(merge.iid)


def test_no_such_merge_request(lab: FakeGitLab, project: Project) -> None:
    with pytest.raises(HostError, match="does not tell this merge request"):
        host(lab, project).pull(77)


def test_an_agent_works_for_whoever_is_assigned(lab: FakeGitLab, project: Project) -> None:
    merge = project.merge("duo_bot", assignees=("renovate_bot", "dana"))
    pull = host(lab, project).pull(merge.iid)
    assert pull.author == account(lab, "duo_bot", "Bot")
    assert pull.requester == account(lab, "dana")


def test_a_fork(lab: FakeGitLab, project: Project) -> None:
    merge = project.merge("mallory", fork=project.fork("mallory"))
    pull = host(lab, project).pull(merge.iid)
    assert pull.fork
    assert pull.head_repo == "mallory/infra"
    listing = host(lab, project).pushes(pull)  # which the token may not see
    assert not listing.complete
    assert [(push.actor, push.after) for push in listing.pushes] == [(None, merge.head)]
    merge.gone = True
    pull = host(lab, project).pull(merge.iid)
    assert (pull.fork, pull.head_repo) == (True, "")
    assert not host(lab, project).pushes(pull).complete


# --- what happened ---------------------------------------------------------------------------------------------------


def test_label_events(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.label("planguard:approved", by="erin")
    lab.tick(60)
    merge.unlabel("planguard:approved", by="frank")
    lab.tick(60)
    merge.close()
    lab.tick(60)
    merge.reopen(by="frank")
    lab.tick(60)
    merge.label("planguard:approved", by="project_9_bot")
    found = host(lab, project).events(merge.iid)
    assert [(event.kind, event.actor, event.label) for event in found] == [
        ("labeled", account(lab, "erin"), "planguard:approved"),
        ("unlabeled", account(lab, "frank"), "planguard:approved"),
        ("closed", account(lab, "dana"), ""),
        ("reopened", account(lab, "frank"), ""),
        ("labeled", account(lab, "project_9_bot", "Bot"), "planguard:approved"),
    ]
    assert [event.at for event in found] == [NOON + timedelta(minutes=minute) for minute in range(5)]


def test_a_label_that_was_renamed_was_not_set_under_its_new_name(
    lab: FakeGitLab, project: Project, merge: Merge
) -> None:
    merge.label("harmless", by="erin")
    lab.tick(60)
    project.rename_label("harmless", "planguard:approved")
    seen = host(lab, project)
    assert seen.pull(merge.iid).labels == ("planguard:approved",)
    assert [(event.kind, event.label) for event in seen.events(merge.iid)] == [("labeled", "")]


def test_taking_away_counts_under_the_name_of_today(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.label("x", by="erin")
    merge.unlabel("x", by="erin")
    lab.tick(60)
    project.rename_label("x", "planguard:approved")
    assert host(lab, project).events(merge.iid)[-1].label == "planguard:approved"


def test_a_label_that_is_renamed_while_it_is_read(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.label("harmless", by="erin")
    lab.tick(60)
    lab.when("GET .*/resource_label_events", lambda: project.rename_label("harmless", "planguard:approved"))
    assert host(lab, project).events(merge.iid)[0].label == ""


def test_a_label_that_was_deleted_has_no_name(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.label("planguard:approved", by="erin")
    project.delete_label("planguard:approved")
    assert [event.label for event in host(lab, project).events(merge.iid)] == [""]


def test_an_account_that_is_gone(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.label("planguard:approved", by="erin")
    merge.note("hello", by="erin")
    lab.delete_user("erin")
    seen = host(lab, project)
    assert seen.events(merge.iid)[0].actor is None
    assert seen.comments(merge.iid)[0].author is None


def test_whom_gitlab_does_not_show_is_no_user(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.label("planguard:approved", by="erin")
    lab.user("erin").state = "blocked"
    assert host(lab, project).events(merge.iid)[0].actor == account(lab, "erin", "Unknown")


def test_comments(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    merge.note("added 1 commit", by="dana", system=True)
    first = merge.note("/planguard approve", by="erin")
    merge.note("for members only", by="frank", internal=True)
    lab.tick(60)
    first.edit("/planguard approve more")
    found = host(lab, project).comments(merge.iid)
    assert [(one.author, one.body, one.created == one.updated) for one in found] == [
        (account(lab, "erin"), "/planguard approve more", False),
        (account(lab, "frank"), "for members only", True),
    ]
    assert found[0].url == f"{lab.web}/acme/infra/-/merge_requests/1#note_{first.id}"


def test_who_changed_a_comment(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    names = ("untouched", "resolved", "by herself", "by another", "by a ghost")
    notes = {name: merge.note(name, by="erin") for name in names}
    lab.tick(60)
    notes["resolved"].resolve()
    notes["by herself"].edit("something else")
    notes["by another"].edit("something else", by="frank")
    notes["by a ghost"].edit("something else", by="mallory")
    lab.delete_user("mallory")
    seen = host(lab, project)
    found = dict(zip(names, map(seen.authentic, seen.comments(merge.iid)), strict=True))
    assert found == {name: name in ("untouched", "resolved", "by herself") for name in names}
    before = seen.comments(merge.iid)[0]
    notes["untouched"].edit("changed after it was read")
    assert not seen.authentic(before)
    notes["untouched"].delete()
    with pytest.raises(HostError, match="who changed this comment"):
        seen.authentic(before)


def test_hundreds_of_them(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    for number in range(205):
        merge.note(str(number), by=f"user-{number % 130}")
    seen = host(lab, project)
    assert [one.body for one in seen.comments(merge.iid)] == [str(number) for number in range(205)]
    assert seen.calls == 3 + 2


# --- who made it -----------------------------------------------------------------------------------------------------


def test_commits_and_whose_they_are(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    lab.user("erin"), lab.user("frank")
    mallory = ("Mallory", "mallory@nowhere.example")
    merge.push({"a.tf": "a"}, author=mallory, committer=("Erin", "erin@example.com"), message="Co-authored-by: x")
    merge.push({"b.tf": "b"}, author=("Dana", "dana@example.com"), committer=("Frank", "frank@example.com"))
    merge.push({"c.tf": "c"}, author=mallory)
    pull = host(lab, project).pull(merge.iid)
    listing = host(lab, project).commits(pull)
    assert listing.complete
    found = {commit.sha: commit for commit in listing.commits}
    assert found[merge.head].author is None
    assert found[merge.head].author_email == "mallory@nowhere.example"
    people = {one for commit in listing.commits for one in (commit.author, commit.committer) if one}
    assert people == {account(lab, name) for name in ("dana", "erin", "frank")}
    assert "Co-authored-by: x" in {commit.message for commit in listing.commits}


def test_more_commits_than_one_answer_holds(lab: FakeGitLab, project: Project) -> None:
    merge = project.merge("dana", count=230)
    seen = host(lab, project)
    listing = seen.commits(seen.pull(merge.iid))
    assert listing.complete
    assert len(listing.commits) == 230
    assert seen.calls == 2 + 2


def test_a_push_between_two_pages_of_commits_is_an_error(lab: FakeGitLab, project: Project) -> None:
    merge = project.merge("dana", count=130)
    seen = host(lab, project)
    pull = seen.pull(merge.iid)
    merge.push({"x.tf": "x"})
    with pytest.raises(HostError, match="to the end"):
        seen.commits(pull)


def test_pushes(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    lab.tick(60)
    project.commit("another", {"x": "y"}, by="mallory")
    merge.push({"a.tf": "a"}, by="erin")
    lab.tick(60)
    merge.force_push({"b.tf": "b"}, by="renovate_bot")
    seen = host(lab, project)
    listing = seen.pushes(seen.pull(merge.iid))
    assert listing.complete
    assert [push.actor.login if push.actor else None for push in listing.pushes] == [
        "dana",
        "dana",
        "erin",
        "renovate_bot",
    ]
    assert listing.pushes[-1] == (account(lab, "renovate_bot", "Bot"), merge.head, NOON + timedelta(minutes=2))


def test_a_push_of_many_branches_is_somebody_nobody_knows(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    between = merge.push({"a.tf": "a"}, by="mallory", bulk=True)
    merge.push({"b.tf": "b"}, by="dana")
    seen = host(lab, project)
    listing = seen.pushes(seen.pull(merge.iid))
    assert not listing.complete
    assert [(push.actor, push.after) for push in listing.pushes][-2:] == [
        (None, between),
        (account(lab, "dana"), merge.head),
    ]


def test_the_newest_push_by_the_versions(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    lab.tick(60)
    merge.push({"a.tf": "a"}, by="mallory", bulk=True)
    seen = host(lab, project)
    listing = seen.pushes(seen.pull(merge.iid))
    assert not listing.complete
    assert listing.pushes[-1] == (None, merge.head, NOON + timedelta(minutes=1))


def test_a_log_that_does_not_go_back_far_enough(
    lab: FakeGitLab, project: Project, merge: Merge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planguard.hosts.gitlab_makers.PER_PAGE", 2)
    monkeypatch.setattr("planguard.hosts.gitlab_makers._PAGES", 2)
    for number in range(5):
        merge.push({"a.tf": str(number)})
    seen = host(lab, project)
    listing = seen.pushes(seen.pull(merge.iid))
    assert not listing.complete
    assert len(listing.pushes) == 4


def test_files(lab: FakeGitLab, project: Project) -> None:
    files = {"infra/db.tf": "db", "planguard.yml": None, "rules/a.yaml": None, "rules/c.yaml": "a"}
    merge = project.merge("dana", files)
    seen = host(lab, project)
    found = seen.files(seen.pull(merge.iid))
    assert [(file.path, bool(file.blob), file.previous) for file in found] == [
        ("infra/db.tf", True, ""),
        ("planguard.yml", False, ""),
        ("rules/c.yaml", True, "rules/a.yaml"),
    ]
    before = found[0].blob
    merge.push({"infra/db.tf": "other"})
    seen = host(lab, project)
    assert seen.files(seen.pull(merge.iid))[0].blob != before


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {**body, "diffs": body["diffs"][:1]},
        lambda body: {**body, "compare_timeout": True},
    ],
)
def test_files_that_are_not_all_there(lab: FakeGitLab, project: Project, change: Any) -> None:
    merge = project.merge("dana", {"a.tf": "a", "b.tf": "b"})
    seen = host(lab, project)
    pull = seen.pull(merge.iid)
    lab.fault("altered", match="compare", change=change)
    with pytest.raises(HostError, match="all the files"):
        seen.files(pull)


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("owner", "admin"),
        ("maintainer", "maintain"),
        ("developer", "write"),
        ("reporter", "triage"),
        ("planner", "triage"),
        ("guest", "read"),
        (25, "level-25"),
    ],
)
def test_roles(lab: FakeGitLab, project: Project, role: str | int, expected: str) -> None:
    project.role("erin", role)
    assert host(lab, project).role(account(lab, "erin")) == expected


def test_no_role(lab: FakeGitLab, project: Project) -> None:
    project.role("erin", "owner", state="awaiting")
    project.role("frank", "owner", expires="2026-11-18")
    project.role("grace", "owner", expires="2026-11-19")
    project.role("heidi", "owner")
    lab.user("heidi").state = "blocked"
    seen = [host(lab, project).role(account(lab, name)) for name in ("dana", "erin", "frank", "grace", "heidi")]
    assert seen == ["none", "none", "none", "admin", "none"]


def test_members_of_a_group(lab: FakeGitLab, project: Project) -> None:
    lab.group("acme/sre", "erin", "frank")
    seen = host(lab, project)
    assert seen.members("@acme/sre") == frozenset({lab.user("erin").id, lab.user("frank").id})
    assert seen.members("acme/others") is None
    assert seen.members("acme") is None


def test_me(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    seen = host(lab, project)
    assert seen.me() == account(lab, "project_7_bot", "Bot")
    seen = host(lab, project)
    seen.pull(merge.iid)
    before = seen.calls
    assert seen.me() == account(lab, "project_7_bot", "Bot")
    assert seen.calls == before  # told along with the merge request


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_of_a_commit(lab: FakeGitLab, project: Project) -> None:
    seen, head = host(lab, project), project.head("main") or ""
    assert seen.read("planguard.yml", head) == b"version: 1\n"
    assert seen.listing("rules", head) == ("rules/a.yaml", "rules/b.yaml")
    assert seen.listing("", head) == ("planguard.yml",)
    assert seen.read("rules/c.yaml", head) is None
    assert seen.read("nowhere/c.yaml", head) is None
    assert seen.read("planguard.yml/x", head) is None
    assert seen.listing("nowhere/deep", head) == ()
    assert seen.listing("planguard.yml", head) == ()
    with pytest.raises(HostError, match="directory"):
        seen.read("rules", head)
    with pytest.raises(HostError, match="full hash"):
        seen.read("planguard.yml", "main")
    with pytest.raises(HostError, match="out of the repository"):
        seen.read("../x", head)


def test_a_token_that_sees_nothing_does_not_find_files_missing(lab: FakeGitLab, project: Project) -> None:
    seen = GitLab(project.path, lab.token(blind=True), api=lab.url, sleep=lambda _: None)
    with pytest.raises(HostError):
        seen.read("planguard.yml", project.head("main") or "")


def test_a_content_that_is_another_one(lab: FakeGitLab, project: Project) -> None:
    lab.fault("altered", match="/raw", change=lambda body: {"version": 2})
    project.commit("main", {"a.json": "{}"})
    with pytest.raises(HostError, match="another one"):
        host(lab, project).read("a.json", project.head("main") or "")


def test_big_directories(lab: FakeGitLab, project: Project) -> None:
    project.commit("main", {f"rules/{number:03}.yaml": "x" for number in range(250)})
    assert len(host(lab, project).listing("rules", project.head("main") or "")) == 252


# --- trains ----------------------------------------------------------------------------------------------------------


def test_a_train_holds_what_is_ahead(lab: FakeGitLab, project: Project) -> None:
    one, two, three = (project.merge("dana") for _ in range(3))
    gone = project.merge("dana")
    project.queue(gone, two, one, three)
    gone.merged("erin")
    seen = host(lab, project)
    assert seen.group(f"refs/merge-requests/{one.iid}/train") == (one.iid, two.iid)
    assert seen.group(f"refs/merge-requests/{three.iid}/train") == (one.iid, two.iid, three.iid)
    with pytest.raises(HostError, match="not in the merge train any more"):
        seen.group(f"refs/merge-requests/{gone.iid}/train")
    with pytest.raises(HostError, match="not the branch of a merge train"):
        seen.group("refs/merge-requests/1/head")
    with pytest.raises(HostError):
        seen.group("refs/merge-requests/99/train")


# --- from the environment --------------------------------------------------------------------------------------------


def test_from_what_the_ci_sets(lab: FakeGitLab, project: Project, merge: Merge) -> None:
    env = lab.env(project, merge)
    assert from_environment(env).pull(merge.iid).number == merge.iid
    in_fork = {**env, "CI_PROJECT_PATH": "mallory/infra", "CI_MERGE_REQUEST_PROJECT_PATH": "acme/infra"}
    assert from_environment(in_fork).repository == "acme/infra"
    del env["CI_API_V4_URL"]
    assert from_environment({**env, "CI_SERVER_URL": f"{lab.web}/"}).pull(merge.iid).number == merge.iid
    del env["CI_PROJECT_PATH"]
    by_number = from_environment(env)
    assert by_number.repository == "acme/infra"
    assert by_number.pull(merge.iid).head_repo == "acme/infra"
    assert from_environment({**env, "PLANGUARD_TOKEN": lab.token()}).me() is not None


def test_without_a_token_it_says_which_one_is_needed(lab: FakeGitLab, project: Project) -> None:
    env = lab.env(project)
    with pytest.raises(UsageError) as caught:
        from_environment({**env, "GITLAB_TOKEN": ""})
    assert "CI_JOB_TOKEN cannot" in (caught.value.hint or "")
    assert env["CI_JOB_TOKEN"] not in repr(caught.value.hint)
    for mistaken in ({**env, "GITLAB_TOKEN": env["CI_JOB_TOKEN"]}, {**env, "PLANGUARD_TOKEN": "glcbt-64_another"}):
        with pytest.raises(UsageError, match="the job's own token"):
            from_environment(mistaken)
    with pytest.raises(UsageError):
        from_environment({"GITLAB_TOKEN": "x"})
    with pytest.raises(UsageError):
        GitLab("acme", "x")


def test_the_token_is_never_shown(lab: FakeGitLab, project: Project) -> None:
    token = "glpat-wrong-and-secret"
    seen = GitLab(project.path, token, api=lab.url, sleep=lambda _: None)
    with pytest.raises(HostError) as caught:
        seen.comments(1)
    assert caught.value.status == 401
    assert token not in f"{caught.value!r} {caught.value.hint} {seen!r}"
