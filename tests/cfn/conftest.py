"""The fake cloud for the tests of CloudFormation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakecfn import Cloud, serving
from fakecfn.orders import TABLE, described, gone, stack

CALLS = {"DescribeChangeSet", "DescribeStacks", "GetTemplate", "GetStackPolicy", "ListImports", "ListStackResources"}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """A cloud with the stack `orders` and its change set `release`; boto3 asks it, and nobody else."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    found = Cloud()
    found.stacks["orders"] = stack("orders")
    found.add(described(gone("A"), gone("B"), gone("C")), json.dumps({"Resources": {"Rest": TABLE}}))
    found.templates["orders"] = json.dumps({"Resources": {"Rest": TABLE}})
    with serving(found) as address:
        settings = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "k",
            "AWS_SECRET_ACCESS_KEY": "s",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
            "NO_PROXY": "127.0.0.1",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield found
    assert found.problems == []
    assert set(found.calls) <= {*CALLS, "GetCallerIdentity"}  # every one of them reads
