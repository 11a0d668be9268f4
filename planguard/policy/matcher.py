"""The `when` vocabulary, in three-valued logic: true, false, and "cannot know" (None).

    when:                               # a mapping: all of it
      action: [delete, replace]         # a list: any of these
      category: {not: keys}             # operators: is, not, in, glob, at_least, at_most, set
      before.deletion_protection: true  # a path into the attributes; [*] means any element
      any: [{…}, {…}]                   # also all: […] and not: {…}

Facts are looked up by name in whatever the caller provides; attribute paths start with `before.` or `after.`. Anything
compared with a value that is unknown until apply is None, and None wins over true, never over false. What an attribute
holds is compared, never returned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from planguard import nearest
from planguard.errors import ConfigError
from planguard.model import MISSING, UNKNOWN, Sensitive

FACTS = (
    "action", "order", "reason", "type", "provider", "category", "loses", "recoverable", "loss", "container",
    "protects_others", "guessed", "environment", "refused", "deposed", "importing", "moved", "old_kept", "conditional",
    "snapshot", "address", "module", "name", "tier",
)  # fmt: skip
"""Facts of a change that a rule may ask for, beside `before.…` and `after.…`.

`environment` is three-valued: comparing it where nobody knows makes the rule undecided. `tier` is the plain word
(`production`, `other`, `unknown`) for rules that know what to make of the last."""

OPERATORS = ("is", "not", "in", "glob", "at_least", "at_most", "set")


class Facts(Protocol):
    """What a condition is asked of."""

    def fact(self, name: str) -> Any:
        """The fact; a set or tuple where several hold; `UNKNOWN` where nobody can know."""

    def attribute(self, side: str, path: tuple[str, ...]) -> list[Any]:
        """All values at `path` of `before` or `after`: one, none, or several where the path has `[*]`."""


Condition = Callable[[Facts], bool | None]
"""True, False, or None: cannot know."""

_Test = Callable[[Any], bool | None]


def compile_condition(spec: Any, file: str) -> Condition:
    """A condition from its YAML. Raises ConfigError naming the word that is not understood."""
    return joined(compile_parts(spec, file))


def compile_parts(spec: Any, file: str) -> Mapping[str, Condition]:
    """What each key of a condition asks. Raises ConfigError naming the word that is not understood."""
    if not isinstance(spec, Mapping) or not spec:
        raise ConfigError("`when` is a mapping of facts", where=file)
    return {str(key): _part(str(key), value, file) for key, value in spec.items()}


def joined(parts: Mapping[str, Condition]) -> Condition:
    """All of these parts."""
    # The order does not change the answer, only how soon a rule is done: what tells most and costs least comes first.
    return _all([parts[key] for key in sorted(parts, key=_cost)])


def _cost(key: str) -> int:
    """What it takes to look this up: words of the catalog, then attributes, then what rests on many of them.

    `action` is last: by then the engine has looked at it."""
    if key.startswith(("before.", "after.")):
        return 2
    return _COSTS.get(key, 1)


_COSTS = {"type": 0, "category": 0, "provider": 0, "any": 3, "all": 3, "not": 3, "loss": 3, "old_kept": 4, "refused": 4}
_COSTS |= {"snapshot": 4, "tier": 5, "environment": 5, "action": 6}


def of_type(parts: Mapping[str, Condition]) -> Condition | None:
    """The part of a condition that objects of one type and provider all answer alike; None where there is none."""
    return _excerpt(parts, ("type", "provider"))


def of_entry(parts: Mapping[str, Condition]) -> Condition | None:
    """The part that objects with the same traits in the catalog answer alike; None where there is none.

    `loss` does so only where no protection of the single object has a say (`Entry.recoverable` is not `window`).
    """
    return _excerpt(parts, ("category", "loses", "recoverable", "container", "protects_others", "guessed", "loss"))


def _excerpt(parts: Mapping[str, Condition], facts: Iterable[str]) -> Condition | None:
    found = [parts[fact] for fact in facts if fact in parts]
    return _all(found) if found else None


def actions_of(spec: Mapping[str, Any]) -> frozenset[str] | None:
    """The actions that a top-level `action:` of `when` allows; None when it does not restrict them."""
    value = spec.get("action")
    if isinstance(value, str):
        return frozenset([value])
    if isinstance(value, list):
        return frozenset(str(item) for item in value)
    return None


def _part(key: str, value: Any, file: str) -> Condition:
    if key == "all":
        return _all([compile_condition(item, file) for item in _list(key, value, file)])
    if key == "any":
        return _any([compile_condition(item, file) for item in _list(key, value, file)])
    if key == "not":
        return _not(compile_condition(value, file))
    test = _compile_test(value, file)
    side, dot, rest = key.partition(".")
    if side in ("before", "after") and dot:
        return _attribute(side, _path(rest), test)
    if key not in FACTS:
        hint = nearest.hint(key, FACTS, f"Facts: {', '.join(FACTS)}, before.…, after.….")
        raise ConfigError(f"unknown fact `{key}` in `when`", where=file, hint=hint)
    return lambda facts: _over(test, facts.fact(key))


def _attribute(side: str, path: tuple[str, ...], test: _Test) -> Condition:
    def condition(facts: Facts) -> bool | None:
        values = facts.attribute(side, path)
        return _some([_over(test, value) for value in values]) if values else test(MISSING)

    return condition


def _over(test: _Test, value: Any) -> bool | None:
    """A fact that holds several words is true when one of them is."""
    if isinstance(value, (frozenset, tuple)):
        return _some([test(item) for item in value])
    return test(value)


def _path(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"\.|(?=\[\*\])", text) if part)


def _list(key: str, value: Any, file: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ConfigError(f"`{key}` is a list of conditions", where=file)
    return value


def _compile_test(value: Any, file: str) -> _Test:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return _word(frozenset(value), _one_of([_equals(item) for item in value]))
    if isinstance(value, list):
        return _one_of([_compile_test(item, file) for item in value])
    if isinstance(value, str):
        return _word(frozenset([value]), _equals(value))
    if not isinstance(value, Mapping):
        return _equals(value)
    tests = [_operator(str(name), operand, file) for name, operand in value.items()]
    return lambda actual: _every([test(actual) for test in tests])


def _operator(name: str, operand: Any, file: str) -> _Test:
    if name in ("is", "in"):
        return _compile_test(operand, file)
    if name == "not":
        inner = _compile_test(operand, file)
        return lambda actual: _negate(inner(actual))
    if name == "set":
        return lambda actual: None if actual is UNKNOWN else (_is_set(actual) == bool(operand))
    if name == "glob":
        from planguard.globs import matches

        return lambda actual: None if actual is UNKNOWN else matches(str(operand), str(_plain(actual)))
    if name in ("at_least", "at_most"):
        sign = 1 if name == "at_least" else -1
        return lambda actual: _compare(actual, operand, sign)
    hint = nearest.hint(name, OPERATORS, f"Operators: {', '.join(OPERATORS)}.")
    raise ConfigError(f"unknown operator `{name}` in `when`", where=file, hint=hint)


def _word(words: frozenset[str], otherwise: _Test) -> _Test:
    """Whether a value is one of a few words: what nearly every condition asks of nearly every value."""
    return lambda actual: actual in words if actual.__class__ is str else otherwise(actual)


def _equals(expected: Any) -> _Test:
    def test(actual: Any) -> bool | None:
        if actual is UNKNOWN:
            return None
        actual = _plain(actual)
        if isinstance(expected, bool) or isinstance(actual, bool):
            # Providers and CloudFormation write booleans as text now and then.
            return str(actual).lower() == str(expected).lower()
        return bool(actual == expected)

    return test


def _compare(actual: Any, operand: Any, sign: int) -> bool | None:
    if actual is UNKNOWN:
        return None
    try:
        found, limit = _number(_plain(actual)), _number(operand)
    except (TypeError, ValueError):
        return False
    return found >= limit if sign > 0 else found <= limit


def _number(value: Any) -> float:
    # Python compares integers of any size with floats, but cannot turn all of them into floats.
    return value if isinstance(value, int | float) else float(value)


def _plain(value: Any) -> Any:
    return value.peek() if isinstance(value, Sensitive) else value


def _is_set(value: Any) -> bool:
    return value is not MISSING and _plain(value) not in (None, "", [], {})


# --- three-valued logic: False beats None beats True for "all", the other way round for "any" -------------------------


def _all(parts: list[Condition]) -> Condition:
    def condition(facts: Facts) -> bool | None:
        result: bool | None = True
        for part in parts:
            answer = part(facts)
            if answer is False:
                return False
            if answer is None:
                result = None
        return result

    return condition


def _any(parts: list[Condition]) -> Condition:
    return lambda facts: _some([part(facts) for part in parts])


def _not(part: Condition) -> Condition:
    return lambda facts: _negate(part(facts))


def _one_of(tests: list[_Test]) -> _Test:
    return lambda actual: _some([test(actual) for test in tests])


def _some(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def _every(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _negate(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
