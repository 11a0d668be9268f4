"""The catalog itself: everything is there, well-formed, and gives the answers that incidents turn on."""

from __future__ import annotations

import json
import os
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from planguard import bundled, catalog
from planguard.catalog.entry import CATEGORIES
from planguard.catalog.schema import DOES, LAYERS, LOSES, RECOVERABLE, check_resources
from planguard.model import UNKNOWN, Sensitive, Values

TYPES = catalog.known_types()
TERRAFORM = [name for name in TYPES if "::" not in name]
CLOUDFORMATION = [name for name in TYPES if "::" in name]


@pytest.mark.parametrize("part", bundled.parts("resources"))
def test_every_file_is_well_formed(part: str) -> None:
    from planguard.yaml_nodes import build

    path = bundled.rules_dir() / "resources" / f"{part}.yaml"
    node = build(path.read_text(encoding="utf-8"), path.name)
    check_resources(node, path.name, bundled.plain(node))


@pytest.mark.parametrize("part", bundled.parts("resources"))
def test_every_file_is_sorted(part: str) -> None:
    types = bundled.load_part("resources", part)["types"]
    assert list(types) == sorted(types, key=lambda name: (CATEGORIES.index(types[name]["category"]), name))


def test_every_type_is_found_under_its_own_name() -> None:
    for name in TYPES:
        entry = catalog.lookup(name)
        assert (entry.type, entry.guessed) == (name, None)
        assert entry.category in CATEGORIES, name
        assert entry.loses and entry.loses <= set(LOSES), name
        assert entry.recoverable in RECOVERABLE, name
        assert entry.lost and not entry.lost.endswith("."), name
        assert {p.layer for p in entry.protections} <= set(LAYERS), name
        assert {p.does for p in entry.protections} <= set(DOES), name
        assert len({p.attribute for p in entry.protections}) == len(entry.protections), name


def test_no_type_stands_in_two_files() -> None:
    seen: dict[str, str] = {}
    for part in bundled.parts("resources"):
        for name in bundled.load_part("resources", part)["types"]:
            assert seen.setdefault(name, part) == part, name


def test_the_draft_is_covered() -> None:
    """Every type that was known when the catalog began is still in it."""
    names = json.loads((Path(__file__).parent / "fixtures" / "catalog" / "types.json").read_text(encoding="utf-8"))
    assert sorted(set(names["terraform"]) - set(TERRAFORM)) == []
    assert sorted(set(names["cloudformation"]) - set(CLOUDFORMATION)) == []


def test_what_cfn_lint_calls_stateful_loses_something() -> None:
    text = (resources.files("cfnlint") / "data" / "AdditionalSpecs" / "StatefulResources.json").read_text()
    stateful = set(json.loads(text)["ResourceTypes"])
    assert "AWS::RDS::DBInstance" in stateful
    keeps_nothing = {
        "AWS::DocDB::DBInstance": "one node; the documents are in the cluster's volume",
        "AWS::Neptune::DBInstance": "one node; the graph is in the cluster's volume",
    }
    for name in sorted(stateful):
        entry = catalog.lookup(name)
        assert entry.guessed is None, name
        if name in keeps_nothing:
            assert entry.loses == {"availability", "identity"}, name
        elif name == "AWS::Logs::LogGroup":
            assert entry.loses == {"history"}
        else:
            assert "data" in entry.loses, name
            assert entry.recoverable != "yes", name


@pytest.mark.parametrize(
    ("name", "category", "loses", "recoverable"),
    [
        ("aws_db_instance", "database", "data identity availability", "backup"),
        ("aws_s3_bucket", "object-store", "data identity", "no"),
        ("aws_kms_key", "keys", "data identity access", "window"),
        ("google_sql_database_instance", "database", "data identity availability", "backup"),
        ("azurerm_linux_virtual_machine_scale_set", "compute", "availability", "yes"),
        ("kubernetes_namespace", "orchestrator", "data availability access", "no"),
        ("null_resource", "other", "none", "yes"),
        ("terraform_data", "other", "none", "yes"),
        ("archive_file", "other", "none", "yes"),
        ("time_sleep", "other", "none", "yes"),
        ("local_file", "other", "none", "yes"),
        ("random_pet", "other", "none", "yes"),
        ("random_password", "secrets", "access", "no"),
        ("tls_private_key", "keys", "identity access", "no"),
        ("aws_security_group_rule", "network", "none", "yes"),
        ("aws_ecs_task_definition", "orchestrator", "none", "yes"),
        ("aws_launch_template", "compute", "none", "yes"),
        ("aws_s3_bucket_metric", "object-store", "none", "yes"),
    ],
)
def test_what_some_types_lose(name: str, category: str, loses: str, recoverable: str) -> None:
    entry = catalog.lookup(name)
    assert (entry.category, entry.loses, entry.recoverable) == (category, frozenset(loses.split()), recoverable)


@pytest.mark.parametrize(
    "name",
    [
        "google_project", "azurerm_resource_group", "kubernetes_namespace", "kubernetes_namespace_v1", "helm_release",
        "aws_organizations_account", "azurerm_subscription", "azurerm_mssql_server", "google_sql_database_instance",
        "aws_cloudformation_stack", "AWS::CloudFormation::Stack", "snowflake_database", "snowflake_schema",
        "mongodbatlas_project", "databricks_catalog", "vault_mount", "aws_eks_cluster",
    ],
)  # fmt: skip
def test_containers(name: str) -> None:
    assert catalog.lookup(name).container


