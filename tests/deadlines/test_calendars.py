"""The members' calendars as loaded."""

import io
from datetime import date

import pytest
from django.core.management import call_command

from deadlines import services as deadlines
from deadlines.management.commands.load_calendars import FIRST, LAST, MEMBERS
from deadlines.models import CalendarVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> str:
    out = io.StringIO()
    call_command("load_calendars", stdout=out)
    return out.getvalue()


def test_every_member_and_the_alliance_have_a_calendar_with_source_and_date(loaded):
    assert set(CalendarVersion.objects.values_list("key", flat=True)) == {*MEMBERS, "alliance"}
    assert f"{len(MEMBERS) + 1} calendars loaded, {FIRST} to {LAST}" in loaded
    assert all(version.source and version.as_of for version in CalendarVersion.objects.all())


def test_loading_again_adds_nothing(loaded):
    count = CalendarVersion.objects.count()
    call_command("load_calendars", stdout=io.StringIO())
    assert CalendarVersion.objects.count() == count


@pytest.mark.parametrize(
    ("key", "holiday"),
    [
        ("DE", date(2026, 10, 3)),
        ("FR", date(2026, 7, 14)),
        ("US", date(2026, 11, 26)),
        ("JP", date(2026, 11, 23)),
        ("GB", date(2026, 12, 28)),  # Boxing Day on a Saturday, observed
        ("AU", date(2027, 1, 26)),
        ("NL", date(2027, 4, 27)),
        ("PL", date(2026, 11, 11)),
        ("CA", date(2026, 7, 1)),
        ("KR", date(2026, 9, 25)),  # Chuseok, by the lunar calendar
    ],
)
def test_a_well_known_holiday_is_no_working_day(loaded, key, holiday):
    calendar = deadlines.calendar_in_force(key)
    assert not calendar.is_working(holiday)
    assert calendar.names[holiday]


def test_the_alliance_works_on_every_weekday(loaded):
    calendar = deadlines.calendar_in_force("alliance")
    assert calendar.holidays == frozenset()
    assert calendar.is_working(date(2026, 12, 25))
    assert not calendar.is_working(date(2026, 12, 26))
