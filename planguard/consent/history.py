"""What the evidence tells in hindsight: how people approve, and which protections went not long ago.

Reads entries of the ledger, and believes them: whether the chain holds is checked elsewhere. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from planguard.consent.ledger import Entry, Removed
from planguard.model import Finding

REFLEX_SECONDS = 60
"""Whoever needs less than this, as a rule, has not read."""
REFLEX_LEAST = 5
"""With fewer approvals, quickness may be chance."""

_NAMES = {
    "protection-weakened": "",
    "protection-drift": "",
    "stack-unprotected": "termination protection",
    "prevent-destroy-removed": "prevent_destroy",
    "policy-weakened": "the deletion policy",
}
"""Rules about a protection that goes, and what it is called; empty: the evidence names the attributes."""
_ATTRIBUTE = re.compile(r"`([A-Za-z0-9_.\[\]-]+)`")


class Person(NamedTuple):
    """How one person answered."""

    login: str
    asked: int
    """Questions that this person answered, in a way that counts or not."""
    approved: int
    refused: int
    """Of them, those in which no answer counted."""
    hasty: int
    """Of them, those answered too soon after the question."""
    median: int | None
    """Seconds from the question to the approval."""

    @property
    def reflex(self) -> bool:
        """Whether this looks like approving without reading."""
        return self.approved >= REFLEX_LEAST and self.median is not None and self.median < REFLEX_SECONDS

    @property
    def words(self) -> str:
        """`14 of 14 approved, median 9 s`."""
        pace = "" if self.median is None else f", median {duration(self.median)}"
        return f"{self.approved} of {self.asked} approved{pace}"


class Summary(NamedTuple):
    """All decisions together."""

    decisions: int
    questions: int
    """Different changes of different pull requests that people were asked about."""
    passed: int
    """Of them, those that were let through."""
    emergencies: int
    people: tuple[Person, ...]
    """Whoever approved most comes first."""


def stats(entries: Iterable[Entry]) -> Summary:
    """How people approve. The same approval is in every later decision about it, and is counted once."""
    decisions = 0
    asked: set[tuple[str, str]] = set()
    passed: set[tuple[str, str]] = set()
    broken_glass: set[tuple[str, str]] = set()
    approved: dict[str, dict[tuple[str, str], int]] = {}
    refused: dict[str, dict[tuple[str, str], set[str]]] = {}
    for entry in entries:
        decisions += 1
        if not entry.get("fingerprint"):
            continue
        question = (f"{entry.get('repository', '')}#{entry.get('pull', 0)}", str(entry["fingerprint"]))
        asked.add(question)
        if entry.get("state") in ("approved", "break_glass"):
            passed.add(question)
        if entry.get("state") == "break_glass":
            broken_glass.add(question)
        for given in _dicts(entry, "approvals"):
            seconds = given.get("after")
            if isinstance(seconds, int):
                approved.setdefault(_login(given), {}).setdefault(question, seconds)
        for given in _dicts(entry, "refusals"):
            refused.setdefault(_login(given), {}).setdefault(question, set()).add(str(given.get("code", "")))
    people = [_person(login, approved.get(login, {}), refused.get(login, {})) for login in {*approved, *refused} - {""}]
    people.sort(key=lambda person: (-person.approved, -person.asked, person.login))
    return Summary(decisions, len(asked), len(passed), len(broken_glass), tuple(people))


def _person(login: str, approved: dict[tuple[str, str], int], refused: dict[tuple[str, str], set[str]]) -> Person:
    only_refused = refused.keys() - approved.keys()
    return Person(
        login=login,
        asked=len(approved) + len(only_refused),
        approved=len(approved),
        refused=len(only_refused),
        hasty=sum("PG53" in codes for codes in refused.values()),
        median=round(median(approved.values())) if approved else None,
    )


def duration(seconds: int) -> str:
    """`9 s`, `12 min`, `3 h`, `4 d`."""
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


# --- two steps: disarm now, delete later ------------------------------------------------------------------------------


class Disarmed(NamedTuple):
    """A protection that went not long ago."""

    address: str
    what: str
    at: datetime
    pull: int
    passed: bool
    """Whether the gate let it through. What it did not may have been applied all the same."""


def removed(findings: Iterable[Finding]) -> tuple[Removed, ...]:
    """The protections that a change takes away, from what was found in it; waived findings count as well."""
    found = {
        Removed(finding.address, what)
        for finding in findings
        if finding.rule in _NAMES and finding.address
        for what in _called(finding)
    }
    return tuple(sorted(found))


def _called(finding: Finding) -> Sequence[str]:
    if _NAMES[finding.rule]:
        return (_NAMES[finding.rule],)
    named = [match[1] for sentence in finding.evidence if (match := _ATTRIBUTE.match(sentence))]
    return named or ("a protection",)


def weakened(entries: Iterable[Entry], since: datetime) -> tuple[Disarmed, ...]:
    """The protections that went after `since`, the latest of each address and name, sorted."""
    found: dict[tuple[str, str], Disarmed] = {}
    for entry in entries:
        at = _time(entry.get("at"))
        if at is None or at < since:
            continue
        passed = entry.get("state") in ("clean", "approved", "break_glass")
        for item in _dicts(entry, "removed"):
            address, what = str(item.get("address", "")), str(item.get("what", ""))
            known, pull = found.get((address, what)), _whole(entry.get("pull"))
            # Decisions about one pull request repeat: the first that let it through is when it happened.
            if known is None or (passed and not known.passed) or (passed == known.passed and pull != known.pull):
                found[address, what] = Disarmed(address, what, at, pull, passed)
    return tuple(sorted(found.values()))


def two_steps(entries: Iterable[Entry], ending: Iterable[str], now: datetime, days: int) -> tuple[str, ...]:
    """A sentence for each protection that went within so many days from something that ends now."""
    gone = set(ending)
    return tuple(
        f"{item.what} of {item.address} was {'' if item.passed else 'to be '}switched off {_ago(now - item.at)}"
        + (f" (#{item.pull})." if item.pull else ".")
        for item in weakened(entries, now - timedelta(days=days))
        if item.address in gone
    )


def _ago(passed: timedelta) -> str:
    if passed.days > 0:
        return f"{passed.days} day{'s' if passed.days != 1 else ''} ago"
    hours = int(passed.total_seconds()) // 3600
    return f"{hours} hour{'s' if hours != 1 else ''} ago" if hours > 0 else "within the last hour"


def _login(given: dict[str, Any]) -> str:
    return str(given.get("login", "")).lower()


def _dicts(entry: Entry, key: str) -> list[dict[str, Any]]:
    found = entry.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _time(text: object) -> datetime | None:
    """Of an entry. One whose time cannot be read is left out here; `verify` is there to say that it was edited."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
