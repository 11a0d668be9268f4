"""Small plans with the answer a careful engineer would give (`tests/fixtures/precision/`): planguard's measure.

Owns the form of the labels and makes whole plan documents of them. Judges nothing: `bench/precision.py` compares.

A case in YAML:

    - id: rds-replaced-create-first
      why: one line: why this is the answer
      source: a link, where the answer rests on a fact about a provider or a cloud
      in: production | dev          a root variable that names the environment (left out: nobody says)
      tags: {Environment: prod}     on every object that is there, in the provider's own form
      changes: [{at: aws_db_instance.main, do: replace, by: [engine], before: {…}, after: {…}}]
      corrected: what the label said before somebody looked again, and why that was wrong
      verdict: block | warn | allow
      flag: {aws_db_instance.main: data-replacement}

`flag` names every address that must be told, and the rule (or rules, any of them) that must tell it: at `high` or
above where the verdict is `block`, at `medium` where it is `warn`. The empty address is the plan. Nothing else may be
that bad.
`before` of a change is laid over the `defaults` of its type, `after` over `before`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).parent / "fixtures" / "precision"
ACTIONS: Mapping[str, list[str]] = {
    "replace": ["delete", "create"],
    "swap": ["create", "delete"],
    "keep": ["create", "forget"],
    "delete": ["delete"],
    "update": ["update"],
    "create": ["create"],
    "forget": ["forget"],
    "no-op": ["no-op"],
}
"""What `do` may say; any other word is written into the plan as it is."""
_CASE = {"id", "why", "source", "in", "tags", "changes", "drift", "deferred", "unchanged", "verdict", "flag", "plan",
         "providers", "variables", "workspace", "corrected"}  # fmt: skip
_CHANGE = {"at", "do", "before", "after", "by", "reason", "from", "import", "deposed", "unknown", "provider", "times"}
_REGISTRIES = {"cloudflare": "cloudflare", "datadog": "datadog", "mongodbatlas": "mongodb", "snowflake": "snowflakedb",
               "github": "integrations", "confluent": "confluentinc", "acme": "acme"}  # fmt: skip


class Case(NamedTuple):
    """One labelled plan."""

    id: str
    theme: str
    """The file that it stands in."""
    why: str
    source: str | None
    verdict: str
    flag: Mapping[str, tuple[str, ...]]
    """Address → the rules of which one must tell it."""
    document: Mapping[str, Any]
    """The plan, as `terraform show -json` would print it."""
    workspace: str | None = None
    corrected: str | None = None
    """What was wrong with an earlier label of this case."""


def cases() -> list[Case]:
    """All labelled cases, by file and in the order of the file."""
    defaults = _read(FOLDER / "defaults.yaml")
    found = []
    for file in sorted(FOLDER.glob("*.yaml")):
        if file.name != "defaults.yaml":
            found += [_case(raw, file.stem, defaults) for raw in _read(file)]
    ids = [case.id for case in found]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise ValueError(f"two cases are called {', '.join(sorted(twice))}")
    return found


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _case(raw: Mapping[str, Any], theme: str, defaults: Mapping[str, Any]) -> Case:
    unknown = raw.keys() - _CASE
    if unknown:
        raise ValueError(f"{raw.get('id')}: no case has {', '.join(sorted(unknown))}")
    return Case(
        id=raw["id"],
        theme=theme,
        why=raw["why"],
        source=raw.get("source"),
        verdict=raw["verdict"],
        flag={at: (rules,) if isinstance(rules, str) else tuple(rules) for at, rules in raw.get("flag", {}).items()},
        document=_document(raw, defaults),
        workspace=raw.get("workspace"),
        corrected=raw.get("corrected"),
    )


def _document(raw: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    variables = {name: {"value": value} for name, value in raw.get("variables", {}).items()}
    if "in" in raw:
        variables["environment"] = {"value": raw["in"]}
    tags = raw.get("tags", {})
    changes = [element for change in raw.get("changes", ()) for element in _elements(change, defaults, tags)]
    changes += [_element({"at": at, "do": "no-op"}, defaults, tags) for at in raw.get("unchanged", ())]
    providers = {
        key: {"name": key.partition(".")[0], "expressions": _expressions(settings)}
        for key, settings in raw.get("providers", {}).items()
    }
    document: dict[str, Any] = {
        "format_version": "1.2",
        "terraform_version": "1.13.3",
        "planned_values": {"root_module": _planned(changes)},
        "resource_changes": changes,
        "configuration": {"provider_config": providers, "root_module": {}},
        "applyable": True,
        "complete": True,
        "errored": False,
    }
    if variables:
        document["variables"] = variables
    if any(change["change"]["before"] is not None for change in changes):
        document["prior_state"] = {"format_version": "1.0", "values": {"root_module": {"resources": _state(changes)}}}
    if raw.get("drift"):
        document["resource_drift"] = [_element(change, defaults, tags) for change in raw["drift"]]
    if raw.get("deferred"):
        document["deferred_changes"] = [
            {"reason": "provider_config_unknown", "resource_change": _element(change, defaults, tags)}
            for change in raw["deferred"]
        ]
    document.update(raw.get("plan", {}))
    return document


def _expressions(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Constants in the form of `configuration.provider_config`: nested blocks are lists, leaves `constant_value`."""
    return {
        name: [_expressions(block) for block in value] if isinstance(value, list) else {"constant_value": value}
        for name, value in settings.items()
    }


