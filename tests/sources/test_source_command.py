"""`planguard source` and `planguard check --source`, as a pipeline runs them."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from command import Planguard

GUARDED = """resource "aws_db_instance" "main" {
  identifier = "prod-orders"
  lifecycle {
    prevent_destroy = true
  }
}
"""
PLAIN = 'resource "aws_db_instance" "main" {\n  identifier = "prod-orders"\n}\n'


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A directory with `before` and `after`: a guard is removed, and a script stands beside."""
    write(tmp_path / "before", {"main.tf": GUARDED, "deploy.sh": "#!/bin/sh\nterraform apply tfplan\n"})
    write(tmp_path / "after", {"main.tf": PLAIN, "deploy.sh": "#!/bin/sh\nterraform apply tfplan\n"})
    return tmp_path


def report(planguard: Planguard, *arguments: str | Path, cwd: Path, code: int = 0) -> dict:
    done = planguard(*arguments, "--report", "json", cwd=cwd)
    assert done.returncode == code, done.stderr.decode() + done.stdout.decode()
    return json.loads(done.stdout)


def test_two_directories(planguard: Planguard, two: Path) -> None:
    found = report(planguard, "source", "--before", "before", "after", cwd=two)
    (finding,) = found["findings"]
    assert (finding["rule"], finding["address"], finding["severity"]) == (
        "prevent-destroy-removed",
        "aws_db_instance.main",
        "medium",
    )
    assert finding["source"] == {"file": "after/main.tf", "line": 1}
    assert found["verdict"] == "pass"
    assert found["plan"]["format"] == "terraform-sources"


def test_fail_on_and_forbidden(planguard: Planguard, two: Path) -> None:
    report(planguard, "source", "--before", "before", "after", "--fail-on", "medium", cwd=two, code=10)
    write(two, {"planguard.yml": "version: 1\nconsent:\n  forbidden: [prevent-destroy-removed]\n"})
    report(planguard, "source", "--before", "before", "after", cwd=two, code=11)


def test_a_new_flag_in_a_script(planguard: Planguard, two: Path) -> None:
    write(two / "after", {"deploy.sh": "#!/bin/sh\n# terraform -auto-approve\nterraform apply -auto-approve tfplan\n"})
    found = report(planguard, "source", "--before", "before", "after", cwd=two)
    (finding,) = [item for item in found["findings"] if item["rule"] == "guards-off-in-commands"]
    assert finding["source"] == {"file": "after/deploy.sh", "line": 3}
    assert "`-auto-approve`" in finding["evidence"][0]


def test_what_cannot_be_read_needs_consent(planguard: Planguard, two: Path) -> None:
    write(two / "after", {"broken.tf": 'resource "x" {\n'})
    (two / "after/latin.tf").write_bytes("# größe\n".encode("latin-1"))
    found = report(planguard, "source", "--before", "before", "after", cwd=two, code=10)
    said = " ".join(item["missing"] for item in found["undecided"])
    assert "after/broken.tf cannot be understood from line 1 on" in said
    assert "after/latin.tf is not text in UTF-8" in said
    assert [finding["rule"] for finding in found["findings"]] == ["prevent-destroy-removed"], "the others are read"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_in_circles_and_out_of_the_directory(planguard: Planguard, two: Path) -> None:
    (two / "after/loop").symlink_to(two / "after", target_is_directory=True)
    (two / "after/self.tf").symlink_to("self.tf")
    (two / "secret.tf").write_text('resource "aws_s3_bucket" "outside" {}\n')
    (two / "after/outside.tf").symlink_to(two / "secret.tf")
    os.mkfifo(two / "after/pipe.tf")
    found = report(planguard, "source", "--before", "before", "after", cwd=two, code=10)
    said = " ".join(item["missing"] for item in found["undecided"])
    assert "self.tf is a link that leads out of this directory or nowhere" in said
    assert "outside.tf is a link that leads out of this directory or nowhere" in said
    assert "pipe.tf is no regular file" in said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["source", "nowhere", "--before", "before"], 3, "There is no such directory"),
        (["source", "after/main.tf", "--before", "before"], 3, "not a directory"),
        (["source", "empty", "--before", "empty"], 3, "no Terraform sources"),
        (["source", "after", "--before", "before", "--base", "x"], 2, "either from --base or from --before"),
    ],
)
def test_one_sentence_each(planguard: Planguard, two: Path, arguments: list[str], code: int, words: str) -> None:
    (two / "empty").mkdir()
    done = planguard(*arguments, cwd=two)
    assert done.returncode == code
    assert words in " ".join(done.stderr.decode().split())
    assert "Traceback" not in done.stderr.decode()


