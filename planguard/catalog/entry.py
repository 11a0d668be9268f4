"""The types of the catalog, and how they are read from the data. Knows no provider; guesses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

CATEGORIES = (
    "database", "object-store", "file-store", "block-store", "backup", "queue/stream", "search", "cache", "keys",
    "secrets", "certificate", "identity", "dns", "network", "cdn", "compute", "orchestrator", "registry/repo", "log",
    "monitoring", "other",
)  # fmt: skip


class Protection(NamedTuple):
    """An attribute that stands between a resource and its loss."""

    attribute: str
    """Where it stands: `deletion_protection`, `spec[*].reclaim_policy` (every element), `Tags[Key=x].Value` (the
    element that is called so), `provider:features.key_vault.…` (a setting of the provider, not of the resource)."""
    protective: Any
    """The value that protects: a value, a tuple of values, `<set>` (anything that is not empty), `>=14`, `>=86400s`."""
    weak: Any
    """The value that does not; None: unset. Of any other value, only `protective` decides."""
    layer: str
    """`api`: the cloud refuses; `provider`: only Terraform refuses; `outcome`: what is lost changes; `window`: time to
    undo."""
    effect: str
    """One sentence."""
    does: str = "other"
    """What it does when something is destroyed while it holds. `refuses`: the run fails. `empty`: the run fails while
    there is something inside. `keeps`: the object stays. `snapshot`: a last backup is made. `spares`: a part of it
    survives. `window`: it can be called back for some time. `other`: it guards against something else."""
    keeps: tuple[Any, ...] = ()
    """Values with which a destroy only forgets the object (`ABANDON`), whatever `does` says of the others."""
    closes: tuple[Any, ...] = ()
    """Values with which there is no time to undo at all."""
    guards_window: bool = False
    """While it holds, nothing can close the window."""
    overrides: str | None = None
    """The protection that this one switches off when it is weak: `force_destroy` on some types."""
    default: Any = None
    """What null means to the provider; None where it is not known."""


class Special(NamedTuple):
    """What some objects of a type are, when their attributes say so: a view is no table, a replica holds nothing."""

    when: str
    """`replicate_source_db is set`, `type is CNAME`, `name begins _`."""
    loses: frozenset[str]
    recoverable: str
    lost: str


class Entry(NamedTuple):
    """What one resource type holds, and what losing it means."""

    type: str
    """As it was asked for: `aws_db_instance`, `AWS::RDS::DBInstance`."""
    provider: str
    category: str
    """One of `CATEGORIES`, or `unknown`."""
    loses: frozenset[str]
    """What a delete, or the delete half of a replacement, takes away: data, identity, availability, access, history;
    `none` alone: nothing; `unknown` alone: nobody can say."""
    recoverable: str
    """`no`; `backup`, if one was made and survives; `window`, for some time; `yes`, from configuration; `unknown`."""
    protections: tuple[Protection, ...] = ()
    refused_unless_empty: bool = False
    """The cloud refuses while something is inside or still uses it: a run that fails half-way, not a loss."""
    protects_others: bool = False
    """It is itself a guard, a backup or an audit: others are weaker without it."""
    backup_attributes: tuple[str, ...] = ()
    """Attributes that make or keep backups."""
    lost: str = ""
    """What is lost, as the end of a sentence."""
    container: bool = False
    """Deleting it deletes its content, whether Terraform made that or not."""
    cfn_type: str | None = None
    """Its CloudFormation twin."""
    cfn_when: str | None = None
    """The condition under which the CloudFormation type means this entry."""
    guessed: str | None = None
    """Why this is only a guess; None when it is in the catalog."""
    confidence: str = "high"
    """`high`; `medium`: the way back was not confirmed; `low`: a guess."""
    snapshot_policy: bool = False
    """CloudFormation can take a last snapshot of it (`DeletionPolicy: Snapshot`)."""
    instead: tuple[Special, ...] = ()
    """The first one whose condition holds counts; `lookup` has done that already where it was given values."""
    backup_order: Mapping[str, str] = {}
    """Backup attributes that do not grow stronger with the number: `zero-is-forever`, `lower-is-stronger`."""


def build(name: str, raw: Mapping[str, Any], provider: str, shared: Mapping[str, Any]) -> Entry:
    """The entry called `name`: a Terraform type, or a type that only CloudFormation has."""
    cfn = raw.get("cfn", {})
    return Entry(
        type=name,
        provider=provider,
        category=raw["category"],
        loses=frozenset(raw["loses"]),
        recoverable=raw["recoverable"],
        protections=_protections(raw, shared),
        refused_unless_empty=raw.get("refused_unless_empty", False),
        protects_others=raw.get("protects_others", False),
        backup_attributes=tuple(raw.get("backup_attributes", ())),
        lost=raw["lost"],
        container=raw.get("container", False),
        cfn_type=name if "::" in name else cfn.get("type"),
        cfn_when=cfn.get("when"),
        confidence=raw.get("confidence", "high"),
        snapshot_policy=raw.get("snapshot_policy", False),
        backup_order=raw.get("backup_order", {}),
        instead=tuple(
            Special(item["when"], frozenset(item["loses"]), item["recoverable"], item["lost"])
            for item in raw.get("instead", ())
        ),
    )


def as_cloudformation(entry: Entry, raw: Mapping[str, Any], shared: Mapping[str, Any]) -> Entry:
    """The same entry, seen from a template: its CloudFormation name, properties and snapshots."""
    cfn = raw["cfn"]
    return entry._replace(
        type=cfn["type"],
        instead=(),  # its conditions name Terraform's attributes
        # CloudFormation never makes the new object under the old one's name, so less may come back than in Terraform.
        recoverable=cfn.get("recoverable", entry.recoverable),
        protections=_protections(cfn, shared),
        backup_attributes=tuple(cfn.get("backup_attributes", ())),
        backup_order=cfn.get("backup_order", {}),
        snapshot_policy=cfn.get("snapshot_policy", False),
    )


def protection(raw: Mapping[str, Any]) -> Protection:
    """One protection from its data."""
    return Protection(
        attribute=raw["attribute"],
        protective=_frozen(raw["protective"]),
        weak=_frozen(raw["weak"]),
        layer=raw["layer"],
        effect=raw["effect"],
        does=raw["does"],
        keeps=tuple(raw.get("keeps", ())),
        closes=tuple(raw.get("closes", ())),
        guards_window=raw.get("guards_window", False),
        overrides=raw.get("overrides"),
        default=raw.get("default"),
    )


def _protections(raw: Mapping[str, Any], shared: Mapping[str, Any]) -> tuple[Protection, ...]:
    return tuple(protection(shared[item] if isinstance(item, str) else item) for item in raw.get("protections", ()))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
