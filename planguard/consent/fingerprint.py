"""The fingerprint of what a plan would destroy: what a human's consent is bound to.

No attribute value goes in (a short secret leaks through its hash), nothing that a re-plan of the same change alters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from planguard.model import Action, Change, Plan

VERSION = "planguard-fingerprint/v1"


def fingerprint(plan: Plan, policy_digest: str) -> str:
    """SHA-256 (hex) over the sorted destructive items, the workspace and the policy's digest; "" where nothing ends."""
    items = sorted(_item(change, plan.secrets) for change in destructive(plan.changes))
    if not items:
        return ""
    text = json.dumps([VERSION, plan.workspace, policy_digest, items], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def destructive(changes: Iterable[Change]) -> list[Change]:
    """The changes that end an object, let go of it, or might."""
    return [change for change in changes if change.action.destroys or change.action in (Action.FORGET, Action.UNKNOWN)]


def _item(change: Change, secrets: frozenset[str]) -> list[object]:
    # An id can be the unmarked copy of a secret.
    known = change.physical_id if change.physical_id not in secrets else None
    return [
        change.resource.address,
        change.deposed or "",
        change.resource.type,
        change.resource.provider,
        list(change.actions),
        [[str(step) for step in path] for path in sorted(change.replace_paths, key=str)],
        change.reason or "",
        known or "",
    ]
