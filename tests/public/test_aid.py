"""Is this aid? Four pages to the right ground, and the table behind it, for anyone."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.html import escape

from alliance import selectors
from licensing.models import Application
from members.models import Organisation, User
from tests import journeys
from tests.standing import stays

pytestmark = pytest.mark.django_db
ASKED = {"provider": "red_cross", "supply": "medical", "place": "IR", "member": "DE"}


@stays
def _agreed(db: None) -> None:
    call_command("load_bundles")


def walk(client: Client, answers: dict[str, str]) -> list[str]:
    """Answer one question per page as a browser without script does; return the pages that were seen."""
    address, seen = "/aid/", []
    for _page in range(10):
        page = client.get(address)
        while page.status_code == 302:
            address = page["Location"]
            page = client.get(address)
        assert page.status_code == 200
        parts = urlsplit(address)
        seen.append(parts.path)
        if "form" not in page.context:
            return seen
        asked = {name: answers[name] for name in page.context["form"].fields if name in answers}
        carried = dict(page.context["carried"])
        page = client.get(parts.path, {**carried, **asked, "ask": "1"})
        assert page.status_code == 302, page.context["form"].errors
        address = page["Location"]
    raise AssertionError(seen)


@pytest.mark.usefixtures("_agreed")
def test_medical_equipment_for_an_embargoed_place_is_guided_to_its_ground_in_four_pages(
    client: Client,
) -> None:
    assert walk(client, ASKED) == ["/aid/", "/aid/goods/", "/aid/place/", "/aid/answer/"]


@pytest.mark.usefixtures("_agreed")
def test_the_answer_shows_both_tests_their_rows_what_to_attach_and_the_hours_of_the_lane(
    client: Client,
) -> None:
    answer = client.get("/aid/answer/", ASKED)
    assert not answer.cookies
    page = answer.content.decode()
    for told in (
        "This is aid",
        "Are the sanctions lifted?",
        "Is an export licence needed?",
        "UNSCR 2664",
        "/grounds/#un-named-basic",
        "/grounds/#alliance-named-basic",
        "A letter of the provider",
        "end after 24 hours",
        "Sign in to start",
    ):
        assert told in page


@pytest.mark.usefixtures("_agreed")
def test_machines_get_the_same_answer(client: Client) -> None:
    answer = client.get("/aid/answer/", {**ASKED, "format": "json"}).json()
    assert (answer["state"], answer["row"], answer["hours"]) == ("accepted", "alliance-named-basic", 24)
    assert (answer["carve_out"], answer["licence"]) == ("lifted", "rapid_lane")
    assert {one["regime"] for one in answer["cited"]} == {"un", "eu", "alliance"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"provider": "ngo"}, "nothing is refused for that"),
        ({"provider": "ngo_in_plan"}, "The response plan or appeal is not named."),
        ({"provider": "ngo_in_plan", "reference": "HRP 2026"}, "This is aid"),
        ({"place": "UA-43"}, "15 CFR 746.6"),
        ({"place": "UA-14"}, "A third party confirms the delivery on site."),
        ({"place": "UA"}, "This is aid"),
        ({"member": "US", "supply": "water"}, "Ask an authority"),
        (
            {"member": "US", "provider": "ngo_in_plan", "supply": "water", "reference": "HRP"},
            "Recalled, not confirmed",
        ),
    ],
)
@pytest.mark.usefixtures("_agreed")
def test_each_answer_says_why(client: Client, changed: dict[str, str], told: str) -> None:
    assert told in client.get("/aid/answer/", {**ASKED, **changed}).content.decode()


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ({}, "/aid/"),
        ({**ASKED, "provider": "pirates"}, "/aid/"),
        ({**ASKED, "supply": ""}, "/aid/goods/"),
        ({**ASKED, "place": "Atlantis"}, "/aid/place/"),
        ({**ASKED, "member": "QQ"}, "/aid/place/"),
    ],
)
@pytest.mark.usefixtures("_agreed")
def test_whoever_comes_without_a_good_answer_is_led_to_its_question(
    client: Client, given: dict[str, str], page: str
) -> None:
    answer = client.get("/aid/answer/", given)
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).path == page
    kept = parse_qs(urlsplit(answer["Location"]).query)
    assert all(kept[name] == [value] for name, value in given.items() if value)


@pytest.mark.usefixtures("_agreed")
def test_a_question_that_is_not_answered_is_asked_again_with_the_reason(client: Client) -> None:
    page = client.get("/aid/", {"ask": "1"})
    assert page.status_code == 422
    assert "Choose who brings the help." in page.content.decode()


@pytest.mark.usefixtures("_agreed")
def test_a_plan_is_forgotten_when_it_is_no_longer_asked_for(client: Client) -> None:
    answer = client.get("/aid/", {"provider": "ngo", "reference": "HRP 2026", "ask": "1"})
    assert "reference" not in answer["Location"]


@pytest.mark.usefixtures("_agreed")
def test_the_table_shows_every_row_with_its_basis_and_every_destination(client: Client) -> None:
    page = client.get("/grounds/").content.decode()
    table = selectors.aid_table()
    for row in table.rows:
        assert f'id="{row.key}"' in page
        for text in (row.sentence, row.carve_out.legal_basis, row.licence.legal_basis, row.licence.source):
            assert escape(text) in page
    for place in table.destinations.values():
        assert escape(place.legal_basis) in page
    assert page.count("Recalled, not confirmed") == sum(
        not answer.confirmed for row in table.rows for answer in (row.carve_out, row.licence)
    )


@pytest.mark.usefixtures("_agreed")
def test_the_table_at_a_glance_is_what_the_rows_answer(client: Client) -> None:
    ordinary, embargo = client.get("/grounds/").context["glance"]
    lanes = {
        embargoed: {provider: sum(cells) for provider, cells in rows}
        for embargoed, rows in (ordinary, embargo)
    }
    basic, none = 5, 0
    assert lanes[False]["Red Cross or Red Crescent"] == lanes[True]["Red Cross or Red Crescent"] == basic
    assert (lanes[False]["A state"], lanes[True]["A state"]) == (basic, none)
    assert (lanes[False]["Commercial supplier"], lanes[True]["Commercial supplier"]) == (2, none)
    assert lanes[False]["Another NGO"] == none


@pytest.mark.usefixtures("_agreed")
def test_machines_read_the_table_with_its_hash(client: Client) -> None:
    published = client.get("/grounds/?format=json").json()
    bundle = selectors.in_force("grounds")
    assert published["sha256"] == bundle.sha256
    assert published["entries"] == bundle.payload["entries"]
    assert published["destinations"] == selectors.entries("areas")


def test_where_no_table_is_agreed_there_is_none_and_an_officer_decides(client: Client) -> None:
    assert client.get("/grounds/").status_code == 404


@pytest.mark.usefixtures("in_force")
def test_an_exporter_starts_with_the_answers_filled_in(
    client: Client, exporter: User, organisation: Organisation
) -> None:
    asked = {**ASKED, "place": "UA-14"}
    assert "next=" in client.post("/applications/aid/", asked)["Location"]
    assert client.get("/applications/aid/", asked).status_code == 302
    client.force_login(exporter)
    back = client.get("/applications/aid/", asked)
    assert urlsplit(back["Location"]).path == "/aid/answer/"
    assert "Start an application with these answers" in client.get(back["Location"]).content.decode()
    started = client.post("/applications/aid/", asked)
    application = Application.objects.get()
    assert started["Location"] == f"/applications/{application.reference}/"
    assert application.draft["ground"]["provider"] == "red_cross"
    assert application.draft["ground"]["supply"] == "medical"
    assert application.draft["end_use"] == {"site_country": "UA", "site_area": "UA-14"}
    page = client.get(f"/applications/{application.reference}/ground/").content.decode()
    assert 'value="red_cross" selected' in page
    page = client.get(f"/applications/{application.reference}/end_use/").content.decode()
    assert 'value="UA-14" selected' in page


@pytest.mark.usefixtures("in_force")
def test_an_exporter_is_asked_for_its_own_member_first(client: Client, exporter: User) -> None:
    client.force_login(exporter)
    page = client.get("/aid/place/", {"provider": "red_cross", "supply": "medical"})
    assert page.context["form"]["member"].value() == exporter_member(exporter)


def exporter_member(exporter: User) -> str:
    return str(Organisation.objects.visible_to(exporter).get().jurisdiction_id)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("in_force")
def test_answers_that_are_none_start_nothing(client: Client, exporter: User) -> None:
    client.force_login(exporter)
    answer = client.post("/applications/aid/", {**ASKED, "provider": "pirates"})
    assert answer.status_code == 422
    assert not Application.objects.exists()


@pytest.mark.usefixtures("in_force")
def test_the_dashboard_leads_there(client: Client, exporter: User) -> None:
    client.force_login(exporter)
    page = client.get("/applications/").content.decode()
    assert page.count('href="/aid/"') == 3  # in the menu, beside the button and at the foot


AID = {
    "kind": "humanitarian", "provider": "red_cross", "supply": "medical", "reference": "",
    "explanation": "Ventilators for the field hospital after the flood.",
}  # fmt: skip


@pytest.mark.usefixtures("in_force")
def test_the_guide_finds_what_the_assessment_finds(
    client: Client, exporter: User, organisation: Organisation
) -> None:
    case = journeys.file(exporter, organisation, journeys.dossier(ground=AID))
    found = case.assessments.get().ground
    asked = {**ASKED, "place": "SG", "member": case.lead_id}
    told = client.get("/aid/answer/", {**asked, "format": "json"}).json()
    cited = {(one["regime"], one["row"]) for one in found["cited"] if one["place"] == "SG"}
    assert {(one["regime"], one["row"]) for one in told["cited"]} <= cited
    assert told["licence"] == found["licence"]
