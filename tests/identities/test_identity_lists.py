"""Lists of the things themselves, and tokens of other issuers: who gets in that was not in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planguard.identities import findings
from rights_documents import change, plan

GITHUB = [{"issuer_uri": "https://token.actions.githubusercontent.com"}]
OWNER, REF = "assertion.repository_owner == 'acme'", "assertion.ref == 'refs/heads/main'"
VAULT = "/subscriptions/s/resourceGroups/r/providers/Microsoft.KeyVault/vaults"


def weights(tmp_path: Path, *changes: dict[str, Any]) -> list[int]:
    return [found.weight for found in findings.of(plan(tmp_path / "plan.json", *changes))]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (OWNER, None, [3]),
        (OWNER, "", [3]),
        (OWNER, f"{REF} &&\n  {OWNER}", []),
        (f"{OWNER} && {REF}", OWNER, [3]),
        (OWNER, f"{OWNER} || {REF}", [3]),
        (OWNER, OWNER, []),
    ],
)
def test_the_condition_of_a_pool(tmp_path: Path, old: str, new: str | None, expected: list[int]) -> None:
    before = {"attribute_condition": old, "oidc": GITHUB}
    after = {"attribute_condition": new, "oidc": GITHUB, "description": "new"}
    at = "google_iam_workload_identity_pool_provider.g"
    assert weights(tmp_path, change(at, "update", before, after)) == expected


def test_a_condition_that_nobody_knows_yet_is_told(tmp_path: Path) -> None:
    before = {"attribute_condition": OWNER, "oidc": GITHUB}
    at = "google_iam_workload_identity_pool_provider.g"
    made = change(at, "update", before, {"oidc": GITHUB}, unknown={"attribute_condition": True})
    assert weights(tmp_path, made) == [1]


@pytest.mark.parametrize(("asked", "expected"), [(OWNER, []), (None, [3])])
def test_a_new_pool_says_whom_it_means(tmp_path: Path, asked: str | None, expected: list[int]) -> None:
    given = {"attribute_condition": asked, "oidc": GITHUB}
    at = "google_iam_workload_identity_pool_provider.g"
    assert weights(tmp_path, change(at, "create", None, given)) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("pull_request", [3]), ("environment:production", []), ("ref:refs/heads/main", [])],
)
def test_the_subject_of_a_credential(tmp_path: Path, subject: str, expected: list[int]) -> None:
    issuer = GITHUB[0]["issuer_uri"]
    old, new = ({"issuer": issuer, "subject": f"repo:acme/shop:{text}"} for text in ("ref:refs/heads/main", subject))
    assert weights(tmp_path, change("azurerm_federated_identity_credential.f", "update", old, new)) == expected


@pytest.mark.parametrize(
    ("vault", "granted", "expected"),
    [
        ("kv", ["Get", "List", "Set"], []),
        ("kv", ["Get", "Delete"], [3]),
        ("kv", ["Get", "purge"], [4]),
        ("kv-prod", ["Get", "Purge"], [5]),
    ],
)
def test_the_access_policy_of_a_vault(tmp_path: Path, vault: str, granted: list[str], expected: list[int]) -> None:
    old, new = (
        {"key_vault_id": f"{VAULT}/{vault}", "object_id": "app", "secret_permissions": what}
        for what in (["Get"], granted)
    )
    assert weights(tmp_path, change("azurerm_key_vault_access_policy.a", "update", old, new)) == expected


def test_a_vault_that_is_new_has_nothing_to_lose(tmp_path: Path) -> None:
    given = {"object_id": "app", "secret_permissions": ["Purge"]}
    made = change("azurerm_key_vault_access_policy.a", "create", None, given, unknown={"key_vault_id": True})
    assert weights(tmp_path, made) == [1]


def test_a_list_inside_of_the_vault_is_compared_by_who(tmp_path: Path) -> None:
    lists = [{"object_id": "a", "key_permissions": ["Purge"]}, {"object_id": "b", "key_permissions": ["Get"]}]
    turned = [{"object_id": "b", "key_permissions": ["Get"]}, {"object_id": "a", "key_permissions": ["Purge"]}]
    wider = [{"object_id": "b", "key_permissions": ["Get", "Purge"]}, lists[0]]
    for after, expected in ((turned, []), (wider, [4])):
        old, new = ({"name": "kv", "access_policy": found} for found in (lists, after))
        assert weights(tmp_path, change("azurerm_key_vault.kv", "update", old, new)) == expected


def entry(who: str, policy: str, reach: str = "cluster") -> dict[str, Any]:
    arn = f"arn:aws:eks::aws:cluster-access-policy/{policy}"
    given = {"cluster_name": "shop", "principal_arn": who, "policy_arn": arn, "access_scope": [{"type": reach}]}
    return change("aws_eks_access_policy_association.a", "create", None, given)


ROLE = "arn:aws:iam::123456789012:role/ci"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (entry(ROLE, "AmazonEKSClusterAdminPolicy"), [4]),
        (entry(ROLE, "AmazonEKSAdminPolicy", "namespace"), [2]),
        (entry(ROLE, "AmazonEKSEditPolicy"), []),
        (entry(f"{ROLE[:-2]}aws-reserved/sso/AWSReservedSSO_Admin_1", "AmazonEKSClusterAdminPolicy"), []),
    ],
)
def test_who_may_all_in_a_cluster(tmp_path: Path, made: dict[str, Any], expected: list[int]) -> None:
    assert weights(tmp_path, made) == expected
    cluster = change("aws_eks_cluster.c", "create", None, {"name": "shop"})
    assert weights(tmp_path, cluster, made) == [1 for _ in expected]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("acdd72a7-3385-48ef-bd42-f606fba81ae7", []),
        ("7F951DDA-4ED3-4680-A7CA-43FE172D538D", []),
        ("00482a5a-887f-4fb3-b363-3b7fe8e74483", [4]),
        ("00000000-0000-0000-0000-000000000000", [1]),
    ],
)
def test_a_role_of_azure_is_known_by_its_id(tmp_path: Path, role: str, expected: list[int]) -> None:
    given = {
        "scope": "/subscriptions/s/resourceGroups/r",
        "role_definition_id": f"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "principal_id": "app",
        "principal_type": "ServicePrincipal",
    }
    made = change("azurerm_role_assignment.a", "create", None, given)
    assert weights(tmp_path, made) == expected
    named = {**given, "role_definition_id": None, "role_definition_name": "Key Vault Administrator"}
    if expected == [4]:
        assert weights(tmp_path, change("azurerm_role_assignment.a", "replace", named, given)) == []


@pytest.mark.parametrize(("group", "expected"), [("rg-orders-prod", [5]), ("rg-orders", [4]), ("rg-orders-dev", [1])])
def test_a_definition_counts_where_it_can_be_assigned(tmp_path: Path, group: str, expected: list[int]) -> None:
    old, new = (
        {"name": "deployer", "scope": f"/subscriptions/s/resourceGroups/{group}", "permissions": [{"actions": what}]}
        for what in (["*/read"], ["*/read", "*/delete"])
    )
    assert weights(tmp_path, change("azurerm_role_definition.r", "update", old, new)) == expected
