"""The rota beside what charters promise: gaps are found in any zone and told in time, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from alliance import rota
from core import clock
from core.errors import Conflict, Forbidden, Invalid
from correspondence.models import Notice
from ledger.models import Event
from ledger.testing import run_deliveries
from members import services as members
from members.models import Authority, Ministry, Role, Shift, User
from tests import journeys
from tests.licensing.conftest import OfficerOf

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def filled(person: User, begins: datetime, ends: datetime) -> Shift:
    assert person.authority is not None
    return Shift.objects.create(authority=person.authority, person=person, starts_at=begins, ends_at=ends)


def alarms() -> list[str]:
    return [event.facts["from"] for event in Event.objects.filter(type="rota.gap").order_by("pk")]


def test_spans_are_joined_and_taken_from_one_another() -> None:
    hours = [MONDAY + timedelta(hours=number) for number in range(10)]
    assert rota.joined([(hours[2], hours[4]), (hours[0], hours[1]), (hours[1], hours[2])]) == [
        (hours[0], hours[4])
    ]
    assert rota.without([(hours[0], hours[9])], [(hours[1], hours[2]), (hours[8], hours[9])]) == [
        (hours[0], hours[1]),
        (hours[2], hours[8]),
    ]
    assert rota.without([(hours[3], hours[4])], [(hours[0], hours[9])]) == []


def test_a_gap_is_told_a_day_before_and_once(in_force: None, officer_of: OfficerOf) -> None:
    with journeys.at(MONDAY):
        duty, decider = officer_of("FR"), officer_of("FR", Role.DECIDER)
        chief, seat = officer_of("FR", Role.ADMINISTRATOR), officer_of("JP", Role.CRISIS_SEAT)
        stranger = officer_of("DE", Role.DECIDER)
        end = MONDAY + timedelta(days=3)
        filled(duty, MONDAY - timedelta(days=8), end)
        authority = duty.authority
        assert authority is not None
        assert rota.look(authority_id=authority.pk) == 0
    with journeys.at(end - timedelta(hours=49)):
        assert rota.look(authority_id=authority.pk) == 0
    for hours in (47, 46, 24, 1, -5):
        with journeys.at(end - timedelta(hours=hours)):
            rota.look(authority_id=authority.pk)
            run_deliveries()
    assert alarms() == [end.isoformat()]
    told = set(
        Notice.objects.filter(subject__endswith="a gap in the rota").values_list("recipient", flat=True)
    )
    assert told == {decider.pk, chief.pk, seat.pk}
    assert stranger.pk not in told


def test_a_shift_taken_off_the_rota_is_told_at_once(in_force: None, officer_of: OfficerOf) -> None:
    with journeys.at(MONDAY):
        duty, decider = officer_of("FR"), officer_of("FR", Role.DECIDER)
        filled(duty, MONDAY - timedelta(days=8), MONDAY + timedelta(hours=5))
        late = filled(duty, MONDAY + timedelta(hours=5), MONDAY + timedelta(days=9))
        run_deliveries()
        assert alarms() == []
        members.remove_shift(actor=decider, shift=late)
        run_deliveries()
        assert alarms() == [(MONDAY + timedelta(hours=5)).isoformat()]
        with pytest.raises(Conflict):
            members.remove_shift(actor=decider, shift=late)


def test_where_no_rota_is_kept_its_people_are_told_once_and_the_crisis_unit_is_not(
    in_force: None, officer_of: OfficerOf
) -> None:
    with journeys.at(MONDAY):
        decider, seat = officer_of("FR", Role.DECIDER), officer_of("JP", Role.CRISIS_SEAT)
        assert rota.look(authority_id=decider.authority_id or 0) == 1
    with journeys.at(MONDAY + timedelta(hours=30)):
        assert rota.look(authority_id=decider.authority_id or 0) == 0
        run_deliveries()
    assert Notice.objects.filter(recipient=decider).count() == 1
    assert not Notice.objects.filter(recipient=seat).exists()


def test_customs_promise_nothing_and_have_no_gap(in_force: None, officer_of: OfficerOf) -> None:
    customs = officer_of("FR", ministry=Ministry.CUSTOMS)
    assert rota.look(authority_id=customs.authority_id or 0) == 0
    assert (
        rota.watch()
        == Authority.objects.exclude(ministry="customs")
        .filter(ministry__in=["trade", "defence", "intelligence"])
        .count()
    )


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2027, 6, 1), 24)]
)
def test_a_day_on_duty_is_as_long_as_the_clocks_make_it(officer_of: OfficerOf, day: date, hours: int) -> None:
    with journeys.at(MONDAY):
        duty, decider = officer_of("FR"), officer_of("FR", Role.DECIDER)
        (shift,) = members.add_shifts(
            actor=decider, authority=duty.authority, person=duty, day=day, start=time(0), end=time(0)
        )
    assert shift.ends_at - shift.starts_at == timedelta(hours=hours)


def test_shifts_repeat_and_what_cannot_be_is_refused(officer_of: OfficerOf) -> None:
    duty, decider, foreign = officer_of("FR"), officer_of("FR", Role.DECIDER), officer_of("DE")
    authority, today = duty.authority, clock.today("Europe/Paris") + timedelta(days=1)
    assert authority is not None
    common = {"actor": decider, "authority": authority, "day": today}
    night = {"start": time(20), "end": time(8)}
    made = members.add_shifts(**common, person=duty, **night, until=today + timedelta(days=6))
    assert len(made) == 7
    assert members.add_shifts(**common, person=duty, **night, until=today + timedelta(days=6)) == []
    for wrong in (
        {"person": foreign, **night},
        {"person": duty, "start": time(19), "end": time(21)},
        {"person": duty, **night, "until": today - timedelta(days=1)},
        {"person": duty, **night, "until": today + timedelta(days=4000)},
    ):
        with pytest.raises(Invalid):
            members.add_shifts(**{**common, **wrong})
    with pytest.raises(Invalid, match="over already"):
        members.add_shifts(**{**common, "day": today - timedelta(days=30)}, person=decider, **night)
    skipped = {"day": date(2027, 3, 28), "start": time(2), "end": time(3)}
    with pytest.raises(Invalid, match="over already"):
        members.add_shifts(actor=decider, authority=authority, person=duty, **skipped)
    for other in (
        duty,
        foreign,
        officer_of("DE", Role.ADMINISTRATOR),
        officer_of("FR", Role.DECIDER, ministry="defence"),
    ):
        with pytest.raises(Forbidden):
            members.add_shifts(**{**common, "actor": other}, person=duty, **night)
    members.add_shifts(**{**common, "actor": officer_of("FR", Role.ADMINISTRATOR)}, person=decider, **night)


def test_a_leaver_is_not_on_duty(in_force: None, officer_of: OfficerOf) -> None:
    duty = officer_of("FR")
    now = clock.now()
    filled(duty, now - timedelta(days=9), now + timedelta(days=9))
    assert duty.authority is not None
    assert rota.gaps(duty.authority, now, now + timedelta(days=1)) == []
    members.remove_leaver(actor=officer_of("FR", Role.ADMINISTRATOR), person=duty)
    assert rota.gaps(duty.authority, now, now + timedelta(days=1)) == [(now, now + timedelta(days=1))]
