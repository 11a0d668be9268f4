"""The question that a pull request is asked: its code, the hidden line that remembers it, and the answers in comments.

Owns their form. Judges nobody. A code is no secret: it binds a line in a comment to one change of one pull request.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from planguard.consent.fingerprint import of_digests
from planguard.model import Finding, Item

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that could be read as a digit."""
GROUPS = 3
"""Of four characters: 60 bits, too many to search for a change that has the code of another one."""

MARKER = "planguard:gate:v1"
REMEMBERED = 3
"""Questions that the comment keeps: a plan that shrinks after somebody agreed finds the larger one again."""
LISTED = 300
"""Things of one question whose digests the comment keeps. With more of them, a smaller plan is agreed to anew."""

VERBS = ("destroy", "allow")
"""What the line to post says: `allow` where nothing ends."""

TYPED_ABOVE = 3
"""With more things that end than this, their number is typed as well."""

_GENERIC = frozenset(
    ("this", "main", "default", "primary", "self", "it", "resource", "instance", "db", "database", "cluster", "bucket")
)
_MARKED = re.compile(rf"^<!-- {MARKER} (\{{.*\}}) -->$", re.MULTILINE)
_CODE = re.compile(rf"[{ALPHABET}]{{4}}(?:-[{ALPHABET}]{{4}}){{{GROUPS - 1}}}")
_HEX = re.compile(r"[0-9a-f]{8,128}")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " "})
_LOOK_ALIKES = str.maketrans("OIL", "011")


class Challenge(NamedTuple):
    """What somebody was asked, once."""

    fingerprint: str
    policy: str
    head: str
    """Commit of the pull request at that time."""
    since: datetime
    """When it was asked, by the host's clock."""
    digests: tuple[str, ...]
    """Of the things it is about; empty where there were too many to keep."""
    phrase: str
    how_many: int
    verb: str = "destroy"

    @property
    def whole(self) -> bool:
        """Whether the digests are those that the fingerprint stands for, so that they can be believed."""
        return bool(self.digests) and of_digests(self.digests, self.policy) == self.fingerprint


class Said(NamedTuple):
    """A command in a comment."""

    verb: str
    """`approve`, `revoke` or `break-glass`."""
    code: str = ""
    text: str = ""
    """The name that was typed; the reason of an emergency."""
    how_many: int | None = None
    act: str = ""
    """`destroy` or `allow`."""


def code(repository: str, number: int, fingerprint: str, head: str, opened: str) -> str:
    """The code of a question: other for another repository, pull request, change, head, and after a reopening.

    `head` is empty where approvals survive a push that changes nothing.
    """
    text = json.dumps([MARKER, repository.lower(), number, fingerprint, head, opened], separators=(",", ":"))
    number_of = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    letters = [ALPHABET[(number_of >> (5 * place)) & 31] for place in range(4 * GROUPS)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 4 * GROUPS, 4))


# --- what is typed ---------------------------------------------------------------------------------------------------


def phrase(findings: Sequence[Finding], items: Sequence[Item]) -> str:
    """The name of the worst thing, as short as it says something; findings come worst first."""
    for finding in findings:
        if finding.address:
            return name(finding.address)
    for item in items:
        if item.address:
            return item.address if item.kind == "guard" else name(item.address)
    return "the whole plan"


def name(address: str) -> str:
    """`orders` of `aws_db_instance.orders`, `shop.orders["eu"]` of one in a module; the address where that is vague."""
    if "/" in address.split("[", 1)[0]:
        return address  # CloudFormation: stack and logical id are what people know it by
    steps = _steps(address)
    if len(steps) < 2:
        return address
    kept, rest = [], steps
    while len(rest) >= 2 and rest[0] == "module":
        kept.append(rest[1])
        rest = rest[2:]
    if not rest or (rest[0] == "data"):
        return address
    kept += rest[1:]
    short = ".".join(kept)
    vague = len(kept) == 1 and kept[0].split("[", 1)[0].lower() in _GENERIC
    return address if vague or not short else short


