"""Protections that are on where the sources say nothing."""

from __future__ import annotations

import pytest

from planguard.sources import defaults
from source_edits import judged, told


def block(kind, inside):
    return f'resource "{kind}" "prod_main" {{\n  name = "prod"\n{inside}\n}}\n'


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        ("google_bigquery_table", "deletion_protection = false"),
        ("google_sql_database_instance", "deletion_protection = false"),
        ("google_container_cluster", "deletion_protection = false"),
        ("google_project", 'deletion_policy = "DELETE"'),
        ("aws_kms_key", "deletion_window_in_days = 7"),
        ("aws_secretsmanager_secret", "recovery_window_in_days = 0"),
        ("azurerm_key_vault", "soft_delete_retention_days = 7"),
    ],
)
def test_a_default_that_is_switched_off(kind, setting):
    weakened = ("medium", "protection-weakened", f"{kind}.prod_main")
    assert told(judged(block(kind, ""), block(kind, setting))) == {weakened}
    assert told(judged(block(kind, setting), block(kind, ""))) == set()


def test_a_line_that_only_repeats_the_default():
    kind = "google_sql_database_instance"
    assert told(judged(block(kind, "deletion_protection = true"), block(kind, ""))) == set()
    assert told(judged(block(kind, ""), block(kind, "deletion_protection = true"))) == set()


def test_other_types_have_no_defaults_here():
    assert dict(defaults.of("aws_db_instance")) == {}
