"""Plan + policy + config -> Assessment. Pure: no clock, no files, no network; whoever calls passes in the date.

The way of the data: production.classify → every rule on a `Scene` → causes, dependents and remedies for what was
found → waivers → sorted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from planguard import production
from planguard.config import Config
from planguard.consent.fingerprint import fingerprint, items
from planguard.gate import needs_consent
from planguard.globs import matches
from planguard.model import (
    Assessment,
    Change,
    Finding,
    Note,
    Picture,
    Plan,
    Radius,
    Resource,
    Severity,
    Tier,
    Undecided,
)
from planguard.policy import waivers
from planguard.policy.rule import Rule
from planguard.policy.run import evaluate
from planguard.policy.scene import Scene

if TYPE_CHECKING:
    from planguard.causes import Causes
    from planguard.graph import Graph
    from planguard.sources import Sources


def assess(
    plan: Plan,
    config: Config,
    rules: tuple[Rule, ...],
    *,
    today: date,
    stated: Tier | None = None,
    path: str | None = None,
    sources: Sources | Callable[[], Sources | None] | None = None,
) -> Assessment:
    """Everything planguard can say about one plan.

    `stated` is the environment as the caller states it, `path` where the plan lies (evidence of its environment);
    `sources` are those beside the plan, where they are known; a function that gives them is asked only when something
    was found, and rules do not see its answer.
    """
    environments = production.classify(plan, config, stated=stated, path=path)
    beside = None if callable(sources) else sources
    why = _Why(plan)
    scene = Scene(
        plan,
        config,
        environments,
        existing=_exists(plan, config, path),
        sources=beside,
        explained=lambda: why.causes,
    )
    evaluation = evaluate(scene, rules)
    found = _explained(plan, evaluation.findings, scene, why)
    remarks: tuple[Note, ...] = ()
    if callable(sources) and found:
        beside = sources()
    if beside is not None:
        # Imported here: without sources nobody pays for them.
        from planguard.sources import joined

        found = joined.located(plan, found, beside)
        config, remarks = joined.with_comments(config, plan, found, beside)
        plan = joined.with_problems(plan, beside)
    kept, waived, notes, unused = waivers.apply(found, config, today)
    undecided = _undecided(plan, (*evaluation.undecided,), evaluation.findings)
    policy = policy_digest(rules, config)
    asked = items(plan, [one for one in kept if needs_consent(one, config)], undecided, hidden=plan.secrets)
    return Assessment(
        plan=plan,
        findings=tuple(sorted(kept, key=order)),
        waived=tuple(sorted(waived, key=lambda item: order(item.finding))),
        undecided=undecided,
        failed=tuple(sorted(evaluation.failed)),
        rules_run=tuple(rule.id for rule in rules),
        environment=environments.plan,
        notes=(*notes, *remarks),
        unused=unused,
        fingerprint=fingerprint(asked, policy),
        items=asked,
        policy=policy,
    )


def picture(assessment: Assessment, *, whole: bool = False) -> Picture:
    """What the plan does to what depends on what; `whole` draws also what loses nothing. For reports that draw."""
    from planguard import causes, graph
    from planguard.graph.picture import draw

    plan = assessment.plan
    explained = causes.explain(plan, graph.build(plan))
    return draw(plan, assessment.findings, explained.of, whole=whole)


_NAMED = 200
"""For so many findings, the worst first, those that are cut off are named; for the others they are counted."""

_Changes = Mapping[tuple[str, str | None], Change]


def order(finding: Finding) -> tuple[int, str, str, str]:
    """Worst first, then by address and rule: the same input gives the same bytes."""
    return (-finding.severity.rank, finding.address, finding.rule, finding.deposed or "")


def policy_digest(rules: tuple[Rule, ...], config: Config) -> str:
    """SHA-256 over what decides: consent given under one policy does not hold under another."""
    data = [
        [_said_by(rule) for rule in rules],
        config.consent_from.value,
        sorted(config.forbidden),
        sorted(config.protected),
        sorted((rule, severity.value) for rule, severity in config.severities.items()),
        [list(waiver) for waiver in config.waivers],
        repr(config.production),
        *_seldom_set(config),
    ]
    return hashlib.sha256(json.dumps(data, separators=(",", ":")).encode()).hexdigest()


def _said_by(rule: Rule) -> list[str]:
    """What tells a rule from another of the same name; of those that ship, the version of planguard tells the rest."""
    known = [rule.id, rule.severity.value if rule.severity else "table", rule.check or ""]
    return [*known, rule.content] if rule.content else known


def _seldom_set(config: Config) -> list[object]:
    """What else decides; nothing where it is left as it is, so that digests of old stay."""
    budget = sorted((tier.value, number) for tier, number in config.destroy_budget.items())
    said: list[object] = [["destroys", budget]] if budget else []
    return said if config.comment_waivers else [*said, "no comments"]


def _exists(plan: Plan, config: Config, path: str | None) -> bool:
    names = [name for name in (plan.workspace, path) if name]
    return any(matches(glob, name) for glob in config.production.existing for name in names)


class _Why:
    """Graph and causes of one plan, for whoever asks first: a plan with nothing to say never imports them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @cached_property
    def graph(self) -> Graph:
        """Who needs whom."""
        from planguard import graph

        return graph.build(self._plan)

    @cached_property
    def causes(self) -> Causes:
        """Why it happens."""
        from planguard import causes

        return causes.explain(self._plan, self.graph)


