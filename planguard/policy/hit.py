"""What a rule says when it fires: where, and what makes this case special. The engine makes findings of it."""

from __future__ import annotations

from typing import NamedTuple

from planguard.model import Location, Severity
from planguard.policy.scene import Subject


class Hit(NamedTuple):
    """One place where a rule fires, or cannot decide."""

    subject: Subject | None = None
    """None: the whole plan."""
    severity: Severity | None = None
    """In place of the rule's own."""
    message: str | None = None
    """In place of the rule's own."""
    evidence: tuple[str, ...] = ()
    missing: str | None = None
    """The rule cannot decide here, and this is what is missing."""
    remedy: str | None = None
    """The safer way, where the rule knows one that nobody else does."""
    detail: str = ""
    """What tells this case from another of the same rule at the same place; no value of the plan, it is hashed."""
    source: Location | None = None
    """The line that it is about, where that is not the block of the subject."""
