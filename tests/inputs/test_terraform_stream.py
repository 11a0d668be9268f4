"""`terraform plan -json`: read as far as it goes, and never taken for more than it is."""

from __future__ import annotations

import json

import pytest

from plan_documents import only, read
from planguard.errors import InputError
from planguard.model import Action

VERSION = {
    "@level": "info",
    "@message": "Terraform 1.11.4",
    "@module": "terraform.ui",
    "type": "version",
    "terraform": "1.11.4",
}


def message(kind, **more):
    return {"@level": "info", "@message": "…", "@module": "terraform.ui", "type": kind, **more}


def resource(address, **more):
    kind, name = address.split(".")[-2:]
    return {
        "addr": address,
        "module": "",
        "resource_type": kind,
        "resource_name": name,
        "implied_provider": "aws",
        **more,
    }


def planned(address, action, **more):
    return message("planned_change", change={"resource": resource(address), "action": action, **more})


def summary(add=0, change=0, remove=0, operation="plan"):
    return message(
        "change_summary", changes={"add": add, "change": change, "import": 0, "remove": remove, "operation": operation}
    )


def lines(*messages):
    return "\n".join(json.dumps(item) for item in messages) + "\n"


def test_actions_and_reasons(tmp_path):
    found = read(
        tmp_path,
        lines(
            VERSION,
            planned("t.a", "create"),
            planned("t.b", "update"),
            planned("t.c", "replace", reason="cannot_update"),
            planned("t.d", "delete", reason="delete_because_no_resource_config"),
            planned("t.e", "remove"),
            planned("t.f", "move", previous_resource=resource("t.old")),
            planned("t.g", "import", importing={"id": "i-1"}),
            planned("t.h", "replace", reason="requested"),
            planned("data.t.i", "read", reason="read_because_config_unknown"),
            summary(add=3, change=1, remove=3),
        ),
    )
    actions = {item.resource.address: item.action.value for item in found.changes}
    assert actions == {
        "t.a": "create",
        "t.b": "update",
        "t.c": "replace",
        "t.d": "delete",
        "t.e": "forget",
        "t.f": "no-op",
        "t.g": "no-op",
        "t.h": "replace",
    }
    by_address = {item.resource.address: item for item in found.changes}
    assert by_address["t.c"].reason == "replace_because_cannot_update"
    assert by_address["t.h"].reason == "replace_by_request"
    assert by_address["t.d"].reason == "delete_because_no_resource_config"
    assert by_address["t.f"].previous_address == "t.old"
    assert by_address["t.g"].importing == "i-1"
    assert (found.format, found.version, found.tool, found.weak) == ("terraform-stream", "1.11.4", "terraform", True)
    assert found.undecided == ()
    assert found.counts == {"create": 1, "update": 1, "replace": 2, "delete": 1, "forget": 1, "no-op": 2}


def test_the_array_form_is_the_same(tmp_path):
    messages = [VERSION, planned("t.a", "delete"), summary(remove=1)]
    one, other = read(tmp_path, lines(*messages)), read(tmp_path, messages)
    assert one.changes == other.changes
    assert (one.weak, other.weak) == (True, True)


def test_a_stream_is_known_by_content_in_any_order_of_keys_and_encoding(tmp_path):
    text = lines(
        {"type": "version", "tofu": "1.9.0", "@module": "tofu.ui", "@message": "x", "@level": "info"},
        planned("t.a", "delete"),
        summary(remove=1),
    )
    found = read(tmp_path, text.encode("utf-16"))
    assert (found.tool, found.version) == ("opentofu", "1.9.0")
    assert only(found).action is Action.DELETE


def test_lines_of_a_pipeline_are_passed_over_and_counted(tmp_path):
    text = (
        "Running plan in HCP Terraform\n"
        + lines(VERSION)
        + "\n  some output\n"
        + lines(planned("t.a", "delete"), summary(remove=1))
    )
    found = read(tmp_path, text)
    assert only(found).action is Action.DELETE
    assert any(note.text.startswith("2 lines") for note in found.notes)


