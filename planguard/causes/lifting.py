"""Which protection will make an apply fail half-way, and how it is lifted when the loss is really meant.

Providers look at the state that is there when the run begins: a protection has to be lifted by an apply of its own,
with the block still in the configuration. Words only; what protects is the catalog's knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence

from planguard.catalog import ProtectionState
from planguard.causes import hcl, wording
from planguard.model import Action, Change

_SNAPSHOT_NAME = "final_snapshot_identifier"


def lifted(change: Change, states: Sequence[ProtectionState]) -> str:
    """The two steps, in their order: first the protection, then the loss. `states` are all of its protections."""
    refusing = [state for state in states if state.refuses]
    names = [f"`{_plain(state.protection.attribute)}`" for state in refusing] or [f"an empty `{_SNAPSHOT_NAME}`"]
    first = wording.listed([_setting(state) for state in refusing] or [f"a name in {_SNAPSHOT_NAME}"])
    verb = "refuses" if len(names) == 1 else "refuse"
    if change.action is Action.REPLACE:
        step = f"write {first}, leave everything else as it is, and apply that alone"
    elif change.reason in ("delete_because_no_resource_config", "delete_because_no_module"):
        step = f"put the block back with {first}, and apply that alone"
    else:
        step = f"keep it in the configuration with {first}, and apply that alone"
    return (
        f"{wording.listed(names)} {verb} this, and the apply would stop half-way. If it is really meant, "
        f"make two changes of it:\n"
        f"1. {step[0].upper()}{step[1:]}.\n2. Then make this change again, and have it reviewed as what it is."
    )


def _setting(state: ProtectionState) -> str:
    """What to write so that the protection is gone."""
    attribute, weak = _plain(state.protection.attribute), state.protection.weak
    if isinstance(weak, tuple):
        weak = weak[0] if weak else None
    if isinstance(weak, bool):
        return f"{attribute} = {str(weak).lower()}"
    if weak is None or (isinstance(weak, str) and weak.startswith(("<", ">"))):
        return f"{attribute} left out"
    return f"{attribute} = {hcl.string(weak) if isinstance(weak, str) else weak}"


def _plain(attribute: str) -> str:
    """An attribute as people write it: `settings[*].x` → `settings.x`."""
    name = attribute.replace("[*]", "")
    return f"{name.removeprefix('provider:')} of the provider" if name.startswith("provider:") else name
