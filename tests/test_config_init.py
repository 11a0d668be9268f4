"""`planguard init`: the starter is harmless, complete, and never overwrites anything."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from planguard import config, config_file
from planguard.cli.init import STARTER, init
from planguard.config import Config
from planguard.errors import ConfigError, UsageError
from planguard.strict_yaml import parse


def run(*args: str) -> Result:
    return CliRunner().invoke(init, args)


@pytest.fixture(autouse=True)
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def uncommented() -> bytes:
    """The starter with every example in use."""
    lines = STARTER.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("##") and "yaml-language-server" not in line]
    return "\n".join(line.removeprefix("# ") for line in kept).encode()


def test_the_starter_means_the_defaults(tmp_path: Path) -> None:
    assert run().exit_code == 0
    loaded = config.load(None, tmp_path)
    assert loaded.path == "planguard.yml"
    assert loaded._replace(path=None, lines={}) == Config()


def test_it_says_what_to_do_next() -> None:
    output = run("--path", "other.yml").output
    assert output.startswith("Wrote other.yml.")
    assert "planguard check PLAN" in output


def test_every_example_in_the_starter_works(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    loaded = config_file.parse(parse(uncommented(), "starter.yml"), tmp_path)
    assert all(field for name, field in loaded._asdict().items() if name != "version")
    assert all(loaded.production)
    assert loaded.production.accounts["012345678901"].value == "production"


def test_every_rule_that_the_starter_names_exists(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    rules = {file.stem for file in (Path(__file__).parent.parent / "rules/hazards").glob("*.yaml")}
    config.check_rules(config_file.parse(parse(uncommented(), "starter.yml"), tmp_path), rules)


def test_the_starter_fits_a_terminal_and_points_editors_to_the_schema() -> None:
    text = STARTER.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 100
    assert re.search(r"^# yaml-language-server: \$schema=\S*planguard\.schema\.json$", text, re.MULTILINE)


@pytest.mark.parametrize("name", config.NAMES)
def test_it_refuses_beside_any_configuration(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("consent: {from: low}\n")
    result = run()
    assert isinstance(result.exception, UsageError)
    assert result.exception.where == name
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "consent: {from: low}\n"


def test_force_replaces_the_file(tmp_path: Path) -> None:
    (tmp_path / "planguard.yml").write_text("nonsense")
    assert run("--force").exit_code == 0
    assert (tmp_path / "planguard.yml").read_bytes() == STARTER.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["planguard.yml"]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    result = run()
    assert isinstance(result.exception, ConfigError)
    assert "No space left" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_or_a_missing_one_is_an_error_with_advice(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for path in ("sub", ".", "", "/"):
        assert isinstance(run("--force", "--path", path).exception, UsageError), path
    result = run("--path", "gone/planguard.yml")
    assert isinstance(result.exception, ConfigError)
    assert result.exception.hint == "Does the directory exist?"


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_broken_link_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "planguard.yml").symlink_to("gone")
    assert isinstance(run().exception, UsageError)
