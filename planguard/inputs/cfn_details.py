"""The `Details` of a modified resource: what changes in it, what that costs, and where the new value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planguard.errors import InputError
from planguard.inputs.cfn_forms import pascal
from planguard.inputs.cfn_policies import DELETION, REPLACEMENT
from planguard.model import UNKNOWN, Path

_RANK = {"Never": 0, "Conditionally": 1, "Always": 2}
_WORDS = tuple(_RANK)
_POLICIES = (DELETION, REPLACEMENT)
_REFERENCES = ("ResourceReference", "ResourceAttribute")


class Details:
    """All details of one change."""

    def __init__(self, written: Any, where: str) -> None:
        if written is not None and not isinstance(written, list):
            raise InputError("This should be a list.", where=f"{where}.Details")
        self._items: list[Mapping[str, Any]] = []
        for item in written or ():
            if not isinstance(item, dict):
                raise InputError("This should be a list of objects.", where=f"{where}.Details")
            self._items.append(pascal(item))
        self._targets = [_target(item) for item in self._items]
        # Most changes are written by hand and have no cause; this runs for every one of thousands.
        self._caused = [
            (str(item.get("ChangeSource")), str(item["CausingEntity"]), path)
            for item, target in zip(self._items, self._targets, strict=True)
            if "CausingEntity" in item and isinstance(item["CausingEntity"], str) and (path := _path(target))
        ]

    @property
    def recreation(self) -> str | None:
        """The worst `RequiresRecreation`; a word that is not known counts as `Conditionally`. None without details."""
        return _WORDS[max(map(_cost, self._targets))] if self._targets else None

    @property
    def certain(self) -> bool:
        """Whether what costs most is sure to change (`Static`), and is not decided only during the update."""
        worst = _RANK.get(self.recreation or "", -1)
        return any(
            item.get("Evaluation") == "Static"
            for item, target in zip(self._items, self._targets, strict=True)
            if _cost(target) == worst
        )

    @property
    def replaces(self) -> bool | None:
        """What CloudFormation makes of them: True, False, or None for perhaps."""
        if self.recreation == "Always" and self.certain:
            return True
        return False if self.recreation == "Never" else None

    @property
    def replace_paths(self) -> tuple[Path, ...]:
        """The properties that force, or may force, the replacement."""
        found = [path for target in self._targets if _cost(target) > 0 and (path := _path(target))]
        return tuple(dict.fromkeys(found))

    @property
    def causes(self) -> list[tuple[str, str]]:
        """(logical id, property that refers to it) for every other resource that gives a new value."""
        if not self._caused:
            return []
        return [
            (entity.partition(".")[0], ".".join(step for step in path if isinstance(step, str)))
            for source, entity, path in self._caused
            if source in _REFERENCES and entity
        ]

    @property
    def parameters(self) -> tuple[str, ...]:
        """A sentence for every parameter that gives a new value."""
        if not self._caused:
            return ()
        found: dict[str, list[str]] = {}
        for source, entity, path in self._caused:
            if source == "ParameterReference":
                found.setdefault(entity, []).append(str(path[0]))
        return tuple(
            f"{', '.join(dict.fromkeys(names))}: the new value comes from the parameter {parameter}."
            for parameter, names in sorted(found.items())
        )

    @property
    def unknowns(self) -> Mapping[str, Any]:
        """What gets a new value that nobody knows yet: properties that refer to others, and the two policies."""
        found: dict[str, Any] = {}
        if self._caused:
            found.update((via.partition(".")[0], UNKNOWN) for _, via in self.causes)
        for target in self._targets:
            word = target.get("Attribute")
            if word in _POLICIES:
                found[word] = UNKNOWN
        return found


def _target(item: Mapping[str, Any]) -> Mapping[str, Any]:
    target = item.get("Target")
    return pascal(target) if isinstance(target, dict) else {}


def _cost(target: Mapping[str, Any]) -> int:
    word = target.get("RequiresRecreation")
    if word is None:
        return 0  # attributes beside the properties (Metadata, Tags) carry none in some responses
    return _RANK.get(word, 1) if isinstance(word, str) else 1


def _path(target: Mapping[str, Any]) -> Path:
    """`/Properties/Tags/0/Key` → ("Tags", 0, "Key"); without a path, the property's name."""
    pointer, name = target.get("Path"), target.get("Name")
    if isinstance(pointer, str) and pointer.startswith("/Properties/"):
        steps = pointer.split("/")[2:]
        return tuple(
            int(step) if step.isdecimal() and step.isascii() else step.replace("~1", "/").replace("~0", "~")
            for step in steps
        )
    if isinstance(name, str) and name:
        return (name,)
    return ("Tags",) if target.get("Attribute") == "Tags" else ()
