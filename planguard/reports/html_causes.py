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
    nodes = _nodes(found)
    entries = [_beginning(found, key, places, nodes) for key, places in groups.items()]
    return sorted(entries, key=lambda entry: _weight(found, entry))


def _key(finding: Finding, roots: set[str]) -> tuple[str, str] | None:
    """What findings with the same beginning share; None where none is known, and for the whole plan."""
    if finding.cause is not None and finding.cause.root:
        return ("address", finding.cause.root)
    if finding.address and finding.address in roots:
        return ("address", finding.address)
    text = finding.cause.text if finding.cause is not None else ""
    return ("text", without_key(text, finding.address)) if finding.address and text else None


def _nodes(found: Assessment) -> dict[str, int]:
    """Address → place of its node, as far as nodes name their objects."""
    places: dict[str, int] = {}
    for place, node in enumerate(found.picture.nodes if found.picture is not None else ()):
        for address in node.addresses:
            places.setdefault(address, place)
    return places


def _beginning(found: Assessment, key: tuple[str, str], places: list[int], nodes: dict[str, int]) -> Beginning:
    kind, title = key
    node = nodes.get(title if kind == "address" else found.findings[places[0]].address)
    if kind == "text" and len(places) == 1:
        title, kind = found.findings[places[0]].address, "address"
    return Beginning(title, kind == "address", _text(found, title, places, nodes), tuple(places), node)


def _text(found: Assessment, title: str, places: list[int], nodes: dict[str, int]) -> str:
    for place in places:
        finding = found.findings[place]
        if finding.address == title and finding.cause is not None:
            return finding.cause.text
    if title in nodes and found.picture is not None:
        return found.picture.nodes[nodes[title]].why
    return ""


def _weight(found: Assessment, entry: Beginning) -> tuple[int, int, str]:
    worst = max(found.findings[place].severity.rank for place in entry.findings)
    return (-worst, -len(entry.findings), entry.title)
