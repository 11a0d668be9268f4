"""The safer way: right for the tool and its version, and pasteable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from planguard.catalog import Entry
from planguard.causes import Causes, explain
from planguard.graph import build, without_keys
from planguard.model import UNKNOWN, Action, Change, Edge, Path, Plan, Resource, Values

DATA = Entry(type="t", provider="p", category="database", loses=frozenset({"data"}), recoverable="backup")
SERVICE = DATA._replace(loses=frozenset({"availability"}))


def change(
    address: str,
    action: Action = Action.DELETE,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    paths: tuple[Path, ...] = (),
    reason: str | None = None,
    create_first: bool = False,
) -> Change:
    config = without_keys(address)
    kind, name = config.rsplit(".", 2)[-2:]
    local = address[address.rindex(f"{kind}.{name}") :]
    written = local[len(kind) + len(name) + 1 :].strip("[]")
    key: str | int | None = None if not written else written.strip('"') if '"' in written else int(written)
    module = address[: -len(local)].rstrip(".")
    return Change(
        resource=Resource(address=address, type=kind, name=name, module=module, key=key, config=config),
        action=action,
        before=Values.of(before if before is not None else {"x": "1"}),
        after=None if after is None else Values.of(after),
        replace_paths=paths,
        reason=reason,
        create_first=create_first,
    )


def explained(
    *changes: Change, version: str = "1.11.4", tool: str = "terraform", edges: tuple[Edge, ...] = ()
) -> Causes:
    stays = Resource(address="t.stays", type="t", name="stays", config="t.stays")
    plan = Plan(
        source="x",
        format="terraform-plan",
        tool=tool,
        version=version,
        changes=changes,
        unchanged=(stays,),
        edges=edges,
    )
    return explain(plan, build(plan))


def advice(one: Change, entry: Entry | None = None, **plan: Any) -> str:
    return explained(one, **plan).remedy(one, entry) or ""


GONE = change('module.m["a"].t.x[0]', reason="delete_because_no_resource_config")


@pytest.mark.parametrize(
    ("tool", "version", "expected"),
    [
        ("terraform", "1.11.4", "removed {\n  from = module.m.t.x\n  lifecycle {\n    destroy = false\n  }\n}"),
        ("terraform", "1.6.6", "terraform state rm 'module.m[\"a\"].t.x[0]'"),
        ("opentofu", "1.8.0", "removed {\n  from = module.m.t.x\n}"),
        ("opentofu", "1.10.1", "removed {\n  from = module.m.t.x\n  lifecycle {\n    destroy = false\n  }\n}"),
        ("opentofu", "1.6.0", "tofu state rm 'module.m[\"a\"].t.x[0]'"),
    ],
)
def test_a_removed_block_takes_no_keys_and_knows_its_version(tool: str, version: str, expected: str) -> None:
    assert advice(GONE, tool=tool, version=version).endswith(expected)


def test_a_block_of_which_something_stays_cannot_be_removed() -> None:
    one = change('t.x["a"]', reason="delete_because_no_resource_config")
    other = change('t.x["b"]', Action.UPDATE, {"x": "1"}, {"x": "2"})
    text = explained(one, other).remedy(one) or ""
    assert "removed {" not in text
    assert "state rm 't.x[\"a\"]'" in text


@pytest.mark.parametrize(
    "reason", ["delete_because_each_key", "delete_because_no_module", "delete_because_wrong_repetition"]
)
def test_single_instances_go_by_state_rm(reason: str) -> None:
    text = advice(change('t.x["a\'b"]', reason=reason))
    assert "removed {" not in text
    assert text.endswith("""terraform state rm 't.x["a'"'"'b"]'""")


def test_a_certain_move_is_a_moved_block() -> None:
    old = change("aws_s3_bucket.a", before={"bucket": "data"}, reason="delete_because_no_resource_config")
    new = change("aws_s3_bucket.b", Action.CREATE, None, {"bucket": "data"})._replace(before=None)
    text = explained(old, new).remedy(old) or ""
    assert text.endswith("moved {\n  from = aws_s3_bucket.a\n  to   = aws_s3_bucket.b\n}")
    assert "removed" not in text


def test_a_likely_move_says_what_must_stay() -> None:
    old = change('aws_s3_bucket.a["orders"]', before={"bucket": "orders"}, reason="delete_because_each_key")
    new = change('aws_s3_bucket.a["orders-v2"]', Action.CREATE, None, {"bucket": "orders-v2"})._replace(before=None)
    text = explained(old, new).remedy(old) or ""
    assert text.startswith("If ")
    assert "ignore_changes = [bucket]" in text


def test_edits_can_be_undone_or_ignored() -> None:
    before, after = {"a": [{"b": "x"}], "m": {"my.key": "1"}}, {"a": [{"b": "y"}], "m": {"my.key": "2"}}
    one = change("t.x", Action.REPLACE, before, after, paths=(("a", 0, "b"), ("m", "my.key")))
    text = advice(one)
    assert 'set a.b to "x" and m["my.key"] to "1" again' in text
    assert 'ignore_changes = [a[0].b, m["my.key"]]' in text


def test_hostile_keys_cannot_break_out_of_the_block() -> None:
    one = change("t.x", Action.REPLACE, {"m": {}}, {"m": {}}, paths=(("m", '"]\n}\n${x}'),))
    text = advice(one)
    assert text.count("\n") == 3
    assert "$${x}" in text.splitlines()[2]


def test_what_follows_another_change_is_sent_there() -> None:
    root = change("t.r", Action.REPLACE, {"id": "r-1", "x": "1"}, {"id": UNKNOWN, "x": "2"}, paths=(("x",),))
    one = change("t.x", Action.REPLACE, {"ref": "r-1"}, {"ref": UNKNOWN}, paths=(("ref",),))
    text = explained(root, one, edges=(Edge("t.x", "t.r", "ref"),)).remedy(one) or ""
    assert "starts with t.r" in text
    assert "ignore_changes" not in text  # the old value names something that will be gone


def test_marks_and_requests() -> None:
    tainted = change('t.x["a"]', Action.REPLACE, {"x": 1}, {"x": 1}, reason="replace_because_tainted")
    assert "terraform untaint 't.x[\"a\"]'" in advice(tainted)
    asked = change("t.x", Action.REPLACE, {"x": 1}, {"x": 1}, reason="replace_by_request")
    assert "without -replace=t.x" in advice(asked)


def test_create_before_destroy_is_judged() -> None:
    before, after = {"name": "a", "size": "1"}, {"name": "a", "size": "2"}
    fixed = change("t.x", Action.REPLACE, before, after, paths=(("size",),))
    assert "starts empty" in advice(fixed, DATA)
    assert "does not save the data" in advice(fixed._replace(create_first=True), DATA)
    assert "cannot shorten the gap while name stays the same" in advice(fixed, SERVICE)
    renamed = change("t.x", Action.REPLACE, before, {"name": "b", "size": "1"}, paths=(("name",),))
    assert "create_before_destroy = true" in advice(renamed, SERVICE)


def test_nothing_is_invented() -> None:
    assert explained(GONE, tool="cloudformation").remedy(GONE) is None
    ghost = GONE._replace(deposed="abc")
    assert explained(ghost).remedy(ghost) is None
    update = change("t.x", Action.UPDATE, {"x": "1"}, {"x": "2"})
    assert explained(update).remedy(update) is None


def guarded(**values: Any) -> tuple[Change, tuple[Any, ...]]:
    """A database that goes, with the states of its protections."""
    from planguard import catalog

    before = {"identifier": "orders", **values}
    one = change("aws_db_instance.m", before=before, reason="delete_because_no_resource_config")
    return one, catalog.states(catalog.lookup("aws_db_instance"), one.before)


def test_a_protection_is_lifted_in_a_change_of_its_own() -> None:
    one, states = guarded(deletion_protection=True, skip_final_snapshot=True)
    text = explained(one).remedy(one, DATA, states) or ""
    assert "1. Put the block back with deletion_protection = false, and apply that alone." in text
    assert text.index("removed {") < text.index("1. Put")
    replaced = one._replace(
        action=Action.REPLACE, after=Values.of({"identifier": "orders", "deletion_protection": False})
    )
    assert "1. Write deletion_protection = false, leave everything else" in (
        explained(replaced).remedy(replaced, DATA, states) or ""
    )


def test_a_last_snapshot_needs_a_name_first() -> None:
    one, states = guarded(skip_final_snapshot=False, final_snapshot_identifier=None)
    assert "a name in final_snapshot_identifier" in (explained(one).remedy(one, DATA, states) or "")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("aws_db_instance", "snapshot_identifier"),
        ("aws_dynamodb_table", "restore_source_name"),
        ("google_sql_database_instance", "restore_backup_context"),
        ("azurerm_mssql_database", "creation_source_database_id"),
        ("aws_kms_key", "A new key opens nothing that the old one closed: to go ahead, first make a second key"),
        ("aws_sqs_queue", "let the old one go when its consumers have read it empty"),
        ("aws_eks_cluster", "make a second cluster"),
        ("t", "build the new one from it"),
    ],
)
def test_the_way_on_is_that_of_the_type(kind: str, words: str) -> None:
    one = change(f"{kind}.x", Action.REPLACE, {"name": "a"}, {"name": "b"}, paths=(("name",),))
    assert words in advice(one, DATA)


def test_what_vanished_is_looked_for_before_it_is_made_again() -> None:
    one = change("t.x", Action.CREATE, None, {"name": "a"})._replace(before=None)
    causes = explained(one)
    causes._plan = causes._plan._replace(drift=(one._replace(action=Action.DELETE),))
    assert "restore it under the same name" in (causes.remedy(one) or "")
