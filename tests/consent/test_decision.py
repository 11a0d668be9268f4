"""Who may agree to what, when: one test for each way to get it wrong, and for each way that is right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from planguard.consent import challenge as asking
from planguard.consent.quorum import Asked
from planguard.consent_config import Approver, ConsentConfig, Quorum
from planguard.forge import Account, Comment
from planguard.review import Kind, State
from pull_requests import BOT, HEAD, LABEL, Request, person, question

DANA, ERIN, FRANK = person("dana"), person("erin"), person("frank")
ORDERS = question("aws_db_instance.orders")
TWO = question("aws_db_instance.orders", "aws_s3_bucket.audit")


def request(config: ConsentConfig | None = None, what: Any = ORDERS, **more: Any) -> Request:
    """Dana's pull request, in which planguard asked a minute ago; Erin and Frank may agree."""
    found = Request(config=config, **more)
    found.role("write", ERIN, FRANK, DANA)
    found.tick()
    found.ask(what)
    found.tick()
    return found


def test_a_line_and_a_label_of_another_person_pass() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    review = pr.decide(ORDERS)
    assert (review.state, review.code) == (State.APPROVED, "")
    assert [(one.login, one.after) for one in review.approvals] == [("erin", 60)]


def test_nothing_asked_is_clean() -> None:
    assert request().decide(ORDERS._replace(fingerprint="", items=())).state is State.CLEAN


def test_without_a_label_it_waits_and_says_what_to_do() -> None:
    pr = request()
    review = pr.decide(ORDERS)
    assert (review.state, review.code) == (State.AWAITING, "PG20")
    assert review.command in review.hint and "orders" not in review.command
    assert review.phrase == "orders"


def test_a_line_alone_waits_for_the_label() -> None:
    pr = request()
    pr.say(ERIN, pr.line(ORDERS))
    assert pr.decide(ORDERS).code == "PG20"


def test_a_label_alone_waits_for_the_line() -> None:
    pr = request()
    pr.label(ERIN)
    assert (pr.decide(ORDERS).state, pr.decide(ORDERS).code) == (State.AWAITING, "PG22")


@pytest.mark.parametrize("pull", [{"open": False}, {"draft": True}, {"open": False, "merged": True}])
def test_only_a_live_request_can_be_agreed_to(pull: dict[str, Any]) -> None:
    pr = request(**pull)
    pr.agree(ERIN, ORDERS)
    assert (pr.decide(ORDERS).state, pr.decide(ORDERS).code) == (State.REFUSED, "PG11")


def test_before_an_apply_the_request_may_be_merged() -> None:
    pr = request(open=False, merged=True)
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS, merged=True).state is State.APPROVED


# --- the label -------------------------------------------------------------------------------------------------------


def test_a_label_that_was_renamed_counts_for_nothing() -> None:
    pr = request()
    pr.say(ERIN, pr.line(ORDERS))
    pr.label(ERIN, "harmless")
    pr.labels = [LABEL]
    assert (pr.decide(ORDERS).state, pr.decide(ORDERS).code) == (State.REFUSED, "PG21")


@pytest.mark.parametrize(
    "name", ["planguard:аpproved", "planguard:approved\u200b", "planguard-approved", "planguard:approved "]
)
def test_a_label_that_looks_alike_is_none(name: str) -> None:
    pr = request()
    pr.say(ERIN, pr.line(ORDERS))
    pr.label(ERIN, name)
    assert pr.decide(ORDERS).code == "PG20"


def test_the_case_of_a_label_does_not_matter() -> None:
    pr = request()
    pr.say(ERIN, pr.line(ORDERS))
    pr.label(ERIN, "Planguard:Approved")
    assert pr.decide(ORDERS).state is State.APPROVED


def test_a_label_that_was_taken_away_is_gone() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.unlabel(FRANK)
    assert pr.decide(ORDERS).code == "PG20"
    pr.labels = [LABEL]  # the list may lag; the events decide
    assert pr.decide(ORDERS).code == "PG21"


