"""Modules of a configuration, their instances, and what references inside of them stand for.

Works out variables, locals, `count` and `for_each` as far as the sources tell them. Knows no resource.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from planguard.model import UNKNOWN, Sensitive
from planguard.sources.expressions import FILE, Literal, Lookup, evaluate, steps_into
from planguard.sources.tree import Block, Body, SourceFile, Tree
from planguard.sources.types import completed

MOST_KEYS = 1000
"""More instances of one block than that are not told apart."""
DEEPEST = 30
"""Levels of module calls; a module that calls itself stops here."""

Key = str | int


class Repetition(NamedTuple):
    """How often a block is made."""

    kind: str
    """`single`, `count` or `for_each`."""
    keys: tuple[Key, ...] | None = None
    """None where only a plan can tell; empty for `single`."""
    values: Mapping[Key, Any] = {}
    text: str = ""
    """The expression."""
    assumed: bool = False
    """It rests on a variable of the root, which may be given another value."""


SINGLE = Repetition("single", ())


class Module:
    """One module of the configuration, the same for all of its instances."""

    def __init__(
        self,
        tree: Tree,
        path: str,
        address: str,
        parent: Module | None,
        call: Block | None,
        extra: SourceFile | None = None,
    ) -> None:
        self.address: str = address
        self.parent: Module | None = parent
        self.call: Block | None = call
        self.path: str = path
        self.depth: int = parent.depth + 1 if parent is not None else 0
        self._tree, self._extra = tree, extra
        self.files = [file for file in tree.directory(path) if not file.path.endswith((".tfvars", ".tfvars.json"))]
        self.blocks: dict[str, list[Block]] = {}
        plain = [file for file in self.files if not _overrides(file.path)]
        for file in plain:
            for block in file.blocks:
                self.blocks.setdefault(block.kind, []).append(block)
        for file in self.files:
            if _overrides(file.path):
                for block in file.blocks:
                    self._override(block)

    def _override(self, block: Block) -> None:
        """What `override.tf` says takes the place of what the block itself says."""
        same = self.blocks.setdefault(block.kind, [])
        for index, old in enumerate(same):
            if old.labels == block.labels and old.labels:
                same[index] = _merged(old, block)
                return
        same.append(block)

    def of(self, kind: str, labels: int) -> Iterator[Block]:
        """The blocks of one kind that have so many labels."""
        return (block for block in self.blocks.get(kind, ()) if len(block.labels) == labels)

    def inside(self, local: str) -> str:
        """The address of something that stands in it."""
        return f"{self.address}.{local}" if self.address else local

    @cached_property
    def children(self) -> dict[str, Module]:
        """The modules it calls whose files are here."""
        found: dict[str, Module] = {}
        if self.depth >= DEEPEST:
            return found
        for call in self.of("module", 1):
            path = self._place(call)
            if path is not None and self._tree.directory(path):
                name = call.labels[0]
                found[name] = Module(self._tree, path, self.inside(f"module.{name}"), self, call)
        return found

    def _place(self, call: Block) -> str | None:
        source = call.body.expression("source")
        text = source.value if isinstance(source, Literal) and isinstance(source.value, str) else ""
        if text.startswith(("./", "../")) or text in (".", ".."):
            place = posixpath.normpath(posixpath.join(self.path, text))
            return "" if place == "." else place
        key = self.inside(f"module.{call.labels[0]}").replace("module.", "")
        return self._tree.installed.get(key)

    def text(self, start: str, path: str) -> Any:
        """The text of a file, by its path from this module or from the root; UNKNOWN where it was not read."""
        module = self
        while start == "root" and module.parent is not None:
            module = module.parent
        return self._tree.data.get(posixpath.normpath(posixpath.join(module.path, path)), UNKNOWN)

    @property
    def data(self) -> dict[str, str]:
        """The files that its sources read, by path."""
        return {path: self._tree.data[path] for path in self._tree.read_by.get(self.path, ())}

    @cached_property
    def locals(self) -> Mapping[str, Any]:
        """Local values: name → expression."""
        return {
            name: attribute.expression
            for block in self.blocks.get("locals", ())
            for name, attribute in block.body.attributes.items()
        }

    def written(self, kind: str, name: str) -> str:
        """How a local value, or what a variable is given here, is written; empty where nothing is."""
        if kind == "local":
            blocks = self.blocks.get("locals", ())
        else:
            given = self.call.body.attributes.get(name) if self.call is not None else None
            if given is not None:
                return given.text
            blocks = [self.variables[name]] if name in self.variables else []
            name = "default"
        return next((found.text for block in blocks if (found := block.body.attributes.get(name)) is not None), "")

    @cached_property
    def variables(self) -> Mapping[str, Block]:
        """Variables by name."""
        return {block.labels[0]: block for block in self.of("variable", 1)}

    @cached_property
    def given(self) -> Mapping[str, Any]:
        """What variable files say, in the order in which Terraform reads them."""
        if self.parent is not None:
            return {}
        names = ("terraform.tfvars", "terraform.tfvars.json")
        files = [file for file in self._tree.directory(self.path) if file.path.endswith((".tfvars", ".tfvars.json"))]
        automatic = (".auto.tfvars", ".auto.tfvars.json")
        read = [file for file in files if posixpath.basename(file.path) in names]
        read += [file for file in files if file.path.endswith(automatic)]
        read += [self._extra] if self._extra is not None else []
        return {
            name: attribute.expression
            for file in read
            for block in file.blocks
            if not block.kind
            for name, attribute in block.body.attributes.items()
        }


class Frame:
    """One instance of a module."""

    def __init__(
        self, module: Module, parent: Frame | None = None, key: Key | None = None, each: Any = UNKNOWN,
        known: bool = True, told: bool = True,
    ) -> None:  # fmt: skip
        self.module, self._parent, self._key, self._each = module, parent, key, each
        self.known = known
        """Whether it is certain that there is such an instance: no variable of the root has a say in it."""
        self.told = told
        """Whether its keys are known; else it stands for all instances of the module."""
        self.assumed: int = 0
        """How often a variable of the root was asked for: whoever plans may give it another value."""
        self._calls: dict[str, Repetition] = {}
        self._open: set[str] = set()
        self._seen: dict[str, tuple[Any, int]] = {}
        self.address: str = _called(parent, module.call, key)
        self.kinds: tuple[str, ...] = () if parent is None else (*parent.kinds, parent.calls(module).kind)
        """How each of the module calls that lead here is repeated."""

    def lookup(self, key: Key | None = None, each: Any = UNKNOWN) -> Lookup:
        """References of a block in it; `key` and `each` are those of the block's own instance."""

        def find(steps: tuple[str | int, ...]) -> Any:
            first = steps[0]
            if first == "each" and len(steps) > 1 and key is not None:
                return key if steps[1] == "key" else steps_into(each, steps[2:]) if steps[1] == "value" else UNKNOWN
            if steps == ("count", "index") and isinstance(key, int):
                return key
            if first == FILE:
                return self.module.text(str(steps[1]), str(steps[2]))
            if len(steps) > 1 and first in ("var", "local"):
                return steps_into(self._named(str(first), str(steps[1])), steps[2:])
            return UNKNOWN

        return find

    def _named(self, kind: str, name: str) -> Any:
        place = f"{kind}.{name}"
        if place not in self._seen:
            if place in self._open:
                return UNKNOWN  # it refers to itself
            self._open.add(place)
            before = self.assumed
            value = self._local(name) if kind == "local" else self.variable(name)
            self._seen[place] = value, self.assumed - before
            self._open.discard(place)
        else:
            self.assumed += self._seen[place][1]
        return self._seen[place][0]

    def _local(self, name: str) -> Any:
        expression = self.module.locals.get(name)
        return UNKNOWN if expression is None else evaluate(expression, self.lookup())

    def variable(self, name: str) -> Any:
        """The value of a variable: what the call says, else the default; of the root also what its files say."""
        block = self.module.variables.get(name)
        if block is None:
            return UNKNOWN
        call = self.module.call
        if call is not None and self._parent is not None and name in call.body.attributes:
            before = self._parent.assumed
            value = evaluate(call.body.expression(name), self._parent.lookup(self._key, self._each))
            self.assumed += self._parent.assumed - before
        elif call is None:
            self.assumed += 1
            value = self._of_root(name, block)
        else:
            default = block.body.expression("default")
            value = UNKNOWN if default is None else evaluate(default)
        value = completed(block.body.expression("type"), value)
        hidden = evaluate(block.body.expression("sensitive")) is True
        return Sensitive(value) if hidden and value is not UNKNOWN and not isinstance(value, Sensitive) else value

    def _of_root(self, name: str, block: Block) -> Any:
        if name in self.module.given:
            return evaluate(self.module.given[name])
        default = block.body.expression("default")
        return UNKNOWN if default is None else evaluate(default)

    def repetition(self, body: Body) -> Repetition:
        """How often a block in it is made."""
        for kind in ("count", "for_each"):
            attribute = body.attributes.get(kind)
            if attribute is not None:
                before = self.assumed
                value = evaluate(attribute.expression, self.lookup())
                found = _repetition(kind, value, attribute.text)
                return found._replace(assumed=self.assumed > before)
        return SINGLE

    def calls(self, child: Module) -> Repetition:
        """How often a module is called from here."""
        assert child.call is not None
        if child.address not in self._calls:
            self._calls[child.address] = self.repetition(child.call.body)
        return self._calls[child.address]

    def below(self, child: Module) -> list[Frame]:
        """The instances of a module that it calls."""
        repetition = self.calls(child)
        if repetition.kind == "single":
            return [Frame(child, self, known=self.known, told=self.told)]
        if repetition.keys is None:
            return [Frame(child, self, known=False, told=False)]
        known = self.known and not repetition.assumed
        each = repetition.values
        return [Frame(child, self, key, each.get(key, UNKNOWN), known, self.told) for key in repetition.keys]


