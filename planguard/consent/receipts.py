"""Rehearsals: the shape of a change, receipts that one of this shape was applied elsewhere, and whether one counts.

Owns what a shape is, the form of a receipt and the demand for one. Pure: no clock, no files. A shape holds types,
actions and causes, no names and no values, so that a plan of another environment can have the same one. Receipts stand
in a file like the evidence, each line with the hash of the one before; whoever writes to that file can write a receipt.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from planguard.consent import ledger
from planguard.consent.fingerprint import destructive
from planguard.consent_config import Rehearsal
from planguard.errors import InputError
from planguard.model import MISSING, Action, Change, Plan

CODE = "PG90"
"""A rehearsal is missing."""
KIND = "rehearsal"
SUCCESS, FAILURE = "success", "failure"
_FEW, _MANY = 2, 10
_CLOCKS = timedelta(minutes=10)
"""So far may two machines' clocks differ."""


class Piece(NamedTuple):
    """What happens to objects of one type, for one set of reasons."""

    type: str
    action: str
    """The input's own actions, in its order: `delete,create`."""
    causes: tuple[str, ...]
    """Attributes that force or make the change (the outermost name alone: further in, names may be anybody's), and
    Terraform's own word for the reason."""
    amount: int
    """1: one object, 2: a few (up to nine), 10: many."""

    @property
    def words(self) -> str:
        """`delete,create aws_db_instance (db_name)`."""
        return f"{self.action} {self.type}" + (f" ({', '.join(self.causes)})" if self.causes else "")


Shape = tuple[Piece, ...]
"""Sorted."""


class Receipt(NamedTuple):
    """A change of some shape was applied somewhere."""

    at: datetime
    environment: str
    outcome: str
    """`success`, `failure`."""
    shape: Shape
    tool: str = ""


# --- shapes -----------------------------------------------------------------------------------------------------------


def rehearsed(plan: Plan) -> Shape:
    """The shape of all that a plan changes."""
    return _shape(change for change in plan.changes if change.action not in (Action.NOOP, Action.READ))


def wanted(plan: Plan, addresses: Collection[str]) -> Shape:
    """The shape of what must have been rehearsed: what ends, and what stands at these addresses (they need consent)."""
    ending = destructive(plan.changes)
    known = {id(change) for change in ending}
    others = (change for change in plan.changes if change.resource.address in addresses and id(change) not in known)
    return _shape((*ending, *others))


def digest(shape: Shape) -> str:
    """SHA-256 (hex) of a shape."""
    return hashlib.sha256(json.dumps(shape, separators=(",", ":")).encode()).hexdigest()


def lacking(done: Shape, needed: Shape) -> Shape:
    """The pieces of `needed` that `done` does not cover: of another kind, or on more objects than were tried."""
    most = {piece[:3]: piece.amount for piece in done}
    return tuple(piece for piece in needed if most.get(piece[:3], 0) < piece.amount)


def _shape(changes: Iterable[Change]) -> Shape:
    counts = Counter((change.resource.type, _action(change), _causes(change)) for change in changes)
    return tuple(sorted(Piece(*key, _amount(count)) for key, count in counts.items()))


def _action(change: Change) -> str:
    return ",".join(change.actions) or change.action.value


def _causes(change: Change) -> tuple[str, ...]:
    found = {str(path[0]) for path in change.replace_paths if path}
    if change.action is Action.UPDATE and change.before is not None and change.after is not None:
        before, after = change.before.tree, change.after.tree
        found |= {name for name in {*before, *after} if before.get(name, MISSING) != after.get(name, MISSING)}
    return (*sorted(found), *((change.reason,) if change.reason else ()))


def _amount(count: int) -> int:
    return 1 if count < _FEW else _FEW if count < _MANY else _MANY


# --- receipts ---------------------------------------------------------------------------------------------------------


def entry(receipt: Receipt) -> ledger.Entry:
    """A receipt as the ledger keeps it, without its place in the chain."""
    return {
        "kind": KIND,
        "at": receipt.at.isoformat(timespec="seconds"),
        "environment": receipt.environment,
        "outcome": receipt.outcome,
        "shape": digest(receipt.shape),
        "pieces": [list(piece) for piece in receipt.shape],
        "tool": receipt.tool,
    }


def read(data: bytes, where: str) -> tuple[Receipt, ...]:
    """The receipts of a file, oldest first. Raises InputError where its chain does not hold: then none is believed."""
    broken = ledger.verify(data)
    if broken is not None:
        raise InputError(broken.why, where=where, hint="Restore the file from git: receipts are only ever added.")
    return tuple(_receipt(item, where) for item in ledger.entries(data) if item.get("kind") == KIND)


def _receipt(item: Mapping[str, Any], where: str) -> Receipt:
    try:
        at = datetime.fromisoformat(item["at"])
        pieces = tuple(
            Piece(str(kind), str(action), tuple(map(str, causes)), int(amount))
            for kind, action, causes, amount in item["pieces"]
        )
        if at.tzinfo is None or digest(pieces) != item["shape"]:
            raise ValueError
        return Receipt(at, str(item["environment"]), str(item["outcome"]), pieces, str(item.get("tool", "")))
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"Line {item.get('number')} is no receipt as planguard writes it.",
            where=where,
            hint="Restore the file from git: receipts are only ever added.",
        ) from None


# --- the demand -------------------------------------------------------------------------------------------------------


def missing(
    config: Rehearsal | None, receipts: Iterable[Receipt], needed: Shape, kinds: Iterable[str], now: datetime
) -> str | None:
    """Why a rehearsal is missing, in one sentence; None where none is demanded, or one counts.

    `kinds` are those who made the change (`Kind` values), `needed` is `wanted(…)` of the plan.
    """
    if config is None or not needed or not set(map(str, kinds)) & set(config.acts):
        return None
    near: list[tuple[int, str]] = []
    later: set[str] = set()
    """Environments in which a later rehearsal was looked at already: the last word there counts."""
    for receipt in sorted(receipts, key=lambda item: item.at, reverse=True):
        left = lacking(receipt.shape, needed)
        if not left and receipt.environment in later:
            continue
        why = _why_not(config, receipt, left, needed, now)
        if why is None:
            return None
        near.append(why)
        if not left:
            later.add(receipt.environment)
    if not near:
        return f"This has to be rehearsed first, and {config.path} holds no receipt at all."
    return max(near, key=lambda item: item[0])[1]


def _why_not(config: Rehearsal, receipt: Receipt, left: Shape, needed: Shape, now: datetime) -> tuple[int, str] | None:
    """Why a receipt does not count, with how near it comes; the latest of the nearest is what people are told."""
    day = receipt.at.date().isoformat()
    if left:
        share = len(needed) - len(left)
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        return share, f"This has not been rehearsed: {left[0].words}{more}."
    if receipt.outcome != SUCCESS:
        return len(needed) + 3, f"The rehearsal in {receipt.environment} on {day} failed."
    if receipt.at > now + _CLOCKS:
        return len(needed) + 2, f"The receipt of {day} is from the future, so it does not count."
    if config.environments and receipt.environment not in config.environments:
        only = " or ".join(config.environments)
        return len(needed) + 1, f"This was rehearsed in {receipt.environment}, and only {only} counts."
    if now - receipt.at > timedelta(days=config.days):
        age = (now - receipt.at).days
        return len(needed) + 2, f"The rehearsal in {receipt.environment} is {age} days old; {config.days} are allowed."
    return None
