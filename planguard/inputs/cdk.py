"""Cloud assemblies of the CDK (`cdk.out`) → one `Plan` for each stack: this assembly compared with an earlier one.

Only files are read: no app runs, and no command of the CDK. Owns the manifest and the pairs of stacks, which
`template_nested` compares. Nothing outside of an assembly's own folder is read, whatever its manifest names.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from planguard.errors import InputError, UsageError
from planguard.inputs import template, template_nested
from planguard.inputs.template_tree import Folder, Placed
from planguard.model import Action, Change, Location, Note, Plan, ProviderConfig, Resource, Undecided, Values

MANIFEST = "manifest.json"
_DEEPEST = 8
_HINT = "Give planguard the folder that `cdk synth` wrote, usually cdk.out."
_FRAME = re.compile(r"\(?(?:file://)?((?:[A-Za-z]:)?[^\s()<>:]+):(\d+)(?::\d+)?\)?$")


_UNPROTECTED = Change(
    resource=Resource(
        address="TerminationProtection",
        type="AWS::CloudFormation::TerminationProtection",
        name="TerminationProtection",
        provider="aws",
        config="TerminationProtection",
    ),
    action=Action.UPDATE,
    actions=("Modify",),
    before=Values.of({"Enabled": True}),
    after=Values.of({"Enabled": False}),
)
"""A setting of the stack itself, written as a change, as for exports."""


class Stack(NamedTuple):
    """A stack of an assembly."""

    key: tuple[str, str]
    """Where it is deployed, and its name there: that, and not the id of the construct, makes it the same stack."""
    shown: str
    placed: Placed
    properties: Mapping[str, Any]


class Assembly(NamedTuple):
    """A cloud assembly, read."""

    shown: str
    stacks: Mapping[tuple[str, str], Stack]
    missing: bool
    """Whether lookups were still open when it was made: dummies stand in for what they would have told."""


def compare(new: str, base: str | None) -> tuple[Plan, ...]:
    """One plan for each stack of either assembly. Raises InputError where one of them cannot be read."""
    if base is None:
        raise UsageError(
            "A cloud assembly alone does not tell what changes: give the earlier one with --base-assembly.",
            hint="Synthesize the base in another checkout (cdk synth --output base.out), or ask AWS with --deployed.",
        )
    before, after = read(base), read(new)
    plans = []
    for key in sorted({*before.stacks, *after.stacks}):
        plan = _plan(before.stacks.get(key), after.stacks.get(key))
        plans.append(incomplete(plan) if before.missing or after.missing else plan)
    if not plans:
        raise InputError("There is no stack in either assembly.", where=new, hint=_HINT)
    return tuple(plans)


def incomplete(plan: Plan) -> Plan:
    """The plan of a stack from an assembly that lacks what lookups would have told."""
    why = "Lookups of the CDK were still open when it was synthesized, so that dummies stand in the templates."
    return plan._replace(undecided=(*plan.undecided, Undecided("assembly-incomplete", "", why)))


def _plan(old: Stack | None, new: Stack | None) -> Plan:
    notes: tuple[Note, ...] = ()
    stack = new or old
    assert stack is not None
    if old is None:
        plan = template_nested.whole(stack.placed, made=True)
    elif new is None:
        plan = template_nested.whole(stack.placed, made=False)
        text = "The new assembly lacks this stack: judged as if it were destroyed. `cdk deploy` alone leaves it there."
        notes = (Note(text),)
    else:
        plan = template_nested.compare(old.placed, new.placed)
    plan = plan._replace(
        source=stack.shown,
        workspace=stack.key[1],
        providers=provider((old or stack), stack),
        notes=(*plan.notes, *notes),
    )
    if old is not None and new is not None and protected(old) and not protected(new):
        plan = unprotected(plan)
    return plan


def unprotected(plan: Plan) -> Plan:
    """The plan with the termination protection of its stack switched off."""
    updates = plan.counts.get(Action.UPDATE.value, 0) + 1
    counts = {**plan.counts, Action.UPDATE.value: updates}
    return plan._replace(changes=(*plan.changes, _UNPROTECTED), counts=counts)


def protected(stack: Stack) -> bool:
    """Whether the app wants termination protection for a stack."""
    return stack.properties.get("terminationProtection") is True


def place(stack: Stack) -> tuple[str | None, str | None]:
    """Account and region of a stack, where the app names them."""
    account, _, region = stack.key[0].removeprefix("aws://").partition("/")
    return account if account.isdecimal() else None, None if region.startswith("unknown") else region or None


def provider(old: Stack, new: Stack) -> tuple[ProviderConfig, ...]:
    """Account, region and tags of a stack hold for everything in it."""
    settings: dict[str, Any] = {}
    account, region = place(new)
    if account is not None:
        settings["allowed_account_ids"] = [account]
    if region is not None:
        settings["region"] = region
    tags = {**_tags(new), **_tags(old)}  # what is there now decides where it is
    if tags:
        settings["default_tags"] = {"tags": tags}
    return (ProviderConfig(key="aws", settings=settings),) if settings else ()


def _tags(stack: Stack) -> dict[str, str]:
    tags = stack.properties.get("tags")
    return {str(k): v for k, v in tags.items() if isinstance(v, str)} if isinstance(tags, dict) else {}


# --- reading ----------------------------------------------------------------------------------------------------------


def read(path: str) -> Assembly:
    """The stacks of an assembly, those of its stages included."""
    try:
        top = Path(path).resolve()
    except (OSError, RuntimeError, ValueError):
        raise InputError("This is not the name of a folder.", where=path, hint=_HINT) from None
    found: dict[tuple[str, str], Stack] = {}
    missing = False
    for folder, manifest in _manifests(Folder(top), path, "", 0):
        missing = missing or bool(manifest.get("missing"))
        for name, artifact in _artifacts(manifest, "aws:cloudformation:stack"):
            stack = _stack(Folder(top), path, folder, name, artifact)
            if stack.key in found:
                raise InputError("Two stacks of the assembly have the same name in the same place.", where=stack.shown)
            found[stack.key] = stack
    return Assembly(path, found, missing)


def _manifests(tree: Folder, shown: str, folder: str, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The manifest of an assembly, and of those inside (stages), each with its folder."""
    manifest = _json(tree, posixpath.join(folder, MANIFEST), shown)
    yield folder, manifest
    for name, artifact in _artifacts(manifest, "cdk:cloud-assembly"):
        inside = _properties(artifact).get("directoryName")
        if not isinstance(inside, str) or depth >= _DEEPEST:
            raise InputError("This assembly inside another one cannot be followed.", where=f"{shown} {name}")
        yield from _manifests(tree, shown, _inside(folder, inside, shown), depth + 1)


