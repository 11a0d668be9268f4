"""The rows of the table: what is measured, against what, and which figure is to be reached.

One function per row; `ROWS` names them. A row that lacks its reference says so instead of inventing a figure.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench import gen_change_set, gen_rights, gen_sources, gen_templates
from bench.gen_plans import generate
from bench.measure import Command, above, check, cpu, in_turn, memory, python, ratio

HERE = Path(__file__).parent
OUT = HERE / "out"
SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
NOTHING = Command((sys.executable, "-c", "pass"))
USUAL_JQ = '[.resource_changes[] | select(.change.actions | index("delete")) | .address]'
"""What people run instead."""


class Given(NamedTuple):
    """What the command line asks for."""

    size: str
    saved_plan: Path | None = None


class Result(NamedTuple):
    """One line of the table."""

    target: str
    measured: str
    reached: bool | None
    """None where nothing was measured."""
    stretch: str = ""


class Row(NamedTuple):
    """One row."""

    work: str
    measure: Callable[[Given], list[Result]]


def plan(size: str, *, danger: float = 1.0) -> Path:
    """A made-up plan of this size, made when it is first needed."""
    OUT.mkdir(exist_ok=True)
    path = OUT / (f"{size}.json" if danger == 1.0 else f"{size}-{danger:g}.json")
    if not path.exists():
        generate(SIZES[size] if size in SIZES else int(size), path, danger=danger)
    return path


def times(size: str) -> int:
    """Rounds: fewer for what takes long."""
    return 3 if size == "100k" else 5


def at_most(value: float, target: float, unit: str = "x", stretch: float | None = None) -> Result:
    """A figure that should not be larger."""
    digits = 0 if unit == " ms" else 3 if target < 0.1 else 2
    return Result(
        target=f"<= {target:g}{unit}",
        measured=f"{value:.{digits}f}{unit}",
        reached=value <= target,
        stretch="" if stretch is None else f"{stretch:g}{unit}",
    )


def absent(why: str) -> list[Result]:
    """Not measured."""
    return [Result("", why, None)]


def s1(given: Given) -> list[Result]:
    """Whole verdict against a bare typed decode: as the plan is, and with hardly anything to say about it."""
    results = []
    for danger in (1.0, 0.0):
        path = plan(given.size, danger=danger)
        found = ratio(check(path), python(str(HERE / "reference_msgspec.py"), str(path)), times(given.size))
        said = "6 % destructive" if danger else "none destructive"
        results.append(at_most(found, 2.0, stretch=1.6)._replace(measured=f"{found:.2f}x ({said})"))
    return results


def s2(given: Given) -> list[Result]:
    """The same against orjson and jq."""
    path = plan(given.size)
    load = f"import gc, orjson; gc.disable(); orjson.loads(open({str(path)!r}, 'rb').read())"
    results = [at_most(ratio(check(path), python("-c", load), times(given.size)), 0.20)]
    if shutil.which("jq") is None:
        return [*results, *absent("jq is not installed")]
    return [*results, at_most(ratio(check(path), Command(("jq", USUAL_JQ, str(path))), 1), 0.07)]


def s3(given: Given) -> list[Result]:
    """Peak memory from a file."""
    path = plan(given.size)
    return [at_most(memory(in_turn([check(path)], 1)[0]) / path.stat().st_size, 0.5, " of the file", 0.4)]


def s4(given: Given) -> list[Result]:
    """Peak memory from standard input."""
    path = plan(given.size)
    return [at_most(memory(in_turn([check(path, piped=True)], 1)[0]) / path.stat().st_size, 1.3, " of the input")]


def s5(_: Given) -> list[Result]:
    """A small plan with nothing to say."""
    return [at_most(above(check(plan("60", danger=0.0)), NOTHING, 9), 90, " ms", 60)]


def s6(_: Given) -> list[Result]:
    """A small plan with findings, causes and the terminal report."""
    return [at_most(above(check(plan("60")), NOTHING, 9), 300, " ms", 200)]


def s7(_: Given) -> list[Result]:
    """Against checkov with one check."""
    checkov = shutil.which("checkov")
    if checkov is None:
        return absent("checkov is not installed")
    path = plan("1k")
    theirs = Command((checkov, "-f", str(path), "--check", "CKV_AWS_16", "--quiet", "--compact"), exits=(0, 1))
    return [at_most(ratio(check(path), theirs, 3), 1 / 150, "x", 1 / 250)]


def s8(given: Given) -> list[Result]:
    """Against the `terraform show -json` that made the plan."""
    terraform = shutil.which("terraform")
    if terraform is None or given.saved_plan is None:
        return absent("needs terraform, and --saved-plan FILE in its initialised directory")
    saved = given.saved_plan.resolve()
    show = Command((terraform, f"-chdir={saved.parent}", "show", "-json", saved.name))
    shown = OUT / "shown.json"
    shown.parent.mkdir(exist_ok=True)
    import subprocess

    shown.write_bytes(subprocess.run(show.words, check=True, capture_output=True).stdout)
    return [at_most(ratio(check(shown), show, 3), 0.03)]


def s9(_: Given) -> list[Result]:
    """Dependents of 1,000 hubs."""
    import json
    import subprocess

    path = plan("100k")
    shown = subprocess.run((sys.executable, "-m", "bench.hubs", str(path)), capture_output=True, check=True, text=True)
    found = json.loads(shown.stdout)
    return [at_most(found["seconds"], 1, " s"), at_most(found["ratio"], 0.01, " of a search per hub")]


def s10(_: Given) -> list[Result]:
    """Catalog and rules ready to use."""
    ready = (
        "from planguard.policy import rulebook; from planguard import catalog; "
        "rulebook.shipped(); catalog.lookup('aws_db_instance', 'aws')"
    )
    return [at_most(above(python("-c", ready), NOTHING, 9), 15, " ms")]


def s11(_: Given) -> list[Result]:
    """A pair of templates of 500 resources, one in twenty of which changes."""
    out = OUT / "templates"
    if not out.exists():
        gen_templates.generate(500, out)
    pair = (str(out / "old.yaml"), str(out / "new.yaml"))
    words = (sys.executable, "-m", "planguard", "check", "--before", pair[0], "--after", pair[1], "--quiet")
    reference = python(str(HERE / "reference_cfnlint.py"), *pair)
    return [at_most(ratio(Command(words, exits=(0, 10)), reference, 3), 1.5)]


def s12(_: Given) -> list[Result]:
    """A change set of 5,000 changes, one in seven of which loses something."""
    OUT.mkdir(exist_ok=True)
    path = OUT / "5000-change-set.json"
    if not path.exists():
        gen_change_set.generate(5_000, path)
    return [at_most(above(check(path), NOTHING, 7), 300, " ms")]


def s13(_: Given) -> list[Result]:
    """2,000 files with 20,000 blocks, of which two were edited, and of which all were."""
    OUT.mkdir(exist_ok=True)
    top = OUT / "sources"
    if not top.exists():
        gen_sources.generate(2_000, top)
    # All of them would take the reference half a minute: it reads one in forty, the import apart.
    some = above(python(str(HERE / "reference_hcl2.py"), str(top / "before"), "40"), python("-c", "import hcl2"), 3)
    theirs = 40 * some / 1000
    results = []
    for side, said in (("after", "2 files edited"), ("all", "all files edited")):
        words = (sys.executable, "-m", "planguard", "source", "--before", str(top / "before"), str(top / side))
        (runs,) = in_turn([Command(words, exits=(0, 10))], 3)
        found = at_most(cpu(runs) / theirs, 0.7)
        results.append(found._replace(measured=f"{found.measured} ({said}; {memory(runs) / 1e6:.0f} MB)"))
    return results


def s15(_: Given) -> list[Result]:
    """Growth of the time per object from 10k to 100k."""
    small, large = plan("10k"), plan("100k")
    base = cpu(in_turn([check(plan("60", danger=0.0))], 5)[0])
    ten, hundred = in_turn([check(small), check(large)], 3)
    per_byte = [(cpu(runs) - base) / path.stat().st_size for runs, path in ((ten, small), (hundred, large))]
    return [at_most(per_byte[1] / per_byte[0], 1.1)]


def s16(_: Given) -> list[Result]:
    """A plan that is about nothing but rights."""
    OUT.mkdir(exist_ok=True)
    path = OUT / "10000-statements.json"
    if not path.exists():
        gen_rights.generate(10_000, path)
    return [at_most(above(check(path), NOTHING, 5), 1000, " ms")]


ROWS = {
    "S1": Row("whole verdict, against a bare typed msgspec decode", s1),
    "S2": Row("whole verdict, against orjson.loads, and jq", s2),
    "S3": Row("peak memory, from a file", s3),
    "S4": Row("peak memory, from standard input", s4),
    "S5": Row("0.4 MB with nothing to say, above python -c pass", s5),
    "S6": Row("0.4 MB with findings, above python -c pass", s6),
    "S7": Row("1k objects, against checkov with one check", s7),
    "S8": Row("against terraform show -json of the plan", s8),
    "S9": Row("dependents of 1,000 hubs among 100k objects", s9),
    "S10": Row("catalog and rules ready, above python -c pass", s10),
    "S11": Row("pair of templates of 500 resources, against cfn-lint's decoding and graph of both", s11),
    "S12": Row("change set of 5,000 changes, above python -c pass", s12),
    "S13": Row("2,000 source files, against python-hcl2 one by one", s13),
    "S15": Row("time per object, 100k against 10k", s15),
    "S16": Row("10,000 policy statements, above python -c pass", s16),
}
"""In the order in which they are printed."""
