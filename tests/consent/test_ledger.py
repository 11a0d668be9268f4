"""The evidence: what a line holds, and that no edit of the chain goes unnoticed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planguard.consent import ledger
from planguard.consent.ledger import Context, Removed
from planguard.model import Item
from planguard.review import Actor, Approval, Kind, Refusal, Review, State

REVIEW = Review(
    state=State.APPROVED,
    needed=2,
    why_needed=("The author is an agent.",),
    approvals=(Approval("dana", 7, "2026-11-22T10:00:30+00:00", 30, ("https://host/event/1",), True),),
    refusals=(Refusal("PG33", "kim", "@kim wrote this change."),),
    actors=(Actor("coder[bot]", Kind.AGENT, "author", "its account"),),
    fingerprint="f" * 64,
    challenge="K7Q2-9FXD-M3TV",
    pull="https://host/acme/shop/pull/12",
    head="a" * 40,
    marker="<!-- hidden -->",
)
CONTEXT = Context(
    at="2026-11-22T10:01:00+00:00",
    repository="acme/shop",
    pull=12,
    base="b" * 40,
    policy="c" * 64,
    tool="planguard 1.0",
    items=(Item("end", "aws_db_instance.orders", "replace", "d" * 20),),
    removed=(Removed("aws_db_instance.users", "deletion_protection"),),
)


def written(count: int) -> bytes:
    data = b""
    for number in range(count):
        entry = ledger.entry(REVIEW, CONTEXT._replace(pull=number))
        data += ledger.appended(data, ledger.chain(data, [entry]))
    return data


def lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def why(data: bytes, expect: str = "") -> tuple[int, str]:
    found = ledger.verify(data, expect=expect)
    assert found is not None
    assert found.why.endswith(".")
    return found.line, found.why


def test_an_entry_says_who_what_when_and_under_which_rules() -> None:
    found = json.loads(written(1))
    assert found == {
        "version": 1,
        "number": 1,
        "previous": "",
        "at": "2026-11-22T10:01:00+00:00",
        "repository": "acme/shop",
        "pull": 0,
        "url": "https://host/acme/shop/pull/12",
        "state": "approved",
        "head": "a" * 40,
        "base": "b" * 40,
        "fingerprint": "f" * 64,
        "challenge": "K7Q2-9FXD-M3TV",
        "policy": "c" * 64,
        "mode": "phrase",
        "needed": 2,
        "why_needed": ["The author is an agent."],
        "approvals": [
            {
                "login": "dana",
                "id": 7,
                "given": "2026-11-22T10:00:30+00:00",
                "after": 30,
                "events": ["https://host/event/1"],
                "signed": True,
            }
        ],
        "refusals": [{"code": "PG33", "login": "kim", "message": "@kim wrote this change."}],
        "actors": [{"name": "coder[bot]", "kind": "agent", "role": "author", "evidence": "its account"}],
        "items": [{"address": "aws_db_instance.orders", "what": "replace", "kind": "end"}],
        "removed": [{"address": "aws_db_instance.users", "what": "deletion_protection"}],
        "tool": "planguard 1.0",
    }


def test_a_huge_change_is_kept_as_a_number_a_digest_and_its_first_things() -> None:
    items = [Item("end", f"aws_instance.web[{i}]", "delete", f"{i:020}") for i in range(10_000)]
    refusals = tuple(Refusal("PG31", f"u{i}", "x" * 5000) for i in range(3000))
    entry = ledger.entry(REVIEW._replace(refusals=refusals), CONTEXT._replace(items=items))
    assert entry["left_out"] == {"items": 10_000 - ledger.MOST_ITEMS, "refusals": 3000 - ledger.MOST_PEOPLE}
    assert len(entry["items_digest"]) == 64
    (line,) = ledger.chain(b"", [entry])
    assert len(line) < 60_000
    same = ledger.entry(REVIEW, CONTEXT._replace(items=items[::-1]))
    assert same["items_digest"] == entry["items_digest"]
    other = ledger.entry(REVIEW, CONTEXT._replace(items=[*items[:-1], items[0]._replace(digest="e" * 20)]))
    assert other["items_digest"] != entry["items_digest"]


def test_a_line_is_ascii_and_stays_one_line_whatever_is_in_it() -> None:
    nasty = 'a"\\\n\r\u2028\u202e\x00\x1b[31m é'
    (line,) = ledger.chain(b"", [ledger.entry(REVIEW._replace(message=nasty), CONTEXT)])
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == nasty


def test_a_chain_that_nobody_touched_holds() -> None:
    assert ledger.verify(b"") is None
    data = written(5)
    assert ledger.verify(data) is None
    assert ledger.verify(data, expect=ledger.head(data)) is None
    assert ledger.verify(data, expect=ledger.head(b"".join(lines(data)[:2])).upper()) is None
    assert ledger.verify(data.replace(b"\n", b"\r\n")) is None  # git may have done that
    assert ledger.verify(data[:-1]) is None
    assert [entry["number"] for entry in ledger.entries(data)] == [1, 2, 3, 4, 5]
    several = ledger.chain(data, [{"at": "x"}, {"at": "y"}])
    assert ledger.verify(data + ledger.appended(data, several)) is None


EDITS: list[tuple[str, Callable[[list[bytes]], list[bytes]], int, str]] = [
    ("edited", lambda ls: [*ls[:2], ls[2].replace(b"dana", b"mala"), *ls[3:]], 3, "Line 3 was edited: line 4"),
    ("first edited", lambda ls: [ls[0].replace(b"dana", b"mala"), *ls[1:]], 1, "Line 1 was edited: line 2"),
    ("spaced", lambda ls: [ls[0].replace(b",", b", ", 1), *ls[1:]], 1, "Line 1 was edited"),
    ("dropped", lambda ls: [*ls[:2], *ls[3:]], 3, "Before line 3, entry 3 is missing"),
    ("several dropped", lambda ls: [ls[0], *ls[4:]], 2, "Before line 2, entries 2 to 4 are missing"),
    ("beginning dropped", lambda ls: ls[2:], 1, "Before line 1, entries 1 to 2 are missing"),
    ("moved", lambda ls: [ls[0], ls[2], ls[1], *ls[3:]], 2, "Line 2 is entry 3, and entry 2 comes later"),
    ("moved back", lambda ls: [*ls[:4], ls[0], ls[4]], 5, "Line 5 is line 1 once more"),
    ("repeated", lambda ls: [*ls[:3], ls[2], *ls[3:]], 4, "Line 4 is line 3 once more"),
    ("cut in the middle", lambda ls: [*ls[:2], ls[2][:100] + b"\n", *ls[3:]], 3, "Line 3 is no JSON any more"),
    ("cut at the end", lambda ls: [*ls[:4], ls[4][:100]], 5, "Line 5 (the last one) is no JSON any more"),
    ("joined", lambda ls: [*ls[:1], ls[1].rstrip(), *ls[2:]], 2, "Line 2 is no JSON any more"),
    ("emptied", lambda ls: [*ls[:1], b"\n", *ls[2:]], 2, "Line 2 is empty"),
    ("foreign", lambda ls: [*ls[:1], b"[1]\n", *ls[2:]], 2, "Line 2 is no entry"),
    ("newer", lambda ls: [*ls[:1], ls[1].replace(b'n":1', b'n":2', 1), *ls[2:]], 2, "written by a newer planguard"),
    ("renumbered", lambda ls: [*ls[:2], ls[2].replace(b'number":3', b'number":1'), *ls[3:]], 3, "moved or edited"),
    ("unnumbered", lambda ls: [*ls[:2], ls[2].replace(b'number":3', b'number":""'), *ls[3:]], 3, "has no number"),
    (
        "last line's link",
        lambda ls: [*ls[:4], ls[4].replace(b'previous":"', b'previous":"0')],
        4,
        "Line 4 was edited, or line 5",
    ),
    ("last but one", lambda ls: [*ls[:3], ls[3].replace(b"dana", b"mala"), ls[4]], 4, "Line 4 was edited, or line 5"),
    ("bytes", lambda ls: [*ls[:2], b"\xff\xfe\x00\n", *ls[3:]], 3, "Line 3 is no JSON"),
]


@pytest.mark.parametrize(("edit", "line", "message"), [case[1:] for case in EDITS], ids=[case[0] for case in EDITS])
def test_the_first_line_that_is_wrong_is_named(
    edit: Callable[[list[bytes]], list[bytes]], line: int, message: str
) -> None:
    found = why(b"".join(edit(lines(written(5)))))
    assert message in found[1]
    assert found[0] == line


def test_lines_dropped_from_the_end_show_only_to_whoever_kept_the_last_hash() -> None:
    data = written(5)
    short = b"".join(lines(data)[:3])
    assert ledger.verify(short) is None
    assert why(short, expect=ledger.head(data)) == (
        3,
        "The line with the expected hash is missing: lines were dropped, after line 3.",
    )
    assert why(b"", expect=ledger.head(data))[0] == 0


def test_what_was_cut_off_stays_visible_and_later_lines_go_on() -> None:
    data = written(3)
    torn = data[:-20]
    more = torn + ledger.appended(torn, ledger.chain(torn, [ledger.entry(REVIEW, CONTEXT)]))
    assert more.startswith(torn + b"\n")
    assert why(more)[0] == 3
    assert len(list(ledger.entries(more))) == 3


DATA = written(4)


@given(st.integers(0, len(DATA) - 1), st.binary(min_size=1, max_size=3))
@settings(max_examples=300)
def test_any_edit_before_the_last_line_is_noticed(place: int, new: bytes) -> None:
    end = len(b"".join(lines(DATA)[:3])) - 1
    place %= end
    edited = DATA[:place] + new + DATA[place + len(new) :]
    if edited.replace(b"\r", b"") == DATA.replace(b"\r", b""):
        return
    found = ledger.verify(edited)
    assert found is not None
    assert 1 <= found.line <= len(lines(edited)) + 1


@given(st.binary(max_size=200))
def test_any_bytes_are_judged_without_falling_over(data: bytes) -> None:
    found = ledger.verify(data)
    assert (found is None) is (data == b"")
    list(ledger.entries(data))
    assert ledger.chain(data, [{}])
