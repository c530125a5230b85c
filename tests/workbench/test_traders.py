"""The pages and the API of trusted traders, and what the page of burden counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import clock
from enforcement import burden
from exemptions import icp
from exemptions.models import TrustedTrader
from ledger.testing import run_deliveries
from licensing.models import Case, InformationRequest
from licensing.services import information, trader_standing
from members.models import Organisation, Role, User
from tests import factories, journeys
from tests.api.conftest import client_of
from tests.exemptions.test_traders import decided, trader
from tests.exemptions.traders import (
    DOUBT,
    MENDED,
    PDF,
    SEEN,
    WHY,
    again,
    answers,
    applied,
    audited,
    decider,
    inspector,
)
from tests.licensing.conftest import Desk

__all__ = ["client_of", "decided", "trader"]
pytestmark = pytest.mark.usefixtures("in_force")
SignedIn = Callable[[User], Client]
INDEX, PAGE = 15, 34  # queries: raise them only with a reason


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_whole_way_over_pages(
    decided: Desk, exporter: User, organisation: Organisation, signed_in: SignedIn
) -> None:
    browser, home = signed_in(exporter), f"/trusted/{organisation.uid}/"
    assert browser.get("/trusted/").headers["Location"] == home
    assert browser.post(f"{home}begin/").status_code == 302
    elements = icp.questionnaire().elements
    part = browser.post(f"{home}parts/training/", {"yearly": "yes", "evidence": "Handbook"})
    assert part.status_code == 302, "what is not whole is kept"
    assert "2 answers are still open" in text(browser.get(home))
    assert browser.post(f"{home}parts/training/", {"yearly": "perhaps"}).status_code == 422
    refused = browser.post(f"{home}apply/")
    assert refused.status_code == 422
    assert f"{len(elements)} parts are not finished" in text(refused)
    assert f'<a href="{home}parts/records/">' in text(refused), "the summary leads to each part"
    for one in elements:
        assert browser.post(f"{home}parts/{one.key}/", answers(one)).status_code == 302
    bare = browser.post(f"{home}certificate/", {"file": SimpleUploadedFile("aeo.pdf", PDF)})
    assert bare.status_code == 422
    assert 'href="#id_number' in text(bare)
    wrong = {"number": "DEAEOF1", "file": SimpleUploadedFile("aeo.exe", b"MZ")}
    assert browser.post(f"{home}certificate/", wrong).status_code == 422
    given = {"number": "DEAEOF1", "file": SimpleUploadedFile("aeo.pdf", PDF)}
    assert browser.post(f"{home}certificate/", given).status_code == 302
    assert browser.post(f"{home}apply/").status_code == 302
    reference = TrustedTrader.objects.get().reference
    desk, page = signed_in(inspector()), f"/workbench/traders/{reference}/"
    assert "Take the audit" in text(desk.get(page))
    assert desk.post(f"{page}begin-audit/").status_code == 302
    said: dict[str, Any] = {"visited_on": clock.today().isoformat(), "summary": SEEN}
    said |= {one.key: "met" for one in elements}
    short = desk.post(f"{page}audit/", {**said, "training": "partly"})
    assert short.status_code == 422
    assert 'href="#id_training_remark' in text(short)
    assert SEEN in text(short), "nothing that was given is lost"
    assert desk.post(f"{page}audit/", said).status_code == 302
    assert "Only a decider decides" in text(desk.get(page))
    judge = signed_in(decider())
    assert "this gives level 1" in text(judge.get(page))
    assert judge.post(f"{page}grant/", {"reasons": ""}).status_code == 422
    assert judge.post(f"{page}grant/", {"reasons": WHY}).status_code == 302
    assert "Level 1." in text(browser.get(home))
    japan = signed_in(decider("JP"))
    shown = text(japan.get(page))
    assert "Open at level 1" in shown
    assert "Handbook" not in shown, "answers are for its own member"
    assert japan.post(f"{page}suspend/", {"reason": "x"}).status_code == 422
    assert japan.post(f"{page}suspend/", {"reason": DOUBT}).status_code == 302
    assert "Closed in all members" in text(judge.get(page))
    assert DOUBT in text(browser.get(home))
    assert "Your way back" in text(browser.get(home))
    assert browser.post(f"{home}regain/", {"made_good": ""}).status_code == 422
    assert browser.post(f"{home}regain/", {"made_good": MENDED}).status_code == 302
    assert MENDED in text(desk.get(page))
    assert browser.post(f"{home}give-up/", {"reason": "We leave this trade."}).status_code == 302
    assert again(TrustedTrader.objects.get()).status == "ended"
    run_deliveries()
    assert "Begin anew" in text(browser.get(home))


def test_what_stands_in_the_way_of_a_level_is_shown(
    exporter: User, organisation: Organisation, signed_in: SignedIn
) -> None:
    made = applied(exporter, organisation)
    audited(made)
    answer = signed_in(decider()).post(f"/workbench/traders/{made.reference}/grant/", {"reasons": WHY})
    assert answer.status_code == 409
    assert "No application of this organisation has been decided here yet." in text(answer)


def test_pages_take_as_many_queries_for_one_trader_as_for_four(
    trader: TrustedTrader, organisation: Organisation, signed_in: SignedIn
) -> None:
    browser, counts = signed_in(factories.officer_of("DE")), []
    pages = ("", f"{trader.reference}/")
    for number in range(2):
        for address in pages:
            browser.get(f"/workbench/traders/{address}")
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(f"/workbench/traders/{address}").status_code == 200
            counts.append(len(captured))
        for _more in range(3 * (1 - number)):
            other = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
            applied(factories.exporter_of(other), other)
    assert counts[:2] == counts[2:]
    assert counts[0] <= INDEX
    assert counts[1] <= PAGE


def test_others_see_nothing(trader: TrustedTrader, organisation: Organisation, signed_in: SignedIn) -> None:
    stranger = signed_in(factories.exporter_of(factories.OrganisationFactory()))
    assert stranger.get(f"/trusted/{organisation.uid}/").status_code == 404
    assert stranger.get(f"/workbench/traders/{trader.reference}/").status_code == 404
    assert signed_in(factories.officer_of("JP")).get("/trusted/").status_code == 403


def test_members_systems_ask_for_a_standing_and_read_it_as_it_is_now(
    trader: TrustedTrader, organisation: Organisation, client_of: Callable[..., APIClient]
) -> None:
    client = client_of(factories.officer_of("JP"), "licences:read")
    found = client.get(f"/api/v1/traders/?registration_number={organisation.registration_number}").json()
    assert [one["reference"] for one in found["results"]] == [trader.reference]
    assert client.get("/api/v1/traders/?registration_number=none").json()["results"] == []
    own = client.get(f"/api/v1/traders/{trader.reference}/").json()
    assert (own["level"], own["limit"], own["score"], own["why"]) == (1, 250_000, 100, "")
    trader_standing.suspend(actor=decider("FR"), trader=trader, reason=DOUBT)
    own = client.get(f"/api/v1/traders/{trader.reference}/").json()
    assert (own["level"], own["why"], own["suspended_in"]) == (0, DOUBT, "FR")
    assert client.get("/api/v1/traders/TT-0000-0000/").status_code == 404


def test_burden_is_counted_for_clean_operators_alone_and_held_against_the_budget(
    trader: TrustedTrader, exporter: User, organisation: Organisation, signed_in: SignedIn
) -> None:
    germany = organisation.jurisdiction
    others = factories.OrganisationFactory(jurisdiction=germany)
    slow = journeys.file(factories.exporter_of(others), others)
    blamed = factories.OrganisationFactory(jurisdiction=germany)
    refused = journeys.file(factories.exporter_of(blamed), blamed)
    information.ask(
        actor=factories.officer_of("DE"),
        case=slow,
        reason_code="missing_document",
        question="Which test hall will the cameras stand in?",
        sections=["end_use"],
        days=7,
    )
    Case.objects.filter(pk__in=[slow.pk, refused.pk]).update(opened_at=clock.now() - timedelta(hours=50))
    asked = InformationRequest.objects.get()
    information.answer(
        actor=factories.exporter_of(others), request=asked, answer="In test hall 3.", changes={}
    )
    run_deliveries()
    for case, kind in ((slow, "grant"), (refused, "refuse")):
        desk = Desk(Case.objects.get(pk=case.pk), factories.officer_of)
        desk.answer_all()
        if kind == "grant":
            desk.decide()
        else:
            desk.decide(
                kind="refuse", ground_code="C4", criteria=["C4"], reasons=WHY, reasons_for_exporter=WHY
            )
    run_deliveries()
    ours, clean = burden.cohorts()
    assert (ours.decided, ours.interventions, ours.within) == (1, 0, True)
    assert (clean.decided, clean.questions) == (1, 1), "the refused one is not clean"
    assert clean.hours is not None
    assert 50 <= clean.hours < 51
    assert (clean.per_hundred, clean.within) == (100.0, False)
    browser = signed_in(factories.officer_of("FR", Role.LICENSING_OFFICER))
    with CaptureQueriesContext(connection) as captured:
        page = text(browser.get("/workbench/traders/burden/"))
    assert "Over budget" in page
    assert "Within budget" in page
    assert len(captured) <= 24, "a handful, however much there is"
