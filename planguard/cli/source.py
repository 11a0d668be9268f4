"""`planguard source`: judge an edit of Terraform's sources before there is a plan."""

from __future__ import annotations

import gc
import posixpath
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planguard.cli import options
from planguard.cli.messages import Progress
from planguard.cli.output import targets, write
from planguard.cli.place import place
from planguard.model import Report, Severity, Tier

if TYPE_CHECKING:
    from planguard.config import Config
    from planguard.inputs.hcl_pairs import Compared, Pair
    from planguard.policy.rule import Rule


@click.command("source")
@click.argument("directory", metavar="[DIR]", default=".")
@click.option("--base", metavar="REF", help="What this change started from: a branch, tag or commit (origin/main).")
@click.option("--before", metavar="DIR", help="Compare with another directory instead; needs no git.")
@options.report
@options.config
@click.option("--workspace", metavar="NAME", help="The Terraform workspace that the sources are for.")
@click.option(
    "--environment",
    type=click.Choice(["production", "other"]),
    help="State what the sources are about. Where something says production all the same, that is reported and counts.",
)
@options.fail_on
@options.no_color
@options.quiet
@options.verbose
def source(
    directory: str,
    base: str | None,
    before: str | None,
    wanted: tuple[str, ...],
    config_file: str | None,
    workspace: str | None,
    environment: str | None,
    fail_on: str | None,
    no_color: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge an edit of Terraform's sources, without a plan and without credentials.

    Compares the sources below DIR as they are now with those that the change started from, and says what the edit would
    take away: guards, blocks, keys, names without `moved`, the state. A plan has the last word: what only a plan can
    confirm is never more than medium, and nothing is more than high.

    \b
    planguard source --base origin/main
    planguard source --base v1.4 infra/live
    planguard source --before ../old/infra infra

    Without --base and --before, what is not committed yet is judged. Nothing in the sources is executed.

    Exit codes: 0 pass, 10 a human's consent is needed, 11 blocked, 2 usage, 3 unusable input or config.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other.")
    if base is not None and before is not None:
        raise click.UsageError("The old sources come either from --base or from --before.")
    outputs = targets(wanted)
    from planguard import config
    from planguard.inputs import hcl_pairs
    from planguard.policy import rulebook
    from planguard.redaction import redact
    from planguard.reports import needs_picture, overall

    # As for plans: much is allocated and little freed, and the collector would only walk over it.
    gc.disable()
    settings = config.load(config_file, Path.cwd())
    rules = rulebook.rules(settings.rule_dirs)
    config.check_rules(settings, [rule.id for rule in rules])
    if fail_on:
        settings = settings._replace(consent_from=Severity(fail_on))
    with Progress(f"Reading {directory}"):
        found = hcl_pairs.compared(directory, base=base, before=before)
    drawn = any(needs_picture(target.format) for target in outputs)
    stated = Tier(environment) if environment else None
    reports: list[Report] = []
    for pair in _to_judge(found):
        with Progress(f"Judging {pair.path or directory}"):
            report = _report(pair, found, directory, settings, rules, stated=stated, workspace=workspace, drawn=drawn)
            reports.append(redact(report._replace(verbose=verbose, quiet=quiet)))
    write(outputs, reports, no_color=no_color)
    return overall(reports).exit_code


def _to_judge(found: Compared) -> Sequence[Pair]:
    """The root modules that the edit touches, or the first one to say that there are none."""
    touched = [pair for pair in found.pairs if pair.edited or pair.sources.edits or pair.sources.undecided]
    return touched or found.pairs[:1]


def _report(
    pair: Pair,
    found: Compared,
    directory: str,
    settings: Config,
    rules: tuple[Rule, ...],
    *,
    stated: Tier | None,
    workspace: str | None,
    drawn: bool,
) -> Report:
    from planguard import engine, gate
    from planguard.catalog.replacement import forced_by
    from planguard.sources.plan import suggested

    here = directory.replace("\\", "/")
    shown = posixpath.normpath(posixpath.join(here, pair.path))
    variables = posixpath.normpath(posixpath.join(here, pair.variables)) if pair.variables else ""
    name = f"{shown} with {variables} against {found.against}" if variables else f"{shown} against {found.against}"
    plan = suggested(pair.sources, forced_by, name=name, workspace=workspace, abandoned=pair.gone)
    # Who keeps a variable file for each environment names the file like others name a directory.
    chosen = variables.removesuffix(".json").removesuffix(".tfvars").removesuffix("/terraform") or shown
    path = place(posixpath.join(chosen, "main.tf"))
    assessment = engine.assess(
        plan, settings, rules, today=date.today(), stated=stated, path=path, sources=pair.sources
    )
    if drawn:
        assessment = assessment._replace(picture=engine.picture(assessment))
    return Report(assessment, gate.decide(assessment, None, settings), consent_from=settings.consent_from)
