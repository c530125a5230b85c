"""A case on a humanitarian ground keeps the rows that were cited, and shows both tests to its officers."""

from typing import Any

import pytest

from ledger.models import Event
from licensing import dossier
from licensing.models import Case
from members.models import Organisation, Role, User
from tests import journeys

pytestmark = pytest.mark.usefixtures("in_force")
AID = {
    "kind": "humanitarian", "provider": "red_cross", "supply": "water", "reference": "",
    "explanation": "Pumps for the wells of the camp after the flood.",
}  # fmt: skip


def relief(
    exporter: User, organisation: Organisation, area: str = "", country: str = "UA", **ground: Any
) -> Case:
    """File aid for a site, by default without saying in which area."""
    content = journeys.dossier(ground={**AID, **ground})
    content["items"][0]["components_from"] = []
    content["end_use"] |= {"site_country": country, "site_area": area}
    for party in content["parties"]:
        party["country"] = country
    content["route"]["legs"][0]["destination"] = f"{country}ODS"
    assert dossier.check(content) == []
    return journeys.file(exporter, organisation, content)


@pytest.mark.parametrize(
    ("area", "state", "acceptability"),
    [
        ("", "review", "review"),
        ("UA", "accepted", "accepted"),
        ("UA-46", "accepted", "accepted"),
        ("UA-14", "accepted", "accepted_with_conditions"),
        ("UA-43", "review", "review"),
    ],
)
def test_the_area_is_honoured_in_the_finding_and_by_the_lane(
    exporter: User, organisation: Organisation, area: str, state: str, acceptability: str
) -> None:
    case = relief(exporter, organisation, area)
    ground = case.assessments.get().ground
    assert ground["state"] == state, ground["reason"]
    assert {place["acceptability"] for place in ground["reached"]} == {acceptability}
    assert (case.lane == "humanitarian") == (state == "accepted")


def test_the_event_keeps_the_rows_and_both_answers(exporter: User, organisation: Organisation) -> None:
    relief(exporter, organisation, "UA")
    facts = Event.objects.get(type="application.assessed").facts["ground"]
    assert facts["rows"] == ["alliance-named-basic", "eu-any", "un-named-basic"]
    assert (facts["carve_out"], facts["licence"], facts["state"]) == ("lifted", "rapid_lane", "accepted")
    assert (facts["row"], facts["rule"]) == ("alliance-named-basic", "table")


def test_a_case_without_a_humanitarian_claim_keeps_none(exporter: User, organisation: Organisation) -> None:
    journeys.file(exporter, organisation)
    assert "ground" not in Event.objects.get(type="application.assessed").facts


def test_components_of_another_member_bring_its_law(exporter: User, organisation: Organisation) -> None:
    content = journeys.dossier(ground=AID)
    case = journeys.file(exporter, organisation, content)
    regimes = {one["regime"] for one in case.assessments.get().ground["cited"]}
    assert content["items"][0]["components_from"] == ["US"]
    assert {"us", "un", "alliance"} <= regimes


def test_officers_see_both_tests_with_their_rows(
    client: Any, exporter: User, organisation: Organisation, officer_of: Any
) -> None:
    case = relief(exporter, organisation, "UA-14")
    client.force_login(officer_of(case.lead_id, Role.LICENSING_OFFICER))
    page = client.get(f"/workbench/cases/{case.reference}/").content.decode()
    for told in (
        "Are the sanctions lifted?",
        "Is an export licence needed?",
        "/grounds/#un-named-basic",
        "/grounds/#alliance-named-basic",
        "A third party confirms the delivery on site.",
    ):
        assert told in page
    assert "UA-14" in client.get(f"/workbench/cases/{case.reference}/dossier/").content.decode()


def test_an_assessment_from_before_the_table_is_still_shown(
    client: Any, exporter: User, organisation: Organisation, officer_of: Any
) -> None:
    case = relief(exporter, organisation, "UA")
    old = {"state": "accepted", "lane": "humanitarian", "reason": "As was.", "legal_basis": "", "rule": "old"}
    case.assessments.update(ground=old)
    client.force_login(officer_of(case.lead_id, Role.LICENSING_OFFICER))
    page = client.get(f"/workbench/cases/{case.reference}/")
    assert page.status_code == 200
    assert "Are the sanctions lifted?" not in page.content.decode()


@pytest.mark.parametrize(
    ("area", "fits"),
    [
        ("", True),
        (None, True),
        ("UA", True),
        ("UA-43", True),
        ("SG", False),
        ("UA-99", False),
        (7, False),
        ("DE-BE", False),
    ],
)
def test_an_area_is_one_of_the_country_of_the_site(area: Any, fits: bool) -> None:
    content = journeys.dossier()
    content["end_use"] |= {"site_country": "UA", "site_area": area}
    found = dossier.check_section("end_use", content["end_use"], content)
    assert [item.path for item in found] == ([] if fits else ["end_use.site_area"])
