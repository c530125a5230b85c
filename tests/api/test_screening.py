"""Partner agencies ask the lists in force: in our own shape, and with yente's own client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from rest_framework.test import APIClient
from yente_client import Client
from yente_client.entities import Company, Person
from yente_client.exceptions import APIError, AuthenticationError

from ledger.models import Event
from members.models import Role, User
from screening.lists.loading import load_ofac
from tests.standing import stays

ClientOf = Callable[..., APIClient]
FICTIONAL = Path(__file__).resolve().parents[2] / "screening" / "fixtures" / "demo"
ADDRESS = "/api/v1/screening/match"


@stays
def listed(in_force: None) -> None:
    load_ofac(**{name: FICTIONAL / f"{name}.csv" for name in ("sdn", "alt", "add")})


@pytest.fixture
def partner(listed: None, officer_of: Callable[..., User], client_of: ClientOf) -> APIClient:
    return client_of(officer_of("FR"))


def ask(partner: APIClient, *parties: dict[str, Any], **more: Any) -> Any:
    return partner.post(ADDRESS, {"parties": list(parties), **more}, format="json")


def test_each_party_gets_its_matches_with_list_version_entry_and_alignment(partner: APIClient) -> None:
    answer = ask(
        partner,
        {"reference": "a", "names": ["Kavir Mavad Pishrafte"], "kind": "company"},
        {"reference": "b", "names": ["Rheinwerk Optik"]},
    ).json()
    first, second = answer["results"]
    assert (first["reference"], second) == ("a", {"reference": "b", "matches": []})
    (match,) = first["matches"]
    assert (match["list"], match["version"], match["matched_name"]) == (
        "us-ofac-sdn", "sdn", "KAVIR MAVAD PISHRAFTEH",
    )  # fmt: skip
    assert match["hit"] is True
    assert {"asked": "Kavir", "listed": "KAVIR", "similarity": 1.0, "rule": "same"}.items() <= match[
        "alignment"
    ][0].items()
    assert answer["lists"][0]["list"] == "us-ofac-sdn"
    told = Event.objects.get(type="parties.asked").facts
    assert (told["parties"], told["with_matches"]) == (2, 1)
    assert "Kavir" not in str(told)


@pytest.mark.parametrize(
    ("parties", "pointer"),
    [
        ([], "parties"),
        ([{"names": ["A"]}] * 1001, "parties"),
        ([{"names": []}], "parties[0].names"),
        ([{"names": ["x" * 301]}], "parties[0].names[0]"),
        ([{"names": ["A"], "kind": "ghost"}], "parties[0].kind"),
        ([{"names": ["A"], "born": "17 March"}], "parties[0].born"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    partner: APIClient, parties: list[dict[str, Any]], pointer: str
) -> None:
    answer = ask(partner, *parties)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_a_thousand_parties_are_answered_in_their_order(partner: APIClient) -> None:
    answer = ask(partner, *({"reference": str(n), "names": [f"Firm {n} of Nowhere"]} for n in range(1000)))
    assert [row["reference"] for row in answer.json()["results"]] == [str(n) for n in range(1000)]


def test_no_exporter_and_no_client_without_the_scope_learns_what_matches(
    listed: None, exporter: User, officer_of: Callable[..., User], client_of: ClientOf
) -> None:
    party = {"names": ["Kavir Mavad Pishrafteh"]}
    entity = {"schema": "Company", "properties": {"name": party["names"]}}
    for client in (client_of(exporter), client_of(officer_of("DE"), "cases:read"), APIClient()):
        for address, body in (
            (ADDRESS, {"parties": [party]}),
            ("/api/v1/yente/match/default", {"queries": {"q": entity}}),
        ):  # fmt: skip
            answer = client.post(address, body, format="json")
            assert answer.status_code in (401, 403)
            assert b"PISHRAFTEH" not in answer.content


class Inside(httpx.BaseTransport):
    """Hands what yente's client sends to the application, and back."""

    def __init__(self, client: APIClient) -> None:
        self.client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.client.generic(
            request.method,
            request.url.raw_path.decode(),
            request.read(),
            content_type=request.headers.get("content-type", ""),
            HTTP_AUTHORIZATION=request.headers.get("authorization", ""),
        )
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.items()))


def yente(partner: APIClient, key: str | None = None) -> Client:
    token = partner._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    return Client(
        base_url="http://testserver/api/v1/yente", api_key=key or token, transport=Inside(APIClient())
    )


def test_yentes_own_client_works_unchanged(partner: APIClient) -> None:
    found = yente(partner).match(Company(name="Kavir Mavad Pishrafteh", country="ir"))
    assert found.top is not None
    assert found.top.match
    assert (found.top.datasets, found.top.schema_) == (["us-ofac-sdn"], "Company")
    assert found.top.explanations["name"].candidate == "KAVIR MAVAD PISHRAFTEH"
    assert yente(partner).match(Person(name="Rheinwerk Optik")).results == []


def test_a_list_can_be_named_and_left_out(partner: APIClient) -> None:
    client, party = yente(partner), Company(name="Kavir Mavad Pishrafteh")
    assert client.match(party, datasets=["us-ofac-sdn"]).matches
    assert not client.match(party, exclude_datasets=["us-ofac-sdn"]).matches
    top = client.match(party).top
    assert top is not None
    assert not client.match(party, exclude_entities=[top.id]).matches
    with pytest.raises(APIError, match="404"):
        client.match(party, datasets=["no-such-list"])


def test_what_would_narrow_the_answer_and_is_not_known_is_refused(partner: APIClient) -> None:
    with pytest.raises(APIError) as refused:
        yente(partner).match(Company(name="Kavir"), topics=["sanction"])
    assert refused.value.status_code == 422


def test_a_wrong_key_is_refused(partner: APIClient) -> None:
    with pytest.raises(AuthenticationError):
        yente(partner, key="wrong").match(Company(name="Kavir"))


def test_the_role_behind_the_key_decides(
    listed: None, officer_of: Callable[..., User], client_of: ClientOf
) -> None:
    assert (
        yente(client_of(officer_of("JP", Role.DECIDER))).match(Company(name="Kavir Mavad Pishrafteh")).matches
    )
