"""`planguard evidence`: check the chain of decisions, read it, and see how people approve.

Reads a file or a branch of the local repository; asks no service, writes nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from planguard import config as configuration
from planguard.cli import options
from planguard.consent import history, ledger
from planguard.consent_config import ConsentConfig
from planguard.errors import InputError, UsageError
from planguard.reports import escape

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from planguard.external.git import Repository, Version

INTACT, BROKEN = 0, 3
SCHEMA = "planguard/evidence/v1"
MOST_BYTES = 100_000_000
VERSIONS = 500
"""So many states of a branch are looked at."""

_STYLES = {
    "clean": "green",
    "approved": "green",
    "break_glass": "bold red",
    "awaiting": "yellow",
    "held": "yellow",
    "stale": "yellow",
    "refused": "red",
    "error": "red",
}
_F = TypeVar("_F", bound=Callable[..., Any])


class Source(NamedTuple):
    """The evidence, and where it came from."""

    data: bytes
    name: str
    rewritten: ledger.Broken | None = None
    """What the history of its branch says against it."""
    versions: int = 0
    """So many earlier states of it were looked at."""


def _common(function: _F) -> _F:
    """The argument and the options that all three have."""
    for decorate in (
        options.no_color,
        click.option("--json", "as_json", is_flag=True, help="For programs."),
        options.config,
        click.option("--branch", metavar="NAME", help="Read it from this branch of the local repository."),
        click.argument("file", metavar="[FILE]", required=False),
    ):
        function = decorate(function)
    return function


@click.group("evidence")
def evidence() -> None:
    """What was decided, and whether anybody touched it since.

    Without FILE and --branch, planguard.yml says where the evidence is; - is standard input. A branch is read as it was
    fetched last (git fetch origin planguard-evidence).
    """


@evidence.command("verify")
@click.option(
    "--expect", metavar="HASH", default="", help="A last line's hash from earlier: it must still be in there."
)
@_common
def verify(
    file: str | None, branch: str | None, config_file: str | None, as_json: bool, no_color: bool, expect: str
) -> int:
    """Find the first line that was edited, dropped, moved, repeated or cut off.

    Exit codes: 0 intact; 3 broken, or not readable.
    """
    expect = expect.lower().removeprefix("sha256:")
    if expect and (len(expect) != 64 or set(expect) - set("0123456789abcdef")):
        raise UsageError("--expect takes the 64 digits of a hash", hint="`planguard evidence verify` prints it.")
    found = _read(file, branch, config_file)
    broken = ledger.verify(found.data, expect=expect) or found.rewritten
    entries = tuple(ledger.entries(found.data))
    if as_json:
        _print_json(found, {"decisions": len(entries), "head": ledger.head(found.data)}, broken)
        return BROKEN if broken else INTACT
    if broken:
        _say_broken(found, broken)
        return BROKEN
    click.echo(f"{_word('intact', 'green', no_color)}  {escape.terminal(found.name)}")
    click.echo(f"  {_count(len(entries), 'decision')}{_span(entries)}")
    if entries:
        click.echo(f"  last line  sha256:{ledger.head(found.data)}")
        if found.versions:
            click.echo(f"  {_count(found.versions, 'earlier state')} on this branch: each only added lines.")
        click.echo("  Lines dropped from the end leave no trace: keep this hash elsewhere, and give it to --expect.")
    return INTACT


@evidence.command("show")
@click.option(
    "--last", metavar="NUMBER", type=options.Count(), default=20, show_default=True, help="How many decisions."
)
@click.option("--pull", type=options.Count(), metavar="NUMBER", help="Only those about one pull request.")
@_common
def show(
    file: str | None,
    branch: str | None,
    config_file: str | None,
    as_json: bool,
    no_color: bool,
    last: int,
    pull: int | None,
) -> int:
    """The latest decisions, newest last.

    Exit codes: 0 shown; 3 the chain is broken (it is shown all the same), or not readable.
    """
    found = _read(file, branch, config_file)
    broken = ledger.verify(found.data) or found.rewritten
    every = [entry for entry in ledger.entries(found.data) if pull is None or entry.get("pull") == pull]
    if as_json:
        _print_json(found, {"entries": every[-last:]}, broken)
    elif every:
        _print_table(_decisions(every[-last:]), no_color)
        if len(every) > last:
            click.echo(f"{len(every) - last} earlier ones: --last {len(every)}.")
    else:
        click.echo("No decisions.")
    if broken and not as_json:
        _say_broken(found, broken)
    return BROKEN if broken else INTACT


@evidence.command("stats")
@_common
def stats(file: str | None, branch: str | None, config_file: str | None, as_json: bool, no_color: bool) -> int:
    """How people approve: how often, and how long after the question.

    Exit codes: 0 shown; 3 the chain is broken (it is shown all the same), or not readable.
    """
    found = _read(file, branch, config_file)
    broken = ledger.verify(found.data) or found.rewritten
    summary = history.stats(ledger.entries(found.data))
    if as_json:
        people = [{**person._asdict(), "reflex": person.reflex} for person in summary.people]
        _print_json(found, {**summary._asdict(), "people": people}, broken)
    else:
        _say_summary(summary)
        if summary.people:
            _print_table(_people(summary.people), no_color)
        for person in summary.people:
            if person.reflex:
                click.echo(escape.terminal(f"{person.login}: {person.words}: too fast to have read them."))
        if broken:
            _say_broken(found, broken)
    return BROKEN if broken else INTACT


# --- where it is ------------------------------------------------------------------------------------------------------


def _read(file: str | None, branch: str | None, config_file: str | None) -> Source:
    if file is not None and branch is not None:
        raise UsageError("Give a file or --branch, not both.")
    if file == "-":
        return Source(sys.stdin.buffer.read(MOST_BYTES), "<stdin>")
    if file is not None:
        return _from_file(Path(file), file)
    config = configuration.load(config_file, Path.cwd())
    kept = (config.consent or ConsentConfig()).evidence
    if branch is not None or kept.store == "branch":
        return _from_branch(branch or kept.branch, kept.path)
    top = Path(config.path).parent if config.path else Path()
    return _from_file(top / kept.path, (top / kept.path).as_posix())


def _from_file(path: Path, name: str) -> Source:
    try:
        with path.open("rb") as stream:
            return Source(stream.read(MOST_BYTES), name)
    except FileNotFoundError:
        hint = "Name the file, or --branch. planguard.yml says where evidence goes (consent: evidence)."
        raise InputError("There is no evidence here.", where=name, hint=hint) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise InputError(f"The evidence cannot be read: {reason}.", where=name) from None


def _from_branch(branch: str, path: str) -> Source:
    from planguard.external.git import Repository

    try:
        repository = Repository.around(Path.cwd())
    except InputError:
        raise InputError(
            "This directory is not in a git repository.", hint="Name a file instead of a branch."
        ) from None
    try:
        # What was fetched is newer than a local branch of that name, which nobody pulls.
        name, commit = f"origin/{branch}", repository.commit(f"refs/remotes/origin/{branch}")
    except InputError:
        try:
            name, commit = branch, repository.commit(branch)
        except InputError:
            hint = f"Fetch it: git fetch origin {branch}:refs/remotes/origin/{branch}"
            raise InputError("There is no such branch in this clone.", where=branch, hint=hint) from None
    versions = repository.versions(commit, path, VERSIONS)
    if not versions or not versions[0].sha:
        raise InputError("This branch has no such file.", where=f"{name}:{path}")
    data = repository.contents([versions[0].sha])[versions[0].sha]
    rewritten, seen = _history(repository, data, versions[1:])
    return Source(data, f"{path} on {name} ({commit[:7]})", rewritten, seen)


def _history(repository: Repository, data: bytes, versions: Sequence[Version]) -> tuple[ledger.Broken | None, int]:
    """Whether every earlier state is the beginning of the next one, and how many were looked at."""
    seen, read = 0, 0
    for version in versions:
        earlier = repository.contents([version.sha])[version.sha] if version.sha else b""
        if not data.startswith(earlier):
            line = ledger.differing(earlier, data)
            why = f"Line {line} was changed or dropped after commit {version.commit[:7]}, says the branch's history."
            return ledger.Broken(line, why), seen
        data, seen, read = earlier, seen + 1, read + len(earlier)
        if read > MOST_BYTES:
            break
    return None, seen


# --- how it looks -----------------------------------------------------------------------------------------------------


def _decisions(entries: Sequence[ledger.Entry]) -> Table:
    table = _table("when (UTC)", "pull", "decision", "about", "agreed")
    for entry in entries:
        state = str(entry.get("state", "?"))
        code = f" {entry['code']}" if entry.get("code") else ""
        table.add_row(
            _text(str(entry.get("at", "?"))[:16].replace("T", " ")),
            _text(f"#{entry['pull']}" if entry.get("pull") else ""),
            _text(state.replace("_", " ") + code, _STYLES.get(state, "")),
            _text(_about(entry)),
            _text(_agreed(entry)),
        )
    return table


def _about(entry: ledger.Entry) -> str:
    items = entry.get("items")
    listed = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    left_out = entry.get("left_out")
    hidden = left_out.get("items", 0) if isinstance(left_out, dict) else 0
    if not listed:
        return str(entry.get("message", ""))
    first = f"{listed[0].get('what', '')} {listed[0].get('address', '') or 'the whole plan'}"
    more = len(listed) - 1 + (hidden if isinstance(hidden, int) else 0)
    return f"{first} and {more} more" if more else first


def _agreed(entry: ledger.Entry) -> str:
    given = entry.get("approvals")
    logins = (
        [str(item.get("login", "?")) for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    )
    needed = entry.get("needed", 0)
    count = f"{len(logins)} of {needed}" if needed else ""
    return f"{', '.join(logins)} ({count})" if logins and count else ", ".join(logins) or count


def _people(people: Sequence[history.Person]) -> Table:
    table = _table("who", "answered", "approved", "refused", "too soon", "median")
    for person in people:
        table.add_row(
            _text(person.login, "bold red" if person.reflex else ""),
            *(_text(str(number)) for number in (person.asked, person.approved, person.refused, person.hasty)),
            _text("" if person.median is None else history.duration(person.median)),
        )
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("when (UTC)", "pull"))
    return table


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(escape.terminal(text), style)


def _print_table(table: Table, no_color: bool) -> None:
    import shutil

    from rich.console import Console

    from planguard.reports import style_for

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    style = style_for(
        tty=sys.stdout.isatty(), columns=width, encoding=sys.stdout.encoding, env=os.environ, no_color=no_color
    )
    console = Console(
        width=style.width,
        color_system="standard" if style.color else None,
        force_terminal=style.color,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(table)
    lines = captured.get().splitlines()
    text = "\n".join(line.rstrip() for line in lines)
    click.echo(text if style.unicode else text.replace("─", "-"), color=style.color or None)


def _say_summary(summary: history.Summary) -> None:
    asked = f"{_count(summary.questions, 'question')} to people, {summary.passed} let through"
    exits = f", {_count(summary.emergencies, 'emergency', 'emergencies')}" if summary.emergencies else ""
    click.echo(f"{_count(summary.decisions, 'decision')}: {asked}{exits}." if summary.decisions else "No decisions.")


def _say_broken(found: Source, broken: ledger.Broken) -> None:
    click.echo(
        f"{click.style('broken', fg='red', bold=True)}: {escape.terminal(f'{found.name}: {broken.why}')}", err=True
    )
    click.echo("  The lines before it hold together.", err=True)


def _print_json(found: Source, more: dict[str, Any], broken: ledger.Broken | None) -> None:
    import json

    document = {
        "schema": SCHEMA,
        "source": found.name,
        "intact": broken is None,
        "broken": broken and broken._asdict(),
        **more,
    }
    click.echo(escape.json_document(json.dumps(document, indent=2, ensure_ascii=False)))


def _word(text: str, color: str, no_color: bool) -> str:
    return text if no_color or os.environ.get("NO_COLOR") else click.style(text, fg=color, bold=True)


def _span(entries: Sequence[ledger.Entry]) -> str:
    days = [str(entry.get("at", ""))[:10] for entry in (entries[0], entries[-1])] if entries else []
    if not all(days):
        return ""
    return escape.terminal(f", {days[0]}" if days[0] == days[1] else f", {days[0]} to {days[1]}") if days else ""


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
