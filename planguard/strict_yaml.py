"""YAML that people write by hand -> entries that know their file, line and JSON path.

Owns the asking and the wording of complaints; knows no keys. What a value is depends on what its reader asks for, not
on a guess: an unquoted `no` is never taken for false, nor `0123` for 83. Where YAML would guess, quotes are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from planguard.errors import ConfigError
from planguard.nearest import nearest as words_near
from planguard.yaml_nodes import MAX_BYTES, Node, build, decode, shown

if TYPE_CHECKING:
    from pathlib import Path

MAX_NAME = 1000


class Entry:
    """A value with its place. Every way to read it raises a `ConfigError` that names the place and what is allowed."""

    __slots__ = ("file", "node", "path")

    def __init__(self, file: str, path: str, node: Node) -> None:
        self.file = file
        self.path = path
        self.node = node

    @property
    def where(self) -> str:
        """`planguard.yml:12`."""
        return f"{self.file}:{self.node.line}"

    @property
    def empty(self) -> bool:
        """Nothing, or only comments, after the colon."""
        return self.node.kind == "empty"

    def error(self, problem: str, hint: str | None = None) -> ConfigError:
        """The complaint to raise: `problem` goes on after the path ("must be …")."""
        path = "the file" if self.path == "$" else self.path
        return ConfigError(f"{path} {problem}", where=self.where, hint=hint)

    def section(self, keys: Sequence[str], homes: Mapping[str, str] | None = None) -> dict[str, Entry]:
        """A mapping with fixed keys. `homes` tells of keys that belong elsewhere where that is."""
        found: dict[str, Entry] = {}
        for key, value in self.pairs():
            name = key.node.text
            if name not in keys:
                hint = f"Allowed here: {', '.join(keys)}."
                guess = nearest(name, keys)
                if not guess and homes and name in homes:
                    raise key.error(f"is in the wrong place: {name} belongs under {homes[name]}", hint)
                raise key.error(f"is not a key that planguard knows{guess}", hint)
            found[name] = value
        return found

    def pairs(self) -> tuple[tuple[Entry, Entry], ...]:
        """The keys and values of a mapping; none when it is empty."""
        if self.empty:
            return ()
        self._demand("map", "must be a mapping (key: value)")
        return tuple(
            (Entry(self.file, path, key), Entry(self.file, path, value))
            for key, value, path in ((key, value, self.path + step(key.text)) for key, value in self.node.pairs)
        )

    def items(self) -> tuple[Entry, ...]:
        """The entries of a list; none when it is empty."""
        if self.empty:
            return ()
        self._demand("list", "must be a list (a dash before each entry)")
        return tuple(Entry(self.file, f"{self.path}[{i}]", item) for i, item in enumerate(self.node.items))

    def text(self) -> str:
        """Text that says something; space around it is dropped."""
        if self.node.kind in _GUESSED:
            taken = f"YAML takes {self.node.text[:60]} for {_GUESSED[self.node.kind]}"
            raise self.error(f"must be text: without quotes, {taken}", f"Put it in quotes: {shown(self.node.text)}.")
        if self.empty or (self.node.kind == "text" and not self.node.text.strip()):
            raise self.error("is empty")
        self._demand("text", "must be text")
        return self.node.text.strip()

    def name(self) -> str:
        """Text on one line: an id, a glob, a path. Space around it is an error, because it would never match."""
        self.text()
        text = self.node.text
        if len(text) > MAX_NAME:
            raise self.error(f"has {len(text)} characters, and {MAX_NAME} are allowed")
        if not _NAME.fullmatch(text):
            raise self.error(f"must be one line without space around it, and is {shown(text)}")
        return text

    def key(self) -> str:
        """The key of a free mapping, as a name. Plain digits pass: no YAML reader takes them for another number."""
        text = self.node.text
        if self.node.kind == "number" and re.fullmatch(r"[1-9][0-9]*", text, re.ASCII) and len(text) <= MAX_NAME:
            return text
        return self.name()

    def number(self, least: int, most: int) -> int:
        """A whole number between `least` and `most`."""
        text = self.node.text
        if self.node.kind != "number" or not re.fullmatch(r"-?(0|[1-9][0-9]*)", text, re.ASCII):
            hint = "Write it without quotes." if self.node.kind == "text" and text.isdecimal() else None
            raise self.error(f"must be a whole number, and is {self._as_found()}", hint)
        # Digits are counted first: Python refuses to convert thousands of them.
        if len(text) > 18 or not least <= int(text) <= most:
            raise self.error(f"must be between {least} and {most}, and is {shown(text)}")
        return int(text)

    def flag(self) -> bool:
        """`true` or `false`, the two words that every YAML reader takes alike."""
        text = self.node.text
        if self.node.kind != "yes/no" or text not in ("true", "false"):
            hint = "Write it without quotes." if self.node.kind == "text" and text in ("true", "false") else None
            raise self.error(f"must be true or false, and is {self._as_found()}", hint)
        return text == "true"

    def choice(self, allowed: Sequence[str], hint: str | None = None) -> str:
        """One of a few words."""
        text = self.node.text
        if self.node.kind != "text" or text not in allowed:
            guess = nearest(text, allowed) if self.node.kind == "text" else ""
            raise self.error(f"must be {either(allowed)}, and is {self._as_found()}{guess}", hint)
        return text

    def date(self) -> str:
        """A calendar date, with or without quotes, as `YYYY-MM-DD`."""
        from datetime import date

        text = self.node.text
        if self.node.kind in ("text", "date") and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                raise self.error(f"is no date: {shown(text)} is not in the calendar") from None
        raise self.error(f"must be a date, and is {self._as_found()}", "Write year-month-day: 2027-01-31.")

    def _demand(self, kind: str, problem: str) -> None:
        if self.node.kind != kind:
            raise self.error(f"{problem}, and is {self._as_found()}")

    def _as_found(self) -> str:
        words = {"map": "a mapping", "list": "a list", "empty": "empty"}
        return words.get(self.node.kind) or shown(self.node.text)


_GUESSED = {
    "number": "a number",
    "octal": "a number, and not always the same one",
    "date": "a date",
    "yes/no": "yes or no",
    "merge": "a merge",
}
_NAME = re.compile(r"\S(.*\S)?")


def read(path: Path, file: str) -> Entry:
    """The one document in the file at `path`, which every complaint calls `file`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError("there is no such file", where=file) from None
    except IsADirectoryError:
        raise ConfigError("is a directory, not a file", where=file) from None
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise ConfigError(f"cannot be read: {reason}", where=file) from None
    return parse(data, file)


def parse(data: bytes, file: str) -> Entry:
    """The one document in `data`; nothing but comments is an empty one."""
    return Entry(file, "$", build(decode(data, file), file))


def step(key: str) -> str:
    """One step of a JSON path: `.accounts`, or `["a b"]` where the key is no plain word."""
    return f".{key}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key) and len(key) <= 60 else f"[{shown(key)}]"


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?`, or nothing when no known word is near."""
    found = words_near(word.lower(), known)
    return f'; did you mean "{found[0]}"?' if found else ""


def either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
