"""Licences and shipments of an exporter in the hands of its agent: with the act, and not without."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.errors import Forbidden
from core.models import ref
from correspondence.models import Notice
from enforcement import policies
from enforcement.models import MonitorLink, Shipment
from enforcement.services import shipments
from ledger.selectors import timeline
from ledger.testing import run_deliveries
from licensing.models import InformationRequest, Licence
from licensing.selectors.cases import licence_number
from licensing.services import information, licences
from members import services
from members.models import Membership, Organisation, Role, User
from tests import factories, journeys, mandates
from tests.enforcement.conftest import declared
from tests.licensing.conftest import Desk
from tests.mandates import fresh

pytestmark = pytest.mark.usefixtures("in_force")


def filed(organisation: Organisation, *acts: str, officer_of: Any) -> tuple[Desk, User]:
    """A case that an agent of the exporter filed, and a person of the agent."""
    agent = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    clerk = factories.exporter_of(agent)
    mandate = mandates.in_force(organisation, agent, "draft", "submit", *acts)
    return Desk(journeys.file(clerk, organisation, mandate=mandate), officer_of), clerk


def test_an_agent_ships_under_the_exporters_licence_while_its_mandate_lasts(
    organisation: Organisation, officer_of: Any
) -> None:
    desk, clerk = filed(organisation, "shipments", officer_of=officer_of)
    desk.answer_all()
    licence = desk.licence()
    assert licence.holder == organisation
    shipment = declared(fresh(clerk), licence)
    run_deliveries()
    browser = Client()
    browser.force_login(clerk)
    for address in (f"/licences/{licence.number}/", f"/shipments/{shipment.reference}/", "/shipments/"):
        page = browser.get(address)
        assert page.status_code == 200
        assert licence.number in page.content.decode()
    assert "For whom you act" in browser.get(f"/shipments/{shipment.reference}/").content.decode()
    link = MonitorLink(shipment=shipment, by_holder=False)
    assert not policies.can_report(fresh(clerk), link)
    guard = factories.officer_of("DE", Role.CUSTOMS_OFFICER)
    assert policies.can_draw(guard, licence)
    agent = Organisation.objects.get(pk__in=fresh(clerk).organisation_ids)
    Membership.objects.create(user=guard, organisation=agent, role=Membership.Role.EXPORTER)
    assert not policies.can_draw(fresh(guard), licence)
    shipments.stop(actor=officer_of("DE", Role.DECIDER), shipment=shipment, reason="The seals are broken.")
    run_deliveries()
    assert Notice.objects.filter(recipient=clerk, subject__contains=shipment.reference).exists()

    (mandate,) = agent.mandates_held.all()
    services.end_mandate(
        actor=mandates.administrator_of(agent), mandate=mandate, reason="We closed this branch."
    )
    assert not Licence.objects.visible_to(fresh(clerk)).exists()  # type: ignore[attr-defined]
    assert not Shipment.objects.visible_to(fresh(clerk)).exists()  # type: ignore[attr-defined]
    with pytest.raises(Forbidden, match="Only the holder"):
        declared(fresh(clerk), licence)


def test_an_agent_without_these_acts_reads_no_licence_and_answers_no_question(
    organisation: Organisation, officer_of: Any
) -> None:
    desk, clerk = filed(organisation, officer_of=officer_of)
    question = information.ask(
        actor=officer_of("DE"), case=desk.case, reason_code="clarification", question="Which hall?", days=7
    )
    with pytest.raises(Forbidden, match="does not include this act: answer questions"):
        information.answer(actor=fresh(clerk), request=question, answer="Hall 4.")
    with pytest.raises(Forbidden, match="Only the exporter can answer"):
        information.answer(
            actor=factories.exporter_of(factories.OrganisationFactory()), request=question, answer="4"
        )
    information.answer(actor=mandates.administrator_of(organisation), request=question, answer="Hall 4.")
    assert InformationRequest.objects.get().status == "answered"
    desk.answer_all()
    licence = desk.licence()
    assert not Licence.objects.visible_to(fresh(clerk)).exists()  # type: ignore[attr-defined]
    assert licence_number(fresh(clerk), desk.case) is None
    assert licence_number(mandates.administrator_of(organisation), desk.case) == licence.number
    with pytest.raises(Forbidden, match="Only the holder"):
        declared(fresh(clerk), licence)
    licences.suspend(actor=officer_of("DE", Role.DECIDER), licence=licence, reason="Seen at the border.")
    run_deliveries()
    heard = list(timeline(ref(licence.case), fresh(clerk).audience))
    assert "case.decided" in {event.type for event in heard}
    assert not [event.type for event in heard if licence.number in str(event.facts)]
    told = Notice.objects.filter(recipient=clerk)
    assert told.filter(subject__contains="decided").exists()
    assert not told.filter(subject__contains=licence.number).exists()
    own = mandates.administrator_of(organisation)
    assert Notice.objects.filter(recipient=own, subject__contains=licence.number).count() == 2


def test_an_answer_does_not_move_the_goods_beyond_the_mandate(
    organisation: Organisation, officer_of: Any
) -> None:
    agent = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    clerk = factories.exporter_of(agent)
    mandate = mandates.in_force(organisation, agent, destinations=["SG"])
    case = journeys.file(clerk, organisation, mandate=mandate)
    question = information.ask(
        actor=officer_of("DE"),
        case=case,
        reason_code="clarification",
        question="Where is the site?",
        sections=["end_use"],
        days=7,
    )
    moved = {"end_use": {**case.revision.dossier["end_use"], "site_country": "MY"}}
    with pytest.raises(Forbidden, match="is for SG and does not reach MY"):
        information.answer(actor=fresh(clerk), request=question, answer="In Malaysia.", changes=moved)
