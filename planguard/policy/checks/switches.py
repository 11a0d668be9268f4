"""Hazards of a switch: something that others rely on stays where it is, and stops working all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard import catalog
from planguard.model import UNKNOWN, Action, Sensitive, Severity, Tier, Values
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene


class Switch(NamedTuple):
    """An attribute that turns a resource off."""

    attribute: str
    off: Any
    """The value with which it does not work; any other means that it does."""


_ENABLED, _STATE = Switch("enabled", False), Switch("state", "DISABLED")
_REPLICAS = Switch("spec.replicas", 0)

SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    # keys: what is encrypted under them cannot be read
    "aws_kms_key": (Switch("is_enabled", False),),
    "aws_kms_external_key": (_ENABLED,),
    "aws_kms_replica_key": (_ENABLED,),
    "aws_kms_replica_external_key": (_ENABLED,),
    "google_kms_crypto_key_version": (_STATE,),
    "google_secret_manager_secret_version": (_ENABLED,),
    # identities: whoever uses them is turned away
    "aws_iam_access_key": (Switch("status", "Inactive"),),
    "google_service_account": (Switch("disabled", True),),
    "azuread_service_principal": (Switch("account_enabled", False),),
    # ways in: nobody is served
    "aws_cloudfront_distribution": (_ENABLED,),
    "aws_globalaccelerator_accelerator": (_ENABLED,),
    "azurerm_cdn_frontdoor_endpoint": (_ENABLED,),
    "azurerm_linux_web_app": (_ENABLED,),
    "azurerm_windows_web_app": (_ENABLED,),
    "azurerm_linux_function_app": (_ENABLED,),
    "azurerm_windows_function_app": (_ENABLED,),
    # services: none of them is left
    "aws_ecs_service": (Switch("desired_count", 0),),
    "aws_autoscaling_group": (Switch("max_size", 0), Switch("desired_capacity", 0)),
    "aws_lambda_function": (Switch("reserved_concurrent_executions", 0),),
    "kubernetes_deployment": (_REPLICAS,),
    "kubernetes_deployment_v1": (_REPLICAS,),
    "kubernetes_stateful_set": (_REPLICAS,),
    "kubernetes_stateful_set_v1": (_REPLICAS,),
}


def switched_off(scene: Scene) -> Iterator[Hit]:
    """An update leaves something in place that does not work any more: a disabled key, a service scaled to none."""
    for subject in scene.subjects():
        change = subject.change
        switches = SWITCHES.get(change.resource.type, ())
        if not switches or change.action is not Action.UPDATE or subject.tier is Tier.OTHER:
            continue
        turned = [switch.attribute for switch in switches if _turned(switch, change.before, change.after)]
        if turned:
            severity = Severity.MEDIUM if subject.tier is Tier.UNKNOWN else None
            yield Hit(subject, severity, evidence=(f"`{turned[0]}` switches it off.",))


def _turned(switch: Switch, before: Values | None, after: Values | None) -> bool:
    now, then = (_value(values, switch.attribute) for values in (before, after))
    known = all(value is not None and value is not UNKNOWN for value in (now, then))
    return known and _off(then, switch) and not _off(now, switch)


def _value(values: Values | None, attribute: str) -> Any:
    """The one value there, also of a block; None where there is none."""
    found = catalog.read(values, attribute)
    value = found[0].peek() if isinstance(found[0], Sensitive) else found[0]
    return value if isinstance(value, bool | int | str) else None


def _off(value: Any, switch: Switch) -> bool:
    """Numbers arrive as text where the provider says so (`replicas`)."""
    return str(value).lower() == str(switch.off).lower()
