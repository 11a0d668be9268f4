"""Whether a YAML text is nested so deeply that the C library behind it would crash instead of complaining.

Guesses from the text first, always on the side of too much, and counts properly only where the guess is too high.
"""

from __future__ import annotations

import re

DEEPEST = 300
"""CloudFormation itself takes far less; the C library dies at some thousands."""


def too_deep(text: str) -> bool:
    """Whether anything in it stands deeper than `DEEPEST`."""
    return _guess(text) > DEEPEST and _counted(text) > DEEPEST


def _guess(text: str) -> int:
    """No less than the depth: indentation, brackets that are open, and dashes before one another."""
    indented = max((len(found) for found in re.findall(r"^[ ]+", text, re.MULTILINE)), default=0)
    dashes = max((found.count("-") + found.count("?") for found in re.findall(r"(?:[-?:][ \t]+){2,}", text)), default=0)
    level = deepest = 0
    if text.count("[") + text.count("{") > DEEPEST // 3:
        for sign in re.findall(r"[\[\]{}]", text):
            level += 1 if sign in "[{" else -1
            deepest = max(deepest, level)
            level = max(level, 0)
    else:
        deepest = DEEPEST // 3
    return indented + dashes + deepest


def _counted(text: str) -> int:
    import yaml

    level = deepest = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.CollectionStartEvent):
                level += 1
                deepest = max(deepest, level)
                if deepest > DEEPEST:
                    break
            elif isinstance(event, yaml.CollectionEndEvent):
                level -= 1
    except yaml.YAMLError:
        pass  # what is wrong with it, cfn-lint says with a line; so far it was not too deep
    return deepest
