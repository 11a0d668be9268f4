"""`planguard completion`: what a shell needs to complete commands, options and files."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_PLANGUARD_COMPLETE"
"""Set while a shell asks; click answers in the place of the command."""
_FILES = frozenset(("FILE", "PATH", "OLD", "NEW", "PLAN…", "PLAN", "[PLAN]", "TFPLAN", "[TFPLAN]"))
_DIRECTORIES = frozenset(("DIR", "[DIR]", "[DIR…]"))


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), required=False, metavar="{bash|zsh|fish}")
def completion(shell: str | None) -> int:
    """Print the script with which a shell completes planguard's commands, options and files.

    \b
    bash:  echo 'eval "$(planguard completion bash)"' >> ~/.bashrc
    zsh:   echo 'eval "$(planguard completion zsh)"' >> ~/.zshrc
    fish:  planguard completion fish > ~/.config/fish/completions/planguard.fish

    Exit codes: 0 printed, 2 usage.
    """
    from planguard.cli.main import cli

    if shell is None:  # click would list them with tabs, which are escaped like all that is not plain text
        raise click.UsageError(f"Name your shell: {', '.join(SHELLS)}.")
    found = get_completion_class(shell)
    assert found is not None  # click knows these shells
    click.echo(found(cli, {}, "planguard", VARIABLE).source())
    return 0


def complete_files(command: click.Command) -> click.Command:
    """The same command, completing what takes a path with files or directories: click knows paths by their type alone,
    and planguard's are plain words, because what is wrong with one is its own to say."""
    for parameter in command.params:
        kind = "file" if parameter.metavar in _FILES else "dir" if parameter.metavar in _DIRECTORIES else None
        if kind is not None:
            parameter._custom_shell_complete = _paths(kind)
    return command


def _paths(kind: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    return lambda context, parameter, incomplete: [CompletionItem(incomplete, type=kind)]
