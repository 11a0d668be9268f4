"""Findings + waivers -> what still counts, what was accepted beforehand, and what to say about the waivers themselves.

Pure: whoever calls passes in the date. Nothing is dropped: a waived finding moves, with the reason and the name.
A waiver never covers a rule that the config forbids: whoever forbade it wanted nobody to decide otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from planguard.config import Config, Waiver, waiver_state
from planguard.globs import matches
from planguard.model import Finding, Note, Waived


class Applied(NamedTuple):
    """Every finding, once, and remarks on the waivers in the order of the file."""

    kept: tuple[Finding, ...]
    waived: tuple[Waived, ...]
    notes: tuple[Note, ...]
    """Waivers that would have covered a finding, and do not: expired, or the rule is forbidden."""
    unused: tuple[Note, ...]
    """Waivers that meet nothing in this plan. They may meet something in another: for verbose reports."""


def apply(findings: Iterable[Finding], config: Config, today: date) -> Applied:
    """Part the findings by the waivers of `config` that hold on `today`; the first that covers a finding is named."""
    kept: list[Finding] = []
    waived: list[Waived] = []
    met: set[int] = set()
    """Waivers that speak of some finding, whether it needed them or not."""
    notes: dict[int, Note] = {}
    for finding in findings:
        speaking = [i for i, waiver in enumerate(config.waivers) if covers(waiver, finding)]
        met.update(speaking)
        holding = [i for i in speaking if waiver_state(config.waivers[i], today) == "active"]
        if finding.rule in config.forbidden:
            notes.update((i, _forbidden(config, i, finding)) for i in holding if i not in notes)
            kept.append(finding)
        elif holding:
            waiver = config.waivers[holding[0]]
            waived.append(Waived(finding, waiver.reason, waiver.by, waiver.until))
        else:
            notes.update((i, _expired(config, i)) for i in speaking)
            kept.append(finding)
    unused = tuple(_unused(config, i, today) for i in range(len(config.waivers)) if i not in met)
    return Applied(tuple(kept), tuple(waived), tuple(notes[i] for i in sorted(notes)), unused)


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether `waiver` speaks of `finding`, whatever the date. Only `*` covers a finding about the whole plan."""
    return waiver.rule in ("*", finding.rule) and matches(waiver.address, finding.address)


def _expired(config: Config, index: int) -> Note:
    waiver = config.waivers[index]
    return Note(f"{_named(config, index)} expired on {waiver.until}: what it covered counts again.")


def _forbidden(config: Config, index: int, finding: Finding) -> Note:
    return Note(f"{_named(config, index)} does not hold for {finding.rule}: the config forbids that rule.")


def _unused(config: Config, index: int, today: date) -> Note:
    waiver = config.waivers[index]
    if waiver_state(waiver, today) == "expired":
        return Note(f"{_named(config, index)} expired on {waiver.until} and meets nothing in this plan.")
    return Note(f"{_named(config, index)} meets nothing in this plan.")


def _named(config: Config, index: int) -> str:
    """`The waiver for data-deletion at aws_s3_bucket.a by Kim (planguard.yml:12)`."""
    waiver = config.waivers[index]
    line = config.lines.get(f"$.waivers[{index}]")
    place = f" ({config.path}:{line})" if config.path and line else ""
    rule = "every rule" if waiver.rule == "*" else waiver.rule
    address = "any address" if waiver.address == "*" else waiver.address
    return f"The waiver for {rule} at {address} by {waiver.by}{place}"
