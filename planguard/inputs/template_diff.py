"""Two CloudFormation templates → `Plan`: what an update from one to the other would do, without asking AWS.

Owns how the findings of `cfn_diff` become changes. The templates alone do not say which values the stack's parameters
have, nor what macros make of them: what rests on such a guess is told as "perhaps", or is undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from planguard.inputs import cfn_policies, template
from planguard.inputs.cfn_blocks import EXTENSIONS, RIGHTS, SAM, Block, default_values, shown, side, transforms
from planguard.inputs.cfn_compare import same
from planguard.inputs.cfn_diff import (
    MODULE,
    STACK,
    Fate,
    dependencies,
    fates,
    keeps_name,
    may_vanish,
    new_value,
    renames,
)
from planguard.inputs.cfn_policies import DELETION, REPLACEMENT
from planguard.inputs.cfn_resolve import is_expression, references, section
from planguard.inputs.cfn_values import telling
from planguard.inputs.change_set import UNSEEN
from planguard.inputs.template import Template
from planguard.model import UNKNOWN, Action, Change, Edge, Location, Note, Plan, Resource, Sensitive, Undecided, Values

FORMAT = "template-diff"
EXPORT = "AWS::CloudFormation::Export"


def build(old: Template, new: Template, *, workspace: str | None = None) -> Plan:
    """The plan that turns one template into another; nested stacks are not looked into."""
    return Comparison(old, new).plan(workspace=workspace)


class Given(NamedTuple):
    """The values of parameters, where somebody knows them: the stack around a nested one, AWS, or the user."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    all: bool = True
    """What is not here has its default, for certain; else the stack may have another value for it."""


class Stack(NamedTuple):
    """A nested stack, on the side of its parent."""

    name: str
    old: Block | None
    new: Block | None
    changed: bool
    """Whether the parent itself changes anything about it."""
    fresh: Mapping[str, bool]
    """Parameters whose value comes from something that is replaced: it becomes another one, however it is written."""