@pytest.mark.parametrize(
    "account",
    [
        person("renovate[bot]", "Bot"),
        BOT,
        person("acme", "Organization"),
        person("old", "Mannequin"),
        Account("kiro-agent", 244629292, "User"),
        None,
    ],
)
def test_a_machine_may_not_set_the_label(account: Account | None) -> None:
    pr = request()
    if account is not None:
        pr.role("admin", account)
    pr.say(ERIN, pr.line(ORDERS))
    pr.label(account)
    assert (pr.decide(ORDERS).state, pr.decide(ORDERS).code) == (State.REFUSED, "PG30")


def test_a_machine_that_sets_the_label_again_takes_its_place() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.unlabel(BOT)
    pr.tick(1)
    pr.label(BOT)
    assert pr.decide(ORDERS).code == "PG30"


def test_an_app_may_not_set_the_label_for_somebody() -> None:
    pr = request()
    pr.say(ERIN, pr.line(ORDERS))
    pr.label(ERIN, app="cursor")
    assert pr.decide(ORDERS).code == "PG31"


def test_an_agent_that_the_host_names_may_not() -> None:
    pr = request()
    pr.say(ERIN, pr.line(ORDERS))
    pr.label(ERIN, intent=True)
    assert pr.decide(ORDERS).code == "PG30"


# --- people ----------------------------------------------------------------------------------------------------------


def test_a_machine_may_not_post_the_line() -> None:
    pr = request()
    robot = person("helper[bot]", "Bot")
    pr.role("admin", robot)
    pr.say(robot, pr.line(ORDERS))
    pr.label(ERIN)
    assert (pr.decide(ORDERS).state, pr.decide(ORDERS).code) == (State.REFUSED, "PG30")


def test_an_app_may_not_post_the_line_for_somebody() -> None:
    pr = request()
    pr.say(ERIN, pr.line(ORDERS), app="claude")
    pr.label(ERIN)
    assert pr.decide(ORDERS).code == "PG31"


def test_only_those_who_are_listed() -> None:
    pr = request(ConsentConfig(users=(Approver("frank"), Approver("somebody", ERIN.id + 1))))
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG31"
    pr.agree(FRANK, ORDERS)
    assert pr.decide(ORDERS).state is State.APPROVED


def test_a_number_outlives_a_login() -> None:
    config = ConsentConfig(users=(Approver("erin", ERIN.id),))
    pr = request(config)
    pr.agree(ERIN._replace(login="erika"), ORDERS)
    assert pr.decide(ORDERS).state is State.APPROVED
    other = request(config)
    taken_over = Account("erin", 999999, "User")
    other.role("write", taken_over)
    other.agree(taken_over, ORDERS)
    assert other.decide(ORDERS).code == "PG31"


@pytest.mark.parametrize("role", ["triage", "read", "none", "deployer"])
def test_a_role_that_does_not_suffice(role: str) -> None:
    pr = request()
    pr.role(role, ERIN)
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG32"


def test_a_role_of_ones_own_that_suffices() -> None:
    pr = request(ConsentConfig(roles=("deployer",)))
    pr.role("deployer", ERIN)
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).state is State.APPROVED


def test_the_author_may_not() -> None:
    pr = request()
    pr.agree(DANA, ORDERS)
    review = pr.decide(ORDERS)
    assert (review.code, "dana" in review.message) == ("PG33", True)


def test_whoever_wrote_a_commit_may_not() -> None:
    pr = request()
    pr.commits.append(pr.commits[0]._replace(sha="2" * 40, author=ERIN))
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG33"


def test_whoever_committed_it_may_not() -> None:
    pr = request()
    pr.commits.append(pr.commits[0]._replace(sha="2" * 40, committer=ERIN))
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG33"


def test_whoever_pushed_it_may_not_whatever_the_commits_say() -> None:
    pr = request()
    pr.pushes.append(pr.pushes[0]._replace(actor=ERIN))
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG33"


def test_whoever_signed_as_a_co_author_may_not() -> None:
    pr = request()
    trailer = f"Fix\n\nCo-authored-by: Erin <{ERIN.id}+erin@users.noreply.github.com>"
    pr.commits.append(pr.commits[0]._replace(sha="2" * 40, message=trailer))
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG33"


