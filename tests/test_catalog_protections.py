"""Whether a protection holds, and whether a change weakens it: read from values as real plans have them."""

from __future__ import annotations

from typing import Any

import pytest

from planguard import catalog
from planguard.catalog.protections import read
from planguard.model import MISSING, UNKNOWN, ProviderConfig, Sensitive, Values

ABSENT: dict[str, Any] = {}


def held(name: str, values: dict[str, Any], *providers: ProviderConfig) -> dict[str, bool | None]:
    tree = Values.of(values)
    return {s.protection.attribute: s.holds for s in catalog.states(catalog.lookup(name, values=tree), tree, providers)}


def azure(*features: Any, key: str = "azurerm") -> ProviderConfig:
    return ProviderConfig(key, settings={"features": list(features)})


@pytest.mark.parametrize(
    ("name", "values", "attribute", "holds"),
    [
        ("aws_db_instance", {"deletion_protection": True}, "deletion_protection", True),
        ("aws_db_instance", {"deletion_protection": False}, "deletion_protection", False),
        ("aws_db_instance", {"deletion_protection": None}, "deletion_protection", False),
        ("aws_db_instance", {"deletion_protection": UNKNOWN}, "deletion_protection", None),
        ("aws_db_instance", {"deletion_protection": Sensitive(True)}, "deletion_protection", True),
        ("aws_db_instance", ABSENT, "deletion_protection", False),
        ("aws_db_instance", {"skip_final_snapshot": False}, "skip_final_snapshot", True),
        ("aws_db_instance", {"skip_final_snapshot": None}, "skip_final_snapshot", True),
        ("aws_db_instance", {"skip_final_snapshot": True}, "skip_final_snapshot", False),
        ("aws_db_instance", ABSENT, "skip_final_snapshot", None),
        ("aws_db_instance", {"final_snapshot_identifier": "last"}, "final_snapshot_identifier", True),
        ("aws_db_instance", {"final_snapshot_identifier": ""}, "final_snapshot_identifier", False),
        ("aws_db_instance", {"final_snapshot_identifier": None}, "final_snapshot_identifier", False),
        ("aws_db_instance", {"delete_automated_backups": None}, "delete_automated_backups", False),
        ("aws_s3_bucket", {"force_destroy": False}, "force_destroy", True),
        ("aws_s3_bucket", {"force_destroy": True}, "force_destroy", False),
        ("aws_kms_key", {"deletion_window_in_days": 30}, "deletion_window_in_days", True),
        ("aws_kms_key", {"deletion_window_in_days": None}, "deletion_window_in_days", True),
        ("aws_kms_key", {"deletion_window_in_days": 7}, "deletion_window_in_days", False),
        ("aws_kms_key", {"deletion_window_in_days": 10}, "deletion_window_in_days", False),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 0}, "recovery_window_in_days", False),
        ("aws_cognito_user_pool", {"deletion_protection": "ACTIVE"}, "deletion_protection", True),
        ("aws_cognito_user_pool", {"deletion_protection": None}, "deletion_protection", False),
        ("aws_fsx_lustre_file_system", {"skip_final_backup": None}, "skip_final_backup", False),
        ("aws_fsx_windows_file_system", {"skip_final_backup": None}, "skip_final_backup", True),
        ("google_container_cluster", {"deletion_protection": None}, "deletion_protection", True),
        ("google_container_cluster", ABSENT, "deletion_protection", None),
        ("google_project", {"deletion_policy": "ABANDON"}, "deletion_policy", True),
        ("google_project", {"deletion_policy": None}, "deletion_policy", True),
        ("google_project", {"deletion_policy": "DELETE"}, "deletion_policy", False),
        ("google_storage_bucket", {"deletion_policy": None}, "deletion_policy", False),
        ("google_kms_crypto_key", {"destroy_scheduled_duration": "2592000s"}, "destroy_scheduled_duration", True),
        ("google_kms_crypto_key", {"destroy_scheduled_duration": "3600s"}, "destroy_scheduled_duration", False),
        (
            "google_sql_database_instance",
            {"settings": [{"deletion_protection_enabled": True}]},
            "settings[*].deletion_protection_enabled",
            True,
        ),
        (
            "aws_instance",
            {"ebs_block_device": [{"delete_on_termination": False}, {"delete_on_termination": True}]},
            "ebs_block_device[*].delete_on_termination",
            False,
        ),
        ("aws_instance", {"ebs_block_device": []}, "ebs_block_device[*].delete_on_termination", False),
        (
            "kubernetes_persistent_volume",
            {"spec": [{"persistent_volume_reclaim_policy": "Retain"}]},
            "spec[*].persistent_volume_reclaim_policy",
            True,
        ),
        ("AWS::RDS::DBInstance", {"DeletionProtection": True}, "DeletionProtection", True),
        ("AWS::RDS::DBInstance", {"DeletionProtection": "true"}, "DeletionProtection", True),
        ("AWS::RDS::DBInstance", ABSENT, "DeletionProtection", False),
        ("AWS::KMS::Key", ABSENT, "PendingWindowInDays", True),
        (
            "AWS::DynamoDB::GlobalTable",
            {"Replicas": [{"DeletionProtectionEnabled": True}, {"DeletionProtectionEnabled": False}]},
            "Replicas[*].DeletionProtectionEnabled",
            False,
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {
                "LoadBalancerAttributes": [
                    {"Key": "x", "Value": "1"},
                    {"Key": "deletion_protection.enabled", "Value": "true"},
                ]
            },
            "LoadBalancerAttributes[Key=deletion_protection.enabled].Value",
            True,
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "60"}]},
            "LoadBalancerAttributes[Key=deletion_protection.enabled].Value",
            False,
        ),
        (
            "AWS::VerifiedPermissions::PolicyStore",
            {"DeletionProtection": {"Mode": "ENABLED"}},
            "DeletionProtection.Mode",
            True,
        ),
    ],
)
def test_whether_it_holds(name: str, values: dict[str, Any], attribute: str, holds: bool | None) -> None:
    assert held(name, values)[attribute] is holds


