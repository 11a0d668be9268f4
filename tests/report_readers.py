"""Readers of what planguard writes, made from parsers of others and from documented grammars: never by eye."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

from markdown_it import MarkdownIt

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
CALLS = re.compile(
    r"@\w|(?<!\w)[#!%$&~]\d|\bG[HL]-\d|\b[0-9a-fA-F]{7,40}\b|\w://\S|\bwww\.\w|:[\w+-]+:|\[\w+:\d|\w#\d", re.ASCII
)
"""What GitHub and GitLab look for in the text of a finished page: people, issues, commits, addresses, emoji."""


class Page(HTMLParser):
    """A page of HTML: its elements in order, its tables, and its text with and without code."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.comments: list[str] = []
        self.other: list[str] = []
        self.nodes: list[str] = []
        """Each run of text between two tags, outside of code."""
        self.code: list[str] = []
        self.headings: list[str] = []
        self.tables: list[list[int]] = []
        """Cells of each row of each table."""
        self._open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(source)
        self.close()
        self.unbalanced += self._open

    @property
    def text(self) -> str:
        return " ".join(self.nodes)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(0)
        elif tag in ("td", "th"):
            self.tables[-1][-1] += 1
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.unbalanced.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if "code" in self._open or "pre" in self._open:
            self.code.append(data)
        else:
            self.nodes.append(data)
        if any(tag in self._open for tag in ("h1", "h2", "h3", "h4")):
            self.headings[-1] += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.other.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)

    def skeleton(self) -> list[str]:
        """The elements without those that only keep a sign apart."""
        return [tag for tag in self.tags if tag != "span"]


OURS = {"h2", "h3", "h4", "p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote"} | {
    "table", "thead", "tbody", "tr", "th", "td", "sub", "span", "details", "summary"
}  # fmt: skip
"""The elements that our own pages are made of."""
LANGUAGES = {"hcl", "sh", "text", "mermaid"}


def harmless(page: Page) -> None:
    """Raise AssertionError unless there is nothing on the page but what our own pages are made of."""
    assert set(page.tags) <= OURS, set(page.tags) - OURS
    for tag, name, value in page.attributes:
        assert (tag, name) in (("details", "open"), ("code", "class"), ("pre", "lang")), (tag, name)
        assert tag == "details" or str(value).removeprefix("language-") in LANGUAGES, value
    assert page.unbalanced == []
    assert page.other == []
    assert [node for node in page.nodes if CALLS.search(node)] == []
    for rows in page.tables:
        assert len(set(rows)) == 1


def read_markdown(text: str) -> Page:
    """As GitHub shows a comment: CommonMark with tables, strikethrough, raw HTML, and addresses made links."""
    return Page(_GITHUB.render(text))


_GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": True, "breaks": True})
# GitHub makes no links of `main.tf` or `//x`; `www.` is looked for in the text.
assert _GITHUB.linkify is not None
_GITHUB.linkify.set({"fuzzy_link": False}).add("//", None)


class Command(NamedTuple):
    """A workflow command, as GitHub's runner takes it from a line."""

    name: str
    properties: dict[str, str]
    message: str


def read_commands(log: str) -> tuple[list[Command], list[str]]:
    """The commands of a log, and the lines that are none. The grammar is that of the runner, both of its forms.

    A line breaks at any of the ends that a reader of a process's output knows.
    """
    commands, plain = [], []
    for line in re.split(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", log.removesuffix("\n")):
        found = _read_command(line)
        if found is None:
            plain.append(line)
        else:
            commands.append(found)
    return commands, plain


def _read_command(line: str) -> Command | None:
    old = re.search(r"##\w*\[([^\]]*)\]", line)
    if old:
        return Command(old[1], {}, line[old.end() :])
    trimmed = line.lstrip()
    if not trimmed.startswith("::"):
        return None
    head, separator, message = trimmed[2:].partition("::")
    if not separator:
        return None
    name, _, rest = head.strip().partition(" ")
    properties = {}
    for part in rest.strip().split(","):
        key, equals, value = part.partition("=")
        if equals and value:
            properties[key.strip()] = _unescaped(value, ((":", "%3A"), (",", "%2C")))
    return Command(name.lower(), properties, _unescaped(message, ()))


def _unescaped(text: str, more: tuple[tuple[str, str], ...]) -> str:
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), *more, ("%", "%25")):
        text = text.replace(code, sign)
    return text
