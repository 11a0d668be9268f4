"""Change windows and freezes: whether a change may go through now, and if not, from when on.

A window is open when a clock on the wall of its time zone shows so: at half past two of a night in which that hour is
left out, one that opens then is open as soon as the clock has jumped; of an hour that comes twice, both count. Pure:
the time comes from outside. Decides nothing about people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from planguard.consent_config import ConsentConfig, Freeze, Window
from planguard.review import Kind

_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WHOSE = {
    Kind.HUMAN: "People's changes",
    Kind.AGENT: "Agents' changes",
    Kind.BOT: "Bots' changes",
    Kind.UNKNOWN: "Changes by unknown accounts",
}
_MACHINES = (Kind.AGENT, Kind.BOT)
_SPAN = timedelta(days=8)
_SPANS = 50
"""So many spans are looked through: more than a year, after which everything comes again."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Held(NamedTuple):
    """Why a change has to wait."""

    reason: str
    """One sentence."""
    opens: datetime | None
    """The next instant at which it may go through, in UTC; None where there is none within a year."""
    zone: str
    """The time zone of the window or the freeze, in which people think of it."""

    @property
    def opening(self) -> str:
        """One sentence: when it may go through."""
        if self.opens is None:
            return "No change window opens within a year."
        local = self.opens.astimezone(_zone(self.zone))
        return f"The window opens {_NAMES[local.weekday()]} {local:%Y-%m-%d %H:%M} {self.zone}."


def held(config: ConsentConfig, acting: Collection[Kind], now: datetime) -> Held | None:
    """Why a change by these must wait at `now`; None where it may go through."""
    rules = _Rules(config, acting)
    now = now.astimezone(UTC)
    frozen = [freeze for freeze in rules.freezes if _is_frozen(freeze, now)]
    if frozen:
        last = max(frozen, key=lambda freeze: (freeze.last, freeze.first, freeze.reason))
        return Held(_frozen_words(last), rules.opening(now), last.timezone)
    for kind, windows in rules.windows:
        if not any(_is_open(window, now) for window in windows):
            return Held(_closed_words(kind, windows), rules.opening(now), windows[0].timezone)
    return None


class _Rules:
    """The windows and freezes that bind those who act."""

    def __init__(self, config: ConsentConfig, acting: Collection[Kind]) -> None:
        kinds = sorted(set(acting) or {Kind.UNKNOWN})
        self.freezes = tuple(
            freeze
            for freeze in config.freezes
            if not freeze.acts or any(kind.value in freeze.acts for kind in _stands_for(kinds, config.freezes))
        )
        windows = [(kind, _own(kind, config.windows)) for kind in _stands_for(kinds, config.windows)]
        self.windows = tuple((kind, own) for kind, own in windows if own)
        zones = {freeze.timezone for freeze in self.freezes}
        self._zones = sorted(zones.union(window.timezone for _, own in self.windows for window in own))

    def allows(self, at: datetime) -> bool:
        """Whether everybody who acts may at this instant."""
        return not any(_is_frozen(freeze, at) for freeze in self.freezes) and all(
            any(_is_open(window, at) for window in windows) for _, windows in self.windows
        )

    def opening(self, now: datetime) -> datetime | None:
        """The first instant after `now` at which everybody may."""
        start, spans = now, 0
        while spans < _SPANS:
            thawed = max((_end(freeze) for freeze in self.freezes if _is_frozen(freeze, start)), default=start)
            if thawed > start + _SPAN:
                # Nothing happens before, and a long freeze must not use up the year that is looked through.
                start, spans = thawed - _DAY, 0
            for instant in sorted(set(self._instants(start))):
                if instant > now and self.allows(instant):
                    return instant
            start += _SPAN
            spans += 1
        return None

    def _instants(self, start: datetime) -> Iterator[datetime]:
        """Every instant of a span at which something may open."""
        for freeze in self.freezes:
            yield from _utc(date.fromisoformat(freeze.last) + _DAY, "00:00", freeze.timezone)
        for _, windows in self.windows:
            for window in windows:
                first = start.astimezone(_zone(window.timezone)).date() - _DAY
                for day in (first + timedelta(days=step) for step in range(_SPAN.days + 3)):
                    if day.weekday() in window.days:
                        yield from _utc(day, window.opens, window.timezone)
        for name in self._zones:
            for step in range(_SPAN.days + 1):
                yield from _jump(_zone(name), start + timedelta(days=step))


