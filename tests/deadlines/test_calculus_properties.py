"""What holds for every deadline, whatever its rule, calendar, zone and stops."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from deadlines.calculus import CalendarData, Extension, Rule, Stop, derive, extended, merge, midnight
from deadlines.derivations import recompute
from tests.examples import examples

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Pacific/Apia",
]
Case = tuple[datetime, Rule, CalendarData, str, list[Stop]]
FIRST = datetime(2026, 1, 1)  # noqa: DTZ001
LAST = datetime(2027, 12, 31)  # noqa: DTZ001

instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
zones = st.sampled_from(ZONES)
STARTS = ["immediate", "next_full_hour", "next_working_day", "cut_off"]
running = st.builds(
    Rule,
    st.integers(0, 200),
    st.sampled_from(["hours", "seconds"]),
    st.sampled_from(STARTS),
    two_working_days=st.sampled_from(["days", "always"]),
)
counted = st.builds(
    Rule,
    st.integers(0, 60),
    st.sampled_from(["calendar_days", "working_days", "calendar_days", "working_days", "months"]),
    st.sampled_from(STARTS),
    st.booleans(),
    st.sampled_from(["days", "never"]),
)
rules = running | counted
MAY_DAYS = frozenset(date(year, 5, day) for year in (2026, 2027, 2028) for day in range(1, 8))
calendars = st.sampled_from(
    [
        CalendarData("plain", "1"),
        CalendarData("gulf", "1", weekend=frozenset({4, 5})),
        CalendarData("one", "1", weekend=frozenset({6}), holidays=MAY_DAYS),
        CalendarData("idle", "1", weekend=frozenset({0, 2, 4, 5, 6}), holidays=MAY_DAYS),
        CalendarData("busy", "1", weekend=frozenset()),
    ]
)


@st.composite
def stops(draw: st.DrawFn, near: datetime | None = None) -> list[Stop]:
    starts = draw(st.lists(st.integers(-100, 1000), max_size=3))
    base = near or draw(instants)
    return [
        Stop(begin, begin + timedelta(minutes=draw(st.integers(-60, 20_000))))
        for begin in (base + timedelta(hours=hours) for hours in starts)
    ]


@st.composite
def cases(draw: st.DrawFn, rules: st.SearchStrategy[Rule] = rules) -> Case:
    start = draw(instants)
    return start, draw(rules), draw(calendars), draw(zones), draw(stops(near=start))


@given(cases(), st.data())
@settings(max_examples=examples(60))
def test_adding_a_stop_never_makes_a_deadline_earlier(case, data):
    start, rule, calendar, zone, standing = case
    before = derive(start, rule, calendar, zone, standing).due_at
    more = data.draw(stops(near=start))
    assert derive(start, rule, calendar, zone, standing + more).due_at >= before


@given(cases(), st.integers(0, 4), st.integers(0, 20_000))
@settings(max_examples=examples(60))
def test_lengthening_a_stop_never_makes_a_deadline_earlier(case, which, minutes):
    start, rule, calendar, zone, standing = case
    assume(standing)
    before = derive(start, rule, calendar, zone, standing).due_at
    chosen = standing[which % len(standing)]
    longer = Stop(chosen.start, chosen.end + timedelta(minutes=minutes))
    others = [stop for stop in standing if stop is not chosen]
    assert derive(start, rule, calendar, zone, [*others, longer]).due_at >= before


@given(cases())
@settings(max_examples=examples(60))
def test_counted_and_stopped_time_sum_to_wall_time(case):
    start, rule, calendar, zone, standing = case
    derived = derive(start, rule, calendar, zone, standing)
    began = derive(start, Rule(0, "seconds", rule.start), calendar, zone).due_at
    assert derived.counted + derived.stopped == derived.due_at - began
    assert derived.stopped >= timedelta()
    assert derived.counted >= timedelta() or rule.amount == 0
    overlap = sum(
        (max(timedelta(), min(end, derived.due_at) - max(opened, began)) for opened, end in merge(standing)),
        timedelta(),
    )
    assert derived.stopped == overlap


@given(cases(running))
@settings(max_examples=examples(60))
def test_running_time_is_exactly_what_the_rule_says(case):
    start, rule, calendar, zone, standing = case
    assume(rule.two_working_days != "always")
    derived = derive(start, rule, calendar, zone, standing)
    assert derived.counted == timedelta(**{rule.unit: rule.amount})


@given(cases())
@settings(max_examples=examples(60))
def test_a_deadline_never_falls_where_the_clock_stands(case):
    start, rule, calendar, zone, standing = case
    assume(rule.two_working_days != "always" and rule.amount)
    due = derive(start, rule, calendar, zone, standing).due_at
    last_instant = due - timedelta(microseconds=1)
    assert not any(opened <= last_instant < end for opened, end in merge(standing))


@given(cases())
@settings(max_examples=examples(60))
def test_replaying_stored_inputs_gives_the_same_instant_and_the_same_steps(case):
    start, rule, calendar, zone, standing = case
    derived = derive(start, rule, calendar, zone, standing)
    stored = json.loads(json.dumps(derived.inputs))
    assert recompute(stored, calendar) == derived


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=examples(60))
def test_the_order_in_which_stops_were_recorded_does_not_matter(case, dice):
    start, rule, calendar, zone, standing = case
    shuffled = list(standing)
    dice.shuffle(shuffled)
    assert (
        derive(start, rule, calendar, zone, shuffled).due_at
        == derive(start, rule, calendar, zone, standing).due_at
    )


@given(cases())
@settings(max_examples=examples(60))
def test_a_stop_that_is_told_twice_or_in_two_overlapping_halves_counts_once(case):
    start, rule, calendar, zone, standing = case
    halves = []
    for stop in standing:
        third = (stop.end - stop.start) / 3
        halves += [Stop(stop.start, stop.end - third), Stop(stop.start + third, stop.end), stop]
    assert (
        derive(start, rule, calendar, zone, halves).due_at
        == derive(start, rule, calendar, zone, standing).due_at
    )


@given(cases(counted))
@settings(max_examples=examples(60))
def test_a_period_of_days_ends_at_a_local_midnight_after_a_working_day_if_it_rolls(case):
    start, rule, calendar, zone, standing = case
    local = ZoneInfo(zone)
    due = derive(start, rule, calendar, zone, standing).due_at
    last = (due - timedelta(microseconds=1)).astimezone(local).date()
    assert due == midnight((due.astimezone(local)).date(), local)
    if rule.rollover and (rule.amount or rule.unit != "working_days"):
        assert calendar.is_working(last)


@given(instants, st.integers(2, 60), calendars, zones)
@settings(max_examples=examples(60))
def test_two_days_or_more_hold_two_working_days(start, amount, calendar, zone):
    local = ZoneInfo(zone)
    due = derive(start, Rule(amount, "calendar_days"), calendar, zone).due_at
    day, working = start.astimezone(local).date() + timedelta(days=1), 0
    while midnight(day, local) < due:
        working += calendar.is_working(day)
        day += timedelta(days=1)
    assert working >= 2


@given(instants, rules, calendars, zones, st.integers(0, 50))
@settings(max_examples=examples(60))
def test_a_longer_period_never_ends_before_a_shorter_one(start, rule, calendar, zone, more):
    assume(rule.unit != "months" or rule.amount + more <= 120)
    longer = replace(rule, amount=rule.amount + more)
    assert derive(start, longer, calendar, zone).due_at >= derive(start, rule, calendar, zone).due_at


@given(instants, rules, calendars, zones, st.integers(1, 20_000))
@settings(max_examples=examples(60))
def test_a_later_event_is_never_due_earlier(start, rule, calendar, zone, minutes):
    later = start + timedelta(minutes=minutes)
    assert derive(later, rule, calendar, zone).due_at >= derive(start, rule, calendar, zone).due_at


@st.composite
def added(draw: st.DrawFn, room: int) -> list[Extension]:
    """Return extensions that fit into what a cap leaves."""
    found = []
    while room and len(found) < 3:
        amount = draw(st.integers(1, room))
        found.append(
            Extension(amount, draw(st.sampled_from("ABC")), "A survey on site", FIRST.replace(tzinfo=UTC))
        )
        room -= amount
    return found


@given(cases(), st.data())
@settings(max_examples=examples(60))
def test_an_extension_counts_like_a_longer_period_whatever_the_order_and_never_makes_it_earlier(case, data):
    start, rule, calendar, zone, standing = case
    rule = replace(rule, cap=min(rule.amount + 20, 120))
    assume(rule.cap >= rule.amount)
    more = data.draw(added(rule.cap - rule.amount))
    derived = derive(start, rule, calendar, zone, standing, more)
    longer = replace(rule, amount=rule.amount + sum(extension.amount for extension in more))
    assert derived.due_at == derive(start, longer, calendar, zone, standing).due_at
    assert derived.due_at >= derive(start, rule, calendar, zone, standing).due_at
    shuffled = derive(start, rule, calendar, zone, standing, more[::-1])
    assert (shuffled.due_at, shuffled.steps) == (derived.due_at, derived.steps)
    assert recompute(json.loads(json.dumps(derived.inputs)), calendar) == derived


@given(rules, st.integers(1, 30))
@settings(max_examples=examples(60))
def test_no_extension_goes_beyond_the_cap(rule, beyond):
    assume(rule.amount < 60)
    capped = replace(rule, cap=rule.amount + 5)
    extension = Extension(5 + beyond, "A", "A survey on site", FIRST.replace(tzinfo=UTC))
    with pytest.raises(ValueError, match="may come to"):
        extended(capped, [extension])


@given(instants, counted, calendars, zones)
@settings(max_examples=examples(60))
def test_an_event_after_the_cut_off_is_due_when_one_early_on_the_next_working_day_is(
    start, rule, calendar, zone
):
    rule, local = replace(rule, start="cut_off"), ZoneInfo(zone)
    evening = start.astimezone(local).replace(hour=18, minute=0, second=0)
    day = evening.date() + timedelta(days=1)
    while not calendar.is_working(day):
        day += timedelta(days=1)
    morning = datetime(day.year, day.month, day.day, 9, tzinfo=local)
    due = derive(evening, rule, calendar, zone).due_at
    assert due == derive(morning, rule, calendar, zone).due_at
    assert due == derive(morning, replace(rule, start="immediate"), calendar, zone).due_at


@given(instants, zones)
@settings(max_examples=examples(60))
@example(datetime(2026, 3, 1, tzinfo=UTC), "UTC")
@example(datetime(2026, 10, 3, 14, 45, tzinfo=UTC), "Australia/Lord_Howe")
def test_the_hour_of_the_event_does_not_count_even_when_it_happens_on_the_hour(start, zone):
    begin = derive(start, Rule(0, "hours", "next_full_hour"), CalendarData("XX", "1"), zone).due_at
    assert begin > start
    quarter = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0) + timedelta(minutes=15)
    while quarter < begin:
        assert quarter.astimezone(ZoneInfo(zone)).minute, "an earlier full hour"
        quarter += timedelta(minutes=15)
    local = begin.astimezone(ZoneInfo(zone))
    assert (local.minute, local.second, local.microsecond) == (0, 0, 0)


@given(instants, st.integers(0, 96), zones)
@settings(max_examples=examples(60))
@example(datetime(2026, 3, 28, 23, tzinfo=UTC), 4, "Europe/Berlin")
@example(datetime(2026, 10, 24, 22, tzinfo=UTC), 4, "Europe/Berlin")
@example(datetime(2026, 10, 3, 14, tzinfo=UTC), 3, "Australia/Lord_Howe")
def test_hours_are_real_hours_in_every_zone(start, hours, zone):
    due = derive(start, Rule(hours, "hours"), CalendarData("XX", "1"), zone).due_at
    assert due - start == timedelta(hours=hours)


@given(instants, st.integers(1, 10), zones)
@settings(max_examples=examples(60))
def test_working_days_are_the_working_days_between(start, amount, zone):
    calendar, local = (
        CalendarData("XX", "1", holidays=frozenset({date(2026, 5, 1), date(2027, 1, 1)})),
        ZoneInfo(zone),
    )
    due = derive(start, Rule(amount, "working_days"), calendar, zone).due_at
    day, counted = start.astimezone(local).date() + timedelta(days=1), 0
    while midnight(day, local) < due:
        counted += calendar.is_working(day)
        day += timedelta(days=1)
    assert counted == amount
