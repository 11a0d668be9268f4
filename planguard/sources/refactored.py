"""What `moved`, `removed` and `import` blocks say about addresses. Pure."""

from __future__ import annotations

from typing import NamedTuple

from planguard.model import Location
from planguard.sources.configuration import Configuration
from planguard.sources.expressions import evaluate
from planguard.sources.tree import Block

_MOST_HOPS = 30


class Removed(NamedTuple):
    """One `removed` block."""

    address: str
    """Without keys."""
    destroys: bool
    location: Location


class Refactored:
    """The blocks of one configuration that speak about addresses."""

    def __init__(self, configuration: Configuration) -> None:
        self._moves: list[tuple[str, str]] = []
        self.imported: set[str] = set()
        """Addresses that an `import` block brings something in for."""
        self.removed: list[Removed] = []
        for frame in configuration.frames:
            for block in frame.module.of("moved", 0):
                pair = _address(block, "from", frame.address), _address(block, "to", frame.address)
                if all(pair):
                    self._moves.append(pair)
            for block in frame.module.of("import", 0):
                self.imported.add(_address(block, "to", frame.address))
        for module in configuration.modules:
            for block in module.of("removed", 0):
                address = _address(block, "from", module.address)
                if address:
                    place = configuration.tree.shown(block.location)
                    self.removed.append(Removed(address, _destroys(block), place))

    def moved(self, address: str) -> str:
        """Where an address is sent to; itself where nothing speaks of it."""
        for _ in range(_MOST_HOPS):
            further = next((to for pair in self._moves if (to := _moved(address, *pair)) is not None), None)
            if further is None or further == address:
                return address
            address = further
        return address

    def spoken_of(self, address: str) -> bool:
        """Whether a `moved` block begins at this block or below, whatever its keys."""
        return any(start == address or start.startswith((f"{address}[", f"{address}.")) for start, _ in self._moves)

    def removal(self, config: str) -> Removed | None:
        """The `removed` block that covers a resource (its address without keys)."""
        for removed in self.removed:
            if config == removed.address or config.startswith(f"{removed.address}."):
                return removed
        return None


def _moved(address: str, start: str, to: str) -> str | None:
    if address == start:
        return to
    if address.startswith(f"{start}."):
        return to + address[len(start) :]
    if address.startswith(f"{start}[") and not start.endswith("]") and not to.endswith("]"):
        return to + address[len(start) :]
    return None


def _address(block: Block, name: str, module: str) -> str:
    attribute = block.body.attributes.get(name)
    if attribute is None:
        return ""
    text = attribute.text.strip('"') if attribute.text.startswith('"') else attribute.text
    local = text.replace(" ", "") if '"' not in text else text
    return f"{module}.{local}" if module else local


def _destroys(block: Block) -> bool:
    """Terraform destroys unless `lifecycle { destroy = false }` says otherwise."""
    return not any(
        evaluate(inner.body.expression("destroy")) in (False, "false") for inner in block.body.nested("lifecycle")
    )
