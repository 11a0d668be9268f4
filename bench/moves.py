"""`python -m bench.moves`: how many deletes that are really moves are found, and how many pairs are wrong.

Over 200 generated renames of objects with a provider's real attributes, among others that really go and really come,
and over recorded plans, where the environment variable PLANGUARD_INCIDENTS names a folder of them. Exits with 1 where a
pair is wrong or fewer than 95 % are found.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bench.gen_plans import SHAPES
from planguard import inputs
from planguard.causes import moves
from planguard.model import UNKNOWN, Action, Change, Plan, Resource, Values

ENOUGH = 0.95
COMPUTED = frozenset(
    {"id", "arn", "unique_id", "private_ip", "private_dns", "public_dns", "endpoint", "address", "owner_id", "dns_name"}
)
"""What the provider works out: not known before it exists."""
HOW = ("another name", "another module", "into a module", "out of a module", "another key", "count to for_each")
NAMES = ("orders", "billing", "users", "audit", "search", "media", "ledger", "cache", "mail", "maps")

RECORDED: Mapping[str, frozenset[tuple[str, str]]] = {
    "04": frozenset({('aws_dynamodb_table.t["orders"]', 'aws_dynamodb_table.t["orders-v2"]')}),
    "05": frozenset({("module.db.aws_db_instance.main", "module.database.aws_db_instance.main")}),
    "58": frozenset(
        {
            ("aws_s3_bucket.uploads", "aws_s3_bucket.user_uploads"),
            ("aws_s3_bucket_versioning.uploads", "aws_s3_bucket_versioning.user_uploads"),
        }
    ),
}
"""Number of a recorded plan → the renames between its two sources; the others have none."""

Pair = tuple[str, str]


class Case(NamedTuple):
    """A plan of which the answer is known."""

    name: str
    plan: Plan
    right: frozenset[Pair]


class Score(NamedTuple):
    """What was found in some plans."""

    plans: int = 0
    right: int = 0
    found: int = 0
    wrong: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    def plus(self, case: Case) -> Score:
        """The score with one more plan."""
        got = {(move.old, move.new) for move in moves(case.plan).pairs}
        return Score(
            self.plans + 1,
            self.right + len(case.right),
            self.found + len(got & case.right),
            (*self.wrong, *(f"{case.name}: {old} -> {new}" for old, new in sorted(got - case.right))),
            (*self.missed, *(f"{case.name}: {old} -> {new}" for old, new in sorted(case.right - got))),
        )


def generated(number: int) -> Iterator[Case]:
    """Plans in which something was renamed, one way each, beside things that really end and begin."""
    kinds = sorted(SHAPES)
    for seed in range(number):
        rng = Random(seed)
        how = HOW[seed % len(HOW)]
        names = rng.sample(NAMES, 7)
        right: set[Pair] = set()
        changes: list[Change] = []
        some = rng.sample(kinds, 4)
        for position, name in enumerate(names[:3]):
            for kind in some[: rng.randint(1, 4)]:
                old, new = _places(how, kind, name, position)
                attributes = SHAPES[kind](rng, name)
                changes += [_gone(old, attributes), _made(new, attributes, rng)]
                right.add((old.address, new.address))
        for name in names[3:5]:
            changes.append(_gone(_resource("", some[0], name), SHAPES[some[0]](rng, name)))
        for name in names[5:]:
            changes.append(_made(_resource("", some[0], name), SHAPES[some[0]](rng, name), rng))
        rng.shuffle(changes)
        plan = Plan(source="x", format="terraform-plan", version="1.11.4", changes=tuple(changes))
        yield Case(f"{seed} ({how})", plan, frozenset(right))


def _places(how: str, kind: str, name: str, position: int) -> tuple[Resource, Resource]:
    ways: Mapping[str, tuple[Resource, Resource]] = {
        "another name": (_resource("", kind, name), _resource("", kind, f"{name}_main")),
        "another module": (_resource("module.shop", kind, name), _resource("module.store", kind, name)),
        "into a module": (_resource("", kind, name), _resource("module.shop", kind, name)),
        "out of a module": (_resource("module.shop", kind, name), _resource("", kind, name)),
        "another key": (_resource("", kind, "all", name), _resource("", kind, "all", f"team-{name}")),
        "count to for_each": (_resource("", kind, "all", position), _resource("", kind, "all", name)),
    }
    return ways[how]


def _resource(module: str, kind: str, name: str, key: str | int | None = None) -> Resource:
    config = f"{module}.{kind}.{name}".lstrip(".")
    written = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
    return Resource(config + written, kind, name, "aws", module, key, config)


def _gone(resource: Resource, attributes: Mapping[str, Any]) -> Change:
    return Change(resource, Action.DELETE, before=Values.of(dict(attributes)))


def _made(resource: Resource, attributes: Mapping[str, Any], rng: Random) -> Change:
    """What is planned for a new object: the provider's own values are not known, and now and then a tag is new."""
    own = {attributes.get(name) for name in ("id", "arn") if isinstance(attributes.get(name), str)}
    names = ("name", "bucket", "identifier")
    chosen = {attributes.get(name) for name in names if isinstance(attributes.get(name), str)}
    after = {
        name: UNKNOWN if name in COMPUTED or (isinstance(value, str) and value in own - chosen) else value
        for name, value in attributes.items()
    }
    if rng.random() < 0.3 and isinstance(after.get("tags"), dict):
        after["tags"] = {**after["tags"], "release": "2"}
    return Change(resource, Action.CREATE, after=Values.of(after))


def recorded(folder: Path) -> Iterator[Case]:
    """Recorded plans."""
    for path in sorted(folder.glob("*/plan.json")):
        number = path.parent.name[:2]
        for plan in inputs.load(str(path)):
            yield Case(path.parent.name, plan, RECORDED.get(number, frozenset()))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.moves", description=(__doc__ or "").split("`: ")[1])
    parser.add_argument("--plans", type=int, default=200, help="how many generated plans")
    parser.add_argument("--missed", action="store_true", help="name what was not found")
    options = parser.parse_args()
    sets: dict[str, Iterator[Case]] = {"generated": generated(options.plans)}
    folder = os.environ.get("PLANGUARD_INCIDENTS")
    if folder:
        sets["recorded"] = recorded(Path(folder))
    failed = False
    print(f"{'plans':12} {'number':>7} {'moves':>7} {'found':>7} {'share':>7} {'wrong':>7}")
    for name, cases in sets.items():
        score = Score()
        for case in cases:
            score = score.plus(case)
        share = score.found / score.right if score.right else 1.0
        counts = f"{score.plans:>7} {score.right:>7} {score.found:>7} {share:>7.1%} {len(score.wrong):>7}"
        print(f"{name:12} {counts}")
        failed = failed or bool(score.wrong) or share < ENOUGH
        for line in (*score.wrong, *(score.missed if options.missed else ())):
            print(f"  {line}")
    if not folder:
        print("PLANGUARD_INCIDENTS is not set: no recorded plans.")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
