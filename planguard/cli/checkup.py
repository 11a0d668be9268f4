"""What `planguard doctor` finds out: facts about this machine and this directory, and what is wrong with them.

Owns the questions. Prints nothing, changes nothing, asks no host.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from planguard import __version__, agents
from planguard.config import Config, waiver_state
from planguard.consent import terminal
from planguard.consent_config import ConsentConfig, Evidence
from planguard.errors import PlanguardError
from planguard.reports import content
from planguard.review import Kind


class Fact(NamedTuple):
    """One thing that is so."""

    area: str
    name: str
    value: str


class Problem(NamedTuple):
    """One thing that will get in somebody's way, and the one thing to do about it."""

    message: str
    fix: str


class Health(NamedTuple):
    """Everything."""

    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]


INSTALLED, HERE, CONFIG, PULL, KEPT = "Installed", "Here", "Configuration", "A pull request needs", "Written down"

_Found = Iterator[Fact | Problem]


def examine(config_file: str | None, environment: Mapping[str, str], now: datetime, *, tty: bool) -> Health:
    """Look at everything."""
    found = [*_installed(environment), *_here(environment, tty=tty)]
    try:
        from planguard.cli import judging

        policy = judging.policy(config_file)
    except PlanguardError as error:
        found += [
            Fact(CONFIG, "file", error.where or "planguard.yml"),
            Problem(str(error), error.hint or "Correct it."),
        ]
    else:
        how = policy.config.consent or ConsentConfig()
        top = Path(policy.config.path).parent if policy.config.path else Path()
        found += [*_configured(policy.config, len(policy.rules), now.date())]
        found += [*_pull(policy.config, how, now, environment, top), *_kept(how, top)]
    return Health(
        tuple(item for item in found if isinstance(item, Fact)),
        tuple(item for item in found if isinstance(item, Problem)),
    )


# --- the machine ------------------------------------------------------------------------------------------------------


def _installed(environment: Mapping[str, str]) -> _Found:
    from importlib.metadata import PackageNotFoundError, version

    from planguard.external import programs

    yield Fact(INSTALLED, "planguard", __version__)
    yield Fact(INSTALLED, "Python", f"{platform.python_version()} on {sys.platform}")
    found = {name: programs.find(name, environment) for name in ("terraform", "tofu", "terragrunt", "git")}
    for name, program in found.items():
        if program is not None:
            yield Fact(INSTALLED, name, f"{program.version or 'version not told'}  {program.path}")
        elif name != "terragrunt":
            yield Fact(INSTALLED, name, "no")
    if found["terraform"] is None and found["tofu"] is None:
        yield Problem(
            "Neither terraform nor tofu is on PATH: saved plans cannot be read or applied.",
            "Install one; the JSON of a plan can be judged without.",
        )
    if found["git"] is None:
        yield Problem("git is not on PATH: sources cannot be compared with a base.", "Install it.")
    keys, ssh = programs.find("ssh-keygen", environment), programs.find("ssh", environment)
    yield Fact(INSTALLED, "ssh-keygen", (ssh.version if ssh else "yes") or "yes" if keys else "no (signatures need it)")
    for package, use in (("boto3", "asking AWS needs it"), ("cfn-lint", "CloudFormation needs it")):
        try:
            yield Fact(INSTALLED, package, version(package))
        except PackageNotFoundError:
            yield Fact(INSTALLED, package, f"no ({use})")


def _here(environment: Mapping[str, str], *, tty: bool) -> _Found:
    agent = agents.in_environment(environment)
    yield Fact(HERE, "agent", f"{agent[0].name} ({agent[1]} is set)" if agent else "none that says so")
    yield Fact(HERE, "build", _build(environment))
    yield Fact(HERE, "terminal", "yes" if tty else "no")
    asked = terminal.refusal(terminal.Setting(environment, tty, tty))
    yield Fact(HERE, "apply asks", "yes" if asked is None else f"no: {asked.message}")
    if environment.get("GITHUB_ACTIONS") == "true" and not environment.get("GITHUB_TOKEN"):
        yield Problem(
            "This is GitHub Actions, and GITHUB_TOKEN is not set: the gate cannot ask who agreed.",
            "Give the step env: GITHUB_TOKEN: ${{ github.token }}.",
        )
    names = sorted(entry.name for entry in os.scandir() if entry.name.endswith((".tf", ".tofu")))
    if names:
        ready = Path(environment.get("TF_DATA_DIR") or ".terraform").is_dir()
        yield Fact(
            HERE,
            "root module",
            f"{content.plural(len(names), 'file')}, {'initialised' if ready else 'not initialised'}",
        )
        if not ready:
            yield Problem("Terraform is not initialised here: it cannot make or show plans.", "terraform init")


