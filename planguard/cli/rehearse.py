"""`planguard rehearse`: a receipt that a change of this shape was applied where it could do no harm."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planguard import __version__
from planguard.cli import judging, options, passing
from planguard.cli.apply_question import Lies, Look, consented, here, stopped_by_signals
from planguard.cli.messages import Progress, harmless_line
from planguard.cli.place import place
from planguard.consent import receipts
from planguard.consent.receipts import FAILURE, SUCCESS, Receipt
from planguard.consent_config import ConsentConfig, Rehearsal
from planguard.errors import InputError, UsageError
from planguard.model import Plan, Tier
from planguard.reports import content

if TYPE_CHECKING:
    from planguard.config import Config

_TOOLS = frozenset(("terraform", "tofu", "terragrunt"))
_PRODUCTION = frozenset(("production", "prod", "prd", "live"))
FAILED, INTERRUPTED = 4, 130


@click.command("rehearse", cls=passing.PassesOn)
@click.argument("plan", metavar="[PLAN]", required=False)
@click.option("--environment", metavar="NAME", required=True, help="Where it was applied: staging, sandbox.")
@click.option(
    "--outcome",
    type=click.Choice([SUCCESS, FAILURE]),
    help="How it went (success); with a command after `--` its exit code tells.",
)
@options.config
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
@click.pass_context
def rehearse(
    ctx: click.Context,
    plan: str | None,
    environment: str,
    outcome: str | None,
    config_file: str | None,
    terraform_bin: str | None,
) -> int:
    """Write a receipt: a change of this shape was applied in another environment.

    The shape is what happens to which types, and why: no names, no values. planguard.yml can demand that what agents
    and bots want of production has been rehearsed (consent: rehearsal). With a command after `--` planguard judges the
    plan as `planguard apply` does, runs the command, and keeps how it ended.

    \b
    planguard rehearse --environment staging tfplan
    planguard rehearse --environment staging -- terraform apply tfplan

    Exit codes: 0 written, 10 and 11 not run, as for apply, 2 usage, 3 unusable input or config, 4 written, and the
    command failed, 130 interrupted.
    """
    gc.disable()
    name = _name(environment)
    command = passing.passed(ctx) or ()
    if command and outcome:
        raise click.UsageError("--outcome is for what was applied already; the command's exit code tells by itself.")
    with stopped_by_signals(), tempfile.TemporaryDirectory(prefix="planguard-", ignore_cleanup_errors=True) as private:
        policy = judging.policy(config_file)
        given, run = (plan, ()) if not command else _copied(plan, command, Path(private))
        if given is None:
            raise click.UsageError("Give the plan that was applied, or the command that applies it after `--`.")
        shown = plan or _plan_of(command)
        read = _read(given, shown, terraform_bin)
        _not_production(read, policy, shown, name)
        if not command:
            return _write(read, name, outcome or SUCCESS, policy.config, 0)
        refused = _consented(read, shown, given, policy)
        if refused is not None:
            return refused
        code = _run(run)
        return _write(read, name, SUCCESS if code == 0 else FAILURE, policy.config, code)


def _name(environment: str) -> str:
    name = environment.strip().lower()
    if not name or name != harmless_line(name) or len(name) > 100:
        raise UsageError("--environment takes a short name.", hint="For example: --environment staging")
    if name in _PRODUCTION:
        raise UsageError(
            "Production is what is rehearsed for.", hint="Name where it was applied: --environment staging"
        )
    return name


def _plan_of(command: Sequence[str]) -> str:
    """The word of a command that names a saved plan. Raises click.UsageError unless there is exactly one."""
    from planguard.inputs import saved_plan

    if Path(command[0]).stem not in _TOOLS or "apply" not in command:
        # Anything else could do anything, and the receipt would tell of a plan that nobody applied.
        raise click.UsageError("Only an apply can be run here: -- terraform apply tfplan (or tofu, terragrunt).")
    found = []
    for word in dict.fromkeys(command[1:]):
        if os.path.isfile(word):  # noqa: PTH113  # os.path swallows what pathlib raises for a path that cannot be
            with open(word, "rb") as stream:  # noqa: PTH123
                if saved_plan.sniff(stream.read(4096)):
                    found.append(word)
    if len(found) != 1:
        raise click.UsageError("The command has to name one saved plan: -- terraform apply tfplan")
    return found[0]


def _copied(plan: str | None, command: Sequence[str], private: Path) -> tuple[str, tuple[str, ...]]:
    """A private copy of the plan, and the command with it: what is told of is what was run."""
    from planguard.inputs import private_copy

    name = _plan_of(command)
    if plan is not None and os.path.realpath(plan) != os.path.realpath(name):
        raise click.UsageError("The command applies another plan than the one that was named.")
    copy = private_copy.take(name, private)
    return str(copy.path), tuple(str(copy.path) if word == name else word for word in command)


def _read(given: str, shown: str, terraform_bin: str | None) -> tuple[Plan, ...]:
    from planguard import inputs

    home = os.path.dirname(os.path.abspath(shown))  # noqa: PTH100, PTH120 - the path as it stands
    with Progress(f"Reading {shown}"):
        return inputs.load(given, terraform_bin=terraform_bin, home=home, shown=shown)


def _not_production(plans: Sequence[Plan], policy: judging.Policy, shown: str, name: str) -> None:
    for plan in plans:
        environment = judging.assess(plan, policy, path=place(shown)).environment
        if environment.tier is Tier.PRODUCTION:
            raise InputError(
                f"This plan is about production ({content.environment_words(environment)}), not about {name}.",
                where=shown,
                hint="A rehearsal is a plan of its own, made and applied elsewhere.",
            )


def _consented(plans: Sequence[Plan], shown: str, copy: str, policy: judging.Policy) -> int | None:
    """The same question as before any other apply: another environment can hold what somebody would miss."""
    lies = Lies(shown, copy)
    for plan in plans:
        setting = here("planguard rehearse")
        answer = consented(plan, lies, policy, setting, Look(no_color=False, verbose=False), plan.digest)
        if answer.code is not None:
            return answer.code
    return None


def _run(command: Sequence[str]) -> int:
    """The command's exit code. Raises KeyboardInterrupt where somebody broke it off: that tells nothing."""
    from planguard.external import terraform_apply

    sys.stdout.flush()
    ended = terraform_apply.run(command, cwd=Path.cwd(), environment=os.environ)
    if ended.interrupted and ended.code:
        raise KeyboardInterrupt
    return ended.code


def _write(plans: Sequence[Plan], environment: str, outcome: str, config: Config, code: int) -> int:
    from planguard.consent.stores import FileStore

    shapes = [shape for shape in map(receipts.rehearsed, plans) if shape]
    if not shapes:
        raise InputError("This plan changes nothing, so there is nothing to rehearse.", where=plans[0].source)
    store = FileStore(file_of(config))
    receipts.read(store.read(), str(store.path))  # a chain that does not hold is not written to any further
    at = datetime.now(UTC)
    store.append(
        [receipts.entry(Receipt(at, environment, outcome, shape, f"planguard {__version__}")) for shape in shapes]
    )
    done = "applied" if outcome == SUCCESS else "failed"
    click.echo(f"{done} in {environment}; receipt {receipts.digest(shapes[0])[:12]} in {store.path}", err=True)
    return FAILED if code else 0


def file_of(config: Config) -> Path:
    """The file of the receipts: its path starts where planguard.yml lies."""
    rehearsal = (config.consent or ConsentConfig()).rehearsal or Rehearsal()
    top = Path(config.path).parent if config.path else Path()
    return top / rehearsal.path