def _steps(address: str) -> list[str]:
    """The parts between the dots, those in brackets left whole."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(address):
        if letter == '"' and address[place - 1 : place] != "\\":
            quoted = not quoted
        elif not quoted and letter in "[]":
            depth += 1 if letter == "[" else -1
        elif letter == "." and not quoted and depth == 0:
            parts.append(address[start:place])
            start = place + 1
    return [*parts, address[start:]]


def ending(items: Iterable[Item]) -> int:
    """How many things end."""
    return sum(1 for item in items if item.kind == "end")


# --- what is said in a comment ---------------------------------------------------------------------------------------


def said(body: str) -> Said | None:
    """The command of a comment: it must be its first line, so that quoting one, or writing about it, is none."""
    first = next((line for line in body.splitlines() if line.strip()), "")
    words = first.strip().strip("`").translate(_QUOTES).split()
    if len(words) < 2 or words[0].lower() != "/planguard":
        return None
    verb, rest = words[1].lower(), words[2:]
    if verb == "revoke":
        return Said(verb, text=" ".join(rest))
    if verb not in ("approve", "break-glass") or not rest:
        return Said(verb) if verb in ("approve", "break-glass") else None
    spoken = rest[0].upper().translate(_LOOK_ALIKES)
    if verb == "break-glass":
        return Said(verb, spoken, " ".join(rest[1:]))
    act = rest[1].lower() if len(rest) > 1 else ""
    typed = rest[2:]
    amount = int(typed[-1]) if len(typed) > 1 and typed[-1].isascii() and typed[-1].isdigit() else None
    text = " ".join(typed if amount is None else typed[:-1])
    return Said(verb, spoken, text, amount, act)


def is_code(text: str) -> bool:
    """Whether it has the form of a code."""
    return _CODE.fullmatch(text) is not None


def same_name(typed: str, wanted: str) -> bool:
    """Whether somebody typed the name that was asked for, or the address that it is short for; quotes and surrounding
    marks do not matter, case does."""
    given, asked = (text.strip("`\"' ").translate(_QUOTES) for text in (typed, wanted))
    return asked in (given, name(given))


# --- the line that remembers -----------------------------------------------------------------------------------------


def marker(challenges: Sequence[Challenge]) -> str:
    """The hidden line: the latest questions, newest last. Holds numbers, times and names as they were shown."""
    kept = [_plain(challenge) for challenge in challenges[-REMEMBERED:]]
    text = json.dumps({"asked": kept}, separators=(",", ":"), ensure_ascii=True)
    # A comment in HTML must not hold two hyphens; JSON may write any letter as an escape.
    for letter in "-<>":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return f"<!-- {MARKER} {text} -->"


def remembered(body: str) -> tuple[Challenge, ...]:
    """The questions that a comment of planguard's own remembers; none where the line is not as it was written."""
    found = _MARKED.findall(body)
    if len(found) != 1:
        return ()
    try:
        data = json.loads(found[0])
        challenges = tuple(_challenge(item) for item in data["asked"])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return ()
    return challenges if len(challenges) <= REMEMBERED else ()


def is_marked(body: str) -> bool:
    """Whether a comment claims to be planguard's."""
    return f"<!-- {MARKER}" in body


def _plain(challenge: Challenge) -> dict[str, Any]:
    digests = challenge.digests if len(challenge.digests) <= LISTED else ()
    return {
        "fingerprint": challenge.fingerprint,
        "policy": challenge.policy,
        "head": challenge.head,
        "since": challenge.since.astimezone(UTC).isoformat(timespec="seconds"),
        "phrase": challenge.phrase,
        "how_many": challenge.how_many,
        "verb": challenge.verb,
        "digests": " ".join(digests),
    }


def _challenge(item: Any) -> Challenge:
    since = datetime.fromisoformat(item["since"])
    digests = tuple(item["digests"].split())
    hashes = (item["fingerprint"], item["policy"], item["head"], *digests)
    if since.tzinfo is None or not all(_HEX.fullmatch(text) for text in hashes):
        raise ValueError("not as planguard writes it")
    if not isinstance(item["phrase"], str) or type(item["how_many"]) is not int or item["verb"] not in VERBS:
        raise TypeError("not as planguard writes it")
    texts = (item["fingerprint"], item["policy"], item["head"])
    return Challenge(*texts, since, digests, item["phrase"], item["how_many"], item["verb"])
