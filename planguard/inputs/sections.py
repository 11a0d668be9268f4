"""The seam between reading a Terraform plan's JSON and understanding it.

Whoever reads the bytes (the standard decoder for ordinary plans, a walker over huge ones) hands the pieces, in whatever
order they come, to `planguard.inputs.terraform.Builder`:

    builder = Builder(source=…, digest=…, workspace=…)
    builder.change(entry)            # every element of resource_changes, in order
    builder.drift(entry)             # every element of resource_drift
    builder.deferred(entry, reason)  # every element of deferred_changes: its resource_change, and its reason
    plan = builder.finish(rest)      # everything else, once, at the end

Owns the form of these pieces. Decides nothing, decodes nothing, imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

Form = Literal["object", "none", "other"]
"""What JSON a `before` or `after` is, without decoding it: an object; null or absent; anything else."""

VALUE_KEYS = ("before", "after", "after_unknown", "before_sensitive", "after_sensitive")
"""The keys of `change` that `Entry.value` answers for."""


class Entry(Protocol):
    """One element of `resource_changes`, `resource_drift`, or `deferred_changes[*].resource_change`.

    A protocol, so that a decoder's own struct fits without a copy. Fields typed `Any` are as the JSON says, unchecked;
    None where the key is absent. Whoever makes the entry has checked that the element and its `change` are objects and
    name no key twice (`InputError`). A no-op that is neither moved, imported nor deposed is asked for nothing but its
    names, and for its values only where `marked`.
    """

    position: int
    """Its index in the list, for error messages."""
    address: Any
    module_address: Any
    mode: Any
    type: Any
    name: Any
    provider_name: Any
    deposed: Any
    previous_address: Any
    action_reason: Any

    @property
    def index(self) -> Any:
        """`index`."""

    @property
    def actions(self) -> Any:
        """`change.actions`."""

    @property
    def replace_paths(self) -> Any:
        """`change.replace_paths`."""

    @property
    def importing(self) -> Any:
        """`change.importing`."""

    @property
    def before(self) -> Form:
        """What `change.before` is."""

    @property
    def after(self) -> Form:
        """What `change.after` is."""

    @property
    def before_id(self) -> Any:
        """`change.before.id`, found without keeping the rest of `before` decoded; None where there is none."""

    @property
    def marked(self) -> bool:
        """Whether `before_sensitive` or `after_sensitive` holds a `true` anywhere (rather true than wrong)."""

    def value(self, key: str) -> Any:
        """One of `VALUE_KEYS`, decoded now and not kept; None where absent."""


Names = tuple[Any, Any, Any, Any, Any, Any]
"""Of an element: `address`, `type`, `name`, `module_address`, `provider_name`, `index`."""


class State(NamedTuple):
    """What is kept of `prior_state`."""

    managed: bool = False
    """Whether it holds at least one managed object."""
    depends_on: Mapping[str, tuple[str, ...]] = {}
    """config address → config addresses, over all modules; the instances of one block are joined."""


class Rest(NamedTuple):
    """Everything of a plan that is not a list of changes."""

    top: Mapping[str, Any]
    """The other top-level keys, decoded, without `planned_values` and `prior_state`."""
    present: frozenset[str]
    """All top-level keys whose value is not null, the lists of changes, `planned_values` and `prior_state` included."""
    state: State = State()
    secrets: frozenset[str] = frozenset()
    """Sensitive strings found in `planned_values` and `prior_state` (see `planguard.inputs.values.collect`)."""
    planned_empty: bool = False
    """Whether `planned_values` is there and holds no object at all, in any module."""
