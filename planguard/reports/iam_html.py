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
:root { color-scheme: light dark; --paper: #f7f7f5; --card: #fff; --ink: #1c1e22; --soft: #5c626b; --line: #e1e1dc;
  --faint: #f0f0ec; --bad: #8f1d2c; --good: #1d6a47; --free: #b3202f; --unclear: #8a6a00;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1c1f25; --ink: #e6e7ea; --soft: #a0a6b0;
  --line: #31353d; --faint: #282c34; --bad: #7d1a28; --good: #1a5a3d; --free: #ff8a8f; --unclear: #e0c05a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Noto Sans", sans-serif; }
header { background: var(--bad); color: #fff; padding: 2rem 0 1.6rem; }
header.good { background: var(--good); }
header.unclear { background: #6b5300; }
header p { margin: 0; }
main, header > *, footer { display: block; max-width: 75rem; margin: 0 auto; padding: 0 1.5rem; }
h1 { font-size: 1.9rem; line-height: 1.25; }
h2 { font: 600 1rem/1.5 var(--mono); margin: 1.6rem 0 .6rem; overflow-wrap: anywhere; }
article { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line);
  border-radius: 8px; padding: .8rem 1.1rem; margin: 0 0 .8rem; }
article.free { border-left-color: var(--free); }
article.unclear { border-left-color: var(--unclear); }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
h3 small { font-weight: 400; margin-left: .4rem; }
h4 { font-size: .85rem; font-weight: 400; color: var(--soft); margin: .7rem 0 .1rem; }
p { margin: .15rem 0; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .15rem 1rem; margin: .2rem 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
dd, small, footer { color: var(--soft); font-size: .87rem; }
dd { line-height: 1.7; }
code { font-family: var(--mono); font-size: .87em; background: var(--faint); padding: .1em .3em; border-radius: 4px;
  overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.1rem; }
footer { padding-top: 1rem; padding-bottom: 2rem; }
@media (max-width: 640px) { dl { display: block; } }
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
        *_headline([row for sheet in sheets for row in sheet["identities"]]),
        "<main>",
    ]
    for sheet in sheets:
        lines += _sheet(sheet)
    lines += ["</main>", f"<footer>planguard {__version__}. This file is complete: it loads nothing.</footer>"]
    return "\n".join([*lines, "</body>", "</html>"])


def _headline(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The answer in one line."""
    free = sum(_kind(row) == "free" for row in rows)
    unclear = sum(bool(row["cannot_tell"]) for row in rows)
    who = f"{free:,} {'identity' if free == 1 else 'identities'}" if free else "No identity that is listed here"
    yield f'<header class="{"bad" if free else "unclear" if unclear else "good"}">'
    yield f"<h1>{who} may destroy without a human</h1>"
    if unclear:
        yield f"<p>Of {unclear:,} it cannot be told completely.</p>"
    yield "</header>"


def _kind(row: Mapping[str, Any]) -> str:
    free = row["behind"] != "person" and any(power["weight"] > 1 for power in row["powers"])
    return "free" if free else "unclear" if row["cannot_tell"] else "quiet"


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"<h2>{escape.html(sheet['source'])}</h2>"
    if not sheet["identities"]:
        yield "<p>No identity is in this input.</p>"
    for row in sheet["identities"]:
        yield f'<article class="{_kind(row)}">'
        yield from _who(row)
        yield from _powers(row["powers"])
        yield from _part("Held back", _held(row))
        yield from _part("Cannot be told", _list(_coded(text) for text in row["cannot_tell"]))
        yield "</article>"


def _part(title: str, inside: str) -> Iterator[str]:
    if inside:
        yield f"<h4>{title}</h4>"
        yield inside


def _who(row: Mapping[str, Any]) -> Iterator[str]:
    name = escape.html(row["name"] or row["address"])
    yield f"<h3>{escape.html(row['kind'])} {name} <small>{escape.html(row['change'])}</small></h3>"
    if row["address"] and row["address"] != row["name"]:
        yield f"<p><code>{escape.html(row['address'])}</code></p>"
    trusted = ", ".join(_coded(text) for text in row["trusted"])
    yield f"<p><small>behind it: {_BEHIND[row['behind']]}{f' ({trusted})' if trusted else ''}</small></p>"


def _powers(powers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What it could do; a statement that gives several powers is told once."""
    ways: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for power in powers:
        ways.setdefault((power["action"], power["on"] or ""), []).append(power)
    for (action, on), given in ways.items():
        where = f" on <code>{escape.html(on)}</code>" if on else ""
        yield f"<h4>Could, by <code>{escape.html(action)}</code>{where}</h4>"
        yield f"<dl>{''.join(_power(power) for power in given)}</dl>"


def _power(power: Mapping[str, Any]) -> str:
    more = power["actions"] - len(power["examples"])
    rest = f" and {more:,} more" if power["examples"] and more else ""
    return f"<dt>{escape.html(power['could'])}</dt><dd>{escape.html(', '.join(power['examples']))}{rest}</dd>"


def _coded(text: str) -> str:
    """What stands between backticks is code here as well."""
    parts = escape.html(text).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _held(row: Mapping[str, Any]) -> str:
    items = [_coded(text) for text in row["held_back"]]
    by = f"<small>by {escape.html(' and '.join(row['guards']))}</small>" if items and row["guards"] else ""
    holes = [f"<code>{escape.html(hole)}</code> stops no machine" for hole in row["holes"]]
    return _list([*items, *holes]) + by


def _list(items: Iterator[str] | Sequence[str]) -> str:
    found = [f"<li>{item}</li>" for item in items]
    return f"<ul>{''.join(found)}</ul>" if found else ""
