"""One danger in words, as the rules about identities report it. Judges nothing."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """One danger, as a rule reports it."""

    kind: str
    address: str
    weight: int
    message: str
    evidence: tuple[str, ...]
    remedy: str
    detail: str = ""
    """What is given, without names: another right at the same place is another finding."""
    whose: str = ""
    """Address of the identity's own object: where it belongs, where the change itself does not say."""
