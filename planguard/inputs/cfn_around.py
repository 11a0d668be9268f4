"""The stack around what AWS tells of an update: its tags, its protection, its policy, and who imports what it exports.

Asks, and never changes anything. What this identity may not read is undecided, by the name of the permission.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planguard.errors import ExternalError
from planguard.inputs import cfn_exports
from planguard.inputs.cfn_asked import UNSEEN, Asked, Denied, Unused
from planguard.inputs.cfn_exports import Known
from planguard.model import Change, Note, Plan, ProviderConfig, Undecided

Stack = Mapping[str, Any]
"""A stack as DescribeStacks tells it."""


def described(asked: Asked, name: str) -> tuple[Stack | None, tuple[Undecided, ...]]:
    """The stack, or what is undecided without it. Raises `Missing` where there is none."""
    try:
        stacks = asked("describe_stacks", StackName=name).get("Stacks") or []
    except Denied:
        missing = "Tags, parameters and protection of the stack may not be read (cloudformation:DescribeStacks)."
        return None, (Undecided(UNSEEN, "", missing),)
    if len(stacks) != 1 or not isinstance(stacks[0], dict):
        raise ExternalError("AWS describes no such stack.", where=name)
    return stacks[0], ()


def around(asked: Asked, plan: Plan, name: str, stack: Stack | None) -> Plan:
    """The plan with what only the stack itself tells: its tags as they are, its protection, its policy."""
    undecided, notes = list(plan.undecided), list(plan.notes)
    plan = plan._replace(providers=_provider(asked, plan, stack or {}))
    try:
        policy = asked("get_stack_policy", StackName=name).get("StackPolicyBody")
    except Denied:
        undecided.append(
            Undecided(UNSEEN, "", "The policy of the stack may not be read (cloudformation:GetStackPolicy).")
        )
    else:
        notes.append(Note("A stack policy may refuse some of this." if policy else "The stack has no stack policy."))
    return plan._replace(undecided=tuple(dict.fromkeys(undecided)), notes=tuple(notes))


def _provider(asked: Asked, plan: Plan, stack: Stack) -> tuple[ProviderConfig, ...]:
    settings = dict(plan.providers[0].settings) if plan.providers else {}
    if asked.profile is not None:
        settings["profile"] = asked.profile
    fields = str(stack.get("StackId", "")).split(":")
    if len(fields) > 5:
        settings["region"], settings["allowed_account_ids"] = fields[3], [fields[4]]
    tags = {str(tag.get("Key")): str(tag.get("Value")) for tag in stack.get("Tags") or ()}
    planned_tags = settings.get("default_tags", {}).get("tags", {})
    if tags or planned_tags:
        settings["default_tags"] = {"tags": {**planned_tags, **tags}}  # what is there now decides where it is
    if isinstance(stack.get("EnableTerminationProtection"), bool):
        settings["termination_protection"] = stack["EnableTerminationProtection"]
    return (ProviderConfig(key="aws", settings=settings),) if settings else ()


def with_exports(asked: Asked, plan: Plan, stack: Stack | None, new: Known, old: Known | None = None) -> Plan:
    """The plan with the exports that it touches, and the stacks that import them."""
    if stack is None:
        return plan
    changes: list[Change] = []
    undecided: list[Undecided] = []
    for export in cfn_exports.touched(stack, new, plan, old):
        try:
            importers: list[str] | None = _importers(asked, export.name)
        except Denied:
            importers = None
            missing = "Which stacks import this export may not be read (cloudformation:ListImports)."
            undecided.append(Undecided(UNSEEN, export.address, missing))
        if export.gone or importers:
            changes.append(cfn_exports.change(export, importers))
    return cfn_exports.put(plan, changes)._replace(undecided=(*plan.undecided, *undecided))


def _importers(asked: Asked, name: str) -> list[str]:
    try:
        return [str(found) for found in asked.pages("list_imports", "Imports", ExportName=name)]
    except Unused:
        return []
