"""A page whose parts are written by different commands: each stands between two marks, and can be written alone."""

from __future__ import annotations

from pathlib import Path


def put(page: Path, name: str, text: str) -> None:
    """Write one part of the page, and leave the others. Raises ValueError where the page has no such part."""
    content = page.read_text(encoding="utf-8")
    start, end = _marks(content, name)
    page.write_text(f"{content[:start]}\n{text.strip()}\n{content[end:]}", encoding="utf-8", newline="\n")


def get(page: Path, name: str) -> str:
    """What stands in one part of the page."""
    content = page.read_text(encoding="utf-8")
    start, end = _marks(content, name)
    return content[start:end].strip()


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A table in Markdown; numbers stand on the right."""
    numbers = [bool(rows) and all(isinstance(row[at], int) for row in rows) for at in range(len(head))]
    lines = [head, tuple("---:" if number else "---" for number in numbers), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")


def _marks(content: str, name: str) -> tuple[int, int]:
    begin, end = f"<!-- {name}: written by a command -->", f"<!-- {name}: end -->"
    start = content.find(begin)
    stop = content.find(end, start)
    if start < 0 or stop < 0:
        raise ValueError(f"the page has no part called {name}")
    return start + len(begin), stop
