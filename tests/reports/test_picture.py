"""The picture for the documentation stands alone."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from planguard import reports
from planguard.model import Report
from planguard.reports import Style

pytest.importorskip("pty", reason="the picture is drawn from a pseudo-terminal, which this system does not have")

SCRIPT = Path(__file__).parents[2] / "docs" / "make_picture.py"


def test_picture_shows_the_report_and_loads_nothing(losses: Report) -> None:
    spec = importlib.util.spec_from_file_location("make_picture", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    printed = reports.render("terminal", [losses], Style(module.WIDTH, color=True, unicode=True))
    svg = module.draw(printed, "planguard check plan.json")
    text = " ".join("".join(ElementTree.fromstring(svg).itertext()).split())
    for part in ("planguard check plan.json", "CRITICAL", "aws_dynamodb_table.cart", "BLOCKED"):
        assert part in text
    assert "font-face" not in svg
    assert set(re.findall(r"https?://[^\s\"<]+", svg)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert "url(#" in svg and not re.search(r"url\((?!#)", svg)
