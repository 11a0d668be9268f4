"""The evidence: what was decided, line by line, each line holding the hash of the one before.

Owns the form of a line and the checking of the chain. Pure, on bytes: who writes them where is no matter of this. No
value of a plan ever goes in, only addresses, names of attributes, and who did what when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from planguard.model import Item
from planguard.review import Review

VERSION = 1
MOST_ITEMS = 200
"""So many items are listed; of more, their number and the digest over all of them are kept."""
MOST_PEOPLE = 50
"""So many approvals, refusals, authors and files are listed; the numbers of all are kept."""
MOST_CHARACTERS = 500
"""Of one text."""

Entry = Mapping[str, Any]
"""One line, decoded."""

_PER_HASH = ("version", "number", "previous")


class Removed(NamedTuple):
    """A protection that a change takes away."""

    address: str
    what: str
    """`deletion_protection`: names, never values."""


class Broken(NamedTuple):
    """The first place at which a chain does not hold."""

    line: int
    """Counted from 1."""
    why: str
    """One sentence that names the line."""


class Context(NamedTuple):
    """What an entry says beside the review itself."""

    at: str
    """ISO time, UTC, by the host's clock."""
    repository: str
    pull: int
    base: str
    """Commit of the branch to merge into: where rules and approvers were read."""
    policy: str
    """SHA-256 over rules and configuration."""
    tool: str
    """`planguard 0.3.0`."""
    items: Sequence[Item] = ()
    removed: Sequence[Removed] = ()
    reason: str = ""
    """Of an emergency, as it was given."""


# --- writing ----------------------------------------------------------------------------------------------------------


def entry(review: Review, context: Context) -> Entry:
    """What is kept of one decision, without its place in the chain."""
    items = sorted({(item.address, item.what, item.kind, item.digest) for item in context.items})
    found: dict[str, Any] = {
        "at": context.at,
        "repository": context.repository,
        "pull": context.pull,
        "url": review.pull,
        "state": review.state.value,
        "code": review.code,
        "message": review.message,
        "head": review.head,
        "base": context.base,
        "fingerprint": review.fingerprint,
        "challenge": review.challenge,
        "policy": context.policy,
        "mode": review.mode,
        "needed": review.needed,
        "why_needed": review.why_needed[:MOST_PEOPLE],
        "approvals": [approval._asdict() for approval in review.approvals[:MOST_PEOPLE]],
        "refusals": [refusal._asdict() for refusal in review.refusals[:MOST_PEOPLE]],
        "actors": [{**actor._asdict(), "kind": actor.kind.value} for actor in review.actors[:MOST_PEOPLE]],
        "guard": review.guard[:MOST_PEOPLE],
        "items": [{"address": address, "what": what, "kind": kind} for address, what, kind, _ in items[:MOST_ITEMS]],
        "removed": [removed._asdict() for removed in sorted(set(context.removed))[: MOST_ITEMS * 5]],
        "held_until": review.held_until,
        "reason": context.reason,
        "tool": context.tool,
    }
    counts = {
        "approvals": len(review.approvals),
        "refusals": len(review.refusals),
        "actors": len(review.actors),
        "guard": len(review.guard),
        "items": len(items),
        "removed": len(set(context.removed)),
    }
    found["left_out"] = {key: count - len(found[key]) for key, count in counts.items() if count > len(found[key])}
    if len(items) > MOST_ITEMS:
        found["items_digest"] = hashlib.sha256("\n".join(digest for *_, digest in items).encode()).hexdigest()
    return {key: _bounded(value) for key, value in found.items() if value not in ("", [], (), {}, None)}


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…"
    if isinstance(value, Mapping):
        return {key: _bounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bounded(inner) for inner in value]
    return value


def chain(existing: bytes, entries: Iterable[Entry]) -> tuple[str, ...]:
    """The lines, without line ends, that put `entries` behind what is there."""
    lines = _lines(existing)
    last = lines[-1] if lines else None
    number, previous = _number(last, len(lines)), _hash(last)
    written = []
    for item in entries:
        number += 1
        data = {"version": VERSION, "number": number, "previous": previous, **item}
        # ASCII alone: no reader splits the line anywhere else, and nothing in it is invisible.
        line = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
        written.append(line)
        previous = _hash(line.encode())
    return tuple(written)


def appended(existing: bytes, lines: Sequence[str]) -> bytes:
    """The bytes to put behind `existing`. A last line that was cut off stays as it is, on a line of its own."""
    torn = bool(existing) and not existing.endswith(b"\n")
    return b"\n" * torn + b"".join(line.encode() + b"\n" for line in lines)


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    # git may have put these in when it checked the file out.
    return [line.removesuffix(b"\r") for line in lines]