def test_a_folder_that_must_be_empty_is_no_container() -> None:
    entry = catalog.lookup("google_folder")
    assert entry.refused_unless_empty and not entry.container


@pytest.mark.parametrize(
    ("name", "values", "lost"),
    [
        ("AWS::RDS::DBInstance", {"Engine": "mysql"}, "every database"),
        ("AWS::RDS::DBInstance", {"DBClusterIdentifier": "orders"}, "one Aurora compute node"),
        ("AWS::RDS::DBInstance", {"DBClusterIdentifier": UNKNOWN}, "every database"),
        ("AWS::RDS::DBInstance", {"DBClusterIdentifier": Sensitive("orders")}, "one Aurora compute node"),
        ("AWS::RDS::DBInstance", None, "every database"),
        ("AWS::FSx::FileSystem", {"FileSystemType": "WINDOWS"}, "all shares"),
        ("AWS::FSx::FileSystem", {"FileSystemType": "LUSTRE"}, "all files; the final backup"),
        ("AWS::FSx::Volume", {"VolumeType": "OPENZFS"}, "all files of the volume"),
    ],
)
def test_a_cloudformation_type_that_means_several_things(
    name: str, values: dict[str, object] | None, lost: str
) -> None:
    entry = catalog.lookup(name, values=None if values is None else Values.of(values))
    assert entry.lost.startswith(lost)


def test_twins_know_each_other_and_keep_their_own_attributes() -> None:
    terraform, cloudformation = catalog.lookup("aws_dynamodb_table"), catalog.lookup("AWS::DynamoDB::Table")
    assert terraform.cfn_type == cloudformation.type
    assert terraform.backup_attributes == ("point_in_time_recovery[*].enabled",)
    assert cloudformation.backup_attributes == ("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",)
    assert [p.attribute for p in cloudformation.protections] == ["DeletionProtectionEnabled"]
    assert terraform.loses == cloudformation.loses


def test_the_provider_name_in_a_configuration_does_not_matter() -> None:
    assert catalog.lookup("google_sql_database_instance", "google-beta") == catalog.lookup(
        "google_sql_database_instance"
    )


def test_only_the_providers_that_are_met_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    original = bundled.load_part

    def load_part(directory: str, stem: str, check: bundled.Check | None = None) -> object:
        loaded.append(stem)
        return original(directory, stem, check)

    monkeypatch.setattr(bundled, "load_part", load_part)
    for cached in (catalog._part, catalog._entry):
        cached.cache_clear()
    catalog.lookup("hcloud_server")
    catalog.lookup("hcloud_volume")
    assert loaded == ["hcloud"]


def test_cloudformation_properties_exist() -> None:
    """Every property that an entry reads is one of the resource's own, as the schemas in cfn-lint have them."""
    base = Path(str(resources.files("cfnlint"))) / "data" / "schemas"
    index = json.loads((base / "providers" / "us-east-1.json").read_text())
    seen = set()
    for name in CLOUDFORMATION:
        entry = catalog.lookup(name)
        attributes = (*(p.attribute for p in entry.protections), *entry.backup_attributes)
        file = base / "resources" / f"{index.get(name)}.json"
        if not attributes or not file.exists():
            continue
        properties = json.loads(file.read_text())["properties"]
        for attribute in attributes:
            assert attribute.partition(".")[0].partition("[")[0] in properties, f"{name}: {attribute}"
            seen.add((name, attribute))
    assert ("AWS::RDS::DBInstance", "BackupRetentionPeriod") in seen


def test_types_of_the_incidents_are_in_the_catalog() -> None:
    folder = os.environ.get("PLANGUARD_INCIDENTS")
    if not folder:
        pytest.skip("PLANGUARD_INCIDENTS is not set: the replays are not in this repository")
    guessed = set()
    for file in Path(folder).glob("*/plan.json"):
        changes = json.loads(file.read_text(encoding="utf-8")).get("resource_changes", [])
        types = {change["type"] for change in changes if change.get("mode") == "managed"}
        guessed |= {name for name in types if catalog.lookup(name).guessed}
    assert guessed == set()


@pytest.mark.parametrize(
    ("name", "values", "loses", "recoverable"),
    [
        ("aws_db_instance", {"replicate_source_db": "orders"}, {"identity", "availability"}, "yes"),
        ("aws_db_instance", {"replicate_source_db": ""}, {"data", "identity", "availability"}, "backup"),
        ("aws_db_instance", {"replicate_source_db": UNKNOWN}, {"data", "identity", "availability"}, "backup"),
        ("aws_db_instance", {}, {"data", "identity", "availability"}, "backup"),
        ("google_bigquery_table", {"view": [{"query": "select 1"}]}, {"none"}, "yes"),
        ("google_bigquery_table", {"view": []}, {"data"}, "window"),
        ("aws_route53_record", {"name": "_a1.acme.example"}, {"availability"}, "at-once"),
        ("aws_route53_record", {"name": "www"}, {"availability"}, "yes"),
        ("aws_route53_record", {"name": Sensitive("_a1")}, {"availability"}, "at-once"),
    ],
)
def test_what_an_object_is_by_its_own_attributes(
    name: str, values: dict[str, Any], loses: set[str], recoverable: str
) -> None:
    entry = catalog.lookup(name, values=Values.of(values))
    assert (set(entry.loses), entry.recoverable) == (loses, recoverable)


def test_a_condition_of_terraform_says_nothing_of_a_template() -> None:
    entry = catalog.lookup("AWS::RDS::DBInstance", values=Values.of({"replicate_source_db": "orders"}))
    assert "data" in entry.loses
