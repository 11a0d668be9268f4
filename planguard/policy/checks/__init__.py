"""The rules that need code: pure functions of a `Scene`, named in one literal dict.

A check only says where its hazard is; title, severity, why and fix stand in the rule's YAML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from planguard.policy.checks import (
    cloudformation,
    identities,
    plan_state,
    protections,
    refactoring,
    scope,
    sources,
    switches,
    windows,
)
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene

Check = Callable[[Scene], Iterable[Hit]]

CHECKS: dict[str, Check] = {
    "plan-errored": plan_state.errored,
    "plan-incomplete": plan_state.incomplete,
    "state-lost": plan_state.state_lost,
    "recreated-after-loss": plan_state.recreated_after_loss,
    "destroys-everything": scope.destroys_everything,
    "environment-rebuilt": scope.environment_rebuilt,
    "too-many-destroys": scope.too_many_destroys,
    "mixed-environments": scope.mixed_environments,
    "environment-switched": scope.environment_switched,
    "protected-address": scope.protected_address,
    "protection-weakened": protections.weakened,
    "protection-drift": protections.drifted,
    "undo-window-voided": windows.voided,
    "time-bomb": windows.time_bomb,
    "switched-off": switches.switched_off,
    "undeclared-move": refactoring.undeclared_move,
    "index-shift": refactoring.index_shift,
    "prevent-destroy-removed": sources.guard_removed,
    "protection-removed-with-its-resource": sources.guard_gone,
    "ignore-changes-removed": sources.ignore_changes_removed,
    "provider-edited": sources.provider_edited,
    "state-moved": sources.state_moved,
    "destroy-provisioner": sources.destroy_provisioner,
    "guards-off-in-commands": sources.commands,
    "unrelated-destroy": sources.unrelated,
    "custom-resource-changed": cloudformation.custom_resource_changed,
    "secret-regenerated": cloudformation.secret_regenerated,
    "policy-weakened": cloudformation.policy_weakened,
    "stack-removal": cloudformation.stack_removal,
    "machine-may-destroy": identities.gains,
    "machine-guard-removed": identities.guards,
    "permissions-boundary-removed": identities.boundaries,
    "trust-widened": identities.trusts,
    "machine-may-escalate": identities.escalations,
    "machine-rights-unknown": identities.unknown,
    "stack-open": cloudformation.stack_open,
    "stack-set-changed": cloudformation.stack_set_changed,
    "export-removed": cloudformation.export_removed,
}
