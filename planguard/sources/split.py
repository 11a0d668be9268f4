"""Settings that a bucket of AWS had inside of its block, and that have a resource of their own now.

The provider took them apart in version 4: a nested block that goes while its resource comes is no change of the bucket.
"""

from __future__ import annotations

from collections.abc import Mapping

from planguard.sources.configuration import Configuration, Declared

BUCKET = "aws_s3_bucket"
_PARTS: Mapping[str, str] = {
    "acceleration_status": "accelerate_configuration",
    "acl": "acl",
    "cors_rule": "cors_configuration",
    "grant": "acl",
    "lifecycle_rule": "lifecycle_configuration",
    "logging": "logging",
    "object_lock_configuration": "object_lock_configuration",
    "policy": "policy",
    "replication_configuration": "replication_configuration",
    "request_payer": "request_payment_configuration",
    "server_side_encryption_configuration": "server_side_encryption_configuration",
    "versioning": "versioning",
    "website": "website_configuration",
}


def has_own_resource(name: str, bucket: Declared, after: Configuration) -> bool:
    """Whether what stood inside of a bucket stands in a resource that refers to it now."""
    if bucket.type != BUCKET or name not in _PARTS:
        return False
    kind = f"{BUCKET}_{_PARTS[name]}"
    return any(
        other.type == kind
        and other.module.address == bucket.module.address
        and f"{BUCKET}.{bucket.name}." in f"{_written(other)}.".replace("[", ".")
        and (name != "versioning" or '"Enabled"' in other.block.text)
        for other in after.resources.values()
    )


def _written(other: Declared) -> str:
    attribute = other.block.body.attributes.get("bucket")
    return attribute.text if attribute is not None else ""
