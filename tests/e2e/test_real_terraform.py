"""From real sources through real `terraform` to the command's exit code; the fake cloud stands in for the clouds."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command import Planguard
from fakecloud.terraform import MakeTerraform, PlanFiles, Terraform

MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  tags    = { environment = "production" }
  buckets = ["invoices", "receipts", "statements"]
}

resource "aws_db_instance" "orders" {
  identifier          = "orders-prod"
  engine              = "postgres"
  instance_class      = "db.r6g.large"
  allocated_storage   = 200
  db_name             = "orders"
  skip_final_snapshot = true
  tags                = local.tags
}

resource "aws_s3_bucket" "documents" {
  count  = length(local.buckets)
  bucket = "acme-prod-${local.buckets[count.index]}"
  tags   = local.tags
}

resource "aws_ebs_volume" "journal" {
  availability_zone = "eu-west-1a"
  size              = 500
  tags              = local.tags
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "app" {
  name = "app-prod"
  tags = local.tags
}

resource "aws_security_group_rule" "https" {
  type              = "ingress"
  from_port         = 443
  to_port           = 443
  protocol          = "tcp"
  cidr_blocks       = ["10.0.0.0/16"]
  security_group_id = aws_security_group.app.id
}

module "ledger" {
  source = "./ledger"
  tags   = local.tags
}
"""
LEDGER = """
variable "tags" {
  type = map(string)
}

resource "aws_dynamodb_table" "entries" {
  name     = "ledger-prod-entries"
  hash_key = "id"
  attribute {
    name = "id"
    type = "S"
  }
  tags = var.tags
}
"""
WORLD = {"main.tf": MAIN, "ledger/main.tf": LEDGER}

DATABASE = "aws_db_instance.orders"
TABLE = "module.ledger.aws_dynamodb_table.entries"
BUCKETS = {f"aws_s3_bucket.documents[{index}]" for index in range(3)}
SERIOUS = {"critical", "high"}


class Checked(NamedTuple):
    """What one run of `planguard check` said."""

    exit_code: int
    report: dict[str, Any]
    stdout: str
    stderr: str

    def flagged(self, *severities: str) -> set[str]:
        """Addresses of the findings (of these severities only, if any are named), and of what is undecided."""
        findings = [item for item in self.report["findings"] if not severities or item["severity"] in severities]
        return {item["address"] for item in [*findings, *self.report["undecided"]]}


