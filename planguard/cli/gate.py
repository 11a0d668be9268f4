"""`planguard gate`: the check of a pull request. Judges plans, asks people, and passes only when they agreed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planguard.cli import assessing, many, options
from planguard.cli.messages import Progress, harmless_line, show_refusal
from planguard.cli.options import GroupedCommand
from planguard.cli.output import targets, write
from planguard.cli.recording import Record, completing
from planguard.cli.rehearsed import demanded
from planguard.errors import HostError, PlanguardError, ReportError
from planguard.model import Assessment, Consent, Report
from planguard.review import Review, State

if TYPE_CHECKING:
    from planguard.cli.base import Base
    from planguard.cli.gating import Answer
    from planguard.cli.hosting import Meant
    from planguard.consent.stores import Written
    from planguard.forge import Host, Pull

TOLD = 5
"""Of so many answers that do not count the terminal says why; the comment lists more."""


@click.command("gate", cls=GroupedCommand)
@click.argument("plans", metavar="PLAN…", nargs=-1, required=True)
@options.report
@options.host
@click.option("--pr", "number", metavar="NUMBER", type=options.Count(), help="The pull request (default: this run's).")
@click.option("--commit", metavar="SHA", help="The head that the plans were made for (default: this run's).")
@options.base_config
@click.option("--comment/--no-comment", default=True, help="Ask in a comment on the pull request (default: yes).")
@click.option("--status/--no-status", default=False, help="Say it beside the commit as well (default: no).")
@click.option("--workspace", metavar="NAME", help="The Terraform workspace: plan JSON does not carry it.")
@click.option("--environment", type=click.Choice(["production", "other"]), help="State what the plans are about.")
@click.option("--terraform-bin", metavar="PATH", help="terraform or tofu, to read saved plans with.")
@options.fail_on
@options.jobs
@options.no_color
@options.quiet
@options.verbose
def gate(
    plans: tuple[str, ...],
    wanted: tuple[str, ...],
    host_name: str | None,
    number: int | None,
    commit: str | None,
    config_path: str | None,
    comment: bool,
    status: bool,
    workspace: str | None,
    environment: str | None,
    terraform_bin: str | None,
    fail_on: str | None,
    jobs: int | None,
    no_color: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge the plans of a pull request, and pass only if the right people agreed to exactly this.

    Rules, approvers and how many of them it takes are read from the branch that the pull request goes into; nothing
    in the pull request changes them. Where consent is needed, one comment says what would be lost and what to post.

    \b
    planguard gate plan.json                         in GitHub Actions or GitLab CI
    planguard gate report.json                       the JSON report of `check`: this job then sees no secrets
    planguard gate plan.json --pr 42 --commit SHA    elsewhere, with GITHUB_REPOSITORY and GITHUB_TOKEN

    Exit codes: 0 pass or approved, 10 a human's consent is needed, 11 blocked, 2 usage, 3 unusable input or config,
    or a host that does not answer.
    """
    from planguard import hosts
    from planguard.cli import hosting
    from planguard.reports import needs_picture

    shown = targets(wanted)
    host = hosts.connect(os.environ, host_name)
    asked = hosting.meant(host.name, number, commit, os.environ)
    way = many.Way(workspace, terraform_bin)
    run = _Gate(host, asked, config_path, fail_on, environment, way, jobs, verbose=verbose, quiet=quiet)
    try:
        drawn = any(needs_picture(target.format) for target in shown)
        reports, review = run.judge(plans, comment=comment, status=status, drawn=drawn)
    except PlanguardError as error:
        raise failed(error) from None
    write(shown, reports, no_color=no_color)
    code = finish(review, reports, host.calls)
    outputs(review, reports, code)
    return code


