"""The question before anything is applied, for Terraform and CloudFormation alike: judge, show, and ask.

Owns the order of these steps. The rules of the question are `consent.terminal`'s.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from types import FrameType
from typing import NamedTuple, NoReturn

import click

from planguard.cli import asking, judging
from planguard.cli.apply_record import Record
from planguard.cli.messages import Progress, show_refusal
from planguard.cli.output import Target, write
from planguard.cli.place import place
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


class Lies(NamedTuple):
    """Where the plan lies; nowhere for a change set."""

    named: str | None = None
    """As somebody named it: evidence of its environment."""
    copy: str | None = None
    """The private copy. It holds the sources that the plan was made from; those in the directory may be others."""


class Answer(NamedTuple):
    """Whether to go on."""

    code: int | None = None
    """The exit code to end with; None: go on."""
    record: Record | None = None
    """Where it is to be kept what came of it; None where nobody had to agree."""


def consented(
    plan: Plan, lies: Lies, policy: judging.Policy, setting: consent.Setting, look: Look, digest: str
) -> Answer:
    """Judge, show, and ask where that is needed. `digest` is that of the very bytes that are judged."""
    from planguard.inputs import beside

    path = None if lies.named is None else place(lies.named)
    sources = None if lies.copy is None else partial(beside.sources, lies.copy, None, None)
    with Progress(f"Judging {plan.source}"):
        assessment = judging.assess(plan, policy, path=path, sources=sources)
    refusal = _refusal(assessment, policy, setting)
    report = _shown(assessment, policy, look, refusal.reason if refusal else "")
    outcome = report.verdict.outcome
    if outcome is Outcome.BLOCKED:
        show_refusal("not applied", "No consent overrides what blocks this plan.", "")
        return Answer(NO_OVERRIDE)
    if outcome is not Outcome.NEEDS_APPROVAL:
        return Answer()
    record = Record(policy.config, report, digest)
    if refusal is not None:
        show_refusal("not applied", f"{refusal.code} {refusal.message}".lstrip(), refusal.hint)
        record.refused(refusal.message, refusal.code)
        return Answer(NEEDS_CONSENT)
    return _asked(report, policy, look, record)


def _shown(assessment: Assessment, policy: judging.Policy, look: Look, refused: str) -> Report:
    """The report, printed. Its last line ends in the exit code only where that is the end."""
    from planguard import gate
    from planguard.redaction import redact

    verdict = gate.decide(assessment, None, policy.config)
    threshold = policy.config.consent_from
    report = redact(Report(assessment, verdict, verbose=look.verbose, consent_from=threshold))
    asks = not refused and verdict.outcome is Outcome.NEEDS_APPROVAL
    shown = report._replace(verdict=report.verdict._replace(exit_code=0)) if asks else report
    # What people see also goes to a pipe; an agent reads its own form of it.
    name = "agent" if refused == consent.AGENT and not sys.stdout.isatty() else "terminal"
    write([Target(name, None)], [shown], no_color=look.no_color)
    return report


def _asked(report: Report, policy: judging.Policy, look: Look, record: Record) -> Answer:
    from planguard import gate

    needed: list[Finding] = [one for one in report.assessment.findings if gate.needs_consent(one, policy.config)]
    began = time.monotonic()
    try:
        agreed = asking.ask(consent.question(needed, report.assessment.items), no_color=look.no_color)
    except KeyboardInterrupt:
        click.echo("\nInterrupted. Nothing was applied.", err=True)
        return Answer(INTERRUPTED)
    if agreed:
        record.agreed(time.monotonic() - began)
        return Answer(None, record)
    message = "Nobody agreed, so everything is as it was."
    show_refusal("not applied", message, "")
    record.refused(message)
    return Answer(NEEDS_CONSENT)


def _refusal(assessment: Assessment, policy: judging.Policy, setting: consent.Setting) -> consent.Refusal | None:
    """Why nobody is asked here and now."""
    how = policy.config.consent
    found = consent.refusal(setting)
    if found is not None or how is None:
        return found
    if how.terminal == "forbidden":
        return consent.Refusal(
            "forbidden",
            "planguard.yml lets nobody agree at a terminal.",
            "Open a pull request; where people agreed in it, planguard verify lets the job apply.",
        )
    now = datetime.now(UTC)
    if how.windows or how.freezes:
        from planguard.consent import windows

        held = windows.held(how, [Kind.HUMAN], now)
        if held is not None:
            return consent.Refusal("held", held.reason, held.opening, "PG80")
    unrehearsed = _unrehearsed(assessment, policy, now)
    if unrehearsed is not None:
        return consent.Refusal("rehearsal", unrehearsed, "planguard rehearse writes the receipt.", receipts.CODE)
    return None


def _unrehearsed(assessment: Assessment, policy: judging.Policy, now: datetime) -> str | None:
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
    return receipts.missing(how.rehearsal, kept, shape, [Kind.HUMAN.value], now)


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
