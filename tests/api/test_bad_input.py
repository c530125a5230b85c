"""Each kind of bad input gets 4xx that names the field and the fix, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from api.examples import DOSSIER
from correspondence.models import Document
from ledger.models import Event
from licensing.models import Application, Case, Consultation, Position
from members.models import Membership, Organisation, Role, User
from tests import factories, journeys

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
ITEM, PARTY = DOSSIER["items"][0], DOSSIER["parties"][0]


@pytest.fixture
def filing(client_of: ClientOf, exporter: User, organisation: Organisation) -> APIClient:
    return client_of(exporter)


def draft_of(filing: APIClient, **sections: Any) -> str:
    answer = filing.post("/api/v1/applications/", {"dossier": {**DOSSIER, **sections}}, format="json")
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["reference"])


def item(**fields: Any) -> dict[str, Any]:
    return {"items": [{**ITEM, **fields}]}


def party(**fields: Any) -> dict[str, Any]:
    return {"parties": [{**PARTY, **fields}, DOSSIER["parties"][1]]}


@pytest.mark.parametrize(
    ("sections", "path", "fix"),
    [
        (item(description=""), "items[0].description", "at least 5"),
        (item(quantity=None), "items[0].quantity", "12.5"),
        (item(unit="furlong"), "items[0].unit", "NAR"),
        (item(unit="LTR"), "items[0].unit", ""),
        (item(quantity="-4"), "items[0].quantity", "above zero"),
        (item(quantity="four"), "items[0].quantity", "number"),
        (item(quantity="1e999999"), "items[0].quantity", ""),
        (item(value="12.345"), "items[0].value", ""),
        (item(currency="EURO"), "items[0].currency", "ISO 4217"),
        (item(hs_code="12"), "items[0].hs_code", "6"),
        (item(control_code="9Z999"), "items[0].control_code", ""),
        (party(country="XX"), "parties[0].country", "ISO 3166"),
        (
            party(identifiers=[{"scheme": "lei", "value": "5493001KJTIIGC8Y1R13"}]),
            "parties[0].identifiers[0].value",
            "check",
        ),
        (
            party(identifiers=[{"scheme": "imo", "value": "9074728"}]),
            "parties[0].identifiers[0].value",
            "check",
        ),
        (party(name="x" * 400), "parties[0].name", "300"),
        ({"end_use": {**DOSSIER["end_use"], "purpose": "industrial use"}}, "end_use.purpose", ""),
        ({"title": "t" * 5000}, "title", "characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_answer_of_a_dossier_is_named_with_its_fix(
    filing: APIClient, sections: dict[str, Any], path: str, fix: str
) -> None:
    reference = draft_of(filing)
    body = {
        "dossier": sections,
        "version": filing.get(f"/api/v1/applications/{reference}/").json()["version"],
    }
    answer = filing.patch(f"/api/v1/applications/{reference}/", body, format="json")
    if answer.status_code == 200:  # a draft may be unfinished; what is filed may not
        returned = filing.post(f"/api/v1/applications/{reference}/submission/", {}, format="json").json()
        assert returned["status"] == "returned"
        found = {entry["path"]: entry["message"] for entry in returned["deficiencies"]}
    else:
        assert answer.status_code == 422
        found = {
            entry["pointer"].removeprefix("dossier."): entry["detail"] for entry in answer.json()["errors"]
        }
    assert path in found
    assert fix.lower() in found[path].lower(), found[path]
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ("", 422, "dossier"),
        ("{", 400, None),
        ("[]", 422, None),
        ('"text"', 422, None),
        ("{}", 422, "dossier"),
        ('{"dossier": []}', 422, "dossier"),
        ('{"dossier": {"items": "none"}}', 422, "dossier.items"),
        ('{"dossier": {"title": "\\u0000"}}', 422, "dossier.title"),
        ('{"dossier": {"title": "\\ud800"}}', 422, "dossier"),
        ('{"dossier": {"end_use": {"purpose": NaN}}}', 400, None),
        ('{"dossier": ' + '{"a":' * 200 + "1" + "}" * 200 + "}", 422, "dossier"),
        ("[" * 100_000 + "]" * 100_000, 400, None),
        ('{"dossier": {"title": "' + "x" * 3_000_000 + '"}}', 413, None),
    ],
    ids=["empty", "broken", "list", "text", "missing", "wrong kind", "wrong section", "nul", "surrogate", "nan",
         "deep dossier", "deep body", "oversized"],
)  # fmt: skip
def test_a_body_that_is_no_dossier_is_refused(
    filing: APIClient, body: str, status: int, pointer: str | None
) -> None:
    answer = filing.post("/api/v1/applications/", body, content_type="application/json")
    assert answer.status_code == status, answer.content[:300]
    problem = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["detail"]
    if pointer is not None:
        assert pointer in [entry["pointer"] for entry in problem["errors"]]
    assert not Application.objects.exists()


def test_a_number_so_long_that_it_costs_time_is_refused(filing: APIClient) -> None:
    body = '{"dossier": {"title": ' + "9" * 100_000 + "}}"
    answer = filing.post("/api/v1/applications/", body, content_type="application/json")
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/cases/nothing/", 404),
        ("/api/v1/cases/%00/", 404),
        ("/api/v1/consultations/nothing/", 404),
        ("/api/v1/nothing/", 404),
        ("/api/v1/licences/EL-0000-0000/", 404),
        ("/api/v1/cases/?limit=minus", 422),
        ("/api/v1/cases/?limit=-1", 422),
        ("/api/v1/cases/?cursor=nonsense", 422),
        ("/api/v1/cases/?status=nonsense", 422),
        ("/api/v1/events/?limit=99999999999999999999", 422),
    ],
)
def test_an_address_that_is_none_is_a_problem_like_any_other(
    filing: APIClient, path: str, status: int
) -> None:
    answer = filing.get(path)
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"


def test_a_dossier_filed_twice_is_one_case(filing: APIClient) -> None:
    reference = draft_of(filing)
    first = filing.post(f"/api/v1/applications/{reference}/submission/", {}, format="json")
    second = filing.post(f"/api/v1/applications/{reference}/submission/", {}, format="json")
    assert first.status_code == 200
    assert second.status_code == 409
    assert second.json()["detail"]
    assert Case.objects.count() == 1


def test_a_draft_saved_on_an_older_version_keeps_both_texts(filing: APIClient) -> None:
    reference = draft_of(filing)
    path = f"/api/v1/applications/{reference}/"
    version = filing.get(path).json()["version"]
    body = {"dossier": {"title": "Their title"}, "version": version}
    assert filing.patch(path, body, format="json").status_code == 200
    stale = filing.patch(path, {"dossier": {"title": "My title"}, "version": version}, format="json")
    assert stale.status_code == 409
    assert "Their title" in json.dumps(stale.json()["theirs"])
    assert "My title" in json.dumps(stale.json()["yours"])
    assert filing.get(path).json()["dossier"]["title"] == "Their title"


def test_an_act_out_of_turn_is_refused_and_changes_nothing(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = journeys.file(exporter, organisation)
    before = Event.objects.count()
    decider = client_of(officer_of("DE", Role.DECIDER))
    early = decider.post(
        f"/api/v1/cases/{case.reference}/decisions/",
        {"kind": "grant", "criteria": ["C1"], "reasons": "Civil end-use at a named site."},
        format="json",
    )
    assert early.status_code == 409
    assert early.json()["blockers"]
    unknown = decider.post(
        f"/api/v1/cases/{case.reference}/decisions/", {"kind": "bless", "reasons": ""}, format="json"
    )
    assert unknown.status_code == 422
    assert {entry["pointer"] for entry in unknown.json()["errors"]} == {"kind", "reasons", "criteria"}
    asked = Consultation.objects.filter(case=case, jurisdiction="FR").first()
    assert asked is not None
    answer = client_of(officer_of("FR")).post(
        f"/api/v1/consultations/{asked.uid}/positions/", {"kind": "object"}, format="json"
    )
    assert answer.status_code == 422
    assert {"reason_code", "legal_basis", "summary"} <= {
        entry["pointer"] for entry in answer.json()["errors"]
    }
    assert not Position.objects.exists()
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("euc.pdf", b"MZ\x90\x00" + b"\x00" * 100, "content"),
        ("euc.exe", b"%PDF-1.7\n%%EOF\n", ""),
        ("euc.pdf", b"", "empty"),
        ("euc.pdf", b"%PDF-1.7\n" + b"x" * (21 * 1024 * 1024), "20"),
    ],
    ids=["disguised", "kind", "empty", "oversized"],
)
def test_a_file_that_may_not_be_kept_is_refused_at_its_field(
    client: Client, exporter: User, filing: APIClient, name: str, content: bytes, said: str
) -> None:
    reference = draft_of(filing)
    client.force_login(exporter, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post(
        f"/applications/{reference}/documents/",
        {"kind": "end_user_certificate", "file": SimpleUploadedFile(name, content)},
    )
    page = answer.content.decode()
    assert answer.status_code in (413, 422)
    assert "govuk-error-message" in page
    assert said in page
    assert not Document.objects.exists()


def test_nothing_of_a_dossier_is_changed_by_being_refused(filing: APIClient) -> None:
    reference = draft_of(filing)
    before = filing.get(f"/api/v1/applications/{reference}/").json()
    wrong = {"dossier": {**DOSSIER, "title": "Another", "items": "none"}, "version": before["version"]}
    assert filing.patch(f"/api/v1/applications/{reference}/", wrong, format="json").status_code == 422
    assert filing.get(f"/api/v1/applications/{reference}/").json() == before


def test_every_type_of_problem_has_a_page_that_says_what_to_do(filing: APIClient, client: Client) -> None:
    types = set()
    for answer in (
        filing.post("/api/v1/applications/", "{", content_type="application/json"),
        filing.get("/api/v1/nothing/"),
        filing.delete("/api/v1/cases/"),
        filing.post("/api/v1/applications/", "a=b", content_type="text/plain"),
        filing.post("/api/v1/applications/", {}, format="json"),
        APIClient().get("/api/v1/cases/"),
    ):
        problem = answer.json()
        assert problem["status"] == answer.status_code
        page = client.get(problem["type"])
        assert page.status_code == 200
        assert problem["title"] in page.content.decode()
        types.add(problem["type"])
    assert len(types) == 6
    assert client.get("/problems/nonsense/").status_code == 404


def test_a_person_in_two_organisations_says_for_which_one_they_file(
    filing: APIClient, exporter: User, organisation: Organisation
) -> None:
    other = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    other.memberships.create(user=exporter, role=Membership.Role.EXPORTER)
    body = {"dossier": DOSSIER}
    unclear = filing.post("/api/v1/applications/", body, format="json")
    assert unclear.status_code == 422
    assert unclear.json()["errors"][0]["pointer"] == "organisation"
    chosen = filing.post("/api/v1/applications/", {**body, "organisation": str(other.uid)}, format="json")
    assert chosen.status_code == 201
    assert Application.objects.get().organisation == other


def test_a_field_that_a_body_does_not_have_is_told(filing: APIClient) -> None:
    """Ignored, a slip in the name of an optional field would leave out what was meant."""
    answer = filing.post("/api/v1/applications/", {"dossier": {}, "dosier": {}}, format="json")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["dosier"]
    assert "dossier" in answer.json()["detail"]
    assert Application.objects.count() == 0
