"""A module whose files are not here, and that is called in another way than before: that is said."""

from __future__ import annotations

from planguard.model import Assessment
from source_edits import judged

CALL = 'module "shop" {{\n  source = "{source}"\n  name   = "{name}"\n}}\n'
INSIDE = 'variable "name" {}\nresource "aws_sqs_queue" "orders" {\n  name = var.name\n}\n'


def _notes(found: Assessment) -> str:
    return " ".join(note.text for note in found.plan.notes)


def test_what_is_not_here_is_named() -> None:
    before, after = (CALL.format(source="acme/shop/aws", name=name) for name in ("orders", "order"))
    assert "inside of module.shop: the sources are not here." in _notes(judged(before, after))


def test_what_is_here_is_looked_into() -> None:
    before, after = (
        {"main.tf": CALL.format(source="./shop", name=name), "shop/main.tf": INSIDE} for name in ("orders", "order")
    )
    assert "not here" not in _notes(judged(before, after))


def test_a_call_that_stays_is_not_mentioned() -> None:
    call = CALL.format(source="acme/shop/aws", name="orders")
    assert "not here" not in _notes(judged(call, call + 'resource "aws_sqs_queue" "other" {}\n'))
