"""The question before anything is applied, for Terraform and CloudFormation alike: judge, show, and ask.

Owns the order of these steps. The rules of the question are `consent.terminal`'s.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from types import FrameType
from typing import NamedTuple, NoReturn

import click

from planguard.cli import asking, judging
from planguard.cli.messages import Progress, show_refusal
from planguard.cli.output import Target, write
from planguard.consent import receipts
from planguard.consent import terminal as consent
from planguard.gate import NEEDS_CONSENT, NO_OVERRIDE
from planguard.model import Assessment, Finding, Outcome, Plan, Report
from planguard.review import Kind

INTERRUPTED = 130
"""Somebody stopped it at the question."""


class Look(NamedTuple):
    """How it is shown."""

    no_color: bool
    verbose: bool


def here(command: str, *, elsewhere: str = "") -> consent.Setting:
    """Where this process runs."""
    return consent.Setting(
        os.environ,
        stdin=sys.stdin is not None and sys.stdin.isatty(),
        stdout=sys.stdout is not None and sys.stdout.isatty(),
        elsewhere=elsewhere,
        command=command,
    )


def consented(plan: Plan, path: str | None, policy: judging.Policy, setting: consent.Setting, look: Look) -> int | None:
    """Judge, show, and ask where that is needed. None: go on; otherwise the exit code to end with."""
    from planguard import gate
    from planguard.inputs import beside
    from planguard.redaction import redact

    sources = partial(beside.sources, path, None, None) if plan.format.startswith("terraform") and path else None
    with Progress(f"Judging {plan.source}"):
        assessment = judging.assess(plan, policy, path=path, sources=sources)
    report = Report(
        assessment,
        gate.decide(assessment, None, policy.config),
        verbose=look.verbose,
        consent_from=policy.config.consent_from,
    )
    refusal = consent.refusal(setting)
    report = redact(report)
    outcome = report.verdict.outcome
    asks = outcome is Outcome.NEEDS_APPROVAL and refusal is None
    # The verdict line ends in the exit code only where that is the end.
    shown = report._replace(verdict=report.verdict._replace(exit_code=0)) if asks else report
    write([Target("terminal", None)], [shown], no_color=look.no_color)
    if outcome is Outcome.BLOCKED:
        show_refusal("not applied", "No consent overrides what blocks this plan.", "")
        return NO_OVERRIDE
    if outcome is not Outcome.NEEDS_APPROVAL:
        return None
    if refusal is not None:
        show_refusal("not applied", refusal.message, refusal.hint)
        return NEEDS_CONSENT
    unrehearsed = _unrehearsed(assessment, policy)
    if unrehearsed is not None:
        show_refusal("not applied", f"{receipts.CODE} {unrehearsed}", "planguard rehearse writes the receipt.")
        return NEEDS_CONSENT
    needed: list[Finding] = [f for f in report.assessment.findings if gate.needs_consent(f, policy.config)]
    try:
        if asking.ask(consent.question(needed, report.assessment.items), no_color=look.no_color):
            return None
    except KeyboardInterrupt:
        click.echo("\nInterrupted. Nothing was applied.", err=True)
        return INTERRUPTED
    show_refusal("not applied", "Nobody agreed, so everything is as it was.", "")
    return NEEDS_CONSENT


def _unrehearsed(assessment: Assessment, policy: judging.Policy) -> str | None:
    """Why this has to be tried out elsewhere first; None where it has not, or has been. Whoever is asked is a human."""
    how = policy.config.consent
    if how is None or how.rehearsal is None:
        return None
    from planguard import gate
    from planguard.cli.rehearse import file_of
    from planguard.consent.stores import FileStore

    needed = {finding.address for finding in assessment.findings if gate.needs_consent(finding, policy.config)}
    store = FileStore(file_of(policy.config))
    kept = receipts.read(store.read(), str(store.path))
    shape = receipts.wanted(assessment.plan, needed)
    return receipts.missing(how.rehearsal, kept, shape, [Kind.HUMAN.value], datetime.now(UTC))


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end like Ctrl-C, so that no plan with its secrets stays behind in a temporary directory."""

    def stop(_: int, __: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
