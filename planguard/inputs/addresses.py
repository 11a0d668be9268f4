"""Terraform addresses: reading an instance address, and splitting the references of a configuration.

Owns the grammar. Keys may hold dots, slashes, stars, quotes and brackets (`module.a["x.y"].t.n["a\\"]b"]`): never split
an address on dots elsewhere. Decides nothing about resources.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

# Compiled when first needed: many plans have no key at all, and compiling costs more than reading them.
_KEY = r'\[(?P<key>"(?:[^"\\]|\\.)*"|[^\]"]*)\]'
_STEP = rf"(?P<name>[^.\[\]\s]+)(?:{_KEY})?"
_PLAIN_KEY = r'\[(?:"[^"\\]*"|\d+)\](?=\.|\Z)'
_PLAIN_NAMES = r"[^.\[\]\s]+(?:\.[^.\[\]\s]+)*"
_ESCAPE = r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|(\$\$(?=\{))|(%%(?=\{))"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Step(NamedTuple):
    """One dot-separated piece: a name, and the key in brackets behind it as written."""

    name: str
    key: str | None = None


class Address(NamedTuple):
    """An instance address, taken apart."""

    mode: str
    """`managed`, `data` or `ephemeral`."""
    module: str
    """Address of the module instance; empty for the root."""
    module_config: str
    """The same without instance keys."""
    type: str
    name: str
    key: str | int | None = None

    @property
    def config(self) -> str:
        """Address of the configuration block, without any instance key."""
        prefix = "" if self.mode == "managed" else f"{self.mode}."
        local = f"{prefix}{self.type}.{self.name}"
        return f"{self.module_config}.{local}" if self.module_config else local


def steps(text: str) -> tuple[Step, ...] | None:
    """Split at the dots that stand outside of keys; None where the text is no address.

    Of several keys on one step only the first is kept: `a.b[0][1]` occurs in references, never in addresses.
    """
    if "[" not in text:
        names = text.split(".")
        return tuple(map(Step, names)) if all(names) else None
    found: list[Step] = []
    position = 0
    while True:
        match = _compiled(_STEP).match(text, position)
        if match is None:
            return None
        found.append(Step(match["name"], match["key"]))
        position = match.end()
        while text.startswith("[", position):
            more = _compiled(_KEY).match(text, position)
            if more is None:
                return None
            position = more.end()
        if position == len(text):
            return tuple(found)
        if text[position] != ".":
            return None
        position += 1


def parse(text: str) -> Address | None:
    """Take an instance address (or a configuration address) apart; None where it is not one."""
    pieces = steps(text)
    if pieces is None:
        return None
    at = 0
    while at + 1 < len(pieces) and pieces[at] == Step("module"):
        at += 2
    mode = "managed"
    if len(pieces) - at == 3 and pieces[at].key is None and pieces[at].name in ("data", "ephemeral"):
        mode = pieces[at].name
        at += 1
    if len(pieces) - at != 2 or pieces[at].key is not None:
        return None
    modules = pieces[: at if mode == "managed" else at - 1]
    return Address(
        mode=mode,
        module=".".join(_written(step) for step in modules),
        module_config=".".join(step.name for step in modules),
        type=pieces[at].name,
        name=pieces[at + 1].name,
        key=key_of(pieces[at + 1].key),
    )


def config_of(text: str) -> str | None:
    """The address without instance keys: `module.a["x"].t.n[0]` → `module.a.t.n`; None where it is not an address."""
    if "[" in text:
        # Keys without escapes are cut out in one go; where anything odd is left, `steps` has a look.
        plain = _compiled(_PLAIN_KEY).sub("", text)
        if _compiled(_PLAIN_NAMES).fullmatch(plain):
            return plain
    pieces = steps(text)
    return None if pieces is None else ".".join(step.name for step in pieces)


def key_of(written: str | None) -> str | int | None:
    """The value of a key as written in brackets: `0` → 0, `"a.b"` → `a.b`."""
    if written is None:
        return None
    if written.startswith('"'):
        return unescaped(written[1:-1])
    # int() would also take other scripts' digits, and more of them than it can turn back into text.
    return int(written) if written.isascii() and written.isdigit() and len(written) < 20 else written


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def _written(step: Step) -> str:
    return step.name if step.key is None else f"{step.name}[{step.key}]"


def unescaped(text: str) -> str:
    """The content of a quoted string without templates, as HCL writes it."""
    if "\\" not in text and "$${" not in text and "%%{" not in text:
        return text
    return _compiled(_ESCAPE).sub(_unescape, text)


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    if match[3]:
        return _ESCAPES.get(match[3], match[3])
    return "$" if match[4] else "%"
