"""What one object shows of its environment: its tags and labels, its names, its address, its account.

Owns where to look inside attributes. Does not decide: it returns clues, and `production` weighs them. Works with the
values behind `Sensitive`, and never hands one on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from planguard.config import ProductionConfig
from planguard.globs import matches
from planguard.model import UNKNOWN, Evidence, Resource, Sensitive, Tier, Values
from planguard.production.keys import Keys
from planguard.production.words import Match, Words

USER, TAGS, ACCOUNT, NAMES, NEIGHBOURS = 1, 2, 3, 4, 5
"""The ranks of evidence."""

HIDDEN = "(sensitive)"

_LABEL = "name in the source"
_AT_ONCE = 50


class Clue(NamedTuple):
    """One piece of evidence, and how much it can bear."""

    evidence: Evidence
    strong: bool = True
    """It can contradict a clue of a higher rank."""
    shared: bool = False
    touches: bool = False
    """It names production beside something else: no answer, but nothing weaker may answer "other"."""
    final: bool = False
    """The user's word on this very address: nothing contradicts it."""

    @property
    def tier(self) -> Tier:
        """What it says."""
        return self.evidence.tier

    @property
    def rank(self) -> int:
        """How strong it is: 1 is strongest."""
        return self.evidence.rank


class Curtain:
    """Keeps sensitive strings out of evidence, also where the plan repeats them unmarked."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for secret in secrets:
            self._by_start.setdefault(secret[:4], []).append(secret)
        self._shown: dict[str, str] = {}

    def shown(self, text: str) -> str:
        """The text itself, or `(sensitive)` when a secret is in it."""
        if not self._by_start:
            return text
        if text not in self._shown:
            self._shown[text] = HIDDEN if self._covers(text) else text
        return self._shown[text]

    def _covers(self, text: str) -> bool:
        starts = self._by_start
        for at in range(max(len(text) - 3, 0)):
            for secret in starts.get(text[at : at + 4], ()):
                if text.startswith(secret, at):
                    return True
        return False


class Reader:
    """Finds the clues in attributes and addresses."""

    def __init__(
        self, data: Mapping[str, Any], words: Words, keys: Keys, statements: ProductionConfig, secrets: Iterable[str]
    ) -> None:
        self.words, self.keys, self.curtain = words, keys, Curtain(secrets)
        self._statements = statements
        self._tags = tuple(data["tags"])
        self._own = {attribute: place for place, attribute in enumerate(data["names"]["own"])}
        self._references = {attribute: place for place, attribute in enumerate(data["names"]["references"])}
        self._hosts = frozenset(data["names"]["hosts"])
        self._projects = tuple(data["projects"]["attributes"])
        self._project_providers = frozenset(data["projects"]["providers"])
        self._arns, self._numbers = tuple(data["accounts"]["arns"]), tuple(data["accounts"]["numbers"])
        self._parts: dict[tuple[str, str], Clue | None] = {}
        self._tag_clues: dict[tuple[str, Any, type, bool], Clue | None] = {}
        self._telling_keys: dict[tuple[str, ...], list[str]] = {}
        self._silent: set[str] = set()
        """Names that say nothing: most objects are called the same before and after."""

    def clue(self, match: Match | None, source: str, text: Any, rank: int, hidden: bool = False) -> Clue | None:
        """A match as a clue; None when it says nothing."""
        if match is None or (match.tier is Tier.UNKNOWN and not match.both):
            return None
        if match.shared:
            source = f"{source} (shared with production)"
        shown = HIDDEN if hidden else self.curtain.shown(str(text))
        return Clue(
            Evidence(match.tier, source, shown, rank), strong=not match.weak, shared=match.shared, touches=match.both
        )

    # --- rank 1 -------------------------------------------------------------------------------------------------------

    def statements(self, resource: Resource, values: Values | None) -> Iterable[Clue]:
        """What the user says of this very resource: its address, its account, its project, its subscription."""
        said = self._statements
        if said.addresses or said.accounts or said.projects or said.subscriptions:
            return self._stated(said, resource, values)
        return ()

    def _stated(self, said: ProductionConfig, resource: Resource, values: Values | None) -> Iterator[Clue]:
        for glob, tier in said.addresses.items():
            if matches(glob, resource.address):
                yield Clue(Evidence(tier, "config addresses", glob, USER), final=True)
        if values is None or not (said.accounts or said.projects or said.subscriptions):
            return
        tree = values.tree
        ids = [text for text, _ in map(_plain, (tree.get(key) for key in self._arns)) if isinstance(text, str)]
        numbers = [_plain(tree.get(key))[0] for key in self._numbers]
        projects = [_plain(tree.get(key))[0] for key in self._projects]
        for text in ids:
            fields = text.split(":", 5)
            if len(fields) == 6 and fields[0] == "arn":
                numbers.append(fields[4])
            parts = text.strip("/").split("/")
            if len(parts) > 1 and parts[0] in ("subscriptions", "projects"):
                (numbers if parts[0] == "subscriptions" else projects).append(parts[1])
        yield from self.mapped(numbers, projects)

    def mapped(self, numbers: Iterable[Any], projects: Iterable[Any]) -> Iterator[Clue]:
        """The user's mapping of accounts, subscriptions and projects, for those found somewhere."""
        said = self._statements
        for number in dict.fromkeys(str(number) for number in numbers if isinstance(number, str | int)):
            for source, mapping in (("accounts", said.accounts), ("subscriptions", said.subscriptions)):
                tier = mapping.get(number) or mapping.get(number.lower())
                if tier is not None:
                    yield Clue(Evidence(tier, f"config {source}", self.curtain.shown(number), USER))
        for project in dict.fromkeys(project for project in projects if isinstance(project, str)):
            for glob, tier in said.projects.items():
                if matches(glob, project):
                    yield Clue(Evidence(tier, "config projects", self.curtain.shown(project), USER))

    # --- rank 2 -------------------------------------------------------------------------------------------------------

    def tags(self, values: Values) -> list[Clue]:
        """Tags and labels that name the environment; a `Name` tag is a name (rank 4)."""
        tree, role, found = values.tree, self.keys.role, list[Clue]()
        seen = None
        for attribute in self._tags:
            tags = tree.get(attribute)
            if tags and tags != seen:  # tags and tags_all are the same, mostly
                seen = tags
                if tags.__class__ is dict:
                    found += [clue for key in self._telling(tags) if (clue := self._tag(key, tags[key]))]
                    continue
                pairs = _shown_pairs(tags)
                found += [clue for key, value in pairs if role(key) and (clue := self._tag(key, value))]
        if "metadata" in tree:
            found += [clue for key, value in _metadata_labels(tree) if role(key) and (clue := self._tag(key, value))]
        return found

    def _telling(self, tags: Mapping[str, Any]) -> Sequence[str]:
        """The keys that are about environments or names; most objects of a plan have the same ones."""
        keys = tuple(tags)
        found = self._telling_keys.get(keys)
        if found is None:
            found = self._telling_keys[keys] = [key for key in keys if self.keys.role(key)]
        return found

    def _tag(self, key: str, value: Any) -> Clue | None:
        hidden = value.__class__ is Sensitive
        plain = value.peek() if hidden else value
        if not isinstance(plain, str | int | float):
            return None
        place = (key, plain, plain.__class__, hidden)
        if place not in self._tag_clues:
            self._tag_clues[place] = self.pair(key, plain, "tag", TAGS, hidden)
        return self._tag_clues[place]

    def pair(self, key: str, value: Any, what: str, rank: int, hidden: bool = False) -> Clue | None:
        """The clue in one key and its value."""
        if self.keys.role(key) == "name":
            is_name = what == "tag" and isinstance(value, str)
            return self.clue(self.words.match(value), f"tag {key}", value, NAMES, hidden) if is_name else None
        return self.clue(self.keys.setting(key, value), f"{what} {key}", value, rank, hidden)

    # --- ranks 3 and 4 ------------------------------------------------------------------------------------------------

    def project(self, resource: Resource, values: Values) -> Clue | None:
        """Google's project: an account by another name."""
        if resource.provider not in self._project_providers:
            return None
        for attribute in self._projects:
            text, hidden = _plain(values.tree.get(attribute))
            if isinstance(text, str):
                clue = self.clue(self.words.match(text, "account-alias"), attribute, text, ACCOUNT, hidden)
                if clue is not None:
                    return clue
        return None

    def names(self, values: Values) -> list[Clue]:
        """Clues in the object's own names: at most one of each kind."""
        return self._named(self._texts(values.tree, self._own))

    def references(self, values: Values) -> list[Clue]:
        """Clues in the names of what the object belongs to."""
        return self._named(self._texts(values.tree, self._references))

    def _named(self, texts: Sequence[tuple[str, str, bool]]) -> list[Clue]:
        found: dict[tuple[Tier, bool], Clue] = {}
        joined = "\n".join([text for _, text, _ in texts])
        if joined in self._silent:
            return []
        if not self.words.may_tell(joined):
            self._silent.add(joined)
            return []
        for attribute, text, hidden in texts:
            match = self.words.match(text, "host" if attribute in self._hosts else "name")
            if match.tier is Tier.UNKNOWN and not match.both:
                continue
            clue = self.clue(match, attribute, text, NAMES, hidden)
            if clue is not None:
                found.setdefault((clue.tier, clue.strong), clue)
                if clue.strong and clue.tier is Tier.PRODUCTION:
                    break  # whatever else its names say, it is production
        return list(found.values())

    def _texts(self, tree: Mapping[str, Any], attributes: Mapping[str, int]) -> list[tuple[str, str, bool]]:
        """(attribute, text, whether it must not be shown), best first."""
        found: list[tuple[str, str, bool]] = []
        for attribute in sorted(tree.keys() & attributes.keys(), key=attributes.__getitem__):
            value = tree[attribute]
            if value.__class__ is str and value:
                found.append((attribute, value, False))
            elif value.__class__ is Sensitive and isinstance(value.peek(), str):
                found.append((attribute, value.peek(), True))
        if "metadata" in tree:
            metadata, hidden = _plain(tree["metadata"])
            for block in metadata if isinstance(metadata, list) else ():
                inner, inner_hidden = _plain(block)
                for attribute in ("name", "namespace"):
                    text, covered = _plain(inner.get(attribute)) if isinstance(inner, Mapping) else (None, False)
                    if isinstance(text, str):
                        found.append((f"metadata {attribute}", text, hidden or inner_hidden or covered))
        return found

    def address(self, resource: Resource) -> Clue | None:
        """The clue in the modules, the name and the key of a resource."""
        module = self.module(resource.module) if resource.module else None
        name = self.label(resource.name)
        key = self.key(resource.key) if isinstance(resource.key, str) else None
        found = [clue for clue in (module, name, key) if clue is not None]
        if len(found) < 2:
            return found[0] if found else None
        return self.whole_address(resource.address)

    def whole_address(self, address: str) -> Clue | None:
        """The clue in an address as a whole."""
        return self.clue(self.words.match(address, "address"), "address", address, NAMES)

    def module(self, module: str) -> Clue | None:
        """The clue in the address of a module instance."""
        return self._part("module", module, f"{module}.type.this" if module else "")

    def label(self, name: str) -> Clue | None:
        """The clue in the name of a block in the source."""
        return self._part(_LABEL, name, name)

    def look_over(self, labels: Iterable[str]) -> None:
        """Remember which names of blocks say nothing: nearly all of them, and of fifty at once one look tells that."""
        long = [name for name in labels if len(name) > 3]  # a short one may be a word as a whole
        for start in range(0, len(long), _AT_ONCE):
            some = long[start : start + _AT_ONCE]
            if not self.words.may_tell("\n".join(some)):
                self._parts.update({(_LABEL, name): None for name in some})

    def key(self, key: str) -> Clue | None:
        """The clue in a `for_each` key."""
        return self._part("instance key", key, key)

    def _part(self, source: str, text: str, read: str) -> Clue | None:
        place = (source, text)
        if place not in self._parts:
            match = self.words.match(read, "name" if source == "instance key" else "address")
            self._parts[place] = self.clue(match, source, text, NAMES)
        return self._parts[place]


