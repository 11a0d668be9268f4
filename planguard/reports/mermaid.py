"""Reports -> a Mermaid flowchart for places that draw one from text, such as comments on pull requests.

Owns the syntax and the limits: who draws it refuses more than 50,000 characters or 500 arrows, and a diagram cannot
raise that by itself (`maxTextSize` and `maxEdges` are secure keys). Modules close until it fits; the rest is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from planguard.model import Picture, Report
from planguard.reports import Style, escape
from planguard.reports.content import counts_words, node_word, plural, short
from planguard.reports.outline import Item, Link, Outline, outline

CHARACTERS = 50_000
ARROWS = 500
READABLE = 60
"""More items than this nobody can read in a comment."""
_LABEL = 60

_LOOKS = {
    "critical": "fill:#fdecec,stroke:#b3202f,color:#7a1420,stroke-width:2px",
    "high": "fill:#fdf0e4,stroke:#b4530b,color:#6e3307",
    "medium": "fill:#faf3d9,stroke:#8a6a00,color:#574300",
    "low": "fill:#e9f2f8,stroke:#3f6f8f,color:#27475c",
    "info": "fill:#f0f1f3,stroke:#6b7280,color:#3d424a",
    "quiet": "fill:#ffffff,stroke:#9aa1ab,color:#3d424a",
    "cut": "fill:#ffffff,stroke:#6b7280,color:#3d424a,stroke-dasharray:5 4",
    "rest": "fill:none,stroke:none,color:#6b7280",
    "module": "fill:none,stroke:#9aa1ab",
}


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as one flowchart."""
    return diagram(reports)


def diagram(reports: Sequence[Report], characters: int = CHARACTERS, items: int = READABLE) -> str:
    """A flowchart of at most so many characters, without a fence around it."""
    text = ""
    while items:
        text = _diagram(reports, max(1, items // len(reports)))
        if len(text) <= characters:
            return text
        items //= 2
    return _frame(["  rest[The picture is too large for this place]:::rest"])


def _diagram(reports: Sequence[Report], items: int) -> str:
    lines: list[str] = []
    room = ARROWS
    for number, report in enumerate(reports):
        picture = report.assessment.picture or Picture()
        drawn = outline(picture, items, room, f"p{number}" if len(reports) > 1 else "")
        room -= len(drawn.links)
        if len(reports) > 1:
            lines.append(f'  subgraph p{number}["{_text(report.assessment.plan.source)}"]')
        lines += _plan(picture, drawn, number)
        if len(reports) > 1:
            lines.append("  end")
    return _frame(lines)


def _frame(lines: Sequence[str]) -> str:
    looks = [f"  classDef {name} {look}" for name, look in _LOOKS.items()]
    modules = [line.split()[1].partition("[")[0] for line in lines if line.lstrip().startswith("subgraph ")]
    looks += [f"  class {','.join(modules)} module"] if modules else []
    return "\n".join(["flowchart LR", "  accTitle: What the plan takes down, and why", *lines, *looks, ""])


def _plan(picture: Picture, drawn: Outline, number: int) -> Iterator[str]:
    for item in drawn.items:
        yield from _item(item, "  ")
    yield from map(_arrow, drawn.links)
    left = [counts_words(picture.left_out)] if picture.left_out else []
    arrows = drawn.links_left_out + picture.edges_left_out
    left += [plural(arrows, "arrow")] if arrows else []
    if left:
        yield f'  rest{number}["Not drawn: {_text(", ".join(left), 200)}"]:::rest'
    elif not drawn.items:
        yield f'  rest{number}["Nothing is taken down"]:::rest'


def _item(item: Item, indent: str) -> Iterator[str]:
    if item.items is not None:
        yield f'{indent}subgraph {item.key}["{_text(item.label)}"]'
        for inner in item.items:
            yield from _item(inner, f"{indent}  ")
        yield f"{indent}end"
    else:
        opening, closing = ('["', '"]') if item.node is not None else ('[["', '"]]')
        yield f"{indent}{item.key}{opening}{_words(item)}{closing}:::{_look(item)}"


def _words(item: Item) -> str:
    if item.node is None:
        name = f"{item.rest:,} more" if item.rest else item.label
        worst = f", {item.severity.value}" if item.severity else ""
        return f"{_text(name)}<br/>{plural(item.objects, 'object')}{worst}"
    many = f" × {item.objects:,}" if item.objects > 1 else ""
    begins = "begins here: " if item.node.begins else ""
    return f"{_text(item.node.name)}{many}<br/>{begins}{_text(node_word(item.node))}"


def _look(item: Item) -> str:
    if item.severity is not None:
        return item.severity.value
    return "cut" if item.node is not None and item.node.cut_off else "quiet"


def _arrow(link: Link) -> str:
    via = _text(", ".join(link.via), 40)
    label = f'|"{via}"|' if via and link.forces else ""
    return f"  {link.source} {'==>' if link.forces else '-.->'}{label} {link.target}"


def _text(text: str, room: int = _LABEL) -> str:
    """Text inside a quoted label: every sign that is not a letter, a digit or harmless becomes a Mermaid entity."""
    return re.sub(r"[^\w ./:,×…-]", lambda match: f"#{ord(match.group())};", escape.terminal(short(text, room)))
