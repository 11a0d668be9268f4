"""From the files that the gate is given to assessments: plans, judged by the base's rules, and reports of `check`.

Owns what of a report is believed: that such things were found, if they were found by the same rules. What follows from
them is worked out again. Asks no host.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from planguard import __version__
from planguard.cli import many
from planguard.cli.messages import Progress, show_error
from planguard.cli.place import STDIN, place
from planguard.errors import InputError, PlanguardError, UsageError
from planguard.model import Assessment, Finding, Item

if TYPE_CHECKING:
    from planguard.cli.base import Base
    from planguard.cli.judging import Policy
    from planguard.inputs.report import Told

_SIGN_BYTES = 256
"""So much of standard input is looked at before it is known what it is."""
_ITSELF = "Give the plan itself, or make the report again with the rules of that branch."


class Assessed(NamedTuple):
    """What the gate has to ask about."""

    assessments: tuple[Assessment, ...]
    commits: tuple[str, ...] = ()
    """The heads that reports say they were made for, each once."""


def assessed(named: Sequence[str], at_base: Base, base_ref: str, way: many.Way, *, jobs: int | None) -> Assessed:
    """Every plan, by the rules at the base. All that cannot be read is named; the last of it is raised."""
    from planguard.cli import gating

    files = many.expanded(named)
    told: list[tuple[str, tuple[Told, ...]]] = []
    errors: list[PlanguardError] = []
    rehearsed = gating.settings(at_base).rehearsal is not None
    reports = [source for source in files if _is_report(source)]
    for source in reports:
        try:
            told.append((source, _read(source)))
        except PlanguardError as error:
            errors.append(error)
    if reports and (at_base.policy.stated or way.workspace):
        raise UsageError(
            "--environment and --workspace say how plans are judged, and a report is judged already.",
            hint="Give them to `planguard check`.",
        )
    plans = [source for source in files if source not in reports]
    judged, unusable = _judged(plans, at_base.policy, way, jobs, whole=rehearsed)
    errors += unusable
    for other in errors[:-1]:
        show_error(other)
    if errors:
        raise errors[-1]
    believed = [_believed(one, at_base.policy, base_ref, source, rehearsed) for source, each in told for one in each]
    commits = {one.commit for _, each in told for one in each if one.commit}
    return Assessed((*believed, *judged), tuple(sorted(commits)))


# --- plans ------------------------------------------------------------------------------------------------------------


def _judged(
    sources: Sequence[str], by: Policy, way: many.Way, jobs: int | None, *, whole: bool
) -> tuple[tuple[Assessment, ...], list[PlanguardError]]:
    """The plans; `whole` with their changes, which a rehearsal is compared with, so that none leaves this process."""
    if not sources:
        return (), []
    if not whole and many.shared(sources, way, jobs):
        done = many.judged(sources, by, way._replace(beside=None, drawn=True, secrets=True), jobs=jobs)
        return tuple(report.assessment for report in done.reports), list(done.errors)
    from planguard.cli import judging

    found, errors = [], []
    for source in sources:
        try:
            with Progress(f"Reading {'standard input' if source == STDIN else source}"):
                plans = many.loaded(source, way)
            found += [judging.assess(plan, by, path=place(source)) for plan in plans]
        except PlanguardError as error:
            errors.append(error)
    return tuple(found), errors


# --- reports ----------------------------------------------------------------------------------------------------------


def _is_report(source: str) -> bool:
    from planguard.inputs import report

    if source == STDIN:
        peek = getattr(sys.stdin.buffer, "peek", None) if sys.stdin is not None else None
        return peek is not None and report.sniff(peek(_SIGN_BYTES)[:_SIGN_BYTES])
    if not os.path.isfile(source):  # noqa: PTH113 - what can be read only once is not touched
        return False
    try:
        with open(source, "rb") as stream:  # noqa: PTH123 - pathlib costs 3 ms of start-up
            return report.sniff(stream.read(_SIGN_BYTES))
    except (OSError, ValueError):
        return False


def _read(source: str) -> tuple[Told, ...]:
    from planguard.inputs import report

    if source == STDIN:
        return report.read(sys.stdin.buffer.read(), "<stdin>")
    try:
        return report.read(Path(source).read_bytes(), source)
    except OSError as error:
        raise InputError(f"This file cannot be read ({error.strerror}).", where=source) from None


def _believed(told: Told, by: Policy, base_ref: str, source: str, rehearsed: bool) -> Assessment:
    """What a report says was found, parted anew by today's waivers. Raises InputError where that cannot be believed."""
    from planguard import engine
    from planguard.consent.fingerprint import fingerprint
    from planguard.policy import waivers

    found = told.assessment
    refuse = partial(InputError, where=source, hint=_ITSELF)
    if told.version != __version__:
        raise refuse(f"This report was made by another version of planguard than {__version__}, with other rules.")
    if found.policy != engine.policy_digest(by.rules, by.config):
        raise refuse(f"This report was made with other rules or settings than those on `{base_ref}`.")
    if found.plan.format == "terraform-sources":
        raise refuse("This report is about an edit of sources, not about a plan.")
    if rehearsed:
        raise refuse(f"planguard.yml on `{base_ref}` demands a rehearsal, and only a plan can be compared with one.")
    rules = {rule.id for rule in by.rules}
    everything: list[Finding] = [*found.findings, *(item.finding for item in found.waived)]
    named = {one.rule for one in everything} | {one.rule for one in found.failed}
    if {*found.rules_run} != rules or not named <= rules:
        raise refuse(f"This report names other rules than those on `{base_ref}`.")
    if found.fingerprint != fingerprint(found.items, found.policy):
        raise refuse("This report does not fit together: its fingerprint is not the one of its items.")
    parted = waivers.apply(everything, by.config, date.today())
    kept = tuple(sorted(parted.kept, key=engine.order))
    found = found._replace(
        findings=kept,
        waived=parted.waived,
        notes=tuple(dict.fromkeys((*found.notes, *parted.notes))),
        items=_whole(found, kept, by),
    )
    return found._replace(fingerprint=fingerprint(found.items, found.policy))


def _whole(found: Assessment, kept: Sequence[Finding], by: Policy) -> tuple[Item, ...]:
    """The items, and one for whatever needs consent and has none: a waiver may have ended since."""
    from planguard.consent.fingerprint import items
    from planguard.gate import needs_consent

    needed = [finding for finding in kept if needs_consent(finding, by.config)]
    known = set(map(_about, found.items))
    wanted = items(found.plan, needed, found.undecided, hidden=frozenset())
    return tuple(sorted((*found.items, *(item for item in wanted if _about(item) not in known))))


def _about(item: Item) -> tuple[str, str]:
    """What an item speaks for: a question, or everything that is found at an address."""
    return ("undecided " + item.what if item.kind == "undecided" else "", item.address)
