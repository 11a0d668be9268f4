"""The incidents of catalog.yaml: who they are, and how real terraform makes their plans from our own sources.

A case is a directory under sources/: `before` is what exists, `after` what somebody is about to do, and `both` what
stays as it is. Its plan is kept under plans/, so that judging it needs no terraform. Asserts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fakecloud.terraform import Terraform

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
PLANS = HERE / "plans"
CATALOG = HERE / "catalog.yaml"


class Expected(NamedTuple):
    """One finding that must be there."""

    rule: str
    address: str
    severity: str
    cause: tuple[str, ...] = ()
    """Words that its cause must contain."""
    root: str | None = None
    """Where it must be said to have begun."""
    remedy: tuple[str, ...] = ()
    """Words that the safer way must contain."""


class Case(NamedTuple):
    """One plan of an incident."""

    id: str
    verdict: str
    """`stopped` (a human must consent) or `warned` (it passes, and says what is odd)."""
    expected: tuple[Expected, ...]
    arguments: tuple[str, ...] = ()
    """For `terraform plan`."""
    about: str = ""
    """One sentence, where an incident has several cases."""
    new: bool = False
    """Nothing is applied first: the state is missing."""
    by_hand: bool = False
    """A change set, written after AWS's documentation: no program makes it without AWS."""

    @property
    def plan(self) -> Path:
        """The plan that is kept."""
        return PLANS / f"{self.id}.json"


class Incident(NamedTuple):
    """One incident that somebody wrote about, in our own words."""

    number: int
    title: str
    date: str
    happened: str
    plan: str
    """What a plan shows, or why none could."""
    planguard: str
    """What planguard says, or what it lacks."""
    links: tuple[str, ...]
    kind: str
    """`shown` by a Terraform plan, `change-set` by CloudFormation's, or `no-plan`."""
    cases: tuple[Case, ...] = ()


def load() -> tuple[Incident, ...]:
    """All incidents, by number."""
    import yaml

    return tuple(_incident(entry) for entry in yaml.safe_load(CATALOG.read_text(encoding="utf-8")))


def cases() -> tuple[Case, ...]:
    """All cases, in the order of the incidents."""
    return tuple(case for incident in load() for case in incident.cases)


def made_plan(case: Case, terraform: Terraform) -> dict[str, Any]:
    """The plan as terraform makes it today, without what differs from run to run."""
    if not case.new:
        terraform.apply(_files(case, "before"))
    plan: dict[str, Any] = json.loads(terraform.plan(_files(case, "after"), *case.arguments).json.read_bytes())
    plan["timestamp"] = "2026-01-01T00:00:00Z"
    if "relevant_attributes" in plan:
        plan["relevant_attributes"] = sorted(plan["relevant_attributes"], key=json.dumps)
    return plan


def written(plan: Mapping[str, Any]) -> str:
    """A plan as it is kept: small, and one line for each part, so that a diff says which part differs."""
    parts = (
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for key, value in plan.items()
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _files(case: Case, side: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for part in ("both", side):
        root = SOURCES / case.id / part
        for path in sorted(root.rglob("*.tf")):
            files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return files


def _incident(entry: Mapping[str, Any]) -> Incident:
    given = {**entry, "date": str(entry["date"]), "links": tuple(entry["links"])}
    return Incident(**{**given, "cases": tuple(_case(case) for case in entry.get("cases", ()))})


def _case(entry: Mapping[str, Any]) -> Case:
    expected = tuple(
        Expected(**{**given, "cause": tuple(given.get("cause", ())), "remedy": tuple(given.get("remedy", ()))})
        for given in entry["expected"]
    )
    return Case(**{**entry, "expected": expected, "arguments": tuple(entry.get("arguments", ()))})
