"""Options: those that several commands share, and groups, so that a long list of them can be read in `--help`."""

from __future__ import annotations

from typing import Any

import click

from planguard.model import Severity


class GroupedOption(click.Option):
    """An option under a heading of its own."""

    def __init__(self, *arguments: Any, group: str, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose `--help` shows the options by their groups, in the order in which those begin."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every option; those without a group stand first."""
        groups: dict[str, list[tuple[str, str]]] = {"Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                groups.setdefault(getattr(parameter, "group", "Options"), []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


# --- options that several commands have, worded once ------------------------------------------------------------------

report = click.option(
    "--report",
    "wanted",
    metavar="FORMAT[=PATH]",
    multiple=True,
    help="terminal (the default), json, html, comment, comment-gitlab, summary, sarif, junit, annotations, gitlab, "
    "agent, mermaid or dot; with =PATH into a file. May be given many times.",
)
config = click.option(
    "--config", "config_file", metavar="FILE", help="planguard.yml to use, instead of the nearest one."
)
fail_on = click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Severity]),
    help="The lowest severity that needs consent in this run (planguard.yml, else high).",
)
no_color = click.option("--no-color", is_flag=True, help="No colours (also NO_COLOR=1).")
quiet = click.option("-q", "--quiet", is_flag=True, help="Only the verdict.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Everything, small things and evidence too.")
host = click.option(
    "--host", "host_name", type=click.Choice(["github", "gitlab"]), help="Where people agree (default: this CI's)."
)
base_config = click.option(
    "--config", "config_path", metavar="PATH", help="planguard.yml in the base commit, where it is not at its top."
)


class Count(click.IntRange):
    """A number from one upwards; click's own words for a wrong one are about ranges of integers."""

    name = "number"

    def __init__(self) -> None:
        super().__init__(min=1)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = int(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a number.", param, ctx)
        if number < 1:
            self.fail(f"{number} is less than 1.", param, ctx)
        return number


jobs = click.option(
    "--jobs",
    metavar="N",
    type=Count(),
    help="Judge many plans in N processes (default: as many as pay, and as there are processors).",
)
