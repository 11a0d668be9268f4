"""What a human's consent is bound to: every single thing that is asked for, and one number over all of them.

No attribute value goes in (a short secret leaks through its hash), nothing that a re-plan of the same change alters.
Each thing has a digest of its own, so that a smaller plan can be recognised as a part of what somebody agreed to, and
a larger one can be told what is new in it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence

from planguard.model import Action, Change, Finding, Item, Plan, Undecided

VERSION = "planguard-fingerprint/v2"
RIGHTS = frozenset(
    (
        "machine-guard-removed",
        "machine-may-destroy",
        "machine-may-escalate",
        "machine-rights-unknown",
        "permissions-boundary-removed",
        "trust-widened",
    )
)
"""Rules about what somebody may do afterwards: that is agreed to on its own, also where the object is replaced."""
LENGTH = 20
"""Hexadecimal digits of a digest: 80 bits, so that nobody can make up a second thing with the same one."""


def items(
    plan: Plan, findings: Iterable[Finding] = (), undecided: Iterable[Undecided] = (), *, hidden: frozenset[str]
) -> tuple[Item, ...]:
    """Everything that ends, might end or is let go of, and what else needs consent, sorted.

    `findings` and `undecided` are those that need it. `hidden` are strings of the plan that no hash may hold: an id
    can be the unmarked copy of a secret.
    """
    ending = destructive(plan.changes)
    found = [_ends(change, plan.workspace, hidden) for change in ending]
    told = {change.resource.address for change in ending}
    found += [
        _item(
            "allow",
            finding.address,
            finding.rule,
            plan.workspace,
            finding.action,
            finding.deposed or "",
            finding.fingerprint,
        )
        for finding in findings
        if finding.address not in told or finding.rule in RIGHTS
    ]
    found += [_item("undecided", open_.address, open_.rule, plan.workspace) for open_ in undecided]
    return tuple(sorted(found))


def of_file(path: str, blob: str) -> Item:
    """A file of the guard itself, as a pull request leaves it."""
    return _item("guard", path, "", None, blob)


def fingerprint(asked: Iterable[Item], policy: str) -> str:
    """SHA-256 (hex) over the digests and the policy's own; "" where nothing is asked for."""
    return of_digests([item.digest for item in asked], policy)


def of_digests(digests: Iterable[str], policy: str) -> str:
    """The same from the digests alone."""
    ordered = sorted(digests)
    return _sha([VERSION, policy, ordered]) if ordered else ""


def beyond(asked: Sequence[Item], agreed: Iterable[str]) -> tuple[Item, ...]:
    """What is asked for and was not agreed to. The same thing twice needs to be agreed to twice."""
    left = Counter(agreed)
    new = []
    for item in asked:
        if left[item.digest] > 0:
            left[item.digest] -= 1
        else:
            new.append(item)
    return tuple(new)


def destructive(changes: Iterable[Change]) -> list[Change]:
    """The changes that end an object, let go of it, or might."""
    return [change for change in changes if change.action.destroys or change.action in (Action.FORGET, Action.UNKNOWN)]


def _ends(change: Change, workspace: str | None, hidden: frozenset[str]) -> Item:
    known = change.physical_id if change.physical_id not in hidden else None
    return _item(
        "end",
        change.resource.address,
        change.action.value,
        workspace,
        change.deposed or "",
        change.resource.type,
        change.resource.provider,
        list(change.actions),
        [[str(step) for step in path] for path in sorted(change.replace_paths, key=str)],
        change.reason or "",
        known or "",
    )


def _item(kind: str, address: str, what: str, workspace: str | None, *more: object) -> Item:
    return Item(kind, address, what, _sha([kind, address, what, workspace, *more])[:LENGTH])


def _sha(data: object) -> str:
    return hashlib.sha256(_written(data).encode()).hexdigest()


_written = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
"""`json.dumps` would make such an encoder for each of thousands of objects."""
