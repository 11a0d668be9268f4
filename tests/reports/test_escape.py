"""Escapes are checked by reading them back with parsers that nobody here wrote."""

from __future__ import annotations

import re
import sys
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from planguard.reports import escape

HOSTILE = (
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\u009b31m",
    "user\u202egnp.exe",
    "a\u200bb\u2066c\u2069",
    "line\nbreak\r\ttab",
    "\u2028\u2029",
    "tag\U000e0041\U000e007f",
    "half \ud800 character",
    "<img src=x onerror=alert(1)>",
    "</td></tr><script>alert(1)</script>",
    "a|b`c``d",
    "```",
    "`",
    " ` ",
    "  padded  ",
    "[link](javascript:alert(1))",
    "![x](http://example.invalid/x.png)",
    "https://example.invalid www.example.invalid",
    "@everyone #1 !2 $x$ ~~gone~~ **bold** _it_",
    "# title",
    "- item",
    "1. item",
    "===",
    "&lt;&#60;",
    "<!-- c -->",
    "::set-output name=x::y",
    "::add-mask::secret",
    "##vso[task.setvariable variable=x]y",
    "##[add-mask]x",
    "50% of %0A",
    "\ufffe\uffff\x00",
    "quote \" and ' and ]]>",
    "größe データ 🔥 é",
)
anything = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(), max_size=40),
    st.text(st.sampled_from(list("`*_[]()<>&#@:/\\|~!-=+.$ab1 \n\u202e")), max_size=30),
)


def each(function):
    """Adds every hostile text as an example that always runs."""
    for text in HOSTILE:
        function = example(text)(function)
    return function


def collapsed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


# --- terminal ---------------------------------------------------------------------------------------------------------


def test_every_invisible_character_becomes_visible() -> None:
    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    left = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in hidden and not escape.terminal(chr(code)).isascii()
    ]
    assert left == []


def test_letters_of_every_script_stay() -> None:
    text = "größe データ 🔥 é عربي עברית हिन्दी"
    assert escape.terminal(text) == text


def test_what_an_escape_looks_like() -> None:
    assert escape.terminal("a\u202eb\nc\x1b[0m") == "a\\u{202e}b\\nc\\u{1b}[0m"


@each
@given(anything)
def test_terminal_text_cannot_move_the_cursor_and_is_stable(text: str) -> None:
    safe = escape.terminal(text)
    assert not [char for char in safe if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert not re.search(r"##\w*\[", safe)
    assert escape.terminal(safe) == safe
    safe.encode("utf-8")


# --- HTML and XML -----------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.other = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.other += 1

    def handle_decl(self, decl: str) -> None:
        self.other += 1

    def handle_pi(self, data: str) -> None:
        self.other += 1


def read_html(source: str) -> _Page:
    page = _Page()
    page.feed(source)
    page.close()
    return page


@each
@given(anything)
def test_html_reads_back_as_one_text_and_one_attribute(text: str) -> None:
    safe = escape.html(text)
    page = read_html(f'<p title="{safe}">{safe}</p><b></b>')
    assert page.tags == [("p", [("title", escape.terminal(text))]), ("b", [])]
    assert page.text == escape.terminal(text)
    assert page.other == 0


@each
@given(anything)
def test_xml_reads_back_as_one_text_and_one_attribute(text: str) -> None:
    safe = escape.xml(text)
    element = ElementTree.fromstring(f'<case name="{safe}">{escape.xml_text(text)}</case>')
    assert element.attrib == {"name": escape.terminal(text)}
    assert (element.text or "") == escape.terminal(text)
    assert len(element) == 0


# --- Markdown ---------------------------------------------------------------------------------------------------------

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@each
@given(anything)
def test_markdown_reads_back_as_text_in_one_paragraph(text: str) -> None:
    page = read_html(MARKDOWN.render(f"before {escape.markdown(text)}\n\nafter\n"))
    assert {tag for tag, _ in page.tags} <= {"p", "span"}
    assert [tag for tag, _ in page.tags].count("p") == 2
    assert collapsed(page.text) == collapsed(f"before {escape.terminal(text)} after")


@each
@given(anything)
def test_markdown_at_the_start_of_a_line_starts_nothing(text: str) -> None:
    page = read_html(MARKDOWN.render(f"{escape.markdown(text)}\n\nafter\n"))
    assert {tag for tag, _ in page.tags} <= {"p", "span"}
    assert collapsed(page.text) == collapsed(f"{escape.terminal(text)} after")


@pytest.mark.parametrize("sign", list("@#$!%~"))
def test_signs_that_call_something_stand_alone(sign: str) -> None:
    rendered = MARKDOWN.render(escape.markdown(f"{sign}team"))
    assert f"{sign}team" not in rendered
    assert read_html(rendered).text.strip() == f"{sign}team"


@each
@given(anything)
def test_code_span_holds_exactly_the_text(text: str) -> None:
    tokens = MARKDOWN.parse(f"before {escape.markdown_code(text)} after")
    children = tokens[1].children or []
    assert [child.type for child in children] == ["text", "code_inline", "text"]
    assert children[1].content == (escape.terminal(text).replace("<!--", "<\\u{21}--") or " ")


@each
@given(anything)
def test_table_cell_stays_one_cell(text: str) -> None:
    cell = escape.markdown_cell(text)
    page = read_html(MARKDOWN.render(f"| a | b |\n|---|---|\n| {cell} | end |\n"))
    tags = [tag for tag, _ in page.tags if tag != "span"]
    assert tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "code", "td"]
    assert collapsed(page.text) == collapsed(f"a b {escape.terminal(text)} end")


