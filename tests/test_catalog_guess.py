"""Types that nobody has heard of: what their names and attributes tell, and that the answer says that it is a guess."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planguard import bundled, catalog
from planguard.catalog.entry import CATEGORIES
from planguard.catalog.schema import LOSES, RECOVERABLE
from planguard.model import UNKNOWN, Sensitive, Values

DIA = "data identity availability"
NAMES = [
    # things that hold data
    ("acme_storage_bucket", "object-store", "data identity", "no"),
    ("acme_buckets", "object-store", "data identity", "no"),
    ("acme_postgres_database", "database", DIA, "backup"),
    ("acme_app_db", "database", DIA, "backup"),
    ("acme_mysql_cluster", "database", DIA, "backup"),
    ("acme_documentdb_cluster", "database", DIA, "backup"),
    ("acme_compute_cluster", "compute", DIA, "no"),
    ("acme_kubernetes_cluster", "orchestrator", f"{DIA} access", "no"),
    ("acme_redis_instance", "cache", DIA, "no"),
    ("acme_kafka_cluster", "queue/stream", DIA, "no"),
    ("acme_opensearch_cluster", "search", "data", "no"),
    ("acme_events_table", "database", "data", "no"),
    ("acme_block_volume", "block-store", "data", "backup"),
    ("acme_disk", "block-store", "data", "backup"),
    ("acme_shared_file_system", "file-store", DIA, "backup"),
    ("acme_volume_snapshot", "backup", "data", "no"),
    ("acme_server_backup", "backup", "data", "no"),
    ("acme_queue", "queue/stream", DIA, "no"),
    ("acme_event_topic", "queue/stream", DIA, "no"),
    ("acme_data_stream", "queue/stream", DIA, "no"),
    ("acme_pull_subscription", "queue/stream", "data availability", "no"),
    ("acme_git_repository", "registry/repo", "data availability", "no"),
    ("acme_registries", "registry/repo", "data availability", "no"),
    # keys, secrets, identities
    ("acme_kms_key", "keys", "data identity access", "no"),
    ("acme_key", "keys", "data identity access", "no"),
    ("acme_api_key", "keys", "identity access", "no"),
    ("acme_ssh_key", "other", "none", "yes"),
    ("acme_db_secret", "secrets", "data access", "no"),
    ("acme_secret_version", "secrets", "data access", "no"),
    ("acme_user", "identity", "identity access", "no"),
    ("acme_group", "identity", "identity access", "no"),
    ("acme_custom_role", "identity", "access", "yes"),
    ("acme_user_pool", "identity", f"{DIA} access", "no"),
    # names, networks, containers
    ("acme_dns_zone", "dns", "identity availability", "no"),
    ("acme_dns_record", "dns", "availability", "yes"),
    ("acme_floating_ip", "network", "identity availability", "no"),
    ("acme_load_balancer", "network", "identity availability", "no"),
    ("acme_subnet", "network", "identity availability", "yes"),
    ("acme_namespace", "other", f"{DIA} access", "no"),
    ("acme_project", "other", f"{DIA} access", "no"),
    # things that hold nothing themselves
    ("acme_volume_attachment", "other", "none", "yes"),
    ("acme_database_role_binding", "other", "none", "yes"),
    ("acme_bucket_iam_member", "other", "none", "yes"),
    ("acme_zone_association", "other", "none", "yes"),
    ("acme_database_permission", "other", "none", "yes"),
    ("acme_application_version", "other", "none", "yes"),
    ("acme_database_firewall_rule", "network", "none", "yes"),
    ("acme_bucket_policy", "identity", "access", "yes"),
    ("acme_bucket_iam_binding", "identity", "access", "no"),
    ("acme_db_subnet_group", "other", "none", "yes"),
    ("acme_uptime_alarm", "monitoring", "none", "yes"),
    ("acme_backup_plan", "backup", "none", "yes"),
    ("acme_launch_template", "other", "none", "yes"),
    ("acme_apigatewayv2_deployment", "other", "none", "yes"),
    ("acme_autoscaling_schedule", "other", "none", "yes"),
    ("acme_maintenance_window", "other", "none", "yes"),
    ("acme_guard_filter", "network", "none", "yes"),
    ("acme_resource_quota", "network", "none", "yes"),
    ("acme_cost_anomaly_subscription", "monitoring", "none", "yes"),
    ("acme_lb_probe", "other", "availability", "at-once"),
    # relatives
    ("aws_s3_bucket_abracadabra", "object-store", "availability", "yes"),
    ("google_storage_bucket_abracadabra", "object-store", "availability", "yes"),
    # other ways of writing
    ("AWS::Acme::GraphDatabase", "database", DIA, "backup"),
    ("AWS::Acme::DBCluster", "database", DIA, "backup"),
    ("AWS::Acme::VPCAttachment", "other", "none", "yes"),
    ("AWS::Acme::Table", "database", "data", "no"),
    ("kubernetes_acme_stateful_set_v1beta1", "database", DIA, "backup"),
    # nothing to go by
    ("acme_frobnicator", "unknown", "unknown", "unknown"),
    ("acme", "unknown", "unknown", "unknown"),
    ("", "unknown", "unknown", "unknown"),
]


@pytest.mark.parametrize(("name", "category", "loses", "recoverable"), NAMES)
def test_what_a_name_tells(name: str, category: str, loses: str, recoverable: str) -> None:
    entry = catalog.lookup(name)
    assert (entry.category, entry.loses, entry.recoverable) == (category, frozenset(loses.split()), recoverable)
    assert entry.guessed is not None and entry.guessed.startswith("not in the catalog")
    assert entry.confidence == "low"


def test_the_reason_names_the_ending() -> None:
    assert (
        catalog.lookup("acme_storage_bucket").guessed == "not in the catalog; judged by its name, which ends in _bucket"
    )
    assert catalog.lookup("acme_frobnicator").guessed == "not in the catalog, and its name tells nothing"
    assert (
        catalog.lookup("aws_s3_bucket_abracadabra").guessed
        == "not in the catalog; judged by its name, a part of aws_s3_bucket"
    )


@pytest.mark.parametrize(
    ("name", "values", "loses", "reason"),
    [
        ("acme_frobnicator", {"deletion_protection": None}, DIA, "deletion_protection"),
        ("acme_frobnicator", {"skip_final_snapshot": True}, DIA, "skip_final_snapshot"),
        ("acme_frobnicator", {"backup_retention_period": 0}, DIA, "backup_retention_period"),
        ("acme_frobnicator", {"force_destroy": False}, DIA, "force_destroy"),
        ("acme_frobnicator", {"engine": "mysql", "allocated_storage": 20}, DIA, "an engine and storage"),
        ("acme_frobnicator", {"kms_key_id": "arn"}, DIA, "kms_key_id"),
        ("acme_frobnicator", {"kms_key_id": UNKNOWN}, DIA, "kms_key_id"),
        ("acme_frobnicator", {"kms_key_id": Sensitive("arn")}, DIA, "kms_key_id"),
        ("acme_frobnicator", {"kms_key_id": None, "encrypted": False}, "unknown", "tells nothing"),
        ("acme_frobnicator", {"tags": {}, "engine": "v8"}, "unknown", "tells nothing"),
        # a name that says little gives way to attributes that say much, and to nothing less
        ("acme_frob_configuration", {"force_destroy": False}, DIA, "force_destroy"),
        ("acme_frob_configuration", {"kms_key_id": "arn"}, "availability", "_configuration"),
        # a name that says much stays
        ("acme_load_balancer", {"deletion_protection": True}, "identity availability", "_load_balancer"),
        ("acme_namespace", {"deletion_protection": True}, f"{DIA} access", "_namespace"),
        ("aws_s3_bucket_abracadabra", {"kms_key_id": "arn"}, DIA, "kms_key_id"),
    ],
)
def test_what_attributes_tell(name: str, values: dict[str, Any], loses: str, reason: str) -> None:
    entry = catalog.lookup(name, values=Values.of(values))
    assert entry.loses == set(loses.split())
    assert reason in (entry.guessed or "")
    assert "arn" not in (entry.guessed or "")


def test_flags_that_are_there_are_believed() -> None:
    values = Values.of({"deletion_protection": True, "force_destroy": None})
    entry = catalog.lookup("acme_frobnicator", values=values)
    states = {s.protection.attribute: s.holds for s in catalog.states(entry, values)}
    assert states == {"deletion_protection": True, "force_destroy": None}
    assert catalog.lookup("acme_frobnicator").protections == ()


@pytest.mark.parametrize(
    ("name", "values", "like"),
    [
        ("kubernetes_manifest", {"manifest": {"kind": "Namespace"}}, "kubernetes_namespace"),
        ("kubernetes_manifest", {"manifest": {"kind": "StatefulSet"}}, "kubernetes_stateful_set"),
        ("kubectl_manifest", {"kind": "PersistentVolumeClaim"}, "kubernetes_persistent_volume_claim"),
        ("aws_cloudcontrolapi_resource", {"type_name": "AWS::SQS::Queue"}, "AWS::SQS::Queue"),
    ],
)
def test_generic_resources_are_what_they_say(name: str, values: dict[str, Any], like: str) -> None:
    entry, inner = catalog.lookup(name, values=Values.of(values)), catalog.lookup(like)
    assert entry.type == name
    assert (entry.category, entry.loses, entry.recoverable) == (inner.category, inner.loses, inner.recoverable)


def test_an_azure_resource_type_is_read_too() -> None:
    entry = catalog.lookup("azapi_resource", values=Values.of({"type": "Microsoft.Sql/servers/databases@2023-08-01"}))
    assert entry.category == "database"
    assert entry.guessed is not None and "Microsoft.Sql/servers/databases" in entry.guessed


@pytest.mark.parametrize("values", [None, {}, {"manifest": UNKNOWN}, {"manifest": {"kind": Sensitive("Secret")}}])
def test_a_generic_resource_that_does_not_say_what_it_is_loses_data(values: dict[str, Any] | None) -> None:
    entry = catalog.lookup("kubernetes_manifest", values=None if values is None else Values.of(values))
    assert "data" in entry.loses


def test_custom_resources_are_known_to_be_unknown() -> None:
    entry = catalog.lookup("Custom::AutoDelete")
    assert (entry.type, entry.recoverable) == ("Custom::AutoDelete", "no")
    assert "data" in entry.loses


def test_the_word_list_is_well_formed() -> None:
    words = bundled.load("guesses")
    endings = [ending for kind in words["kinds"].values() for ending in kind.get("endings", ())]
    assert sorted(endings) == sorted(set(endings)), "an ending means two things"
    for name, kind in words["kinds"].items():
        assert kind["category"] in CATEGORIES, name
        assert set(kind["loses"]) <= set(LOSES), name
        assert kind["recoverable"] in RECOVERABLE, name


def test_guessing_the_known_types_seldom_plays_a_loss_down() -> None:
    """Blind to the entry itself, its name must not make a type that loses data look harmless."""
    from planguard.catalog.guess import guess

    data = [name for name in catalog.known_types() if "data" in catalog.lookup(name).loses]
    harmless = [name for name in data if guess(name, "", None, {}).loses == {"none"}]
    mild = [name for name in data if guess(name, "", None, {}).recoverable == "yes"]
    assert len(harmless) <= len(data) // 80, harmless
    assert len(mild) <= len(data) // 18, mild


@given(
    st.text(max_size=60), st.dictionaries(st.text(max_size=20), st.none() | st.booleans() | st.integers() | st.text())
)
def test_lookup_never_fails_and_is_never_silent(name: str, values: dict[str, Any]) -> None:
    entry = catalog.lookup(name, values=Values.of(values))
    assert entry.type == name
    assert entry.loses
    assert entry.guessed or name in catalog.known_types() or name.startswith("Custom::")
    assert entry.category and entry.lost
