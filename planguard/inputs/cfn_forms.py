"""Documents of JSON → change sets: DescribeChangeSet's response in each form in which people save it.

The AWS CLI and boto3 write PascalCase, other SDKs lowerCamel; pages come one after the other or as a list; `--query
Changes` leaves a bare list. Owns the form alone: what a change means, `cfn_change` says. A part that is missing is an
error: half a change set would be a verdict about the wrong thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from planguard.errors import InputError
from planguard.inputs.text import Document

DESCRIBE = "aws cloudformation describe-change-set --stack-name STACK --change-set-name NAME --include-property-values"
_HINT = f"Save the output of: {DESCRIBE}"

TOP = frozenset({"ChangeSetId", "ChangeSetName", "Changes", "ExecutionStatus"})
"""Keys of a response; one of them is always there."""


class Listed(NamedTuple):
    """One element of `Changes`, its keys in PascalCase."""

    where: str
    kind: Any
    hooks: Any
    change: Mapping[str, Any]


class ChangeSet(NamedTuple):
    """One change set, its pages joined."""

    top: Mapping[str, Any]
    """Everything but the changes, of the first page; empty for a bare list."""
    changes: tuple[Listed, ...]

    @property
    def identity(self) -> str:
        """Its ARN, or its stack and name where the ARN is missing."""
        arn = self.top.get("ChangeSetId")
        if isinstance(arn, str) and arn:
            return arn
        name, stack = self.top.get("ChangeSetName"), self.top.get("StackName")
        return f"{stack}/{name}" if isinstance(name, str) and name else ""


class _Page(NamedTuple):
    where: str
    top: Mapping[str, Any]
    changes: tuple[Listed, ...]
    more: bool
    single: bool = False
    """One change, lying around by itself."""


def read(documents: Iterable[Document]) -> tuple[ChangeSet, ...]:
    """The change sets of a file, in the order in which they begin."""
    pages: dict[str | int, list[_Page]] = {}
    for number, document in enumerate(documents, start=1):
        for page in _pages(document, "$" if number == 1 else f"document {number}: $"):
            # What has no name is a change set of its own; only single changes (`jq .Changes[]`) belong together.
            key = ChangeSet(page.top, ()).identity or (0 if page.single else number)
            pages.setdefault(key, []).append(page)
    if not pages:
        raise InputError("There is no change set in it.", hint=_HINT)
    return tuple(map(_joined, pages.values()))


def _joined(pages: list[_Page]) -> ChangeSet:
    last = [page for page in pages if not page.more]
    if not last:
        raise InputError(
            "More pages of this change set follow (NextToken), and they are missing here.",
            where=f"{pages[-1].where}.NextToken",
            hint=f"{_HINT} (the AWS CLI joins the pages by itself), or put all pages into one file.",
        )
    if len(last) > 1 and not last[0].single:
        raise InputError(
            "The last page of this change set stands here twice.", where=last[1].where, hint="Keep each page once."
        )
    return ChangeSet(pages[0].top, tuple(change for page in pages for change in page.changes))


def _pages(document: Document, where: str) -> Iterator[_Page]:
    value = document.value
    if isinstance(value, dict):
        document.demand_single(value, where)
        top = pascal(value)
        if top.keys() & TOP:
            yield _page(document, top, where)
            return
        if "ResourceChange" in top or "LogicalResourceId" in top:
            yield _Page(where, {}, (_listed(document, value, where),), more=False, single=True)
            return
        raise InputError("This is not a change set: it has none of its parts.", where=where, hint=_HINT)
    if value and all(isinstance(item, dict) and _is_response(item) for item in value):
        for index, item in enumerate(value):
            document.demand_single(item, f"{where}[{index}]")
            yield _page(document, pascal(item), f"{where}[{index}]")
        return
    yield _Page(where, {}, tuple(_list(document, value, where)), more=False)


def _is_response(item: Mapping[str, Any]) -> bool:
    return bool(pascal(item).keys() & TOP)


def _page(document: Document, top: Mapping[str, Any], where: str) -> _Page:
    changes = top.get("Changes")
    if changes is not None and not isinstance(changes, list):
        raise InputError("This should be a list.", where=f"{where}.Changes", hint=_HINT)
    token = top.get("NextToken")
    if token is not None and not isinstance(token, str):
        raise InputError("This should be a text.", where=f"{where}.NextToken", hint=_HINT)
    listed = tuple(_list(document, changes or [], f"{where}.Changes"))
    return _Page(where, {key: item for key, item in top.items() if key != "Changes"}, listed, more=bool(token))


def _list(document: Document, changes: list[Any], where: str) -> Iterator[Listed]:
    for index, item in enumerate(changes):
        yield _listed(document, item, f"{where}[{index}]")


def _listed(document: Document, item: Any, where: str) -> Listed:
    if not isinstance(item, dict):
        raise InputError("This should be an object.", where=where, hint=_HINT)
    if document.repeated:
        document.demand_single(item, where)
    outer = pascal(item)
    change = outer.get("ResourceChange")
    if change is None and outer.get("Type") in (None, "Resource"):
        # Some tools save the inner objects alone.
        change = item if "LogicalResourceId" in outer else None
    if change is None:
        change = {}
    if not isinstance(change, dict):
        raise InputError("This should be an object.", where=f"{where}.ResourceChange", hint=_HINT)
    if document.repeated:
        document.demand_single(change, f"{where}.ResourceChange")
    return Listed(f"{where}.ResourceChange", outer.get("Type"), outer.get("HookInvocationCount"), pascal(change))


_USUAL = frozenset({
    "Type", "ResourceChange", "HookInvocationCount", "PolicyAction", "Action", "LogicalResourceId",
    "PhysicalResourceId", "ResourceType", "Replacement", "Scope", "Details", "ModuleInfo", "ChangeSetId",
    "BeforeContext", "AfterContext", "Target", "Evaluation", "ChangeSource", "CausingEntity", "Attribute", "Name",
    "RequiresRecreation", "Path", "BeforeValue", "AfterValue", "BeforeValueFrom", "AfterValueFrom",
    "AttributeChangeType",
})  # fmt: skip
"""Keys of changes as the AWS CLI writes them: objects with no others, which are most, are not looked at key by key."""


def pascal(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object with its keys in PascalCase. Only for AWS's own structures, never for what a user named."""
    if _USUAL.issuperset(item):
        return item
    for key in item:
        if key[:1].islower():
            return {name[:1].upper() + name[1:]: value for name, value in item.items()}
    return item
