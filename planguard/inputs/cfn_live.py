"""Change sets, read from AWS itself, nested ones and all.

Owns which questions are asked about a change set. Either the whole answer is read or there is none: a page that fails
ends the run. What this identity may not read is undecided. What the answers mean, the modules for files know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from planguard.errors import ExternalError, InputError
from planguard.inputs import cfn_forms, change_set
from planguard.inputs.cfn_around import Stack, around, described, with_exports
from planguard.inputs.cfn_asked import UNSEEN, Account, Asked, Denied, Missing, refused, template_of
from planguard.inputs.cfn_exports import Known
from planguard.inputs.cfn_join import join
from planguard.inputs.json_plans import digest
from planguard.inputs.template import Template
from planguard.inputs.template_view import view_of
from planguard.inputs.text import documents
from planguard.model import Plan, Undecided

_MOST = 500
"""Change sets inside one: CloudFormation allows far fewer."""


def planned(stack: str, name: str, account: Account, *, workspace: str | None = None) -> tuple[Plan, ...]:
    """The plan of a change set, nested ones inside it. Raises PlanguardError where it cannot be read as a whole."""
    asked = Asked(account)
    found = list(_tree(asked, stack, name, workspace))
    joined = join([plan for plan, _ in found])
    return (around(asked, joined[0], stack, found[0][1]), *joined[1:])


_Read = tuple[Plan, Stack | None]
"""A plan, and its stack as far as that may be read."""


def _tree(asked: Asked, stack: str, name: str, workspace: str | None) -> Iterator[_Read]:
    """The plan of a change set and of everything nested in it, the outermost first."""
    waiting: list[dict[str, str]] = [{"StackName": stack, "ChangeSetName": name}]
    seen: set[str] = set()
    while waiting:
        which = waiting.pop()
        if len(seen) >= _MOST:
            raise InputError("The change set holds too many others to be read.", where=stack)
        try:
            plan, around_it = _one(asked, which, workspace if not seen else None)
        except Denied:
            if not seen:
                raise refused("describe_change_set") from None
            continue  # the stack that it stands for is undecided in the plan around it
        seen.add(which["ChangeSetName"])
        yield plan, around_it
        for change in plan.changes:
            if change.nested and change.nested not in seen:
                seen.add(change.nested)
                waiting.append({"ChangeSetName": change.nested})


def _one(asked: Asked, which: Mapping[str, str], workspace: str | None) -> _Read:
    pages = list(_pages(asked, which))
    text = json.dumps(pages, default=str)
    (found,) = cfn_forms.read(documents(text))
    shown = f"{pages[0].get('StackName', '?')}/{pages[0].get('ChangeSetName', '?')}"
    stack, undecided = _stack(asked, which.get("StackName") or pages[0].get("StackId"), nested="StackName" not in which)
    new: Template | None = None
    try:
        new = template_of(asked("get_template", **which, TemplateStage="Processed"), f"{shown} template")
    except Denied:
        missing = "The template of this change set may not be read (cloudformation:GetTemplate)."
        undecided = (*undecided, Undecided(UNSEEN, "", missing))
    view = view_of(new) if new is not None else None
    plan = change_set.build(found, source=shown, digest=digest(text.encode()), workspace=workspace, template=view)
    plan = plan._replace(undecided=(*plan.undecided, *undecided))
    return (with_exports(asked, plan, stack, Known(new, plan.variables)) if new is not None else plan), stack


def _stack(asked: Asked, name: object, *, nested: bool) -> tuple[Stack | None, tuple[Undecided, ...]]:
    """The stack that a change set belongs to."""
    if not isinstance(name, str):
        return None, ()
    try:
        return described(asked, name)
    except Missing:
        if not nested:
            raise
        return None, ()  # one that the update only makes has nothing yet


def _pages(asked: Asked, which: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    used: set[str] = set()
    first: tuple[Any, ...] | None = None
    while True:
        page = asked("describe_change_set", **which, **token, IncludePropertyValues=True)
        page.pop("ResponseMetadata", None)
        if not page.get("ChangeSetId") or not page.get("Status"):
            raise ExternalError("AWS's answer about the change set lacks its parts.", hint="Try again.")
        about = (page.get("ChangeSetId"), page.get("Status"), page.get("CreationTime"))
        if first is not None and about != first:
            raise InputError("The change set changed while it was read.", hint="Run planguard again.")
        first = about
        yield page
        following = page.get("NextToken")
        if not following:
            return
        if following in used:
            raise ExternalError("AWS gives the same page of the change set again and again.")
        used.add(following)
        token = {"NextToken": following}
