"""A plan's JSON, decoded as a whole → the pieces of `sections`, pushed into a `Builder`.

Owns the walk over the decoded document, and the check that whatever decides says one thing only. For plans that fit
well into memory; huge ones are walked piece by piece elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from planguard.errors import InputError
from planguard.inputs import addresses, values
from planguard.inputs.sections import Form, Rest, State
from planguard.inputs.terraform import RIGHTS, Builder
from planguard.inputs.text import Document
from planguard.model import Plan

LISTS = ("resource_changes", "resource_drift", "deferred_changes")
"""The top-level keys that hold changes, in the order in which they are handed over."""


class DictEntry:
    """An element of a list of changes, as a decoded dict. Satisfies `sections.Entry`."""

    __slots__ = (
        "_change",
        "action_reason",
        "actions",
        "address",
        "deposed",
        "importing",
        "index",
        "marked",
        "mode",
        "module_address",
        "name",
        "position",
        "previous_address",
        "provider_name",
        "replace_paths",
        "type",
    )

    def __init__(self, position: int, element: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        get = element.get
        self.position = position
        self.address: Any = get("address")
        self.module_address: Any = get("module_address")
        self.mode: Any = get("mode")
        self.type: Any = get("type")
        self.name: Any = get("name")
        self.index: Any = get("index")
        self.provider_name: Any = get("provider_name")
        self.deposed: Any = get("deposed")
        self.previous_address: Any = get("previous_address")
        self.action_reason: Any = get("action_reason")
        self.actions: Any = change.get("actions")
        self.replace_paths: Any = change.get("replace_paths")
        self.importing: Any = change.get("importing")
        self.marked: bool = values.holds_true(change.get("before_sensitive")) or values.holds_true(
            change.get("after_sensitive")
        )
        self._change = change

    @property
    def before(self) -> Form:
        """What `change.before` is."""
        return _form(self._change.get("before"))

    @property
    def after(self) -> Form:
        """What `change.after` is."""
        return _form(self._change.get("after"))

    @property
    def before_id(self) -> Any:
        """`change.before.id`."""
        before = self._change.get("before")
        return before.get("id") if isinstance(before, dict) else None

    def value(self, key: str) -> Any:
        """One of the values or masks, as decoded."""
        return self._change.get(key)


def build(document: Document, *, source: str, digest: str, workspace: str | None = None) -> Plan:
    """Make the plan of a decoded document."""
    top = document.value
    document.demand_single(top, "$")
    builder = Builder(source=source, digest=digest, workspace=workspace)
    for key in LISTS:
        push(document, builder, key)
    secrets: set[str] = set()
    planned_empty = read_planned(top.get("planned_values"), secrets)
    rest = Rest(
        top={key: item for key, item in top.items() if key not in LISTS},
        present=frozenset(key for key, item in top.items() if item is not None),
        state=read_state(top.get("prior_state"), secrets),
        secrets=frozenset(secrets),
        planned_empty=planned_empty,
    )
    return builder.finish(rest)


def read_planned(planned: Any, secrets: set[str]) -> bool:
    """Collect the secrets of `planned_values`; True if it is there and holds no managed object."""
    if planned is None:
        return False
    if not isinstance(planned, dict):
        raise InputError("This should be an object.", where="$.planned_values")
    _outputs(planned.get("outputs"), secrets)
    empty = True
    for resource in resources(planned.get("root_module")):
        empty = empty and resource.get("mode") != "managed"
        _resource_secrets(resource, secrets)
    return empty


def read_state(state: Any, secrets: set[str]) -> State:
    """What `prior_state` tells: who depends on whom, and its secrets."""
    if state is None:
        return State()
    if not isinstance(state, dict):
        raise InputError("This should be an object.", where="$.prior_state")
    content = state.get("values")
    if not isinstance(content, dict):
        return State()
    _outputs(content.get("outputs"), secrets)
    depends_on: dict[str, dict[str, None]] = {}
    managed = False
    for resource in resources(content.get("root_module")):
        _resource_secrets(resource, secrets)
        if resource.get("mode") != "managed":
            continue
        managed = True
        listed = resource.get("depends_on")
        address = resource.get("address")
        if isinstance(listed, list) and isinstance(address, str):
            config = addresses.config_of(address) or address
            depends_on.setdefault(config, {}).update(dict.fromkeys(managed_only(listed)))
    return State(managed=managed, depends_on={config: tuple(found) for config, found in depends_on.items()})


def resources(module: Any) -> Iterator[Mapping[str, Any]]:
    """All resources of a module and of those below it, in the order of the document."""
    pending = [module]
    while pending:
        node = pending.pop()
        if not isinstance(node, dict):
            continue
        listed, children = node.get("resources"), node.get("child_modules")
        yield from (item for item in (listed if isinstance(listed, list) else ()) if isinstance(item, dict))
        pending.extend(reversed(children if isinstance(children, list) else ()))


def managed_only(listed: Iterable[Any]) -> Iterator[str]:
    """Configuration addresses of the managed blocks in `depends_on`: what lies behind a data source is listed too."""
    for text in listed:
        if not isinstance(text, str):
            continue
        if "data." in text:  # a data source, or a module of that name
            parsed = addresses.parse(text)
            if parsed is not None and parsed.mode == "data":
                continue
        yield addresses.config_of(text) or text


def push(document: Document, builder: Builder, key: str, start: int = 0) -> int:
    """Hand one of the lists of changes over, its elements counted from `start`; returns the count behind the last."""
    count = start
    for position, element, where in _elements(document, key, start):
        count = position + 1
        if key == "deferred_changes":
            inner = _demand_object(element.get("resource_change"), f"{where}.resource_change")
            builder.deferred(_entry(document, position, inner, f"{where}.resource_change"), element.get("reason"))
        elif key == "resource_drift":
            builder.drift(_entry(document, position, element, where))
        else:
            entry = _entry(document, position, element, where)
            builder.witness(entry)
            if isinstance(entry.type, str) and entry.type in RIGHTS:
                builder.stands(entry)
            builder.change(entry)
    return count


def _elements(document: Document, key: str, start: int = 0) -> Iterator[tuple[int, Mapping[str, Any], str]]:
    listed = document.value.get(key)
    if listed is None:
        return
    if not isinstance(listed, list):
        raise InputError("This should be a list.", where=f"$.{key}")
    for position, element in enumerate(listed, start):
        where = f"$.{key}[{position}]"
        yield position, _demand_object(element, where), where


def _entry(document: Document, position: int, element: Mapping[str, Any], where: str) -> DictEntry:
    change = _demand_object(element.get("change"), f"{where}.change")
    if document.repeated:
        document.demand_single(element, where)
        document.demand_single(change, f"{where}.change")
    return DictEntry(position, element, change)


def _demand_object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(
            "This should be an object.", where=where, hint="The plan was changed or cut after it was made."
        )
    return value


def _resource_secrets(resource: Mapping[str, Any], secrets: set[str]) -> None:
    mask = resource.get("sensitive_values")
    if mask:
        values.collect(resource.get("values"), mask, secrets)
    elif mask is None and resource.get("values"):
        values.collect(resource["values"], values.guessed_mask(resource["values"]), secrets)


def _outputs(outputs: Any, secrets: set[str]) -> None:
    for output in outputs.values() if isinstance(outputs, dict) else ():
        if isinstance(output, dict) and output.get("sensitive"):
            values.collect_all(output.get("value"), secrets)


def _form(value: Any) -> Form:
    if isinstance(value, dict):
        return "object"
    return "none" if value is None else "other"