@each
@given(anything)
def test_fenced_block_holds_exactly_the_lines(text: str) -> None:
    block = escape.markdown_block(text, "hcl")
    found, *more = [token for token in MARKDOWN.parse(f"before\n\n{block}\n\nafter") if token.type != "inline"][2:-2]
    assert (found.type, found.info, more) == ("fence", "hcl", [])
    lines = [escape.terminal(line.expandtabs(2).rstrip()) for line in text.replace("\r\n", "\n").split("\n")]
    assert found.content == "\n".join(lines).replace("<!--", "<\\u{21}--") + "\n"


@pytest.mark.parametrize(
    "call",
    ["a5c3785ed8d6a35868bc169f07e40e889087fd2e", "deadbee", "GH-12", "http://x", "www.x", ":tada:", "&9", "[issue:1]"],
)
def test_what_is_looked_for_in_the_page_is_taken_apart(call: str) -> None:
    page = MARKDOWN.render(escape.markdown(f"see {call} there"))
    assert call not in page
    assert read_html(page).text.strip() == f"see {call} there"


def test_a_line_that_starts_with_a_slash_is_no_command() -> None:
    assert escape.markdown("/close") == "&#47;close"
    assert escape.markdown("a/b") == "a/b"


# --- workflow commands ------------------------------------------------------------------------------------------------


def _decode(text: str, *, is_property: bool) -> str:
    """How GitHub's runner reads it back."""
    if is_property:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


@each
@given(anything)
def test_workflow_command_is_one_line_and_reads_back(text: str) -> None:
    message, value = escape.workflow_command(text), escape.workflow_property(text)
    command = f"::error file={value},line=1::{message}"
    assert len(command.splitlines()) == 1
    head, found = command[len("::error ") :].split("::", 1)
    assert head.split(",")[1:] == ["line=1"]
    assert _decode(head.split(",")[0][len("file=") :], is_property=True) == escape.terminal(text)
    assert _decode(found, is_property=False) == "\n".join(map(escape.terminal, text.split("\n")))


# --- JSON -------------------------------------------------------------------------------------------------------------


@each
@given(anything)
def test_json_document_reads_back_and_hides_nothing(text: str) -> None:
    import json

    document = escape.json_document(json.dumps({"a": [text]}, indent=2, ensure_ascii=False))
    whole = re.sub("[\ud800-\udfff]", "\ufffd", text)
    assert json.loads(document) == {"a": [whole]}
    assert escape.terminal(document.replace("\n", "")) == document.replace("\n", "")