def test_whoever_had_an_agent_do_it_may_not() -> None:
    pr = request(author="copilot-swe-agent[bot]", requester=ERIN)
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG33"


def test_commits_that_cannot_be_read_to_the_end_refuse() -> None:
    pr = request()
    pr.listing = {"complete": False, "why": "GitHub counts 251 commits, and lists 250."}
    pr.agree(ERIN, ORDERS)
    review = pr.decide(ORDERS)
    assert (review.state, review.code, "251" in review.message) == (State.REFUSED, "PG33", True)


def test_the_hosts_own_signature_is_nobody() -> None:
    pr = request()
    web = Account("web-flow", 19864447, "User")
    pr.commits[0] = pr.commits[0]._replace(committer=web, committer_email="noreply@github.com")
    assert pr.facts().makers.kinds == (Kind.HUMAN,)
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).state is State.APPROVED


# --- when ------------------------------------------------------------------------------------------------------------


def test_an_answer_before_the_question_is_none() -> None:
    pr = Request()
    pr.role("write", ERIN)
    pr.agree(ERIN, ORDERS)
    pr.tick()
    pr.ask(ORDERS)
    pr.tick()
    assert (pr.decide(ORDERS).state, pr.decide(ORDERS).code) == (State.STALE, "PG40")


def test_what_was_never_asked_cannot_have_been_agreed_to() -> None:
    pr = Request()
    pr.role("write", ERIN)
    assert pr.decide(ORDERS).code == "PG20"
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG20"


def test_a_plan_that_grows_is_refused_and_the_new_one_is_named() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    review = pr.decide(TWO)
    assert (review.state, review.code, review.new) == (State.STALE, "PG40", ("aws_s3_bucket.audit",))
    pr.ask(TWO)
    pr.tick()
    later = pr.decide(TWO)
    assert (later.code, later.new) == ("PG40", ("aws_s3_bucket.audit",)), "also after it was asked"


def test_rules_that_changed_are_named() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    other = question("aws_db_instance.orders", policy="cd" * 32)
    for _ in range(2):
        review = pr.decide(other)
        assert (review.code, "rules on `main`" in review.message) == ("PG40", True)
        pr.ask(other)
        pr.tick()


def test_a_push_is_named() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.push(DANA)
    for _ in range(2):
        assert "latest push" in pr.decide(ORDERS).message
        pr.ask(ORDERS)
        pr.tick()


def test_a_plan_that_shrinks_passes() -> None:
    pr = request(what=TWO)
    pr.agree(ERIN, TWO)
    assert pr.decide(ORDERS).state is State.APPROVED


def test_a_plan_that_shrinks_under_other_rules_does_not() -> None:
    pr = request(what=TWO)
    pr.agree(ERIN, TWO)
    assert not pr.decide(question("aws_db_instance.orders", policy="cd" * 32)).state.passes


def test_the_same_thing_twice_is_not_the_same_as_once() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    twice = question("aws_db_instance.orders", "aws_db_instance.orders")
    assert not pr.decide(twice).state.passes


def test_a_push_voids_it_even_where_nothing_changes() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.push(DANA)
    assert (pr.decide(ORDERS).state, pr.decide(ORDERS).code) == (State.STALE, "PG40")
    pr.tick()
    pr.ask(ORDERS)
    pr.tick()
    assert pr.decide(ORDERS).code == "PG40"


def test_a_label_that_no_longer_counts_is_to_be_set_anew() -> None:
    pr = request()
    assert not pr.decide(ORDERS).relabel
    pr.label(ERIN)
    assert not pr.decide(ORDERS).relabel, "it counts; only the line is missing"
    pr.push(DANA)
    pr.tick()
    pr.ask(ORDERS)
    pr.tick()
    assert pr.decide(ORDERS).relabel


def test_sticky_survives_a_push_of_people() -> None:
    pr = request(ConsentConfig(sticky=True))
    pr.agree(ERIN, ORDERS)
    pr.push(DANA)
    assert pr.decide(ORDERS).state is State.APPROVED
    assert not pr.decide(TWO).state.passes


