"""Reports -> one HTML file that needs nothing else: no network, no other file, no server.

Owns the frame: the verdict in plain HTML (it can be read where scripts may not run), the content security policy, and
the data. Scripts and styles lie in assets/ and are allowed by their hashes, so nothing that a name smuggles in could
run; assets/*.js build the page from the data with text nodes alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from planguard import __version__
from planguard.model import Report
from planguard.reports import Style, escape
from planguard.reports.html_data import document, shown

ASSETS = Path(__file__).parent / "assets"
LIBRARIES = ("vendor/dagre.min.js", "vendor/panzoom.min.js")
SCRIPTS = ("dom.js", "groups.js", "layout.js", "graph.js", "table.js", "causes.js", "page.js")
STYLES = ("page.css", "graph.css")
WITHOUT_SCRIPTS = 200
"""How many findings are listed for a reader whose browser runs no scripts."""


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as one HTML document."""
    data = document(reports)
    css = _read(STYLES)
    scripts = [*(_read([name]) for name in LIBRARIES), _read(SCRIPTS)]
    texts: list[str] = data["texts"]
    verdict = data["verdict"]
    title = f"{verdict['word']}: {', '.join(texts[run['source']] for run in data['runs'][:3])}"
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en" data-outcome="{escape.html(verdict["outcome"])}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts, css)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape.html(title[:200])} | planguard</title>",
            f"<style>{css}</style>",
            "</head>",
            "<body>",
            '<header class="verdict" id="verdict">',
            f'<p class="word">{escape.html(verdict["word"])}</p>',
            f"<h1>{escape.html(texts[verdict['sentence']])}</h1>",
            "</header>",
            '<main id="main"></main>',
            f"<noscript>{_plain(reports)}</noscript>",
            f"<footer>planguard {__version__}. This file is complete: it loads nothing, and sends nothing.</footer>",
            f'<script type="application/json" id="data">{_embedded(data)}</script>',
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )


def _read(names: Sequence[str]) -> str:
    parts = [(ASSETS / name).read_text(encoding="utf-8") for name in names]
    lines = "\n".join(parts).replace("\r\n", "\n").split("\n")
    # A browser's tools would look for the map of a minified file, and it is not there.
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL")).strip("\n")


def _policy(scripts: Sequence[str], css: str) -> str:
    """Nothing may be loaded, sent or run, except exactly these scripts and this style."""
    allowed = " ".join(_hash(script) for script in scripts)
    parts = [
        "default-src 'none'",
        f"script-src {allowed}",
        f"style-src {_hash(css)}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_MARKUP = tuple((char, f"\\u{ord(char):04x}") for char in "<>&\u2028\u2029")


def _embedded(data: object) -> str:
    """JSON in which nothing can end the element it stands in, or mean anything in HTML."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char, escaped in _MARKUP:
        text = text.replace(char, escaped)
    return text


def _plain(reports: Sequence[Report]) -> str:
    """The findings as a plain list, for a browser that runs no scripts."""
    findings = [finding for report in reports for finding in report.assessment.findings]
    items = [
        f"<li><strong>{finding.severity.value}</strong> <code>{escape.html(shown(finding.address) or 'the whole plan')}"
        f"</code> {escape.html(shown(finding.message))}</li>"
        for finding in findings[:WITHOUT_SCRIPTS]
    ]
    rest = len(findings) - len(items)
    more = f"<p>{rest:,} more are not listed here.</p>" if rest > 0 else ""
    hint = "<p>Scripts do not run here, so this is the list alone. Open the file in a browser to see why.</p>"
    return f"{hint}<ul>{''.join(items)}</ul>{more}"
