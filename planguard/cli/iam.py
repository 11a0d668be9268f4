"""`planguard iam`: who may destroy without a human. Decides nothing: it exits 0 whatever it finds."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from planguard.cli.messages import harmless_line
from planguard.cli.output import save
from planguard.cli.place import STDIN
from planguard.cli.reading import read
from planguard.errors import InputError
from planguard.model import Plan

_BEHIND = {
    "machine": "a machine",
    "person": "people who sign in",
    "either": "a machine or a person, the plan does not tell",
    "aws": "a service of AWS, for its own work",
}
_HARMLESS = "destroys nothing that matters"


@click.command("iam")
@click.argument("source", metavar="PLAN|TEMPLATE|DIR")
@click.option(
    "--format", "form", type=click.Choice(["terminal", "json", "html"]), default="terminal", show_default=True
)
@click.option("--output", metavar="FILE", help="Write into a file instead of standard output.")
@click.option("--all", "everybody", is_flag=True, help="Also those who may destroy nothing.")
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
def iam(source: str, form: str, output: str | None, everybody: bool, terraform_bin: str | None) -> int:
    """Who may destroy without a human: every identity of a plan, what it may delete, and what holds it back.

    Takes a plan, a change set, a template of CloudFormation, or a folder with these (also the CDK's cdk.out). What the
    plan leaves alone is listed as well. What cannot be told is said for each identity.

    \b
    planguard iam plan.json
    planguard iam template.yaml --format json
    planguard iam cdk.out

    Exit codes: 0 listed, whatever was found; 2 usage; 3 unusable input.
    """
    from planguard.identities import sheet

    gc.disable()
    sheets = [_clean(sheet.of(plan), plan) for plan in _plans(source, terraform_bin)]
    if form == "json":
        text = json.dumps(sheets if len(sheets) > 1 else sheets[0], ensure_ascii=True, indent=2, sort_keys=True)
    elif form == "html":
        from planguard.reports import iam_html

        text = iam_html.render(sheets)
    else:
        text = "\n".join(line for one in sheets for line in _lines(one, everybody=everybody))
    if output is None:
        click.echo(text)
    else:
        save(Path(output), f"{text}\n")
    return 0


def _plans(source: str, terraform_bin: str | None) -> tuple[Plan, ...]:
    """The plans in a file or a folder. Raises InputError where there is none."""
    from planguard import inputs

    if source == STDIN or not Path(source).is_dir() or inputs.is_assembly(source):
        return _one(source, terraform_bin)
    files = sorted(file for file in Path(source).iterdir() if file.suffix in _SUFFIXES and file.is_file())
    found: list[Plan] = []
    for file in files:
        try:
            found.extend(_one(str(file), terraform_bin))
        except InputError:
            click.echo(f"  left out, neither a plan nor a template: {harmless_line(file.name)}", err=True)
    if not found:
        raise InputError("there is no plan and no template in this folder", where=source, hint="Name the file itself.")
    return tuple(found)


_SUFFIXES = (".json", ".yaml", ".yml", ".template", ".tfplan")


def _one(source: str, terraform_bin: str | None) -> tuple[Plan, ...]:
    from planguard import inputs

    try:
        return read(source, terraform_bin=terraform_bin)
    except InputError as error:
        if source == STDIN:
            raise
        try:
            # A template compared with itself: everything in it stays as it is.
            return inputs.compared(source, source)
        except InputError:
            raise error from None


def _clean(sheet: Mapping[str, Any], plan: Plan) -> Mapping[str, Any]:
    """The sheet without any secret of the plan."""
    if not plan.secrets:
        return sheet
    from planguard.masking import masker

    clean = masker(plan.secrets)

    def walk(node: Any) -> Any:
        if isinstance(node, str):
            return clean(node)
        if isinstance(node, Mapping):
            return {key: walk(value) for key, value in node.items()}
        return [walk(item) for item in node] if isinstance(node, list) else node

    return {**walk(sheet), "source": sheet["source"]}


def _lines(sheet: Mapping[str, Any], *, everybody: bool) -> Iterator[str]:
    rows = sheet["identities"]
    shown = [row for row in rows if everybody or row["powers"] or row["cannot_tell"] or row["held_back"]]
    yield harmless_line(f"Who may destroy without a human | {sheet['source']}")
    for row in shown:
        yield ""
        yield from map(harmless_line, _row(row))
    yield ""
    free = sum(1 for row in rows if _free(row))
    unclear = sum(1 for row in rows if row["cannot_tell"])
    quiet = len(rows) - len(shown)
    more = f", {quiet} more may destroy nothing (--all lists them)" if quiet else ""
    identities = _count(len(rows), "identity", "identities")
    yield f"{identities}: {free} may destroy without a human, {unclear} cannot be told completely{more}."


def _free(row: Mapping[str, Any]) -> bool:
    return row["behind"] != "person" and any(power["weight"] > 1 for power in row["powers"])


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    name = row["name"] or row["address"]
    yield f"{row['kind']} {name} | {row['change']}"
    if row["address"] and row["address"] != name:
        yield f"  at        {row['address']}"
    who = f" ({'; '.join(row['trusted'])})" if row["trusted"] else ""
    yield f"  behind    {_BEHIND[row['behind']]}{who}"
    for power in row["powers"]:
        where = f" on {power['on']}" if power["on"] else ""
        yield f"  could     {power['could']}: {power['action']}{where}"
        if power["examples"]:
            more = power["actions"] - len(power["examples"])
            yield f"            {', '.join(power['examples'])}{f' and {more} more' if more else ''}"
    if not row["powers"]:
        yield f"  could     {'nothing that planguard knows of' if row['cannot_tell'] else _HARMLESS}"
    if row["held_back"]:
        by = f", by {' and '.join(row['guards'])}" if row["guards"] else ""
        yield f"  held back {', '.join(row['held_back'])}{by}"
    for hole in row["holes"]:
        yield f"  a hole    {hole} stops no machine"
    for text in row["cannot_tell"]:
        yield f"  unclear   {text}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
