"""Pages of webhooks: registered, seen, tried, repaired and removed by whoever looks after the system."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from correspondence import services
from correspondence.models import WebhookEndpoint, WebhookLetter
from correspondence.webhooks import sending
from members.models import Membership, Organisation, User
from tests import factories
from tests.correspondence.hooks import URL, Other, happen, system_of

pytestmark = pytest.mark.django_db
LIST, PAGE = 18, 28  # baselines: raise them only with a reason


@pytest.fixture
def office(organisation: Organisation) -> User:
    return factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)


@pytest.fixture
def site(client: Client, office: User) -> Client:
    client.force_login(office, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_webhook_is_registered_seen_tried_and_removed(
    site: Client, office: User, organisation: Organisation
) -> None:
    system = system_of(office)
    new = reverse("webhooks:new")
    refused = site.post(
        new, {"system": system.pk, "url": "http://x.example/", "types": "case.dreamt_of", "scheme": "v1"}
    )
    assert refused.status_code == 422
    assert "case.dreamt_of is no type of event." in refused.content.decode()
    made = site.post(new, {"system": system.pk, "url": URL, "types": "case.held\nlicence.*", "scheme": "v1"})
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    secret = re.search(r"whsec_[\w+/=]+", made.content.decode())
    assert secret is not None
    endpoint = WebhookEndpoint.objects.get()
    here = reverse("webhooks:page", args=[endpoint.uid])
    assert secret[0] not in site.get(here).content.decode()
    assert endpoint.types == ["case.held", "licence.*"]
    site.post(reverse("webhooks:test", args=[endpoint.uid]))
    event = happen(organisation)
    sending.serve(endpoint.pk, Other([204, 500]))
    shown = site.get(here).content.decode()
    assert "webhook.tested" in shown
    assert "The last call failed." in shown
    assert "The answer was status 500." in shown
    WebhookLetter.objects.create(
        endpoint=endpoint, event=event, position=0, attempts=9, reason="Refused.", died_at=event.at
    )
    site.post(reverse("webhooks:replay-letter", args=[endpoint.uid, event.uid]))
    assert "On its way" in site.get(here).content.decode()
    assert (
        site.post(reverse("webhooks:replay", args=[endpoint.uid]), {"replay-since": "soon"}).status_code
        == 422
    )
    assert site.post(reverse("webhooks:replay", args=[endpoint.uid]), {"replay-since": ""}).status_code == 302
    changed = {"url": "https://other.example/", "description": "", "types": ""}
    assert site.post(reverse("webhooks:change", args=[endpoint.uid]), changed).status_code == 302
    assert (
        "whpk_"
        in site.post(reverse("webhooks:rotate", args=[endpoint.uid]), {"scheme": "v1a"}).content.decode()
    )
    for act, status in (("pause", "paused"), ("resume", "active")):
        site.post(reverse(f"webhooks:{act}", args=[endpoint.uid]))
        assert WebhookEndpoint.objects.get().status == status
    assert endpoint.client.name in site.get(reverse("webhooks:list")).content.decode()
    site.post(reverse("webhooks:remove", args=[endpoint.uid]))
    assert not WebhookEndpoint.objects.exists()


def test_whoever_looks_after_no_system_is_told_who_does(client: Client, exporter: User) -> None:
    client.force_login(exporter, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "An administrator registers systems" in client.get(reverse("webhooks:list")).content.decode()
    assert (
        client.post(reverse("webhooks:new"), {"system": "1", "url": URL, "scheme": "v1"}).status_code == 422
    )


def test_pages_take_no_more_queries_for_many_than_for_few(
    site: Client, office: User, organisation: Organisation
) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert site.get(address).status_code == 200
        return len(captured)

    first = services.register_webhook(actor=office, client=system_of(office), url=URL).endpoint
    pages = [reverse("webhooks:list"), reverse("webhooks:page", args=[first.uid])]
    few = [queries(address) for address in pages]
    for number in range(3):
        services.register_webhook(actor=office, client=system_of(office, name=f"ERP {number}"), url=URL)
        happen(organisation)
    WebhookEndpoint.objects.update(pace=10)
    sending.serve(first.pk, Other())
    many = [queries(address) for address in pages]
    assert [more <= less + 2 for more, less in zip(many, few, strict=True)] == [True, True], (few, many)
    assert many[0] <= LIST
    assert many[1] <= PAGE


def test_every_type_of_event_has_a_page_a_schema_and_an_example(client: Client) -> None:
    told = client.get(reverse("public:events"), {"format": "json"}).json()["types"]
    assert len(told) > 200
    one = next(type for type in told if type["type"] == "case.escalated")
    assert one["cloudevents_type"] == "org.entente.case.escalated.v1"
    shown = client.get(reverse("public:event", args=["case.escalated"])).content.decode()
    assert "org.entente.case.escalated.v1" in shown
    schema = client.get(reverse("public:event-schema", args=["case.escalated"]))
    assert schema["Content-Type"] == "application/schema+json"
    assert one["dataschema"].endswith(reverse("public:event-schema", args=["case.escalated"]))
    assert set(schema.json()["required"]) <= set(schema.json()["properties"])
    assert client.get(reverse("public:event", args=["case.dreamt_of"])).status_code == 404
    assert client.get(reverse("public:events")).content.decode().count("<dt") == len(told)
