"""Whole plans about rights: who is meant where names are not known yet, and what must never be shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planguard.identities import findings
from planguard.identities.findings import Found
from planguard.model import Plan
from replays import judge_plan
from rights_documents import AWS, SAML, allow, change, document, plan, role, trust

ADMIN = f"{AWS}AdministratorAccess"
READ = document(allow(["rds:Describe*", "s3:GetObject"]))
DELETE = document(allow("rds:*"))
FUNCTION = change("aws_iam_role.fn", "no-op", role("fn", trust()))
PEOPLE = change("aws_iam_role.fn", "no-op", role("fn", SAML))


def found(made: Plan) -> list[tuple[str, str, int]]:
    return [(one.kind, one.address, one.weight) for one in findings.of(made)]


def policy(text: str, name: str = "fn") -> dict[str, str]:
    return {"name": name, "role": name, "policy": text}


# --- names that are not known yet -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("assume", "expected"), [(trust(), True), (SAML, False)])
def test_a_role_without_a_name_is_found_by_reference(tmp_path, assume, expected):
    given = {"assume_role_policy": assume, "name_prefix": "fn-"}
    made = plan(
        tmp_path / "plan.json",
        change("aws_iam_role.a", "create", None, given, unknown={"name": True, "arn": True}),
        change("aws_iam_role_policy_attachment.a", "create", None, {"policy_arn": ADMIN}, unknown={"role": True}),
        blocks={
            "aws_iam_role.a": {},
            "aws_iam_role_policy_attachment.a": {"role": ["aws_iam_role.a.name", "aws_iam_role.a"]},
        },
    )
    assert (("gain", "aws_iam_role_policy_attachment.a", 4) in found(made)) == expected


def test_each_instance_goes_with_its_own(tmp_path):
    changes = []
    for key, assume in (("people", SAML), ("machine", trust())):
        given = {"assume_role_policy": assume}
        made = change(f'aws_iam_role.a["{key}"]', "create", None, given, unknown={"name": True, "arn": True})
        attached = change(
            f'aws_iam_role_policy_attachment.a["{key}"]', "create", None, {"policy_arn": ADMIN}, unknown={"role": True}
        )
        changes += [{**made, "index": key}, {**attached, "index": key}]
    blocks = {"aws_iam_role.a": {}, "aws_iam_role_policy_attachment.a": {"role": ["aws_iam_role.a"]}}
    addresses = {address for _, address, _ in found(plan(tmp_path / "plan.json", *changes, blocks=blocks))}
    assert addresses == {'aws_iam_role_policy_attachment.a["machine"]'}


def test_a_policy_without_an_arn_is_found_by_reference(tmp_path):
    made = plan(
        tmp_path / "plan.json",
        FUNCTION,
        change("aws_iam_policy.p", "create", None, {"name": "p", "policy": DELETE}, unknown={"arn": True}),
        change("aws_iam_role_policy_attachment.p", "create", None, {"role": "fn"}, unknown={"policy_arn": True}),
        blocks={
            "aws_iam_policy.p": {},
            "aws_iam_role_policy_attachment.p": {"policy_arn": ["aws_iam_policy.p.arn", "aws_iam_policy.p"]},
        },
    )
    assert ("gain", "aws_iam_policy.p", 4) in found(made)


def test_the_same_rights_by_another_way_are_no_gain(tmp_path):
    made = plan(
        tmp_path / "plan.json",
        FUNCTION,
        change("aws_iam_role_policy.fn", "delete", policy(DELETE)),
        change("aws_iam_policy.p", "create", None, {"name": "p", "policy": DELETE}, unknown={"arn": True}),
        change("aws_iam_role_policy_attachment.p", "create", None, {"role": "fn"}, unknown={"policy_arn": True}),
        blocks={
            "aws_iam_policy.p": {},
            "aws_iam_role_policy_attachment.p": {"policy_arn": ["aws_iam_policy.p.arn", "aws_iam_policy.p"]},
        },
    )
    assert found(made) == []


# --- documents that are written during the apply ----------------------------------------------------------------------


def deferred(actions: list[str]) -> dict:
    after = {"statement": [{"actions": actions, "effect": None}]}
    mask = {"json": True, "statement": [{"resources": True}]}
    return change("data.aws_iam_policy_document.d", "read", None, after, unknown=mask)


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (["dynamodb:*"], [("gain", "aws_iam_role_policy.fn", 4)]),
        (["dynamodb:GetItem", "dynamodb:DeleteItem"], []),
    ],
)
def test_a_document_is_read_from_its_blocks(tmp_path, actions, expected):
    written = change("aws_iam_role_policy.fn", "create", None, {"role": "fn"}, unknown={"policy": True})
    made = plan(
        tmp_path / "plan.json",
        FUNCTION,
        deferred(actions),
        written,
        blocks={
            "data.aws_iam_policy_document.d": {},
            "aws_iam_role_policy.fn": {
                "policy": ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]
            },
        },
    )
    assert found(made) == expected


def test_a_document_that_nobody_knows_is_said_quietly(tmp_path):
    written = change("aws_iam_role_policy.fn", "create", None, {"role": "fn"}, unknown={"policy": True})
    assert found(plan(tmp_path / "plan.json", FUNCTION, written)) == [("unknown", "aws_iam_role_policy.fn", 1)]


# --- what the same plan makes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "weight"),
    [("arn:aws:s3:::new-bucket", 3), ("arn:aws:s3:::old-bucket", 4), ("arn:aws:s3:::old-bucket-prod", 5), ("*", 4)],
)
def test_a_right_over_what_is_made_by_the_same_plan_is_a_step(tmp_path, resource, weight):
    made = plan(
        tmp_path / "plan.json",
        FUNCTION,
        change("aws_s3_bucket.b", "create", None, {"bucket": "new-bucket"}),
        change("aws_iam_role_policy.fn", "create", None, policy(document(allow("s3:DeleteBucket", resource)))),
    )
    assert found(made) == [("gain", "aws_iam_role_policy.fn", weight)]


# --- what ends is no danger -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("do", ["delete", "forget"])
def test_a_role_that_goes_is_no_danger(tmp_path, do):
    ends = change("aws_iam_role.fn", do, role("fn", trust()))
    assert found(plan(tmp_path / "plan.json", ends, change("aws_iam_role_policy.fn", do, policy(DELETE)))) == []


def test_a_role_under_a_new_name_has_what_it_had(tmp_path):
    made = plan(
        tmp_path / "plan.json",
        change("aws_iam_role.fn", "replace", role("fn", trust()), role("other", trust())),
        change("aws_iam_role_policy.fn", "replace", policy(DELETE), policy(DELETE, "other")),
    )
    assert found(made) == []


# --- secrets, size, start-up ------------------------------------------------------------------------------------------


def test_a_policy_marked_as_sensitive_is_judged_and_not_shown(tmp_path):
    secret = "arn:aws:s3:::the-name-that-nobody-may-know"
    old, new = policy(READ), policy(document(allow("s3:DeleteBucket", secret)))
    made = plan(
        tmp_path / "plan.json",
        FUNCTION,
        change("aws_iam_role_policy.fn", "update", old, new, sensitive={"policy": True}),
    )
    assert found(made) == [("gain", "aws_iam_role_policy.fn", 4)]
    report = judge_plan(made)
    assert "the-name-that-nobody-may-know" not in repr(report.assessment.findings)
    assert any(finding.rule == "machine-may-destroy" for finding in report.assessment.findings)


def test_a_large_plan_says_the_same(tmp_path):
    changes = (FUNCTION, change("aws_iam_role_policy.fn", "update", policy(READ), policy(DELETE)))
    small, large = (findings.of(plan(tmp_path / f"{pad}.json", *changes, pad=pad)) for pad in (0, 3_000_000))
    assert small == large
    assert [one.kind for one in small] == ["gain"]


def test_people_of_a_large_plan_stay_people(tmp_path):
    changes = (PEOPLE, change("aws_iam_role_policy.fn", "update", policy(READ), policy(DELETE)))
    assert findings.of(plan(tmp_path / "plan.json", *changes, pad=3_000_000)) == ()


def test_a_plan_without_rights_imports_nothing(tmp_path):
    tags = [{"name": "fn", "tags": {"a": value}} for value in "xy"]
    for number, one in enumerate(
        (change("aws_sqs_queue.q", "create", None, {}), change("aws_iam_role.r", "update", *tags))
    ):
        path = tmp_path / f"{number}.json"
        plan(path, one)
        code = (
            "import sys; sys.argv = ['planguard', 'check', sys.argv[1]]\n"
            "from planguard.cli import main\n"
            "try:\n    main.main()\n"
            "except SystemExit:\n    print([name for name in sys.modules if name.startswith('planguard.identities')])"
        )
        run = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
        assert run.stdout.splitlines()[-1] == "[]", run.stdout


def test_the_order_of_the_plan_changes_nothing(tmp_path):
    changes = [
        FUNCTION,
        change("aws_iam_role_policy.fn", "update", policy(READ), policy(DELETE)),
        change("aws_iam_user_policy.u", "create", None, {"user": "bot", "name": "p", "policy": DELETE}),
        change("aws_iam_access_key.u", "create", None, {"user": "bot"}),
    ]
    one, other = (findings.of(plan(tmp_path / "plan.json", *order)) for order in (changes, changes[::-1]))
    assert one == other


def test_another_right_at_the_same_place_is_another_finding(tmp_path):
    marks = set()
    for text in (DELETE, document(allow("*")), document(allow("rds:*", "arn:aws:rds:*:*:db:orders"))):
        given = change("aws_iam_role_policy.fn", "create", None, policy(text))
        report = judge_plan(plan(tmp_path / "plan.json", FUNCTION, given))
        marks |= {one.fingerprint for one in report.assessment.findings if one.rule == "machine-may-destroy"}
    assert len(marks) == 3


# --- words ------------------------------------------------------------------------------------------------------------


def only(made: Plan) -> Found:
    (one,) = findings.of(made)
    return one


def test_a_gain_names_the_worst_first_with_three_examples(tmp_path):
    one = only(plan(tmp_path / "p.json", FUNCTION, change("aws_iam_role_policy.fn", "create", None, policy(DELETE))))
    assert one.message == "The role fn could delete data without a human: `rds:*` on `*`"
    assert one.evidence[0] == (
        "It could delete data: rds:DeleteDBCluster, rds:DeleteDBInstance, rds:DeleteDBShardGroup and 2 more, "
        "by `rds:*` on `*`."
    )
    assert "The service lambda.amazonaws.com may assume it." in one.evidence


def test_the_remedy_is_a_statement_to_paste(tmp_path):
    one = only(plan(tmp_path / "p.json", FUNCTION, change("aws_iam_role_policy.fn", "create", None, policy(DELETE))))
    statement = json.loads(one.remedy[one.remedy.index("{") :])
    assert statement["Effect"] == "Deny"
    assert "rds:Delete*" in statement["Action"]
    assert statement["Condition"] == {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    # Pasted into the policy, nothing that matters is left for a machine.
    both = change("aws_iam_role_policy.fn", "create", None, policy(document(allow("rds:*"), statement)))
    assert all(one.weight == 1 for one in findings.of(plan(tmp_path / "p.json", FUNCTION, both)))


def test_a_hole_is_called_one(tmp_path):
    hole = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}
    text = document(allow("rds:*", Condition=hole))
    one = only(plan(tmp_path / "p.json", FUNCTION, change("aws_iam_role_policy.fn", "create", None, policy(text))))
    assert "`BoolIfExists aws:MultiFactorAuthPresent` stops no machine." in one.evidence


def test_several_identities_of_one_policy_are_counted(tmp_path):
    arn = "arn:aws:iam::123456789012:policy/p"
    made = plan(
        tmp_path / "p.json",
        *(change(f"aws_iam_role.r{n}", "no-op", role(f"r{n}", trust())) for n in range(5)),
        *(
            change(f"aws_iam_role_policy_attachment.r{n}", "no-op", {"role": f"r{n}", "policy_arn": arn})
            for n in range(5)
        ),
        change("aws_iam_policy.p", "update", *({"name": "p", "arn": arn, "policy": text} for text in (READ, DELETE))),
    )
    assert only(made).evidence[-1] == "The same holds for the role r1, the role r2, the role r3 and 1 more."


def test_nothing_in_a_wrong_document_breaks_it(tmp_path):
    for text in (
        "{",
        "[]",
        '{"Statement":[1]}',
        '{"Statement":{"Effect":"Allow"}}',
        '{"Statement":[{"Effect":5}]}',
        "\0",
    ):
        made = plan(tmp_path / "p.json", FUNCTION, change("aws_iam_role_policy.fn", "create", None, policy(text)))
        assert all(one.kind == "unknown" for one in findings.of(made)), text


def test_files_of_the_package_are_small():
    folder = Path(findings.__file__).parent
    assert all(len(file.read_text(encoding="utf-8").splitlines()) < 400 for file in folder.glob("*.py"))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            change(
                "google_project_iam_member.m",
                "create",
                None,
                {"project": "acme", "role": "roles/owner", "member": "serviceAccount:ci@acme.iam.gserviceaccount.com"},
            ),
            "`serviceAccount:ci@acme.iam.gserviceaccount.com` could close or leave accounts without a human: "
            "`roles/owner` on `acme`",
        ),
        (
            change(
                "azurerm_role_assignment.a",
                "create",
                None,
                {"scope": "/subscriptions/0", "role_definition_name": "Contributor", "principal_id": "7"},
            ),
            "The principal `7` could delete data without a human: `Contributor` on `/subscriptions/0`",
        ),
        (
            change(
                "aws_s3_bucket_policy.b",
                "create",
                None,
                {"bucket": "b", "policy": document(allow("s3:DeleteObject", "arn:aws:s3:::b/*", Principal="*"))},
            ),
            "Anybody could delete content inside of stores without a human: `s3:DeleteObject` on `arn:aws:s3:::b/*`",
        ),
    ],
)
def test_other_clouds_and_things_are_told_in_the_same_words(tmp_path, made, message):
    assert only(plan(tmp_path / "p.json", made)).message == message
