"""Breaks planguard for as long as one likes: `python -m bench.fuzz --kind plan --runs 100000`.

Every run is the real command in this process, on an input that was right before it was mutated. A table at the end says
how the runs ended, how slow the slowest was, and what is wrong. Owns the loop; the mutations and the judge are those of
`tests/fuzzing`. The same `--seed` gives the same inputs, and what is wrong is kept in `--keep`, ready to be run again.

PLANGUARD_INCIDENTS may name a folder with further plans to start from.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import stat
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from fuzzing import mutate, oracle, seeds
from fuzzing.runner import Run, TooLong, quiet_place, run


class Case(NamedTuple):
    """One input, ready to be run."""

    arguments: Sequence[str]
    data: bytes
    """What was mutated."""
    stdin: bytes = b""
    judged: bytes | None = None
    """What the judge reads to see whether a loss is still there; None where a pass means nothing (configs, rules)."""


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
    "stream": stream_maker,
    "saved": saved_maker,
    "config": config_maker,
    "rule": rule_maker,
}


class Score:
    """What came out of all runs of a kind."""

    def __init__(self, kind: str, keep: Path | None) -> None:
        self.kind = kind
        self.codes: Counter[int] = Counter()
        self.sentences: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.slowest, self.slowest_seed = 0.0, ""
        self.growth, self.growth_seed = 0, ""
        self._keep = keep

    def take(self, name: str, case: Case, done: Run, grown: int) -> None:
        """Judge one run."""
        self.codes[done.code] += 1
        if done.code == 3:
            self.sentences[sentence(done.err)] += 1
        if done.seconds > self.slowest:
            self.slowest, self.slowest_seed = done.seconds, name
        if grown > self.growth:
            self.growth, self.growth_seed = grown, name
        wrong = oracle.complaints(done, case.judged if case.judged is not None else b"")
        if self.kind == "rule":  # the user's own rule may break: that blocks, and says so
            wrong = [text for text in wrong if text != oracle.BROKE]
        if wrong:
            self.complain("\n".join(wrong), name, case)

    def complain(self, wrong: str, name: str, case: Case) -> None:
        """Count what is wrong, and keep the first input of each kind."""
        self.wrong[wrong] += 1
        if self.wrong[wrong] == 1:
            print(f"{self.kind} {name}: {wrong}\n", file=sys.stderr)
            if self._keep is not None:
                self._keep.mkdir(parents=True, exist_ok=True)
                (self._keep / f"{self.kind}-{name}").write_bytes(case.data)

    def table(self, seconds: float, memory: int) -> str:
        """The result as text."""
        runs = sum(self.codes.values())
        codes = ", ".join(f"{code}: {count:,}" for code, count in sorted(self.codes.items()))
        lines = [
            f"{self.kind}: {runs:,} runs in {seconds:,.0f} s ({runs / max(seconds, 0.001):,.0f} a second)",
            f"  exit codes     {codes}",
            f"  slowest        {self.slowest * 1000:,.0f} ms ({self.slowest_seed})",
            f"  memory         {memory // 1024:,} MB at most; one run added {self.growth // 1024:,} ({self.growth_seed})",
            f"  wrong          {sum(self.wrong.values())} ({len(self.wrong)} kinds)",
            *(f"    {count:>7,}  {text.strip().splitlines()[-1][:150]}" for text, count in self.wrong.most_common(20)),
            f"  exit 3 says    {len(self.sentences)} things",
            *(f"    {count:>7,}  {text}" for text, count in self.sentences.most_common(40)),
        ]
        return "\n".join(lines)


def sentence(err: bytes) -> str:
    """The kind of an error: its words without places, names and numbers."""
    text = err.decode("utf-8", "replace").split("\n")[0].removeprefix("error: ")
    text = text.split(":\\n")[0]  # what another program said
    text = re.sub(r"^(?:/\S+?|<stdin>)(?:#\d+)?(?::\d+| [$b]\S*| line \d+| byte \d+)?: ", "", text)
    text = re.sub(r'"(?:[^"\\]|\\.)*"|`[^`]*`', "…", text)
    return re.sub(r"\$[^ ]*|\d+", "…", text)[:120]


def peak() -> int:
    """Kilobytes of memory at most, so far; 0 where nobody counts."""
    try:
        import resource
    except ImportError:
        return 0
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def fuzz(kind: str, runs: int, seed: int, keep: Path | None, seconds: float) -> Score:
    """Run one kind."""
    score, begin = Score(kind, keep), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="p") as name, quiet_place(name):
        make = MAKERS[kind](Path(name))
        for number in range(runs):
            label = f"{seed}-{number}"
            case, before = make(random.Random(label)), peak()
            try:
                done = run(case.arguments, case.stdin)
            except TooLong:
                score.complain("does not end", label, case)
                continue
            score.take(label, case, done, peak() - before)
            if time.monotonic() - begin > seconds:
                break
    print(score.table(time.monotonic() - begin, peak()), flush=True)
    return score


def main() -> int:
    """Exit code: 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kind", choices=sorted(MAKERS), action="append", help="default: all, one after the other")
    parser.add_argument("--runs", type=int, default=1000, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="of each kind, at most")
    parser.add_argument("--keep", type=Path, help="directory for the inputs with which something is wrong")
    wanted = parser.parse_args()
    keep = wanted.keep.absolute() if wanted.keep else None
    scores = [fuzz(kind, wanted.runs, wanted.seed, keep, wanted.seconds) for kind in wanted.kind or MAKERS]
    return 1 if any(score.wrong for score in scores) else 0


if __name__ == "__main__":
    sys.exit(main())
