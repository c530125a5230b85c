"""Mandates in the portal: given, accepted, filed under and ended, and what each side then sees."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from correspondence.models import Document
from licensing.models import Application
from licensing.services import applications
from members.models import Mandate, Organisation, User
from tests import factories, journeys, mandates

pytestmark = pytest.mark.usefixtures("in_force")
PAGE = 16  # baseline of queries


@pytest.fixture
def broker() -> Organisation:
    found: Organisation = factories.OrganisationFactory(
        name="Transit Dupont SA", jurisdiction=factories.JurisdictionFactory(code="FR")
    )
    return found


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def text(answer: object) -> str:
    body = answer.content.decode()  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_a_mandate_is_given_accepted_filed_under_and_ended(
    organisation: Organisation, broker: Organisation
) -> None:
    own = signed_in(mandates.administrator_of(organisation))
    boss, clerk = mandates.administrator_of(broker), factories.exporter_of(broker)
    today = clock.today("Europe/Berlin")
    last = today + timedelta(days=60)
    answers = {
        "jurisdiction": "FR", "registration_number": broker.registration_number, "acts": ["draft", "submit"],
        "starts_on": today.isoformat(), "ends_on": last.isoformat(), "destinations": "sg",
        "file": SimpleUploadedFile("mandate.pdf", b"%PDF-1.7\n%%EOF\n"),
    }  # fmt: skip
    wrong = own.post("/mandates/give/", {**answers, "registration_number": "HRB 0", "file": ""})
    assert wrong.status_code == 422
    assert "No vetted organisation with this number" in text(wrong)
    given = own.post("/mandates/give/", answers, follow=True)
    mandate = Mandate.objects.get()
    assert given.redirect_chain[-1][0] == f"/mandates/{mandate.reference}/"
    assert "Singapore" in text(given)
    assert Document.objects.get(kind="mandate").name == "mandate.pdf"

    agent, other = signed_in(boss), signed_in(clerk)
    assert agent.get(f"/documents/{Document.objects.get(kind='mandate').uid}/").status_code == 200
    assert other.post(f"/mandates/{mandate.reference}/accept/").status_code == 403
    assert agent.post(f"/mandates/{mandate.reference}/accept/").status_code == 302
    assert f"under mandate {mandate.reference}" in text(other.get("/applications/"))
    started = other.post("/applications/start/", {"organisation": mandate.reference}, follow=True)
    assert f"For {organisation.name}" in text(started)
    application = Application.objects.get()
    assert application.organisation == organisation
    applications.replace_draft(
        actor=mandates.fresh(clerk),
        application=application,
        dossier=journeys.dossier(own_reference="DRILL-1"),
    )
    declared = other.post(
        f"/applications/{application.reference}/check/",
        {"name": "Claire Dupont", "capacity": "Customs agent", "accepted": "on"},
    )
    assert declared.status_code == 302
    home = f"/applications/{application.reference}/"
    told = f"Filed by Transit Dupont SA for {organisation.name} under mandate {mandate.reference}"
    for browser in (own, other):
        assert told in text(browser.get(home))
    assert "For whom you act" in other.get(home).content.decode()
    assert "For whom you act" not in own.get(home).content.decode()

    short = own.post(f"/mandates/{mandate.reference}/end/", {"reason": "no"})
    assert short.status_code == 422
    ended = own.post(f"/mandates/{mandate.reference}/end/", {"reason": "We file ourselves."}, follow=True)
    assert "We file ourselves." in text(ended)
    assert other.get(home).status_code == 404
    record = other.get(f"/mandates/{mandate.reference}/")
    assert application.reference in text(record)
    assert application.revisions.get().sha256 in text(record)
    assert home not in record.content.decode()
    assert other.post("/applications/start/", {"organisation": mandate.reference}).status_code == 403
    assert own.get(home).status_code == 200


def test_a_mandate_of_others_is_absent_and_the_pages_do_not_grow(
    organisation: Organisation, broker: Organisation
) -> None:
    mandate = mandates.in_force(organisation, broker)
    stranger = signed_in(factories.exporter_of(factories.OrganisationFactory()))
    own = signed_in(mandates.administrator_of(organisation))
    for path in ("", "accept/", "decline/", "end/", "document/"):
        address = f"/mandates/{mandate.reference}/{path}"
        foreign = stranger.post(address, {"reason": "Because."}) if path else stranger.get(address)
        assert foreign.status_code == 404
    assert stranger.post("/applications/start/", {"organisation": mandate.reference}).status_code == 404
    counts = []
    for _more in range(2):
        own.get("/mandates/")
        with CaptureQueriesContext(connection) as captured:
            assert own.get("/mandates/").status_code == 200
        counts.append(len(captured))
        mandates.in_force(organisation, broker)
        mandates.offered(organisation, factories.OrganisationFactory())
    assert counts[0] == counts[1] <= PAGE
