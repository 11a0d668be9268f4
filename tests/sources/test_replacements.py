"""Attributes that are likely to force a replacement: the table, and what an edit of one is said to do."""

from __future__ import annotations

import re

import pytest

from planguard.catalog.replacement import forced_by
from planguard.model import Action
from source_edits import judged, told


def block(kind, inside):
    return f'resource "{kind}" "prod_main" {{\n{inside}\n}}\n'


@pytest.mark.parametrize(
    ("kind", "before", "after", "replaced"),
    [
        ("aws_db_instance", 'db_name = "a"', 'db_name = "b"', True),
        ("aws_db_instance", 'identifier = "prod-a"', 'identifier = "prod-b"', False),
        ("aws_db_instance", 'region = "eu-west-1"', 'region = "eu-west-3"', True),
        ("aws_db_instance", "", 'region = "eu-west-1"', False),
        ("aws_s3_bucket", 'region = "eu-west-1"', 'region = "eu-west-3"', True),
        ("aws_dynamodb_table", 'hash_key = "a"', 'hash_key = "b"', True),
        ("aws_elasticache_replication_group", 'engine = "redis"', 'engine = "valkey"', False),
        ("google_sql_database_instance", 'settings {\n tier = "a"\n}', 'settings {\n tier = "b"\n}', False),
        ("google_sql_database_instance", "settings {\n disk_size = 20\n}", "settings {\n disk_size = 40\n}", False),
        ("google_sql_database_instance", "settings {\n disk_size = 40\n}", "settings {\n disk_size = 20\n}", True),
        ("google_sql_database_instance", 'settings {\n disk_type = "a"\n}', 'settings {\n disk_type = "b"\n}', True),
        ("google_sql_database_instance", 'settings {\n disk_type = "a"\n}', "settings {\n disk_type = var.x\n}", False),
        ("google_compute_disk", "size = 100", "size = 200", False),
        ("google_compute_disk", "size = 200", "size = 100", True),
        ("kubernetes_service", 'metadata {\n name = "a"\n}', 'metadata {\n name = "b"\n}', True),
        ("kubernetes_service", "metadata {\n labels = {}\n}", 'metadata {\n labels = { a = "b" }\n}', False),
        ("helm_release", 'namespace = "a"', 'namespace = "b"', True),
        ("helm_release", 'version = "1"', 'version = "2"', False),
        ("google_spanner_instance", 'project = "a"', 'project = "b"', True),
        ("azurerm_storage_account", 'location = "a"', 'location = "b"', True),
        ("azurerm_storage_account", 'account_replication_type = "LRS"', 'account_replication_type = "GRS"', False),
    ],
)
def test_edits(kind, before, after, replaced):
    found = judged(block(kind, before), block(kind, after))
    (change,) = found.plan.changes
    assert change.action is (Action.REPLACE if replaced else Action.UPDATE)
    assert bool(change.replace_paths) is replaced
    assert all(severity == "medium" for severity, _, _ in told(found)), "a plan has the last word"


def test_a_type_that_is_not_in_the_table():
    assert forced_by("acme_thing") == {}
    assert forced_by("aws_thing") == {"region": "given"}


def test_the_table_is_in_order():
    from planguard import bundled

    data = bundled.load("replacements")
    for kind, names in data["types"].items():
        assert names == sorted(set(names)), kind
        assert all(re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)?", name) for name in names), kind
        assert re.fullmatch(r"[a-z]+_[a-z0-9_]+", kind)
    assert set(data) == {"version", "everywhere", "smaller", "types"}
