"""How alike two objects are: one that a plan deletes and one that it creates. Compares; decides nothing.

Three kinds of attributes count differently. Names (`bucket`, `identifier`, whatever the cloud's id is made of) say that
two objects are the same thing. Places (region, namespace, the zone of a record) say that they cannot be. The rest only
says how much would have to change if they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.causes.wording import plain
from planguard.model import UNKNOWN, Path
from planguard.once import once

_NAMES = frozenset(("name", "bucket", "identifier", "domain", "domain_name", "fqdn", "hostname"))
_NAME_ENDS = ("_name", "_identifier", "_id")
_PLACES = frozenset(
    {
        *("region", "location", "zone", "availability_zone", "project", "account_id", "folder_id", "org_id", "parent"),
        *("namespace", "resource_group_name", "instance", "cluster", "database", "server", "server_id", "server_name"),
        *("zone_id", "hosted_zone_id", "dns_zone", "managed_zone", "storage_account_name", "key_vault_id"),
        *("rest_api_id", "user_pool_id", "provider"),
    }
)
_PASSED_OVER = frozenset(("id", "arn", "self_link", "tags_all", "terraform_labels", "effective_labels", "timeouts"))
_SEPARATORS = re.compile(r"[^0-9a-z]+")


class Likeness(NamedTuple):
    """The comparison of an old and a new object."""

    same: int = 0
    """Leaves that both have and that agree."""
    different: int = 0
    """Leaves that disagree; what the plan does not know yet counts nowhere."""
    names_same: tuple[str, ...] = ()
    names_different: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """Places that disagree."""

    @property
    def possible(self) -> bool:
        """Whether nothing speaks against the two being one."""
        return not self.names_different and not self.elsewhere

    @property
    def close(self) -> bool:
        """Whether far more agrees than not."""
        return self.different <= self.same // 2


class Profile:
    """One object, taken apart once for many comparisons, and no further than somebody asks."""

    def __init__(self, kind: str, tree: Mapping[str, Any]) -> None:
        self._kind, self._tree = kind, tree

    @once
    def name_paths(self) -> Mapping[Path, str]:
        """Where the names of the object stand, and what they are."""
        return dict(_names(self._kind, self._tree))

    @once
    def names(self) -> frozenset[str]:
        """The names that the object carries in the cloud."""
        return frozenset(self.name_paths.values())

    @once
    def texts(self) -> frozenset[str]:
        """Everything in it that could be a name."""
        return frozenset(text for _, text in _near_strings(self._tree))

    @once
    def leaves(self) -> Mapping[Path, Any]:
        """Everything in it that says something."""
        return dict(_leaves(self._tree))

    @once
    def firm(self) -> tuple[tuple[Path, Any, bool], ...]:
        """The names and places among the leaves, and whether each is a name: what no other object has."""
        names = self.name_paths
        return tuple(
            (path, plain(value), path in names)
            for path, value in self.leaves.items()
            if path in names or _last(path) in _PLACES
        )

    @once
    def unknown(self) -> tuple[Path, ...]:
        """What is known only after apply."""
        return tuple(path for path, value in self.leaves.items() if value is UNKNOWN)

    def hides(self, path: Path) -> bool:
        """Whether the value at a path is known only after apply."""
        return any(path[: len(u)] == u or u[: len(path)] == path for u in self.unknown)


def contradict(old: Profile, new: Profile) -> bool:
    """Whether a name or a place speaks against the two being one: the short way to `not compare(...).possible`."""
    for path, value, is_name in old.firm:
        other = new.leaves.get(path)
        if other is not UNKNOWN and (other is not None or is_name) and plain(other) != value:
            return not new.hides(path)
    return False


def compare(old: Profile, new: Profile) -> Likeness:
    """How alike an old and a new object of one type are."""
    same = different = 0
    names_same: list[str] = []
    names_different: list[str] = []
    elsewhere: list[str] = []
    before, after = old.leaves, new.leaves
    for path in sorted({*before, *after}, key=str):
        if new.hides(path):
            continue
        agrees = path in before and path in after and plain(before[path]) == plain(after[path])
        same, different = same + agrees, different + (not agrees)
        name = ".".join(map(str, path))
        if path in old.name_paths:
            (names_same if agrees else names_different).append(name)
        elif not agrees and path in before and path in after and _last(path) in _PLACES:
            elsewhere.append(name)
    return Likeness(same, different, tuple(names_same), tuple(names_different), tuple(elsewhere))


def with_text(tree: Any, old: str, new: str) -> Any:
    """A copy of a tree in which `old` reads `new`: what the object would be under another key."""
    if isinstance(tree, str):
        return tree.replace(old, new)
    if isinstance(tree, Mapping):
        return {key: with_text(value, old, new) for key, value in tree.items()}
    if isinstance(tree, list):
        return [with_text(value, old, new) for value in tree]
    return tree


def similar(one: str, other: str) -> bool:
    """Whether two keys are spellings or versions of one name: `orders` and `orders-v2`, `order_db` and `orderDb`."""
    first, second = _words(one), _words(other)
    return bool(first) and first == second


def _words(key: str) -> tuple[str, ...]:
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", key).lower()
    words = [word for word in _SEPARATORS.split(separated) if word]
    kept = [word for word in words if not re.fullmatch(r"v?\d+|new|old", word)]
    return tuple(kept)


def _leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf that says something: empty, null, false and zero are how providers write "not set"."""
    bare = plain(tree)
    if bare is UNKNOWN:
        yield path, UNKNOWN
    elif isinstance(bare, Mapping):
        for key, value in bare.items():
            if path or key not in _PASSED_OVER:
                yield from _leaves(value, (*path, key))
    elif isinstance(bare, list):
        for index, value in enumerate(bare):
            yield from _leaves(value, (*path, index))
    elif bare:
        yield path, bare


def _names(kind: str, tree: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Which attributes are the object's own name, and not the name of something it belongs to.

    A display name (`tags.Name`) counts only where there is no other.
    """
    ids = [str(plain(tree[key])) for key in ("id", "arn", "self_link") if isinstance(plain(tree.get(key)), str)]
    found = False
    labels: list[tuple[Path, str]] = []
    for path, text in _near_strings(tree):
        last = _last(path)
        if len(path) == 1:
            in_ids = last not in _PLACES and not last.endswith(_NAME_ENDS) and _in_ids(text, ids)
            own = last in _NAMES or _is_own(kind, last) or in_ids
        else:
            own = path[0] == "metadata" and last == "name"
            if path in (("tags", "Name"), ("labels", "name")):
                labels.append((path, text))
        if own:
            found = True
            yield path, text
    if not found:
        yield from labels


def _near_strings(tree: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The strings in which a name can stand: at the top, in metadata, tags and labels."""
    for key, value in tree.items():
        bare = plain(value)
        if isinstance(bare, str):
            if bare and key not in _PASSED_OVER:
                yield (key,), bare
        elif key in ("metadata", "tags", "labels") and bare:
            for path, leaf in _leaves(bare, (key,)):
                if isinstance(leaf, str):
                    yield path, leaf


def _is_own(kind: str, name: str) -> bool:
    """`function_name` of `aws_lambda_function`, `cluster_identifier` of `aws_rds_cluster`: the type's last words."""
    for end in _NAME_ENDS:
        if name.endswith(end):
            return f"_{kind}".endswith("_" + name[: -len(end)])
    return False


def _in_ids(value: str, ids: list[str]) -> bool:
    return len(value) >= 4 and any(text == value or text.endswith((f":{value}", f"/{value}")) for text in ids)


def _last(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")
