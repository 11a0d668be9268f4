"""Running `terraform` or `tofu`: finding the program, and having it show a saved plan as JSON.

Owns the command, its environment and the words for its failures. Reads no plan.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from planguard.errors import ExternalError

NAMES = ("terraform", "tofu")
TIMEOUT = 900.0
"""Seconds. Showing a plan of 100,000 resources takes minutes; a provider that hangs takes for ever."""

_PASSED_ON = frozenset(
    {
        # To find programs, the user's settings and a place for temporary files.
        "PATH",
        "HOME",
        "USER",
        "TMPDIR",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        # The same on Windows, where no program starts without SYSTEMROOT.
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
        "COMSPEC",
        "PATHEXT",
        "TEMP",
        "TMP",
        "USERPROFILE",
        "HOMEDRIVE",
        "HOMEPATH",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "PROGRAMFILES",
        # Where the tool finds its settings, its providers, and how it talks to them.
        "TF_CLI_CONFIG_FILE",
        "TERRAFORM_CONFIG",
        "TF_DATA_DIR",
        "TF_PLUGIN_CACHE_DIR",
        "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE",
        "TF_DISABLE_PLUGIN_TLS",
        "TF_REATTACH_PROVIDERS",
        # Plans that OpenTofu encrypted.
        "TF_ENCRYPTION",
        # Plans that HCP Terraform keeps (with TF_TOKEN_*), and the way to it.
        "TF_CLOUD_HOSTNAME",
        "TF_CLOUD_ORGANIZATION",
        "TF_CLOUD_PROJECT",
        "TF_WORKSPACE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    }
)
"""Variables that the program gets to see. Not among them: the clouds' credentials, which showing a plan does not need;
`TF_CLI_ARGS*`, which would change the command; `TF_LOG*`, which would bury its message; `TF_VAR_*`, for a saved plan
holds its variables."""

_PASSED_ON_PREFIXES = ("TF_TOKEN_",)
_SET = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_FRAME = re.compile(r"^[╷│╵ \t]+", re.MULTILINE)
_CONTROL = re.compile(r"[^\S\n ]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 2000
"""Characters of the program's own message that are passed on."""


def find(binary: str | None = None, *, prefer: str | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """The program: the one that was given, else the preferred one of `terraform` and `tofu` on PATH, else the other."""
    variables = os.environ if environment is None else environment
    if binary is not None:
        return _given(binary, variables)
    names = sorted(NAMES, key=lambda name: name != prefer)
    for name in names:
        found = _on_path(name, variables)
        if found is not None:
            return found
    raise ExternalError(
        "Reading a saved plan takes terraform or tofu, and neither is on PATH.",
        hint="Install it, name it with --terraform-bin, or give planguard the output of terraform show -json tfplan.",
    )


def show_json(
    plan: Path,
    out: Path,
    *,
    cwd: Path,
    binary: str | None = None,
    prefer: str | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> None:
    """Write the JSON of a saved plan to `out`. Runs in `cwd`, where the providers were installed (`.terraform`)."""
    variables = os.environ if environment is None else environment
    program = find(binary, prefer=prefer, environment=variables)
    complaints = out.with_name(f"{out.name}.err")
    code = _run(
        [str(program), "show", "-json", "-no-color", str(plan)], out, complaints, cwd, _clean(variables), timeout
    )
    message = _message(complaints)
    complaints.unlink(missing_ok=True)
    name = program.stem
    if code != 0:
        how = f"ended with code {code}" if code > 0 else f"was stopped by signal {-code}"
        said = f":\n{message}" if message else ", without a word."
        raise ExternalError(f"{name} show -json {how}{said}", hint=_hint(message, name, cwd))
    if out.stat().st_size == 0:
        raise ExternalError(f"{name} show -json wrote nothing.", hint="Run it by hand and look at what it says.")


def _given(binary: str, variables: Mapping[str, str]) -> Path:
    if Path(binary).name != binary:
        # os.path swallows what pathlib raises for a path that cannot be, and for a user who is not there.
        path = Path(os.path.expanduser(binary)).absolute()  # noqa: PTH111
        if os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113
            return path
        why = "is not a program that can be run" if os.path.exists(path) else "does not exist"  # noqa: PTH110
    else:
        found = _on_path(binary, variables)
        if found is not None:
            return found
        why = "is not on PATH"
    raise ExternalError(f"{binary} {why}.", hint="Correct --terraform-bin, or leave it out to use the one on PATH.")


def _on_path(name: str, variables: Mapping[str, str]) -> Path | None:
    """Absolute entries of PATH only: a program that lies in the directory under review must not be run."""
    entries = [entry for entry in variables.get("PATH", "").split(os.pathsep) if Path(entry).is_absolute()]
    found = shutil.which(name, path=os.pathsep.join(entries)) if entries else None
    if found is None:
        return None
    path = Path(found).absolute()
    # Windows looks in the current directory first, whatever PATH says.
    return path if any(path.parent == Path(entry).absolute() for entry in entries) else None


def _clean(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in variables.items()
        if name.upper() in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return {**kept, **_SET}


def _run(
    command: list[str], out: Path, complaints: Path, cwd: Path, environment: Mapping[str, str], timeout: float
) -> int:
    """Run to the end, with both outputs going to files: a plan may be larger than memory."""
    own_group = sys.platform != "win32"
    with out.open("wb") as stdout, complaints.open("wb") as stderr:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=cwd,
                env=dict(environment),
                start_new_session=own_group,
            )
        except OSError as error:
            raise ExternalError(
                f"{command[0]} cannot be started ({error.strerror}).", hint="Is it a program for this machine?"
            ) from None
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ExternalError(
                f"{Path(command[0]).stem} show -json did not end within {timeout:g} seconds.",
                hint="Run it by hand, and give planguard its output.",
            ) from None
        finally:
            if process.poll() is None:
                _stop(process, own_group)


def _stop(process: subprocess.Popen[bytes], own_group: bool) -> None:
    """End the program and the providers that it started."""
    if own_group and sys.platform != "win32":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
    else:
        process.kill()
    process.wait()


def _message(complaints: Path) -> str:
    """What the program said, without colours, frames and anything that could steer a terminal."""
    with complaints.open("rb") as file:
        text = file.read(64 * 1024).decode("utf-8", "replace")
    text = _FRAME.sub("", _ANSI.sub("", text))
    lines = [_CONTROL.sub("", line).rstrip() for line in text.split("\n")]
    # Warnings come first, and matter less here than the error.
    first = next((number for number, line in enumerate(lines) if line.startswith("Error")), 0)
    shown = "\n".join(line for line in lines[first:] if line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} …"


def _hint(message: str, name: str, cwd: Path) -> str:
    # The program wraps its message at the width of the terminal, so that any blank may be a line break.
    flat = " ".join(message.lower().split())
    if "plan file was created by" in flat or "different terraform version" in flat or "unsupported plan file" in flat:
        return "Another version made this plan: name that one with --terraform-bin, or run its show -json yourself."
    if any(
        sign in flat
        for sign in ("plugin", "provider", f"{name} init", "dependency lock file", "module not installed", "schema")
    ):
        return f"The providers are missing: run {name} init in {cwd}, or run show -json where the plan was made."
    return f"Run {name} show -json yourself where the plan was made, and give planguard its output."
