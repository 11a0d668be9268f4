"""Secrets and texts -> texts without the secrets. The mechanics behind `redaction`, which says for which fields.

Owns what counts as an occurrence. Must not know reports. A secret may be anything, also the word `postgres`, so there
are three strengths:

- strong (six characters or more, and not just one plain word): taken out wherever it stands, inside longer words too;
- weak (shorter, or a single plain word of up to twelve letters): taken out only where it stands as a value: as the
  whole text, in quotes, or after `=` or `:`. Anywhere else it is far more likely to be a word of a sentence, and a
  report in which every "database" is missing helps nobody. With a digit or a sign in it, it is no word, and is taken
  out wherever no letter or digit touches it. Instance keys stay: Terraform refuses sensitive ones;
- the beginning of a strong secret right before an ellipsis, or its end right after one: somebody shortened a value.

Written forms count as well: as JSON, as HTML, percent-encoded, as base64, and the long lines of a secret that has
several. Cost is linear in the texts, however many secrets there are: an occurrence is found by its first characters.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

MASK = "(sensitive)"

_STRONG = 6
"""Strong secrets and their forms are at least so long, and looked up by so many characters."""
_WEAK = 4
_LONGEST_WORD = 12
_LONG_LINE = 16
FEW = 64
"""Of so many secrets those are sorted out first that occur nowhere; of more, that would take as long as the rest."""
_QUOTES = "\"'`"
_AFTER_VALUE = frozenset(["", *" \t\n,;&@)}]\"'`\\"])
_ELLIPSIS = re.compile(r"…|\.\.\.")
_FRAGMENT = 400
"""How far around an ellipsis the rest of a secret is looked for."""


def masker(secrets: Collection[str], texts: Collection[str] | None = None) -> Callable[[str], str]:
    """A function that takes the secrets out of any of these texts; out of any text at all where none are given."""
    strong, weak = _forms(secrets)
    if texts is not None and len(strong) + len(weak) <= FEW:
        everything = "\0".join(texts)
        if not _ELLIPSIS.search(everything):
            strong = {form for form in strong if form in everything}
            weak = {form for form in weak if form in everything}
    if not strong and not weak:
        return lambda text: text
    finder = _Finder(strong, weak)
    known: dict[str, str] = {}

    def clean(text: str) -> str:
        cleaned = known.get(text)
        if cleaned is None:
            cleaned = known[text] = _cut(text, finder.spans(text))
        return cleaned

    return clean


# --- what a secret looks like when it is written ----------------------------------------------------------------------


def _forms(secrets: Iterable[str]) -> tuple[set[str], set[str]]:
    """All written forms, strong and weak ones."""
    strong: set[str] = set()
    weak: set[str] = set()
    for secret in secrets:
        for whole in _parts(secret):
            if len(whole) < _WEAK or whole in MASK:
                continue
            if is_strong(whole):
                strong.update(_written(whole))
            else:
                weak.add(whole)
    return strong, weak


def is_strong(secret: str) -> bool:
    """Whether a secret can be told from the words of a sentence wherever it stands."""
    if len(secret) < _STRONG:
        return False
    word = secret.isascii() and secret.isalpha() and secret[1:].islower()
    return not (word and len(secret) <= _LONGEST_WORD)


def _parts(secret: str) -> Iterator[str]:
    yield secret
    stripped = secret.strip()
    if stripped != secret:
        yield stripped
    if "\n" in stripped:
        yield from (line.strip() for line in stripped.split("\n") if len(line.strip()) >= _LONG_LINE)


def _written(secret: str) -> Iterator[str]:
    from base64 import b64encode  # only where there are secrets

    data = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield b64encode(data).decode("ascii").rstrip("=")
    if secret.isascii() and secret.isalnum():
        return
    encoded = json.dumps(secret)[1:-1]
    readable = json.dumps(secret, ensure_ascii=False)[1:-1]
    for form in (encoded, readable):
        yield form
        yield form.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
        yield form.replace("${", "$${").replace("%{", "%%{")  # as Terraform writes keys
    if "'" in secret:
        for form in (secret, encoded, readable):
            yield form.replace("'", "'\"'\"'")  # as a shell's word
    html = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield html
    for apostrophe in ("&#39;", "&#x27;"):
        yield html.replace('"', "&quot;").replace("'", apostrophe)
    for safe in ("", "/"):
        yield "".join(chr(byte) if _plain(byte, safe) else f"%{byte:02X}" for byte in data)


def _plain(byte: int, safe: str) -> bool:
    char = chr(byte)
    return byte < 128 and (char.isalnum() or char in "-._~" or char in safe)


# --- where they stand -------------------------------------------------------------------------------------------------

Spans = list[tuple[int, int]]


class _Finder:
    """Finds every form in a text: by its first characters, then by the lengths that forms with this beginning have."""

    def __init__(self, strong: Collection[str], weak: Collection[str]) -> None:
        self._strong = frozenset(strong)
        self._weak = frozenset(weak)
        self._strong_sizes = _sizes(strong, _STRONG)
        self._weak_sizes = _sizes(weak, _WEAK)
        self._beginnings: list[str] = []
        self._endings: list[str] = []
        self._tails: frozenset[str] = frozenset()

    def spans(self, text: str) -> Spans:
        """Start and end of everything that has to go; they may overlap."""
        spans = [*_hits(text, self._strong, self._strong_sizes, _STRONG)]
        if self._weak:
            spans += [span for span in _hits(text, self._weak, self._weak_sizes, _WEAK) if _is_value(text, *span)]
        if "…" in text or "..." in text:
            spans += self._shortened(text)
        return spans

    def _shortened(self, text: str) -> Iterator[tuple[int, int]]:
        """What is left of a strong form right before an ellipsis (its beginning) or right after one (its end)."""
        if not self._beginnings:
            self._beginnings = sorted(self._strong)
            self._endings = sorted(form[::-1] for form in self._strong)
            self._tails = frozenset(form[-_STRONG:] for form in self._strong)
        heads = range(len(text) - _STRONG + 1)
        # Worked out once for all ellipses: a name can be made of nothing else.
        starts = [at for at in heads if text[at : at + _STRONG] in self._strong_sizes]
        ends = [at + _STRONG for at in heads if text[at : at + _STRONG] in self._tails]
        for match in _ELLIPSIS.finditer(text) if starts or ends else ():
            left, right = match.span()
            for at in _between(starts, left - _FRAGMENT, left - _STRONG):
                if _begins(self._beginnings, text[at:left]):
                    yield at, left
                    break
            for at in reversed(_between(ends, right + _STRONG, right + _FRAGMENT)):
                if _begins(self._endings, text[right:at][::-1]):
                    yield right, at
                    break


def _between(places: list[int], first: int, last: int) -> list[int]:
    """The sorted places from `first` to `last`, both included."""
    return places[bisect_left(places, first) : bisect_left(places, last + 1)]


def _begins(forms: Sequence[str], text: str) -> bool:
    """Whether one of the sorted forms begins with the text."""
    place = bisect_left(forms, text)
    return place < len(forms) and forms[place].startswith(text)


def _sizes(forms: Iterable[str], head: int) -> dict[str, list[int]]:
    """First characters → the lengths of the forms that begin with them, longest first."""
    sizes: dict[str, set[int]] = {}
    for form in forms:
        sizes.setdefault(form[:head], set()).add(len(form))
    return {start: sorted(lengths, reverse=True) for start, lengths in sizes.items()}


def _hits(text: str, forms: frozenset[str], sizes: dict[str, list[int]], head: int) -> Iterator[tuple[int, int]]:
    """The longest form at each place where one begins."""
    for start in [place for place in range(len(text) - head + 1) if text[place : place + head] in sizes]:
        for size in sizes[text[start : start + head]]:
            if text[start : start + size] in forms:
                yield start, start + size
                break


def _is_value(text: str, start: int, end: int) -> bool:
    """Whether what stands there is a value and not a word: the whole text, quoted, or assigned."""
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    if before == after == "":
        return True
    if _is_key(text, start):
        return False
    if not text[start:end].isalpha():
        return not (before.isalnum() or after.isalnum())
    if before in _QUOTES and before:
        return after in (before, "\\")
    return before in ("=", ":") and after in _AFTER_VALUE


def _is_key(text: str, start: int) -> bool:
    """Whether it is the key of an instance: `[5432]`, `["a"]`, and `[\\"a\\"]` inside of JSON."""
    lead = text[max(start - 3, 0) : start]
    return lead.endswith(("[", '["', '[\\"'))


def _cut(text: str, spans: Spans) -> str:
    """The text with one mask in place of each run of overlapping spans."""
    if not spans:
        return text
    pieces: list[str] = []
    reached = -1
    for start, end in sorted(spans):
        if start > reached:
            pieces += [text[max(reached, 0) : start], MASK]
        reached = max(reached, end)
    return "".join([*pieces, text[reached:]])
