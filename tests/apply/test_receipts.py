"""The shape of a change, the receipts of rehearsals, and which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plan_documents import change, plan, read
from planguard.consent import ledger, receipts
from planguard.consent.receipts import FAILURE, SUCCESS, Receipt, Shape
from planguard.consent_config import Rehearsal
from planguard.errors import InputError
from planguard.model import Plan

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFIG = Rehearsal(environments=("staging",))
AGENT = ["agent"]


def replaced(name: str, attribute: str = "db_name") -> dict[str, Any]:
    return change(f"aws_db_instance.{name}", ("delete", "create"), after={"id": "x"}, replace_paths=[[attribute, 0]])


def loaded(tmp_path: Path, *changes: Any) -> Plan:
    return read(tmp_path, plan(*changes))


def receipt(shape: Shape, *, days: float = 1, environment: str = "staging", outcome: str = SUCCESS) -> Receipt:
    return Receipt(NOW - timedelta(days=days), environment, outcome, shape, "planguard 0")


def asked(kept: Sequence[Receipt], needed: Shape, kinds: Sequence[str] = AGENT) -> str | None:
    return receipts.missing(CONFIG, kept, needed, kinds, NOW)


@pytest.fixture
def one(tmp_path: Path) -> Shape:
    return receipts.wanted(loaded(tmp_path, replaced("a")), ())


def test_a_shape_holds_no_name_and_no_value(tmp_path: Path) -> None:
    update = change(
        "aws_db_instance.secretive",
        ("update",),
        before={"id": "db-1", "tags": {"Owner Kim": "x"}},
        after={"id": "db-1", "tags": {"Owner Lee": "y"}},
    )
    shape = receipts.rehearsed(loaded(tmp_path, replaced("orders"), update, change("aws_s3_bucket.x[0]")))
    assert [piece.words for piece in shape] == [
        "delete,create aws_db_instance (db_name)",
        "update aws_db_instance (tags)",
        "delete aws_s3_bucket",
    ]


def test_other_names_have_the_same_shape_and_other_causes_do_not(tmp_path: Path, one: Shape) -> None:
    assert receipts.wanted(loaded(tmp_path, replaced("elsewhere")), ()) == one
    other = receipts.wanted(loaded(tmp_path, replaced("a", "engine")), ())
    assert receipts.digest(other) != receipts.digest(one)
    assert asked([receipt(other)], one) == ("This has not been rehearsed: delete,create aws_db_instance (db_name).")


@pytest.mark.parametrize(
    ("tried", "meant", "covered"),
    [(1, 1, True), (1, 2, False), (2, 9, True), (9, 10, False), (10, 400, True), (3, 1, True)],
)
def test_one_object_does_not_stand_for_many(tmp_path: Path, tried: int, meant: int, covered: bool) -> None:
    done = receipts.rehearsed(loaded(tmp_path, *(replaced(f"t{number}") for number in range(tried))))
    needed = receipts.wanted(loaded(tmp_path, *(replaced(f"m{number}") for number in range(meant))), ())
    assert (receipts.lacking(done, needed) == ()) is covered


def test_a_rehearsal_may_hold_more_than_what_is_needed(tmp_path: Path, one: Shape) -> None:
    more = receipts.rehearsed(loaded(tmp_path, replaced("a"), change("aws_s3_bucket.b")))
    assert asked([receipt(more)], one) is None


def test_harmless_changes_need_no_rehearsal_unless_they_need_consent(tmp_path: Path) -> None:
    opened = change("aws_security_group.a", ("update",), before={"ingress": []}, after={"ingress": [1]})
    found = loaded(tmp_path, opened)
    assert receipts.wanted(found, ()) == ()
    (piece,) = receipts.wanted(found, {"aws_security_group.a"})
    assert piece.words == "update aws_security_group (ingress)"


def test_for_whom_it_is_demanded(one: Shape) -> None:
    assert asked([], one, ["human"]) is None
    assert asked([], one, ["human", "bot"]) == (
        "This has to be rehearsed first, and .planguard/rehearsals.jsonl holds no receipt at all."
    )
    assert asked([], ()) is None
    assert receipts.missing(None, [], one, AGENT, NOW) is None


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        ([{}], None),
        ([{"days": 14}], None),
        ([{"days": 15}], "The rehearsal in staging is 15 days old; 14 are allowed."),
        ([{"outcome": FAILURE}], "The rehearsal in staging on 2026-11-21 failed."),
        ([{"environment": "dev"}], "This was rehearsed in dev, and only staging counts."),
        ([{"days": -1}], "The receipt of 2026-11-23 is from the future, so it does not count."),
        ([{"days": 3}, {"days": 2, "outcome": FAILURE}], "The rehearsal in staging on 2026-11-20 failed."),
        ([{"days": 3, "outcome": FAILURE}, {"days": 2}], None),
        ([{"environment": "dev", "outcome": FAILURE}, {"days": 5}], None),
        ([{"days": 30}, {"days": 20}], "The rehearsal in staging is 20 days old; 14 are allowed."),
    ],
)
def test_which_receipts_count(one: Shape, kept: list[dict[str, Any]], why: str | None) -> None:
    assert asked([receipt(one, **item) for item in kept], one) == why


def test_receipts_survive_being_written(one: Shape) -> None:
    kept = [receipt(one), receipt(one, outcome=FAILURE)]
    lines = ledger.chain(b"", [receipts.entry(item) for item in kept])
    assert receipts.read(ledger.appended(b"", lines), "r.jsonl") == tuple(kept)


@pytest.mark.parametrize("line", [0, 1])
def test_receipts_that_were_edited_are_not_believed(one: Shape, line: int) -> None:
    kept = [receipt(one, outcome=FAILURE), receipt(one, outcome=FAILURE)]
    lines = list(ledger.chain(b"", [receipts.entry(item) for item in kept]))
    lines[line] = lines[line].replace('"db_name"', '"engine"')
    with pytest.raises(InputError) as caught:
        receipts.read(ledger.appended(b"", lines), "r.jsonl")
    assert caught.value.where == "r.jsonl"


# --- the command ------------------------------------------------------------------------------------------------------

STAGING = {"before": {"id": "db-1", "tags": {"environment": "staging"}}}


def test_a_receipt_of_what_was_applied(stand: Any) -> None:
    made = stand(change("aws_db_instance.orders", **STAGING))
    code, said = made.pipe("rehearse", "--environment", "Staging", "tfplan")
    assert code == 0
    assert "applied in staging; receipt" in said
    data = (made.directory / ".planguard" / "rehearsals.jsonl").read_bytes()
    (kept,) = receipts.read(data, "r")
    assert (kept.environment, kept.outcome) == ("staging", SUCCESS)
    assert b"orders" not in data


def test_a_command_is_run_and_its_end_is_kept(stand: Any) -> None:
    made = stand(change("aws_db_instance.orders", **STAGING), apply="exit 3")
    code, said = made.pipe("rehearse", "--environment", "staging", "--", "terraform", "apply", "tfplan")
    assert code == 4
    assert "failed in staging" in said
    (call,) = (call for call in made.calls() if call.startswith("apply"))
    assert call != "apply tfplan"  # its private copy, which nobody swaps meanwhile


def test_what_somebody_would_miss_is_not_rehearsed_in_passing(stand: Any) -> None:
    made = stand(change("aws_db_instance.orders", before={"id": "db-1"}))
    command = ("rehearse", "--environment", "staging", "--", "terraform", "apply", "tfplan")
    code, said = made.pipe(*command)
    assert code == 10
    assert "not applied" in said
    assert not any(call.startswith("apply") for call in made.calls())
    talk = made.talk(*command)
    talk.until("Name ")
    talk.types("orders")
    assert talk.ends() == 0
    assert "applied in staging; receipt" in talk.said


@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", "terraform apply tfplan"),
        ("terraform", "destroy", "tfplan"),
        ("terraform", "apply"),
        ("true", "tfplan"),
    ],
)
def test_only_an_apply_of_the_plan_can_be_run(stand: Any, command: tuple[str, ...]) -> None:
    made = stand(change("aws_db_instance.orders", **STAGING))
    assert made.pipe("rehearse", "--environment", "staging", "--", *command)[0] == 2
    assert made.calls() == []


def test_production_is_no_place_for_rehearsals(stand: Any) -> None:
    made = stand(change("aws_db_instance.orders", before={"id": "db-1", "tags": {"environment": "production"}}))
    assert made.pipe("rehearse", "--environment", "prod", "tfplan")[0] == 2
    code, said = made.pipe("rehearse", "--environment", "staging", "--", "terraform", "apply", "tfplan")
    assert code == 3
    assert "is about production" in said
    assert not any(call.startswith("apply") for call in made.calls())


def test_apply_demands_the_rehearsal(stand: Any) -> None:
    made = stand(change("aws_db_instance.orders", before={"id": "db-1", "tags": {"environment": "production"}}))
    (made.directory / "planguard.yml").write_text("consent: {rehearsal: {for: [human]}}\n", encoding="utf-8")
    talk = made.talk("apply", "tfplan")
    assert talk.ends() == 10
    assert "PG90 This has to be rehearsed first" in talk.said
    tried = stand(change("aws_db_instance.other", **STAGING))
    (made.directory / "staging.json").write_bytes((tried.directory / "shown.json").read_bytes())
    assert made.pipe("rehearse", "--environment", "staging", "staging.json")[0] == 0
    talk = made.talk("apply", "tfplan")
    talk.until("Name ")
    talk.types("orders")
    assert talk.ends() == 0
