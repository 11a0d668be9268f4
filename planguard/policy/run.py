"""Every rule on every change: findings, what could not be decided, and rules that broke. Pure.

A rule that raises never disappears: it becomes a `RuleFailure`, and the gate blocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from planguard.model import Action, Environment, Finding, RuleFailure, Severity, Undecided
from planguard.policy.candidates import Candidates
from planguard.policy.checks import CHECKS
from planguard.policy.hit import Hit
from planguard.policy.rule import Rule
from planguard.policy.scene import Scene, Subject


class Evaluation(NamedTuple):
    """What the rules say. Not sorted."""

    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    failed: tuple[RuleFailure, ...]


class _Said(NamedTuple):
    rule: Rule
    hit: Hit


def evaluate(scene: Scene, rules: Iterable[Rule]) -> Evaluation:
    """Run `rules` on the scene."""
    said: list[_Said] = []
    failed: list[RuleFailure] = []
    rules = tuple(rules)
    candidates = Candidates(rules)
    for subject in scene.subjects():
        for rule in candidates.of(subject):
            found = _matched(rule, subject, failed)
            if found is not None:
                said.append(found)
    for rule in rules:
        if rule.check is not None:
            said.extend(_checked(rule, scene, failed))
    spoken = _without_silenced(said)
    findings = [_finding(scene, item) for item in spoken if item.hit.missing is None]
    undecided = [
        Undecided(item.rule.id, _address(item.hit), item.hit.missing) for item in spoken if item.hit.missing is not None
    ]
    return Evaluation(tuple(findings), tuple(undecided), tuple(failed))


def _matched(rule: Rule, subject: Subject, failed: list[RuleFailure]) -> _Said | None:
    assert rule.condition is not None
    try:
        answer = rule.condition(subject)
        if answer is False:
            return None
        return _Said(rule, Hit(subject) if answer else Hit(subject, missing=_missing(subject)))
    except Exception as error:  # A user's rule may break in any way; the run must end in "blocked", not in a traceback.
        failed.append(RuleFailure(rule.id, subject.change.resource.address, _described(error)))
        return None


def _checked(rule: Rule, scene: Scene, failed: list[RuleFailure]) -> list[_Said]:
    assert rule.check is not None
    try:
        return [_Said(rule, hit) for hit in CHECKS[rule.check](scene)]
    except Exception as error:  # As above: what a broken rule would have found is unknown, and that must show.
        failed.append(RuleFailure(rule.id, "", _described(error)))
        return []


def _described(error: Exception) -> str:
    """The kind of the error alone: its text may hold values of the plan."""
    return f"{type(error).__name__} while the rule ran"


def _missing(subject: Subject) -> str:
    if subject.environment.tier.value == "unknown":
        return "Nobody knows whether this is production. Say so: --environment, a tag, or planguard.yml."
    return "A value that decides this is known only after apply."


def _without_silenced(said: list[_Said]) -> list[_Said]:
    """Drop what another rule says better about the same object (`instead_of`)."""
    silenced: dict[tuple[str, str | None], set[str]] = {}
    for rule, hit in said:
        if rule.instead_of and hit.missing is None:
            silenced.setdefault(_place(hit), set()).update(rule.instead_of)
    return [item for item in said if item.rule.id not in silenced.get(_place(item.hit), ())]


def _place(hit: Hit) -> tuple[str, str | None]:
    """What a hit is about: one object, or the plan."""
    return (hit.subject.change.resource.address, hit.subject.change.deposed) if hit.subject is not None else ("", None)


def _address(hit: Hit) -> str:
    return hit.subject.change.resource.address if hit.subject is not None else ""


def _finding(scene: Scene, said: _Said) -> Finding:
    rule, hit = said
    severity = _capped(scene, hit, hit.severity or rule.severity or _graded(hit))
    severity = scene.config.severities.get(rule.id, severity)
    if hit.subject is None:
        return Finding(
            rule=rule.id,
            severity=severity,
            address="",
            type="",
            action="",
            environment=scene.environments.plan,
            message=hit.message or rule.message,
            lost=rule.lost,
            evidence=hit.evidence,
            source=hit.source,
            fingerprint=_fingerprint(rule.id, ""),
        )
    subject = hit.subject
    change = subject.change
    return Finding(
        rule=rule.id,
        severity=severity,
        address=change.resource.address,
        type=change.resource.type,
        action=change.action.value,
        environment=_environment(subject),
        message=hit.message or _filled(rule.message, subject),
        lost=rule.lost or subject.entry.lost or None,
        remedy=hit.remedy,
        evidence=hit.evidence + _grounds(subject) + _likely(scene, hit),
        source=hit.source,
        fingerprint=_fingerprint(
            rule.id, change.resource.address, change.deposed or "", *change.actions, *_detail(hit)
        ),
        deposed=change.deposed,
    )


def _detail(hit: Hit) -> tuple[str, ...]:
    return (hit.detail,) if hit.detail else ()


def _graded(hit: Hit) -> Severity:
    """The table's word. A table rule that fires on a change which ends nothing is a mistake in the rule: say high."""
    grade = hit.subject.grade if hit.subject is not None else None
    return grade.severity if grade is not None else Severity.HIGH


def _capped(scene: Scene, hit: Hit, severity: Severity) -> Severity:
    """Without a plan nothing is worse than high, and nothing is worse than medium that only a plan can confirm."""
    if not scene.foretold:
        return severity
    if hit.subject is not None:
        likely = hit.subject.change.conditional
    else:
        likely = any(change.conditional for change in scene.plan.changes if change.action.destroys)
    most = Severity.MEDIUM if likely else Severity.HIGH
    return most if severity.rank > most.rank else severity


def _likely(scene: Scene, hit: Hit) -> tuple[str, ...]:
    if scene.foretold and hit.subject is not None and hit.subject.change.conditional:
        return ("Likely, not certain: a plan must confirm it.",)
    return ()


def _environment(subject: Subject) -> Environment:
    return subject.environment


def _grounds(subject: Subject) -> tuple[str, ...]:
    """Facts about the object itself that made the severity what it is."""
    if not subject.change.action.destroys:
        return subject.change.basis
    grounds: list[str] = list(subject.change.basis)
    if subject.entry.guessed:
        grounds.append(f"A guess: {subject.entry.guessed}.")
    grounds.extend(subject.refusals)
    if subject.unless_empty:
        grounds.append("The cloud refuses to delete it as long as something is inside.")
    if subject.last_snapshot and subject.row.id.startswith("data-"):
        grounds.append("The same apply takes a last snapshot first.")
    return tuple(grounds)


def _filled(template: str, subject: Subject) -> str:
    """Fill in the few fields a message may have; anything else in braces stays as it is."""
    if "{" not in template:
        return template
    resource = subject.change.resource
    fields = {
        "{noun}": noun(resource.type),
        "{until}": " until it is made again" if subject.change.action is Action.REPLACE else "",
        "{type}": resource.type,
        "{address}": resource.address,
        "{name}": resource.name,
    }
    for field, value in fields.items():
        template = template.replace(field, value)
    return template


def noun(kind: str) -> str:
    """What to call a type in a sentence: `aws_db_instance` → `db instance`, `AWS::RDS::DBCluster` → `RDS DBCluster`."""
    if "::" in kind:
        return " ".join(kind.split("::")[1:])
    provider, underscore, rest = kind.partition("_")
    return rest.replace("_", " ") if underscore else provider


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
