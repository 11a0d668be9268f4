"""What Terraform, OpenTofu and CloudFormation are about to do: bytes → `Plan`.

Owns which formats there are and how one is recognised: by content, never by a file's name. One file may hold several
plans. Each format lives in a module of its own; to add one, write it and add a line to `INPUTS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from planguard.errors import InputError, PlanguardError, UsageError
from planguard.inputs import change_set_sign, refusals, saved_plan, terraform_stream
from planguard.inputs.sources import Source, opened
from planguard.model import Plan


class Wanted(NamedTuple):
    """What the caller said beside the input."""

    workspace: str | None = None
    terraform_bin: str | None = None
    template: str | None = None
    """File of the template that a change set puts into force."""
    home: str | None = None
    """Directory of the root module behind a saved plan that lies elsewhere."""


class Aws(NamedTuple):
    """How to ask AWS; without a word, as the SDK's own settings say."""

    region: str | None = None
    profile: str | None = None


class Input(NamedTuple):
    """One format."""

    name: str
    sniff: Callable[[bytes], bool]
    """Whether the beginning of a file is of this format: as UTF-8, without marks, blanks and wrappers' lines."""
    parse: Callable[[Source, Wanted], tuple[Plan, ...]]


def load(
    source: str,
    *,
    stdin: BinaryIO | None = None,
    terraform_bin: str | None = None,
    workspace: str | None = None,
    kind: str | None = None,
    template: str | None = None,
    base_assembly: str | None = None,
    deployed: Aws | None = None,
    home: str | None = None,
    shown: str | None = None,
) -> tuple[Plan, ...]:
    """Read the plans of one file, or of standard input for `-`.

    Usually one. Several documents in one file give several plans, shown as `file#1`, `file#2`. `kind` demands a format
    of `INPUTS` by its name; `template` is the file of the template behind a change set. A folder is read where it is a
    cloud assembly of the CDK, to be compared with `base_assembly`, or where `deployed` says how to ask AWS, with
    its stacks. For a private copy of a saved plan, `home` is where its providers are, and `shown` what it is called.
    Raises `InputError` for what is no plan, `ExternalError` where terraform, tofu or AWS fails.
    """
    if kind is not None and kind not in {known.name for known in INPUTS}:
        raise UsageError(f"There is no kind of input called {kind}.")
    if deployed is not None:
        from planguard.inputs import cdk_deployed, cfn_asked

        if not is_assembly(source):
            raise UsageError("--deployed goes with the folder that `cdk synth` wrote.", where=source)
        return cdk_deployed.compare(source, cfn_asked.Account(deployed.region, deployed.profile))
    if base_assembly is not None or is_assembly(source):
        from planguard.inputs import cdk

        return cdk.compare(source, base_assembly)
    with opened(source, stdin) as given:
        if shown is not None:
            given = given._replace(name=shown)
        if not given.head:
            refusals.EMPTY.refuse(given.name)
        try:
            found = recognise(given.head)
            if kind is not None and found.name != kind:
                raise InputError(f"This is not of the kind {kind}, but of the kind {found.name}.")
            wanted = Wanted(workspace, terraform_bin, template, home)
            return found.parse(given, wanted)
        except PlanguardError as error:
            _say_where(error, given.name)
            raise
        except RecursionError:
            raise InputError(
                "It is nested too deeply to be read.", where=given.name, hint="Terraform never writes that."
            ) from None


