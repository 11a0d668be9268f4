"""The `planguard` command: finds the subcommand, turns errors into one sentence and an exit code.

Subcommands are imported when they are called: a plan with nothing to say must not pay for the others.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys

import click

from planguard import __version__, nearest
from planguard.cli.messages import show_bug, show_error, show_usage
from planguard.errors import PlanguardError

COMMANDS = {
    "check": "planguard.cli.check:check",
    "source": "planguard.cli.source:source",
    "gate": "planguard.cli.gate:gate",
    "verify": "planguard.cli.verify:verify",
    "approve": "planguard.cli.approve:approve",
    "apply": "planguard.cli.apply:apply",
    "rehearse": "planguard.cli.rehearse:rehearse",
    "evidence": "planguard.cli.evidence:evidence",
    "iam": "planguard.cli.iam:iam",
    "fix": "planguard.cli.fix:fix",
    "graph": "planguard.cli.graph:graph",
    "explain": "planguard.cli.explain:explain",
    "rules": "planguard.cli.rules:rules",
    "init": "planguard.cli.init:init",
    "hook": "planguard.cli.hook:hook",
    "doctor": "planguard.cli.doctor:doctor",
    "completion": "planguard.cli.completion:completion",
}
"""Name → where it is."""

BUG, INTERRUPTED = 1, 130


class _Lazy(click.Group):
    """A group that imports a subcommand when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        if ctx.resilient_parsing:
            # A shell asks what could come next.
            from planguard.cli.completion import complete_files

            return complete_files(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = nearest.hint(args[0], COMMANDS, f"Commands: {', '.join(COMMANDS)}.")
            ctx.fail(f"There is no command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="planguard")
def cli() -> None:
    """Says what production would lose if this plan were applied, and stops the pipeline until a human agrees.

    \b
    planguard check plan.json        judge a plan
    planguard source --base REF      judge an edit of Terraform's sources, before there is a plan
    planguard gate plan.json         the check of a pull request: passes when the right people agreed
    planguard verify tfplan --pr N   before an apply: did people agree to this very file?
    planguard approve --pr N         read what would be lost, type its name, agree
    planguard apply                  plan, judge, ask a human where something would be lost, and apply just that
    planguard rehearse …             keep a receipt of what was applied in another environment
    planguard explain data-deletion  what a rule, a type or an address is about
    planguard fix plan.json          the moved, removed and import blocks that lose less
    planguard iam plan.json          who may destroy without a human
    planguard graph plan.json        draw the whole plan, as a page, for Graphviz or for Mermaid
    planguard evidence verify        whether anybody touched the record of decisions
    planguard rules                  all rules
    planguard init                   write a commented planguard.yml
    planguard hook --init claude     stop the commands of coding agents that would go round all this
    planguard doctor                 what is installed, what is in force here, and what is wrong

    Exit codes: 0 pass or approved, 10 a human's consent is needed, 11 blocked, 2 usage, 3 unusable input or config.
    """


def main() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        # A name in the plan may hold what the terminal's encoding cannot show: print its code instead of failing.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False)
    except PlanguardError as error:
        show_error(error)
        code = error.exit_code
    except click.ClickException as error:
        show_usage(error)
        code = error.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing was decided.", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read the report is gone: nobody may take that for a pass.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = INTERRUPTED
    except (
        Exception
    ) as error:  # A bug in planguard: say so without a traceback, whose text may hold values of the plan.
        show_bug(error)
        code = BUG
    # The interpreter would walk through everything once more before it goes: a tenth of a small run.
    gc.freeze()
    sys.exit(code if isinstance(code, int) else 0)
