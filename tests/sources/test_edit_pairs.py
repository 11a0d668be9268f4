"""Edits as people make them, in whole small configurations: what is found and in which line, and what is left alone."""

from __future__ import annotations

import pytest

from source_edits import judged

DB = """resource "aws_db_instance" "orders" {
  identifier          = "prod-orders"
  engine              = "postgres"
  deletion_protection = false

  lifecycle {
    prevent_destroy = true
  }
}
"""
ON = DB.replace("deletion_protection = false", "deletion_protection = true")
RENAMED = DB.replace('"orders" {', '"main" {')
MODULE = """variable "name" {
  type = string
}

variable "deletion_protection" {
  default = true
}

resource "aws_db_instance" "this" {
  identifier          = var.name
  engine              = "postgres"
  deletion_protection = var.deletion_protection
}
"""
CALL = """module "prod_db" {
  source = "./modules/db"
  name   = "prod-orders"
}
"""
OFF_MODULE = MODULE.replace("default = true", "default = false")
BUCKETS = """resource "aws_s3_bucket" "data" {
  for_each = KEYS
  bucket   = "prod-${each.key}"
}
"""
HEAD = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.40"
    }
  }
  backend "s3" {
    bucket = "acme-state"
    key    = "prod/orders.tfstate"
  }
}

provider "aws" {
  region = "eu-west-1"
}