class _Gate:
    """One run of the gate."""

    def __init__(
        self,
        host: Host,
        meant: Meant,
        config_path: str | None,
        fail_on: str | None,
        environment: str | None,
        way: many.Way,
        jobs: int | None,
        *,
        verbose: bool,
        quiet: bool,
    ) -> None:
        self._host, self._meant = host, meant
        self._config_path, self._fail_on, self._environment = config_path, fail_on, environment
        self._way, self._jobs = way, jobs
        self._verbose, self._quiet = verbose, quiet
        self._pulls: list[Pull] = []
        self._bot = ""
        """Whose comments are planguard's own, as planguard.yml says."""

    def judge(self, plans: Sequence[str], *, comment: bool, status: bool, drawn: bool) -> tuple[list[Report], Review]:
        """Everything up to the answer, which is on record and on the pull request when this returns.

        Raises where anything cannot be read or written.
        """
        from planguard.cli import base, gating

        with Progress("Asking about the pull request"):
            self._pulls = [self._host.pull(one) for one in self._numbers()]
        with base.policy(
            self._host, self._pulls[0], self._config_path, environment=self._environment, fail_on=self._fail_on
        ) as at_base:
            record = Record(self._host, gating.settings(at_base), Path.cwd())
            given = assessing.assessed(plans, at_base, self._pulls[0].base_ref, self._way, jobs=self._jobs)
            assessed = given.assessments
            answer = self._for_this_head(given.commits, self._answer(given, at_base, record))
            answer = demanded(self._host, self._pulls[0], assessed, answer, at_base)
            answer = gating.without_override(answer, assessed, at_base)
            review = gating.with_marker(self._host, self._looked_again(answer))
            comment = comment and self._meant.group is None
            # A comment has nothing to draw of a plan that nothing is said about.
            seen = [
                illustrated(one) if drawn or (comment and (one.findings or one.undecided)) else one for one in assessed
            ]
            reports = reports_of(seen, review, at_base, verbose=self._verbose, quiet=self._quiet)
            if comment:
                self._comment(reports, answer, review)
            noted(record.write(review, answer.question, assessed, self._pulls[0], answer.facts))
        if status:
            for pull in self._pulls:
                passes = gating.exit_code(review, reports) == 0
                self._host.status(pull.head_sha, passes=passes, text=review.message or "planguard")
        return reports, review

    def _for_this_head(self, commits: Sequence[str], answer: Answer) -> Answer:
        """The answer, or that this is about another commit: a report may lie there since an earlier push, and a run
        may be one of long ago. What was harmless then says nothing of now."""
        head = self._meant.commit if self._meant.group is not None else self._pulls[0].head_sha
        other = next((commit for commit in (*commits, self._meant.commit) if commit and commit != head), None)
        if other is None or not answer.review.state.passes:
            return answer
        message = f"This is about {other[:7]}, which is not the newest commit any more."
        hint = "Run plan again for the newest commit."
        review = answer.review._replace(state=State.STALE, code="PG12", message=message, hint=hint, approvals=())
        return answer._replace(review=review)

    def _planned(self, commits: Sequence[str]) -> str | None:
        """The head that the plans were made for; where reports say so, they know best."""
        head = self._pulls[0].head_sha
        return next((one for one in commits if one != head), self._meant.commit or next(iter(commits), None))

    def _looked_again(self, answer: Answer) -> Answer:
        """Whether the head is still the one that was judged, before anything is let through."""
        from planguard.cli import facts

        review = answer.review
        if not review.state.passes or self._meant.group is not None:
            return answer
        moved = facts.head_moved(self._host, self._pulls[0])
        if moved is None:
            return answer
        message = f"The pull request moved to {moved[:7]} while the gate looked at it."
        review = review._replace(state=State.STALE, code="PG12", message=message, hint="Run it again.", approvals=())
        return answer._replace(review=review)

    def _numbers(self) -> tuple[int, ...]:
        if self._meant.group is not None:
            return self._host.group(self._meant.group)
        assert self._meant.number is not None  # `hosting.meant` refuses when both are missing
        return (self._meant.number,)

    def _answer(self, given: assessing.Assessed, at_base: Base, record: Record) -> Answer:
        from planguard.cli import facts, gating

        assessed = given.assessments
        config = gating.settings(at_base)
        self._bot = config.bot
        complete = completing(self._host, config, self._pulls[0].base_sha)
        files = [self._host.files(pull) for pull in self._pulls]
        guard = [
            found for each in files for found in facts.guard_files(each, at_base.policy.config, config, at_base.folders)
        ]
        asked = gating.question(assessed, at_base, guard, record.told(assessed))
        if self._meant.group is not None:
            return gating.covered(self._host, self._pulls, asked, at_base, merged=False, complete=complete)
        pull = self._pulls[0]
        return gating.answer(
            self._host, pull, self._planned(given.commits), asked, at_base, files[0], complete=complete
        )

    def _comment(self, reports: list[Report], answer: Answer, review: Review) -> None:
        from planguard import reports as rendering
        from planguard.cli import gating
        from planguard.cli.hosting import bot_of

        number = self._pulls[0].number
        bot = answer.facts.bot if answer.facts else bot_of(self._host, self._bot)
        comments = answer.facts.comments if answer.facts else self._host.comments(number)
        existing = gating.own_comment(comments, bot)
        body = rendering.render("comment" if self._host.name == "github" else "comment-gitlab", reports)
        if not body:
            if existing is None:
                return
            from planguard.reports.comment import all_clear

            body = all_clear(reports)
        unposted = gating.post(self._host, number, body, existing, bot=bot, passes=review.state.passes)
        if unposted is not None:
            show_refusal("note", unposted.message, unposted.hint)


