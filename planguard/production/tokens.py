"""Strings cut into tokens: folded, split at separators and camelCase, and glued words taken apart.

Owns the form of names: host names, ARNs, Azure ids, addresses, `proddb`, `euprod01`. Knows not what a token means.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

_RUN = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\WA-Za-z_]+")
_CASE_RUNS = re.compile(r"[A-Z]{2,}|[A-Z]?[a-z]+|[A-Z]|[^\WA-Za-z_]+")
_DIGITS = "0123456789"
_CASE_CHANGE = re.compile("[a-z][0-9]*[A-Z]|[A-Z]{2}[a-z]")
_SEPARATORS = {code: " " for code in range(128) if not chr(code).isalpha()}
_LONGEST = 24


def fold(text: str) -> str:
    """Accents and invisible characters removed, wide and other special forms made plain (NFKD); case is kept."""
    if text.isascii():
        return text
    import unicodedata  # most plans never need it

    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if unicodedata.category(char) not in ("Mn", "Cf"))


class Cutter:
    """Cuts strings into tokens, with the glued words of one vocabulary."""

    def __init__(self, data: Mapping[str, Any], whole: Collection[str], own: Collection[str] = ()) -> None:
        """`whole`: words that are never taken apart. `own`: the user's words; the longer ones may be glued, too."""
        glue = data["glue"]
        self._words = frozenset(glue["words"]) | {word for word in own if len(word) > 3}
        self._stems = _stems({*self._words, *(word for word in whole if not word.isalpha() and word.isascii())})
        self._numbered = frozenset(glue["numbered"]) | frozenset(data["other"]["numbered"]) | frozenset(own)
        self._prefixes, self._suffixes = frozenset(glue["prefixes"]), frozenset(glue["suffixes"])
        self._nouns, self._before = frozenset(glue["nouns"]), frozenset(glue["before"])
        self._not_glued = frozenset(glue["not_glued"])
        self._whole = frozenset(whole)
        regions = data["regions"]
        self.regions = frozenset(regions["alone"]) | frozenset(regions["areas"]) | frozenset(regions["directions"])
        """Tokens that are part of a region and say nothing."""
        combined = {area + way for area in regions["areas"] for way in regions["directions"]}
        self._regions = frozenset(regions["alone"]) | combined
        self.regions |= self._regions
        self._memory: dict[str, tuple[str, ...]] = {}

    def may_tell(self, text: str, telling: frozenset[str]) -> bool:
        """A quick and generous check whether a string can hold a word at all; most names and ids do not.

        It is asked for every name of a plan, so it does with four passes over the string, all of them in C. Several
        strings may be asked for at once, joined by line breaks.
        """
        if len(text) < 4 or not text.isascii():
            return True
        lower = text.lower()
        for stem in self._stems:
            if stem in lower:
                return True
        if not telling.isdisjoint(lower.translate(_SEPARATORS).split()):
            return True
        return lower != text and text.upper() != text and _CASE_CHANGE.search(text) is not None

    def tokens(self, text: str) -> list[str]:
        """All tokens, folded."""
        found: list[str] = []
        for run in _RUN.findall(fold(text)):
            pieces = self._memory.get(run)
            if pieces is None:
                pieces = self._memory[run] = self._pieces(run)
            found += pieces
        return found

    def _pieces(self, run: str) -> tuple[str, ...]:
        lower = run.casefold()
        known = self._known(lower)
        if known or run in (lower, run.upper()):
            return known or (lower,)
        for pattern in (_CAMEL, _CASE_RUNS):
            parts = [part.casefold() for part in pattern.findall(run)]
            if 1 < len(parts) <= len(run) / 2.5 + 1:  # an id of random letters falls into crumbs, and says nothing
                pieces = [self._known(part) or (part,) for part in _joined(parts)]
                if pattern is _CASE_RUNS or any(self._known(part) for part in parts):
                    return tuple(piece for group in pieces for piece in group)
        return (lower,)

    def _known(self, lower: str) -> tuple[str, ...]:
        """A token that is a word, or all of whose pieces are known; empty if not."""
        if lower in self._whole:
            return (lower,)
        stem = lower.rstrip(_DIGITS)
        if stem != lower and stem and (stem in self._numbered or stem in self._whole):
            return stem, lower[len(stem) :]
        if lower in self._not_glued or not any(word in lower for word in self._stems):
            return ()
        return self._glued(lower, 0, False) or ()

    def _glued(self, text: str, start: int, seen: bool) -> tuple[str, ...] | None:
        """The pieces of `text` from `start` on, longest first; None if something is left over or no word is in it."""
        if start == len(text):
            return () if seen else None
        if text[start].isdigit():
            return self._number(text, start, seen)
        for end in range(min(len(text), start + _LONGEST), start, -1):
            piece = text[start:end]
            if piece in self._words:
                rest = self._glued(text, end, True)
            elif piece in self._regions or (seen and (piece in self._nouns or piece in self._suffixes)):
                rest = self._glued(text, end, seen)
            elif not seen and (piece in self._before or piece in self._prefixes):
                rest = self._glued(text, end, False)
            else:
                continue
            if rest is not None:
                return (piece, *rest)
        return None

    def _number(self, text: str, start: int, seen: bool) -> tuple[str, ...] | None:
        end = start
        while end < len(text) and text[end].isdigit():
            end += 1
        if seen and end == len(text) - 1 and text[end].isascii():
            return (text[start:end],)  # prod01a: the letter only tells one machine from the other
        rest = self._glued(text, end, seen)
        return None if rest is None else (text[start:end], *rest)


