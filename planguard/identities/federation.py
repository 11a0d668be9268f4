"""Tokens of other issuers that Google's pools and Azure's identities accept: whether the plan lets more of them in.

Owns how these two say which token they mean. AWS says it in the trust policies of roles: see `trust`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from planguard.identities import trust
from planguard.identities.dangers import DISTURBING, SLIGHT, TRUST
from planguard.identities.found import Found
from planguard.identities.objects import texts, values_of
from planguard.model import UNKNOWN, Action, Change, Plan, Values

POOL = "google_iam_workload_identity_pool_provider"
CREDENTIALS = (
    "azurerm_federated_identity_credential",
    "azuread_application_federated_identity_credential",
)
_BLANK = re.compile(r"\s+")

_ASK = "Ask for the one owner, repository and environment that need it."


def opened(plan: Plan) -> Iterator[Found]:
    """The changes that let in tokens that were not accepted before."""
    for change in plan.changes:
        if change.deposed is not None or change.action in (Action.DELETE, Action.FORGET, Action.NOOP):
            continue
        before, after = values_of(change, "before"), values_of(change, "after")
        if after is None:
            continue
        if change.resource.type == POOL:
            yield from _pool(change, before, after)
        elif change.resource.type in CREDENTIALS and before is not None:
            yield from _credential(change, before, after)


def _pool(change: Change, before: Values | None, after: Values) -> Iterator[Found]:
    issuer, old_issuer = _issuer(after), _issuer(before)
    asked, old = _condition(after), _condition(before)
    who = trust.issuer(issuer)
    if asked is None:
        if before is not None and old is not None:
            yield _found(change, SLIGHT, "Which tokens the pool accepts is known only after apply", "")
    elif before is not None and old_issuer != issuer:
        yield _found(change, DISTURBING, f"The pool would accept tokens of another issuer: {who}", "")
    elif before is None:
        if not asked and trust.public_issuer(issuer):
            yield _found(change, DISTURBING, f"The pool would accept every token of {who}", _STRANGERS)
    elif old is not None and not old <= asked:
        if asked:
            yield _found(change, DISTURBING, "The pool would ask something else of its tokens", _asked(after))
        else:
            yield _found(change, DISTURBING, f"The pool would accept every token of {who}", _asked(after))


_STRANGERS = "No condition says which; what then holds strangers back are the bindings alone."


def _issuer(values: Values | None) -> str:
    """The issuer as `trust` knows it: its host, without the scheme."""
    block: Any = values.get("oidc") if values is not None else None
    first = block[0] if isinstance(block, (list, tuple)) and block else block
    uri = first.get("issuer_uri") if isinstance(first, Mapping) else None
    return uri.removeprefix("https://") if isinstance(uri, str) else ""


def _condition(values: Values | None) -> frozenset[str] | None:
    """The parts that must all hold; None where nobody knows them yet."""
    if values is None:
        return frozenset()
    written = values.get("attribute_condition")
    if written is UNKNOWN:
        return None
    text = next(iter(texts(written)), "")
    if "||" in text or "?" in text:
        return frozenset({_BLANK.sub(" ", text).strip()})
    return frozenset(part for one in text.split("&&") if (part := _BLANK.sub(" ", one).strip()))


def _asked(after: Values) -> str:
    what = "There is another attribute_condition" if _condition(after) else "The attribute_condition goes"
    return f"{what}; what then holds others back are the bindings alone."


def _credential(change: Change, before: Values, after: Values) -> Iterator[Found]:
    """Azure compares subjects exactly, so another one is somebody else."""
    old, new = (
        tuple(next(iter(texts(side.get(key))), "") for key in ("issuer", "subject")) for side in (before, after)
    )
    if old == new or (old[0] == new[0] and _narrower(old[1], new[1])):
        return
    who = trust.issuer(new[0].removeprefix("https://"))
    yield _found(change, DISTURBING, f"Another token could become this identity: {who} for `{new[1]}`",
                 f"Until now it was `{old[1]}`.")  # fmt: skip


def _narrower(old: str, new: str) -> bool:
    """Whether a branch, tag or pull request of a repository becomes a protected environment of the same."""
    head, _, rest = new.partition(":environment:")
    return bool(rest) and old.startswith(f"{head}:") and ":environment:" not in old


def _found(change: Change, weight: int, message: str, said: str) -> Found:
    return Found(TRUST, change.resource.address, weight, message, (said,) if said else (), _ASK, message)
