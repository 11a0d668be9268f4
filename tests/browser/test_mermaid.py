"""Mermaid itself, as it is published, reads what we write. It is not ours to ship: PLANGUARD_MERMAID names the file.

npm pack mermaid && tar xf mermaid-*.tgz package/dist/mermaid.min.js
PLANGUARD_MERMAID=package/dist/mermaid.min.js make test ARGS='tests/browser'
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from browser.test_hostile_names import NAMES
from planguard.model import Picture, PictureEdge, PictureGroup, PictureNode, Report, Severity
from planguard.reports.mermaid import diagram

FILE = os.environ.get("PLANGUARD_MERMAID")
pytestmark = pytest.mark.skipif(FILE is None, reason="PLANGUARD_MERMAID is not set: there is no mermaid.min.js to ask")


@pytest.fixture
def draw(browser: Any, tmp_path: Path) -> Any:
    """Draws a diagram as GitHub does, strictly; gives the page that shows it."""
    pages = []

    def make(text: str) -> Any:
        context = browser.new_context()
        page = context.new_page()
        pages.append(context)
        page.dialogs = []
        page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
        page.goto("about:blank")
        page.add_script_tag(path=str(FILE))
        page.evaluate(
            f"""async () => {{
            mermaid.initialize({{ startOnLoad: false, securityLevel: "strict" }});
            const {{ svg }} = await mermaid.render("drawn", {json.dumps(text)});
            document.body.innerHTML = svg;
        }}"""
        )
        return page

    yield make
    for context in pages:
        context.close()


def test_mermaid_draws_hostile_names_as_text(draw: Any, losses: Report) -> None:
    names = list(NAMES.values())
    nodes = tuple(
        PictureNode(name, name, "aws_x", "delete", group=place, severity=Severity.HIGH, addresses=(name,))
        for place, name in enumerate(names)
    )
    edges = tuple(PictureEdge(0, place, True, (name,)) for place, name in enumerate(names) if place)
    picture = Picture(nodes, edges, tuple(PictureGroup(name, None) for name in names))
    page = draw(diagram([losses._replace(assessment=losses.assessment._replace(picture=picture))]))
    page.wait_for_timeout(100)
    assert page.locator(".node").count() == len(names)
    shown = page.inner_text("body")
    assert "<img src=http://127.0.0.1:9/x onerror=alert(1)>" in shown
    assert "&lt;script&gt;" in shown
    assert page.dialogs == []
    assert page.locator("img, script:not([src]) ~ script, a, iframe").count() == 0


def test_mermaid_accepts_the_largest_diagram(draw: Any, losses: Report) -> None:
    nodes = tuple(
        PictureNode(f"module.a.aws_x.n{i}", f"aws_x.n{i}", "aws_x", "delete", severity=Severity.LOW)
        for i in range(1500)
    )
    edges = tuple(PictureEdge(i, j, False) for i in range(40) for j in range(41, 60))
    page = draw(diagram([losses._replace(assessment=losses.assessment._replace(picture=Picture(nodes, edges)))]))
    assert page.locator(".node").count() == 62
    assert "1,440 more" in page.inner_text("body")
