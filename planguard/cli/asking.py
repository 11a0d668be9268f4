"""Asking a human at the terminal, and what the terminal shows before and after. The rules are consent.terminal's."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

import click

from planguard import reports
from planguard.cli.output import columns
from planguard.consent import terminal as rules
from planguard.consent.terminal import Question
from planguard.reports import content
from planguard.reports.layout import Span, cells
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


def ask(question: Question, verb: str = "Apply", *, no_color: bool = False, introduced: bool = False) -> bool:
    """Whether the human at the terminal agrees; `introduced`: somebody has said already what to type.

    Raises KeyboardInterrupt for Ctrl-C.
    """
    blank = page(no_color=no_color)
    if not introduced:
        blank.add()
        _introduce(blank, question, verb)
        show(blank)
    named = tuple((blank.safe(address), happens) for address, happens in question.named)
    seen = question._replace(phrase=blank.safe(question.phrase), named=named)
    for left in reversed(range(rules.TRIES)):
        name = _read("Name", blank)
        if name is None:
            return False
        # Either as it is, or as it stands on the screen: a name may hold what no terminal shows.
        if not rules.is_name(question, name) and not rules.is_name(seen, name):
            _wrong("That is not the name", left, blank)
            continue
        if not question.how_many:
            click.echo()
            return True
        number = _read("How many end", blank)
        if number is None:
            return False
        if rules.is_count(question, number):
            click.echo()
            return True
        _wrong("That is not how many end", left, blank)
    return False


def pairs(to: Page, found: Sequence[tuple[str, str]], indent: int) -> None:
    """Addresses and what is said of them, in two columns; below each other where there is no room."""
    shown = [(to.safe(address), to.safe(words)) for address, words in found]
    room = to.width - indent - 2 - max((cells(words) for _, words in shown), default=0)
    column = max((cells(address) for address, _ in shown if cells(address) <= room), default=0)
    for address, words in shown:
        if cells(address) <= column:
            gap = " " * (column - cells(address) + 2)
            to.add(Span(" " * indent), Span(address, "address"), Span(gap), Span(words, "dim"))
        else:
            to.address(address, indent)
            to.prose([Span(words, "dim")], indent + 4)


def _introduce(to: Page, question: Question, verb: str) -> None:
    count = question.ending
    what = f"{content.plural(count, 'object')} {'ends' if count == 1 else 'end'}" if count else "no object ends"
    to.section(f"{verb}? With it, {what}")
    to.blank()
    pairs(to, question.named[:NAMED], indent=2)
    if len(question.named) > NAMED:
        to.prose([Span(f"and {len(question.named) - NAMED:,} more", "dim")], indent=2)
    to.blank()
    first = "the one" if len(question.named) == 1 else "the first of them"
    words = f"Type the name of {first} to agree" if question.named else f'Type "{question.phrase}" to agree'
    more = ", and then how many end" if question.how_many else ""
    to.prose([Span(f"{words}{more}.", "strong")], indent=2)
    to.prose([Span("Ctrl-C leaves everything as it is.", "dim")], indent=2)
    to.blank()


def _read(label: str, like: Page) -> str | None:
    """One line, typed after the question was shown; None where there is nobody any more (Ctrl-D)."""
    _forget_what_was_typed()
    sign = "›" if like.style.unicode else ">"
    prompt = f"{label} {sign}"
    click.echo(f"  {click.style(prompt, bold=True) if like.style.color else prompt} ", nl=False)
    # The bytes, because some keys send what is no text: that is a wrong answer, and no more.
    line = sys.stdin.buffer.readline().decode(sys.stdin.encoding or "utf-8", "replace")
    if not line.endswith("\n"):
        click.echo()
        return None
    return line.rstrip("\r\n")


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
