"""By which id an object is imported, as far as its attributes tell before it is looked up. Facts, one line per type.

Taken from the "Import" section of each type's page in the providers' documentation. Only types whose id is made of
attributes that people write are here: an id that the cloud makes up stands in no plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from planguard.model import UNKNOWN, Sensitive, Values

_FIELD = re.compile(r"{([a-z_.0-9]+)}")

FORMS: dict[str, str] = {
    "aws_autoscaling_group": "{name}",
    "aws_cloudwatch_log_group": "{name}",
    "aws_cloudwatch_metric_alarm": "{alarm_name}",
    "aws_db_instance": "{identifier}",
    "aws_db_parameter_group": "{name}",
    "aws_db_subnet_group": "{name}",
    "aws_docdb_cluster": "{cluster_identifier}",
    "aws_docdb_cluster_instance": "{identifier}",
    "aws_dynamodb_table": "{name}",
    "aws_ecr_repository": "{name}",
    "aws_eks_cluster": "{name}",
    "aws_eks_node_group": "{cluster_name}:{node_group_name}",
    "aws_elasticache_cluster": "{cluster_id}",
    "aws_elasticache_parameter_group": "{name}",
    "aws_elasticache_replication_group": "{replication_group_id}",
    "aws_elasticache_subnet_group": "{name}",
    "aws_iam_group": "{name}",
    "aws_iam_instance_profile": "{name}",
    "aws_iam_role": "{name}",
    "aws_iam_role_policy": "{role}:{name}",
    "aws_iam_role_policy_attachment": "{role}/{policy_arn}",
    "aws_iam_user": "{name}",
    "aws_key_pair": "{key_name}",
    "aws_kinesis_stream": "{name}",
    "aws_kms_alias": "{name}",
    "aws_lambda_function": "{function_name}",
    "aws_neptune_cluster": "{cluster_identifier}",
    "aws_opensearch_domain": "{domain_name}",
    "aws_rds_cluster": "{cluster_identifier}",
    "aws_rds_cluster_instance": "{identifier}",
    "aws_redshift_cluster": "{cluster_identifier}",
    "aws_route53_record": "{zone_id}_{name}_{type}",
    "aws_s3_bucket": "{bucket}",
    "aws_s3_bucket_cors_configuration": "{bucket}",
    "aws_s3_bucket_lifecycle_configuration": "{bucket}",
    "aws_s3_bucket_policy": "{bucket}",
    "aws_s3_bucket_public_access_block": "{bucket}",
    "aws_s3_bucket_server_side_encryption_configuration": "{bucket}",
    "aws_s3_bucket_versioning": "{bucket}",
    "google_bigquery_dataset": "{dataset_id}",
    "google_compute_network": "{name}",
    "google_container_cluster": "{location}/{name}",
    "google_dns_managed_zone": "{name}",
    "google_project": "{project_id}",
    "google_pubsub_subscription": "{name}",
    "google_pubsub_topic": "{name}",
    "google_sql_database_instance": "{name}",
    "google_storage_bucket": "{name}",
    "kubernetes_namespace": "{metadata.0.name}",
}


OWNERS: dict[str, str] = {"bucket": "aws_s3_bucket", "role": "aws_iam_role", "cluster_name": "aws_eks_cluster"}
"""Attributes that name another object by its import id, and the type of that object: known once it is."""

Owner = Callable[[str, str], str | None]
"""Attribute and type → the import id of the one object that the attribute refers to."""


def identifier(kind: str, values: Values | None, owner: Owner) -> str | None:
    """The id to import an object of this type with; None where the plan does not tell it."""
    form = FORMS.get(kind)
    if form is None or values is None:
        return None
    parts: dict[str, str] = {}
    for field in _FIELD.findall(form):
        value = values.get(*(int(step) if step.isdigit() else step for step in field.split(".")))
        if value is UNKNOWN and field in OWNERS:
            value = owner(field, OWNERS[field])
        if isinstance(value, Sensitive) or not isinstance(value, str) or not value:
            return None
        parts[field] = value
    if kind == "aws_route53_record" and isinstance(name := values.get("set_identifier"), str) and name:
        parts["type"] += f"_{name}"
    return _FIELD.sub(lambda match: parts[match[1]], form)
