"""Pieces of a Markdown page that GitHub and GitLab show alike: names, bullets, tables, folds, alerts.

Owns the syntax; every text that comes in is text from outside unless its argument says that it is Markdown already.
Must not know what a finding is. GitHub breaks lines in comments at every line feed, so a paragraph is one line.
"""

from __future__ import annotations

from collections.abc import Sequence

from planguard.model import Severity
from planguard.reports import escape
from planguard.reports.content import advice, short

SIGNS = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "🔵",
    Severity.INFO: "⚪",
}
"""A colour beside the word, so that the eye finds the worst."""


MOST_PARTS = 30
"""Paragraphs and blocks of code of one remedy."""


def text(words: str, room: int) -> str:
    """Text, cut in the middle where it is very long."""
    return escape.markdown(short(words, room))


def name(words: str, room: int) -> str:
    """A name as code. Not for tables."""
    return escape.markdown_code(short(words, room))


def cell_name(words: str, room: int) -> str:
    """A name as code, for a cell of a table."""
    return escape.markdown_cell(short(words, room))


def fact(label: str, marked_up: str) -> str:
    """A bullet: `- **Lost:** …`."""
    return f"- **{label}:** {marked_up}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; head and cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def fold(title: str, inside: str, *, is_open: bool = False) -> str:
    """What is only shown when somebody asks. Both arguments are Markdown or HTML already; the title has no Markdown."""
    return f"<details{' open' if is_open else ''}>\n<summary>{title}</summary>\n\n{inside}\n\n</details>"


def alert(kind: str, lines: Sequence[str]) -> str:
    """A box in the colour of `kind` (caution, warning, note, tip); lines are Markdown already."""
    return "\n".join([f"> [!{kind.upper()}]", *(f"> {line}" for line in lines)])


def remedy(label: str, words: str, room: int) -> list[str]:
    """A remedy as blocks: prose, and code in fences to be copied as it is."""
    blocks: list[str] = []
    for is_code, part in advice(words)[:MOST_PARTS]:
        if is_code:
            blocks.append(code(part, room))
        else:
            blocks.append(("" if blocks else f"**{label}:** ") + text(part, room))
    if blocks and not blocks[0].startswith("**"):
        blocks.insert(0, f"**{label}:**")
    return blocks


_SHELL = ("terraform ", "tofu ", "terragrunt ", "planguard ", "aws ", "gcloud ", "az ", "kubectl ", "$ ")


def code(lines: str, room: int) -> str:
    """Code to be pasted; what is too long to be pasted by eye is left out rather than cut."""
    if len(lines) > max(room * 4, 400):
        return escape.markdown("(too long for this place; the json report has it)")
    return escape.markdown_block(lines, "sh" if lines.startswith(_SHELL) else "hcl")


def code_block(line: str) -> str:
    """A line to be copied, without colours."""
    return escape.markdown_block(line, "text")


def html_name(words: str, room: int) -> str:
    """A name as code where Markdown is not read: in the title of a fold."""
    return f"<code>{escape.html(short(words, room))}</code>"
