"""The pages of the way out of a crisis: the plan, evidence, what a step touches, taking and reversing it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alliance.models import Relaxation
from escalation import exit_plan
from ledger.models import Event
from members.models import Role
from tests import crises, journeys
from tests.escalation.test_exits import WHY, with_plan
from tests.standing import stays
from tests.workbench.conftest import Desk

pytestmark = pytest.mark.usefixtures("in_force")
MOST = 60  # queries of the plan: a baseline, raise it only with a reason


@stays
def home(desk: Desk) -> str:
    return f"/workbench/crises/{with_plan(crises.in_force('DE', 'FR')).reference}/exit/"


def test_a_step_is_seen_proposed_applied_and_reversed(desk: Desk, home: str, signed_in) -> None:
    first, second = signed_in(crises.seat("DE")), signed_in(crises.seat("FR"))
    page = first.get(home).content.decode()
    assert "Next:" in page
    assert "lapses_7d" in page
    assert page.count("Blocked") >= 2
    step = f"{home}steps/first/"
    page = first.get(step).content.decode()
    assert "Open cases touched: <strong>1</strong>" in page
    assert first.post(f"{step}propose/").status_code == 302
    assert "another person" in first.get(step).content.decode()
    assert first.post(f"{step}apply/").status_code == 403
    assert second.post(f"{step}apply/").status_code == 302
    page = second.get(step).content.decode()
    assert "What reversing it now would touch" in page
    assert "Bears again" in page
    answer = second.post(f"{step}reverse/", {"reason": "No."})
    assert answer.status_code == 422
    assert "characters" in answer.content.decode()
    assert second.post(f"{step}reverse/", {"reason": WHY}).status_code == 302
    assert WHY in second.get(step).content.decode()


def test_a_red_precondition_is_shown_with_what_it_counted(desk: Desk, home: str, signed_in) -> None:
    signed_in(crises.seat("DE")).post(f"{home}steps/first/propose/")
    journeys.lapse_all(desk.case)
    when = Event.objects.filter(type="window.lapsed").latest("at").at
    with journeys.at(when):
        answer = signed_in(crises.seat("FR")).post(f"{home}steps/first/apply/")
        assert answer.status_code == 409
        assert "lapses_7d = " in answer.content.decode()
        lead = signed_in(desk.officer_of("DE"))
        assert desk.case.reference in lead.get(f"{home}facts/lapses_7d/").content.decode()
        desk.case.stakes.filter(jurisdiction="JP").delete()  # the measure asks every member
        stranger = signed_in(desk.officer_of("JP")).get(f"{home}facts/lapses_7d/").content.decode()
        assert desk.case.reference not in stranger
        assert "is not yours to read" in stranger
    assert Relaxation.objects.get().status == "proposed"


def test_the_file_names_only_what_the_reader_may_see(desk: Desk, home: str, signed_in) -> None:
    for page in (f"{home}steps/first/csv/", f"{home}end/?format=csv"):
        assert desk.case.reference in signed_in(desk.officer_of("DE")).get(page).content.decode()
        stranger = signed_in(desk.officer_of("JP")).get(page).content.decode()
        assert stranger.splitlines() == ["kind,reference,member,exporter,what happens"]
    assert "No longer bears" in signed_in(desk.officer_of("DE")).get(f"{home}end/").content.decode()


@pytest.mark.parametrize(
    "path", ["steps/absent/", "facts/absent/", "steps/absent/csv/", "steps/first/explode/"]
)
def test_what_is_absent_is_not_found(home: str, signed_in, path: str) -> None:
    assert signed_in(crises.seat("DE")).get(home + path).status_code == 404
    assert signed_in(crises.seat("DE")).post(f"{home}steps/absent/propose/").status_code == 404


def test_an_exporter_finds_nothing_and_an_officer_without_a_seat_reads(
    home: str, signed_in, exporter, officer_of
) -> None:
    assert signed_in(exporter).get(home).status_code == 404
    officer = signed_in(officer_of("JP", Role.LICENSING_OFFICER))
    assert "Only a seat of the crisis unit" in officer.get(f"{home}steps/first/").content.decode()
    assert officer.post(f"{home}steps/first/propose/").status_code == 403


def test_the_plan_takes_as_many_queries_for_one_case_as_for_three(
    home: str, signed_in, exporter, organisation
) -> None:
    seat = signed_in(crises.seat("DE"))
    counted = []
    for more in (0, 2):
        for _number in range(more):
            journeys.file(exporter, organisation)
        seat.get(home)
        exit_plan._read.cache_clear()  # what people who watch share for some seconds is read anew, and counted
        with CaptureQueriesContext(connection) as captured:
            assert seat.get(home).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1] <= MOST
