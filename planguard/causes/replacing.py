"""What to do instead of a replacement: go back, ignore the edit, or let it happen without losing more than needed."""

from __future__ import annotations

from collections.abc import Callable

from planguard.causes import hcl, likeness, wording
from planguard.causes.origins import Origin, called
from planguard.causes.routes import onward
from planguard.model import Cause, Change, Path, Sensitive


def replaced(
    change: Change,
    cause: Cause | None,
    loses: frozenset[str],
    program: str,
    origin: Origin | None = None,
    taken_from: Callable[[Path], str | None] = lambda _path: None,
) -> list[str]:
    """The ways round a replacement, most certain first.

    `program` is the tool's command, `origin` the variable that everything began with, `taken_from` tells the variable
    that an attribute takes its value from.
    """
    lines: list[str] = []
    address = hcl.argument(change.resource.address)
    if change.reason == "replace_because_tainted":
        lines.append(f"If the object is healthy, clear the mark and plan again:\n{program} untaint {address}")
    elif change.reason == "replace_by_request":
        lines.append(f"Plan again without -replace={address}.")
    elif change.reason == "replace_by_triggers":
        lines.append("If its replacement is not meant, take the entry out of its replace_triggered_by.")
    if origin is not None:
        what = f"set it to {origin.old} again" if origin.old else "take that change back"
        lines.append(f"It starts with {called(origin.name)}: {what}.")
    elif cause is not None and cause.root is not None and change.reason != "replace_by_triggers":
        lines.append(f"It starts with {cause.root}: undo the change there.")
    elif change.replace_paths:
        lines.append(_reverted(change, taken_from))
    return lines + _order_of_events(change, loses)


def _reverted(change: Change, taken_from: Callable[[Path], str | None]) -> str:
    names = list(dict.fromkeys(wording.attribute(path) for path in change.replace_paths))
    tops = list(dict.fromkeys(hcl.traversal(path) for path in change.replace_paths))
    back = []
    for path in change.replace_paths:
        old = change.before.get(*path) if change.before is not None else None
        new = change.after.get(*path) if change.after is not None else None
        value = None if isinstance(new, Sensitive) else wording.safe(path, old)
        value = None if value and "…" in value else value  # what was cut is of no use to paste
        back.append(f"{wording.attribute(path)} to {value}" if value else wording.attribute(path))
    what = wording.listed(wording.shortened(list(dict.fromkeys(back)), "attributes"))
    text = (
        f"If the object should stay, set {what} again"
        if " to " in what
        else f"If the object should stay, revert {what}"
    )
    variables = {taken_from(path) for path in change.replace_paths}
    name = next(iter(variables)) if len(variables) == 1 else None
    if name is not None:
        text += f" (it comes from {called(name)})"
    if len(names) > 4:
        return f"{text}."
    ignored = hcl.lifecycle(f"ignore_changes = [{', '.join(tops)}]")
    return f"{text}, or add to its block:\n{ignored}"


def _order_of_events(change: Change, loses: frozenset[str]) -> list[str]:
    """What create_before_destroy would and would not do here, and the way to go on when it is meant."""
    if "data" in loses:
        return [onward(change.resource.type, change.create_first)]
    if "availability" in loses and not change.create_first and change.before is not None and change.after is not None:
        old = likeness.Profile(change.resource.type, change.before.tree)
        alike = likeness.compare(old, likeness.Profile(change.resource.type, change.after.tree))
        if alike.names_same:
            return [f"create_before_destroy cannot shorten the gap while {alike.names_same[0]} stays the same."]
        if alike.names_different:
            setting = hcl.lifecycle("create_before_destroy = true")
            but = " (it is another one all the same: addresses and ids change)" if "identity" in loses else ""
            return [f"If it is meant, this lets the new one stand before the old one goes{but}:\n{setting}"]
    return []
