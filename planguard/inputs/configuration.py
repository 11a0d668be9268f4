"""The `configuration` of a plan → direct edges between blocks, provider settings, and what is declared sensitive.

Follows references through module calls, variables, outputs and data sources, over any depth. What a plan does not show
cannot be followed: Terraform leaves `locals` out of the document, so an edge through a local is only in prior state.
Decides nothing; never touches values of resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.inputs import values
from planguard.inputs.addresses import Step, steps
from planguard.model import UNKNOWN, Edge, ProviderConfig, Sensitive

_NOTHING: frozenset[str] = frozenset()
_NO_BLOCKS = frozenset({"each", "count", "self", "path", "terraform", "local", "ephemeral"})
"""First words of references that lead to no block that the plan shows."""


class Module:
    """One module of the configuration: not an instance, the same for all of its `count` and `for_each` copies."""

    __slots__ = ("address", "call", "children", "data", "managed", "outputs", "parent")

    def __init__(self, node: Any, address: str, parent: Module | None, call: Mapping[str, Any]) -> None:
        body = mapping(node)
        self.address = address
        self.parent = parent
        self.call = call
        self.managed: dict[str, Mapping[str, Any]] = {}
        self.data: dict[str, Mapping[str, Any]] = {}
        for block in _list(body.get("resources")):
            local = f"{block.get('type')}.{block.get('name')}"
            if block.get("mode") == "data":
                self.data[local] = block
            elif block.get("mode") in ("managed", None):
                self.managed[local] = block
        self.outputs: dict[str, Mapping[str, Any]] = {
            name: mapping(output) for name, output in mapping(body.get("outputs")).items()
        }
        self.children: dict[str, Module] = {}
        for name, inner in mapping(body.get("module_calls")).items():
            below = f"{address}.module.{name}" if address else f"module.{name}"
            self.children[name] = Module(mapping(inner).get("module"), below, self, mapping(inner))

    def absolute(self, local: str) -> str:
        """The configuration address of one of its blocks."""
        return f"{self.address}.{local}" if self.address else local

    def walk(self) -> Iterator[Module]:
        """Itself and everything below."""
        yield self
        for child in self.children.values():
            yield from child.walk()


def edges(configuration: Any) -> tuple[Edge, ...]:
    """Which block refers to which other one, directly, and through which of its attributes."""
    root = Module(mapping(configuration).get("root_module"), "", None, {})
    resolver = _Resolver()
    found: dict[Edge, None] = {}
    for module in root.walk():
        inherited = _calls_depend_on(module)
        for local, block in module.managed.items():
            dependent = module.absolute(local)
            for via, reference in block_references(block):
                for target in sorted(resolver.targets(module, reference)):
                    found[Edge(dependent, target, via)] = None
            waited_for = [(module, text) for text in _strings(block.get("depends_on"))] + inherited
            for scope, reference in waited_for:
                for target in sorted(resolver.depended(scope, reference)):
                    found[Edge(dependent, target, None)] = None
    return tuple(edge for edge in found if edge.dependent != edge.dependency)


def providers(configuration: Any, secrets: set[str]) -> tuple[ProviderConfig, ...]:
    """The provider blocks with their constant settings. No mask says which are secret: their names do."""
    result = []
    for key, node in mapping(mapping(configuration).get("provider_config")).items():
        block = mapping(node)
        alias = block.get("alias")
        settings = {name: _setting(name, item, secrets) for name, item in mapping(block.get("expressions")).items()}
        result.append(ProviderConfig(key=key, alias=alias if isinstance(alias, str) else None, settings=settings))
    return tuple(result)


def provider_names(configuration: Any) -> Iterator[str]:
    """The full names of all providers: `registry.terraform.io/hashicorp/aws`."""
    for node in mapping(mapping(configuration).get("provider_config")).values():
        name = mapping(node).get("full_name")
        if isinstance(name, str):
            yield name


class Sensitivity(NamedTuple):
    """What the configuration declares sensitive."""

    variables: frozenset[str] = frozenset()
    """Names of root variables."""
    outputs: frozenset[str] = frozenset()
    """Names of root outputs."""


def sensitivity(configuration: Any, secrets: set[str]) -> Sensitivity:
    """Which root variables and outputs are sensitive. Constants that flow into a sensitive variable of any module (its
    default, the argument of its call) stand unmarked in the document: they go into `secrets`."""
    root = mapping(mapping(configuration).get("root_module"))
    pending: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = [(root, {})]
    while pending:
        body, arguments = pending.pop()
        for name, variable in mapping(body.get("variables")).items():
            if mapping(variable).get("sensitive"):
                values.collect_all(variable.get("default"), secrets)
                values.collect_all(mapping(arguments.get(name)).get("constant_value"), secrets)
        for output in mapping(body.get("outputs")).values():
            if mapping(output).get("sensitive"):
                values.collect_all(mapping(mapping(output).get("expression")).get("constant_value"), secrets)
        calls = map(mapping, mapping(body.get("module_calls")).values())
        pending.extend((mapping(call.get("module")), mapping(call.get("expressions"))) for call in calls)
    return Sensitivity(
        variables=_declared_sensitive(root.get("variables")), outputs=_declared_sensitive(root.get("outputs"))
    )


class _Resolver:
    """Follows references to the managed blocks behind them. Each place is resolved once.

    A place that is met again while it is being resolved adds nothing the second time; results that rest on such a cut
    are kept only by the place that closes the circle, because for the others they may be too small.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], frozenset[str]] = {}
        self._open: dict[tuple[str, str], int] = {}
        self._lowest = 0

    def targets(self, module: Module, reference: str) -> frozenset[str]:
        """Configuration addresses of the managed blocks that `reference`, written inside `module`, leads to."""
        pieces = steps(reference)
        if not pieces or pieces[0].name in _NO_BLOCKS:
            return _NOTHING
        head = pieces[0].name
        if head == "var":
            return self._place(module, "var", pieces[1].name) if len(pieces) > 1 else _NOTHING
        if head == "module":
            return self._output(module, pieces)
        if head == "data":
            return self._place(module, "data", _local(pieces[1:])) if len(pieces) > 2 else _NOTHING
        local = _local(pieces)
        return frozenset((module.absolute(local),)) if local in module.managed else _NOTHING

    def _output(self, module: Module, pieces: tuple[Step, ...]) -> frozenset[str]:
        child = module.children.get(pieces[1].name) if len(pieces) > 1 else None
        if child is None:
            return _NOTHING
        if len(pieces) > 2:
            return self._place(child, "output", pieces[2].name)
        # The call as a whole: the document does not tell which output is meant.
        return _NOTHING.union(*(self._place(child, "output", name) for name in child.outputs))

    def everything(self, module: Module) -> frozenset[str]:
        """All managed blocks of a module and below: what `depends_on = [module.x]` means."""
        return frozenset(inner.absolute(local) for inner in module.walk() for local in inner.managed)

    def _place(self, module: Module, kind: str, name: str) -> frozenset[str]:
        place = (module.address, f"{kind}.{name}")
        if place in self._known:
            return self._known[place]
        depth = len(self._open)
        if place in self._open:
            self._lowest = min(self._lowest, self._open[place])
            return _NOTHING
        outer, self._lowest = self._lowest, depth
        self._open[place] = depth
        found = _NOTHING.union(*(self.targets(scope, text) for scope, text in self._behind(module, kind, name)))
        if kind == "data":
            found |= self._data_depends_on(module, name)
        del self._open[place]
        if self._lowest >= depth:
            self._known[place] = found
        self._lowest = min(outer, self._lowest)
        return found

    def _behind(self, module: Module, kind: str, name: str) -> Iterator[tuple[Module, str]]:
        """The references that a variable, an output or a data source stands for, and where they are written."""
        if kind == "var" and module.parent is not None:
            for _, text in references(mapping(module.call.get("expressions")).get(name), ""):
                yield module.parent, text
        elif kind == "output":
            for _, text in references(module.outputs.get(name, {}).get("expression"), ""):
                yield module, text
        elif kind == "data":
            for _, text in block_references(module.data.get(name, {})):
                yield module, text

    def _data_depends_on(self, module: Module, name: str) -> frozenset[str]:
        listed = _strings(module.data.get(name, {}).get("depends_on"))
        return _NOTHING.union(*(self.depended(module, text) for text in listed))

    def depended(self, module: Module, reference: str) -> frozenset[str]:
        """As `targets`, for an entry of `depends_on`, where a module means all that it holds."""
        pieces = steps(reference)
        if pieces and len(pieces) == 2 and pieces[0].name == "module":
            child = module.children.get(pieces[1].name)
            return self.everything(child) if child else _NOTHING
        return self.targets(module, reference)


