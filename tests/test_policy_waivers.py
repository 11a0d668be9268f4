"""Waivers: which findings they cover, until when, and what is said about those that do not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from planguard import config_file
from planguard.config import Config, Waiver
from planguard.model import Environment, Finding, Severity, Tier
from planguard.policy.waivers import apply
from planguard.strict_yaml import parse

TODAY = date(2026, 11, 22)


def finding(address: str, rule: str = "data-deletion") -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.HIGH,
        address=address,
        type="aws_s3_bucket",
        action="delete",
        environment=Environment(Tier.PRODUCTION),
        message="It would go.",
    )


def waiver(rule: str = "data-deletion", address: str = "aws_s3_bucket.*", until: str | None = None) -> Waiver:
    return Waiver(rule, address, "Empty.", "Kim", until)


LOGS, OTHER = finding("aws_s3_bucket.logs"), finding("aws_db_instance.main")


def test_a_waiver_covers_its_rule_at_its_addresses_and_nothing_else() -> None:
    applied = apply((LOGS, OTHER, finding("aws_s3_bucket.logs", "key-loss")), Config(waivers=(waiver(),)), TODAY)
    assert [(item.finding, item.reason, item.by, item.until) for item in applied.waived] == [
        (LOGS, "Empty.", "Kim", None)
    ]
    assert applied.kept == (OTHER, finding("aws_s3_bucket.logs", "key-loss"))
    assert applied.notes == applied.unused == ()


def test_a_waiver_holds_on_its_last_day() -> None:
    assert apply((LOGS,), Config(waivers=(waiver(until="2026-11-22"),)), TODAY).kept == ()


def test_an_expired_waiver_stops_working_and_is_said() -> None:
    applied = apply((LOGS,), Config(waivers=(waiver(until="2026-11-21"),)), TODAY)
    assert (applied.kept, applied.waived, applied.unused) == ((LOGS,), (), ())
    assert [note.text for note in applied.notes] == [
        "The waiver for data-deletion at aws_s3_bucket.* by Kim expired on 2026-11-21: what it covered counts again."
    ]


def test_an_expired_waiver_is_not_said_where_another_took_over() -> None:
    config = Config(waivers=(waiver(until="2026-01-01"), waiver(until="2027-01-01")))
    applied = apply((LOGS,), config, TODAY)
    assert [item.until for item in applied.waived] == ["2027-01-01"]
    assert applied.notes == applied.unused == ()


def test_the_first_waiver_that_holds_is_named() -> None:
    first = Waiver("*", "*.logs", "First.", "Ann")
    applied = apply((LOGS,), Config(waivers=(waiver(until="2026-01-01"), first, waiver())), TODAY)
    assert [item.by for item in applied.waived] == ["Ann"]


def test_every_rule_can_be_waived_for_an_address() -> None:
    applied = apply((LOGS, finding("aws_s3_bucket.logs", "key-loss")), Config(waivers=(waiver("*"),)), TODAY)
    assert applied.kept == ()


def test_findings_about_the_whole_plan_are_covered_by_a_star_alone() -> None:
    whole = finding("", "destroys-everything")
    assert apply((whole,), Config(waivers=(waiver("destroys-everything", "*"),)), TODAY).kept == ()
    assert apply((whole,), Config(waivers=(waiver("destroys-everything", "*.*"),)), TODAY).kept == (whole,)


def test_a_forbidden_rule_cannot_be_waived_and_that_is_said() -> None:
    config = Config(forbidden=("data-deletion",), waivers=(waiver(), waiver("*", until="2026-01-01")))
    applied = apply((LOGS, LOGS), config, TODAY)
    assert applied.kept == (LOGS, LOGS)
    assert applied.waived == ()
    assert [note.text for note in applied.notes] == [
        "The waiver for data-deletion at aws_s3_bucket.* by Kim does not hold for data-deletion: "
        "the config forbids that rule."
    ]


def test_waivers_that_meet_nothing_are_kept_apart() -> None:
    config = Config(waivers=(waiver("key-loss", "*"), waiver(until="2026-01-01")))
    applied = apply((OTHER,), config, TODAY)
    assert applied.notes == ()
    assert [note.text for note in applied.unused] == [
        "The waiver for key-loss at any address by Kim meets nothing in this plan.",
        "The waiver for data-deletion at aws_s3_bucket.* by Kim expired on 2026-01-01 and meets nothing in this plan.",
    ]


def test_the_place_in_the_file_is_told() -> None:
    text = b"\nwaivers:\n  - {rule: a, address: x, reason: r, by: Kim, until: 2020-01-01}\n"
    config = config_file.parse(parse(text, "live/planguard.yml"), Path())
    assert "(live/planguard.yml:3)" in apply((finding("x", "a"),), config, TODAY).notes[0].text


RULES, ADDRESSES = st.sampled_from("abc"), st.sampled_from(["", "x", "x.y", "z"])
WAIVERS = st.builds(
    Waiver,
    rule=st.sampled_from(["a", "b", "*"]),
    address=st.sampled_from(["*", "x*", "z"]),
    reason=st.just("r"),
    by=st.just("b"),
    until=st.sampled_from([None, "2026-11-21", "2026-11-22"]),
)


@given(
    st.lists(st.builds(finding, ADDRESSES, RULES), max_size=6).map(tuple),
    st.lists(WAIVERS, max_size=4).map(tuple),
    st.sets(RULES).map(tuple),
)
def test_nothing_is_lost_and_order_stays(
    findings: tuple[Finding, ...], waivers: tuple[Waiver, ...], forbidden: tuple[str, ...]
) -> None:
    config = Config(waivers=waivers, forbidden=forbidden)
    applied = apply(findings, config, TODAY)
    moved = [item.finding for item in applied.waived]
    assert sorted([*applied.kept, *moved]) == sorted(findings)
    assert list(applied.kept) == [item for item in findings if item in applied.kept]
    assert not any(item.rule in forbidden for item in moved)
    assert all(item.until is None for item in apply(findings, config, date(2099, 1, 1)).waived)
    assert apply(applied.kept, config, TODAY).waived == ()