def _shown_pairs(tags: Any) -> Iterator[tuple[str, Any]]:
    """Tags in one of their rarer forms, with `Sensitive` around every value that must not be shown."""
    for key, value, hidden in tag_pairs(tags):
        yield key, Sensitive(value) if hidden else value


def _metadata_labels(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Kubernetes: `metadata[0].labels`."""
    metadata, hidden = _plain(tree["metadata"])
    for block in metadata if isinstance(metadata, list) else ():
        inner, covered = _plain(block)
        if isinstance(inner, Mapping):
            labels = inner.get("labels")
            yield from _shown_pairs(Sensitive(labels) if (hidden or covered) else labels)


def tag_pairs(tags: Any, hidden: bool = False) -> Iterator[tuple[str, Any, bool]]:
    """(key, value, whether it must not be shown) of a map of tags, or of a list of {key, value}."""
    tags, covered = _plain(tags)
    hidden = hidden or covered
    if isinstance(tags, Mapping):
        for key, value in tags.items():
            plain, covered = _plain(value)
            if plain is not None and plain is not UNKNOWN:
                yield key, plain, hidden or covered
    elif isinstance(tags, list):
        for item in tags:
            entry, covered = _plain(item)
            if not isinstance(entry, Mapping):
                continue
            key, _ = _plain(entry.get("key", entry.get("Key")))
            value, value_covered = _plain(entry.get("value", entry.get("Value")))
            if isinstance(key, str) and value is not None and value is not UNKNOWN:
                yield key, value, hidden or covered or value_covered


def _plain(value: Any) -> tuple[Any, bool]:
    """The value behind `Sensitive`, and whether it must not be shown."""
    return (value.peek(), True) if isinstance(value, Sensitive) else (value, False)
