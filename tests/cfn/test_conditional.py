"""Properties that the schema calls conditional: what CloudFormation's own handlers make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cfn_documents import PRODUCTION, by_name, change, compared, detail, only, template, verdict
from planguard.model import Action

_WORDS = {"C": (Action.REPLACE, True), "U": (Action.UPDATE, False)}
NOTHING = object()
# What the schema calls conditional, and AWS's handlers change in place (U), or not always (C).
CONDITIONAL: list[tuple[str, str, Any, Any, str]] = [
    ("AWS::RDS::DBInstance", "BackupRetentionPeriod", 7, 14, "U"),
    ("AWS::RDS::DBInstance", "BackupRetentionPeriod", 7, {"Ref": "AWS::AccountId"}, "U"),
    ("AWS::RDS::DBInstance", "MultiAZ", True, False, "U"),
    ("AWS::RDS::DBInstance", "PreferredMaintenanceWindow", "a", "b", "U"),
    ("AWS::RDS::DBInstance", "AvailabilityZone", "a", "b", "C"),
    ("AWS::RDS::DBInstance", "Engine", "aurora", "aurora-mysql", "U"),
    ("AWS::RDS::DBInstance", "Engine", "mysql", "mariadb", "C"),
    ("AWS::RDS::DBInstance", "Engine", "aurora", {"Ref": "AWS::Region"}, "C"),
    ("AWS::RDS::DBInstance", "DBSnapshotIdentifier", "a", NOTHING, "U"),
    ("AWS::RDS::DBInstance", "DBSnapshotIdentifier", "a", "b", "C"),
    ("AWS::RDS::DBInstance", "DBSnapshotIdentifier", NOTHING, "b", "C"),
    ("AWS::RDS::DBInstance", "DBSnapshotIdentifier", "a", {"Ref": "AWS::Region"}, "C"),
    ("AWS::RDS::DBInstance", "SourceDBInstanceIdentifier", "a", NOTHING, "U"),
    ("AWS::RDS::DBInstance", "PerformanceInsightsKMSKeyId", NOTHING, "a", "U"),
    ("AWS::RDS::DBInstance", "PerformanceInsightsKMSKeyId", "a", "b", "C"),
    ("AWS::RDS::DBInstance", "UseLatestRestorableTime", True, False, "U"),
    ("AWS::RDS::DBInstance", "UseLatestRestorableTime", NOTHING, True, "C"),
    ("AWS::RDS::DBCluster", "Engine", "aurora", "aurora-mysql", "U"),
    ("AWS::RDS::DBCluster", "Engine", "aurora", "aurora-postgresql", "C"),
]


@pytest.mark.parametrize(
    ("kind", "name", "old", "new", "word"),
    CONDITIONAL,
    ids=lambda value: "nothing" if value is NOTHING else str(value)[:40],
)
def test_what_the_schema_leaves_open_is_settled_where_it_is_known(
    tmp_path: Path, kind: str, name: str, old: Any, new: Any, word: str
) -> None:
    sides = [
        template({"Thing": {"Type": kind, "Properties": {} if value is NOTHING else {name: value}}})
        for value in (old, new)
    ]
    found = by_name(compared(tmp_path, *sides))["Thing"]
    assert (found.action, found.conditional) == _WORDS[word]


def test_a_parameter_group_that_is_replaced_takes_no_database_with_it(tmp_path: Path) -> None:
    def stack(family: str) -> str:
        group = {"Type": "AWS::RDS::DBParameterGroup", "Properties": {"Family": family, "Description": "x"}}
        database = {"DBParameterGroupName": {"Ref": "Group"}, **PRODUCTION}
        return template({"Group": group, "Db": {"Type": "AWS::RDS::DBInstance", "Properties": database}})

    plan = compared(tmp_path, stack("postgres15"), stack("postgres16"))
    assert by_name(plan)["Db"].action is Action.UPDATE
    assert verdict(plan)[0] == 0


@pytest.mark.parametrize(("names", "said"), [(["MultiAZ"], True), (["MultiAZ", "Engine"], False)])
def test_a_change_set_keeps_its_word_and_what_is_known_stands_beside_it(
    tmp_path: Path, names: list[str], said: bool
) -> None:
    details = [detail(name, "Conditionally", "Dynamic") for name in names]
    found = only(tmp_path, change(Action="Modify", Replacement="Conditional", Details=details))
    assert (found.action, found.conditional) == (Action.REPLACE, True)
    assert any("handlers change MultiAZ in place" in sentence for sentence in found.basis) is said
