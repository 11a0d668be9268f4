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
    lead: str = ""
    """What is lost without this, where that is more than an empty successor."""


_MANUAL = "take a manual snapshot (automated ones can go with the original)"
_BY_SNAPSHOT = Route(_MANUAL, "give the new one its snapshot_identifier")
_TO_A_POINT = Route(
    "see that a restore point exists",
    "make the new one under another name, with create_mode = PointInTimeRestore and source_server_id",
    "A replica (create_mode = Replica) that is promoted later makes the gap shorter.",
)
_KEY = Route(
    "make a second key beside it and encrypt everything anew under that one",
    "let the old one go when nothing uses it any more",
    lead="A new key opens nothing that the old one closed",
)
_PASSING = Route(
    "make the new one under another name and send the producers there",
    "let the old one go when its consumers have read it empty",
    lead="No backup brings back what waits in it",
)
_CLUSTER = Route("make a second cluster and move the workloads with their volumes there", "let the old one go")

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
    "aws_efs_file_system": Route(
        "make a second file system and copy everything over", "mount it in place of the old one"
    ),
    "aws_cognito_user_pool": Route(
        "make a second pool and bring the users there (a migration trigger keeps their passwords)",
        "send the clients there",
    ),
    "aws_cloudwatch_log_group": Route("export what it holds into a bucket", "make the new one"),
    "aws_kms_key": _KEY,
    "google_kms_crypto_key": _KEY,
    "azurerm_key_vault_key": _KEY,
    "aws_kinesis_stream": _PASSING,
    "aws_sqs_queue": _PASSING,
    "aws_eks_cluster": _CLUSTER,
    "google_container_cluster": _CLUSTER,
    "azurerm_kubernetes_cluster": _CLUSTER,
    "google_sql_database_instance": Route(
        "take an on-demand backup",
        "restore it in the new one (restore_backup_context), or clone the old one while it runs (clone)",
        "The old name stays taken for about a week.",
    ),
    "google_compute_disk": Route("take a snapshot of the disk", "give the new one that snapshot"),
    "google_storage_bucket": Route("make a bucket under another name and copy everything over", "send its users there"),
    "azurerm_storage_account": Route(
        "make an account under another name and copy everything over", "send its users there"
    ),
    "kubernetes_persistent_volume_claim": Route(
        "make a claim under another name and copy the data over", "mount it in place of the old one"
    ),
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
    lead = route.lead or lead
    return f"{lead}: to go ahead, first {route.first}, then {route.then}.{note}"
