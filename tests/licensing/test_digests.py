"""The digest of the day: what waits, once, after seven, and not on holidays."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from correspondence.models import Message, Notice
from licensing.models import Case
from licensing.services import digests
from members.models import Role, User
from tests import journeys
from tests.licensing.conftest import Desk, OfficerOf
from tests.standing import stays

SEVEN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # in Paris, a Tuesday


def told(person: User) -> list[Notice]:
    return list(Notice.objects.filter(recipient=person, path="/workbench/").order_by("pk"))


@stays
def waits(desk: Desk, officer_of: OfficerOf) -> User:
    """A French officer for whom one case waits."""
    return officer_of("FR")


def test_it_comes_at_seven_by_the_officers_clock_and_once(waits: User) -> None:
    with journeys.at(SEVEN - timedelta(seconds=1)):
        assert digests.send_digests() == 0
    with journeys.at(SEVEN):
        assert digests.send_digests() == 1
        assert digests.send_digests() == 0
    with journeys.at(SEVEN + timedelta(hours=9)):
        assert digests.send_digests() == 0
    (notice,) = told(waits)
    case = Case.objects.get()
    assert notice.subject == "2026-11-24: 1 case waits for you"
    assert notice.text.startswith(f"{case.reference}, due ")
    assert Message.objects.filter(notice=notice).count() == 1
    with journeys.at(SEVEN + timedelta(days=1)):
        assert digests.send_digests() == 1
    assert len(told(waits)) == 2


def test_after_an_outage_it_comes_late_and_once_and_days_missed_are_not_made_up(waits: User) -> None:
    with journeys.at(SEVEN + timedelta(days=2, hours=11)):
        assert digests.send_digests() == 1
        assert digests.send_digests() == 0
    assert [notice.subject[:10] for notice in told(waits)] == ["2026-11-26"]


@pytest.mark.parametrize(
    "day", [datetime(2026, 11, 28, 9, tzinfo=UTC), datetime(2026, 12, 25, 9, tzinfo=UTC)]
)
def test_it_does_not_come_on_days_off(waits: User, day: datetime) -> None:
    with journeys.at(day):
        assert digests.send_digests() == 0


def test_none_comes_where_nothing_waits_or_it_is_not_wanted(waits: User, officer_of: OfficerOf) -> None:
    idle, bare = officer_of("FR", Role.AUDITOR), officer_of("FR", second_factor=False)
    User.objects.filter(pk=waits.pk).update(wants_digest=False)
    with journeys.at(SEVEN):
        assert digests.send_digests() == 0
    assert not told(idle) + told(bare) + told(waits)


def test_the_soonest_is_named_first(waits: User, desk: Desk) -> None:
    organisation = desk.case.application.organisation
    urgent = journeys.file(
        desk.case.application.created_by, organisation, journeys.dossier(own_reference="DRILL-1")
    )
    with journeys.at(SEVEN):
        assert digests.send_digest(person_id=waits.pk, day=SEVEN.date()) == 1
    lines = told(waits)[0].text.splitlines()
    assert [line.partition(",")[0] for line in lines] == [urgent.reference, desk.case.reference]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one(waits: User) -> None:
    sent: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        try:
            sent.append(digests.send_digests())
        finally:
            connection.close()

    with journeys.at(SEVEN):
        threads = [threading.Thread(target=work) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
    assert sorted(sent) == [0, 1]
    assert len(told(waits)) == 1