class Check:
    """Runs `planguard check` on a plan, in the plan's directory, as a pipeline does."""

    def __init__(self, planguard: Planguard, report: Path) -> None:
        self._planguard = planguard
        self._report = report

    def __call__(self, terraform: Terraform, plan: str | Path, *arguments: str, stdin: bytes = b"") -> Checked:
        """Check one plan; without a report (exit 2 and 3) the report is empty."""
        self._report.unlink(missing_ok=True)
        done = self._planguard(
            *("check", plan, f"--report=json={self._report}", *arguments),
            cwd=terraform.directory,
            environment=terraform.environment,
            stdin=stdin,
        )
        report = json.loads(self._report.read_bytes()) if self._report.exists() else {}
        return Checked(done.returncode, report, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def check(planguard: Planguard, tmp_path: Path) -> Check:
    return Check(planguard, tmp_path / "report.json")


@pytest.fixture(scope="module")
def production(fakecloud: MakeTerraform, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """A production environment that exists; nobody may apply here, only copies of it change."""
    terraform = fakecloud(tmp_path_factory.mktemp("production"))
    terraform.apply(WORLD)
    return terraform


@pytest.fixture
def world(production: Terraform, tmp_path: Path) -> Terraform:
    """A copy of it, to do with as one likes. Its path has a space, as a user's may."""
    return production.copy(tmp_path / "a checkout")


def edited(*replacements: tuple[str, str]) -> dict[str, str]:
    """The sources after an edit of main.tf."""
    text = MAIN
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return {**WORLD, "main.tf": text}


NEW_DB_NAME = edited(('db_name             = "orders"', 'db_name             = "shop_orders"'))
MODULE_RENAMED = edited(('module "ledger"', 'module "books"'))
BUCKET_DROPPED = edited(('["invoices", "receipts", "statements"]', '["receipts", "statements"]'))
NEW_TAG = edited(('{ environment = "production" }', '{ environment = "production", team = "orders" }'))
NEW_RULE = edited(('cidr_blocks       = ["10.0.0.0/16"]', 'cidr_blocks       = ["10.0.0.0/8"]'))
MOVED = {
    **MODULE_RENAMED,
    "moved.tf": "moved {\n  from = module.ledger\n  to   = module.books\n}\n",
}
FORGOTTEN = {
    **edited((MAIN[MAIN.index('resource "aws_db_instance"') : MAIN.index('resource "aws_s3_bucket"')], "")),
    "removed.tf": "removed {\n  from = aws_db_instance.orders\n  lifecycle {\n    destroy = false\n  }\n}\n",
}

# --- what must stop the pipeline --------------------------------------------------------------------------------------

DANGEROUS = {
    "database replaced": (NEW_DB_NAME, (), {DATABASE}),
    "module renamed": (MODULE_RENAMED, (), {TABLE}),
    "everything destroyed": (WORLD, ("-destroy",), {DATABASE, TABLE, *BUCKETS, "aws_ebs_volume.journal"}),
    "count shifted": (BUCKET_DROPPED, (), BUCKETS),
    "replaced by request": (WORLD, (f"-replace={DATABASE}",), {DATABASE}),
}


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_plan_that_destroys_production_needs_consent(name: str, world: Terraform, check: Check) -> None:
    files, arguments, addresses = DANGEROUS[name]
    plan = world.plan(files, *arguments)

    saved, shown = check(world, plan.saved), check(world, plan.json)

    assert (saved.exit_code, shown.exit_code) == (10, 10)
    assert addresses <= saved.flagged(*SERIOUS)
    assert addresses <= shown.flagged(*SERIOUS)
    assert saved.report["verdict"] == shown.report["verdict"] == "needs_approval"
    assert saved.report["exit_code"] == 10
    assert saved.report["fingerprint"] == shown.report["fingerprint"]
    untouched = {DATABASE, TABLE, *BUCKETS} - addresses
    assert not untouched & saved.flagged()


def test_a_deposed_volume_is_flagged_before_it_dies(world: Terraform, check: Check) -> None:
    moved = edited(('"eu-west-1a"', '"eu-west-1b"'))
    world.apply(moved, environment={"FAKECLOUD_FAIL": "delete:aws_ebs_volume"}, may_fail=True)

    checked = check(world, world.plan().saved)

    assert checked.exit_code == 10
    assert "aws_ebs_volume.journal" in checked.flagged(*SERIOUS)


def test_an_import_that_replaces_what_it_imports_needs_consent(
    fakecloud: MakeTerraform, tmp_path: Path, check: Check
) -> None:
    database = {"identifier": "legacy-prod", "engine": "postgres", "instance_class": "db.m5.large", "db_name": "legacy"}
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps({"aws_db_instance": {"legacy-prod": database}}), encoding="utf-8")
    source = (
        'import {\n  to = aws_db_instance.legacy\n  id = "legacy-prod"\n}\n'
        'resource "aws_db_instance" "legacy" {\n'
        '  identifier = "legacy-prod"\n  engine = "postgres"\n  instance_class = "db.m5.large"\n  db_name = "crm"\n}\n'
    )
    terraform = fakecloud(tmp_path / "import")
    plan = terraform.plan({"main.tf": source}, environment={"FAKECLOUD_WORLD": str(outside)})

    checked = check(terraform, plan.saved)

    assert checked.exit_code == 10
    assert "aws_db_instance.legacy" in checked.flagged(*SERIOUS)


def test_an_errored_plan_is_never_a_pass(world: Terraform, check: Check) -> None:
    plan = world.plan(NEW_TAG, environment={"FAKECLOUD_FAIL": "plan:aws_db_instance"}, may_fail=True)
    assert plan.exit_code == 1

    checked = check(world, plan.saved)

    assert checked.exit_code in (10, 11)
    assert checked.report["plan"]["errored"] is True


def test_a_stream_is_judged_and_called_weaker(world: Terraform, check: Check) -> None:
    world.write(NEW_DB_NAME)
    stream = world.directory / "stream.jsonl"
    stream.write_text(world.run("plan", "-json").stdout, encoding="utf-8")

    checked = check(world, stream)

    assert checked.exit_code == 10
    assert DATABASE in checked.flagged()


# --- what must not ----------------------------------------------------------------------------------------------------

HARMLESS = {
    "no change": WORLD,
    "tags": NEW_TAG,
    "security group rule replaced": NEW_RULE,
    "module moved": MOVED,
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_plan_that_loses_nothing_passes_in_silence(name: str, world: Terraform, check: Check) -> None:
    plan = world.plan(HARMLESS[name])

    saved, shown = check(world, plan.saved), check(world, plan.json)

    assert (saved.exit_code, shown.exit_code) == (0, 0)
    assert saved.report["verdict"] == shown.report["verdict"] == "pass"
    assert not saved.flagged("critical", "high", "medium")
    assert not shown.flagged("critical", "high", "medium")


def test_forgetting_a_database_passes_and_is_said(world: Terraform, check: Check) -> None:
    checked = check(world, world.plan(FORGOTTEN).saved)

    assert checked.exit_code == 0
    assert checked.flagged("medium") == {DATABASE}


# --- ways in ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("files", "code"), [(NEW_DB_NAME, 10), (NEW_TAG, 0)])
def test_standard_input_gives_the_same_verdict(
    files: dict[str, str], code: int, world: Terraform, check: Check
) -> None:
    plan = world.plan(files)

    piped = check(world, "-", stdin=plan.json.read_bytes())
    read = check(world, plan.json)

    assert (piped.exit_code, read.exit_code) == (code, code)
    # Only a file has sources beside it, and with them lines.
    unplaced = [{**finding, "source": None} for finding in read.report["findings"]]
    assert piped.report["findings"] == unplaced


def test_several_plans_end_in_the_worst_verdict(world: Terraform, planguard: Planguard) -> None:
    harmless = world.plan(NEW_TAG).json.rename(world.directory / "harmless.json")
    dangerous = world.plan(NEW_DB_NAME).json

    done = planguard("check", harmless, dangerous, cwd=world.directory, environment=world.environment)

    assert done.returncode == 10
    assert DATABASE in done.stdout.decode()


def test_a_saved_plan_is_read_from_anywhere(world: Terraform, planguard: Planguard, tmp_path: Path) -> None:
    plan = world.plan(NEW_DB_NAME)

    done = planguard("check", plan.saved, cwd=tmp_path, environment=world.environment)

    assert done.returncode == 10


# --- what cannot be read never passes ---------------------------------------------------------------------------------


def unusable(done: Checked | subprocess.CompletedProcess[bytes]) -> str:
    """The message of a run that must have ended in exit 3, in a sentence and not in a traceback."""
    code, error = (
        (done.exit_code, done.stderr) if isinstance(done, Checked) else (done.returncode, done.stderr.decode())
    )
    assert code == 3, error
    assert "Traceback" not in error
    assert error.strip()
    return error


def test_without_the_providers_a_saved_plan_is_refused(world: Terraform, check: Check) -> None:
    plan = world.plan(NEW_DB_NAME)
    shutil.rmtree(world.directory / ".terraform")

    assert "init" in unusable(check(world, plan.saved))


def test_without_terraform_a_saved_plan_is_refused_and_its_json_is_not(
    world: Terraform, planguard: Planguard, tmp_path: Path
) -> None:
    plan = world.plan(NEW_DB_NAME)
    environment = {**world.environment, "PATH": str(tmp_path)}

    refused = planguard("check", plan.saved, cwd=world.directory, environment=environment)
    read = planguard("check", plan.json, cwd=world.directory, environment=environment)

    assert "terraform" in unusable(refused)
    assert read.returncode == 10


def test_a_plan_of_another_terraform_is_refused_with_its_own_words(world: Terraform, check: Check) -> None:
    plan = world.plan(NEW_DB_NAME)
    made_by_another(plan)

    assert "0.9.9" in unusable(check(world, plan.saved))


def test_a_cut_saved_plan_is_refused(world: Terraform, check: Check) -> None:
    plan = world.plan(NEW_DB_NAME)
    plan.saved.write_bytes(plan.saved.read_bytes()[:-200])

    unusable(check(world, plan.saved))


def test_a_cut_plan_json_is_refused(world: Terraform, check: Check) -> None:
    plan = world.plan(NEW_DB_NAME)
    plan.json.write_bytes(plan.json.read_bytes()[:-2000])

    unusable(check(world, plan.json))


def test_the_state_in_place_of_the_plan_is_refused(world: Terraform, check: Check) -> None:
    state = world.directory / "state.json"
    state.write_text(world.run("show", "-json").stdout, encoding="utf-8")

    assert "plan" in unusable(check(world, state))


def made_by_another(plan: PlanFiles) -> None:
    """Rewrite the version inside the saved plan, a zip; the new string is as long as the old one."""
    version = json.loads(plan.json.read_bytes())["terraform_version"]
    other = "0.9.9".ljust(len(version))
    with zipfile.ZipFile(plan.saved) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    assert version.encode() in members["tfplan"]
    members["tfplan"] = members["tfplan"].replace(version.encode(), other.encode())
    with zipfile.ZipFile(plan.saved, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
