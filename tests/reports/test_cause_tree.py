"""The short tree of causes: what it began with, bunched, worst first, never more than a page."""

from __future__ import annotations

from planguard.model import Cause, Environment, Finding, Severity, Tier
from planguard.reports import Style
from planguard.reports.cause_tree import LINES, ROOTS, show
from planguard.reports.page import Page

PLAIN = Style(width=80, unicode=False)


def finding(address: str, *chain: str, severity: Severity = Severity.HIGH, why: str = "because") -> Finding:
    """A finding at the end of a chain, or one that starts where it is."""
    root = chain[0] if chain else None
    return Finding(
        rule="r",
        severity=severity,
        address=address,
        type="t",
        action="replace",
        environment=Environment(Tier.PRODUCTION),
        message="m",
        cause=Cause(why, root=root, chain=(*chain, address) if chain else ()),
    )


def drawn(*findings: Finding, style: Style = PLAIN) -> list[str]:
    page = Page(style)
    show(page, findings, lambda one: f"{one.action} (destroyed first)")
    return ["".join(span.text for span in line).rstrip() for line in page.lines]


def test_casualties_stand_below_what_they_began_with() -> None:
    lines = drawn(
        finding("t.vpc", why="cidr changes"),
        finding("t.subnet[0]", "t.vpc"),
        finding("t.subnet[1]", "t.vpc"),
        finding("t.app", "t.vpc", "t.subnet[0]", severity=Severity.CRITICAL),
        finding("t.zone", "t.vpc"),
    )
    assert lines[1:-1] == [
        "  t.vpc",
        "    cidr changes",
        "    |- 2 x t.subnet, replace, high",
        "    |  `- t.app, replace, critical",
        "    `- t.zone, replace, high",
    ]


def test_a_variable_is_a_beginning_without_a_finding() -> None:
    lines = drawn(finding("t.a", "var.env"), finding("t.b", "var.env"))
    assert lines[1:-1] == ["  var.env", "    |- t.a, replace, high", "    `- t.b, replace, high"]


def test_what_is_only_on_the_way_is_named_without_a_verdict() -> None:
    lines = drawn(finding("t.a", "t.root", "t.group", severity=Severity.CRITICAL), finding("t.b", "t.root"))
    assert lines[2:-1] == ["    |- t.group", "    |  `- t.a, replace, critical", "    `- t.b, replace, high"]


def test_single_casualties_need_no_tree() -> None:
    assert drawn(finding("t.a"), finding("t.b", "t.root")) == []
    assert drawn() == []


def test_it_stays_short_and_counts_the_rest() -> None:
    many = [finding(f"t.n{i}", "t.root") for i in range(LINES + 5)]
    lines = drawn(*many)
    assert sum("replace" in line for line in lines) == LINES
    assert any("5 more lines" in line for line in lines)
    several = [finding(f"t.n{i}{side}", f"t.root{i}") for i in range(ROOTS + 2) for side in "ab"]
    assert any("2 more beginnings" in line for line in drawn(*several))


def test_long_names_are_wrapped_whole_and_hostile_ones_are_harmless() -> None:
    long = "module." + "x" * 120 + ".t.a"
    lines = drawn(finding(long, "t.root"), finding("t.b\x1b[31m", "t.root"), style=Style(width=40, unicode=False))
    assert all(len(line) <= 40 for line in lines)
    assert "x" * 120 in "".join(line.strip(" |`-") for line in lines)
    assert not any("\x1b" in line for line in lines)
