"""Config and rules as they are in the commit that a pull request goes into. Never those that it brings along.

Owns where they come from. They are written into a private directory, so that one reader understands them here as
everywhere else.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from planguard.cli.judging import Policy
from planguard.errors import ConfigError, HostError, PlanguardError
from planguard.forge import Host, Pull
from planguard.model import Severity, Tier

if TYPE_CHECKING:
    from planguard.config import Config
    from planguard.strict_yaml import Entry

OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may lie; the first that is there counts."""


class Base(NamedTuple):
    """What the base commit says."""

    policy: Policy
    folders: tuple[str, ...]
    """Directories with rules, as paths in the repository."""


class BaseUnreadable(PlanguardError):
    """The rules of the base cannot be read: the gate fails closed."""


class OtherBase(PlanguardError):
    """A pull request goes into another branch than the one that is applied: it was judged by that one's rules."""


def same_base(pulls: Sequence[Pull], branch: str | None) -> None:
    """Raises OtherBase unless all go into one branch, and into `branch` where the run belongs to one.

    Otherwise a branch of anybody's, with a planguard.yml of its own, would say who may agree.
    """
    wanted = branch or pulls[0].base_ref
    other = next((pull for pull in pulls if pull.base_ref != wanted), None)
    if other is None:
        return
    raise OtherBase(
        f"#{other.number} goes into `{other.base_ref}`, and "
        + (f"this run is of `{wanted}`." if branch else f"#{pulls[0].number} into `{wanted}`."),
        hint="Name the pull request that brought this change here.",
    )


@contextmanager
def policy(
    host: Host, pull: Pull, path: str | None, *, environment: str | None = None, fail_on: str | None = None
) -> Iterator[Base]:
    """Config and rules at the base commit; `path` is where planguard.yml lies, where it is not at the top.

    They hold as long as the block runs. Raises BaseUnreadable with what is wrong.
    """
    with TemporaryDirectory(prefix="planguard-base-") as folder:
        top = Path(folder).resolve()
        try:
            found, folders = _policy(host, pull, path, top)
        except (HostError, ConfigError) as error:
            raise BaseUnreadable(
                f"The rules on `{pull.base_ref}` cannot be read, so nothing passes: {error.message}",
                where=(error.where or "").replace(f"{top}/", "") or None,
                hint=error.hint,
            ) from None
        if fail_on:
            # The command line belongs to the pull request: it may only become stricter.
            level = min(found.config.consent_from, Severity(fail_on), key=lambda severity: severity.rank)
            found = found._replace(config=found.config._replace(consent_from=level))
        yield Base(found._replace(stated=Tier(environment) if environment else None), folders)


def owners(host: Host, pull: Pull) -> str | None:
    """The text of CODEOWNERS at the base commit; None where there is none."""
    for path in OWNERS:
        data = host.read(path, pull.base_sha)
        if data is not None:
            return data.decode("utf-8", errors="replace")
    return None


def _policy(host: Host, pull: Pull, path: str | None, top: Path) -> tuple[Policy, tuple[str, ...]]:
    from planguard import config
    from planguard.policy import rulebook

    settings, folders = _settings(host, pull, path, top)
    rules = rulebook.rules(settings.rule_dirs)
    config.check_rules(settings, [rule.id for rule in rules])
    return Policy(settings, rules), folders


def _settings(host: Host, pull: Pull, path: str | None, top: Path) -> tuple[Config, tuple[str, ...]]:
    from planguard import strict_yaml
    from planguard.config import NAMES, Config
    from planguard.config_file import parse

    place = _inside(path, "") if path is not None else _named(host.listing("", pull.base_sha), NAMES)
    data = host.read(place, pull.base_sha) if place else None
    if data is None or place is None:
        if path is not None:
            raise ConfigError("there is no such file in that commit", where=path, hint="Its path starts at the top.")
        return Config(), ()
    root = strict_yaml.parse(data, place)
    home = posixpath.dirname(place)
    (top / home).mkdir(parents=True, exist_ok=True)
    folders = tuple(_inside(directory, home) for directory in _rule_directories(root))
    for folder in folders:
        _fetch(host, pull, folder, top)
    return parse(root, top / home), folders


def _named(files: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    found = [name for name in names if name in files]
    if len(found) > 1:
        raise ConfigError(f"{' and '.join(found)} both stand there, and only one may", hint="Delete one of them.")
    return found[0] if found else None


def _rule_directories(root: Entry) -> list[str]:
    """What `rules:` names. Whether the file is right otherwise is for its own reader to say, a moment later."""
    if root.node.kind != "map":
        return []
    found = {key.node.text: value for key, value in root.pairs()}
    entry = found.get("rules")
    return [item.name() for item in entry.items()] if entry is not None and not entry.empty else []


def _inside(path: str, home: str) -> str:
    """A path in the repository. One that leads out of it cannot be read from a commit."""
    whole = posixpath.normpath(posixpath.join(home, path))
    if whole.startswith(("/", "..")) or "\\" in whole:
        raise ConfigError("leads out of the repository, and the gate reads only what is in the base commit", where=path)
    return whole


def _fetch(host: Host, pull: Pull, directory: str, top: Path) -> None:
    files = [file for file in host.listing(directory, pull.base_sha) if file.endswith((".yaml", ".yml"))]
    if files:
        (top / directory).mkdir(parents=True, exist_ok=True)
    for file in files:
        data = host.read(file, pull.base_sha)
        if data is None:
            raise ConfigError("is listed in the base commit, and cannot be read there", where=file)
        (top / directory / posixpath.basename(file)).write_bytes(data)