def _planned(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """What there will be, as other tools read it. Modules stand one beside the other: no case nests them."""
    modules: dict[str, list[dict[str, Any]]] = {"": []}
    for change in changes:
        if change["change"]["after"] is not None:
            resource = {key: value for key, value in change.items() if key not in _OF_CHANGES}
            module = modules.setdefault(change.get("module_address", ""), [])
            module.append({**resource, "schema_version": 0, "values": change["change"]["after"]})
    children = [{"address": address, "resources": found} for address, found in modules.items() if address]
    return {"resources": modules[""], **({"child_modules": children} if children else {})}


_OF_CHANGES = ("change", "module_address", "action_reason", "previous_address", "deposed")


def _state(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the prior state would list: everything that exists now."""
    keys = ("address", "mode", "type", "name", "provider_name")
    return [
        {**{key: change[key] for key in keys}, "schema_version": 0, "values": {}}
        for change in changes
        if change["change"]["before"] is not None and "deposed" not in change and "module_address" not in change
    ]


def _elements(raw: Mapping[str, Any], defaults: Mapping[str, Any], tags: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The change itself, or `times` instances of it."""
    if "times" not in raw:
        yield _element(raw, defaults, tags)
    for index in range(raw.get("times", 0)):
        yield _element({**raw, "at": f"{raw['at']}[{index}]"}, defaults, tags)


def _element(raw: Mapping[str, Any], defaults: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    unknown = raw.keys() - _CHANGE
    if unknown:
        raise ValueError(f"{raw.get('at')}: no change has {', '.join(sorted(unknown))}")
    module, kind, name, index = _parts(raw["at"])
    provider = raw.get("provider", kind.partition("_")[0])
    base = {"id": f"{name}-0a1b2c", **copy.deepcopy(defaults.get(kind, {}))}
    element = {
        "address": raw["at"],
        "module_address": module or None,
        "mode": "managed",
        "type": kind,
        "name": name,
        "index": index,
        "provider_name": _registry(provider),
        "deposed": raw.get("deposed"),
        "previous_address": raw.get("from"),
        "action_reason": raw.get("reason") or ("replace_because_cannot_update" if raw.get("by") else None),
    }
    given = {key: value for key, value in element.items() if value is not None}
    return {**given, "change": _inner(raw, base, lambda values: _tagged(values, provider, tags))}


def _inner(raw: Mapping[str, Any], base: dict[str, Any], tagged: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The `change` of an element: what there is, what there will be, and what forces it."""
    actions = ACTIONS.get(raw["do"], [raw["do"]])
    before = None if raw["do"] == "create" else tagged({**base, **raw.get("before", {})})
    after = {**(tagged(base) if before is None else before), **raw.get("after", {})}
    unknown = dict.fromkeys([*raw.get("unknown", ()), *(["id"] if "create" in actions else [])], True)
    inner: dict[str, Any] = {
        "actions": actions,
        "before": before,
        "after": None
        if raw["do"] in ("delete", "forget")
        else {key: value for key, value in after.items() if key not in unknown},
        "after_unknown": unknown,
        "before_sensitive": {},
        "after_sensitive": {},
    }
    if raw.get("by"):
        inner["replace_paths"] = [path if isinstance(path, list) else [path] for path in raw["by"]]
    if "import" in raw:
        inner["importing"] = {"id": raw["import"]}
    return inner


def _parts(address: str) -> tuple[str, str, str, str | int | None]:
    """Module address, type, name and key. The addresses of the cases are plain: no dots inside keys."""
    rest, _, key = address.removesuffix("]").rpartition("[") if address.endswith("]") else (address, "", "")
    steps = rest.split(".")
    index = None if not key else key.strip('"') if key.startswith('"') else int(key)
    return ".".join(steps[:-2]), steps[-2], steps[-1], index


def _registry(provider: str) -> str:
    if provider == "terraform":
        return "terraform.io/builtin/terraform"
    return f"registry.terraform.io/{_REGISTRIES.get(provider, 'hashicorp')}/{provider}"


def _tagged(values: dict[str, Any], provider: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """With the case's tags, where and as this provider keeps them."""
    if not tags:
        return values
    if provider == "aws":
        return {**values, "tags": dict(tags), "tags_all": dict(tags)}
    if provider == "google":
        labels = {key.lower(): value.lower() for key, value in tags.items()}
        return {**values, "labels": labels, "effective_labels": dict(labels)}
    if provider == "azurerm":
        return {**values, "tags": dict(tags)}
    return values
