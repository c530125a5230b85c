"""Crises through the API and in public: read by whom, adopted by an authority's system, refused with the place."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from members.models import Role
from tests import crises

pytestmark = pytest.mark.usefixtures("in_force")


def test_a_system_adopts_for_the_member_its_decider_serves(client_of, officer_of) -> None:
    declaration = crises.in_force()
    client = client_of(officer_of("FR", Role.DECIDER))
    path = f"/api/v1/crises/{declaration.reference}/"
    answer = client.post(f"{path}adopt/", {"legal_reference": "Decree 2026-3, article 1"}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (200, "adopted")
    again = client.post(f"{path}adopt/", {"legal_reference": "Decree 2026-3, article 1"}, format="json")
    assert again.status_code == 409
    standing = {row["member"]: row["status"] for row in client.get(path).json()["adoptions"]}
    assert standing["FR"] == "adopted"
    assert set(standing.values()) == {"adopted", "pending"}
    out = client.post(f"{path}opt-out/", {"reason": "The court has suspended the decree."}, format="json")
    assert out.json()["status"] == "opted_out"


def test_what_waits_for_its_second_key_is_for_officers_only(client_of, officer_of, exporter) -> None:
    waiting, in_force = crises.proposed(), crises.in_force()
    seen = [row["reference"] for row in client_of(officer_of("DE")).get("/api/v1/crises/").json()]
    assert {waiting.reference, in_force.reference} <= set(seen)
    seen = [row["reference"] for row in client_of(exporter).get("/api/v1/crises/").json()]
    assert seen == [in_force.reference]
    assert client_of(exporter).get(f"/api/v1/crises/{waiting.reference}/").status_code == 404


@pytest.mark.parametrize(
    "rubbish", [{}, {"legal_reference": ""}, {"legal_reference": "x" * 301}, {"legal_reference": "x"}, []]
)
def test_rubbish_is_answered_with_its_place(client_of, officer_of, rubbish: Any) -> None:
    path = f"/api/v1/crises/{crises.in_force().reference}/adopt/"
    answer = client_of(officer_of("FR", Role.DECIDER)).post(path, rubbish, format="json")
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_anyone_reads_what_was_ever_in_force_and_not_who_turned_the_keys(client: Client) -> None:
    waiting, declaration = crises.proposed(), crises.in_force("DE")
    crises.end(declaration)
    (told,) = client.get("/crises/?format=json").json()["crises"]
    assert told["reference"] == declaration.reference
    assert told["status"] == "ended"
    assert {row["member"]: row["legal_reference"] for row in told["adoptions"]}["DE"] == crises.LAW
    page = client.get(f"/crises/{declaration.reference}/").content.decode()
    assert "Embargo on dual-use goods" in page
    for person in (declaration.declared_by, declaration.confirmed_by):
        assert person.name not in page + str(told)
    assert client.get(f"/crises/{waiting.reference}/").status_code == 404


def test_the_pages_of_the_library_open(client: Client, officer_of) -> None:
    client.force_login(
        officer_of("DE", Role.DECIDER), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    for path in ("measures/", "measures/in-library/pandemic-surge/?dry=1", "readiness/", "crises/"):
        assert client.get(f"/workbench/{path}").status_code == 200
    answer = client.post("/workbench/measures/new/", {"text": "key: cameras"})
    assert answer.status_code == 422
    assert "version: Is missing." in answer.content.decode()
