"""One finding in words, for every report: why, from where, where it stands, in which file; and how lists are called.

Owns what several reports say about one finding or one run beyond `content`, and the facts that machines ask for: an
order of plans, a place in a file, a key that stays. Must not lay anything out or escape.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from planguard.model import Cause, Change, Finding, Location, Outcome, Plan, Report, Severity, Undecided, Waived
from planguard.reports.content import (
    ChangeKey,
    action_words,
    changes_by_key,
    environment_words,
    needed_words,
    severity_counts,
    short,
)

WHOLE_PLAN = "the whole plan"
"""In place of an address."""
MEDIUM_TITLE = "Worth a look"
FAINT_TITLE = "For the record"
FAILED_TITLE = "Rules that broke: nobody knows what they would have found"
UNDECIDED_TITLE = "Cannot tell: somebody has to look"
WAIVED_TITLE = "Accepted beforehand"
LISTED_ELSEWHERE = "the json report lists all"
"""Where to find what a report leaves out."""

STDIN = "<stdin>"


def in_order(reports: Sequence[Report]) -> list[Report]:
    """The reports of a run, in an order that does not depend on how they came."""
    return sorted(reports, key=_by_source)


def _by_source(report: Report) -> tuple[str, str, str, str]:
    plan = report.assessment.plan
    return (plan.source, plan.workspace or "", report.assessment.fingerprint, plan.digest)


def worst_first(reports: Sequence[Report]) -> list[Report]:
    """The reports of a run by verdict, then by what was found."""
    return sorted(reports, key=_gravity)


def _gravity(report: Report) -> list[int]:
    grades = (Outcome.BLOCKED, Outcome.NEEDS_APPROVAL, Outcome.APPROVED, Outcome.PASS)
    counts = severity_counts(report.assessment.findings)
    found = [-counts.get(level, 0) for level in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM)]
    return [grades.index(report.verdict.outcome), *found]


def needs_consent(report: Report, finding: Finding) -> bool:
    """Whether this finding alone stops the pipeline, unless somebody agrees."""
    return finding.severity.rank >= report.consent_from.rank


# --- one finding ------------------------------------------------------------------------------------------------------


def forced_by(cause: Cause) -> str:
    """Why it happens, with the attributes that the sentence itself does not name."""
    unnamed = [attribute for attribute in cause.attributes if attribute not in cause.text]
    return cause.text + (f" (forced by {', '.join(unnamed)})" if unnamed else "")


def path_of(cause: Cause, address: str) -> list[str]:
    """The addresses from where it began to `address` (called "this"), few enough for a line; empty for no path."""
    if len(cause.chain) > 1:
        steps = [*cause.chain[:-1], "this"] if cause.chain[-1] == address else list(cause.chain)
        if len(steps) > 6:
            steps[3:-2] = [f"({len(steps) - 5} more)"]
        return steps
    return [cause.root] if cause.root and cause.root != address else []


def place_words(place: Location) -> str:
    """`main.tf:12`."""
    return place.file + (f":{place.line}" if place.line is not None else "")


def made_by(plan: Plan) -> str:
    """The tool behind the plan: `terraform 1.11.4`."""
    return f"{plan.tool} {plan.version}" if plan.version else plan.tool


def accepted_words(waived: Waived) -> str:
    """Who accepted a finding beforehand, and why."""
    until = f" until {waived.until}" if waived.until else ""
    return f"{waived.finding.severity.value} {waived.finding.rule}, accepted by {waived.by}{until}: {waived.reason}"


class Fact(NamedTuple):
    """Something about a finding, with what it is."""

    label: str
    text: str


def brief(finding: Finding) -> str:
    """The finding and the first facts behind it in one line. A fact is a sentence, or says it more exactly."""
    text = finding.message
    for fact in finding.evidence[:2]:
        text = f"{text.rstrip('.')}{'.' if fact.endswith('.') else ':'} {fact}"
    return text


def facts(finding: Finding, *, several: bool = False) -> Iterator[Fact]:
    """What there is to say of a finding, beside what happens to what. `several`: the first of many that are alike."""
    if finding.lost:
        yield Fact("Lost", finding.lost)
    if finding.cause is not None:
        yield Fact("Why", ("for the first of them: " if several else "") + forced_by(finding.cause))
    needed = needed_words(finding)
    if needed:
        yield Fact("Needed by", f"up to {needed}" if several else needed)
    yield Fact("Belongs to", environment_words(finding.environment))
    for text in finding.evidence:
        yield Fact("Fact", text)


def happens(report: Report) -> Mapping[ChangeKey, Change]:
    """The changes of a report, for `happening`."""
    return changes_by_key(report)


def happening(finding: Finding, changes: Mapping[ChangeKey, Change]) -> str:
    """What happens to the object of a finding, in words; empty for the whole plan."""
    return action_words(finding, changes.get((finding.address, finding.deposed))) if finding.action else ""


def counting(address: str) -> list[tuple[int, str]]:
    """Sorts `x[2]` before `x[10]`, as people count."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]{1,9})", address)]


