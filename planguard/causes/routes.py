"""How the content of an object gets into its successor: the way out when a replacement is really meant.

Facts about providers, one line per type, as their documentation names the arguments; nothing here looks at a plan. A
type that is not listed gets the general advice.
"""

from __future__ import annotations

from typing import NamedTuple


class Route(NamedTuple):
    """One way from the old object to the new one."""

    save: str
    """What to make while the old one still stands."""
    build: str
    """How the new one is built from it."""
    note: str = ""
    """What to know besides; a sentence."""


_SNAPSHOT = "a manual snapshot (automated ones can go with the original)"
_RDS = "A read replica (replicate_source_db) that is promoted later makes the gap shorter."

ROUTES: dict[str, Route] = {
    "aws_db_instance": Route(_SNAPSHOT, "snapshot_identifier", _RDS),
    "aws_rds_cluster": Route(
        _SNAPSHOT, "snapshot_identifier", "A clone (restore_to_point_in_time, type copy-on-write) needs no copy."
    ),
    "aws_docdb_cluster": Route(_SNAPSHOT, "snapshot_identifier"),
    "aws_neptune_cluster": Route(_SNAPSHOT, "snapshot_identifier"),
    "aws_redshift_cluster": Route(_SNAPSHOT, "snapshot_identifier"),
    "aws_elasticache_replication_group": Route("a backup", "snapshot_name"),
    "aws_dynamodb_table": Route(
        "an on-demand backup, or switch point_in_time_recovery on",
        "restore_source_name (the old table has to exist still, so the new one needs another name)",
    ),
    "aws_ebs_volume": Route("a snapshot of the volume", "snapshot_id"),
    "aws_instance": Route("an image (AMI) of the instance", "ami"),
    "aws_opensearch_domain": Route("a manual snapshot into a bucket", "a restore of it after the apply"),
    "aws_s3_bucket": Route("a bucket with another name and copy everything into it, versions too", "that copy"),
    "google_sql_database_instance": Route(
        "an on-demand backup",
        "restore_backup_context, or clone while the old one runs",
        "Its name cannot be used again for about a week: choose another one.",
    ),
    "google_compute_disk": Route("a snapshot of the disk", "snapshot, or source_disk while the old one exists"),
    "google_storage_bucket": Route("a bucket with another name and copy everything into it", "that copy"),
    "azurerm_postgresql_flexible_server": Route(
        "sure that a restore point exists",
        "create_mode = PointInTimeRestore with source_server_id, while the old one exists",
        "A replica (create_mode = Replica) that is promoted later makes the gap shorter.",
    ),
    "azurerm_mysql_flexible_server": Route(
        "sure that a restore point exists",
        "create_mode = PointInTimeRestore with source_server_id, while the old one exists",
        "A replica (create_mode = Replica) that is promoted later makes the gap shorter.",
    ),
    "azurerm_mssql_database": Route(
        "a copy under another name",
        "create_mode = Copy (or PointInTimeRestore) with creation_source_database_id, while the old one exists",
    ),
    "azurerm_managed_disk": Route("a snapshot of the disk", "create_option = Copy with source_resource_id"),
    "digitalocean_database_cluster": Route("sure that a backup exists", "backup_restore"),
}


def onward(kind: str, create_first: bool) -> str:
    """What to do before a replacement that is meant; `create_first`: the new one stands before the old one goes."""
    lead = "create_before_destroy does not save the data" if create_first else "The new one starts empty"
    route = ROUTES.get(kind)
    if route is None:
        return f"{lead}: to go ahead, take a backup first and build the new one from it."
    note = f" {route.note}" if route.note else ""
    return f"{lead}: to go ahead, make {route.save} first and build the new one with {route.build}.{note}"
