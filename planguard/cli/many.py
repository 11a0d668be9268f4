"""From files to reports, for `check` and `gate`: one after the other, or in several processes where that pays.

Owns which files go to other processes, how many of those there are, and how they end. A plan is gone from memory before
the next one of the same process is read. Decides nothing: the same files give the same reports, however many processes
judge them.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from planguard.cli.messages import Progress
from planguard.cli.place import STDIN, place
from planguard.errors import InputError, PlanguardError, UsageError
from planguard.model import Plan, Report

if TYPE_CHECKING:
    from planguard.cli.judging import Policy
    from planguard.inputs import Aws
    from planguard.sources import Sources

PAYS = 10_000_000
"""Bytes of plans from which on a second process is worth its start: half a second of work against a quarter."""
FOR_EACH = 5_000_000
"""Bytes for each further process."""
AT_ONCE = 4_000_000_000
"""Bytes of plans that are read at the same time, unless --jobs says how many: each takes half its size in memory."""
_APART = frozenset({"terraform-plan", "terraform-stream", "saved-plan"})
"""Kinds of input that never belong together with another file."""
_WILD = frozenset("*?[")


class Beside(NamedTuple):
    """Where the sources are."""

    directory: str | None = None
    base: str | None = None

    def sources(self, plan: Plan, path: str) -> Sources | Callable[[], Sources | None] | None:
        """The sources of one plan; without a base only when they are asked for."""
        asked = self.directory is not None or self.base is not None
        if not plan.format.startswith("terraform"):
            if asked:
                raise UsageError("--source and --base go with Terraform's plans, not with change sets.")
            return None
        if path == STDIN and not asked:
            return None
        load = partial(_sources, path, self.directory, self.base)
        return load if self.base is None else load()


def _sources(path: str, directory: str | None, base: str | None) -> Sources | None:
    from planguard.inputs import beside

    return beside.sources(None if path == STDIN else path, directory, base)


class Way(NamedTuple):
    """How every plan of a run is read and judged, beside the rules. Goes to other processes as it is."""

    workspace: str | None = None
    terraform_bin: str | None = None
    beside: Beside | None = Beside()
    """None: no sources are looked at, whatever lies there."""
    template: str | None = None
    base_assembly: str | None = None
    deployed: Aws | None = None
    placed: bool = True
    """Whether where a file lies says something of its environment."""
    drawn: bool = False
    verbose: bool = False
    quiet: bool = False
    secrets: bool = False
    """Whether the reports still tell what is secret, for whoever has more to print than reports."""


Outcome = tuple[Report, ...] | PlanguardError
"""What became of one file."""

Load = Callable[[str], tuple[Plan, ...]]
"""How a file is read."""


class Done(NamedTuple):
    """What became of the files, in their order. With errors there are no reports: there are no partial verdicts."""

    reports: tuple[Report, ...]
    errors: tuple[PlanguardError, ...]


def expanded(named: Sequence[str]) -> tuple[str, ...]:
    """The files that are meant: patterns that no shell has expanded are (`plans/**/*.json`), each file once.

    Raises InputError for a pattern that meets nothing.
    """
    if not any(_WILD.intersection(name) for name in named):
        return tuple(dict.fromkeys(named))
    plain = {name for name in named if not _is_pattern(name)}
    found: list[str] = []
    met: set[str] = set()
    for name in named:
        if name in plain:
            found.append(name)
            continue
        new = [file for file in _files(name) if file not in plain and file not in met]
        met.update(new)
        found += new
    return tuple(dict.fromkeys(found))


def _is_pattern(name: str) -> bool:
    return bool(_WILD.intersection(name)) and not os.path.lexists(name)


def _files(pattern: str) -> list[str]:
    from glob import glob

    found = sorted(path for path in glob(pattern, recursive=True) if os.path.isfile(path))  # noqa: PTH113, PTH207
    if not found:
        raise InputError(
            "No file matches this pattern.", where=pattern, hint="`*` stays inside a folder, `**` goes through all."
        )
    return found


def judged(sources: Sequence[str], by: Policy, way: Way, *, jobs: int | None = None, load: Load | None = None) -> Done:
    """Every plan of these files, judged and redacted. `load` reads in another way than from files."""
    sizes = {} if load is not None else _for_others(sources, way, jobs)
    number = workers(sizes.values(), jobs) if sizes else 1
    if number < 2:
        return _joined(sources, _here(sources, by, way, load))
    from planguard.cli import processes

    rest = [source for source in sources if source not in sizes]
    # The largest first, so that no process is left alone with it at the end.
    ordered = sorted(sizes, key=lambda source: (-sizes[source], source))
    found = processes.judged(ordered, number, by, way, lambda: _here(rest, by, way, None))
    return _joined(sources, found if found is not None else _here(sources, by, way, None))


def shared(sources: Sequence[str], way: Way, jobs: int | None) -> bool:
    """Whether other processes would judge some of these files."""
    sizes = _for_others(sources, way, jobs)
    return bool(sizes) and workers(sizes.values(), jobs) > 1


def one_file(source: str, by: Policy, way: Way) -> Outcome:
    """What becomes of one file that stands alone."""
    try:
        plans = loaded(source, way)
    except PlanguardError as error:
        return error
    return _reports(plans, source, by, way)


# --- in this process --------------------------------------------------------------------------------------------------


def _here(sources: Sequence[str], by: Policy, way: Way, load: Load | None) -> dict[str, Outcome]:
    """The files that are judged in this process; change sets of nested stacks are put together first."""
    found: dict[str, Outcome] = {}
    waiting: dict[str, tuple[Plan, ...]] = {}
    for source in sources:
        try:
            with Progress(f"Reading {'standard input' if source == STDIN else source}"):
                plans = load(source) if load is not None else loaded(source, way)
        except PlanguardError as error:
            found[source] = error
            continue
        if any(plan.identity for plan in plans):
            waiting[source] = plans
            continue
        with Progress(f"Judging {source}"):
            found[source] = _reports(plans, source, by, way)
        del plans
        if len(sources) > 1:
            tidy()
    for source, plans in _together(waiting).items():
        with Progress(f"Judging {source}"):
            found[source] = _reports(plans, source, by, way)
    return found


def _together(waiting: Mapping[str, tuple[Plan, ...]]) -> dict[str, tuple[Plan, ...]]:
    """The change sets by the file that each is told of; one that joins that of its stack has no file any more."""
    if not waiting:
        return {}
    from planguard import inputs

    origins = {plan.source: source for source, plans in waiting.items() for plan in plans}
    result: dict[str, tuple[Plan, ...]] = dict.fromkeys(waiting, ())
    for plan in inputs.joined([plan for plans in waiting.values() for plan in plans]):
        result[origins[plan.source]] += (plan,)
    return result


def loaded(source: str, way: Way) -> tuple[Plan, ...]:
    """The plans of one file."""
    from planguard import inputs

    return inputs.load(
        source,
        stdin=sys.stdin.buffer if source == STDIN else None,
        terraform_bin=way.terraform_bin,
        workspace=way.workspace,
        template=way.template,
        base_assembly=way.base_assembly,
        deployed=way.deployed,
    )


def _reports(plans: Iterable[Plan], source: str, by: Policy, way: Way) -> Outcome:
    try:
        return tuple(_report(plan, source, by, way) for plan in plans)
    except PlanguardError as error:
        return error


def _report(plan: Plan, source: str, by: Policy, way: Way) -> Report:
    from planguard import gate
    from planguard.cli import judging
    from planguard.redaction import redact

    sources = way.beside.sources(plan, source) if way.beside is not None else None
    path = place(source) if way.placed else None
    assessment = judging.assess(plan, by, path=path, sources=sources, drawn=way.drawn)
    verdict = gate.decide(assessment, None, by.config)
    asked_from = by.config.consent_from
    report = redact(Report(assessment, verdict, verbose=way.verbose, quiet=way.quiet, consent_from=asked_from))
    if not way.secrets or not plan.secrets:
        return report
    known = report.assessment.plan._replace(secrets=plan.secrets)
    return report._replace(assessment=report.assessment._replace(plan=known))


def tidy() -> None:
    """Let go of a plan before the next is read: the command switches the collector off, for a single one.

    What is new since the last time is enough: walking over everything takes longer than judging a small plan.
    """
    import gc

    gc.collect(0)


def _joined(sources: Sequence[str], found: Mapping[str, Outcome]) -> Done:
    """In the order in which they were named; an error that many files share is said once."""
    outcomes = [found[source] for source in sources]
    errors = {str(one): one for one in outcomes if isinstance(one, PlanguardError)}
    if errors:
        return Done((), tuple(errors.values()))
    return Done(tuple(report for one in outcomes if not isinstance(one, PlanguardError) for report in one), ())


# --- what goes to other processes -------------------------------------------------------------------------------------


def _for_others(sources: Sequence[str], way: Way, jobs: int | None) -> dict[str, int]:
    """The files that other processes shall judge, with their sizes; none where that does not pay, or cannot be."""
    if len(sources) < 2 or jobs == 1 or way.template or way.base_assembly or way.deployed:
        return {}
    sizes = {source: size for source in sources if (size := _size(source)) is not None}
    if len(sizes) < 2 or (jobs is None and sum(sizes.values()) < PAYS):
        return {}
    found = {source: size for source, size in sizes.items() if _stands_alone(source)}
    return found if len(found) > 1 else {}


def _size(source: str) -> int | None:
    """Bytes of a file; None for what can be read only once, or not at all."""
    try:
        told = os.stat(source)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return told.st_size if source != STDIN and stat.S_ISREG(told.st_mode) else None


def _stands_alone(source: str) -> bool:
    """Whether this is a file of Terraform's: change sets may be parts of one another."""
    from planguard import inputs
    from planguard.inputs.sources import HEAD

    try:
        with open(source, "rb") as stream:  # noqa: PTH123
            return inputs.recognise(stream.read(HEAD)).name in _APART
    except OSError:
        return False


def processors() -> int:
    """How many of them this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # macOS and Windows do not tell
        return os.cpu_count() or 1


def workers(sizes: Iterable[int], jobs: int | None) -> int:
    """How many processes judge files of these sizes: as many as were asked for, else as many as pay."""
    ordered = sorted(sizes, reverse=True)
    if jobs is not None:
        return max(1, min(jobs, len(ordered)))
    number = max(1, min(processors(), len(ordered), sum(ordered) // FOR_EACH))
    while number > 1 and sum(ordered[:number]) > AT_ONCE:
        number -= 1
    return number
