"""A template's expressions, worked out as far as a template alone allows: parameters' defaults, mappings, conditions.

What cannot be known stays an expression in one canonical form, so that two ways to write the same compare equal: `Sub`
becomes `Join`, `GetAtt` a list, and a condition that is known picks its branch. Owns expressions; knows no types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from planguard.inputs.cfn_text import parts_of
from planguard.model import MISSING, Path

REF, GETATT, IF, JOIN, SUB, FIND, SELECT, SPLIT = (
    "Ref", "Fn::GetAtt", "Fn::If", "Fn::Join", "Fn::Sub", "Fn::FindInMap", "Fn::Select", "Fn::Split"
)  # fmt: skip
NO_VALUE = "AWS::NoValue"
_DEEPEST = 120


class Reference(NamedTuple):
    """One place that refers to something by its logical id."""

    path: Path
    target: str
    attribute: str | None
    """Of `GetAtt`; None for `Ref`."""


class Resolver:
    """Works out the expressions of one template."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._parameters = parameters
        self._mappings = section(template, "Mappings")
        self._conditions = section(template, "Conditions")
        self._known: dict[str, bool | None] = {}
        self._depth = 0

    def value(self, node: Any) -> Any:
        """The node with everything worked out that can be; `MISSING` for `AWS::NoValue`."""
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise RecursionError
            return self._value(node)
        finally:
            self._depth -= 1

    def _value(self, node: Any) -> Any:
        if isinstance(node, dict):
            if len(node) == 1:
                ((name, argument),) = node.items()
                function = _FUNCTIONS.get(name)
                if function is not None:
                    return function(self, argument)
            return {str(key): found for key, item in node.items() if (found := self.value(item)) is not MISSING}
        if isinstance(node, list):
            return [found for item in node if (found := self.value(item)) is not MISSING]
        return node

    # --- functions ----------------------------------------------------------------------------------------------------

    def _ref(self, name: Any) -> Any:
        if name == NO_VALUE:
            return MISSING
        return self._parameters[name] if isinstance(name, str) and name in self._parameters else {REF: name}

    def _getatt(self, argument: Any) -> Any:
        if isinstance(argument, str):
            argument = list(argument.partition(".")[::2])
        return {GETATT: self.value(argument)}

    def _if(self, argument: Any) -> Any:
        if not (isinstance(argument, list) and len(argument) == 3):
            return {IF: argument}
        answer = self.condition(argument[0])
        if answer is not None:
            return self.value(argument[1] if answer else argument[2])
        branches = [self.value(branch) for branch in argument[1:]]
        if _same(branches[0], branches[1]):
            return branches[0]
        return {IF: [argument[0], *({REF: NO_VALUE} if branch is MISSING else branch for branch in branches)]}

    def _sub(self, argument: Any) -> Any:
        text, names = (argument[0], argument[1]) if _is_pair(argument) else (argument, {})
        if not isinstance(text, str) or not isinstance(names, dict):
            return {SUB: argument}
        pieces: list[Any] = []
        for literal, name in parts_of(text):
            if name is None:
                pieces.append(literal)
            elif name in names:
                pieces.append(self.value(names[name]))
            elif "." in name:
                pieces.append(self._getatt(name))
            else:
                pieces.append(self._ref(name))
        return _joined("", pieces)

    def _join(self, argument: Any) -> Any:
        if not _is_pair(argument):
            return {JOIN: self._plain(argument)}
        separator, items = argument[0], self.value(argument[1])
        if not isinstance(separator, str) or not isinstance(items, list):
            return {JOIN: [separator, items]}
        return _joined(separator, items)

    def _find(self, argument: Any) -> Any:
        keys = self.value(argument)
        if isinstance(keys, list) and len(keys) >= 3 and all(isinstance(key, str | int) for key in keys[:3]):
            node: Any = self._mappings
            for key in keys[:3]:
                node = node.get(str(key), MISSING) if isinstance(node, dict) else MISSING
            if node is not MISSING:
                return node
        return {FIND: keys}

    def _select(self, argument: Any) -> Any:
        found = self.value(argument)
        if _is_pair(found) and isinstance(found[1], list) and str(found[0]).isdecimal():
            index = int(str(found[0]))
            if index < len(found[1]):
                return found[1][index]
        return {SELECT: found}

    def _split(self, argument: Any) -> Any:
        found = self.value(argument)
        if _is_pair(found) and isinstance(found[0], str) and found[0] and isinstance(found[1], str):
            return found[1].split(found[0])
        return {SPLIT: found}

    def _plain(self, argument: Any) -> Any:
        found = self.value(argument)
        return None if found is MISSING else found

    # --- conditions ---------------------------------------------------------------------------------------------------

    def condition(self, name: Any) -> bool | None:
        """Whether a condition holds; None where that depends on something unknown, or it is not defined."""
        if not isinstance(name, str) or name not in self._conditions:
            return None
        if name not in self._known:
            self._known[name] = None  # what refers to itself is never known
            self._known[name] = self._truth(self._conditions[name])
        return self._known[name]

    def expression(self, name: Any) -> Any:
        """The definition of a condition, worked out: to see whether two templates mean the same by a name."""
        return self._plain(self._conditions.get(name)) if isinstance(name, str) else None

    def _truth(self, node: Any) -> bool | None:
        if isinstance(node, bool) or not isinstance(node, dict) or len(node) != 1:
            return node if isinstance(node, bool) else None
        ((name, argument),) = node.items()
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Equals" and _is_pair(argument):
            return _equal(self.value(argument[0]), self.value(argument[1]))
        answers = [self._truth(item) for item in argument] if isinstance(argument, list) else []
        if name == "Fn::Not" and len(answers) == 1:
            return None if answers[0] is None else not answers[0]
        if name == "Fn::And" and answers:
            return False if False in answers else None if None in answers else True
        if name == "Fn::Or" and answers:
            return True if True in answers else None if None in answers else False
        return None


