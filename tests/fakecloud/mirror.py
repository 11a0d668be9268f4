"""A provider mirror on disk: `terraform init` installs the fake clouds from it as if they were the real providers."""

from __future__ import annotations

import platform
import shlex
import sys
from pathlib import Path

from fakecloud.schema import Cloud, load

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i686": "386"}


def write_mirror(directory: Path) -> Path:
    """Write the mirror, and the CLI configuration that leads to it; the latter's path is returned."""
    root = directory.resolve()
    for cloud in load().values():
        _write_provider(root, cloud)
    config = root / "terraformrc"
    quoted = str(root).replace("\\", "\\\\").replace('"', '\\"')
    config.write_text(
        "disable_checkpoint = true\n"
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{quoted}"\n  }}\n}}\n',
        encoding="utf-8",
    )
    return config


def _write_provider(root: Path, cloud: Cloud) -> None:
    """A provider's binary is a shell script: it starts this Python with this package."""
    folder = root / cloud.source / cloud.version / target()
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / f"terraform-provider-{cloud.source.rsplit('/', 1)[1]}_v{cloud.version}"
    here = shlex.quote(str(Path(__file__).resolve().parent.parent))
    command = f"exec {shlex.quote(sys.executable)} -P -m fakecloud serve {shlex.quote(cloud.name)}"
    binary.write_text(f"#!/bin/sh\nexport PYTHONPATH={here}\n{command}\n", encoding="utf-8")
    binary.chmod(0o755)


def target() -> str:
    """This machine as Terraform names it: `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"
