"""What the evidence tells in hindsight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from planguard.consent import history
from planguard.consent.history import Person
from planguard.consent.ledger import Removed
from planguard.model import Environment, Finding, Severity, Tier

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(pull: int, state: str, approvals: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    refusals = [{"login": login, "code": code} for login, code in more.pop("refusals", {}).items()]
    return {
        "repository": "acme/shop",
        "pull": pull,
        "state": state,
        "fingerprint": f"f{pull}",
        "approvals": [{"login": login, "after": after} for login, after in (approvals or {}).items()],
        "refusals": refusals,
        "at": NOW.isoformat(),
        **more,
    }


def test_the_same_approval_is_counted_once() -> None:
    entries = [
        entry(1, "awaiting"),
        entry(1, "awaiting", {"dana": 30}),
        entry(1, "approved", {"dana": 30, "kim": 4000}),
        entry(1, "approved", {"dana": 30, "kim": 4000}),
        entry(2, "refused", refusals={"kim": "PG53"}),
        entry(2, "approved", {"Kim": 8}),
        entry(3, "refused", refusals={"kim": "PG33"}),
        {"state": "clean", "at": NOW.isoformat()},
    ]
    found = history.stats(entries)
    assert found[:4] == (8, 3, 2, 0)
    assert found.people == (Person("kim", 3, 2, 1, 1, 2004), Person("dana", 1, 1, 0, 0, 30))
    assert [person.words for person in found.people] == [
        "2 of 3 approved, median 33 min",
        "1 of 1 approved, median 30 s",
    ]
    assert not any(person.reflex for person in found.people)


def test_approving_everything_at_once_shows() -> None:
    found = history.stats(entry(number, "approved", {"dana": 9}) for number in range(14))
    assert found.people[0].words == "14 of 14 approved, median 9 s"
    assert found.people[0].reflex
    careful = history.stats(entry(number, "approved", {"dana": 600}) for number in range(14))
    assert not careful.people[0].reflex
    few = history.stats(entry(number, "approved", {"dana": 9}) for number in range(4))
    assert not few.people[0].reflex


def test_emergencies_are_counted() -> None:
    assert history.stats([entry(1, "break_glass", {"a": 1, "b": 2}), entry(1, "break_glass")]).emergencies == 1


def finding(rule: str, address: str = "aws_db_instance.orders", *evidence: str) -> Finding:
    return Finding(rule, Severity.MEDIUM, address, "t", "update", Environment(Tier.PRODUCTION), "m", evidence=evidence)


def test_protections_that_go_are_read_from_findings_without_their_values() -> None:
    found = history.removed(
        [
            finding(
                "protection-weakened",
                "aws_db_instance.orders",
                "`deletion_protection` goes from true to false (the service refuses)",
                "`backup_retention_period` goes from 7 to 0",
            ),
            finding("prevent-destroy-removed", "aws_s3_bucket.a"),
            finding("protection-drift", "aws_s3_bucket.b", "something else"),
            finding("policy-weakened", "Table"),
            finding("data-deletion", "aws_s3_bucket.c"),
            finding("stack-unprotected", ""),
        ]
    )
    assert found == (
        Removed("Table", "the deletion policy"),
        Removed("aws_db_instance.orders", "backup_retention_period"),
        Removed("aws_db_instance.orders", "deletion_protection"),
        Removed("aws_s3_bucket.a", "prevent_destroy"),
        Removed("aws_s3_bucket.b", "a protection"),
    )


def gone(days: float, pull: int = 123, state: str = "clean", address: str = "aws_db_instance.orders") -> dict[str, Any]:
    removed = [{"address": address, "what": "deletion_protection"}]
    return entry(pull, state, removed=removed, at=(NOW - timedelta(days=days)).isoformat())


def sentences(*entries: dict[str, Any], ending: str = "aws_db_instance.orders", days: int = 30) -> tuple[str, ...]:
    return history.two_steps(entries, [ending, "aws_lb.x"], NOW, days)


def test_a_protection_that_went_not_long_before_the_deletion_is_told() -> None:
    words = "deletion_protection of aws_db_instance.orders was switched off"
    assert sentences(gone(3)) == (f"{words} 3 days ago (#123).",)
    assert sentences(gone(0.1)) == (f"{words} 2 hours ago (#123).",)
    assert sentences(gone(0)) == (f"{words} within the last hour (#123).",)
    assert sentences(gone(29.9)) == (f"{words} 29 days ago (#123).",)
    assert sentences(gone(30.1)) == ()
    assert sentences(gone(3), ending="aws_db_instance.users") == ()
    assert sentences(gone(45), days=60) == (f"{words} 45 days ago (#123).",)


def test_a_removal_that_the_gate_did_not_let_through_counts_and_is_worded_so() -> None:
    assert sentences(gone(3, state="awaiting")) == (
        "deletion_protection of aws_db_instance.orders was to be switched off 3 days ago (#123).",
    )
    let_through = "deletion_protection of aws_db_instance.orders was switched off 2 days ago (#123)."
    assert sentences(gone(3, state="awaiting"), gone(2, state="approved"), gone(1, state="approved")) == (let_through,)
    assert sentences(gone(2, state="approved"), gone(1, pull=124, state="awaiting")) == (let_through,)


def test_what_cannot_be_read_is_left_out() -> None:
    broken: list[dict[str, Any]] = [
        {"removed": "x", "at": NOW.isoformat()},
        {"removed": [3, {}], "at": NOW.isoformat()},
        {"removed": [{"address": "aws_lb.x"}], "at": "yesterday"},
        {"removed": [{"address": "aws_lb.x"}], "at": 3},
        {"approvals": {"a": 1}, "refusals": [None], "fingerprint": "f"},
    ]
    assert sentences(*broken) == ()
    assert history.stats(broken).people == ()


def test_times_without_a_zone_are_taken_for_utc() -> None:
    naive = {**gone(3), "at": (NOW - timedelta(days=3)).replace(tzinfo=None).isoformat()}
    assert len(sentences(naive)) == 1
