"""What harmless programs print, where that can be told without running them: echo, printf, cat, base64 -d and so on."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence

from planguard.shell.programs import DECODERS
from planguard.shell.syntax import ansi
from planguard.shell.walk import SOMETHING, Text
from planguard.shell.words import HOLE

_FORMAT = re.compile(r"%[-0-9.]*([sbqdi%])")
MOST = 100_000


def printed(name: str, args: Sequence[str], stdin: Text, read: Callable[[str], str | None]) -> Text:
    """What `name args` prints."""
    if name in ("echo", "print"):
        return _echo(args)
    if name == "printf":
        return Text(_printf(args), piped=True)
    if name in ("cat", "tee", "head", "tail", "less", "sort", "uniq"):
        paths = [arg for arg in args if not arg.startswith("-") and not arg.isdigit()]
        if name == "tee" or not paths:
            return Text(stdin.text, piped=True, hidden=stdin.hidden)
        texts = [read(path) for path in paths]
        return Text(None if None in texts else "".join(text or "" for text in texts)[:MOST], piped=True)
    if name in ("which", "whereis", "basename", "type"):
        words = [arg for arg in args if not arg.startswith("-")]
        return Text(words[0] if len(words) == 1 else None, piped=True)
    if name in DECODERS:
        return Text(_decoded(name, args, stdin), piped=True, hidden=_decodes(name, args))
    return SOMETHING._replace(hidden=stdin.hidden)


def _echo(args: Sequence[str]) -> Text:
    raw = True
    while args and re.fullmatch(r"-[neE]+", args[0]):
        raw = raw and "e" not in args[0]
        args = args[1:]
    text = " ".join(args)
    return Text((text if raw else ansi(text)) + "\n", piped=True)


def _printf(args: Sequence[str]) -> str | None:
    if args[:1] == ("-v",) or not args:
        return None
    form, values = ansi(args[0]), list(args[1:])
    if not _FORMAT.search(form):
        return form
    pieces = []
    for _ in range(50):
        pieces.append(_FORMAT.sub(lambda found: _value(found, values), form))
        if not values:
            break
    return "".join(pieces)


def _value(found: re.Match[str], values: list[str]) -> str:
    if found.group(1) == "%":
        return "%"
    value = values.pop(0) if values else ""
    return ansi(value) if found.group(1) == "b" else value


def _decodes(name: str, args: Sequence[str]) -> bool:
    if name in ("rev", "tr", "uudecode", "gpg"):
        return True
    return any(re.fullmatch(r"-[a-zA-Z]*[dDr][a-zA-Z]*|--decode|enc", arg) for arg in args)


def _decoded(name: str, args: Sequence[str], stdin: Text) -> str | None:
    if stdin.text is None or HOLE in stdin.text:
        return None
    if name == "rev":
        return "\n".join(line[::-1] for line in stdin.text.split("\n"))
    if not _decodes(name, args):
        return None
    try:
        if name == "base64":
            return base64.b64decode(stdin.text, validate=False).decode("utf-8", "replace")
        if name == "base32":
            return base64.b32decode(stdin.text.strip()).decode("utf-8", "replace")
        if name == "xxd":
            return bytes.fromhex("".join(stdin.text.split())).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return None
    return None
