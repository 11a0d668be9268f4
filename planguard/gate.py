"""Assessment + consent + config -> Verdict. A pure decision table: the first line that applies decides.

    1  a rule broke while it ran, or a forbidden rule fired            BLOCKED         11
    2  something needs consent, and consent covers exactly this        APPROVED         0
    3  something needs consent                                         NEEDS_APPROVAL  10
    4  otherwise                                                       PASS             0

What needs consent: a finding from `consent_from` up, and whatever could not be decided.
"""

from __future__ import annotations

from collections.abc import Iterable

from planguard.config import Config
from planguard.model import Action, Assessment, Consent, Finding, Outcome, Plan, Tier, Verdict

PASSED, NEEDS_CONSENT, NO_OVERRIDE = 0, 10, 11
"""The exit codes that are verdicts."""


def decide(assessment: Assessment, consent: Consent | None, config: Config) -> Verdict:
    """The verdict on one plan. `consent` must have been verified by whoever passes it in."""
    blocked = _blocked(assessment, config)
    if blocked:
        return Verdict(Outcome.BLOCKED, NO_OVERRIDE, tuple(blocked))
    needed = [finding for finding in assessment.findings if needs_consent(finding, config)]
    if not needed and not assessment.undecided:
        return Verdict(Outcome.PASS, PASSED, (_harmless(assessment),))
    reasons = tuple(_reasons(needed, assessment))
    if consent is not None and assessment.fingerprint and consent.fingerprint == assessment.fingerprint:
        return Verdict(Outcome.APPROVED, PASSED, reasons, consent)
    return Verdict(Outcome.NEEDS_APPROVAL, NEEDS_CONSENT, reasons)


def needs_consent(finding: Finding, config: Config) -> bool:
    """Whether this finding alone stops the pipeline until a human agrees."""
    return finding.severity.rank >= config.consent_from.rank


def _blocked(assessment: Assessment, config: Config) -> list[str]:
    broken = sorted({failure.rule for failure in assessment.failed})
    reasons = [f"The rule {rule} broke while it ran; what it would have found is not known." for rule in broken]
    forbidden = sorted({finding.rule for finding in assessment.findings if finding.rule in config.forbidden})
    reasons += [f"{rule} is forbidden by planguard.yml; no consent overrides it." for rule in forbidden]
    return reasons


def _reasons(needed: list[Finding], assessment: Assessment) -> Iterable[str]:
    losses = sum(1 for finding in needed if finding.environment.tier is Tier.PRODUCTION)
    others = len(needed) - losses
    if losses:
        yield f"{_count(losses, 'finding')} in production {_verb(losses)} a human's consent."
    if others:
        yield f"{_count(others, 'finding')} where production cannot be ruled out {_verb(others)} a human's consent."
    if assessment.undecided:
        number = len(assessment.undecided)
        yield f"{_count(number, 'question')} could not be decided and {_verb(number)} a human's consent."


def _harmless(assessment: Assessment) -> str:
    if assessment.plan.format == "terraform-sources":
        return "Nothing in this edit needs consent; a plan has the last word."
    if not assessment.plan.changes and not _acts(assessment.plan):
        return "The plan changes nothing."
    return "Nothing needs consent." if assessment.findings else "Nothing that production would miss."


def _acts(plan: Plan) -> bool:
    """Whether anything happens, where the changes themselves are not there any more."""
    quiet = (Action.NOOP.value, Action.READ.value)
    return any(number for action, number in plan.counts.items() if action not in quiet)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _verb(number: int) -> str:
    return "needs" if number == 1 else "need"
