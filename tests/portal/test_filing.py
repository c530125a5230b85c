"""Filing in a browser that knows no JavaScript: every page of the way, and what is refused on it."""

from typing import Any

import pytest
from django.test import Client

from api.examples import DOSSIER
from ledger.testing import run_deliveries
from licensing import dossier
from licensing.models import Application
from members.models import Organisation, User
from tests import journeys

pytestmark = pytest.mark.usefixtures("in_force")

ITEM = {
    "description": "High-speed camera", "control_code": "6A003", "hs_code": "900710", "quantity": "4",
    "unit": "NAR",
    "value": "96000.00", "currency": "EUR", "serial_numbers": "HC-1\nHC-2", "components_from": "us",
}  # fmt: skip
PARTY = {
    "kind": "company", "name": "Straits Combustion Laboratory", "address": "8 Research Link", "country": "sg",
    "incorporated_on-day": "4", "incorporated_on-month": "5", "incorporated_on-year": "2009",
}  # fmt: skip


@pytest.fixture
def visitor(client: Client, exporter: User) -> Client:
    client.force_login(exporter)
    return client


@pytest.fixture
def draft(visitor: Client) -> str:
    visitor.post("/applications/start/")
    return Application.objects.get().reference


def fill(visitor: Client, reference: str) -> None:
    """Answer every question group."""
    end_use: dict[str, Any] = DOSSIER["end_use"]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("about/", {"title": "Cameras", "own_reference": "PO-7"}),
        ("items/add/", ITEM),
        ("parties/add/", {**PARTY, "role": "consignee"}),
        ("parties/add/", {**PARTY, "role": "end_user"}),
        ("end_use/", {**end_use, "military_end_user": "no", "prohibited_end_use": "no"}),
        ("route/", {"goods_location": "FR", "legs": "FRLEH SGSIN sea"}),
        ("ground/", {"kind": "none"}),
        ("commercial/", {"payment": "bank_transfer", "third_party_payer": "no"}),
    ]
    for path, answers in steps:
        answer = visitor.post(f"/applications/{reference}/{path}", answers)
        assert answer.status_code == 302, (path, answer.context["form"].errors)


def test_an_exporter_names_an_owner_with_its_share(visitor: Client, draft: str) -> None:
    fill(visitor, draft)
    address = f"/applications/{draft}/parties/add/"
    owner = {**PARTY, "name": "Straits Holding", "role": "owner"}
    page = visitor.post(address, owner)
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"owns", "share"}
    page = visitor.post(
        f"/applications/{draft}/parties/3/", {**owner, "owns": "Straits Combustion", "share": "33,5 %"}
    )
    assert set(page.context["form"].errors) == {"owns"}
    answer = visitor.post(
        f"/applications/{draft}/parties/3/", {**owner, "owns": PARTY["name"], "share": "33,5 %"}
    )
    assert answer.status_code == 302
    assert "33.5 % of Straits Combustion Laboratory" in visitor.get(answer["Location"]).content.decode()
    entry = Application.objects.get().draft["parties"][2]
    assert (entry["role"], entry["owns"], entry["share"]) == ("owner", PARTY["name"], "33.5")
    assert b"33.5" in visitor.get(f"/applications/{draft}/check/").content


def test_an_exporter_files_page_by_page(visitor: Client, draft: str) -> None:
    fill(visitor, draft)
    declaration = {"name": "Mara Lindt", "capacity": "Export manager", "accepted": "on"}
    answer = visitor.post(f"/applications/{draft}/check/", declaration)
    assert answer.status_code == 302
    assert answer["Location"] == f"/applications/{draft}/confirmation/"
    application = Application.objects.get(reference=draft)
    assert application.status == "registered"
    assert visitor.get(f"/applications/{draft}/confirmation/").status_code == 200
    run_deliveries()
    page = visitor.get(f"/applications/{draft}/").content.decode()
    assert application.case.reference in page
    assert "Decision expected" in page


def test_what_was_typed_is_kept_although_it_has_to_be_corrected(visitor: Client, draft: str) -> None:
    answer = visitor.post(
        f"/applications/{draft}/end_use/", {"purpose": "industrial use", "site": "Hall 2, Jurong"}
    )
    assert answer.status_code == 422
    assert "industrial use" in str(answer.context["form"].errors["purpose"])
    kept = Application.objects.get(reference=draft).draft["end_use"]
    assert kept["site"] == "Hall 2, Jurong"