def _joined(parts: Iterable[str]) -> list[str]:
    """Digits go back to the word in front of them: k8s, prod01."""
    joined: list[str] = []
    for part in parts:
        if part.isdigit() and joined:
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _stems(words: Iterable[str]) -> tuple[str, ...]:
    """The shortest words such that every word contains one of them."""
    stems: list[str] = []
    for word in sorted(words, key=lambda word: (len(word), word)):
        if not any(stem in word for stem in stems):
            stems.append(word)
    return tuple(stems)


# --- where a string is cut before its words are looked at -------------------------------------------------------------


def segments(text: str, kind: str, top_domains: Collection[str] = ()) -> Sequence[str]:
    """The parts of a string whose words may be neighbours. What is mere form (schemes, types, accounts) is dropped."""
    if kind == "address":
        return address_parts(text)
    if kind == "provider-alias":
        return [text.rpartition(".")[2]]
    _scheme, found, rest = text.partition("://")
    if found:
        text = rest
    elif text.startswith("arn:"):
        text = text.split(":", 5)[-1]
    if text.startswith("/subscriptions/"):
        return _azure_parts(text)
    parts = [part for part in re.split(r"[/\\|:]", text) if part]
    return [_without_top(part, kind, top_domains) for part in parts]


def _without_top(part: str, kind: str, top_domains: Collection[str]) -> str:
    """`api.acme.dev` without its last label, which is a domain and no environment."""
    if "." not in part or kind not in ("name", "host", "tag-value") or " " in part:
        return part
    rest, _, last = part.rstrip(".").rpartition(".")
    return rest if last.lower() in top_domains else part


def _azure_parts(text: str) -> list[str]:
    """The names in an Azure id: every second part, but neither the subscription nor the providers' namespaces."""
    parts = text.strip("/").split("/")
    return [parts[at + 1] for at in range(2, len(parts) - 1, 2) if parts[at].lower() != "providers"]


def address_parts(address: str) -> list[str]:
    """Names of modules, keys of instances, and last the name of the block; types say nothing about environments."""
    steps = _address_steps(address)
    found: list[str] = []
    index = 0
    while index < len(steps) and steps[index] == ("module", False):
        index += 1
        if index < len(steps):
            found.append(steps[index][0])
            index += 1
        while index < len(steps) and steps[index][1]:
            found.append(steps[index][0])
            index += 1
    names = [text for text, is_key in steps[index:] if not is_key]
    keys = [text for text, is_key in steps[index:] if is_key]
    names = names[1:] if names and names[0] == "data" else names
    return [*found, *keys, *(names[1:] or names)]


def _address_steps(address: str) -> list[tuple[str, bool]]:
    """`module.a["x.y"].b.c[0]` -> names and keys (True) in their order."""
    steps = []
    for match in re.finditer(r'\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.\[\]]+)', address):
        quoted, bare, name = match.groups()
        steps.append((name, False) if name is not None else (quoted if quoted is not None else bare, True))
    return steps
