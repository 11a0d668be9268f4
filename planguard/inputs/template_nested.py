"""Two templates and those of their nested stacks → one `Plan`: an edited child is seen behind an unchanged TemplateURL.

A child is compared with the values that its parent gives to its parameters; what its outputs become then spreads in the
parent, until nothing changes any more. Owns the way down and up again. A child that cannot be seen is undecided.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from planguard.errors import InputError
from planguard.inputs.cfn_blocks import SAM, Block, default_values, transforms
from planguard.inputs.cfn_join import merged
from planguard.inputs.cfn_resolve import is_expression, section
from planguard.inputs.change_set import UNSEEN
from planguard.inputs.template import Template
from planguard.inputs.template_diff import Comparison, Given, Stack
from planguard.inputs.template_loops import holds_loops, same_but_for_items, unrolled
from planguard.inputs.template_tree import Placed, is_local
from planguard.model import Action, Change, Note, Plan, Undecided

DEEPEST = 8
MOST = 20_000
"""Resources in nested stacks, for one pair of templates: who nests more than that means to keep somebody busy."""

_EMPTY = Template("(nothing)", {"Resources": {}}, {})


class _Child(NamedTuple):
    """What became of one nested stack."""

    plan: Plan | None = None
    outputs: frozenset[str] = frozenset()
    missing: str = ""
    """Why it is undecided."""
    elsewhere: bool = False
    """Its template does not lie in the tree."""


def compare(old: Placed, new: Placed, *, workspace: str | None = None, given: Given | None = None) -> Plan:
    """The plan that turns the old template into the new one, nested stacks and all. `given` are values of parameters,
    where they are known for certain."""
    try:
        return _Walk().pair(old, new, given, 0)[0]._replace(workspace=workspace)
    except RecursionError:
        raise InputError("The templates are nested too deeply to be compared.", where=new.template.name) from None


def whole(placed: Placed, *, made: bool, workspace: str | None = None) -> Plan:
    """The plan that makes everything in a template, or takes all of it away."""
    nothing = placed._replace(template=_EMPTY)
    return compare(*((nothing, placed) if made else (placed, nothing)), workspace=workspace)


class _Walk:
    def __init__(self) -> None:
        self._left = MOST
        self._read: dict[tuple[int, str, str], Placed | None] = {}
        self._known: dict[tuple[int, int, int, str], tuple[Plan, frozenset[str]]] = {}

    def pair(self, old: Placed, new: Placed, given: Given | None, depth: int) -> tuple[Plan, frozenset[str]]:
        """The plan of two templates, and the outputs that change."""
        guessed = _loops_over_defaults(old.template, new.template, given)
        old, new = _without_loops(old, new, given)
        old, new = _without_sam(old, new, given)
        outputs: dict[str, frozenset[str]] = {}
        while True:
            comparison = Comparison(old.template, new.template, given=given, outputs=outputs)
            children = {stack.name: self._child(old, new, stack, depth) for stack in comparison.stacks()}
            wider = {name: outputs.get(name, frozenset()) | child.outputs for name, child in children.items()}
            wider = {name: names for name, names in wider.items() if names}
            if wider == outputs:
                break
            outputs = wider
        touched = frozenset(name for name, child in children.items() if child.plan is not None and _says(child.plan))
        plan = comparison.plan(touched)
        plan = plan._replace(changes=tuple(_constructed(change, old, new) for change in plan.changes))
        for name, child in children.items():
            plan = _put(plan, name, child)
        plan = plan._replace(undecided=(*plan.undecided, *guessed))
        elsewhere = sorted(name for name, child in children.items() if child.elsewhere)
        if elsewhere:
            text = f"Not looked into, because their templates lie elsewhere: {', '.join(elsewhere)}."
            plan = plan._replace(notes=(*plan.notes, Note(text)))
        return plan, comparison.changed_outputs()

    def _child(self, old: Placed, new: Placed, stack: Stack, depth: int) -> _Child:
        before = _place(old, stack.old)
        after = _place(new, stack.new)
        if (stack.old is not None and before is None) or (stack.new is not None and after is None):
            # Somewhere else: when that place, or what is given, changes, the comparison of the parent says so.
            return _Child(elsewhere=stack.old is not None and stack.new is not None and not stack.changed)
        if depth >= DEEPEST or self._left <= 0:
            return _Child(missing="Stacks are nested so deeply, or so often, that planguard does not follow.")
        pair = [self._file(old, before), self._file(new, after)]
        for name, file in zip((before, after), pair, strict=True):
            if name is not None and file is None:
                if stack.old is None or stack.new is None:
                    return _Child()  # the parent already tells that all of it comes, or goes
                first = file is pair[0] and name is before
                return _Child(missing=_absent(old if first else new, name, "as it was" if first else "as it shall be"))
        one = pair[0] or old._replace(template=_EMPTY)
        other = pair[1] or new._replace(template=_EMPTY)
        plan, outputs = self._once(one, other, _given(stack, one.template, other.template), depth + 1)
        if pair[0] is not None and pair[1] is not None and pair[0].same_file(pair[1]):
            missing = (
                f"Both templates name the same file {short(after or '')}, so nobody can see whether it was edited: "
                "compare with --base, or with a copy of the whole folder as it was deployed."
            )
            return _Child(plan, outputs, missing)
        return _Child(plan, outputs)

    def _once(self, old: Placed, new: Placed, given: Given, depth: int) -> tuple[Plan, frozenset[str]]:
        """The same comparison is made only once, however often the outputs around it go round."""
        key = (id(old.template), id(new.template), depth, json.dumps(given, sort_keys=True, default=str))
        if key not in self._known:
            self._known[key] = self.pair(old, new, given, depth)
        plan, outputs = self._known[key]
        # By size, because a few files that name each other many times make a plan of millions.
        self._left -= 1 + len(plan.changes) + len(plan.unchanged) + len(plan.undecided)
        return plan, outputs

    def _file(self, parent: Placed, name: str | None) -> Placed | None:
        if name is None:
            return None
        key = (id(parent.tree), parent.path, name)
        if key not in self._read:
            self._read[key] = parent.beside(name)
        return self._read[key]


def _without_loops(old: Placed, new: Placed, given: Given | None) -> tuple[Placed, Placed]:
    """Both templates with their loops worked out, as far as that can be."""
    known = given if given is not None else Given({}, {}, all=False)
    one = unrolled(old.template, known.before, all_known=known.all)
    other = unrolled(new.template, known.after, all_known=known.all)
    return old._replace(template=one.template), new._replace(template=other.template)


def _loops_over_defaults(old: Template, new: Template, given: Given | None) -> tuple[Undecided, ...]:
    """Loops over a parameter of which only the default is known, where the two templates treat its items otherwise."""
    if not (holds_loops(old) or holds_loops(new)) or same_but_for_items(old, new):
        return ()
    known = given if given is not None else Given({}, {}, all=False)
    sides = (old, known.before), (new, known.after)
    names = sorted({name for side, values in sides for name in unrolled(side, values, all_known=known.all).guessed})
    text = "The loop {name} runs over a parameter of which only the default is known: give its value with --parameter."
    return tuple(Undecided("template-macro", "", text.format(name=short(name))) for name in names)


def _without_sam(old: Placed, new: Placed, given: Given | None) -> tuple[Placed, Placed]:
    """Both templates as SAM's transform makes them; both as they are where it cannot be run on one of them."""
    if SAM not in (*transforms(old.template.body), *transforms(new.template.body)):
        return old, new
    from planguard.inputs.template_sam import expanded

    values = given if given is not None else Given({}, {})
    bodies = [
        expanded(placed.template, {**default_values(placed.template.body), **known})
        for placed, known in ((old, values.before), (new, values.after))
    ]
    if bodies[0] is None or bodies[1] is None:
        return old, new
    return old._replace(template=bodies[0]), new._replace(template=bodies[1])