def test_sticky_does_not_survive_a_push_of_an_agent() -> None:
    pr = request(ConsentConfig(sticky=True, quorum=Quorum(machine=1)))
    pr.agree(ERIN, ORDERS)
    pr.push(DANA, email="noreply@anthropic.com")
    assert not pr.decide(ORDERS).state.passes


def test_reopening_voids() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.reopen(DANA)
    assert not pr.decide(ORDERS).state.passes


def test_another_request_has_another_code() -> None:
    pr = request()
    other = Request(number=8)
    assert pr.line(ORDERS) != other.line(ORDERS)


@pytest.mark.parametrize("after", [0, 5, 19])
def test_a_reflex_is_no_consent(after: int) -> None:
    pr = request()
    pr.tick(after - 60)
    pr.say(ERIN, pr.line(ORDERS))
    pr.tick()
    pr.label(ERIN)
    review = pr.decide(ORDERS)
    assert review.code == ("PG40" if after == 0 else "PG53")
    pr.say(ERIN, pr.line(ORDERS))
    assert pr.decide(ORDERS).state is State.APPROVED


# --- the line --------------------------------------------------------------------------------------------------------


def test_a_code_of_another_plan() -> None:
    pr = request()
    pr.say(ERIN, pr.line(TWO))
    pr.label(ERIN)
    assert pr.decide(ORDERS).code == "PG50"


def test_an_edited_comment() -> None:
    pr = request()
    pr.say(ERIN, pr.line(ORDERS), edited=1)
    pr.tick()
    pr.label(ERIN)
    assert pr.decide(ORDERS).code == "PG51"


@pytest.mark.parametrize("name", ["order", "Orders", "<name>", "PHRASE", "orders prod"])
def test_another_name(name: str) -> None:
    pr = request()
    pr.agree(ERIN, ORDERS, name=name)
    assert pr.decide(ORDERS).code == "PG52"


@pytest.mark.parametrize("name", ["`orders`", '"orders"', "“orders”", "'orders'"])
def test_quotes_do_not_matter(name: str) -> None:
    pr = request()
    pr.agree(ERIN, ORDERS, name=name)
    assert pr.decide(ORDERS).state is State.APPROVED


MANY = question(*(f"aws_db_instance.orders[{number}]" for number in range(4)))


@pytest.mark.parametrize(("number", "code"), [(4, ""), (3, "PG52"), (0, "PG52")])
def test_above_three_things_the_number_is_typed(number: int, code: str) -> None:
    pr = request(what=MANY)
    assert MANY.how_many == 4
    line = pr.line(MANY, number=number)
    pr.say(ERIN, line)
    pr.label(ERIN)
    assert pr.decide(MANY).code == code


@pytest.mark.parametrize("wrap", ["> {}", "I would say: {}", "```\n{}\n```", "<!-- {} -->", "<details>\n{}"])
def test_a_line_that_is_only_quoted_is_none(wrap: str) -> None:
    pr = request()
    pr.say(ERIN, wrap.format(pr.line(ORDERS)))
    pr.label(ERIN)
    assert pr.decide(ORDERS).code == "PG22"


def test_somebody_elses_bad_line_spoils_nothing() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.say(person("mallory"), pr.line(ORDERS))
    review = pr.decide(ORDERS)
    assert review.state is State.APPROVED
    assert [(one.login, one.code) for one in review.refusals] == [("mallory", "PG32")]


def test_taking_it_back() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.say(ERIN, "/planguard revoke I looked again")
    assert not pr.decide(ORDERS).state.passes
    pr.tick()
    pr.agree(FRANK, ORDERS)
    assert [one.login for one in pr.decide(ORDERS).approvals] == ["frank"]


def test_the_author_may_take_it_back_and_a_stranger_may_not() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.say(person("mallory"), "/planguard revoke")
    assert pr.decide(ORDERS).state is State.APPROVED
    pr.say(DANA, "/planguard revoke")
    assert not pr.decide(ORDERS).state.passes


# --- planguard's own comment -----------------------------------------------------------------------------------------


