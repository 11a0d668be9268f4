"""What the gate remembers: decisions on record, protections that went, keys and windows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from planguard.cli.recording import Record, completing
from planguard.consent import ledger, signature
from planguard.consent.actors import Makers
from planguard.consent.approvers import Approvers
from planguard.consent.challenge import Challenge
from planguard.consent.facts import Facts, Question
from planguard.consent.quorum import Asked
from planguard.consent_config import ConsentConfig, Evidence, Freeze
from planguard.errors import HostError, ReportError
from planguard.forge import Account, Comment, Host, Pull
from planguard.model import Assessment, Environment, Finding, Item, Plan, Severity, Tier, Waived
from planguard.review import Actor, Approval, Kind, Refusal, Review, State
from security_keys import SecurityKey

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DANA = Account("dana", 7, "User")
ORDERS = "aws_db_instance.orders"
PULL = Pull(
    number=12,
    url="https://host/acme/shop/pull/12",
    title="t",
    author=DANA,
    app=None,
    open=True,
    draft=False,
    base_ref="main",
    base_sha="b" * 40,
    head_ref="x",
    head_sha="a" * 40,
    head_repo="acme/shop",
    fork=False,
    labels=(),
    commits=1,
)
ASKED = Question("f" * 64, "c" * 64, (Item("end", ORDERS, "delete", "d" * 20),), "orders", Asked())
APPROVED = Review(State.APPROVED, needed=1, fingerprint="f" * 64, approvals=(Approval("dana", 7, "t", 30),))


class Memory:
    """As much of a host as a record asks for."""

    name = "github"
    repository = "acme/shop"

    def __init__(self) -> None:
        self.time = NOW
        self.data = b""
        self.files: dict[tuple[str, str], bytes] = {}
        self.reads: list[tuple[str, str]] = []

    def now(self) -> datetime:
        return self.time

    def read(self, path: str, ref: str) -> bytes | None:
        self.reads.append((path, ref))
        return self.files.get((path, ref))

    def ledger(self, ref: str, path: str) -> tuple[bytes, str | None]:
        return self.data, str(len(self.data)) if self.data else None

    def append(self, ref: str, path: str, lines: Sequence[str], *, expect: str | None) -> str | None:
        self.data += "".join(f"{line}\n" for line in lines).encode()
        return str(len(self.data))


ON_BRANCH = Evidence("branch")


def record(memory: Memory, store: Evidence = ON_BRANCH, top: Path | None = None) -> Record:
    return Record(cast("Host", memory), ConsentConfig(evidence=store), top or Path())


def finding(rule: str, *evidence: str) -> Finding:
    return Finding(rule, Severity.MEDIUM, ORDERS, "t", "update", Environment(Tier.PRODUCTION), "m", evidence=evidence)


def assessment(*findings: Finding, items: tuple[Item, ...] = (), secrets: frozenset[str] = frozenset()) -> Assessment:
    return Assessment(Plan("p", "terraform-plan", secrets=secrets), findings=findings, items=items)


WEAKENED = finding("protection-weakened", "`deletion_protection` goes from true to false (…)")
DELETES = assessment(items=ASKED.items)


# --- what is written --------------------------------------------------------------------------------------------------


def test_a_decision_is_written_to_the_branch_with_what_it_was_about() -> None:
    memory = Memory()
    written = record(memory).write(APPROVED, ASKED, [DELETES], PULL)
    assert written is not None
    assert (written.broken, written.head) == (None, ledger.head(memory.data))
    (entry,) = ledger.entries(memory.data)
    assert (entry["at"], entry["repository"], entry["pull"]) == ("2026-11-22T12:00:00+00:00", "acme/shop", 12)
    assert (entry["base"], entry["policy"]) == ("b" * 40, "c" * 64)
    assert entry["items"] == [{"address": ORDERS, "what": "delete", "kind": "end"}]
    assert entry["tool"].startswith("planguard ")


def test_a_file_and_no_evidence_at_all(tmp_path: Path) -> None:
    memory = Memory()
    written = record(memory, Evidence("file", "log/e.jsonl"), tmp_path).write(APPROVED, ASKED, [DELETES], PULL)
    assert written is not None
    assert len((tmp_path / "log/e.jsonl").read_bytes().splitlines()) == 1
    assert record(memory, Evidence("none")).write(APPROVED, ASKED, [DELETES], PULL) is None
    assert record(memory, Evidence("none")).told([DELETES]) == ()
    assert memory.data == b""


def test_a_clean_change_is_only_kept_where_a_protection_goes() -> None:
    memory, clean = Memory(), Review(State.CLEAN)
    nothing = ASKED._replace(items=(), fingerprint="")
    assert record(memory).write(clean, nothing, [assessment()], PULL) is None
    waived = assessment()._replace(waived=(Waived(WEAKENED, "r", "b"),))
    for one in (assessment(WEAKENED), waived):
        assert record(memory).write(clean, nothing, [one], PULL) is not None
    assert [entry["removed"] for entry in ledger.entries(memory.data)] == [
        [{"address": ORDERS, "what": "deletion_protection"}]
    ] * 2


def test_what_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log").write_text("")
    with pytest.raises(ReportError, match="the evidence cannot be written"):
        record(Memory(), Evidence("file", "log/e.jsonl"), tmp_path).write(APPROVED, ASKED, [DELETES], PULL)
    monkeypatch.setattr("planguard.consent.stores.TRIES", 2)
    memory = Memory()
    monkeypatch.setattr(memory, "append", lambda *arguments, expect: None)
    with pytest.raises(HostError, match="could not be written"):
        record(memory).write(APPROVED, ASKED, [DELETES], PULL)


def test_secrets_of_the_plan_are_not_put_on_record() -> None:
    memory, secret = Memory(), "hunter2-hunter2"
    address = f'aws_db_instance.a["{secret}"]'
    asked = ASKED._replace(items=(Item("end", address, "delete", "d" * 20),))
    review = APPROVED._replace(
        message=f"New: {address}", refusals=(Refusal("PG52", "kim", secret),), why_needed=(f"{address} goes.",)
    )
    weakened = WEAKENED._replace(address=address)
    record(memory).write(review, asked, [assessment(weakened, secrets=frozenset((secret,)))], PULL)
    assert secret.encode() not in memory.data
    assert memory.data.count(b"(sensitive)") == 5


def test_an_emergency_is_kept_with_its_reasons() -> None:
    memory = Memory()
    review = APPROVED._replace(state=State.BREAK_GLASS, challenge="K7Q2-9FXD-M3TV")
    said = [
        comment("/planguard break-glass K7Q2-9FXD-M3TV the disk is full and orders are lost"),
        comment("/planguard break-glass AAAA-AAAA-AAAA something else altogether"),
        comment("/planguard break-glass K7Q2-9FXD-M3TV nobody counts me", author=Account("eve", 9, "User")),
    ]
    record(memory).write(review, ASKED, [DELETES], PULL, facts(comments=tuple(said)))
    (entry,) = ledger.entries(memory.data)
    assert entry["reason"] == "@dana: the disk is full and orders are lost"


# --- what went before -------------------------------------------------------------------------------------------------


def test_a_deletion_after_its_protection_went_is_told() -> None:
    memory = Memory()
    record(memory).write(Review(State.CLEAN), ASKED, [assessment(WEAKENED)], PULL._replace(number=11))
    memory.time = NOW + timedelta(days=3)
    expected = (f"deletion_protection of {ORDERS} was switched off 3 days ago (#11).",)
    assert record(memory).told([DELETES]) == expected
    assert record(memory).told([assessment(WEAKENED)]) == ()
    memory.time = NOW + timedelta(days=31)
    assert record(memory).told([DELETES]) == ()


def test_a_broken_record_makes_it_harder_and_not_easier() -> None:
    memory = Memory()
    for _ in range(3):
        record(memory).write(APPROVED, ASKED, [DELETES], PULL)
    memory.data = b"".join(memory.data.splitlines(keepends=True)[1:])
    (told,) = record(memory).told([DELETES])
    assert told.startswith("The record of earlier decisions is broken (Before line 1, entry 1 is missing), so nobody")
    assert record(memory).told([assessment()]) == ()


# --- keys and windows -------------------------------------------------------------------------------------------------


def comment(body: str, author: Account | None = DANA) -> Comment:
    return Comment("1", author, body, NOW, NOW)


def facts(comments: tuple[Comment, ...] = (), kind: Kind = Kind.HUMAN) -> Facts:
    made = Makers((Actor("kim", kind, "author", "e"),), frozenset((8,)), frozenset(("kim",)))
    may = Approvers(True, frozenset(), frozenset(), ("write",))
    return Facts("acme/shop", PULL, (), comments, made, may, "planguard[bot]", NOW)


def test_without_settings_nothing_is_added_and_nothing_asked() -> None:
    memory = Memory()
    found = completing(cast("Host", memory), ConsentConfig(), "b" * 40)(facts())
    assert (found.signed, found.held, memory.reads) == (None, None, [])


def test_windows_bind_those_who_made_the_change() -> None:
    freeze = Freeze("2026-11-22", "2026-11-22", "Stocktaking.", "UTC", ("agent",))
    complete = completing(cast("Host", Memory()), ConsentConfig(freezes=(freeze,)), "b" * 40)
    by_agent, by_person = complete(facts(kind=Kind.AGENT)), complete(facts())
    assert by_agent.held is not None
    assert by_person.held is not None
    assert by_person.held(NOW) is None
    assert by_agent.held(NOW) == (
        "Frozen on 2026-11-22 (UTC): Stocktaking. The window opens Mon 2026-11-23 00:00 UTC.",
        "2026-11-23T00:00:00+00:00",
    )


def test_signatures_are_checked_against_the_list_of_the_base_commit() -> None:
    memory, key = Memory(), SecurityKey()
    config = ConsentConfig(signature="required", allowed_signers="ops/signers")
    asked = Challenge("f" * 64, "c" * 64, "a" * 40, NOW, (), "orders", 0)
    subject = signature.Subject("acme/shop", 12, "a" * 40, "f" * 64, "K7Q2-9FXD-M3TV")
    signed = comment(signature.armor(key.signed(signature.message(subject), signature.NAMESPACE)))
    check = completing(cast("Host", memory), config, "b" * 40)(facts()).signed
    assert check is not None
    assert check(comment("/planguard approve"), asked, subject.code) == "The comment carries no signature."
    assert memory.reads == [("ops/signers", "b" * 40)]
    missing = "`ops/signers` is not in the base branch, so no signature can be checked."
    assert check(signed, asked, subject.code) == missing
    assert len(memory.reads) == 1
    memory.files["ops/signers", "b" * 40] = f"dana {key.line}\n".encode()
    check = completing(cast("Host", memory), config, "b" * 40)(facts()).signed
    assert check is not None
    assert check(signed, asked, subject.code) is None
    assert check(signed, asked, "AAAA-AAAA-AAAA") == "The signature is for another plan, commit or pull request."
    assert check(signed._replace(author=None), asked, subject.code) is not None
    other = signed._replace(author=Account("kim", 8, "User"))
    assert check(other, asked, subject.code) == "The signature is not by a key that `ops/signers` lists for @kim."
