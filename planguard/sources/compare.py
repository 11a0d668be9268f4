"""Two configurations of one root module → the changes that the edit suggests, as far as the sources tell them.

A plan has the last word: what rests on a variable, on a count that only a plan can tell, or on knowledge about a
provider is marked as conditional. Knows no rule and weighs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from planguard.model import UNKNOWN, Action, Change, Location, Path, Resource, Values
from planguard.sources import defaults, values
from planguard.sources.configuration import Configuration, Instance
from planguard.sources.refactored import Refactored
from planguard.sources.split import has_own_resource

Forces = Callable[[str], Mapping[str, str]]
"""Type → attributes of which it is likely that a change forces a replacement, and when: `edited` at all, `given` on
both sides, or `smaller`. `block.attribute` is an attribute inside of a nested block."""


class Suggested(NamedTuple):
    """What an edit would do, in the order of the addresses."""

    changes: tuple[Change, ...]
    unchanged: tuple[Resource, ...]
    open: tuple[str, ...]
    """Blocks whose `count` or `for_each` was edited in a way that only a plan can resolve."""
    secrets: frozenset[str]


class Comparison:
    """One root module before and after the edit."""

    def __init__(self, before: Configuration, after: Configuration, forces: Forces) -> None:
        self._before, self._after, self._forces = before, after, forces
        self._refactored = Refactored(after)
        self._known_removals = {item.address for item in Refactored(before).removed}
        self._same: dict[str, bool] = {}
        self._secrets: set[str] = set()
        self._open: set[str] = set()

    def suggested(self) -> Suggested:
        """Every change, and what stays as it is."""
        changes: list[Change] = []
        unchanged: list[Resource] = []
        met: set[str] = set()
        after = self._after.instances
        for address in sorted(self._before.instances):
            old = self._before.instances[address]
            new = self._successor(old)
            if new is None:
                changes += self._gone(old)
                continue
            met.add(new.address)
            if old.repetition.keys is None and self._rests(old) != self._rests(new):
                self._open.add(new.declared.address)
            change = self._changed(old, new)
            if change is None:
                unchanged.append(resource(new))
            else:
                changes.append(change)
        for address in sorted(after.keys() - met):
            if not self._covered(after[address]):
                changes.append(self._made(after[address]))
        changes += self._removed_now()
        return Suggested(tuple(changes), tuple(unchanged), tuple(sorted(self._open)), frozenset(self._secrets))

    # --- who is who ---------------------------------------------------------------------------------------------------

    def _successor(self, old: Instance) -> Instance | None:
        after = self._after.instances
        for address in (old.address, self._refactored.moved(old.address)):
            new = after.get(address)
            # What a `moved` block leads to is meant, however it is repeated there.
            if new is not None and (address != old.address or self._alike(old, new)):
                return new
        # Terraform itself moves between a single object and the first of a count.
        new = self._firsts.get(_first(old.address))
        return new if new is not None and new.address not in self._before.instances else None

    def _alike(self, old: Instance, new: Instance) -> bool:
        """Without keys, two addresses are the same although their blocks are repeated in different ways."""
        kinds = zip((*old.frame.kinds, old.repetition.kind), (*new.frame.kinds, new.repetition.kind), strict=False)
        return all(
            one == other or {one, other} == {"single", "count"} for one, other in kinds
        ) or self._refactored.spoken_of(old.declared.address)

    @cached_property
    def _firsts(self) -> dict[str, Instance]:
        return {_first(address): new for address, new in self._after.instances.items()}

    def _covered(self, new: Instance) -> bool:
        """Whether a block without known keys stands for instances that are there already."""
        if new.frame.told and new.repetition.keys is not None:
            return False
        config = new.declared.address
        return config in self._before.resources or config in self._targets

    @cached_property
    def _targets(self) -> set[str]:
        return {self._refactored.moved(address) for address in self._before.resources}

    def _gone(self, old: Instance) -> Iterator[Change]:
        """An instance without a successor: deleted, let go of, or only not told apart any more."""
        config = old.declared.address
        if old.declared.type == "module" and self._opened(config):
            self._open.add(config)
            return
        now = self._after.resources.get(self._refactored.moved(config))
        removal = self._refactored.removal(config)
        if now is None and removal is not None and not removal.destroys:
            yield self._change(old, None, Action.FORGET, "delete_because_no_resource_config", certain=old.known)
            return
        if now is not None and self._undecidable(old, now.address):
            self._open.add(now.address)
            return
        certain = old.known and self._fixed(old) and not self._closed(config)
        yield self._change(old, None, Action.DELETE, self._reason(old, now is not None), certain=certain)

    def _opened(self, config: str) -> bool:
        """A module whose files were elsewhere, and are here now: what was in it, nobody can tell."""
        return self._refactored.moved(config) in self._here

    def _closed(self, config: str) -> bool:
        """A module whose files were here, and are elsewhere now: perhaps it holds the same as before."""
        parts = self._refactored.moved(config).split(".")
        return any(".".join(parts[:length]) in self._elsewhere for length in range(2, len(parts), 2))

    @cached_property
    def _here(self) -> frozenset[str]:
        return frozenset(module.address for module in self._after.modules)

    @cached_property
    def _elsewhere(self) -> frozenset[str]:
        return frozenset(address for address, found in self._after.resources.items() if found.type == "module")

    def _undecidable(self, old: Instance, config: str) -> bool:
        """The block is still there, and which of its instances stay, only a plan can tell."""
        open_ones = [item for item in self._after.family(config) if item.repetition.keys is None or not item.frame.told]
        if not open_ones:
            return False
        same_kind = all(item.repetition.kind == old.repetition.kind for item in open_ones)
        return same_kind or self._refactored.spoken_of(old.declared.address)

    def _fixed(self, old: Instance) -> bool:
        """Whether what took its place is known for certain, and not by the default of a variable."""
        config = old.declared.address
        family = self._after.family(config)
        return all(item.known and item.repetition.keys is not None for item in family)

    def _reason(self, old: Instance, still_declared: bool) -> str:
        if not still_declared:
            return "delete_because_no_resource_config"
        config = old.declared.address
        kinds = {item.repetition.kind for item in self._after.family(config)}
        if kinds - {old.repetition.kind}:
            return "delete_because_wrong_repetition"
        if old.repetition.kind == "single":
            return "delete_because_no_module"
        return "delete_because_count_index" if old.repetition.kind == "count" else "delete_because_each_key"

    # --- changes ------------------------------------------------------------------------------------------------------

    def _changed(self, old: Instance, new: Instance) -> Change | None:
        was, now = old.declared.block, new.declared.block
        moved = old.address if old.address != new.address else None
        if was.text == now.text and self._same_context(old, new):
            return self._moved_only(old, new) if moved and old.known and new.known else None
        if not (was.body.readable and now.body.readable):
            return self._change(old, new, Action.UPDATE, None, certain=False)
        before, after = values.of(old), values.of(new)
        names = [name for name in sorted(before.keys() | after.keys()) if self._differs(name, old, new, before, after)]
        settings = values.lifecycle(now)
        names = [name for name in names if not settings.ignores(name) and not self._split(name, new, after)]
        if not names:
            return self._moved_only(old, new) if moved and old.known and new.known else None
        forced = (*self._forced(old.declared.type, names, before, after), *_another_module(old, before, after))
        if forced:
            return self._change(old, new, Action.REPLACE, "replace_because_cannot_update", paths=forced, certain=False)
        return self._change(old, new, Action.UPDATE, None, certain=old.known and new.known)

    def _split(self, name: str, new: Instance, after: Mapping[str, Any]) -> bool:
        return name not in after and has_own_resource(name, new.declared, self._after)

    def _forced(
        self, type: str, names: list[str], before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> Iterator[Path]:
        """The attributes among those that differ of which a change is likely to force a replacement."""
        for place, when in sorted(self._forces(type).items()):
            head, *rest = place.split(".")
            if head not in names:
                continue
            was, now = _inside(before.get(head), rest), _inside(after.get(head), rest)
            if rest and (was == now or not (values.settled(was) and values.settled(now))):
                continue
            if when == "given" and (was is None or now is None):
                continue
            if when == "smaller" and not (_number(was) and _number(now) and now < was):
                continue
            yield (head, 0, *rest) if rest and isinstance(after.get(head), list) else (head, *rest)

    def _differs(
        self, name: str, old: Instance, new: Instance, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> bool:
        was, now = before.get(name), after.get(name)
        if values.settled(was) and values.settled(now):
            return bool(was != now) and not values.same_document(was, now)
        return values.signature(old.declared.block.body, name) != values.signature(new.declared.block.body, name)

    def _same_context(self, old: Instance, new: Instance) -> bool:
        """Whether the references of a block mean the same on both sides."""
        if not any(sign in old.declared.block.text for sign in ("var.", "local.", "each.", "count.", "file(")):
            return True
        if old.key != new.key or old.each != new.each:
            return False
        key = f"{old.declared.module.address}\0{new.declared.module.address}\0{old.frame.address}"
        if key not in self._same:
            one, other = old.declared.module, new.declared.module
            self._same[key] = context(self._before, one) == context(self._after, other)
        return self._same[key]

    def _rests(self, instance: Instance) -> frozenset[str]:
        """What a `count` or `for_each` that only a plan can tell is written to rest on."""
        module = instance.declared.module
        found: dict[str, str] = {"": instance.repetition.text}
        queue = [instance.repetition.text]
        while queue:
            for kind, name in _NAMED.findall(queue.pop()):
                if (place := f"{kind}.{name}") not in found:
                    text = module.written(kind, name)
                    found[place] = text
                    queue.append(text)
        return frozenset(found.values())

    def _moved_only(self, old: Instance, new: Instance) -> Change:
        return self._change(old, new, Action.NOOP, None, certain=True)

    def _made(self, new: Instance) -> Change:
        return self._change(None, new, Action.CREATE, None, certain=new.known)

    def _place(self, instance: Instance, *, gone: bool) -> Location:
        """Where its block stands now; where it stood, if the block went as well."""
        if not gone:
            return self._after.tree.shown(instance.declared.block.location)
        config = instance.declared.address
        still = self._after.resources.get(config) or self._after.resources.get(self._refactored.moved(config))
        if still is not None:
            return self._after.tree.shown(still.block.location)
        return self._before.tree.shown(instance.declared.block.location)

    def _removed_now(self) -> Iterator[Change]:
        """`removed` blocks that are new, about something that had no block before either."""
        for removal in self._refactored.removed:
            gone = any(
                config == removal.address or config.startswith(f"{removal.address}.")
                for config in self._before.resources
            )
            parts = removal.address.split(".")
            if gone or removal.address in self._known_removals or len(parts) < 2 or not removal.destroys:
                continue
            kind = "module" if parts[-2] == "module" else parts[-2]
            known = Resource(removal.address, kind, parts[-1], _provider(kind), config=removal.address)
            yield Change(known, Action.DELETE, ("delete",), conditional=True, source=removal.location)

    def _change(
        self,
        old: Instance | None,
        new: Instance | None,
        action: Action,
        reason: str | None,
        *,
        certain: bool,
        paths: tuple[Path, ...] = (),
    ) -> Change:
        here = new if new is not None else old
        assert here is not None
        before, after = (None if item is None else values.of(item) for item in (old, new))
        if before is not None and after is not None:
            # What is not written is null, or the default; `MISSING` would mean that the provider does not know it.
            names = dict.fromkeys([*before, *after])
            names.update((name, value) for name, value in defaults.of(here.declared.type).items() if name in names)
            before, after = ({**names, **tree} for tree in (before, after))
        for tree in (before, after):
            self._secrets.update(values.secrets(tree))
        create_first = new is not None and values.lifecycle(new.declared.block).create_before_destroy
        both = old is not None and new is not None and old.address != new.address
        return Change(
            resource=resource(here),
            action=action,
            actions=_written(action, create_first),
            create_first=action is Action.REPLACE and create_first,
            conditional=not certain,
            reason=reason,
            before=None if before is None else Values.of(before),
            after=None if after is None else Values.of(after),
            replace_paths=paths,
            previous_address=old.address if old is not None and both else None,
            importing="" if new is not None and old is None and new.address in self._refactored.imported else None,
            source=self._place(here, gone=new is None),
        )


def _inside(value: Any, steps: list[str]) -> Any:
    """An attribute of the first of some nested blocks."""
    for step in steps:
        first = value[0] if isinstance(value, list) and value else value
        value = first.get(step) if isinstance(first, Mapping) else first if first is UNKNOWN else None
    return value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _another_module(old: Instance, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Path, ...]:
    """A call that names another module: what the old one made has no block any more. Versions do not matter."""
    origins = [_origin(side.get("source")) for side in (before, after)]
    return (("source",),) if old.declared.type == "module" and None not in origins and origins[0] != origins[1] else ()


def _origin(source: Any) -> str | None:
    """What a `source` names, without its version, its protocol and the spelling of its repository."""
    if not isinstance(source, str):
        return None
    text = source.partition("?")[0].lower().removeprefix("git::").removeprefix("registry.terraform.io/")
    for start in ("https://", "http://", "ssh://", "git@"):
        text = text.removeprefix(start)
    head, double, below = text.partition("//")
    return head.removesuffix(".git").replace(":", "/") + double + below


def _first(address: str) -> str:
    return _FIRST.sub("", address)


_NAMED = re.compile(r"\b(local|var)\.([\w-]+)")
_FIRST = re.compile(r"\[0\](?=\.|$)")


def context(configuration: Configuration, module: Any) -> tuple[Any, ...]:
    """What the references of a module's blocks rest on: its variables, its locals, and what its callers pass."""
    found: list[str] = []
    while module is not None:
        for kind in ("variable", "locals"):
            found += sorted(block.text for block in module.blocks.get(kind, ()))
        found += [str(sorted((name, repr(given)) for name, given in module.given.items()))]
        found += sorted(module.data.values())
        if module.call is not None:
            found.append(module.call.text)
        module = module.parent
    return tuple(found)


def resource(instance: Instance) -> Resource:
    """The instance as the model has it."""
    declared = instance.declared
    return Resource(
        address=instance.address,
        type=declared.type,
        name=declared.name,
        provider=_provider(declared.type),
        module=instance.frame.address,
        key=instance.key,
        config=declared.address,
    )


def _provider(kind: str) -> str:
    return "builtin" if kind == "terraform_data" else "" if kind == "module" else kind.partition("_")[0]


def _written(action: Action, create_first: bool) -> tuple[str, ...]:
    if action is Action.REPLACE:
        return ("create", "delete") if create_first else ("delete", "create")
    return (action.value,)
