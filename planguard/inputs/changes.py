"""One element of `resource_changes` → one `Change`: its action, names, paths and values.

Owns what the words of an element mean. The action comes from `actions` alone, never from `action_reason`. What is not
understood is reported as `Undecided`; what cannot be trusted at all is an `InputError` with its JSON path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from planguard.errors import InputError
from planguard.inputs import addresses, values
from planguard.inputs.sections import Entry, Names
from planguard.model import Action, Change, Path, Resource, Undecided, Values

ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("no-op",): Action.NOOP,
    ("create",): Action.CREATE,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.REPLACE,
    ("forget", "create"): Action.REPLACE,
}
"""Every combination that Terraform 0.12 to 1.15 and OpenTofu write for a managed object."""

_HARMLESS: Mapping[str, frozenset[tuple[str, ...]]] = {
    "data": frozenset({("read",), ("no-op",)}),
    "ephemeral": frozenset({("open",), ("renew",), ("close",), ("read",), ("no-op",)}),
}
"""What may happen to the things that are read and never kept: it changes nothing."""

_REDACTED = "(sensitive value)"
"""What HCP Terraform writes in place of names when it hides them."""


_new = tuple.__new__
"""A named tuple without its checks: worth it where there are a hundred thousand."""


class Understood(NamedTuple):
    """What became of an element."""

    change: Change | None = None
    """None for what is only read (data sources, ephemeral resources)."""
    undecided: tuple[Undecided, ...] = ()


class Namer:
    """Names of resources, with what repeats over a large plan worked out once."""

    def __init__(self) -> None:
        self.providers: dict[Any, str] = {}
        """Provider names as written → short names; the keys are all that occur."""
        self._modules: dict[str, str] = {}
        self._above = {"": ("", "", "")}
        """Module → itself, and what stands in front of its blocks in addresses and in configuration addresses."""

    def plain(self, entry: Entry) -> Resource | None:
        """The same as `resource`, in a third of the time, for what is neither indexed nor odd; otherwise None."""
        kind, name, module, written = entry.type, entry.name, entry.module_address or "", entry.provider_name
        if not type(kind) is type(name) is type(module) is type(written) is str or entry.index is not None:
            return None
        above = self._above.get(module) or self._place(module)
        local = f"{kind}.{name}"
        address, provider = entry.address, self.providers.get(written)
        if provider is None or address != above[1] + local:
            return None
        return _new(Resource, (address, kind, name, provider, above[0], None, above[2] + local))

    def all_plain(self, given: Iterable[Names]) -> list[Resource] | None:
        """`plain` for many, in a third of its time; None if any of them is odd. `given` are strings, or None where
        absent."""
        found = []
        modules, providers = self._above, self.providers
        for address, kind, name, module, written, key in given:
            above, provider = modules.get(module or "") or self._place(module), providers.get(written)
            if provider is None or address is None or kind is None or name is None:
                return None
            local = f"{kind}.{name}"
            block = above[1] + local
            if key is not None and key.__class__ not in (str, int):
                return None
            if address != block and (key is None or not (address.startswith(f"{block}[") and address[-1] == "]")):
                return None
            found.append(_new(Resource, (address, kind, name, provider, above[0], key, above[2] + local)))
        return found

    def _place(self, module: str) -> tuple[str, str, str]:
        self._above[module] = above = (module, f"{module}.", f"{self._module(module)}.")
        return above

    def resource(self, entry: Entry, where: str) -> Resource:
        """The resource of an element; its address is believed over its other fields."""
        address, kind, name, module = entry.address, entry.type, entry.name, entry.module_address
        if not isinstance(address, str) or not address:
            raise InputError("This change names no resource.", where=f"{where}.address")
        if address == _REDACTED:
            raise InputError("The addresses in this plan are hidden, so nobody can say what changes.", where=where)
        if type(kind) is not str or type(name) is not str:
            return self._parsed(entry, address)
        if module:
            if type(module) is not str:
                return self._parsed(entry, address)
            local, config = f"{module}.{kind}.{name}", f"{self._module(module)}.{kind}.{name}"
        else:
            local = config = f"{kind}.{name}"
        # The plain case of nearly every element, without taking the address apart.
        key = _key(entry)
        if address != local and (
            key is None or not (address.startswith(local) and address[len(local)] == "[" and address[-1] == "]")
        ):
            return self._parsed(entry, address)
        return Resource(address, kind, name, self.provider(entry.provider_name, kind), module or "", key, config)

    def provider(self, written: Any, kind: str) -> str:
        """`registry.terraform.io/hashicorp/google-beta` → `google`; see `short_provider`."""
        if not isinstance(written, str) or not written:
            return short_provider("", kind)
        if written not in self.providers:
            self.providers[written] = short_provider(written, kind)
        return self.providers[written]

    def _module(self, module: str) -> str:
        if module not in self._modules:
            self._modules[module] = addresses.config_of(module) or module
        return self._modules[module]

    def _parsed(self, entry: Entry, address: str) -> Resource:
        parsed = addresses.parse(address)
        if parsed is None:
            kind = entry.type if isinstance(entry.type, str) else ""
            name = entry.name if isinstance(entry.name, str) else ""
            module = entry.module_address if isinstance(entry.module_address, str) else ""
            provider = self.provider(entry.provider_name, kind)
            return Resource(address, kind, name, provider, module, _key(entry), addresses.config_of(address) or address)
        key = _key(entry)
        return Resource(
            address=address,
            type=parsed.type,
            name=parsed.name,
            provider=self.provider(entry.provider_name, parsed.type),
            module=parsed.module,
            key=parsed.key if key is None else key,
            config=parsed.config,
        )


def understand(entry: Entry, namer: Namer, where: str) -> Understood:
    """Read one element. `where` is its JSON path."""
    resource = namer.resource(entry, where)
    written = _actions(entry.actions)
    mode = entry.mode if isinstance(entry.mode, str) else _mode(resource.address)
    if mode in _HARMLESS:
        if written in _HARMLESS[mode]:
            return Understood()
        said = "a data source" if mode == "data" else "an ephemeral resource"
        return Understood(undecided=(_unknown(resource, f"The plan does more to {said} than to read it"),))
    undecided = []
    action = Action.UNKNOWN if written is None else ACTIONS.get(written, Action.UNKNOWN)
    if action is Action.UNKNOWN:
        undecided.append(_unknown(resource, "The plan names an action that this version of planguard does not know"))
    if isinstance(entry.type, str) and entry.type != resource.type:
        undecided.append(_unreadable(resource, "its address and its type name two different things"))
    if "other" in (entry.before, entry.after):
        undecided.append(_unreadable(resource, "its values before or after are not attributes"))
    return Understood(_change(entry, resource, action, written or (), where), tuple(undecided))


def collect_secrets(entry: Entry, into: set[str], *, looked_into: bool) -> None:
    """Add the element's sensitive strings. Without any mask (Terraform before 0.14, other tools) the attributes' names
    decide, for elements that anybody looks into."""
    if entry.marked:
        values.collect(entry.value("before"), entry.value("before_sensitive"), into)
        values.collect(entry.value("after"), entry.value("after_sensitive"), into)
    elif looked_into and entry.value("before_sensitive") is None and entry.value("after_sensitive") is None:
        for key in ("before", "after"):
            value = entry.value(key)
            values.collect(value, values.guessed_mask(value), into)


def short_provider(written: str, kind: str) -> str:
    """The provider's short name, in every form that Terraform has written: `aws`, `aws.primary`, `provider.aws`,
    `registry.terraform.io/hashicorp/aws`, `terraform.io/builtin/terraform` (→ `builtin`).

    `google-beta` is `google`: it serves the same objects. Where no provider is named, the type's first word stands in.
    """
    parts = written.split("/")
    if not written:
        name = kind.split("_", 1)[0] if "_" in kind else kind
        return "builtin" if name == "terraform" else name
    if "builtin" in parts[:-1]:
        return "builtin"
    name = parts[-1]
    if len(parts) == 1:
        name = name.removeprefix("provider.").split(".", 1)[0]
    return "google" if name == "google-beta" else name


def _change(entry: Entry, resource: Resource, action: Action, written: tuple[str, ...], where: str) -> Change:
    return Change(
        resource=resource,
        action=action,
        actions=written,
        create_first=action is Action.REPLACE and written[0] == "create",
        old_kept=action is Action.REPLACE and "forget" in written,
        reason=_text(entry.action_reason),
        before=before(entry),
        after=after(entry),
        replace_paths=_paths(entry.replace_paths, where),
        previous_address=_text(entry.previous_address),
        importing=_importing(entry.importing),
        deposed=_deposed(entry.deposed, action, where),
        physical_id=_physical_id(entry),
    )


def before(entry: Entry) -> Values | None:
    """The attributes now, decoded when asked for; None where there are none."""
    if entry.before != "object":
        return None

    def load() -> Mapping[str, Any]:
        value, mask = entry.value("before"), entry.value("before_sensitive")
        return values.attributes(value, sensitive=values.guessed_mask(value) if mask is None else mask)

    return Values(load)


def after(entry: Entry) -> Values | None:
    """The attributes afterwards, decoded when asked for; None where there will be none."""
    if entry.after != "object":
        return None

    def load() -> Mapping[str, Any]:
        value, mask = entry.value("after"), entry.value("after_sensitive")
        mask = values.guessed_mask(value) if mask is None else mask
        return values.attributes(value, unknown=entry.value("after_unknown"), sensitive=mask)

    return Values(load)


def _actions(written: Any) -> tuple[str, ...] | None:
    if isinstance(written, list) and all(isinstance(word, str) for word in written):
        return tuple(written)
    return None


def _mode(address: str) -> str:
    parsed = addresses.parse(address)
    return parsed.mode if parsed else "managed"


def _key(entry: Entry) -> str | int | None:
    index = entry.index
    return index if isinstance(index, str | int) and not isinstance(index, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _paths(written: Any, where: str) -> tuple[Path, ...]:
    if written is None:
        return ()
    if not isinstance(written, list) or not all(isinstance(path, list) for path in written):
        raise InputError("This should be a list of paths.", where=f"{where}.change.replace_paths")
    # A step that is neither a name nor a number (an element of a set, written out) ends what can be said of the path.
    return tuple(tuple(_leading_steps(path)) for path in written)


_DEEPEST = 100
"""Steps of a path that are looked at: no schema is as deep, and what follows a path is done once per step."""


def _leading_steps(path: list[Any]) -> list[str | int]:
    known: list[str | int] = []
    for step in path[:_DEEPEST]:
        if not isinstance(step, str | int) or isinstance(step, bool):
            break
        known.append(step)
    return known


def _importing(written: Any) -> str | None:
    """The id; for an import by identity its parts, as `name=value, name=value`."""
    if not isinstance(written, dict):
        return None
    given = written.get("id")
    if isinstance(given, str) and given:
        return given
    identity = written.get("identity")
    if isinstance(identity, dict) and identity:
        return ", ".join(f"{name}={value}" for name, value in identity.items() if isinstance(value, str | int))
    return "(known after apply)"


def _deposed(written: Any, action: Action, where: str) -> str | None:
    if written is None or written == "" or written is False:
        return None
    if written is True:
        # Previews of Terraform 0.12 set this on everything; only an old object that goes away can be meant.
        return "unnamed" if action is Action.DELETE else None
    if not isinstance(written, str):
        raise InputError("This should be the key of a deposed object.", where=f"{where}.deposed")
    return written


def _physical_id(entry: Entry) -> str | None:
    found = entry.before_id
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        return None
    if entry.marked:
        mask = entry.value("before_sensitive")
        if mask is True or (isinstance(mask, dict) and mask.get("id")):
            return None
    return str(found)


def _unknown(resource: Resource, why: str) -> Undecided:
    return Undecided(rule="unknown-action", address=resource.address, missing=f"{why}; read this change yourself.")


def _unreadable(resource: Resource, why: str) -> Undecided:
    return Undecided(rule="unreadable-change", address=resource.address, missing=f"This change is not readable: {why}.")
