"""Which variable an edited attribute owes its new value to, where that is certain: one edit behind many changes.

A plan shows a variable's new value, never the old one. What makes it certain that the variable changed, and not the
expression around it: the attribute refers to it, its new value holds the variable's value, what is different lies
inside that part, and another attribute elsewhere shows the very same difference. Case and separators are not compared
(`replace(var.env, "-", "_")`). Anything less is told as the attribute's own edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.causes import wording
from planguard.graph import block_of
from planguard.graph.instances import agreement
from planguard.model import UNKNOWN, Action, Argument, Change, Path, Plan, Sensitive, Values

_WITNESSES = 2
"""So many attributes must show the same difference."""
_SHORTEST = 2

_Edit = tuple[str, str]
"""What was taken out and what was put in, without separators and case."""
_Place = tuple[str, str]
"""Block and attribute."""


class Origin(NamedTuple):
    """A variable that changed."""

    name: str
    """`var.env`, `module.environment.var.env`."""
    old: str | None = None
    """The value it had, as text to be pasted; None where that cannot be told or must not be shown."""


def called(name: str) -> str:
    """A variable in words: `var.env of module.environment`."""
    module, dot, local = name.rpartition(".var.")
    return f"var.{local} of {module}" if dot else name


class Origins:
    """Answers for one plan. Costs nothing before the first question."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._found: Mapping[str, tuple[_Edit, Origin]] | None = None

    def of(self, change: Change, path: Path) -> Origin | None:
        """The variable whose change is certain to have changed the attribute at `path`."""
        arguments = self._plan.arguments.get(block_of(change.resource))
        if not arguments:
            return None
        if self._found is None:
            self._found = self._search()
        found = set()
        for argument in _about(arguments, wording.attribute(path)):
            known = self._found.get(argument.name)
            if known is not None and any(_edit(argument, *pair) == known[0] for pair in _pairs(change, path)):
                found.add(known[1])
        return next(iter(found)) if len(found) == 1 else None

    def taken_from(self, change: Change, path: Path) -> str | None:
        """The variable that the attribute takes its value from, and from nothing else."""
        arguments = self._plan.arguments.get(block_of(change.resource), ())
        about = list(_about(arguments, wording.attribute(path)))
        return about[0].name if len(about) == 1 and about[0].alone else None

    def _search(self) -> Mapping[str, tuple[_Edit, Origin]]:
        """Every variable for which enough attributes show one and the same difference."""
        witnesses: dict[str, dict[_Edit, set[_Place]]] = {}
        values: dict[str, set[str]] = {}
        for change in self._plan.changes:
            arguments = self._plan.arguments.get(block_of(change.resource), ())
            if change.action not in (Action.REPLACE, Action.UPDATE) or change.deposed is not None:
                continue
            for argument in arguments:
                for old, new in _pairs(change, tuple(argument.via.split("."))):
                    edit = _edit(argument, old, new)
                    if edit is None:
                        continue
                    place = (block_of(change.resource), argument.via)
                    witnesses.setdefault(argument.name, {}).setdefault(edit, set()).add(place)
                    before = _before(argument, old, new)
                    if before is not None:
                        values.setdefault(argument.name, set()).add(before)
        return {
            name: (edit, Origin(name, next(iter(values[name])) if len(values.get(name, ())) == 1 else None))
            for name, edits in witnesses.items()
            for edit, places in edits.items()
            if len(edits) == 1 and len(places) >= _WITNESSES
        }


def _about(arguments: tuple[Argument, ...], attribute: str) -> Iterator[Argument]:
    for argument in arguments:
        via = argument.via
        if via == attribute or via.startswith(f"{attribute}.") or attribute.startswith(f"{via}."):
            yield argument


def _pairs(change: Change, path: Path) -> Iterator[tuple[Any, Any]]:
    """Old and new value at a path, or of the leaves of a map there; only those that differ and are known."""
    old, new = _value(change.before, path), _value(change.after, path)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _told(old.get(key), new.get(key))
    else:
        yield from _told(old, new)


def _value(values: Values | None, path: Path) -> Any:
    if values is None:
        return None
    found = values.get(*path)
    if isinstance(found, list) and len(found) == 1:
        return found[0]
    return found


def _told(old: Any, new: Any) -> Iterator[tuple[Any, Any]]:
    scalars = (str, int, float)
    if isinstance(old, scalars) and isinstance(new, scalars) and old != new:
        yield old, new


def _edit(argument: Argument, old: Any, new: Any) -> _Edit | None:
    """The difference, if it lies inside the part that the variable gives to the new value."""
    value = argument.value
    if value is UNKNOWN or isinstance(value, Sensitive) or value is None:
        return None
    if not isinstance(value, str) or not isinstance(old, str) or not isinstance(new, str):
        same = type(value) is type(new) and value == new
        return (repr(old), repr(new)) if same else None
    one, other, part = _bare(old), _bare(new), _bare(value)
    if len(part) < _SHORTEST or one == other:
        return None
    start = agreement(one, other)
    rest = min(len(one), len(other)) - start
    end = agreement(one[::-1][:rest], other[::-1][:rest])
    taken, put = one[start : len(one) - end], other[start : len(other) - end]
    at = other.find(part)
    while at >= 0:
        # What was only taken out must have stood inside: at an edge it could have belonged to the text around.
        first, last = (at, at + len(part)) if put else (at + 1, at + len(part) - 1)
        if first <= start and start + len(put) <= last:
            return taken, put
        at = other.find(part, at + 1)
    return None


def _bare(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _before(argument: Argument, old: Any, new: Any) -> str | None:
    """The value that the variable had, from an attribute that holds it as it is."""
    value, name = argument.value, (argument.name.rpartition(".")[2], argument.via)
    if not isinstance(old, str) or not isinstance(new, str) or not isinstance(value, str):
        return wording.safe(name, old)
    lead, found, tail = new.partition(value)
    if not found or not old.startswith(lead) or not old.endswith(tail) or len(old) <= len(lead) + len(tail):
        return None
    shown = wording.safe(name, old[len(lead) : len(old) - len(tail)])
    return shown if shown is not None and "…" not in shown else None
