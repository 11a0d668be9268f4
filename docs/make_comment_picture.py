"""Draws docs/images/comment.png: the comment on a pull request that waits for consent, as GitHub shows it.

    python docs/make_comment_picture.py PLAN [OUTPUT]

Needs playwright, markdown-it-py and a Chromium on PATH. The pull request is made up; everything else is printed by
planguard. The style is plain CSS after GitHub's light theme. What Mermaid would draw is left out.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt
from playwright.sync_api import sync_playwright

from planguard import config, engine, gate, inputs
from planguard.model import Report
from planguard.policy import rulebook
from planguard.redaction import redact
from planguard.reports import render
from planguard.review import Review, State

TARGET = Path(__file__).parent / "images" / "comment.png"
WIDTH = 860
REVIEW = Review(
    State.AWAITING,
    code="PG20",
    message="Label missing. 1 production replacement needs a human.",
    needed=2,
    why_needed=("The author is a coding agent.", "Data would be lost that no backup brings back."),
    label="planguard-approved",
    challenge="K7Q2-9FXD-M3TV",
    phrase="orders",
)
STYLE = """
body { margin: 0; background: #fff; color: #1f2328; font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
.box { border: 1px solid #d1d9e0; border-radius: 6px; margin: 16px; }
.who { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; padding: 8px 16px; }
.who { color: #59636e; } .who b { color: #1f2328; }
article { padding: 16px; } article > :first-child { margin-top: 0; } article > :last-child { margin-bottom: 0; }
h2 { font-size: 21px; border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; margin: 20px 0 14px; line-height: 1.25; }
h3 { font-size: 17px; margin: 20px 0 14px; line-height: 1.25; }
p, ul, ol, table, pre { margin: 0 0 14px; } ul, ol { padding-left: 2em; } li + li { margin-top: 4px; }
code, pre { font: 12px/1.45 ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; } h3 code { font-size: inherit; }
pre { background: #f6f8fa; border-radius: 6px; padding: 14px; } pre code { background: none; padding: 0; }
table { border-collapse: collapse; } th, td { border: 1px solid #d1d9e0; padding: 6px 13px; } th { font-weight: 600; }
summary { cursor: pointer; } details { margin-bottom: 14px; } sub { font-size: 75%; }
"""


def main() -> None:
    """Judges the plan that the command line names and writes the picture."""
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("there is no chromium on PATH")
    plan = Path(sys.argv[1]).absolute()
    target = Path(sys.argv[2] if len(sys.argv) > 2 else TARGET).absolute()
    text = render("comment", [_report(plan)])
    with tempfile.TemporaryDirectory() as place, sync_playwright() as driver:
        file = Path(place) / "comment.html"
        file.write_text(_page(text), encoding="utf-8")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 400})
        page.goto(file.as_uri())
        page.screenshot(path=str(target), full_page=True)
        browser.close()


def _report(path: Path) -> Report:
    from datetime import date

    os.chdir(path.parent)
    (plan,) = inputs.load(path.name)
    settings = config.Config()
    assessment = engine.assess(plan, settings, rulebook.rules(()), today=date(2026, 11, 20), path=path.name)
    return redact(Report(assessment, gate.decide(assessment, None, settings), review=REVIEW))


def _page(text: str) -> str:
    body = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable("table").render(text)
    return (
        f"<!doctype html><meta charset='utf-8'><style>{STYLE}</style>"
        f"<div class='box'><div class='who'><b>github-actions</b> commented</div><article>{body}</article></div>"
    )


if __name__ == "__main__":
    main()