class Comparison:
    """One comparison, worked out.

    `given` is for nested stacks; `outputs` are those of the nested stacks inside that get another value.
    """

    def __init__(
        self,
        old: Template,
        new: Template,
        *,
        given: Given | None = None,
        outputs: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._old_file, self._new_file = old, new
        before, after = default_values(old.body), default_values(new.body)
        if given is not None:
            before, after = {**before, **given.before}, {**after, **given.after}
        self._old, self._new = side(old.body, before), side(new.body, after)
        stated = given.after if given is not None else {}
        kept = after
        if given is None or not given.all:
            kept = {**after, **{name: before[name] for name in after if name in before and name not in stated}}
        sure = self._new if kept == after else side(new.body, kept)
        self._fates = fates(self._old, self._new, sure.blocks, template.schema, outputs or {})
        self._undecided = [*self._macros(), *self._loops(), *self._modules()]
        self._touched: frozenset[str] = frozenset()

    def stacks(self) -> Iterator[Stack]:
        """The nested stacks of both templates that a comparison of their own can tell of."""
        for name in dict.fromkeys([*self._old.blocks, *self._new.blocks]):
            old, new = self._old.blocks.get(name), self._new.blocks.get(name)
            if any(block is not None and block.type != STACK for block in (old, new)):
                continue
            fate = self._fates.get(name, Fate())
            fresh = {str(path[1]): True for path in fate.spread if path[:1] == ("Parameters",) and len(path) > 1}
            yield Stack(name, old, new, any(path[:1] != ("Outputs",) for path in fate.changed), fresh)

    def changed_outputs(self) -> frozenset[str]:
        """The outputs of both templates that get, or may get, another value."""
        found = set()
        old, new = section(self._old_file.body, "Outputs"), section(self._new_file.body, "Outputs")
        for name in {*old} & {*new}:
            values = [s.resolver.value(raw.get("Value") if isinstance(raw, dict) else None)
                      for s, raw in ((self._old, old[name]), (self._new, new[name]))]  # fmt: skip
            moves = (new_value(r, self._fates[r.target]) for r in references(values[1]) if r.target in self._fates)
            if not same(values[0], values[1]) or any(move is not False for move in moves):
                found.add(str(name))
        return frozenset(found)

    def plan(self, touched: frozenset[str] = frozenset(), workspace: str | None = None) -> Plan:
        """The plan. `touched` are the nested stacks in which something changes, or may."""
        self._touched = touched
        changes, unchanged = [], []
        for name in dict.fromkeys([*self._old.blocks, *self._new.blocks]):
            change = self._change(name)
            if change is None:
                unchanged.append(_resource(self._new.blocks[name]))
            else:
                changes.append(change)
        changes.extend(self._exports())
        counts: dict[str, int] = {Action.NOOP.value: len(unchanged)} if unchanged else {}
        for change in changes:
            counts[change.action.value] = counts.get(change.action.value, 0) + 1
        pairs = dependencies({**self._old.blocks, **self._new.blocks}.values())
        return Plan(
            source=self._new_file.name,
            format=FORMAT,
            tool="cloudformation",
            workspace=workspace,
            complete=True,
            changes=tuple(changes),
            unchanged=tuple(unchanged),
            standing=tuple(self._standing(unchanged)),
            counts=counts,
            edges=tuple(Edge(*pair) for pair in pairs if pair[1] in self._old.blocks or pair[1] in self._new.blocks),
            has_prior_state=bool(self._old.blocks),
            variables=_variables(self._old.parameters),
            secrets=self._old.secrets | self._new.secrets,
            undecided=tuple(self._undecided),
            notes=tuple(map(Note, self._notes())),
            digest=_digest(self._old_file, self._new_file),
        )

    def _standing(self, unchanged: list[Resource]) -> Iterator[Change]:
        """What stays and says who may do what."""
        for resource in unchanged:
            if resource.type.startswith(RIGHTS):
                values = Values.of(shown(self._new.blocks[resource.name]))
                yield Change(resource, Action.NOOP, before=values, after=values)

    # --- one resource -------------------------------------------------------------------------------------------------

    def _change(self, name: str) -> Change | None:
        old, new = self._old.blocks.get(name), self._new.blocks.get(name)
        if new is None:
            assert old is not None
            return self._removed(old)
        if old is None:
            return self._made(new, Action.CREATE, ("Add",), after=Values.of(shown(new)))
        if old.type != new.type:
            why = "CloudFormation refuses to give a logical id another type; give the new one another name."
            self._undecided.append(Undecided("unknown-action", name, why))
            return self._made(old, Action.UNKNOWN, ("Modify",), before=Values.of(shown(old)))
        if may_vanish(old, new, (self._old, self._new)):
            basis = (f"It goes if its condition {new.condition} does not hold, which the templates do not tell.",)
            return self._removed(old)._replace(conditional=True, basis=basis)
        return self._kept(old, new, self._fates.get(name, Fate()))

    def _removed(self, old: Block) -> Change:
        stated = old.policies.get(DELETION)
        policy = cfn_policies.deletion(old.type, stated, old.properties)
        fate = cfn_policies.fate(policy)
        basis = cfn_policies.said(old.type, DELETION, policy, stated)
        action = Action.FORGET if fate.kept else Action.DELETE
        change = self._made(old, action, ("Remove", policy), before=Values.of(shown(old)))
        return change._replace(snapshot=fate.snapshot, basis=basis)

    def _kept(self, old: Block, new: Block, fate: Fate) -> Change | None:
        policies = old.policies != new.policies
        if not fate.changed and not policies and new.name not in self._touched:
            return None
        if new.type == STACK and fate.changed:
            self._tell_nested(new)
        before, after = Values.of(shown(old)), Values.of(_afterwards(new, fate))
        if fate.replaced is False:
            return self._made(new, Action.UPDATE, ("Modify",), before=before, after=after)
        stated = new.policies.get(REPLACEMENT)
        policy = cfn_policies.replacement(stated)
        outcome = cfn_policies.fate(policy)
        words = ("Modify", "True" if fate.replaced else "Conditional", f"ReplaceAnd{policy}")
        return self._made(new, Action.REPLACE, words, before=before, after=after)._replace(
            create_first=True,
            old_kept=outcome.kept,
            snapshot=outcome.snapshot,
            conditional=fate.replaced is None,
            replace_paths=fate.forcing,
            basis=tuple(self._basis(old, new, fate, policy, stated)),
        )

    def _basis(self, old: Block, new: Block, fate: Fate, policy: str, stated: Any) -> Iterator[str]:
        yield from cfn_policies.said(new.type, REPLACEMENT, policy, stated)
        yield from fate.guesses
        for path in fate.forcing:
            said = _redirected(old, new, path) if path not in fate.spread else None
            if said:
                yield said
        name = keeps_name(template.schema(new.type), old, new)
        if name is not None:
            yield f"{name} stays the same: CloudFormation cannot make the new one under it, so the update would fail."

    def _made(
        self,
        block: Block,
        action: Action,
        words: tuple[str, ...],
        *,
        before: Values | None = None,
        after: Values | None = None,
    ) -> Change:
        file = self._old_file if action in (Action.DELETE, Action.FORGET) else self._new_file
        line = file.lines.get(block.name)
        return Change(
            resource=_resource(block),
            action=action,
            actions=words,
            before=before,
            after=after,
            source=Location(file.name.replace("\\", "/"), line) if line else None,
        )

    def _tell_nested(self, block: Block) -> None:
        missing = "Its template or its parameters change; what that does inside, a comparison of its own would tell."
        self._undecided.append(Undecided(UNSEEN, block.name, missing))

    # --- the rest -----------------------------------------------------------------------------------------------------

    def _exports(self) -> Iterator[Change]:
        """Exports that go, as changes of a made-up type: other stacks may import them."""
        for name in sorted(self._old.exports.keys() - self._new.exports.keys()):
            output, _ = self._old.exports[name]
            address = f"Outputs/{output}"
            resource = Resource(address=address, type=EXPORT, name=output, provider="aws", config=address)
            yield Change(resource=resource, action=Action.DELETE, actions=("Remove",), before=Values.of({"Name": name}))

    def _macros(self) -> Iterator[Undecided]:
        names = {*transforms(self._old_file.body), *transforms(self._new_file.body)} - {SAM, EXTENSIONS}
        if names:
            listed = ", ".join(sorted(names))
            missing = f"A macro rewrites this template ({listed}), and only AWS can run it: make a change set."
            yield Undecided("template-macro", "", missing)

    def _loops(self) -> Iterator[Undecided]:
        for file in (self._old_file, self._new_file):
            if any(str(name).startswith("Fn::") for name in file.body["Resources"]) or _includes(file.body):
                missing = f"{file.name} makes resources in a loop or by a macro, which is not worked out here."
                yield Undecided("template-macro", "", f"{missing} Make a change set.")
                return

    def _modules(self) -> Iterator[Undecided]:
        for name, fate in self._fates.items():
            if fate.changed and self._new.blocks[name].type.endswith(MODULE):
                missing = "What AWS makes of this module is not in the template: make a change set."
                yield Undecided("template-macro", name, missing)

    def _notes(self) -> Iterator[str]:
        for old, new in renames(self._old, self._new):
            yield (
                f"{old} and {new} have the same body: another logical id makes a new object and deletes the old one. "
                "Keep the logical id (CDK: overrideLogicalId), or move it with a stack refactoring or an import."
            )
        if SAM in transforms(self._new_file.body):
            yield (
                "SAM's own expansion is not run: of each function, API and table only the main resource is compared. "
                "It is where its translator is there (pip install 'planguard-iac[sam]') and accepts the template."
            )
        strange = sorted({block.type for block in self._new.blocks.values() if self._is_strange(block)})
        if strange:
            yield f"No schema says what replaces these types: {', '.join(strange)}."

    def _is_strange(self, block: Block) -> bool:
        changes = block.name in self._fates and self._fates[block.name].changed
        return bool(changes) and not template.schema(block.type).known


def _includes(node: Any) -> bool:
    """Whether a macro is called anywhere inside, as `AWS::Include` mostly is."""
    if isinstance(node, dict):
        return "Fn::Transform" in node or any(map(_includes, node.values()))
    return isinstance(node, list) and any(map(_includes, node))


def _resource(block: Block) -> Resource:
    return Resource(address=block.name, type=block.type, name=block.name, provider="aws", config=block.name)


def _afterwards(block: Block, fate: Fate) -> Mapping[str, Any]:
    """The properties afterwards; what another resource gives a new value is not known yet."""
    tree = shown(block)
    for path in fate.spread:
        name = str(path[0])
        if len(path) == 1 or not isinstance(tree.get(name), dict | list):
            tree[name] = UNKNOWN
    return tree


def _redirected(old: Block, new: Block, path: tuple[str | int, ...]) -> str | None:
    """A sentence for a property that refers to something else than before."""
    before, after = old.properties.get(str(path[0])), new.properties.get(str(path[0]))
    names = [_referred(value) for value in (before, after)]
    if names[0] and names[1] and names[0] != names[1]:
        return f"{path[0]} refers to {names[1]} instead of {names[0]}."
    return None


def _referred(value: Any) -> str | None:
    if not is_expression(value):
        return None
    ((name, argument),) = value.items()
    if name == "Ref" and isinstance(argument, str):
        return argument
    if name == "Fn::GetAtt" and isinstance(argument, list) and all(isinstance(part, str) for part in argument):
        return ".".join(argument)
    return None


def _variables(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: Sensitive(value) if telling(name) and isinstance(value, str) else value
        for name, value in parameters.items()
    }


def _digest(old: Template, new: Template) -> str:
    return sha256(f"{old.digest} {new.digest}".encode()).hexdigest()
