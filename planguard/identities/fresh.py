"""Rights over what the same plan makes: there is nothing in it yet, so giving them is no gain over anybody's data.

Owns how a resource pattern is matched with what a plan creates: by name, and in Terraform by being unknown, because an
ARN that is not known before the apply is that of something new.
"""

from __future__ import annotations

import re

from planguard.identities.dangers import DISTURBING, Danger, Power
from planguard.identities.document import UNTOLD
from planguard.identities.scope import wide
from planguard.model import Action, Plan

_NAMES = (
    "bucket", "name", "identifier", "cluster_identifier", "table_name", "db_name", "replication_group_id", "cluster_id",
    "BucketName", "TableName", "QueueName", "TopicName", "DBInstanceIdentifier", "DBClusterIdentifier", "FunctionName",
    "LogGroupName", "RepositoryName", "StreamName",
)  # fmt: skip
"""Attributes with the name that stands in the ARN."""
_PARTS = re.compile(r"[:/]")


def made(plan: Plan) -> frozenset[str]:
    """The names of what a plan creates; `UNTOLD` where an unknown ARN must be of one of these."""
    names: set[str] = set()
    for change in plan.changes:
        if change.action is not Action.CREATE or change.after is None or change.resource.type.startswith("aws_iam_"):
            continue
        found = (change.after.get(name) for name in _NAMES)
        names.update(text for text in found if isinstance(text, str) and text)
        if plan.tool != "cloudformation":
            names.add(UNTOLD)
    return frozenset(names)


def eased(danger: Danger, names: frozenset[str]) -> Danger:
    """The danger, weighed as a step where all that is grave in it is about what the plan makes."""
    if not names:
        return danger
    powers = tuple(_eased(power, names) for power in danger.powers)
    worst = max(power.weight for power in powers)
    if worst >= danger.weight:
        return danger
    return danger._replace(weight=worst, powers=tuple(sorted(powers, key=lambda power: -power.weight)))


def _eased(power: Power, names: frozenset[str]) -> Power:
    resource = power.grant.resource
    new = resource in names if resource == UNTOLD else not wide(resource) and bool(names & set(_PARTS.split(resource)))
    return power._replace(weight=min(power.weight, DISTURBING)) if new else power
