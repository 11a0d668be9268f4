"""What is known of one agent, and how it is read from `rules/agents.yaml`. Matches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from planguard.errors import ConfigError

WHERE = "rules/agents.yaml"


class Variable(NamedTuple):
    """An environment variable that an agent sets for the commands it runs."""

    name: str
    values: tuple[str, ...] = ()
    """Lower case; empty: any value that is not empty and not a no."""
    contains: str = ""
    """Lower case: what stands somewhere in the value."""
    beside: tuple[tuple[str, str], ...] = ()
    """Other variables that have to have these values as well."""


class Agent(NamedTuple):
    """Somebody who is not a person."""

    id: str
    name: str
    kind: Literal["agent", "bot"]
    """A bot follows rules that people wrote; an agent has a model decide."""
    logins: tuple[str, ...] = ()
    """Accounts, lower case, as they are: `x[bot]` is not `x`."""
    ids: tuple[int, ...] = ()
    """The numbers of these accounts on github.com."""
    apps: tuple[str, ...] = ()
    """Slugs of its GitHub Apps, lower case."""
    emails: tuple[str, ...] = ()
    """Lower case."""
    trailers: tuple[tuple[str, str], ...] = ()
    """(key, value), lower case, that only it writes; the value `*` stands for any."""
    names: tuple[str, ...] = ()
    """What it calls itself where it signs, lower case."""
    variables: tuple[Variable, ...] = ()


def parse(data: Any) -> tuple[Agent, ...]:
    """The agents and then the bots of the file. Raises ConfigError naming the entry that is wrong."""
    found: list[Agent] = []
    try:
        entries = [*data["agents"], *data["bots"]]
    except (KeyError, TypeError):
        raise _wrong("`agents` and `bots` are two lists") from None
    for entry in entries:
        try:
            found.append(_agent(entry))
        except (KeyError, TypeError, ValueError, AttributeError):
            name = entry.get("id", "without id") if isinstance(entry, Mapping) else "without id"
            raise _wrong(f"the entry `{name}` is wrong") from None
    return tuple(found)


def _agent(data: Mapping[str, Any]) -> Agent:
    if data["kind"] not in ("agent", "bot") or data.keys() - set(Agent._fields):
        raise ValueError
    return Agent(
        id=data["id"],
        name=data["name"],
        kind=data["kind"],
        logins=_lower(data, "logins"),
        ids=tuple(int(number) for number in data.get("ids", ())),
        apps=_lower(data, "apps"),
        emails=_lower(data, "emails"),
        trailers=tuple((item["key"].lower(), item["value"].lower()) for item in data.get("trailers", ())),
        names=_lower(data, "names"),
        variables=tuple(map(_variable, data.get("variables", ()))),
    )


def _variable(data: Mapping[str, Any]) -> Variable:
    if data.keys() - {"name", "values", "contains", "with"}:
        raise ValueError
    beside = data.get("with", {})
    return Variable(
        data["name"],
        tuple(str(value).lower() for value in data.get("values", ())),
        data.get("contains", "").lower(),
        tuple((name, str(value).lower()) for name, value in beside.items()),
    )


def _lower(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(text.lower() for text in data.get(key, ()))


def _wrong(message: str) -> ConfigError:
    return ConfigError(message, where=WHERE, hint="The head of the file says what an entry may hold.")
