"""The silence ledger: what is published is what the log says, and no more than may be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accountability import silence
from accountability.silence import Quarter
from alliance.charters import Silence
from alliance.settling import deemed_position
from core.actors import CLOCK
from core.audience import NOBODY
from core.errors import NotFound
from ledger import services as ledger
from ledger.models import LAPSES, Event
from licensing.models import Consultation
from members.models import Jurisdiction, Organisation, User
from tests import factories, journeys

OfficerOf = Callable[..., User]
THEN = datetime(2026, 8, 3, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def lapse(times: int, member: str | None, silence: str = "no_objection", deemed: str | None = None) -> None:
    subject = factories.JurisdictionFactory(code="DE")
    facts = {"jurisdiction": member, "silence": silence, "deemed": deemed}
    with transaction.atomic():
        for _time in range(times):
            ledger.record("window.lapsed", actor=CLOCK, subject=subject, audience=NOBODY, facts=facts)


@pytest.fixture
def quiet(db: None) -> None:
    """A quarter with lapses of three members and the crisis unit, and lapses in the quarter that runs."""
    for code in ("DE", "FR", "US", "JP"):
        factories.JurisdictionFactory(code=code)
    with time_machine.travel(THEN, tick=False):
        lapse(7, "FR", deemed="deemed_no_objection")
        lapse(5, "FR", "escalate")
        lapse(4, "US", "escalate")
        lapse(6, None, "lapse_to_hold")
        with transaction.atomic():
            for _time in range(5):
                ledger.record(
                    "decision.overdue",
                    actor=CLOCK,
                    subject=Jurisdiction.objects.get(code="DE"),
                    audience=NOBODY,
                    facts={"jurisdiction": "DE"},
                )
    with time_machine.travel(NOW, tick=False):
        lapse(9, "JP", "escalate")


def cells(quarter: Quarter) -> dict[str, dict[str, int | None]]:
    return {row.member: row.counts for row in silence.published(quarter)}


def test_what_is_published_is_what_the_log_says_and_nothing_small(quiet: None) -> None:
    with time_machine.travel(NOW, tick=False):
        found = cells(Quarter(2026, 3))
        assert silence.quarters() == [Quarter(2026, 3)]
    told = {(member, key): number for member, row in found.items() for key, number in row.items() if number}
    assert told == {
        ("FR", "deemed_no_objection"): 7,
        ("FR", "climbed"): 5,
        ("", "held"): 6,
        ("DE", "overdue"): 5,
    }
    true = silence.counted(Quarter(2026, 3))
    assert true[("US", "climbed")] == 4
    assert sum(true.values()) == Event.objects.filter(type__in=LAPSES, at__lt=NOW).count() == 27
    assert all(number == true[key] for key, number in told.items())


def test_a_quarter_that_runs_is_not_told_and_one_that_is_over_never_changes(quiet: None) -> None:
    with time_machine.travel(NOW, tick=False), pytest.raises(NotFound):
        silence.published(Quarter(2026, 4))
    with time_machine.travel(NOW, tick=False):
        before = cells(Quarter(2026, 3))
    with time_machine.travel(NOW + timedelta(days=60), tick=False):
        assert cells(Quarter(2026, 3)) == before
        assert cells(Quarter(2026, 4))["JP"]["climbed"] == 9
        assert silence.quarters() == [Quarter(2026, 4), Quarter(2026, 3)]


def test_one_lapse_more_or_less_below_the_limit_cannot_be_told_from_outside(
    quiet: None, client: Client
) -> None:
    """An attacker who knows every other number learns nothing of a small one: there are no sums to subtract."""
    with time_machine.travel(NOW, tick=False):
        address = "/silence/?quarter=2026-Q3"
        before = client.get(address).content, client.get(address + "&format=json").json()
    with time_machine.travel(THEN, tick=False):
        lapse(4, "JP", deemed="deemed_no_objection")
        lapse(1, "DE", "escalate")
    with time_machine.travel(NOW, tick=False):
        page, told = client.get(address).content, client.get(address + "&format=json").json()
    assert told == before[1]
    assert strip(page) == strip(before[0])


def strip(page: bytes) -> str:
    """The page without what is new at each request."""
    return "".join(line for line in page.decode().splitlines() if "nonce" not in line and "csrf" not in line)


def test_the_page_and_its_json_say_the_same_and_rubbish_is_not_found(quiet: None, client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        page = client.get("/silence/").content.decode()
        told = client.get("/silence/?format=json").json()
        assert told["quarter"] == "2026-Q3"
        assert told["fewer_than"] == 5
        french = next(row for row in told["members"] if row["member"] == "FR")
        assert (french["deemed_no_objection"], french["held"]) == (7, None)
        assert page.count("under 5") == len(told["members"]) * len(silence.OUTCOMES) - 4
        for rubbish in ("2026-Q5", "2026-Q4", "x", "9999-Q1", "2026-Q3'--", "２０２６-Q3"):
            assert client.get("/silence/", {"quarter": rubbish}).status_code == 404, rubbish


@pytest.mark.django_db
def test_without_a_quarter_that_is_over_the_page_says_so(client: Client) -> None:
    assert "No quarter with a lapse is over yet" in client.get("/silence/").content.decode()
    assert client.get("/silence/?format=json").json()["members"] == []


def test_the_lapses_are_found_by_their_index(quiet: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as seen, time_machine.travel(NOW, tick=False):
            silence.counted(Quarter(2026, 3))
        cursor.execute(f"EXPLAIN {seen.captured_queries[-1]['sql']}")
        assert "event_lapses" in str(cursor.fetchall())


@pytest.mark.usefixtures("in_force")
def test_a_real_lapse_counts_for_the_member_that_was_silent(
    exporter: User, organisation: Organisation
) -> None:
    case = journeys.file(exporter, organisation)
    journeys.lapse_all(case)
    lapsed = Consultation.objects.filter(case=case, status="lapsed")
    event = Event.objects.filter(type="window.lapsed").first()
    assert event is not None
    true = silence.counted(Quarter.of(event.at.date()))
    assert true == {(item.jurisdiction_id, "deemed_no_objection"): 1 for item in lapsed}


@pytest.mark.parametrize("kind", list(Silence))
def test_every_silence_a_charter_knows_is_counted_as_something_that_has_a_name(
    db: None, kind: Silence
) -> None:
    for critical in (True, False):
        with time_machine.travel(THEN, tick=False):
            lapse(1, "FR", str(kind), deemed_position(str(kind), critical=critical))
    assert {outcome for _member, outcome in silence.counted(Quarter(2026, 3))} <= set(silence.OUTCOMES)


@given(st.dates())
def test_quarters_follow_one_another_without_a_gap(day) -> None:
    if day.year > 9990:
        return
    quarter = Quarter.of(day)
    assert quarter.first.date() <= day < quarter.next.first.date()
    assert Quarter.of(quarter.next.first.date()) == quarter.next
