"""Values for a template's parameters, as a user states them: `KEY=VALUE`, or a file of them in one of AWS's forms.

Owns these forms, and which parameters there are. A name that no template has is refused: it would be a slip of the pen
that makes a certain answer out of a guess. Values are never shown: some of them are secrets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planguard.errors import InputError, UsageError
from planguard.inputs.cfn_resolve import section
from planguard.inputs.template import Template
from planguard.inputs.template_diff import Given

_SSM = "AWS::SSM::Parameter::Value<"
_FORMS = 'Its forms: {"Name": "value"}, ["Name=value"], {"Parameters": {…}}, or a list of ParameterKey, ParameterValue.'


def stated(pairs: Sequence[str], file: str | None = None) -> dict[str, str]:
    """The values of `KEY=VALUE` words and of a file; the words come first. Raises UsageError and InputError."""
    found = _of_file(file) if file is not None else {}
    for number, pair in enumerate(pairs, start=1):
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"--parameter takes KEY=VALUE, which the {_nth(number)} one is not.")
        found[name.strip()] = value
    return found


def check(values: Mapping[str, str], *templates: Template) -> None:
    """Raise UsageError for a name that none of these templates declares."""
    known = sorted({str(name) for item in templates for name in section(item.body, "Parameters")})
    for name in values:
        if name not in known:
            listed = ", ".join(known[:10]) or "none"
            raise UsageError(f"No template has a parameter called {name}.", hint=f"There are: {listed}.")


def given(values: Mapping[str, str], old: Template, new: Template) -> Given | None:
    """The values for both sides of a comparison: the stack has them now, and keeps them."""
    if not values:
        return None
    check(values, old, new)
    return Given(typed(values, old), typed(values, new), all=False)


def typed(values: Mapping[str, Any], template: Template, *, resolved: bool = False) -> dict[str, Any]:
    """The values that a template takes, lists taken apart as it declares them.

    What is stated for a parameter of SSM names a place, and is left out; what AWS has `resolved` stands in its place.
    """
    found: dict[str, Any] = {}
    for name, raw in section(template.body, "Parameters").items():
        kind = str(raw.get("Type", "String")) if isinstance(raw, dict) else "String"
        if name not in values or (kind.startswith(_SSM) and not resolved):
            continue
        value, inner = values[name], kind.removeprefix(_SSM)
        listed = isinstance(value, str) and inner.startswith(("CommaDelimitedList", "List<"))
        found[str(name)] = [part.strip() for part in value.split(",")] if listed else value
    return found


def _of_file(file: str) -> dict[str, str]:
    import json

    try:
        content = json.loads(Path(file).read_bytes())
    except FileNotFoundError:
        raise InputError("There is no such file.", where=file) from None
    except OSError as error:
        raise InputError(f"It cannot be read ({error.strerror}).", where=file) from None
    except (ValueError, RecursionError):
        raise InputError("This is not JSON.", where=file, hint=_FORMS) from None
    if isinstance(content, dict) and isinstance(content.get("Parameters"), dict | list):
        content = content["Parameters"]
    pairs: list[tuple[Any, Any] | None] = [None]
    if isinstance(content, dict | list):
        pairs = list(content.items()) if isinstance(content, dict) else [_pair(item) for item in content]
    found = {}
    for pair in pairs:
        if pair is None or not isinstance(pair[0], str) or not isinstance(pair[1], str | int | float):
            raise InputError("These are no values of parameters.", where=file, hint=_FORMS)
        found[pair[0]] = str(pair[1]).lower() if isinstance(pair[1], bool) else str(pair[1])
    return found


def _pair(item: Any) -> tuple[Any, Any] | None:
    if isinstance(item, str) and "=" in item:
        name, _, value = item.partition("=")
        return name, value
    if isinstance(item, dict) and "ParameterKey" in item:
        return item["ParameterKey"], item.get("ParameterValue")
    return None


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
