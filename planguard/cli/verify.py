"""`planguard verify`: before an apply, whether people agreed to what this very file would do."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from planguard.cli import options, passing
from planguard.cli.gate import failed, finish, illustrated, noted, outputs, reports_of
from planguard.cli.messages import Progress
from planguard.cli.output import targets, write
from planguard.cli.place import place
from planguard.cli.recording import Record, completing
from planguard.cli.rehearsed import demanded
from planguard.errors import PlanguardError, UsageError
from planguard.model import Report
from planguard.review import Review

if TYPE_CHECKING:
    from planguard.forge import Host, Pull
    from planguard.inputs.private_copy import Copy


@click.command("verify", cls=passing.PassesOn)
@click.argument("tfplan", metavar="TFPLAN")
@options.report
@click.option(
    "--pr", "numbers", metavar="NUMBER", type=options.Count(), multiple=True, required=True,
    help="The pull request in which people agreed. May be given many times, where one apply is of several.",
)  # fmt: skip
@options.host
@click.option("--exec", "execute", is_flag=True, help="Run what follows `--`, with the file that was judged.")
@options.base_config
@click.option("--workspace", metavar="NAME", help="The Terraform workspace, as the gate was told.")
@click.option("--environment", type=click.Choice(["production", "other"]), help="As the gate was told.")
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
@options.no_color
@options.quiet
@options.verbose
@click.pass_context
def verify(
    ctx: click.Context,
    tfplan: str,
    wanted: tuple[str, ...],
    numbers: tuple[int, ...],
    host_name: str | None,
    execute: bool,
    config_path: str | None,
    workspace: str | None,
    environment: str | None,
    terraform_bin: str | None,
    no_color: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge the very file that is to be applied, and pass only if people agreed to all of it in the pull request.

    A plan that ends less than what was agreed to passes; one that ends more does not, and what is new is named. With
    --exec the command after `--` is run with the bytes that were judged, whatever becomes of the file meanwhile.

    \b
    planguard verify tfplan --pr 42 --exec -- terraform apply tfplan
    planguard verify tfplan --pr 42 && terraform apply tfplan      (anybody may swap the file in between)

    Exit codes: 0 agreed to (with --exec: the command's own), 10 not agreed to, 11 blocked, 2 usage, 3 unusable input or
    config, or a host that does not answer.
    """
    from planguard import hosts
    from planguard.inputs import private_copy
    from planguard.reports import needs_picture

    shown = targets(wanted)
    command = passing.passed(ctx)
    if execute != bool(command):
        raise UsageError("--exec and a command after `--` go together.", hint="… --exec -- terraform apply tfplan")
    host = hosts.connect(os.environ, host_name)
    with tempfile.TemporaryDirectory(prefix="planguard-", ignore_cleanup_errors=True) as directory:
        copy = private_copy.take(tfplan, Path(directory))
        run = _command(command or (), tfplan, copy) if execute else ()
        look = _Look(any(needs_picture(target.format) for target in shown), verbose, quiet)
        try:
            reports, review = _judged(
                host, copy, tfplan, numbers, config_path, workspace, environment, terraform_bin, look
            )
        except PlanguardError as error:
            raise failed(error) from None
        write(shown, reports, no_color=no_color)
        code = finish(review, reports, host.calls)
        outputs(review, reports, code)
        if code or not execute:
            return code
        private_copy.verify(copy)
        sys.stdout.flush()
        return _run(run)


class _Look(NamedTuple):
    """How it is shown."""

    drawn: bool
    verbose: bool
    quiet: bool


def _command(command: Sequence[str], tfplan: str, copy: Copy) -> tuple[str, ...]:
    """The command with the judged copy in the place of the file. Raises UsageError where it does not name the file."""
    named = os.path.realpath(tfplan)
    found = tuple(str(copy.path) if word == tfplan or os.path.realpath(word) == named else word for word in command)
    if found == tuple(command):
        raise UsageError(
            "The command does not name the plan that is judged, so it would apply something else.",
            hint=f"For example: -- terraform apply {tfplan}",
        )
    return found


def _judged(
    host: Host,
    copy: Copy,
    tfplan: str,
    numbers: Sequence[int],
    config_path: str | None,
    workspace: str | None,
    environment: str | None,
    terraform_bin: str | None,
    look: _Look,
) -> tuple[list[Report], Review]:
    from planguard import inputs
    from planguard.cli import base, gating, hosting, judging

    with Progress("Asking about the pull request"):
        pulls: list[Pull] = [host.pull(number) for number in sorted(set(numbers))]
    base.same_base(pulls, hosting.branch(os.environ))
    with base.policy(host, pulls[-1], config_path, environment=environment) as at_base:
        with Progress(f"Reading {tfplan}"):
            plans = inputs.load(
                str(copy.path),
                terraform_bin=terraform_bin,
                workspace=workspace,
                home=os.path.dirname(os.path.abspath(tfplan)),  # noqa: PTH100, PTH120 - the path as it stands
                shown=copy.shown,
            )
        assessed = [judging.assess(plan, at_base.policy, path=place(tfplan)) for plan in plans]
        config = gating.settings(at_base)
        record = Record(host, config, Path.cwd())
        asked = gating.question(assessed, at_base, (), record.told(assessed))
        complete = completing(host, config, pulls[-1].base_sha)
        answer = gating.covered(host, pulls, asked, at_base, merged=True, complete=complete)
        answer = demanded(host, pulls[-1], assessed, answer, at_base)
        answer = gating.without_override(answer, assessed, at_base)
        noted(record.write(answer.review, asked, assessed, pulls[-1], answer.facts))
        seen = [illustrated(one) for one in assessed] if look.drawn else assessed
        return reports_of(seen, answer.review, at_base, verbose=look.verbose, quiet=look.quiet), answer.review


def _run(command: Sequence[str]) -> int:
    from planguard.external import terraform_apply

    # Arguments that hide in variables would change what is applied.
    variables = terraform_apply.dropped(os.environ, "apply")
    if variables:
        click.echo(f"{', '.join(variables)} {'is' if len(variables) == 1 else 'are'} not passed on.", err=True)
    kept = {name: value for name, value in os.environ.items() if name not in variables}
    return terraform_apply.run(command, cwd=Path.cwd(), environment=kept).code
