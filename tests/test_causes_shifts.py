"""Lists behind count: any edit of one is followed by moves in the state, and nothing is ever moved onto something."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from planguard.causes import Causes, explain
from planguard.graph import build
from planguard.model import Action, Change, Plan, Resource, Values

BLOCK = 'module.m["x"].aws_s3_bucket.b'


def resource(index: int) -> Resource:
    return Resource(
        address=f"{BLOCK}[{index}]",
        type="aws_s3_bucket",
        name="b",
        provider="aws",
        module='module.m["x"]',
        key=index,
        config="module.m.aws_s3_bucket.b",
    )


def plan(before: list[str], after: list[str]) -> Plan:
    """What Terraform plans when the list behind count changes: instances are known by their place alone."""
    changes, unchanged = [], []
    for index in range(max(len(before), len(after))):
        old = before[index] if index < len(before) else None
        new = after[index] if index < len(after) else None
        if old == new:
            unchanged.append(resource(index))
            continue
        action = Action.CREATE if old is None else Action.DELETE if new is None else Action.REPLACE
        changes.append(
            Change(
                resource=resource(index),
                action=action,
                before=None if old is None else Values.of({"bucket": old}),
                after=None if new is None else Values.of({"bucket": new}),
                replace_paths=(("bucket",),) if action is Action.REPLACE else (),
                reason="delete_because_count_index" if action is Action.DELETE else None,
            )
        )
    return Plan(
        source="x", format="terraform-plan", version="1.11.4", changes=tuple(changes), unchanged=tuple(unchanged)
    )


def explained(before: list[str], after: list[str]) -> tuple[Plan, Causes]:
    found = plan(before, after)
    return found, explain(found, build(found))


def obey(state: dict[str, str], remedy: str) -> dict[str, str]:
    """The state after the `state mv` commands of a remedy; `state rm` is left to whoever wants to keep something."""
    state = dict(state)
    for line in remedy.splitlines():
        if line.startswith("terraform state mv "):
            old, new = shlex.split(line)[3:]
            assert old in state
            assert new not in state
            state[new] = state.pop(old)
    return state


NAMES = st.lists(st.sampled_from("abcdefg"), unique=True, min_size=1, max_size=6)


@given(NAMES, NAMES)
def test_afterwards_nothing_that_stays_on_the_list_is_touched(before: list[str], after: list[str]) -> None:
    found, causes = explained(before, after)
    moved = set(before) & set(after)
    misplaced = {name for name in moved if before.index(name) != after.index(name)}
    for change in found.changes:
        shift = causes.shift(change)
        if shift is None or change.action is Action.CREATE:
            continue
        remedy = causes.remedy(change) or ""
        state = obey({f"{BLOCK}[{i}]": name for i, name in enumerate(before)}, remedy)
        assert {name: state[f"{BLOCK}[{after.index(name)}]"] for name in misplaced} == {n: n for n in misplaced}
        leaving = {f"{BLOCK}[{index}]" for index in shift.left}
        assert {state[address] for address in leaving} <= set(before) - set(after)
    if misplaced and any(c.action is Action.REPLACE for c in found.changes):
        assert any(causes.shift(change) is not None for change in found.changes)


def test_it_has_one_cause_for_all() -> None:
    found, causes = explained(["a", "b", "c"], ["b", "c"])
    for change in found.changes:
        cause = causes.of(change)
        assert cause is not None
        assert cause.root == BLOCK
        assert f"count of {BLOCK}" in cause.text


def test_a_list_that_is_only_cut_at_its_end_is_not_shifted() -> None:
    found, causes = explained(["a", "b", "c"], ["a", "b"])
    (change,) = found.changes
    assert "state mv" not in (causes.remedy(change) or "")
    cause = causes.of(change)
    assert cause is not None
    assert cause.root is None


def test_names_that_are_not_unique_say_nothing() -> None:
    found, causes = explained(["a", "a", "b", "b"], ["b", "b", "a", "a"])
    assert not any("state mv" in (causes.remedy(change) or "") for change in found.changes)


def test_a_long_list_is_put_right_in_the_sources() -> None:
    names = [f"n{index}" for index in range(40)]
    found, causes = explained(names, names[1:])
    remedy = causes.remedy(found.changes[0]) or ""
    assert "state mv" not in remedy
    assert "Put it back" in remedy
