"""AWS's own managed policies: attached to a machine, those that destroy are found, and those that read are silent."""

from __future__ import annotations

import importlib.util
import json

import pytest

from planguard import bundled
from planguard.identities import actions, findings, managed
from rights_documents import AWS, change, plan, role, trust

TABLE = bundled.load("iam_managed")
GRAVE = sum(actions.table().classes[name] for name in actions.GRAVE)


def attached(tmp_path, names):
    """What is found where these policies are attached, each to a role of its own."""
    changes = []
    for number, name in enumerate(names):
        changes.append(change(f"aws_iam_role.r{number}", "no-op", role(f"r{number}", trust())))
        given = {"role": f"r{number}", "policy_arn": f"{AWS}{name}"}
        changes.append(change(f"aws_iam_role_policy_attachment.r{number}", "create", None, given))
    found = findings.of(plan(tmp_path / "plan.json", *changes))
    return {names[int(one.address.rpartition(".r")[2])]: one for one in found}


def unguarded(name):
    """Whether a policy allows what is grave on everything, for whatever a role is used."""
    statements = managed.statements(f"{AWS}{name}") or ()
    masks = [
        actions.expand_all(s.actions) if s.but_actions is None else GRAVE & ~actions.expand_all(s.but_actions)
        for s in statements
        if s.allow and s.resources == ("*",) and not s.conditions
    ]
    denied = any(not s.allow for s in statements)
    return not denied and not managed.for_a_service(f"{AWS}{name}") and any(mask & GRAVE for mask in masks)


def test_those_that_destroy_are_found(tmp_path):
    names = [name for name in TABLE["destructive"] if unguarded(name)]
    found = attached(tmp_path, names)
    assert len(names) > 100
    assert sorted(set(names) - {name for name, one in found.items() if one.weight >= 3}) == []


def test_those_that_destroy_nothing_are_silent(tmp_path):
    assert attached(tmp_path, TABLE["harmless"].split()) == {}


@pytest.mark.parametrize(
    "name",
    [
        "ReadOnlyAccess", "SecurityAudit", "job-function/ViewOnlyAccess", "AmazonS3ReadOnlyAccess",
        "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole",
        "AmazonEC2ContainerRegistryReadOnly", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy",
        "AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy", "service-role/AmazonECSTaskExecutionRolePolicy",
    ],
)  # fmt: skip
def test_everyday_ones_are_silent(tmp_path, name):
    assert attached(tmp_path, [name]) == {}


@pytest.mark.parametrize(
    "name",
    [
        "AdministratorAccess", "PowerUserAccess", "AmazonS3FullAccess", "AmazonRDSFullAccess", "AWSBackupFullAccess",
        "AmazonDynamoDBFullAccess", "AmazonEC2FullAccess", "SecretsManagerReadWrite", "AmazonSQSFullAccess",
        "job-function/DatabaseAdministrator", "AWSCloudFormationFullAccess", "AmazonElasticFileSystemFullAccess",
    ],
)  # fmt: skip
def test_wide_ones_are_found(tmp_path, name):
    assert attached(tmp_path, [name])[name].weight >= 4


def test_one_that_nobody_knows_is_said(tmp_path):
    one = attached(tmp_path, ["AmazonPolicyOfTomorrow"])["AmazonPolicyOfTomorrow"]
    assert one.kind == "unknown"
    assert "arn:aws:iam::aws:policy/AmazonPolicyOfTomorrow" in " ".join(one.evidence)


def test_one_for_a_service_weighs_little(tmp_path):
    one = attached(tmp_path, ["service-role/AWSBackupServiceRolePolicyForBackup"])
    assert all(found.weight == 1 for found in one.values())


def test_the_table_agrees_with_the_documents_of_moto(tmp_path):
    spec = importlib.util.find_spec("moto")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("moto is not installed: it carries the documents that the table was made of")
    from pathlib import Path

    text = (Path(spec.submodule_search_locations[0]) / "iam" / "aws_managed_policies.py").read_text(encoding="utf-8")
    documents = json.loads(text.split('"""')[1])
    known = {name.rpartition("/")[2] for name in (*TABLE["destructive"], *TABLE["harmless"].split())}
    ours = {name for name in documents if not documents[name].get("Path", "").startswith("/aws-service-role")}
    assert ours <= known
