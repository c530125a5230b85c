"""The calculus of Regulation 1182/71, against worked examples."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from deadlines.calculus import CalendarData, Rule, Stop, add_months, derive, merge
from deadlines.derivations import recompute

GERMAN = CalendarData(
    "DE",
    "1",
    holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2027, 3, 26)}),
    names={date(2026, 12, 25): "Christmas Day", date(2027, 1, 1): "New Year's Day"},
)
GULF = CalendarData("AE", "1", weekend=frozenset({4, 5}))
PLAIN = CalendarData("alliance", "1")
BERLIN, TOKYO, NEW_YORK, KOLKATA = "Europe/Berlin", "Asia/Tokyo", "America/New_York", "Asia/Kolkata"


def at(text: str, zone: str = BERLIN) -> datetime:
    """Read a local time, e.g. `2026-11-23 14:10`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def due(start: datetime, rule: Rule, calendar: CalendarData = GERMAN, zone: str = BERLIN, stops=()) -> str:
    """Return the due instant in local time, as text."""
    return f"{derive(start, rule, calendar, zone, stops).due_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        # Monday 23 November 2026 and after
        ("2026-11-23 14:10", Rule(1, "working_days"), "2026-11-25 00:00"),
        ("2026-11-23 00:00", Rule(1, "working_days"), "2026-11-25 00:00"),
        ("2026-11-23 23:59", Rule(1, "working_days"), "2026-11-25 00:00"),
        ("2026-11-23 14:10", Rule(10, "working_days"), "2026-12-08 00:00"),
        ("2026-12-18 14:10", Rule(10, "working_days"), "2027-01-06 00:00"),  # over Christmas and New Year
        ("2026-11-21 12:00", Rule(1, "working_days"), "2026-11-24 00:00"),  # event on a Saturday
        ("2026-11-23 14:10", Rule(9, "calendar_days"), "2026-12-03 00:00"),
        ("2026-11-23 14:10", Rule(5, "calendar_days"), "2026-12-01 00:00"),  # ends on Saturday: Monday
        ("2026-11-23 14:10", Rule(5, "calendar_days", rollover=False), "2026-11-29 00:00"),
        ("2026-12-20 09:00", Rule(5, "calendar_days"), "2026-12-29 00:00"),  # ends on Christmas Day
        ("2026-11-20 14:10", Rule(2, "calendar_days"), "2026-11-25 00:00"),  # holds two working days
        ("2026-11-20 14:10", Rule(1, "calendar_days"), "2026-11-24 00:00"),  # one day need not, but rolls
        ("2026-11-20 14:10", Rule(2, "calendar_days", two_working_days="never"), "2026-11-24 00:00"),
        ("2026-11-20 14:10", Rule(2, "calendar_days", rollover=False), "2026-11-23 00:00"),
        ("2026-11-23 14:10", Rule(0, "calendar_days"), "2026-11-24 00:00"),
        ("2026-11-30 10:00", Rule(1, "months"), "2026-12-31 00:00"),
        ("2026-12-31 10:00", Rule(2, "months"), "2027-03-02 00:00"),  # 28 February is a Sunday
        ("2026-12-31 10:00", Rule(2, "months", rollover=False), "2027-03-01 00:00"),
        ("2026-11-23 10:00", Rule(12, "months"), "2027-11-24 00:00"),
        ("2026-11-23 10:00", Rule(36, "months"), "2029-11-24 00:00"),
        ("2026-11-20 14:10", Rule(48, "hours"), "2026-11-22 14:10"),  # Friday to Sunday: hours never roll
        ("2026-11-20 14:10", Rule(8, "seconds"), "2026-11-20 14:10"),
        ("2026-11-20 14:10", Rule(48, "hours", two_working_days="always"), "2026-11-24 14:10"),
        ("2026-11-23 14:10", Rule(48, "hours", two_working_days="always"), "2026-11-25 14:10"),
        ("2026-11-20 14:10", Rule(24, "hours", two_working_days="always"), "2026-11-21 14:10"),
        ("2026-11-20 14:10", Rule(24, "hours", "next_full_hour"), "2026-11-21 15:00"),
        ("2026-11-20 14:00", Rule(24, "hours", "next_full_hour"), "2026-11-21 15:00"),  # that hour, too
        ("2026-11-20 23:30", Rule(1, "hours", "next_full_hour"), "2026-11-21 01:00"),
        ("2026-11-20 14:10", Rule(24, "hours", "next_working_day"), "2026-11-24 00:00"),
        ("2026-11-20 14:10", Rule(3, "calendar_days", "next_working_day"), "2026-11-26 00:00"),
        ("2026-11-20 14:10", Rule(1, "months", "next_working_day"), "2026-12-23 00:00"),
    ],
)
def test_a_period_is_over(start, rule, expected):
    assert due(at(start), rule) == expected