GROUP = "provider:features.resource_group.prevent_deletion_if_contains_resources"
VAULT = "provider:features.key_vault.purge_soft_delete_on_destroy"


@pytest.mark.parametrize(
    ("name", "attribute", "providers", "holds"),
    [
        # the provider's own default
        ("azurerm_resource_group", GROUP, [azure()], True),
        ("azurerm_resource_group", GROUP, [azure({})], True),
        ("azurerm_resource_group", GROUP, [ProviderConfig("azurerm")], True),
        ("azurerm_key_vault", VAULT, [azure({})], False),
        # what the configuration says
        (
            "azurerm_resource_group",
            GROUP,
            [azure({"resource_group": [{"prevent_deletion_if_contains_resources": False}]})],
            False,
        ),
        ("azurerm_key_vault", VAULT, [azure({"key_vault": [{"purge_soft_delete_on_destroy": False}]})], True),
        ("azurerm_key_vault", VAULT, [azure({"key_vault": {"purge_soft_delete_on_destroy": False}})], True),
        ("azurerm_key_vault", VAULT, [azure({"key_vault": [{"purge_soft_delete_on_destroy": UNKNOWN}]})], None),
        ("azurerm_key_vault", VAULT, [ProviderConfig("azurerm", settings={"features": UNKNOWN})], None),
        # several configurations: the weakest counts, wherever it stands
        (
            "azurerm_resource_group",
            GROUP,
            [
                azure({}),
                azure(
                    {"resource_group": [{"prevent_deletion_if_contains_resources": False}]}, key="module.x:azurerm.eu"
                ),
            ],
            False,
        ),
        # no configuration to look at, or another provider's
        ("azurerm_resource_group", GROUP, [], None),
        ("azurerm_resource_group", GROUP, [ProviderConfig("azuread")], None),
    ],
)
def test_settings_of_the_provider(
    name: str, attribute: str, providers: list[ProviderConfig], holds: bool | None
) -> None:
    assert held(name, {}, *providers)[attribute] is holds


def test_a_flag_that_overrides_a_protection_switches_it_off() -> None:
    values = {"disable_api_termination": True, "force_destroy": True}
    assert held("aws_instance", values)["disable_api_termination"] is False
    assert held("aws_instance", {**values, "force_destroy": False})["disable_api_termination"] is True


@pytest.mark.parametrize(
    ("name", "values", "attribute", "keeps", "refuses"),
    [
        ("google_project", {"deletion_policy": "ABANDON"}, "deletion_policy", True, False),
        ("google_project", {"deletion_policy": "PREVENT"}, "deletion_policy", False, True),
        ("google_project", {"deletion_policy": None}, "deletion_policy", False, True),
        ("google_firestore_database", {"deletion_policy": None}, "deletion_policy", True, False),
        ("google_project", {"deletion_policy": "DELETE"}, "deletion_policy", False, False),
        ("aws_cloudwatch_log_group", {"skip_destroy": True}, "skip_destroy", True, False),
        ("aws_organizations_account", {"close_on_deletion": False}, "close_on_deletion", True, False),
        ("aws_db_instance", {"deletion_protection": True}, "deletion_protection", False, True),
        ("aws_db_instance", {"skip_final_snapshot": False}, "skip_final_snapshot", False, False),
    ],
)
def test_what_a_destroy_would_meet(
    name: str, values: dict[str, Any], attribute: str, keeps: bool, refuses: bool
) -> None:
    tree = Values.of(values)
    state = next(s for s in catalog.states(catalog.lookup(name), tree) if s.protection.attribute == attribute)
    assert (state.keeps, state.refuses) == (keeps, refuses)


