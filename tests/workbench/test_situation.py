"""The situation room: what is counted, who is named, and the same number of queries however much there is."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from deadlines import services as deadlines
from escalation.situation import percentile, situation
from ledger.testing import run_deliveries
from licensing.models import Assessment, Case
from members.models import Ministry, Role, User
from tests import journeys
from tests.escalation.test_guidance import issued
from tests.licensing.conftest import Desk, OfficerOf, drill
from tests.screening.raising import load, raise_one
from tests.workbench.test_cases import SignedIn

__all__ = ["drill"]
ROOM = "/workbench/situation/"


def test_cases_lapses_and_alerts_are_counted_and_a_case_is_named_only_to_who_may_read_it(
    desk: Desk, officer_of: OfficerOf
) -> None:
    load()
    (hit,) = raise_one(f"case:{desk.case.pk}")
    Assessment.objects.filter(case=desk.case).update(hard_stops=[{"reason": "An embargo."}])
    notice = issued(officer_of, "question", destinations=["SG"])
    seat = officer_of("JP", Role.CRISIS_SEAT, ministry=Ministry.TRADE)
    auditor = officer_of("GB", Role.AUDITOR)
    due = desk.consultation("US").due_at
    with journeys.at(due - timedelta(hours=1)):
        now = situation(User.objects.get(pk=seat.pk))
        assert [(place.code, place.cases) for place in now.places] == [("SG", 1)]
        assert (now.leakage.strong, now.leakage.stopped, now.leakage.confirmed) == (int(hit.strong), 1, 0)
        assert ("US (Trade)", False) in [(row.addressee, row.named) for row in now.windows]
        assert not any(row.named for row in now.windows)
        assert all(row.named for row in situation(User.objects.get(pk=auditor.pk)).windows)
        assert [(one.reference, far.cases) for one, far in now.guidance] == [(notice.reference, 1)]
    with journeys.at(due):
        deadlines.tick()
        run_deliveries()
        now = situation(seat)
        assert ("US", 1) in [(member.code if member else "", count) for member, count in now.silent]


def test_what_waits_for_the_unit_is_its_queue(drill: Desk, officer_of: OfficerOf) -> None:
    journeys.lapse_all(drill.case)
    seat = officer_of("JP", Role.CRISIS_SEAT)
    (waiting,) = situation(seat).queue
    assert (waiting.case, waiting.named) == (drill.case, True)


def test_humanitarian_hours_are_those_from_filing_to_decision(answered: Desk, officer_of: OfficerOf) -> None:
    seat = officer_of("JP", Role.CRISIS_SEAT)
    assert situation(seat).speed.median is None
    with journeys.at(now := clock.now()):
        Case.objects.filter(pk=answered.case.pk).update(
            lane="humanitarian", opened_at=now - timedelta(hours=12)
        )
        answered.decide()
    speed = situation(seat).speed
    assert (speed.decided, speed.median, speed.p95) == (1, timedelta(hours=12), timedelta(hours=12))
    rising = [timedelta(hours=hour) for hour in range(1, 21)]
    assert (percentile(rising, 50), percentile(rising, 95)) == (rising[9], rising[18])


def test_seats_and_auditors_see_it_and_nobody_else(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    for role, status in ((Role.CRISIS_SEAT, 200), (Role.AUDITOR, 200), (Role.DECIDER, 403)):
        assert signed_in(officer_of("DE", role)).get(ROOM).status_code == status
    answer = signed_in(officer_of("DE", Role.CRISIS_SEAT)).get(ROOM, headers={"HX-Request": "true"})
    assert "<h1" not in answer.content.decode()
    assert desk.case.reference not in signed_in(officer_of("JP", Role.CRISIS_SEAT)).get(ROOM).content.decode()
