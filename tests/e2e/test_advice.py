"""The safer path at its word: a dangerous plan, its advice applied without thinking, and a plan that is safe.

Every test plans with real `terraform` against the fake cloud, lets `planguard check` and `planguard fix` speak, does
exactly what they say, and plans again.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command import Planguard
from fakecloud.terraform import MakeTerraform, Terraform

HEAD = """
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
"""
UPLOADS = """
resource "aws_s3_bucket" "uploads" {
  bucket = "acme-prod-uploads"
  tags   = local.tags
}

resource "aws_s3_bucket_versioning" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  versioning_configuration {
    status = "Enabled"
  }
}
"""
TABLES = """
resource "aws_dynamodb_table" "t" {
  for_each = toset(["orders", "carts"])
  name     = "prod-${each.key}"
  hash_key = "id"
  tags     = local.tags
}
"""
DOCUMENTS = """
resource "aws_s3_bucket" "documents" {
  count  = length(local.buckets)
  bucket = "acme-prod-${local.buckets[count.index]}"
  tags   = local.tags
}
"""
ORDERS = """
resource "aws_db_instance" "orders" {
  identifier          = "orders-prod"
  engine              = "postgres"
  instance_class      = "db.r6g.large"
  allocated_storage   = 200
  db_name             = "orders"
  skip_final_snapshot = true
  tags                = local.tags
}
"""
AUDIT = """
resource "aws_db_instance" "audit" {
  identifier          = "audit-prod"
  engine              = "postgres"
  instance_class      = "db.r6g.large"
  db_name             = "audit"
  skip_final_snapshot = true
  deletion_protection = true
  tags                = local.tags
}
"""
PUBLIC = """
resource "aws_lambda_function" "public" {
  function_name = "public-prod"
  role          = "arn:aws:iam::123456789012:role/public"
}
"""
MODULE = """
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
  tags     = var.tags
}

