"""What every report for people says, in one wording: order, actions in words, counts, the verdict as a sentence.

Must not lay anything out or escape: texts come back as they are, and each report escapes them for its own target.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from planguard.model import (
    Action,
    Cause,
    Change,
    Dependents,
    Environment,
    Evidence,
    Finding,
    Outcome,
    PictureNode,
    Radius,
    Report,
    Severity,
    Tier,
    Undecided,
    Verdict,
)

ChangeKey = tuple[str, str | None]
"""Address and deposed key: what tells two changes of one plan apart."""

WORST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


def order(finding: Finding) -> tuple[int, str, str, str, str]:
    """Sorts findings: worst first, then address, rule, and what else tells two of them apart."""
    return (-finding.severity.rank, finding.address, finding.rule, finding.deposed or "", finding.fingerprint)


def by_cause(findings: Iterable[Finding]) -> list[Finding]:
    """Findings worst first; among equals, those that started with the same change stand together."""
    first: dict[tuple[Severity, str], str] = {}
    ordered = sorted(findings, key=order)
    for finding in ordered:
        first.setdefault((finding.severity, _root(finding)), finding.address)
    return sorted(ordered, key=lambda finding: (-finding.severity.rank, first[finding.severity, _root(finding)]))


def alike(findings: Iterable[Finding], words: Callable[[Finding], str]) -> list[tuple[Finding, ...]]:
    """Findings that say the same of several objects, together, in the order of the first of each.

    `words` is what happens to one, which a finding does not know by itself. Causes are the same if they start at the
    same change and come through the same attributes; those that start where they are, if their texts are the same but
    for the instance's own key.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        why = _why(finding.cause, finding.address)
        tier = (finding.environment.tier, finding.environment.contradiction)
        same = (finding.severity, finding.rule, finding.type, finding.message, finding.lost, finding.evidence)
        groups.setdefault((*same, words(finding), why, tier), []).append(finding)
    return [tuple(group) for group in groups.values()]


def _why(cause: Cause | None, address: str) -> tuple[object, ...]:
    if cause is None:
        return ()
    if cause.root is not None and cause.root != address:
        return (cause.root, cause.attributes)
    return (cause.attributes, without_key(cause.text, address))


_OWN_KEY = r'\[("(?:[^"\\]|\\.)*"|[0-9]+)\]$'


def without_key(text: str, address: str) -> str:
    """A cause without the instance's own key: `the key "a" is gone` becomes `the key "…" is gone`."""
    match = re.search(_OWN_KEY, address)
    if match is None:
        return text
    written = match[1].strip('"')
    plain = re.sub(r"\\(.)", r"\1", written)
    return text.replace(f'"{plain}"', '"…"').replace(f'"{written}"', '"…"').replace(f"[{written}]", "[…]")


def _root(finding: Finding) -> str:
    return (finding.cause.root if finding.cause else None) or finding.address


def all_undecided(report: Report) -> list[Undecided]:
    """What the parser and the rules could not decide, each once, sorted by address."""
    once = dict.fromkeys((*report.assessment.undecided, *report.assessment.plan.undecided))
    return sorted(once, key=lambda item: (item.address, item.rule, item.missing))


def all_notes(report: Report, *, unused: bool = False) -> list[str]:
    """The texts of all notes, each once: the input's first, in their own order; `unused` waivers where wanted."""
    said = report.assessment
    notes = (*said.plan.notes, *said.notes, *(said.unused if unused else ()))
    return list(dict.fromkeys(note.text for note in notes))


# --- actions ----------------------------------------------------------------------------------------------------------

_WORDS = {
    Action.NOOP: "no change",
    Action.READ: "read",
    Action.CREATE: "create",
    Action.UPDATE: "update in place",
    Action.REPLACE: "replace",
    Action.DELETE: "destroy",
    Action.FORGET: "forget (stays, unmanaged)",
    Action.UNKNOWN: "unknown action",
}
_COUNTED = {Action.UPDATE: "update", Action.FORGET: "forget", Action.NOOP: "unchanged"}
_COUNT_ORDER = (
    Action.DELETE, Action.REPLACE, Action.UNKNOWN, Action.FORGET, Action.UPDATE, Action.CREATE, Action.READ, Action.NOOP
)  # fmt: skip


def changes_by_key(report: Report) -> Mapping[ChangeKey, Change]:
    """The changes of the plan, to look up what a finding's `action` leaves out."""
    return {(change.resource.address, change.deposed): change for change in report.assessment.plan.changes}


