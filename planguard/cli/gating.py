"""The gate's way: live pull request → rules of its base → assessments → question → facts → answer → comment.

Owns the order, and what is asked of the host when. Prints nothing. Every failure of the host is an error: whatever is
not known for certain does not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from planguard.cli import facts as gathering
from planguard.cli.base import Base
from planguard.cli.recording import cleaner
from planguard.consent import challenge as asking
from planguard.consent.challenge import Challenge
from planguard.consent.decision import decide
from planguard.consent.facts import Facts, Question, asked_before, current, is_own
from planguard.consent.fingerprint import beyond, fingerprint, of_file
from planguard.consent.quorum import UNPROTECTING, Asked
from planguard.consent_config import ConsentConfig
from planguard.errors import HostError
from planguard.forge import Changed, Comment, Host, Pull
from planguard.gate import NEEDS_CONSENT, NO_OVERRIDE, needs_consent
from planguard.gate import decide as judge
from planguard.model import Assessment, Item, Outcome, Report, Severity, Verdict
from planguard.reports import escape
from planguard.review import Review, State

FORBIDDEN = 403


class Answer(NamedTuple):
    """What the gate found out about one pull request."""

    review: Review
    question: Question
    facts: Facts | None
    """None where nobody had to be asked."""


def question(
    assessed: Sequence[Assessment], base: Base, guard: Sequence[Changed], told: Sequence[str] = ()
) -> Question:
    """What consent is asked for, over all plans of a run; `told` says what was unprotected a short while ago."""
    config = base.policy.config
    touched = tuple(of_file(file.path, file.blob) for file in guard)
    asked = [one for one in assessed if one.undecided or any(needs_consent(found, config) for found in one.findings)]
    found = [*touched, *(item for one in assessed for item in one.items)] if asked else touched
    # A key can be a secret of the plan; what people read and type is what the table shows.
    without_secrets = cleaner(assessed)

    def clean(address: str) -> str:
        return escape.terminal(without_secrets(address))

    items = tuple(item._replace(address=clean(item.address)) for item in sorted(found))
    findings = sorted(
        (
            finding._replace(address=clean(finding.address))
            for one in asked
            for finding in one.findings
            if needs_consent(finding, config)
        ),
        key=lambda finding: (-finding.severity.rank, finding.address, finding.rule),
    )
    worst = findings[0].severity if findings else None
    weight = Asked(
        critical=worst is Severity.CRITICAL,
        irreversible=worst is Severity.CRITICAL,
        ending=len({one.address for one in findings if one.action in ("delete", "replace", "forget")}),
        unprotected=any(one.rule in UNPROTECTING for one in findings),
        two_step=tuple(told),
        guard=tuple(file.path for file in guard),
    )
    policy = assessed[0].policy if assessed else ""
    return Question(fingerprint(items, policy), policy, items, asking.phrase(findings, items), weight)


def answer(
    host: Host,
    pull: Pull,
    commit: str | None,
    asked: Question,
    base: Base,
    files: tuple[Changed, ...],
    *,
    complete: Callable[[Facts], Facts] = lambda facts: facts,
) -> Answer:
    """Where consent to `asked` stands in one pull request. `complete` adds what only the caller knows."""
    config = settings(base)
    if not asked.fingerprint:
        clean = Review(State.CLEAN, message="Nothing needs consent.", pull=pull.url, head=pull.head_sha)
        return Answer(clean, asked, None)
    facts = complete(gathering.with_roles(host, asked, gathering.gather(host, pull, config, files), config))
    review = decide(asked, facts, config)
    late = made_for_another_head(pull, commit)
    if late is not None:
        review = review._replace(state=State.STALE, code="PG12", message=late[0], hint=late[1], approvals=())
    return Answer(review, asked, facts)


def made_for_another_head(pull: Pull, commit: str | None) -> tuple[str, str] | None:
    """What to say where the plan is not one of the commit that the pull request stands at."""
    if commit is None:
        return "Nobody says which commit this plan was made for.", "Give --commit with the head that was planned."
    if commit != pull.head_sha:
        return (
            f"This plan is for {commit[:7]}; the pull request is at {pull.head_sha[:7]}.",
            "Run plan again for the newest commit.",
        )
    return None


def settings(base: Base) -> ConsentConfig:
    """How people agree, as the base commit says."""
    return base.policy.config.consent or ConsentConfig()


# --- a merge queue, and an apply after the merge ---------------------------------------------------------------------


def covered(
    host: Host,
    pulls: Sequence[Pull],
    asked: Question,
    base: Base,
    *,
    merged: bool,
    complete: Callable[[Facts], Facts] = lambda facts: facts,
) -> Answer:
    """Whether what people agreed to in these pull requests, taken together, covers everything that is asked.

    The plan is one of all of them together; each was asked about its own part, for its own head.
    """
    if not asked.fingerprint:
        return Answer(Review(State.CLEAN, message="Nothing needs consent."), asked, None)
    config = settings(base)
    agreed: list[str] = []
    last: Answer | None = None
    for pull in pulls:
        files = host.files(pull)
        facts = complete(gathering.gather(host, pull, config, files))
        part = _last_asked(facts, asked)
        if part is None:
            continue
        guard = gathering.guard_files(files, base.policy.config, config, base.folders)
        part = part._replace(weight=part.weight._replace(guard=tuple(file.path for file in guard)))
        facts = gathering.with_roles(host, part, facts, config)
        review = decide(part, facts, config, merged=merged)
        last = Answer(review, part, facts)
        if not review.state.passes:
            return last
        # The very same question needs no list of its parts.
        agreed += [item.digest for item in asked.items if part.fingerprint == asked.fingerprint]
        agreed += [item.digest for item in part.items if part.fingerprint != asked.fingerprint]
    left = beyond(asked.items, agreed)
    if last is not None and not left:
        return last
    new = tuple(dict.fromkeys(item.address or "the whole plan" for item in left))
    shown = ", ".join(f"`{address}`" for address in new[:3]) + (f" and {len(new) - 3} more" if len(new) > 3 else "")
    numbers = ", ".join(f"#{pull.number}" for pull in pulls)
    review = Review(
        State.STALE,
        "PG40",
        f"Nobody agreed to this in {numbers}: {shown}.",
        "Plan again in the pull request, and have it agreed to there.",
        needed=1,
        fingerprint=asked.fingerprint,
        pull=pulls[-1].url if pulls else "",
        head=pulls[-1].head_sha if pulls else "",
        new=new,
    )
    return Answer(review, asked, last.facts if last else None)


def _last_asked(facts: Facts, asked: Question) -> Question | None:
    """What was asked last for the head of a pull request, as a question."""
    found = [item for item in asked_before(facts) if item.head == facts.pull.head_sha]
    if not found:
        return None
    last = next((item for item in reversed(found) if item.fingerprint == asked.fingerprint), found[-1])
    if last.fingerprint != asked.fingerprint and not last.whole:
        return None
    if last.fingerprint == asked.fingerprint:
        return asked
    return Question(last.fingerprint, last.policy, _anonymous(last), last.phrase, asked.weight, recalled=True)


def _anonymous(asked: Challenge) -> tuple[Item, ...]:
    """Things of which only the digest is remembered."""
    return tuple(Item("end" if asked.verb == "destroy" else "allow", "", "", digest) for digest in asked.digests)


# --- the comment -----------------------------------------------------------------------------------------------------


def with_marker(host: Host, found: Answer) -> Review:
    """The answer with the hidden line for the comment: what was asked before, and what is asked now."""
    if found.facts is None:
        return found.review
    before = list(asked_before(found.facts))
    answered = found.review.state.passes or found.review.state is State.HELD
    if current(found.question, found.facts) is None and not answered:
        question = found.question
        before.append(
            Challenge(
                question.fingerprint,
                question.policy,
                found.facts.pull.head_sha,
                host.now(),
                tuple(item.digest for item in question.items),
                question.phrase,
                question.how_many,
                question.verb,
            )
        )
    return found.review._replace(marker=asking.marker(before))


def own_comment(comments: Sequence[Comment], bot: str) -> Comment | None:
    """The first comment of planguard's own."""
    return next((comment for comment in comments if is_own(comment, bot)), None)


