"""When a property that "may" force a replacement does not: what AWS's schemas leave open, and its own handlers decide.

The schema of `AWS::RDS::DBInstance` calls even the days that backups are kept conditional, where AWS's reference says
"some interruptions" and the handler changes it in place. Facts only, for the few types where they are known:
https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds (ImmutabilityHelper of each type), and
the reference of the types. What is not here stays open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from planguard.inputs.cfn_resolve import is_expression
from planguard.model import MISSING

_Side = Mapping[str, Any]


def stays(type: str, name: str, old: _Side, new: _Side) -> bool:
    """Whether a change of this conditional property is known to keep the object."""
    if never(type, name):
        return True
    test = _KNOWN.get(type, {}).get(name)
    if test is None:
        return False
    before, after = old.get(name, MISSING), new.get(name, MISSING)
    return not is_expression(before) and not is_expression(after) and test(before, after)


def never(type: str, name: str) -> bool:
    """Whether no change of this conditional property replaces the object, whatever it becomes."""
    return _KNOWN.get(type, {}).get(name) is _always


def _always(_: Any, __: Any) -> bool:
    return True


def _new_is_empty(_: Any, new: Any) -> bool:
    return new is MISSING or new is None or new == ""


def _old_is_empty(old: Any, _: Any) -> bool:
    return old is MISSING or old is None or old == ""


def _new_is_off(_: Any, new: Any) -> bool:
    return new is MISSING or str(new).lower() == "false"


_ENGINES = frozenset({("aurora", "aurora-mysql"), ("oracle-se", "oracle-se2"), ("oracle-se1", "oracle-se2")})


def _upgrade(old: Any, new: Any) -> bool:
    return (str(old), str(new)) in _ENGINES


_KNOWN: Mapping[str, Mapping[str, Callable[[Any, Any], bool]]] = {
    "AWS::RDS::DBInstance": {
        "AutoMinorVersionUpgrade": _always,
        "BackupRetentionPeriod": _always,
        "DBParameterGroupName": _always,
        "MultiAZ": _always,
        "PreferredMaintenanceWindow": _always,
        "Engine": _upgrade,
        "PerformanceInsightsKMSKeyId": _old_is_empty,
        # Where it was restored from says nothing any more once it is there; a replica without its source is promoted.
        "DBClusterSnapshotIdentifier": _new_is_empty,
        "DBSnapshotIdentifier": _new_is_empty,
        "RestoreTime": _new_is_empty,
        "SourceDBClusterIdentifier": _new_is_empty,
        "SourceDBInstanceAutomatedBackupsArn": _new_is_empty,
        "SourceDBInstanceIdentifier": _new_is_empty,
        "SourceDbiResourceId": _new_is_empty,
        "UseLatestRestorableTime": _new_is_off,
    },
    "AWS::RDS::DBCluster": {"Engine": _upgrade},
}
