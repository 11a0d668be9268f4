"""Which environment a string speaks of: the words of `rules/production.yaml`, and the recipe for finding them.

Owns cutting strings into tokens and weighing the tokens. Knows nothing of plans, ranks and evidence, and never guesses
from a part of a word: a token is known as a whole, or it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from planguard.model import Tier
from planguard.production.tokens import Cutter, fold, segments

Kind = Literal[
    "tag-value", "workspace", "name", "backend-key", "directory", "address", "provider-alias", "account-alias",
    "variable", "region", "host",
]  # fmt: skip
"""Where a string stands. The same word may be a statement in one place and a noun in another."""

_STATED = frozenset({"tag-value", "workspace", "account-alias", "provider-alias", "directory", "backend-key"})
_PATHS = frozenset({"directory", "backend-key"})
_LETTERS = frozenset({"tag-value", "workspace"})
_WHOLE_SHARED = frozenset({"tag-value", "workspace", "provider-alias"})


class Match(NamedTuple):
    """What one string says."""

    tier: Tier
    shared: bool = False
    """It names something that production uses with others (`shared`, `dr`): production, but no proof against a tag."""
    token: str | None = None
    """The words that decided."""
    both: bool = False
    """It names production beside another environment, or in a way that nobody can read: it touches production."""
    weak: bool = False
    """Production, but perhaps a factory or a live stream: too weak to contradict anything."""


NOTHING = Match(Tier.UNKNOWN)


class _Signals:
    """What has been found in one string so far."""

    __slots__ = ("live", "other", "production", "shared", "soft", "unsure", "weak")

    def __init__(self) -> None:
        self.production: str | None = None
        self.weak = True
        """Whether every production word so far is a weak one."""
        self.other: str | None = None
        self.unsure: str | None = None
        """Production, perhaps."""
        self.soft: str | None = None
        """Another environment's word that is a noun here: matters only beside production."""
        self.live: str | None = None
        self.shared: str | None = None

    def verdict(self) -> Match:
        """All signals together."""
        touched = self.production or self.unsure
        against = self.other or self.soft
        if touched and (against or self.unsure):
            words = dict.fromkeys(word for word in (self.production, self.unsure, against) if word)
            return Match(Tier.UNKNOWN, token=" + ".join(words), both=True)
        if self.production:
            return Match(Tier.PRODUCTION, token=self.production, weak=self.weak)
        if self.other:
            return Match(Tier.OTHER, token=self.other)
        if self.live:
            return Match(Tier.PRODUCTION, token=self.live, weak=True)
        if self.shared:
            return Match(Tier.PRODUCTION, token=self.shared, shared=True, weak=True)
        return NOTHING


