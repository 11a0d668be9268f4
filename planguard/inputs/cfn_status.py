"""Whether a change set can be judged at all, by its status, and what its settings are worth saying.

A change set that failed because nothing changes is a plan with nothing to do; one that failed for any other reason
lists nothing, or half of it, and is no input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planguard.errors import InputError

_NO_CHANGES = (
    "didn't contain changes",
    "did not contain changes",
    "no updates are to be performed",
    "no changes to deploy",
)
"""What StatusReason says when there is nothing to do."""

_WAIT = (
    "Wait until its status is CREATE_COMPLETE (aws cloudformation wait change-set-create-complete), and describe it."
)
_LONGEST = 300


def check_status(top: Mapping[str, Any], *, has_changes: bool) -> None:
    """Raise InputError for a change set that is not finished, or failed for anything but having nothing to do."""
    status, reason = top.get("Status"), top.get("StatusReason")
    if status is None or status == "CREATE_COMPLETE":
        return
    if status == "FAILED":
        if not _nothing_to_do(reason) or has_changes:
            said = _shown(reason)
            raise InputError(
                f"This change set failed, so it does not say what would happen{f': {said}' if said else ''}.",
                where="$.Status",
                hint="Correct what it says, and make it again.",
            )
        return
    if status in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        raise InputError("This change set is not finished yet.", where="$.Status", hint=_WAIT)
    raise InputError(
        "The status of this change set is not one that can be judged.", where="$.Status", hint="Make a new change set."
    )


def notes_of(top: Mapping[str, Any]) -> Iterator[str]:
    """Remarks on the change set as a whole."""
    if top.get("Status") == "FAILED":
        yield "CloudFormation found nothing to change."
    if not top:
        yield "Only the list of changes is given: status, parameters and tags of the stack are not known."
    state = top.get("ExecutionStatus")
    if state in ("OBSOLETE", "EXECUTE_COMPLETE", "EXECUTE_IN_PROGRESS", "EXECUTE_FAILED"):
        yield f"This change set cannot be executed any more ({state}): it is judged as it was made."
    if top.get("DeploymentMode") == "REVERT_DRIFT":
        yield "Drift-aware: what was changed outside of CloudFormation is set back to the template."
    if top.get("OnStackFailure") == "DELETE":
        yield "If the stack cannot be created, CloudFormation deletes it (OnStackFailure)."


def _nothing_to_do(reason: Any) -> bool:
    return isinstance(reason, str) and any(words in reason.lower() for words in _NO_CHANGES)


def _shown(reason: Any) -> str:
    """CloudFormation's own words, on one line."""
    if not isinstance(reason, str):
        return ""
    text = " ".join("".join(char if char.isprintable() else " " for char in reason).split()).rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
