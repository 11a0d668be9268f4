"""Circles in the graph of blocks: which blocks reach each other, and in which order the rest follows.

A configuration has no circles, but a plan joins it with the state of an earlier one, and the two together can have
some: turn a dependency round, and both directions are there. The only place that imports networkx, whose strongly
connected components are linear and well tested. The import takes longer than most whole runs, so it waits until a graph
has circles and is large enough for repeated passes to cost more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

MANY = 500
"""Fewer blocks than this are passed over again and again sooner than networkx is loaded."""


def components(following: Mapping[str, Sequence[str]], blocks: Sequence[str]) -> Iterator[list[str]]:
    """The blocks in groups that reach each other, each group before those that follow it; in a stable order."""
    import networkx

    places = {block: place for place, block in enumerate(blocks)}
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(blocks)
    graph.add_edges_from((block, other) for block in blocks for other in following.get(block, ()) if other in places)
    groups = [*networkx.strongly_connected_components(graph)]
    groups.reverse()  # networkx gives them from the end of the graph to its beginning
    for group in groups:
        yield sorted(group, key=places.__getitem__)
