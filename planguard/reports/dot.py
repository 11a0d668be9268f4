"""Reports -> a Graphviz graph (`dot -Tsvg`), with everything that the picture holds: Graphviz has no limits of its own.

Owns the syntax. Labels are plain strings, never Graphviz's HTML, and their backslashes and entities mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planguard.model import Picture, Report, Severity
from planguard.reports import Style, escape
from planguard.reports.content import counts_words, node_word, plural, short
from planguard.reports.outline import Item, Link, outline

_COLORS = {
    Severity.CRITICAL: ("#fdecec", "#b3202f"),
    Severity.HIGH: ("#fdf0e4", "#b4530b"),
    Severity.MEDIUM: ("#faf3d9", "#8a6a00"),
    Severity.LOW: ("#e9f2f8", "#3f6f8f"),
    Severity.INFO: ("#f0f1f3", "#6b7280"),
}
_QUIET = ("#ffffff", "#9aa1ab")
_ALL = 1_000_000
_LABEL = 80
_TIP = 400


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as one graph, each plan a cluster where there are several."""
    lines = [
        "digraph planguard {",
        "  rankdir=LR",
        '  fontname="Helvetica"',
        '  node [shape=box style="rounded,filled" fontname="Helvetica" fontsize=11 margin="0.15,0.08"]',
        '  edge [fontname="Helvetica" fontsize=9 color="#6b7280"]',
    ]
    for number, report in enumerate(reports):
        if len(reports) == 1:
            lines += _plan(report, "")
        else:
            lines.append(f"  subgraph cluster_p{number} {{")
            lines.append(f"    label={_quoted(report.assessment.plan.source)}")
            lines += _plan(report, f"p{number}")
            lines.append("  }")
    return "\n".join([*lines, "}", ""])


def _plan(report: Report, prefix: str) -> Iterator[str]:
    picture = report.assessment.picture or Picture()
    drawn = outline(picture, _ALL, _ALL, prefix)
    for item in drawn.items:
        yield from _item(item, "  ")
    yield from map(_arrow, drawn.links)
    left = [counts_words(picture.left_out)] if picture.left_out else []
    left += [plural(picture.edges_left_out, "arrow")] if picture.edges_left_out else []
    text = f"Not drawn: {', '.join(left)}" if left else "" if drawn.items else "Nothing is taken down"
    if text:
        yield f"  {prefix}rest [shape=plaintext style=solid label={_quoted(text, 200)}]"


def _item(item: Item, indent: str) -> Iterator[str]:
    if item.items is None:
        yield f"{indent}{item.key} [{_attributes(item)}]"
        return
    yield f"{indent}subgraph cluster_{item.key} {{"
    yield f'{indent}  label={_quoted(item.label)} labeljust=l style=rounded color="#c8ccd2" fontsize=11'
    for inner in item.items:
        yield from _item(inner, f"{indent}  ")
    yield f"{indent}}}"


def _attributes(item: Item) -> str:
    node = item.node
    if node is None:  # nothing is closed here: there is room for all
        return f"label={_quoted(item.label)}"
    fill, line = _COLORS[item.severity] if item.severity is not None else _QUIET
    many = f" × {node.objects:,}" if node.objects > 1 else ""
    begins = "begins here: " if node.begins else ""
    parts = [
        f'label="{_text(node.name)}{many}\\n{begins}{_text(node_word(node))}"',
        f'fillcolor="{fill}"',
        f'color="{line}"',
        f"tooltip={_quoted(': '.join(filter(None, (node.label, node.why))), _TIP)}",
    ]
    parts += ["penwidth=2"] if node.begins else []
    parts += ['style="rounded,filled,dashed"'] if node.cut_off else []
    return " ".join(parts)


def _arrow(link: Link) -> str:
    look = 'color="#b3202f" penwidth=1.8' if link.forces else "style=dashed"
    via = f" tooltip={_quoted(', '.join(link.via), _TIP)}" if link.via else ""
    return f"  {link.source} -> {link.target} [{look}{via}]"


def _quoted(text: str, room: int = _LABEL) -> str:
    return f'"{_text(text, room)}"'


def _text(text: str, room: int = _LABEL) -> str:
    """Text inside a quoted string: no quote ends it, and neither `\\N` nor `&lt;` means anything in it."""
    return escape.terminal(short(text, room)).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
