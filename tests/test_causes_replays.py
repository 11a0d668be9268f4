"""Causes of the recorded plans: each names the edit that was really made between the sources before and after.

The replays are not part of this project: set PLANGUARD_INCIDENTS to the directory that holds them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from planguard import inputs
from planguard.causes import Causes, explain
from planguard.graph import build
from planguard.model import Action, Plan

_ROOT = os.environ.get("PLANGUARD_INCIDENTS", "")
pytestmark = pytest.mark.skipif(not _ROOT, reason="PLANGUARD_INCIDENTS is not set: the recorded plans are not here")


def replay(number: str) -> tuple[Plan, Causes]:
    """The plan of a replay and its causes."""
    (folder,) = Path(_ROOT).glob(f"{number}-*")
    (plan,) = inputs.load(str(folder / "plan.json"))
    return plan, explain(plan, build(plan))


def texts(number: str) -> dict[str, str]:
    """Address → cause, for everything that has one."""
    plan, causes = replay(number)
    found = {c.resource.address: causes.of(c) for c in plan.changes}
    return {address: cause.text for address, cause in found.items() if cause is not None}


@pytest.mark.parametrize(
    ("number", "address", "words"),
    [
        ("01", "module.environment.aws_db_instance.usage", '"cost_explorer_prod" to "cost_explorer_cn_prod"'),
        ("01", "module.environment.aws_route53_record.app", '"cost-explorer-prod.costs'),
        ("02", "aws_db_instance.main", 'db_name changes from "prod_orders_db" to "prod_orders"'),
        ("04", 'aws_dynamodb_table.t["orders"]', 'rename of the key "orders" to "orders-v2"'),
        ("05", "module.db.aws_db_instance.main", "rename of module.db to module.database"),
        ("10", "aws_vpc.main", 'cidr_block changes from "10.50.0.0/16" to "10.60.0.0/16"'),
        ("17", "aws_db_instance.main", "asked for on the command line (-replace)"),
        ("25", "aws_db_instance.main", "removed block"),
        ("32", "aws_rds_cluster_instance.r[2]", "count of aws_rds_cluster_instance.r went from 3 to 1"),
        ("34", "module.db[0].aws_db_instance.main", "count of module.db went from 1 to 0"),
        ("37", "aws_db_instance.orders", 'db_name changes from "prod_orders_db" to "prod_orders"'),
        (
            "39",
            "google_container_cluster.gke",
            'private_cluster_config.master_ipv4_cidr_block changes from "172.16.0.0/28"',
        ),
        ("39", "google_sql_database_instance.main", 'region changes from "europe-west1" to "europe-west4"'),
        ("58", "aws_s3_bucket.uploads", "rename to aws_s3_bucket.user_uploads"),
    ],
)
def test_the_cause_is_the_edit(number: str, address: str, words: str) -> None:
    assert words in texts(number)[address]


def test_the_cascade_has_one_root() -> None:
    plan, causes = replay("10")
    for change in plan.changes:
        cause = causes.of(change)
        if cause is not None and change.resource.address != "aws_vpc.main":
            assert cause.root == "aws_vpc.main"
            assert cause.chain[-1] == change.resource.address


def test_no_secret_is_printed() -> None:
    plan, causes = replay("29")
    for change in plan.changes:
        assert "SECRET" not in f"{causes.of(change)} {causes.remedy(change)}"


def test_moves_are_the_renames_and_nothing_else() -> None:
    found = {}
    for folder in sorted(Path(_ROOT).iterdir()):
        if (folder / "plan.json").exists():
            _, causes = replay(folder.name[:2])
            if causes.moves.pairs:
                found[folder.name[:2]] = {(move.old, move.new) for move in causes.moves.pairs}
    assert found == {
        "04": {('aws_dynamodb_table.t["orders"]', 'aws_dynamodb_table.t["orders-v2"]')},
        "05": {("module.db.aws_db_instance.main", "module.database.aws_db_instance.main")},
        "58": {
            ("aws_s3_bucket.uploads", "aws_s3_bucket.user_uploads"),
            ("aws_s3_bucket_versioning.uploads", "aws_s3_bucket_versioning.user_uploads"),
        },
    }


def test_one_word_in_a_call_is_behind_everything_that_it_names() -> None:
    plan, causes = replay("01")
    edited = {c.resource.address: causes.of(c) for c in plan.changes}
    assert {cause.root for cause in edited.values() if cause is not None} == {"module.environment.var.env"}
    for change in plan.changes:
        if change.action is Action.REPLACE:
            remedy = causes.remedy(change) or ""
            assert 'var.env of module.environment: set it to "cost-explorer-prod" again' in remedy


def test_no_variable_is_named_where_none_was_edited() -> None:
    for folder in sorted(Path(_ROOT).iterdir()):
        if (folder / "plan.json").exists() and not folder.name.startswith("01-"):
            plan, causes = replay(folder.name[:2])
            roots = {cause.root for change in plan.changes if (cause := causes.of(change)) is not None}
            assert not {root for root in roots if root and "var." in root}, folder.name
