"""Policies on things: what a bucket, a key, a queue or a vault lets others destroy, and what it denies to everybody.

Owns which attribute holds such a policy, and the comparison of its two sides, principal by principal. An account that
is trusted by a key is only where its rights come from, so it is left out there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planguard.identities import actions, document, scope, trust
from planguard.identities.audit import Identity, Side
from planguard.identities.dangers import DISTURBING, GAIN, GRAVE, GRAVEST, GUARD, SLIGHT, Danger, Power, powers
from planguard.identities.document import Document, Principal, Statement
from planguard.identities.objects import values_of
from planguard.identities.power import Effective, Grant, Source, beyond, effective
from planguard.identities.trust import Trusted
from planguard.model import Action, Change, Plan

ATTRIBUTES: Mapping[str, str] = {
    "aws_s3_bucket_policy": "policy",
    "aws_s3_bucket": "policy",
    "aws_kms_key": "policy",
    "aws_kms_key_policy": "policy",
    "aws_sqs_queue": "policy",
    "aws_sqs_queue_policy": "policy",
    "aws_sns_topic": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_secretsmanager_secret": "policy",
    "aws_secretsmanager_secret_policy": "policy",
    "aws_backup_vault_policy": "policy",
    "aws_dynamodb_resource_policy": "policy",
    "aws_ecr_repository_policy": "policy",
    "aws_efs_file_system_policy": "policy",
    "aws_glacier_vault": "access_policy",
    "aws_opensearch_domain_policy": "access_policies",
    "aws_organizations_policy": "content",
    "AWS::Organizations::Policy": "Content",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::Backup::BackupVault": "AccessPolicy",
}
"""Type → the attribute with its policy."""


def changes(plan: Plan) -> Iterator[Change]:
    """The changes that alter such a policy."""
    for change in plan.changes:
        attribute = ATTRIBUTES.get(change.resource.type)
        if attribute is None or change.deposed is not None or change.action is Action.FORGET:
            continue
        sides = [side.get(attribute) if side is not None else None for side in (change.before, change.after)]
        if sides[0] != sides[1]:
            yield change


def dangers(plan: Plan) -> Iterator[Danger]:
    """What the plan makes worse by policies on things."""
    for change in changes(plan):
        before, after = (_document(change, side) for side in ("before", "after"))
        for principal in dict.fromkeys(_principals(after)):
            if not _root_of_a_key(change, principal):
                yield from _gains(change, principal, before, after)
        ends = change.after is None or change.action is Action.DELETE
        if not (ends and _thing_goes(plan, change)):
            yield from _guards(change, before, after)


def let_in(plan: Plan) -> Iterator[tuple[Change, Trusted, tuple[Power, ...]]]:
    """Everybody whom the policies of things let destroy them, as they will stand; worst first."""
    for change in (*plan.changes, *plan.standing):
        if change.resource.type not in ATTRIBUTES or change.deposed is not None or change.action is Action.DELETE:
            continue
        after = _document(change, "after")
        for principal in dict.fromkeys(_principals(after)):
            who = _machine(principal)
            if who is None or _root_of_a_key(change, principal):
                continue
            new = effective(_sources(after, principal, change))
            found = _powers(tuple(_here(grant, change) for grant in new.grants), principal, new)
            if found:
                yield change, who, found


def _machine(principal: Principal) -> Trusted | None:
    """Who is behind a principal; None where that is people or AWS itself."""
    found = trust.understand(Document((Statement(True, ("sts:AssumeRole",), principals=(principal,)),)))
    return found[0] if found and found[0].behind not in (trust.PERSON, trust.AWS) else None


def _powers(gained: tuple[Grant, ...], principal: Principal, new: Effective) -> tuple[Power, ...]:
    found = powers(gained, Side(effective=new))
    return tuple(_open(gained)) or found if principal.kind == "*" else found


def _document(change: Change, side: str) -> Document:
    values = values_of(change, side)
    return document.parse(values.get(ATTRIBUTES[change.resource.type])) if values is not None else document.NOTHING


def _principals(found: Document) -> Iterator[Principal]:
    for statement in found.statements:
        if statement.allow:
            yield from (Principal("*", "*"),) if statement.but_principals else statement.principals


def _root_of_a_key(change: Change, principal: Principal) -> bool:
    return principal.kind == "AWS" and ("kms" in change.resource.type.lower()) and not _of_one(principal.value)


def _of_one(value: str) -> bool:
    return ":role/" in value or ":user/" in value or ":assumed-role/" in value


def _gains(change: Change, principal: Principal, before: Document, after: Document) -> Iterator[Danger]:
    who = _machine(principal)
    if who is None:
        return
    old, new = (effective(_sources(found, principal, change)) for found in (before, after))
    gained = tuple(_here(grant, change) for grant in beyond(new.grants, old.grants))
    found = _powers(gained, principal, new)
    if found:
        identity = Identity("principal", who.shown, "", Side(), Side(exists=True, effective=new))
        # A thing that is made with its policy holds nothing yet: naming who manages it is how it is done.
        fresh = change.action is Action.CREATE and not _alone(change) and principal.kind != "*"
        yield Danger(GAIN, identity, change.resource.address, SLIGHT if fresh else found[0].weight, found)


def _alone(change: Change) -> bool:
    """Whether the policy is an object of its own."""
    return change.resource.type.lower().endswith("policy")


def _here(grant: Grant, change: Change) -> Grant:
    """In the policy of a thing, everything means this thing."""
    return grant._replace(resource=change.resource.address) if scope.wide(grant.resource) else grant


def _open(gained: tuple[Grant, ...]) -> Iterator[Power]:
    """What anybody at all could do: deleting what is inside is as bad as deleting the store."""
    for grant in gained:
        if grant.statement.conditions:
            continue
        for kind, mask in actions.by_class(grant.mask):
            deletes = any("Delete" in name or "Purge" in name for name in actions.members(mask))
            if kind in actions.GRAVE or (kind == "content" and deletes):
                reach = scope.of(grant, retags=True)
                weight = GRAVEST if reach.production or reach.state else GRAVE
                yield Power(kind, weight, grant._replace(mask=mask), reach)


def _sources(found: Document, principal: Principal, change: Change) -> list[Source]:
    """The statements about one principal."""
    return [
        Source(statement, change.resource.address)
        for statement in found.statements
        if statement.but_principals or {principal, Principal("*", "*")} & set(statement.principals)
    ]


def _guards(change: Change, before: Document, after: Document) -> Iterator[Danger]:
    """What everybody was denied, and is no more."""
    old, new = (_left(found, change) for found in (before, after))
    gained = beyond(new.grants, old.grants)
    denied = [statement for statement in before.statements if not statement.allow]
    found = []
    for power in powers(gained, Side(effective=new)):
        told = next((s for s in denied if effective([Source(s._replace(allow=True), "")]).grants), None)
        if told is not None and power.weight >= DISTURBING:
            narrow = power.grant._replace(statement=told, resource=told.resources[0])
            found.append(power._replace(grant=narrow, weight=DISTURBING))
    if found:
        # A service control policy holds for whole accounts; what a thing denies, others may deny as well.
        accounts = "rganizations" in change.resource.type
        who = "anybody in its accounts" if accounts else "others"
        identity = Identity("principal", who, "", Side(), Side(exists=True))
        yield Danger(GUARD, identity, change.resource.address, GRAVE if accounts else DISTURBING, tuple(found))


def _left(found: Document, change: Change) -> Effective:
    """What is left of all rights for somebody whom the policy names nowhere."""
    everything = Source(Statement(True, ("*",)), change.resource.address)
    denies = [
        Source(statement, "")
        for statement in found.statements
        if not statement.allow
        and (statement.but_principals or not statement.principals or Principal("*", "*") in statement.principals)
    ]
    return effective([everything, *denies])


def _thing_goes(plan: Plan, change: Change) -> bool:
    """Whether what the policy is on goes with it."""
    if not _alone(change):
        return True
    owner = change.resource.type.removesuffix("_policy").removesuffix("Policy")
    gone = [other for other in plan.changes if other.action in (Action.DELETE, Action.REPLACE) and other is not change]
    return any(other.resource.type.startswith(owner) for other in gone)
