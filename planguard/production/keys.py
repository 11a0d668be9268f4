"""What a key and its value say together: `env = prod`, `is_prod = false`, `acme:environment = staging`.

Owns which keys name an environment and which are flags. The values are judged by `words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from planguard.model import Tier
from planguard.production.words import NOTHING, Match, Words

_PATH = re.compile(r"[/:]")

_Role = Literal["", "own", "environment", "plain", "name", "flag"]
"""What a key is about: nothing here, one of the user's, an environment, perhaps an environment, a name, yes or no."""


class Keys:
    """The keys of tags, labels and variables. Every pair is judged once and remembered."""

    def __init__(self, data: Mapping[str, Any], words: Words, extra: Iterable[str] = ()) -> None:
        """`extra`: the user's own tag keys, as they are written on the resources."""
        keys, truth = data["keys"], data["truth"]
        self._words = words
        self._own = frozenset(key.casefold() for key in extra)
        self._environment, self._suffixes = frozenset(keys["environment"]), frozenset(keys["suffixes"])
        self._plain, self._flag_parts = frozenset(keys["plain"]), frozenset(keys["flag_parts"])
        self._names, self._ignored = frozenset(keys["names"]), frozenset(keys["ignored"])
        self._yes, self._no = frozenset(truth["yes"]), frozenset(truth["no"])
        self._roles: dict[str, _Role] = {}
        self._memory: dict[tuple[str, Any, bool], Match | None] = {}

    def role(self, key: str) -> _Role:
        """What a key is about; most are about nothing that matters here."""
        found = self._roles.get(key)
        if found is None:
            found = self._roles[key] = self._role(key)
        return found

    def setting(self, key: str, value: Any) -> Match | None:
        """What `key = value` says of the environment; None when the key is about something else."""
        if self.role(key) in ("", "name") or not isinstance(value, str | bool | int | float):
            return None
        place = (key, value, isinstance(value, bool))
        if place not in self._memory:
            self._memory[place] = self._setting(key, value)
        return self._memory[place]

    def pair(self, text: str) -> Match:
        """What `key=value` or `key: value` in one string says."""
        key, found, value = text.partition("=") if "=" in text else text.partition(":")
        if not found:
            return self._words.match(text, "tag-value")
        return self.setting(key.strip(), value.strip().strip("\"'")) or NOTHING

    def _role(self, key: str) -> _Role:
        if key.casefold() in self._own or _last(key).casefold() in self._own:
            return "own"
        tokens = self._tokens(key)
        if not tokens:
            return ""
        word = self._names_environment(tokens)
        if word is not None:
            return "plain" if word in self._plain else "environment"
        if "".join(tokens) in self._names:
            return "name"
        rest = [token for token in tokens if token not in self._flag_parts]
        return "flag" if rest and all(map(self._words.is_word, rest)) else ""

    def _tokens(self, key: str) -> tuple[str, ...]:
        tokens = self._words.tokens(_last(key))
        while tokens and tokens[0] in self._ignored:
            tokens = tokens[1:]
        return tokens

    def _setting(self, key: str, value: str | int | float) -> Match | None:
        role, text = self.role(key), str(value).strip() if isinstance(value, str | int) else ""
        if role == "flag":
            return self._flag(self._tokens(key), text.casefold())
        if isinstance(value, bool):
            return None
        return self._words.match(text, "name" if role == "plain" else "tag-value")

    def _names_environment(self, tokens: tuple[str, ...]) -> str | None:
        """The word of a key that makes it one that names an environment."""
        if "".join(tokens) in self._environment:
            return "".join(tokens)
        if tokens[-1] in self._environment:
            return tokens[-1]
        if len(tokens) > 1 and tokens[-1] in self._suffixes and tokens[-2] in self._environment:
            return tokens[-2]
        return None

    def _flag(self, tokens: tuple[str, ...], value: str) -> Match | None:
        """`is_prod=true`, `prod=false`, `nonprod=yes`; None when the value is neither yes nor no."""
        if value not in self._yes and value not in self._no:
            return None
        rest = [token for token in tokens if token not in self._flag_parts]
        said = self._words.match("-".join(rest), "tag-value")
        if value in self._no:
            token = f"{said.token}={value}"
            if said.tier is Tier.PRODUCTION:
                return Match(Tier.OTHER, token=token)
            negated = any(token in self._words.production for token in rest) or "prod" in rest[0]
            return Match(Tier.PRODUCTION, token=token) if said.tier is Tier.OTHER and negated else NOTHING
        if said.tier is Tier.OTHER and len(tokens) == 1 and "prod" not in rest[0]:
            return NOTHING  # demo = true may be a feature
        return said


def _last(key: str) -> str:
    """`environment` of `acme:environment`, `app.kubernetes.io/environment`."""
    parts = [part for part in _PATH.split(key) if part]
    return parts[-1] if parts else ""
