"""planguard.yml -> a frozen `Config`. An unknown key is an error that names the nearest key.

Owns the types and finds the file; `config_file` reads it, and is imported only when there is one to read. Decides
nothing with what it says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from planguard.errors import ConfigError
from planguard.model import Severity, Tier

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from planguard.consent_config import ConsentConfig

NAMES = ("planguard.yml", ".planguard.yml", "planguard.yaml")
"""What the file may be called. `planguard init` writes the first."""


class Waiver(NamedTuple):
    """A finding that somebody accepts beforehand."""

    rule: str
    """Rule id, or `*`."""
    address: str
    """Glob over addresses: `*` and `?` are wildcards; `[` and `]` are themselves, as they are in addresses."""
    reason: str
    by: str
    until: str | None = None
    """ISO date of the last day on which it holds; None = for ever."""


class ProductionConfig(NamedTuple):
    """The user's own statements about environments (the strongest evidence there is)."""

    accounts: Mapping[str, Tier] = {}
    """AWS account id, twelve digits → tier."""
    projects: Mapping[str, Tier] = {}
    """Google project id (glob) → tier."""
    subscriptions: Mapping[str, Tier] = {}
    """Azure subscription id, in lower case → tier."""
    workspaces: Mapping[str, Tier] = {}
    """Workspace name (glob) → tier."""
    paths: Mapping[str, Tier] = {}
    """Path of the plan or its directory (glob, `/`) → tier."""
    addresses: Mapping[str, Tier] = {}
    """Resource address (glob, see `Waiver.address`) → tier."""
    tag_keys: tuple[str, ...] = ()
    """Further tag or label keys that name the environment, beside the built-in ones."""
    words: Mapping[str, Tier] = {}
    """Further words that name an environment, in lower case: `{"blue": production, "pit": other}`."""
    unknown: str = "graded"
    """What to make of an unknown environment: `graded` (as production where data would be lost for good, as a warning
    otherwise), `production`, or `other`."""
    existing: tuple[str, ...] = ()
    """Globs over workspace names and plan paths of environments that exist: a plan that creates everything there
    means a lost state and needs consent."""


class Config(NamedTuple):
    """planguard.yml, checked. Everything has a default: no file is a valid configuration."""

    path: str | None = None
    """The file it came from; None for the defaults."""
    production: ProductionConfig = ProductionConfig()
    consent_from: Severity = Severity.HIGH
    """The lowest severity that needs consent."""
    forbidden: tuple[str, ...] = ()
    """Rules that no consent can override (exit 11)."""
    severities: Mapping[str, Severity] = {}
    """Rule → severity, in place of the one that planguard would give."""
    waivers: tuple[Waiver, ...] = ()
    comment_waivers: bool = True
    """Whether `# planguard:ignore` in the sources waives what it names."""
    protected: tuple[str, ...] = ()
    """Address globs: destroying, replacing or forgetting one of these always needs consent, in any environment."""
    rule_dirs: tuple[str, ...] = ()
    """Directories with the user's own rules, absolute."""
    destroy_budget: Mapping[Tier, int] = {}
    """How many objects one plan may destroy per environment before that alone is a finding."""
    consent: ConsentConfig | None = None
    """How people agree; None for the defaults. Only the gate asks."""
    lines: Mapping[str, int] = {}
    """JSON path in the file → line, for what can only be found wrong later: `$.waivers[0].rule`."""


# --- questions that need no file -------------------------------------------------------------------------------------


def waiver_state(waiver: Waiver, today: date) -> Literal["active", "expired"]:
    """Whether `waiver` still holds on `today`; on its last day it does."""
    return "expired" if waiver.until is not None and waiver.until < today.isoformat() else "active"


def check_rules(config: Config, known_ids: Iterable[str]) -> None:
    """Raise where `config` names a rule that does not exist: with a typing error, a waiver or a level does nothing."""
    known = frozenset(known_ids)
    named = [(f"$.consent.forbidden[{i}]", rule) for i, rule in enumerate(config.forbidden)]
    named += [(f"$.severity.{rule}", rule) for rule in config.severities]
    named += [(f"$.waivers[{i}].rule", waiver.rule) for i, waiver in enumerate(config.waivers) if waiver.rule != "*"]
    unknown = [(config.lines.get(path, 0), path, rule) for path, rule in named if rule not in known]
    if not unknown:
        return
    from planguard.strict_yaml import nearest

    line, path, rule = min(unknown)
    where = f"{config.path}:{line}" if line else config.path
    problem = f'{path} names the rule "{rule}", and there is none{nearest(rule, known)}'
    raise ConfigError(problem, where=where, hint="`planguard rules` lists them.")


# --- finding the file ------------------------------------------------------------------------------------------------


def load(path: str | None, start: str | Path) -> Config:
    """The configuration: the file at `path`, or the one that stands in `start` or above it, or the defaults."""
    found = path if path is not None else _nearest(start)
    if found is None:
        return Config()
    from pathlib import Path

    from planguard.config_file import parse
    from planguard.strict_yaml import read

    file = Path(found)
    shown = path if path is not None else _shown(file)
    return parse(read(file, shown), file.resolve().parent)


def find(start: str | Path) -> Path | None:
    """The nearest configuration file, from `start` up to the top of the repository.

    Without a repository only `start` itself counts: further up, the file could be anybody's.
    """
    from pathlib import Path

    found = _nearest(start)
    return None if found is None else Path(found)


def _nearest(start: str | Path) -> str | None:
    """`find` without pathlib, which costs 3 ms: most runs find nothing, and need it for nothing else."""
    levels = [os.path.realpath(start)]
    while (above := os.path.dirname(levels[-1])) != levels[-1]:  # noqa: PTH120
        levels.append(above)
    top = next((i for i, level in enumerate(levels) if _stands(f"{level}/.git", os.stat)), 0)
    for level in levels[: top + 1]:
        # A broken link counts as well: it was meant to be a configuration.
        found = [name for name in NAMES if _stands(f"{level}/{name}", os.lstat)]
        if len(found) > 1:
            from pathlib import Path

            problem = f"{' and '.join(found)} both stand here, and only one may"
            raise ConfigError(problem, where=_shown(Path(level)), hint="Delete one, or name one with --config.")
        if found:
            return os.path.join(level, found[0])  # noqa: PTH118
    return None


def _stands(file: str, look: Callable[[str], object]) -> bool:
    """Whether there is such a file. One that may not be looked at is no answer: that stays an error."""
    try:
        look(file)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _shown(file: Path) -> str:
    """The path as people see it: relative to where they are, when that is shorter."""
    from pathlib import Path

    try:
        relative = Path(os.path.relpath(file, Path.cwd())).as_posix()
    except (ValueError, OSError):  # another drive; the working directory is gone
        return file.as_posix()
    return file.as_posix() if relative.startswith("../../../") else relative