def test_a_question_that_somebody_else_wrote_is_none() -> None:
    pr = Request()
    pr.role("admin", ERIN, person("mallory"))
    pr.tick()
    pr.ask(ORDERS)
    own = pr.comments.pop()
    for forger in (person("mallory"), person("github-actions[bot]"), person("other[bot]", "Bot"), None):
        pr.comments = [own._replace(author=forger)]
        pr.tick()
        pr.agree(ERIN, ORDERS)
        assert not pr.decide(ORDERS).state.passes


@pytest.mark.parametrize(
    "body",
    ["", "<!-- planguard:gate:v1 {} -->", "<!-- planguard:gate:v1 [] -->", '<!-- planguard:gate:v1 {"asked":[{}]} -->'],
)
def test_a_hidden_line_that_was_spoilt_is_none(body: str) -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    pr.comments[0] = pr.comments[0]._replace(body=body)
    assert not pr.decide(ORDERS).state.passes


def test_a_hidden_line_that_claims_more_than_was_asked_is_not_believed() -> None:
    """Somebody who may write edits the digests of the larger question: they no longer make its fingerprint."""
    pr = request(what=ORDERS)
    pr.agree(ERIN, ORDERS)
    forged = pr.asked[-1]._replace(digests=tuple(one.digest for one in TWO.items))
    body = asking.marker([forged])
    pr.comments = [Comment("1", BOT, body, pr.asked[-1].since, pr.now), *pr.comments[1:]]
    assert not pr.decide(TWO).state.passes


def test_a_hidden_line_that_was_edited_changes_neither_name_nor_time() -> None:
    """Whoever may write makes the question look older, and easier to answer."""
    pr = Request()
    pr.role("write", ERIN)
    pr.tick()
    pr.agree(ERIN, ORDERS, name="x")
    pr.tick()
    pr.ask(ORDERS)
    early = pr.asked[-1]._replace(since=pr.now - timedelta(days=1), phrase="x")
    own = next(comment for comment in pr.comments if comment.author == BOT)
    pr.comments = [comment for comment in pr.comments if comment.author != BOT]
    pr.comments.append(own._replace(body=asking.marker([early])))
    assert not pr.decide(ORDERS).state.passes
    pr.tick()
    pr.agree(ERIN, ORDERS, name="x")
    assert pr.decide(ORDERS).code == "PG52"
    pr.unlabel(ERIN)
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).state is State.APPROVED


# --- how many --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "word"),
    [
        (Asked(irreversible=True), "for good"),
        (Asked(ending=5), "5 things"),
        (Asked(unprotected=True), "protection"),
        (Asked(two_step=("deletion_protection was switched off 3 days ago (#1).",)), "3 days ago"),
        (Asked(guard=("planguard.yml",)), "planguard.yml"),
    ],
)
def test_a_grave_change_takes_two(weight: Asked, word: str) -> None:
    what = ORDERS._replace(weight=weight)
    pr = request(what=what)
    pr.agree(ERIN, what)
    review = pr.decide(what)
    assert (review.state, review.code, review.needed) == (State.AWAITING, "PG70", 2)
    assert any(word in reason for reason in review.why_needed)
    pr.say(FRANK, pr.line(what))
    assert [one.login for one in pr.decide(what).approvals] == ["erin", "frank"]
    assert pr.decide(what).state is State.APPROVED


@pytest.mark.parametrize(
    "change",
    [
        {"author": "kiro-agent[bot]"},
        {"email": "noreply@anthropic.com"},
        {"message": "Fix\n\nCo-authored-by: Cursor <cursoragent@cursor.com>"},
        {"gone": True},
        {"app": "claude"},
    ],
)
def test_a_change_that_a_machine_took_part_in_takes_two(change: dict[str, Any]) -> None:
    pr = request(author=change.get("author", "dana"), **({"app": change["app"]} if "app" in change else {}))
    if "email" in change or "message" in change:
        email = change.get("email", "dana@example.com")
        pr.commits.append(pr.commits[0]._replace(author_email=email, message=change.get("message", "")))
    if "gone" in change:
        pr.commits.append(pr.commits[0]._replace(author=None))
    pr.agree(ERIN, ORDERS)
    assert (pr.decide(ORDERS).code, pr.decide(ORDERS).needed) == ("PG70", 2)
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS).code == "PG70", "one person twice is one person"
    pr.agree(FRANK, ORDERS)
    assert pr.decide(ORDERS).state is State.APPROVED


