"""What the pages of a crisis show beside its acts, read over the API: by whom, and nothing of others by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import clock
from escalation.services import liaison
from intelligence.models import SharedParty
from members.models import Ministry, Organisation, Role, User
from tests import crises, factories, journeys

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]


def brokered() -> dict[str, Any]:
    """A dossier with a broker between exporter and end-user."""
    content = journeys.dossier()
    content["parties"].append(
        {**content["parties"][0], "role": "intermediary", "name": "Gulf Bridge Trading"}
    )
    return content


def test_what_stands_behind_the_way_out_is_read_and_nothing_of_others_by_name(
    client_of: ClientOf, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    case = journeys.file(exporter, organisation)
    crisis = crises.in_force(
        "DE", set_key=crises.a_set(effect="no_grant", scope={"control_codes": ["6A"], "destinations": ["SG"]})
    )
    path = f"/api/v1/crises/{crisis.reference}/"
    german, polish = client_of(officer_of("DE")), client_of(officer_of("PL"))

    fact = german.get(f"{path}exit/facts/open_cases_in_scope/").json()
    assert (fact["value"], fact["named"], fact["others"]) == (1, [case.reference], 0)
    fact = polish.get(f"{path}exit/facts/open_cases_in_scope/").json()
    assert (fact["value"], fact["named"], fact["others"]) == (1, [], 1)

    for what in ("exit/steps/all/touched/", "exit/ending/"):
        told = german.get(f"{path}{what}").json()
        (group,) = told["groups"]
        assert group["members"] == [{"member": "DE", "cases": 1, "licences": 0}]
        assert group["sentence"] == "No longer bears: Cameras to Singapore."
        assert (told["named_cases"], told["exporters"]) == ([case.reference], 1)
        assert polish.get(f"{path}{what}").json() == {**told, "named_cases": []}
    reach = {
        row["member"]: (row["cases"], row["cases_by_effect"]) for row in polish.get(f"{path}reach/").json()
    }
    assert (reach["DE"], reach["FR"]) == ((1, {"no_grant": 1}), (0, {}))
    assert german.get(f"{path}comparison/").json()["objectives"] is not None
    absent = [
        f"{path}exit/facts/none/",
        f"{path}exit/steps/none/touched/",
        "/api/v1/crises/CR-0000-0000/comparison/",
    ]
    assert [german.get(one).status_code for one in absent] == [404, 404, 404]
    outside = client_of(exporter)
    assert {outside.get(f"{path}{one}/").status_code for one in ("reach", "comparison", "exit/ending")} == {
        404
    }


def test_liaison_packages_are_for_seats_and_auditors_without_what_they_say(
    client_of: ClientOf, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    other: Organisation = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    for person, company in ((exporter, organisation), (factories.exporter_of(other), other)):
        journeys.file(person, company, brokered())
    seat = officer_of("DE", Role.CRISIS_SEAT, ministry=Ministry.TRADE)
    party = SharedParty.objects.get(normalised="gulf bridge trading")
    package = liaison.propose(
        actor=seat,
        party=party,
        authority="Federal Customs Office",
        country="AE",
        purpose="To check whether goods that it declares for Singapore arrive there.",
        legal_basis="Memorandum on customs cooperation, Article 4",
        valid_until=clock.today() + timedelta(days=30),
    )
    reads, officer = client_of(officer_of("FR", Role.AUDITOR)), client_of(officer_of("DE"))
    path = f"/api/v1/liaison-packages/{package.uid}/"
    shown = reads.get(path).json()
    assert (shown["status"], shown["released_for"]) == ("proposed", None)
    assert "content" not in shown  # from it the file could be made whose fetching is noted
    assert officer.get(path).status_code == 404
    assert officer.get("/api/v1/liaison-packages/").json()["results"] == []
    (watched,) = reads.get("/api/v1/intermediaries/").json()
    assert (watched["by_lead"], {one["lead"] for one in watched["cases"]}) == ({"DE": 2}, {"DE"})
    case = watched["cases"][0]["case"]
    (elsewhere,) = officer.get(f"/api/v1/cases/{case}/parties/").json()["intermediaries"]
    assert elsewhere["lead"] == "DE"  # members are told by their codes, here as everywhere