"""
BACKEND = '  backend "s3" {\n    bucket = "acme-state"\n    key    = "prod/orders.tfstate"\n  }\n'
REMOTE = 'module "prod_vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.8.1"\n}\n'
GIT = 'module "prod_vpc" {\n  source = "git::https://example.com/acme/vpc.git?ref=v1.2.0"\n}\n'


def keyed(keys, before=""):
    return before + BUCKETS.replace("KEYS", keys)


def moved(start, to):
    return f"moved {{\n  from = {start}\n  to   = {to}\n}}\n"


def by(expression, before=""):
    return before + ON.replace("deletion_protection = true", f"deletion_protection = {expression}")


def variable(name, default):
    return f'variable "{name}" {{\n  default = {default}\n}}\n\n'


def shown(before, after):
    """severity, rule, address and place of everything from medium up."""
    return [
        f"{finding.severity.value} {finding.rule} {finding.address}".strip()
        + (f" {finding.source.file}:{finding.source.line}" if finding.source is not None else " nowhere")
        for finding in judged(before, after).findings
        if finding.severity.rank >= 2
    ]


DEEP = 'module "prod" {\n  source = "./modules/all"\n  dbs    = { KEYS }\n}\n'
BELOW = {
    "modules/all/main.tf": """variable "dbs" {
  type = map(object({ on = bool, size = optional(number) }))
}
module "db" {
  source              = "../db"
  for_each            = var.dbs
  name                = "prod-${each.key}"
  deletion_protection = each.value.on
}
""",
    "modules/db/main.tf": MODULE,
}
REGION_BY_VARIABLE = HEAD.replace('region = "eu-west-1"', "region = var.region")
LOCAL_NAMES = 'locals {\n  names = ["a", "b", "c"]\n}\n'
COUNTED = 'resource "aws_s3_bucket" "data" {\n  count  = length(local.names)\n  bucket = local.names[count.index]\n}\n'
FOUND = {
    "guard on an expression": (
        DB,
        DB.replace("prevent_destroy = true", "prevent_destroy = var.guarded"),
        ["medium prevent-destroy-removed aws_db_instance.orders main.tf:7"],
    ),
    "guard commented out": (
        DB,
        DB.replace("    prevent", "    # prevent"),
        ["medium prevent-destroy-removed aws_db_instance.orders main.tf:6"],
    ),
    "guard lost on the way into a module": (
        DB,
        {
            "main.tf": CALL + moved("aws_db_instance.orders", "module.prod_db.aws_db_instance.this"),
            "modules/db/main.tf": OFF_MODULE,
        },
        ["medium prevent-destroy-removed module.prod_db.aws_db_instance.this modules/db/main.tf:9"],
    ),
    "module call removed, module left": (
        {"main.tf": CALL, "modules/db/main.tf": OFF_MODULE},
        {"main.tf": "", "modules/db/main.tf": OFF_MODULE},
        ["high data-deletion module.prod_db.aws_db_instance.this modules/db/main.tf:9"],
    ),
    "module let go of, and destroyed": (
        {"main.tf": CALL, "modules/db/main.tf": OFF_MODULE},
        {"main.tf": "removed {\n  from = module.prod_db\n  lifecycle {\n    destroy = true\n  }\n}\n"},
        ["high data-deletion module.prod_db.aws_db_instance.this modules/db/main.tf:9"],
    ),
    "module let go of, and kept": (
        {"main.tf": CALL, "modules/db/main.tf": OFF_MODULE},
        {"main.tf": "removed {\n  from = module.prod_db\n  lifecycle {\n    destroy = false\n  }\n}\n"},
        ["medium forgotten module.prod_db.aws_db_instance.this modules/db/main.tf:9"],
    ),
    "module published: perhaps the same": (
        {"main.tf": CALL, "modules/db/main.tf": OFF_MODULE},
        CALL.replace("./modules/db", "acme/db/aws"),
        ["medium data-deletion module.prod_db.aws_db_instance.this modules/db/main.tf:9"],
    ),
    "another module under the same name": (
        REMOTE,
        REMOTE.replace("terraform-aws-modules", "acme"),
        ["medium unknown-type-destroyed module.prod_vpc main.tf:1"],
    ),
    "key of a module call": (
        {"main.tf": CALL.replace("  name", '  for_each = toset(["a", "b"])\n  name'), "modules/db/main.tf": OFF_MODULE},
        {"main.tf": CALL.replace("  name", '  for_each = toset(["a"])\n  name'), "modules/db/main.tf": OFF_MODULE},
        ['high data-deletion module.prod_db["b"].aws_db_instance.this modules/db/main.tf:9'],
    ),
    "key of a map in a local value": (
        keyed("local.all", "locals {\n  all = {\n    a = 1\n    b = 2\n  }\n}\n"),
        keyed("local.all", "locals {\n  all = {\n    a = 1\n  }\n}\n"),
        ['high data-deletion aws_s3_bucket.data["b"] main.tf:6'],
    ),
    "key behind a loop": (
        keyed("{ for k, v in local.all : k => v if v.on }", "locals {\n  all = { a = { on = true } }\n}\n"),
        keyed("{ for k, v in local.all : k => v if v.on }", "locals {\n  all = { a = { on = false } }\n}\n"),
        ['high data-deletion aws_s3_bucket.data["a"] main.tf:4'],
    ),
    "key behind functions": (
        keyed("toset(concat(keys(local.all), local.more))", 'locals {\n  all = { a = 1 }\n  more = ["b"]\n}\n'),
        keyed("toset(concat(keys(local.all), local.more))", "locals {\n  all = { a = 1 }\n  more = []\n}\n"),
        ['high data-deletion aws_s3_bucket.data["b"] main.tf:5'],
    ),
    "key in terraform.tfvars": (
        {"main.tf": keyed("var.all", 'variable "all" {}\n'), "terraform.tfvars": 'all = ["a", "b"]\n'},
        {"main.tf": keyed("var.all", 'variable "all" {}\n'), "terraform.tfvars": 'all = ["a"]\n'},
        ['medium data-deletion aws_s3_bucket.data["b"] main.tf:2'],
    ),
    "name taken out of a counted list": (
        COUNTED + LOCAL_NAMES,
        COUNTED + LOCAL_NAMES.replace('"a", ', ""),
        [
            "high data-deletion aws_s3_bucket.data[2] main.tf:1",
            "medium data-replacement aws_s3_bucket.data[0] main.tf:1",
            "medium data-replacement aws_s3_bucket.data[1] main.tf:1",
        ],
    ),
    "for_each to count": (
        keyed('toset(["0"])'),
        'resource "aws_s3_bucket" "data" {\n  count  = 1\n  bucket = "prod-${count.index}"\n}\n',
        ['high data-deletion aws_s3_bucket.data["0"] main.tf:1'],
    ),
    "moved to a name that does not exist": (
        ON,
        ON.replace('"orders" {', '"main" {') + moved("aws_db_instance.orders", "aws_db_instance.typo"),
        [
            "high apply-fails-half-way aws_db_instance.orders main.tf:1",
            "high protection-removed-with-its-resource aws_db_instance.orders main.tf:1",
        ],
    ),
    "protection in a call": (
        {"main.tf": CALL, "modules/db/main.tf": MODULE},
        {"main.tf": CALL.replace("\n}", "\n  deletion_protection = false\n}"), "modules/db/main.tf": MODULE},
        ["medium protection-weakened module.prod_db.aws_db_instance.this modules/db/main.tf:9"],
    ),
    "protection in a default of the module": (
        {"main.tf": CALL, "modules/db/main.tf": MODULE},
        {"main.tf": CALL, "modules/db/main.tf": OFF_MODULE},
        ["medium protection-weakened module.prod_db.aws_db_instance.this modules/db/main.tf:9"],
    ),
    "protection in a default of the root": (
        by("var.on", variable("on", "true")),
        by("var.on", variable("on", "false")),
        ["medium protection-weakened aws_db_instance.orders main.tf:5"],
    ),
    "protection in a variable file": (
        {"main.tf": by("var.on", variable("on", "false")), "prod.auto.tfvars": "on = true\n"},
        {"main.tf": by("var.on", variable("on", "false")), "prod.auto.tfvars": "on = false\n"},
        ["medium protection-weakened aws_db_instance.orders main.tf:5"],
    ),
    "protection in a local map": (
        by(
            "local.by_env[var.env].on", variable("env", '"prod"') + "locals {\n  by_env = { prod = { on = true } }\n}\n"
        ),
        by(
            "local.by_env[var.env].on",
            variable("env", '"prod"') + "locals {\n  by_env = { prod = { on = false } }\n}\n",
        ),
        ["medium protection-weakened aws_db_instance.orders main.tf:8"],
    ),
    "protection in a type's default": (
        by("var.x.on", 'variable "x" {\n  type = object({ on = optional(bool, true) })\n  default = {}\n}\n'),
        by("var.x.on", 'variable "x" {\n  type = object({ on = optional(bool, false) })\n  default = {}\n}\n'),
        ["medium protection-weakened aws_db_instance.orders main.tf:5"],
    ),
    "protection two modules deep, and a key": (
        {"main.tf": DEEP.replace("KEYS", "a = { on = true }, b = { on = true }"), **BELOW},
        {"main.tf": DEEP.replace("KEYS", "a = { on = false }"), **BELOW},
        [
            'high apply-fails-half-way module.prod.module.db["b"].aws_db_instance.this modules/db/main.tf:9',
            'medium protection-weakened module.prod.module.db["a"].aws_db_instance.this modules/db/main.tf:9',
        ],
    ),
    "protection behind lookup": (
        by('lookup({ prod = true }, "prod", false)'),
        by('lookup({ prod = false }, "prod", false)'),
        ["medium protection-weakened aws_db_instance.orders main.tf:1"],
    ),
    "protection on a condition that nobody knows": (
        ON,
        by('var.env == "prod"'),
        ["medium protection-weakened aws_db_instance.orders main.tf:1"],
    ),
    "region behind a variable": (
        REGION_BY_VARIABLE + DB + variable("region", '"eu-west-1"'),
        REGION_BY_VARIABLE + DB + variable("region", '"eu-west-3"'),
        ["medium provider-edited main.tf:14"],
    ),
    "region in terraform.tfvars": (
        {"main.tf": REGION_BY_VARIABLE + DB + 'variable "region" {}\n', "terraform.tfvars": 'region = "eu-west-1"\n'},
        {"main.tf": REGION_BY_VARIABLE + DB + 'variable "region" {}\n', "terraform.tfvars": 'region = "eu-west-3"\n'},
        ["medium provider-edited main.tf:14"],
    ),
    "account of a provider": (
        HEAD + DB,
        HEAD.replace('"eu-west-1"\n', '"eu-west-1"\n  assume_role {\n    role_arn = "arn:x"\n  }\n') + DB,
        ["medium provider-edited main.tf:14"],
    ),
    "provider from elsewhere": (
        HEAD + DB,
        HEAD.replace("hashicorp/aws", "acme/aws") + DB,
        ["medium provider-edited main.tf:3"],
    ),
    "providers passed to a module": (
        {"main.tf": CALL, "modules/db/main.tf": MODULE},
        {"main.tf": CALL.replace("\n}", "\n  providers = { aws = aws.other }\n}"), "modules/db/main.tf": MODULE},
        ["medium provider-edited main.tf:4"],
    ),
    "key of the state": (
        HEAD + DB,
        HEAD.replace("prod/orders", "prod/other") + DB,
        ["medium state-moved main.tf:8"],
    ),
    "another backend": (
        HEAD + DB,
        HEAD.replace(BACKEND, '  cloud {\n    organization = "acme"\n  }\n') + DB,
        ["medium state-moved main.tf:8"],
    ),
    "no backend any more": (HEAD + DB, HEAD.replace(BACKEND, "") + DB, ["medium state-moved main.tf:8"]),
    "one of several ignored changes": (
        DB.replace("= true\n  }", "= true\n    ignore_changes = [engine, snapshot_identifier]\n  }"),
        DB.replace("= true\n  }", "= true\n    ignore_changes = [engine]\n  }"),
        ["medium ignore-changes-removed aws_db_instance.orders main.tf:6"],
    ),
    "bucket that may be emptied": (
        'resource "aws_s3_bucket" "b" {\n  bucket = "prod-b"\n}\n',
        'resource "aws_s3_bucket" "b" {\n  bucket = "prod-b"\n  force_destroy = true\n}\n',
        ["medium protection-weakened aws_s3_bucket.b main.tf:1"],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), FOUND.values(), ids=FOUND.keys())
def test_found(before, after, expected):
    assert shown(before, after) == expected


VARIABLES, _, RESOURCE = MODULE.partition("resource")
LEFT_ALONE = {
    "formatting": (DB, DB.replace("          =", " =").replace("              =", " =")),
    "order of blocks, attributes and nested blocks": (
        HEAD + DB + REMOTE,
        REMOTE
        + """resource "aws_db_instance" "orders" {
  lifecycle {
    create_before_destroy = false
    prevent_destroy       = true # as ever
  }
  deletion_protection = false
  engine              = "postgres"
  identifier          = "prod-orders"
}
"""
        + HEAD,
    ),
    "comments with brackets": (DB, "# { open\n/* } closed\n */\n" + DB.replace('"postgres"', '"postgres" // } "')),
    "split into files": (
        {"main.tf": HEAD + DB + CALL, "modules/db/main.tf": MODULE},
        {
            "versions.tf": HEAD,
            "db.tf": DB,
            "modules.tf": CALL,
            "modules/db/variables.tf": VARIABLES,
            "modules/db/main.tf": f"resource{RESOURCE}",
        },
    ),
    "a module in another directory": (
        {"main.tf": CALL, "modules/db/main.tf": MODULE},
        {"main.tf": CALL.replace("modules/db", "lib/database"), "lib/database/main.tf": MODULE},
    ),
    "a module that moves in from a registry": (
        CALL.replace("./modules/db", "acme/db/aws"),
        {"main.tf": CALL, "modules/db/main.tf": MODULE},
    ),
    "description and type of a variable": (
        by("var.on", variable("on", "true")),
        by("var.on", variable("on", "true").replace("default", 'description = "?"\n  type = bool\n  default')),
    ),
    "another name for a local value": (
        by("local.on", "locals {\n  on = true\n}\n"),
        by("local.guarded", "locals {\n  guarded = true\n}\n"),
    ),
    "another name for a variable": (by("var.on", variable("on", "true")), by("var.keep", variable("keep", "true"))),
    "another name for a variable without a default": (
        by("var.on", 'variable "on" {}\n'),
        by("var.keep", 'variable "keep" {}\n'),
    ),
    "a value that becomes a local one": (
        DB,
        'locals {\n  name = lower("PROD-orders")\n}\n' + DB.replace('"prod-orders"', "local.name"),
    ),
    "a region that becomes a variable": (
        HEAD + DB,
        REGION_BY_VARIABLE + DB + variable("region", '"eu-west-1"'),
    ),
    "tags": (DB, DB.replace("  lifecycle", '  tags = {\n    team = "a"\n  }\n\n  lifecycle')),
    "more resources, imports and moves": (
        DB,
        RENAMED
        + moved("aws_db_instance.orders", "aws_db_instance.step")
        + moved("aws_db_instance.step", "aws_db_instance.main")
        + 'import {\n  to = aws_s3_bucket.n\n  id = "n"\n}\nresource "aws_s3_bucket" "n" {\n  bucket = "prod-n"\n}\n',
    ),
    "another name for a provider": (
        'provider "aws" {\n  alias = "dr"\n  region = "a"\n}\n' + by("false\n  provider = aws.dr"),
        'provider "aws" {\n  alias = "far"\n  region = "a"\n}\n' + by("false\n  provider = aws.far"),
    ),
    "a module version": (REMOTE, REMOTE.replace("5.8.1", "5.8.2")),
    "a reference in a git address": (GIT, GIT.replace("v1.2.0", "v1.2.1")),
    "another spelling of a git address": (GIT, GIT.replace("git::https://example.com/", "git@example.com:")),
    "a provider version": (HEAD + DB, HEAD.replace("~> 5.40", "~> 5.44") + DB),
    "a lock for the state": (HEAD + DB, HEAD.replace('tfstate"\n', 'tfstate"\n    use_lockfile = true\n') + DB),
    "keys that are written another way": (
        keyed('toset(["a", "b"])'),
        keyed("{ for n in local.names : n => n }", 'locals {\n  names = ["b", "a"]\n}\n'),
    ),
    "a heredoc that is indented": (
        'resource "aws_iam_policy" "p" {\n  name = "prod"\n  policy = <<EOT\n{"a": 1}\nEOT\n}\n',
        'resource "aws_iam_policy" "p" {\n  name = "prod"\n  policy = <<-EOT\n    {"a": 1}\n  EOT\n}\n',
    ),
}


@pytest.mark.parametrize(("before", "after"), LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_left_alone(before, after):
    assert shown(before, after) == []
    assert judged(before, after).undecided == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            keyed("toset(local.x)", 'locals {\n  x = [for n in data.a.b.c : n if n != "a"]\n}\n'),
            keyed("toset(local.x)", 'locals {\n  x = [for n in data.a.b.c : n if n != "b"]\n}\n'),
        ),
        (keyed("data.a.b.c"), keyed("data.a.b.d")),
        LEFT_ALONE["a module that moves in from a registry"],
    ],
)
def test_what_only_a_plan_can_tell_is_said(before, after):
    notes = [note.text for note in judged(before, after).plan.notes]
    assert any("Which instances stay was edited, and only a plan can tell" in text for text in notes)
