"""What each word of a change set means, alone and together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cfn_documents import ARN, by_name, change, context, detail, load, only, response, verdict
from planguard.errors import InputError
from planguard.model import UNKNOWN, Action, Sensitive

MODIFY, ADD, REMOVE = {"Action": "Modify"}, {"Action": "Add"}, {"Action": "Remove"}
ALWAYS, NEVER = [detail("DBName", "Always")], [detail("Tags", "Never")]
PERHAPS, DYNAMIC = [detail("Engine", "Conditionally")], [detail("DBName", "Always", "Dynamic")]

KEPT, SNAPSHOT, MAY = "kept", "snapshot", "may"

OUTCOMES: list[tuple[dict[str, Any], Action, set[str]]] = [
    # PolicyAction first.
    ({**REMOVE, "PolicyAction": "Delete"}, Action.DELETE, set()),
    ({**REMOVE, "PolicyAction": "Retain"}, Action.FORGET, set()),
    ({**REMOVE, "PolicyAction": "Snapshot"}, Action.DELETE, {SNAPSHOT}),
    ({**MODIFY, "Replacement": "True", "PolicyAction": "ReplaceAndDelete"}, Action.REPLACE, set()),
    ({**MODIFY, "Replacement": "True", "PolicyAction": "ReplaceAndRetain"}, Action.REPLACE, {KEPT}),
    ({**MODIFY, "Replacement": "True", "PolicyAction": "ReplaceAndSnapshot"}, Action.REPLACE, {SNAPSHOT}),
    ({**MODIFY, "Replacement": "Conditional", "PolicyAction": "ReplaceAndDelete"}, Action.REPLACE, {MAY}),
    ({**MODIFY, "Replacement": "Conditional", "PolicyAction": "ReplaceAndRetain"}, Action.REPLACE, {MAY, KEPT}),
    ({**MODIFY, "Replacement": "Conditional", "PolicyAction": "ReplaceAndSnapshot"}, Action.REPLACE, {MAY, SNAPSHOT}),
    ({**MODIFY, "Replacement": "False", "PolicyAction": "ReplaceAndDelete"}, Action.REPLACE, set()),
    ({**MODIFY, "PolicyAction": "ReplaceAndDelete"}, Action.REPLACE, set()),
    # Old responses, without it.
    ({**MODIFY, "Replacement": "True"}, Action.REPLACE, set()),
    ({**MODIFY, "Replacement": True}, Action.REPLACE, set()),
    ({**MODIFY, "Replacement": "Conditional"}, Action.REPLACE, {MAY}),
    ({**MODIFY, "Replacement": "False"}, Action.UPDATE, set()),
    ({**MODIFY, "Replacement": False}, Action.UPDATE, set()),
    (REMOVE, Action.DELETE, set()),
    ({**REMOVE, "BeforeContext": context({}, DeletionPolicy="Retain")}, Action.FORGET, set()),
    ({**REMOVE, "BeforeContext": context({}, DeletionPolicy="RetainExceptOnCreate")}, Action.FORGET, set()),
    (
        {**REMOVE, "BeforeContext": context({}, UpdateReplacePolicy="Retain", DeletionPolicy="Delete")},
        Action.DELETE,
        set(),
    ),
    # RDS outside of a cluster is snapshotted when it is removed, and not when it is replaced.
    ({**REMOVE, "BeforeContext": context({"Engine": "postgres"})}, Action.DELETE, {SNAPSHOT}),
    ({**REMOVE, "BeforeContext": context({"DBClusterIdentifier": "c"})}, Action.DELETE, set()),
    ({**MODIFY, "Replacement": "True", "AfterContext": context({}, DeletionPolicy="Retain")}, Action.REPLACE, set()),
    (
        {**MODIFY, "Replacement": "True", "AfterContext": context({}, UpdateReplacePolicy="Retain")},
        Action.REPLACE,
        {KEPT},
    ),
    (
        {**MODIFY, "Replacement": "True", "AfterContext": context({}, UpdateReplacePolicy="Snapshot")},
        Action.REPLACE,
        {SNAPSHOT},
    ),
    (
        {**MODIFY, "Replacement": "True", "AfterContext": context({}, UpdateReplacePolicy={"Ref": "P"})},
        Action.REPLACE,
        set(),
    ),
    # Without Replacement the details say it.
    ({**MODIFY, "Details": ALWAYS}, Action.REPLACE, set()),
    ({**MODIFY, "Details": PERHAPS}, Action.REPLACE, {MAY}),
    ({**MODIFY, "Details": DYNAMIC}, Action.REPLACE, {MAY}),
    ({**MODIFY, "Details": NEVER}, Action.UPDATE, set()),
    ({**MODIFY, "Details": [*NEVER, *ALWAYS]}, Action.REPLACE, set()),
    ({**MODIFY, "Details": [detail("DBName", "Sometimes")]}, Action.REPLACE, {MAY}),
    # Where they contradict each other, the worse one counts, as a possibility.
    ({**MODIFY, "Replacement": "False", "Details": ALWAYS}, Action.REPLACE, {MAY}),
    ({**MODIFY, "Replacement": "False", "Details": PERHAPS}, Action.UPDATE, set()),
    # Replacement means nothing beside Add.
    (ADD, Action.CREATE, set()),
    ({**ADD, "Replacement": "True"}, Action.CREATE, set()),
    # What nobody can know.
    (MODIFY, Action.UNKNOWN, set()),
    ({"Action": "Dynamic"}, Action.UNKNOWN, set()),
    ({"Action": "Evaporate"}, Action.UNKNOWN, set()),
    ({"Action": None}, Action.UNKNOWN, set()),
    ({**MODIFY, "Replacement": "Maybe"}, Action.UNKNOWN, set()),
    ({**MODIFY, "Replacement": "True", "PolicyAction": "Evaporate"}, Action.UNKNOWN, set()),
    ({**MODIFY, "Replacement": "False", "PolicyAction": "Delete"}, Action.UNKNOWN, set()),
    ({**REMOVE, "PolicyAction": "ReplaceAndDelete"}, Action.UNKNOWN, set()),
    ({**REMOVE, "PolicyAction": ""}, Action.UNKNOWN, set()),
    ({**ADD, "PolicyAction": "Delete"}, Action.UNKNOWN, set()),
    ({"Action": "Import", "PolicyAction": "Delete"}, Action.UNKNOWN, set()),
    ({"Action": "SyncWithActual", "PolicyAction": "Delete"}, Action.UNKNOWN, set()),
]


@pytest.mark.parametrize(("fields", "action", "marks"), OUTCOMES)
def test_an_outcome(tmp_path: Path, fields: dict[str, Any], action: Action, marks: set[str]) -> None:
    found = only(tmp_path, change("Db", **fields))
    assert found.action is action
    shown = {KEPT: found.old_kept, SNAPSHOT: found.snapshot, MAY: found.conditional}
    assert {mark for mark, holds in shown.items() if holds} == marks
    assert found.create_first is (action is Action.REPLACE)


@pytest.mark.parametrize("fields", [fields for fields, action, _ in OUTCOMES if action is Action.UNKNOWN])
def test_what_nobody_knows_needs_consent(tmp_path: Path, fields: dict[str, Any]) -> None:
    (plan,) = load(tmp_path, response(change("Db", "AWS::SNS::Topic", **fields)))
    code, found = verdict(plan)
    assert code == 10
    assert ("unknown-action", "high", "Db") in found
    assert plan.undecided[0].address == "Db"


def test_an_import_is_no_change_and_a_sync_is_none_at_all(tmp_path: Path) -> None:
    document = response(
        change("Old", Action="Import", PhysicalResourceId="db-1", Replacement="True"),
        change("Same", Action="SyncWithActual", PhysicalResourceId="db-2"),
    )
    (plan,) = load(tmp_path, document)
    assert [(found.action, found.importing) for found in plan.changes] == [(Action.NOOP, "db-1")]
    assert [resource.address for resource in plan.unchanged] == ["Same"]
    assert any("Same" in note.text for note in plan.notes)
    assert verdict(plan)[0] == 0


def test_values_causes_and_secrets(tmp_path: Path) -> None:
    before = context(
        {"DBName": "a", "MasterUserPassword": "hunter2-hunter2", "Tags": [{"Key": "env", "Value": "prod"}]}
    )
    after = context(
        {"DBName": "b", "MasterUserPassword": "hunter2-hunter2", "VpcId": "{{changeSet:KNOWN_AFTER_APPLY}}"}
    )
    details = [
        detail(
            "DBName",
            "Always",
            Target={"Path": "/Properties/DBName"},
            ChangeSource="ParameterReference",
            CausingEntity="Name",
        ),
        detail("VpcId", "Never", "Dynamic", ChangeSource="ResourceReference", CausingEntity="Net"),
        detail("Role", "Never", "Dynamic", ChangeSource="ResourceAttribute", CausingEntity="Boss.Arn"),
    ]
    (plan,) = load(
        tmp_path,
        response(
            change(
                "Db",
                Action="Modify",
                Replacement="True",
                BeforeContext=before,
                AfterContext=after,
                Details=details,
                PhysicalResourceId="db-1",
            ),
            Tags=[{"Key": "team", "Value": "orders"}],
            Parameters=[
                {"ParameterKey": "Env", "ParameterValue": "prod"},
                {"ParameterKey": "Secret", "ParameterValue": "****"},
                {"ParameterKey": "ApiToken", "ParameterValue": "t0ken-t0ken"},
                {"ParameterKey": "Ami", "ParameterValue": "/aws/ami", "ResolvedValue": "ami-1"},
            ],
        ),
    )
    found = by_name(plan)["Db"]
    assert found.before is not None and found.after is not None
    assert isinstance(found.before.get("MasterUserPassword"), Sensitive)
    assert (found.before.get("id"), found.after.get("id")) == ("db-1", UNKNOWN)
    assert found.after.get("VpcId") is UNKNOWN
    assert found.replace_paths == (("DBName",),)
    assert "DBName: the new value comes from the parameter Name." in found.basis
    assert {(edge.dependent, edge.dependency, edge.via) for edge in plan.edges} == {
        ("Db", "Net", "VpcId"),
        ("Db", "Boss", "Role"),
    }
    assert {"hunter2-hunter2", "t0ken-t0ken"} <= plan.secrets
    assert plan.variables["Env"] == "prod" and plan.variables["Ami"] == "ami-1"
    assert isinstance(plan.variables["Secret"], Sensitive)
    assert plan.workspace == "orders"


def test_where_it_belongs_is_read_from_the_stack(tmp_path: Path) -> None:
    """A name, a tag, a parameter or an account of the stack is enough; each alone."""
    removed = change("Db", Action="Remove", PolicyAction="Delete", BeforeContext=context({}))
    for fields in (
        {"StackName": "orders-dev"},
        {"Tags": [{"Key": "environment", "Value": "dev"}]},
        {"Parameters": [{"ParameterKey": "Environment", "ParameterValue": "dev"}]},
    ):
        (plan,) = load(tmp_path, response(removed, **fields))
        code, found = verdict(plan)
        assert (code, {severity for _, severity, _ in found}) == (0, {"low"}), fields


def test_a_context_can_be_an_object_and_can_be_cut(tmp_path: Path) -> None:
    found = only(tmp_path, change(Action="Remove", BeforeContext={"Properties": {"A": 1}, "DeletionPolicy": "Retain"}))
    assert found.action is Action.FORGET and found.before is not None and found.before.get("A") == 1
    cut = only(tmp_path, change(Action="Remove", BeforeContext='{"Properties": {"A": 1, "DeletionPolicy": "Ret'))
    assert cut.action is Action.DELETE and cut.before is None


def test_without_values_a_pass_is_weak_and_causes_are_found_all_the_same(tmp_path: Path) -> None:
    (plan,) = load(
        tmp_path,
        response(
            change(
                "Net", "AWS::EC2::VPC", Action="Modify", Replacement="True", Details=[detail("CidrBlock", "Always")]
            ),
            change(
                "Sub",
                "AWS::EC2::Subnet",
                Action="Modify",
                Replacement="Conditional",
                Details=[detail("VpcId", "Always", "Dynamic", ChangeSource="ResourceReference", CausingEntity="Net")],
            ),
        ),
    )
    assert plan.weak
    assert any("--include-property-values" in note.text for note in plan.notes)
    from planguard import causes, graph

    cause = causes.explain(plan, graph.build(plan)).of(by_name(plan)["Sub"])
    assert cause is not None and cause.root == "Net"


def test_drift_outside_is_told_and_a_deleted_object_is_no_plain_creation(tmp_path: Path) -> None:
    (plan,) = load(
        tmp_path,
        response(
            change(
                "Gone", "AWS::DynamoDB::Table", Action="Add", ResourceDriftStatus="DELETED", AfterContext=context({})
            ),
            change("Other", Action="Modify", Replacement="False", ResourceDriftStatus="MODIFIED"),
            DeploymentMode="REVERT_DRIFT",
            StackName="orders-prod",
        ),
    )
    assert [(found.resource.address, found.action) for found in plan.drift] == [("Gone", Action.DELETE)]
    assert ("recreated-after-loss", "Gone") in {(rule, address) for rule, _, address in verdict(plan)[1]}
    texts = " ".join(note.text for note in plan.notes)
    assert "Drift-aware" in texts and "Other" in texts


def test_hooks_are_told(tmp_path: Path) -> None:
    hooked = {**change(Action="Modify", Replacement="False"), "HookInvocationCount": 2}
    (plan,) = load(tmp_path, response(hooked))
    assert any("Hooks" in note.text for note in plan.notes)


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ],
)
def test_a_failure_for_lack_of_changes_passes(tmp_path: Path, reason: str) -> None:
    (plan,) = load(tmp_path, response(Status="FAILED", StatusReason=reason, ExecutionStatus="UNAVAILABLE"))
    assert plan.changes == ()
    assert verdict(plan) == (0, set())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Status": "FAILED", "StatusReason": "Transform X failed with: boom"}, "Transform X failed with: boom"),
        ({"Status": "FAILED"}, "failed"),
        ({"Status": "CREATE_IN_PROGRESS"}, "not finished"),
        ({"Status": "CREATE_PENDING"}, "not finished"),
        ({"Status": "DELETE_COMPLETE"}, "status"),
        ({"Status": 7}, "status"),
        ({"NextToken": "more"}, "NextToken"),
    ],
)
def test_what_cannot_be_judged_is_refused(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, response(**fields))
    assert said in str(caught.value)


def test_a_failure_that_lists_changes_is_no_lack_of_changes(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load(tmp_path, response(change(Action="Remove"), Status="FAILED", StatusReason="didn't contain changes"))


def test_the_identity_is_the_arn(tmp_path: Path) -> None:
    (plan,) = load(tmp_path, response())
    assert plan.identity == ARN