def test_only_the_roots_that_an_edit_touches(planguard: Planguard, tmp_path: Path) -> None:
    files = {
        "envs/prod/main.tf": 'module "db" {\n  source = "../../modules/db"\n}\n',
        "envs/dev/main.tf": 'resource "aws_s3_bucket" "dev" {\n  bucket = "dev-x"\n}\n',
        "modules/db/main.tf": GUARDED,
    }
    write(tmp_path / "before", files)
    write(tmp_path / "after", {**files, "modules/db/main.tf": "\n\n" + PLAIN})
    found = report(planguard, "source", "--before", "before", "after", cwd=tmp_path)
    assert found["plan"]["source"] == "after/envs/prod against before"
    (finding,) = found["findings"]
    assert finding["address"] == "module.db.aws_db_instance.main"
    assert finding["source"] == {"file": "after/modules/db/main.tf", "line": 3}
    assert "Its module is called in after/envs/prod/main.tf:1." in finding["evidence"]


def test_nothing_differs_from_the_last_commit(planguard: Planguard, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": PLAIN})
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=k", "-c", "user.email=k@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    done = planguard("source", cwd=tmp_path)
    assert done.returncode == 2
    assert "--base" in done.stderr.decode()


# --- check with sources -----------------------------------------------------------------------------------------------


def plan(*changes: dict) -> str:
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.9.0",
            "complete": True,
            "resource_changes": list(changes),
            "configuration": {"root_module": {}},
        }
    )


def deletion(address: str = "aws_db_instance.main", **more: object) -> dict:
    before = {"identifier": "prod-orders", "deletion_protection": False, "skip_final_snapshot": True}
    return {
        "address": address,
        "mode": "managed",
        "type": "aws_db_instance",
        "name": address.rpartition(".")[2],
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["delete"], "before": before, "after": None, "after_unknown": False},
        **more,
    }


