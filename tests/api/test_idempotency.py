"""A request that comes twice with its key is done once and answered alike, whenever the first was cut off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from rest_framework.test import APIClient

from api.examples import DOSSIER
from core import clock
from ledger.models import Event
from licensing.models import Application, Case, Consultation
from members.models import ApiClient, KeptAnswer, Organisation, Role, User
from members.services.calls import KEPT
from members.tasks import forget_expired
from tests import journeys

pytestmark = pytest.mark.usefixtures("in_force", "organisation")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
DRAFT = {"dossier": {"title": "Cameras", "own_reference": "K-1"}}
CREATE = "/api/v1/applications/"


@pytest.fixture
def filing(client_of: ClientOf, exporter: User) -> APIClient:
    return client_of(exporter)


def post(client: APIClient, path: str, body: Any, key: str) -> Any:
    return client.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY=key)


class Killed(BaseException):
    """The process ends here: nothing catches it, as nothing catches a kill."""


class KillAt:
    """Ends the process just before the write of that number."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            if self.left == 0:
                raise Killed
            self.left -= 1
        return execute(sql, params, many, context)


def test_cut_off_before_any_of_its_writes_and_sent_again_a_submission_has_one_effect(
    filing: APIClient,
) -> None:
    draft = filing.post(CREATE, {"dossier": DOSSIER}, format="json").json()["reference"]
    path, before = f"{CREATE}{draft}/submission/", Event.objects.count()
    writes = 0
    while True:
        try:
            with connection.execute_wrapper(KillAt(writes)):
                first = post(filing, path, {}, "once")
            break
        except Killed:
            writes += 1
            assert not Case.objects.exists()
            assert not KeptAnswer.objects.exists()
            assert Event.objects.count() == before
    assert writes > 10
    assert first.json()["status"] == "registered"
    after = Event.objects.count()
    with connection.execute_wrapper(KillAt(0)):  # the repetition writes nothing at all
        second = post(filing, path, {}, "once")
    assert (second.status_code, second.content, second["Content-Type"]) == (
        first.status_code,
        first.content,
        first["Content-Type"],
    )
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert (Case.objects.count(), Event.objects.count()) == (1, after)


def test_a_key_belongs_to_one_request_of_one_client(
    filing: APIClient, client_of: ClientOf, exporter: User
) -> None:
    made = post(filing, CREATE, DRAFT, '"k-1"').json()["reference"]
    assert post(filing, CREATE, DRAFT, "k-1").json()["reference"] == made  # quotes are not of the key
    other = post(filing, CREATE, {"dossier": {"title": "Lenses"}}, "k-1")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused/")
    elsewhere = post(filing, f"{CREATE}{made}/submission/", DRAFT, "k-1")
    assert elsewhere.status_code == 422
    assert post(client_of(exporter), CREATE, DRAFT, "k-1").json()["reference"] != made
    assert Application.objects.count() == 2


def test_what_was_refused_is_refused_again_with_the_same_words_and_what_was_due_stays_applied(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = journeys.file(exporter, organisation)
    asked = Consultation.objects.filter(case=case, jurisdiction="FR", status="open").first()
    assert asked is not None
    french = client_of(officer_of("FR"))
    path = f"/api/v1/consultations/{asked.uid}/positions/"
    with journeys.at(asked.due_at):
        late = post(french, path, {"kind": "no_objection"}, "late")
        again = post(french, path, {"kind": "no_objection"}, "late")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/window-closed/")
    assert (again.status_code, again.content) == (409, late.content)
    assert Consultation.objects.get(pk=asked.pk).lapsed_at == asked.due_at


def test_while_the_first_is_being_handled_the_second_is_told_to_wait(filing: APIClient) -> None:
    client = ApiClient.objects.get()
    digest = hashlib.sha256(f"idempotency {client.pk} k-2".encode()).digest()
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            lock = [int.from_bytes(digest[:8], "big", signed=True)]
            cursor.execute("SELECT pg_advisory_lock(%s)", lock)
            busy = post(filing, CREATE, DRAFT, "k-2")
            cursor.execute(
                "SELECT pg_advisory_unlock(%s)", lock
            )  # that closing does so is noticed only later
    finally:
        elsewhere.close()
    assert (busy.status_code, busy["Retry-After"]) == (409, "1")
    assert busy.json()["type"] == "/problems/idempotency-key-in-use/"
    assert not Application.objects.exists()
    assert post(filing, CREATE, DRAFT, "k-2").status_code == 201


@pytest.mark.parametrize("key", ["", '""', "two words", "k" * 256, "schlüssel"])
def test_a_key_that_is_none_is_refused_by_name(filing: APIClient, key: str) -> None:
    answer = post(filing, CREATE, DRAFT, key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert not Application.objects.exists()


def test_answers_are_kept_for_a_week(filing: APIClient) -> None:
    post(filing, CREATE, DRAFT, "old")
    with time_machine.travel(clock.now() + KEPT - timedelta(minutes=1)):
        forget_expired()
        assert KeptAnswer.objects.count() == 1
    with time_machine.travel(clock.now() + KEPT + timedelta(minutes=1)):
        forget_expired()
    assert not KeptAnswer.objects.exists()


def test_a_failure_of_ours_keeps_no_answer_and_no_effect(
    filing: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.views import applications

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("broken after the act")

    filing.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(applications.ApplicationViewSet, "_answer", fail)
        assert post(filing, CREATE, DRAFT, "f").status_code == 500
    assert not Application.objects.exists()
    assert post(filing, CREATE, DRAFT, "f").status_code == 201


def test_a_token_that_lost_its_scope_gets_no_kept_answer(filing: APIClient) -> None:
    post(filing, CREATE, DRAFT, "s")
    ApiClient.objects.update(allowed_scopes=["applications:read"])
    assert post(filing, CREATE, DRAFT, "s").status_code == 403


def test_an_officer_s_act_is_done_once(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = journeys.file(exporter, organisation)
    german = client_of(officer_of("DE", Role.LICENSING_OFFICER))
    question = {
        "reason_code": "missing_document",
        "question": "Which hall?",
        "sections": ["end_use"],
        "days": 7,
    }
    path = f"/api/v1/cases/{case.reference}/questions/"
    first, second = (post(german, path, question, "q") for _ in range(2))
    assert (first.status_code, second.json()["uid"]) == (201, first.json()["uid"])
    assert case.information_requests.count() == 1
