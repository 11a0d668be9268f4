"""Which attributes of a type are likely to force its replacement when they are edited (`rules/replacements.yaml`).

Providers decide that in code and tell nobody: `terraform providers schema -json` does not hold it. What stands in the
table is right for current versions as far as is known; whoever asks must say "likely", and leave the rest to a plan.
"""

from __future__ import annotations

from functools import cache

from planguard import bundled


@cache
def forced_by(type: str) -> frozenset[str]:
    """The attributes; empty for a type that is not in the table."""
    return frozenset(bundled.load("replacements")["types"].get(type, ()))
