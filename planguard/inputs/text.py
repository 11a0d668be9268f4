"""Bytes → text → JSON documents: byte order marks, UTF-16, lines that wrappers add, several documents in one file.

Owns everything about the form of a file that is not about plans. Knows no plan. What it skips are only lines of known
kinds: any other text beside the JSON is an error, because a document that ends early would hide what comes after.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from planguard.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16's mark does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CUT = "Make it again; a full disk, a broken pipe or a length limit cuts files."

_SPACE = re.compile(r"[ \t\r\n]*")
_NOISE_STARTS = ("[", ":", "#", "t", "0", "1", "2")
_NOISE = r"""(?:
        \[command\]                                  # the wrapper of hashicorp/setup-terraform
      | ::[a-z-]+(?:\s[^\n]*?)?::                     # GitHub's workflow commands
      | \#                                           # comments, and Azure Pipelines' ##[commands]
      | time=\S+\ level=                             # terragrunt, older form
      | \d\d:\d\d:\d\d(?:\.\d+)?\s+(?:INFO|WARN|WARNING|DEBUG|TRACE|STDOUT|STDERR|ERROR)\b   # terragrunt, newer form
    )[^\n]*(?:\n|\Z)"""
_SURROGATE = r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)"
_DEEP = "The JSON is nested too deeply to be read."


class Document(NamedTuple):
    """One decoded JSON document."""

    value: Any
    """An object or an array."""
    repeated: Mapping[int, tuple[dict[str, Any], tuple[str, ...]]]
    """id of an object that names a key twice → the object (kept, so that the id holds), and those keys."""
    text: str = ""
    """Where several documents stand in one file, the text of this one; else empty."""

    def demand_single(self, node: Mapping[str, Any], where: str) -> None:
        """Refuse an object that says two things. Inside attribute values the last one counts, as in Go."""
        if id(node) in self.repeated:
            key = self.repeated[id(node)][1][0]
            shown = key if key.isidentifier() else "…"
            raise InputError(
                "A key stands here twice, so the plan says two things.",
                where=f"{where}.{shown}",
                hint="Terraform never writes that: find out what changed the file.",
            )


def decode(data: bytes) -> str:
    """The text of a file; UTF-8 unless a mark or the pattern of zero bytes says otherwise."""
    encoding = encoding_of(data[:4])
    for mark, name in _MARKS:
        if name == encoding and data.startswith(mark):
            data = data[len(mark) :]
            break
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"This is not text: byte {error.start + 1} is not valid {encoding.upper()}.",
            hint="Give planguard the output of terraform show -json, or the saved plan itself.",
        ) from None


def encoding_of(start: bytes) -> str:
    """The encoding that the first four bytes show."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    # PowerShell and some editors write UTF-16 without a mark: JSON begins with an ASCII character.
    if len(start) >= 2 and start[0] and not start[1]:
        return "utf-16-le"
    if len(start) >= 2 and not start[0] and start[1]:
        return "utf-16-be"
    return "utf-8"


def lead(head: bytes) -> bytes:
    """The beginning of a file as UTF-8, from its first character that is no mark, blank or wrapper's line: what `sniff`
    looks at. Bytes that are no text come back as they are."""
    encoding = encoding_of(head[:4])
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(head)
    except UnicodeDecodeError:
        return head
    text = text.removeprefix("\ufeff")
    return text[skip_noise(text) :].encode("utf-8", "replace")


def skip_noise(text: str, position: int = 0) -> int:
    """The place after blanks and the lines that wrappers add."""
    while True:
        position = _SPACE.match(text, position).end()  # type: ignore[union-attr]  # it matches everywhere
        # Looked at by its first character, since compiling the pattern costs as much as reading a small plan.
        if not text.startswith(_NOISE_STARTS, position):
            return position
        noise = re.compile(_NOISE, re.VERBOSE).match(text, position)
        if noise is None:
            return position
        position = noise.end()


def documents(text: str) -> Iterator[Document]:
    """Every JSON document of a text, one after the other."""
    start = skip_noise(text)
    if start == len(text):
        raise InputError("There is nothing in it but blanks and comments.", hint=_CUT)
    # A single character is found twenty times as fast as three, and many change sets hold none.
    if "\\" in text and ("\\ud" in text or "\\uD" in text):
        text = _without_lone_surrogates(text)
    first = True
    while start < len(text):
        repeated: dict[int, tuple[dict[str, Any], tuple[str, ...]]] = {}
        value, end = _decode_at(text, start, repeated)
        after = skip_noise(text, end)
        if after < len(text) and text[after] not in "{[":
            raise InputError(
                "Something follows the JSON that is neither JSON nor a line of a known wrapper.",
                where=f"line {_line(text, after)}",
                hint="Give planguard the output of terraform show -json alone.",
            )
        alone = first and after == len(text)
        if not isinstance(value, dict | list):
            raise InputError("This JSON is a single value, not a plan.", where=f"line {_line(text, start)}")
        yield Document(value, repeated, "" if alone else text[start:end])
        first, start = False, after


def _decode_at(text: str, start: int, repeated: dict[int, tuple[dict[str, Any], tuple[str, ...]]]) -> tuple[Any, int]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            times: dict[str, int] = {}
            for name, _ in pairs:
                times[name] = times.get(name, 0) + 1
            repeated[id(found)] = (found, tuple(name for name, count in times.items() if count > 1))
        return found

    try:
        return _decoder(unique).raw_decode(text, start)
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError):
            raise _broken(text, error) from None
    except RecursionError:
        raise InputError(_DEEP, hint="Terraform never writes that.") from None
    # An integer of more digits than Python turns into a number: it stays what it is, text.
    repeated.clear()
    try:
        return _decoder(unique, _integer).raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise _broken(text, error) from None
    except RecursionError:
        raise InputError(_DEEP, hint="Terraform never writes that.") from None


def _decoder(
    unique: Callable[[list[tuple[str, Any]]], dict[str, Any]], integer: Callable[[str], Any] | None = None
) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=unique, parse_constant=_no_constant, parse_int=integer)


def _without_lone_surrogates(text: str) -> str:
    """Half a character (`\\ud800` alone) becomes U+FFFD, as in Go: nothing could print it."""

    def repair(match: re.Match[str]) -> str:
        # Spelled at the same length, so that every position stays where it was.
        return "\\ufffd" if len(match[0]) == 6 else match[0]

    return re.sub(_SURROGATE, repair, text, flags=re.DOTALL)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 1000 else digits


def _no_constant(name: str) -> Any:
    raise InputError(f"The JSON holds {name}, which no plan can hold.")


def _broken(text: str, error: json.JSONDecodeError) -> InputError:
    where = f"line {error.lineno}"
    if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
        return InputError("The file ends in the middle of the JSON: it was cut off.", where=where, hint=_CUT)
    return InputError(
        f"This is not valid JSON (column {error.colno}).",
        where=where,
        hint="Give planguard the output of terraform show -json as it is.",
    )


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