def _artifacts(manifest: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    artifacts = manifest.get("artifacts")
    for name, artifact in artifacts.items() if isinstance(artifacts, dict) else ():
        if isinstance(artifact, dict) and artifact.get("type") == kind:
            yield str(name), artifact


def _stack(tree: Folder, shown: str, folder: str, name: str, artifact: Mapping[str, Any]) -> Stack:
    properties = _properties(artifact)
    file = properties.get("templateFile")
    if not isinstance(file, str):
        raise InputError("This stack names no template.", where=f"{shown} {name}", hint=_HINT)
    path = _inside(folder, file, shown)
    data = tree.read(path)
    if data is None:
        raise InputError("The template of this stack is missing.", where=f"{shown}/{path}", hint=_HINT)
    given = properties.get("stackName")
    label = f"{shown.rstrip('/')}/{posixpath.join(folder, name)}"
    traces = _traces(artifact, tree.top.parent)
    extra = artifact.get("additionalMetadataFile")
    if isinstance(extra, str):
        traces = {**traces, **_traces({"metadata": _json(tree, _inside(folder, extra, shown), shown)}, tree.top.parent)}
    place = f"{shown.rstrip('/')}/{path}"
    placed = Placed(template.parse(data, place), tree, path, place, traces=traces)
    where = str(artifact.get("environment") or "aws://unknown-account/unknown-region")
    return Stack((where, given if isinstance(given, str) else name), label, placed, properties)


def _properties(artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    found = artifact.get("properties")
    return found if isinstance(found, dict) else {}


def _inside(folder: str, name: str, shown: str) -> str:
    path = posixpath.normpath(posixpath.join(folder, name))
    if path.startswith(("/", "../")) or path == "..":
        raise InputError("The manifest names a file outside of its own folder.", where=f"{shown}/{MANIFEST}")
    return path


def _json(tree: Folder, path: str, shown: str) -> Mapping[str, Any]:
    where = f"{shown.rstrip('/')}/{path}"
    data = tree.read(path)
    if data is None:
        raise InputError("There is no such file.", where=where, hint=_HINT)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError("This is not JSON.", where=where, hint=_HINT) from None
    if not isinstance(found, dict):
        raise InputError("This is no manifest of a cloud assembly.", where=where, hint=_HINT)
    return found


# --- where a construct was made ---------------------------------------------------------------------------------------


def _traces(artifact: Mapping[str, Any], app: Path) -> dict[str, Location]:
    """Path of a construct → the line of the app that made it, where the assembly carries stack traces."""
    metadata = artifact.get("metadata")
    found: dict[str, Location] = {}
    for path, entries in metadata.items() if isinstance(metadata, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            # Until 2025 the trace stood beside the logical id; since then it is an entry of its own.
            if isinstance(entry, dict) and entry.get("type") in ("aws:cdk:logicalId", "aws:cdk:creationStack"):
                line = _line(entry.get("trace", entry.get("data")), app)
                if line is not None:
                    found[str(path).strip("/")] = line
    return found


def _line(trace: Any, app: Path) -> Location | None:
    """The first frame of the app itself: libraries and the runtime are not where somebody edits."""
    for frame in trace if isinstance(trace, list) else ():
        if not isinstance(frame, str) or "node_modules" in frame or "site-packages" in frame or "node:" in frame:
            continue
        match = _FRAME.search(frame.strip())
        if match:
            file = match[1].replace("\\", "/")
            return Location(file.removeprefix(f"{app.as_posix()}/"), int(match[2]))
    return None
