"""`planguard check`: from plans to a verdict and an exit code."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from planguard.cli.messages import Progress, show_error
from planguard.cli.output import Target, targets, write
from planguard.cli.place import STDIN, place
from planguard.errors import PlanguardError
from planguard.model import Severity, Tier


@click.command("check")
@click.argument("plans", metavar="PLAN…", nargs=-1, required=True)
@click.option(
    "--report",
    "wanted",
    metavar="FORMAT[=PATH]",
    multiple=True,
    help="terminal (the default) or json; with =PATH into a file. May be given many times.",
)
@click.option("--config", "config_file", metavar="FILE", help="planguard.yml to use, instead of the nearest one.")
@click.option("--workspace", metavar="NAME", help="The Terraform workspace: plan JSON does not carry it.")
@click.option(
    "--environment",
    type=click.Choice(["production", "other"]),
    help="State what the plan is about. Where something says production all the same, that is reported and counts.",
)
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Severity]),
    help="The lowest severity that needs consent in this run (planguard.yml, else high).",
)
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
@click.option("--no-color", is_flag=True, help="No colours (also NO_COLOR=1).")
@click.option("-q", "--quiet", is_flag=True, help="Only the verdict.")
@click.option("-v", "--verbose", is_flag=True, help="Everything, small things and evidence too.")
def check(
    plans: tuple[str, ...],
    wanted: tuple[str, ...],
    config_file: str | None,
    workspace: str | None,
    environment: str | None,
    fail_on: str | None,
    terraform_bin: str | None,
    no_color: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge plans: what would production lose, and why?

    PLAN is Terraform's or OpenTofu's plan as JSON (`terraform show -json tfplan`), a saved plan (`terraform plan -out
    tfplan`), the stream of `terraform plan -json`, or `-` for standard input. What it is, is seen from its content.

    \b
    terraform plan -out tfplan && planguard check tfplan
    terraform show -json tfplan | planguard check -
    planguard check plan.json --report json=verdict.json

    Exit codes: 0 pass, 10 a human's consent is needed, 11 blocked, 2 usage, 3 unusable input or config.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other.")
    if plans.count(STDIN) > 1:
        raise click.UsageError("`-` can be read only once.")
    outputs = targets(wanted)
    # The decoders allocate much and free little: the collector would only walk over it, again and again.
    gc.disable()
    run = _Run(config_file, workspace, environment, fail_on, terraform_bin, verbose=verbose, quiet=quiet)
    return run.judge(plans, outputs, no_color=no_color)


class _Run:
    """One call of `check`: config and rules are read once, plans one after the other."""

    def __init__(
        self,
        config_file: str | None,
        workspace: str | None,
        environment: str | None,
        fail_on: str | None,
        terraform_bin: str | None,
        *,
        verbose: bool,
        quiet: bool,
    ) -> None:
        from planguard import config
        from planguard.policy import rulebook

        self._workspace = workspace
        self._stated = Tier(environment) if environment else None
        self._terraform_bin = terraform_bin
        self._verbose, self._quiet = verbose, quiet
        self._config = config.load(config_file, Path.cwd())
        self._rules = rulebook.rules(self._config.rule_dirs)
        config.check_rules(self._config, [rule.id for rule in self._rules])
        if fail_on:
            self._config = self._config._replace(consent_from=Severity(fail_on))

    def judge(self, sources: Sequence[str], outputs: Sequence[Target], *, no_color: bool) -> int:
        """Exit code of the run. One unreadable plan makes the whole run unusable: there are no partial verdicts."""
        from planguard import engine, gate, inputs
        from planguard.model import Report
        from planguard.redaction import redact
        from planguard.reports import needs_picture, overall

        drawn = any(needs_picture(target.format) for target in outputs)
        reports, errors = [], []
        for source in sources:
            name = "standard input" if source == STDIN else source
            try:
                with Progress(f"Reading {name}"):
                    found = inputs.load(
                        source,
                        stdin=sys.stdin.buffer if source == STDIN else None,
                        terraform_bin=self._terraform_bin,
                        workspace=self._workspace,
                    )
            except PlanguardError as error:
                errors.append(error)
                continue
            for plan in found:
                with Progress(f"Judging {name}"):
                    assessment = engine.assess(
                        plan, self._config, self._rules, today=date.today(), stated=self._stated, path=place(source)
                    )
                    if drawn:
                        assessment = assessment._replace(picture=engine.picture(assessment))
                verdict = gate.decide(assessment, None, self._config)
                reports.append(redact(Report(assessment, verdict, verbose=self._verbose, quiet=self._quiet)))
        if errors:
            for unusable in errors:
                show_error(unusable)
            return max(unusable.exit_code for unusable in errors)
        write(outputs, reports, no_color=no_color)
        return overall(reports).exit_code
