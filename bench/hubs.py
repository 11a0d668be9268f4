"""How long the dependents of the 1,000 most needed objects of a plan take: `python -m bench.hubs PLAN.json`.

Prints JSON: `seconds` for all of them, graph included, and `ratio` to asking for each one with a search of its own (a
sample of them, scaled up).
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from planguard import graph, inputs
from planguard.inputs.addresses import config_of

HUBS = 1_000
SAMPLE = 10


def main() -> None:
    """The command line."""
    (plan,) = inputs.load(str(Path(sys.argv[1])))
    needed = Counter(needed for found in plan.state_edges.values() for needed in found)
    known = [*plan.unchanged, *(change.resource for change in plan.changes)]
    known.sort(key=lambda resource: (-needed[config_of(resource.address) or ""], resource.address))
    hubs = [resource.address for resource in known[:HUBS]]
    start = time.process_time()
    built = graph.build(plan)
    built.prepare(hubs)
    for hub in hubs:
        built.dependents(hub)
    seconds = time.process_time() - start
    start = time.process_time()
    for hub in hubs[:: HUBS // SAMPLE]:
        built.dependent_addresses(hub)
    each = (time.process_time() - start) * HUBS / SAMPLE
    print(json.dumps({"seconds": seconds, "ratio": seconds / each}))


main()
