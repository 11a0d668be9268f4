"""`make bench`: measure against the targets and print a table. Says what is slow; decides nothing."""

from __future__ import annotations

import argparse
import compileall
from pathlib import Path

import planguard
from bench.rows import ROWS, SIZES, Given


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").split("`: ")[1])
    parser.add_argument("--rows", default=",".join(ROWS), help="which rows, as in S1,S3")
    parser.add_argument("--size", choices=SIZES, default="10k", help="objects in the plans of S1 to S4")
    parser.add_argument("--saved-plan", type=Path, help="a saved plan in its initialised directory, for S8")
    options = parser.parse_args()
    wanted = options.rows.upper().split(",")
    unknown = sorted(set(wanted) - set(ROWS))
    if unknown:
        parser.error(f"there is no row {unknown[0]}; there are {', '.join(ROWS)}")
    # As an installation does. Where PYTHONDONTWRITEBYTECODE is set, each run would compile what was edited since.
    compileall.compile_dir(str(Path(planguard.__file__).parent), quiet=1)
    print(f"{'':4} {'work':52} {'target':>22} {'stretch':>18}  measured")
    for name in (name for name in ROWS if name in wanted):
        row = ROWS[name]
        for number, result in enumerate(row.measure(Given(options.size, options.saved_plan))):
            head = f"{name:4} {row.work:52}" if number == 0 else f"{'':57}"
            mark = {True: "", False: "  MISSED", None: ""}[result.reached]
            print(f"{head} {result.target:>22} {result.stretch:>18}  {result.measured}{mark}", flush=True)


main()