@pytest.mark.parametrize(
    ("name", "values", "providers", "recoverable"),
    [
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 0}, [], "no"),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 7}, [], "window"),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": None}, [], "window"),
        ("aws_kms_key", {"deletion_window_in_days": 7}, [], "window"),
        ("azurerm_key_vault_key", {}, [azure()], "no"),
        (
            "azurerm_key_vault_key",
            {},
            [azure({"key_vault": [{"purge_soft_deleted_keys_on_destroy": False}]})],
            "window",
        ),
        ("azurerm_key_vault", {"purge_protection_enabled": False}, [azure()], "no"),
        ("azurerm_key_vault", {"purge_protection_enabled": True}, [azure()], "window"),
        ("azurerm_key_vault", {"purge_protection_enabled": False}, [], "window"),
        ("snowflake_table", {"data_retention_time_in_days": 0}, [], "no"),
        ("snowflake_table", {"data_retention_time_in_days": -1}, [], "window"),
        ("google_storage_bucket", {"soft_delete_policy": [{"retention_duration_seconds": 0}]}, [], "no"),
        ("google_storage_bucket", {"soft_delete_policy": [{"retention_duration_seconds": 604800}]}, [], "window"),
        ("aws_db_instance", {"skip_final_snapshot": True}, [], "backup"),
    ],
)
def test_a_window_that_is_switched_off(
    name: str, values: dict[str, Any], providers: list[ProviderConfig], recoverable: str
) -> None:
    entry = catalog.lookup(name)
    found = catalog.states(entry, Values.of(values), tuple(providers))
    assert catalog.settled(entry, found).recoverable == recoverable


def test_values_that_nobody_has_are_not_known() -> None:
    assert {state.holds for state in catalog.states(catalog.lookup("aws_s3_bucket"), None)} == {None}


@pytest.mark.parametrize(
    ("attribute", "found"),
    [
        ("a", (1,)),
        ("b[*].c", (2, 3)),
        ("b.c", (2, 3)),
        ("d.e", (4,)),
        ("d[*].e", (4,)),
        ("f[Key=x.y].Value", (5,)),
        ("nothing", (MISSING,)),
        ("b[*].nothing", (MISSING,)),
        ("a.b", (MISSING,)),
        ("g.h", (UNKNOWN,)),
        ("null", (None,)),
        ("null.x", (MISSING,)),
    ],
)
def test_reading_paths(attribute: str, found: tuple[Any, ...]) -> None:
    tree = {"a": 1, "b": [{"c": 2}, {"c": 3}], "d": {"e": 4}, "g": UNKNOWN, "null": None}
    tree["f"] = [{"Key": "x", "Value": 9}, {"Key": "x.y", "Value": 5}]
    assert read(Values.of(tree), attribute) == found


def lost(name: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, bool]:
    """Attribute -> uncertain, for everything that is weaker afterwards."""
    found = catalog.weakened(catalog.lookup(name), Values.of(before), Values.of(after))
    return {weakening.protection.attribute: weakening.uncertain for weakening in found}


def block(**values: Any) -> list[dict[str, Any]]:
    return [values]


