"""A file of JSON → its plans: one, several one after the other, or a list.

Owns the way from bytes to decoded documents for plans that fit into memory, and the refusal of other documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from planguard.inputs import documents, refusals, terraform_stream
from planguard.inputs.sources import HEAD, Source, unreadable
from planguard.inputs.text import Document
from planguard.inputs.text import decode as decode_text
from planguard.inputs.text import documents as decode_documents
from planguard.model import Plan

LARGE = 2_000_000
"""From this many bytes on, plans are walked piece by piece. Below, importing msgspec costs more than it saves."""


def parse(given: Source, *, workspace: str | None = None) -> tuple[Plan, ...]:
    """Read every plan of a file of JSON."""
    with without_collector():
        given = given.ahead(LARGE)
        if len(given.head) >= LARGE:
            from planguard.inputs import large

            if large.suits(given.head[:HEAD]):
                try:
                    return large.read(given.stream, source=given.name, head=given.head, workspace=workspace)
                except OSError as error:
                    raise unreadable(given.name, error) from None
        return _parse(given, workspace)


@contextmanager
def without_collector() -> Iterator[None]:
    """Decode without the collector: it makes many objects and no garbage, and looking for some takes a third longer."""
    import gc

    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _parse(given: Source, workspace: str | None) -> tuple[Plan, ...]:
    data = given.read()
    whole = digest(data)
    text = decode_text(data)
    del data
    found = list(_objects(text, given.name, workspace))
    if len(found) == 1 and isinstance(found[0], Plan):
        return (found[0]._replace(digest=whole),)
    plans = []
    for number, item in enumerate(found, start=1):
        name = f"{given.name}#{number}" if len(found) > 1 else given.name
        if isinstance(item, Plan):
            plans.append(item._replace(source=name, digest=digest(f"{whole} {number}".encode())))
            continue
        refusal = refusals.document(item.value)
        if refusal is not None:
            refusal.refuse(name)
        mark = whole if len(found) == 1 else digest(item.text.encode("utf-8", "replace"))
        plans.append(documents.build(item, source=name, digest=mark, workspace=workspace))
    return tuple(plans)


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    from hashlib import sha256

    return sha256(data).hexdigest()


def _objects(text: str, name: str, workspace: str | None) -> list[Document | Plan]:
    result: list[Document | Plan] = []
    for document in decode_documents(text):
        if isinstance(document.value, dict):
            result.append(document)
        else:
            result.extend(_elements(document, name, workspace))
    return result


def _elements(document: Document, name: str, workspace: str | None) -> list[Document | Plan]:
    """A list of messages is one plan; a list of plans (`jq -s`) is several."""
    listed: list[Any] = document.value
    if listed and all(terraform_stream.is_message(item) for item in listed):
        return [terraform_stream.understand(listed, source=name, digest="", workspace=workspace)]
    if not listed or not all(isinstance(item, dict) and refusals.document(item) is None for item in listed):
        refusals.LIST.refuse(name)
    import json

    texts = (json.dumps(item, sort_keys=True) if len(listed) > 1 else "" for item in listed)
    return [Document(item, document.repeated, text) for item, text in zip(listed, texts, strict=True)]
