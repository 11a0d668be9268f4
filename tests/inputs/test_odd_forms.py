"""The forms in which plans reach planguard: encodings, wrappers' lines, several documents, and JSON that lies."""

from __future__ import annotations

import codecs
import io
import json
import os

import pytest

from plan_documents import change, only, plan, read, written
from planguard.errors import InputError
from planguard.inputs import load

TEXT = json.dumps(plan(change("t.a", name="a", type="t", before={"name": "Müller & Söhne"})), ensure_ascii=False)


def refused(tmp_path, content):
    with pytest.raises(InputError) as caught:
        load(written(tmp_path, content))
    assert caught.value.exit_code == 3
    assert caught.value.where
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        b"\r\n\t " + TEXT.encode() + b"\r\n",
        b"[command]/opt/terraform/terraform-bin show -json tfplan\n" + TEXT.encode() + b"\n",
        TEXT.encode() + b"\n::debug::Terraform exited with code 0.\n::set-output name=stdout::{%0A}\n",
        b"::group::plan\n" + TEXT.encode() + b"\n::endgroup::\n",
        TEXT.encode() + b"::set-output name=exitcode::0",
        b"# made by hand\n# twice\n" + TEXT.encode(),
        b"##[section]Starting\n" + TEXT.encode(),
        b"time=2024-01-01T00:00:00Z level=info msg=hello\n" + TEXT.encode(),
        b"08:31:15.123 INFO   Downloading\n" + TEXT.encode() + b"\n08:31:16.001 INFO   Done\n",
    ],
)
def test_it_is_the_same_plan(tmp_path, content):
    found = only(read(tmp_path, content))
    assert found.resource.address == "t.a"
    assert found.before is not None
    assert found.before.get("name") == "Müller & Söhne"


def test_standard_input_is_read(tmp_path):
    (found,) = load("-", stdin=io.BytesIO(TEXT.encode()))
    assert found.source == "<stdin>"
    assert only(found).resource.address == "t.a"


def test_a_pipe_that_gives_a_little_at_a_time():
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 7) if size >= 0 else size)

    (found,) = load("-", stdin=Slow(TEXT.encode()))
    assert only(found).resource.address == "t.a"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are made otherwise on this system")
def test_a_named_pipe_is_read(tmp_path):
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT.encode(),))
    writer.start()
    (found,) = load(str(path))
    writer.join()
    assert only(found).resource.address == "t.a"


@pytest.mark.parametrize("between", ["", "\n", "\n\n", "\n::debug::x\n", "\n# next\n"])
def test_documents_one_after_the_other_are_several_plans(tmp_path, between):
    path = written(tmp_path, between.join(json.dumps(plan(change(f"t.{name}"))) for name in "abc"))
    found = load(path)
    assert [only(item).resource.address for item in found] == ["t.a", "t.b", "t.c"]
    assert [item.source for item in found] == [f"{path}#1", f"{path}#2", f"{path}#3"]
    assert len({item.digest for item in found}) == 3


def test_a_list_of_plans_is_several_plans(tmp_path):
    found = load(written(tmp_path, [plan(change("t.a")), plan(change("t.b"))]))
    assert [only(item).resource.address for item in found] == ["t.a", "t.b"]


def test_one_document_that_is_no_plan_spoils_the_file(tmp_path):
    error = refused(tmp_path, json.dumps(plan()) + json.dumps({"version": 4, "lineage": "x", "resources": []}))
    assert "state" in error.message
    assert error.where.endswith("#2")


@pytest.mark.parametrize("rest", [', "resource_changes": []}', "garbage", '"x"', "Error: no", "}"])
def test_what_follows_a_document_is_never_ignored(tmp_path, rest):
    assert "follows" in refused(tmp_path, TEXT + rest).message


@pytest.mark.parametrize("kept", [1, 20, 0.3, 0.5, 0.9])
def test_a_cut_file_is_said_to_be_cut(tmp_path, kept):
    length = kept if kept >= 1 else int(len(TEXT) * kept)
    error = refused(tmp_path, TEXT[:length])
    assert "cut off" in error.message or "JSON" in error.message


def test_a_key_that_decides_must_not_stand_twice(tmp_path):
    twice = [
        ('{"format_version":"1.2","resource_changes":[],"resource_changes":[]}', "$.resource_changes"),
        (TEXT.replace('"address":', '"address": "t.b", "address":'), "$.resource_changes[0].address"),
        (TEXT.replace('"actions":', '"actions": ["no-op"], "actions":'), "$.resource_changes[0].change.actions"),
        (TEXT.replace('"before":', '"before": null, "before":'), "$.resource_changes[0].change.before"),
    ]
    for text, where in twice:
        error = refused(tmp_path, text)
        assert "twice" in error.message
        assert where in str(error.where)