def illustrated(one: Assessment) -> Assessment:
    """With its picture, which takes as long as some of the judging: only for what shows it."""
    from planguard import engine

    return one if one.picture is not None else one._replace(picture=engine.picture(one))


def reports_of(
    assessed: Sequence[Assessment], review: Review, at_base: Base, *, verbose: bool, quiet: bool
) -> list[Report]:
    """The reports of a run, redacted, with the consent that was found."""
    from planguard import gate
    from planguard.redaction import redact

    people = tuple(approval.login for approval in review.approvals)
    found = []
    for one in assessed:
        given = review.state in (State.APPROVED, State.BREAK_GLASS) and one.fingerprint
        consent = Consent(one.fingerprint, people) if given else None
        verdict = gate.decide(one, consent, at_base.policy.config)
        asked_from = at_base.policy.config.consent_from
        report = Report(one, verdict, verbose=verbose, quiet=quiet, review=review, consent_from=asked_from)
        found.append(redact(report))
    return found


def failed(error: PlanguardError) -> PlanguardError:
    """The same error with its code, after the outputs say that nothing passed."""
    from planguard.cli.base import BaseUnreadable, OtherBase

    codes = {BaseUnreadable: "PG10", HostError: "PG13", OtherBase: "PG14"}
    code = next((code for kind, code in codes.items() if isinstance(error, kind)), "")
    outputs(None, [], error.exit_code, code=code)
    if code and error.where:
        error.where = f"{code}: {error.where}"
    elif code:
        error.message = f"{code}: {error.message}"
    error.hint = error.hint or "Nothing was approved; run it again."
    return error


def noted(written: Written | None) -> None:
    """Say that the record was found broken; what was decided stands, and is written behind it."""
    if written is not None and written.broken is not None:
        message = f"The record of earlier decisions is broken: {written.broken.why}"
        show_refusal("note", message, "`planguard evidence verify` names the line.")


def finish(review: Review, reports: Sequence[Report], calls: int) -> int:
    """Say where it stands, with how many requests that took, and the exit code."""
    from planguard.cli import gating

    code = gating.exit_code(review, reports)
    message = f"{review.message} ({calls} request{'' if calls == 1 else 's'})"
    if code == 0:
        click.echo(f"gate: {review.state.value.replace('_', '-')}. {message}", err=True)
    else:
        word = f"gate: {review.state.value}" + (f" {review.code}" if review.code else "")
        show_refusal(word, message, "\n".join([*_uncounted(review), review.hint]))
    return code


def _uncounted(review: Review) -> list[str]:
    """Whose answers do not count, and why: whoever gave one looks here first."""
    said = [
        harmless_line(f"{item.code}: {item.message}") for item in review.refusals if item.message not in review.message
    ]
    return said if len(said) <= TOLD else [*said[:TOLD], f"and {len(said) - TOLD:,} more, in the comment"]


def outputs(review: Review | None, reports: Sequence[Report], exit_code: int, *, code: str = "") -> None:
    """What later steps of a workflow may read: words from short lists, numbers and hexadecimal digits, nothing else."""
    path = os.environ.get("GITHUB_OUTPUT", "")
    if not path:
        return
    from planguard.model import Severity

    counts = {
        level.value: sum(1 for report in reports for one in report.assessment.findings if one.severity is level)
        for level in Severity
    }
    said = {
        "state": review.state.value if review else State.ERROR.value,
        "code": review.code if review else code,
        "fingerprint": review.fingerprint if review else "",
        "exit-code": str(exit_code),
        "undecided": str(sum(len(report.assessment.undecided) for report in reports)),
        **{level: str(count) for level, count in counts.items()},
    }
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in said.items())
    except OSError as error:
        raise ReportError(f"the outputs cannot be written ({error.strerror})", where="GITHUB_OUTPUT") from None