def commit_all(folder: Path) -> None:
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=k", "-c", "user.email=k@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def test_the_plan_beside_its_sources_gets_lines(planguard: Planguard, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": "\n" + GUARDED, "plan.json": plan(deletion())})
    found = report(planguard, "check", "plan.json", cwd=tmp_path, code=10)
    (finding,) = [item for item in found["findings"] if item["rule"] == "data-deletion"]
    assert finding["source"] == {"file": "main.tf", "line": 2}
    assert "`prevent_destroy` stands in main.tf:5: Terraform refuses to destroy it." in finding["evidence"]
    assert all(
        item["source"] is None
        for item in report(planguard, "check", "plan.json", cwd=_alone(tmp_path), code=10)["findings"]
    )


def _alone(folder: Path) -> Path:
    return write(folder / "alone", {"plan.json": (folder / "plan.json").read_text()})


def test_what_goes_with_its_guard(planguard: Planguard, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": GUARDED})
    commit_all(tmp_path)
    write(tmp_path, {"main.tf": "", "plan.json": plan(deletion())})
    found = report(planguard, "check", "plan.json", "--source", ".", "--base", "HEAD", cwd=tmp_path, code=10)
    rules = {item["rule"]: item for item in found["findings"]}
    assert rules["protection-removed-with-its-resource"]["severity"] == "high"
    assert rules["data-deletion"]["source"] == {"file": "main.tf", "line": 1}, "where it stood"
    assert "The edit: 1 file, 5 lines, 1 block. The plan destroys 1 object." in found["notes"]
    assert "unrelated-destroy" not in rules


def test_what_no_edit_has_to_do_with(planguard: Planguard, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": PLAIN})
    commit_all(tmp_path)
    write(tmp_path, {"other.tf": 'resource "aws_s3_bucket" "x" {}\n', "plan.json": plan(deletion())})
    found = report(planguard, "check", "plan.json", "--base", "HEAD", cwd=tmp_path, code=10)
    (finding,) = [item for item in found["findings"] if item["rule"] == "unrelated-destroy"]
    assert finding["address"] == "aws_db_instance.main"
    assert finding["evidence"][0] == "The edit: 1 file, 1 line, 1 block."


WAIVER = '# planguard:ignore data-deletion until={until} reason="moved by hand"\n'


@pytest.mark.parametrize(
    ("comment", "config", "waived", "note"),
    [
        (WAIVER.format(until="2999-01-01"), "", True, ""),
        (WAIVER.format(until="2020-01-01"), "", False, "expired on 2020-01-01"),
        (WAIVER.format(until="2999-01-01"), "consent:\n  comments: forbidden\n", False, "does not allow that"),
        (WAIVER.format(until="2999-01-01").replace("data-deletion", "key-loss"), "", False, ""),
        ("# planguard:ignore data-deletion\n", "", False, "gives no reason"),
        (WAIVER.format(until="2999-01-01") + "\nlocals {}\n", "", False, "stands beside no resource"),
    ],
)
def test_comments_waive(
    planguard: Planguard, tmp_path: Path, comment: str, config: str, waived: bool, note: str
) -> None:
    write(
        tmp_path, {"main.tf": comment + PLAIN, "plan.json": plan(deletion()), "planguard.yml": f"version: 1\n{config}"}
    )
    found = report(planguard, "check", "plan.json", cwd=tmp_path, code=0 if waived else 10)
    assert [item["finding"]["rule"] for item in found["waived"]] == (["data-deletion"] if waived else [])
    if waived:
        assert (found["waived"][0]["reason"], found["waived"][0]["by"]) == ("moved by hand", "the comment in main.tf:1")
    assert any(note in text for text in found["notes"]) or not note


def test_a_comment_does_not_excuse_the_edit_that_it_came_with(planguard: Planguard, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": PLAIN, "plan.json": plan(deletion())})
    commit_all(tmp_path)
    write(tmp_path, {"main.tf": WAIVER.format(until="2999-01-01") + PLAIN})
    found = report(planguard, "check", "plan.json", "--base", "HEAD", cwd=tmp_path, code=10)
    assert found["waived"] == []
    assert any("came with this very edit" in text for text in found["notes"])
    commit_all(tmp_path)
    assert report(planguard, "check", "plan.json", "--base", "HEAD", cwd=tmp_path, code=0)["waived"]


def test_a_file_that_cannot_be_read_is_a_note_beside_a_plan(planguard: Planguard, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": PLAIN, "bad.tf": "{{{", "plan.json": plan(deletion())})
    found = report(planguard, "check", "plan.json", cwd=tmp_path, code=10)
    assert found["undecided"] == []
    assert any("bad.tf cannot be understood" in text for text in found["notes"])


def test_a_saved_plan_holds_its_sources(tmp_path: Path) -> None:
    from planguard.inputs import beside
    from planguard.model import Location

    modules = [{"Key": "", "Dir": "."}, {"Key": "db", "Source": "../db", "Dir": "../db"}]
    with zipfile.ZipFile(tmp_path / "tfplan", "w") as archive:
        archive.writestr("tfplan", b"x")
        archive.writestr("tfconfig/modules.json", json.dumps(modules))
        archive.writestr("tfconfig/m-/main.tf", 'module "db" {\n  source = "../db"\n}\n')
        archive.writestr("tfconfig/m-db/main.tf", "\n" + GUARDED)
    found = beside.sources(str(tmp_path / "tfplan"), None, None)
    assert found is not None
    assert found.location("module.db.aws_db_instance.main") == Location("../db/main.tf", 2)
    assert found.called_from("module.db.aws_db_instance.main") == (Location("main.tf", 1),)
    assert found.guard("module.db.aws_db_instance.main") == Location("../db/main.tf", 5)


def test_an_archive_that_is_no_plan_has_no_sources(tmp_path: Path) -> None:
    from planguard.inputs import beside

    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and nothing more")
    assert beside.sources(str(tmp_path / "x.zip"), None, None) is None
    assert beside.sources(str(tmp_path / "nowhere"), None, None) is None


def test_modules_that_init_installed(planguard: Planguard, tmp_path: Path) -> None:
    installed = {
        "Modules": [{"Key": "", "Dir": "."}, {"Key": "db", "Source": "acme/db", "Dir": ".terraform/modules/db"}]
    }
    address = "module.db.aws_db_instance.main"
    write(
        tmp_path,
        {
            "main.tf": '\nmodule "db" {\n  source = "acme/db/aws"\n}\n',
            ".terraform/modules/modules.json": json.dumps(installed),
            ".terraform/modules/db/db.tf": PLAIN,
            "plan.json": plan(deletion(address, module_address="module.db")),
        },
    )
    found = report(planguard, "check", "plan.json", cwd=tmp_path, code=10)
    (finding,) = [item for item in found["findings"] if item["rule"] == "data-deletion"]
    assert finding["source"] == {"file": ".terraform/modules/db/db.tf", "line": 1}
    assert "Its module is called in main.tf:2." in finding["evidence"]
    (tmp_path / ".terraform/modules/modules.json").unlink()
    found = report(planguard, "check", "plan.json", cwd=tmp_path, code=10)
    (finding,) = [item for item in found["findings"] if item["rule"] == "data-deletion"]
    assert finding["source"] == {"file": "main.tf", "line": 2}, "without the module's files, its call"


def test_sources_do_not_go_with_change_sets(planguard: Planguard, tmp_path: Path) -> None:
    changes = {"StackName": "s", "ChangeSetName": "c", "Status": "CREATE_COMPLETE", "Changes": []}
    write(tmp_path, {"changes.json": json.dumps(changes), "main.tf": PLAIN})
    done = planguard("check", "changes.json", "--source", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert "Terraform" in done.stderr.decode()


# --- variable files that are named on the command line ----------------------------------------------------------------

BY_VARIABLES = """variable "names" {
  type = set(string)
}

variable "guarded" {
  default = true
}

resource "aws_db_instance" "orders" {
  for_each            = var.names
  identifier          = "orders-${each.key}"
  deletion_protection = var.guarded
}
"""


@pytest.mark.parametrize("place", ["prod.tfvars", "env/prod.tfvars", "env/prod/terraform.tfvars"])
def test_a_variable_file_that_somebody_names(planguard: Planguard, tmp_path: Path, place: str) -> None:
    files = {"infra/main.tf": BY_VARIABLES, f"infra/{place}": 'names   = ["a", "b"]\nguarded = true\n'}
    write(tmp_path / "before", files)
    write(tmp_path / "after", {**files, f"infra/{place}": 'names   = ["a"]\nguarded = false\n'})
    found = report(planguard, "source", "--before", "before", "after", cwd=tmp_path)
    assert found["plan"]["source"] == f"after/infra with after/infra/{place} against before"
    assert {(item["rule"], item["address"], item["severity"]) for item in found["findings"]} == {
        ("apply-fails-half-way", 'aws_db_instance.orders["b"]', "medium"),
        ("protection-weakened", 'aws_db_instance.orders["a"]', "medium"),
    }
    assert {(item["source"]["file"], item["source"]["line"]) for item in found["findings"]} == {
        ("after/infra/main.tf", 9)
    }
    assert "The edit: 1 file, 2 lines, 0 blocks. The edit would destroy 1 object." in found["notes"]


def test_the_variable_file_of_another_environment(planguard: Planguard, tmp_path: Path) -> None:
    files = {"infra/main.tf": BY_VARIABLES, "infra/dev.tfvars": 'names = ["a", "b"]\n'}
    write(tmp_path / "before", files)
    write(tmp_path / "after", {**files, "infra/dev.tfvars": 'names = ["a"]\n'})
    found = report(planguard, "source", "--before", "before", "after", cwd=tmp_path)
    assert [item["severity"] for item in found["findings"]] in ([], ["low"])


def test_variable_files_beside_the_sources_are_told_apart_by_their_names(planguard: Planguard, tmp_path: Path) -> None:
    files = {"infra/main.tf": BY_VARIABLES, "other/main.tf": PLAIN, "config/prod.tfvars": 'names = ["a", "b"]\n'}
    write(tmp_path / "before", files)
    write(tmp_path / "after", {**files, "config/prod.tfvars": 'names = ["a"]\n'})
    found = report(planguard, "source", "--before", "before", "after", cwd=tmp_path)
    assert found["plan"]["source"] == "after/infra with after/config/prod.tfvars against before"
    assert [item["address"] for item in found["findings"]] == ['aws_db_instance.orders["b"]']


def test_a_variable_file_that_is_new_or_only_formatted(planguard: Planguard, tmp_path: Path) -> None:
    files = {"infra/main.tf": BY_VARIABLES, "infra/prod.tfvars": 'names = ["a", "b"]\n'}
    write(tmp_path / "before", files)
    write(tmp_path / "after", {**files, "infra/prod.tfvars": 'names = [\n  "b", # two\n  "a",\n]\n'})
    write(tmp_path / "after", {"infra/new.tfvars": "names = []\n"})
    assert report(planguard, "source", "--before", "before", "after", cwd=tmp_path)["findings"] == []


def test_a_waiver_that_meets_nothing_is_for_those_who_want_to_know_it_all(planguard: Planguard, two: Path) -> None:
    waivers = [
        "- {rule: prevent-destroy-removed, address: aws_db_instance.main, reason: planned, by: Kim, until: 2999-01-01}",
        "- {rule: key-loss, address: aws_kms_key.gone, reason: planned, by: Kim, until: 2999-01-01}",
    ]
    write(two, {"planguard.yml": "version: 1\nwaivers:\n  " + "\n  ".join(waivers) + "\n"})
    words = "The waiver for key-loss at aws_kms_key.gone by Kim (planguard.yml:4) meets nothing in this plan."
    found = report(planguard, "source", "--before", "before", "after", cwd=two)
    assert [note for note in found["notes"] if "waiver" in note] == [words]
    for option, said in (("--verbose", True), ("--no-color", False)):
        done = planguard("source", "--before", "before", "after", option, cwd=two)
        assert ("key-loss at aws_kms_key.gone" in " ".join(done.stdout.decode().split())) is said
