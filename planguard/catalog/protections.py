"""Whether protections hold, and whether a change weakens them. Pure; judges nothing.

Providers act on the state as it is when a run begins: to know what would happen to a resource, ask with its values
before the change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from planguard.catalog.entry import Entry, Protection
from planguard.model import MISSING, UNKNOWN, ProviderConfig, Sensitive, Values


class ProtectionState(NamedTuple):
    """One protection of one object, now."""

    protection: Protection
    value: Any
    """What was read, `MISSING`, `UNKNOWN` and `Sensitive` included; the weakest one where there are several."""
    holds: bool | None
    """None where it cannot be known."""

    @property
    def keeps(self) -> bool:
        """Destroying it would leave the object where it is."""
        return self.holds is True and (self.protection.does == "keeps" or _effective(self) in self.protection.keeps)

    @property
    def refuses(self) -> bool:
        """Destroying it would fail."""
        return self.holds is True and self.protection.does == "refuses" and not self.keeps

    @property
    def closes_window(self) -> bool:
        """It leaves no time to undo."""
        return self.holds is False and _effective(self) in self.protection.closes


class Weakening(NamedTuple):
    """A change that leaves a resource with less protection than it has."""

    protection: Protection
    old: Any
    new: Any
    """Values as read; never print one that is `Sensitive`, and quote the others."""
    uncertain: bool = False
    """The new value is only known after apply."""


def states(
    entry: Entry, values: Values | None, providers: tuple[ProviderConfig, ...] = ()
) -> tuple[ProtectionState, ...]:
    """Every protection of the entry, read from `values` (the object before the change) or from the provider's settings.

    Null means what the catalog states as the provider's default. An attribute that is not there at all means the same
    in CloudFormation. In Terraform it means a provider that is older than the attribute, so a default that protects is
    not believed then: the answer is weak when the default is weak, and not known otherwise.
    """
    found = [_state(entry, protection, values, providers) for protection in entry.protections]
    overridden = {state.protection.overrides for state in found if state.holds is False} - {None}
    return tuple(
        state._replace(holds=False) if state.holds and state.protection.attribute in overridden else state
        for state in found
    )


def settled(entry: Entry, found: tuple[ProtectionState, ...]) -> Entry:
    """The entry as its settings make it: where the time to undo is switched off, `window` becomes `no`."""
    if entry.recoverable != "window" or any(s.holds and s.protection.guards_window for s in found):
        return entry
    return entry._replace(recoverable="no") if any(state.closes_window for state in found) else entry


def may_weaken(entry: Entry, changed: Collection[str]) -> bool:
    """Whether one of the attributes that change is part of a protection or a backup; most updates touch none."""
    paths = chain((protection.attribute for protection in entry.protections), entry.backup_attributes)
    return any(_steps(path)[0][0] in changed for path in paths)


def weakened(
    entry: Entry,
    before: Values | None,
    after: Values | None,
    providers_before: tuple[ProviderConfig, ...] = (),
    providers_after: tuple[ProviderConfig, ...] | None = None,
) -> tuple[Weakening, ...]:
    """The protections that hold before and not after, windows that shrink, backups that are cut or switched off."""
    if before is None or after is None:
        return ()
    now = states(entry, before, providers_before)
    then = states(entry, after, providers_before if providers_after is None else providers_after)
    found = [loss for old, new in zip(now, then, strict=True) if (loss := _lost(old, new)) is not None]
    for attribute in entry.backup_attributes:
        loss = _backup_lost(entry, attribute, before, after)
        if loss is not None:
            found.append(loss)
    return tuple(found)


# --- reading ----------------------------------------------------------------------------------------------------------


def read(values: Values | None, attribute: str) -> tuple[Any, ...]:
    """Every value at an attribute path, as the plan has it; `(MISSING,)` where the path leads nowhere."""
    if values is None:
        return (UNKNOWN,)
    return tuple(_walk(values.tree, _steps(attribute))) or (MISSING,)


@cache
def _steps(attribute: str) -> tuple[tuple[str, str], ...]:
    """`spec[*].policy` -> (("spec", "*"), ("policy", "")). A dot inside brackets belongs to the name in there."""
    found: list[tuple[str, str]] = []
    rest = attribute
    while rest:
        name = rest[: min(rest.find(sign) % (len(rest) + 1) for sign in ".[")]
        rest = rest[len(name) :]
        selector = ""
        if rest.startswith("["):
            selector, _, rest = rest[1:].partition("]")
        found.append((name, selector))
        rest = rest.removeprefix(".")
    return tuple(found)


def _walk(node: Any, steps: tuple[tuple[str, str], ...]) -> Iterator[Any]:
    if not steps or node is UNKNOWN or isinstance(node, Sensitive):
        yield node
        return
    if isinstance(node, list):
        # A nested block is a list of one, written with or without [*].
        for item in node:
            yield from _walk(item, steps)
        return
    if not isinstance(node, Mapping):
        return
    (name, selector), rest = steps[0], steps[1:]
    child = node.get(name, MISSING)
    if child is MISSING:
        return
    if selector and selector != "*" and isinstance(child, list):
        key, _, wanted = selector.partition("=")
        child = [item for item in child if not isinstance(item, Mapping) or item.get(key) in (wanted, UNKNOWN)]
    if rest and child is None:
        return
    yield from _walk(child, rest)


def _state(
    entry: Entry, protection: Protection, values: Values | None, providers: tuple[ProviderConfig, ...]
) -> ProtectionState:
    if protection.attribute.startswith("provider:"):
        found = _provider_setting(entry, protection.attribute.removeprefix("provider:"), providers)
        absent_is_default = True
    else:
        found = read(values, protection.attribute)
        absent_is_default = "::" in entry.type
    weakest = ProtectionState(protection, MISSING, None)
    for index, value in enumerate(found):
        state = ProtectionState(protection, value, _holds(protection, value, absent_is_default))
        if index == 0 or _RANK[state.holds] < _RANK[weakest.holds]:
            weakest = state
    return weakest


_RANK: Mapping[bool | None, int] = {False: 0, None: 1, True: 2}


def _provider_setting(entry: Entry, path: str, providers: tuple[ProviderConfig, ...]) -> tuple[Any, ...]:
    """The setting in every configuration of the entry's provider: which one is used, a plan does not always tell."""
    mine = [p for p in providers if p.key.rsplit(":", maxsplit=1)[-1].partition(".")[0] == entry.provider]
    if not mine:
        return (UNKNOWN,)
    return tuple(value for config in mine for value in read(Values.of(config.settings), path))


