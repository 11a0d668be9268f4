"""Findings -> a short tree for the terminal: what it began with, and what follows from what.

Owns what is bunched and what is only counted. Must not judge, and says nothing that the findings do not say. Shown only
where one beginning has several casualties: a single one is told at its finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from planguard.model import Finding, Severity
from planguard.reports.content import order, plural
from planguard.reports.layout import Span, cells, wrap
from planguard.reports.page import Page

ROOTS = 5
LINES = 12
"""So many beginnings, and so many lines below each."""
DEEPEST = 4
MIN_ROOM = 12

_OWN_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$')
Words = Callable[[Finding], str]


class Branch:
    """Objects of one block to which the same happens, and what follows from them."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}
        """Address → its worst finding; empty for what is only on the way."""
        self.addresses: set[str] = set()
        self.branches: dict[tuple[str, str], Branch] = {}

    @property
    def severity(self) -> Severity | None:
        """The worst of its own findings."""
        return max((f.severity for f in self.findings.values()), key=lambda level: level.rank, default=None)

    def worst(self) -> int:
        """The worst rank here and below."""
        own = self.severity
        return max([own.rank if own else -1, *(branch.worst() for branch in self.branches.values())])


class Root(NamedTuple):
    """One beginning."""

    label: str
    why: str
    """Empty where the plan gives it no finding of its own."""
    tree: Branch
    casualties: int


def roots(findings: Sequence[Finding]) -> list[Root]:
    """The beginnings with more than one casualty, the worst first."""
    groups: dict[str, list[Finding]] = {}
    beginnings = {finding.cause.root for finding in findings if finding.cause and finding.cause.root}
    for finding in sorted(findings, key=order):
        cause = finding.cause
        root = cause.root if cause is not None and cause.root else finding.address
        if root and root in beginnings:
            groups.setdefault(root, []).append(finding)
    found = [_root(label, members) for label, members in groups.items() if len({f.address for f in members}) > 1]
    return sorted(found, key=lambda root: (-root.tree.worst(), -root.casualties, root.label))


def _root(label: str, members: Sequence[Finding]) -> Root:
    tree = Branch()
    why = ""
    casualties = set()
    for finding in members:
        if finding.address == label:
            why = why or (finding.cause.text if finding.cause is not None else "")
            tree.findings.setdefault(finding.address, finding)
            continue
        casualties.add(finding.address)
        at = tree
        chain = finding.cause.chain[1:] if finding.cause is not None else ()
        steps = [*chain[: DEEPEST - 1], finding.address] if len(chain) > DEEPEST else [*chain] or [finding.address]
        for address in steps:
            own = finding if address == finding.address else None
            at = at.branches.setdefault((_block(address), own.action if own else ""), Branch())
            at.addresses.add(address)
            if own is not None:
                at.findings.setdefault(address, own)
    _merge(tree)
    return Root(label, why, tree, len(casualties))


def _merge(tree: Branch) -> None:
    """What is on the way to something and has findings of its own is one branch, not two."""
    told = {block: branch for (block, action), branch in tree.branches.items() if action}
    for block, action in [*tree.branches]:
        if not action and block in told:
            _join(told[block], tree.branches.pop((block, action)))
    for branch in tree.branches.values():
        _merge(branch)


def _join(one: Branch, other: Branch) -> None:
    one.addresses |= other.addresses
    one.findings |= other.findings
    for key, branch in other.branches.items():
        if key in one.branches:
            _join(one.branches[key], branch)
        else:
            one.branches[key] = branch


def _block(address: str) -> str:
    return _OWN_KEY.sub("", address)


def show(page: Page, findings: Sequence[Finding], words: Words) -> None:
    """Add the tree to a page; nothing where no beginning has several casualties."""
    found = roots(findings)
    if not found:
        return
    page.section("What it began with")
    for root in found[:ROOTS]:
        page.address(page.safe(root.label), indent=2)
        if root.why:
            page.prose([Span(page.safe(root.why))], indent=4)
        lines = list(_lines(page, root.tree, words, " " * 4))
        for line in lines[:LINES]:
            _put(page, *line)
        if len(lines) > LINES:
            page.prose([Span(f"and {plural(len(lines) - LINES, 'more line')}; the findings below have all", "dim")], 4)
    if len(found) > ROOTS:
        page.prose([Span(f"and {plural(len(found) - ROOTS, 'more beginning')}", "dim")], indent=2)
    page.blank()


def _lines(page: Page, tree: Branch, words: Words, lead: str) -> Iterator[tuple[str, str, str, Severity | None]]:
    """Each branch: how its line begins, how further ones do, its label with what happens, and how bad that is."""
    fork, last, trunk = ("├ ", "└ ", "│ ") if page.style.unicode else ("|- ", "`- ", "|  ")
    branches = sorted(tree.branches.items(), key=lambda item: (-item[1].worst(), item[0]))
    for place, ((block, _), branch) in enumerate(branches):
        ends = place == len(branches) - 1
        below = lead + (" " * len(trunk) if ends else trunk)
        count = len(branch.addresses)
        label = f"{count:,} {page.times} {page.safe(block)}" if count > 1 else page.safe(next(iter(branch.addresses)))
        if branch.findings:
            happens = words(min(branch.findings.values(), key=order)).partition(" (")[0]
            label += f", {page.safe(happens)},"
        yield lead + (last if ends else fork), below, label, branch.severity
        yield from _lines(page, branch, words, below)


def _put(page: Page, lead: str, below: str, label: str, severity: Severity | None) -> None:
    words = [*wrap(label, max(page.width - cells(lead), MIN_ROOM))]
    for number, piece in enumerate(words[:-1]):
        page.add(Span(below if number else lead, "dim"), Span(piece))
    start, end = below if len(words) > 1 else lead, severity.value if severity else ""
    if cells(start) + cells(words[-1]) + cells(end) < page.width:
        page.add(Span(start, "dim"), Span(words[-1]), Span(f" {end}" if end else "", end))
        return
    page.add(Span(start, "dim"), Span(words[-1]))
    page.add(Span(below, "dim"), Span(end, end))
