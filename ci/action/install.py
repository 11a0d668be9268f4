"""Installs this very revision of planguard into an environment of its own, for the Action.

Owns where that environment lies, and what may go into it: wheels whose hashes are in `requirements.lock`, and the tree
that this file is part of. Only wheels are cached, never what was installed: whoever can write to the cache of a pull
request could otherwise bring a planguard along that agrees to everything. A wheel is checked again in every run.

`install.py place` only says where: outputs `wheels`, `key` and `planguard`. `install.py path` puts the command on PATH.
Runs under any supported Python, with nothing but its library.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "ci" / "action" / "requirements.lock"
SOURCES = ("planguard", "rules", "hatch_build.py", "pyproject.toml", "ci/action/requirements.lock")
"""What makes an installation another one."""
MADE_HERE = {"__pycache__", "_compiled", "_rules"}


class Place(NamedTuple):
    """Where everything lies."""

    wheels: Path
    environment: Path
    commands: Path
    """A directory with `planguard` and nothing else, for PATH."""
    key: str
    """Of the cache: what decides which wheels are the right ones."""
    revision: str

    @property
    def python(self) -> Path:
        """Of the environment."""
        return self.environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def planguard(self) -> Path:
        """The command."""
        return self.commands / ("planguard.exe" if os.name == "nt" else "planguard")

    @property
    def stamp(self) -> Path:
        """Written last, so that half an installation is not taken for a whole one."""
        return self.environment / "planguard-revision"


def place() -> Place:
    """The place for this revision and this Python."""
    temporary = Path(os.environ["RUNNER_TEMP"])
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:32]
    version = ".".join(str(part) for part in sys.version_info[:2])
    key = f"planguard-{platform.system()}-{platform.machine()}-{version}-{lock}"
    made = revision()
    home = temporary / f"planguard-{made[:16]}-{version}"
    return Place(temporary / "planguard-wheels", home / "environment", home / "commands", key, made)


def revision() -> str:
    """A digest of what is installed."""
    digest = hashlib.sha256()
    for path in _sources():
        data = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        top = ROOT / name
        found = sorted(top.rglob("*")) if top.is_dir() else [top]
        yield from (path for path in found if path.is_file() and not MADE_HERE & set(path.parts))


def install(where: Place) -> None:
    """Make the environment, unless an earlier step of this job did."""
    if where.stamp.exists() and where.stamp.read_text("ascii") == where.revision:
        return
    shutil.rmtree(where.environment, ignore_errors=True)
    # A pip of its own takes the environment three seconds; the one beside this Python can fill it as well.
    own = _quiet(sys.executable, "-I", "-m", "pip", "--python", sys.executable, "--version")
    made = ["--without-pip"] if own else []
    subprocess.run([sys.executable, "-I", "-m", "venv", *made, where.environment], check=True)
    pip = [sys.executable, "-I", "-m", "pip", "--python", str(where.python)] if own else []
    pip = [*(pip or [str(where.python), "-I", "-m", "pip"]), "--disable-pip-version-check", "--no-input", "--quiet"]
    locked = ["--require-hashes", "--requirement", str(LOCK)]
    kept = ["--no-index", "--no-deps", "--no-compile", "--find-links", str(where.wheels)]
    if not where.wheels.is_dir() or _run(*pip, "install", *kept, *locked):
        # Nothing cached, or not what the lock says: none of it is used.
        shutil.rmtree(where.wheels, ignore_errors=True)
        _must(_run(*pip, "download", "--only-binary", ":all:", "--dest", str(where.wheels), *locked))
        _must(_run(*pip, "install", *kept, *locked))
    _must(_run(*pip, "install", "--no-index", "--no-deps", "--no-build-isolation", "--no-compile", str(ROOT)))
    where.commands.mkdir(parents=True, exist_ok=True)
    where.planguard.unlink(missing_ok=True)
    shutil.copy2(where.python.with_name(where.planguard.name), where.planguard)
    where.stamp.write_text(where.revision, "ascii")


def _quiet(*command: str) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _run(*command: str) -> int:
    return subprocess.run(command, check=False).returncode


def _must(code: int) -> None:
    if code:
        sys.exit("planguard: its dependencies could not be installed as they are locked; pip's own words stand above.")


def main() -> None:
    """Say where, or install there."""
    where = place()
    match sys.argv[1:]:
        case ["place"]:
            _tell("GITHUB_OUTPUT", f"wheels={where.wheels}", f"key={where.key}", f"planguard={where.planguard}")
        case ["path"]:
            _tell("GITHUB_PATH", str(where.commands))
        case _:
            install(where)


def _tell(variable: str, *lines: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
