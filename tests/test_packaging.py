"""What users install: a wheel that brings its rules along, and a checkout that finds them beside the package."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from planguard import __version__

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "kiro" / "plan.json"


def run(*command: str | Path, cwd: Path) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


class Distribution(NamedTuple):
    """What was built: the archive for packagers, and two wheels that should be one."""

    sdist: Path
    from_tree: Path
    from_sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """The distribution, built with what is installed here: nothing is downloaded."""
    target = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", target, ROOT, cwd=target)
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", target / "tree", ROOT, cwd=target)
    return Distribution(*target.glob("*.tar.gz"), *target.glob("tree/*.whl"), *target.glob("*.whl"))


class Environment:
    """A fresh virtual environment that sees this one's libraries, but not this one's planguard."""

    def __init__(self, directory: Path) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", directory, cwd=directory.parent)
        self.directory = directory
        self.scripts = directory / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        libraries = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
        # A path that a .pth file adds is not searched for further .pth files: an editable planguard stays unseen.
        (self.site_packages / "libraries.pth").write_text("\n".join(sorted(libraries)) + "\n", encoding="utf-8")

    @property
    def site_packages(self) -> Path:
        return Path(run(self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=ROOT.parent))

    def install(self, *arguments: str | Path) -> None:
        """`pip install` without a look at any index."""
        options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--no-build-isolation")
        pip = (sys.executable, "-m", "pip", "--python", self.python, "install")
        run(*pip, *options, *arguments, cwd=self.directory)

    def ask(self, expression: str) -> str:
        """The value of an expression over `bundled` and `planguard`, evaluated far from the checkout."""
        code = f"import planguard; from planguard import bundled; print({expression})"
        return run(self.python, "-I", "-c", code, cwd=self.directory)


@pytest.fixture(scope="module")
def from_wheel(built: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    environment = Environment(tmp_path_factory.mktemp("wheel") / "with a space")
    environment.install(built.from_tree)
    return environment


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    environment = Environment(tmp_path_factory.mktemp("editable") / "venv")
    environment.install("--editable", ROOT)
    return environment


def contents(wheel: Path) -> dict[str, int]:
    """Each file with its checksum."""
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: info.CRC for info in archive.infolist() if not info.filename.endswith("/RECORD")}


def rule_files() -> set[str]:
    """Everything under `rules/`, as paths from there."""
    return {path.relative_to(ROOT / "rules").as_posix() for path in (ROOT / "rules").rglob("*") if path.is_file()}


def test_the_wheel_brings_the_rules_and_the_types_and_nothing_else(built: Distribution) -> None:
    names = set(contents(built.from_tree))

    assert {f"planguard/_rules/{name}" for name in rule_files()} <= names
    assert "planguard/py.typed" in names
    assert {name.split("/")[0] for name in names} == {"planguard", f"planguard_iac-{__version__}.dist-info"}
    assert not {name for name in names if name.endswith((".pyc", "~"))}


def test_the_wheel_brings_the_rules_compiled(built: Distribution) -> None:
    compiled = {name for name in contents(built.from_tree) if name.startswith("planguard/_compiled/")}

    assert {Path(name).stem for name in compiled} >= {
        Path(name).stem for name in rule_files() if name.endswith(".yaml")
    }


def test_the_sdist_builds_the_same_wheel(built: Distribution) -> None:
    assert contents(built.from_sdist) == contents(built.from_tree)


def test_the_sdist_brings_the_tests_and_no_litter(built: Distribution) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"tests/test_packaging.py", "tests/fakecloud/clouds.yaml", "Makefile", "LICENSE"} <= names
    assert not {name for name in names if "__pycache__" in name or name.startswith((".venv", ".git/", "dist"))}


def test_an_installed_wheel_finds_its_own_rules(from_wheel: Environment) -> None:
    rules = Path(from_wheel.ask("bundled.rules_dir()"))

    assert rules.is_relative_to(from_wheel.site_packages)
    assert (rules / "resources" / "aws.yaml").is_file()
    assert {path.relative_to(rules).as_posix() for path in rules.rglob("*") if path.is_file()} == rule_files()


def test_an_editable_install_finds_the_rules_of_the_checkout(editable: Environment) -> None:
    rules = Path(editable.ask("bundled.rules_dir()"))

    assert rules.resolve() == (ROOT / "rules").resolve()
    assert (rules / "resources" / "aws.yaml").is_file()


@pytest.mark.parametrize("kind", ["from_wheel", "editable"])
def test_the_command_runs(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    environment: Environment = request.getfixturevalue(kind)
    command = environment.scripts / ("planguard.exe" if os.name == "nt" else "planguard")

    assert __version__ in run(command, "--version", cwd=tmp_path)
    checked = subprocess.run([command, "check", EXAMPLE], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert checked.returncode == 10