_FUNCTIONS: Mapping[str, Callable[[Resolver, Any], Any]] = {
    REF: Resolver._ref,
    GETATT: Resolver._getatt,
    IF: Resolver._if,
    SUB: Resolver._sub,
    JOIN: Resolver._join,
    FIND: Resolver._find,
    SELECT: Resolver._select,
    SPLIT: Resolver._split,
}


def section(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A top-level section; empty where it is missing or no mapping."""
    found = template.get(name)
    return found if isinstance(found, dict) else {}


def is_expression(node: Any) -> bool:
    """Whether a node is left to be worked out by CloudFormation."""
    if not isinstance(node, dict) or len(node) != 1:
        return False
    name = str(next(iter(node)))
    return name == REF or name.startswith("Fn::")


def references(node: Any, path: Path = ()) -> Iterator[Reference]:
    """Everything that a worked-out value refers to, and from where."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from references(item, (*path, index))
    elif isinstance(node, dict):
        if is_expression(node):
            yield from _inside(node, path)
        else:
            for key, item in node.items():
                yield from references(item, (*path, key))


def _inside(node: Mapping[str, Any], path: Path) -> Iterator[Reference]:
    """The references in an expression: they all stand at the place of the expression."""
    ((name, argument),) = node.items()
    if name == REF:
        if isinstance(argument, str) and not argument.startswith("AWS::"):
            yield Reference(path, argument, None)
    elif name == GETATT:
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
            yield Reference(path, argument[0], str(argument[1]))
    else:
        for found in references(argument):
            yield found._replace(path=path)


def _joined(separator: str, items: list[Any]) -> Any:
    """The items as one text; where some are not known, neighbours that are known stand together."""
    pieces: list[Any] = []
    for index, item in enumerate(items):
        if index and separator:
            _append(pieces, separator)
        if isinstance(item, dict) and item.keys() == {JOIN} and _is_pair(item[JOIN]) and item[JOIN][0] == "":
            for piece in item[JOIN][1]:
                _append(pieces, piece)
        else:
            _append(pieces, item)
    if not pieces:
        return ""
    return pieces[0] if len(pieces) == 1 else {JOIN: ["", pieces]}


def _append(pieces: list[Any], item: Any) -> None:
    if isinstance(item, bool):
        item = str(item).lower()
    elif isinstance(item, int | float):
        item = str(item)
    if isinstance(item, str) and pieces and isinstance(pieces[-1], str):
        pieces[-1] += item
    elif item != "":
        pieces.append(item)


def _is_pair(argument: Any) -> TypeGuard[list[Any]]:
    return isinstance(argument, list) and len(argument) == 2


def _same(one: Any, other: Any) -> bool:
    return one is other or (one is not MISSING and other is not MISSING and bool(one == other))


def _equal(one: Any, other: Any) -> bool | None:
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return True if one == other else None  # what is not known may be equal all the same
    return _text(one) == _text(other)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
