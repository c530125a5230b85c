"""A partner's system with a webhook, and a stand-in for the other side that answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from core import audience
from core.actors import PROCESS
from core.audience import Audience
from correspondence import services
from correspondence.models import WebhookEndpoint
from correspondence.webhooks.reach import Answer
from ledger import services as ledger
from ledger.models import Event
from members.models import ApiClient, Membership, Organisation, User
from tests import factories

URL = "https://hooks.example.org/entente"


def system_of(person: User, *scopes: str, name: str = "ERP") -> ApiClient:
    return ApiClient.objects.create(
        user=person,
        name=name,
        allowed_scopes=list(scopes or ("events:read", "webhooks:manage")),
        client_type="confidential",
        authorization_grant_type="client-credentials",
    )


def webhook_of(organisation: Organisation, **given: Any) -> WebhookEndpoint:
    """A webhook of the organisation's administrator, told everything the organisation may read."""
    office = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    client = system_of(office)
    return services.register_webhook(actor=office, client=client, **{"url": URL, **given}).endpoint


@transaction.atomic
def happen(organisation: Organisation, type: str = "case.held", **facts: Any) -> Event:
    """Something happens that the organisation may read, and is sealed."""
    event = ledger.record(
        type,
        actor=PROCESS,
        subject=organisation,
        audience=Audience.of(audience.organisation(organisation.pk)),
        facts=facts,
    )
    ledger.seal()
    return event


class Other:
    """The other side: answers with the statuses given, then with 200; keeps what it heard."""

    def __init__(self, answers: Iterable[int | Answer | None] = ()) -> None:
        self.answers = list(answers)
        self.heard: list[tuple[dict[str, str], bytes]] = []

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.heard.append((dict(headers), body))
        told = self.answers.pop(0) if self.answers else 200
        if isinstance(told, Answer):
            return told
        return Answer(told, 3, "noted", reason="" if told else "There was no answer in time.")

    def hang_up(self) -> None:
        pass

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.heard]

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _headers, body in self.heard]
