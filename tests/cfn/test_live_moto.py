"""The live comparisons against moto, which makes stacks as AWS does, and knows nothing of what planguard asks.

Exports are left to the fake cloud: moto 5.2 fails when it is asked who imports one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from cfn_documents import by_name, verdict
from planguard import inputs
from planguard.errors import PlanguardError
from planguard.model import Action


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    running = ThreadedMotoServer(port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def client(address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    settings = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "NO_PROXY": "127.0.0.1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return boto3.client("cloudformation")


def body(table: str) -> str:
    keys = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    orders = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Fn::Sub": f"{table}-${{Stage}}"}, **keys}}
    parameters = {"Stage": {"Type": "String", "Default": "dev"}}
    return json.dumps({"Parameters": parameters, "Resources": {"Orders": orders}})


def test_a_stack_with_its_parameters_and_tags(client: Any, tmp_path: Path) -> None:
    client.create_stack(
        StackName="orders",
        TemplateBody=body("orders"),
        Parameters=[{"ParameterKey": "Stage", "ParameterValue": "live"}],
        Tags=[{"Key": "env", "Value": "prod"}],
    )
    file = tmp_path / "template.json"
    file.write_text(body("orders"))
    (plan,) = inputs.live("orders", template=str(file))
    assert (plan.changes, plan.undecided) == ((), ())
    assert plan.providers[0].settings["default_tags"] == {"tags": {"env": "prod"}}
    assert plan.variables["Stage"] == "live"

    file.write_text(body("invoices"))
    (plan,) = inputs.live("orders", template=str(file))
    found = by_name(plan)
    assert (found["Orders"].action, found["Orders"].conditional) == (Action.REPLACE, False)
    assert found["Orders"].before is not None and found["Orders"].before.get("TableName") == "orders-live"
    assert ("data-replacement", "critical", "Orders") in verdict(plan)[1]


def test_a_change_set(client: Any) -> None:
    client.create_stack(StackName="events", TemplateBody=body("events"), Tags=[{"Key": "env", "Value": "prod"}])
    other = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    client.create_change_set(StackName="events", ChangeSetName="release", TemplateBody=other, ChangeSetType="UPDATE")
    (plan,) = inputs.live("events", change_set="release")
    found = by_name(plan)
    assert (found["Orders"].action, found["Topic"].action) == (Action.DELETE, Action.CREATE)
    assert ("data-deletion", "critical", "Orders") in verdict(plan)[1]


def test_what_is_not_there(client: Any, tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(body("x"))
    with pytest.raises(PlanguardError) as caught:
        inputs.live("nobody", template=str(tmp_path / "template.json"))
    assert caught.value.exit_code == 3
