"""What people give planguard by mistake, recognised, so that the error says what it is and what to run instead.

Owns the sentences. Each refusal ends in exit 3; nothing in here is ever read as a plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from planguard.errors import InputError

_PLAN_FILE = (
    "Run terraform plan -out=tfplan, and give planguard that file or the output of terraform show -json tfplan."
)
_SHOW_PLAN = "Name the saved plan: terraform show -json tfplan. Without a name, terraform shows the state."
_TEMPLATES = "A template alone says nothing of what changes: give --before OLD --after NEW, or a change set."
_CHANGE_SET = (
    "Save the output of aws cloudformation describe-change-set --include-property-values, and give planguard that."
)


class Refusal(NamedTuple):
    """A sentence, and what to do."""

    message: str
    hint: str | None = None

    def refuse(self, where: str) -> NoReturn:
        """Raise it."""
        raise InputError(self.message, where=where, hint=self.hint)


EMPTY = Refusal("The input is empty.", "Did the command before it fail? Run it alone and look at its exit code.")
UNKNOWN_TEXT = Refusal("This text is not a plan that planguard can read.", _PLAN_FILE)
UNKNOWN_BINARY = Refusal("These bytes are neither text nor a saved plan.", _PLAN_FILE)
ZIP = Refusal("This is a zip archive, but not a saved plan: there is no tfplan inside.", _PLAN_FILE)
UNKNOWN_JSON = Refusal("This JSON is not a plan: it has none of the parts that Terraform writes.", _PLAN_FILE)
LIST = Refusal("This JSON is a list, but not one of plans or of messages from terraform plan -json.", _PLAN_FILE)

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
)

# Patterns are compiled when something has to be refused, not when a plan is read.
_PLAN_TEXT = (
    rb"(?:Terraform|OpenTofu) (?:will perform|used the selected providers|planned the following)"
    rb"|^[ ]*(?:\x1b\[[0-9;]*m)*(?:Plan: |No changes\.|An execution plan has been generated|Refreshing Terraform state"
    rb"|Changes to Outputs:|Note: Objects have changed outside of)|: Refreshing state\.\.\.|: Refreshing\.\.\."
    rb"|^  # \S+ (?:will|must) be (?:created|updated|destroyed|replaced|read|imported)"
)
_HCL = (
    rb"^[ \t]*(?:(?:terraform|locals|moved|import|removed)[ \t]*\{"
    rb'|(?:resource|data|variable|output|module|provider|check|ephemeral)[ \t]+"[^"\n]+"(?:[ \t]+"[^"\n]+")?[ \t]*\{)'
)
_TFVARS = rb"\A(?:[ \t]*[A-Za-z_][\w-]*[ \t]*=[ \t]*\S[^\n]*\n?)+"
_TEMPLATE = rb"^(?:AWSTemplateFormatVersion|Transform)[ \t]*:|^Resources[ \t]*:[ \t]*$"


def compressed(lead: bytes) -> Refusal | None:
    """Compressed files."""
    for magic, name in _MAGIC:
        if lead.startswith(magic):
            return Refusal(f"This file is compressed with {name}.", "Unpack it first.")
    return None


def prose(lead: bytes) -> Refusal | None:
    """Text for people, and sources."""
    if re.search(_TEMPLATE, lead, re.MULTILINE):
        return Refusal("This is a CloudFormation template.", _TEMPLATES)
    if re.search(_PLAN_TEXT, lead, re.MULTILINE):
        return Refusal("This is a plan as text for people; values and reasons are missing from it.", _PLAN_FILE)
    if re.search(_HCL, lead, re.MULTILINE):
        return Refusal("This is Terraform source, not a plan.", _PLAN_FILE)
    if re.match(_TFVARS, lead):
        return Refusal("This looks like a file of variables, not a plan.", _PLAN_FILE)
    return None


def document(value: Mapping[str, Any]) -> Refusal | None:
    """JSON objects that are no plans; None for a plan."""
    from planguard.inputs.terraform import SIGNS  # the reader of plans is heavy, and most inputs are refused by nothing

    if value.keys() & SIGNS:
        return None
    for recognises, refusal in _DOCUMENTS:
        if recognises(value):
            return refusal
    return UNKNOWN_JSON


def _state_file(value: Mapping[str, Any]) -> bool:
    return "lineage" in value or (
        "serial" in value and "version" in value and bool({"resources", "modules"} & set(value))
    )


def _outputs(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(isinstance(item, dict) and {"type", "value"} <= item.keys() for item in value.values())


def _template(value: Mapping[str, Any]) -> bool:
    blocks = value.get("Resources")
    return "AWSTemplateFormatVersion" in value or (
        isinstance(blocks, dict) and any(isinstance(block, dict) and "Type" in block for block in blocks.values())
    )


def _has(*keys: str) -> Callable[[Mapping[str, Any]], bool]:
    wanted = set(keys)
    return lambda value: wanted <= value.keys()


def _has_any(*keys: str) -> Callable[[Mapping[str, Any]], bool]:
    wanted = set(keys)
    return lambda value: bool(wanted & value.keys())


_SOURCES = {
    "resource",
    "data",
    "variable",
    "output",
    "module",
    "provider",
    "terraform",
    "locals",
    "moved",
    "import",
    "//",
}

_DOCUMENTS: tuple[tuple[Callable[[Mapping[str, Any]], bool], Refusal], ...] = (
    (_has("schema", "verdict"), Refusal("This is a report of planguard, not a plan.", _PLAN_FILE)),
    (
        _has("encrypted_data"),
        Refusal(
            "This file is encrypted by OpenTofu.",
            "Run tofu show -json tfplan where the key is known, and give planguard its output.",
        ),
    ),
    (_state_file, Refusal("This is a state file, not a plan.", _PLAN_FILE)),
    (_has("format_version", "values"), Refusal("This is the JSON of a state, not of a plan.", _SHOW_PLAN)),
    (
        _has_any("ChangeSetId", "changeSetId", "ChangeSetName", "changeSetName"),
        Refusal("This may be a CloudFormation change set, but it has no list of changes.", _CHANGE_SET),
    ),
    (
        _has_any("Changes", "changes"),
        Refusal("This looks like a CloudFormation change set, but not like one that planguard can read.", _CHANGE_SET),
    ),
    (_template, Refusal("This is a CloudFormation template.", _TEMPLATES)),
    (_has("provider_schemas"), Refusal("These are the schemas of the providers, not a plan.", _PLAN_FILE)),
    (_has("valid", "diagnostics"), Refusal("This is the output of terraform validate, not a plan.", _PLAN_FILE)),
    (
        _has("terraform_version", "provider_selections"),
        Refusal("This is the output of terraform version, not a plan.", _PLAN_FILE),
    ),
    (_has("format_version"), Refusal("This is the JSON of an empty state, not of a plan.", _SHOW_PLAN)),
    (
        lambda value: bool(value) and value.keys() <= _SOURCES,
        Refusal("This is Terraform source in JSON, not a plan.", _PLAN_FILE),
    ),
    (_outputs, Refusal("These are the outputs of a state, not a plan.", _PLAN_FILE)),
)
"""In this order: the first that fits speaks."""