def _calls_depend_on(module: Module) -> list[tuple[Module, str]]:
    """`depends_on` of the call of this module and of those around it: it holds for each block inside."""
    result: list[tuple[Module, str]] = []
    inner: Module | None = module
    while inner is not None and inner.parent is not None:
        result.extend((inner.parent, text) for text in _strings(inner.call.get("depends_on")))
        inner = inner.parent
    return result


def block_references(block: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every reference in a block, with the attribute that it stands in; without `depends_on`."""
    for name, node in mapping(block.get("expressions")).items():
        yield from references(node, name)
    for key, name in (("count_expression", "count"), ("for_each_expression", "for_each")):
        yield from references(block.get(key), name)
    for provisioner in _list(block.get("provisioners")):
        yield from (("provisioner", text) for _, text in references(provisioner.get("expressions"), ""))


def references(node: Any, path: str) -> Iterator[tuple[str, str]]:
    """The references of an expression or of nested blocks, with their attribute path.

    Terraform lists a reference from its most specific form to its shortest (`module.m.out.id`, `module.m.out`,
    `module.m`): a shorter form that only repeats the one before it is passed over, because alone it would mean more.
    """
    if isinstance(node, list):
        for item in node:
            yield from references(item, path)
        return
    if not isinstance(node, dict):
        return
    listed = node.get("references")
    if isinstance(listed, list):
        before = ""
        for text in _strings(listed):
            if not (before.startswith(text) and before[len(text) : len(text) + 1] in (".", "[")):
                yield path, text
            before = text
        return
    if "constant_value" in node and len(node) == 1:
        return
    for name, item in node.items():
        yield from references(item, f"{path}.{name}" if path else name)


def _setting(name: str, node: Any, secrets: set[str]) -> Any:
    if isinstance(node, list):
        return [_setting(name, item, secrets) for item in node]
    if not isinstance(node, dict):
        return UNKNOWN
    if "constant_value" in node and len(node) == 1:
        value = node["constant_value"]
        if value is not None and not isinstance(value, bool) and values.telling(name):
            values.collect_all(value, secrets)
            return Sensitive(value)
        mask = values.guessed_mask(value)
        values.collect(value, mask, secrets)
        return values.merge(value, sensitive=mask)
    if not node or isinstance(node.get("references"), list):
        return UNKNOWN
    return {key: _setting(key, item, secrets) for key, item in node.items()}


def _declared_sensitive(node: Any) -> frozenset[str]:
    return frozenset(name for name, item in mapping(node).items() if mapping(item).get("sensitive"))


def _local(pieces: tuple[Step, ...]) -> str:
    return ".".join(step.name for step in pieces[:2])


def mapping(node: Any) -> Mapping[str, Any]:
    """The node if it is an object, else nothing."""
    return node if isinstance(node, dict) else {}


def _list(node: Any) -> list[Mapping[str, Any]]:
    return [item for item in node if isinstance(item, dict)] if isinstance(node, list) else []


def _strings(node: Any) -> list[str]:
    return [item for item in node if isinstance(item, str)] if isinstance(node, list) else []