def _called(parent: Frame | None, call: Block | None, key: Key | None) -> str:
    if call is None:
        return ""
    above = parent.address if parent is not None else ""
    name = f"module.{call.labels[0]}"
    return keyed(f"{above}.{name}" if above else name, key)


def _repetition(kind: str, value: Any, text: str) -> Repetition:
    value = value.peek() if isinstance(value, Sensitive) else value
    if kind == "count":
        if isinstance(value, int) and 0 <= value <= MOST_KEYS:  # true and false are 1 and 0, also to Terraform
            return Repetition(kind, tuple(range(int(value))), {}, text)
        return Repetition(kind, None, {}, text)
    if isinstance(value, Mapping) and len(value) <= MOST_KEYS:
        keys = tuple(sorted(str(key) for key in value))
        return Repetition(kind, keys, {str(key): item for key, item in value.items()}, text)
    if isinstance(value, list) and len(value) <= MOST_KEYS and all(isinstance(item, str) for item in value):
        keys = tuple(sorted(dict.fromkeys(value)))
        return Repetition(kind, keys, {key: key for key in keys}, text)
    return Repetition(kind, None, {}, text)


def keyed(address: str, key: Key | None) -> str:
    """An address with a key behind it, as Terraform writes it."""
    if key is None:
        return address
    if isinstance(key, int):
        return f"{address}[{key}]"
    escaped = (
        key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'{address}["{escaped.replace("${", "$${").replace("%{", "%%{")}"]'


def _overrides(path: str) -> bool:
    stem = posixpath.basename(path).removesuffix(".json").rpartition(".")[0]
    return stem == "override" or stem.endswith("_override")


def _merged(old: Block, new: Block) -> Block:
    def load() -> Body:
        kinds = {block.kind for block in new.body.blocks}
        kept = tuple(block for block in old.body.blocks if block.kind not in kinds)
        attributes = {**old.body.attributes, **new.body.attributes}
        return Body(attributes, kept + new.body.blocks, old.body.readable and new.body.readable)

    return Block(old.kind, old.labels, old.file, old.line, old.end, f"{old.text}\n{new.text}", load)
