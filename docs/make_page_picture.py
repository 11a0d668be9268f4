"""Draws docs/images/page.png: the HTML report on a plan, as a browser shows it.

    python docs/make_page_picture.py PLAN [OUTPUT]

Needs playwright and a Chromium on PATH. The picture is of the top of the page, in the light scheme.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

TARGET = Path(__file__).parent / "images" / "page.png"
WIDTH, HEIGHT = 1280, 1010


def main() -> None:
    """Runs the check that the command line names and writes the picture."""
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("there is no chromium on PATH")
    plan = Path(sys.argv[1]).absolute()
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET
    with tempfile.TemporaryDirectory() as place, sync_playwright() as driver:
        file = Path(place) / "page.html"
        command = [sys.executable, "-m", "planguard", "check", plan.name, "--report", f"html={file}"]
        subprocess.run(command, cwd=plan.parent, check=False)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(file.as_uri())
        page.wait_for_selector(".item")
        page.click("table.findings .toggle >> nth=0")
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        page.wait_for_timeout(400)
        page.screenshot(path=str(target))
        browser.close()


if __name__ == "__main__":
    main()
