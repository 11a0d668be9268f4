"""Reports -> text for a terminal or a build log: worst first, and one line at the end that cannot be misread.

Owns which findings are told at length, in short, or only counted. Must not judge, and must not print. A critical
finding is never left out. Colour only repeats what a word says already. rich is imported for colour alone, so that
a build log costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planguard import __version__
from planguard.model import Finding, Outcome, Plan, Report, RuleFailure, Severity, Waived
from planguard.reports import Style, cause_tree, content, escape, overall, telling
from planguard.reports.layout import Line, Span
from planguard.reports.page import Page

TOLD_IN_FULL = 20
"""So many critical and high findings are told at length (those that are alike as one); the others follow in short."""
TOLD_IN_SHORT = 200
"""So many findings of one severity below critical are listed; the others are counted."""
MEDIUM_SHOWN = 20
"""So many medium findings are listed where nobody asked for more."""

ASIDES = 20
"""Of many plans that pass, so many are told of what is worth a look."""

GRAVE = (Severity.CRITICAL, Severity.HIGH)

Words = Callable[[Finding], str]
"""What happens to the object of a finding, in words."""


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as a person reads it; only the verdict for a quiet report."""
    return paint(document(reports, style), style)


def document(reports: Sequence[Report], style: Style) -> list[Line]:
    """The same as lines that are not painted yet."""
    page = Page(style)
    quiet = any(report.quiet for report in reports)
    if not quiet:
        asides = []
        for report in telling.worst_first(reports):
            if len(reports) == 1 or report.verbose or telling.stops(report) or telling.agreed(report):
                _report(page, report)
            elif _speaks(report):
                asides.append(report)
        for report in asides[:ASIDES]:
            _aside(page, report)
        if asides[ASIDES:]:
            more = f"{len(asides) - ASIDES:,} more plans have something worth a look; --verbose shows it."
            page.prose([Span(more, "dim")])
            page.blank()
        page.rule("verdict")
    _verdicts(page, reports, quiet)
    return page.lines


def _speaks(report: Report) -> bool:
    """Whether one of several plans has more to tell than its verdict."""
    found = report.assessment
    graver = any(finding.severity.rank >= Severity.MEDIUM.rank for finding in found.findings)
    told = graver or found.failed or found.waived or content.all_undecided(report) or content.all_notes(report)
    return report.verbose or telling.stops(report) or bool(told)


def _report(page: Page, report: Report) -> None:
    _heading(page, report)
    findings = content.by_cause(report.assessment.findings)
    action = _words(report)
    shown = findings if report.verbose else [f for f in findings if f.severity.rank >= Severity.MEDIUM.rank]
    cause_tree.show(page, shown, action)
    groups = content.alike((finding for finding in findings if finding.severity in GRAVE), action)
    for group in groups[:TOLD_IN_FULL]:
        _full(page, group, action(group[0]))
    rest = [finding for group in groups[TOLD_IN_FULL:] for finding in group]
    _rest(page, rest, [finding for finding in findings if finding.severity not in GRAVE], action, report.verbose)
    _failures(page, report.assessment.failed)
    _undecided(page, report)
    _waived(page, report.assessment.waived)
    _notes(page, report)


def _words(report: Report) -> Words:
    changes = content.changes_by_key(report)
    return lambda finding: content.action_words(finding, changes.get((finding.address, finding.deposed)))


def _aside(page: Page, report: Report) -> None:
    """One of several plans that passes, and has something to look at: no more than that."""
    findings = content.by_cause(report.assessment.findings)
    medium = [finding for finding in findings if finding.severity.rank >= Severity.MEDIUM.rank]
    page.section(page.safe(report.assessment.plan.source))
    _listed(page, medium, MEDIUM_SHOWN, _words(report), message=True)
    page.blank()
    _undecided(page, report)
    _waived(page, report.assessment.waived)
    _notes(page, report)


def _where_it_lives(plan: Plan) -> str:
    return "stack" if plan.tool == "cloudformation" else "workspace"


def _heading(page: Page, report: Report) -> None:
    plan = report.assessment.plan
    facts = [
        plan.source,
        telling.made_by(plan),
        *([f"{_where_it_lives(plan)} {plan.workspace}"] if plan.workspace else []),
    ]
    page.joined([Span(f"planguard {__version__}", "strong"), *(Span(page.safe(fact), "dim") for fact in facts)])
    page.row("Changes", content.counts_words(plan.counts), indent=0)
    if report.assessment.environment.evidence:
        page.row("Belongs to", page.safe(content.environment_words(report.assessment.environment)), indent=0)
    page.blank()


# --- one finding at length --------------------------------------------------------------------------------------------


