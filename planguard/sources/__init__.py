"""The sources beside the plan: what they declare, and what an edit of them does. Pure: reads no file, starts nothing.

`inputs.hcl` reads files into a `Tree`; here a tree becomes a `Configuration`, two of them a comparison, and all of it
`Sources`: what the engine and the rules may ask. Knows no rule, no catalog and no environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from planguard.model import Action, Change, Location, Undecided, Values
from planguard.sources import values
from planguard.sources.compare import resource
from planguard.sources.configuration import Configuration, Declared
from planguard.sources.expressions import Reference
from planguard.sources.facts import Edit, edits
from planguard.sources.refactored import Refactored
from planguard.sources.tree import Ignore, SourceFile, Tree
from planguard.sources.variable_files import named

__all__ = ["Configuration", "Edit", "Ignore", "Size", "Sources", "Tree"]

UNREADABLE = "source-unreadable"
"""The rule that speaks for files which could not be read."""


class Size(NamedTuple):
    """How large an edit is."""

    files: int
    lines: int
    blocks: int


class Sources:
    """The sources of one root module, now and perhaps before the edit."""

    def __init__(self, now: Configuration, base: Configuration | None = None, commands: tuple[Edit, ...] = ()) -> None:
        self.now, self.base = now, base
        self._commands = commands

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """What the edit does beside creating and destroying; empty without a base."""
        return (*edits(self.base, self.now), *self._commands) if self.base is not None else ()

    def location(self, config: str) -> Location | None:
        """Where a resource stands (its address without keys); for one that is gone, where it stood."""
        if config in self.now.resources or self.base is None or config not in self.base.resources:
            return self.now.location(config)
        return self.base.location(config)

    def called_from(self, config: str) -> tuple[Location, ...]:
        """The module calls that lead to a resource, the innermost first."""
        found = self._declared(config)
        if found is None:
            return ()
        configuration, declared = found
        return tuple(configuration.tree.shown(call.location) for call in reversed(declared.calls))

    def stands(self, config: str) -> bool:
        """Whether a resource is declared now."""
        return config in self.now.resources

    def works_on_old(self, config: str, names: tuple[str, ...]) -> bool:
        """Whether one of these attributes of a resource refers to another that stood before the edit already."""
        declared = self.now.resources.get(config)
        if declared is None or self.base is None:
            return False
        met = (declared.block.body.expression(name) for name in names)
        steps = [item.steps for item in met if isinstance(item, Reference) and len(item.steps) > 1]
        targets = {declared.module.inside(f"{kind}.{name}") for kind, name, *_ in steps}
        return any(self.successor(address) in targets for address in self.base.resources)

    @property
    def compared(self) -> bool:
        """Whether it is known what stood there before the edit."""
        return self.base is not None

    def guarded(self, config: str) -> bool:
        """Whether `prevent_destroy` guards a resource now."""
        return _guard(self.now, self.successor(config)) is not None

    def guarded_before(self, config: str) -> Location | None:
        """Where `prevent_destroy` guarded it before the edit; None where it did not, or nobody knows."""
        return _guard(self.base, config) if self.base is not None else None

    def guard(self, config: str) -> Location | None:
        """Where `prevent_destroy` guards a resource now."""
        return _guard(self.now, config)

    def standing(self, config: str) -> Change | None:
        """A resource as it was before the edit, or else as it is, as a change that changes nothing."""
        for configuration in (self.base, self.now):
            for instance in configuration.family(config) if configuration is not None else ():
                tree = Values.of(values.of(instance))
                named = resource(instance)._replace(address=config, key=None)
                return Change(named, Action.NOOP, ("no-op",), before=tree, after=tree)
        return None

    def lifecycle(self, config: str) -> values.Lifecycle | None:
        """The lifecycle settings of a resource now; None where it is not declared."""
        declared = self.now.resources.get(config)
        return None if declared is None else values.lifecycle(declared.block)

    def successor(self, config: str) -> str:
        """Where `moved` blocks send a resource."""
        return self._refactored.moved(config)

    @cached_property
    def _refactored(self) -> Refactored:
        return Refactored(self.now)

    def _declared(self, config: str) -> tuple[Configuration, Declared] | None:
        for configuration in (self.now, self.base):
            if configuration is not None and config in configuration.resources:
                return configuration, configuration.resources[config]
        return None

    # --- proportion ---------------------------------------------------------------------------------------------------

    def size(self) -> str | None:
        """How large the edit is, in words; None without a base."""
        size = self.measured
        if size is None:
            return None
        counted = ((size.files, "file"), (size.lines, "line"), (size.blocks, "block"))
        return ", ".join(f"{number:,} {noun}{'' if number == 1 else 's'}" for number, noun in counted)

    @cached_property
    def measured(self) -> Size | None:
        """How large the edit is; None without a base."""
        if self.base is None:
            return None
        old, new = _texts(self.base), _texts(self.now)
        changed = [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
        lines = sum(_changed_lines(old.get(path, ()), new.get(path, ())) for path in changed)
        blocks = len(_blocks(self.base) ^ _blocks(self.now))
        names = {name for name, _ in _blocks(self.base) ^ _blocks(self.now)}
        return Size(len(changed), lines, len(names) if names else blocks)

    def touched(self, config: str) -> bool:
        """Whether the edit has anything to do with a resource: its block, its calls, or what they rest on."""
        if self.base is None:
            return True
        old, new = self.base.resources.get(config), self.now.resources.get(config)
        if old is None or new is None or old.block.text != new.block.text:
            return True
        if _surroundings(self.base) != _surroundings(self.now):
            return True
        return any(one.text != other.text for one, other in zip(old.calls, new.calls, strict=False))

    # --- what could not be read, and what comments say ----------------------------------------------------------------

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        """Files that could not be read, a sentence each."""
        found: list[Undecided] = []
        for configuration in (self.now, self.base):
            if configuration is None:
                continue
            tree = configuration.tree
            which = "" if configuration is self.now else " before the edit"
            paths = {module.path for module in configuration.modules}
            for file in tree.files.values():
                if file.problem is not None and file.path.rpartition("/")[0] in paths:
                    text = f"{tree.prefix}{file.path}{which} {file.problem}."
                    found.append(Undecided(UNREADABLE, "", text))
            if configuration.extra is not None and configuration.extra.problem is not None:
                text = f"{tree.prefix}{configuration.extra.path}{which} {configuration.extra.problem}."
                found.append(Undecided(UNREADABLE, "", text))
            found += [
                Undecided(UNREADABLE, "", f"{tree.prefix}{skipped.path}{which} {skipped.why}.")
                for skipped in tree.skipped
            ]
        return tuple(dict.fromkeys(found))

    @cached_property
    def ignores(self) -> Mapping[str, tuple[Ignore, ...]]:
        """Comments beside a resource or module block, by its address without keys; under "" those beside nothing."""
        found: dict[str, list[Ignore]] = {}
        placed: set[tuple[str, int]] = set()
        for module in self.now.modules:
            for file in module.files:
                for item in file.ignores:
                    for kind in ("resource", "module"):
                        for block in module.of(kind, 2 if kind == "resource" else 1):
                            if block.file == file.path and _beside(item, block.line, block.end, file.ignores):
                                local = ".".join(block.labels) if kind == "resource" else f"module.{block.labels[0]}"
                                found.setdefault(module.inside(local), []).append(item)
                                placed.add((item.file, item.line))
                    if (item.file, item.line) not in placed:
                        found.setdefault("", []).append(item)
        return {config: tuple(dict.fromkeys(items)) for config, items in found.items()}

    def new_comment(self, item: Ignore) -> bool:
        """Whether a comment came with the very edit that it excuses."""
        if self.base is None:
            return False
        return not any(
            old.rules == item.rules and old.reason == item.reason and old.until == item.until
            for file in self.base.tree.files.values()
            for old in file.ignores
        )


def _beside(item: Ignore, line: int, end: int, others: tuple[Ignore, ...]) -> bool:
    """Inside of a block, or right above it, with nothing but other such comments between."""
    if line <= item.line <= end:
        return True
    between = {other.line for other in others}
    return item.line < line and all(number in between for number in range(item.line + 1, line))


def _guard(configuration: Configuration, config: str) -> Location | None:
    declared = configuration.resources.get(config)
    if declared is None:
        return None
    found = values.lifecycle(declared.block)
    if not found.prevent_destroy:
        return None
    place = declared.block.location._replace(line=found.guard_line or found.line or declared.block.line)
    return configuration.tree.shown(place)


def _texts(configuration: Configuration) -> Mapping[str, tuple[str, ...]]:
    """The lines of every file that belongs to the configuration, blocks apart."""
    found: dict[str, tuple[str, ...]] = {}
    for path in {module.path for module in configuration.modules}:
        for file in _of_directory(configuration, path):
            found[file.path] = tuple(
                line
                for block in file.blocks
                for line in (f"{block.kind} {' '.join(block.labels)}", *block.text.split("\n"))
                if line.strip()
            )
    for module in configuration.modules:
        for path, text in module.data.items():
            found[path] = tuple(line for line in text.split("\n") if line.strip())
    return found


def _of_directory(configuration: Configuration, path: str) -> list[SourceFile]:
    """Its files; of variable files only what Terraform reads by itself, and the one that was named."""
    found = [file for file in configuration.tree.directory(path) if not named(configuration.tree, file.path)]
    extra = configuration.extra
    return [*found, extra] if extra is not None and path == configuration.path else found


def _changed_lines(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """How many lines differ: a line that changes counts once."""
    from collections import Counter

    before, after = Counter(old), Counter(new)
    return max((before - after).total(), (after - before).total())


def _blocks(configuration: Configuration) -> set[tuple[str, str]]:
    return {
        (f"{module.address}|{block.kind}|{'.'.join(block.labels)}", block.text)
        for module in configuration.modules
        for blocks in module.blocks.values()
        for block in blocks
    }


def _surroundings(configuration: Configuration) -> tuple[object, ...]:
    """Everything that may change any resource without its block being touched."""
    kinds = ("variable", "locals", "provider", "terraform", "data", "moved", "removed", "import")
    texts = [block.text for module in configuration.modules for kind in kinds for block in module.blocks.get(kind, ())]
    texts += [text for module in configuration.modules for text in module.data.values()]
    return (sorted(texts), [sorted((name, repr(item)) for name, item in configuration.root.given.items())])
