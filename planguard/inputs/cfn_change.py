"""One `ResourceChange` → one `Change`: its action, what becomes of the old object, its values, and who causes it.

Owns what the words of a change set mean. `PolicyAction` is CloudFormation's own word for the outcome and comes first;
without it the policies decide. `Replacement` counts only beside `Modify`: it also stands on objects that are added.
Words that contradict each other, or that are new, become an unknown action, which needs consent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.errors import InputError
from planguard.inputs import cfn_policies, cfn_values
from planguard.inputs.cfn_conditional import never
from planguard.inputs.cfn_details import Details
from planguard.inputs.cfn_forms import Listed
from planguard.inputs.cfn_policies import DELETION, REPLACEMENT, Fate
from planguard.model import UNKNOWN, Action, Change, Edge, Resource, Undecided, Values

STACK = "AWS::CloudFormation::Stack"

_REPLACEMENT = {"True": True, "False": False, "Conditional": None, "Conditionally": None}
_AFTER_REMOVAL = {"Delete": Fate(), "Retain": Fate(kept=True), "Snapshot": Fate(snapshot=True)}
_AFTER_REPLACEMENT = {
    "ReplaceAndDelete": Fate(),
    "ReplaceAndRetain": Fate(kept=True),
    "ReplaceAndSnapshot": Fate(snapshot=True),
}


class Understood(NamedTuple):
    """What became of an element."""

    change: Change
    edges: tuple[Edge, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    drift: str = ""
    """`DELETED` or `MODIFIED`, where somebody changed the object outside."""
    synced: bool = False
    """Only CloudFormation's own record of the object changes (`SyncWithActual`)."""


class _Outcome(NamedTuple):
    action: Action
    fate: Fate = Fate()
    conditional: bool = False
    basis: tuple[str, ...] = ()
    why: str = ""
    """Why the action is not known."""


_CREATED, _UPDATED, _UNTOUCHED = _Outcome(Action.CREATE), _Outcome(Action.UPDATE), _Outcome(Action.NOOP)


def understand(listed: Listed, template: Mapping[str, Any] | None = None) -> Understood:
    """Make a `Change` of an element of `Changes`; `template` is the body of its resource, where the template is given.

    Raises InputError where the element names no resource.
    """
    entry, where = listed.change, listed.where
    resource = _resource(listed)
    details = Details(entry.get("Details"), where)
    outcome = _outcome(entry, details, template)
    action = outcome.action
    physical = entry.get("PhysicalResourceId")
    physical = physical if isinstance(physical, str) and physical else None
    change = Change(
        resource=resource,
        action=action,
        actions=_words(entry),
        create_first=action is Action.REPLACE,
        old_kept=outcome.fate.kept and action is Action.REPLACE,
        snapshot=outcome.fate.snapshot and action.destroys,
        conditional=outcome.conditional,
        before=_before(entry, action, physical),
        after=_after(entry, action, physical, details, template),
        replace_paths=details.replace_paths if action is Action.REPLACE else (),
        importing=(physical or "(known after apply)") if entry.get("Action") == "Import" else None,
        physical_id=physical,
        nested=_nested(entry, resource),
        basis=(*outcome.basis, *details.parameters) if action in (Action.REPLACE, Action.UPDATE) else outcome.basis,
    )
    undecided = _undecided(resource, outcome)
    edges = [Edge(resource.address, cause, via) for cause, via in details.causes if cause != resource.address]
    drift = _word(entry.get("ResourceDriftStatus"))
    return Understood(
        change,
        tuple(edges),
        undecided,
        drift if drift in ("DELETED", "MODIFIED") else "",
        entry.get("Action") == "SyncWithActual",
    )


def _resource(listed: Listed) -> Resource:
    entry, where = listed.change, listed.where
    if listed.kind not in (None, "Resource"):
        raise InputError(
            "This change is not about a resource, and planguard does not know what else it could be about.",
            where=where,
            hint="A newer planguard may know it.",
        )
    name, kind = entry.get("LogicalResourceId"), entry.get("ResourceType")
    if not isinstance(name, str) or not name:
        raise InputError("This change names no resource.", where=f"{where}.LogicalResourceId")
    if not isinstance(kind, str) or not kind:
        raise InputError("This change does not say of which type its resource is.", where=f"{where}.ResourceType")
    return Resource(address=name, type=kind, name=name, provider="aws", config=name)


def _words(entry: Mapping[str, Any]) -> tuple[str, ...]:
    words = [_word(entry[key]) for key in ("Action", "Replacement", "PolicyAction") if key in entry]
    return tuple([word for word in words if word])


def _word(written: Any) -> str | None:
    """A word of the change set; what is no word at all is one that nobody knows."""
    if written is None or isinstance(written, str):
        return written
    return str(written) if isinstance(written, bool) else "?"


# --- what happens -----------------------------------------------------------------------------------------------------


def _outcome(entry: Mapping[str, Any], details: Details, template: Mapping[str, Any] | None) -> _Outcome:
    action, policy = _word(entry.get("Action")), _word(entry.get("PolicyAction"))
    if policy is not None and policy not in _AFTER_REMOVAL and policy not in _AFTER_REPLACEMENT:
        return _Outcome(Action.UNKNOWN, why="its PolicyAction is a word that planguard does not know")
    if action == "Remove":
        return _removed(entry, policy, template)
    if action == "Modify":
        return _modified(entry, policy, details, template)
    if policy is not None and action in ("Add", "Import", "SyncWithActual"):
        return _Outcome(Action.UNKNOWN, why="its Action and its PolicyAction contradict each other")
    if action == "Add":
        return _CREATED
    if action in ("Import", "SyncWithActual"):
        return _UNTOUCHED
    if action == "Dynamic":
        return _Outcome(
            Action.UNKNOWN, why="CloudFormation decides only during the update what it does to it (Dynamic)"
        )
    return _Outcome(Action.UNKNOWN, why="its Action is a word that planguard does not know, or missing")


