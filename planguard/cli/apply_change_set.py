"""`planguard apply --stack --change-set`: judge a change set as AWS has it, ask, read it once more, and execute it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import click

from planguard.cli import applied, asking
from planguard.cli.apply_question import Lies, Look, consented, here
from planguard.cli.judging import Policy
from planguard.cli.messages import Progress, harmless_line
from planguard.errors import InputError
from planguard.external import cloudformation
from planguard.model import Plan
from planguard.reports.layout import Span

_STATES = {applied.APPLIED: "applied", applied.FAILED: "failed", applied.INTERRUPTED: "interrupted"}


class Which(NamedTuple):
    """The change set that is meant."""

    stack: str
    change_set: str
    region: str | None
    profile: str | None


def which(stack: str | None, change_set: str | None, region: str | None, profile: str | None, *, alone: bool) -> Which:
    """The change set that the options name. Raises click.UsageError where they do not fit together."""
    if stack is None or change_set is None:
        raise click.UsageError("--stack and --change-set go together.")
    if not alone:
        raise click.UsageError("A change set is executed as it is: give no plan, no --chdir and nothing after `--`.")
    return Which(stack, change_set, region, profile)


def run(which: Which, policy: Policy, look: Look) -> int:
    """The exit code."""
    read = _read(which)
    plan = read[0]
    if not plan.identity:
        raise InputError("AWS does not say which change set this is.", where=which.stack)
    options = "".join(
        f" --{name} {value}" for name, value in (("region", which.region), ("profile", which.profile)) if value
    )
    setting = here(f"planguard apply --stack {which.stack} --change-set {which.change_set}{options}")
    answer = consented(plan, Lies(), policy, setting, look, plan.digest)
    if answer.code is not None:
        return answer.code
    _compare(read, _read(which), which)
    code = _execute(which, plan.identity, look)
    if answer.record is not None:
        answer.record.ended(_STATES[code], "CloudFormation")
    return code


def _read(which: Which) -> Sequence[Plan]:
    from planguard import inputs

    with Progress(f"Reading {which.stack}/{which.change_set}"):
        plans = inputs.live(**which._asdict())
    if len(plans) > 1:
        raise InputError(
            "This change set holds others that do not belong to its stack, as far as AWS tells.",
            where=which.stack,
            hint="Execute it by hand once planguard check has judged it and people agreed.",
        )
    return plans


def _compare(judged: Sequence[Plan], now: Sequence[Plan], which: Which) -> None:
    """Raise InputError unless AWS still tells what was judged: people think for a while before they answer."""
    if [(plan.identity, plan.digest) for plan in judged] != [(plan.identity, plan.digest) for plan in now]:
        raise InputError(
            "This change set is no longer what was judged.",
            where=f"{which.stack}/{which.change_set}",
            hint="Nothing was executed. Run planguard apply again, and read what it says.",
        )


def _execute(which: Which, arn: str, look: Look) -> int:
    stack = cloudformation.Stack(which.stack, which.region, which.profile)
    since = stack.last_event()
    stack.execute(arn)
    last: cloudformation.Step | None = None
    try:
        for last in stack.follow(since):
            reason = f"  {last.reason}" if last.reason else ""
            click.echo(harmless_line(f"{last.status:<28} {last.resource}{reason}"))
    except KeyboardInterrupt:
        click.echo(f"CloudFormation goes on without planguard: look at the stack {which.stack}.", err=True)
        return applied.INTERRUPTED
    if last is not None and last.good:
        return applied.APPLIED
    said = asking.page(no_color=look.no_color, error=True)
    status = said.safe(last.status) if last is not None else "?"
    said.prose([Span("error", "critical"), Span(f": CloudFormation ended with {status}.")])
    asking.show(said, error=True)
    return applied.FAILED
