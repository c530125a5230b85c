"""What systems read and file besides the main job: documents, questions, consultations, denials, what is agreed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from api.examples import DOSSIER
from api.views.documents import ATTACHED, PDF
from core.actors import PROCESS
from correspondence.models import Document
from intelligence import services as intelligence
from ledger.testing import run_deliveries
from licensing.models import Case, InformationRequest
from members.models import Jurisdiction, Organisation, Role, User
from tests import journeys

pytestmark = pytest.mark.usefixtures("in_force", "organisation")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]


def test_a_document_is_attached_told_fetched_and_taken_off(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    filing, content = client_of(exporter), base64.b64decode(PDF)
    draft = filing.post("/api/v1/applications/", {"dossier": DOSSIER}, format="json").json()["reference"]
    path = f"/api/v1/applications/{draft}/documents/"
    kept = filing.post(path, ATTACHED, format="json", HTTP_IDEMPOTENCY_KEY="d").json()
    again = filing.post(path, ATTACHED, format="json", HTTP_IDEMPOTENCY_KEY="d").json()
    assert (kept["sha256"], again["uid"]) == (hashlib.sha256(content).hexdigest(), kept["uid"])
    form = {"kind": "data_sheet", "file": SimpleUploadedFile("sheet.pdf", content)}
    sent = filing.post(path, form, format="multipart", HTTP_IDEMPOTENCY_KEY="e")
    assert (sent.status_code, sent.json()["kind"]) == (201, "data_sheet")
    form["file"] = SimpleUploadedFile("sheet.pdf", content)  # the same parts between other boundaries
    same = filing.post(path, form, format="multipart", HTTP_IDEMPOTENCY_KEY="e")
    assert same["Idempotent-Replayed"] == "true"
    assert filing.delete(f"{path}{sent.json()['uid']}/").status_code == 204
    assert [one["uid"] for one in filing.get(path).json()] == [kept["uid"]]
    filing.post(f"/api/v1/applications/{draft}/submission/", {}, format="json")
    run_deliveries()
    case = Case.objects.get()
    german = client_of(officer_of("DE"))
    assert german.get(f"/api/v1/cases/{case.reference}/documents/").json()[0]["name"] == "certificate.pdf"
    fetched: Any = german.get(f"/api/v1/documents/{kept['uid']}/content/")
    assert b"".join(fetched.streaming_content) == content
    assert fetched["Content-Disposition"].startswith("attachment")
    stranger = client_of(officer_of("JP"))
    assert stranger.get(f"/api/v1/documents/{kept['uid']}/").status_code == 404
    assert stranger.get(f"/api/v1/documents/{kept['uid']}/content/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [({"content": "no base64!"}, "content"), ({"content": ""}, "content"), ({"name": "a.exe"}, "file"),
     ({"kind": ""}, "kind")],
)  # fmt: skip
def test_a_document_that_is_none_is_refused_at_its_field(
    client_of: ClientOf, exporter: User, wrong: dict[str, str], pointer: str
) -> None:
    filing = client_of(exporter)
    draft = filing.post("/api/v1/applications/", {"dossier": {}}, format="json").json()["reference"]
    answer = filing.post(f"/api/v1/applications/{draft}/documents/", {**ATTACHED, **wrong}, format="json")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Document.objects.exists()


def test_a_system_finds_what_waits_for_its_member(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = journeys.file(exporter, organisation)
    french, german = client_of(officer_of("FR")), client_of(officer_of("DE"))
    waiting = french.get("/api/v1/consultations/?status=open&jurisdiction=fr&ordering=due_at").json()[
        "results"
    ]
    assert [one["case"] for one in waiting] == [case.reference]
    stranger = client_of(officer_of("JP")).get("/api/v1/consultations/").json()["results"]
    assert stranger == []
    taken = french.post(
        f"/api/v1/consultations/{waiting[0]['uid']}/positions/", {"kind": "no_objection"}, format="json"
    ).json()
    assert german.get(f"/api/v1/positions/{taken['uid']}/").json() == taken
    german.post(
        f"/api/v1/cases/{case.reference}/questions/",
        {"reason_code": "missing_document", "question": "Which hall?", "sections": ["end_use"], "days": 7},
        format="json",
    )
    asked = client_of(exporter).get("/api/v1/information-requests/?status=open").json()["results"]
    assert [one["question"] for one in asked] == [InformationRequest.objects.get().question]


def test_denials_are_read_by_officers_and_by_no_exporter(
    client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    french = client_of(officer_of("FR"))
    denial, _other = (
        intelligence.record_denial(
            actor=PROCESS,
            source_ref=f"decision:{code}",
            jurisdiction=Jurisdiction.objects.get(code="DE"),
            parties=[],
            control_codes=[code],
            destination=destination,
            ground_code="C4",
            summary="Risk of diversion.",
        )
        for code, destination in (("6A003", "SG"), ("3A001", "AE"))
    )
    found = french.get("/api/v1/denials/?destination=sg&control_code=6A003").json()["results"]
    assert [one["reference"] for one in found] == [denial.reference]
    assert french.get(f"/api/v1/denials/{denial.reference}/").json() == found[0]
    filing = client_of(exporter)
    assert filing.get("/api/v1/denials/").json()["results"] == []
    assert filing.get(f"/api/v1/denials/{denial.reference}/").status_code == 404


def test_what_is_agreed_is_read_and_asked(client_of: ClientOf, officer_of: OfficerOf) -> None:
    client = client_of(officer_of("DE"))
    criteria = client.get("/api/v1/criteria/").json()
    first = criteria["criteria"][0]
    assert len(criteria["sha256"]) == 64
    assert client.get(f"/api/v1/criteria/{first['key']}/").json() == first
    assert client.get("/api/v1/criteria/none/").status_code == 404
    assert len(client.get("/api/v1/grounds/").json()["rows"]) > 10
    asked = {"provider": "un_agency", "supply": "medical", "member": "DE", "place": "SY"}
    advice = client.post("/api/v1/grounds/advice/", asked, format="json").json()
    shown = client.get("/aid/answer/", {**asked, "format": "json"}).json()
    assert {name: advice[name] for name in ("state", "row", "licence", "hours")} == {
        name: shown[name] for name in ("state", "row", "licence", "hours")
    }
    for name, value in (("place", "XX"), ("member", "ZZ"), ("supply", "toys")):
        wrong = client.post("/api/v1/grounds/advice/", {**asked, name: value}, format="json")
        assert [error["pointer"] for error in wrong.json()["errors"]] == [name]


def test_a_consultation_is_claimed_taken_over_and_given_back(
    client_of: ClientOf, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    case = journeys.file(exporter, organisation)
    asked = case.consultations.filter(jurisdiction="FR").get()
    path = f"/api/v1/consultations/{asked.uid}/"
    one, other = client_of(officer_of("FR")), client_of(officer_of("FR", Role.DECIDER))
    assert client_of(officer_of("DE")).post(f"{path}claim/").status_code == 403
    claimed = one.post(f"{path}claim/").json()
    assert all(claimed[name] for name in ("officer", "acknowledged_at"))
    assert other.post(f"{path}claim/").status_code == 403
    taken = other.post(f"{path}takeover/").json()["officer"]
    assert taken not in (None, claimed["officer"])
    case_told = other.get(f"/api/v1/cases/{case.reference}/").json()["consultations"]
    assert [told["officer"] for told in case_told if told["jurisdiction"] == "FR"] == [taken]
    assert one.post(f"{path}release/").status_code == 403
    assert other.post(f"{path}release/").json()["officer"] is None
