"""The gate's memory: writes down what was decided, and tells what went before; and what the clock and the keys say.

Joins configuration, host and the parts of `consent` that know the evidence, the windows and the signatures. Decides
nothing. A failure to write is an error: what is not on record does not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from planguard import __version__
from planguard.consent_config import ConsentConfig
from planguard.forge import Comment, Host, Pull
from planguard.model import Assessment
from planguard.review import Review, State

if TYPE_CHECKING:
    from planguard.consent.challenge import Challenge
    from planguard.consent.facts import Facts, Question
    from planguard.consent.ledger import Entry
    from planguard.consent.stores import Store, Written

_UNSURE = (
    "The record of earlier decisions is broken ({}), so nobody can tell whether a protection went not long ago: "
    "`planguard evidence verify`."
)


def completing(host: Host, config: ConsentConfig, base_sha: str) -> Callable[[Facts], Facts]:
    """What adds to the facts whether signatures are good and whether the window is open.

    The list of signers is read from the base commit, once, when the first signature is looked at.
    """
    kept: list[bytes | None] = []

    def allowed() -> bytes | None:
        if not kept:
            kept.append(host.read(config.allowed_signers, base_sha))
        return kept[0]

    def complete(facts: Facts) -> Facts:
        def signed(comment: Comment, asked: Challenge, code: str) -> str | None:
            from planguard.consent import signature

            subject = signature.Subject(facts.repository, facts.pull.number, asked.head, asked.fingerprint, code)
            login = comment.author.login if comment.author else ""
            return signature.problem(
                comment.body, subject, login=login, allowed=allowed(), at=comment.created, path=config.allowed_signers
            )

        def held(now: datetime) -> tuple[str, str] | None:
            from planguard.consent import windows

            found = windows.held(config, facts.makers.kinds, now)
            if found is None:
                return None
            opens = found.opens.isoformat(timespec="seconds") if found.opens else ""
            return f"{found.reason} {found.opening}", opens

        needs_clock = bool(config.windows or config.freezes)
        return facts._replace(
            signed=signed if config.signature == "required" else None, held=held if needs_clock else None
        )

    return complete


class Record:
    """The evidence of one repository. Everything in it is read once, when it is first asked for."""

    def __init__(self, host: Host, config: ConsentConfig, top: Path) -> None:
        """`top` is where the path of a file starts."""
        self._host = host
        self._config = config
        self._top = top
        self._store: Store | None = None

    def told(self, assessed: Sequence[Assessment]) -> tuple[str, ...]:
        """What was unprotected a short while ago and would end now, a sentence each; makes an agreement harder."""
        ending = sorted({item.address for one in assessed for item in one.items if item.kind == "end"})
        store = self._opened() if ending else None
        if store is None:
            return ()
        from planguard.consent import history, ledger

        data = store.read()
        broken = ledger.verify(data)
        found = history.two_steps(ledger.entries(data), ending, self._host.now(), self._config.evidence.days)
        return (*found, *((_UNSURE.format(broken.why.rstrip(".")),) if broken else ()))

    def write(
        self, review: Review, asked: Question, assessed: Sequence[Assessment], pull: Pull, facts: Facts | None = None
    ) -> Written | None:
        """Write a decision down; None where planguard.yml wants no evidence, or there is nothing to tell.

        Raises where it cannot be written. A pass without anything to agree to is only kept where a protection goes.
        """
        entry = self._entry(review, asked, assessed, pull, _reasons(review, facts))
        store = self._opened() if review.state is not State.CLEAN or entry.get("removed") else None
        return store.append([entry]) if store is not None else None

    def _entry(self, review: Review, asked: Question, assessed: Sequence[Assessment], pull: Pull, reason: str) -> Entry:
        from planguard.consent import history, ledger

        clean = cleaner(assessed)
        findings = [found for one in assessed for found in (*one.findings, *(item.finding for item in one.waived))]
        context = ledger.Context(
            at=self._host.now().isoformat(timespec="seconds"),
            repository=self._host.repository,
            pull=pull.number,
            base=pull.base_sha,
            policy=asked.policy,
            tool=f"planguard {__version__}",
            items=tuple(item._replace(address=clean(item.address)) for item in asked.items),
            removed=tuple(one._replace(address=clean(one.address)) for one in history.removed(findings)),
            reason=clean(reason),
        )
        told = review._replace(
            message=clean(review.message),
            why_needed=tuple(map(clean, review.why_needed)),
            refusals=tuple(one._replace(message=clean(one.message)) for one in review.refusals),
        )
        return ledger.entry(told, context)

    def _opened(self) -> Store | None:
        if self._store is None:
            from planguard.consent import stores

            self._store = stores.store(self._config.evidence, top=self._top, host=self._host)
        return self._store


def _reasons(review: Review, facts: Facts | None) -> str:
    """Why the emergency exit was taken, in the words of those who took it."""
    if review.state is not State.BREAK_GLASS or facts is None:
        return ""
    from planguard.consent.facts import commands

    people = {approval.id for approval in review.approvals}
    return " ".join(
        f"@{comment.author.login}: {said.text}"
        for comment, said in commands(facts)
        if said.verb == "break-glass" and said.code == review.challenge
        if comment.author is not None and comment.author.id in people
    )


def cleaner(assessed: Sequence[Assessment]) -> Callable[[str], str]:
    """What takes the plans' secrets out of a text."""
    secrets = frozenset[str]().union(*(one.plan.secrets for one in assessed))
    if not secrets:
        return str
    from planguard.masking import masker

    return masker(secrets)
