"""A change set together with its template: what each of the two sees that the other does not.

The template shows policies, references, and what stays as it is; its schemas say which properties cannot change in
place. Where the change set and the schema disagree, the worse word counts and both are told: change sets miss
replacements, and announce some that never happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planguard.inputs import cfn_policies, template
from planguard.inputs.cfn_blocks import RIGHTS, Block, Side, default_values, shown, side
from planguard.inputs.cfn_compare import ALWAYS, cost
from planguard.inputs.cfn_diff import dependencies
from planguard.inputs.change_set import TemplateView
from planguard.inputs.template_loops import unrolled
from planguard.inputs.template_parameters import typed
from planguard.model import Action, Change, Edge, Path, Plan, Resource, Values

_AGREE = "The template's schema says so, too."
_ONLY_AWS = "Only the change set says so: by its schema, nothing that changes here needs it."
_ONLY_SCHEMA = "The change set says that it is updated in place, but by its schema {names} cannot change in place."


def view(path: str) -> TemplateView:
    """What the template in a file adds. Raises InputError where it cannot be read."""
    return view_of(template.read(path))


def view_of(read: template.Template) -> TemplateView:
    """What a decoded template adds."""
    return _View(read)


class _View(TemplateView):
    def __init__(self, read: template.Template) -> None:
        self._template = read
        self._raw: Mapping[str, Any] = unrolled(read, {}, all_known=False).template.body["Resources"]

    def body(self, name: str) -> Mapping[str, Any] | None:
        found = self._raw.get(name)
        return found if isinstance(found, dict) else None

    def joined(self, plan: Plan) -> Plan:
        given = typed(_given(plan.variables), self._template, resolved=True)
        body = unrolled(self._template, given, all_known=False).template.body
        known = side(body, {**default_values(body), **given})
        changes = tuple(_checked(change, known) for change in plan.changes)
        touched = {change.resource.address for change in plan.changes}
        still = [block for name, block in known.blocks.items() if name not in touched and block.exists]
        unchanged = {resource.address: resource for resource in plan.unchanged}
        unchanged.update({b.name: Resource(b.name, b.type, b.name, "aws", config=b.name) for b in still})
        ends = {*known.blocks, *touched}
        edges = [Edge(*pair) for pair in dependencies(known.blocks.values()) if pair[1] in ends]
        counts = {**plan.counts, Action.NOOP.value: len(unchanged)} if unchanged else plan.counts
        if changes != plan.changes:
            counts = _recounted(changes, len(unchanged))
        return plan._replace(
            changes=changes,
            unchanged=tuple(unchanged.values()),
            standing=tuple(_stands(block) for block in still if block.type.startswith(RIGHTS)),
            counts=counts,
            edges=tuple(dict.fromkeys([*plan.edges, *edges])),
            complete=True,
            secrets=plan.secrets | known.secrets,
        )


def _stands(block: Block) -> Change:
    values = Values.of(shown(block))
    resource = Resource(block.name, block.type, block.name, "aws", config=block.name)
    return Change(resource, Action.NOOP, before=values, after=values)


def _given(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The stack's own values for its parameters, as far as the change set shows them."""
    return {name: value for name, value in variables.items() if isinstance(value, str | int | float)}


def _recounted(changes: tuple[Change, ...], unchanged: int) -> Mapping[str, int]:
    counts = {Action.NOOP.value: unchanged} if unchanged else {}
    for change in changes:
        counts[change.action.value] = counts.get(change.action.value, 0) + 1
    return counts


def _checked(change: Change, known: Side) -> Change:
    """The change, with the schema's word beside CloudFormation's."""
    block = known.blocks.get(change.resource.address)
    if change.after is None and block is not None and change.action is Action.CREATE:
        return change._replace(after=Values.of(shown(block)))
    if change.action not in (Action.UPDATE, Action.REPLACE) or change.before is None or change.after is None:
        return change
    rules = template.schema(change.resource.type)
    if not rules.known:
        return change
    old, new = change.before.tree, change.after.tree
    forced = [path for path in _changed(change) if cost(rules, path, old, new) == ALWAYS]
    if change.action is Action.REPLACE:
        return change._replace(basis=(*change.basis, _AGREE if forced else _ONLY_AWS))
    if not forced:
        return change
    names = ", ".join(str(path[0]) for path in forced)
    stated = block.policies.get(cfn_policies.REPLACEMENT) if block is not None else None
    fate = cfn_policies.fate(cfn_policies.replacement(stated))
    return change._replace(
        action=Action.REPLACE,
        create_first=True,
        old_kept=fate.kept,
        snapshot=fate.snapshot,
        conditional=True,
        replace_paths=tuple(forced),
        basis=(*change.basis, _ONLY_SCHEMA.format(names=names)),
    )


def _changed(change: Change) -> list[Path]:
    assert change.before is not None
    assert change.after is not None
    old, new = change.before.tree, change.after.tree
    return [(name,) for name in sorted({*old, *new}) if name[:1].isupper() and old.get(name) != new.get(name)]
