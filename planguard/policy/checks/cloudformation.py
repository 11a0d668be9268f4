"""Hazards that only CloudFormation has: custom resources, the two policies, exports, and what befalls a whole stack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planguard.model import MISSING, UNKNOWN, Action, Change, Sensitive, Severity, Tier, Values
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene, Subject

CUSTOM = "AWS::CloudFormation::CustomResource"
EMPTIES_BUCKET = "Custom::S3AutoDeleteObjects"
AMPLIFY_TABLE = "Custom::AmplifyDynamoDBTable"
TIDY = frozenset({"Custom::LogRetention", "Custom::VpcRestrictDefaultSG"})
"""Custom resources of the CDK that only set something: their removal undoes a setting."""

PLACEHOLDERS = frozenset(
    {
        "AWS::CloudFormation::WaitConditionHandle",
        "AWS::CloudFormation::WaitCondition",
        "AWS::CDK::Metadata",
        "AWS::CloudFormation::TerminationProtection",  # a setting, which goes off before a stack is taken down
    }
)
"""A stack must hold something: who empties one leaves one of these in it."""
EXPORT = "AWS::CloudFormation::Export"
STACK_SET = "AWS::CloudFormation::StackSet"
_GROUPS = "StackInstancesGroup"
_TARGETS = frozenset({"Accounts", "OrganizationalUnitIds"})
"""With other words beside them, accounts are left out again, or stand in a file."""
FEW = 3

DELETION, REPLACEMENT = "DeletionPolicy", "UpdateReplacePolicy"
_STRENGTH = {"Delete": 0, "Snapshot": 1, "Retain": 2, "RetainExceptOnCreate": 2}


# --- custom resources -------------------------------------------------------------------------------------------------


def custom_resource_changed(scene: Scene) -> Iterator[Hit]:
    """A function of somebody's decides what the change does: nobody can read it off a template."""
    for subject in scene.subjects():
        kind = subject.change.resource.type
        if kind != CUSTOM and not kind.startswith("Custom::"):
            continue
        found = _custom(subject.change, kind)
        if found is None:
            continue
        severity, evidence = found
        if subject.tier is Tier.OTHER:
            severity = Severity.LOW
        yield Hit(subject, severity, evidence=evidence)


def _custom(change: Change, kind: str) -> tuple[Severity, tuple[str, ...]] | None:
    ends = change.action.destroys
    if kind == EMPTIES_BUCKET and change.action is Action.DELETE:
        return Severity.CRITICAL, ("Older versions of its delete handler empty the bucket, even one that is retained.",)
    if kind == AMPLIFY_TABLE and (ends or change.action is Action.UPDATE):
        return _amplify(change)
    if ends:
        severity = Severity.MEDIUM if kind in TIDY else Severity.HIGH
        return severity, ("Its function is told to delete; what that does stands in its code alone.",)
    if change.action is Action.UPDATE:
        return Severity.LOW, ("Its function is told to update; what that does stands in its code alone.",)
    return None


def _amplify(change: Change) -> tuple[Severity, tuple[str, ...]]:
    if change.action.destroys:
        return Severity.CRITICAL, ("It stands for a DynamoDB table, which ends with it.",)
    if change.before is None or change.after is None:
        return Severity.HIGH, ("It stands for a DynamoDB table; the change set does not show what changes in it.",)
    if _differs(change, "keySchema"):
        return Severity.CRITICAL, ("`keySchema` changes: the table is deleted and made again, empty.",)
    if _differs(change, "globalSecondaryIndexes"):
        switch = _plain(change.after.get("replaceTableUponGsiUpdate"))
        if switch is UNKNOWN or str(switch).lower() == "true":
            return Severity.CRITICAL, ("`replaceTableUponGsiUpdate` is on: a new index makes a new, empty table.",)
        return Severity.MEDIUM, ("`replaceTableUponGsiUpdate` is off: the index is changed in place.",)
    return Severity.LOW, ("Neither its keys nor its indexes change.",)


def _differs(change: Change, name: str) -> bool:
    assert change.before is not None
    assert change.after is not None
    old, new = change.before.get(name), change.after.get(name)
    return new is UNKNOWN or old != new


def _plain(value: Any) -> Any:
    return value.peek() if isinstance(value, Sensitive) else value


# --- secrets ----------------------------------------------------------------------------------------------------------

SECRET, _GENERATED = "AWS::SecretsManager::Secret", "GenerateSecretString"


def secret_regenerated(scene: Scene) -> Iterator[Hit]:
    """How a secret is generated changes, which generates it again."""
    for subject in scene.subjects():
        change = subject.change
        if change.resource.type != SECRET or change.action is not Action.UPDATE or subject.tier is Tier.OTHER:
            continue
        if change.before is None or change.after is None or _GENERATED not in subject.changed:
            continue
        if change.after.get(_GENERATED) not in (MISSING, None):
            yield Hit(subject, Severity.MEDIUM if subject.tier is Tier.UNKNOWN else None)


# --- policies ---------------------------------------------------------------------------------------------------------


def policy_weakened(scene: Scene) -> Iterator[Hit]:
    """DeletionPolicy or UpdateReplacePolicy keeps less afterwards than it does now."""
    if scene.plan.tool != "cloudformation":
        return
    for subject in scene.subjects():
        change = subject.change
        if change.action not in (Action.UPDATE, Action.NOOP) or change.after is None or subject.tier is Tier.OTHER:
            continue
        evidence = tuple(said for name in (DELETION, REPLACEMENT) if (said := _weaker(subject, name)))
        if evidence:
            holds = subject.row.id.startswith("data-") or subject.row.id == "not-known"
            yield Hit(subject, None if holds else Severity.LOW, evidence=evidence)