def test_two_colleagues_on_one_draft_lose_neither_text(visitor: Client, draft: str) -> None:
    first = {"title": "Mine", "version": "0"}
    assert visitor.post(f"/applications/{draft}/about/", first).status_code == 302
    stale = visitor.post(f"/applications/{draft}/about/", {"title": "Yours", "version": "0"})
    assert stale.status_code == 409
    assert "Mine" in stale.content.decode()
    assert "Yours" in stale.content.decode()


def test_a_foreign_application_answers_like_one_that_does_not_exist(
    visitor: Client, exporter: User, organisation: Organisation, germany: Any
) -> None:
    from tests import factories

    other = factories.OrganisationFactory(jurisdiction=germany)
    foreign = journeys.file(factories.exporter_of(other), other).application.reference
    answers = [visitor.get(f"/applications/{reference}/") for reference in (foreign, "EA-0000-0000")]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_disguised_file_is_refused_with_the_field(visitor: Client, draft: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    disguised = SimpleUploadedFile("certificate.pdf", b"MZ\x90\x00 not a pdf at all", "application/pdf")
    answer = visitor.post(f"/applications/{draft}/documents/", {"kind": "contract", "file": disguised})
    assert answer.status_code == 422
    assert "not what its name says" in str(answer.context["form"].errors["file"])


def test_an_officer_has_no_business_here(client: Client, officer_of: Any) -> None:
    client.force_login(officer_of("DE"))
    assert client.get("/applications/").status_code == 403


def test_a_draft_is_saved_in_the_background_and_the_next_save_is_not_stale(
    visitor: Client, draft: str
) -> None:
    typed = {"title": "Cam", "version": "0"}
    saved = visitor.post(f"/applications/{draft}/about/", typed, headers={"X-Autosave": "1"})
    assert saved["Content-Type"].startswith("text/plain")
    again = {"title": "Cameras", "version": saved["X-Draft-Version"]}
    assert visitor.post(f"/applications/{draft}/about/", again).status_code == 302
    assert Application.objects.get(reference=draft).draft["title"] == "Cameras"


def test_an_exporter_says_who_waits_and_until_when(visitor: Client, draft: str) -> None:
    """What is wrong is told at its field and kept as it was typed; what is right reads back in words."""
    fill(visitor, draft)
    address = f"/applications/{draft}/ground/"
    claim = {
        "kind": "humanitarian",
        "provider": "un_agency",
        "supply": "water",
        "explanation": "Purification units for two districts cut off by floods.",
    }
    page = visitor.post(
        address,
        {**claim, "people": "many", "needed_by-day": "31", "needed_by-month": "2", "needed_by-year": "2027"},
    )
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"people", "needed_by"}
    assert 'value="many"' in page.content.decode()
    answer = visitor.post(
        address,
        {**claim, "people": "12,000", "needed_by-day": "3", "needed_by-month": "2", "needed_by-year": "2027",
         "perishable": "yes"},
    )  # fmt: skip
    assert answer.status_code == 302
    ground = Application.objects.get().draft["ground"]
    assert (ground["people"], ground["needed_by"], ground["perishable"]) == (12_000, "2027-02-03", True)
    again = visitor.get(address).content.decode()
    assert 'value="12000"' in again
    told = visitor.get(f"/applications/{draft}/check/").content.decode()
    assert "How many people are served?" in told
    assert "12000" in told
    assert "2027-02-03" in told
    assert dossier.in_words({"ground": ground})["ground_said"][-3:] == [
        "12,000 people served", "Of full use until 2027-02-03", "The goods perish after that day",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"people": -1}, "ground.people"),
        ({"people": 1.5}, "ground.people"),
        ({"people": True}, "ground.people"),
        ({"people": "12000"}, "ground.people"),
        ({"needed_by": "tomorrow"}, "ground.needed_by"),
        ({"needed_by": 20270203}, "ground.needed_by"),
        ({"perishable": "yes"}, "ground.perishable"),
    ],
)
def test_what_waiting_costs_is_said_in_numbers_and_days(said: dict[str, Any], path: str) -> None:
    found = dossier.check({**DOSSIER, "ground": {"kind": "none", **said}})
    assert [item.path for item in found] == [path]
