"""Reports -> the data inside an HTML report: plain lists and dicts, every text in one table and harmless.

Owns what the page knows; assets/*.js owns how it looks. Names here are the names there. Must not write HTML. Texts pass
through `escape.terminal`, so that what is invisible or turns the direction of writing can be seen, and very long ones
are cut in the middle: a name of 100 kB is an attack on the reader, not information.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planguard.model import Environment, Finding, Outcome, Picture, Report, Severity
from planguard.reports import escape, overall
from planguard.reports.content import (
    action_words,
    advice,
    alike,
    all_notes,
    all_undecided,
    by_cause,
    changes_by_key,
    counts_words,
    environment_words,
    headline,
    needed_words,
)
from planguard.reports.html_causes import beginnings
from planguard.reports.telling import made_by, worst_first

LONGEST = 1200
"""Characters of one text that are kept."""
EVIDENCE = 6


class Texts:
    """Every text once, named by its place: thousands of findings say the same few sentences."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self.table: list[str] = []

    def __call__(self, text: str | None) -> int | None:
        """The place of a text; None for none."""
        if text is None:
            return None
        place = self._places.get(text)
        if place is None:
            place = self._places[text] = len(self.table)
            self.table.append(shown(text))
        return place


def shown(text: str) -> str:
    """A text as the page shows it; line feeds stay."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST * 3 // 4]} … {len(text) - LONGEST:,} characters … {text[-LONGEST // 4 :]}"
    return "\n".join(map(escape.terminal, text.split("\n"))) if "\n" in text else escape.terminal(text)


def document(reports: Sequence[Report]) -> dict[str, Any]:
    """Everything that the page shows."""
    texts = Texts()
    verdict = overall(reports)
    word, sentence = headline(verdict, reports)
    runs = [_run(report, texts) for report in worst_first(reports)]
    return {
        "verdict": {"word": word, "sentence": texts(sentence), "outcome": verdict.outcome.value},
        "severities": [severity.value for severity in sorted(Severity, key=lambda severity: severity.rank)],
        "runs": runs,
        "texts": texts.table,
    }


def _run(report: Report, texts: Texts) -> dict[str, Any]:
    found, plan = report.assessment, report.assessment.plan
    word, sentence = headline(report.verdict, [report])
    return {
        "source": texts(plan.source),
        "word": word,
        "sentence": texts(sentence),
        "outcome": report.verdict.outcome.value,
        "silent": _silent(report),
        "reasons": [texts(reason) for reason in report.verdict.reasons],
        "made": texts(_made_by(report)),
        "counts": counts_words(plan.counts),
        "environment": _environment(found.environment, texts),
        "findings": _findings(report, texts),
        "rows": _rows(report),
        "causes": [
            {
                "title": texts(cause.title),
                "address": cause.is_address,
                "text": texts(cause.text),
                "findings": list(cause.findings),
                "node": cause.node,
            }
            for cause in beginnings(found)
        ],
        "undecided": [[item.rule, texts(item.address), texts(item.missing)] for item in all_undecided(report)],
        "waived": [
            [_brief(item.finding, texts), texts(item.reason), texts(item.by), item.until] for item in found.waived
        ],
        "failed": [[item.rule, texts(item.address), texts(item.error)] for item in sorted(found.failed)],
        "notes": [texts(note) for note in all_notes(report)],
        "fingerprint": found.fingerprint,
        "digest": plan.digest,
        "picture": None if found.picture is None else _picture(found.picture, texts),
    }


def _silent(report: Report) -> bool:
    """Whether a plan passes with nothing to tell: of many, these are named and no more."""
    found = report.assessment
    told = found.findings or found.waived or found.failed or all_undecided(report) or all_notes(report)
    return report.verdict.outcome is Outcome.PASS and not told


def _made_by(report: Report) -> str:
    plan = report.assessment.plan
    parts = [made_by(plan)]
    if plan.workspace:
        parts.append(f"{'stack' if plan.tool == 'cloudformation' else 'workspace'} {plan.workspace}")
    return ", ".join(parts)


# --- findings ---------------------------------------------------------------------------------------------------------


def _findings(report: Report, texts: Texts) -> list[dict[str, Any]]:
    changes = changes_by_key(report)
    rows = []
    for finding in report.assessment.findings:
        words = action_words(finding, changes.get((finding.address, finding.deposed)))
        row = _brief(finding, texts) | {
            "words": texts(words),
            "lost": texts(finding.lost),
            "remedy": None
            if finding.remedy is None
            else [[code, texts(part)] for code, part in advice(finding.remedy)],
            "facts": [texts(fact) for fact in finding.evidence],
            "needed": texts(needed_words(finding)),
            "environment": _environment(finding.environment, texts),
            "fingerprint": finding.fingerprint,
        }
        if finding.cause is not None:
            row |= {"why": texts(finding.cause.text), "chain": [texts(address) for address in finding.cause.chain]}
        if finding.source is not None:
            line = f":{finding.source.line}" if finding.source.line else ""
            row["source"] = texts(f"{finding.source.file}{line}")
        rows.append({name: value for name, value in row.items() if value not in (None, [])})
    return rows


def _rows(report: Report) -> list[list[int]]:
    """Findings that say the same of several objects, together; the page shows one line for them."""
    changes = changes_by_key(report)
    findings = report.assessment.findings
    places = {id(finding): place for place, finding in enumerate(findings)}
    groups = alike(by_cause(findings), lambda one: action_words(one, changes.get((one.address, one.deposed))))
    return [sorted((places[id(one)] for one in group), key=lambda place: _by_key(findings[place])) for group in groups]


def _by_key(finding: Finding) -> tuple[str, int, str]:
    """Sorts `x[2]` before `x[10]`."""
    stem, _, key = finding.address.rpartition("[")
    number = key.rstrip("]")
    return (stem, int(number), "") if number.isdecimal() and len(number) < 10 else (finding.address, -1, "")


def _brief(finding: Finding, texts: Texts) -> dict[str, Any]:
    return {
        "severity": finding.severity.rank,
        "rule": finding.rule,
        "address": texts(finding.address),
        "type": texts(finding.type),
        "message": texts(finding.message),
    }


def _environment(environment: Environment, texts: Texts) -> dict[str, Any]:
    return {"tier": environment.tier.value, "words": texts(environment_words(environment, EVIDENCE))}


# --- the picture ------------------------------------------------------------------------------------------------------


def _picture(picture: Picture, texts: Texts) -> dict[str, Any]:
    return {
        "nodes": [
            {
                "label": texts(node.label),
                "name": texts(node.name),
                "type": texts(node.type),
                "action": node.action,
                "group": node.group,
                "count": node.objects,
                "addresses": [texts(address) for address in node.addresses] if node.objects > 1 else [],
                "begins": node.begins,
                "cut": node.cut_off,
                "severity": None if node.severity is None else node.severity.rank,
                "why": texts(node.why) if node.why else None,
                "findings": list(node.findings),
            }
            for node in picture.nodes
        ],
        "edges": [
            [edge.source, edge.target, int(edge.forces), [texts(via) for via in edge.via]] for edge in picture.edges
        ],
        "groups": [[texts(group.label), group.parent] for group in picture.groups],
        "left": counts_words(picture.left_out) if picture.left_out else None,
        "edgesLeft": picture.edges_left_out,
    }
