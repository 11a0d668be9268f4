"""Types that no schema knows: of third parties, modules, new ones. Said, graded by name, and never passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cfn_documents import PRODUCTION, by_name, change, compared, context, load, response, template, verdict
from planguard.model import Action, Plan

TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}


def edited(tmp_path: Path, kind: str) -> Plan:
    old, new = ({**TOPIC, "Thing": {"Type": kind, "Properties": {"Size": size, **PRODUCTION}}} for size in (1, 2))
    return compared(tmp_path, template(old), template(new))


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("MongoDB::Atlas::Cluster", "data-replacement"),
        ("Acme::Sales::Database", "data-replacement"),
        ("AWS::Nonesuch::Thing", "unknown-type-destroyed"),
    ],
)
def test_any_edit_may_replace_them(tmp_path: Path, kind: str, rule: str) -> None:
    plan = edited(tmp_path, kind)
    found = by_name(plan)["Thing"]
    assert (found.action, found.conditional) == (Action.REPLACE, True)
    assert any("No schema of this type" in sentence for sentence in found.basis)
    code, said = verdict(plan)
    assert code == 10 and rule in {name for name, _, _ in said}
    assert any(kind in note.text for note in plan.notes)


def test_names_that_say_that_nothing_is_lost_are_believed(tmp_path: Path) -> None:
    assert verdict(edited(tmp_path, "Datadog::Monitors::Monitor"))[0] == 0


def test_what_a_module_makes_is_seen_by_nobody(tmp_path: Path) -> None:
    plan = edited(tmp_path, "Acme::S3::Bucket::MODULE")
    assert [(item.rule, item.address) for item in plan.undecided] == [("template-macro", "Thing")]
    assert verdict(plan)[0] == 10
    old = {**TOPIC, "Thing": {"Type": "Acme::S3::Bucket::MODULE"}}
    assert verdict(compared(tmp_path, template(old), template(TOPIC)))[0] == 10


def test_custom_resources_have_a_rule_of_their_own(tmp_path: Path) -> None:
    assert verdict(edited(tmp_path, "Custom::Seed")) == (0, {("custom-resource-changed", "low", "Thing")})


def test_a_replacement_spreads_to_them(tmp_path: Path) -> None:
    def stack(cidr: str) -> str:
        user: dict[str, Any] = {"Type": "Acme::Sales::Database", "Properties": {"Network": {"Ref": "Vpc"}}}
        return template({"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}}, "Thing": user})

    found = by_name(compared(tmp_path, stack("10.0.0.0/16"), stack("10.1.0.0/16")))["Thing"]
    assert (found.action, found.conditional) == (Action.REPLACE, True)


@pytest.mark.parametrize("kind", ["Acme::Sales::Database", "Acme::S3::Bucket::MODULE", "AWS::Nonesuch::Thing"])
def test_a_change_set_speaks_for_itself(tmp_path: Path, kind: str) -> None:
    gone = change("Thing", kind, Action="Remove", PolicyAction="Delete", BeforeContext=context(PRODUCTION))
    (plan,) = load(tmp_path, response(gone))
    assert verdict(plan)[0] == 10
