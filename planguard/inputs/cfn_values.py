"""CloudFormation's contexts and property values → `Values`: placeholders become UNKNOWN, telling names Sensitive.

CloudFormation marks nothing as sensitive except NoEcho parameters, which it replaces by asterisks itself; what remains
is judged by its name, as for Terraform's documents without masks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from planguard.inputs import values
from planguard.inputs.cfn_policies import DELETION, REPLACEMENT
from planguard.model import UNKNOWN, Sensitive, Values

KNOWN_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What a change set writes for a value that only the update itself will give."""

HIDDEN = "****"
"""What CloudFormation writes for the value of a parameter with NoEcho."""

ID = "id"
"""Where the physical id stands among the values: no property begins with a small letter."""

_HINTS = (
    "passw", "passphrase", "pwd", "secret", "token", "privatekey", "private_key", "accesskey", "access_key", "apikey",
    "api_key", "accountkey", "account_key", "storage", "masterkey", "master_key", "credential", "connectionstring",
    "connection_string", "kubeconfig",
)  # fmt: skip
"""At least one of these stands in every text that holds a telling name. Looking costs less than decoding."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=4096)
def telling(name: str) -> bool:
    """Whether a property's name says that its value is a secret: `MasterUserPassword`."""
    return values.telling(name) or values.telling(_HUMP.sub("_", name))


def context(written: Any) -> Mapping[str, Any] | None:
    """A context as an object: AWS writes it as a string of JSON, emulators as the object; None where it is neither."""
    if isinstance(written, str):
        import json

        try:
            written = json.loads(written)
        except (ValueError, RecursionError):
            return None  # cut short, or no JSON at all
    return written if isinstance(written, dict) else None


def lazy(written: Any, physical: Any = None) -> Values | None:
    """The values of a context, decoded when they are asked for; None where there is none."""
    if isinstance(written, str):
        text = written.strip()
        if not (text.startswith("{") and text.endswith("}")):
            return None  # cut short
    elif not isinstance(written, dict):
        return None
    return Values(lambda: tree(context(written) or {}, physical))


def tree(resource: Mapping[str, Any], physical: Any = None) -> Mapping[str, Any]:
    """Properties, the two policies where they are stated, and the physical id, as one object."""
    properties = resource.get("Properties")
    found: dict[str, Any] = {}
    for policy in (DELETION, REPLACEMENT):
        if resource.get(policy) is not None:
            found[policy] = clean(resource[policy])
    if isinstance(properties, dict):
        found.update(cleaned_items(properties))
    if physical is not None:
        found[ID] = physical
    return found


def cleaned_items(properties: Mapping[str, Any]) -> dict[str, Any]:
    """`clean` for every property, with secrets behind `Sensitive`."""
    return {
        name: Sensitive(value) if telling(name) and not isinstance(value, bool | None) else clean(value)
        for name, value in properties.items()
    }


def clean(value: Any) -> Any:
    """A value with its placeholders and secrets replaced."""
    kind = value.__class__
    if kind is str:
        return UNKNOWN if KNOWN_LATER in value else value
    if kind is dict:
        return cleaned_items(value)
    if kind is list:
        return [clean(item) for item in value]
    return value


def collect_secrets(contexts: Iterable[Any], into: set[str]) -> None:
    """Add every secret of these contexts, decoding only those that may hold one."""
    for written in contexts:
        if isinstance(written, str):
            if not _hints(written.lower()):
                continue
            written = context(written)
        if isinstance(written, dict):
            _collect(written, into)


def _hints(lowered: str) -> bool:
    for hint in _HINTS:  # noqa: SIM110  # a generator takes twice as long, and this runs for every context
        if hint in lowered:
            return True
    return False


def _collect(node: Any, into: set[str]) -> None:
    if isinstance(node, dict):
        for name, value in node.items():
            if telling(name) and not isinstance(value, bool):
                values.collect_all(value, into)
            else:
                _collect(value, into)
    elif isinstance(node, list):
        for item in node:
            _collect(item, into)
