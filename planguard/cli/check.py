"""`planguard check`: from plans to a verdict and an exit code."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from planguard.cli import cloudformation, judging, options
from planguard.cli.messages import Progress, show_error
from planguard.cli.options import GroupedCommand, GroupedOption
from planguard.cli.output import Target, preferred, targets, write
from planguard.cli.place import STDIN, place
from planguard.errors import PlanguardError, UsageError
from planguard.model import Plan, Report

if TYPE_CHECKING:
    from planguard.cli.finding import Found
    from planguard.cli.planning import Made
    from planguard.sources import Sources


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
    beside = _Beside(source, None if isinstance(instead, cloudformation.Templates) else base)
    if plans.count(STDIN) > 1:
        raise click.UsageError("`-` can be read only once.")
    # The decoders allocate much and free little: the collector would only walk over it, again and again.
    gc.disable()
    judged = _Judged(workspace, environment, fail_on, beside)
    run = _Run(config_file, judged, terraform_bin, about_stacks, verbose=verbose, quiet=quiet)
    return run.judge(plans, instead, outputs, no_color=no_color)


if TYPE_CHECKING:
    _Instead = cloudformation.Templates | cloudformation.Live | Made


def _here(ctx: click.Context, binary: str | None, *, make: bool) -> Found | None:
    from planguard.cli import finding

    return finding.here(ctx, make=make, binary=binary)


class _Beside(NamedTuple):
    """Where the sources are."""

    directory: str | None
    base: str | None

    def sources(self, plan: Plan, path: str) -> Sources | Callable[[], Sources | None] | None:
        """The sources of one plan; without a base only when they are asked for."""
        asked = self.directory is not None or self.base is not None
        if not plan.format.startswith("terraform"):
            if asked:
                raise UsageError("--source and --base go with Terraform's plans, not with change sets.")
            return None
        if path == STDIN and not asked:
            return None
        load = partial(_sources, path, self.directory, self.base)
        return load if self.base is None else load()


def _sources(path: str, directory: str | None, base: str | None) -> Sources | None:
    from planguard.inputs import beside

    return beside.sources(None if path == STDIN else path, directory, base)


class _Judged(NamedTuple):
    """What the caller says about the plans beside the plans themselves."""

    workspace: str | None
    environment: str | None
    fail_on: str | None
    beside: _Beside


class _Run:
    """One call of `check`: config and rules are read once, plans one after the other."""

    def __init__(
        self,
        config_file: str | None,
        judged: _Judged,
        terraform_bin: str | None,
        stacks: cloudformation.Words,
        *,
        verbose: bool,
        quiet: bool,
    ) -> None:
        self._workspace = judged.workspace
        self._terraform_bin, self._stacks = terraform_bin, stacks
        self._beside = judged.beside
        self._origins: dict[str, str] = {}
        """Plan as it is shown → what was named on the command line."""
        self._verbose, self._quiet = verbose, quiet
        self._policy = judging.policy(config_file, environment=judged.environment, fail_on=judged.fail_on)

    def judge(
        self, sources: Sequence[str], instead: _Instead | None, outputs: Sequence[Target], *, no_color: bool
    ) -> int:
        """Exit code of the run. One unreadable plan makes the whole run unusable: there are no partial verdicts."""
        from planguard.redaction import redact
        from planguard.reports import needs_picture, overall

        drawn = any(needs_picture(target.format) for target in outputs)
        plans, errors = self._read(sources, instead)
        if errors:
            for unusable in errors:
                show_error(unusable)
            return max(unusable.exit_code for unusable in errors)
        reports = []
        for plan, path in plans:
            with Progress(f"Judging {plan.source}"):
                reports.append(redact(self._report(plan, path, drawn=drawn)))
        write(outputs, reports, no_color=no_color)
        return overall(reports).exit_code

    def _report(self, plan: Plan, path: str | None, *, drawn: bool) -> Report:
        from planguard import gate

        sources = self._beside.sources(plan, self._origins.get(plan.source, STDIN))
        assessment = judging.assess(plan, self._policy, path=path, sources=sources, drawn=drawn)
        verdict = gate.decide(assessment, None, self._policy.config)
        return Report(
            assessment, verdict, verbose=self._verbose, quiet=self._quiet, consent_from=self._policy.config.consent_from
        )

    def _read(
        self, sources: Sequence[str], instead: _Instead | None
    ) -> tuple[list[tuple[Plan, str | None]], list[PlanguardError]]:
        """Every plan with the path that it lies at, and what cannot be read."""
        from planguard import inputs

        found: list[Plan] = []
        paths: dict[str, str | None] = {}
        errors: list[PlanguardError] = []
        if instead is not None:
            sources = [instead.source]
        for source in sources:
            name = "standard input" if source == STDIN else source
            path = None if isinstance(instead, cloudformation.Live) else place(source)
            try:
                with Progress(f"Reading {name}"):
                    read = self._load(source, instead)
            except PlanguardError as error:
                errors.append(error)
                continue
            found.extend(read)
            paths.update((plan.source, path) for plan in read)
            self._origins.update((plan.source, source) for plan in read)
        return [(plan, paths[plan.source]) for plan in inputs.joined(found)], errors

    def _load(self, source: str, instead: _Instead | None) -> tuple[Plan, ...]:
        from planguard import inputs

        if instead is not None:
            return instead.load(self._workspace)
        return inputs.load(
            source,
            stdin=sys.stdin.buffer if source == STDIN else None,
            terraform_bin=self._terraform_bin,
            workspace=self._workspace,
            template=self._stacks.template,
            base_assembly=self._stacks.base_assembly,
            deployed=inputs.Aws(self._stacks.region, self._stacks.profile) if self._stacks.deployed else None,
        )