def _full(page: Page, group: Sequence[Finding], action: str) -> None:
    finding = group[0]
    times = f"{len(group):,} {page.times} " if len(group) > 1 else ""
    page.title(
        finding.severity.value.upper(), times + page.safe(action), page.safe(finding.rule), finding.severity.value
    )
    critical = finding.severity is Severity.CRITICAL
    shown = sorted(group, key=lambda one: telling.counting(one.address))[: None if critical else TOLD_IN_SHORT]
    if times:
        page.prose([Span(page.safe(finding.message))], indent=2)
        page.blank()
    for one in shown:
        page.address(_where(page, one), indent=2)
    if len(group) > len(shown):
        page.prose([Span(f"and {len(group) - len(shown):,} more; the json report lists all")], indent=2)
    if not times:
        page.prose([Span(page.safe(finding.message))], indent=2)
    page.blank()
    if finding.lost:
        page.row("Lost", page.safe(finding.lost))
    _cause(page, group)
    needed = content.needed_words(max(group, key=lambda one: one.dependents))
    if needed:
        several = len({one.dependents for one in group}) > 1
        page.row("Needed by", page.safe(f"up to {needed}" if several else needed))
    page.row("Belongs to", page.safe(content.environment_words(finding.environment)))
    for fact in finding.evidence:
        page.row("Fact", page.safe(fact))
    for place in dict.fromkeys(one.source for one in shown if one.source):
        page.row("Source", page.safe(telling.place_words(place)))
    if finding.remedy:
        several = len({one.remedy for one in group}) > 1
        page.remedy("Safer", f"For the first of them: {finding.remedy}" if several else finding.remedy)
    page.blank()


def _where(page: Page, finding: Finding) -> str:
    """The address, and the type where the address does not show it."""
    if not finding.address:
        return telling.WHOLE_PLAN
    shown = page.safe(finding.address)
    return shown if not finding.type or finding.type in finding.address else f"{shown} ({page.safe(finding.type)})"


def _cause(page: Page, group: Sequence[Finding]) -> None:
    finding, cause = group[0], group[0].cause
    if cause is None:
        return
    several = len({one.cause.text for one in group if one.cause}) > 1
    page.row("Why", ("for the first of them: " if several else "") + page.safe(telling.forced_by(cause)))
    if len({one.cause.chain[:-1] for one in group if one.cause}) > 1:
        cause = cause._replace(chain=())
    steps = telling.path_of(cause, finding.address)
    if steps:
        page.row("Began at", page.arrow.join(page.safe(step) for step in steps))


# --- what is told in short --------------------------------------------------------------------------------------------


def _rest(page: Page, grave: list[Finding], milder: list[Finding], action: Words, verbose: bool) -> None:
    if grave:
        page.section(f"{content.plural(len(grave), 'more finding')} of this weight, in short")
        _listed(page, grave, TOLD_IN_SHORT, action, message=False)
        page.blank()
    medium = [finding for finding in milder if finding.severity is Severity.MEDIUM]
    faint = milder[len(medium) :]
    if medium:
        page.section(telling.MEDIUM_TITLE)
        _listed(page, medium, TOLD_IN_SHORT if verbose else MEDIUM_SHOWN, action, message=True)
        page.blank()
    if faint and verbose:
        page.section(telling.FAINT_TITLE)
        _listed(page, faint, TOLD_IN_SHORT, action, message=True)
        page.blank()
    elif faint:
        counts = content.severity_counts(faint)
        words = " and ".join(f"{count:,} {severity.value}" for severity, count in counts.items())
        noun = "finding is" if len(faint) == 1 else "findings are"
        page.prose([Span(f"{words} {noun} not shown; --verbose lists them.", "dim")])
        page.blank()


def _listed(page: Page, findings: list[Finding], limit: int, action: Words, *, message: bool) -> None:
    """One entry each; beyond the limit only critical ones are listed, and the others counted by rule."""
    counted: dict[str, int] = {}
    for number, finding in enumerate(findings):
        if number >= limit and finding.severity is not Severity.CRITICAL:
            counted[finding.rule] = counted.get(finding.rule, 0) + 1
            continue
        text = page.safe(telling.brief(finding)) if message else ""
        happens = page.safe(action(finding))
        page.entry(finding.severity.value, _where(page, finding), happens, page.safe(finding.rule), text)
    if counted:
        words = ", ".join(f"{count:,} {page.safe(rule)}" for rule, count in sorted(counted.items()))
        page.prose([Span(f"and {sum(counted.values()):,} more: {words}; the json report lists all.", "strong")])


def _failures(page: Page, failures: Sequence[RuleFailure]) -> None:
    if not failures:
        return
    page.section(telling.FAILED_TITLE)
    for failure in sorted(failures):
        page.item(page.safe(failure.address or telling.WHOLE_PLAN), page.safe(f"{failure.rule}: {failure.error}"))
    page.blank()


def _undecided(page: Page, report: Report) -> None:
    items = content.all_undecided(report)
    if not items:
        return
    page.section(telling.UNDECIDED_TITLE)
    for item in items:
        rule = "" if item.rule in item.missing else f" [{item.rule}]"
        page.item(page.safe(item.address or telling.WHOLE_PLAN), page.safe(f"{item.missing}{rule}"))
    page.blank()


