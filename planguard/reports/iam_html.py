"""The audit of `planguard iam` -> one HTML file: who, what they could destroy, what holds them back. No scripts at all.

Owns the page. Gets the sheets as JSON has them, cleaned of secrets; knows nothing of how they came about.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planguard import __version__
from planguard.reports import escape

Sheet = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .5rem; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: Canvas; }
code { background: var(--soft); padding: 0 .25em; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.1rem; }
small { opacity: .8; }
.free td:first-child { border-left: 4px solid #c33; }
.unclear td:first-child { border-left: 4px solid #b80; }
""".strip()

_BEHIND = {
    "machine": "a machine",
    "person": "people who sign in",
    "either": "a machine or a person: the input does not tell",
    "aws": "a service of AWS, for its own work",
}


def render(sheets: Sequence[Sheet]) -> str:
    """The whole page."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        "<title>Who may destroy without a human | planguard</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<h1>Who may destroy without a human</h1>",
    ]
    for sheet in sheets:
        lines += _sheet(sheet)
    lines += [f"<footer><small>planguard {__version__}. This file is complete: it loads nothing.</small></footer>"]
    return "\n".join([*lines, "</body>", "</html>"])


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"<h2>{escape.html(sheet['source'])}</h2>"
    if not sheet["identities"]:
        yield "<p>No identity is in this input.</p>"
        return
    yield "<table>"
    yield "<thead><tr><th>Who</th><th>Could</th><th>Held back</th><th>Cannot be told</th></tr></thead>"
    yield "<tbody>"
    for row in sheet["identities"]:
        yield from _row(row)
    yield "</tbody></table>"


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    free = row["behind"] != "person" and any(power["weight"] > 1 for power in row["powers"])
    kind = "free" if free else "unclear" if row["cannot_tell"] else "quiet"
    yield f'<tr class="{kind}">'
    yield f"<td>{_who(row)}</td>"
    yield f"<td>{_list(_power(power) for power in row['powers'])}</td>"
    yield f"<td>{_held(row)}</td>"
    yield f"<td>{_list(escape.html(text) for text in row['cannot_tell'])}</td>"
    yield "</tr>"


def _who(row: Mapping[str, Any]) -> str:
    name = escape.html(row["name"] or row["address"])
    parts = [f"<strong>{escape.html(row['kind'])} {name}</strong> <small>{escape.html(row['change'])}</small>"]
    if row["address"] and row["address"] != row["name"]:
        parts.append(f"<code>{escape.html(row['address'])}</code>")
    parts.append(f"<small>behind it: {_BEHIND[row['behind']]}</small>")
    parts += [f"<small>{escape.html(text)}</small>" for text in row["trusted"]]
    return "<br>".join(parts)


def _power(power: Mapping[str, Any]) -> str:
    where = f" on <code>{escape.html(power['on'])}</code>" if power["on"] else ""
    said = f"{escape.html(power['could'])}: <code>{escape.html(power['action'])}</code>{where}"
    if not power["examples"]:
        return said
    more = power["actions"] - len(power["examples"])
    return f"{said}<br><small>{escape.html(', '.join(power['examples']))}{f' and {more} more' if more else ''}</small>"


def _held(row: Mapping[str, Any]) -> str:
    items = [escape.html(text) for text in row["held_back"]]
    by = f"<small>by {escape.html(' and '.join(row['guards']))}</small>" if items and row["guards"] else ""
    holes = [f"<code>{escape.html(hole)}</code> stops no machine" for hole in row["holes"]]
    return _list([*items, *holes]) + by


def _list(items: Iterator[str] | Sequence[str]) -> str:
    found = [f"<li>{item}</li>" for item in items]
    return f"<ul>{''.join(found)}</ul>" if found else ""