def test_the_same_consultation_falls_due_at_other_instants_for_other_addressees():
    start, rule = datetime(2026, 12, 23, 16, 0, tzinfo=UTC), Rule(2, "working_days")
    german = derive(start, rule, GERMAN, BERLIN).due_at
    american = derive(
        start, rule, CalendarData("US", "1", holidays=frozenset({date(2026, 12, 25)})), NEW_YORK
    )
    japanese = derive(start, rule, CalendarData("JP", "1"), TOKYO).due_at  # already the 24th there
    assert german == at("2026-12-29 00:00")
    assert american.due_at == at("2026-12-29 00:00", NEW_YORK)
    assert japanese == at("2026-12-29 00:00", TOKYO)
    assert japanese < german < american.due_at


def test_a_weekend_is_the_addressees():
    assert (
        due(at("2026-11-19 09:00", "Asia/Dubai"), Rule(1, "working_days"), GULF, "Asia/Dubai")
        == "2026-11-23 00:00"
    )


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        ("2026-03-28 12:00", Rule(24, "hours"), "2026-03-29 13:00"),  # an hour is skipped that night
        ("2026-10-24 12:00", Rule(24, "hours"), "2026-10-25 11:00"),  # an hour comes twice
        ("2026-03-28 12:00", Rule(1, "calendar_days", rollover=False), "2026-03-30 00:00"),
        ("2026-10-24 12:00", Rule(1, "calendar_days", rollover=False), "2026-10-26 00:00"),
        ("2026-03-29 01:30", Rule(1, "hours", "next_full_hour"), "2026-03-29 04:00"),
    ],
)
def test_hours_are_elapsed_hours_and_days_are_local_days_when_clocks_change(start, rule, expected):
    assert due(at(start), rule) == expected


def test_a_day_on_which_clocks_change_is_a_day_of_23_or_25_hours():
    for day, hours in (("2026-03-28", 23), ("2026-10-24", 25)):
        start = at(f"{day} 12:00")
        one, two = (
            derive(start, Rule(n, "calendar_days", rollover=False), PLAIN, BERLIN).due_at for n in (0, 1)
        )
        assert two - one == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        (
            "America/Santiago",
            "2026-09-05",
            "2026-09-06T04:00:00+00:00",
        ),  # midnight is skipped: 00:00 is 01:00
        ("America/Havana", "2026-10-31", "2026-11-01T04:00:00+00:00"),  # midnight comes twice: the first
        ("Africa/Cairo", "2026-04-23", "2026-04-23T22:00:00+00:00"),
    ],
)
def test_a_day_ends_where_the_next_begins_although_midnight_is_skipped_or_doubled(zone, day, begins):
    start = at(f"{day} 12:00", zone)
    assert derive(start, Rule(0, "calendar_days", rollover=False), PLAIN, zone).due_at.isoformat() == begins


