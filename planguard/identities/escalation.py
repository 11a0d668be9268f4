"""Ways in which an identity can give itself rights that nobody gave it.

Owns the known ways: editing its own rights, handing a strong role to something that runs code, taking over what runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from planguard.identities import actions, scope, wildcards
from planguard.identities.actions import Mask
from planguard.identities.power import Grant


class Way(NamedTuple):
    """One way up."""

    id: str
    text: str
    """What it can do, after "it may"."""
    grants: tuple[Grant, ...]


_RUNS: Mapping[str, str] = {
    "lambda:CreateFunction": "a function",
    "ec2:RunInstances": "a machine",
    "ecs:RunTask": "a task",
    "ecs:RegisterTaskDefinition": "a task",
    "cloudformation:CreateStack": "a stack",
    "cloudformation:UpdateStack": "a stack",
    "codebuild:CreateProject": "a build",
    "codebuild:UpdateProject": "a build",
    "glue:CreateDevEndpoint": "a Glue endpoint",
    "glue:CreateJob": "a Glue job",
    "glue:UpdateJob": "a Glue job",
    "sagemaker:CreateNotebookInstance": "a notebook",
    "states:CreateStateMachine": "a state machine",
    "datapipeline:PutPipelineDefinition": "a data pipeline",
    "batch:RegisterJobDefinition": "a batch job",
    "apprunner:CreateService": "a service",
    "scheduler:CreateSchedule": "a schedule",
    "ssm:StartAutomationExecution": "an automation",
}
"""Actions that start something under a role which is passed to it."""

_TAKES_OVER = ("lambda:UpdateFunctionCode",)


def ways(grants: tuple[Grant, ...], kind: str, name: str) -> Iterator[Way]:
    """The ways that these grants open to the identity of that name."""
    own = _own(grants, kind, name)
    if own:
        yield Way("own-rights", "change its own rights", own)
    passes = tuple(grant for grant in grants if grant.mask & _mask("iam:PassRole") and _any_role(grant))
    if passes:
        for action, what in _RUNS.items():
            starts = tuple(grant for grant in grants if grant.mask & _mask(action))
            if starts:
                text = f"hand any role to {what} that it starts, and act as that role"
                yield Way("pass-role", text, (*_just(passes, "iam:PassRole"), *_just(starts, action)))
                break
    assumes = tuple(grant for grant in grants if grant.mask & _mask("sts:AssumeRole") and _any_role(grant, strict=True))
    if assumes:
        yield Way("assume-any", "become any role that trusts its account", _just(assumes, "sts:AssumeRole"))
    for action in _TAKES_OVER:
        over = tuple(g for g in grants if g.mask & _mask(action) and not g.needs and scope.wide(g.resource))
        if over:
            yield Way("take-over", "change the code of any function, and act as its role", _just(over, action))


@lru_cache(maxsize=256)
def _mask(action: str) -> Mask:
    return actions.expand(action)


def _just(grants: tuple[Grant, ...], action: str) -> tuple[Grant, ...]:
    return tuple(grant._replace(mask=grant.mask & _mask(action)) for grant in grants)


def _own(grants: tuple[Grant, ...], kind: str, name: str) -> tuple[Grant, ...]:
    """Grants that change rights, and reach the identity itself, its policies or its groups."""
    wanted = actions.table().classes["escalation"]
    found = []
    for grant in grants:
        mask = grant.mask & wanted
        if not mask or _limited(grant) or "${" in grant.resource:
            continue
        fields = grant.resource.split(":", 5)
        rest = fields[5] if len(fields) == 6 else grant.resource
        reaches = scope.wide(grant.resource) or (
            wildcards.matches(rest, f"{kind}/{name}") and not grant.resource.startswith("(")
        )
        if reaches and scope.of(grant, retags=True).breadth != scope.HARMLESS:
            found.append(grant._replace(mask=mask))
    return tuple(found)


def _limited(grant: Grant) -> bool:
    """Whether a condition demands a boundary, or says which policies may be attached: then it cannot go beyond."""
    return bool(grant.needs)


def _any_role(grant: Grant, *, strict: bool = False) -> bool:
    """Whether it is about every role; saying to which service a role is passed does not say which role."""
    others = [one for one in grant.needs if strict or one.key.lower() != "iam:passedtoservice"]
    return not others and scope.wide(grant.resource)
