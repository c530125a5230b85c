"""Who stops which clock, for how long; and a reviewer who makes a stop undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core import clock
from core.errors import Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines import selectors as due_selectors
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.services import clocks, windows
from ledger.models import Event
from ledger.selectors import timeline
from ledger.testing import run_deliveries
from licensing.models import Case, ClockStop, Consultation, InformationRequest
from licensing.policies import stops as policies
from licensing.policies.common import is_rapid
from licensing.selectors import stops as selectors
from licensing.services import information, stops
from licensing.stops import LEGAL, OUTER, QUESTIONS, REASONS, WINDOW
from members.models import Role, User
from tests import journeys
from tests.licensing.conftest import Desk

OfficerOf = Callable[..., User]
WHY = "The drawing had been in the dossier from the first day."


def due(case: Case) -> dict[tuple[str, str], datetime]:
    """Return when each running clock of a case is due."""
    return {
        (row.kind, row.subject): row.due_at
        for row in deadlines.open_of(ref(case))
        if row.kind in policies.STOPPED
    }


def ask(desk: Desk, actor: User | None = None, **details: object) -> InformationRequest:
    given = {"reason_code": "missing_document", "question": "Where is the drawing?", "days": 5, **details}
    return information.ask(actor=actor or desk.officer_of("DE"), case=desk.reload(), **given)


def stop_of(request: InformationRequest) -> ClockStop:
    return ClockStop.objects.select_related("case", "owner", "authority").get(request=request)


def void(desk: Desk, stop: ClockStop, actor: User | None = None, reason: str = WHY) -> ClockStop:
    return stops.void_stop(actor=actor or desk.officer_of("DE", Role.AUDITOR), stop=stop, reason=reason)


# The closed list -----------------------------------------------------------------------------------------


def test_every_reason_has_a_source_and_an_end_and_none_is_free_text() -> None:
    assert set(REASONS) == set(QUESTIONS) | set(LEGAL)
    for code, reason in REASONS.items():
        assert reason.source, code
        assert 0 <= reason.most_days <= 30, code
        assert WINDOW not in reason.holds or code in QUESTIONS, code
        assert OUTER in reason.holds, code


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("reason_code", {"reason_code": "because"}),
        ("reason_code", {"reason_code": "missing_document"}),
        ("days", {"days": 0}),
        ("days", {"days": 31}),
        ("basis", {"basis": "  no  "}),
        ("basis", {"basis": "x" * 201}),
    ],
)
def test_a_stop_without_a_listed_reason_a_proof_or_an_end_is_refused(
    desk: Desk, field: str, given: dict
) -> None:
    before = due(desk.case)
    fit = {"reason_code": "pre_licence_check", "days": 10, "basis": "Order 12/2026 of the ministry"}
    with pytest.raises(Invalid) as refused:
        stops.stop_clock(actor=desk.officer_of("DE"), case=desk.case, **{**fit, **given})
    assert list(refused.value.fields) == [field]
    assert due(desk.case) == before


# Which clocks --------------------------------------------------------------------------------------------


def legal(desk: Desk, **details: object) -> ClockStop:
    given = {
        "reason_code": "pre_licence_check",
        "days": 10,
        "basis": "Order 12/2026 of the ministry",
        **details,
    }
    return stops.stop_clock(actor=desk.officer_of("DE"), case=desk.reload(), **given)


def test_a_legal_step_stops_the_lead_and_silences_no_member(desk: Desk) -> None:
    with journeys.at(clock.now()):
        before = due(desk.case)
        stop = legal(desk)
        after = due(desk.case)
    for key in before:
        assert (after[key] > before[key]) == (key[0] == OUTER), key
    assert OUTER in {kind for kind, _subject in before}
    assert desk.reload().status == Case.Status.IN_REVIEW
    assert stop.authority == stop.owner.authority
    desk.answer_all()
    decision = DueInstant.objects.get(kind="case.decision", state="open", aggregate=ref(desk.case))
    assert decision.inputs["stops"][0]["reason"] == "pre_licence_check"


def test_a_stop_ends_by_itself_at_its_instant_and_not_when_somebody_looks(desk: Desk) -> None:
    stop = legal(desk)
    with journeys.at(stop.expires_at + timedelta(days=3)):
        deadlines.tick()
        ended = ClockStop.objects.get(pk=stop.pk)
    assert ended.closed_at == stop.expires_at
    assert Event.objects.get(type="clock.resumed").facts["how"] == "expired"


def test_a_stop_that_is_ended_early_ends_now_and_gives_the_rest_of_the_time_back(desk: Desk) -> None:
    with journeys.at(clock.now()):
        before = due(desk.case)
        stop = legal(desk)
        full = due(desk.case)
    with journeys.later(days=2):
        ended = stops.resume_clock(actor=desk.officer_of("DE", Role.DECIDER), stop=stop)
        assert ended.closed_at == clock.now()
        after = due(desk.case)
        with pytest.raises(Forbidden, match="over"):
            stops.resume_clock(actor=desk.officer_of("DE"), stop=stop)
    [outer] = [key for key in before if key[0] == OUTER]
    assert before[outer] < after[outer] < full[outer]


def test_nobody_says_when_a_clock_stopped_or_ran_again(desk: Desk) -> None:
    instants = {"at", "opened_at", "closed_at", "since", "until", "start", "end", "expires_at", "now"}
    for act in (stops.stop_clock, stops.resume_clock, stops.void_stop, information.ask, information.answer):
        assert not instants & set(
            act.__wrapped__.__code__.co_varnames[: act.__wrapped__.__code__.co_kwonlyargcount]
        )
    stop = legal(desk)
    for wrong in (stop.opened_at - timedelta(days=1), stop.expires_at + timedelta(seconds=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClockStop.objects.filter(pk=stop.pk).update(closed_at=wrong)


def test_two_stops_at_once_count_once(desk: Desk) -> None:
    with journeys.at(clock.now()):
        before = due(desk.case)
        legal(desk)
        one = due(desk.case)
        ask(desk, days=5)
        both = due(desk.case)
    [outer] = [key for key in before if key[0] == OUTER]
    assert both[outer] == one[outer] > before[outer]


# The rapid lanes -----------------------------------------------------------------------------------------


def test_in_a_crisis_only_the_exporter_holds_a_clock_up_and_for_so_many_hours_in_all(crisis: Desk) -> None:
    assert is_rapid(crisis.case)
    with pytest.raises(Forbidden, match="windows are hours"):
        legal(crisis)
    begun = clock.now()
    with journeys.at(begun):
        before = {key: at for key, at in due(crisis.case).items() if key[0] == WINDOW}
        first = ask(crisis, days=14)
        assert stop_of(first).expires_at == begun + timedelta(hours=24)
        after = due(crisis.case)
        assert all(after[key] - at == timedelta(hours=24) for key, at in before.items())
    with journeys.at(begun + timedelta(hours=9, minutes=30)):
        information.answer(actor=crisis.case.application.created_by, request=first, answer="Here.")
        run_deliveries()
        second = ask(crisis, reason_code="party_unclear", question="Who owns the buyer?")
        assert stop_of(second).expires_at == clock.now() + timedelta(hours=14)  # an hour begun is spent
        last = stop_of(second).expires_at
    with journeys.at(last):
        deadlines.tick()
        run_deliveries()
        with pytest.raises(Invalid, match="as long as its charter permits"):
            ask(crisis, reason_code="end_use_unclear", question="What is it for?")
        told = ask(crisis, reason_code="clarification", question="Which colour has it?")
        assert not ClockStop.objects.filter(request=told).exists()


# What a reviewer sees ------------------------------------------------------------------------------------


def test_what_comes_late_again_or_for_an_answer_that_was_given_is_noted_when_it_happens(desk: Desk) -> None:
    window = desk.consultation("FR")
    first = ask(desk, sections=["items"])
    noted = stop_of(first)
    assert (noted.is_late, noted.repeated, noted.answered_before) == (False, False, False)
    information.answer(actor=desk.case.application.created_by, request=first, answer="It is attached.")
    run_deliveries()
    window = desk.consultation("FR")
    almost = window.opened_at + (window.due_at - window.opened_at) * 0.97
    with journeys.at(almost):
        again = stop_of(ask(desk, sections=["items", "parties"]))
    assert again.is_late
    assert again.used_percent >= 90
    assert again.repeated
    assert again.answered_before
    facts = Event.objects.filter(type="clock.stopped").order_by("-pk")[0].facts
    assert (facts["repeated"], facts["answered_before"], facts["used_percent"]) == (
        True,
        True,
        again.used_percent,
    )


def test_the_statistic_counts_each_stop_for_its_authority_and_officer(desk: Desk) -> None:
    slow = desk.officer_of("DE")
    with journeys.at(clock.now()):
        request = ask(desk, slow)
    with journeys.later(days=3):
        information.answer(actor=desk.case.application.created_by, request=request, answer="Here it is.")
        run_deliveries()
        second = ask(desk, slow)
        void(desk, stop_of(second))
        [(whole, [officer])] = selectors.statistic(desk.officer_of("US", Role.AUDITOR))
    assert (whole.authority, officer.officer) == (slow.authority.name, slow.name)
    assert (whole.stops, whole.voided, officer.stops, officer.voided) == (1, 1, 1, 1)
    assert timedelta(days=3) <= whole.stood < timedelta(days=3, minutes=5)
    assert (whole.late, whole.repeated, whole.answered, whole.avoidable) == (0, 0, 0, 0)


def test_the_statistic_holds_only_cases_that_the_reader_may_read(desk: Desk) -> None:
    ask(desk)
    assert selectors.statistic(desk.officer_of("JP", Role.COUNTERSIGNER)) == []
    assert len(selectors.statistic(desk.officer_of("FR", Role.COUNTERSIGNER))) == 1
    assert selectors.statistic(desk.case.application.created_by) == []


# Voiding -------------------------------------------------------------------------------------------------


def test_a_void_stop_leaves_every_due_instant_as_if_it_had_never_been(desk: Desk) -> None:
    with journeys.at(clock.now()):
        before = due(desk.case)
        stop = stop_of(ask(desk))
        stopped = due(desk.case)
        assert all(stopped[key] > before[key] for key in before)
    with journeys.later(hours=30):
        voided = void(desk, stop)
        assert due(desk.case) == before
        assert {c.due_at for c in Consultation.objects.filter(case=desk.case)} <= set(before.values())
    assert (voided.voided_by.roles, voided.void_reason) == (frozenset({Role.AUDITOR}), WHY)
    assert desk.reload().status == Case.Status.IN_REVIEW
    assert InformationRequest.objects.get().status == "open"
    told = Event.objects.get(type="stop.voided")
    assert told.facts["reason"] == WHY
    assert len(told.facts["moved"]) == len(before)
    replayed = {
        (item.kind, item.subject): item.due_at
        for item in due_selectors.replay(ref(desk.case))
        if item.state == "open"
    }
    assert {key: replayed[key] for key in before} == before


def test_one_void_stop_leaves_the_others_counting(desk: Desk) -> None:
    with journeys.at(clock.now()):
        legal(desk)
        with_one = due(desk.case)
        second = stop_of(ask(desk, days=14))
        void(desk, second)
        assert due(desk.case) == with_one
        assert desk.reload().status == Case.Status.IN_REVIEW


def test_a_window_that_would_be_over_lapses_at_once_at_its_own_instant(drill: Desk) -> None:
    before = due(drill.case)
    stop = stop_of(ask(drill, days=1))
    last = max(at for key, at in before.items() if key[0] == WINDOW)
    with journeys.at(last + timedelta(minutes=10)):
        deadlines.tick()
        assert not Consultation.objects.filter(case=drill.case, status="lapsed").exists()
        void(drill, stop)
        lapsed = list(Consultation.objects.filter(case=drill.case, tier=0))
        assert {c.status for c in lapsed} == {"lapsed"}
        assert {c.lapsed_at for c in lapsed} == {at for key, at in before.items() if key[0] == WINDOW}
        run_deliveries()
        assert drill.reload().tier == 1
        fresh = Consultation.objects.filter(case=drill.case, tier=1, status="open")
        assert all(c.opened_at == clock.now() and c.due_at > clock.now() for c in fresh)


def test_a_reminder_follows_the_window_that_is_nearer_again(desk: Desk) -> None:
    consultation = desk.consultation("FR")
    with journeys.at(clock.now()):
        stop = stop_of(ask(desk))
        run_deliveries()
    half = consultation.opened_at + (consultation.due_at - consultation.opened_at) / 2
    with journeys.at(half + timedelta(hours=1)):
        deadlines.tick()  # the reminder finds that the window has moved, and moves
        void(desk, stop)
        run_deliveries()
        waiting = DueInstant.objects.get(
            kind=windows.REMINDER, state="open", subject__startswith=f"{ref(consultation)}:"
        )
        length = consultation.due_at - consultation.opened_at
        expected = consultation.opened_at + length * int(waiting.subject.rpartition(":")[2]) / 100
        assert abs(waiting.due_at - expected) < timedelta(minutes=5)


def test_those_affected_are_told_and_the_exporter_reads_no_name(desk: Desk) -> None:
    owner, consulted = desk.officer_of("DE"), desk.officer_of("FR")
    decider = desk.officer_of("DE", Role.DECIDER)
    stop = stop_of(ask(desk, owner))
    void(desk, stop)
    run_deliveries()
    exporter = desk.case.application.created_by
    for person in (owner, consulted, decider):
        assert Notice.objects.filter(recipient=person, subject__contains="is void").exists(), person
    assert Notice.objects.filter(recipient=exporter, subject__contains="restored").exists()
    for event in timeline(ref(desk.case), exporter.audience):
        assert WHY not in str(event.facts)
        if event.type in ("clock.restored", "clock.resumed"):
            assert owner.authority.name not in str(event.facts)


@pytest.mark.parametrize("reason", ["", "too short", "x" * 4001])
def test_a_review_says_why(desk: Desk, reason: str) -> None:
    stop = stop_of(ask(desk))
    with pytest.raises(Invalid) as refused:
        void(desk, stop, reason=reason)
    assert list(refused.value.fields) == ["reason"]


def test_nobody_reviews_a_stop_of_their_own_and_nobody_voids_one_twice(desk: Desk) -> None:
    both = desk.officer_of("DE", Role.LICENSING_OFFICER, Role.COUNTERSIGNER)
    stop = stop_of(ask(desk, both))
    with pytest.raises(Forbidden, match="of their own"):
        void(desk, stop, both)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockStop.objects.filter(pk=stop.pk).update(voided_at=clock.now(), voided_by=both, void_reason=WHY)
    void(desk, stop, desk.officer_of("DE", Role.COUNTERSIGNER))
    with pytest.raises(Forbidden, match="void already"):
        void(desk, stop)


def test_a_case_that_is_closed_keeps_its_stops_as_they_were(desk: Desk) -> None:
    stop = legal(desk)
    desk.answer_all()
    desk.reload()
    desk.decide()
    ended = ClockStop.objects.get(pk=stop.pk)
    assert ended.closed_at is not None
    with pytest.raises(Forbidden, match="closed"):
        void(desk, stop)


def test_a_stop_is_never_made_unwritten(desk: Desk) -> None:
    stop = legal(desk)
    with pytest.raises(DatabaseError), transaction.atomic():
        ClockStop.objects.filter(pk=stop.pk).update(expires_at=stop.opened_at)


# Extensions and calendars --------------------------------------------------------------------------------


def test_a_member_extends_its_own_window_up_to_thirty_working_days(desk: Desk) -> None:
    consultation = desk.consultation("FR")
    officer = desk.officer_of("FR")
    with pytest.raises(Forbidden, match="who answer for the addressee"):
        clocks.extend(
            actor=desk.officer_of("US"), consultation=consultation, amount=5, reason="We need longer"
        )
    moved = clocks.extend(actor=officer, consultation=consultation, amount=15, reason="A survey on site")
    assert moved.due_at > consultation.due_at + timedelta(days=20)
    row = windows.running(moved)
    assert row is not None
    assert row.inputs["extensions"][0]["requester"] == f"{officer.name}, {officer.authority.name}"
    assert any("A survey on site" in step for step in row.explanation)
    with pytest.raises(Invalid, match="At most 5 more"):
        clocks.extend(actor=officer, consultation=consultation, amount=6, reason="A survey on site")
    clocks.extend(actor=officer, consultation=consultation, amount=5, reason="A survey on site")
    with pytest.raises(Invalid, match="Nothing is left"):
        clocks.extend(actor=officer, consultation=consultation, amount=1, reason="A survey on site")
    with pytest.raises(Invalid) as refused:
        clocks.extend(actor=officer, consultation=consultation, amount=1, reason=" short ")
    assert list(refused.value.fields) == ["reason"]


def test_in_a_crisis_nobody_extends_a_window_of_its_own(crisis: Desk) -> None:
    consultation = Consultation.objects.filter(case=crisis.case, jurisdiction="FR")[0]
    own = crisis.officer_of("FR", Role.DECIDER, ministry=consultation.ministry)
    with pytest.raises(Forbidden, match="of its own"):
        clocks.extend(actor=own, consultation=consultation, amount=5, reason="We need longer")
    with pytest.raises(Forbidden, match="only a decider of the lead"):
        clocks.extend(
            actor=crisis.officer_of("DE"), consultation=consultation, amount=5, reason="We need longer"
        )
    lead = crisis.officer_of("DE", Role.DECIDER)
    with pytest.raises(
        Invalid, match="Nothing is left"
    ):  # the crisis ladder's charter has no extension at all
        clocks.extend(actor=lead, consultation=consultation, amount=5, reason="They need longer")


def test_a_clock_is_counted_anew_by_a_decider_with_a_reason_and_the_old_one_is_kept(desk: Desk) -> None:
    consultation = desk.consultation("FR")
    row = windows.running(consultation)
    assert row is not None
    known = deadlines.calendar_of(row)
    within = (row.due_at - timedelta(hours=1)).date()
    deadlines.load_calendar(
        key="FR",
        version="emergency",
        effective_from=clock.today(),
        weekend=sorted(known.weekend),
        holidays=[{"date": day.isoformat(), "name": known.names[day]} for day in sorted(known.holidays)]
        + [{"date": within.isoformat(), "name": "Day of mourning"}],
        source="Official journal",
        as_of=clock.today(),
    )
    with pytest.raises(Forbidden):
        clocks.recount(actor=desk.officer_of("DE"), case=desk.case, due=row, reason="A day of mourning")
    decider = desk.officer_of("DE", Role.DECIDER)
    assert desk.consultation("FR").due_at == row.due_at
    moved = clocks.recount(actor=decider, case=desk.case, due=row, reason="A day of mourning")
    assert desk.consultation("FR").due_at == moved.due_at > row.due_at
    assert decider.name not in str(moved.inputs)
    kept = DueInstant.objects.get(pk=row.pk)
    assert (kept.state, kept.explanation) == ("cancelled", row.explanation)
    event = Event.objects.get(type="clock.recounted")
    assert (event.facts["before"], event.facts["due_at"]) == (
        row.due_at.isoformat(),
        moved.due_at.isoformat(),
    )
