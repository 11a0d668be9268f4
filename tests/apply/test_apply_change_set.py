"""`planguard apply --stack --change-set`, against CloudFormation on loopback."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command import Planguard
from dialogue import Dialogue, persons
from fakecfn import Cloud, Fault, serving
from fakecfn.orders import NOW, STACK_ID, TABLE, described, gone, stack
from planguard.external.cloudformation import Stack

APPLY = ("apply", "--stack", "orders", "--change-set", "release")


def event(number: int, status: str, name: str = "orders", reason: str = "") -> dict[str, Any]:
    own = {"PhysicalResourceId": STACK_ID, "ResourceType": "AWS::CloudFormation::Stack"}
    return {
        "StackId": STACK_ID,
        "StackName": "orders",
        "EventId": f"event-{number}",
        "Timestamp": NOW,
        "LogicalResourceId": name,
        "ResourceStatus": status,
        **({"ResourceStatusReason": reason} if reason else {}),
        **(own if name == "orders" else {"PhysicalResourceId": name.lower(), "ResourceType": TABLE["Type"]}),
    }


class Aws(NamedTuple):
    """The cloud, and how planguard reaches it."""

    cloud: Cloud
    directory: Path
    environment: dict[str, str]

    def talk(self, *arguments: str) -> Dialogue:
        return Dialogue(*arguments, cwd=self.directory, environment=self.environment)

    def pipe(self, *arguments: str) -> tuple[int, str]:
        done = Planguard()(*arguments, cwd=self.directory, environment=self.environment)
        return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    cloud = Cloud()
    cloud.stacks["orders"] = stack("orders")
    template = json.dumps({"Resources": {"Rest": TABLE}})
    release = described(gone("A"))
    cloud.add(release, template)
    cloud.templates["orders"] = template
    cloud.events["orders"] = [event(1, "CREATE_COMPLETE")]
    ends = [event(4, "UPDATE_COMPLETE"), event(3, "DELETE_COMPLETE", "A"), event(2, "UPDATE_IN_PROGRESS")]
    cloud.becomes[release["ChangeSetId"]] = ("UPDATE_COMPLETE", ends)
    with serving(cloud) as address:
        settings = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "k",
            "AWS_SECRET_ACCESS_KEY": "s",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
            "NO_PROXY": "127.0.0.1",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        yield Aws(cloud, tmp_path, persons({**kept, **settings}))
    assert cloud.problems == []


def executed(aws: Aws) -> int:
    return aws.cloud.calls.count("ExecuteChangeSet")


def test_a_change_set_is_judged_agreed_to_read_again_and_executed(aws: Aws) -> None:
    talk = aws.talk(*APPLY)
    assert "1 object ends" in talk.until("Name ")
    read = aws.cloud.calls.count("DescribeChangeSet")
    talk.types("A")
    assert talk.ends() == 0
    assert "DELETE_COMPLETE" in talk.said
    assert aws.cloud.calls.count("DescribeChangeSet") == 2 * read
    assert executed(aws) == 1


def test_a_change_set_that_became_another_is_not_executed(aws: Aws) -> None:
    talk = aws.talk(*APPLY)
    talk.until("Name ")
    other = {
        **described(gone("A"), gone("B")),
        "ChangeSetId": described()["ChangeSetId"].replace("changeSet", "changeSet2"),
    }
    aws.cloud.add(other, json.dumps({"Resources": {"Rest": TABLE}}))
    talk.types("A")
    assert talk.ends() == 3
    assert "no longer what was judged" in talk.said
    assert executed(aws) == 0


def test_nobody_is_asked_in_a_pipe(aws: Aws) -> None:
    code, said = aws.pipe(*APPLY)
    assert code == 10
    assert "Run planguard apply --stack orders --change-set release in a terminal" in said
    assert executed(aws) == 0


def test_a_stack_that_rolls_back(aws: Aws) -> None:
    arn = described()["ChangeSetId"]
    events = [
        event(4, "UPDATE_ROLLBACK_COMPLETE"),
        event(3, "UPDATE_FAILED", "A", "Access denied"),
        event(2, "UPDATE_IN_PROGRESS"),
    ]
    aws.cloud.becomes[arn] = ("UPDATE_ROLLBACK_COMPLETE", events)
    talk = aws.talk(*APPLY)
    talk.until("Name ")
    talk.types("A")
    assert talk.ends() == 4
    assert "Access denied" in talk.said
    assert "CloudFormation ended with UPDATE_ROLLBACK_COMPLETE." in talk.said


def test_aws_refuses_to_execute(aws: Aws) -> None:
    aws.cloud.faults["ExecuteChangeSet", 0] = Fault(
        "InvalidChangeSetStatus", "cannot be executed in its current status"
    )
    talk = aws.talk(*APPLY)
    talk.until("Name ")
    talk.types("A")
    assert talk.ends() == 3
    assert "AWS refuses cloudformation:ExecuteChangeSet (InvalidChangeSetStatus)" in " ".join(talk.said.split())


def test_ctrl_c_leaves_cloudformation_to_itself_and_says_so(aws: Aws) -> None:
    arn = described()["ChangeSetId"]
    aws.cloud.becomes[arn] = ("UPDATE_IN_PROGRESS", [event(2, "UPDATE_IN_PROGRESS")])
    talk = aws.talk(*APPLY)
    talk.until("Name ")
    talk.types("A")
    talk.until("UPDATE_IN_PROGRESS")
    talk.interrupts()
    assert talk.ends() == 130
    assert "CloudFormation goes on without planguard" in talk.said


def test_events_are_told_once_and_in_their_order(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment.items():
        if name.startswith("AWS_") or name == "NO_PROXY":
            monkeypatch.setenv(name, value)
    events = aws.cloud.events["orders"]
    later = [event(number, status) for number, status in ((2, "UPDATE_IN_PROGRESS"), (3, "UPDATE_COMPLETE"))]

    def pause(_: float) -> None:
        events.insert(0, later.pop(0))

    followed = Stack("orders", None, None)
    steps = list(followed.follow(followed.last_event(), pause))
    assert [(step.id, step.good) for step in steps] == [("event-2", False), ("event-3", True)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply", "--stack", "orders"),
        ("apply", "--change-set", "x"),
        ("apply", "tfplan", "--stack", "orders", "--change-set", "x"),
        ("apply", *APPLY[1:], "--", "-parallelism=1"),
        ("apply", "--region", "eu-west-1"),
    ],
)
def test_options_that_do_not_go_together(aws: Aws, arguments: tuple[str, ...]) -> None:
    assert aws.pipe(*arguments)[0] == 2
    assert aws.cloud.calls == []
