"""A working directory in which real `terraform` runs against the fake cloud."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

_NEEDS_INIT = re.compile(r'^\s*(?:module\s+"|source\s*=|provider\s+"|required_providers|backend\s+")', re.MULTILINE)


class PlanFiles(NamedTuple):
    """What one `terraform plan` left behind."""

    saved: Path
    """The binary plan."""
    json: Path
    """What `terraform show -json` makes of it."""
    exit_code: int
    """Terraform's: 1 for an errored plan, which is saved all the same."""


class Terraform:
    """One working directory. State is local, in the directory."""

    def __init__(self, directory: Path, config: Path, executable: str) -> None:
        self.directory = directory
        self._config = config
        self._executable = executable
        self._initialised_for: tuple[str, ...] | None = None
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that terraform needs to find the fake cloud, and planguard's runs of terraform too."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("TF_", "FAKECLOUD_"))}
        return inherited | {
            "TF_CLI_CONFIG_FILE": str(self._config),
            "TF_DISABLE_PLUGIN_TLS": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_CLI_ARGS": "-no-color",
            "CHECKPOINT_DISABLE": "1",
        }

    def write(self, files: Mapping[str, str]) -> None:
        """Make the directory's sources exactly these."""
        for old in self.directory.rglob("*.tf"):
            if ".terraform" not in old.parts:
                old.unlink()
        for name, text in files.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None, may_fail: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """`terraform ARGUMENTS`; an exit code other than 0 raises unless it `may_fail`."""
        done = subprocess.run(
            [self._executable, *arguments],
            cwd=self.directory,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        if done.returncode and not may_fail:
            raise AssertionError(f"terraform {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def init(self) -> None:
        """`terraform init`, unless it ran for these providers and modules before."""
        sources = sorted(path for path in self.directory.rglob("*.tf") if ".terraform" not in path.parts)
        lines = tuple(
            line
            for path in sources
            for line in path.read_text(encoding="utf-8").splitlines()
            if _NEEDS_INIT.match(line) or line.lstrip().startswith(("resource ", "data "))
        )
        if lines != self._initialised_for:
            self.run("init")
            self._initialised_for = lines

    def apply(
        self,
        files: Mapping[str, str] | None = None,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        may_fail: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Make the world what `files` say."""
        if files is not None:
            self.write(files)
        self.init()
        return self.run("apply", "-auto-approve", *arguments, environment=environment, may_fail=may_fail)

    def plan(
        self,
        files: Mapping[str, str] | None = None,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        may_fail: bool = False,
    ) -> PlanFiles:
        """Plan the change to `files`: a saved plan, and its JSON."""
        if files is not None:
            self.write(files)
        self.init()
        done = self.run("plan", "-out=tfplan", *arguments, environment=environment, may_fail=may_fail)
        saved, shown = self.directory / "tfplan", self.directory / "plan.json"
        shown.write_text(self.run("show", "-json", "tfplan").stdout, encoding="utf-8")
        return PlanFiles(saved, shown, done.returncode)

    def copy(self, directory: Path) -> Terraform:
        """The same world in another directory: what is planned or applied there is not seen here."""
        shutil.copytree(self.directory, directory, symlinks=True)
        other = Terraform(directory, self._config, self._executable)
        other._initialised_for = self._initialised_for
        return other


MakeTerraform = Callable[[Path], Terraform]
"""Makes a working directory at this path."""
