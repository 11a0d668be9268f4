"""`planguard iam`: the audit, as people and programs get it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from planguard.cli.iam import iam
from planguard.errors import InputError, ReportError
from rights_documents import AWS, SAML, allow, change, document, plan, role, trust

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
TEMPLATE = {
    "Resources": {
        "Worker": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": json.loads(trust("ecs-tasks.amazonaws.com")),
                "Policies": [{"PolicyName": "p", "PolicyDocument": json.loads(document(allow("sqs:DeleteQueue")))}],
            },
        },
        "Reader": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": json.loads(trust())},
        },
    }
}


def run(*arguments):
    result = CliRunner().invoke(iam, [str(argument) for argument in arguments], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    assert result.return_value == 0
    return result.output


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "plan.json"
    plan(
        path,
        change("aws_iam_role.agent", "no-op", role("agent", trust())),
        change(
            "aws_iam_role_policy.agent", "no-op", {"role": "agent", "name": "p", "policy": document(allow("rds:*"))}
        ),
        change("aws_iam_role.people", "no-op", role("people", SAML)),
        change(
            "aws_iam_role_policy_attachment.p", "no-op", {"role": "people", "policy_arn": f"{AWS}AdministratorAccess"}
        ),
        change("aws_iam_role.guarded", "no-op", role("guarded", trust())),
        change(
            "aws_iam_role_policy.guarded",
            "no-op",
            {"role": "guarded", "name": "p", "policy": document(allow("kms:*", Condition=MFA))},
        ),
        change("aws_iam_role.dark", "create", None, role("dark", trust())),
        change("aws_iam_role_policy.dark", "create", None, {"role": "dark", "name": "p"}, unknown={"policy": True}),
        change("aws_iam_role.reader", "no-op", role("reader", trust())),
    )
    return path


def test_what_the_plan_leaves_alone_is_listed_too(file):
    output = run(file)
    assert "role agent | unchanged" in output
    assert "could     delete data: rds:* on *" in output
    assert "rds:DeleteDBCluster, rds:DeleteDBInstance, rds:DeleteDBShardGroup and 2 more" in output
    assert "behind    people who sign in (`arn" not in output
    assert (
        "5 identities: 1 may destroy without a human, 1 cannot be told completely, 1 more may destroy nothing" in output
    )


def test_a_guard_is_shown_with_what_it_holds_back(file):
    rows = {row["name"]: row for row in json.loads(run(file, "--format", "json"))["identities"]}
    assert rows["guarded"]["powers"] == []
    assert "delete or disable keys and secrets" in rows["guarded"]["held_back"]
    assert rows["guarded"]["guards"] == ["a second factor"]
    assert rows["people"]["behind"] == "person"
    assert rows["dark"]["cannot_tell"] == ["its policy is known only after apply"]
    assert rows["dark"]["change"] == "new"


def test_those_who_may_nothing_are_listed_on_demand(file):
    assert "role reader" not in run(file)
    assert "destroys nothing that matters" in run(file, "--all")


def test_the_same_plan_gives_the_same_bytes(file):
    assert run(file, "--format", "json") == run(file, "--format", "json")


def test_it_is_written_into_a_file(file, tmp_path):
    assert run(file, "--output", tmp_path / "out.txt") == ""
    assert "role agent" in (tmp_path / "out.txt").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_said(file, tmp_path):
    with pytest.raises(ReportError):
        run(file, "--output", tmp_path / "nowhere" / "out.txt")


def test_what_is_no_plan_is_refused(tmp_path):
    (tmp_path / "package.json").write_text('{"name": "web"}', encoding="utf-8")
    with pytest.raises(InputError):
        run(tmp_path / "package.json")
    with pytest.raises(InputError):
        run(tmp_path)


def test_a_template_is_read_as_it_stands(tmp_path):
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
    rows = {
        row["address"]: row for row in json.loads(run(tmp_path / "template.json", "--format", "json"))["identities"]
    }
    assert [power["class"] for power in rows["Worker"]["powers"]] == ["data"]
    assert rows["Reader"]["powers"] == []


def test_a_folder_is_read_file_by_file(file, tmp_path):
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
    (tmp_path / "package.json").write_text('{"name": "web"}', encoding="utf-8")
    output = run(tmp_path)
    assert "role agent" in output
    assert "role Worker" in output


def test_bindings_of_other_clouds_are_listed(tmp_path):
    member = "serviceAccount:ci@acme.iam.gserviceaccount.com"
    google = change("google_project_iam_member.m", "no-op", {"project": "p", "role": "roles/owner", "member": member})
    azure = change(
        "azurerm_role_assignment.a",
        "no-op",
        {"scope": "/subscriptions/0", "role_definition_name": "Contributor", "principal_id": "1"},
    )
    plan(tmp_path / "plan.json", google, azure)
    output = run(tmp_path / "plan.json")
    assert f"binding {member} | unchanged" in output
    assert "close or leave accounts: roles/owner on p" in output
    assert "delete data: Contributor on /subscriptions/0" in output


def test_hostile_names_are_harmless(tmp_path):
    name = "a\x1b[31m\n::error::b"
    plan(
        tmp_path / "plan.json",
        change("aws_iam_role.r", "no-op", role(name, trust())),
        change("aws_iam_role_policy.r", "no-op", {"role": name, "policy": document(allow("rds:*"))}),
    )
    output = run(tmp_path / "plan.json")
    assert "\x1b" not in output
    assert not any(line.startswith("::") for line in output.splitlines())


def test_a_page_holds_nothing_that_a_name_smuggles_in(tmp_path):
    name = "<script>alert(1)</script>"
    plan(
        tmp_path / "plan.json",
        change("aws_iam_role.r", "no-op", role(name, trust())),
        change("aws_iam_role_policy.r", "no-op", {"role": name, "policy": document(allow("rds:*"))}),
    )
    page = run(tmp_path / "plan.json", "--format", "html")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "rds:DeleteDBCluster, rds:DeleteDBInstance, rds:DeleteDBShardGroup and 2 more" in page
    assert "default-src 'none'" in page


def test_a_secret_is_masked(tmp_path):
    given = {"role": "r", "name": "p", "policy": document(allow("s3:DeleteBucket", "arn:aws:s3:::hidden-bucket-name"))}
    plan(
        tmp_path / "plan.json",
        change("aws_iam_role.r", "no-op", role("r", trust())),
        change("aws_iam_role_policy.r", "update", given, given, sensitive={"policy": True}),
    )
    assert "hidden-bucket-name" not in run(tmp_path / "plan.json", "--format", "json")


def test_what_gets_through_a_hole_is_not_held_back(tmp_path):
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
    deny = {"Effect": "Deny", "Action": "rds:Delete*", "Resource": "*", "Condition": condition}
    text = document(allow("rds:*"), deny)
    path = tmp_path / "plan.json"
    plan(
        path,
        change("aws_iam_role.a", "no-op", role("a", trust())),
        change("aws_iam_role_policy.a", "no-op", {"role": "a", "name": "p", "policy": text}),
    )
    (row,) = json.loads(run(path, "--format", "json"))["identities"]
    assert row["powers"][0]["class"] == "data"
    assert row["held_back"] == []
    assert row["holes"] == ["Bool aws:MultiFactorAuthPresent"]


@pytest.mark.parametrize(
    ("principal", "listed"),
    [
        ({"AWS": "arn:aws:iam::999988887777:role/ci"}, True),
        ({"Service": "backup.amazonaws.com"}, False),
        ("*", True),
    ],
)
def test_whom_the_policy_of_a_thing_lets_in_is_listed(tmp_path, principal, listed):
    text = document(allow("s3:DeleteBucket", "arn:aws:s3:::orders", Principal=principal))
    path = tmp_path / "plan.json"
    plan(path, change("aws_s3_bucket_policy.b", "no-op", {"bucket": "orders", "policy": text}))
    rows = json.loads(run(path, "--format", "json"))["identities"]
    assert [(row["kind"], row["address"]) for row in rows] == [("principal", "aws_s3_bucket_policy.b")] * listed
    assert "aws_s3_bucket_policy.b" in run(path) or not listed
