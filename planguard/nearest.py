"""The word that somebody probably meant. The one place for it, so that every complaint guesses alike."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """Up to `most` of the `known` words that are close to `word`, the closest first."""
    from difflib import get_close_matches  # costs start-up time, and most runs are spelled right

    word, words = word[:100], sorted(known)
    begun = [other for other in words if len(word) >= 3 and other.lower().startswith(word.lower())]
    return begun[:most] or get_close_matches(word, words, n=most, cutoff=0.6)


def hint(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint that names the nearest word; `otherwise` where there is none."""
    found = nearest(word, known)
    return f"Did you mean `{found[0]}`?" if found else otherwise