def _build(environment: Mapping[str, str]) -> str:
    known = (("GITHUB_ACTIONS", "GitHub Actions"), ("GITLAB_CI", "GitLab CI"))
    named = next((name for variable, name in known if environment.get(variable)), None)
    return named or ("yes (CI is set)" if terminal.in_ci(environment) else "no")


# --- the configuration ------------------------------------------------------------------------------------------------


def _configured(config: Config, rules: int, today: date) -> _Found:
    yield Fact(CONFIG, "file", config.path or "none: the defaults (planguard init writes one)")
    yield Fact(CONFIG, "asks from", config.consent_from.value)
    yield Fact(
        CONFIG, "rules", f"{rules:,}" + (f", also from {', '.join(config.rule_dirs)}" if config.rule_dirs else "")
    )
    if config.forbidden:
        yield Fact(CONFIG, "forbidden", ", ".join(sorted(config.forbidden)))
    if config.protected:
        yield Fact(CONFIG, "protected", ", ".join(config.protected))
    own = config.production
    mapped = (own.accounts, own.projects, own.subscriptions, own.workspaces, own.paths, own.addresses)
    yield Fact(CONFIG, "production", f"{sum(map(len, mapped))} mappings; unknown counts as {own.unknown}")
    if config.waivers:
        expired = [waiver for waiver in config.waivers if waiver_state(waiver, today) == "expired"]
        yield Fact(CONFIG, "waivers", f"{len(config.waivers)}, of which {len(expired)} expired")
        if expired:
            first = expired[0]
            yield Problem(
                f"A waiver of {first.rule} for {first.address} expired on {first.until}.",
                "Delete it, or renew it with a new date and a name.",
            )


def _pull(config: Config, how: ConsentConfig, now: datetime, environment: Mapping[str, str], top: Path) -> _Found:
    names = (*(f"@{one.login}" for one in how.users), *how.teams, *(("code owners",) if how.codeowners else ()))
    yield Fact(PULL, "approvers", ", ".join(names) or f"anybody with a role of {', '.join(how.roles)}")
    yield Fact(PULL, "never", "the author, whoever pushed or committed, machines")
    most = how.quorum
    yield Fact(
        PULL,
        "people",
        f"{most.default}; {most.critical} if critical, {most.machine} for machines, "
        f"{most.irreversible} if irreversible, {most.guard} for the guard itself",
    )
    typed = "the label, and a comment with the code and the name" if how.mode == "phrase" else "the label"
    yield Fact(PULL, "to agree", f"{typed} ({how.label})")
    if how.terminal == "forbidden":
        yield Fact(PULL, "terminal", "nobody may agree at one")
    if how.windows or how.freezes:
        from planguard.consent.windows import held

        closed = held(how, [Kind.HUMAN], now)
        yield Fact(PULL, "window", "open now" if closed is None else "closed now")
    if how.rehearsal is not None:
        acts = ", ".join(how.rehearsal.acts)
        yield Fact(PULL, "rehearsal", f"for {acts}, at most {how.rehearsal.days} days old")
    if how.signature == "required":
        yield from _signatures(how, environment, top)


def _signatures(how: ConsentConfig, environment: Mapping[str, str], top: Path) -> _Found:
    import shutil

    yield Fact(PULL, "signature", f"by a key of {how.allowed_signers}")
    if not (top / how.allowed_signers).is_file():
        yield Problem(
            f"Signatures are required, and {how.allowed_signers} is not there: nobody can agree.",
            "Add the approvers' public keys to it.",
        )
    if shutil.which("ssh-keygen", path=environment.get("PATH", "")) is None:
        yield Problem("Signatures are required, and ssh-keygen is not on PATH.", "Install OpenSSH.")


def _kept(how: ConsentConfig, top: Path) -> _Found:
    evidence: Evidence = how.evidence
    if evidence.store == "file":
        yield from _chain("evidence", top / evidence.path)
    elif evidence.store == "branch":
        yield Fact(KEPT, "evidence", f"{evidence.path} on the branch {evidence.branch}")
    else:
        yield Fact(KEPT, "evidence", "nowhere")
    if how.rehearsal is not None:
        yield from _chain("rehearsals", top / how.rehearsal.path)


def _chain(name: str, path: Path) -> _Found:
    from planguard.consent import ledger

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        yield Fact(KEPT, name, f"{path}, nothing yet")
        return
    except OSError as error:
        yield Fact(KEPT, name, f"{path}, not readable")
        yield Problem(f"{path} cannot be read ({error.strerror}).", "Correct who may read it.")
        return
    count = sum(1 for _ in ledger.entries(data))
    broken = ledger.verify(data)
    yield Fact(
        KEPT, name, f"{path}, {count:,} entries, {'the chain holds' if broken is None else 'the chain is broken'}"
    )
    if broken is not None:
        yield Problem(f"{path}: {broken.why}", "Restore the file from git.")
