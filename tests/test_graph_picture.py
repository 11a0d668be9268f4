"""What a picture holds: the objects that matter, bunched, with who makes whom change; the rest is counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from planguard import engine, graph, inputs
from planguard.config import Config
from planguard.graph.picture import draw
from planguard.model import (
    Action,
    Cause,
    Change,
    Edge,
    Environment,
    Finding,
    Picture,
    PictureNode,
    Plan,
    Resource,
    Severity,
    Tier,
)
from replays import TODAY, files, rules

CASCADE = Path(__file__).parent / "fixtures" / "cascade" / "plan.json"


def cascade(*, whole: bool = False) -> Picture:
    (plan,) = inputs.load(str(CASCADE))
    return engine.picture(engine.assess(plan, Config(), rules(), today=TODAY), whole=whole)


def arrows(picture: Picture) -> set[tuple[str, str, bool]]:
    nodes = picture.nodes
    return {(nodes[edge.source].label, nodes[edge.target].label, edge.forces) for edge in picture.edges}


def named(picture: Picture, label: str) -> PictureNode:
    (node,) = [node for node in picture.nodes if node.label == label]
    return node


def resource(address: str) -> Resource:
    at = address.rfind("aws_")
    module, block = address[:at].rstrip("."), address[at:]
    config = graph.without_keys(address)
    return Resource(address, block.split(".")[0], config.rsplit(".")[-1], module=module, config=config)


def change(address: str, action: Action = Action.DELETE) -> Change:
    return Change(resource(address), action, actions=(action.value,))


def finding(address: str, severity: Severity = Severity.HIGH, cause: Cause | None = None) -> Finding:
    return Finding("r", severity, address, "aws_x", "delete", Environment(Tier.PRODUCTION), "m", cause=cause)


def nothing(change: Change) -> None:
    return None


def test_picture_shows_the_beginning_the_casualties_and_what_is_cut_off() -> None:
    eu, us = 'module.shop["eu"]', 'module.shop["us"]'
    picture = cascade()
    assert arrows(picture) == {
        ("aws_vpc.main", "aws_subnet.private", True),
        ("aws_subnet.private", f"{eu}.aws_instance.web", True),
        ("aws_subnet.private", f"{us}.aws_instance.web", True),
        ("aws_subnet.private", "aws_db_subnet_group.orders", False),
        ("aws_db_subnet_group.orders", f"{eu}.aws_db_instance.orders", False),
        ("aws_db_subnet_group.orders", f"{us}.aws_db_instance.orders", False),
    }
    assert [node.label for node in picture.nodes if node.begins] == ["aws_vpc.main"]
    assert {node.label for node in picture.nodes if node.cut_off} == {
        f"{eu}.aws_db_instance.orders",
        f"{us}.aws_db_instance.orders",
    }
    subnets = named(picture, "aws_subnet.private")
    assert (subnets.objects, subnets.addresses) == (3, tuple(f"aws_subnet.private[{i}]" for i in range(3)))
    assert named(picture, "aws_vpc.main").why.startswith('cidr_block changes from "10.50.0.0/16"')
    assert [(group.label, group.parent) for group in picture.groups] == [
        ("module.shop", None), ('shop["eu"]', 0), ('shop["us"]', 0),
    ]  # fmt: skip
    assert picture.left_out == {"create": 1, "no-op": 1}


def test_whole_picture_leaves_nothing_out() -> None:
    picture = cascade(whole=True)
    assert picture.left_out == {}
    assert {"aws_s3_bucket.logs", "aws_sns_topic.alerts"} < {node.label for node in picture.nodes}
    assert not named(picture, "aws_s3_bucket.logs").cut_off


@pytest.mark.parametrize("whole", [False, True])
def test_every_object_is_drawn_or_counted(whole: bool) -> None:
    (plan,) = inputs.load(str(CASCADE))
    drawn = Counter[str]()
    picture = cascade(whole=whole)
    for node in picture.nodes:
        drawn[node.action] += node.objects
    assert drawn + Counter(picture.left_out) == Counter(plan.counts)


def test_worst_stay_when_there_is_no_room() -> None:
    changes = tuple(change(f"aws_sqs_queue.q{number}") for number in range(20))
    findings = tuple(
        finding(f"aws_sqs_queue.q{number}", Severity.CRITICAL if number >= 17 else Severity.LOW) for number in range(20)
    )
    picture = draw(Plan("p", "f", changes=changes), findings, nothing, nodes=5)
    assert [node.label for node in picture.nodes] == [f"aws_sqs_queue.q{number}" for number in (17, 18, 19, 0, 1)]
    assert picture.left_out == {"delete": 15}


def test_arrows_over_the_limit_are_counted() -> None:
    changes = tuple(change(f"aws_sqs_queue.q{number}") for number in range(10))
    edges = tuple(Edge(f"aws_sqs_queue.q{number}", "aws_sqs_queue.q0", "x") for number in range(1, 10))
    picture = draw(Plan("p", "f", changes=changes, edges=edges), (), nothing, edges=4)
    assert (len(picture.edges), picture.edges_left_out) == (4, 5)


def test_instances_of_a_module_meet_only_their_own() -> None:
    keys = ("a", "b")
    changes = tuple(change(f'module.m["{key}"].aws_vpc.v') for key in keys)
    unchanged = tuple(resource(f'module.m["{key}"].aws_subnet.s') for key in keys)
    edges = (Edge("module.m.aws_subnet.s", "module.m.aws_vpc.v", "vpc_id"),)
    picture = draw(Plan("p", "f", changes=changes, unchanged=unchanged, edges=edges), (), nothing)
    assert arrows(picture) == {(f'module.m["{k}"].aws_vpc.v', f'module.m["{k}"].aws_subnet.s', False) for k in keys}
    assert {edge.via for edge in picture.edges} == {("vpc_id",)}


def test_deposed_object_is_a_node_of_its_own() -> None:
    live = Resource("aws_db_instance.d", "aws_db_instance", "d", config="aws_db_instance.d")
    changes = (
        Change(live, Action.UPDATE, actions=("update",)),
        Change(live, Action.DELETE, actions=("delete",), deposed="0ab1"),
    )
    found = finding("aws_db_instance.d")._replace(deposed="0ab1")
    picture = draw(Plan("p", "f", changes=changes), (found,), nothing)
    assert [(node.action, node.findings) for node in picture.nodes if node.findings] == [("delete", (0,))]


def test_many_of_one_type_are_grouped() -> None:
    changes = tuple(change(f"aws_sqs_queue.q{number:02}") for number in range(50))
    picture = draw(Plan("p", "f", changes=(*changes, change("aws_vpc.v"))), (), nothing)
    assert [(group.label, group.parent) for group in picture.groups] == [("aws_sqs_queue", None)]
    assert [node.group for node in picture.nodes] == [0] * 50 + [None]


def test_order_of_the_input_does_not_matter() -> None:
    (plan,) = inputs.load(str(CASCADE))
    turned = plan._replace(changes=plan.changes[::-1], unchanged=plan.unchanged[::-1], edges=plan.edges[::-1])
    pictures = [
        engine.picture(engine.assess(one, Config(), rules(), today=TODAY), whole=True) for one in (plan, turned)
    ]
    assert pictures[0] == pictures[1]


def test_plan_without_a_change_has_an_empty_picture() -> None:
    unchanged = (resource("aws_vpc.v"),)
    assert draw(Plan("p", "f", unchanged=unchanged), (), nothing) == Picture(left_out={"no-op": 1})


@pytest.mark.parametrize("path", files("PLANGUARD_INCIDENTS", "*/plan.json"))
def test_replays_are_drawn_or_counted(path: Path) -> None:
    for plan in inputs.load(str(path)):
        assessment = engine.assess(plan, Config(), rules(), today=TODAY)
        for whole in (False, True):
            picture = engine.picture(assessment, whole=whole)
            drawn = Counter(picture.left_out)
            for node in picture.nodes:
                drawn[node.action] += node.objects
            assert drawn == Counter({action: count for action, count in plan.counts.items() if count})
            shown = {place for node in picture.nodes for place in node.findings}
            addressed = {place for place, one in enumerate(assessment.findings) if one.address}
            known = {c.resource.address for c in plan.changes} | {r.address for r in plan.unchanged}
            assert shown == {place for place in addressed if assessment.findings[place].address in known}
