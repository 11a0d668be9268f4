"""Places where people review changes, each behind `planguard.forge.Host`. The only part that speaks to the network.

Owns requests and the shape of their answers. Judges nothing: who may agree, and to what, is `consent`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from planguard.errors import UsageError
from planguard.forge import Host


class Place(NamedTuple):
    """A kind of host."""

    module: str
    """Has `from_environment(env) -> Host`."""
    sign: str
    """The variable that its CI sets, and others can."""


HOSTS: Mapping[str, Place] = {
    "gitlab": Place("planguard.hosts.gitlab", "GITLAB_CI"),
    "github": Place("planguard.hosts.github", "GITHUB_REPOSITORY"),
}
"""The first whose sign is there is meant, where nobody names one."""


def connect(env: Mapping[str, str], name: str | None = None) -> Host:
    """The host of a name, or the one whose CI this is, with the token that the job passes on. Calls nothing yet."""
    if name is None:
        name = next((name for name, place in HOSTS.items() if env.get(place.sign)), None)
    if name is None:
        raise UsageError(
            "This is neither GitHub Actions nor GitLab CI, so planguard cannot know where people agree.",
            hint="Give --host, and set GITHUB_REPOSITORY and GITHUB_TOKEN (or GitLab's counterparts).",
        )
    if name not in HOSTS:
        raise UsageError("This host is not known.", where=name, hint=f"Name one of: {', '.join(sorted(HOSTS))}.")
    host: Host = import_module(HOSTS[name].module).from_environment(env)
    return host
