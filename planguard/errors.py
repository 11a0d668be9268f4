"""Every error that planguard raises on purpose. Each carries a hint and the exit code it ends in.

    PlanguardError                 never raised itself
    ├── UsageError         exit 2  the command line cannot be meant like that
    ├── InputError         exit 3  the plan cannot be read or understood
    ├── ConfigError        exit 3  planguard.yml or a rule is wrong
    ├── ExternalError      exit 3  terraform, tofu or git is missing or refused
    ├── HostError          exit 3  GitHub or GitLab did not answer, or not in a way that can be relied on
    └── ReportError        exit 3  a report cannot be written

Exit 1 is a bug in planguard (a traceback), and 10 and 11 are verdicts: no error ever ends in 0, 10 or 11.
"""

from __future__ import annotations


class PlanguardError(Exception):
    """One clear sentence, where it is wrong, and what to do about it. Never holds a value from the plan.

    `where` is a file, a JSON path (`$.resource_changes[3].change`), a `file:line`, or an address; `hint` a sentence.
    """

    exit_code = 3

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(PlanguardError):
    """The command line cannot be meant like that."""

    exit_code = 2


class InputError(PlanguardError):
    """The plan cannot be read or understood."""


class ConfigError(PlanguardError):
    """`planguard.yml`, a rule or a catalog entry is wrong; `where` names file and line."""


class ExternalError(PlanguardError):
    """Another program is missing, refused, or failed; its own message is passed on."""


class HostError(PlanguardError):
    """The place where people agree did not answer, or not in a way that can be relied on. Never holds a token.

    `status` is HTTP's, 0 where there was no answer.
    """

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None, status: int = 0) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status


class ReportError(PlanguardError):
    """A report cannot be written."""
