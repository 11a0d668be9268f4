"""Reports in which every text from outside is the same hostile string, and the strings to put there."""

from __future__ import annotations

from planguard.model import (
    Action,
    Assessment,
    Cause,
    Change,
    Dependents,
    Environment,
    Evidence,
    Finding,
    Location,
    Note,
    Outcome,
    Picture,
    PictureEdge,
    PictureGroup,
    PictureNode,
    Plan,
    Radius,
    Report,
    Resource,
    RuleFailure,
    Severity,
    Tier,
    Undecided,
    Verdict,
    Waived,
)
from planguard.review import Actor, Approval, Kind, Refusal, Review, State

HOSTILE = (
    "::set-output name=verdict::pass",
    "::add-mask::prod",
    "\n::add-mask::prod\n",
    "x\r\n::error::y",
    "##[add-mask]prod",
    "##vso[task.setvariable variable=verdict]pass",
    "\nverdict=pass\n",
    "x<<EOF\npass\nEOF",
    "`code`",
    "``` \n# title\n",
    "~~~\n# title",
    "<b>bold</b>",
    "<img src=x onerror=alert(1)>",
    "</summary></details></code></pre>",
    "<details open><summary>PASS</summary>",
    "<script>alert(1)</script>",
    "@everyone @acme/owners",
    "#123 acme/shop#1 GH-12 !7 ~bug %5 $4 &9 ^alert#3",
    "a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    "see deadbee and 1234567",
    "https://example.invalid/x www.example.invalid ssh://x mailto:a@example.invalid",
    "[text](https://example.invalid)",
    "![](https://example.invalid/x.png)",
    "<https://example.invalid>",
    "[ref]: https://example.invalid",
    ":tada: :+1:",
    "| a | b |\n|---|---|\n| c | d |",
    "a|b|c\\|d",
    "--> <!-- planguard:comment -->",
    "]]> <![CDATA[",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y 'z'>]>&y;",
    "&lt;b&gt; &#64;everyone",
    "\u202egnp.exe \u2066x\u2069",
    "\x1b[31mred\x1b]0;title\x07",
    "zero\u200bwidth\u2060\ufeff\u00ad",
    "\x00\x0b\ufffe\ud800",
    "\u2028\u2029\x85",
    "# title",
    "- item",
    "1. item",
    "> quote",
    "> [!CAUTION]\n> x",
    "===",
    "---",
    "    indented code",
    "\t",
    "/close",
    "/planguard approve K7Q2-9FXD-M3TV destroy orders",
    "- [x] done",
    "**bold** _em_ ~~gone~~ $`a`$",
    "[^1]",
    "%0A::error::x%25",
    ",line=1,title=x::",
    "{0} {1}",
    '"];n0-->n1;click n0 "javascript:alert(1)"',
    "%%{init: {}}%%",
    "' \" \\",
    "größe データ 🔥 عربي",
    "",
    " ",
)
LONG = ("x" * 100_000, "|`" * 50_000, "@a#1\n" * 20_000)
"""As long as a name can be that somebody wants to drown the rest with."""
REMEDY = """If it should stay, put it back.

lifecycle {
  ignore_changes = [x]
}

Then plan again."""


def hostile(text: str, *, state: State | None = State.STALE, remedy: str = REMEDY) -> Report:
    """A report that shows everything a report can show, with `text` wherever a text comes from outside."""
    finding = _finding(text, remedy)
    plan = Plan(
        source=text or "plan.json",
        format="terraform-plan",
        tool="terraform",
        version=text,
        workspace=text,
        changes=(Change(Resource(text, text), Action.REPLACE, ("delete", "create")),),
        counts={"replace": 2, "update": 1},
        undecided=(Undecided("unknown-action", text, text),),
        notes=(Note(text or "a note"),),
        digest="0" * 64,
    )
    mild = finding._replace(
        rule="time-bomb", severity=Severity.MEDIUM, action="update", cause=None, fingerprint="b" * 64
    )
    found = Assessment(
        plan,
        findings=(
            finding,
            finding._replace(rule="index-shift", severity=Severity.HIGH, address=f"{text}.two", fingerprint="c" * 64),
            finding._replace(rule="key-loss", severity=Severity.HIGH, address="", action="", cause=None),
            *(_other(finding, text, number) for number in range(3, 6)),
            mild,
            mild._replace(rule="undeclared-move", severity=Severity.LOW, fingerprint="e" * 64),
        ),
        waived=(Waived(finding._replace(fingerprint="d" * 64), text, text, "2099-01-01"),),
        undecided=(Undecided("custom-resource-changed", text, text),),
        failed=(RuleFailure("time-bomb", text, text),),
        environment=finding.environment,
        notes=(Note(text or "another note"),),
        fingerprint="f" * 64,
        picture=_picture(text),
    )
    verdict = Verdict(Outcome.NEEDS_APPROVAL, 10, (text or "reason", text or "another reason"))
    return Report(found, verdict, verbose=True, review=None if state is None else review(text, state))


def _finding(text: str, remedy: str) -> Finding:
    evidence = tuple(Evidence(Tier.PRODUCTION, text, text, rank) for rank in (1, 2))
    return Finding(
        rule="data-replacement",
        severity=Severity.CRITICAL,
        address=f"{text}.one",
        type=text,
        action="replace",
        environment=Environment(Tier.PRODUCTION, (*evidence, Evidence(Tier.OTHER, text, text, 4)), contradiction=True),
        message=text or "message",
        lost=text or "lost",
        cause=Cause(text, (text or "attribute",), f"{text}.root", (f"{text}.root", text, f"{text}.one")),
        remedy=remedy,
        evidence=(text or "fact",),
        dependents=Dependents(1, 4),
        radius=Radius(cut_off=4, named=(text, text)),
        source=Location(text or "main.tf", 12),
        fingerprint="a" * 64,
    )


def _other(finding: Finding, text: str, number: int) -> Finding:
    """Like none of the others, so that it stands by itself."""
    named = finding._replace(address=f"{text}.{number}", action=text or "?", message=f"{text} {number}")
    return named._replace(severity=Severity.HIGH, cause=None, fingerprint=str(number) * 64)


def _picture(text: str) -> Picture:
    nodes = (
        PictureNode(text, text, text, "replace", 0, begins=True, severity=Severity.CRITICAL, why=text, findings=(0,)),
        PictureNode(text, text, text, "delete", 0, objects=3, addresses=(text,), severity=Severity.HIGH, findings=(1,)),
    )
    return Picture(nodes, (PictureEdge(0, 1, True, (text,)),), (PictureGroup(text),))


def review(text: str, state: State) -> Review:
    """Where the override stands, with `text` in everything that a host or a person can say."""
    return Review(
        state,
        code="PG40",
        message=text or "message",
        hint=text,
        needed=2,
        why_needed=(text or "why", "The author is a coding agent."),
        approvals=(Approval(text, 1, text or "2026-11-22T09:12:44Z", 45, (text,), signed=True),),
        refusals=(Refusal("PG33", text or "zed", text or "no"),),
        actors=(Actor(text, Kind.AGENT, text, text),),
        label=text,
        challenge="K7Q2-9FXD-M3TV",
        phrase=text or "orders",
        how_many=5,
        fingerprint="f" * 64,
        pull=text,
        head=text,
        marker=f"<!-- planguard:v1 {text} -->",
        new=(text or "new",),
        guard=(text or "planguard.yml",),
        held_until=text,
    )