def _waived(page: Page, waived: Sequence[Waived]) -> None:
    if not waived:
        return
    page.section(telling.WAIVED_TITLE)
    for item in sorted(waived, key=lambda one: content.order(one.finding)):
        page.item(_where(page, item.finding), page.safe(telling.accepted_words(item)))
    page.blank()


def _notes(page: Page, report: Report) -> None:
    notes = content.all_notes(report, unused=report.verbose)
    for note in notes:
        page.row("Note", page.safe(note), indent=0)
    if notes:
        page.blank()


# --- the verdict ------------------------------------------------------------------------------------------------------


def _verdicts(page: Page, reports: Sequence[Report], quiet: bool) -> None:
    verdict = overall(reports)
    if not quiet:
        counts = content.severity_counts(finding for report in reports for finding in report.assessment.findings)
        waived = sum(len(report.assessment.waived) for report in reports)
        parts = [Span(f"{count:,} {severity.value}", severity.value) for severity, count in counts.items()]
        if waived:
            parts.append(Span(f"{waived:,} accepted beforehand", "dim"))
        if parts:
            page.joined(parts)
    if len(reports) > 1:
        _each(page, reports)
        verdict = verdict._replace(reasons=())
    elif not quiet:
        for reason in verdict.reasons[1:]:
            page.row("Also", page.safe(reason), indent=0)
    line = content.headline(verdict, reports)
    page.verdict(line.word, page.safe(line.sentence), _VERDICT_STYLES[verdict.outcome])


def _each(page: Page, reports: Sequence[Report]) -> None:
    """A line for each plan, the worst first; those that pass with nothing to tell are one line together."""
    silent = [report for report in reports if not telling.stops(report) and not _speaks(report)]
    together = len(silent) > 1
    for report in telling.worst_first(reports):
        if not (together and report in silent):
            word = content.judgement(report.verdict, [report]).word
            page.entry(word.lower(), page.safe(report.assessment.plan.source), "", page.safe(_in_short(report)), "")
    if together:
        changes = content.plural(sum(content.changed(report.assessment.plan.counts) for report in silent), "change")
        others = f"{len(silent):,} {'more ' if len(silent) < len(reports) else ''}plans"
        page.entry("pass", others, "", f"{changes}; --verbose names them", "")


def _in_short(report: Report) -> str:
    """What there is in one plan, for a line of many: `1 critical, 1 question`; low ones only where alone."""
    found = report.assessment
    graver = [finding for finding in found.findings if finding.severity.rank >= Severity.MEDIUM.rank]
    counts = content.severity_counts(graver or found.findings)
    parts = [f"{count:,} {severity.value}" for severity, count in counts.items()]
    parts += [content.plural(len(content.all_undecided(report)), "question")] if content.all_undecided(report) else []
    parts += ["a rule broke"] if found.failed else []
    parts += [f"{len(found.waived):,} accepted"] if found.waived else []
    parts += ["no consent overrides it"] if report.verdict.outcome is Outcome.BLOCKED else []
    return ", ".join(parts) or content.plural(content.changed(found.plan.counts), "change")


_VERDICT_STYLES = {
    Outcome.PASS: "go",
    Outcome.APPROVED: "agreed",
    Outcome.NEEDS_APPROVAL: "stop",
    Outcome.BLOCKED: "stop",
}


# --- painters ---------------------------------------------------------------------------------------------------------

PALETTE = {
    "critical": "bold red",
    "high": "bold yellow",
    "medium": "cyan",
    "low": "blue",
    "info": "dim",
    "blocked": "bold red",
    "approved": "bold cyan",
    "pass": "green",
    "badge critical": "bold white on red",
    "badge high": "bold black on yellow",
    "address": "bold",
    "strong": "bold",
    "label": "dim",
    "dim": "dim",
    "code": "green",
    "stop": "bold white on red",
    "go": "bold black on green",
    "agreed": "bold black on cyan",
}
"""Style of a span → how rich draws it; sixteen colours only, so that the reader's own theme decides the shades."""


def paint(lines: Sequence[Line], style: Style) -> str:
    """Lines as one text, with colours if the style has them."""
    if not style.color:
        return "".join("".join(span.text for span in _harmless(line)).rstrip() + "\n" for line in lines)
    from rich.color import ColorSystem
    from rich.style import Style as Drawn

    drawn = {name: Drawn.parse(definition) for name, definition in PALETTE.items()}

    def colored(span: Span) -> str:
        look = drawn.get(span.style)
        return look.render(span.text, color_system=ColorSystem.STANDARD) if look else span.text

    return "".join("".join(map(colored, _harmless(line))).rstrip(" ") + "\n" for line in lines)


def _harmless(line: Line) -> Line:
    """A build log takes a line that starts with `::` for a command."""
    if not "".join(span.text for span in line).lstrip().startswith("::"):
        return line
    first = next(number for number, span in enumerate(line) if span.text.strip())
    guarded = line[first]._replace(text=line[first].text.replace(":", escape.COLON, 1))
    return (*line[:first], guarded, *line[first + 1 :])
