"""`planguard graph`: draw a whole plan. Decides nothing: it exits 0 whatever was found."""

from __future__ import annotations

import gc
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planguard.cli import options
from planguard.cli.messages import Progress
from planguard.cli.output import Target, draw
from planguard.cli.place import place
from planguard.cli.reading import read
from planguard.model import Report, Tier

if TYPE_CHECKING:
    from planguard.config import Config
    from planguard.model import Plan
    from planguard.policy.rule import Rule


@click.command("graph")
@click.argument("plan", metavar="PLAN")
@click.option(
    "--format",
    "name",
    type=click.Choice(["html", "mermaid", "dot"]),
    default="html",
    show_default=True,
    help="html for a browser, mermaid for a comment, dot for Graphviz.",
)
@click.option("--output", metavar="FILE", help="Write into a file instead of standard output.")
@options.config
@click.option("--workspace", metavar="NAME", help="The Terraform workspace of the plan.")
@click.option("--environment", type=click.Choice(["production", "other"]), help="State what the plan is about.")
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
def graph(
    plan: str,
    name: str,
    output: str | None,
    config_file: str | None,
    workspace: str | None,
    environment: str | None,
    terraform_bin: str | None,
) -> int:
    """Draw PLAN: every object, what it needs, what happens to it, and what was found.

    A report of `planguard check` draws only what is lost and what follows; this draws the rest as well, as far as it
    can be looked at: beyond a few thousand nodes the least important are counted instead.

    \b
    planguard graph plan.json --output plan.html
    planguard graph plan.json --format dot | dot -Tsvg > plan.svg

    Exit codes: 0 drawn, whatever was found; 2 usage; 3 unusable input or config.
    """
    from planguard import config as configuration
    from planguard.policy import rulebook

    gc.disable()
    config = configuration.load(config_file, Path.cwd())
    rules = rulebook.rules(config.rule_dirs)
    configuration.check_rules(config, [rule.id for rule in rules])
    plans = read(plan, terraform_bin=terraform_bin, workspace=workspace)
    stated = Tier(environment) if environment else None
    path = place(plan)
    with Progress(f"Drawing {plan}"):
        found = [_drawn(one, config, rules, stated, path) for one in plans]
    draw(Target(name, output), found)
    return 0


def _drawn(plan: Plan, config: Config, rules: tuple[Rule, ...], stated: Tier | None, path: str | None) -> Report:
    from planguard import engine, gate
    from planguard.redaction import redact

    assessment = engine.assess(plan, config, rules, today=date.today(), stated=stated, path=path)
    assessment = assessment._replace(picture=engine.picture(assessment, whole=True))
    return redact(Report(assessment, gate.decide(assessment, None, config)))