@pytest.mark.parametrize(
    ("name", "before", "after", "attribute"),
    [
        ("aws_db_instance", {"deletion_protection": True}, {"deletion_protection": False}, "deletion_protection"),
        ("aws_db_instance", {"deletion_protection": True}, {"deletion_protection": None}, "deletion_protection"),
        ("aws_db_instance", {"skip_final_snapshot": False}, {"skip_final_snapshot": True}, "skip_final_snapshot"),
        ("aws_db_instance", {"backup_retention_period": 35}, {"backup_retention_period": 0}, "backup_retention_period"),
        ("aws_db_instance", {"backup_retention_period": 35}, {"backup_retention_period": 7}, "backup_retention_period"),
        ("aws_s3_bucket", {"force_destroy": False}, {"force_destroy": True}, "force_destroy"),
        ("aws_kms_key", {"deletion_window_in_days": 30}, {"deletion_window_in_days": 7}, "deletion_window_in_days"),
        ("aws_kms_key", {"deletion_window_in_days": 30}, {"deletion_window_in_days": 20}, "deletion_window_in_days"),
        ("aws_kms_key", {"deletion_window_in_days": None}, {"deletion_window_in_days": 20}, "deletion_window_in_days"),
        (
            "aws_s3_bucket_versioning",
            {"versioning_configuration": block(status="Enabled")},
            {"versioning_configuration": block(status="Suspended")},
            "versioning_configuration[*].status",
        ),
        (
            "aws_dynamodb_table",
            {"point_in_time_recovery": block(enabled=True)},
            {"point_in_time_recovery": []},
            "point_in_time_recovery[*].enabled",
        ),
        ("google_project", {"deletion_policy": "PREVENT"}, {"deletion_policy": "DELETE"}, "deletion_policy"),
        (
            "google_storage_bucket",
            {"versioning": block(enabled=True)},
            {"versioning": block(enabled=False)},
            "versioning",
        ),
        ("google_storage_bucket", {"versioning": block(enabled=True)}, {"versioning": []}, "versioning"),
        (
            "google_alloydb_cluster",
            {"automated_backup_policy": block(quantity_based_retention=block(count=14))},
            {"automated_backup_policy": block(quantity_based_retention=block(count=1))},
            "automated_backup_policy",
        ),
        (
            "google_firestore_database",
            {"point_in_time_recovery_enablement": "POINT_IN_TIME_RECOVERY_ENABLED"},
            {"point_in_time_recovery_enablement": "POINT_IN_TIME_RECOVERY_DISABLED"},
            "point_in_time_recovery_enablement",
        ),
        (
            "azurerm_cosmosdb_account",
            {"backup": block(type="Continuous")},
            {"backup": block(type="Periodic")},
            "backup[*].type",
        ),
        (
            "azurerm_storage_account",
            {"blob_properties": block(delete_retention_policy=block(days=30), versioning_enabled=True)},
            {"blob_properties": block(delete_retention_policy=[], versioning_enabled=True)},
            "blob_properties[*].delete_retention_policy",
        ),
        (
            "azurerm_key_vault",
            {"soft_delete_retention_days": 90},
            {"soft_delete_retention_days": 7},
            "soft_delete_retention_days",
        ),
        ("aws_cloudwatch_log_group", {"retention_in_days": 0}, {"retention_in_days": 30}, "retention_in_days"),
        (
            "azurerm_cosmosdb_cassandra_cluster",
            {"hours_between_backups": 4},
            {"hours_between_backups": 24},
            "hours_between_backups",
        ),
        ("mongodbatlas_cluster", {"cloud_backup": True}, {"cloud_backup": False}, "cloud_backup"),
    ],
)
def test_what_is_weaker_afterwards(name: str, before: dict[str, Any], after: dict[str, Any], attribute: str) -> None:
    assert lost(name, before, after) == {attribute: False}
    assert lost(name, after, before) == {}, "the way back is no weakening"
    assert lost(name, before, before) == {}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("aws_db_instance", {"instance_class": "a"}, {"instance_class": "b"}),
        ("aws_cloudwatch_log_group", {"retention_in_days": 30}, {"retention_in_days": 0}),
        ("aws_db_instance", {"final_snapshot_identifier": "a"}, {"final_snapshot_identifier": "b"}),
        # a schedule that moves is not a weaker one
        (
            "google_alloydb_cluster",
            {"automated_backup_policy": block(weekly_schedule=block(start_times=block(hours=23)), location="a")},
            {"automated_backup_policy": block(weekly_schedule=block(start_times=block(hours=2)), location=None)},
        ),
        ("google_project", {"deletion_policy": "PREVENT"}, {"deletion_policy": "ABANDON"}),
    ],
)
def test_what_is_no_weaker(name: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert lost(name, before, after) == {}


@pytest.mark.parametrize(
    ("name", "before", "after", "attribute"),
    [
        ("aws_db_instance", {"deletion_protection": True}, {"deletion_protection": UNKNOWN}, "deletion_protection"),
        (
            "aws_db_instance",
            {"backup_retention_period": 7},
            {"backup_retention_period": UNKNOWN},
            "backup_retention_period",
        ),
        (
            "google_storage_bucket",
            {"versioning": block(enabled=True)},
            {"versioning": block(enabled=UNKNOWN)},
            "versioning",
        ),
    ],
)
def test_what_is_only_known_later_is_uncertain(
    name: str, before: dict[str, Any], after: dict[str, Any], attribute: str
) -> None:
    assert lost(name, before, after) == {attribute: True}


def test_a_provider_block_that_changes_weakens_too() -> None:
    entry, values = catalog.lookup("azurerm_resource_group"), Values.of({})
    off = azure({"resource_group": [{"prevent_deletion_if_contains_resources": False}]})
    (found,) = catalog.weakened(entry, values, values, (azure({}),), (off,))
    assert (found.protection.attribute, found.new) == (GROUP, False)


def test_secrets_are_compared_and_never_printed() -> None:
    before, after = {"backup_retention_period": Sensitive(7)}, {"backup_retention_period": Sensitive(0)}
    assert lost("aws_db_instance", before, after) == {"backup_retention_period": False}
    assert lost("aws_db_instance", before, before) == {}
