"""The compiled forms: fresh, the same every time, never trusted blindly; and the wheel that brings them along."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from planguard import bundled
from planguard.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout of its own: `rules/` beside an empty package directory."""
    (tmp_path / "planguard").mkdir()
    (tmp_path / "rules" / "resources").mkdir(parents=True)
    (tmp_path / "rules" / "severity.yaml").write_text("version: 1\nwords: [no, yes, on]\nfine: true\n")
    (tmp_path / "rules" / "resources" / "b.yaml").write_text("types: {b_b: 1}\n")
    (tmp_path / "rules" / "resources" / "a.yaml").write_text("types: {a_a: 2}\n")
    monkeypatch.setattr(bundled, "_PACKAGE", str(tmp_path / "planguard"))
    bundled.forget()
    yield tmp_path
    bundled.forget()


def again(name: str) -> object:
    bundled.forget()
    return bundled.load(name)


def compiled(checkout: Path, name: str) -> Path:
    return checkout / "planguard" / "_compiled" / f"{name}.json"


def test_words_stay_words(checkout: Path) -> None:
    assert bundled.load("severity") == {"version": 1, "words": ["no", "yes", "on"], "fine": True}


def test_a_directory_is_loaded_by_stem_in_order(checkout: Path) -> None:
    assert list(bundled.load("resources")) == ["a", "b"]
    assert bundled.load_part("resources", "a") == {"types": {"a_a": 2}}
    assert bundled.parts("resources") == ("a", "b")
    assert bundled.rules_dir() == checkout / "rules"


def test_the_second_time_no_yaml_is_read(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {name: again(name) for name in ("severity", "resources", "resources/a")}
    monkeypatch.setattr(bundled, "_parse", lambda *_: pytest.fail("the YAML was read although nothing had changed"))
    assert {name: again(name) for name in first} == first


def test_a_changed_source_is_compiled_again(checkout: Path) -> None:
    bundled.load("resources")
    source = checkout / "rules" / "resources" / "a.yaml"
    stat = source.stat()
    source.write_text("types: {a_a: 3}\n")  # the same size
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert again("resources") == {"a": {"types": {"a_a": 3}}, "b": {"types": {"b_b": 1}}}
    assert again("resources/a") == {"types": {"a_a": 3}}


def test_a_new_and_a_removed_source_are_noticed(checkout: Path) -> None:
    bundled.load("resources")
    (checkout / "rules" / "resources" / "c.yaml").write_text("types: {c_c: 4}\n")
    (checkout / "rules" / "resources" / "b.yaml").unlink()
    assert list(again("resources")) == ["a", "c"]  # type: ignore[call-overload]  # object on purpose


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\n",
        b"{}",
        b"null\n[]",
        b"\xff\xfe\x00",
        b'{"format":1,"checked":true,"crc":0,"sources":{}}\n{"version":666}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_compiled_file_is_not_used(checkout: Path, damage: bytes) -> None:
    right = bundled.load("severity")
    compiled(checkout, "severity").write_bytes(damage)
    assert again("severity") == right
    assert compiled(checkout, "severity").read_bytes() != damage, "it is made again"


def test_a_changed_body_is_not_used(checkout: Path) -> None:
    right = bundled.load("severity")
    file = compiled(checkout, "severity")
    file.write_bytes(file.read_bytes().replace(b'"fine":true', b'"fine":null'))
    assert again("severity") == right


def test_another_format_is_not_used(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = bundled.load("severity")
    monkeypatch.setattr(bundled, "FORMAT", bundled.FORMAT + 1)
    assert again("severity") == right
    head = json.loads(compiled(checkout, "severity").read_bytes().partition(b"\n")[0])
    assert head["format"] == bundled.FORMAT


def test_a_compiled_file_from_a_wheel_is_not_used_in_a_checkout(checkout: Path) -> None:
    bundled.compile_rules(checkout / "planguard" / "_compiled", checkout / "rules")
    file = compiled(checkout, "severity")
    before = file.read_bytes()
    bundled.load("severity")
    assert file.read_bytes() != before, "sizes alone do not prove that a checkout is unchanged"


def test_it_works_where_nothing_can_be_written(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # permissions mean nothing to root, so the target is made impossible instead
    (checkout / "planguard" / "_compiled").write_text("a file where the directory should be")
    assert bundled.load("severity") == again("severity")
    assert bundled.load_part("resources", "a") == {"types": {"a_a": 2}}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    (checkout / "planguard" / "_compiled").unlink()
    assert again("severity")
    assert not [file for file in (checkout / "planguard").rglob("*") if file.is_file()], "nothing half-written is left"


def test_a_check_runs_when_compiling_and_not_later(checkout: Path) -> None:
    seen: list[str] = []

    def check(_: object, file: str, __: object) -> None:
        seen.append(file)

    bundled.load("resources")  # compiled without a check
    bundled.forget()
    bundled.load("resources", check)
    assert seen == ["rules/resources/a.yaml", "rules/resources/b.yaml"]
    bundled.forget()
    bundled.load("resources", check)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\na: 2\n", 2), ("a: [1\n", 2), ("a: 1\n---\nb: 2\n", 2), ("a: !!python/object:os.system x\n", 1)],
)
def test_what_is_not_yaml_names_file_and_line(checkout: Path, text: str, line: int) -> None:
    (checkout / "rules" / "severity.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        bundled.load("severity")
    assert caught.value.where == f"rules/severity.yaml:{line}"


def test_a_missing_file_is_a_clear_error(checkout: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        bundled.load("nowhere")
    shutil.rmtree(checkout / "rules")
    with pytest.raises(ConfigError, match="rules are missing"):
        again("severity")


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    first = bundled.compile_rules(tmp_path / "one", ROOT / "rules")
    second = bundled.compile_rules(tmp_path / "two", ROOT / "rules")
    assert first == second
    assert "resources/aws.json" in first
    for name in first:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_wheel_brings_its_rules_and_never_reads_yaml(tmp_path: Path) -> None:
    """Builds the real wheel without a network and runs it from where it was unpacked."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=300)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    site = tmp_path / "site"
    shutil.unpack_archive(wheel, site, "zip")
    code = (
        "import sys; from planguard import bundled, catalog;"
        "entry = catalog.lookup('aws_db_instance'); catalog.lookup('made_up_bucket');"
        "assert entry.category == 'database' and entry.guessed is None, entry;"
        "assert bundled.rules_dir().name == '_rules', bundled.rules_dir();"
        "assert (bundled.rules_dir() / 'resources' / 'aws.yaml').is_file();"
        "assert bundled.load('severity');"
        "assert 'yaml' not in sys.modules, 'the compiled form was not used'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_fresh_compiled_data_needs_no_yaml() -> None:
    code = (
        "import sys; from planguard import catalog; catalog.lookup('aws_db_instance');"
        "catalog.lookup('AWS::RDS::DBInstance'); catalog.lookup('nothing_like_it');"
        "print('yaml' in sys.modules)"
    )
    run = [sys.executable, "-c", code]
    subprocess.run(run, cwd=ROOT, capture_output=True, check=True)  # this one may have to compile
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
