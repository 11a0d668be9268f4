"""What apply writes into the evidence, and when it does not ask at all because of planguard.yml."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from plan_documents import change
from planguard.consent import ledger

LOST = change("aws_db_instance.orders", before={"id": "db-1", "tags": {"environment": "production"}})


def entries(made: Any) -> list[Any]:
    path = made.directory / ".planguard" / "evidence.jsonl"
    if not path.exists():
        return []
    assert ledger.verify(path.read_bytes()) is None
    return list(ledger.entries(path.read_bytes()))


def test_who_agreed_to_which_bytes_and_what_came_of_it(stand: Any) -> None:
    made = stand(LOST, apply="exit 1")
    talk = made.talk("apply", "tfplan")
    talk.until("Name ")
    talk.types("orders")
    assert talk.ends() == 4
    agreed, ended = entries(made)
    plan = hashlib.sha256((made.directory / "tfplan").read_bytes()).hexdigest()
    assert (agreed["command"], agreed["state"], agreed["plan"], agreed["mode"]) == (
        "apply",
        "approved",
        plan,
        "terminal",
    )
    assert "@" in agreed["approvals"][0]["login"]
    assert agreed["items"] == [{"address": "aws_db_instance.orders", "what": "delete", "kind": "end"}]
    assert (ended["state"], ended["message"], ended["plan"]) == ("failed", "terraform ended with code 1.", plan)
    code, said = made.pipe("evidence", "verify")
    assert (code, "2 decisions" in said) == (0, True)


def test_refusals_are_kept_and_harmless_plans_are_not(stand: Any) -> None:
    made = stand(LOST)
    assert made.pipe("apply", "tfplan", CLAUDECODE="1")[0] == 10
    (refused,) = entries(made)
    assert refused["state"] == "refused"
    assert refused["message"].startswith("Claude Code runs this shell")
    harmless = stand()
    assert harmless.pipe("apply", "tfplan")[0] == 0
    assert entries(harmless) == []


def test_what_cannot_be_written_down_is_not_applied(stand: Any) -> None:
    made = stand(LOST)
    (made.directory / ".planguard").write_text("in the way", encoding="utf-8")
    talk = made.talk("apply", "tfplan")
    talk.until("Name ")
    talk.types("orders")
    assert talk.ends() == 3
    assert "the evidence cannot be written" in talk.said
    assert not any(call.startswith("apply") for call in made.calls())


def test_no_evidence_where_none_is_wanted(stand: Any) -> None:
    made = stand(LOST)
    (made.directory / "planguard.yml").write_text("consent: {evidence: {store: none}}\n", encoding="utf-8")
    assert made.pipe("apply", "tfplan")[0] == 10
    assert not (made.directory / ".planguard").exists()


def test_a_branch_that_nobody_here_can_write(stand: Any) -> None:
    made = stand(LOST)
    (made.directory / "planguard.yml").write_text("consent: {evidence: {store: branch}}\n", encoding="utf-8")
    code, said = made.pipe("apply", "tfplan", GITHUB_REPOSITORY="", GITLAB_CI="")
    assert code == 10
    assert "no host is known here to write a branch" in said
    assert len(entries(made)) == 1


def test_where_nobody_may_agree_at_a_terminal(stand: Any) -> None:
    made = stand(LOST)
    (made.directory / "planguard.yml").write_text("consent: {terminal: forbidden}\n", encoding="utf-8")
    talk = made.talk("apply", "tfplan")
    assert talk.ends() == 10
    assert "planguard.yml lets nobody agree at a terminal." in talk.said
    assert not any(call.startswith("apply") for call in made.calls())
    harmless = stand()
    (harmless.directory / "planguard.yml").write_text("consent: {terminal: forbidden}\n", encoding="utf-8")
    assert harmless.pipe("apply", "tfplan")[0] == 0


def test_a_closed_window_holds_at_a_terminal_too(stand: Any) -> None:
    made = stand(LOST)
    today = datetime.now(UTC).date()
    freeze = {
        "from": str(today - timedelta(days=1)),
        "until": str(today + timedelta(days=1)),
        "reason": "Nobody is there.",
    }
    (made.directory / "planguard.yml").write_text(json.dumps({"consent": {"freezes": [freeze]}}), encoding="utf-8")
    talk = made.talk("apply", "tfplan")
    assert talk.ends() == 10
    assert "PG80" in talk.said
    assert not any(call.startswith("apply") for call in made.calls())
