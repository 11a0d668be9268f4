"""Rules as SARIF describes them: what a hazard is, why it matters, and what to do, for the page of an alert.

Reads what ships with planguard as data; a rule that a user wrote is described by its name alone. Must not know what a
rule matches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planguard import bundled
from planguard.model import Severity
from planguard.reports import escape, telling
from planguard.reports.content import short

SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "2.0",
    Severity.INFO: "0.5",
}
"""In the bands by which GitHub names a severity: over 9 is critical, over 7 high, over 4 medium."""
LONGEST = 1_000


def descriptor(rule: str, worst: Severity) -> dict[str, Any]:
    """A rule, graded by the worst that it found in this run."""
    known: Mapping[str, Any] = bundled.load("hazards").get(rule, {})
    title = _line(known.get("title", rule))
    why, fix = _line(known.get("why", "")), _line(known.get("fix", ""))
    references = [str(address) for address in known.get("references", ())]
    found: dict[str, Any] = {
        "id": rule,
        "name": _name(rule),
        "shortDescription": {"text": title},
        "fullDescription": {"text": short(why or title, LONGEST)},
        "help": {"text": _help(title, why, fix, references), "markdown": _markdown(title, why, fix, references)},
        "defaultConfiguration": {"level": telling.MACHINE_LEVELS[worst]},
        "properties": {
            "security-severity": SCORES[worst],
            "precision": "high",
            "problem.severity": _PROBLEM[telling.MACHINE_LEVELS[worst]],
            "tags": ["security", "infrastructure"],
        },
    }
    if references:
        found["helpUri"] = references[0]
    return found


_PROBLEM = {"error": "error", "warning": "warning", "note": "recommendation"}


def _name(rule: str) -> str:
    """`DataDeletion`."""
    return "".join(part.capitalize() for part in rule.split("-"))


def _line(words: Any) -> str:
    return escape.terminal(" ".join(str(words).split()))


def _help(title: str, why: str, fix: str, references: list[str]) -> str:
    parts = [f"{title}.", why, f"What to do: {fix}" if fix else "", *references]
    return "\n\n".join(part for part in parts if part)


def _markdown(title: str, why: str, fix: str, references: list[str]) -> str:
    """Texts of our own rules keep their code spans: they are Markdown."""
    parts = [f"**{escape.markdown(title)}.**", why, f"**What to do:** {fix}" if fix else ""]
    parts.append("\n".join(f"- <{address}>" for address in references))
    return "\n\n".join(part for part in parts if part)
