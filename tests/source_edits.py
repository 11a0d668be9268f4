"""Two sets of sources, judged as `planguard source` judges them, without a command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from planguard import engine
from planguard.catalog.replacement import forced_by
from planguard.config import Config
from planguard.inputs.hcl_files import Kept, gather
from planguard.model import Assessment
from planguard.policy import rulebook
from planguard.sources import Sources
from planguard.sources.configuration import Configuration
from planguard.sources.plan import suggested

TODAY = date(2026, 11, 22)


def sources(before: str | Mapping[str, str], after: str | Mapping[str, str]) -> Sources:
    """Both sides; a text alone is main.tf."""
    sides = [{"main.tf": side} if isinstance(side, str) else side for side in (before, after)]
    trees = [
        gather(Kept(name, {path: text.encode() for path, text in side.items()}), everything=True)
        for name, side in zip(("before", "after"), sides, strict=True)
    ]
    return Sources(Configuration(trees[1]), Configuration(trees[0]))


def judged(before: str | Mapping[str, str], after: str | Mapping[str, str], config: Config | None = None) -> Assessment:
    """What the edit from one to the other is found to do."""
    both = sources(before, after)
    plan = suggested(both, forced_by, name="after")
    return engine.assess(plan, config or Config(), rulebook.shipped(), today=TODAY, path="infra/main.tf", sources=both)


def told(assessment: Assessment) -> set[tuple[str, str, str]]:
    """(severity, rule, address) of every finding from medium up."""
    return {
        (finding.severity.value, finding.rule, finding.address)
        for finding in assessment.findings
        if finding.severity.rank >= 2
    }
