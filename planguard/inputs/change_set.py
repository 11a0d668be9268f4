"""CloudFormation change sets → `Plan`: what a stack update would do, as DescribeChangeSet tells it.

Owns the response as a whole: its status, the stack around it, nested stacks, notes. `cfn_forms` reads the form of the
file, `cfn_change` a single change. Never imports cfn-lint. Every field may be absent: responses grew over the years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from planguard.errors import InputError
from planguard.inputs import cfn_values
from planguard.inputs.cfn_change import Understood, understand
from planguard.inputs.cfn_forms import ChangeSet
from planguard.inputs.cfn_stack import account, default_tags, parameters, stack_name
from planguard.inputs.cfn_status import check_status, notes_of
from planguard.model import Action, Change, Note, Plan, ProviderConfig, Undecided

FORMAT = "change-set"

UNSEEN = "unseen-nested-stack"
"""What is undecided about a nested stack whose change set is not at hand."""


class TemplateView:
    """What a template adds to a change set. Without one, nothing: this is also the empty view."""

    def body(self, name: str) -> Mapping[str, Any] | None:
        """The body of a resource in the new template."""
        return None

    def joined(self, plan: Plan) -> Plan:
        """The plan with what only the template shows: edges, unchanged resources, and where the two disagree."""
        return plan


def build(
    change_set: ChangeSet,
    *,
    source: str,
    digest: str,
    workspace: str | None = None,
    template: TemplateView | None = None,
) -> Plan:
    """Make the plan of one change set. Raises InputError where it failed, is not finished, or says two things."""
    top = change_set.top
    check_status(top, has_changes=bool(change_set.changes))
    view = template or TemplateView()
    understood = [understand(listed, _body(view, listed.change)) for listed in change_set.changes]
    _check_once(change_set, understood)
    changes = [item.change for item in understood if not _quiet(item.change)]
    secrets: set[str] = set()
    cfn_values.collect_secrets(_contexts(change_set), secrets)
    plan = Plan(
        source=source,
        format=FORMAT,
        tool="cloudformation",
        # A stack is to its template what a workspace is to a configuration: the same logical ids, another environment.
        workspace=workspace or stack_name(top),
        changes=tuple(changes),
        unchanged=tuple(item.change.resource for item in understood if _quiet(item.change)),
        drift=tuple(_drifted(understood)),
        counts=_counts(item.change for item in understood),
        edges=tuple(dict.fromkeys(edge for item in understood for edge in item.edges)),
        has_prior_state=any(change.action is not Action.CREATE for change in changes),
        variables=parameters(top, secrets),
        providers=_provider(top),
        secrets=frozenset(secrets),
        undecided=tuple(_undecided(understood)),
        notes=tuple(map(Note, [*notes_of(top), *_remarks(change_set, understood)])),
        weak=_valueless(changes),
        digest=digest,
        identity=change_set.identity,
    )
    return view.joined(plan)


def _body(view: TemplateView, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    name = entry.get("LogicalResourceId")
    return view.body(name) if isinstance(name, str) else None


def _quiet(change: Change) -> bool:
    return change.action is Action.NOOP and change.importing is None


def _check_once(change_set: ChangeSet, understood: Sequence[Understood]) -> None:
    seen: set[str] = set()
    for listed, item in zip(change_set.changes, understood, strict=True):
        address = item.change.resource.address
        if address in seen:
            raise InputError(
                "Two changes are listed for the same logical id, so the change set says two things.",
                where=listed.where,
                hint="Was a page saved twice?",
            )
        seen.add(address)


def _contexts(change_set: ChangeSet) -> Iterable[Any]:
    for listed in change_set.changes:
        entry = listed.change
        yield entry.get("BeforeContext")
        yield entry.get("AfterContext")
        if "PreviousDeploymentContext" in entry:
            yield entry["PreviousDeploymentContext"]


def _drifted(understood: Iterable[Understood]) -> Iterable[Change]:
    """What somebody deleted outside, so that an `Add` of it is no plain creation."""
    for item in understood:
        if item.drift == "DELETED":
            yield item.change._replace(action=Action.DELETE, actions=("Remove",), after=None, nested=None)


def _counts(changes: Iterable[Change]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.action.value] = counts.get(change.action.value, 0) + 1
    return counts


def _provider(top: Mapping[str, Any]) -> tuple[ProviderConfig, ...]:
    """Account and tags of the stack hold for everything in it, as a provider's settings do."""
    settings: dict[str, Any] = {}
    number = account(top)
    if number:
        settings["allowed_account_ids"] = [number]
    tags = default_tags(top)
    if tags:
        settings["default_tags"] = {"tags": tags}
    return (ProviderConfig(key="aws", settings=settings),) if settings else ()


def _undecided(understood: Iterable[Understood]) -> Iterable[Undecided]:
    for item in understood:
        yield from item.undecided
        change = item.change
        # What is new destroys nothing; what is removed goes with all it holds, and a rule says so.
        if change.nested is not None and change.action in (Action.UPDATE, Action.REPLACE, Action.UNKNOWN):
            yield _unseen(change)


def _unseen(change: Change) -> Undecided:
    """What to say of a nested stack that nobody has looked into."""
    if change.nested:
        missing = "This nested stack has a change set of its own, which is not here: describe it too, and give both."
    else:
        missing = "What changes in this nested stack is not shown: make the change set with --include-nested-stacks."
    return Undecided(UNSEEN, change.resource.address, missing)


def _remarks(change_set: ChangeSet, understood: Sequence[Understood]) -> Iterable[str]:
    hooked = sum(1 for listed in change_set.changes if listed.hooks)
    if hooked:
        yield f"Hooks look at {hooked} of these changes before they happen; they can only refuse."
    drifted = sorted(item.change.resource.address for item in understood if item.drift == "MODIFIED")
    if drifted:
        yield f"Changed outside of CloudFormation since the last deployment: {_listed(drifted)}."
    synced = sorted(item.change.resource.address for item in understood if item.synced)
    if synced:
        yield f"Stays as it is, and is no longer counted as drifted: {_listed(synced)}."
    if _valueless([item.change for item in understood]):
        yield "The change set carries no property values: describe it again with --include-property-values."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _valueless(changes: Iterable[Change]) -> bool:
    """Whether something that exists now changes, and nothing is told of what it is."""
    touched = (Action.UPDATE, Action.REPLACE, Action.DELETE, Action.FORGET, Action.UNKNOWN)
    return any(change.before is None and change.action in touched for change in changes)
