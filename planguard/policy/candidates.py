"""Which rules can fire on a change at all. Leaves none out that might; whether one does fire, its condition says.

A plan has thousands of changes of few types: what they all answer alike is asked of the first one.
"""

from __future__ import annotations

from collections.abc import Iterable

from planguard.policy.matcher import Condition
from planguard.policy.rule import Rule
from planguard.policy.scene import Subject

_Type = tuple[str, str, str]
_Traits = tuple[object, ...]


class Candidates:
    """The rules with a condition, narrowed down for one change after the other."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rule for rule in rules if rule.condition is not None)
        self._of_type: dict[_Type, tuple[Rule, ...]] = {}
        self._of_traits: dict[tuple[_Type, _Traits], tuple[Rule, ...]] = {}

    def of(self, subject: Subject) -> tuple[Rule, ...]:
        """Those that can fire on this change, in their order."""
        resource, action = subject.change.resource, subject.change.action.value
        kind = action, resource.type, resource.provider
        found = self._of_type.get(kind)
        if found is None:
            rules = (rule for rule in self._rules if rule.actions is None or action in rule.actions)
            found = self._of_type[kind] = tuple(rule for rule in rules if _may_hold(rule.of_type, subject))
        return self._with_traits(kind, found, subject) if found else found

    def _with_traits(self, kind: _Type, rules: tuple[Rule, ...], subject: Subject) -> tuple[Rule, ...]:
        try:
            entry = subject.entry
        except Exception:  # each of these rules meets it again, and is reported as broken
            return rules
        if entry.recoverable == "window":
            return rules  # its own protections decide what it loses
        guessed = entry.guessed is not None
        traits = entry.category, entry.loses, entry.recoverable, entry.container, entry.protects_others, guessed
        found = self._of_traits.get((kind, traits))
        if found is None:
            found = tuple(rule for rule in rules if _may_hold(rule.of_entry, subject))
            self._of_traits[kind, traits] = found
        return found


def _may_hold(part: Condition | None, subject: Subject) -> bool:
    """Whether a part of a condition leaves it open, and so does one that breaks: the whole will break as well."""
    try:
        return part is None or part(subject) is not False
    except Exception:  # as above: a rule that breaks must show
        return True
