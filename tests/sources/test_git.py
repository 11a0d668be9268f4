"""Reading git: real repositories, among them one that would run something on any careless call."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from planguard.errors import InputError, PlanguardError
from planguard.external.git import Repository, blob_id
from planguard.inputs import hcl_pairs

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on PATH")

BLOCK = """resource "aws_db_instance" "main" {
  identifier = "prod-orders"
  lifecycle {
    prevent_destroy = true
  }
}
"""


def git(folder: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{
            f"GIT_{who}_{what}": f"kim{at}"
            for who in ("AUTHOR", "COMMITTER")
            for what, at in (("NAME", ""), ("EMAIL", "@x"))
        },
    }
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, message: str, files: dict[str, str | None]) -> str:
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "first", {"infra/main.tf": BLOCK, "README.md": "x"})
    return folder


def edits(folder: Path, base: str | None) -> list[tuple[str, str]]:
    found = hcl_pairs.compared(str(folder), base=base)
    return [(edit.kind, edit.config) for pair in found.pairs for edit in pair.sources.edits]


def test_the_working_tree_against_a_revision(repository: Path) -> None:
    (repository / "infra/main.tf").write_text(BLOCK.replace("true", "false"))
    assert edits(repository / "infra", "main") == [("guard", "aws_db_instance.main")]
    assert edits(repository, None) == [("guard", "aws_db_instance.main")]


def test_only_what_this_change_did_counts(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature")
    commit(repository, "mine", {"infra/main.tf": BLOCK.replace("true", "false")})
    git(repository, "checkout", "-q", "main")
    commit(repository, "somebody else's", {"infra/new.tf": 'resource "aws_s3_bucket" "new" {}\n'})
    git(repository, "checkout", "-q", "feature")
    (pair,) = hcl_pairs.compared(str(repository), base="main").pairs
    assert [edit.kind for edit in pair.sources.edits] == ["guard"]
    assert pair.sources.base is not None
    assert list(pair.sources.base.resources) == ["aws_db_instance.main"], "what main got meanwhile is not ours"


HOSTILE = """
[core]
	fsmonitor = {trap}
	hooksPath = {hooks}
	pager = {trap}
	sshCommand = {trap}
	attributesFile = {attributes}
[filter "evil"]
	clean = {trap}
	smudge = {trap}
	process = {trap}
	required = true
[diff "evil"]
	command = {trap}
	textconv = {trap}
[diff]
	external = {trap}
[pager]
	ls-tree = {trap}
	cat-file = {trap}
[remote "origin"]
	url = ext::{trap}
	promisor = true
	partialclonefilter = blob:none
[extensions]
	partialClone = origin
[alias]
	ls-tree = !{trap}
