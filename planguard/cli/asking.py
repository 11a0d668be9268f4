"""Asking a human at the terminal, and what the terminal shows before and after. The rules are consent.terminal's."""

from __future__ import annotations

import contextlib
import os
import sys

import click

from planguard import reports
from planguard.cli.output import columns
from planguard.consent import terminal as rules
from planguard.consent.terminal import Question
from planguard.reports import content
from planguard.reports.layout import Span
from planguard.reports.page import Page
from planguard.reports.terminal import paint

NAMED = 5
"""So many of what ends are named once more; the report above has them all."""


def page(*, no_color: bool = False, error: bool = False) -> Page:
    """An empty page for standard output, or for standard error."""
    stream = sys.stderr if error else sys.stdout
    style = reports.style_for(
        tty=stream.isatty(), columns=columns(), encoding=stream.encoding, env=os.environ, no_color=no_color
    )
    return Page(style)


def show(shown: Page, *, error: bool = False) -> None:
    """Print a page."""
    click.echo(paint(shown.lines, shown.style), nl=False, err=error, color=shown.style.color or None)


def ask(question: Question, verb: str = "Apply", *, no_color: bool = False) -> bool:
    """Whether the human at the terminal agrees. Raises KeyboardInterrupt for Ctrl-C."""
    blank = page(no_color=no_color)
    blank.add()
    _introduce(blank, question, verb)
    show(blank)
    for left in reversed(range(rules.TRIES)):
        name = _read("Name", blank)
        if name is None:
            return False
        if not rules.is_name(question, name):
            _wrong("That is not the name", left, blank)
            continue
        if not question.how_many:
            return True
        number = _read("How many end", blank)
        if number is None:
            return False
        if rules.is_count(question, number):
            return True
        _wrong("That is not how many end", left, blank)
    return False


def _introduce(to: Page, question: Question, verb: str) -> None:
    count = question.ending
    what = f"{content.plural(count, 'object')} {'ends' if count == 1 else 'end'}" if count else "no object ends"
    to.section(f"{verb}? With it, {what}")
    to.blank()
    for address in question.named[:NAMED]:
        to.address(to.safe(address), indent=2)
    if len(question.named) > NAMED:
        to.prose([Span(f"and {len(question.named) - NAMED:,} more", "dim")], indent=2)
    to.blank()
    first = "the one" if len(question.named) == 1 else "the first of them"
    words = f"Type the name of {first} to agree" if question.named else f"Type {question.phrase} to agree"
    more = ", and then how many end" if question.how_many else ""
    to.prose([Span(f"{words}{more}.", "strong")], indent=2)
    to.prose([Span("Ctrl-C leaves everything as it is.", "dim")], indent=2)
    to.blank()


def _read(label: str, like: Page) -> str | None:
    """One line, typed after the question was shown; None where there is nobody any more (Ctrl-D)."""
    _forget_what_was_typed()
    sign = "›" if like.style.unicode else ">"
    click.echo(f"  {label} {sign} ", nl=False)
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        click.echo()
        return None
    return line[:-1]


def _wrong(words: str, left: int, like: Page) -> None:
    again = f"; {left} {'tries' if left > 1 else 'try'} left" if left else ""
    click.echo(click.style(f"  {words}{again}.", fg="yellow" if like.style.color else None))


def _forget_what_was_typed() -> None:
    """A line that was there before the question is no answer to it."""
    try:
        import termios
    except ImportError:  # Windows
        return
    with contextlib.suppress(termios.error, OSError, ValueError):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
