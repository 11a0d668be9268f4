"""Attributes of buckets, databases, queues and keys, as the AWS provider writes them.

The order in which random numbers are drawn is part of the form: the same seed must give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random

from bench.shapes import ACCOUNT, REGION, Attributes, arn, hexadecimal, policy, tags_of


def _s3_bucket(rng: Random, name: str) -> Attributes:
    bucket = name + "-" + hexadecimal(rng, 6)
    tags = tags_of(rng, name)
    return {
        "acceleration_status": "",
        "acl": None,
        "arn": "arn:aws:s3:::" + bucket,
        "bucket": bucket,
        "bucket_domain_name": bucket + ".s3.amazonaws.com",
        "bucket_prefix": "",
        "bucket_regional_domain_name": f"{bucket}.s3.{REGION}.amazonaws.com",
        "cors_rule": [],
        "force_destroy": False,
        "grant": [{"id": hexadecimal(rng, 64), "permissions": ["FULL_CONTROL"], "type": "CanonicalUser", "uri": ""}],
        "hosted_zone_id": "Z1BKCTXD74EZPE",
        "id": bucket,
        "lifecycle_rule": [
            {
                "abort_incomplete_multipart_upload_days": 7,
                "enabled": True,
                "expiration": [{"date": "", "days": 365, "expired_object_delete_marker": False}],
                "id": "expire",
                "noncurrent_version_expiration": [],
                "noncurrent_version_transition": [],
                "prefix": "",
                "tags": {},
                "transition": [{"date": "", "days": 30, "storage_class": "STANDARD_IA"}],
            }
        ],
        "logging": [],
        "object_lock_configuration": [],
        "object_lock_enabled": False,
        "policy": policy(rng, name),
        "region": REGION,
        "replication_configuration": [],
        "request_payer": "BucketOwner",
        "server_side_encryption_configuration": [
            {
                "rule": [
                    {
                        "apply_server_side_encryption_by_default": [
                            {"kms_master_key_id": "", "sse_algorithm": "AES256"}
                        ],
                        "bucket_key_enabled": False,
                    }
                ]
            }
        ],
        "tags": tags,
        "tags_all": tags,
        "timeouts": None,
        "versioning": [{"enabled": True, "mfa_delete": False}],
        "website": [],
        "website_domain": None,
        "website_endpoint": None,
    }


def _db_instance(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    return {
        "address": f"{name}.{hexadecimal(rng, 12)}.{REGION}.rds.amazonaws.com",
        "allocated_storage": 100,
        "allow_major_version_upgrade": None,
        "apply_immediately": False,
        "arn": arn("rds", "db:" + name),
        "auto_minor_version_upgrade": True,
        "availability_zone": REGION + "a",
        "backup_retention_period": 7,
        "backup_target": "region",
        "backup_window": "03:00-04:00",
        "blue_green_update": [],
        "ca_cert_identifier": "rds-ca-rsa2048-g1",
        "character_set_name": "",
        "copy_tags_to_snapshot": True,
        "db_name": "app",
        "db_subnet_group_name": name,
        "delete_automated_backups": True,
        "deletion_protection": rng.random() < 0.5,
        "domain": "",
        "enabled_cloudwatch_logs_exports": ["postgresql"],
        "endpoint": f"{name}.{REGION}.rds.amazonaws.com:5432",
        "engine": "postgres",
        "engine_version": "15.4",
        "engine_version_actual": "15.4",
        "final_snapshot_identifier": None,
        "hosted_zone_id": "Z29XKXDKYMONMX",
        "iam_database_authentication_enabled": True,
        "id": "db-" + hexadecimal(rng, 26).upper(),
        "identifier": name,
        "identifier_prefix": "",
        "instance_class": "db.r6g.large",
        "iops": 3000,
        "kms_key_id": arn("kms", "key/" + hexadecimal(rng, 32)),
        "license_model": "postgresql-license",
        "maintenance_window": "sun:05:00-sun:06:00",
        "master_user_secret": [],
        "max_allocated_storage": 1000,
        "monitoring_interval": 60,
        "monitoring_role_arn": f"arn:aws:iam::{ACCOUNT}:role/rds-mon",
        "multi_az": True,
        "network_type": "IPV4",
        "option_group_name": "default:postgres-15",
        "parameter_group_name": name,
        "password": hexadecimal(rng, 24),
        "performance_insights_enabled": True,
        "port": 5432,
        "publicly_accessible": False,
        "replica_mode": "",
        "replicas": [],
        "resource_id": "db-" + hexadecimal(rng, 26).upper(),
        "skip_final_snapshot": rng.random() < 0.3,
        "status": "available",
        "storage_encrypted": True,
        "storage_throughput": 125,
        "storage_type": "gp3",
        "tags": tags,
        "tags_all": tags,
        "timeouts": None,
        "username": "app",
        "vpc_security_group_ids": ["sg-0" + hexadecimal(rng, 16)],
    }


def _dynamodb_table(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    return {
        "arn": arn("dynamodb", "table/" + name),
        "attribute": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
        "billing_mode": "PAY_PER_REQUEST",
        "deletion_protection_enabled": False,
        "global_secondary_index": [
            {
                "hash_key": "sk",
                "name": "gsi1",
                "non_key_attributes": [],
                "on_demand_throughput": [],
                "projection_type": "ALL",
                "range_key": "pk",
                "read_capacity": 0,
                "write_capacity": 0,
            }
        ],
        "hash_key": "pk",
        "id": name,
        "import_table": [],
        "local_secondary_index": [],
        "name": name,
        "on_demand_throughput": [],
        "point_in_time_recovery": [{"enabled": True}],
        "range_key": "sk",
        "read_capacity": 0,
        "replica": [],
        "restore_date_time": None,
        "restore_source_name": None,
        "restore_source_table_arn": None,
        "restore_to_latest_time": None,
        "server_side_encryption": [{"enabled": True, "kms_key_arn": arn("kms", "key/" + hexadecimal(rng, 32))}],
        "stream_arn": "",
        "stream_enabled": False,
        "stream_label": "",
        "stream_view_type": "",
        "table_class": "STANDARD",
        "tags": tags,
        "tags_all": tags,
        "timeouts": None,
        "ttl": [{"attribute_name": "ttl", "enabled": True}],
        "write_capacity": 0,
    }


def _kms_key(rng: Random, name: str) -> Attributes:
    own = hexadecimal(rng, 32)
    tags = tags_of(rng, name)
    return {
        "arn": arn("kms", "key/" + own),
        "bypass_policy_lockout_safety_check": False,
        "custom_key_store_id": "",
        "customer_master_key_spec": "SYMMETRIC_DEFAULT",
        "deletion_window_in_days": 30,
        "description": name,
        "enable_key_rotation": True,
        "id": own,
        "is_enabled": True,
        "key_id": own,
        "key_usage": "ENCRYPT_DECRYPT",
        "multi_region": False,
        "policy": policy(rng, name),
        "rotation_period_in_days": 365,
        "tags": tags,
        "tags_all": tags,
        "timeouts": None,
        "xks_key_id": "",
    }


def _sqs_queue(rng: Random, name: str) -> Attributes:
    tags = tags_of(rng, name)
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    return {
        "arn": arn("sqs", name),
        "content_based_deduplication": False,
        "deduplication_scope": "",
        "delay_seconds": 0,
        "fifo_queue": False,
        "id": url,
        "kms_data_key_reuse_period_seconds": 300,
        "kms_master_key_id": "",
        "max_message_size": 262144,
        "message_retention_seconds": 345600,
        "name": name,
        "name_prefix": "",
        "policy": policy(rng, name),
        "receive_wait_time_seconds": 20,
        "redrive_allow_policy": "",
        "redrive_policy": json.dumps(
            {"deadLetterTargetArn": arn("sqs", name + "-dlq"), "maxReceiveCount": 5}, separators=(",", ":")
        ),
        "sqs_managed_sse_enabled": True,
        "tags": tags,
        "tags_all": tags,
        "url": url,
        "visibility_timeout_seconds": 30,
    }


SHAPES: Mapping[str, Callable[[Random, str], Attributes]] = {
    "aws_s3_bucket": _s3_bucket,
    "aws_db_instance": _db_instance,
    "aws_dynamodb_table": _dynamodb_table,
    "aws_kms_key": _kms_key,
    "aws_sqs_queue": _sqs_queue,
}
"""By type."""
