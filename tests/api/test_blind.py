"""A pair that matches denials blind, from proposal to end, by the systems of its two members."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from intelligence import blind
from members.models import Role, User
from tests import factories

ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
PAIRS = "/api/v1/blind-pairs/"
KEY = hashlib.sha256(b"key of the two").digest()
SUBJECTS = blind.subjects(["6A003"], [{"name": "Acme Optics", "country": "KZ"}], ["KZ"])


def send(client: APIClient, path: str, given: Any = None, status: int = 200) -> Any:
    answer = client.post(path, given or {}, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def test_two_systems_agree_on_a_key_match_and_part(client_of: ClientOf, officer_of: OfficerOf) -> None:
    german, french = (client_of(officer_of(code, Role.DECIDER)) for code in ("DE", "FR"))
    polish = client_of(officer_of("PL", Role.DECIDER))
    made = send(german, PAIRS, {"member": "FR", "key_id": blind.key_id(KEY)}, 201)
    path = f"{PAIRS}{made['uid']}/"
    assert (made["members"], made["status"]) == (["DE", "FR"], "proposed")
    assert {act["name"]: act["allowed"] for act in made["acts"]} == {"agree": False, "end": True}
    again = send(french, PAIRS, {"member": "DE", "key_id": blind.key_id(KEY)}, 409)
    assert "a pair already" in again["detail"]
    assert polish.get(path).status_code == 404
    assert send(polish, f"{path}agreement/", {"key_id": blind.key_id(KEY)}, 404)

    own = send(german, f"{path}agreement/", {"key_id": blind.key_id(KEY)}, 403)
    assert "to which it was proposed" in own["detail"]
    other = send(french, f"{path}agreement/", {"key_id": "0" * 16}, 422)
    assert other["errors"][0]["pointer"] == "key_id"
    agreed = send(french, f"{path}agreement/", {"key_id": blind.key_id(KEY)})
    assert [act["name"] for act in agreed["acts"] if act["allowed"]] == ["hand_in", "ask", "end"]

    handed = blind.batch(KEY, "FR", SUBJECTS, blind.DENIALS_SIZES).values
    asked = blind.batch(KEY, "FR", SUBJECTS, (blind.QUERY_SIZE,)).values
    send(french, f"{path}denials/", {"fingerprints": list(handed)})
    assert len(send(german, f"{path}questions/", {"fingerprints": list(asked)})["matches"]) == 1
    shown = french.get(path).json()
    assert shown["handed_in"] == [{"member": "DE", "count": 0}, {"member": "FR", "count": 256}]
    (question,) = shown["questions"]
    assert (question["asked_by"], question["matches"]) == ("DE", 1)
    met = set(handed) & set(asked)
    assert [handed[line - 1] for line in question["lines"]] == list(met)
    (mine,) = german.get(path).json()["questions"]
    assert [asked[line - 1] for line in mine["lines"]] == list(met), "each reads the lines of its own file"

    ended = send(german, f"{path}end/")
    assert (ended["status"], ended["acts"], ended["handed_in"][1]["count"]) == ("ended", [], 0)
    assert send(german, f"{path}end/", status=403)["detail"] == "This pair has ended."


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"member": "DE"}, "member"),
        ({"member": "XX"}, "member"),
        ({"key_id": "g" * 16}, "key_id"),
        ({"key_id": "0"}, "key_id"),
        ({"key": "00"}, "key"),
    ],
)
def test_a_proposal_that_is_none_names_its_field(
    client_of: ClientOf, officer_of: OfficerOf, wrong: dict[str, str], field: str
) -> None:
    factories.JurisdictionFactory(code="FR")
    given = {"member": "FR", "key_id": "0" * 16, **wrong}
    answer = send(client_of(officer_of("DE", Role.DECIDER)), PAIRS, given, 422)
    assert field in {error["pointer"] for error in answer["errors"]}