def _constructed(change: Change, old: Placed, new: Placed) -> Change:
    """The change with the construct of the CDK behind it, and where the app makes that, as far as the files tell."""
    placed = old if change.action in (Action.DELETE, Action.FORGET) else new
    raw = placed.template.body["Resources"].get(change.resource.name)
    path = section(raw, "Metadata").get("aws:cdk:path") if isinstance(raw, dict) else None
    if not isinstance(path, str) or not path:
        return change
    return change._replace(
        basis=(*change.basis, f"CDK construct: {short(path)}."),
        # The resource itself is often made by a library, in the construct around it that the app makes.
        source=placed.traces.get(path.strip("/"))
        or placed.traces.get(path.strip("/").rpartition("/")[0])
        or change.source,
    )


def _put(plan: Plan, name: str, child: _Child) -> Plan:
    if child.plan is not None:
        plan = merged(plan, name, child.plan)
    if child.missing:
        others = tuple(item for item in plan.undecided if (item.rule, item.address) != (UNSEEN, name))
        plan = plan._replace(undecided=(*others, Undecided(UNSEEN, name, child.missing)))
    return plan


def _absent(parent: Placed, name: str, side: str) -> str:
    if parent.children is not None:
        return "Its deployed template may not be read, or is not there, so it cannot be compared."
    return f"Its template {short(name)} is not in the tree {side}, so it cannot be compared."


