"""`make precision`: judge the labelled plans, and write what came out into docs/precision.md.

The part about the cases of this repository is always written; those about replays (PLANGUARD_INCIDENTS) and public
plans (PLANGUARD_CORPUS) only where the folders are. `--check` writes nothing and fails where the page is out of date.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from bench import confusion, corpus, labelled, sections

PAGE = Path(__file__).parent.parent / "docs" / "precision.md"


def own_part() -> str:
    """The part about the cases of this repository."""
    cases = labelled.own()
    judged = list(labelled.judge(cases))
    groups = Counter(case.group for case in cases)
    corrected = [(case.id, case.corrected) for case in cases if case.corrected]
    listed = ", ".join(f"[{name}](../tests/fixtures/precision/{name}.yaml) {groups[name]}" for name in sorted(groups))
    return "\n\n".join(
        [
            f"{len(cases)} plans: {listed}.",
            confusion.figures(judged),
            confusion.verdicts(judged),
            confusion.by_rule(judged),
            f"Not as labelled: {confusion.disagreements(judged)}",
            "Labels that were wrong when planguard disagreed with them, and were corrected:",
            sections.table(("case", "what was wrong with the label"), list(corrected)),
        ]
    )


def replays_part(folder: Path) -> str:
    """The part about replays of incidents."""
    judged = list(labelled.judge(labelled.replays(folder)))
    return "\n\n".join(
        [
            confusion.figures(judged),
            confusion.verdicts(judged),
            confusion.by_rule(judged),
            f"Not as labelled: {confusion.disagreements(judged)}",
        ]
    )


def parts() -> dict[str, str]:
    """Every part that can be written here."""
    found = {"own": own_part()}
    incidents, public = os.environ.get("PLANGUARD_INCIDENTS"), os.environ.get("PLANGUARD_CORPUS")
    if incidents:
        found["replays"] = replays_part(Path(incidents))
    if public:
        found["public"] = corpus.page(corpus.run(Path(public)))
    return found


def main(arguments: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.precision", description=(__doc__ or "").split("`: ")[1])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page is out of date")
    options = parser.parse_args(arguments)
    stale = []
    for name, text in parts().items():
        print(f"--- {name}\n\n{text}\n")
        if sections.get(PAGE, name) != text.strip():
            stale.append(name)
            if not options.check:
                sections.put(PAGE, name, text)
    if options.check and stale:
        sys.stderr.write(f"docs/precision.md is out of date ({', '.join(stale)}); run `make precision`\n")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
