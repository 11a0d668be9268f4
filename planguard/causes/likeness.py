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


def compare(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Likeness:
    """How alike `old` and `new`, both of the type `kind`, are."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    unknown = [path for path, value in after.items() if value is UNKNOWN]
    names = _names(kind, before, old)
    same = different = 0
    names_same: list[str] = []
    names_different: list[str] = []
    elsewhere: list[str] = []
    for path in sorted({*before, *after}, key=str):
        if any(path[: len(u)] == u or u[: len(path)] == path for u in unknown):
            continue
        agrees = path in before and path in after and plain(before[path]) == plain(after[path])
        same, different = same + agrees, different + (not agrees)
        name = ".".join(map(str, path))
        if path in names:
            (names_same if agrees else names_different).append(name)
        elif not agrees and path in before and path in after and _last(path) in _PLACES:
            elsewhere.append(name)
    return Likeness(same, different, tuple(names_same), tuple(names_different), tuple(elsewhere))


def names(kind: str, tree: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that an object carries in the cloud."""
    leaves = dict(_leaves(tree))
    return tuple(str(plain(leaves[path])) for path in sorted(_names(kind, leaves, tree), key=str))


def texts(tree: Mapping[str, Any]) -> Iterator[str]:
    """Everything in an object that could be a name."""
    for path, value in _leaves(tree):
        if isinstance(value, str) and (len(path) == 1 or path[0] in ("metadata", "tags", "labels")):
            yield value


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


def _names(kind: str, leaves: Mapping[Path, Any], tree: Mapping[str, Any]) -> frozenset[Path]:
    """Which attributes are the object's own name, and not the name of something it belongs to."""
    ids = [str(plain(tree[key])) for key in ("id", "arn", "self_link") if isinstance(plain(tree.get(key)), str)]
    found: set[Path] = set()
    for path, value in leaves.items():
        if len(path) == 1 and isinstance(value, str):
            last = _last(path)
            in_ids = last not in _PLACES and not last.endswith(_NAME_ENDS) and _in_ids(value, ids)
            if last in _NAMES or _is_own(kind, last) or in_ids:
                found.add(path)
        elif path[0] == "metadata" and _last(path) == "name":
            found.add(path)
    return frozenset(found) or frozenset(p for p in leaves if p in (("tags", "Name"), ("labels", "name")))


def _is_own(kind: str, name: str) -> bool:
    """`function_name` of `aws_lambda_function`, `cluster_identifier` of `aws_rds_cluster`: the type's last words."""
    for end in _NAME_ENDS:
        if name.endswith(end):
            return f"_{kind}".endswith("_" + name[: -len(end)])
    return False


def _in_ids(value: str, ids: list[str]) -> bool:
    return len(value) >= 4 and any(text == value or re.search(rf"[:/]{re.escape(value)}$", text) for text in ids)


def _last(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")
