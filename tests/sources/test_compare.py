"""What an edit of the sources is found to do: address, rule and severity; and what it is not found to do."""

from __future__ import annotations

import pytest

from planguard.model import Action, Location
from source_edits import judged, sources, told

DB = 'resource "aws_db_instance" "{name}" {{\n  identifier = "prod-orders"\n  db_name = "{db}"\n{more}}}\n'
GUARD = "  lifecycle {\n    prevent_destroy = true\n  }\n"


def db(name="main", db_name="orders", more=""):
    return DB.format(name=name, db=db_name, more=more)


def tables(keys, repeat="for_each = toset({})"):
    return f'resource "aws_dynamodb_table" "t" {{\n  {repeat.format(keys)}\n  name = "prod-${{each.key}}"\n}}\n'


CASES = {
    "nothing": (db(), db(), set()),
    "formatting and comments": (db(), "# a comment\n" + db().replace(" = ", "   =   "), set()),
    "block removed": (db(), "", {("high", "data-deletion", "aws_db_instance.main")}),
    "block removed with its guard": (
        db(more=GUARD),
        "",
        {
            ("high", "data-deletion", "aws_db_instance.main"),
            ("high", "protection-removed-with-its-resource", "aws_db_instance.main"),
        },
    ),
    "guard removed": (db(more=GUARD), db(), {("medium", "prevent-destroy-removed", "aws_db_instance.main")}),
    "guard off": (
        db(more=GUARD),
        db(more=GUARD.replace("true", "false")),
        {("medium", "prevent-destroy-removed", "aws_db_instance.main")},
    ),
    "guard kept at a move": (
        db("old", more=GUARD),
        db("new", more=GUARD) + "moved {\n  from = aws_db_instance.old\n  to = aws_db_instance.new\n}\n",
        set(),
    ),
    "renamed": (db("old"), db("new"), {("high", "data-deletion", "aws_db_instance.old")}),
    "removed, kept": (
        db(),
        "removed {\n  from = aws_db_instance.main\n  lifecycle {\n    destroy = false\n  }\n}\n",
        {("medium", "forgotten", "aws_db_instance.main")},
    ),
    "removed, destroyed": (
        db(),
        "removed {\n  from = aws_db_instance.main\n  lifecycle {\n    destroy = true\n  }\n}\n",
        {("high", "data-deletion", "aws_db_instance.main")},
    ),
    "likely replaced": (db(), db(db_name="other"), {("medium", "data-replacement", "aws_db_instance.main")}),
    "ignored": (
        db(more="  lifecycle {\n    ignore_changes = [db_name]\n  }\n"),
        db(db_name="other", more="  lifecycle {\n    ignore_changes = [db_name]\n  }\n"),
        set(),
    ),
    "no longer ignored": (
        db(more="  lifecycle {\n    ignore_changes = [db_name]\n  }\n"),
        db(),
        {("medium", "ignore-changes-removed", "aws_db_instance.main")},
    ),
    "protection off": (
        db(more="  deletion_protection = true\n"),
        db(more="  deletion_protection = false\n"),
        {("medium", "protection-weakened", "aws_db_instance.main")},
    ),
    "protection line removed": (
        db(more="  deletion_protection = true\n"),
        db(),
        {("medium", "protection-weakened", "aws_db_instance.main")},
    ),
    "key removed": (
        tables('["a", "b"]'),
        tables('["a"]'),
        {("high", "data-deletion", 'aws_dynamodb_table.t["b"]')},
    ),
    "keys in another order": (tables('["a", "b"]'), tables('["b", "a"]'), set()),
    "keys in a variable now": (
        tables('["a", "b"]'),
        'variable "t" {\n  default = ["a", "b"]\n}\n' + tables("var.t"),
        set(),
    ),
    "keys that only a plan knows": (tables("data.x.y.names"), tables("data.x.y.others"), set()),
    "count to for_each": (
        'resource "aws_dynamodb_table" "t" {\n  count = 1\n  name = "prod-t"\n}\n',
        tables('["a"]'),
        {("high", "data-deletion", "aws_dynamodb_table.t[0]")},
    ),
    "count to for_each, moved": (
        'resource "aws_dynamodb_table" "t" {\n  count = 1\n  name = "prod-a"\n}\n',
        tables('["a"]') + 'moved {\n  from = aws_dynamodb_table.t[0]\n  to = aws_dynamodb_table.t["a"]\n}\n',
        set(),
    ),
    "count added": (db(), db(more="  count = 1\n"), set()),
    "count to nothing": (
        db(more="  count = 1\n"),
        db(more="  count = 0\n"),
        {("high", "data-deletion", "aws_db_instance.main[0]")},
    ),
    "count by a variable": (
        'variable "on" {\n  default = true\n}\n' + db(more="  count = var.on ? 1 : 0\n"),
        'variable "on" {\n  default = false\n}\n' + db(more="  count = var.on ? 1 : 0\n"),
        {("medium", "data-deletion", "aws_db_instance.main[0]")},
    ),
    "another type's block only added": (db(), db() + 'resource "aws_s3_bucket" "new" {\n  bucket = "b"\n}\n', set()),
    "not production": (
        db().replace("prod-orders", "dev-orders"),
        "",
        set(),
    ),
    "region": (
        'provider "aws" {\n  region = "eu-west-1"\n}\n' + db(),
        'provider "aws" {\n  region = "eu-central-1"\n}\n' + db(),
        {("medium", "provider-edited", "")},
    ),
    "default tags": (
        'provider "aws" {\n  region = "r"\n}\n' + db(),
        'provider "aws" {\n  region = "r"\n  default_tags {\n    tags = { env = "prod" }\n  }\n}\n' + db(),
        set(),
    ),
    "another provider": (
        db(),
        db(more="  provider = aws.other\n"),
        {("medium", "provider-edited", "aws_db_instance.main")},
    ),
    "backend": (
        'terraform {\n  backend "s3" {\n    key = "a"\n  }\n}\n' + db(),
        'terraform {\n  backend "s3" {\n    key = "b"\n  }\n}\n' + db(),
        {("medium", "state-moved", "")},
    ),
    "cloud workspace": (
        'terraform {\n  cloud {\n    workspaces {\n      name = "a"\n    }\n  }\n}\n' + db(),
        'terraform {\n  cloud {\n    workspaces {\n      name = "b"\n    }\n  }\n}\n' + db(),
        {("medium", "state-moved", "")},
    ),
    "provisioner": (
        db(),
        db(more='  provisioner "local-exec" {\n    when = destroy\n    command = "rm -rf /"\n  }\n'),
        {("medium", "destroy-provisioner", "aws_db_instance.main")},
    ),
    "provisioner on creation": (db(), db(more='  provisioner "local-exec" {\n    command = "true"\n  }\n'), set()),
    "remote module removed": (
        'module "prod_db" {\n  source = "acme/db/aws"\n}\n',
        "",
        {("high", "unknown-type-destroyed", "module.prod_db")},
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES.keys())
def test_edit(before, after, expected):
    assert told(judged(before, after)) == expected


MODULE = {"db/main.tf": 'variable "name" {}\n' + db().replace('"prod-orders"', "var.name")}


def call(name, more="", label="db"):
    return {**MODULE, "main.tf": f'module "{label}" {{\n  source = "./db"\n  name = "{name}"\n{more}}}\n'}


def test_a_module_that_is_renamed_takes_everything_along():
    found = judged(call("prod-a"), call("prod-a", label="database"))
    assert told(found) == {("high", "data-deletion", "module.db.aws_db_instance.main")}
    (finding,) = [item for item in found.findings if item.rule == "data-deletion"]
    assert finding.source == Location("db/main.tf", 2)
    assert finding.remedy is not None and "moved {" in finding.remedy
    moved = call("prod-a", label="database")
    moved["main.tf"] += "moved {\n  from = module.db\n  to = module.database\n}\n"
    assert told(judged(call("prod-a"), moved)) == set()


def test_a_module_call_that_is_repeated_or_not():
    assert told(judged(call("prod-a"), call("prod-a", "  count = 1\n"))) == set()
    keyed = judged(call("prod-a"), call("prod-a", '  for_each = toset(["x"])\n'))
    assert told(keyed) == {("high", "data-deletion", "module.db.aws_db_instance.main")}


def test_an_argument_of_a_call_reaches_the_resource():
    before, after = call("prod-a"), call("prod-a")
    before["db/main.tf"] = after["db/main.tf"] = before["db/main.tf"].replace('"orders"', "var.name")
    after["main.tf"] = after["main.tf"].replace("prod-a", "prod-b")
    found = judged(before, after)
    assert told(found) == {("medium", "data-replacement", "module.db.aws_db_instance.main")}
    (finding,) = found.findings
    assert "Its module is called in main.tf:1." in finding.evidence
    assert "Likely, not certain: a plan must confirm it." in finding.evidence


def test_a_secret_in_the_sources_is_not_printed():
    before = db(more='  password = "correct-horse-1"\n  deletion_protection = true\n')
    after = db(more='  password = "battery-staple-2"\n  deletion_protection = false\n')
    found = judged(before, after)
    assert {"correct-horse-1", "battery-staple-2"} <= found.plan.secrets
    assert "correct-horse" not in str(found.findings)
    assert "battery-staple" not in str(found.findings)


def test_modules_that_call_themselves_come_to_an_end():
    loop = {"main.tf": 'module "a" {\n  source = "./"\n}\nresource "aws_db_instance" "x" {\n}\n'}
    both = sources(loop, loop)
    assert both.now.instances["module.a.aws_db_instance.x"].key is None


def test_override_files_win():
    guarded = {"main.tf": db(), "override.tf": 'resource "aws_db_instance" "main" {\n' + GUARD + "}\n"}
    assert told(judged(guarded, {"main.tf": db()})) == {("medium", "prevent-destroy-removed", "aws_db_instance.main")}


def test_terraform_tfvars_count_before_defaults():
    variable = 'variable "names" {\n  default = ["a"]\n}\n' + tables("var.names")
    both = {"main.tf": variable, "terraform.tfvars": 'names = ["a", "b"]\n'}
    found = judged(both, {**both, "terraform.tfvars": 'names = ["a"]\n'})
    assert told(found) == {("medium", "data-deletion", 'aws_dynamodb_table.t["b"]')}


def test_a_file_that_cannot_be_read_is_said_and_hides_nothing():
    found = judged({"main.tf": db(), "b.tf": "x = 1\n"}, {"main.tf": "", "b.tf": 'resource "x" {{{\n'})
    assert ("high", "data-deletion", "aws_db_instance.main") in told(found)
    (item,) = found.undecided
    assert item.rule == "source-unreadable"
    assert "b.tf cannot be understood from line 1 on" in item.missing


def test_what_is_unchanged_is_listed():
    plan = judged(db() + tables('["a"]'), db()).plan
    assert [resource.address for resource in plan.unchanged] == ["aws_db_instance.main"]
    assert {change.action for change in plan.changes} == {Action.DELETE}
    assert plan.counts == {"no-op": 1, "delete": 1}


INNER = 'resource "aws_db_instance" "prod" {\n  identifier = "prod"\n}\n'
REPEATED = 'module "db" {\n  source = "./db"\n%s}\n'
EACH = '  for_each = toset(["main"])\n'


@pytest.mark.parametrize(
    ("old", "new", "start", "to"),
    [
        ("", EACH, "module.db", 'module.db["main"]'),
        (EACH, "", 'module.db["main"]', "module.db"),
        ("  count = 1\n", EACH, "module.db[0]", 'module.db["main"]'),
    ],
)
def test_a_module_moves_with_its_repetition(old, new, start, to):
    before = {"main.tf": REPEATED % old, "db/main.tf": INNER}
    after = {"main.tf": REPEATED % new, "db/main.tf": INNER}
    moved = f"moved {{\n  from = {start}\n  to   = {to}\n}}\n"
    assert told(judged(before, {**after, "main.tf": after["main.tf"] + moved})) == set()
    assert {severity for severity, _, _ in told(judged(before, after))} == {"high"}
