"""Consent at a terminal: whom it may be asked of, what is asked, and whether the answer is right.

Owns the rules of the dialogue. Prints nothing and reads nothing: facts and answers come in, sentences go out. What is
typed here binds the very bytes that were judged, so there is no code to repeat as in a pull request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from planguard import agents
from planguard.consent import challenge
from planguard.model import Finding, Item

TRIES = 3
"""Wrong answers are nearly always typing errors; whoever fails three times should read again."""

AGENT = "agent"
"""`Refusal.reason` where an agent is at work."""

_HAPPENS = {
    "delete": "is destroyed",
    "replace": "is destroyed and made anew",
    "forget": "is let go of",
    "unknown": "nobody knows what happens to it",
}
"""What becomes of a thing, by `Item.what`; where that is a rule, its name says it."""

_NO = frozenset(("", "0", "false", "no", "off"))


class Setting(NamedTuple):
    """Where the question would be asked."""

    environment: Mapping[str, str]
    stdin: bool
    """Standard input is a terminal."""
    stdout: bool
    """Standard output is a terminal."""
    elsewhere: str = ""
    """Why somebody else may have made the plan; empty where nothing says so."""
    command: str = "planguard apply"
    """What a person would type to be asked."""


class Refusal(NamedTuple):
    """Why nobody is asked here."""

    reason: str
    """For the record: `agent`, `ci`, `no-terminal`, `elsewhere`."""
    message: str
    hint: str
    code: str = ""
    """`PG90`, where it is one of the gate's own."""


class Question(NamedTuple):
    """What has to be typed."""

    phrase: str
    """The name of the worst thing."""
    how_many: int = 0
    """How many things end, where that is asked too."""
    named: tuple[tuple[str, str], ...] = ()
    """Address of what it is about and what becomes of it, the worst first."""
    ending: int = 0


def in_ci(environment: Mapping[str, str]) -> bool:
    """Whether this is a build: `CI` is set, as every service does it."""
    return environment.get("CI", "").strip().lower() not in _NO


def refusal(setting: Setting) -> Refusal | None:
    """Why this is no place to ask a human; None where it is one."""
    found = agents.in_environment(setting.environment)
    if found is not None:
        agent, variable = found
        return Refusal(
            AGENT,
            f"{agent.name} runs this shell ({variable} is set), and consent is a human's.",
            "Show this report to the person you work for, and let them decide.",
        )
    if in_ci(setting.environment):
        return Refusal(
            "ci",
            "This is a build (CI is set): there is nobody to ask.",
            "Let people agree in the pull request, and let the job run planguard verify.",
        )
    if not (setting.stdin and setting.stdout):
        which = "output" if setting.stdin else "input"
        return Refusal(
            "no-terminal",
            f"Consent takes a human at a terminal, and standard {which} is none.",
            f"Run {setting.command} in a terminal, without pipes.",
        )
    if setting.elsewhere:
        return Refusal(
            "elsewhere",
            f"This plan may be somebody else's: {setting.elsewhere}.",
            "Run planguard apply without a plan to make your own, or agree in its pull request.",
        )
    return None


def question(needed: Sequence[Finding], items: Sequence[Item]) -> Question:
    """What to ask; `needed` are the findings that need consent, worst first, and `items` what consent is asked for."""
    happens = {item.address: _HAPPENS.get(item.what, item.what) for item in items}
    # What ends without a finding of its own is consented to as well.
    addresses = dict.fromkeys((*(finding.address for finding in needed), *(item.address for item in items)))
    ending = challenge.ending(items)
    return Question(
        phrase=challenge.phrase(needed, items),
        how_many=ending if ending > challenge.TYPED_ABOVE else 0,
        named=tuple((address, happens.get(address, "")) for address in addresses if address),
        ending=ending,
    )


def is_name(asked: Question, typed: str) -> bool:
    """Whether this is the name of the worst thing, or its whole address."""
    wanted = (asked.phrase, *(address for address, _ in asked.named[:1]))
    return any(challenge.same_name(typed.strip(), name) for name in wanted)


def is_count(asked: Question, typed: str) -> bool:
    """Whether this is how many things end."""
    return typed.strip().replace(",", "") == str(asked.how_many)