def test_inside_of_values_the_last_one_counts(tmp_path):
    found = only(read(tmp_path, TEXT.replace('"name": "Müller', '"name": "x", "name": "Müller')))
    assert found.before is not None
    assert found.before.get("name") == "Müller & Söhne"


def test_a_twice_written_key_is_not_repeated_in_the_message(tmp_path):
    error = refused(tmp_path, '{"hunter 22": 1, "hunter 22": 2, "format_version": "1.2", "resource_changes": []}')
    assert "hunter" not in f"{error}{error.hint}"


@pytest.mark.parametrize("digits", [20, 400, 5000])
def test_huge_integers(tmp_path, digits):
    number = "9" * digits
    found = only(read(tmp_path, TEXT.replace('"before": {', f'"before": {{"size": {number}, ')))
    assert found.before is not None
    assert str(found.before.get("size")) == number


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none(tmp_path, word):
    refused(tmp_path, TEXT.replace('"before": {', f'"before": {{"size": {word}, '))


@pytest.mark.parametrize("depth", [21, 200])
def test_deep_values_are_read(tmp_path, depth):
    inner = "[" * depth + "]" * depth
    assert only(read(tmp_path, TEXT.replace('"before": {', f'"before": {{"deep": {inner}, '))).resource.address == "t.a"


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"resource_changes":['])
def test_what_is_nested_without_end_is_refused(tmp_path, opening):
    closing = "".join({"[": "]", "{": "}"}[letter] for letter in reversed(opening) if letter in "[{")
    middle = "" if opening == "[" else "null"
    error = refused(tmp_path, opening * 200_000 + middle + closing * 200_000)
    assert "deep" in error.message or "JSON" in error.message


def test_half_a_character_does_not_reach_the_reports(tmp_path):
    lone = TEXT.replace("Müller", r"\ud800|\udc00|\ud83d\ude00|\\ud800")
    found = only(read(tmp_path, lone))
    assert found.before is not None
    name = found.before.get("name")
    name.encode("utf-8")
    assert name.startswith("�|�|😀|\\ud800")


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (plan(1), "$.resource_changes[0]"),
        (plan("x"), "$.resource_changes[0]"),
        (plan(None), "$.resource_changes[0]"),
        (plan() | {"resource_changes": {"a": 1}}, "$.resource_changes"),
        (plan() | {"resource_drift": "x"}, "$.resource_drift"),
        (plan({"address": "t.a"}), "$.resource_changes[0].change"),
        (plan({"address": "t.a", "change": []}), "$.resource_changes[0].change"),
        (plan({"change": {"actions": ["delete"]}}), "$.resource_changes[0].address"),
        (plan({"address": 7, "change": {}}), "$.resource_changes[0].address"),
        (plan(change(address="(sensitive value)")), "$.resource_changes[0]"),
        (plan(change(deposed=7)), "$.resource_changes[0].deposed"),
        (plan(change(replace_paths={"a": 1})), "$.resource_changes[0].change.replace_paths"),
        (plan(deferred_changes=[{}]), "$.deferred_changes[0].resource_change"),
        (plan(errored="true"), "$.errored"),
        (plan(complete=1), "$.complete"),
        (plan(variables=[]), "$.variables"),
        (plan(configuration="x"), "$.configuration"),
        (plan(prior_state=[]), "$.prior_state"),
        (plan(planned_values=[]), "$.planned_values"),
        (plan(output_changes=[]), "$.output_changes"),
        (plan(format_version="2.0"), "$.format_version"),
        (plan(format_version="10.1"), "$.format_version"),
        (plan(format_version=1.2), "$.format_version"),
        (plan(format_version="x"), "$.format_version"),
    ],
)
def test_a_wrong_structure_is_refused_with_its_place(tmp_path, document, where):
    error = refused(tmp_path, document)
    assert str(error.where).endswith(where)


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0", "1.2", "1.9"])
def test_versions_of_the_format_that_are_read(tmp_path, version):
    assert read(tmp_path, plan(format_version=version)).notes == ()


def test_a_missing_version_is_told(tmp_path):
    document = plan(change())
    del document["format_version"]
    assert "does not say" in read(tmp_path, document).notes[0].text


def test_absent_changes_are_no_changes(tmp_path):
    document = plan()
    del document["resource_changes"]
    for odd in (document, document | {"resource_changes": None}):
        found = read(tmp_path, odd)
        assert (found.changes, found.undecided) == ((), ())


def test_the_redacted_form_is_read_and_weak(tmp_path):
    found = read(tmp_path, {"plan_format_version": "1.1", "resource_changes": [change("t.a")], "provider_schemas": {}})
    assert only(found).resource.address == "t.a"
    assert found.weak
    assert "redacted" in found.notes[0].text


def test_reading_twice_gives_the_same(tmp_path):
    path = written(tmp_path, TEXT)
    assert load(path) == load(path)
