"""What an edit does beside creating and destroying: guards, providers, state. Facts, without a verdict.

What it does to scripts and workflows, `commands` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from planguard.model import Location
from planguard.sources import values
from planguard.sources.configuration import Configuration, Declared
from planguard.sources.expressions import Pairs, evaluate
from planguard.sources.modules import Frame, Module
from planguard.sources.refactored import Refactored
from planguard.sources.tree import Block


class Edit(NamedTuple):
    """One thing that an edit does."""

    kind: str
    """`guard`, `ignored`, `provider`, `state`, `provisioner` or `command`."""
    config: str
    """Address of the resource, without keys, as it is now; empty where the whole configuration is meant."""
    text: str
    """A sentence, without any value but names."""
    location: Location | None = None


def edits(before: Configuration, after: Configuration) -> tuple[Edit, ...]:
    """Everything of note between two configurations of one root module, sorted."""
    moved = Refactored(after)
    found: list[Edit] = []
    for address, old in before.resources.items():
        new = after.resources.get(address) or after.resources.get(moved.moved(address))
        if new is not None and new.block.text != old.block.text:
            found += _resource(old, new, after, before)
    earlier = {item.address for item in before.resources.values()}
    for address, new in after.resources.items():
        if address not in earlier:
            found += _provisioners(None, new, after)
    found += _providers(before, after)
    found += _state(before, after)
    return tuple(sorted(set(found), key=lambda edit: (edit.kind, edit.config, edit.text)))


# --- resources --------------------------------------------------------------------------------------------------------


def _resource(old: Declared, new: Declared, after: Configuration, base: Configuration) -> Iterator[Edit]:
    was, now = values.lifecycle(old.block), values.lifecycle(new.block)
    place = _at(new.block, now.line, after)
    if was.prevent_destroy and not now.prevent_destroy:
        text = f"`prevent_destroy` {_how(new.block)}: Terraform would destroy it without objection."
        yield Edit("guard", new.address, text, _at(new.block, now.guard_line or now.line, after))
    lost = sorted(was.ignored - now.ignored) if "all" not in now.ignored else []
    if lost:
        shown = "all attributes" if lost == ["all"] else ", ".join(lost[:5])
        text = f"`ignore_changes` no longer covers {shown}: what drifted there is set back, or forces a replacement."
        yield Edit("ignored", new.address, text, place)
    before, then = (values.signature(block.body, "provider") for block in (old.block, new.block))
    if before != then and not _the_same(_by_key(base).get(before), _by_key(after).get(then)):
        text = f"Its provider changes from {before or 'the default one'} to {then or 'the default one'}."
        yield Edit("provider", new.address, text, _at(new.block, None, after))
    if new.type == "module":
        yield from _module_call(old, new, after)
    yield from _provisioners(old, new, after)


def _module_call(old: Declared, new: Declared, after: Configuration) -> Iterator[Edit]:
    before, then = (values.signature(declared.block.body, "providers") for declared in (old, new))
    if before != then:
        yield Edit("provider", new.address, "The providers passed to the module change.", _at(new.block, None, after))


def _provisioners(old: Declared | None, new: Declared, after: Configuration) -> Iterator[Edit]:
    known = {values.written(inner) for inner in values.destroy_provisioners(old.block)} if old is not None else set()
    for inner in values.destroy_provisioners(new.block):
        if values.written(inner) not in known:
            kind = inner.labels[0] if inner.labels else "a provisioner"
            text = f"A {kind} provisioner would run while it is destroyed."
            yield Edit("provisioner", new.address, text, after.tree.shown(inner.location))


def _how(block: Block) -> str:
    """What became of a guard that no longer stands for certain."""
    for inner in block.body.nested("lifecycle"):
        if "prevent_destroy" in inner.body.attributes:
            fixed = evaluate(inner.body.expression("prevent_destroy")) in (False, "false", None)
            return "is set to false" if fixed else "rests on an expression now, which may be false"
    return "is gone"


def _at(block: Block, line: int | None, configuration: Configuration) -> Location:
    return configuration.tree.shown(block.location._replace(line=line or block.line))


# --- providers and state ----------------------------------------------------------------------------------------------

_HARMLESS = frozenset(
    {
        "default_tags", "default_labels", "ignore_tags", "features", "version", "max_retries", "user_agent", "alias",
        "request_timeout", "skip_credentials_validation", "skip_region_validation", "skip_requesting_account_id",
        "skip_metadata_api_check", "add_terraform_attribution_label", "retry_mode", "insecure",
    }
)  # fmt: skip
"""Settings that do not decide which account, region or service a provider talks to."""


def _providers(before: Configuration, after: Configuration) -> Iterator[Edit]:
    old, new = _by_key(before), _by_key(after)
    frames = Frame(before.root), Frame(after.root)
    for key in sorted(old.keys() & new.keys()):
        was, now = old[key], new[key]
        own = ":" not in key  # what a module's own provider rests on, its callers say
        names = _differing(was, now, frames if own else None) - _HARMLESS
        if names:
            shown = ", ".join(sorted(names))
            text = f"The provider {key} changes its {shown}: existing objects may be looked for elsewhere."
            yield Edit("provider", "", text, after.tree.shown(now.location))
    yield from _passed_on(before, after)
    sources = _required(before), _required(after)
    for name in sorted(sources[0].keys() & sources[1].keys()):
        if sources[0][name].source != sources[1][name].source:
            place = after.tree.shown(sources[1][name].location)
            yield Edit("provider", "", f"The provider {name} comes from another source than before.", place)


def _differing(was: Block, now: Block, frames: tuple[Frame, Frame] | None = None) -> set[str]:
    """The settings of a block that differ: by their values where both are known, else by how they are written."""
    if was.text == now.text and frames is None:
        return set()
    found: set[str] = set()
    for name in _names(was) | _names(now):
        pair = was.body.attributes.get(name), now.body.attributes.get(name)
        if frames is not None and pair[0] is not None and pair[1] is not None:
            values_of = [
                evaluate(attribute.expression, frame.lookup())
                for attribute, frame in zip(pair, frames, strict=True)
                if attribute is not None
            ]
            if all(values.settled(value) for value in values_of):
                if values_of[0] != values_of[1]:
                    found.add(name)
                continue
        if values.signature(was.body, name) != values.signature(now.body, name):
            found.add(name)
    return found


def _passed_on(before: Configuration, after: Configuration) -> Iterator[Edit]:
    """Calls of modules whose files are here: their resources would be made by another provider."""
    old = {module.address: module.call for module in before.modules}
    for module in after.modules:
        was, now = old.get(module.address), module.call
        if was is None or now is None:
            continue
        if values.signature(was.body, "providers") != values.signature(now.body, "providers"):
            text = f"The providers passed to {module.address} change: existing objects may be looked for elsewhere."
            attribute = now.body.attributes.get("providers")
            yield Edit("provider", "", text, _at(now, attribute.line if attribute is not None else None, after))


def _the_same(was: Block | None, now: Block | None) -> bool:
    """Whether two provider blocks differ in their names alone."""
    return was is not None and now is not None and not _differing(was, now) - _HARMLESS


def _by_key(configuration: Configuration) -> Mapping[str, Block]:
    found: dict[str, Block] = {}
    for module in configuration.modules:
        for block in module.of("provider", 1):
            alias = values.signature(block.body, "alias").strip('"')
            name = f"{block.labels[0]}.{alias}" if alias else block.labels[0]
            found[f"{module.address}:{name}" if module.address else name] = block
    return found


def _names(block: Block) -> set[str]:
    return {*block.body.attributes, *(inner.kind for inner in block.body.blocks)}


class _Origin(NamedTuple):
    """Where a provider comes from, and where that is said."""

    source: str
    location: Location


def _required(configuration: Configuration) -> Mapping[str, _Origin]:
    """Local provider name → where it comes from."""
    found: dict[str, _Origin] = {}
    for block in configuration.root.of("terraform", 0):
        for inner in block.body.nested("required_providers"):
            for name, attribute in inner.body.attributes.items():
                if isinstance(attribute.expression, Pairs):
                    entries = {str(getattr(pair.key, "value", "")): pair.value for pair in attribute.expression.pairs}
                    source = str(getattr(entries.get("source"), "value", "") or f"hashicorp/{name}")
                    place = block.location._replace(line=attribute.line)
                    found[name] = _Origin(source.removeprefix("registry.terraform.io/").lower(), place)
    return found


_SAME_STATE = frozenset(
    {
        "dynamodb_table", "dynamodb_endpoint", "use_lockfile", "encrypt", "kms_key_id", "sse_customer_key", "acl",
        "max_retries", "retry_mode", "profile", "role_arn", "assume_role", "assume_role_with_web_identity",
        "skip_credentials_validation", "skip_region_validation", "skip_requesting_account_id", "skip_s3_checksum",
        "skip_metadata_api_check", "shared_credentials_file", "shared_credentials_files", "shared_config_files",
        "access_key", "secret_key", "token", "credentials", "impersonate_service_account", "access_token",
        "encryption_key", "kms_encryption_key", "use_oidc", "use_msi", "use_cli", "use_azuread_auth", "client_id",
        "client_secret", "sas_token", "oidc_token", "username", "password", "lock_address", "unlock_address",
        "lock_method", "unlock_method", "retry_max", "retry_wait_min", "retry_wait_max",
    }
)  # fmt: skip
"""Settings of a backend that say how the state is reached, locked and kept secret, and not where it lies."""


def _state(before: Configuration, after: Configuration) -> Iterator[Edit]:
    old, new = _stores(before.root), _stores(after.root)
    if not before.resources:
        return
    for kind in sorted(old.keys() & new.keys()):
        names = _differing(old[kind], new[kind]) - _SAME_STATE
        if names:
            text = f"The {kind} changes its {', '.join(sorted(names))}: the state may be looked for elsewhere."
            yield Edit("state", "", text, after.tree.shown(new[kind].location))
    gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    if gone and come:
        text = f"The {gone[0]} becomes the {come[0]}: the state is looked for elsewhere than before."
        yield Edit("state", "", text, after.tree.shown(new[come[0]].location))
    elif gone or come:
        how = f"{gone[0]} is gone" if gone else f"{come[0]} is new"
        place = before.tree.shown(old[gone[0]].location) if gone else after.tree.shown(new[come[0]].location)
        yield Edit("state", "", f"The {how}: the state is kept elsewhere than before.", place)


def _stores(root: Module) -> Mapping[str, Block]:
    found: dict[str, Block] = {}
    for block in root.of("terraform", 0):
        for inner in (*block.body.nested("backend"), *block.body.nested("cloud")):
            inner.file = inner.file or block.file  # JSON knows only the block around it
            found[f"{inner.kind} {' '.join(inner.labels)}".strip()] = inner
    return found
