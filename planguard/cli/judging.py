"""From a plan to what is to be said of it, for the commands that judge: `check`, and those that go on to apply.

Owns what they share: config and rules read once, and one assessment. Reads no plan, decides nothing, prints nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from planguard.model import Assessment, Plan, Severity, Tier

if TYPE_CHECKING:
    from planguard.config import Config
    from planguard.policy.rule import Rule
    from planguard.sources import Sources


class Policy(NamedTuple):
    """What plans are judged by."""

    config: Config
    rules: tuple[Rule, ...]
    stated: Tier | None = None
    """The environment as the caller states it."""


def policy(config_file: str | None, *, environment: str | None = None, fail_on: str | None = None) -> Policy:
    """Config and rules as they are in force here. Raises ConfigError."""
    from planguard import config
    from planguard.policy import rulebook

    settings = config.load(config_file, os.getcwd())  # noqa: PTH109  # pathlib costs 3 ms of start-up
    rules = rulebook.rules(settings.rule_dirs)
    config.check_rules(settings, [rule.id for rule in rules])
    if fail_on:
        settings = settings._replace(consent_from=Severity(fail_on))
    return Policy(settings, rules, Tier(environment) if environment else None)


def assess(
    plan: Plan,
    by: Policy,
    *,
    path: str | None,
    sources: Sources | Callable[[], Sources | None] | None = None,
    drawn: bool = False,
) -> Assessment:
    """Everything about one plan, as of today; `drawn` with its picture. Not redacted yet."""
    from planguard import engine

    assessment = engine.assess(
        plan, by.config, by.rules, today=date.today(), stated=by.stated, path=path, sources=sources
    )
    return assessment._replace(picture=engine.picture(assessment)) if drawn else assessment
