"""What can be mutated: plans, streams, saved plans, configurations and rules, each as a run of the command.

Every maker gets a directory of its own, and turns chance into a `Case`: the same chance gives the same case.
"""

from __future__ import annotations

import json
import random
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from fuzzing import mutate, seeds
from fuzzing.runner import Run, run


class Case(NamedTuple):
    """One input, ready to be run."""

    arguments: Sequence[str]
    data: bytes
    """What was mutated."""
    stdin: bytes = b""
    judged: bytes | None = None
    """What the judge reads to see whether a loss is still there; None where a pass means nothing (configs, rules)."""
    block: int | None = None
    """Read as if it were large, in pieces of so many bytes; the outcome must be the ordinary one."""


def play(case: Case) -> Run:
    """Run the command on a case."""
    done = run(case.arguments, case.stdin)
    if case.block is None:
        return done
    with _as_large(case.block):
        other = run(case.arguments, case.stdin)
    if not other.traceback and (done.code, _told(done)) != (other.code, _told(other)):
        return other._replace(traceback=f"read as a large plan it ends in {other.code}, otherwise in {done.code}")
    return other


def _told(done: Run) -> str:
    """The report without the digest, which large plans lack."""
    return re.sub(r'"digest": ?"[0-9a-f]*"', "", done.out.decode())


@contextmanager
def _as_large(block: int) -> Iterator[None]:
    from planguard.inputs import json_plans, large

    limit, defaults = json_plans.LARGE, large.read.__kwdefaults__
    json_plans.LARGE, large.read.__kwdefaults__ = 1, {**(defaults or {}), "block": block}
    try:
        yield
    finally:
        json_plans.LARGE, large.read.__kwdefaults__ = limit, defaults


Maker = Callable[[random.Random], Case]
FORMATS = ("json", "json", "terminal")


def plan_maker(_place: Path) -> Maker:
    """Plan JSON on standard input."""
    documents = seeds.plans()

    def make(chance: random.Random) -> Case:
        data = mutate.mutated(chance.choice(documents), chance)
        options = ["--report", chance.choice(FORMATS), *chance.choice(([], ["-v"], ["--workspace", "prod"]))]
        return Case(["check", "-", *options], data, data, data)

    return make


def large_maker(place: Path) -> Maker:
    """Plan JSON, read both as a large plan and as an ordinary one."""
    ordinary = plan_maker(place)

    def make(chance: random.Random) -> Case:
        return ordinary(chance)._replace(block=chance.choice((16, 64, 500, 4096, 256 * 1024)))

    return make


def stream_maker(_place: Path) -> Maker:
    """The output of `terraform plan -json`, as lines or as one array."""
    streams = seeds.streams()

    def make(chance: random.Random) -> Case:
        listed = mutate.copied(chance.choice(streams))
        for _ in range(chance.choice((1, 1, 2, 4))):
            listed = mutate.restructured(listed, chance)
        if not isinstance(listed, list) or chance.random() < 0.1:
            data = mutate.encoded(listed, chance)
        else:
            data = b"\n".join(mutate.encoded(item, random.Random(0)).replace(b"\n", b"") for item in listed)
        if chance.random() < 0.3:
            data = mutate.broken(data, chance)
        return Case(["check", "-", "--report", chance.choice(FORMATS), "-v"], data, data, data)

    return make


def saved_maker(place: Path) -> Maker:
    """A saved plan, with a stand-in for terraform that prints what it finds beside itself, or fails."""
    documents = seeds.plans()
    tool, shown, plan = place / "terraform", place / "shown", place / "tfplan"
    tool.write_text(f"#!/bin/sh\ncat '{shown}'\n[ -e '{place}/fail' ] && {{ cat '{shown}' >&2; exit 1; }}\nexit 0\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)

    def make(chance: random.Random) -> Case:
        archive, text = seeds.archive(), json.dumps(chance.choice(documents)).encode()
        if chance.random() < 0.6:
            archive = mutate.broken(archive, chance)
        else:
            text = mutate.mutated(chance.choice(documents), chance)
        shown.write_bytes(text)
        plan.write_bytes(archive)
        (place / "fail").touch() if chance.random() < 0.2 else (place / "fail").unlink(missing_ok=True)
        arguments = ["check", str(plan), "--terraform-bin", str(tool), "--report", chance.choice(FORMATS)]
        # The judge may look at the text only where the archive was left alone: a broken one is refused anyway.
        return Case(arguments, archive + b"\n--- shown ---\n" + text, judged=text)

    return make


def _yaml(document: Any, chance: random.Random) -> bytes:
    import yaml

    for _ in range(chance.choice((1, 1, 2, 4))):
        document = mutate.restructured(document, chance)
    if chance.random() < 0.5:
        try:
            data = yaml.safe_dump(document, allow_unicode=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        except (yaml.YAMLError, ValueError):
            data = mutate.encoded(document, random.Random(0))
    else:
        data = mutate.encoded(document, random.Random(0))
    return mutate.broken(data, chance) if chance.random() < 0.4 else data


def config_maker(place: Path) -> Maker:
    """planguard.yml."""
    file, plan = place / "planguard.yml", place / "plan.json"
    plan.write_text(json.dumps(seeds.losing()))

    def make(chance: random.Random) -> Case:
        data = _yaml(mutate.copied(seeds.CONFIG), chance)
        file.write_bytes(data)
        return Case(["check", str(plan), "--config", str(file), "--report", chance.choice(FORMATS)], data)

    return make


def rule_maker(place: Path) -> Maker:
    """A rule of the user's."""
    (place / "own").mkdir()
    rule, file, plan = place / "own" / "own-rule.yaml", place / "planguard.yml", place / "plan.json"
    file.write_text("rules: [own]\n")
    plan.write_text(json.dumps(seeds.losing()))

    def make(chance: random.Random) -> Case:
        data = _yaml(mutate.copied(seeds.RULE), chance)
        rule.write_bytes(data)
        return Case(["check", str(plan), "--config", str(file), "--report", chance.choice(FORMATS)], data)

    return make


MAKERS: dict[str, Callable[[Path], Maker]] = {
    "plan": plan_maker,
    "large": large_maker,
    "stream": stream_maker,
    "saved": saved_maker,
    "config": config_maker,
    "rule": rule_maker,
}
