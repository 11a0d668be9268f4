"""What a provider sets where the sources say nothing: only of settings that protect, and that are on by default.

Without them, `deletion_protection = false` that is new looks as if nothing had been protected before, and a line that
only repeats the default looks like a protection when it is taken out. From the documentation of the providers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_GUARDED: Mapping[str, Any] = MappingProxyType({"deletion_protection": True})
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "aws_kms_key": {"deletion_window_in_days": 30},
    "aws_qldb_ledger": _GUARDED,
    "aws_secretsmanager_secret": {"recovery_window_in_days": 30},
    "azurerm_key_vault": {"soft_delete_retention_days": 90},
    "azurerm_recovery_services_vault": {"soft_delete_enabled": True},
    "google_bigquery_table": _GUARDED,
    "google_cloud_run_v2_job": _GUARDED,
    "google_cloud_run_v2_service": _GUARDED,
    "google_container_cluster": _GUARDED,
    "google_folder": _GUARDED,
    "google_privateca_certificate_authority": _GUARDED,
    "google_project": {"deletion_policy": "PREVENT"},
    "google_spanner_database": _GUARDED,
    "google_sql_database_instance": _GUARDED,
}


def of(type: str) -> Mapping[str, Any]:
    """The protective settings that a type has where nobody says otherwise."""
    return _DEFAULTS.get(type, _NOTHING)