class Words:
    """The vocabulary, ready to use. Every string is judged once and remembered."""

    def __init__(self, data: Mapping[str, Any], extra: Mapping[str, Tier] | None = None) -> None:
        """`extra` holds the user's own words; `Tier.UNKNOWN` takes a word out of the lists."""
        own = {_folded(word): tier for word, tier in (extra or {}).items()}
        production, other, shared = data["production"], data["other"], data["shared"]
        self.production = _with(production["words"], own, Tier.PRODUCTION)
        self.other = _with(other["words"], own, Tier.OTHER)
        whole = dict.fromkeys(_set(production["whole"]), Tier.PRODUCTION)
        whole |= dict.fromkeys(_set(other["whole"]), Tier.OTHER)
        self._whole = {word: tier for word, tier in whole.items() if word not in own}
        self._live = _set(production["live"]) - own.keys()
        self._letters = {letter: Tier(tier) for letter, tier in data["letters"].items() if letter not in own}
        self._false_friends = _set(production["false_friends"])
        self._numbered, self._branches = _set(other["numbered"]), _set(other["branches"])
        self._branch_nouns, self._exceptions = _set(other["branch_nouns"]), _set(other["branch_exceptions"])
        self._before_nouns, self._softeners = _set(other["before_nouns"]), _set(other["softeners"])
        self._shared, self._leading = _set(shared["words"]) - own.keys(), _set(shared["leading"]) - own.keys()
        self._topics, self._accounts = _set(shared["topics"]), _set(shared["accounts"]) - own.keys()
        self._pairs = {tuple(pair.split("-")) for pair in shared["pairs"]}
        modifiers = data["modifiers"]
        self._left, self._fillers = _set(modifiers["left"]), _set(modifiers["fillers"])
        self._far, self._unsure_left = _set(modifiers["far"]), _set(modifiers["unsure_left"])
        self._right, self._unsure_right = _set(modifiers["right"]), _set(modifiers["unsure_right"])
        self._containers = _set(data["containers"])
        self._nouns = _set(data["glue"]["nouns"])
        known = self.production | self.other
        self._cutter = Cutter(data, known | self._whole.keys() | self._live | self._shared | self._accounts, own)
        self._neutral = _set(data["affixes"]) | self._cutter.regions
        self._beside = self._neutral | self._nouns | _set(data["directories"]["neutral"])
        self._top_domains = _set(data["top_domains"])
        pair_words = {word for pair in self._pairs for word in pair}
        self._named = known | self._live | self._shared | self._leading | self._numbered | self._branches | pair_words
        """Tokens that may matter in names; where an environment is stated, more of them do."""
        self._telling = self._named | self._whole.keys() | self._accounts
        self._memory: dict[tuple[str, str], Match] = {}

    def match(self, text: str, kind: Kind = "name") -> Match:
        """What `text` says, standing where `kind` says."""
        key = (kind, text)
        found = self._memory.get(key)
        if found is None:
            found = self._memory[key] = self._match(fold(text), kind)
        return found

    def may_tell(self, text: str) -> bool:
        """Whether a name is worth a closer look; several may be joined by line breaks."""
        return self._cutter.may_tell(text, self._named)

    def is_word(self, token: str) -> bool:
        """Whether a folded token names an environment by itself or changes a word that does."""
        return token in self.production or token in self.other or token in self._left

    def is_environment(self, part: str, noise: frozenset[str]) -> bool:
        """Whether one part of a path speaks of an environment and of nothing else."""
        tokens = [token for token in self.tokens(part) if not token.isdigit()]
        if part.casefold() in noise or not tokens:
            return False
        if self._containers.issuperset(tokens):
            return True
        telling = self._telling | self._left
        return not telling.isdisjoint(tokens) and all(token in self._beside or token in telling for token in tokens)

    def tokens(self, text: str) -> tuple[str, ...]:
        """The tokens of a string, folded."""
        return tuple(self._cutter.tokens(text))

    def _match(self, text: str, kind: Kind) -> Match:
        if kind == "region" or not (kind in _STATED or self.may_tell(text)):
            return NOTHING
        parts = [self._cutter.tokens(part) for part in segments(text, kind, self._top_domains)]
        parts = [part for part in parts if part]
        found = _Signals()
        for index, part in enumerate(parts):
            self._words(part, kind, found)
            if kind in _PATHS and index and part[0] in self._fringe(parts[index - 1]):
                found.unsure = f"{parts[index - 1][-1]}/{part[0]}"
        for unit in self._units(parts, kind):
            self._whole_value(unit, kind, found)
        if parts and not found.other:
            self._branch(parts, kind, found)
        self._is_shared(parts, kind, found)
        return found.verdict()

    def _fringe(self, before: Sequence[str]) -> frozenset[str]:
        """`old/prod`, `non/prod`: what a directory of that name holds, nobody can tell."""
        return self.production if len(before) == 1 and before[0] in self._left else frozenset()

    # --- words that count anywhere ------------------------------------------------------------------------------------

    def _words(self, part: Sequence[str], kind: Kind, found: _Signals) -> None:
        used, far = -1, self._first_far(part)
        for index, token in enumerate(part):
            if token in self.production or (token in self._live and kind != "address"):
                used = self._production_word(part, index, far < index, found)
            elif token in self.other and index > used:
                self._other_word(part, index, found)
            elif token in self._numbered and index + 1 < len(part) and part[index + 1].isdigit():
                found.other = found.other or f"{token}-{part[index + 1]}"

    def _first_far(self, part: Sequence[str]) -> int:
        """Where the first word stands that changes all words behind it: looked for once, since names may be long."""
        return next((index for index, token in enumerate(part) if token in self._far), len(part))

    def _production_word(self, part: Sequence[str], index: int, far: bool, found: _Signals) -> int:
        """Weighs a production word by its neighbours; returns the index of the last token that was used up."""
        token = part[index]
        start = index - 1
        while start >= 0 and part[start] in self._fillers:
            start -= 1
        before = part[start] if start >= 0 else None
        after = part[index + 1] if index + 1 < len(part) else None
        if before in self._left:
            found.other = found.other or "-".join(part[start : index + 1])
            return index + (after in self._right)
        if token in self._live:
            return index  # by itself it is a word like any other; `_whole_value` looks for it
        if before in self._unsure_left or far:
            found.unsure = found.unsure or "-".join(part[: index + 1])
        elif after in self._right:
            return self._imitation(part, index, found)
        elif after in self._unsure_right:
            found.unsure = found.unsure or f"{token}-{after}"
        else:
            friend = len(token) > 6 and after in self._false_friends
            found.production, found.weak = found.production or token, found.weak and friend
        return index

    def _imitation(self, part: Sequence[str], index: int, found: _Signals) -> int:
        """prod-test is a test; prod-test-results are results, perhaps production's own."""
        words = f"{part[index]}-{part[index + 1]}"
        if index + 2 < len(part) and part[index + 2] in self._softeners:
            found.unsure = found.unsure or words
        else:
            found.other = found.other or words
        return index + 1

    def _other_word(self, part: Sequence[str], index: int, found: _Signals) -> None:
        token = part[index]
        softened = index + 1 < len(part) and part[index + 1] in self._softeners
        if softened or (index and part[index - 1] in self._far):
            found.soft = found.soft or token
        else:
            found.other = found.other or token

    # --- words that count only as the whole value ---------------------------------------------------------------------

    def _units(self, parts: Sequence[Sequence[str]], kind: Kind) -> Iterable[Sequence[str]]:
        """The pieces of a string that count as a whole value."""
        if kind in _PATHS:
            bare = [self._bare(part) for part in parts]
            telling = sum(map(bool, bare))
            for index, part in enumerate(parts):
                alone = telling == bool(bare[index])
                listed = index > 0 and self._containers.issuperset(parts[index - 1])
                if self._live.issuperset(bare[index]) or alone or listed:  # where environments are listed
                    yield part
        elif kind == "address":
            yield from parts[:-1]  # a block may be called "int" or "live" for any reason
        else:
            yield [token for part in parts for token in part]

    def _bare(self, unit: Sequence[str]) -> list[str]:
        return [token for token in unit if token not in self._neutral and not token.isdigit()]

    def _whole_value(self, unit: Sequence[str], kind: Kind, found: _Signals) -> None:
        bare = self._bare(unit)
        if len(bare) != 1:
            return
        word = bare[0]
        if word in self._live and (kind != "name" or len(unit) == 1):
            found.live = found.live or word
        if kind not in _STATED:
            return
        tier = self._whole.get(word)
        if tier is None and kind in _LETTERS and len(unit) == 1:
            tier = self._letters.get(word)
        if tier is Tier.PRODUCTION:
            found.production, found.weak = found.production or word, False
        elif tier is Tier.OTHER:
            found.other = found.other or word

    def _branch(self, parts: Sequence[Sequence[str]], kind: Kind, found: _Signals) -> None:
        """feature/login, review-app-42, preview-db: the environment of a branch."""
        tokens = [token for part in parts for token in part]
        first, rest = tokens[0], tokens[1:]
        if not rest or first not in self._branches or rest[0] in self._exceptions:
            return
        resource = first in self._before_nouns and all(token in self._nouns or token.isdigit() for token in rest)
        if resource or rest[0] in self._branch_nouns or kind in _LETTERS:
            found.other = f"{first}-{rest[0]}"

    # --- shared -------------------------------------------------------------------------------------------------------

    def _is_shared(self, parts: Sequence[Sequence[str]], kind: Kind, found: _Signals) -> None:
        for part in parts:
            far, accounts = self._first_far(part), self._may_be_account(part, kind)
            for index, token in enumerate(part):
                if index and (part[index - 1] in self._left or far < index):
                    continue
                account = accounts and token in self._accounts
                if token in self._shared or self._leads(part, index, kind) or account:
                    found.shared = token
                    return
                if index and (part[index - 1], token) in self._pairs:
                    found.shared = f"{part[index - 1]}-{token}"
                    return

    def _leads(self, part: Sequence[str], index: int, kind: Kind) -> bool:
        """security-audit is an account or a team's home, web-security-group is not."""
        if part[index] not in self._leading or kind in ("address", "host"):
            return False
        return (index == 0 or kind == "account-alias") and not self._topics.intersection(part[index + 1 : index + 2])

    def _may_be_account(self, part: Sequence[str], kind: Kind) -> bool:
        return kind == "account-alias" or (kind in _WHOLE_SHARED and len(self._bare(part) or part) == 1)


def _set(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_folded, words))


def _folded(word: str) -> str:
    return word if word.isascii() and word.islower() else fold(word).casefold()


def _with(words: Iterable[str], own: Mapping[str, Tier], tier: Tier) -> frozenset[str]:
    """The built-in words of one tier, less those that the user gives another meaning, plus the user's."""
    return (_set(words) - own.keys()) | {word for word, its in own.items() if its is tier}
