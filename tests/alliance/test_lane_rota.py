"""The humanitarian lane's rota: a first adjudicator and a backup at all hours, and an alarm before a gap."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from alliance import lane_rota, rota
from core.errors import Invalid
from correspondence.models import Notice
from ledger.models import Event
from ledger.testing import run_deliveries
from members import services as members
from members.models import Authority, Role, Shift, User
from tests import journeys
from tests.licensing.conftest import OfficerOf

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def filled(person: User, post: str, begins: datetime, ends: datetime) -> Shift:
    assert person.authority is not None
    return Shift.objects.create(
        authority=person.authority, person=person, starts_at=begins, ends_at=ends, post=post
    )


def alarms() -> list[tuple[str, str]]:
    found = Event.objects.filter(type="lane.gap").order_by("pk")
    return [(event.facts["post"], event.facts["from"]) for event in found]


def place(person: User) -> Authority:
    assert person.authority is not None
    return person.authority


def test_its_charter_s_windows_come_to_24_hours_and_promise_somebody_at_all_hours(
    in_force: None, officer_of: OfficerOf
) -> None:
    (charter,) = lane_rota.charters()
    assert charter.key == "humanitarian-16-8", "a drill of seconds promises nobody's nights"
    assert charter.longest_seconds() <= 24 * 3600
    authority = place(officer_of("FR"))
    end = MONDAY + timedelta(days=7)
    assert lane_rota.promised(authority, MONDAY, end) == [(MONDAY, end)]


def test_a_gap_of_either_post_is_told_before_it_begins_and_once(
    in_force: None, officer_of: OfficerOf
) -> None:
    with journeys.at(MONDAY):
        first = officer_of("FR", Role.HUMANITARIAN_ADJUDICATOR)
        backup = officer_of("FR", Role.HUMANITARIAN_ADJUDICATOR)
        decider, seat = officer_of("FR", Role.DECIDER), officer_of("JP", Role.CRISIS_SEAT)
        officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR)
        end, sooner = MONDAY + timedelta(days=4), MONDAY + timedelta(days=3)
        filled(first, "first", MONDAY - timedelta(days=8), end)
        filled(backup, "backup", MONDAY - timedelta(days=8), sooner)
        assert lane_rota.look(authority_id=place(first).pk) == 0
    with journeys.at(sooner - timedelta(hours=47)):
        assert lane_rota.look(authority_id=place(first).pk) == 1
        run_deliveries()
    assert alarms() == [("backup", sooner.isoformat())]
    told = set(Notice.objects.filter(subject__contains="lane's rota").values_list("recipient", flat=True))
    assert told == {first.pk, backup.pk, decider.pk}, "without a backup the crisis unit is not called yet"
    for hours in (47, 24, 1):
        with journeys.at(end - timedelta(hours=hours)):
            lane_rota.look(authority_id=place(first).pk)
            run_deliveries()
    assert alarms() == [("backup", sooner.isoformat()), ("first", end.isoformat())]
    assert Notice.objects.filter(recipient=seat, text__contains="no first adjudicator").count() == 1


def test_who_answers_for_the_authority_fills_no_post_of_the_lane_nor_the_other_way_round(
    in_force: None, officer_of: OfficerOf
) -> None:
    with journeys.at(MONDAY):
        officer, own = officer_of("FR"), officer_of("FR", Role.HUMANITARIAN_ADJUDICATOR)
        begin, end = MONDAY - timedelta(days=8), MONDAY + timedelta(days=8)
        filled(officer, "", begin, end)
        assert lane_rota.gaps(place(officer), "first", MONDAY, end) == [(MONDAY, end)]
        Shift.objects.all().delete()
        filled(own, "first", begin, end)
        assert rota.gaps(place(officer), MONDAY, end) == [(MONDAY, end)]
        assert lane_rota.gaps(place(officer), "first", MONDAY, end) == []


def test_a_shift_taken_off_is_told_at_once(in_force: None, officer_of: OfficerOf) -> None:
    with journeys.at(MONDAY):
        own, decider = officer_of("FR", Role.HUMANITARIAN_ADJUDICATOR), officer_of("FR", Role.DECIDER)
        filled(own, "first", MONDAY - timedelta(days=8), MONDAY + timedelta(hours=5))
        late = filled(own, "first", MONDAY + timedelta(hours=5), MONDAY + timedelta(days=9))
        members.remove_shift(actor=decider, shift=late)
        run_deliveries()
    assert ("first", (MONDAY + timedelta(hours=5)).isoformat()) in alarms()


def test_where_a_post_was_never_filled_its_own_people_are_told_once(
    in_force: None, officer_of: OfficerOf
) -> None:
    with journeys.at(MONDAY):
        decider, seat = officer_of("FR", Role.DECIDER), officer_of("JP", Role.CRISIS_SEAT)
        assert lane_rota.look(authority_id=place(decider).pk) == 2
        run_deliveries()
        assert lane_rota.look(authority_id=place(decider).pk) == 0
    assert Notice.objects.filter(recipient=decider).count() == 2
    assert not Notice.objects.filter(recipient=seat).exists()


@pytest.mark.parametrize(
    ("roles", "post", "field"),
    [((), "first", "person"), ((Role.HUMANITARIAN_ADJUDICATOR,), "", "post"), ((), "third", "post")],
)
def test_only_an_adjudicator_holds_a_post_of_the_lane_and_it_holds_no_other(
    officer_of: OfficerOf, roles: tuple[str, ...], post: str, field: str
) -> None:
    with journeys.at(MONDAY):
        person, decider = officer_of("FR", *roles), officer_of("FR", Role.DECIDER)
        with pytest.raises(Invalid) as refused:
            members.add_shifts(
                actor=decider, authority=place(person), person=person, day=MONDAY.date() + timedelta(days=1),
                start=time(8), end=time(18), post=post,
            )  # fmt: skip
    assert set(refused.value.fields) == {field}
    assert not Shift.objects.exists()
