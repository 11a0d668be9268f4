"""Which exports of a stack an update takes away, or gives another value: from the stack as it is, and its new template.

Pure: who imports them, AWS is asked elsewhere. CloudFormation refuses either while another stack imports the export.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from planguard.inputs.cfn_blocks import Side, default_values, side
from planguard.inputs.cfn_compare import same
from planguard.inputs.cfn_resolve import references, section
from planguard.inputs.template import Template
from planguard.inputs.template_diff import EXPORT
from planguard.model import UNKNOWN, Action, Change, Plan, Resource, Sensitive, Values

LISTED = 5
"""Importing stacks that are named one by one."""


class Export(NamedTuple):
    """An export that an update touches."""

    output: str
    name: str
    gone: bool
    """It goes; else it gets another value."""
    perhaps: bool = False
    why: str = ""
    """A sentence."""

    @property
    def address(self) -> str:
        """As the other inputs call it."""
        return f"Outputs/{self.output}"


class Known(NamedTuple):
    """A template, and the values of its parameters as far as somebody knows them."""

    template: Template
    parameters: Mapping[str, Any]


def touched(stack: Mapping[str, Any], new: Known, plan: Plan, old: Known | None = None) -> list[Export]:
    """The exports of a stack (as DescribeStacks tells it) that a plan for the new template touches."""
    after = _worked_out(stack, new)
    before = _worked_out(stack, old).exports if old is not None else {}
    found = []
    for output, name, value in sorted(_now(stack)):
        one = _one(output, name, value, after, new.template, plan)
        if one is None and name in before and _rewritten(before[name][1], after.exports[name][1]):
            one = Export(output, name, gone=False, perhaps=True, why="Its value comes from something else.")
        if one is not None:
            found.append(one)
    return found


def _rewritten(old: Any, new: Any) -> bool:
    """Whether an expression has changed; a plain value has been compared with the one that is in force."""
    return not isinstance(new, str | int | float) and not same(old, new)


def _worked_out(stack: Mapping[str, Any], known: Known) -> Side:
    body = known.template.body
    return side(body, {**default_values(body), **_pseudo(stack), **_plain(known.parameters)})


def _one(output: str, name: str, value: str, after: Side, new: Template, plan: Plan) -> Export | None:
    kept = after.exports.get(name)
    if kept is None:
        unnamed = [known for known, (key, _) in after.exports.items() if key == output and known.startswith("{")]
        why = "Its name is known only during the update." if unnamed else ""
        return Export(output, name, gone=True, perhaps=bool(unnamed), why=why)
    raw = section(new.body, "Outputs").get(kept[0])
    condition = raw.get("Condition") if isinstance(raw, dict) else None
    if condition is not None and after.resolver.condition(condition) is None:
        return Export(output, name, gone=True, perhaps=True, why="Its condition may not hold any more.")
    return _moved(Export(output, name, gone=False), value, kept[1], plan)


def _moved(export: Export, old: str, new: Any, plan: Plan) -> Export | None:
    """The export with the reason why its value changes; None where nothing says so."""
    if isinstance(new, str | int | float):
        return None if same(old, new) else export._replace(why="Its value is another one.")
    replaced = {c.resource.address: c for c in plan.changes if c.action is Action.REPLACE}
    reasons = []
    for reference in references(new):
        change = replaced.get(reference.target)
        if change is not None:
            sure = reference.attribute is None and not change.conditional
            reasons.append((not sure, f"Its value comes from {reference.target}, which is replaced."))
    if not reasons:
        return None
    perhaps, why = min(reasons)
    return export._replace(perhaps=perhaps, why=why)


def change(export: Export, importers: Sequence[str] | None) -> Change:
    """The export as a change of a made-up type; `importers` is None where nobody may know them."""
    about: dict[str, Any] = {"Name": export.name}
    basis = [export.why] if export.why else []
    if importers is not None:
        about["ImportedBy"] = sorted(importers)
        basis.append(_said(sorted(importers)))
    resource = Resource(export.address, EXPORT, export.output, "aws", config=export.address)
    return Change(
        resource=resource,
        action=Action.DELETE if export.gone else Action.UPDATE,
        actions=("Remove" if export.gone else "Modify",),
        before=Values.of(about),
        after=None if export.gone else Values.of({**about, "Value": UNKNOWN}),
        conditional=export.perhaps,
        basis=tuple(basis),
    )


def put(plan: Plan, changes: Sequence[Change]) -> Plan:
    """The plan with these changes in place of what two templates alone told of the stack's own exports."""
    others = [c for c in plan.changes if c.resource.type != EXPORT or not c.resource.address.startswith("Outputs/")]
    counts = dict(plan.counts)
    for sign, listed in ((-1, plan.changes), (1, [*others, *changes])):
        for item in listed:
            counts[item.action.value] = counts.get(item.action.value, 0) + sign
    kept = {word: number for word, number in counts.items() if number or word in plan.counts}
    return plan._replace(changes=(*others, *changes), counts=kept)


def _said(importers: Sequence[str]) -> str:
    if not importers:
        return "AWS says that no stack imports it."
    rest = len(importers) - LISTED
    return f"Imported by {', '.join(importers[:LISTED])}{f' and {rest} more' if rest > 0 else ''}."


def _now(stack: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(output, export, value) of what the stack exports."""
    for item in stack.get("Outputs") or ():
        if isinstance(item, dict) and isinstance(item.get("ExportName"), str):
            yield str(item.get("OutputKey", "?")), item["ExportName"], str(item.get("OutputValue", ""))


def _pseudo(stack: Mapping[str, Any]) -> dict[str, Any]:
    """What the names of exports are usually made of."""
    fields = str(stack.get("StackId", "")).split(":")
    found = {"AWS::StackName": str(stack.get("StackName", ""))}
    if len(fields) > 5:
        found |= {"AWS::Partition": fields[1], "AWS::Region": fields[3], "AWS::AccountId": fields[4]}
        found["AWS::StackId"] = str(stack["StackId"])
    return found


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if not isinstance(value, Sensitive) and value is not None}