@pytest.mark.parametrize(
    ("zone", "start", "begins"),
    [
        (KOLKATA, "2026-11-23 14:10", "2026-11-23T09:30:00+00:00"),
        ("Asia/Kathmandu", "2026-11-23 14:10", "2026-11-23T09:15:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04 01:45", "2026-10-03T16:00:00+00:00"),  # 02:00 becomes 02:30
    ],
)
def test_full_hours_are_the_addressees(zone, start, begins):
    rule = Rule(0, "hours", "next_full_hour")
    assert derive(at(start, zone), rule, PLAIN, zone).due_at.isoformat() == begins


def stop(start: str, end: str, reason: str = "missing_document") -> Stop:
    return Stop(at(start), at(end), reason)


@pytest.mark.parametrize(
    ("rule", "stops", "expected"),
    [
        (Rule(48, "hours"), [stop("2026-11-24 10:00", "2026-11-24 16:00")], "2026-11-25 20:10"),
        # overlapping, touching and nested stops count once
        (
            Rule(48, "hours"),
            [
                stop("2026-11-24 10:00", "2026-11-24 16:00"),
                stop("2026-11-24 12:00", "2026-11-24 18:00", "party_unclear"),
                stop("2026-11-24 18:00", "2026-11-24 19:00"),
                stop("2026-11-24 13:00", "2026-11-24 14:00"),
            ],
            "2026-11-25 23:10",
        ),
        (
            Rule(48, "hours"),
            [stop("2026-11-22 10:00", "2026-11-23 16:10")],
            "2026-11-25 16:10",
        ),  # began before
        (
            Rule(48, "hours"),
            [stop("2026-11-20 10:00", "2026-11-21 16:00")],
            "2026-11-25 14:10",
        ),  # over before
        (
            Rule(48, "hours"),
            [stop("2026-11-25 14:10", "2026-11-26 10:00")],
            "2026-11-25 14:10",
        ),  # begins when due
        (Rule(48, "hours"), [stop("2026-11-24 16:00", "2026-11-24 10:00")], "2026-11-25 14:10"),  # is none
        (Rule(48, "hours"), [stop("2026-11-24 16:00", "2026-11-24 16:00")], "2026-11-25 14:10"),
        (Rule(5, "working_days"), [stop("2026-11-25 10:00", "2026-11-26 09:00")], "2026-12-03 00:00"),
        (
            Rule(5, "working_days"),
            [stop("2026-11-28 10:00", "2026-11-29 09:00")],
            "2026-12-01 00:00",
        ),  # weekend
        (Rule(2, "calendar_days"), [stop("2026-11-24 00:00", "2026-11-25 00:00")], "2026-11-27 00:00"),
        (Rule(1, "months"), [stop("2026-11-24 10:00", "2026-11-27 10:00")], "2026-12-29 00:00"),
        # rolls from Saturday past a Monday on which the clock stands
        (Rule(5, "calendar_days"), [stop("2026-11-30 08:00", "2026-11-30 12:00")], "2026-12-02 00:00"),
    ],
)
def test_the_clock_stands(rule, stops, expected):
    assert due(at("2026-11-23 14:10"), rule, stops=stops) == expected


def test_counted_and_stopped_time_are_told():
    derived = derive(
        at("2026-11-23 14:10"),
        Rule(48, "hours"),
        GERMAN,
        BERLIN,
        [stop("2026-11-24 10:00", "2026-11-24 16:00")],
    )
    assert (derived.counted, derived.stopped) == (timedelta(hours=48), timedelta(hours=6))


def test_the_steps_tell_a_person_what_was_counted_and_why():
    steps = derive(
        at("2026-12-18 14:10"),
        Rule(10, "working_days"),
        GERMAN,
        BERLIN,
        [stop("2026-12-21 10:00", "2026-12-21 12:00")],
    ).steps
    assert steps == (
        "The event was at Fri 18 Dec 2026 14:10:00 CET (2026-12-18T13:10:00Z).",
        "The day of the event, Fri 18 Dec 2026, does not count.",
        "No working days in calendar DE (1): Fri 25 Dec 2026 (Christmas Day), Fri 01 Jan 2027 (New Year's Day).",
        "The clock stood from Mon 21 Dec 2026 10:00:00 CET (2026-12-21T09:00:00Z) "
        "to Mon 21 Dec 2026 12:00:00 CET (2026-12-21T11:00:00Z).",
        "Days on which the clock stood do not count: 1.",
        "Counting 10 working days, the last day is Wed 06 Jan 2027.",
        "Due when that day is over: from Thu 07 Jan 2027 00:00:00 CET (2027-01-06T23:00:00Z) on it is too late.",
    )


