"""Deadlines: for any start, rule, zone and stops."""

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from deadlines import calculus
from deadlines.calculus import CalendarData, Rule, Stop

many = settings(max_examples=80, deadline=None, derandomize=True, database=None)

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "Asia/Tokyo", "America/Toronto", "Australia/Lord_Howe", "Asia/Kathmandu",
     "Pacific/Apia", "America/St_Johns"]
)  # fmt: skip
#: Around both clock changes of 2026 in Europe, America and Australia, and a plain month.
STARTS = st.builds(
    lambda month, seconds: month + timedelta(seconds=seconds),
    st.sampled_from(
        [
            datetime(2026, 3, 1, tzinfo=UTC),
            datetime(2026, 10, 1, tzinfo=UTC),
            datetime(2027, 6, 1, tzinfo=UTC),
        ]
    ),
    st.integers(0, 42 * 86_400),
)
RULES = st.one_of(
    st.builds(
        Rule, st.integers(0, 300_000), st.just("seconds"), st.sampled_from(["immediate", "next_full_hour"])
    ),
    st.builds(Rule, st.integers(0, 96), st.just("hours"), st.sampled_from(["immediate", "next_full_hour"])),
    st.builds(
        Rule,
        st.integers(0, 40),
        st.sampled_from(["calendar_days", "working_days"]),
        st.sampled_from(["immediate", "next_working_day"]),
        st.booleans(),
    ),
    st.builds(Rule, st.integers(0, 13), st.just("months"), st.just("immediate"), st.booleans()),
)
CALENDARS = st.builds(
    CalendarData,
    key=st.just("XX"),
    version=st.just("1"),
    weekend=st.sampled_from([frozenset({5, 6}), frozenset({4, 5}), frozenset()]),
    holidays=st.frozensets(st.dates(date(2026, 3, 1), date(2026, 5, 1)), max_size=12),
)


@st.composite
def given_stops(draw: st.DrawFn, start: datetime) -> list[Stop]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        opened = start + timedelta(minutes=draw(st.integers(-4000, 30_000)))
        found.append(Stop(opened, opened + timedelta(minutes=draw(st.integers(-10, 12_000))), "information"))
    return found


@many
@given(st.data(), STARTS, RULES, CALENDARS, ZONES)
def test_time_counted_and_time_stood_make_up_the_whole(data, start, rule, calendar, zone) -> None:
    stops = data.draw(given_stops(start))
    derived = calculus.derive(start, rule, calendar, zone, stops)
    begins = {
        "immediate": start,
        "next_full_hour": -(-start.timestamp() // 3600) * 3600,
        "next_working_day": None,
    }[rule.start]
    assert derived.counted >= timedelta()
    assert derived.stopped >= timedelta()
    assert derived.due_at >= start
    if isinstance(begins, float):
        begins = datetime.fromtimestamp(begins, UTC)
    if begins is not None:
        assert derived.counted + derived.stopped == derived.due_at - begins
    if rule.unit in ("seconds", "hours"):
        assert derived.counted == timedelta(**{rule.unit: rule.amount})


@many
@given(st.data(), STARTS, RULES, CALENDARS, ZONES)
def test_a_stop_more_or_a_longer_stop_never_makes_a_deadline_earlier(
    data, start, rule, calendar, zone
) -> None:
    stops = data.draw(given_stops(start))
    before = calculus.derive(start, rule, calendar, zone, stops).due_at
    longer = [
        Stop(stop.start, stop.end + timedelta(minutes=data.draw(st.integers(0, 5000)))) for stop in stops
    ]
    assert calculus.derive(start, rule, calendar, zone, longer).due_at >= before
    more = [*stops, *data.draw(given_stops(start))]
    assert calculus.derive(start, rule, calendar, zone, more).due_at >= before


@many
@given(st.data(), STARTS, RULES, CALENDARS, ZONES)
def test_a_deadline_derives_again_from_what_is_stored_of_it(data, start, rule, calendar, zone) -> None:
    derived = calculus.derive(start, rule, calendar, zone, data.draw(given_stops(start)))
    stored = json.loads(json.dumps(derived.inputs))
    assert calculus.recompute(stored, calendar) == derived


@many
@given(STARTS, RULES, CALENDARS, ZONES, st.integers(1, 20_000))
def test_a_later_event_or_a_longer_period_is_never_due_earlier(start, rule, calendar, zone, minutes) -> None:
    due = calculus.derive(start, rule, calendar, zone).due_at
    assert calculus.derive(start + timedelta(minutes=minutes), rule, calendar, zone).due_at >= due
    longer = Rule(rule.amount + 1, rule.unit, rule.start, rule.rollover)
    assert calculus.derive(start, longer, calendar, zone).due_at >= due


@many
@given(st.data(), STARTS)
def test_overlapping_stops_count_once_in_any_order(data, start) -> None:
    stops = data.draw(given_stops(start))
    merged = calculus.merge(stops)
    assert merged == calculus.merge(data.draw(st.permutations(stops)))
    assert all(one_end < other_start for (_s, one_end), (other_start, _e) in itertools.pairwise(merged))


@many
@given(STARTS, st.integers(1, 30), CALENDARS, ZONES)
def test_a_period_of_days_ends_at_a_local_midnight_after_a_day_that_may_end_it(
    start, amount, calendar, zone
) -> None:
    local = ZoneInfo(zone)
    due = calculus.derive(start, Rule(amount, "calendar_days"), calendar, zone).due_at
    last = due.astimezone(local).date() - timedelta(days=1)
    assert due == calculus.midnight(last + timedelta(days=1), local)
    assert calendar.is_working(last)