@pytest.mark.parametrize("word", ["noop", "explode", None, 7])
def test_an_action_that_is_not_known_is_undecided(tmp_path, word):
    found = read(tmp_path, lines(planned("t.a", word), summary()))
    assert only(found).action is Action.UNKNOWN
    assert [(item.rule, item.address) for item in found.undecided] == [("unknown-action", "t.a")]


def test_a_data_source_that_does_more_than_read_is_undecided(tmp_path):
    found = read(tmp_path, lines(planned("data.t.a", "delete"), summary(remove=1)))
    assert [(item.rule, item.address) for item in found.undecided] == [("unknown-action", "data.t.a")]


def test_a_diagnostic_of_an_error_makes_it_errored(tmp_path):
    diagnostic = message(
        "diagnostic",
        diagnostic={
            "severity": "error",
            "summary": "hunter22",
            "range": {"filename": "main.tf", "start": {"line": 25}},
        },
    )
    found = read(tmp_path, lines(planned("t.a", "delete"), summary(remove=1), diagnostic))
    assert found.errored
    assert any("main.tf:25" in note.text for note in found.notes)
    assert "hunter" not in repr(found.notes)
    assert read(tmp_path, lines(VERSION, diagnostic)).errored


def test_a_warning_is_no_error(tmp_path):
    found = read(tmp_path, lines(message("diagnostic", diagnostic={"severity": "warning"}), summary()))
    assert not found.errored


def test_drift_is_drift(tmp_path):
    drifted = message("resource_drift", change={"resource": resource("t.a"), "action": "delete"})
    found = read(tmp_path, lines(drifted, summary()))
    assert [item.resource.address for item in found.drift] == ["t.a"]
    assert found.changes == ()


def test_a_deposed_object_is_told_from_the_live_one(tmp_path):
    found = read(tmp_path, lines(planned("t.a", "delete"), planned("t.a", "update"), summary(change=1, remove=1)))
    assert {(item.action.value, item.deposed is not None) for item in found.changes} == {
        ("delete", True),
        ("update", False),
    }


def test_two_changes_of_one_object_are_refused(tmp_path):
    with pytest.raises(InputError, match="two changes"):
        read(tmp_path, lines(planned("t.a", "update"), planned("t.a", "create"), summary()))


def test_a_message_that_is_missing_shows_in_the_summary(tmp_path):
    found = read(tmp_path, lines(planned("t.a", "update"), summary(change=1, remove=2)))
    assert [item.rule for item in found.undecided] == ["changes-missing"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (lines(VERSION, planned("t.a", "create")), "before its summary"),
        (lines(VERSION), "not of a plan"),
        (lines(VERSION, message("init_output")), "not of a plan"),
        (lines(VERSION) + lines(planned("t.a", "delete"))[:-20], "broken or cut off"),
        (lines(VERSION, planned("t.a", "create"), summary(add=1, operation="apply")), "apply"),
        (lines(VERSION, summary(operation="destroy")), "apply"),
        (lines(VERSION, message("apply_start", hook={"action": "create"})), "apply"),
        (lines(VERSION, message("apply_errored", hook={"action": "delete"})), "apply"),
        (lines(VERSION, message("planned_change")), "readable change"),
        (lines(VERSION, message("planned_change", change={"resource": {}, "action": "x"})), "names no resource"),
        (lines(VERSION, message("planned_change", change={"action": "x"})), "readable resource"),
        (lines(VERSION, message("change_summary")), "readable changes"),
    ],
)
def test_what_is_no_whole_plan_is_refused(tmp_path, text, says):
    with pytest.raises(InputError, match=says):
        read(tmp_path, text)


def test_data_sources_that_are_read_while_planning_are_no_apply(tmp_path):
    reads = message("apply_start", hook={"action": "read", "resource": resource("data.t.a")})
    assert read(tmp_path, lines(VERSION, reads, summary())).changes == ()
