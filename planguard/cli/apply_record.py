"""What `planguard apply` writes into the evidence: who agreed to what at which terminal, and what came of it.

Joins configuration and ledger. A decision that cannot be written down does not pass.
"""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planguard import __version__
from planguard.cli.messages import show_error
from planguard.config import Config
from planguard.consent_config import ConsentConfig
from planguard.errors import PlanguardError, UsageError
from planguard.model import Report
from planguard.review import Actor, Approval, Kind, Review, State

if TYPE_CHECKING:
    from planguard.consent.stores import Store


class Record:
    """The evidence of one run."""

    def __init__(self, config: Config, report: Report, digest: str) -> None:
        """`report` is redacted; `digest` is that of the very bytes that were judged."""
        self._config = config
        self._report = report
        self._digest = digest
        self._store = _opened(config)

    def agreed(self, after: float) -> None:
        """Somebody agreed, so many seconds after the question. Raises where that cannot be written down."""
        given = Approval(_who(), 0, _now(), round(after))
        self._decision(Review(State.APPROVED, approvals=(given,), needed=1, message="Agreed to at a terminal."))

    def refused(self, message: str, code: str = "") -> None:
        """Nobody agreed, or nobody could be asked. That holds even where it cannot be written down."""
        try:
            self._decision(Review(State.REFUSED, code, message))
        except PlanguardError as error:
            show_error(error)

    def ended(self, state: str, message: str) -> None:
        """What came of it: `applied`, `failed`, `interrupted`. It has happened: a failure to write is only said."""
        try:
            self._add({"at": _now(), "state": state, "message": message})
        except PlanguardError as error:
            show_error(error)

    def _decision(self, review: Review) -> None:
        from planguard.consent import history, ledger

        assessment = self._report.assessment
        actor = Actor(_who(), Kind.HUMAN if review.approvals else Kind.UNKNOWN, "operator", "the account of this shell")
        context = ledger.Context(
            at=_now(),
            repository="",
            pull=0,
            base="",
            policy=assessment.policy,
            tool=f"planguard {__version__}",
            items=assessment.items,
            removed=history.removed(
                [*assessment.findings, *(waived.finding for waived in assessment.waived)],
            ),
        )
        told = review._replace(fingerprint=assessment.fingerprint, actors=(actor,), mode="terminal")
        found = dict(ledger.entry(told, context))
        found.pop("pull", None)
        self._add(found)

    def _add(self, entry: dict[str, Any]) -> None:
        if self._store is not None:
            self._store.append([{"command": "apply", "plan": self._digest, **entry}])


def _opened(config: Config) -> Store | None:
    from planguard.consent import stores

    how = config.consent or ConsentConfig()
    top = Path(config.path).parent if config.path else Path()
    if how.evidence.store != "branch":
        return stores.store(how.evidence, top=top, host=None)
    from planguard import hosts

    try:
        return stores.store(how.evidence, top=top, host=hosts.connect(os.environ))
    except UsageError:
        # Nobody's laptop has the CI's token; a record here is better than none, and than an apply past planguard.
        click.echo(
            f"The evidence goes to {top / how.evidence.path}: no host is known here to write a branch.", err=True
        )
        return stores.FileStore(top / how.evidence.path)


def _who() -> str:
    import getpass

    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = "?"
    return f"{name}@{platform.node() or '?'}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
