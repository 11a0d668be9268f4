"""The keys under `consent:` that say how people agree -> `ConsentConfig`.

Owns their form and what is said when it is wrong; `config_file` keeps those about what needs consent at all. Imported
only where one of these keys stands in the file. Decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Literal, TypeVar

from planguard.consent_config import Approver, ConsentConfig, Evidence, Freeze, Quorum, Rehearsal, Window
from planguard.nearest import nearest as words_near
from planguard.strict_yaml import Entry, nearest

_DEFAULT = ConsentConfig()
_APPROVERS = ("users", "teams", "codeowners", "roles")
_ACCOUNT = ("login", "id")
_WINDOW = ("days", "from", "to", "timezone", "for")
_FREEZE = ("from", "until", "reason", "timezone", "for")
_EVIDENCE = ("store", "path", "branch", "days")
_REHEARSAL = ("for", "within", "environments", "path")
_ACTS = ("human", "agent", "bot", "unknown")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MOST_PEOPLE = 10
"""A larger quorum would only be a way to say never."""
MOST_SECONDS = 9999
MOST_LABEL = 50
"""Characters; GitHub takes no more."""

_LOGIN = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_TEAM = r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_LABEL = r"[^,]+"
_PATH = r"(?!/)(?!(.*/)?\.{1,2}(/|$))[^\\]*[^\\/]"
_BRANCH = r"(?![-/.])(?!refs/)(?!.*(\.\.|//|/\.|@\{|\.lock(/|$)))[^\x00-\x20~^:?*\[\\]*[^\x00-\x20~^:?*\[\\/.]"

_T = TypeVar("_T")


def consent(found: dict[str, Entry]) -> ConsentConfig:
    """What the keys say; those that are missing keep their defaults."""
    people = found["approvers"].section(_APPROVERS) if "approvers" in found else {}
    label = _read(found, "label", _label, _DEFAULT.label)
    exit_label = _read(found, "break_glass", _label, _DEFAULT.break_glass)
    if exit_label and exit_label.lower() == label.lower():
        raise found["break_glass"].error("is the same label as the one for consent", "An emergency needs its own.")
    return ConsentConfig(
        mode=_read(found, "mode", _mode, _DEFAULT.mode),
        label=label,
        users=_read(people, "users", lambda entry: _filled(entry, _person), _DEFAULT.users),
        teams=_read(people, "teams", lambda entry: _filled(entry, _team), _DEFAULT.teams),
        codeowners=_read(people, "codeowners", Entry.flag, _DEFAULT.codeowners),
        roles=_read(people, "roles", lambda entry: _filled(entry, _role), _DEFAULT.roles),
        quorum=_read(found, "quorum", _quorum, _DEFAULT.quorum),
        dwell=_read(found, "dwell", _seconds, _DEFAULT.dwell),
        sticky=_read(found, "sticky", Entry.flag, _DEFAULT.sticky),
        windows=_read(found, "windows", lambda entry: _list(entry, _window), _DEFAULT.windows),
        freezes=_read(found, "freezes", lambda entry: _list(entry, _freeze), _DEFAULT.freezes),
        signature=_read(found, "signature", _signature, _DEFAULT.signature),
        allowed_signers=_read(found, "allowed_signers", _path, _DEFAULT.allowed_signers),
        break_glass=exit_label,
        bot=_read(found, "bot", _machine_login, _DEFAULT.bot),
        guard=_read(found, "guard", lambda entry: _list(entry, Entry.name), _DEFAULT.guard),
        agents=_read(found, "agents", lambda entry: _list(entry, _machine), _DEFAULT.agents),
        evidence=_read(found, "evidence", _evidence, _DEFAULT.evidence),
        terminal=_read(found, "terminal", _terminal, _DEFAULT.terminal),
        rehearsal=_read(found, "rehearsal", _rehearsal, _DEFAULT.rehearsal),
    )


def _read(found: dict[str, Entry], key: str, how: Callable[[Entry], _T], default: _T) -> _T:
    return how(found[key]) if key in found else default


def _list(entry: Entry, how: Callable[[Entry], _T]) -> tuple[_T, ...]:
    return tuple(how(item) for item in entry.items())


def _filled(entry: Entry, how: Callable[[Entry], _T]) -> tuple[_T, ...]:
    """A list that must not be empty: emptied by mistake, it would let in everybody, or nobody."""
    found = _list(entry, how)
    if not found:
        raise entry.error("names nobody", "Leave the key out for the default.")
    return found


def _mode(entry: Entry) -> Literal["phrase", "label"]:
    return "label" if entry.choice(("phrase", "label")) == "label" else "phrase"


def _terminal(entry: Entry) -> Literal["allowed", "forbidden"]:
    return "forbidden" if entry.choice(("allowed", "forbidden")) == "forbidden" else "allowed"


def _signature(entry: Entry) -> Literal["none", "required"]:
    return "required" if entry.choice(("none", "required")) == "required" else "none"


def _label(entry: Entry) -> str:
    text = entry.name()
    if len(text) > MOST_LABEL or not re.fullmatch(_LABEL, text):
        raise entry.error(f"must be the name of a label, at most {MOST_LABEL} characters and no comma")
    return text


# --- people and machines ----------------------------------------------------------------------------------------------


def _account(entry: Entry, login: Callable[[Entry], str]) -> Approver:
    if entry.node.kind != "map":
        return Approver(login(entry))
    found = entry.section(_ACCOUNT)
    if "login" not in found:
        raise entry.error("has no login", "The id is what counts; the login is for people to read.")
    return Approver(login(found["login"]), found["id"].number(1, 10**15) if "id" in found else None)


def _person(entry: Entry) -> Approver:
    return _account(entry, _login)


def _machine(entry: Entry) -> Approver:
    return _account(entry, _machine_login)


def _login(entry: Entry) -> str:
    text = entry.name()
    if text.endswith("[bot]"):
        raise entry.error("is the login of a bot, and only people can agree")
    return _plain_login(entry, text)


def _machine_login(entry: Entry) -> str:
    text = entry.name()
    _plain_login(entry, text.removesuffix("[bot]"))
    return text


def _plain_login(entry: Entry, text: str) -> str:
    if not re.fullmatch(_LOGIN, text):
        hint = "Write it without the @." if text.startswith("@") else None
        raise entry.error("must be a login", hint or "Not a name and no address: what stands after the @.")
    return text


def _team(entry: Entry) -> str:
    text = entry.name()
    if not re.fullmatch(_TEAM, text):
        raise entry.error("must be a team, with its organisation: acme/platform", "Write it without the @.")
    return text


def _role(entry: Entry) -> str:
    text = entry.name()
    if text in ("none", "read"):
        raise entry.error(f"may not be {text}: on a public repository, that is everybody")
    return text


def _quorum(entry: Entry) -> Quorum:
    default = Quorum()
    numbers = {key: value.number(1, MOST_PEOPLE) for key, value in entry.section(Quorum._fields).items()}
    for key, value in entry.pairs():
        least = int(getattr(default, key.node.text))
        if numbers[key.node.text] < least:
            raise value.error(f"must be {least} at least", "The numbers can only be raised.")
    return default._replace(**numbers)


def _seconds(entry: Entry) -> int:
    text = entry.node.text
    if entry.node.kind == "text" and re.fullmatch(r"(0|[1-9][0-9]{0,3})s", text, re.ASCII):
        return int(text[:-1])
    if entry.node.kind != "number":
        raise entry.error("must be a number of seconds", "Write 20, or 20s.")
    return entry.number(0, MOST_SECONDS)


# --- when -------------------------------------------------------------------------------------------------------------


def _window(entry: Entry) -> Window:
    found = _section(entry, _WINDOW)
    default = Window()
    opens = _read(found, "from", lambda value: _time(value, last=False), default.opens)
    closes = _read(found, "to", lambda value: _time(value, last=True), default.closes)
    if opens == closes:
        raise entry.error("opens and closes in the same minute", "For a whole day, leave out from and to.")
    return Window(
        days=_read(found, "days", _days, default.days),
        opens=opens,
        closes=closes,
        timezone=_read(found, "timezone", _zone, default.timezone),
        acts=_read(found, "for", _acts, default.acts),
    )


def _freeze(entry: Entry) -> Freeze:
    found = _section(entry, _FREEZE)
    for key in ("from", "until", "reason"):
        if key not in found:
            raise entry.error(f"has no {key}", "A freeze says from which day, until which day, and why.")
    first, last = found["from"].date(), found["until"].date()
    if last < first:
        raise found["until"].error(f"is before the first day, {first}")
    if date.fromisoformat(last).year > 2200:
        raise found["until"].error("is too far away", "A freeze ends; for ever, forbid the rules instead.")
    zone = _read(found, "timezone", _zone, Freeze._field_defaults["timezone"])
    return Freeze(first, last, found["reason"].text(), zone, _read(found, "for", _acts, ()))


def _section(entry: Entry, keys: tuple[str, ...]) -> dict[str, Entry]:
    if entry.empty:
        raise entry.error("is empty")
    return entry.section(keys)


def _time(entry: Entry, *, last: bool) -> str:
    # YAML takes 17:00 without quotes for a number of base sixty; what was written is clear all the same.
    text = entry.node.text
    known = re.fullmatch(_TIME, text, re.ASCII) or (last and text == "24:00")
    if entry.node.kind not in ("text", "number") or not known:
        raise entry.error("must be a time of day", 'Write hours and minutes: "09:00".')
    return text


def _days(entry: Entry) -> tuple[int, ...]:
    if entry.node.kind != "list":
        return tuple(sorted(_some_days(entry)))
    found = {day for item in entry.items() for day in _some_days(item)}
    if not found:
        raise entry.error("names no day", "Leave the key out for mon-fri.")
    return tuple(sorted(found))


def _some_days(entry: Entry) -> set[int]:
    text = entry.name()
    first, dash, last = text.partition("-")
    for day in (first, last) if dash else (first,):
        if day not in _DAYS:
            hint = "Write mon-fri, or [mon, wed]."
            raise entry.error(f"must be a day or a span of days{nearest(day, _DAYS)}", hint)
    begin = _DAYS.index(first)
    return {(begin + step) % 7 for step in range((_DAYS.index(last or first) - begin) % 7 + 1)}


def _acts(entry: Entry) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(item.choice(_ACTS) for item in entry.items()))
    if not found:
        raise entry.error("names nobody", "Leave the key out to mean everybody.")
    return found


def _zone(entry: Entry) -> str:
    """A time zone that this machine knows: one that it does not know could not be kept to."""
    import zoneinfo

    text = entry.name()
    # `right/…` counts leap seconds, `localtime` is whatever the machine is set to.
    strange = text.startswith(("right/", "posix/")) or text in ("localtime", "posixrules", "Factory")
    try:
        if not strange:
            zoneinfo.ZoneInfo(text)
            return text
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    known = zoneinfo.available_timezones()
    if not known:
        raise entry.error("cannot be looked up: there is no time zone database here", "Install tzdata.")
    cities = {name.rpartition("/")[2].lower(): name for name in sorted(known, reverse=True) if "/" in name}
    city = cities.get(text.rpartition("/")[2].strip().replace(" ", "_").lower())
    meant = [city] if city else words_near(text, known)
    guess = f'; did you mean "{meant[0]}"?' if meant else ""
    raise entry.error(f"is not a time zone that is known here{guess}", "Names are those of the IANA: Europe/Berlin.")


# --- where decisions are written --------------------------------------------------------------------------------------


def _evidence(entry: Entry) -> Evidence:
    found = entry.section(_EVIDENCE)
    default = Evidence()
    return Evidence(
        store=_read(found, "store", _store, default.store),
        path=_read(found, "path", _path, default.path),
        branch=_read(found, "branch", _branch, default.branch),
        days=found["days"].number(1, 3650) if "days" in found else default.days,
    )


def _rehearsal(entry: Entry) -> Rehearsal:
    found = _section(entry, _REHEARSAL)
    default = Rehearsal()
    return Rehearsal(
        acts=_read(found, "for", _acts, default.acts),
        days=_read(found, "within", _age, default.days),
        environments=_read(found, "environments", _environments, default.environments),
        path=_read(found, "path", _path, default.path),
    )


def _age(entry: Entry) -> int:
    if entry.node.kind == "text" and re.fullmatch(r"[1-9][0-9]{0,2}d", entry.node.text, re.ASCII):
        return int(entry.node.text[:-1])
    if entry.node.kind != "number":
        raise entry.error("must be a number of days", "Write 14, or 14d.")
    return entry.number(1, 999)


def _environments(entry: Entry) -> tuple[str, ...]:
    found = _list(entry, Entry.name)
    if not found:
        raise entry.error("names none", "Leave the key out where any will do.")
    for item in entry.items():
        if re.search("[A-Z]", item.node.text):
            raise item.error("must be written in small letters", "As planguard rehearse keeps it.")
    return found


def _store(entry: Entry) -> Literal["file", "branch", "none"]:
    found = entry.choice(("file", "branch", "none"))
    return "branch" if found == "branch" else "none" if found == "none" else "file"


def _path(entry: Entry) -> str:
    text = entry.name()
    if not re.fullmatch(_PATH, text):
        raise entry.error("must be a path inside the repository", "With /, from its top: .planguard/evidence.jsonl")
    return text


def _branch(entry: Entry) -> str:
    text = entry.name()
    if not re.fullmatch(_BRANCH, text):
        raise entry.error("must be the name of a branch", "Without refs/heads/ in front.")
    return text
