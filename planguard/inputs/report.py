"""The JSON report of `check` → what it says was found: for the gate, whose job then needs no plan with its secrets.

Owns the strict reading: what is missing, unknown, named twice or of another form is refused, and every text is one from
outside, as those of a plan are. Believes nothing: whether the rules were the right ones, and what follows, is for
whoever asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from planguard.errors import InputError
from planguard.model import (
    Assessment,
    Cause,
    Dependents,
    Environment,
    Evidence,
    Finding,
    Item,
    Location,
    Note,
    Picture,
    Plan,
    Radius,
    RuleFailure,
    Severity,
    Tier,
    Undecided,
    Waived,
)

if TYPE_CHECKING:
    from planguard.inputs import report_shape as shape

_SIGN = re.compile(rb'\{\s*"schema"\s*:\s*"planguard/report/')
_AGAIN = "Make it again with `planguard check PLAN --report json=FILE`, or give the plan itself."


class Told(NamedTuple):
    """What a report says of one plan."""

    assessment: Assessment
    commit: str | None
    """The head that the plan was made for; None where nobody knew."""
    version: str
    """Of the planguard that judged."""


def sniff(head: bytes) -> bool:
    """Whether a file that begins like this is meant as a report."""
    from planguard.inputs.text import lead

    return _SIGN.match(lead(head)) is not None


def read(data: bytes, name: str) -> tuple[Told, ...]:
    """Every plan that a report tells of. Raises InputError for what planguard does not write."""
    try:
        document = _document(data)
        several = isinstance(document, dict) and "runs" in document
        found = _shaped(document, several=several)
    except InputError as error:
        error.where = name if error.where is None else f"{name} {error.where}"
        raise
    return tuple(_told(report) for report in found)


def _document(data: bytes) -> Any:
    from planguard.inputs import text

    documents = list(text.documents(text.decode(data)))
    if len(documents) != 1:
        raise InputError("This is not one report.", hint=_AGAIN)
    if documents[0].repeated:
        raise InputError("A key stands in this report twice, so it says two things.", hint=_AGAIN)
    return documents[0].value


def _shaped(document: Any, *, several: bool) -> list[shape.Report]:
    import msgspec

    from planguard.inputs import report_shape as shape

    if isinstance(document, dict) and document.get("schema") != shape.SCHEMA:
        raise InputError("This report is of another version than planguard/report/v1.", hint=_AGAIN)
    try:
        if several:
            return msgspec.convert(document, shape.Several).runs
        return [msgspec.convert(document, shape.Report)]
    except (msgspec.ValidationError, RecursionError) as error:
        # Its own words may repeat what stands there; where it stands is enough.
        place = re.search(r"`(\$[^`]*)`$", str(error))
        where = place[1] if place else "$"
        raise InputError("This is not a report as this planguard writes it.", where=where, hint=_AGAIN) from None


# --- the same facts in planguard's own types --------------------------------------------------------------------------


def _told(told: shape.Report) -> Told:
    findings = tuple(map(_finding, told.findings))
    waived = tuple(Waived(_finding(one.finding), one.reason, one.by, one.until) for one in told.waived)
    open_ones = tuple(Undecided(one.rule, one.address, one.missing) for one in told.undecided)
    plan = Plan(
        source=told.plan.source,
        format=told.plan.format,
        tool=told.plan.tool,
        version=told.plan.version,
        workspace=told.plan.workspace,
        complete=told.plan.complete,
        errored=told.plan.errored,
        counts=told.plan.counts,
        undecided=open_ones,
    )
    # What a finding says already was no question of its own.
    said = {(one.rule, one.address) for one in (*findings, *(item.finding for item in waived))}
    assessment = Assessment(
        plan=plan,
        findings=findings,
        waived=waived,
        undecided=tuple(one for one in open_ones if (one.rule, one.address) not in said),
        failed=tuple(RuleFailure(one.rule, one.address, one.error) for one in told.rules_failed),
        rules_run=tuple(told.rules_run),
        environment=_environment(told.environment),
        notes=tuple(map(Note, told.notes)),
        fingerprint=told.fingerprint,
        items=tuple(sorted(Item(one.kind, one.address, one.what, one.digest) for one in told.items)),
        policy=told.policy,
        picture=Picture(),
    )
    return Told(assessment, told.commit, told.version)


def _finding(told: shape.Finding) -> Finding:
    cause, place = told.cause, told.source
    return Finding(
        rule=told.rule,
        severity=Severity(told.severity),
        address=told.address,
        type=told.type,
        action=told.action,
        environment=_environment(told.environment),
        message=told.message,
        lost=told.lost,
        cause=None if cause is None else Cause(cause.text, tuple(cause.attributes), cause.root, tuple(cause.chain)),
        remedy=told.remedy,
        evidence=tuple(told.evidence),
        dependents=Dependents(told.dependents.direct, told.dependents.total),
        radius=_radius(told.dependents),
        source=None if place is None else Location(place.file, place.line),
        fingerprint=told.fingerprint,
        deposed=told.deposed,
    )


def _radius(told: shape.Dependents) -> Radius | None:
    if told.destroyed is None or told.updated is None or told.created is None or told.cut_off is None:
        return None
    return Radius(
        told.destroyed, told.updated, told.created, told.cut_off, categories=told.categories, named=tuple(told.named)
    )


def _environment(told: shape.Environment) -> Environment:
    evidence = tuple(Evidence(Tier(one.value), one.source, one.text, one.rank) for one in told.evidence)
    return Environment(Tier(told.value), evidence, told.contradiction)
