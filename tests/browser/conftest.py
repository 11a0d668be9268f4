"""A real browser for pages made here. Tests that need it are skipped, and say why, where it is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planguard import engine, gate, inputs, reports
from planguard.config import Config
from planguard.model import Report
from planguard.redaction import redact
from replays import TODAY, rules
from reports.conftest import clean, losses, many

__all__ = ["clean", "losses", "many"]  # reports made by hand, shared with the tests of the other formats


def chromium() -> str:
    """The browser's executable; `PLANGUARD_CHROMIUM` names another one."""
    named = os.environ.get("PLANGUARD_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no chromium on PATH: install it to test pages in a real browser")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for all tests."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pages are not tested in a real browser"
    )
    executable = chromium()
    with playwright.sync_playwright() as driver:
        # Without the sandbox, because it does not start for root, as which CI containers run; the pages are our own.
        one = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield one
        one.close()


class Opened:
    """A page, and everything that it did and should not have done."""

    def __init__(self, browser: Any, file: Path, width: int = 1280, height: int = 900, **options: Any) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.noise: list[str] = []
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.noise.append(message.text))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._dialog)
        self.page.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            self.page.wait_for_selector("html[data-ready]", state="attached")

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def check(self, file: Path) -> None:
        """Nothing was loaded but the file, nothing was complained about, nothing asked."""
        assert (self.noise, self.dialogs, self.requests) == ([], [], [file.as_uri()])


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Opened]]:
    """Opens a file; the page is closed after the test."""
    pages: list[Opened] = []

    def open_(file: Path, **options: Any) -> Opened:
        pages.append(Opened(browser, file, **options))
        return pages[-1]

    yield open_
    for one in pages:
        one.context.close()


def drawn(path: Path) -> Report:
    """The report on one plan, with its picture, as the command makes it."""
    (plan,) = inputs.load(str(path))
    assessment = engine.assess(plan, Config(), rules(), today=TODAY)
    assessment = assessment._replace(picture=engine.picture(assessment))
    return redact(Report(assessment, gate.decide(assessment, None, Config())))


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes the HTML report on some reports or plans."""

    def write(*subjects: Report | Path) -> Path:
        found = [drawn(one) if isinstance(one, Path) else one for one in subjects]
        file = tmp_path / "report.html"
        file.write_text(reports.render("html", found), encoding="utf-8")
        return file

    return write
