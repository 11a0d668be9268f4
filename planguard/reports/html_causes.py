"""Findings -> what it all began with: one entry per root cause, with its casualties.

Must not escape or lay out anything.
"""

from __future__ import annotations

from typing import NamedTuple

from planguard.model import Assessment, Finding
from planguard.reports.content import without_key


class Beginning(NamedTuple):
    """One root cause."""

    title: str
    """The address it starts at, or what several casualties have in common."""
    is_address: bool
    text: str
    """Why it happens there; empty where the title says it."""
    findings: tuple[int, ...]
    """Places in `Assessment.findings`, worst first."""
    node: int | None = None
    """Place in `Picture.nodes` of the node where it starts."""


def beginnings(found: Assessment) -> list[Beginning]:
    """Root causes, those with the worst casualties first, then those with the most."""
    roots = {finding.cause.root for finding in found.findings if finding.cause and finding.cause.root}
    groups: dict[tuple[str, str], list[int]] = {}
    for place, finding in enumerate(found.findings):
        key = _key(finding, roots)
        if key is not None:
            groups.setdefault(key, []).append(place)
    entries = [_beginning(found, key, places) for key, places in groups.items()]
    return sorted(entries, key=lambda entry: _weight(found, entry))


def _key(finding: Finding, roots: set[str]) -> tuple[str, str] | None:
    """What findings with the same beginning share; None for what is about the whole plan."""
    if not finding.address:
        return None
    if finding.cause is not None and finding.cause.root:
        return ("address", finding.cause.root)
    if finding.address in roots:
        return ("address", finding.address)
    text = finding.cause.text if finding.cause is not None else ""
    return ("text", without_key(text, finding.address)) if text else ("address", finding.address)


def _beginning(found: Assessment, key: tuple[str, str], places: list[int]) -> Beginning:
    kind, title = key
    node = _node(found, title if kind == "address" else found.findings[places[0]].address)
    if kind == "text" and len(places) == 1:
        title, kind = found.findings[places[0]].address, "address"
    return Beginning(title, kind == "address", _text(found, title, places, node), tuple(places), node)


def _text(found: Assessment, title: str, places: list[int], node: int | None) -> str:
    for place in places:
        finding = found.findings[place]
        if finding.address == title and finding.cause is not None:
            return finding.cause.text
    if node is not None and found.picture is not None and title in found.picture.nodes[node].addresses:
        return found.picture.nodes[node].why
    return ""


def _node(found: Assessment, address: str) -> int | None:
    nodes = found.picture.nodes if found.picture is not None else ()
    return next((place for place, node in enumerate(nodes) if address in node.addresses), None)


def _weight(found: Assessment, entry: Beginning) -> tuple[int, int, str]:
    worst = max(found.findings[place].severity.rank for place in entry.findings)
    return (-worst, -len(entry.findings), entry.title)
