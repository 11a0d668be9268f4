"""What the documents name is there, and what is generated is up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from planguard import __version__

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_path_of_the_architecture_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_.]+/[a-z_/.]*|[a-z_]+\.(?:py|toml|yaml))`", text)
    assert named, "the page names no path at all"
    missing = [path for path in named if not (ROOT / path).exists()]
    assert missing == []


def test_the_architecture_names_every_part():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    parts = [path for path in (ROOT / "planguard").iterdir() if path.is_dir() and (path / "__init__.py").exists()]
    assert [path.name for path in parts if f"planguard/{path.name}/" not in text] == []


def test_one_screen():
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) <= 66
    assert len(README.splitlines()) <= 66


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_the_two_commands_of_the_readme_are_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)", README, flags=re.MULTILINE) == ["demo", "test"]
    assert re.search(r"^demo:", makefile, flags=re.MULTILINE) and re.search(r"^test:", makefile, flags=re.MULTILINE)


def test_the_changelog_knows_this_version():
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_page_of_commands_is_up_to_date():
    script = ROOT / "docs" / "make_commands.py"
    done = subprocess.run([sys.executable, script, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
