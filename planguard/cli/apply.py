"""`planguard apply`: judge a saved plan, ask a human where that is needed, and apply exactly what was judged.

Owns the order of the steps. The rules of the question are `consent.terminal`'s, the processes `external`'s.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

from planguard.cli import applied, judging, options, passing
from planguard.cli.apply_question import Lies, Look, consented, here, stopped_by_signals
from planguard.cli.messages import Progress
from planguard.cli.options import GroupedOption
from planguard.cli.planning import OWN, made, selected
from planguard.errors import InputError, UsageError
from planguard.inputs import private_copy, state
from planguard.inputs.state import State
from planguard.model import Plan

_cloudformation = partial(click.option, cls=GroupedOption, group="CloudFormation")


@click.command("apply", cls=passing.PassesOn)
@click.argument("tfplan", metavar="[TFPLAN]", required=False)
@click.option("--chdir", metavar="DIR", help="The root module (default: here, else where the plan lies).")
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu; otherwise the one that made the plan.")
@click.option("--workspace", metavar="NAME", help="The Terraform workspace: a saved plan does not tell it.")
@options.config
@_cloudformation("--stack", metavar="NAME", help="Execute a change set of this stack instead.")
@_cloudformation("--change-set", metavar="NAME", help="That change set.")
@_cloudformation("--region", metavar="REGION", help="AWS's region (else the SDK's own settings).")
@_cloudformation("--profile", metavar="NAME", help="The profile of AWS's credentials.")
@options.no_color
@options.verbose
@click.pass_context
def apply(
    ctx: click.Context,
    tfplan: str | None,
    chdir: str | None,
    terraform_bin: str | None,
    workspace: str | None,
    config_file: str | None,
    stack: str | None,
    change_set: str | None,
    region: str | None,
    profile: str | None,
    no_color: bool,
    verbose: bool,
) -> int:
    """Judge a plan, ask a human where something would be lost, and apply exactly what was judged.

    TFPLAN is a saved plan (`terraform plan -out tfplan`); without one, planguard has terraform make it. Where nothing
    needs consent it is applied at once. Otherwise whoever sits at the terminal types the name of the worst loss; an
    agent, a build and a pipe are not asked. What follows `--` is passed on to terraform.

    \b
    planguard apply
    planguard apply tfplan -- -parallelism=3
    planguard apply -- -var-file=prod.tfvars
    planguard apply --stack orders --change-set release

    Exit codes: 0 applied, 10 not applied: consent is missing, 11 not applied: blocked, 2 usage, 3 unusable input or
    config, 4 terraform or CloudFormation failed on the way, 130 interrupted.
    """
    gc.disable()
    arguments = passing.passed(ctx) or ()
    look = Look(no_color, verbose)
    with stopped_by_signals():
        if stack is not None or change_set is not None:
            from planguard.cli import apply_change_set

            which = apply_change_set.which(stack, change_set, region, profile, alone=not (tfplan or chdir or arguments))
            return apply_change_set.run(which, judging.policy(config_file), look)
        if region or profile:
            raise click.UsageError("--region and --profile go with --stack and --change-set.")
        plain = ("-no-color",) if no_color or os.environ.get("NO_COLOR") else ()
        passed = passing.sort((*plain, *arguments), own_plan=tfplan is None)
        policy = judging.policy(config_file)
        root = _root(chdir, tfplan)
        with tempfile.TemporaryDirectory(prefix="planguard-", ignore_cleanup_errors=True) as directory:
            taken = _taken(tfplan, Path(directory), root, terraform_bin, passed.plan, workspace)
            return _run(taken, passed.apply, policy, look)


class _Taken(NamedTuple):
    """A plan in the private directory, and what it takes to apply it."""

    copy: private_copy.Copy
    program: Path
    root: Path
    workspace: str | None
    lies: Lies


def _run(taken: _Taken, arguments: Sequence[str], policy: judging.Policy, look: Look) -> int:
    plan = _read(taken)
    before = _fitting(taken)
    name = taken.copy.shown if taken.copy.shown != OWN else ""
    command = f"planguard apply {name}".rstrip()
    setting = here(command, elsewhere=taken.copy.elsewhere)
    answer = consented(plan, taken.lies, policy, setting, look, taken.copy.sha256)
    if answer.code is not None:
        return answer.code
    from planguard.external import terraform_apply

    variables = terraform_apply.dropped(os.environ, "apply")
    if variables:
        click.echo(f"{', '.join(variables)} {'is' if len(variables) == 1 else 'are'} not passed on.", err=True)
    private_copy.verify(taken.copy)
    sys.stdout.flush()
    ended = terraform_apply.apply(taken.program, taken.copy.path, arguments, cwd=taken.root, environment=os.environ)
    now = None
    with suppress(KeyboardInterrupt):  # terraform has ended: how, is said in any case
        now = applied.read_state(taken.program, taken.root, taken.copy.path.parent) if ended.code else None
    if answer.record is not None:
        state = "applied" if ended.code == 0 else "interrupted" if ended.interrupted else "failed"
        answer.record.ended(state, f"{taken.program.stem} {ended.words}.")
    return applied.tell(ended, plan, before, now, taken.program.stem, no_color=look.no_color)


def _fitting(taken: _Taken) -> State | None:
    """The state as it is. Raises InputError where the plan was made from another one: nobody is asked in vain."""
    before = applied.read_state(taken.program, taken.root, taken.copy.path.parent)
    if not state.fits(state.behind(taken.copy.path), before):
        raise InputError(
            "The state has changed since this plan was made.",
            where=taken.copy.shown,
            hint="Make a new plan: this one would be refused.",
        )
    return before


def _read(taken: _Taken) -> Plan:
    from planguard import inputs

    with Progress(f"Reading {taken.copy.shown}"):
        (plan,) = inputs.load(
            str(taken.copy.path),
            terraform_bin=str(taken.program),
            workspace=taken.workspace,
            kind="saved-plan",
            home=str(taken.root),
            shown=taken.copy.shown,
        )
    return plan


# --- the plan ---------------------------------------------------------------------------------------------------------


def _root(chdir: str | None, tfplan: str | None) -> Path:
    """The directory that terraform runs in."""
    if chdir is not None:
        if not os.path.isdir(chdir):  # noqa: PTH112  # os.path swallows what pathlib raises for a path that cannot be
            raise UsageError("There is no such directory.", where=chdir, hint="--chdir names the root module.")
        return Path(chdir).absolute()
    current = Path.cwd()
    if tfplan is None or (current / ".terraform").is_dir() or os.environ.get("TF_DATA_DIR"):
        return current
    beside = Path(os.path.abspath(tfplan)).parent  # noqa: PTH100  # a link counts by where it stands
    return beside if (beside / ".terraform").is_dir() else current


def _taken(
    tfplan: str | None,
    directory: Path,
    root: Path,
    binary: str | None,
    arguments: Sequence[str],
    workspace: str | None,
) -> _Taken:
    if tfplan is not None:
        copy = private_copy.take(tfplan, directory)
        return _Taken(copy, _program(copy, binary), root, workspace, Lies(tfplan, str(copy.path)))
    program, saved = made(directory, root, binary, arguments)
    chosen = workspace or selected(root)
    lies = Lies(str(root / private_copy.NAME), str(saved))
    return _Taken(private_copy.made(saved, OWN), program, root, chosen, lies)


def _program(copy: private_copy.Copy, binary: str | None) -> Path:
    """The tool that made the plan. Raises InputError for what is no saved plan."""
    from planguard.external import terraform
    from planguard.inputs import saved_plan

    data = copy.path.read_bytes()
    if not saved_plan.sniff(data):
        what = "It is empty." if not data else "This is no saved plan, and nothing else can be applied."
        raise InputError(
            what, where=copy.shown, hint="Make one with terraform plan -out=tfplan; its JSON is only text."
        )
    return terraform.find(binary, prefer=saved_plan.maker(data, copy.shown))