def action_words(finding: Finding, change: Change | None) -> str:
    """What happens to the object, in words: `destroy`, `replace (destroyed first)`, `replace (new one first)`."""
    try:
        action = Action(finding.action)
    except ValueError:
        return finding.action
    words = _WORDS[action]
    if change is not None and change.action is action and action.destroys:
        words += _how(change)
    if change is not None and change.conditional:
        words = f"perhaps {words}"
    return f"{words}, leftover {finding.deposed}" if finding.deposed else words


def _how(change: Change) -> str:
    if change.old_kept:
        return " (old one is kept)"
    if change.snapshot:
        return " (after a snapshot)"
    if change.action is not Action.REPLACE:
        return ""
    if change.create_first:
        return " (new one first)"
    return " (destroyed first)" if "delete" in change.actions else ""  # some inputs do not tell the order


def node_word(node: PictureNode) -> str:
    """What happens to the objects of a node, in words; an action that planguard does not know stays as it is."""
    if node.action == Action.NOOP.value:
        return "left alone"
    try:
        return _WORDS[Action(node.action)]
    except ValueError:
        return node.action


def counts_words(counts: Mapping[str, int]) -> str:
    """What the plan does, as a list: `1 destroy, 2 replace, 40 unchanged`."""
    known = [action for action in _COUNT_ORDER if counts.get(action.value)]
    parts = [f"{counts[action.value]:,} {_COUNTED.get(action, _WORDS[action])}" for action in known]
    return ", ".join(parts) or "nothing to change"


def changed(counts: Mapping[str, int]) -> int:
    """How many objects the plan touches."""
    quiet = (Action.NOOP.value, Action.READ.value)
    return sum(count for action, count in counts.items() if action not in quiet)


# --- facts ------------------------------------------------------------------------------------------------------------

_TIERS = {Tier.PRODUCTION: "production", Tier.OTHER: "not production", Tier.UNKNOWN: "unknown"}


def environment_words(environment: Environment, limit: int = 3) -> str:
    """Which environment, and on what evidence: `production: tag env = prod, workspace prod-eu`."""
    shown = [_evidence(item) for item in environment.evidence[:limit]]
    if environment.contradiction:
        other = next((item for item in environment.evidence if item.tier is not environment.tier), None)
        against = _evidence(other) if other else "other evidence"
        shown = [part for part in shown if part != against]
        shown.append(f"although {against} says {_TIERS[other.tier] if other else 'otherwise'}")
    word = _TIERS[environment.tier]
    return f"{word}: {', '.join(shown)}" if shown else f"{word}, no evidence"


def _evidence(item: Evidence) -> str:
    if item.source in ("resources", "neighbours"):  # a sentence over all of them
        return item.text
    return f"{item.source} = {item.text}" if item.text else item.source


def dependents_words(dependents: Dependents) -> str | None:
    """Who needs it: `14 others, 3 of them directly`; None when nobody does."""
    total = max(dependents.total, dependents.direct)
    if not total:
        return None
    if total == 1:
        return "1 other"
    if dependents.direct == total:
        return f"{total:,} others"
    return f"{total:,} others, {dependents.direct:,} of them directly"


def needed_words(finding: Finding) -> str | None:
    """Who needs it and what becomes of them: `4 others: 2 destroyed with it, 1 updated, 1 cut off (aws_db_instance.m)`.

    Without that knowledge only how many they are.
    """
    radius, total = finding.radius, finding.dependents.total
    if radius is None or not total:
        return dependents_words(finding.dependents)
    fates = (
        (radius.destroyed, "destroyed with it"),
        (radius.updated, "updated"),
        (radius.created, "new"),
        (radius.cut_off, "cut off"),
    )
    known = [(number, what) for number, what in fates if number]
    who = plural(total, "other")
    if len(known) == 1 and known[0][0] == total:
        return f"{who}, {'all ' if total > 1 else ''}{known[0][1]}{_named(radius)}"
    return f"{who}: {', '.join(f'{number:,} {what}' for number, what in known)}{_named(radius)}"


def _named(radius: Radius) -> str:
    if not radius.named:
        return ""
    more = radius.cut_off - len(radius.named)
    return f" ({', '.join(radius.named)}{f' and {more:,} more' if more > 0 else ''})"


