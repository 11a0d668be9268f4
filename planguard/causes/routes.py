"""How the content of an object gets into its successor: the way out when a replacement is really meant.

Facts about providers, one line per type, as their documentation names the arguments; nothing here looks at a plan. A
type that is not listed gets the general advice.
"""

from __future__ import annotations

from typing import NamedTuple


class Route(NamedTuple):
    """One way from the old object to the new one."""

    first: str
    """What to do while the old one still stands."""
    then: str
    """How the new one gets it."""
    note: str = ""
    """What to know besides; a sentence."""


_MANUAL = "take a manual snapshot (automated ones can go with the original)"
_BY_SNAPSHOT = Route(_MANUAL, "give the new one its snapshot_identifier")
_TO_A_POINT = Route(
    "see that a restore point exists",
    "make the new one under another name, with create_mode = PointInTimeRestore and source_server_id",
    "A replica (create_mode = Replica) that is promoted later makes the gap shorter.",
)

ROUTES: dict[str, Route] = {
    "aws_db_instance": _BY_SNAPSHOT._replace(
        note="A read replica (replicate_source_db) that is promoted later makes the gap shorter."
    ),
    "aws_rds_cluster": _BY_SNAPSHOT._replace(
        note="A clone (restore_to_point_in_time with restore_type copy-on-write) is quicker."
    ),
    "aws_docdb_cluster": _BY_SNAPSHOT,
    "aws_neptune_cluster": _BY_SNAPSHOT,
    "aws_redshift_cluster": _BY_SNAPSHOT,
    "aws_elasticache_replication_group": Route("take a backup", "give the new one its snapshot_name"),
    "aws_dynamodb_table": Route(
        "switch point_in_time_recovery on or take a backup",
        "make the new table under another name with restore_source_name, before the old one goes",
    ),
    "aws_ebs_volume": Route("take a snapshot of the volume", "give the new one its snapshot_id"),
    "aws_instance": Route("make an image (AMI) of the instance", "give the new one that ami"),
    "aws_opensearch_domain": Route("take a manual snapshot into a bucket", "restore it in the new domain"),
    "aws_s3_bucket": Route(
        "make a bucket under another name and copy everything over, old versions too", "send its users there"
    ),
    "google_sql_database_instance": Route(
        "take an on-demand backup",
        "restore it in the new one (restore_backup_context), or clone the old one while it runs (clone)",
        "The old name stays taken for about a week.",
    ),
    "google_compute_disk": Route("take a snapshot of the disk", "give the new one that snapshot"),
    "google_storage_bucket": Route("make a bucket under another name and copy everything over", "send its users there"),
    "azurerm_postgresql_flexible_server": _TO_A_POINT,
    "azurerm_mysql_flexible_server": _TO_A_POINT,
    "azurerm_mssql_database": Route(
        "see that the old one stays until the new one is there",
        "make the new one under another name with create_mode = Copy and creation_source_database_id",
    ),
    "azurerm_managed_disk": Route(
        "take a snapshot of the disk", "make the new one with create_option = Copy and source_resource_id"
    ),
}


def onward(kind: str, create_first: bool) -> str:
    """What to do before a replacement that is meant; `create_first`: the new one stands before the old one goes."""
    lead = "create_before_destroy does not save the data" if create_first else "The new one starts empty"
    route = ROUTES.get(kind)
    if route is None:
        return f"{lead}: to go ahead, take a backup first and build the new one from it."
    note = f" {route.note}" if route.note else ""
    return f"{lead}: to go ahead, first {route.first}, then {route.then}.{note}"