def _weaker(subject: Subject, name: str) -> str | None:
    change = subject.change
    assert change.after is not None
    new = change.after.get(name)
    if change.before is None:
        return f"`{name}` changes, and the change set does not show to what." if new is UNKNOWN else None
    old = change.before.get(name)
    before, after = _policy(subject, name, old, change.before), _policy(subject, name, new, change.after)
    if before == after or before is None:
        return None
    if after is None:
        return f"`{name}` is {before} and becomes something that is known only during the update."
    if _STRENGTH.get(after, 0) < _STRENGTH.get(before, 0):
        return f"`{name}` goes from {before} to {after}{' (the default)' if new is MISSING else ''}."
    return None


def _policy(subject: Subject, name: str, stated: Any, values: Values) -> str | None:
    """The policy in force; None where it is not known."""
    if isinstance(stated, str):
        return stated if stated in _STRENGTH else "Delete"
    if stated is not MISSING and stated is not None:
        return None
    kind = subject.change.resource.type
    alone = kind == "AWS::RDS::DBInstance" and values.get("DBClusterIdentifier") in (MISSING, None, "")
    return "Snapshot" if name == DELETION and (kind == "AWS::RDS::DBCluster" or alone) else "Delete"


# --- stack sets -------------------------------------------------------------------------------------------------------


def stack_set_changed(scene: Scene) -> Iterator[Hit]:
    """One resource here, a stack in each of many accounts: what leaves its list of accounts is deleted there."""
    for subject in scene.subjects():
        change = subject.change
        if change.resource.type != STACK_SET or change.action is not Action.UPDATE or subject.tier is Tier.OTHER:
            continue
        if change.before is None or change.after is None:
            yield Hit(subject, missing="The change set does not show what changes in this stack set.")
            continue
        old, new = _instances(change.before), _instances(change.after)
        gone = sorted(old - new) if old is not None and new is not None else []
        if gone:
            rest = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
            yield Hit(subject, evidence=(f"Its stacks go from {', '.join(gone[:5])}{rest}.",))
        elif (old is None or new is None) and _differs(change, _GROUPS):
            yield Hit(subject, missing="Which accounts and regions this stack set leaves is not known.")
        elif any(_differs(change, name) for name in ("TemplateBody", "TemplateURL", "Parameters")):
            missing = "Its template or its parameters change; what that does in each account, this plan does not show."
            yield Hit(subject, missing=missing)


def _instances(values: Values) -> set[str] | None:
    """Account (or unit) and region of every stack of a set; None where that is not known."""
    groups = values.get(_GROUPS)
    if groups is MISSING or groups is None:
        return set()
    found: set[str] = set()
    for group in groups if isinstance(groups, list) else [None]:
        targets = group.get("DeploymentTargets") if isinstance(group, dict) else None
        regions = group.get("Regions") if isinstance(group, dict) else None
        if not isinstance(targets, dict) or not isinstance(regions, list) or targets.keys() - _TARGETS:
            return None
        named = [targets.get(key, []) for key in sorted(_TARGETS)]
        if not all(isinstance(item, list) for item in named):
            return None
        places = [(name, region) for item in named for name in item for region in regions]
        if any(UNKNOWN in place for place in places):
            return None
        found.update(f"{name} in {region}" for name, region in places)
    return found


# --- exports ----------------------------------------------------------------------------------------------------------


def export_removed(scene: Scene) -> Iterator[Hit]:
    """An export goes; where AWS says that nobody imports it, nobody misses it."""
    for subject in scene.subjects():
        change = subject.change
        if change.resource.type != EXPORT or not change.action.destroys or subject.tier is Tier.OTHER:
            continue
        importers = change.before.get("ImportedBy") if change.before is not None else MISSING
        yield Hit(subject, Severity.LOW if importers == [] else None)


# --- whole stacks -----------------------------------------------------------------------------------------------------


def stack_removal(scene: Scene) -> Iterator[Hit]:
    """Everything that the update touches is removed: somebody takes a stack down."""
    if scene.plan.tool != "cloudformation":
        return
    removed = [s for s in scene.subjects() if s.change.action is Action.DELETE and not s.kept]
    others = [s for s in scene.subjects() if s.change.action is not Action.DELETE and not _placeholder(s)]
    if len(removed) < FEW or others or scene.plan.unchanged or all(s.row.id == "nothing" for s in removed):
        return
    tiers = {s.tier for s in removed}
    severity = None
    if Tier.PRODUCTION not in tiers:
        severity = Severity.MEDIUM if Tier.UNKNOWN in tiers else Severity.LOW
    yield Hit(severity=severity, evidence=(_said(scene, len(removed)),))


def stack_open(scene: Scene) -> Iterator[Hit]:
    """A stack of production that anybody who may can delete whole: a state of affairs, and none of this change's."""
    if scene.plan.tool != "cloudformation" or scene.tier is not Tier.PRODUCTION:
        return
    if any(provider.settings.get("termination_protection") is False for provider in scene.plan.providers):
        yield Hit(evidence=("Termination protection of this stack is off.",))


def _placeholder(subject: Subject) -> bool:
    return subject.change.resource.type in PLACEHOLDERS


def _said(scene: Scene, number: int) -> str:
    if scene.plan.complete is True:
        return f"All {number} resources of the stack are removed."
    return (
        f"{number} resources are removed, and nothing else changes; what the stack keeps, a change set does not list."
    )
