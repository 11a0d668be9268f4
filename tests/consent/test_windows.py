"""Change windows and freezes: when they hold a change, and the instant at which they let it go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planguard.consent.windows import Held, held
from planguard.consent_config import ConsentConfig, Freeze, Window
from planguard.review import Kind

PEOPLE = (Kind.HUMAN,)
OFFICE = Window((0, 1, 2, 3, 4), "09:00", "17:00", "Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def why(*rules: Window | Freeze, now: str | datetime, acting: tuple[Kind, ...] = PEOPLE) -> Held | None:
    windows = tuple(rule for rule in rules if isinstance(rule, Window))
    freezes = tuple(rule for rule in rules if isinstance(rule, Freeze))
    when = at(now) if isinstance(now, str) else now
    return held(ConsentConfig(windows=windows, freezes=freezes), acting, when)


def opens(*rules: Window | Freeze, now: str, acting: tuple[Kind, ...] = PEOPLE) -> str:
    found = why(*rules, now=now, acting=acting)
    assert found is not None
    assert found.opens is not None
    return f"{found.opens:%Y-%m-%dT%H:%M:%S}"


def test_without_rules_everything_goes_through_at_any_time() -> None:
    assert why(now="2026-11-22T03:00") is None
    assert why(now="2026-11-22T03:00", acting=()) is None


def test_office_hours_in_their_own_time_zone() -> None:
    assert why(OFFICE, now="2026-11-23T08:00") is None  # 09:00 in Berlin
    assert why(OFFICE, now="2026-11-23T15:59:59") is None
    assert opens(OFFICE, now="2026-11-23T07:59:59") == "2026-11-23T08:00:00"
    assert opens(OFFICE, now="2026-11-23T16:00") == "2026-11-24T08:00:00"
    assert opens(OFFICE, now="2026-11-20T16:50") == "2026-11-23T08:00:00"  # a Friday
    assert opens(OFFICE, now="2026-07-03T16:50") == "2026-07-06T07:00:00"  # summer time


def test_it_is_said_in_words() -> None:
    found = why(OFFICE, now="2026-11-20T16:50")
    assert found is not None
    assert found.reason == "Changes go through only Mon-Fri 09:00-17:00 Europe/Berlin."
    assert found.opening == "The window opens Mon 2026-11-23 09:00 Europe/Berlin."
    found = why(Window((1, 3)), Window((5,), "00:00", "06:00"), now="2026-11-22T00:00")
    assert found is not None
    assert found.reason == "Changes go through only Tue, Thu UTC, or Sat 00:00-06:00 UTC."


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    night = Window((4,), "22:00", "06:00")
    assert why(night, now="2026-11-20T22:00") is None  # Friday
    assert why(night, now="2026-11-21T05:59") is None
    assert opens(night, now="2026-11-21T06:00") == "2026-11-27T22:00:00"
    assert opens(night, now="2026-11-20T05:00") == "2026-11-20T22:00:00"
    sunday = Window((6,), "22:00", "06:00")
    assert why(sunday, now="2026-11-23T05:59") is None  # Monday


def test_windows_add_up() -> None:
    late = Window((4,), "17:00", "20:00", "Europe/Berlin")
    assert why(OFFICE, late, now="2026-11-20T16:50") is None
    assert opens(OFFICE, late, now="2026-11-20T19:00") == "2026-11-23T08:00:00"


def test_whoever_has_windows_of_their_own_has_no_others() -> None:
    machines = Window((1,), "10:00", "12:00", "UTC", ("agent", "bot"))
    assert why(OFFICE, machines, now="2026-11-23T10:00") is None
    agent = why(OFFICE, machines, now="2026-11-23T10:00", acting=(Kind.AGENT,))
    assert agent is not None
    assert agent.reason == "Agents' changes go through only Tue 10:00-12:00 UTC."
    # together, both must be open
    both = (Kind.HUMAN, Kind.AGENT)
    assert opens(OFFICE, machines, now="2026-11-24T12:00", acting=both) == "2026-12-01T10:00:00"
    assert opens(OFFICE, machines, now="2026-11-24T07:00", acting=both) == "2026-11-24T10:00:00"
    # nobody asked for a window of people's changes
    assert why(machines, now="2026-11-22T10:00") is None


@pytest.mark.parametrize("acting", [(), (Kind.UNKNOWN,), (Kind.UNKNOWN, Kind.HUMAN)])
def test_the_unknown_are_held_to_what_holds_for_machines(acting: tuple[Kind, ...]) -> None:
    agents = Window((1,), "10:00", "12:00", "UTC", ("agent",))
    assert opens(agents, now="2026-11-23T10:00", acting=acting) == "2026-11-24T10:00:00"
    freeze = Freeze("2026-11-23", "2026-11-24", "r", "UTC", ("bot",))
    assert opens(freeze, now="2026-11-23T10:00", acting=acting) == "2026-11-25T00:00:00"
    named = Window((0,), "00:00", "24:00", "UTC", ("unknown",))
    assert why(agents, named, now="2026-11-23T10:00", acting=acting) is None


def test_a_freeze_holds_whole_days_and_is_searched_past() -> None:
    freeze = Freeze("2026-12-20", "2027-01-03", "Nobody is there", "Europe/Berlin")
    assert why(freeze, now="2026-12-19T22:59:59") is None
    found = why(OFFICE, freeze, now="2026-12-22T10:00")
    assert found is not None
    assert found.reason == "Frozen from 2026-12-20 to 2027-01-03 (Europe/Berlin): Nobody is there."
    assert found.opens == at("2027-01-04T08:00")
    # the window of the next morning lies in the freeze
    assert opens(OFFICE, freeze, now="2026-12-18T18:00") == "2027-01-04T08:00:00"
    another = Freeze("2027-01-04", "2027-01-04", "Stocktaking.", "Europe/Berlin")
    assert opens(OFFICE, freeze, another, now="2026-12-22T10:00") == "2027-01-05T08:00:00"
    assert opens(freeze, another, now="2026-12-22T10:00") == "2027-01-04T23:00:00"


def test_a_freeze_of_years_is_searched_past() -> None:
    freeze = Freeze("2026-01-01", "2199-12-31", "r")
    assert opens(freeze, now="2026-11-22T00:00") == "2200-01-01T00:00:00"
    assert opens(OFFICE, freeze, now="2026-11-22T00:00") == "2200-01-01T08:00:00"


def test_windows_that_never_meet_are_said_to_never_open() -> None:
    people = Window((0,), "09:00", "10:00", "UTC", ("human",))
    agents = Window((1,), "09:00", "10:00", "UTC", ("agent",))
    found = why(people, agents, now="2026-11-23T09:30", acting=(Kind.HUMAN, Kind.AGENT))
    assert found is not None
    assert (found.opens, found.opening) == (None, "No change window opens within a year.")


def test_a_clock_that_is_put_forward_opens_what_it_jumps_over() -> None:
    # On 2027-03-28, Berlin has no 02:30; the clock jumps from 02:00 to 03:00 (01:00 UTC).
    early = Window((6,), "02:30", "10:00", "Europe/Berlin")
    assert opens(early, now="2027-03-27T12:00") == "2027-03-28T01:00:00"
    gone = Window((6,), "02:10", "02:50", "Europe/Berlin")
    assert opens(gone, now="2027-03-27T12:00") == "2027-04-04T00:10:00"


def test_an_hour_that_comes_twice_counts_twice() -> None:
    # On 2026-10-25, Berlin has 02:30 at 00:30 UTC and at 01:30 UTC.
    twice = Window((6,), "02:30", "02:45", "Europe/Berlin")
    assert opens(twice, now="2026-10-24T12:00") == "2026-10-25T00:30:00"
    assert opens(twice, now="2026-10-25T00:45") == "2026-10-25T01:30:00"
    assert why(twice, now="2026-10-25T01:44") is None


def test_a_freeze_ends_where_midnight_does_not_exist() -> None:
    # Cairo puts the clock forward at midnight: 2026-04-24 begins at 01:00 there (2026-04-23T22:00 UTC).
    freeze = Freeze("2026-04-20", "2026-04-23", "r", "Africa/Cairo")
    assert opens(freeze, now="2026-04-22T12:00") == "2026-04-23T22:00:00"


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Africa/Casablanca",
    ]
)
CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
ACTS = st.lists(st.sampled_from(list(Kind)), max_size=2, unique=True).map(lambda kinds: tuple(k.value for k in kinds))
DAYS = st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True).map(lambda days: tuple(sorted(days)))
WINDOWS = st.builds(Window, DAYS, CLOCK, st.one_of(CLOCK, st.just("24:00")), ZONES, ACTS).filter(
    lambda window: window.opens != window.closes
)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def freezes(draw: st.DrawFn) -> Freeze:
    first = BEGIN.date() + timedelta(days=draw(st.integers(0, 400)))
    last = first + timedelta(days=draw(st.sampled_from([0, 0, 1, 5, 40])))
    return Freeze(first.isoformat(), last.isoformat(), "r", draw(ZONES), draw(ACTS))


@given(
    st.lists(st.one_of(WINDOWS, freezes()), max_size=5),
    st.lists(st.sampled_from(list(Kind)), max_size=3),
    st.integers(0, 400 * 24 * 60),
)
@settings(max_examples=150, deadline=None)
@example([Window((6,), "02:30", "10:00", "Europe/Berlin")], [Kind.HUMAN], 86 * 24 * 60 + 600)
@example([Window((6,), "01:50", "02:10", "Australia/Lord_Howe")], [Kind.HUMAN], 93 * 24 * 60)
def test_it_opens_when_it_says_and_not_a_minute_before(
    rules: list[Window | Freeze], acting: list[Kind], minutes: int
) -> None:
    now = BEGIN + timedelta(minutes=minutes)
    found = why(*rules, now=now, acting=tuple(acting))
    if found is None or found.opens is None:
        return
    assert found.reason.endswith(".")
    assert found.opens > now
    assert why(*rules, now=found.opens, acting=tuple(acting)) is None
    # every minute before it is closed; of a long wait, the first and the last day
    step = timedelta(minutes=1)
    wait = found.opens - now
    moments = [now + step * i for i in range(min(1440, wait // step))]
    moments += [found.opens - step * i for i in range(1, min(1440, wait // step))]
    for moment in moments[:: max(1, len(moments) // 120)]:
        assert why(*rules, now=moment, acting=tuple(acting)) is not None, moment
    assert why(*rules, now=found.opens - timedelta(seconds=1), acting=tuple(acting)) is not None
