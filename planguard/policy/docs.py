"""`python -m planguard.policy.docs [DIR]`: writes docs/rules/ from the rules. `--check` fails where they differ."""

from __future__ import annotations

import sys
from pathlib import Path

from planguard.policy import describe, rulebook


def pages() -> dict[str, str]:
    """File name → content of every generated page."""
    rules = rulebook.shipped()
    return {
        "README.md": describe.rule_index(rules),
        "severity.md": describe.severity_page(),
        **{f"{rule.id}.md": describe.rule_page(rule) for rule in rules},
    }


def write(directory: Path) -> None:
    """Write all pages, and remove those of rules that are gone."""
    wanted = pages()
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")


def stale(directory: Path) -> list[str]:
    """Names of pages that are missing, out of date, or of no rule."""
    wanted = pages()
    there = {page.name: page.read_text(encoding="utf-8") for page in directory.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def main(arguments: list[str]) -> int:
    """Command line of the module."""
    check = "--check" in arguments
    rest = [argument for argument in arguments if argument != "--check"]
    directory = Path(rest[0]) if rest else Path("docs/rules")
    if not check:
        write(directory)
        return 0
    old = stale(directory)
    if old:
        sys.stderr.write(f"out of date in {directory.as_posix()}: {', '.join(old)}; run `make docs`\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