def subject(finding: Finding | Undecided, room: int) -> str:
    """What a finding is about, at most so long."""
    return short(finding.address, room) if finding.address else WHOLE_PLAN


def title(finding: Finding, changes: Mapping[ChangeKey, Change], room: int = 200) -> str:
    """`aws_db_instance.orders: replace (destroyed first)`."""
    words = happening(finding, changes)
    return f"{subject(finding, room)}: {words}" if words else subject(finding, room)


def paragraph(finding: Finding, room: int = 600) -> str:
    """A finding as running text: what happens, what is lost, why, and the safer way."""
    parts = [finding.message, *(f"{label}: {text}" for label, text in facts(finding))]
    if finding.remedy:
        parts.append(f"Safer: {' '.join(finding.remedy.split())}")
    return " ".join(_stopped(short(part, room)) for part in parts)


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "}")) else f"{sentence}."


# --- for machines -----------------------------------------------------------------------------------------------------


def place(report: Report, finding: Finding | None = None) -> Location:
    """A place in a file of the repository: where the block stands, else the first line of the plan."""
    if finding is not None and finding.source is not None:
        return Location(relative(finding.source.file), max(finding.source.line or 1, 1))
    return Location(relative(_file(report.assessment.plan)), 1)


def _file(plan: Plan) -> str:
    """The file of a plan; of an edit, called `infra/prod with prod.tfvars against main`, one of its directory."""
    if plan.format != "terraform-sources":
        return plan.source
    directory = plan.source.partition(" against ")[0].partition(" with ")[0]
    return f"{directory}/main.tf"


def relative(path: str) -> str:
    """A path below the directory that everything is seen from: `/`, nothing absolute, no way up; never empty."""
    if path == STDIN:
        return "stdin"
    parts = re.split(r"[\\/]+", re.sub("^[A-Za-z]:", "", path))
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "plan"


def key(report: Report, finding: Finding) -> str:
    """SHA-256 that stays over re-plans of the same change, and differs between plans that share a module."""
    told = (finding.fingerprint, finding.rule, finding.address, finding.deposed or "")
    return hashed(report.assessment.plan.source, *told)


def undecided_key(report: Report, item: Undecided) -> str:
    """The same for a question that is open."""
    return hashed(report.assessment.plan.source, item.rule, item.address, item.missing)


def hashed(*parts: str) -> str:
    """SHA-256 over texts, so that none of them can pose as another."""
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()


def stops(report: Report) -> bool:
    """Whether the verdict stops the pipeline."""
    return report.verdict.outcome in (Outcome.NEEDS_APPROVAL, Outcome.BLOCKED)


def agreed(report: Report) -> bool:
    """Whether somebody agreed to what this plan does."""
    return report.verdict.outcome is Outcome.APPROVED


MACHINE_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