resource "aws_s3_bucket" "archive" {
  bucket = "ledger-prod-archive"
  tags   = var.tags
}
"""
PARTS = (HEAD, UPLOADS, TABLES, DOCUMENTS, ORDERS, AUDIT, PUBLIC, MODULE)
WORLD = {"main.tf": "".join(PARTS), "ledger/main.tf": LEDGER}


class Spoken(NamedTuple):
    """What planguard says about one plan."""

    exit_code: int
    findings: list[dict[str, Any]]

    def severities(self, address: str) -> set[str]:
        """How bad each finding about an address is."""
        return {item["severity"] for item in self.findings if item["address"] == address}

    def remedy(self, address: str) -> str:
        """The advice about one address."""
        (found,) = {item["remedy"] for item in self.findings if item["address"] == address and item["remedy"]}
        return str(found)


class Case:
    """One world, one edit, and the hands that do what planguard says."""

    def __init__(self, terraform: Terraform, planguard: Planguard) -> None:
        self.terraform, self._planguard = terraform, planguard
        self.files = dict(WORLD)

    def edit(self, *replacements: tuple[str, str]) -> None:
        """Change main.tf."""
        for old, new in replacements:
            assert old in self.files["main.tf"], old
            self.files["main.tf"] = self.files["main.tf"].replace(old, new)

    def plan(self, *arguments: str, **options: Any) -> Spoken:
        """Plan the sources as they are now, and hear planguard about it."""
        plan = self.terraform.plan(self.files, *arguments, **options)
        report = self.terraform.directory / "report.json"
        done = self._planguard("check", plan.json, f"--report=json={report}", cwd=self.terraform.directory)
        assert done.returncode in (0, 10), done.stderr.decode()
        return Spoken(done.returncode, json.loads(report.read_bytes())["findings"])

    def fix(self) -> str:
        """Put what `planguard fix` writes beside the sources."""
        target = self.terraform.directory / "written.tf"
        target.unlink(missing_ok=True)
        done = self._planguard("fix", "plan.json", "--out", target, cwd=self.terraform.directory)
        assert done.returncode == 0, done.stderr.decode()
        self.files["fix.tf"] = target.read_text(encoding="utf-8")
        target.unlink()
        return self.files["fix.tf"]

    def run_commands(self, remedy: str) -> list[str]:
        """Run every command of a remedy, as pasted into a shell."""
        commands = [line for line in remedy.splitlines() if line.startswith("terraform ")]
        for command in commands:
            self.terraform.run(*shlex.split(command)[1:])
        return commands

    def paste_lifecycle(self, remedy: str, resource: str) -> None:
        """Paste the first `lifecycle` block of a remedy into a resource."""
        block = re.search(r"^lifecycle \{\n.*?^\}", remedy, re.DOTALL | re.MULTILINE)
        assert block is not None, remedy
        head = "resource " + " ".join(json.dumps(part) for part in resource.split(".")) + " {\n"
        self.edit((head, f"{head}{block[0]}\n"))

    def set_back(self, remedy: str, part: str) -> None:
        """Set an attribute again as a remedy says, in one part of main.tf."""
        match = re.search(r'set (\w+) to ("[^"]*") again', remedy)
        assert match is not None, remedy
        now = self.files["main.tf"]
        start = now.index(part)
        edited, times = re.subn(rf"(\n  {match[1]} *= )[^\n]*", rf"\g<1>{match[2]}", now[start:], count=1)
        assert times == 1
        self.files["main.tf"] = now[:start] + edited


@pytest.fixture(scope="module")
def production(fakecloud: MakeTerraform, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """A production environment that exists; only copies of it change."""
    terraform = fakecloud(tmp_path_factory.mktemp("production"))
    terraform.apply(WORLD)
    return terraform


@pytest.fixture
def case(production: Terraform, planguard: Planguard, tmp_path: Path) -> Case:
    return Case(production.copy(tmp_path / "a checkout"), planguard)


def assert_dangerous(spoken: Spoken, *addresses: str) -> None:
    assert spoken.exit_code == 10
    for address in addresses:
        assert spoken.severities(address) & {"critical", "high"}, address


def assert_safe(spoken: Spoken) -> None:
    grave = [item for item in spoken.findings if item["severity"] in ("critical", "high")]
    assert (spoken.exit_code, grave) == (0, [])


# --- moves: `planguard fix` writes the blocks -------------------------------------------------------------------------


RENAMES: dict[str, tuple[tuple[tuple[str, str], ...], tuple[str, ...]]] = {
    "resource renamed": (
        (
            ('"aws_s3_bucket" "uploads"', '"aws_s3_bucket" "user_uploads"'),
            ('"aws_s3_bucket_versioning" "uploads"', '"aws_s3_bucket_versioning" "user_uploads"'),
            ("aws_s3_bucket.uploads.id", "aws_s3_bucket.user_uploads.id"),
        ),
        ("aws_s3_bucket.uploads",),
    ),
    "module renamed": (
        (('module "ledger"', 'module "books"'),),
        ("module.ledger.aws_dynamodb_table.entries", "module.ledger.aws_s3_bucket.archive"),
    ),
    "count to for_each": (
        (
            ("count  = length(local.buckets)", "for_each = toset(local.buckets)"),
            ("${local.buckets[count.index]}", "${each.key}"),
        ),
        tuple(f"aws_s3_bucket.documents[{index}]" for index in range(3)),
    ),
}


@pytest.mark.parametrize("name", RENAMES)
def test_what_only_moved_stays(name: str, case: Case) -> None:
    edits, addresses = RENAMES[name]
    case.edit(*edits)
    assert_dangerous(case.plan(), *addresses)

    case.fix()

    assert_safe(case.plan())


def test_a_resource_that_moves_into_a_module_stays(case: Case) -> None:
    case.edit((UPLOADS, '\nmodule "uploads" {\n  source = "./uploads"\n  tags   = local.tags\n}\n'))
    case.files["uploads/main.tf"] = 'variable "tags" {}\n' + UPLOADS.replace("local.tags", "var.tags")
    assert_dangerous(case.plan(), "aws_s3_bucket.uploads")

    case.fix()

    assert_safe(case.plan())


def test_a_module_that_moves_into_a_module_stays(case: Case) -> None:
    case.edit((MODULE, MODULE.replace('module "ledger"', 'module "finance"').replace("./ledger", "./finance")))
    case.files["finance/main.tf"] = (
        'variable "tags" {}\nmodule "ledger" {\n  source = "../ledger"\n  tags   = var.tags\n}\n'
    )
    assert_dangerous(case.plan(), "module.ledger.aws_dynamodb_table.entries")

    written = case.fix()

    assert "from = module.ledger\n" in written
    assert_safe(case.plan())


def test_a_renamed_key_needs_the_move_and_the_old_name(case: Case) -> None:
    case.edit(('toset(["orders", "carts"])', 'toset(["orders-v2", "carts"])'))
    spoken = case.plan()
    assert_dangerous(spoken, 'aws_dynamodb_table.t["orders"]')

    case.fix()
    case.paste_lifecycle(spoken.remedy('aws_dynamodb_table.t["orders"]'), "aws_dynamodb_table.t")

    assert_safe(case.plan())


# --- removals ---------------------------------------------------------------------------------------------------------


def test_a_removed_block_is_only_forgotten(case: Case) -> None:
    case.edit((ORDERS, ""))
    assert_dangerous(case.plan(), "aws_db_instance.orders")

    written = case.fix()

    assert "destroy = false" in written
    spoken = case.plan()
    assert_safe(spoken)
    assert spoken.severities("aws_db_instance.orders") == {"medium"}  # said, because nobody manages it any more


def test_a_removed_module_is_only_forgotten(case: Case) -> None:
    case.edit((MODULE, ""))
    assert_dangerous(case.plan(), "module.ledger.aws_dynamodb_table.entries", "module.ledger.aws_s3_bucket.archive")

    case.fix()

    assert_safe(case.plan())


def test_one_of_many_leaves_the_state_by_command(case: Case) -> None:
    case.edit(('toset(["orders", "carts"])', 'toset(["carts"])'))
    spoken = case.plan()
    assert_dangerous(spoken, 'aws_dynamodb_table.t["orders"]')

    assert case.run_commands(spoken.remedy('aws_dynamodb_table.t["orders"]'))

    assert_safe(case.plan())


# --- lists behind count -----------------------------------------------------------------------------------------------

SHIFTS = {
    "first gone": '["receipts", "statements"]',
    "turned round": '["statements", "receipts", "invoices"]',
}


@pytest.mark.parametrize("name", SHIFTS)
def test_a_shifted_list_is_followed_by_the_state(name: str, case: Case) -> None:
    case.edit(('["invoices", "receipts", "statements"]', SHIFTS[name]))
    spoken = case.plan()
    assert_dangerous(spoken, "aws_s3_bucket.documents[0]")
    told = {item["remedy"] for item in spoken.findings if item["address"].startswith("aws_s3_bucket.documents")}
    assert len(told) == 1, told  # one edit, one advice

    assert case.run_commands(spoken.remedy("aws_s3_bucket.documents[0]"))

    assert_safe(case.plan())


# --- replacements -----------------------------------------------------------------------------------------------------


def test_an_edit_can_be_taken_back(case: Case) -> None:
    case.edit(('db_name             = "orders"', 'db_name             = "shop_orders"'))
    spoken = case.plan()
    assert_dangerous(spoken, "aws_db_instance.orders")

    case.set_back(spoken.remedy("aws_db_instance.orders"), 'resource "aws_db_instance" "orders"')

    assert_safe(case.plan())


def test_an_edit_can_be_ignored(case: Case) -> None:
    case.edit(('db_name             = "orders"', 'db_name             = "shop_orders"'))
    spoken = case.plan()
    assert_dangerous(spoken, "aws_db_instance.orders")

    case.paste_lifecycle(spoken.remedy("aws_db_instance.orders"), "aws_db_instance.orders")

    assert_safe(case.plan())


def test_the_new_one_can_stand_first(case: Case) -> None:
    case.edit(('function_name = "public-prod"', 'function_name = "front-prod"'))
    spoken = case.plan()
    assert_dangerous(spoken, "aws_lambda_function.public")
    remedy = spoken.remedy("aws_lambda_function.public")

    case.paste_lifecycle(remedy[remedy.index("If it is meant") :], "aws_lambda_function.public")

    assert_safe(case.plan())


def test_a_mark_can_be_cleared(case: Case) -> None:
    case.terraform.run("taint", "aws_db_instance.orders")
    spoken = case.plan()
    assert_dangerous(spoken, "aws_db_instance.orders")

    assert case.run_commands(spoken.remedy("aws_db_instance.orders"))

    assert_safe(case.plan())


def test_a_request_can_be_left_out(case: Case) -> None:
    asked = "-replace=aws_db_instance.orders"
    spoken = case.plan(asked)
    assert_dangerous(spoken, "aws_db_instance.orders")

    assert f"without {asked}" in spoken.remedy("aws_db_instance.orders")

    assert_safe(case.plan())


# --- protections and lost states --------------------------------------------------------------------------------------


def test_a_protection_is_lifted_first_and_alone(case: Case) -> None:
    address = "aws_db_instance.audit"
    case.edit((AUDIT, ""))
    spoken = case.plan()
    assert_dangerous(spoken, address)
    failed = case.terraform.copy(case.terraform.directory.parent / "without advice")
    assert failed.run("apply", "-auto-approve", may_fail=True).returncode != 0

    setting = re.search(r"Put the block back with (\w+) = (\w+), and apply that alone", spoken.remedy(address))
    assert setting is not None, spoken.remedy(address)
    lifted = re.sub(rf"({setting[1]} *= )\w+", rf"\g<1>{setting[2]}", AUDIT)
    case.edit((PUBLIC, PUBLIC + lifted))
    assert_safe(case.plan())
    case.terraform.run("apply", "tfplan")

    case.edit((lifted, ""))
    spoken = case.plan()
    assert {item["rule"] for item in spoken.findings if item["address"] == address} == {"data-deletion"}
    case.terraform.run("apply", "tfplan")  # reviewed as what it is, it goes through


def test_a_lost_state_is_filled_again(
    fakecloud: MakeTerraform, production: Terraform, planguard: Planguard, tmp_path: Path
) -> None:
    case = Case(fakecloud(tmp_path / "shop"), planguard)
    case.files = {"main.tf": "".join((HEAD, UPLOADS, TABLES, ORDERS))}
    (tmp_path / "shop" / "planguard.yml").write_text('production:\n  existing: ["*/shop/*"]\n', encoding="utf-8")
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps(existing(production)), encoding="utf-8")
    assert_dangerous(case.plan(), "aws_db_instance.orders")

    written = case.fix()

    assert written.count("import {") == 5
    spoken = case.plan(environment={"FAKECLOUD_WORLD": str(outside)})
    assert_safe(spoken)
    plan = json.loads((case.terraform.directory / "plan.json").read_bytes())
    assert all(change["change"]["importing"] for change in plan["resource_changes"])
    assert not any("create" in change["change"]["actions"] for change in plan["resource_changes"])


def existing(terraform: Terraform) -> dict[str, dict[str, Any]]:
    """What exists, as the fake cloud's world: type, id, attributes."""
    state = json.loads(terraform.run("show", "-json").stdout)
    found: dict[str, dict[str, Any]] = {}
    for resource in state["values"]["root_module"]["resources"]:
        found.setdefault(resource["type"], {})[resource["values"].get("identifier") or resource["values"]["id"]] = (
            resource["values"]
        )
    return found
