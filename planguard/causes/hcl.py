"""Texts in Terraform's language and for a shell: blocks, strings, addresses. Quotes whatever comes from a plan."""

from __future__ import annotations

import json
import re
import unicodedata

from planguard.model import Path

_PLAIN = re.compile(r"[\w.-]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*")
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def string(text: str) -> str:
    """A string literal; templates in it are taken literally, and what cannot be seen is written as an escape."""
    quoted = json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    return visible(quoted)


def visible(code: str) -> str:
    """Code in which what cannot be seen (direction marks, control characters) is escaped; only strings can hold it."""
    if code.isascii() and code.isprintable():
        return code
    return "".join(_escape(sign) if unicodedata.category(sign) in _HIDDEN and sign != "\n" else sign for sign in code)


def _escape(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def traversal(path: Path) -> str:
    """A path as `ignore_changes` wants it: `settings[0].tier`, `labels["my.key"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _IDENTIFIER.fullmatch(step):
            text += ("." if text else "") + step
        else:
            text += f"[{string(step)}]"
    return text


def argument(address: str) -> str:
    """An address as an argument on a shell's command line."""
    return address if _PLAIN.fullmatch(address) else "'" + address.replace("'", "'\"'\"'") + "'"


def lifecycle(setting: str) -> str:
    """A `lifecycle` block with one setting."""
    return f"lifecycle {{\n  {setting}\n}}"


def removed(block: str, *, explicit: bool) -> str:
    """A `removed` block that only forgets; `explicit` where the tool destroys unless told otherwise."""
    if not explicit:
        return visible(f"removed {{\n  from = {block}\n}}")
    return visible(f"removed {{\n  from = {block}\n  lifecycle {{\n    destroy = false\n  }}\n}}")


def imported(address: str, identifier: str) -> str:
    """An `import` block."""
    return f"import {{\n  to = {visible(address)}\n  id = {string(identifier)}\n}}"