"""


def test_nothing_of_a_hostile_repository_runs(repository: Path, tmp_path: Path) -> None:
    proof = tmp_path / "it ran"
    trap = tmp_path / "trap.sh"
    trap.write_text(f'#!/bin/sh\necho "$0 $@" >> "{proof}"\nexit 1\n')
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(trap, hooks / name)
        shutil.copy(trap, repository / ".git/hooks" / name)
    attributes = tmp_path / "attributes"
    attributes.write_text("* filter=evil diff=evil\n")
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    config = HOSTILE.format(trap=trap, hooks=hooks, attributes=attributes)
    with (repository / ".git/config").open("a") as file:
        file.write(config.replace("repositoryformatversion = 0", ""))
    git_config = (
        (repository / ".git/config").read_text().replace("repositoryformatversion = 0", "repositoryformatversion = 1")
    )
    (repository / ".git/config").write_text(git_config)
    (repository / "infra/main.tf").write_text(BLOCK.replace("true", "false"))
    (repository / "deploy.sh").write_text("terraform apply -auto-approve\n")
    assert edits(repository, "main") == [("guard", "aws_db_instance.main"), ("command", "")]
    # An object that is missing would be fetched from the remote, which is a command.
    sha = git_like_id(BLOCK.encode())
    (repository / ".git/objects" / sha[:2] / sha[2:]).unlink()
    with pytest.raises(InputError, match="lacks a file"):
        edits(repository, "main")
    assert not proof.exists(), proof.read_text()
    subprocess.run(["git", "diff", "--ext-diff"], cwd=repository, capture_output=True, check=False)
    assert proof.exists(), "the trap works: a careless call springs it"


def git_like_id(data: bytes) -> str:
    return blob_id(data, "0" * 40)


def test_the_users_environment_does_not_steer_git(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = tmp_path / "it ran"
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch '{proof}'")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_TRACE", str(proof))
    (repository / "infra/main.tf").write_text(BLOCK.replace("true", "false"))
    assert edits(repository, "main") == [("guard", "aws_db_instance.main")]
    assert not proof.exists()


@pytest.mark.parametrize("name", ["nowhere", "-rf", "--upload-pack=x", "", "main:infra/main.tf", "a b"])
def test_an_unknown_revision(repository: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"revision"):
        hcl_pairs.compared(str(repository), base=name)


def test_no_repository(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BLOCK)
    if any((level / ".git").exists() for level in tmp_path.parents):
        pytest.skip("the temporary directory lies in a repository")
    with pytest.raises(InputError, match="not in a git repository") as caught:
        hcl_pairs.compared(str(tmp_path), base="main")
    assert "--before" in (caught.value.hint or "")


def test_a_shallow_clone_says_what_to_fetch(repository: Path, tmp_path: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "-q", "-b", "feature")
    commit(repository, "second", {"infra/main.tf": BLOCK + "\n"})
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "feature", f"file://{repository}", str(clone))
    with pytest.raises(InputError) as caught:
        hcl_pairs.compared(str(clone), base=first)
    assert "fetch-depth: 0" in (caught.value.hint or "")
    git(clone, "fetch", "-q", "--depth", "1", "origin", "main:base")
    with pytest.raises(InputError, match="too shallow") as caught:
        hcl_pairs.compared(str(clone), base="base")
    assert "fetch-depth: 0" in (caught.value.hint or "")


def test_an_empty_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "main.tf").write_text(BLOCK)
    with pytest.raises(InputError) as caught:
        hcl_pairs.compared(str(tmp_path), base="main")
    assert "no commits" in (caught.value.hint or "")


def test_a_second_working_tree_and_odd_names(repository: Path, tmp_path: Path) -> None:
    commit(repository, "odd", {"infra/ünï cöde/main.tf": BLOCK, "infra/a'b.tf": 'resource "aws_s3_bucket" "x" {}\n'})
    other = tmp_path / "other"
    git(repository, "worktree", "add", "-q", str(other), "-b", "elsewhere")
    (other / "infra/ünï cöde/main.tf").write_text(BLOCK.replace("true", "false"))
    assert edits(other, "main") == [("guard", "aws_db_instance.main")]


def test_contents_and_files(repository: Path) -> None:
    found = Repository.around(repository / "infra")
    (listed,) = [item for item in found.files(found.commit("HEAD")) if item.path == "infra/main.tf"]
    assert found.contents([listed.sha]) == {listed.sha: BLOCK.encode()}
    assert blob_id(BLOCK.encode(), listed.sha) == listed.sha


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_mean_the_same_on_both_sides(repository: Path) -> None:
    module = BLOCK.replace('"main"', '"shared"')
    commit(repository, "shared", {"shared/db/main.tf": module, "infra/live/main.tf": "locals {}\n"})
    (repository / "infra/live/common.tf").symlink_to("../main.tf")
    (repository / "infra/live/modules").symlink_to("../../shared", target_is_directory=True)
    (repository / "infra/live/out.tf").symlink_to("/etc/hostname")
    commit(repository, "linked", {"infra/live/call.tf": 'module "db" {\n  source = "./modules/db"\n}\n'})
    (repository / "infra/main.tf").write_text(BLOCK.replace("true", "false"))
    (repository / "shared/db/main.tf").write_text(module.replace("true", "false"))
    found = hcl_pairs.compared(str(repository / "infra/live"), base="main")
    (pair,) = [pair for pair in found.pairs if pair.path == ""]
    assert [(edit.kind, edit.config) for edit in pair.sources.edits] == [
        ("guard", "aws_db_instance.main"),
        ("guard", "module.db.aws_db_instance.shared"),
    ]
    assert any("out.tf is a link" in item.missing for item in pair.sources.undecided)
    (repository / "infra/live/common.tf").unlink()
    (pair,) = [pair for pair in hcl_pairs.compared(str(repository / "infra/live"), base="main").pairs if not pair.path]
    assert "aws_db_instance.main" not in pair.sources.now.resources
    assert pair.sources.base is not None
    assert "aws_db_instance.main" in pair.sources.base.resources, "what was linked, and is no more"


def test_submodules_are_not_looked_into_and_that_is_said(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "-b", "main")
    commit(other, "first", {"db.tf": BLOCK.replace('"main"', '"sub"')})
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "infra/sub")
    base = commit(repository, "with a submodule", {})
    (repository / "infra/main.tf").write_text(BLOCK.replace("true", "false"))
    found = hcl_pairs.compared(str(repository), base=base)
    assert [pair.path for pair in found.pairs] == ["infra"], "it is no part of this repository"
    assert all(not pair.sources.undecided for pair in found.pairs)
    inner = repository / "infra/sub"
    commit(inner, "second", {"db.tf": "locals {}\n"})
    commit(repository, "moved on", {})
    (pair,) = hcl_pairs.compared(str(repository), base=base).pairs
    assert ["moved to another commit" in item.missing for item in pair.sources.undecided] == [True]


def points_elsewhere(top: Path) -> None:
    shutil.rmtree(top / ".git")
    (top / ".git").write_text("gitdir: /etc\n")


def _link_elsewhere(top: Path) -> None:
    shutil.rmtree(top / ".git")
    (top / ".git").write_text("gitdir: /etc\n")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda top: (top / ".git/config").write_text("[core\n"), "bad config line 1"),
        (lambda top: (top / ".git/HEAD").write_text("nonsense\n"), "not a git repository"),
        (lambda top: shutil.rmtree(top / ".git/objects"), "not a git repository"),
        (
            _link_elsewhere,
            "not a git repository",
        ),
    ],
)
def test_a_damaged_repository_is_one_sentence(repository: Path, damage: Callable[[Path], object], words: str) -> None:
    damage(repository)
    with pytest.raises(PlanguardError, match=words) as caught:
        hcl_pairs.compared(str(repository), base="main")
    assert "\n" not in str(caught.value)
