"""The clock of a case at the workbench: its steps, its file, its stops, and the statistic of who stops clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.test import Client

from core import clock
from core.models import ref
from deadlines import services as deadlines
from deadlines.derivations import differences, read
from deadlines.models import DueInstant
from escalation.services import windows
from licensing.models import Case, ClockStop
from licensing.services import information, stops
from members.models import Role, User
from tests import journeys
from tests.licensing.conftest import Desk
from tests.standing import stays

OfficerOf = Callable[..., User]
SignedIn = Callable[[User], Client]
WHY = "The drawing had been in the dossier from the first day."


@stays
def page(desk: Desk) -> str:
    return f"/workbench/cases/{desk.case.reference}/clocks/"


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def due(desk: Desk) -> dict[str, datetime]:
    """Return when each running window of the case is due."""
    return {
        row.subject: row.due_at for row in deadlines.open_of(ref(desk.case)) if row.kind == windows.WINDOW
    }


def links_in(shown: str) -> list[str]:
    return [part.split('"')[0] for part in shown.split('href="')[1:]]


def stopped(desk: Desk, actor: User) -> ClockStop:
    asked = information.ask(
        actor=actor,
        case=desk.reload(),
        reason_code="missing_document",
        question="Where is the drawing?",
        days=5,
    )
    return ClockStop.objects.get(request=asked)


def test_each_clock_shows_its_steps_and_hands_out_a_file_that_holds(
    desk: Desk, page: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("FR"))
    shown = text(browser, page)
    for row in DueInstant.objects.filter(
        aggregate=ref(desk.case), kind__in=["consultation.window", "case.outer"]
    ):
        assert row.explanation[-1] in shown
    links = [link for link in links_in(shown) if link.startswith(page) and link != page]
    assert len(links) == 3  # two windows and the outer limit
    for link in links:
        answer = browser.get(link)
        assert answer["Content-Disposition"].startswith(f'attachment; filename="{desk.case.reference}-')
        assert differences(answer.content) == []
        content = read(answer.content)
        assert content["committed_by"]["sha256"]
        assert desk.case.reference in content["subject"]
    stranger = signed_in(officer_of("JP"))
    assert stranger.get(links[0]).status_code == stranger.get(page).status_code == 404


def test_a_file_of_one_case_is_not_found_under_another(
    desk: Desk, page: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("DE"))
    link = next(
        link for link in links_in(text(browser, page)) if link.startswith(page) and len(link) > len(page) + 30
    )
    other = journeys.file(desk.case.application.created_by, desk.case.application.organisation)
    assert browser.get(link.replace(desk.case.reference, other.reference)).status_code == 404


def test_what_was_due_before_stays_with_its_reasons(
    desk: Desk, page: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser, officer = signed_in(officer_of("DE")), officer_of("DE")
    stopped(desk, officer)
    shown = text(browser, page)
    assert "What was due before" in shown
    assert "Days on which the clock stood do not count" in shown
    assert officer.name in shown


def test_stopping_and_resuming_by_hand(
    desk: Desk, page: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("DE"))
    wrong = browser.post(page + "stop/", {"reason_code": "because", "basis": "", "days": "99"})
    assert wrong.status_code == 422
    assert not ClockStop.objects.exists()
    answers = {"reason_code": "pre_licence_check", "basis": "Order 12/2026", "days": "14"}
    assert browser.post(page + "stop/", answers).status_code == 302
    shown = text(browser, page)
    assert "A check at the end-user is carried out" in shown
    assert "15 CFR 750.4(b)" in shown
    stop = ClockStop.objects.get()
    assert browser.post(f"/workbench/stops/{stop.uid}/resume/").status_code == 302
    assert ClockStop.objects.get().closed_at is not None


def test_a_reviewer_voids_a_stop_and_everyone_reads_why(
    desk: Desk, page: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    with journeys.at(clock.now()):
        before = {
            row.subject: row.due_at for row in deadlines.open_of(ref(desk.case)) if row.kind == windows.WINDOW
        }
        stop = stopped(desk, officer_of("DE"))
    officer, auditor = signed_in(officer_of("DE")), signed_in(officer_of("US", Role.AUDITOR))
    address = f"/workbench/stops/{stop.uid}/void/"
    assert address not in text(officer, page)
    assert officer.post(address, {"reason": WHY}).status_code == 403
    assert address in text(auditor, page)
    assert auditor.post(address, {"reason": "no"}).status_code == 422
    assert auditor.post(address, {"reason": WHY}).status_code == 302
    assert due(desk) == before
    assert WHY in text(officer, page)
    assert desk.reload().status == Case.Status.IN_REVIEW


def test_extending_and_counting_anew(
    desk: Desk, page: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    consultation = desk.consultation("FR")
    french = signed_in(officer_of("FR"))
    address = f"/workbench/consultations/{consultation.uid}/extend/"
    assert address in text(french, page)
    assert "at most 20 more" in text(french, address)
    assert french.post(address, {"amount": "21", "reason": "A survey on site"}).status_code == 422
    assert french.post(address, {"amount": "20", "reason": "A survey on site"}).status_code == 302
    assert desk.consultation("FR").due_at > consultation.due_at + timedelta(days=27)
    assert address not in text(french, page)

    row = windows.running(desk.consultation("FR"))
    assert row is not None
    known = deadlines.calendar_of(row)
    deadlines.load_calendar(
        key="FR",
        version="mourning",
        effective_from=clock.today(),
        weekend=sorted(known.weekend),
        holidays=[{"date": (row.due_at - timedelta(hours=1)).date().isoformat(), "name": "Mourning"}],
        source="Official journal",
        as_of=clock.today(),
    )
    assert "mourning" not in text(french, page)
    decider = signed_in(officer_of("DE", Role.DECIDER))
    shown = text(decider, page)
    link = next(link for link in links_in(shown) if "/recount/" in link)
    assert "version mourning of calendar FR" in text(decider, link)
    answer = decider.post(link, {"reason": "A day of mourning was declared"})
    assert answer.status_code in (302, 409)  # this calendar lacks the old holidays: it may not take time away
    assert desk.consultation("FR").due_at >= row.due_at


def test_the_statistic_is_for_those_who_review(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    slow = officer_of("DE")
    stop = stopped(desk, slow)
    assert signed_in(officer_of("DE")).get("/workbench/stops/").status_code == 403
    shown = text(signed_in(officer_of("US", Role.AUDITOR)), "/workbench/stops/")
    assert slow.name in shown
    assert slow.authority.name in shown
    assert f"{desk.case.reference}: A document is missing" in shown
    assert f"#stop-{stop.uid}" in shown
    assert "No clock was stopped" in text(
        signed_in(officer_of("JP", Role.COUNTERSIGNER)), "/workbench/stops/"
    )


def test_the_clock_page_costs_no_more_for_more_stops(
    desk: Desk, page: str, officer_of: OfficerOf, signed_in: SignedIn, django_assert_max_num_queries
) -> None:
    browser = signed_in(officer_of("DE", Role.COUNTERSIGNER))
    for _time in range(4):
        stop = stops.stop_clock(
            actor=officer_of("DE"),
            case=desk.case,
            reason_code="pre_licence_check",
            days=3,
            basis="Order 12/2026",
        )
        stops.resume_clock(actor=officer_of("DE"), stop=stop)
    with django_assert_max_num_queries(70):
        text(browser, page)