def _says(plan: Plan) -> bool:
    return bool(plan.changes or plan.undecided)


def _place(parent: Placed, block: Block | None) -> str | None:
    """The file that holds the template of a nested stack, as its parent names it; None where it is no file.

    The CDK and others put an URL into the property, and the file's name beside it. What is deployed is found by its
    logical id.
    """
    if block is None:
        return None
    if parent.children is not None:
        return block.name
    raw = parent.template.body["Resources"].get(block.name)
    meta = section(raw, "Metadata") if isinstance(raw, dict) else {}
    name = meta.get("aws:asset:path")
    if isinstance(name, str) and name and meta.get("aws:asset:property") in (None, "TemplateURL", "Location"):
        return str(name)
    url = block.properties.get("TemplateURL")
    return str(url) if is_local(url) else None


def short(name: str) -> str:
    """A name out of a file, fit to be shown."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:200]


# --- parameters -------------------------------------------------------------------------------------------------------


def _given(stack: Stack, old: Template, new: Template) -> Given:
    """What the parent gives to the parameters of the child, on both sides."""
    before = _values(stack.old, old, {}) if stack.old is not None else {}
    after = _values(stack.new, new, stack.fresh) if stack.new is not None else {}
    return Given(before, after)


def _values(block: Block, child: Template, fresh: Mapping[str, bool]) -> dict[str, Any]:
    written = block.properties.get("Parameters")
    declared = section(child.body, "Parameters")
    found: dict[str, Any] = {}
    for name, value in written.items() if isinstance(written, dict) and not is_expression(written) else ():
        if isinstance(value, dict) or name in fresh:
            found[name] = opaque(value, renewed=name in fresh)
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            found[name] = opaque(value)
        else:
            kind = section(declared, name).get("Type", "String")
            split = isinstance(value, str) and (kind == "CommaDelimitedList" or str(kind).startswith("List<"))
            found[name] = [item.strip() for item in value.split(",")] if split else value
    if is_expression(written):
        for name in declared:
            found[str(name)] = opaque([written, str(name)])
    return found


def opaque(value: Any, *, renewed: bool = False) -> Any:
    """Something that only the parent knows: in the child it refers to nothing, and is the same while written alike."""
    text = json.dumps([value, renewed], sort_keys=True, default=str)
    return {"Fn::ImportValue": f"given by the parent: {sha256(text.encode()).hexdigest()}"}
