"""What is left of a limit stands on every answer, and a cache that is away limits nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redis import ConnectionError as CacheAway
from rest_framework.test import APIClient
from structlog.testing import capture_logs

from api import limits
from members.models import User

ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
CASES = "/api/v1/cases/"


@pytest.fixture(autouse=True)
def few(settings: Any, time_machine: Any) -> None:
    settings.API_LIMITS = {"read": 3, "write": 1, "screening": 1, "open": 2}
    time_machine.move_to("2027-03-01T10:00:18Z", tick=False)


def test_a_client_is_told_what_is_left_and_when_to_go_on(
    client_of: ClientOf, officer_of: OfficerOf, time_machine: Any
) -> None:
    client, other = client_of(officer_of("DE")), client_of(officer_of("FR"))
    told = [client.get(CASES).headers["RateLimit"] for _ in range(3)]
    assert told == ['"read";r=2;t=42', '"read";r=1;t=42', '"read";r=0;t=42']
    refused = client.get(CASES)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/throttled/")
    assert (refused["Retry-After"], refused["RateLimit-Policy"]) == ("42", '"read";q=3;w=60')
    assert other.get(CASES).status_code == 200
    time_machine.shift(42)
    assert client.get(CASES)["RateLimit"] == '"read";r=2;t=60'


def test_reading_writing_and_screening_are_counted_apart(client_of: ClientOf, officer_of: OfficerOf) -> None:
    client = client_of(officer_of("DE"))
    asked = {"parties": []}
    for path in ("/api/v1/screening/match", "/api/v1/charters/check/"):
        assert client.post(path, asked, format="json").status_code == 422
        assert client.post(path, asked, format="json").status_code == 429
    assert client.get(CASES).status_code == 200


def test_whoever_does_not_sign_in_is_counted_by_address(db: None) -> None:
    path, one = "/api/v1/licences/EL-0000-0000/verification/", APIClient(REMOTE_ADDR="192.0.2.7")
    assert [one.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert APIClient(REMOTE_ADDR="192.0.2.8").get(path).status_code == 200


def test_a_refusal_for_its_token_or_scope_tells_what_is_left_too(
    client_of: ClientOf, officer_of: OfficerOf
) -> None:
    stranger = APIClient(REMOTE_ADDR="192.0.2.9", HTTP_AUTHORIZATION="Bearer guessed")
    answers = [stranger.get(CASES) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert [answer["RateLimit"] for answer in answers] == [f'"open";r={left};t=42' for left in (1, 0, 0)]
    short = client_of(officer_of("DE"), "events:read")
    assert [(a.status_code, a["RateLimit"]) for a in [short.get(CASES)]] == [(403, '"read";r=2;t=42')]


def test_a_cache_that_is_away_lets_pass_and_says_so(
    client_of: ClientOf, officer_of: OfficerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> bool:
        raise CacheAway("nobody there")

    client = client_of(officer_of("DE"))
    monkeypatch.setattr(limits.cache, "incr", away)
    with capture_logs() as said:
        answers = [client.get(CASES) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0]
    assert [line["event"] for line in said] == ["limits.not_counted"] * 5


def test_tokens_are_counted_by_address_and_refused_as_a_problem(db: None) -> None:
    one = APIClient(REMOTE_ADDR="192.0.2.11")
    answers = [one.post("/oauth/token/", {"grant_type": "client_credentials"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    told = answers[-1].json()
    assert (told["type"], told["error"], answers[-1]["Retry-After"]) == (
        "/problems/throttled/",
        "temporarily_unavailable",
        "42",
    )
    assert one.get("/api/v1/licences/EL-0000-0000/verification/").status_code == 200, "counted apart"


def test_behind_a_declared_proxy_each_address_is_counted_for_itself(db: None, settings: Any) -> None:
    def asked(address: str) -> int:
        client = APIClient(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=f"6.6.6.6, {address}")
        answer = client.post("/oauth/token/", {"grant_type": "client_credentials"})
        client.get("/api/v1/licences/EL-0000-0000/verification/")
        return int(answer.status_code)

    settings.BEHIND_PROXY = True
    assert [asked("198.51.100.7") for _ in range(3)] == [401, 401, 429]
    assert asked("198.51.100.8") == 401
    settings.BEHIND_PROXY = False
    assert [asked(f"198.51.100.{number}") for number in range(3)] == [401, 401, 429], "it says nothing then"
