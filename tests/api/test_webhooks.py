"""Events and webhooks over the API: a system looks after its own, and reads CloudEvents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat
from rest_framework.test import APIClient

from core import clock
from correspondence.models import WebhookEndpoint
from correspondence.webhooks import sending
from ledger import envelopes
from members.models import KeptAnswer, Organisation, User
from tests.correspondence.hooks import URL, Other, happen

ClientOf = Callable[..., APIClient]
HOOKS = "/api/v1/webhooks/"
FEED = "/api/v1/events/"


def test_a_system_registers_is_told_and_looks_after_its_webhook(
    client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    client = client_of(exporter)
    made = client.post(HOOKS, {"url": URL, "types": ["case.*"]}, format="json")
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    told = made.json()
    assert told["key"].startswith("whpk_")
    assert told["webhook"]["keys"][0]["public"] == told["key"]
    one = f"{HOOKS}{told['webhook']['uid']}/"
    assert client.get(HOOKS).json()["results"] == [client.get(one).json()]
    event = happen(organisation)
    endpoint = WebhookEndpoint.objects.get()
    sending.serve(endpoint.pk, Other([500]))
    attempt = client.get(f"{one}attempts/").json()["results"][0]
    assert (attempt["event"], attempt["status"], attempt["delivered"]) == (str(event.uid), 500, False)
    assert client.patch(one, {"status": "paused"}, format="json").json()["status"] == "paused"
    assert client.post(f"{one}test/").status_code == 409
    assert client.patch(one, {"status": "active"}, format="json").json()["status"] == "active"
    assert client.patch(one, {"types": []}, format="json").json()["types"] == []
    assert client.post(f"{one}test/").json()["type"] == "org.entente.webhook.tested.v1"
    rotated = client.post(f"{one}key/", {"scheme": "v1"}, format="json").json()
    assert rotated["key"].startswith("whsec_")
    assert [key["scheme"] for key in rotated["webhook"]["keys"]] == ["v1", "v1a"]
    assert client.post(f"{one}replay/", {}, format="json").status_code == 200
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404


def test_a_dead_letter_is_listed_and_sent_again(
    client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    client = client_of(exporter)
    uid = client.post(HOOKS, {"url": URL}, format="json").json()["webhook"]["uid"]
    event, other = happen(organisation), Other([500] * (len(sending.PAUSES) + 1))
    endpoint = WebhookEndpoint.objects.get()
    with time_machine.travel(clock.now(), tick=False) as travel:
        while other.answers:
            travel.shift(timedelta(hours=6))
            sending.serve(endpoint.pk, other)
        (letter,) = client.get(f"{HOOKS}{uid}/dead-letters/").json()["results"]
        assert (letter["event"], letter["reason"]) == (str(event.uid), "The answer was status 500.")
        assert (
            client.post(f"{HOOKS}{uid}/replay/", {"event": letter["event"]}, format="json").status_code == 200
        )
        sending.serve(endpoint.pk, other)
    assert other.ids[-1] == str(event.uid)
    assert client.get(f"{HOOKS}{uid}/dead-letters/").json()["results"] == []


def test_a_secret_is_told_again_to_a_repeated_call_and_kept_by_nobody_in_the_clear(
    client_of: ClientOf, exporter: User
) -> None:
    client = client_of(exporter)
    asked = {"url": URL, "scheme": "v1"}
    first, again = (
        client.post(HOOKS, asked, format="json", headers={"Idempotency-Key": "register-1"}) for _ in range(2)
    )
    assert first.json() == again.json()
    assert (again["Idempotent-Replayed"], again["Cache-Control"]) == ("true", "no-store")
    assert WebhookEndpoint.objects.count() == 1
    assert first.json()["key"].encode() not in bytes(KeptAnswer.objects.get().body)


def test_another_system_of_the_same_person_finds_nothing(client_of: ClientOf, exporter: User) -> None:
    uid = client_of(exporter).post(HOOKS, {"url": URL}, format="json").json()["webhook"]["uid"]
    other = client_of(exporter)
    for answer in (
        other.get(f"{HOOKS}{uid}/"),
        other.post(f"{HOOKS}{uid}/key/"),
        other.delete(f"{HOOKS}{uid}/"),
    ):
        assert answer.status_code == 404
    assert other.get(HOOKS).json()["results"] == []
    assert client_of(exporter, "events:read").get(HOOKS).status_code == 403


def test_wrong_answers_are_named(client_of: ClientOf, exporter: User) -> None:
    client = client_of(exporter)

    def pointers(given: Any, address: str = HOOKS) -> list[str]:
        answer = client.post(address, given, format="json")
        assert answer.status_code == 422, answer.content
        return [error["pointer"] for error in answer.json()["errors"]]

    assert pointers({}) == ["url"]
    assert pointers({"url": "https://10.0.0.1/"}) == ["url"]
    assert pointers({"url": URL, "types": ["case.dreamt_of"]}) == ["types"]
    assert pointers({"url": URL, "scheme": "rot13"}) == ["scheme"]
    uid = client.post(HOOKS, {"url": URL}, format="json").json()["webhook"]["uid"]
    replay = f"{HOOKS}{uid}/replay/"
    assert pointers({"since": "yesterday"}, replay) == ["since"]
    assert pointers({"cursor": "x"}, replay) == ["cursor"]
    assert pointers({"cursor": "x", "since": "2026-11-27T00:00:00Z"}, replay) == ["event"]


def test_the_feed_is_read_as_cloud_events_page_by_page_and_from_an_instant(
    client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    client = client_of(exporter)
    with time_machine.travel(clock.now(), tick=False) as travel:
        events = [happen(organisation, number=0)]
        travel.shift(timedelta(hours=1))
        noon = clock.now()
        events += [happen(organisation, number=number) for number in (1, 2)]
    answer = client.get(FEED, {"limit": 2, "type": "case.*"}, HTTP_ACCEPT=envelopes.BATCH)
    assert answer["Content-Type"] == envelopes.BATCH
    read = [
        from_http_event(HTTPMessage({"content-type": envelopes.ONE}, json.dumps(one).encode()), JSONFormat())
        for one in answer.json()
    ]
    assert [event.get_id() for event in read] == [str(event.uid) for event in events[:2]]
    further = answer["Link"].removeprefix("<").removesuffix('>; rel="next"').partition("testserver")[2]
    assert [one["id"] for one in client.get(further, HTTP_ACCEPT=envelopes.BATCH).json()] == [
        str(events[2].uid)
    ]
    since = client.get(FEED, {"since": noon.isoformat()}).json()["events"]
    assert [event["id"] for event in since] == [str(event.uid) for event in events[1:]]
    for wrong in ({"since": "noon"}, {"since": "2026-11-27T12:00:00"}, {"since": "9" * 30}):
        refused = client.get(FEED, wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "since")
    assert client.get(FEED, {"since": noon.isoformat(), "cursor": "x"}).status_code == 422
