"""Which attributes of a type are likely to force its replacement when they are edited (`rules/replacements.yaml`).

Providers decide that in code and tell nobody: `terraform providers schema -json` does not hold it. What stands in the
table is right for current versions as far as is known; whoever asks must say "likely", and leave the rest to a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from planguard import bundled


@cache
def forced_by(type: str) -> Mapping[str, str]:
    """Attribute → when an edit of it counts: `edited` at all, `given` on both sides, or `smaller`.

    `block.attribute` stands for an attribute inside of a nested block. Empty for a type that is not in the table.
    """
    data = bundled.load("replacements")
    found = dict.fromkeys(data["types"].get(type, ()), "edited")
    found |= dict.fromkeys(data["smaller"].get(type, ()), "smaller")
    found |= dict.fromkeys(data["everywhere"].get(f"{type.partition('_')[0]}_", ()), "given")
    return found
