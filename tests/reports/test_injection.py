"""No text from outside becomes structure in any report: read back by the parsers of those who read them."""

from __future__ import annotations

import json
import re
import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hostile_reports import HOSTILE, LONG, hostile, review
from planguard.reports import FORMATS, Style, render
from planguard.review import State
from report_readers import CALLS, harmless, read_commands, read_markdown

PAGES = ("comment", "comment-gitlab", "summary")
NAMES = [f"{place}-{text[:24]!r}" for place, text in enumerate(HOSTILE)]
each = pytest.mark.parametrize("text", HOSTILE, ids=NAMES)
anything = st.text(
    st.one_of(st.characters(), st.sampled_from(list("`*_[]()<>&#@:/\\|~!-=+.$%1a \n\u202e"))), max_size=40
)


HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def invisible(text: str) -> list[str]:
    """What cannot be seen or moves the cursor; line feeds are the layout."""
    return [sign for sign in sorted(set(text) - {"\n"}) if unicodedata.category(sign) in HIDDEN]


@pytest.mark.parametrize("name", PAGES)
def test_pages_keep_their_structure(name: str) -> None:
    for text in HOSTILE:
        page = read_markdown(render(name, [hostile(text)]))
        harmless(page)
        expected = read_markdown(render(name, [hostile("x" * len(text) if text.strip() else text)]))
        assert page.skeleton() == expected.skeleton()
        assert len(page.comments) == (0 if name == "summary" else 1)


@pytest.mark.parametrize("state", list(State))
def test_every_state_of_a_review_is_harmless(state: State) -> None:
    for text in HOSTILE:
        page = read_markdown(render("comment", [hostile("x")._replace(review=review(text, state))]))
        harmless(page)
        assert len(page.comments) == 1


@each
def test_a_remedy_is_code_or_text(text: str) -> None:
    for remedy in (text, f"Add:\n\nlifecycle {{\n{text}\n}}", f"```\n{text}\n```", f"terraform state rm '{text}'"):
        harmless(read_markdown(render("comment", [hostile("x", remedy=remedy or "x")])))


@settings(max_examples=60)
@given(anything)
def test_pages_of_anything(text: str) -> None:
    page = read_markdown(render("comment", [hostile(text, remedy=text or "x")]))
    harmless(page)
    assert len(page.comments) == 1


@each
def test_workflow_commands_are_ours_alone(text: str) -> None:
    log = render("annotations", [hostile(text)])
    commands, plain = read_commands(log)
    assert plain == []
    assert {command.name for command in commands} <= {"error", "warning", "notice"}
    expected, _ = read_commands(render("annotations", [hostile("harmless")]))
    assert [(one.name, sorted(one.properties)) for one in commands] == [
        (one.name, sorted(one.properties)) for one in expected
    ]
    assert {one.properties.get("line", "12") for one in commands} == {"12"}


@settings(max_examples=60)
@given(anything)
def test_workflow_commands_of_anything(text: str) -> None:
    commands, plain = read_commands(render("annotations", [hostile(text)]))
    assert plain == []
    assert len(commands) == len(read_commands(render("annotations", [hostile("x")]))[0])


TEXTS = [name for name in FORMATS if name != "html"]
"""A page carries its scripts along, and has tests of its own."""
LIMITS = {"comment": 65_536, "comment-gitlab": 1_000_000, "summary": 1 << 20}


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_is_hidden_and_a_build_log_takes_nothing_for_a_command(name: str) -> None:
    """Reports are printed, and the runner reads what is printed."""
    for text in HOSTILE:
        written = render(name, [hostile(text)], Style(unicode=True))
        assert invisible(written) == []
        if name != "annotations":
            assert read_commands(written)[0] == []


@each
def test_xml_keeps_its_structure(text: str) -> None:
    document = render("junit", [hostile(text)])
    root = ElementTree.fromstring(document)
    expected = ElementTree.fromstring(render("junit", [hostile("harmless")]))
    assert [(node.tag, sorted(node.attrib)) for node in root.iter()] == [
        (node.tag, sorted(node.attrib)) for node in expected.iter()
    ]
    assert "<!DOCTYPE" not in document
    assert "<![CDATA[" not in document


@pytest.mark.parametrize("name", ["sarif", "gitlab", "json"])
def test_json_keeps_its_structure(name: str) -> None:
    for text in HOSTILE:
        found = json.loads(render(name, [hostile(text)]))
        assert keys(found) == keys(json.loads(render(name, [hostile("harmless" if text else "")])))


def keys(node: object) -> object:
    """A document without its texts."""
    if isinstance(node, dict):
        return {key: keys(value) for key, value in node.items()}
    return [keys(item) for item in node] if isinstance(node, list) else type(node).__name__


@pytest.mark.parametrize("text", LONG, ids=["letters", "signs", "lines"])
@pytest.mark.parametrize("name", ["annotations", "gitlab", "junit", "sarif", *LIMITS])
def test_long_names_fit(name: str, text: str) -> None:
    written = render(name, [hostile(text)])
    assert len(written.encode() if name == "summary" else written) <= LIMITS.get(name, 250_000)
    if name in LIMITS:
        harmless(read_markdown(written))
        assert name == "summary" or "/planguard approve K7Q2-9FXD-M3TV" in written


def test_a_marker_cannot_end_early() -> None:
    page = read_markdown(render("comment", [hostile("--> <h1>@everyone</h1> <!-- x")]))
    (comment,) = page.comments
    assert comment.strip().startswith("planguard:v1")
    assert not re.search("[<>]|--", comment)


def test_the_readers_would_see_it() -> None:
    """Otherwise everything above would prove nothing."""
    page = read_markdown(
        "@everyone https://example.invalid <b>x</b> #1\n\n| a |\n|---|\n\n![](https://example.invalid/x)\n"
    )
    assert {"a", "b", "img"} <= set(page.tags)
    assert CALLS.search(page.text)
    commands, plain = read_commands("x\n::add-mask::y\n::set-output name=a,b=c%2Cd::e%0Af\nz ##[group]g\n")
    assert [one.name for one in commands] == ["add-mask", "set-output", "group"]
    assert commands[1] == ("set-output", {"name": "a", "b": "c,d"}, "e\nf")
    assert plain == ["x"]
    assert invisible("a\u202eb") == ["\u202e"]
