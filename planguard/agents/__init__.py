"""Who is an agent or a bot: told by account, app, address, commit trailer, or the environment of a shell.

The facts are data (`rules/agents.yaml`). Every answer is positive evidence: `None` never means that it was a person.
Pure: it is handed what others have read, and decides nothing about consent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from planguard import bundled
from planguard.agents.agent import Agent, Variable, parse
from planguard.agents.trailers import address, name, trailers

__all__ = [
    "Agent",
    "Variable",
    "by_account",
    "by_app",
    "by_email",
    "by_trailers",
    "in_environment",
    "is_bot_login",
    "known",
]

_UNNAMED = "unnamed-agent"
_BOT = "[bot]"
_NOREPLY = re.compile(r"(?:([0-9]+)\+)?([^@+]+)@users\.noreply\.github\.com")
_GITLAB_TOKEN = re.compile(r"(?:project|group)_[0-9]+_bot(?:_[0-9a-z]+)?")
"""The accounts behind GitLab's project and group access tokens."""
_NO = frozenset(("", "0", "false", "no", "off"))

_SIGNED = frozenset(("co-authored-by", "co-developed-by", "signed-off-by", "assisted-by", "generated-by", "made-with"))
"""Trailers that hold whoever did it, with an address."""
_NAMED = frozenset(("assisted-by", "generated-by", "made-with"))
"""Those in which a tool stands, so that its name says enough. A person may be called Claude or Devin."""


@lru_cache(maxsize=1)
def known() -> tuple[Agent, ...]:
    """Everybody that planguard knows: agents first, then bots."""
    return parse(bundled.load("agents"))


def is_bot_login(login: str) -> bool:
    """Whether the platform itself says that an account is none of a person: `x[bot]`, or a GitLab access token."""
    lower = login.lower()
    return lower.endswith(_BOT) or _GITLAB_TOKEN.fullmatch(lower) is not None


def by_account(login: str, id: int | None = None, extra: Iterable[Agent] = ()) -> Agent | None:
    """Whose account this is. A number outranks the login: accounts can be renamed, and names be taken over."""
    agents = (*extra, *known())
    if id is not None:
        for agent in agents:
            if id in agent.ids:
                return agent
    lower = login.lower()
    for agent in agents:
        # Nobody can register `x[bot]`; any other name counts only with its number, where both are known.
        if lower in agent.logins and (lower.endswith(_BOT) or id is None or not agent.ids):
            return agent
    return None


def by_app(slug: str, extra: Iterable[Agent] = ()) -> Agent | None:
    """Whose GitHub App this is."""
    lower = slug.lower()
    return next((agent for agent in (*extra, *known()) if lower in agent.apps), None)


def by_email(text: str, extra: Iterable[Agent] = ()) -> Agent | None:
    """Whose address this is, of those that commits carry."""
    lower, extra = text.strip().lower(), tuple(extra)
    found = next((agent for agent in (*extra, *known()) if lower in agent.emails), None)
    if found is None and (noreply := _NOREPLY.fullmatch(lower)):
        number, login = noreply.groups()
        return by_account(login, int(number) if number else None, extra)
    return found


def by_trailers(message: str, extra: Iterable[Agent] = ()) -> tuple[tuple[Agent, str], ...]:
    """The agents that signed a commit message, each with the line that says so, in the order of the message."""
    extra = tuple(extra)
    found: dict[str, tuple[Agent, str]] = {}
    for key, value, line in trailers(message):
        agent = _signer(key, value, extra)
        if agent is not None:
            found.setdefault(agent.id, (agent, line))
    return tuple(found.values())


def in_environment(env: Mapping[str, str], extra: Iterable[Agent] = ()) -> tuple[Agent, str] | None:
    """The agent whose shell this is, and the name of the variable that says so."""
    extra = tuple(extra)
    for agent in (*extra, *known()):
        for variable in agent.variables:
            if _is_set(variable, env):
                value = env[variable.name]
                return (_named(value, extra) or agent if agent.id == _UNNAMED else agent), variable.name
    return None


def _signer(key: str, value: str, extra: tuple[Agent, ...]) -> Agent | None:
    for agent in (*extra, *known()):
        if any(key == own and said in ("*", value.lower()) for own, said in agent.trailers):
            return agent
    if key not in _SIGNED:
        return None
    found = by_email(address(value), extra)
    if found is not None or key not in _NAMED:
        return found
    return _named(name(value), extra, whole=bool(address(value)))


def _named(text: str, extra: tuple[Agent, ...], *, whole: bool = False) -> Agent | None:
    """Of `claude-code@2.1`, `Claude:claude-sonnet-4`, `GitHub Copilot`, and unless `whole` of `Claude Sonnet`."""
    lower = text.strip().lower()
    short = re.split(r"[@:/]|_v?[0-9]", lower, maxsplit=1)[0].strip()
    for wanted in (lower, short, "" if whole else short.split(" ", 1)[0]):
        for agent in (*extra, *known()):
            if wanted and (wanted in agent.names or wanted == agent.id):
                return agent
    return None


def _is_set(variable: Variable, env: Mapping[str, str]) -> bool:
    value = env.get(variable.name, "").strip().lower()
    if value in _NO or any(env.get(name, "").strip().lower() != wanted for name, wanted in variable.beside):
        return False
    if variable.contains:
        return variable.contains in value
    return not variable.values or value in variable.values
