"""`planguard fix`: write down the blocks that mend a plan. Never touches a source file that is there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planguard.cli import options
from planguard.cli.place import place
from planguard.cli.reading import read
from planguard.errors import ReportError, UsageError
from planguard.model import Severity, Tier

if TYPE_CHECKING:
    from planguard.causes.fixes import Fixes
    from planguard.config import Config
    from planguard.model import Plan

_WORTH_MENDING = Severity.MEDIUM
HEAD = """\
# Written by planguard fix. Look each block over, put the file beside the configuration, and plan again:
# the new plan tells whether it helped. Once applied, the blocks have done their work and can go.
"""
NOTHING = "Nothing in this plan needs mending."
NO_BLOCK = "No block can mend this plan; nothing was written."


@click.command("fix")
@click.argument("plan", metavar="PLAN")
@click.option("--out", metavar="FILE", help="Write into a new file, such as fix.tf, instead of standard output.")
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
@options.config
@click.option("--workspace", metavar="NAME", help="The Terraform workspace of the plan.")
@click.option("--environment", type=click.Choice(["production", "other"]), help="State what the plan is about.")
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
def fix(
    plan: str,
    out: str | None,
    force: bool,
    config_file: str | None,
    workspace: str | None,
    environment: str | None,
    terraform_bin: str | None,
) -> int:
    """Write the blocks that let PLAN lose less: moved, removed and import, each with what it is for.

    It edits nothing: paste the blocks, or write them into a file of their own, and plan again. What no block can mend
    is listed as comments.

    \b
    planguard fix plan.json
    planguard fix tfplan --out fix.tf

    Exit codes: 0 written, or nothing to write; 2 usage, or the file is there already; 3 unusable input or config.
    """
    from planguard import config as configuration

    target = Path(out) if out is not None else None
    if target is not None and not force and (target.exists() or target.is_symlink()):
        if target.is_dir():
            raise UsageError(
                "is a directory, not a file", where=str(target), hint=f"Name the file: {target / 'fix.tf'}."
            )
        raise UsageError("there is such a file already", where=str(target), hint="--force replaces it.")
    config = configuration.load(config_file, Path.cwd())
    plans = read(plan, terraform_bin=terraform_bin, workspace=workspace)
    stated = Tier(environment) if environment else None
    path = place(plan)
    found = [_cleaned(_fixes(one, config, stated, path), one) for one in plans]
    _tell(found, target)
    return 0


def _fixes(plan: Plan, config: Config, stated: Tier | None, path: str | None) -> Fixes:
    """Everything that can be written down for what is at least a step towards a loss."""
    from planguard import causes, engine, graph
    from planguard.causes import fixes
    from planguard.policy import rulebook

    found = engine.assess(plan, config, rulebook.rules(config.rule_dirs), today=date.today(), stated=stated, path=path)
    changes = {(change.resource.address, change.deposed): change for change in plan.changes}
    dangerous = {
        (finding.address, finding.deposed): (change, finding.remedy)
        for finding in found.findings
        if finding.severity.rank >= _WORTH_MENDING.rank
        and (change := changes.get((finding.address, finding.deposed))) is not None
    }
    return fixes.fixes(plan, causes.explain(plan, graph.build(plan)), [*dangerous.values()])


def _cleaned(found: Fixes, plan: Plan) -> Fixes:
    """Without secrets. A block that holds one cannot be written at all: masked, it would name something else."""
    if not plan.secrets:
        return found
    from planguard.masking import masker

    texts = [text for fix in found.blocks for text in fix] + [text for pair in found.open for text in pair]
    clean = masker(plan.secrets, set(texts))
    kept = tuple(fix._replace(about=clean(fix.about)) for fix in found.blocks if clean(fix.block) == fix.block)
    lost = [
        (clean(fix.about), "Its block holds a value that must not be printed.")
        for fix in found.blocks
        if clean(fix.block) != fix.block
    ]
    rest = [(clean(address), clean(text)) for address, text in found.open]
    return found._replace(blocks=kept, open=tuple(sorted({*rest, *lost})))


def _tell(found: Sequence[Fixes], target: Path | None) -> None:
    """Write or print the blocks; without any, say so on standard error."""
    rest = "".join(f"{line}\n" for fixes in found for line in _rest(fixes))
    blocks = [block for fixes in found for block in fixes.blocks]
    if not blocks:
        click.echo(f"{NO_BLOCK}\n{rest}" if rest else NOTHING, err=True, nl=not rest)
        return
    text = HEAD + "".join(f"\n{_comment(about)}\n{block}\n" for block, about in blocks) + (f"\n{rest}" if rest else "")
    if target is None:
        click.echo(text, nl=False)
        return
    _write(target, text)
    words = "1 block" if len(blocks) == 1 else f"{len(blocks)} blocks"
    click.echo(f"Wrote {words} into {target}. Look them over, and plan again.", err=True)


def _rest(fixes: Fixes) -> Iterator[str]:
    if fixes.open:
        yield "# What no block can mend:"
    for address, advice in fixes.open:
        yield "#"
        yield _comment(address)
        yield from (_comment(f"  {line}") for line in advice.split("\n"))


def _comment(line: str) -> str:
    """One line of comment, whatever the text holds."""
    from planguard.reports import escape

    return f"# {escape.terminal(line)}"


def _write(target: Path, text: str) -> None:
    """Write beside the target and swap, so that nobody ever finds half a file."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.replace(target)
    except (OSError, ValueError) as error:
        temporary.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ReportError(f"cannot be written: {reason}", where=str(target), hint="Does the directory exist?") from None
