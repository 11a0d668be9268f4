"""Hazards of rights: a machine gets to destroy what no human was asked about.

The judgement is `planguard.identities`'; here it becomes findings, weighed by where the change belongs. A plan without
such types pays one look at the types of its changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from planguard.model import MISSING, Change, Severity, Tier, Values
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene, Subject

if TYPE_CHECKING:
    from planguard.identities.findings import Found

RIGHTS = (
    "aws_iam_", "AWS::IAM::", "azurerm_role_", "azurerm_federated_identity_", "azuread_application_federated_identity_",
    "azurerm_key_vault_access_", "aws_eks_access_",
)  # fmt: skip
"""How the types begin that are about nothing but rights; those of Google have `_iam_` in the middle."""
POLICIES: Mapping[str, str] = {
    "aws_s3_bucket": "policy",
    "aws_kms_key": "policy",
    "aws_sqs_queue": "policy",
    "aws_sns_topic": "policy",
    "aws_secretsmanager_secret": "policy",
    "aws_glacier_vault": "access_policy",
    "aws_opensearch_domain_policy": "access_policies",
    "azurerm_key_vault": "access_policy",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::Backup::BackupVault": "AccessPolicy",
}
"""Types of things that carry a policy among other attributes: looked into only where that differs."""

_SAYS_NOTHING = frozenset({"tags", "tags_all", "description", "max_session_duration", "Tags", "Description"})

SEVERITIES: Mapping[int, Mapping[Tier, Severity]] = {
    5: {Tier.PRODUCTION: Severity.HIGH, Tier.UNKNOWN: Severity.HIGH, Tier.OTHER: Severity.LOW},
    4: {Tier.PRODUCTION: Severity.HIGH, Tier.UNKNOWN: Severity.MEDIUM, Tier.OTHER: Severity.LOW},
    3: {Tier.PRODUCTION: Severity.MEDIUM, Tier.UNKNOWN: Severity.MEDIUM, Tier.OTHER: Severity.INFO},
    2: {Tier.PRODUCTION: Severity.MEDIUM, Tier.UNKNOWN: Severity.LOW, Tier.OTHER: Severity.INFO},
    1: {Tier.PRODUCTION: Severity.LOW, Tier.UNKNOWN: Severity.LOW, Tier.OTHER: Severity.INFO},
}
"""Weight of a danger × where it is → severity. A right is no loss yet, so nothing here is critical."""


def gains(scene: Scene) -> Iterator[Hit]:
    """A machine gets rights to destroy."""
    return _hits(scene, "gain")


def guards(scene: Scene) -> Iterator[Hit]:
    """A Deny or a condition that held a machine back is gone or has a hole."""
    return _hits(scene, "guard")


def boundaries(scene: Scene) -> Iterator[Hit]:
    """A permissions boundary goes."""
    return _hits(scene, "boundary")


def trusts(scene: Scene) -> Iterator[Hit]:
    """More machines may become an identity."""
    return _hits(scene, "trust")


def escalations(scene: Scene) -> Iterator[Hit]:
    """A machine gets to give itself rights."""
    return _hits(scene, "escalation")


def unknown(scene: Scene) -> Iterator[Hit]:
    """What a machine will be allowed cannot be told."""
    return _hits(scene, "unknown")


def _hits(scene: Scene, kind: str) -> Iterator[Hit]:
    wanted = [found for found in _found(scene) if found.kind == kind]
    if not wanted:
        return
    subjects = {s.change.resource.address: s for s in scene.subjects() if s.change.deposed is None}
    standing = {change.resource.address: change for change in scene.plan.standing}
    for found in wanted:
        subject = subjects.get(found.address)
        if subject is None:
            continue
        whose = subjects.get(found.whose)
        if whose is None and found.whose in standing:
            whose = scene.subject(standing[found.whose])
        severity = SEVERITIES[found.weight][_tier(subject, whose)]
        yield Hit(subject, severity, found.message, found.evidence, remedy=found.remedy, detail=found.detail)


def _tier(subject: Subject, whose: Subject | None) -> Tier:
    """Where a right belongs: a policy often says nothing, and the role that gets it does."""
    return whose.tier if subject.tier is Tier.UNKNOWN and whose is not None else subject.tier


def _found(scene: Scene) -> tuple[Found, ...]:
    """Everything that becomes worse, worked out once for all of these rules."""
    known: tuple[Found, ...] | None = scene.shared.get("identities")
    if known is None:
        known = ()
        if any(_concerns(change) for change in scene.plan.changes):
            from planguard.identities import findings  # it brings the table of actions along

            known = findings.of(scene.plan)
        scene.shared["identities"] = known
    return known


def _differs(before: Values, after: Values) -> bool:
    """Whether anything differs but what says nothing of rights."""
    old, new = before.tree, after.tree
    return any(old.get(name, MISSING) != new.get(name, MISSING) for name in {*old, *new} - _SAYS_NOTHING)


def _concerns(change: Change) -> bool:
    """Whether a change is about who may do what."""
    kind = change.resource.type
    if kind.startswith(RIGHTS):
        return change.before is None or change.after is None or _differs(change.before, change.after)
    if kind.startswith("google_"):
        return "_iam_" in kind
    attribute = POLICIES.get(kind)
    if attribute is None:
        return kind.startswith(("aws_", "AWS::")) and kind.endswith(("_policy", "Policy"))
    before, after = (side.get(attribute) if side is not None else None for side in (change.before, change.after))
    return before != after and bool(before or after)
