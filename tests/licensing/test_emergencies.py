"""Emergency requests: asked for when filing, triaged the same working day, short licences, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines import services as deadlines
from deadlines.models import DueInstant
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing import dossier as dossiers
from licensing.documents.licences import contents
from licensing.models import Application, Assessment, Case, Consultation, EmergencyRequest, Licence
from licensing.selectors import queue as queues
from licensing.services import applications, decisions, emergencies, information, positions
from members.models import Organisation, Role, User
from tests import journeys
from tests.api.conftest import client_of
from tests.licensing.conftest import Desk, OfficerOf
from tests.standing import stays

__all__ = ["client_of"]

WANTED = {
    "requested": True,
    "reason": "The generator of the hospital has failed and the part is nowhere else.",
    "without_it": "Operations stop when the second generator fails as well.",
}
ANSWER = "The hospital has confirmed it; no part is in stock anywhere near."
MONDAY = datetime(2027, 1, 11, 9, tzinfo=UTC)  # ten o'clock in Berlin


def wanted(**more: Any) -> dict[str, Any]:
    return {**WANTED, "needed_by": (clock.today() + timedelta(days=10)).isoformat(), **more}


@stays
def hurry(in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf) -> Desk:
    """The case of the desk, with a request for emergency handling: routed the ordinary way until it is triaged."""
    return Desk(journeys.file(exporter, organisation, journeys.dossier(emergency=wanted())), officer_of)


def triage(desk: Desk, accept: bool = True, **by: Any) -> EmergencyRequest:
    done = emergencies.triage(
        actor=by.get("actor") or desk.officer_of("DE"),
        request=desk.case.emergency,
        accept=accept,
        answer=ANSWER,
    )
    run_deliveries()
    desk.reload()
    return done


# Asking --------------------------------------------------------------------------------------------------


def test_it_is_optional_and_says_what_is_missing() -> None:
    def paths(section: Any) -> set[str]:
        return {item.path for item in dossiers.check_section("emergency", section, {})}

    assert paths(None) == paths({}) == paths({"requested": False}) == set()
    assert paths({"requested": "yes"}) == {"emergency.requested"}
    assert paths({"requested": True}) == {"emergency.reason", "emergency.without_it", "emergency.needed_by"}
    assert paths(wanted(reason="now!")) == {"emergency.reason"}
    for day in ("soon", "2027-02-30", 7, "2027-1-1", None):
        assert paths(wanted(needed_by=day)) == {"emergency.needed_by"}


def test_a_day_that_is_over_is_refused_when_filing(
    in_force: None, exporter: User, organisation: Organisation
) -> None:
    yesterday = (clock.today() - timedelta(days=2)).isoformat()
    with pytest.raises(Invalid) as caught:
        journeys.file(exporter, organisation, journeys.dossier(emergency=wanted(needed_by=yesterday)))
    assert set(caught.value.fields) == {"emergency.needed_by"}


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        ("2027-01-11 09:00", "2027-01-11 23:00"),  # a Monday morning: that day, which ends at 23:00 UTC
        ("2027-01-11 14:59", "2027-01-11 23:00"),
        ("2027-01-11 15:00", "2027-01-12 23:00"),  # 16:00 in Berlin: the next working day
        ("2027-01-15 16:00", "2027-01-18 23:00"),  # Friday evening: Monday
        ("2027-01-16 09:00", "2027-01-18 23:00"),  # a Saturday
        ("2027-03-26 09:00", "2027-03-30 22:00"),  # Good Friday and Easter Monday; the clocks change between
    ],
)
def test_the_triage_is_due_on_the_same_working_day_of_the_lead(
    in_force: None, exporter: User, organisation: Organisation, filed: str, due: str
) -> None:
    with journeys.at(datetime.fromisoformat(f"{filed}+00:00")):
        case = journeys.file(exporter, organisation, journeys.dossier(emergency=wanted()), run=False)
        row = DueInstant.objects.get(kind=emergencies.TRIAGE, subject=ref(case.emergency))
        assert f"{row.due_at:%Y-%m-%d %H:%M}" == due
        assert case.emergency.due_at == row.due_at
        assert row.explanation


def test_those_who_triage_are_told_and_find_it_in_their_queue(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    officer, adviser, foreign = officer_of("DE"), officer_of("DE", Role.ADVISER), officer_of("FR")
    case = journeys.file(exporter, organisation, journeys.dossier(emergency=wanted()))
    assert Notice.objects.filter(
        recipient=officer, subject__contains="emergency handling is asked for"
    ).exists()
    assert not Notice.objects.filter(recipient__in=[adviser, foreign], subject__contains="emergency").exists()
    (row,) = queues.queue(officer)
    assert row.waits_triage
    assert row.next_due_at == case.emergency.due_at
    assert not any(row.waits_triage for row in queues.queue(foreign, "all"))
    triage(Desk(case, officer_of))
    assert not any(row.waits_triage for row in queues.queue(officer, "all"))


# Triage --------------------------------------------------------------------------------------------------


def test_accepted_the_criteria_move_the_case_into_the_crisis_lane_with_an_audit_entry(hurry: Desk) -> None:
    assert (hurry.case.lane, hurry.case.charter_key, hurry.case.round) == (
        "standard", "consultation-10wd", 1,
    )  # fmt: skip
    done = triage(hurry)
    assert (done.status, done.answer) == ("accepted", ANSWER)
    assert (hurry.case.lane, hurry.case.charter_key, hurry.case.round) == ("crisis", "crisis-48-24-12", 2)
    assert hurry.case.routing["rule_key"] == "emergency"
    assert hurry.case.status == Case.Status.IN_REVIEW
    windows = Consultation.objects.filter(case=hurry.case, round=2, status="open")
    assert windows
    assert all(window.due_at - window.opened_at <= timedelta(hours=48) for window in windows)
    event = Event.objects.get(type="emergency.accepted")
    assert event.aggregate == ref(hurry.case)
    assert "organisation:" in " ".join(
        FeedEntry.objects.filter(event=event).values_list("audience", flat=True)
    )
    assert not DueInstant.objects.filter(kind=emergencies.TRIAGE, state="open").exists()
    with pytest.raises(Conflict, match="triaged already"):
        triage(hurry)


def test_declined_the_ordinary_way_goes_on_and_nothing_is_lost(hurry: Desk) -> None:
    hurry.answer("FR")
    before = {one.pk: (one.status, one.due_at) for one in Consultation.objects.filter(case=hurry.case)}
    triage(hurry, accept=False)
    assert (hurry.case.lane, hurry.case.charter_key, hurry.case.round) == (
        "standard", "consultation-10wd", 1,
    )  # fmt: skip
    assert {
        one.pk: (one.status, one.due_at) for one in Consultation.objects.filter(case=hurry.case)
    } == before
    told = Notice.objects.get(
        recipient=hurry.case.application.created_by, subject__contains="emergency handling declined"
    )
    assert ANSWER in told.text
    hurry.answer("US")
    assert hurry.licence().renewable


def test_triaged_before_it_is_routed_it_is_routed_once(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = journeys.file(exporter, organisation, journeys.dossier(emergency=wanted()), run=False)
    emergencies.triage(
        actor=officer_of("DE", Role.DECIDER), request=case.emergency, accept=True, answer=ANSWER
    )
    run_deliveries()
    case = Case.objects.get(pk=case.pk)
    assert (case.lane, case.charter_key, case.round) == ("crisis", "crisis-48-24-12", 1)
    assert Event.objects.filter(type="case.routed", aggregate=ref(case)).count() == 1


def test_while_the_exporter_is_asked_the_case_moves_when_it_is_resumed(hurry: Desk, exporter: User) -> None:
    question = information.ask(
        actor=hurry.officer_of("DE"), case=hurry.case, reason_code="missing_document",
        question="Which hospital is it?", days=3,
    )  # fmt: skip
    triage(hurry)
    assert (hurry.case.status, hurry.case.lane) == ("awaiting_applicant", "standard")
    information.answer(actor=exporter, request=question, answer="Saint Mary's in the old town.")
    run_deliveries()
    assert (hurry.reload().status, hurry.case.lane) == ("in_review", "crisis")


def test_a_hard_stop_keeps_an_accepted_emergency_out_of_its_lane(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    end_use = {**journeys.dossier()["end_use"], "prohibited_end_use": True}
    content = journeys.dossier(emergency=wanted(), end_use=end_use)
    desk = Desk(journeys.file(exporter, organisation, content), officer_of)
    before = (desk.case.charter_key, desk.case.routing["rule_key"], desk.case.round)
    triage(desk)
    assert (desk.case.charter_key, desk.case.routing["rule_key"], desk.case.round) == before


def test_a_decision_in_the_making_is_overtaken(hurry: Desk) -> None:
    hurry.answer_all()
    hurry.reload()
    decision = hurry.propose()
    triage(hurry)
    assert type(decision).objects.get(pk=decision.pk).status == "lapsed"


def test_who_may_triage_and_what_has_to_be_said(hurry: Desk, officer_of: OfficerOf, exporter: User) -> None:
    for actor in (
        officer_of("FR"),
        officer_of("DE", Role.ADVISER),
        officer_of("DE", Role.COUNTERSIGNER),
        officer_of("DE", Role.AUDITOR),
        officer_of("JP", Role.CRISIS_SEAT),
        exporter,
    ):
        with pytest.raises(Forbidden):
            triage(hurry, actor=actor)
    with pytest.raises(Invalid) as caught:
        emergencies.triage(actor=officer_of("DE"), request=hurry.case.emergency, accept=False, answer="no")
    assert set(caught.value.fields) == {"answer"}
    assert hurry.reload().emergency.status == "requested"


def test_a_breach_is_an_event_told_to_deciders_and_the_crisis_unit_and_triage_is_still_open(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    decider, seat, stranger = (
        officer_of("DE", Role.DECIDER), officer_of("US", Role.CRISIS_SEAT), officer_of("JP", Role.DECIDER),
    )  # fmt: skip
    with journeys.at(MONDAY):
        case = journeys.file(exporter, organisation, journeys.dossier(emergency=wanted()))
    with journeys.at(case.emergency.due_at - timedelta(seconds=1)):
        deadlines.tick()
        assert not Event.objects.filter(type="emergency.overdue").exists()
    with journeys.at(case.emergency.due_at + timedelta(minutes=10)):
        deadlines.tick()
        run_deliveries()
        event = Event.objects.get(type="emergency.overdue")
        assert "role:crisis_unit" in FeedEntry.objects.filter(event=event).values_list("audience", flat=True)
        request = EmergencyRequest.objects.get(case=case)
        assert request.overdue_at == request.due_at  # the due instant, not the tick
        for person in (decider, seat):
            assert (
                Notice.objects.filter(recipient=person, subject__contains="nobody has triaged").count() == 1
            )
        assert not Notice.objects.filter(recipient=stranger, subject__contains="triaged").exists()
        assert request in EmergencyRequest.objects.visible_to(seat)
        assert request not in EmergencyRequest.objects.visible_to(stranger)
        triage(Desk(case, officer_of))
        assert Event.objects.get(type="emergency.accepted").facts["overdue"] is True


def test_a_case_that_closes_first_overtakes_the_request(hurry: Desk, exporter: User) -> None:
    applications.withdraw(actor=exporter, application=hurry.case.application)
    assert hurry.reload().emergency.status == "overtaken"
    with pytest.raises(Conflict):
        triage(hurry)


# The licence ---------------------------------------------------------------------------------------------


def granted(desk: Desk, **details: Any) -> Licence:
    """Let everyone the crisis ladder asks approve, and two people of the lead decide."""
    asked = Consultation.objects.filter(case=desk.case, round=2, status="open")
    for window in asked.select_related("jurisdiction"):
        author = desk.officer_of(str(window.jurisdiction_id), ministry=window.ministry)
        position = positions.take(actor=author, consultation=window, kind="no_objection")
        if window.needs_countersign:
            second = desk.officer_of(
                str(window.jurisdiction_id), Role.COUNTERSIGNER, ministry=window.ministry
            )
            positions.countersign(actor=second, position=position)
    run_deliveries()
    desk.reload()
    return desk.licence(**details)


def test_its_licence_is_short_not_renewable_and_says_so(
    hurry: Desk, exporter: User, organisation: Organisation
) -> None:
    triage(hurry)
    licence = granted(hurry)
    assert not licence.renewable
    assert licence.valid_until - licence.valid_from == emergencies.LONGEST_VALIDITY
    assert any("Not renewable" in row[1] for row in contents(licence)["rows"])
    assert Event.objects.get(type="licence.issued").facts["renewable"] is False
    with pytest.raises(IntegrityError), transaction.atomic():  # nobody extends it
        Licence.objects.filter(pk=licence.pk).update(valid_until=licence.valid_until + timedelta(days=1))
    with pytest.raises(Conflict, match="not renewed"):
        applications.start(actor=exporter, organisation=organisation, supersedes=hurry.case.application)
    anew = applications.copy(actor=exporter, application=hurry.case.application)
    assert "emergency" not in anew.draft


def test_a_longer_one_is_refused_at_the_field(hurry: Desk) -> None:
    triage(hurry)
    with pytest.raises(Invalid) as caught:
        granted(hurry, valid_until=clock.today() + timedelta(days=120))
    assert caught.value.fields["valid_until"] == [
        "A licence on an emergency request is valid for 90 days at most."
    ]
    hurry.decide(valid_until=clock.today("Europe/Berlin") + timedelta(days=30))


def test_an_ordinary_licence_is_as_long_as_ever_and_renewable(hurry: Desk) -> None:
    triage(hurry, accept=False)
    hurry.answer_all()
    hurry.reload()
    licence = hurry.licence()
    assert licence.renewable
    assert licence.valid_until - licence.valid_from == decisions.USUAL_VALIDITY


# Who asks often ------------------------------------------------------------------------------------------


def test_who_asks_often_is_flagged_and_after_a_year_forgotten(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    def flagged(case: Case) -> bool:
        findings = Assessment.objects.get(case=case).findings
        return any("look closer" in finding for finding in findings)

    with journeys.at(MONDAY):
        cases = [
            journeys.file(exporter, organisation, journeys.dossier(emergency=wanted()))
            for _number in range(3)
        ]
        assert [case.emergency.earlier for case in cases] == [0, 1, 2]
        assert [flagged(case) for case in cases] == [False, False, True]
        scores = set(Assessment.objects.values_list("score", flat=True))
        assert len(scores) == 1  # a flag adds no points
    with journeys.at(MONDAY + timedelta(days=366)):
        assert not flagged(journeys.file(exporter, organisation, journeys.dossier()))


# Pages and API -------------------------------------------------------------------------------------------


def test_the_exporter_asks_in_the_browser_and_reads_the_answer(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    browser = signed_in(exporter)
    application = applications.start(actor=exporter, organisation=organisation, dossier=journeys.dossier())
    page = f"/applications/{application.reference}/"
    assert "Emergency handling" in browser.get(page).content.decode()
    day = clock.today() + timedelta(days=5)
    answers = {**WANTED, "requested": "yes", "needed_by-day": day.day, "needed_by-month": day.month,
               "needed_by-year": day.year, "version": application.draft_version}  # fmt: skip
    bad = browser.post(f"{page}emergency/", {**answers, "reason": "now"})
    assert bad.status_code == 422
    answers["version"] += 1
    assert browser.post(f"{page}emergency/", answers).status_code == 302
    kept = Application.objects.get(pk=application.pk).draft["emergency"]
    assert kept == {**WANTED, "needed_by": day.isoformat()}
    applications.submit(actor=exporter, application=application)
    run_deliveries()
    shown = browser.get(page).content.decode()
    assert "Waiting for triage" in shown
    case = Case.objects.get(application=application)
    triage(Desk(case, officer_of), accept=False)
    assert ANSWER in browser.get(page).content.decode()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_an_officer_triages_in_the_browser(hurry: Desk, officer_of: OfficerOf) -> None:
    browser, case = signed_in(officer_of("DE")), hurry.case.reference
    assert "Emergency?" in browser.get("/workbench/").content.decode()
    assert case in browser.get("/workbench/emergencies/").content.decode()
    page = f"/workbench/cases/{case}/emergency/"
    assert WANTED["without_it"] in browser.get(page).content.decode()
    assert browser.post(page, {"outcome": "accepted", "answer": "short"}).status_code == 422
    assert browser.post(page, {"answer": ANSWER}).status_code == 422
    answer = browser.post(page, {"outcome": "accepted", "answer": ANSWER}, follow=True)
    assert "the criteria move the case" in answer.content.decode()
    assert ANSWER in browser.get(page).content.decode()


def test_a_partner_triages_through_the_api(
    hurry: Desk, officer_of: OfficerOf, client_of: Callable[..., Any], exporter: User
) -> None:
    officer, path = client_of(officer_of("DE")), f"/api/v1/cases/{hurry.case.reference}/"
    acts = {act["name"]: act for act in officer.get(path).json()["acts"]}
    assert acts["triage_emergency"]["href"] == f"{path}emergency-triage/"
    body = {"outcome": "accepted", "answer": ANSWER}
    wrong = officer.post(f"{path}emergency-triage/", {"outcome": "perhaps"}, format="json")
    assert wrong.status_code == 422
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"outcome", "answer"}
    assert (
        client_of(officer_of("JP")).post(f"{path}emergency-triage/", body, format="json").status_code == 404
    )
    done = officer.post(f"{path}emergency-triage/", body, format="json")
    assert done.status_code == 200
    assert done.json()["emergency"]["status"] == "accepted"
    assert client_of(exporter).get(path).json()["emergency"]["answer"] == ANSWER
    assert officer.post(f"{path}emergency-triage/", body, format="json").status_code == 409


def test_a_case_without_a_request_has_none(answered: Desk, officer_of: OfficerOf) -> None:
    browser = signed_in(officer_of("DE"))
    assert browser.get(f"/workbench/cases/{answered.case.reference}/emergency/").status_code == 404
