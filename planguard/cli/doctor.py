"""`planguard doctor`: what is installed, what is in force here, and what would get in the way."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime

import click

from planguard.cli import asking, checkup, options
from planguard.cli.checkup import Health
from planguard.reports import content
from planguard.reports.layout import Span

PROBLEMS = 3
"""The exit code where something is wrong."""


@click.command("doctor")
@options.config
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@options.no_color
def doctor(config_file: str | None, as_json: bool, no_color: bool) -> int:
    """Say what is installed, which configuration is in force, what a pull request needs, and what is wrong.

    Looks at this machine and this directory, and asks no host. One remedy for each problem.

    Exit codes: 0 nothing is wrong, 2 usage, 3 something is.
    """
    tty = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    health = checkup.examine(config_file, os.environ, datetime.now(UTC), tty=tty)
    if as_json:
        click.echo(_json(health))
    else:
        _show(health, no_color=no_color)
    return PROBLEMS if health.problems else 0


def _json(health: Health) -> str:
    areas: dict[str, dict[str, str]] = {}
    for fact in health.facts:
        areas.setdefault(_key(fact.area), {})[_key(fact.name)] = fact.value
    problems = [problem._asdict() for problem in health.problems]
    return json.dumps({"version": 1, "healthy": not problems, **areas, "problems": problems}, indent=2)


def _key(words: str) -> str:
    return words.lower().removeprefix("a ").replace(" ", "_").replace("-", "_")


def _show(health: Health, *, no_color: bool) -> None:
    page = asking.page(no_color=no_color)
    area = ""
    for fact in health.facts:
        if fact.area != area:
            page.blank()
            page.section(fact.area)
            area = fact.area
        page.row(fact.name, page.safe(fact.value))
    page.blank()
    if not health.problems:
        page.verdict("WELL", "Nothing is in the way.", "go")
    else:
        for problem in health.problems:
            page.prose([Span("problem", "critical"), Span(": "), Span(page.safe(problem.message))])
            page.prose([Span(page.safe(problem.fix), "code")], indent=2)
        page.blank()
        page.verdict("LOOK", f"{content.plural(len(health.problems), 'problem')} (exit {PROBLEMS})", "stop")
    asking.show(page)
