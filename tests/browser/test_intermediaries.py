"""Intermediaries and liaison packages in a browser, at both widths."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from escalation.services import liaison
from intelligence.models import SharedParty
from licensing.models import Case
from members.models import Organisation, Role, User
from tests import factories, journeys
from tests.browser.test_prepositions import picture
from tests.browser.test_workbench import SignIn, sign_in
from tests.escalation.test_intermediaries import dossier, file_there, japanese, pair, terms
from tests.licensing.conftest import OfficerOf

__all__ = ["japanese", "pair", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_every_page_is_accessible_and_fits(
    live_server, page: Page, check, sign_in: SignIn, officer_of: OfficerOf, pair: tuple[Case, Case],
    japanese: Any, organisation: Organisation,
) -> None:  # fmt: skip
    for number, name in enumerate(("Meridian Freight Forwarding and Warehousing", "Orient Purchasing House")):
        file_there(japanese, dossier(name, "carrier"))
        for _number in range(1 + number):
            other = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
            journeys.file(factories.exporter_of(other), other, dossier(name, "carrier"))
    author, second = officer_of("DE", Role.CRISIS_SEAT), officer_of("US", Role.CRISIS_SEAT)
    package = liaison.propose(actor=author, **terms())
    party = SharedParty.objects.get(normalised="gulf bridge trading")
    home = f"{live_server.url}/workbench/"
    pages: dict[User, dict[str, str]] = {
        author: {
            "watch": f"{home}intermediaries/",
            "new-package": f"{home}intermediaries/{party.uid}/package/",
            "packages": f"{home}intermediaries/liaison/",
        },
        second: {"package": f"{home}intermediaries/liaison/{package.uid}/"},
        officer_of("DE"): {"parties": f"{home}cases/{pair[0].reference}/parties/"},
    }
    for person, addresses in pages.items():
        sign_in(page, person)
        for name, address in addresses.items():
            check(address)
            picture(page, name)
