"""The comment once more, read by GitHub's own parser of Markdown, which differs from all others in a few places."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hostile_reports import HOSTILE, LONG, hostile
from planguard.reports import render
from report_readers import CALLS, Page, harmless

cmarkgfm = pytest.importorskip("cmarkgfm", reason="GitHub's parser has no wheel for this Python or system")
RAW_AND_BREAKS = (1 << 17) | (1 << 2)
"""Raw HTML stays, and a line feed is a line break, as in comments. (GitHub cleans the HTML afterwards.)"""


def read_github(text: str) -> Page:
    return Page(cmarkgfm.github_flavored_markdown_to_html(text, RAW_AND_BREAKS))


def test_pages_keep_their_structure() -> None:
    for text in HOSTILE:
        page = read_github(render("comment", [hostile(text)]))
        harmless(page)
        expected = read_github(render("comment", [hostile("x" * len(text) if text.strip() else text)]))
        assert page.skeleton() == expected.skeleton()


def test_a_remedy_is_code_or_text() -> None:
    for text in HOSTILE:
        for remedy in (text or "x", f"```\n{text}\n```", f"terraform state rm '{text}'"):
            harmless(read_github(render("comment", [hostile("x", remedy=remedy)])))


@pytest.mark.parametrize("text", LONG, ids=["letters", "signs", "lines"])
def test_long_names(text: str) -> None:
    harmless(read_github(render("comment", [hostile(text)])))


SIGNS = list("`*_[]()<>&#@:/\\|~!-=+.$%^1a \n")


@settings(max_examples=60)
@example("~")
@example("a@example.invalid")
@given(st.text(st.one_of(st.characters(), st.sampled_from(SIGNS)), max_size=40))
def test_anything(text: str) -> None:
    harmless(read_github(render("comment", [hostile(text, remedy=text or "x")])))


def test_this_parser_would_see_it() -> None:
    page = read_github("www.example.invalid <b>x</b> ~gone~ a@example.invalid\n\n| a |\n|---|\n| ![](x) |\n")
    assert {"a", "b", "del", "img", "table"} <= set(page.tags)
    assert CALLS.search("@x")
