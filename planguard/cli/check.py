"""`planguard check`: from plans to a verdict and an exit code."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from planguard.cli import cloudformation, judging, many, options
from planguard.cli.messages import show_error
from planguard.cli.options import GroupedCommand, GroupedOption
from planguard.cli.output import Target, preferred, targets, write
from planguard.cli.place import STDIN
from planguard.errors import PlanguardError

if TYPE_CHECKING:
    from planguard.cli.finding import Found
    from planguard.cli.planning import Made


_terraform = partial(click.option, cls=GroupedOption, group="Terraform and OpenTofu")


@click.command("check", cls=GroupedCommand)
@click.argument("plans", metavar="PLAN…", nargs=-1)
@options.report
@options.config
@click.option("--workspace", metavar="NAME", help="The Terraform workspace: plan JSON does not carry it.")
@click.option(
    "--environment",
    type=click.Choice(["production", "other"]),
    help="State what the plan is about. Where something says production all the same, that is reported and counts.",
)
@options.fail_on
@click.option("--commit", metavar="SHA", help="For the gate: the head that was planned (default: this CI's).")
@options.jobs
@_terraform("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
@_terraform("--source", metavar="DIR", help="The root module behind the plan (default: beside the plan).")
@_terraform("--base", metavar="REF", help="What the change started from, in git: to compare sources, or with --after.")
@_terraform("--plan", "make", is_flag=True, help="Make the plan first: terraform plan, into a private directory.")
@cloudformation.options
@options.no_color
@options.quiet
@options.verbose
@click.pass_context
def check(
    ctx: click.Context,
    /,
    plans: tuple[str, ...],
    wanted: tuple[str, ...],
    config_file: str | None,
    workspace: str | None,
    environment: str | None,
    fail_on: str | None,
    commit: str | None,
    jobs: int | None,
    terraform_bin: str | None,
    source: str | None,
    base: str | None,
    make: bool,
    no_color: bool,
    quiet: bool,
    verbose: bool,
    **words: Any,
) -> int:
    """Judge plans: what would production lose, and why?

    PLAN is Terraform's or OpenTofu's plan as JSON (`terraform show -json tfplan`), a saved plan (`terraform plan -out
    tfplan`), the stream of `terraform plan -json`, CloudFormation's change set (`aws cloudformation
    describe-change-set`), the CDK's folder `cdk.out`, or `-` for standard input. What it is, is seen from its content.
    Without one, the only plan of this directory is meant; where there is none, somebody at a terminal gets one made.

    \b
    planguard check
    terraform plan -out tfplan && planguard check tfplan
    terraform show -json tfplan | planguard check -
    planguard check plan.json --report json=verdict.json
    planguard check 'plans/**/*.json'
    planguard check changeset.json --template template.yaml
    planguard check --before deployed.yaml --after template.yaml
    planguard check cdk.out --base-assembly base.out
    planguard check cdk.out --deployed
    planguard check --stack orders --change-set release

    Exit codes: 0 pass, 10 a human's consent is needed, 11 blocked, 2 usage, 3 unusable input or config.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other.")
    about_stacks = cloudformation.Words(**words)
    outputs = targets(wanted if quiet or verbose else preferred(wanted))
    alone = not plans and base is None and not any(about_stacks)
    if make and not alone:
        raise click.UsageError("--plan makes the plan to judge: name no other.")
    found = _here(ctx, terraform_bin, make=make) if alone else None
    instead: _Instead | None
    if found is not None:
        plans, instead = found.plans, found.made
    else:
        instead = cloudformation.instead(about_stacks, plans, base, source)
    beside = many.Beside(source, None if isinstance(instead, cloudformation.Templates) else base)
    if plans.count(STDIN) > 1:
        raise click.UsageError("`-` can be read only once.")
    # The decoders allocate much and free little: the collector would only walk over it, again and again.
    gc.disable()
    way = many.Way(workspace, terraform_bin, beside, verbose=verbose, quiet=quiet)
    if instead is None:
        way = _with_stacks(way, about_stacks)
    said = _Said(config_file, environment, fail_on, commit)
    return _judge(plans, instead, said, way, outputs, jobs=jobs, no_color=no_color)


if TYPE_CHECKING:
    _Instead = cloudformation.Templates | cloudformation.Live | Made


def _here(ctx: click.Context, binary: str | None, *, make: bool) -> Found | None:
    from planguard.cli import finding

    return finding.here(ctx, make=make, binary=binary)


def _with_stacks(way: many.Way, words: cloudformation.Words) -> many.Way:
    """What CloudFormation and the CDK add, which few say."""
    asked = None
    if words.deployed:
        from planguard.inputs import Aws

        asked = Aws(words.region, words.profile)
    return way._replace(template=words.template, base_assembly=words.base_assembly, deployed=asked)


class _Said(NamedTuple):
    """What the caller says about the plans beside the plans themselves."""

    config_file: str | None
    environment: str | None
    fail_on: str | None
    commit: str | None


def _judge(
    sources: Sequence[str],
    instead: _Instead | None,
    said: _Said,
    way: many.Way,
    outputs: Sequence[Target],
    *,
    jobs: int | None,
    no_color: bool,
) -> int:
    """Exit code of the run. One unreadable plan makes the whole run unusable: there are no partial verdicts."""
    from planguard.reports import needs_picture, overall

    policy = judging.policy(said.config_file, environment=said.environment, fail_on=said.fail_on)
    way = way._replace(drawn=any(needs_picture(target.format) for target in outputs))
    if instead is not None:
        way = way._replace(placed=not isinstance(instead, cloudformation.Live))
        done = many.judged([instead.source], policy, way, load=lambda _: instead.load(way.workspace))
    else:
        done = many.judged(many.expanded(sources), policy, way, jobs=jobs)
    for unusable in done.errors:
        show_error(unusable)
    if done.errors:
        return max(unusable.exit_code for unusable in done.errors)
    reports = done.reports
    if said.commit is not None or any(target.format == "json" for target in outputs):
        head = _head(said.commit)
        reports = tuple(report._replace(commit=head) for report in reports)
    write(outputs, reports, no_color=no_color)
    return overall(reports).exit_code


def _head(stated: str | None) -> str | None:
    """The commit that the plans were made for, which the gate compares; None where neither caller nor CI says.

    In the CI of a pull request what is checked out is often a merge of it, so git is not asked.
    """
    name = "gitlab" if os.environ.get("GITLAB_CI") else "github" if os.environ.get("GITHUB_EVENT_PATH") else None
    if stated is None and name is None:
        return None
    from planguard.cli import hosting

    if stated is not None:
        return hosting.meant("github", 1, stated, {}).commit
    try:
        return hosting.meant(name or "", None, None, os.environ).commit
    except PlanguardError:
        return None