def _removed(entry: Mapping[str, Any], policy: str | None, template: Mapping[str, Any] | None) -> _Outcome:
    if policy in _AFTER_REPLACEMENT:
        return _Outcome(Action.UNKNOWN, why="its Action and its PolicyAction contradict each other")
    basis: tuple[str, ...] = ()
    if policy is None:
        body = cfn_values.context(entry.get("BeforeContext"))
        fate, basis = _by_deletion_policy(entry, body)
    else:
        fate = _AFTER_REMOVAL[policy]
    return _Outcome(Action.FORGET if fate.kept else Action.DELETE, fate, basis=basis)


def _by_deletion_policy(entry: Mapping[str, Any], body: Mapping[str, Any] | None) -> tuple[Fate, tuple[str, ...]]:
    """Of an old response, which lacks PolicyAction: the policy as deployed. What nobody shows protects nothing."""
    if body is None:
        return Fate(), ("The change set does not show its DeletionPolicy; deletion is assumed.",)
    properties = body.get("Properties")
    stated = body.get(DELETION)
    policy = cfn_policies.deletion(
        str(entry.get("ResourceType")), stated, properties if isinstance(properties, dict) else {}
    )
    return cfn_policies.fate(policy), cfn_policies.said(str(entry.get("ResourceType")), DELETION, policy, stated)


def _modified(
    entry: Mapping[str, Any], policy: str | None, details: Details, template: Mapping[str, Any] | None
) -> _Outcome:
    if policy in _AFTER_REMOVAL:
        return _Outcome(Action.UNKNOWN, why="its Action and its PolicyAction contradict each other")
    word = _word(entry.get("Replacement"))
    if word is not None and word not in _REPLACEMENT:
        return _Outcome(Action.UNKNOWN, why="its Replacement is a word that planguard does not know")
    # True and False are certain, None is "perhaps"; where the word is missing, the details may say it.
    known = word is not None or details.recreation is not None
    replaces = _REPLACEMENT[word] if word is not None else details.replaces
    if not known and policy is None:
        return _Outcome(Action.UNKNOWN, why="the change set says neither whether it is replaced nor what changes in it")
    basis: list[str] = []
    if policy is not None and (not known or replaces is False):
        replaces = True
        basis.append("Replacement does not say so, but PolicyAction does.")
    if replaces is False and details.recreation == "Always" and details.certain:
        replaces = None
        basis.append("Replacement says False, but a property changes that cannot change in place.")
    if replaces is False:
        return _UPDATED
    if replaces is None:
        basis.extend(_known_in_place(str(entry.get("ResourceType")), details))
    if policy is not None:
        fate = _AFTER_REPLACEMENT[policy]
    else:
        fate, said = _by_replace_policy(entry, template)
        basis.extend(said)
    return _Outcome(Action.REPLACE, fate, conditional=replaces is None, basis=tuple(basis))


def _known_in_place(type: str, details: Details) -> Iterator[str]:
    """What the change set leaves open and CloudFormation's handlers do not; the former's word counts all the same."""
    names = sorted({str(path[0]) for path in details.replace_paths})
    if names and all(never(type, name) for name in names):
        yield f"Only the change set says perhaps: CloudFormation's own handlers change {', '.join(names)} in place."


def _by_replace_policy(entry: Mapping[str, Any], template: Mapping[str, Any] | None) -> tuple[Fate, tuple[str, ...]]:
    """The policy of the new template: CloudFormation cleans up after it has put that one into force."""
    body = cfn_values.context(entry.get("AfterContext"))
    if body is None or (REPLACEMENT not in body and template is not None):
        body = template
    if body is None:
        return Fate(), ("The change set does not show its UpdateReplacePolicy; deletion is assumed.",)
    stated = body.get(REPLACEMENT)
    policy = cfn_policies.replacement(stated)
    return cfn_policies.fate(policy), cfn_policies.said(str(entry.get("ResourceType")), REPLACEMENT, policy, stated)


# --- what it has ------------------------------------------------------------------------------------------------------


def _before(entry: Mapping[str, Any], action: Action, physical: str | None) -> Values | None:
    return None if action is Action.CREATE else cfn_values.lazy(entry.get("BeforeContext"), physical)


def _after(
    entry: Mapping[str, Any],
    action: Action,
    physical: str | None,
    details: Details,
    template: Mapping[str, Any] | None,
) -> Values | None:
    if action in (Action.DELETE, Action.FORGET):
        return None
    new_id = UNKNOWN if action is Action.REPLACE else physical if action is not Action.CREATE else None
    found = cfn_values.lazy(entry.get("AfterContext"), new_id)
    if found is not None:
        return found
    # Without contexts only the names of what changes are known; that is enough to follow a cause.
    unknowns = details.unknowns
    return Values.of(unknowns) if unknowns else None


def _nested(entry: Mapping[str, Any], resource: Resource) -> str | None:
    if resource.type != STACK:
        return None
    child = entry.get("ChangeSetId")
    return child if isinstance(child, str) else ""


def _undecided(resource: Resource, outcome: _Outcome) -> tuple[Undecided, ...]:
    if outcome.action is not Action.UNKNOWN:
        return ()
    return (Undecided("unknown-action", resource.address, f"Nobody can tell what happens here: {outcome.why}."),)
