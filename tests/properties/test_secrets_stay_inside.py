"""A secret that is marked in one place appears in no output, wherever else Terraform repeats it bare."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator

import pytest

from fuzzing import canaries
from fuzzing.runner import Run, quiet_place, run
from planguard.reports import FORMATS


@pytest.fixture(scope="module", autouse=True)
def somewhere() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="p") as name, quiet_place(name):
        yield


def outputs(data: bytes) -> Iterator[tuple[str, Run]]:
    for report in FORMATS:
        yield report, run(["check", "-", "--report", report, "-v"], data)
    for address in (*canaries.ADDRESSES, "aws_db_instance.eac", 'aws_db_instance.each["'):
        yield f"explain {address}", run(["explain", address, "-"], data)


@pytest.mark.parametrize("secret", canaries.SECRETS.values(), ids=canaries.SECRETS.keys())
@pytest.mark.parametrize("mark", ["before", "data source", "variable"])
def test_no_secret_is_said(mark, secret):
    plan = canaries.plan(secret)
    canaries.MARKS[mark](plan)
    for name, done in outputs(json.dumps(plan).encode()):
        assert done.traceback == ""
        assert done.code in (10, 0 if name.startswith("explain") else 10, 2)
        assert canaries.found_in(done.text, secret) == [], name


@pytest.mark.parametrize("mark", canaries.MARKS)
def test_every_mark_counts_everywhere(mark):
    secret = canaries.SECRETS["long"]
    plan = canaries.plan(secret)
    canaries.MARKS[mark](plan)
    for name, done in outputs(json.dumps(plan).encode()):
        assert canaries.found_in(done.text, secret) == [], name


def test_the_search_finds_what_is_there():
    """Without a mark the value is printed: otherwise the tests above would prove nothing."""
    for name, secret in canaries.SECRETS.items():
        done = run(["check", "-", "--report", "terminal", "-v"], json.dumps(canaries.plan(secret)).encode())
        if isinstance(secret, str) and secret.isprintable() and len(secret) < 60:
            assert canaries.found_in(done.text, secret), name


@pytest.mark.parametrize("kind", FORMATS)
def test_broken_plans_give_nothing_away(kind):
    """The secret right beside what is wrong with the plan."""
    secret = canaries.SECRETS["long"]
    whole = json.dumps(canaries.plan(secret), indent=1)
    ends = [at + len(secret) // 2 for at in range(len(whole)) if whole.startswith(secret, at)]
    for end in ends[:: max(1, len(ends) // 12)]:
        for data in (whole[:end], whole[:end] + "\0" + whole[end:], whole[:end] + '"' + whole[end:]):
            done = run(["check", "-", "--report", kind], data.encode())
            assert done.code == 3
            assert canaries.found_in(done.text, secret) == []


def test_no_message_of_a_stream_is_repeated():
    secret = canaries.SECRETS["long"]
    resource = {"addr": "aws_db_instance.main", "resource_type": "aws_db_instance", "resource_name": "main"}
    message = {"@level": "info", "@message": f"x {secret}", "@module": "terraform.ui"}
    detail = {"severity": "error", "summary": secret, "detail": secret, "snippet": {"code": secret, "values": [secret]}}
    lines = [
        {**message, "type": "planned_change", "change": {"resource": resource, "action": "delete"}},
        {**message, "type": "outputs", "outputs": {"o": {"sensitive": True, "value": secret}}},
        {**message, "@level": "error", "type": "diagnostic", "diagnostic": detail},
        {**message, "type": "change_summary", "changes": {"remove": 1, "operation": "plan"}},
    ]
    for name, done in outputs(("\n".join(map(json.dumps, lines)) + f"\nplain {secret}").encode()):
        assert done.traceback == ""
        assert canaries.found_in(done.text, secret) == [], name


@pytest.mark.parametrize("changed", ["password", "tags", "settings", "name", "engine", "id"])
def test_a_value_is_in_no_fingerprint(changed):
    """Another value, the same fingerprints; of an id only where it is a secret."""
    found = []
    for secret in ("kQ7xW2mZ9vB4nR8tY3pL6sD1fG5h", "jH4bN7cX1zV8mK5wQ2rT9yU3iO6p"):
        plan = canaries.plan("the-same-value-in-both")
        change = plan["resource_changes"][0]["change"]
        change["before"][changed] = secret
        change["before_sensitive"] = {changed: changed in ("password", "id"), "engine": True}
        plan["variables"]["input"]["value"] = secret
        plan["configuration"]["root_module"]["variables"]["input"]["sensitive"] = True
        report = json.loads(run(["check", "-", "--report", "json"], json.dumps(plan).encode()).out)
        found.append((report["fingerprint"], [finding["fingerprint"] for finding in report["findings"]]))
    assert found[0] == found[1]


def test_an_id_that_repeats_a_secret_is_in_no_fingerprint():
    found = set()
    for secret in ("kQ7xW2mZ9vB4nR8tY3pL6sD1fG5h", "jH4bN7cX1zV8mK5wQ2rT9yU3iO6p"):
        plan = canaries.plan("the-same-value-in-both")
        plan["resource_changes"][0]["change"]["before"] |= {"id": secret, "password": secret}
        plan["resource_changes"][0]["change"]["before_sensitive"] = {"password": True}
        found.add(json.loads(run(["check", "-", "--report", "json"], json.dumps(plan).encode()).out)["fingerprint"])
    assert len(found) == 1