def severity_counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings of each severity, worst first, without zeros."""
    count = Counter(finding.severity for finding in findings)
    return {severity: count[severity] for severity in WORST_FIRST if count[severity]}


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 finding`, `2,000 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def short(text: str, room: int) -> str:
    """A long text shortened in the middle: both ends of an address tell things apart."""
    if len(text) <= room:
        return text
    head = (room - 1) * 11 // 20
    return f"{text[:head]}…{text[len(text) - (room - 1 - head) :]}"


# --- advice -----------------------------------------------------------------------------------------------------------

_COMMANDS = ("terraform ", "tofu ", "terragrunt ", "planguard ", "aws ", "gcloud ", "az ", "kubectl ", "$ ")


def advice(remedy: str) -> list[tuple[bool, str]]:
    """The parts of a remedy, each with whether it is code, to be shown as it is and pasted.

    Code is what stands between fences, from a line that opens a brace to the line that closes it, an indented line, and
    a command. Every other line is a paragraph of prose.
    """
    parts: list[tuple[bool, str]] = []
    fenced, depth, gap = False, 0, ""
    for line in remedy.replace("\r\n", "\n").split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        if not line.strip():
            gap = "\n"
            continue
        code = fenced or depth > 0 or line.rstrip().endswith(("{", "{}")) or line.startswith(("  ", "\t", *_COMMANDS))
        if code and not fenced:
            depth = max(0, depth + line.count("{") - line.count("}"))
        if code and parts and parts[-1][0]:
            parts[-1] = (True, f"{parts[-1][1]}\n{gap}{line}")
        else:
            parts.append((code, line))
        gap = ""
    return parts


# --- the verdict ------------------------------------------------------------------------------------------------------


class Headline(NamedTuple):
    """The verdict for eyes: one word that stands out, and one sentence."""

    word: str
    sentence: str


_VERDICT_WORDS = {
    Outcome.PASS: "PASS",
    Outcome.APPROVED: "APPROVED",
    Outcome.NEEDS_APPROVAL: "BLOCKED",
    Outcome.BLOCKED: "BLOCKED",
}


def headline(verdict: Verdict, reports: Sequence[Report]) -> Headline:
    """The verdict over `reports` as a word and a sentence.

    Like `judgement`, with what the word does not say: the exit code, or how much was read.
    """
    word, sentence = judgement(verdict, reports)
    if verdict.exit_code:
        return Headline(word, f"{sentence} (exit {verdict.exit_code})")
    read = sum(changed(report.assessment.plan.counts) for report in reports)
    return Headline(word, f"{sentence} ({plural(read, 'change')} read)")


def judgement(verdict: Verdict, reports: Sequence[Report]) -> Headline:
    """The verdict over `reports` as a word and a sentence, for places that know nothing of exit codes.

    The first reason is the sentence; without one, and of many plans, it is made up from what was found. An approval
    says who agreed, because its reasons are those that consent was needed for. Whether consent would help is always
    added.
    """
    spoken = len(reports) == 1 and verdict.reasons and verdict.outcome is not Outcome.APPROVED
    given = verdict.reasons[0].rstrip(".") if spoken else ""
    sentence = given or _sentence(verdict, reports)
    if verdict.outcome is Outcome.BLOCKED and "no consent" not in sentence:
        sentence += "; no consent can override this"
    elif verdict.outcome is Outcome.NEEDS_APPROVAL and "consent" not in sentence:
        sentence += "; a human's consent is needed"
    return Headline(_VERDICT_WORDS[verdict.outcome], sentence)


def _agreed(verdict: Verdict) -> str:
    names = verdict.consent.by if verdict.consent else ()
    return f"{', '.join(names)} agreed" if names else "a human agreed"


def _sentence(verdict: Verdict, reports: Sequence[Report]) -> str:
    findings = [finding for report in reports for finding in report.assessment.findings]
    grave = [finding for finding in findings if finding.severity.rank >= Severity.HIGH.rank]
    if verdict.outcome is Outcome.PASS:
        warnings = sum(finding.severity is Severity.MEDIUM for finding in findings)
        return f"{plural(warnings, 'warning')}, nothing that needs consent" if warnings else "nothing to lose"
    if verdict.outcome is Outcome.APPROVED:
        return f"{_agreed(verdict)} to exactly this"
    failed = sum(len(report.assessment.failed) for report in reports)
    undecided = sum(len(all_undecided(report)) for report in reports)
    if grave:
        what = plural(len(grave), "finding")
    elif failed:
        what = f"{plural(failed, 'rule')} broke"
    else:
        what = plural(undecided, "open question") if undecided else "this plan"
    if verdict.outcome is Outcome.BLOCKED:
        return what
    return f"{what} {'needs' if len(grave) == 1 or what == 'this plan' else 'need'} a human's consent"