def test_the_steps_say_when_a_calendar_does_not_reach_as_far():
    steps = derive(at("2027-11-23 14:10"), Rule(10, "working_days"), GERMAN, BERLIN).steps
    assert "Holidays after Fri 26 Mar 2027 are not known to calendar DE (1)." in steps


def test_a_roll_over_says_what_it_passed():
    steps = derive(at("2026-12-20 09:00"), Rule(5, "calendar_days"), GERMAN, BERLIN).steps
    rolled = (
        "That is no working day in calendar DE (1) (Christmas Day): the period ends with Mon 28 Dec 2026."
    )
    assert rolled in steps


def test_stored_inputs_give_the_same_instant_and_only_with_their_own_calendar():
    stops = [stop("2026-12-21 10:00", "2026-12-21 12:00")]
    derived = derive(at("2026-12-18 14:10"), Rule(10, "working_days"), GERMAN, BERLIN, stops)
    again = recompute(derived.inputs, GERMAN)
    assert again == derived
    assert again.inputs == derived.inputs
    later = CalendarData("DE", "2", holidays=GERMAN.holidays | {date(2026, 12, 30)})
    with pytest.raises(ValueError, match="not the calendar"):
        recompute(derived.inputs, later)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": -1, "unit": "hours"},
        {"amount": 1, "unit": "fortnights"},
        {"amount": 121, "unit": "months"},
        {"amount": 10**12, "unit": "seconds"},
        {"amount": 1, "unit": "hours", "start": "yesterday"},
        {"amount": 1, "unit": "hours", "two_working_days": "perhaps"},
    ],
)
def test_a_rule_that_cannot_be_counted_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\S"):
        Rule(**wrong)


def test_naive_times_and_unknown_zones_are_refused():
    naive = datetime(2026, 11, 23)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        derive(naive, Rule(1, "hours"), PLAIN, "UTC")
    with pytest.raises(ValueError, match="time zone"):
        Stop(naive, naive)
    with pytest.raises(ZoneInfoNotFoundError):
        derive(at("2026-11-23 14:10"), Rule(1, "hours"), PLAIN, "Europe/Atlantis")


def test_a_calendar_without_working_days_is_refused_and_does_not_hang():
    never = CalendarData("XX", "1", weekend=frozenset(range(7)))
    for rule in (Rule(1, "working_days"), Rule(1, "calendar_days"), Rule(1, "hours", "next_working_day")):
        with pytest.raises(ValueError, match="working days"):
            derive(at("2026-11-23 14:10"), rule, never, BERLIN)


def test_months_end_on_the_same_date_or_the_last_there_is():
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2026, 11, 5), 14) == date(2028, 1, 5)
    assert add_months(date(2026, 12, 31), 0) == date(2026, 12, 31)


def test_stops_are_merged_in_order():
    one, two = stop("2026-11-24 10:00", "2026-11-24 12:00"), stop("2026-11-24 11:00", "2026-11-24 13:00")
    apart = stop("2026-11-26 11:00", "2026-11-26 13:00")
    assert merge([apart, two, one]) == [(one.start, two.end), (apart.start, apart.end)]


@pytest.mark.parametrize(
    ("rule", "text"), [(Rule(1, "months"), "1 month"), (Rule(10, "working_days"), "10 working days")]
)
def test_a_rule_reads_like_a_length_of_time(rule, text):
    assert str(rule) == text
