"""The pages on duty: who sees what, and what rubbish comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from licensing.selectors import team
from licensing.selectors.queue import View, queue
from licensing.services import claims
from members.models import Delegation, Ministry, Organisation, Role, Shift, User
from tests import journeys
from tests.licensing.conftest import Desk, OfficerOf

SignedIn = Callable[[User], Client]


def on_duty(person: User) -> None:
    assert person.authority is not None
    now = clock.now()
    Shift.objects.create(
        authority=person.authority,
        person=person,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=9),
    )


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_view_of_the_team_holds_what_waits_for_any_colleague(desk: Desk, officer_of: OfficerOf) -> None:
    officer_of("FR")
    idle = officer_of("FR", Role.COUNTERSIGNER)
    assert not queue(idle, View.WAITING).exists()
    assert [case.pk for case in queue(idle, View.TEAM)] == [desk.case.pk]
    assert not queue(officer_of("FR", ministry=Ministry.DEFENCE), View.TEAM).exists()
    assert not queue(officer_of("JP"), View.TEAM).exists()


def test_a_colleague_on_duty_takes_over_and_one_who_is_not_does_not(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    holder, colleague = officer_of("FR"), officer_of("FR")
    claims.claim_consultation(actor=holder, consultation=desk.consultation("FR"))
    browser = signed_in(colleague)
    page = text(browser, "/workbench/queue/team/")
    assert holder.name in page
    assert "Take over" not in page
    address = f"/workbench/consultations/{desk.consultation('FR').uid}/take-over/"
    assert browser.post(address).status_code == 403
    on_duty(colleague)
    page = text(browser, "/workbench/queue/team/")
    assert "On duty now:" in page
    assert "Take over" in page
    assert browser.post(address).status_code == 302
    assert desk.consultation("FR").officer == colleague
    assert team.held(colleague, [desk.case], [])[desk.case.pk].act == ""


def test_the_view_of_the_team_takes_as_many_queries_for_one_case_as_for_four(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("FR", Role.DECIDER))

    def asked() -> int:
        browser.get("/workbench/queue/team/")
        with CaptureQueriesContext(connection) as captured:
            text(browser, "/workbench/queue/team/")
        return len(captured)

    few = asked()
    for _number in range(3):
        journeys.file(exporter, organisation)
    assert asked() == few


@pytest.mark.parametrize(
    ("page", "given"),
    [
        ("deputies", {"person": "x", "deputy": "y", "first": "31-02-2026", "last": ""}),
        ("rota", {"person": "x", "day": "2026-02-31", "start": "25:99", "end": "never", "until": "-"}),
        ("offline", {"jurisdiction": "ZZ", "reason": "", "last": "0000-00-00"}),
        ("offline", {"jurisdiction": "FR", "reason": "too short", "last": "2031-01-01"}),
        ("offline", {"jurisdiction": "FR", "reason": "It is a day long gone.", "last": "2020-01-01"}),
    ],
)
def test_rubbish_is_sent_back_with_its_mistakes(
    in_force: None, officer_of: OfficerOf, signed_in: SignedIn, page: str, given: dict[str, str]
) -> None:
    everything = officer_of("FR", Role.ADMINISTRATOR, Role.DECIDER)
    answer = signed_in(everything).post(f"/administration/{page}/", given)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()


@pytest.mark.parametrize("wanted", ["x", "00000000-0000-0000-0000-000000000007"])
def test_an_authority_elsewhere_has_no_rota_here(
    in_force: None, officer_of: OfficerOf, signed_in: SignedIn, wanted: str
) -> None:
    browser, foreign = signed_in(officer_of("FR")), officer_of("DE").authority
    assert foreign is not None
    for uid in (wanted, foreign.uid):
        assert browser.get(f"/administration/rota/?authority={uid}").status_code == 404


def test_an_officer_who_is_no_administrator_names_a_deputy_for_nobody_else(
    officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    person, other, deputy = officer_of("FR"), officer_of("FR"), officer_of("FR")
    given = {"person": other.uid, "deputy": deputy.uid, "first": "2031-01-01", "last": "2031-01-02"}
    assert signed_in(person).post("/administration/deputies/", given).status_code == 422
    assert not Delegation.objects.exists()
    chief = officer_of("FR", Role.ADMINISTRATOR)
    assert signed_in(chief).post("/administration/deputies/", given).status_code == 302
    made = Delegation.objects.get()
    assert (made.person, made.deputy, made.ends_at - made.starts_at) == (other, deputy, timedelta(days=2))
