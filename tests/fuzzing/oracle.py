"""What must never happen, by a judge that shares no code with planguard.

A run may end in 0, 10, 11 or 3. Where somebody who reads the bytes leniently still sees that a production database is
destroyed, it may not end in 0.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from typing import Any

from fuzzing.kinds import Case
from fuzzing.runner import LIMIT, Run

VERDICTS = (0, 10, 11)
ALLOWED = (*VERDICTS, 3)
BROKE = "a rule broke while it ran"
STORES = frozenset({"aws_db_instance", "aws_rds_cluster", "aws_dynamodb_table", "google_sql_database_instance"})
_PAST = frozenset({"resource_drift", "before", "after", "planned_values", "prior_state", "configuration"})
"""Where an element of the same shape is no plan: past facts, and values that only look alike."""


def complaints(run: Run, case: Case, kind: str) -> list[str]:
    """What is wrong with a run of a case; empty where nothing is."""
    wrong = []
    if run.code not in ALLOWED:
        wrong.append(f"exit code {run.code}")
    if run.traceback or b"Traceback" in run.err or b"planguard itself failed" in run.err:
        wrong.append(run.traceback or run.err.decode("utf-8", "replace"))
    if b"while the rule ran" in run.out and kind != "rule":  # a user's own rule may break: that blocks, and says so
        wrong.append(BROKE)
    if run.seconds > LIMIT:
        wrong.append(f"{run.seconds:.1f} seconds")
    if run.code == 3 and not run.err.startswith((b"error: ", b"\x1b[31m\x1b[1merror")):
        wrong.append("exit 3 without a sentence")
    if run.code == 0 and case.judged is not None:
        wrong += [f"passes although {address} is destroyed" for address in losses(case.judged)]
    return wrong


def losses(data: bytes) -> list[str]:
    """Addresses of production stores that the input says will be destroyed, read as leniently as can be."""
    found = []
    for document in documents(data):
        for element in _elements(document):
            if _is_loss(element):
                found.append(str(element.get("address")))
            elif _ends_in_stream(element):
                found.append(str(element["change"]["resource"]["addr"]))
    return found


def documents(data: bytes) -> Iterator[Any]:
    """Every JSON value that starts with a brace or a bracket somewhere in the text."""
    text = _text(data)
    decoder, place = json.JSONDecoder(strict=False), 0
    while True:
        starts = [found for found in (text.find("{", place), text.find("[", place)) if found >= 0]
        if not starts or place > 4_000_000:
            return
        try:
            value, place = decoder.raw_decode(text, min(starts))
        except (ValueError, RecursionError):
            return  # cut off: what follows would be pieces of a document that no reader can trust
        yield value


def _text(data: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def _elements(node: Any) -> Iterator[Mapping[str, Any]]:
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            yield node
            if isinstance(node.get("resource_changes"), list) and node["resource_changes"]:
                pending += node["resource_changes"]  # what a later Terraform may add beside it, nobody can know
            else:
                pending += [item for key, item in node.items() if key not in _PAST]


def _is_loss(element: Mapping[str, Any]) -> bool:
    change = element.get("change")
    kind = element.get("type")
    if not isinstance(change, dict) or not isinstance(kind, str) or kind not in STORES:
        return False
    actions, before = change.get("actions"), change.get("before")
    if not isinstance(actions, list) or not all(isinstance(word, str) for word in actions):
        return False
    return "delete" in actions and isinstance(before, dict) and _in_production(before)


def _ends_in_stream(message: Mapping[str, Any]) -> bool:
    """A message of `terraform plan -json`: it shows no tags, and what is not known counts as production."""
    change = message.get("change")
    if message.get("type") != "planned_change" or "@message" not in message or not isinstance(change, dict):
        return False
    resource = change.get("resource")
    address = resource.get("addr") if isinstance(resource, dict) else None
    stores = tuple(f"{kind}." for kind in STORES)
    return change.get("action") in ("delete", "replace") and isinstance(address, str) and address.startswith(stores)


def _in_production(before: Mapping[str, Any]) -> bool:
    tags = before.get("tags")
    return isinstance(tags, dict) and tags.get("env", tags.get("environment")) in ("prod", "production")