def test_the_label_alone_where_that_is_the_rule() -> None:
    config = ConsentConfig(mode="label")
    pr = request(config)
    pr.label(ERIN)
    assert pr.decide(ORDERS).state is State.APPROVED
    grave = ORDERS._replace(weight=Asked(irreversible=True))
    assert pr.decide(grave).mode == "phrase"
    assert not pr.decide(grave).state.passes


@pytest.mark.parametrize(("after", "code"), [(0, "PG40"), (3, "PG53"), (20, "")])
def test_the_label_alone_must_not_be_a_reflex(after: int, code: str) -> None:
    pr = request(ConsentConfig(mode="label"))
    pr.tick(after - 60)
    pr.label(ERIN)
    assert pr.decide(ORDERS).code == code


# --- windows, signatures, emergencies --------------------------------------------------------------------------------


def test_a_closed_window_holds_what_is_agreed() -> None:
    pr = request()
    pr.agree(ERIN, ORDERS)
    review = pr.decide(ORDERS, held=lambda now: ("Window opens Mon 09:00 UTC.", "2026-11-23T09:00:00+00:00"))
    assert (review.state, review.code, bool(review.held_until)) == (State.HELD, "PG80", True)


@pytest.mark.parametrize(("problem", "code"), [(None, ""), ("The key was not touched.", "PG60")])
def test_a_signature_where_one_is_needed(problem: str | None, code: str) -> None:
    pr = request(ConsentConfig(signature="required"))
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS, signed=lambda *_: problem).code == code
    assert pr.decide(ORDERS).code == "PG60", "nothing that verifies is no pass"


GLASS = ConsentConfig(break_glass="planguard:emergency")


def emergency(pr: Request, who: Account, reason: str = "the region is down") -> None:
    code = pr.line(ORDERS).split()[2]
    pr.say(who, f"/planguard break-glass {code} {reason}")
    pr.tick(1)


def test_the_emergency_exit_takes_two_people_and_a_reason() -> None:
    pr = request(GLASS)
    pr.tick(-59)
    pr.label(DANA, "planguard:emergency")
    emergency(pr, DANA)
    assert pr.decide(ORDERS).code == "PG71"
    emergency(pr, ERIN, "now!")
    assert pr.decide(ORDERS).code == "PG71"
    emergency(pr, ERIN)
    review = pr.decide(ORDERS, held=lambda now: ("frozen", ""))
    assert (review.state, [one.login for one in review.approvals]) == (State.BREAK_GLASS, ["dana", "erin"])


def test_the_emergency_exit_is_shut_for_machines_strangers_and_those_who_made_it_alone() -> None:
    pr = request(GLASS)
    other = person("gina")
    pr.role("write", other)
    pr.commits.append(pr.commits[0]._replace(author=other))
    pr.label(DANA, "planguard:emergency")
    emergency(pr, DANA)
    emergency(pr, other)
    emergency(pr, person("mallory"))
    robot = person("r[bot]", "Bot")
    pr.role("admin", robot)
    emergency(pr, robot)
    assert pr.decide(ORDERS).code == "PG71"


def test_without_a_label_for_it_there_is_no_emergency_exit() -> None:
    pr = request()
    pr.label(DANA, "planguard:emergency")
    emergency(pr, DANA)
    emergency(pr, ERIN)
    assert pr.decide(ORDERS).code == "PG20"


def test_a_crowd_is_no_review() -> None:
    pr = request()
    for number in range(40):
        pr.say(person(f"u{number}"), pr.line(ORDERS))
    assert (pr.decide(ORDERS).state, pr.decide(ORDERS).code) == (State.ERROR, "PG13")


def test_clocks_that_differ_do_not_matter() -> None:
    """Only the host's times count; what the machine's own clock says comes in nowhere."""
    pr = request()
    pr.agree(ERIN, ORDERS)
    assert pr.decide(ORDERS, now=pr.now - timedelta(days=400)).state is State.APPROVED
    assert pr.head == HEAD
