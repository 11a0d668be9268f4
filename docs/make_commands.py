"""Writes docs/commands.md: what `--help` says, of every command. `--check` fails where the page differs.

python docs/make_commands.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from planguard.cli.main import cli

PAGE = Path(__file__).parent / "commands.md"
WIDTH = 100


def text() -> str:
    """The page."""
    parts = ["<!-- Generated from --help by `make docs`. -->", "# Commands"]
    parts += [f"## {name}\n\n```text\n{words}\n```" for name, words in _helps(cli, _context(cli, None, "planguard"))]
    return "\n\n".join(parts) + "\n"


def _helps(command: click.Command, context: click.Context) -> list[tuple[str, str]]:
    lines = [line.rstrip() for line in command.get_help(context).splitlines()]
    found = [(context.command_path, "\n".join(lines))]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                found += _helps(inner, _context(inner, context, name))
    return found


def _context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    return command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH)


def main(arguments: list[str]) -> int:
    """Command line of the script."""
    if "--check" not in arguments:
        PAGE.write_text(text(), encoding="utf-8", newline="\n")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text():
        return 0
    sys.stderr.write("docs/commands.md is out of date; run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
