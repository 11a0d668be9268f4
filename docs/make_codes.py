"""Writes docs/codes/: a page for each code of the gate. `--check` fails where they differ.

python docs/make_codes.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from planguard.consent import codes

PAGES = Path(__file__).parent / "codes"


def pages() -> dict[str, str]:
    """File name → content."""
    return {"README.md": codes.index(), **{f"{code.code}.md": codes.page(code) for code in codes.CODES}}


def main(arguments: list[str]) -> int:
    """Command line of the script."""
    wanted = pages()
    there = {page.name: page.read_text(encoding="utf-8") for page in PAGES.glob("*.md")}
    if "--check" in arguments:
        stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
        if stale:
            sys.stderr.write(f"out of date in docs/codes: {', '.join(stale)}; run `make docs`\n")
        return 1 if stale else 0
    PAGES.mkdir(exist_ok=True)
    for name in there.keys() - wanted.keys():
        (PAGES / name).unlink()
    for name, text in wanted.items():
        (PAGES / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
