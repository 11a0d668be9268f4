"""The entries of planguard.yml -> `Config`: every key, what it may hold, and what is said when it does not.

Owns the form of the file. `docs/config.md` and `docs/planguard.schema.json` tell the same, and tests hold the three
together. Opens no file; looks only whether the directories with rules exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from planguard.config import Config, ProductionConfig, Waiver
from planguard.model import Severity, Tier
from planguard.strict_yaml import Entry

if TYPE_CHECKING:
    from pathlib import Path

    from planguard.consent_config import ConsentConfig

VERSION = 1
"""The version of the form. It only changes when an old file would come to mean something else."""

_TIERS = ("production", "other")
_LEVELS = tuple(level.value for level in Severity)
_PRODUCTION = (
    "accounts",
    "projects",
    "subscriptions",
    "workspaces",
    "paths",
    "addresses",
    "tag_keys",
    "words",
    "unknown",
    "existing",
)
_CONSENT = ("from", "forbidden", "comments")
_HOW = (
    "mode",
    "label",
    "approvers",
    "quorum",
    "dwell",
    "sticky",
    "windows",
    "freezes",
    "signature",
    "allowed_signers",
    "break_glass",
    "bot",
    "guard",
    "agents",
    "evidence",
    "terminal",
    "rehearsal",
)
"""How people agree: `config_consent` reads them."""
_WAIVER = ("rule", "address", "reason", "by", "until")
_TOP = ("version", "production", "consent", "severity", "waivers", "protected", "rules", "budget")
_HOMES = (
    dict.fromkeys(_PRODUCTION, "production")
    | dict.fromkeys((*_CONSENT, *_HOW), "consent")
    | dict.fromkeys(("users", "teams", "codeowners", "roles"), "consent: approvers")
    | {"destroys": "budget"}
)
_NO_OFF = "A finding cannot be turned off; a waiver accepts it for some addresses, with a reason."

_ACCOUNT = r"[0-9]{12}"
_SUBSCRIPTION = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_WORD = r"[^\W_A-Z]+"


def parse(root: Entry, directory: Path) -> Config:
    """What the file says. Relative paths in it start at `directory`."""
    top = root.section(_TOP, _HOMES)
    if "version" in top:
        _version(top["version"])
    consent = top["consent"].section((*_CONSENT, *_HOW), _HOMES) if "consent" in top else {}
    budget = top["budget"].section(("destroys",)) if "budget" in top else {}
    lines: dict[str, int] = {}
    return Config(
        path=root.file,
        production=_production(top["production"]) if "production" in top else ProductionConfig(),
        consent_from=_level(consent["from"]) if "from" in consent else Config().consent_from,
        forbidden=_names(consent.get("forbidden"), lines),
        comment_waivers="comments" not in consent or consent["comments"].choice(("allowed", "forbidden")) == "allowed",
        severities=_severities(top.get("severity"), lines),
        waivers=tuple(_waiver(entry, lines) for entry in _items(top.get("waivers"))),
        protected=_names(top.get("protected")),
        rule_dirs=tuple(dict.fromkeys(_directory(entry, directory) for entry in _items(top.get("rules")))),
        destroy_budget=_budget(budget.get("destroys")),
        consent=_how(consent),
        lines=lines,
    )


def _how(found: Mapping[str, Entry]) -> ConsentConfig | None:
    keys = {key: entry for key, entry in found.items() if key in _HOW}
    if not keys:
        return None
    from planguard.config_consent import consent

    return consent(keys)


def _version(entry: Entry) -> None:
    if entry.number(0, 10**6) != VERSION:
        hint = "Perhaps the file was written for a newer planguard."
        raise entry.error(f"must be {VERSION}: this planguard reads no other form", hint)


def _production(entry: Entry) -> ProductionConfig:
    found = entry.section(_PRODUCTION, {"from": "consent", "forbidden": "consent", "destroys": "budget"})
    default = ProductionConfig()
    unknown = found["unknown"].choice(("graded", *_TIERS)) if "unknown" in found else default.unknown
    return ProductionConfig(
        accounts=_tiers(found.get("accounts"), _account),
        projects=_tiers(found.get("projects"), Entry.key),
        subscriptions=_tiers(found.get("subscriptions"), _subscription),
        workspaces=_tiers(found.get("workspaces"), Entry.key),
        paths=_tiers(found.get("paths"), Entry.key),
        addresses=_tiers(found.get("addresses"), Entry.key),
        tag_keys=_names(found.get("tag_keys")),
        words=_tiers(found.get("words"), _word),
        unknown=unknown,
        existing=_names(found.get("existing")),
    )


def _tiers(entry: Entry | None, name: Callable[[Entry], str]) -> Mapping[str, Tier]:
    tiers: dict[str, Tier] = {}
    for key, value in entry.pairs() if entry else ():
        text = name(key)
        if text in tiers:
            raise key.error("stands twice, once in upper and once in lower case")
        tiers[text] = Tier(value.choice(_TIERS))
    return tiers


def _account(key: Entry) -> str:
    text = key.key()
    if not re.fullmatch(_ACCOUNT, text):
        hint = "Write all digits, without hyphens and in quotes: a leading zero counts."
        raise key.error("must be an AWS account id of twelve digits", hint)
    return text


def _subscription(key: Entry) -> str:
    text = key.key()
    if not re.fullmatch(_SUBSCRIPTION, text):
        hint = "Not its name: a plan does not tell it. `az account list` prints both."
        raise key.error("must be the id of an Azure subscription, 00000000-0000-0000-0000-000000000000", hint)
    return text.lower()


def _word(key: Entry) -> str:
    text = key.key()
    if not re.fullmatch(_WORD, text):
        hint = "Names are taken apart at every other character before words are looked for."
        raise key.error("must be one word of small letters and digits", hint)
    return text


def _level(entry: Entry) -> Severity:
    return Severity(entry.choice(_LEVELS))


def _severities(entry: Entry | None, lines: dict[str, int]) -> Mapping[str, Severity]:
    levels: dict[str, Severity] = {}
    for key, value in entry.pairs() if entry else ():
        rule = key.key()
        levels[rule] = Severity(value.choice(_LEVELS, _NO_OFF))
        lines[f"$.severity.{rule}"] = key.node.line
    return levels


def _waiver(entry: Entry, lines: dict[str, int]) -> Waiver:
    found = entry.section(_WAIVER)
    for key in _WAIVER[:-1]:
        if key not in found:
            raise entry.error(f"has no {key}", "A waiver says which rule, which address, why, and who answers for it.")
    rule, address = found["rule"].name(), found["address"].name()
    if rule == "*" and not address.strip("*"):
        raise entry.error("would waive everything", "Name the rule or the address.")
    lines[entry.path], lines[found["rule"].path] = entry.node.line, found["rule"].node.line
    until = found["until"].date() if "until" in found else None
    return Waiver(rule, address, found["reason"].text(), found["by"].text(), until)


def _directory(entry: Entry, base: Path) -> str:
    import os

    directory = base / entry.name()
    # os.path swallows what pathlib raises for a path that cannot be.
    if not os.path.isdir(directory):  # noqa: PTH112
        exists = os.path.exists(directory)  # noqa: PTH110
        problem = "names a file, not a directory" if exists else "names a directory that does not exist"
        raise entry.error(problem, "A relative path starts at the directory of this file.")
    return str(directory.resolve())


def _budget(entry: Entry | None) -> Mapping[Tier, int]:
    found = entry.section(tuple(tier.value for tier in Tier)) if entry else {}
    return {Tier(tier): value.number(0, 10**9) for tier, value in found.items()}


def _items(entry: Entry | None) -> Sequence[Entry]:
    return entry.items() if entry else ()


def _names(entry: Entry | None, lines: dict[str, int] | None = None) -> tuple[str, ...]:
    items = _items(entry)
    if lines is not None:
        lines.update({item.path: item.node.line for item in items})
    return tuple(item.name() for item in items)
