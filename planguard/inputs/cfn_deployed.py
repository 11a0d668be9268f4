"""Stacks as they are deployed, compared with templates in files.

Owns how a deployed stack becomes one side of a comparison: its template as it was given, the values of its parameters,
and its nested stacks, which are found by their logical ids. Asks AWS, and never changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from planguard.inputs import template_nested, template_parameters, template_tree
from planguard.inputs.cfn_around import Stack, around, described, with_exports
from planguard.inputs.cfn_asked import UNSEEN, Account, Asked, Denied, Missing, refused, template_of
from planguard.inputs.cfn_diff import STACK
from planguard.inputs.cfn_exports import Known
from planguard.inputs.cfn_stack import parameters
from planguard.inputs.template_diff import Given
from planguard.inputs.template_tree import Nowhere, Placed
from planguard.model import Plan, ProviderConfig, Sensitive, Undecided


def compared(
    stack: str,
    path: str,
    account: Account,
    *,
    workspace: str | None = None,
    stated: Mapping[str, str] | None = None,
) -> tuple[Plan, ...]:
    """What an update of a stack to the template in a file would do, as far as the two templates tell.

    `stated` are the values that the update gives to parameters; the others keep theirs.
    """
    return (update(Asked(account), stack, template_tree.in_folder(path), workspace=workspace, stated=stated),)


def update(
    asked: Asked,
    stack: str,
    new: Placed,
    *,
    workspace: str | None = None,
    stated: Mapping[str, str] | None = None,
    providers: tuple[ProviderConfig, ...] = (),
) -> Plan:
    """The plan that turns a deployed stack into a template; `providers` is what the caller knows of its place.

    Raises `Missing` where there is no such stack, or only change sets that would make it.
    """
    known, undecided = described(asked, stack)
    if known is not None and known.get("StackStatus") == "REVIEW_IN_PROGRESS":
        raise Missing("This stack was never made: it has change sets alone.", where=stack)
    denied: list[str] = []
    deployed = _deployed(asked, stack, denied)
    if deployed is None:
        raise refused("get_template")
    given = _given(known, deployed, new, stated or {})
    plan = template_nested.compare(deployed, new, given=given)
    name = str((known or {}).get("StackName") or stack)  # the caller may have given an ARN
    plan = plan._replace(workspace=workspace or name, providers=providers)
    for call in dict.fromkeys(denied):
        missing = f"A nested stack may not be read ({call})."
        undecided = (*undecided, Undecided(UNSEEN, "", missing))
    plan = plan._replace(undecided=(*plan.undecided, *undecided))
    sides = Known(new.template, given.after), Known(deployed.template, given.before)
    plan = with_exports(asked, plan, known, *sides)
    return around(asked, plan, stack, known)


def _given(stack: Stack | None, old: Placed, new: Placed, stated: Mapping[str, str]) -> Given:
    """The values that the stack has for its parameters: an update keeps them unless somebody says otherwise."""
    found = parameters(stack, set()) if stack is not None else {}
    # What AWS hides stays what it is, and refers to nothing.
    values = {name: template_nested.opaque(name) if isinstance(v, Sensitive) else v for name, v in found.items()}
    template_parameters.check(stated, new.template)
    fresh = {name: value for name, value in stated.items() if value != found.get(name)}
    # A place in SSM that somebody states is not what stands there.
    places = {name: template_nested.opaque(value) for name, value in fresh.items()}
    after = {
        **template_parameters.typed(values, new.template, resolved=True),
        **template_parameters.typed(places, new.template, resolved=True),
        **template_parameters.typed(fresh, new.template),
    }
    return Given(template_parameters.typed(values, old.template, resolved=True), after, all=stack is not None)


# --- what is deployed -------------------------------------------------------------------------------------------------


def _deployed(asked: Asked, stack: str, denied: list[str]) -> Placed | None:
    """A stack's template, and those of its nested stacks when they are asked for; None where it may not be read."""
    try:
        body = asked("get_template", StackName=stack, TemplateStage="Original")
    except Denied:
        denied.append("cloudformation:GetTemplate")
        return None
    shown = f"{stack.rpartition('/')[0].rpartition('/')[2] or stack} in AWS"
    children = _Children(asked, stack, denied)
    return Placed(template_of(body, shown), Nowhere(), stack, shown, children=children)


class _Children:
    """The nested stacks of a deployed stack, by their logical ids. Asks for the list once, when it is needed."""

    def __init__(self, asked: Asked, stack: str, denied: list[str]) -> None:
        self._asked, self._stack, self._denied = asked, stack, denied
        self._known: dict[str, str] | None = None

    def __call__(self, name: str) -> Placed | None:
        if self._known is None:
            self._known = self._listed()
        found = self._known.get(name)
        try:
            return _deployed(self._asked, found, self._denied) if found else None
        except Missing:
            return None  # deleted outside of the stack around it

    def _listed(self) -> dict[str, str]:
        try:
            listed = list(self._asked.pages("list_stack_resources", "StackResourceSummaries", StackName=self._stack))
        except Denied:
            self._denied.append("cloudformation:ListStackResources")
            return {}
        return {
            str(item.get("LogicalResourceId")): str(item["PhysicalResourceId"])
            for item in listed
            if isinstance(item, dict) and item.get("ResourceType") == STACK and item.get("PhysicalResourceId")
        }