class Unposted(NamedTuple):
    """Why people cannot answer what was asked."""

    message: str
    hint: str


def post(host: Host, number: int, body: str, existing: Comment | None, *, bot: str, passes: bool) -> Unposted | None:
    """Write the comment, unless it says the same already.

    A token that may only read, or that writes in another name than planguard's, is told and not raised, as long as
    nothing is let through.
    """
    if existing is not None and existing.body.replace("\r\n", "\n").strip() == body.strip():
        return None
    try:
        written = host.comment(number, body, existing)
    except HostError as error:
        if error.status != FORBIDDEN or passes:
            raise
        return Unposted(
            "The token may not write comments here, so nobody can agree in this run.",
            "Give the job `pull-requests: write`, or run the gate where it has it.",
        )
    if not asking.is_marked(body) or is_own(written, bot):
        return None
    name = written.author.login if written.author else "an account that is gone"
    return Unposted(
        f"The comment was written by {name}, and only what {bot or 'planguard'} asks can be answered.",
        f"Use the CI's own token, or say `consent: {{bot: {name}}}` in planguard.yml on the base branch.",
    )


def without_override(found: Answer, assessed: Sequence[Assessment], base: Base) -> Answer:
    """The same answer, or that no consent helps: what planguard.yml forbids was found, or a rule broke."""
    verdicts = (judge(one, None, base.policy.config) for one in assessed)
    verdict = next((one for one in verdicts if one.outcome is Outcome.BLOCKED), None)
    if verdict is None:
        return found
    hint = "Nobody can agree to this. Change the plan, or the rule on the base branch."
    review = found.review._replace(state=State.REFUSED, code="PG15", message=verdict.reasons[0], hint=hint)
    return found._replace(review=review._replace(approvals=(), refusals=(), held_until=""))


# --- the end ---------------------------------------------------------------------------------------------------------


def blocked(reports: Sequence[Report]) -> Verdict | None:
    """The verdict that no consent overrides, where there is one."""
    return next((report.verdict for report in reports if report.verdict.outcome is Outcome.BLOCKED), None)


def exit_code(review: Review, reports: Sequence[Report]) -> int:
    """0 only where everything passes: the answer about the people, and the verdict on every plan."""
    if blocked(reports) is not None:
        return NO_OVERRIDE
    if review.state is State.ERROR:
        return HostError.exit_code
    open_ = any(report.verdict.outcome is Outcome.NEEDS_APPROVAL for report in reports)
    return 0 if review.state.passes and not open_ else NEEDS_CONSENT
