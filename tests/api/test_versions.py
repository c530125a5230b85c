"""Whoever acts on what they read is told when it has changed since, and reads again only what has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api.examples import DOSSIER
from licensing.models import Application, Case, Consultation, Position
from members.models import Organisation, User
from tests import journeys
from tests.standing import stays

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]


@stays
def case(exporter: User, organisation: Organisation) -> Case:
    return journeys.file(exporter, organisation)


def test_what_has_not_changed_is_not_sent_again(
    client_of: ClientOf, case: Case, officer_of: OfficerOf
) -> None:
    officer, path = client_of(officer_of("DE")), f"/api/v1/cases/{case.reference}/"
    read = officer.get(path)
    assert read["ETag"].startswith('"')
    same = officer.get(path, HTTP_IF_NONE_MATCH=f'"another", {read["ETag"]}')
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", read["ETag"])
    assert officer.post(f"{path}claim/").status_code == 200
    changed = officer.get(path, HTTP_IF_NONE_MATCH=read["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != read["ETag"]
    assert officer.get("/api/v1/cases/", HTTP_IF_NONE_MATCH="*").status_code == 304
    assert officer.get(f"{path}?fields=status")["ETag"] == changed["ETag"]  # of the whole


def test_an_act_on_what_has_changed_is_refused_and_names_the_version_in_force(
    client_of: ClientOf, case: Case, officer_of: OfficerOf
) -> None:
    french, german = client_of(officer_of("FR")), client_of(officer_of("DE"))
    asked = Consultation.objects.filter(case=case, jurisdiction="FR", status="open").first()
    assert asked is not None
    path = f"/api/v1/consultations/{asked.uid}/"
    seen = french.get(path)["ETag"]
    assert french.post(f"{path}acknowledgement/", HTTP_IF_MATCH=seen).status_code == 200
    stale: Any = french.post(f"{path}positions/", {"kind": "no_objection"}, format="json", HTTP_IF_MATCH=seen)
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/precondition-failed/")
    assert not Position.objects.exists()
    fresh = stale["ETag"]
    assert french.get(path)["ETag"] == fresh
    taken = french.post(f"{path}positions/", {"kind": "no_objection"}, format="json", HTTP_IF_MATCH=fresh)
    assert taken.status_code == 201
    own = f"/api/v1/cases/{case.reference}/"
    assert german.post(f"{own}claim/", HTTP_IF_MATCH=fresh).status_code == 412  # of another thing
    assert german.post(f"{own}claim/", HTTP_IF_MATCH="*").status_code == 200


def test_what_is_compared_stays_locked_until_the_act_is_done(
    client_of: ClientOf, case: Case, officer_of: OfficerOf
) -> None:
    officer, path = client_of(officer_of("DE")), f"/api/v1/cases/{case.reference}/"
    tag = officer.get(path)["ETag"]
    with CaptureQueriesContext(
        connection,
    ) as run:
        assert officer.post(f"{path}claim/", HTTP_IF_MATCH=tag).status_code == 200
    said = [query["sql"] for query in run.captured_queries]
    locked = next(i for i, sql in enumerate(said) if "FOR UPDATE" in sql)
    compared = next(i for i, sql in enumerate(said) if 'FROM "licensing_consultation"' in sql)
    changed = next(i for i, sql in enumerate(said) if sql.startswith("UPDATE"))
    assert '"licensing_case"' in said[locked]
    assert locked < compared < changed
    inside = said[locked:changed]
    assert not any(sql.startswith(("COMMIT", "ROLLBACK", "RELEASE")) and sql == said[0] for sql in inside)


def test_a_draft_tells_its_new_version_and_a_key_does_not_keep_a_stale_one(
    client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    filing = client_of(exporter)
    draft = filing.post("/api/v1/applications/", {"dossier": DOSSIER}, format="json").json()
    path, body = f"/api/v1/applications/{draft['reference']}/", {"dossier": {"title": "One"}, "version": 1}
    seen = filing.get(path)["ETag"]
    body["version"] = draft["version"]
    changed = filing.patch(path, body, format="json", HTTP_IF_MATCH=seen)
    assert changed.status_code == 200
    assert changed["ETag"] == filing.get(path)["ETag"] != seen
    submission: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "s"}
    stale = filing.post(f"{path}submission/", {}, format="json", HTTP_IF_MATCH=seen, **submission)
    assert stale.status_code == 412
    done = filing.post(f"{path}submission/", {}, format="json", HTTP_IF_MATCH=stale["ETag"], **submission)
    assert done.json()["status"] == "registered"
    again = filing.post(f"{path}submission/", {}, format="json", HTTP_IF_MATCH=stale["ETag"], **submission)
    assert (again.status_code, again["Idempotent-Replayed"]) == (200, "true")
    assert Application.objects.get().status == "registered"


def test_where_nothing_has_a_version_the_header_is_refused(client_of: ClientOf, exporter: User) -> None:
    answer = client_of(exporter).post("/api/v1/applications/", {}, format="json", HTTP_IF_MATCH='"x"')
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "If-Match"
