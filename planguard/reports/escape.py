"""Strings from outside -> text that is only text in one place: terminal, Markdown, HTML, XML, workflow commands.

Names, keys and tags of a plan are written by whoever wants to pass the gate. Every such string passes through the
function for its target, once. Must not shorten, translate or judge; ordinary letters of every script stay as they are.
"""

from __future__ import annotations

import re

_INVISIBLE = (
    "\x00-\x1f\x7f-\x9f"  # C0 and C1 controls: escape sequences, carriage returns, bells
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0"  # blank or ignorable
    "\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"  # Arabic and Syriac format characters
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # zero width, line ends, bidirectional marks
    "\ufe00-\ufe0d\ufff0-\ufffb\ufffe\uffff"  # variation selectors (emoji style stays), specials
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # format characters
    "\U000e0000-\U000e0fff"  # tags and further variation selectors: hidden messages
    "\ud800-\udfff"  # half characters, which no encoding can write
)
# Patterns are text, compiled by `re` when they are first needed: most reports need none of them.
_UNSAFE = f"[{_INVISIBLE}]"
_LOG_COMMAND = r"##(?=\w*\[)"
"""`##[group]`, `##vso[…]`, `##teamcity[…]`: build services obey these anywhere in a line."""
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    return _NAMED.get(char) or f"\\u{{{ord(char):x}}}"


def terminal(text: str) -> str:
    """Safe for a terminal and for a build log: what is invisible or moves the cursor becomes `\\u{202e}`, `\\n`, …"""
    if text.isascii() and text.isprintable() and "##" not in text:
        return text
    return re.sub(_LOG_COMMAND, r"#\\u{23}", re.sub(_UNSAFE, _visible, text))


COLON = "\\u{3a}"
"""In place of the first colon of a line that would start with `::`, which a build log takes for a command."""

# --- HTML and XML -----------------------------------------------------------------------------------------------------

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_MARKUP = "[&<>\"']"


def html(text: str) -> str:
    """Safe as HTML text and inside a quoted attribute. Not for URLs, scripts or style."""
    return re.sub(_MARKUP, lambda match: _ENTITIES[match.group()], terminal(text))


def xml(text: str) -> str:
    """Safe as XML text and inside a quoted attribute; characters that XML 1.0 forbids are printed as escapes."""
    return html(text)


def xml_text(text: str) -> str:
    """Safe as XML text alone: quotes stay readable."""
    return re.sub("[&<>]", lambda match: _ENTITIES[match.group()], terminal(text))


# --- Markdown ---------------------------------------------------------------------------------------------------------

_ACTIVE = r"""
    (?P<commit> [0-9A-Fa-f]{7,} )
  | (?P<call> [@#$!%~&] | :(?=\S) | (?<=[A-Za-z])-(?=[0-9]) | (?<=[Ww]{3})\. )
  | (?P<edge> ^[ /+=-] | ^[0-9]{1,6}[.)] | [ ]$ )
  | [\\`*_\[\]|<>]
"""
"""What could mean something. A call is looked for in the finished page, where a backslash is gone, and only an element
around the sign stops it: mentions, issues (`#1`, `GH-1`, GitLab's `!1` and `&1`), commits, addresses (`x://`, `www.`),
emoji, formulas. At the start of a line some signs make lists and headings, and a slash is a command to GitLab."""


_CALLS = {"&": "&amp;", "~": "&#126;", "$": "&#36;"}
"""What would still mean something inside the element."""


def _inert(match: re.Match[str]) -> str:
    text = match.group()
    if match.lastgroup == "commit":
        return _in_pieces(text)
    if match.lastgroup == "call":
        return f"<span>{_CALLS.get(text, text)}</span>"
    if match.lastgroup == "edge":
        return f"{text[:-1]}&#{ord(text[-1])};"
    return _ENTITIES.get(text) or "\\" + text


def _in_pieces(digits: str) -> str:
    """Digits that could name a commit, in pieces that are too short for one."""
    pieces = [digits[start : start + 6] for start in range(0, len(digits), 6)]
    return "".join(f"<span>{piece}</span>" if place % 2 else piece for place, piece in enumerate(pieces))


def markdown(text: str) -> str:
    """Safe inside a line of Markdown (CommonMark, GitHub's and GitLab's): no markup, link, mention or reference."""
    return re.sub(_ACTIVE, _inert, terminal(text), flags=re.VERBOSE)


def _unmarked(text: str) -> str:
    """Code in which no hidden line begins: planguard looks for its own in the text of a comment."""
    return text.replace("<!--", "<\\u{21}--")


def markdown_code(text: str) -> str:
    """A code span with this text; not for table cells, where a `|` would end the cell even here."""
    text = _unmarked(terminal(text))
    if not text:
        return "` `"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padded = text[0] == "`" or text[-1] == "`" or (text[0] == text[-1] == " " and text.strip(" ") != "")
    return f"{fence} {text} {fence}" if padded else f"{fence}{text}{fence}"


_PUNCTUATION = r"(?a:[^\w\s]|_|^ | $)"


def _entity(match: re.Match[str]) -> str:
    char = match.group()
    if char == "@":
        return "<span>&#64;</span>"  # addresses of mail are looked for in what entities stand for
    return f"&#{ord(char)};" if char.isascii() else char


def markdown_cell(text: str) -> str:
    """Code for a cell of a Markdown table: an HTML element in which every sign is an entity."""
    escaped = re.sub(_PUNCTUATION, _entity, terminal(text))
    return f"<code>{escaped}</code>"


def markdown_block(text: str, language: str = "") -> str:
    """A fenced block with these lines, ours or not; its fence is longer than any inside. Must start a line."""
    lines = [_unmarked(terminal(line.expandtabs(2).rstrip())) for line in text.replace("\r\n", "\n").split("\n")]
    longest = max(map(len, re.findall("`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


# --- workflow commands ------------------------------------------------------------------------------------------------

_COMMAND = {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}


def workflow_command(text: str) -> str:
    """Safe as the message of a workflow command; our own line feeds stay line feeds (`%0A`)."""
    return "%0A".join(terminal(line).replace("%", "%25") for line in text.split("\n"))


def workflow_property(text: str) -> str:
    """Safe as the value of a property of a workflow command (`file=…`)."""
    return re.sub("[%:,]", lambda match: _COMMAND[match.group()], terminal(text))


# --- JSON -------------------------------------------------------------------------------------------------------------


def _unit_escapes(match: re.Match[str]) -> str:
    char = match.group()
    if char == "##":
        return "\\u0023#"
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        return "\\ufffd"  # strict readers refuse half a character, even escaped
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


_JSON_UNSAFE = f"[{_INVISIBLE.replace(chr(0) + '-' + chr(0x1F), '')}]|##(?=\\w*\\[)"


def json_document(document: str) -> str:
    """A finished JSON document in which invisible characters are escapes; it parses to the same strings.

    C0 controls are left out: the encoder has escaped those inside strings, and outside strings they are the layout.
    """
    if document.isascii() and "##" not in document and "\x7f" not in document:
        return document
    return re.sub(_JSON_UNSAFE, _unit_escapes, document)
