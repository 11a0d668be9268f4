"""Files that the sources read themselves: what is made of each of their entries, and which of them are not touched."""

from __future__ import annotations

import subprocess

import pytest

from command import Planguard
from planguard.inputs.hcl_files import MOST_DATA, Disk, gather
from planguard.model import UNKNOWN
from planguard.sources.functions import called
from source_edits import judged, told

GONE = ("high", "data-deletion", 'aws_s3_bucket.prod["b"]')


def buckets(names):
    return f'resource "aws_s3_bucket" "prod" {{\n  for_each = {names}\n  bucket   = "prod-${{each.key}}"\n}}\n'


@pytest.mark.parametrize(
    ("names", "old", "new"),
    [
        ('toset(yamldecode(file("list")).names)', "names: [a, b]\n", "names: [a]\n"),
        ('toset(jsondecode(file("${path.module}/list")))', '["a", "b"]', '["a"]'),
        (
            '{ for row in csvdecode(file("${path.root}/list")) : row.name => row }',
            "name,x\na,1\nb,2\n",
            "name,x\na,1\n",
        ),
        ('toset(split("\\n", chomp(file("./list"))))', "a\r\nb\r\n", "a\r\n"),
    ],
)
def test_an_entry_that_goes_takes_its_bucket_along(names, old, new):
    found = judged({"main.tf": buckets(names), "list": old}, {"main.tf": buckets(names), "list": new})
    assert told(found) == {GONE}
    assert any("1 file" in note.text for note in found.notes)


def test_a_file_beside_a_module():
    call = 'module "m" {\n  source = "./m"\n}\n'
    inside = buckets('toset(yamldecode(file("${path.module}/list.yaml")))')
    old = {"main.tf": call, "m/main.tf": inside, "m/list.yaml": "[a, b]", "list.yaml": "[b]"}
    found = judged(old, {**old, "m/list.yaml": "[a]", "list.yaml": "[]"})
    assert told(found) == {("high", "data-deletion", 'module.m.aws_s3_bucket.prod["b"]')}


def test_an_attribute_out_of_a_file():
    text = 'resource "aws_db_instance" "prod" {\n  db_name = yamldecode(file("db.yaml")).name\n}\n'
    old = {"main.tf": text, "db.yaml": "name: a"}
    assert told(judged(old, {**old, "db.yaml": "name: b"})) == {("medium", "data-replacement", "aws_db_instance.prod")}
    assert judged(old, {**old, "db.yaml": "# the name\nname: a"}).plan.changes == ()


def test_a_file_as_it_is_may_be_a_secret():
    text = 'resource "aws_instance" "prod" {\n  ami = chomp(file("ami"))\n}\n'
    old = {"main.tf": text, "ami": "zork"}
    assert judged(old, {**old, "ami": "blub"}).plan.changes == ()


@pytest.mark.parametrize("text", ["a: [", "a: &a [*a]", "\tx", "!!python/object:os.system x"])
def test_what_cannot_be_decoded_is_not_known(text):
    side = {"main.tf": buckets('toset(yamldecode(file("list")))'), "list": text}
    assert told(judged(side, {**side, "list": text + "\n#"})) == set()


def test_a_document_that_multiplies_is_not_known():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert called("yamldecode", ["\n".join(lines)]) is UNKNOWN
    assert called("setproduct", [[str(n) for n in range(100)]] * 3) is UNKNOWN


def test_files_outside_and_large_ones_are_not_read(tmp_path):
    (tmp_path / "secret.yaml").write_text("[a]")
    root = tmp_path / "root"
    root.mkdir()
    (root / "large.yaml").write_bytes(b"#" * (MOST_DATA + 1))
    (root / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (root / "near.yaml").write_text("[a]")
    names = ["../secret.yaml", str(tmp_path / "secret.yaml"), "link.yaml", "large.yaml", "none.yaml", "near.yaml"]
    (root / "main.tf").write_text("".join(f'locals {{\n  a = file("{name}")\n}}\n' for name in names))
    assert set(gather(Disk(str(root)), everything=True).data) == {"near.yaml"}


def test_in_git(tmp_path, planguard: Planguard):
    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "main.tf").write_text(buckets('toset(yamldecode(file("list.yaml")))'))
    (tmp_path / "list.yaml").write_text("[a, b]")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    (tmp_path / "list.yaml").write_text("[a]")
    result = planguard("source", str(tmp_path))
    assert result.returncode == 10
    assert b'aws_s3_bucket.prod["b"]' in result.stdout


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("setproduct", [["a", "b"], ["x"]], [["a", "x"], ["b", "x"]]),
        ("formatlist", ["%s-%s", ["a", "b"], "x"], ["a-x", "b-x"]),
        ("substr", ["prod-db", 0, 4], "prod"),
        ("substr", ["prod-db", 5, -1], "db"),
        ("chunklist", [[1, 2, 3], 2], [[1, 2], [3]]),
        ("startswith", ["prod-db", "prod"], True),
        ("endswith", ["prod-db", "prod"], False),
        ("trimprefix", ["prod-db", "prod-"], "db"),
        ("trimsuffix", ["prod-db", "-db"], "prod"),
        ("jsondecode", ['{"a": [1, null]}'], {"a": [1, None]}),
        ("yamldecode", ["yes: 2026-01-01"], {"true": "2026-01-01"}),
        ("formatlist", ["%s", ["a"], ["b", "c"]], UNKNOWN),
        ("jsondecode", ["{"], UNKNOWN),
        ("jsonencode", [{"a": UNKNOWN}], UNKNOWN),
    ],
)
def test_functions(name, arguments, value):
    assert called(name, arguments) == value


def test_beside_a_plan_what_did_not_change_is_no_edit(tmp_path):
    from planguard.inputs.hcl_pairs import beside

    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    root = tmp_path / "live"
    root.mkdir()
    (root / "main.tf").write_text(buckets('toset(yamldecode(file("../list.yaml")))'))
    (tmp_path / "list.yaml").write_text("[a, b]")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    both = beside(None, str(root), "HEAD")
    assert both is not None
    assert both.size() == "0 files, 0 lines, 0 blocks"
    assert not both.touched("aws_s3_bucket.prod")
