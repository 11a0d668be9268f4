"""What people give planguard by mistake: one sentence that says what it is, and what to run instead."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from plan_documents import plan, written
from planguard.errors import InputError, UsageError
from planguard.inputs import load


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return buffer.getvalue()


CASES = {
    "nothing": (b"", "empty"),
    "blanks": (b" \n\t\n", "empty"),
    "comments": (b"# nothing\n", "empty"),
    "a state": ({"format_version": "1.0", "terraform_version": "1.5.0", "values": {"root_module": {}}}, "of a state"),
    "an empty state": ({"format_version": "1.0"}, "empty state"),
    "a state file": ({"version": 4, "serial": 1, "lineage": "x", "resources": []}, "state file"),
    "an old state file": ({"version": 3, "serial": 1, "modules": []}, "state file"),
    "half a change set": ({"StackName": "x", "Changes": {}}, "change set"),
    "a template": ({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}, "CloudFormation template"),
    "a template in YAML": (
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A:\n    Type: AWS::S3::Bucket\n",
        "template",
    ),
    "schemas": ({"format_version": "1.0", "provider_schemas": {}}, "schemas"),
    "validate": ({"format_version": "1.0", "valid": True, "diagnostics": []}, "validate"),
    "version": ({"terraform_version": "1.5.0", "provider_selections": {}}, "terraform version"),
    "outputs": ({"o": {"sensitive": False, "type": "string", "value": "x"}}, "outputs"),
    "source in JSON": ({"resource": {"t": {}}, "variable": {}}, "source in JSON"),
    "encrypted": ({"meta": {}, "encrypted_data": "x", "encryption_version": "v0"}, "encrypted"),
    "our own report": ({"schema": "planguard/report/v1", "verdict": "pass"}, "report of planguard"),
    "other JSON": ({"hello": "world"}, "not a plan"),
    "an empty object": ({}, "not a plan"),
    "an empty list": ([], "list"),
    "a list": ([1, 2], "list"),
    "a string": ('"x"', "not a plan"),
    "source": ('resource "aws_vpc" "v" {\n}\n', "Terraform source"),
    "variables": ('region = "eu-west-1"\ncount = 2\n', "variables"),
    "the plan for people": ("Terraform will perform the following actions:\n  # t.a will be destroyed\n", "for people"),
    "the plan with colours": ("\x1b[1mPlan: 1 to add\x1b[0m, 0 to change\n", "for people"),
    "no changes": ("No changes. Your infrastructure matches the configuration.\n", "for people"),
    "a log": ("Killed\n", "text"),
    "gzip": (gzip.compress(b"{}"), "gzip"),
    "a zip": (archive("index.js"), "zip"),
    "a cut saved plan": (archive("tfplan")[:-30], "damaged"),
    "half a zip header": (b"PK\x03\x04", "damaged"),
    "garbage": (bytes(range(256)) * 4, "neither text"),
    "zeros": (bytes(1000), "neither text"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(100), "neither text"),
}


@pytest.mark.parametrize(("content", "says"), CASES.values(), ids=CASES.keys())
def test_it_says_what_it_is_and_what_to_do(tmp_path, content, says):
    path = written(tmp_path, content, "plan.json")
    with pytest.raises(InputError) as caught:
        load(path)
    error = caught.value
    assert says in error.message
    assert error.message.endswith(".")
    assert "\n" not in error.message
    assert error.where is not None and error.where.startswith(path)
    assert error.hint


def test_a_directory(tmp_path):
    with pytest.raises(InputError, match="directory"):
        load(str(tmp_path))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load(str(tmp_path / "absent"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read every file")
def test_a_file_that_may_not_be_read(tmp_path):
    path = Path(written(tmp_path, plan()))
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        load(str(path))


def test_a_name_that_no_file_can_have():
    with pytest.raises(InputError, match="cannot be read"):
        load("a\0b")


def test_a_read_error_is_an_input_error():
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(InputError, match="Input/output error"):
        load("-", stdin=Broken())


def test_a_kind_can_be_demanded(tmp_path):
    path = written(tmp_path, plan())
    assert load(path, kind="terraform-plan")
    with pytest.raises(InputError, match="not of the kind"):
        load(path, kind="terraform-stream")
    with pytest.raises(UsageError, match="no kind of input"):
        load(path, kind="pdf")


def test_no_refusal_repeats_what_the_file_holds(tmp_path):
    for content in ({"hunter22": "hunter22"}, "hunter22 {", '{"a": hunter22}', '{"hunter22'):
        with pytest.raises(InputError) as caught:
            load(written(tmp_path, content if isinstance(content, str) else json.dumps(content)))
        assert "hunter" not in f"{caught.value}{caught.value.hint}"
