"""Runs the examples of a rule: each is a tiny plan, judged by that rule alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from planguard.config import Config
from planguard.errors import ConfigError
from planguard.model import (
    UNKNOWN,
    Action,
    Change,
    Environment,
    Evidence,
    Plan,
    ProviderConfig,
    Resource,
    Severity,
    Tier,
    Values,
)
from planguard.policy.rule import Example, Rule
from planguard.policy.run import Evaluation, evaluate
from planguard.policy.scene import Scene

CHANGE_KEYS = (
    "address", "type", "action", "environment", "environment_after", "before", "after", "reason", "create_first",
    "old_kept", "snapshot", "conditional", "deposed", "importing", "moved_from", "provider", "replace_paths", "rank",
)  # fmt: skip
PLAN_KEYS = (
    "changes", "unchanged", "drift", "deferred", "errored", "complete", "prior_state", "environment", "existing",
    "providers", "protected", "budget", "tool", "sources",
)  # fmt: skip
UNKNOWN_WORD = "(known after apply)"
"""How an example writes a value that is not known yet."""


class Result(NamedTuple):
    """What an example showed."""

    rule: str
    example: Example
    got: str
    """`flags`, `passes`, `undecided` or `fails`."""
    detail: str
    """Addresses with severities, or what went wrong."""

    @property
    def ok(self) -> bool:
        """Whether it came out as the file says."""
        return self.got == self.example.outcome and not self.detail.startswith("expected")


class _Stated:
    """Environments as the example states them."""

    def __init__(self, plan_tier: Tier) -> None:
        self._plan = _environment(plan_tier, 3)
        self._now: dict[str, Environment] = {}
        self._then: dict[str, Environment] = {}

    def state(self, address: str, now: Environment, then: Environment) -> None:
        self._now[address] = now
        self._then[address] = then

    @property
    def plan(self) -> Environment:
        return self._plan

    def of(self, change: Change) -> Environment:
        return self._now.get(change.resource.address, self._plan)

    def of_after(self, change: Change) -> Environment:
        return self._then.get(change.resource.address, self._plan)

    def of_resource(self, resource: Resource) -> Environment:
        return self._now.get(resource.address, self._plan)


def run(rule: Rule) -> list[Result]:
    """All examples of `rule`. Raises ConfigError where an example itself is malformed."""
    return [_run_one(rule, example) for example in rule.examples]


def _run_one(rule: Rule, example: Example) -> Result:
    evaluation = evaluate(scene_of(example.given, rule.file), [rule])
    got, detail = _outcome(evaluation)
    expected = example.given.get("severity")
    if got == "flags" and expected is not None:
        severities = sorted({finding.severity.value for finding in evaluation.findings})
        if severities != [str(expected)]:
            detail = f"expected severity {expected}, got {', '.join(severities)}"
    at = example.given.get("at")
    if got == "flags" and at is not None:
        addresses = sorted({finding.address for finding in evaluation.findings})
        if addresses != sorted(at if isinstance(at, list) else [at]):
            detail = f"expected {at}, got {', '.join(addresses)}"
    return Result(rule.id, example, got, detail)


def _outcome(evaluation: Evaluation) -> tuple[str, str]:
    if evaluation.failed:
        return "fails", evaluation.failed[0].error
    if evaluation.findings:
        shown = sorted(f"{finding.severity.value} {finding.address or 'the plan'}" for finding in evaluation.findings)
        return "flags", ", ".join(shown)
    if evaluation.undecided:
        return "undecided", ", ".join(sorted(item.address or "the plan" for item in evaluation.undecided))
    return "passes", ""


def scene_of(given: Mapping[str, Any], file: str) -> Scene:
    """The scene that an example describes. Raises ConfigError naming a key that no example has."""
    given = {key: value for key, value in given.items() if key not in ("severity", "at")}
    data: Any = given.get("plan") if "plan" in given else {"changes": [given]}
    if not isinstance(data, Mapping) or ("plan" in given and len(given) > 1):
        raise ConfigError("an example is one change, or `plan:` with `changes`", where=file)
    _known(data, PLAN_KEYS, file)
    environments = _Stated(Tier(data.get("environment", "unknown")))
    changes = tuple(_change(item, index, environments, file) for index, item in enumerate(data.get("changes", ())))
    plan = Plan(
        source="example",
        format="terraform-plan",
        tool=str(data.get("tool", "cloudformation" if any("::" in c.resource.type for c in changes) else "terraform")),
        errored=bool(data.get("errored", False)),
        complete=data.get("complete"),
        has_prior_state=bool(data.get("prior_state", True)),
        changes=changes,
        unchanged=tuple(_resource(item, index) for index, item in enumerate(data.get("unchanged", ()))),
        drift=tuple(_change(item, index, environments, file) for index, item in enumerate(data.get("drift", ()))),
        deferred=tuple(_change(item, index, environments, file) for index, item in enumerate(data.get("deferred", ()))),
        providers=tuple(
            ProviderConfig(key=str(key), settings=settings) for key, settings in (data.get("providers") or {}).items()
        ),
    )
    budget = {Tier(tier): int(number) for tier, number in (data.get("budget") or {}).items()}
    config = Config(protected=tuple(data.get("protected", ())), destroy_budget=budget)
    sources = None
    if "sources" in data:
        from planguard.policy import stated_sources

        sources = stated_sources.of(data["sources"], file)
    return Scene(plan, config, environments, existing=bool(data.get("existing", False)), sources=sources)


def _change(item: Mapping[str, Any], index: int, environments: _Stated, file: str) -> Change:
    _known(item, CHANGE_KEYS, file)
    resource = _resource(item, index)
    action = Action(item["action"])
    if "environment" in item or "environment_after" in item:
        rank = int(item.get("rank", 2))
        now = _environment(Tier(item.get("environment", environments.plan.tier.value)), rank)
        then = _environment(Tier(item["environment_after"]), rank) if "environment_after" in item else now
        environments.state(resource.address, now, then)
    has_before = action not in (Action.CREATE,)
    has_after = action not in (Action.DELETE, Action.FORGET)
    return Change(
        resource=resource,
        action=action,
        actions=(action.value,),
        create_first=bool(item.get("create_first", False)),
        old_kept=bool(item.get("old_kept", False)),
        snapshot=bool(item.get("snapshot", False)),
        conditional=bool(item.get("conditional", False)),
        reason=item.get("reason"),
        before=Values.of(_tree(item.get("before", {}))) if has_before else None,
        after=Values.of(_tree(item.get("after", {}))) if has_after else None,
        replace_paths=tuple(tuple(path) for path in item.get("replace_paths", ())),
        previous_address=item.get("moved_from"),
        importing=item.get("importing"),
        deposed=item.get("deposed"),
    )


def _resource(item: Any, index: int) -> Resource:
    data: Mapping[str, Any] = item if isinstance(item, Mapping) else {"type": str(item)}
    kind = str(data["type"])
    address = str(data.get("address", f"{kind}.example{index or ''}"))
    instance = re.fullmatch(r"(.*)\[(?:([0-9]+)|\"(.*)\")\]", address)
    block = instance[1] if instance else address
    return Resource(
        address=address,
        type=kind,
        name=block.rpartition(".")[2],
        provider=str(data.get("provider", kind.partition("_")[0])),
        key=(int(instance[2]) if instance[2] else instance[3]) if instance else None,
        config=block,
    )


def _tree(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tree(item) for item in value]
    return UNKNOWN if value == UNKNOWN_WORD else value


def _environment(tier: Tier, rank: int) -> Environment:
    if tier is Tier.UNKNOWN:
        return Environment(tier)
    return Environment(tier, (Evidence(tier, "example", tier.value, rank),))


def _known(data: Mapping[str, Any], keys: tuple[str, ...], file: str) -> None:
    for key in data:
        if key not in keys:
            raise ConfigError(f"unknown key `{key}` in an example", where=file, hint=f"Known: {', '.join(keys)}.")


SEVERITIES = tuple(level.value for level in Severity)
"""What `severity:` in an example may say."""
