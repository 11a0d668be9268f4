"""A merge queue: every pull request of the group, and one plan over all of them."""

from __future__ import annotations

from typing import Any

from gate_runs import LABEL, Ran, Stage, config, deleting
from plan_documents import plan


def agreed(it: Stage, name: str, by: str = "erin") -> Any:
    """One more pull request, whose own plan ends `name`, and which is agreed to."""
    it.pr = it.repo.pull("dana", {f"{name}.tf": "x"})
    it.plan = deleting(name)
    assert it.gate().code == 10
    it.agree(by, name)
    assert it.gate().state == "approved"
    return it.pr


def group(it: Stage, *pulls: Any, document: Any) -> Ran:
    """The gate in the merge queue's run."""
    it.repo.merge_queue.clear()
    ref = it.repo.queue(*pulls)
    return it.gate(plan=document, event=it.hub.group_payload(it.repo, ref))


def test_all_of_it_was_agreed_to(stage: Any) -> None:
    it = stage()
    one, two = agreed(it, "audit"), agreed(it, "payments", "frank")
    ran = group(it, one, two, document=deleting("audit", "payments"))
    assert (ran.code, ran.state) == (0, "approved"), ran.all
    assert not any("comments" in call and call.startswith("P") for call in ran.calls)


def test_something_that_nobody_agreed_to(stage: Any) -> None:
    it = stage()
    one, two = agreed(it, "audit"), agreed(it, "payments")
    ran = group(it, one, two, document=deleting("audit", "payments", "between"))
    assert (ran.code, ran.pg) == (10, "PG40"), ran.all
    assert "aws_cloudwatch_log_group.between" in ran.err
    assert f"#{one.number}" in ran.err and f"#{two.number}" in ran.err


def test_the_same_thing_twice_was_agreed_to_once(stage: Any) -> None:
    """One consent does not stretch: two copies of one address with one id are the same thing, and one is not two."""
    it = stage()
    one = agreed(it, "audit")
    two = it.repo.pull("dana", {"other.tf": "x"})
    assert group(it, one, two, document=deleting("audit")).code == 0


def test_one_of_them_was_taken_back(stage: Any) -> None:
    it = stage()
    one, two = agreed(it, "audit"), agreed(it, "payments")
    one.unlabel(LABEL, by="frank")
    ran = group(it, one, two, document=deleting("audit", "payments"))
    assert (ran.code, ran.pg) == (10, "PG20"), ran.all


def test_one_of_them_was_pushed_to(stage: Any) -> None:
    it = stage()
    one, two = agreed(it, "audit"), agreed(it, "payments")
    one.push({"late.tf": "x"})
    ran = group(it, one, two, document=deleting("audit", "payments"))
    assert (ran.code, ran.pg) == (10, "PG40"), ran.all
    assert "audit" in ran.err and "payments" not in ran.err


def test_a_request_that_nobody_had_to_agree_to_rides_along(stage: Any) -> None:
    it = stage()
    one = agreed(it, "audit")
    other = it.repo.pull("gina", {"docs.md": "x"})
    assert group(it, one, other, document=deleting("audit")).code == 0


def test_nothing_to_agree_to(stage: Any) -> None:
    it = stage()
    ran = group(it, it.pr, document=plan())
    assert (ran.code, ran.state) == (0, "clean"), ran.all


def test_a_request_that_left_the_queue(stage: Any) -> None:
    it = stage()
    one = agreed(it, "audit")
    ref = it.repo.queue(one)
    it.repo.merge_queue.clear()
    ran = it.gate(plan=deleting("audit"), event=it.hub.group_payload(it.repo, ref))
    assert ran.code == 3 and ran.pg, ran.all


def test_two_are_still_two_in_the_queue(stage: Any) -> None:
    it = stage(config(quorum={"default": 2}))
    it.pr = it.repo.pull("dana", {"x.tf": "x"})
    it.gate()
    it.agree("erin")
    ran = group(it, it.pr, document=deleting("audit"))
    assert (ran.code, ran.pg) == (10, "PG70"), ran.all


def test_a_guard_file_in_the_group_was_agreed_to_in_its_request(stage: Any) -> None:
    """Its own pull request asked for two; with one of them, the queue does not let it through."""
    it = stage(files={"planguard.yml": config(dwell=1), "main.tf": "x"})
    it.gate()
    it.agree("erin")
    ran = group(it, it.pr, document=deleting("audit"))
    assert (ran.code, ran.pg) == (10, "PG70"), ran.all
    it.agree("frank", label=False)
    assert group(it, it.pr, document=deleting("audit")).state == "approved"


def test_a_guard_file_alone_in_the_group(stage: Any) -> None:
    """Nothing ends, and the guard itself changes: nobody agreed, so it does not go through the queue either."""
    it = stage(files={"planguard.yml": config(dwell=1)})
    assert it.gate(plan=plan()).pg == "PG20"
    ran = group(it, it.pr, document=plan())
    assert ran.code == 10, ran.all
