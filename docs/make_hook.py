"""Writes the tables in docs/hook.md: what the hook says to the command lines of tests/shell/commands.tsv.

python docs/make_hook.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "hook.md"


def text(page: str) -> str:
    """The page with fresh tables."""
    sys.path.insert(0, str(ROOT / "tests"))
    import hook_table

    for name, content in (("table", hook_table.table()), ("missed", hook_table.missed())):
        start = f"<!-- {name}, by `make docs` -->\n"
        before, _, rest = page.partition(start)
        page = f"{before}{start}{content}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return page


def main(arguments: list[str]) -> int:
    """Command line of the script."""
    page = PAGE.read_text(encoding="utf-8")
    if text(page) == page:
        return 0
    if "--check" in arguments:
        sys.stderr.write("docs/hook.md is out of date; run `make docs`\n")
        return 1
    PAGE.write_text(text(page), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
