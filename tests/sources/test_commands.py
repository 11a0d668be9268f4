"""Scripts and workflows of an edit: what their new lines tell Terraform."""

from __future__ import annotations

import pytest

from planguard.sources.commands import commands

PLAIN = "#!/bin/sh\nterraform init\nterraform workspace select staging\nterraform apply tfplan\n"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("terraform apply -auto-approve", "-auto-approve"),
        ("tofu apply --auto-approve", "-auto-approve"),
        ("terraform plan -destroy -out=tfplan", "-destroy"),
        ("terraform destroy", "destroy"),
        ("terraform -chdir=infra destroy", "destroy"),
        ("terragrunt run-all destroy", "destroy"),
        ("terragrunt apply --terragrunt-non-interactive", "-terragrunt-non-interactive"),
        ("terraform plan -target=aws_db_instance.x", "-target"),
        ("terraform apply -replace=aws_db_instance.x", "-replace"),
        ("terraform apply -lock=false", "-lock=false"),
        ("terraform state rm aws_db_instance.x", "state rm"),
        ("      - uses: dflook/terraform-destroy@v1", "destroy"),
        ("  TF_CLI_ARGS_apply: -auto-approve", "-auto-approve"),
        ("          auto_approve: true  # dflook/terraform-apply", "auto_approve"),
    ],
)
def test_what_is_new(line, word):
    (edit,) = commands("deploy.sh", PLAIN, f"{PLAIN}{line}\n")
    assert (edit.kind, edit.text) == ("command", f"`{word}` is new in a command of deploy.sh.")
    assert edit.location is not None
    assert edit.location.line == 5


@pytest.mark.parametrize(
    "lines",
    [
        "terraform apply \\\n  -input=false \\\n  -auto-approve",
        "- run: tofu apply tfplan\n  args:\n    - -auto-approve",
        'FLAGS="-auto-approve"\nterraform apply $FLAGS',
    ],
)
def test_a_flag_in_a_line_of_its_own(lines):
    assert [edit.kind for edit in commands("x.yml", "", lines)] == ["command"]


@pytest.mark.parametrize(
    "line",
    [
        "# terraform destroy",
        "echo will not destroy anything",
        "terraform apply tfplan",
        "terraform plan -out=tfplan",
        "terraform show -json tfplan && rm -rf target",
        "kubectl delete pod x --target",
        "terraform plan -var=auto-approver=kim",
    ],
)
def test_what_is_nothing(line):
    assert commands("deploy.sh", PLAIN, f"{PLAIN}{line}\n") == ()


def test_what_stood_there_before():
    script = f"{PLAIN}terraform destroy -auto-approve\n"
    assert commands("deploy.sh", script, f"# a comment\n{script}") == ()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("select staging", "select production", "the workspace production instead of staging"),
        ("select staging", "select -or-create production", "the workspace production instead of staging"),
    ],
)
def test_another_workspace(before, after, said):
    (edit,) = commands("deploy.sh", PLAIN, PLAIN.replace(before, after))
    assert (edit.kind, edit.text) == ("state", f"deploy.sh works on {said}.")
    assert edit.location is not None
    assert edit.location.line == 3


def test_another_place_of_the_state():
    old = 'env:\n  TF_WORKSPACE: a\nrun: terraform init -backend-config="key=a.tfstate"\n'
    edits = commands("ci.yml", old, old.replace(": a", ": b").replace("key=a", "key=b"))
    assert [(edit.text, edit.location.line if edit.location else 0) for edit in edits] == [
        ("ci.yml works on the workspace b instead of a.", 2),
        ("ci.yml works on the state key=b.tfstate instead of key=a.tfstate.", 3),
    ]


def test_a_further_workspace_is_no_change():
    assert commands("deploy.sh", PLAIN, f"{PLAIN}terraform workspace select other\n") == ()
