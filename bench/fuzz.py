"""Breaks planguard for as long as one likes: `python -m bench.fuzz --kind plan --runs 100000`.

Every run is the real command in this process, on an input that was right before it was mutated. A table at the end says
how the runs ended, how slow the slowest was, and what is wrong. Owns the loop; the mutations and the judge are those of
`tests/fuzzing`. The same `--seed` gives the same inputs, and what is wrong is kept in `--keep`, ready to be run again.

PLANGUARD_INCIDENTS may name a folder with further plans to start from.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from fuzzing import oracle
from fuzzing.kinds import MAKERS, Case, play
from fuzzing.runner import Run, TooLong, quiet_place


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
        wrong = oracle.complaints(done, case, self.kind)
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
            f"  memory         {memory // 1024:,} MB at most; {self.growth // 1024:,} in one run ({self.growth_seed})",
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
                done = play(case)
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