def _holds(protection: Protection, value: Any, absent_is_default: bool) -> bool | None:
    if isinstance(value, Sensitive):
        value = value.peek()
    if value is UNKNOWN:
        return None
    if value is MISSING or value is None:
        if protection.default is None:
            return False if protection.protective == "<set>" else None
        holds = _matches(protection.default, protection.protective)
        return None if holds and value is MISSING and not absent_is_default else holds
    return _matches(value, protection.protective)


def _matches(value: Any, spec: Any) -> bool:
    if isinstance(spec, tuple):
        return any(_matches(value, one) for one in spec)
    if spec == "<set>":
        return value not in (None, "", [], {}, False)
    if isinstance(spec, str) and spec[:1] in "<>" and isinstance(value, (int, float, str)):
        number, bound = _number(value), _number(spec.lstrip("<>="))
        if number is None or bound is None:
            return False
        return number >= bound if spec.startswith(">=") else number < bound
    if isinstance(spec, bool) or isinstance(value, bool):
        return str(value).lower() == str(spec).lower()
    return bool(value == spec)


def _number(value: Any) -> float | None:
    """14, 14.0, "14" and "1209600s" (in its own unit) as numbers."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value  # an integer may be too large for a float
    if isinstance(value, str) and len(value) < 20:
        digits = value.removesuffix("s")
        if digits.replace(".", "", 1).isdecimal() and digits.isascii():
            return float(digits)
    return None


def _effective(state: ProtectionState) -> Any:
    value = state.value.peek() if isinstance(state.value, Sensitive) else state.value
    return state.protection.default if value is MISSING or value is None else value


# --- comparing --------------------------------------------------------------------------------------------------------


def _lost(old: ProtectionState, new: ProtectionState) -> Weakening | None:
    if old.holds and new.holds is not True:
        return Weakening(old.protection, old.value, new.value, uncertain=new.holds is None)
    if old.protection.does == "window":
        before, after = _number(_effective(old)), _number(_effective(new))
        if before is not None and after is not None and after < before:
            return Weakening(old.protection, old.value, new.value)
    return None


def _backup_lost(entry: Entry, attribute: str, before: Values, after: Values) -> Weakening | None:
    old, new = _plain(read(before, attribute)), _plain(read(after, attribute))
    if old == new:
        return None
    order = entry.backup_order.get(attribute, "")
    protection = Protection(attribute, "<set>", None, "outcome", _BACKUP_EFFECT, does="snapshot")
    shown = (old[0] if len(old) == 1 else list(old), new[0] if len(new) == 1 else list(new))
    if _has_unknown(new):
        return Weakening(protection, *shown, uncertain=True) if _strength(old, order) > 0 else None
    return Weakening(protection, *shown) if _weaker(list(old), list(new), order) else None


_BACKUP_EFFECT = "backups are made or kept by it"


def _plain(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.peek() if isinstance(value, Sensitive) else value for value in values)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_unknown(item) for item in value)
    return any(_has_unknown(item) for item in value.values()) if isinstance(value, Mapping) else value is UNKNOWN


def _strength(value: Any, order: str) -> float:
    """0 for nothing, off and disabled; numbers for themselves; 1 for anything else that is there."""
    if isinstance(value, (list, tuple)):
        return max((_strength(item, order) for item in value), default=0)
    if isinstance(value, Mapping):
        return 1 if value else 0
    if value is None or value is MISSING or value is False or value == "":
        return 0
    if isinstance(value, str) and _is_off(value):
        return 0
    number = _number(value)
    if number is None:
        return 1
    if order == "zero-is-forever" and number == 0:
        return float("inf")
    return 1 / number if order == "lower-is-stronger" and number else number


def _is_off(word: str) -> bool:
    """`DISABLED`, `…_RECOVERY_DISABLED`, `Suspended`; and Cosmos DB's `Periodic`, which only support can restore."""
    return word.lower().rpartition("_")[2] in ("off", "disabled", "disable", "suspended", "none", "periodic")


def _weaker(old: Any, new: Any, order: str, key: str = "") -> bool:
    """Whether anything that makes or keeps backups is less afterwards: fewer blocks, fewer copies or days, on -> off.

    Below the attribute itself (`key`), other values only count when their name says that they do: a schedule may move.
    """
    if isinstance(old, (list, Mapping)) and not isinstance(new, (list, Mapping)):
        return _strength(old, order) > 0
    if isinstance(old, list) and isinstance(new, list):
        if len(new) < len(old):
            return True
        return any(_weaker(a, b, order, key) for a, b in zip(old, new, strict=False))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return any(_weaker(old[name], new.get(name), order, name) for name in sorted(old))
    before, after = _strength(old, order), _strength(new, order)
    if not key or any(word in key.lower() for word in _COUNTS):
        return after < before
    return before > 0 and (new is False or (isinstance(new, str) and _is_off(new)))


_COUNTS = (
    *("retention", "retain", "days", "weeks", "months", "years", "count", "period", "duration", "keep", "backups"),
    *("snapshots", "enable"),
)
