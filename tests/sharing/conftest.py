"""Denials, reports and notices of the three standing members, and systems that poll what they share."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import requests
from django.test import Client
from requests.adapters import BaseAdapter
from taxii2client.v21 import ApiRoot, Collection, Server

from core import clock
from core.actors import PROCESS
from deadlines import services as deadlines
from deadlines.models import CalendarVersion
from intelligence import services as intelligence
from intelligence.models import Denial, SharedParty
from ledger.testing import run_deliveries
from members.models import ApiClient, Jurisdiction, Role, User
from members.services.clients import enter_client
from tests import factories

SITE = "http://testserver"
MEDIA = "application/taxii+json;version=2.1"
numbers = itertools.count(1)


def denied(*to: str, by: str = "DE", **told: Any) -> Denial:
    """A denial by a member, told to some members or to all, and shared."""
    officer = factories.officer_of(by, Role.DECIDER)
    party = SharedParty.objects.create(
        name=f"Straits Optical Works {next(numbers)}",
        normalised=f"straits optical works {next(numbers)}",
        country="SG",
        first_seen_at=clock.now(),
    )
    row = intelligence.record_denial(
        actor=officer,
        source_ref=f"decision:{next(numbers)}",
        jurisdiction=Jurisdiction.objects.get(code=by),
        parties=[intelligence.DeniedParty(party, "end_user", "8 Research Link")],
        control_codes=["6A003"],
        destination="SG",
        ground_code="C4",
        summary="Risk of diversion.",
        lines=[{"code": "6A003", "description": "Camera", "quantity": "2", "unit": ""}],
        releasable_to=to,
        **told,
    )
    run_deliveries()
    return row


class InProcess(BaseAdapter):
    """Carries requests of an unmodified client to the whole of Django, without a socket."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        body = request.body or b""
        answer = Client().generic(
            str(request.method),
            request.path_url,
            body if isinstance(body, bytes) else body.encode(),
            content_type=request.headers.get("Content-Type", ""),
            headers={name: str(value) for name, value in request.headers.items()},
        )
        made = requests.Response()
        made.status_code, made.url, made.request = answer.status_code, str(request.url), request
        made.headers.update(answer.headers)
        made.raw = BytesIO(answer.content)
        return made

    def close(self) -> None: ...


@dataclass
class System:
    """A partner's system: an official TAXII client with a client id and a secret."""

    client: ApiClient
    secret: str

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.client.client_id}:{self.secret}".encode()).decode()

    def get(self, address: str, query: dict[str, str] | None = None, **headers: str) -> Any:
        sent = {"Accept": MEDIA, "Authorization": self.basic, **headers}
        return Client().get(f"/taxii2/{address}", query, headers=sent)

    @property
    def server(self) -> Server:
        return Server(f"{SITE}/taxii2/", user=self.client.client_id, password=self.secret)

    @property
    def root(self) -> ApiRoot:
        return self.server.default

    @property
    def collections(self) -> dict[str, Collection]:
        return {one.title: one for one in self.root.collections}

    def collection(self, title: str = "Releasable to all members (TLP:GREEN)") -> Collection:
        return self.collections[title]


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests to the test server go no further than this process."""
    usual = requests.Session.get_adapter

    def chosen(session: requests.Session, url: str) -> Any:
        return InProcess() if url.startswith(f"{SITE}/") else usual(session, url)

    monkeypatch.setattr(requests.Session, "get_adapter", chosen)


@pytest.fixture
def system_of(germany: object, france: object, japan: object) -> Callable[..., System]:
    for code in ("DE", "FR", "JP"):
        if not CalendarVersion.objects.filter(key=code).exists():
            deadlines.load_calendar(
                key=code,
                version="1",
                effective_from=date(2025, 1, 1),
                weekend=[5, 6],
                holidays=[],
                source="test",
                as_of=date(2025, 1, 1),
            )

    def make(person: User, *scopes: str) -> System:
        made = enter_client(
            actor=PROCESS, person=person, name="Polls", scopes=scopes or ("taxii:read",), secret="s" * 43
        )
        return System(made.client, made.secret)

    return make
