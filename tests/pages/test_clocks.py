"""Instants and lengths of time are told in words and in the zones that matter."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from pages import clocks

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=2, hours=4, minutes=30), "2 days 4 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=3, minutes=1), "3 hours 1 minute"),
        (timedelta(minutes=20, seconds=5), "20 minutes"),
        (timedelta(minutes=9, seconds=5), "9 minutes 5 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(0), "0 seconds"),
        (timedelta(hours=-2), "2 hours"),
    ],
)
def test_a_length_is_told_in_its_two_greatest_units(length, words):
    assert clocks.spoken(length) == words


@pytest.mark.parametrize(
    ("left", "text", "state"),
    [
        (timedelta(days=2), "2 days left", "fine"),
        (timedelta(hours=3, minutes=59), "3 hours 59 minutes left", "soon"),
        (timedelta(0), "0 seconds overdue", "over"),
        (timedelta(hours=-5), "5 hours overdue", "over"),
    ],
)
def test_a_countdown_says_what_is_left_and_how_pressing_it_is(left, text, state):
    with time_machine.travel(NOON, tick=False):
        countdown = clocks.countdown(NOON + left)
    assert (countdown.text, countdown.state) == (text, state)


def test_an_instant_is_told_in_the_readers_zone_and_the_addressees():
    with timezone.override("Europe/Berlin"):
        told = clocks.countdown(NOON, "Asia/Tokyo", "Europe/Paris").instants
    assert [str(instant) for instant in told] == [
        "Mon 23 Nov 2026, 13:00 Berlin time",
        "Mon 23 Nov 2026, 21:00 Tokyo time",
    ]


def test_seconds_are_told_only_where_there_are_some():
    assert clocks.instant(NOON, "UTC").text == "Mon 23 Nov 2026, 12:00"
    assert clocks.instant(NOON + timedelta(seconds=8), "UTC").text == "Mon 23 Nov 2026, 12:00:08"