def _hash(line: bytes | None) -> str:
    return "" if line is None else hashlib.sha256(line).hexdigest()


def _number(line: bytes | None, count: int) -> int:
    if line is None:
        return 0
    found = _decoded(line)
    return found["number"] if isinstance(found, dict) else count


def _decoded(line: bytes) -> dict[str, Any] | str:
    """The entry, or what is wrong with the line."""
    if not line.strip():
        return "is empty"
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return "is no JSON any more: it was edited or cut off"
    if not isinstance(found, dict) or isinstance(found.get("version"), bool):
        return "is no entry of this ledger"
    if isinstance(version := found.get("version"), int) and version > VERSION:
        return "was written by a newer planguard; this one cannot check it"
    if found.get("version") != VERSION:
        return "is no entry of this ledger"
    number = found.get("number")
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        return "has no number any more"
    if not isinstance(found.get("previous"), str):
        return "does not say any more what stood before it"
    return found


# --- checking ---------------------------------------------------------------------------------------------------------


def verify(data: bytes, *, expect: str = "") -> Broken | None:
    """The first line that was edited, dropped, repeated, moved or cut off; None where the chain holds.

    Lines dropped from the end leave no trace in the chain itself: with `expect`, the hash of a line that was once the
    last, that line must still be in it.
    """
    lines = _lines(data)
    hashes = [_hash(line) for line in lines]
    decoded = [_decoded(line) for line in lines]
    for index, found in enumerate(decoded):
        if isinstance(found, str):
            last = " (the last one)" if index == len(lines) - 1 else ""
            return Broken(index + 1, f"Line {index + 1}{last} {found}.")
        before = hashes[index - 1] if index else ""
        if found["previous"] != before or found["number"] != index + 1:
            return _diagnosis(index, hashes, decoded)
    if expect and expect.lower() not in hashes:
        end = f"after line {len(lines)}" if lines else "and nothing is left"
        return Broken(len(lines), f"The line with the expected hash is missing: lines were dropped, {end}.")
    return None


def head(data: bytes) -> str:
    """The hash of the last line, to be kept elsewhere and given to `verify` later; empty where there is none."""
    lines = _lines(data)
    return _hash(lines[-1]) if lines else ""


def differing(earlier: bytes, later: bytes) -> int:
    """The first line, counted from 1, that is not in the later state what it was in the earlier one."""
    after = _lines(later)
    for number, line in enumerate(_lines(earlier), 1):
        if number > len(after) or after[number - 1] != line:
            return number
    return len(after) + 1


def _diagnosis(index: int, hashes: Sequence[str], decoded: Sequence[dict[str, Any] | str]) -> Broken:
    """What happened where line `index` does not go on from the one before it."""
    here = decoded[index]
    assert isinstance(here, dict)  # whoever calls this has looked
    line, number, expected = index + 1, here["number"], index + 1
    if hashes[index] in hashes[:index]:
        return Broken(line, f"Line {line} is line {hashes.index(hashes[index]) + 1} once more.")
    if number == expected:
        return _edited(index, here, hashes, decoded)
    later = {found["number"] for found in decoded[index + 1 :] if isinstance(found, dict)}
    if number > expected:
        if expected in later:
            return Broken(line, f"Line {line} is entry {number}, and entry {expected} comes later: they were moved.")
        missing = f"entry {expected} is" if number == expected + 1 else f"entries {expected} to {number - 1} are"
        return Broken(line, f"Before line {line}, {missing} missing.")
    return Broken(
        line, f"Line {line} says that it is entry {number}, and should be {expected}: it was moved or edited."
    )


def _edited(
    index: int, here: Mapping[str, Any], hashes: Sequence[str], decoded: Sequence[dict[str, Any] | str]
) -> Broken:
    """The numbers are right and the hash is not: this line was edited, or the one before it."""
    line = index + 1
    following = decoded[index + 1] if line < len(decoded) else None
    confirmed = isinstance(following, dict) and following["previous"] == hashes[index]
    if index == 0:
        return Broken(1, "Line 1 is not the beginning: it says that another line stood before it.")
    if confirmed:
        return Broken(line - 1, f"Line {line - 1} was edited: line {line} remembers another one in its place.")
    if here["previous"] in hashes:
        return Broken(line, f"Line {line} was edited: it goes on from another line than the one before it.")
    return Broken(line - 1, f"Line {line - 1} was edited, or line {line}: they do not belong together.")


# --- reading ----------------------------------------------------------------------------------------------------------


def entries(data: bytes) -> Iterator[Entry]:
    """The entries that can be read, in their order; `verify` tells whether they can be believed."""
    for line in _lines(data):
        found = _decoded(line)
        if isinstance(found, dict):
            yield found