def compared(
    before: str | None,
    after: str,
    *,
    base: str | None = None,
    workspace: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> tuple[Plan, ...]:
    """What would change between two CloudFormation templates, told without AWS.

    The old one is the file `before`, or the file `after` as the commit `base` of git has it. `parameters` are values
    that the stack has before and afterwards. Raises `InputError` for what is no template, `ExternalError` where git
    fails.
    """
    from planguard.inputs import template_nested, template_parameters, template_tree

    new = template_tree.in_folder(after)
    if before is not None:
        old = template_tree.in_folder(before)
    else:
        assert base is not None
        old = template_tree.in_commit(after, base)
    given = template_parameters.given(parameters or {}, old.template, new.template)
    return (template_nested.compare(old, new, workspace=workspace, given=given),)


def parameters(pairs: Sequence[str], file: str | None = None) -> Mapping[str, str]:
    """The values of a template's parameters, from `KEY=VALUE` words and from a file of them."""
    from planguard.inputs import template_parameters

    return template_parameters.stated(pairs, file)


def live(
    stack: str,
    *,
    change_set: str | None = None,
    template: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    workspace: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> tuple[Plan, ...]:
    """What AWS itself tells of a stack: a change set of it, or its template compared with the one in a file.

    `parameters` are values that the update gives, with `template`. Raises `ExternalError` where AWS cannot be asked or
    refuses; there are no partial answers.
    """
    from planguard.inputs import cfn_asked, cfn_deployed, cfn_live

    account = cfn_asked.Account(region, profile)
    if change_set is not None:
        return cfn_live.planned(stack, change_set, account, workspace=workspace)
    if template is None:
        raise UsageError("A stack alone says nothing of a change: name a change set, or give a template.")
    return cfn_deployed.compared(stack, template, account, workspace=workspace, stated=parameters)


def is_assembly(path: str) -> bool:
    """Whether this is a cloud assembly of the CDK: a folder with a manifest."""
    # os.path swallows what pathlib raises for a path that cannot be.
    return os.path.isfile(os.path.join(path, "manifest.json"))  # noqa: PTH113, PTH118


def joined(plans: Sequence[Plan]) -> tuple[Plan, ...]:
    """The plans of inputs that were given together; change sets of nested stacks join the one of their stack."""
    if sum(1 for plan in plans if plan.identity) < 2:
        return tuple(plans)
    from planguard.inputs.cfn_join import join

    return join(plans)


def recognise(head: bytes) -> Input:
    """The format of a file with this beginning. There is always one: the last takes everything, to refuse it."""
    from planguard.inputs.text import lead

    start = lead(head)
    return next(known for known in INPUTS if known.sniff(start))


def _say_where(error: PlanguardError, name: str) -> None:
    if error.where is None:
        error.where = name
    elif not error.where.startswith(name):
        separator = ":" if error.where.startswith("line ") else " "
        error.where = f"{name}{separator}{error.where.removeprefix('line ')}"


def _is_json(lead: bytes) -> bool:
    return lead.startswith((b"{", b"["))


def _parse_json(given: Source, wanted: Wanted) -> tuple[Plan, ...]:
    from planguard.inputs import json_plans

    return json_plans.parse(given, workspace=wanted.workspace)


def _parse_change_set(given: Source, wanted: Wanted) -> tuple[Plan, ...]:
    from planguard.inputs import change_sets

    return joined(change_sets.parse(given, workspace=wanted.workspace, template=wanted.template))


def _parse_stream(given: Source, wanted: Wanted) -> tuple[Plan, ...]:
    return (terraform_stream.parse(given.read(), source=given.name, workspace=wanted.workspace),)


def _parse_saved(given: Source, wanted: Wanted) -> tuple[Plan, ...]:
    from planguard.inputs import json_plans

    data = given.read()
    with saved_plan.as_json(given, data, wanted.terraform_bin, wanted.home) as shown, opened(str(shown), None) as made:
        plans = json_plans.parse(made._replace(name=given.name), workspace=wanted.workspace)
    # What will be applied is the saved plan, not the text about it.
    return tuple(plan._replace(digest=json_plans.digest(data)) for plan in plans)


def _refuse(given: Source, _: Wanted) -> tuple[Plan, ...]:
    from planguard.inputs.text import lead

    start = lead(given.head)
    if not start and len(given.head) == given.size:
        refusals.EMPTY.refuse(given.name)
    refusal = refusals.compressed(start) or (refusals.prose(start) if _is_text(start) else refusals.UNKNOWN_BINARY)
    (refusal or refusals.UNKNOWN_TEXT).refuse(given.name)


def _is_text(data: bytes) -> bool:
    import codecs

    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


INPUTS: tuple[Input, ...] = (
    Input("saved-plan", saved_plan.sniff, _parse_saved),
    Input("terraform-stream", terraform_stream.sniff, _parse_stream),
    Input("change-set", change_set_sign.sniff, _parse_change_set),
    Input("terraform-plan", _is_json, _parse_json),
    Input("unknown", lambda lead: True, _refuse),
)
"""Every format, in the order in which they are asked."""