def _explained(plan: Plan, findings: tuple[Finding, ...], scene: Scene, why: _Why) -> tuple[Finding, ...]:
    """The findings with their causes, dependents and the safer way; costs nothing where nothing was found."""
    if not findings:
        return ()
    changes = {(change.resource.address, change.deposed): change for change in plan.changes}
    why.graph.prepare({finding.address for finding in findings if finding.address})
    findings = _with_radii(findings, changes, why.graph)
    return tuple(
        _with_cause(finding, changes.get((finding.address, finding.deposed)), why.causes, why.graph, scene)
        for finding in findings
    )


def _with_radii(findings: tuple[Finding, ...], changes: _Changes, built: Graph) -> tuple[Finding, ...]:
    """What becomes of those that need something grave that ends; the worst name who is cut off."""
    grave = [
        finding
        for finding in findings
        if finding.severity.rank >= Severity.HIGH.rank
        and (change := changes.get((finding.address, finding.deposed))) is not None
        and change.action.destroys
        and change.deposed is None
    ]
    if not grave:
        return findings
    from planguard import catalog
    from planguard.catalog.entry import CATEGORIES

    def category(resource: Resource) -> str:
        return catalog.lookup(resource.type, resource.provider).category

    worst = {finding.address for finding in sorted(grave, key=order)[:_NAMED]}
    radii = built.radii([finding.address for finding in grave], category, CATEGORIES, worst)
    ends = {id(finding) for finding in grave}
    return tuple(f._replace(radius=radii.get(f.address, Radius())) if id(f) in ends else f for f in findings)


def _with_cause(finding: Finding, change: Change | None, explained: Causes, built: Graph, scene: Scene) -> Finding:
    if change is None:
        return finding
    subject = scene.subject(change)
    cause = explained.of(change)
    return finding._replace(
        cause=cause,
        remedy=finding.remedy or explained.remedy(change, subject.entry, subject.states if subject.refusals else ()),
        dependents=built.dependents(finding.address),
        source=finding.source or change.source,
    )


def _undecided(plan: Plan, found: tuple[Undecided, ...], findings: tuple[Finding, ...]) -> tuple[Undecided, ...]:
    """What the parser and the rules could not decide, without what a finding of the same rule says already."""
    said = {(finding.rule, finding.address) for finding in findings}
    open_ones = {item for item in (*plan.undecided, *found) if (item.rule, item.address) not in said}
    return tuple(sorted(open_ones))