def _stands_for(kinds: Sequence[Kind], rules: Sequence[Window] | Sequence[Freeze]) -> tuple[Kind, ...]:
    """Whom the rules must allow. Where none names the unknown, these may be machines, and are held to the same."""
    if Kind.UNKNOWN not in kinds or any(Kind.UNKNOWN.value in rule.acts for rule in rules):
        return tuple(kinds)
    return tuple(dict.fromkeys((*kinds, *_MACHINES)))


def _own(kind: Kind, windows: Sequence[Window]) -> tuple[Window, ...]:
    """The windows for a kind: those that name it, else those that name nobody."""
    named = tuple(window for window in windows if kind.value in window.acts)
    return named or tuple(window for window in windows if not window.acts)


# --- the clock on the wall --------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _is_open(window: Window, at: datetime) -> bool:
    local = at.astimezone(_zone(window.timezone))
    clock = f"{local:%H:%M}"
    today = local.weekday() in window.days
    if window.opens < window.closes:
        return today and window.opens <= clock < window.closes
    yesterday = (local.weekday() - 1) % 7 in window.days
    return (today and clock >= window.opens) or (yesterday and clock < window.closes)


def _is_frozen(freeze: Freeze, at: datetime) -> bool:
    return freeze.first <= at.astimezone(_zone(freeze.timezone)).date().isoformat() <= freeze.last


def _end(freeze: Freeze) -> datetime:
    return max(_utc(date.fromisoformat(freeze.last) + _DAY, "00:00", freeze.timezone))


def _utc(day: date, clock: str, zone: str) -> tuple[datetime, ...]:
    """Both instants at which the clock may show this: they differ only where it is put forward or back."""
    local = datetime.combine(day, time.fromisoformat(clock), _zone(zone))
    return tuple({local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})


def _jump(zone: tzinfo, start: datetime) -> Iterator[datetime]:
    """The instant within a day of `start` at which the clock is put forward or back, if there is one."""
    early, late = start.replace(microsecond=0), start.replace(microsecond=0) + _DAY
    before = early.astimezone(zone).utcoffset()
    if before == late.astimezone(zone).utcoffset():
        return
    while late - early > _SECOND:
        middle = early + timedelta(seconds=(late - early) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    yield late


# --- words ------------------------------------------------------------------------------------------------------------


def _frozen_words(freeze: Freeze) -> str:
    days = f"on {freeze.last}" if freeze.first == freeze.last else f"from {freeze.first} to {freeze.last}"
    ending = "" if freeze.reason.endswith((".", "!", "?")) else "."
    return f"Frozen {days} ({freeze.timezone}): {freeze.reason}{ending}"


def _closed_words(kind: Kind, windows: Sequence[Window]) -> str:
    whose = _WHOSE[kind] if any(window.acts for window in windows) else "Changes"
    return f"{whose} go through only {', or '.join(map(_window_words, windows))}."


def _window_words(window: Window) -> str:
    hours = "" if (window.opens, window.closes) == ("00:00", "24:00") else f" {window.opens}-{window.closes}"
    return f"{_day_words(window.days)}{hours} {window.timezone}"


def _day_words(days: Sequence[int]) -> str:
    """`Mon-Thu`, `Mon, Wed`."""
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return f"{_NAMES[days[0]]}-{_NAMES[days[-1]]}"
    return ", ".join(_NAMES[day] for day in days)
