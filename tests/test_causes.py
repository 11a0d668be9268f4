"""Why a change happens: attributes, upstream changes, removals, and what is never printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from planguard.causes import Causes, explain
from planguard.graph import build, module_steps, without_keys
from planguard.model import UNKNOWN, Action, Cause, Change, Edge, Path, Plan, Resource, Sensitive, Values


def resource(address: str) -> Resource:
    """A resource with everything that its address tells."""
    config = without_keys(address)
    kind, name = config.rsplit(".", 2)[-2:]
    local = address[address.rindex(f"{kind}.{name}") :]
    written = local[len(kind) + len(name) + 1 :].strip("[]")
    key: str | int | None = None if not written else written.strip('"') if '"' in written else int(written)
    return Resource(
        address=address,
        type=kind,
        name=name,
        provider="aws",
        module=address[: -len(local)].rstrip("."),
        key=key,
        config=config,
    )


def change(
    address: str,
    action: Action,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    forced: tuple[str, ...] = (),
    paths: tuple[Path, ...] = (),
    reason: str | None = None,
    deposed: str | None = None,
    create_first: bool = False,
) -> Change:
    """A change; `forced` are top-level attributes that force a replacement."""
    return Change(
        resource=resource(address),
        action=action,
        before=None if before is None else Values.of(before),
        after=None if after is None else Values.of(after),
        replace_paths=tuple((name,) for name in forced) + paths,
        reason=reason,
        deposed=deposed,
        create_first=create_first,
    )


def explained(
    *changes: Change,
    edges: tuple[Edge, ...] = (),
    unchanged: tuple[str, ...] = (),
    state: Mapping[str, tuple[str, ...]] | None = None,
) -> Causes:
    """The causes of a plan with these changes."""
    plan = Plan(
        source="x",
        format="terraform-plan",
        version="1.11.4",
        changes=changes,
        unchanged=tuple(map(resource, unchanged)),
        edges=edges,
        state_edges=state or {},
    )
    return explain(plan, build(plan))


def cause(causes: Causes, one: Change) -> Cause:
    """The cause of a change that has one."""
    found = causes.of(one)
    assert found is not None
    return found


# --- replaced ---------------------------------------------------------------------------------------------------------


def test_an_edit_is_named_with_both_values() -> None:
    db = change("aws_db_instance.m", Action.REPLACE, {"db_name": "a"}, {"db_name": "b"}, forced=("db_name",))
    found = cause(explained(db), db)
    assert found == Cause('db_name changes from "a" to "b", and that cannot be done in place', ("db_name",))


def test_nested_attributes_are_named_without_positions() -> None:
    before, after = {"net": [{"cidr": "10.0.0.0/28"}]}, {"net": [{"cidr": "10.0.0.16/28"}]}
    gke = change("google_container_cluster.c", Action.REPLACE, before, after, paths=(("net", 0, "cidr"),))
    assert cause(explained(gke), gke).attributes == ("net.cidr",)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("anything", Sensitive("hunter2hunter2"), Sensitive("hunter3hunter3")),
        ("anything", "hunter2hunter2", Sensitive("hunter3hunter3")),
        ("master_password", "hunter2hunter2", "hunter3hunter3"),
        ("user_data", "hunter2hunter2", "hunter3hunter3"),
        ("content", "PASSWORD=hunter2", "PASSWORD=hunter3"),
        ("settings", {"a": "hunter2hunter2"}, {"a": "hunter3hunter3"}),
        ("list", ["hunter2hunter2"], ["hunter3hunter3"]),
        ("text", "x" * 60 + "hunter2", "y" * 60 + "hunter3"),
        ("text", "a\nhunter2", "a\nhunter3"),
    ],
)
def test_only_harmless_scalars_are_printed(name: str, old: object, new: object) -> None:
    db = change("aws_db_instance.m", Action.REPLACE, {name: old}, {name: new}, forced=(name,))
    causes = explained(db)
    found = cause(causes, db)
    assert found.text.startswith(f"{name} changes")
    assert "hunter" not in found.text
    assert "hunter" not in (causes.remedy(db) or "")


def test_a_path_below_something_sensitive_is_sensitive() -> None:
    before, after = {"box": Sensitive({"a": "hunter2"})}, {"box": Sensitive({"a": "hunter3"})}
    db = change("aws_db_instance.m", Action.REPLACE, before, after, paths=(("box", "a"),))
    assert "hunter" not in cause(explained(db), db).text


def test_long_ids_are_cut_between_their_parts() -> None:
    old = "arn:aws:kms:eu-west-1:123456789012:key/" + "a" * 36
    db = change("aws_db_instance.m", Action.REPLACE, {"key": old}, {"key": old[:-1] + "b"}, forced=("key",))
    assert f'from "…123456789012:key/{"a" * 36}" to' in cause(explained(db), db).text


def vpc_change() -> Change:
    return change(
        "aws_vpc.main",
        Action.REPLACE,
        {"id": "vpc-1", "cidr_block": "10.50.0.0/16"},
        {"id": UNKNOWN, "cidr_block": "10.60.0.0/16"},
        forced=("cidr_block",),
    )


def test_a_chain_goes_back_to_the_first_edit() -> None:
    vpc = vpc_change()
    subnets = [
        change(
            f"aws_subnet.s[{i}]",
            Action.REPLACE,
            {"id": f"subnet-{i}", "vpc_id": "vpc-1"},
            {"id": UNKNOWN, "vpc_id": UNKNOWN},
            forced=("vpc_id",),
        )
        for i in range(3)
    ]
    app = change(
        "aws_instance.app", Action.REPLACE, {"subnet_id": "subnet-1"}, {"subnet_id": UNKNOWN}, forced=("subnet_id",)
    )
    edges = (Edge("aws_subnet.s", "aws_vpc.main", "vpc_id"), Edge("aws_instance.app", "aws_subnet.s", "subnet_id"))
    causes = explained(app, *subnets, vpc, edges=edges)
    found = cause(causes, app)
    assert found.chain == ("aws_vpc.main", "aws_subnet.s[1]", "aws_instance.app")
    assert found.root == "aws_vpc.main"
    assert found.text == (
        "subnet_id gets a new value because aws_subnet.s[1] is replaced "
        '(it starts with aws_vpc.main: cidr_block changes from "10.50.0.0/16" to "10.60.0.0/16")'
    )
    assert cause(causes, vpc).root is None


def test_own_edit_and_upstream_are_both_named() -> None:
    vpc = vpc_change()
    subnet = change(
        "aws_subnet.s",
        Action.REPLACE,
        {"cidr": "10.50.1.0/24", "vpc_id": "vpc-1"},
        {"cidr": "10.60.1.0/24", "vpc_id": UNKNOWN},
        forced=("vpc_id", "cidr"),
    )
    text = cause(explained(vpc, subnet, edges=(Edge("aws_subnet.s", "aws_vpc.main", "vpc_id"),)), subnet).text
    assert 'cidr changes from "10.50.1.0/24" to "10.60.1.0/24"' in text
    assert "vpc_id gets a new value because aws_vpc.main is replaced" in text


def test_a_local_hides_the_reference_but_not_the_value() -> None:
    vpc = vpc_change()
    subnet = change("aws_subnet.s", Action.REPLACE, {"vpc_id": "vpc-1"}, {"vpc_id": UNKNOWN}, forced=("vpc_id",))
    known = explained(vpc, subnet, state={"aws_subnet.s": ("aws_vpc.main",)})
    assert cause(known, subnet).root == "aws_vpc.main"
    # The same value without any dependency is a coincidence.
    assert "cannot tell" in cause(explained(vpc, subnet), subnet).text


def test_unknown_without_any_trace_says_so() -> None:
    subnet = change("aws_subnet.s", Action.REPLACE, {"vpc_id": "vpc-1"}, {"vpc_id": UNKNOWN}, forced=("vpc_id",))
    found = cause(explained(subnet), subnet)
    assert found.text == "vpc_id is known only after apply; cannot tell from this plan what changes it"
    assert found.root is None


def test_a_known_value_that_follows_another_change_has_its_root_there() -> None:
    cluster = change("aws_ecs_cluster.c", Action.REPLACE, {"name": "prod"}, {"name": "prod-api"}, forced=("name",))
    service = change(
        "aws_ecs_service.s", Action.REPLACE, {"cluster": "prod"}, {"cluster": "prod-api"}, forced=("cluster",)
    )
    causes = explained(cluster, service, edges=(Edge("aws_ecs_service.s", "aws_ecs_cluster.c", "cluster"),))
    assert cause(causes, service).root == "aws_ecs_cluster.c"


def test_keys_pair_off_where_values_do_not_tell() -> None:
    parents = [change(f't.p["{k}"]', Action.REPLACE, {"x": "1"}, {"x": "2"}, forced=("x",)) for k in "ab"]
    kids = [change(f't.k["{k}"]', Action.REPLACE, {"ref": "i-9"}, {"ref": UNKNOWN}, forced=("ref",)) for k in "ab"]
    causes = explained(*parents, *kids, edges=(Edge("t.k", "t.p", "ref"),))
    assert cause(causes, kids[1]).root == 't.p["b"]'
    single = change("t.one", Action.REPLACE, {"ref": "i-9"}, {"ref": UNKNOWN}, forced=("ref",))
    text = cause(explained(*parents, single, edges=(Edge("t.one", "t.p", "ref"),)), single).text
    assert "because t.p is replaced" in text


def test_tainted_requested_and_triggered() -> None:
    tainted = change("t.a", Action.REPLACE, {"x": 1}, {"x": 1}, reason="replace_because_tainted")
    asked = change("t.b", Action.REPLACE, {"x": 1}, {"x": 1}, reason="replace_by_request")
    source = change("t.s", Action.UPDATE, {"x": "1"}, {"x": "2"})
    fired = change("t.c", Action.REPLACE, {"x": 1}, {"x": 1}, reason="replace_by_triggers")
    causes = explained(tainted, asked, source, fired, state={"t.c": ("t.s",)})
    assert "tainted" in cause(causes, tainted).text
    assert "-replace" in cause(causes, asked).text
    assert "replace_triggered_by" in cause(causes, fired).text
    assert cause(causes, fired).root == "t.s"


def test_request_and_edit_are_both_named() -> None:
    db = change("t.a", Action.REPLACE, {"x": "1"}, {"x": "2"}, forced=("x",), reason="replace_by_request")
    text = cause(explained(db), db).text
    assert "-replace" in text
    assert 'x changes from "1" to "2"' in text


def test_old_plans_without_paths() -> None:
    one = change("t.a", Action.REPLACE, {"x": "1", "id": "i"}, {"x": "2", "id": UNKNOWN})
    several = change("t.b", Action.REPLACE, {"x": "1", "y": "1"}, {"x": "2", "y": "2"})
    causes = explained(one, several)
    assert 'x changes from "1" to "2"' in cause(causes, one).text
    assert "does not say which attribute" in cause(causes, several).text


# --- updated ----------------------------------------------------------------------------------------------------------


def test_updates_name_what_changes_and_not_what_the_provider_works_out() -> None:
    db = change("t.a", Action.UPDATE, {"size": 1, "hash": "abc"}, {"size": 2, "hash": UNKNOWN})
    assert cause(explained(db), db) == Cause("size changes from 1 to 2", ("size",))


def test_an_update_through_a_replaced_dependency() -> None:
    vpc = vpc_change()
    group = change("t.g", Action.UPDATE, {"ids": ["vpc-1"]}, {"ids": [UNKNOWN]})
    assert cause(explained(vpc, group, edges=(Edge("t.g", "aws_vpc.main", "ids"),)), group).root == "aws_vpc.main"


def test_creates_have_no_cause() -> None:
    new = change("t.a", Action.CREATE, None, {"x": 1})
    assert explained(new).of(new) is None


# --- removed ----------------------------------------------------------------------------------------------------------


def test_block_gone() -> None:
    gone = change("t.a", Action.DELETE, {"x": 1}, reason="delete_because_no_resource_config")
    assert cause(explained(gone, unchanged=("t.b",)), gone).text == "its block is gone from the configuration"


def test_module_gone() -> None:
    gone = change("module.m.t.a", Action.DELETE, {"x": 1}, reason="delete_because_no_resource_config")
    assert "nothing of module.m stays" in cause(explained(gone, unchanged=("t.b",)), gone).text
    assert cause(explained(gone, unchanged=("module.m.t.b",)), gone).text == "its block is gone from the configuration"


def test_count_lowered() -> None:
    gone = [change(f"t.r[{i}]", Action.DELETE, {"x": 1}, reason="delete_because_count_index") for i in (1, 2)]
    causes = explained(*gone, unchanged=("t.r[0]",))
    assert [cause(causes, c).text for c in gone] == ["count of t.r went from 3 to 1"] * 2


def test_count_shifted() -> None:
    renamed = change("t.r[1]", Action.UPDATE, {"name": "b"}, {"name": "c"})
    gone = change("t.r[2]", Action.DELETE, {"name": "c"}, reason="delete_because_count_index")
    causes = explained(renamed, gone, unchanged=("t.r[0]",))
    assert "t.r[1] takes over the name" in cause(causes, gone).text
    assert "for_each" in (causes.remedy(gone) or "")


def test_key_gone() -> None:
    gone = change('module.m["a"].t.r["orders"]', Action.DELETE, {"x": 1}, reason="delete_because_each_key")
    assert cause(explained(gone), gone).text == 'the key "orders" is gone from for_each of module.m["a"].t.r'


def test_module_instance_gone() -> None:
    counted = change("module.db[0].t.a", Action.DELETE, {"x": 1}, reason="delete_because_no_module")
    keyed = change('module.k["x"].module.n.t.a', Action.DELETE, {"x": 1}, reason="delete_because_no_module")
    causes = explained(counted, keyed, unchanged=('module.k["y"].module.n.t.a',))
    assert cause(causes, counted).text == "count of module.db went from 1 to 0"
    assert cause(causes, keyed).text == 'the key "x" is gone from for_each of module.k'


def test_two_module_instances_that_could_be_meant_are_both_named() -> None:
    gone = change('module.k["x"].module.n[0].t.a', Action.DELETE, {"x": 1}, reason="delete_because_no_module")
    text = cause(explained(gone, unchanged=("t.b",)), gone).text
    assert 'module.k["x"] or module.k["x"].module.n[0]' in text


def test_repetition_changed() -> None:
    gone = change("t.a[0]", Action.DELETE, {"x": 1}, reason="delete_because_wrong_repetition")
    new = change('t.a["k"]', Action.CREATE, None, {"x": 2})
    assert cause(explained(gone, new), gone).text.startswith(
        "t.a was repeated by count and is repeated by for_each now"
    )


def test_everything_destroyed_and_no_reason() -> None:
    one, two = change("t.a", Action.DELETE, {"x": 1}), change("t.b", Action.DELETE, {"x": 1})
    assert "everything in this plan is destroyed" in cause(explained(one, two), one).text
    assert cause(explained(one, unchanged=("t.c",)), one).text == "the plan does not say why"


def test_forget_and_deposed() -> None:
    let_go = change("t.a", Action.FORGET, {"x": 1}, reason="delete_because_no_resource_config")
    ghost = change("t.b", Action.DELETE, {"x": 1}, deposed="abc")
    causes = explained(let_go, ghost, unchanged=("t.b",))
    assert "removed block" in cause(causes, let_go).text
    assert "left over" in cause(causes, ghost).text


def test_a_rename_is_mentioned() -> None:
    old = change("aws_s3_bucket.a", Action.DELETE, {"bucket": "data"}, reason="delete_because_no_resource_config")
    new = change("aws_s3_bucket.b", Action.CREATE, None, {"bucket": "data"})
    text = cause(explained(old, new), old).text
    assert text.endswith("it looks like a rename to aws_s3_bucket.b without a moved block")


def test_order_of_the_input_changes_no_text() -> None:
    vpc = vpc_change()
    subnet = change("aws_subnet.s", Action.REPLACE, {"vpc_id": "vpc-1"}, {"vpc_id": UNKNOWN}, forced=("vpc_id",))
    edges = (Edge("aws_subnet.s", "aws_vpc.main", "vpc_id"), Edge("aws_subnet.s", "aws_vpc.main", "tags"))
    one, two = explained(vpc, subnet, edges=edges), explained(subnet, vpc, edges=edges[::-1])
    assert one.of(subnet) == two.of(subnet)


def test_the_helper_reads_addresses_right() -> None:
    made = resource('module.m["a.b"].t.n["k"]')
    assert (made.module, made.key, made.config) == ('module.m["a.b"]', "k", "module.m.t.n")
    assert tuple(module_steps(made.module)) == (("m", '"a.b"'),)
