"""GitHub fails at every single call of a run that would approve: none of them approves, and each says why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gate_runs import LABEL, Ran, Stage, config

KINDS: tuple[int | str, ...] = (403, 404, 429, 500, "close", "truncated", "broken", "html", "redirect", "limit")
BRANCH = {"store": "branch", "branch": "planguard-evidence"}


@pytest.fixture(scope="module")
def approved(hub: Any, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A pull request whose every further run approves, writes the record, the comment and the status."""
    made = Stage(hub, tmp_path_factory.mktemp("approved"), config(evidence=BRANCH, approvers={"codeowners": True}))
    made.repo.commit("main", {".github/CODEOWNERS": "* @erin\n"})
    assert made.gate().code == 10
    made.agree("erin")
    return made


def again(it: Stage, **env: str) -> Ran:
    """The same run once more, with the comment as it was before it."""
    own = next(one for one in it.pr.comments if "planguard:gate" in one.body)
    before = own.body
    ran = it.gate("--status", **env)
    own.body = before
    it.hub.calm()
    return ran


@pytest.fixture(scope="module")
def calls(approved: Stage) -> int:
    """How many requests an approving run sends."""
    again(approved)  # the first one begins the branch of the record
    calm = again(approved)
    assert (calm.code, calm.state) == (0, "approved"), calm.all
    assert len(calm.calls) == len(again(approved).calls)
    return len(calm.calls)


def closed(ran: Ran) -> None:
    """It did not pass, said why in one sentence with a code, and gave nothing away."""
    assert ran.code in (3, 10), ran.all
    assert ran.state not in ("approved", "clean", "break_glass")
    assert re.fullmatch(r"PG\d\d", ran.pg) and ran.pg in ran.err, ran.all
    assert len(ran.err.strip().splitlines()) <= 3, ran.err
    assert "Traceback" not in ran.all and "bug" not in ran.err, ran.err


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_any_call_does_not_approve(approved: Stage, calls: int, kind: int | str) -> None:
    token = approved.hub.token()
    for at in range(1, calls + 1):
        approved.hub.calm()
        fault = approved.hub.fault(kind, at=at, times=99)
        ran = again(approved, GITHUB_TOKEN=token)
        assert fault.hits, f"call {at} was not made"
        closed(ran)
        assert token not in ran.all


def test_no_answer_in_time_at_any_call_does_not_approve(approved: Stage, calls: int) -> None:
    for at in range(1, calls + 1):
        approved.hub.calm()
        approved.hub.fault("timeout", at=at, times=99)
        closed(again(approved, PLANGUARD_HTTP_TIMEOUT="0.1"))


def test_a_fault_that_passes_is_got_over(approved: Stage, calls: int) -> None:
    for at in (1, calls // 2):
        approved.hub.calm()
        fault = approved.hub.fault(502, at=at)
        ran = again(approved, PLANGUARD_HTTP_PATIENCE="5")
        assert fault.hits and ran.code == 0, ran.all


# --- a page that is missing ------------------------------------------------------------------------------------------


@pytest.fixture
def small_pages() -> Iterator[None]:
    """Several pages without hundreds of things."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planguard.hosts.rest.PER_PAGE", 3)
        patch.setattr("planguard.hosts.github.PER_PAGE", 3)
        yield


def _taken_back(it: Stage) -> None:
    it.pr.comment("/planguard revoke", by="frank")


def _unlabelled(it: Stage) -> None:
    it.pr.unlabel(LABEL, by="frank")
    it.pr.label(LABEL, by="labeler[bot]")


def _pushed(it: Stage) -> None:
    dana = it.hub.user("dana")
    it.pr.push({"a.tf": "x"}, by="erin", author=(dana.name, dana.email))


def _by_an_agent(it: Stage) -> None:
    it.pr.push({"a.tf": "x"}, author=("Claude", "noreply@anthropic.com"))


LAST: dict[str, Callable[[Stage], None]] = {
    "who took it back": _taken_back,
    "who labelled": _unlabelled,
    "who pushed": _pushed,
    "an agent's commit": _by_an_agent,
}


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("what", LAST)
def test_what_stands_on_a_lost_page_is_not_overlooked(stage: Any, what: str) -> None:
    it: Stage = stage()
    for number in range(3):
        it.pr.push({"b.tf": str(number)})
        it.pr.label(f"other {number}", by="dana")
    before_the_question = what in ("who pushed", "an agent's commit")
    if before_the_question:
        LAST[what](it)
    assert it.gate().code == 10
    it.agree("erin")
    for number in range(3):
        it.pr.comment(f"thoughts {number}", by="gina")
    it.hub.tick(5)
    if not before_the_question:
        LAST[what](it)
    calm = it.gate()
    assert calm.code == 10, calm.all
    refused_anyway, calm = it.asked, it.gate()
    listed = re.compile(r"/(events|comments|activity|compare/\S+)$")
    for at in [place for place, call in enumerate(calm.calls, 1) if listed.search(call)]:
        it.hub.calm()
        fault = it.hub.fault("lost-page", at=at)
        own = next(one for one in it.pr.comments if "planguard:gate" in one.body)
        own.body = refused_anyway
        ran = it.gate()
        assert fault.hits
        assert ran.code != 0, f"{what} was on the page that got lost at call {at}: {ran.all}"
        assert ran.pg


@pytest.mark.usefixtures("small_pages")
def test_with_all_pages_there_it_approves(stage: Any) -> None:
    it: Stage = stage()
    for number in range(3):
        it.pr.push({"b.tf": str(number)})
        it.pr.label(f"other {number}", by="dana")
    it.approved()


# --- a clock, and a token that may not -------------------------------------------------------------------------------


def test_an_answer_without_a_date_does_not_approve(approved: Stage, calls: int) -> None:
    """Without the host's clock nobody knows when something was asked; the machine's own is nobody's witness."""
    approved.hub.fault("no-date", times=99)
    closed(again(approved))


def test_this_machines_clock_does_not_matter(approved: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 400_000_000)
    assert again(approved).code == 0


def test_a_token_that_may_only_read(stage: Any) -> None:
    """A fork's: it cannot ask, says so, and does not pass."""
    it: Stage = stage()
    it.hub.fault(403, match="POST /repos", times=99)
    ran = it.gate()
    assert ran.code == 10 and ran.pg == "PG20"
    assert "may not write comments" in ran.err and "pull-requests: write" in ran.err


def test_a_comment_that_cannot_be_written_does_not_pass(stage: Any) -> None:
    it: Stage = stage()
    it.gate()
    it.agree("erin")
    it.hub.fault(403, match="PATCH", times=99)
    ran = it.gate()
    assert ran.code == 3 and ran.pg == "PG13", ran.all
