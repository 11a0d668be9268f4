"""Report -> the same report without any sensitive string of the plan, as the last step before it is rendered.

Owns which fields are text from outside. Must not judge, and must not touch what is not: rule ids, severities, actions,
types and fingerprints stay. Addresses are text on a screen and are cleaned too, which is why this runs at the very
end: afterwards an address is no key any more. What a renderer has no use for (attribute values, variables, provider
settings, resources that nothing is said about) is left out altogether: what is not there cannot leak.
"""

from __future__ import annotations

from collections.abc import Callable

from planguard.model import (
    Assessment,
    Cause,
    Change,
    Environment,
    Finding,
    Location,
    Picture,
    Plan,
    Radius,
    Report,
    RuleFailure,
    Undecided,
    Verdict,
    Waived,
)

Clean = Callable[[str], str]


def redact(report: Report) -> Report:
    """The report, safe to print."""
    secrets = report.assessment.plan.secrets
    if not secrets:
        found = report.assessment
        return report._replace(assessment=found._replace(plan=_plan(found.plan, _mentioned(found), str)))
    from planguard.masking import FEW, masker  # only where there are secrets: start-up time counts

    if len(secrets) > FEW:
        return _report(report, masker(secrets))
    texts: set[str] = set()

    def listen(text: str) -> str:
        texts.add(text)
        return text

    _report(report, listen)
    return _report(report, masker(secrets, texts))


def _report(report: Report, clean: Clean) -> Report:
    found = report.assessment
    assessment = Assessment(
        plan=_plan(found.plan, _mentioned(found), clean),
        findings=tuple(_finding(item, clean) for item in found.findings),
        waived=tuple(_waived(item, clean) for item in found.waived),
        undecided=tuple(_undecided(item, clean) for item in found.undecided),
        failed=tuple(RuleFailure(item.rule, clean(item.address), clean(item.error)) for item in found.failed),
        rules_run=found.rules_run,
        environment=_environment(found.environment, clean),
        notes=tuple(note._replace(text=clean(note.text)) for note in found.notes),
        unused=tuple(note._replace(text=clean(note.text)) for note in found.unused),
        fingerprint=found.fingerprint,
        items=tuple(item._replace(address=clean(item.address)) for item in found.items),
        policy=found.policy,
        picture=None if found.picture is None else _picture(found.picture, clean),
    )
    return report._replace(assessment=assessment, verdict=_verdict(report.verdict, clean))


# --- the fields that may be printed -----------------------------------------------------------------------------------


def _mentioned(found: Assessment) -> set[str]:
    addresses = {finding.address for finding in found.findings}
    addresses.update(item.finding.address for item in found.waived)
    addresses.update(item.address for item in found.undecided)
    addresses.update(failure.address for failure in found.failed)
    return addresses


def _plan(plan: Plan, mentioned: set[str], clean: Clean) -> Plan:
    """The plan's own facts, and the changes that something is said about, without their values."""
    return Plan(
        source=clean(plan.source),
        format=plan.format,
        tool=plan.tool,
        version=_maybe(plan.version, clean),
        workspace=_maybe(plan.workspace, clean),
        complete=plan.complete,
        errored=plan.errored,
        applyable=plan.applyable,
        changes=tuple(_change(change, clean) for change in plan.changes if change.resource.address in mentioned),
        counts=plan.counts,
        has_prior_state=plan.has_prior_state,
        undecided=tuple(_undecided(item, clean) for item in plan.undecided),
        notes=tuple(note._replace(text=clean(note.text)) for note in plan.notes),
        weak=plan.weak,
        digest=plan.digest,
    )


def _change(change: Change, clean: Clean) -> Change:
    resource = change.resource
    return change._replace(
        resource=resource._replace(
            address=clean(resource.address),
            module=clean(resource.module),
            key=clean(resource.key) if isinstance(resource.key, str) else resource.key,
        ),
        before=None,
        after=None,
        replace_paths=(),
        physical_id=None,
        previous_address=_maybe(change.previous_address, clean),
        importing=_maybe(change.importing, clean),
        source=_location(change.source, clean),
    )


def _finding(finding: Finding, clean: Clean) -> Finding:
    return finding._replace(
        address=clean(finding.address),
        environment=_environment(finding.environment, clean),
        message=clean(finding.message),
        lost=_maybe(finding.lost, clean),
        cause=_cause(finding.cause, clean),
        remedy=_maybe(finding.remedy, clean),
        evidence=tuple(map(clean, finding.evidence)),
        radius=None if finding.radius is None else _radius(finding.radius, clean),
        source=_location(finding.source, clean),
    )


def _radius(radius: Radius, clean: Clean) -> Radius:
    return radius._replace(named=tuple(map(clean, radius.named)))


def _cause(cause: Cause | None, clean: Clean) -> Cause | None:
    if cause is None:
        return None
    return Cause(
        text=clean(cause.text),
        attributes=tuple(map(clean, cause.attributes)),
        root=_maybe(cause.root, clean),
        chain=tuple(map(clean, cause.chain)),
    )


def _environment(environment: Environment, clean: Clean) -> Environment:
    evidence = tuple(item._replace(source=clean(item.source), text=clean(item.text)) for item in environment.evidence)
    return environment._replace(evidence=evidence)


def _waived(item: Waived, clean: Clean) -> Waived:
    return item._replace(finding=_finding(item.finding, clean), reason=clean(item.reason), by=clean(item.by))


def _undecided(item: Undecided, clean: Clean) -> Undecided:
    return item._replace(address=clean(item.address), missing=clean(item.missing))


def _location(location: Location | None, clean: Clean) -> Location | None:
    return None if location is None else location._replace(file=clean(location.file))


def _picture(picture: Picture, clean: Clean) -> Picture:
    nodes = (
        node._replace(
            label=clean(node.label),
            name=clean(node.name),
            addresses=tuple(map(clean, node.addresses)),
            why=clean(node.why),
        )
        for node in picture.nodes
    )
    return picture._replace(
        nodes=tuple(nodes),
        edges=tuple(edge._replace(via=tuple(map(clean, edge.via))) for edge in picture.edges),
        groups=tuple(group._replace(label=clean(group.label)) for group in picture.groups),
    )


def _verdict(verdict: Verdict, clean: Clean) -> Verdict:
    consent = verdict.consent
    return verdict._replace(
        reasons=tuple(map(clean, verdict.reasons)),
        consent=None if consent is None else consent._replace(by=tuple(map(clean, consent.by))),
    )


def _maybe(text: str | None, clean: Clean) -> str | None:
    return None if text is None else clean(text)
