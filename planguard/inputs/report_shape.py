"""The form of `planguard/report/v1` as types: what `planguard.inputs.report` takes, field by field, and nothing else.

Owns the form alone; docs/report-v1.schema.json says the same to others, and a test holds both together. Imported only
when there is a report to read.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

SCHEMA = "planguard/report/v1"

_Count = Annotated[int, Meta(ge=0, le=10**12)]
_Hash = Annotated[str, Meta(pattern="^([0-9a-f]{8,128})?$")]
_Commit = Annotated[str, Meta(pattern="^[0-9a-f]{40}([0-9a-f]{24})?$")]
_RuleId = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]*$", max_length=200)]
_Verdict = Literal["pass", "approved", "needs_approval", "blocked"]
_Exit = Literal[0, 10, 11]
_Tier = Literal["production", "other", "unknown"]
_Severity = Literal["critical", "high", "medium", "low", "info"]
_Action = Literal["", "no-op", "read", "create", "update", "replace", "delete", "forget", "unknown"]
_Kind = Literal["end", "allow", "undecided", "guard"]


class Item(Struct, forbid_unknown_fields=True):
    """`items[]`."""

    kind: _Kind
    address: str
    what: str
    digest: _Hash


class Consent(Struct, forbid_unknown_fields=True):
    """`consent`."""

    fingerprint: _Hash
    by: list[str]


class Plan(Struct, forbid_unknown_fields=True):
    """`plan`."""

    source: str
    format: str
    tool: str
    version: str | None
    workspace: str | None
    complete: bool | None
    errored: bool
    counts: dict[str, _Count]


class Evidence(Struct, forbid_unknown_fields=True):
    """`environment.evidence[]`."""

    value: _Tier
    source: str
    text: str
    rank: _Count


class Environment(Struct, forbid_unknown_fields=True):
    """`environment`."""

    value: _Tier
    contradiction: bool
    evidence: list[Evidence]


class Cause(Struct, forbid_unknown_fields=True):
    """`findings[].cause`."""

    text: str
    attributes: list[str]
    root: str | None
    chain: list[str]


class Dependents(Struct, forbid_unknown_fields=True):
    """`findings[].dependents`."""

    direct: _Count
    total: _Count
    destroyed: _Count | None
    updated: _Count | None
    created: _Count | None
    cut_off: _Count | None
    named: list[str]
    categories: dict[str, _Count]


class Location(Struct, forbid_unknown_fields=True):
    """`findings[].source`."""

    file: str
    line: Annotated[int, Meta(ge=1, le=10**12)] | None


class Finding(Struct, forbid_unknown_fields=True):
    """`findings[]`."""

    rule: _RuleId
    severity: _Severity
    address: str
    deposed: str | None
    type: str
    action: _Action
    environment: Environment
    message: str
    lost: str | None
    cause: Cause | None
    remedy: str | None
    evidence: list[str]
    dependents: Dependents
    source: Location | None
    fingerprint: _Hash


class Undecided(Struct, forbid_unknown_fields=True):
    """`undecided[]`."""

    rule: str
    address: str
    missing: str


class Waived(Struct, forbid_unknown_fields=True):
    """`waived[]`."""

    finding: Finding
    reason: str
    by: str
    until: str | None


class RuleFailed(Struct, forbid_unknown_fields=True):
    """`rules_failed[]`."""

    rule: _RuleId
    address: str
    error: str


class Report(Struct, forbid_unknown_fields=True):
    """The document about one plan. What was decided and agreed to is read, and believed by nobody."""

    schema: Literal["planguard/report/v1"]
    verdict: _Verdict
    exit_code: _Exit
    reasons: list[str]
    fingerprint: _Hash
    policy: _Hash
    items: list[Item]
    consent: Consent | None
    commit: _Commit | None
    review: dict[str, Any] | None
    plan: Plan
    environment: Environment
    findings: list[Finding]
    undecided: list[Undecided]
    waived: list[Waived]
    rules_run: list[_RuleId]
    rules_failed: list[RuleFailed]
    notes: list[str]
    version: str


class Several(Struct, forbid_unknown_fields=True):
    """The document about several plans."""

    schema: Literal["planguard/report/v1"]
    verdict: _Verdict
    exit_code: _Exit
    reasons: list[str]
    commit: _Commit | None
    review: dict[str, Any] | None
    runs: Annotated[list[Report], Meta(min_length=1)]
    version: str
