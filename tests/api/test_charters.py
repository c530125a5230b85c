"""Charters through the API: what is in force, and the check of one."""

import copy

import pytest

from alliance.selectors import charter_payload

pytestmark = pytest.mark.usefixtures("in_force")


def test_charters_in_force_are_read(client_of, officer_of) -> None:
    client = client_of(officer_of("DE"))
    keys = [row["key"] for row in client.get("/api/v1/charters/").json()]
    assert {"us-interagency", "eu-16-5-denial", "crisis-48-24-12"} <= set(keys)
    one = client.get("/api/v1/charters/crisis-48-24-12/").json()
    assert one["charter"] == charter_payload("crisis-48-24-12")
    assert (one["critical"], one["silence_may_approve"]) == (True, False)
    assert client.get("/api/v1/charters/absent/").status_code == 404


def test_a_charter_is_checked_and_its_hole_comes_with_a_trace(client_of, officer_of, exporter) -> None:
    client = client_of(officer_of("DE"))
    payload = copy.deepcopy(charter_payload("crisis-48-24-12"))
    sound = client.post("/api/v1/charters/check/", {"charter": payload}, format="json").json()
    assert sound["sound"]
    assert sound["states"] > 20_000
    assert len(sound["proofs"]) == 6
    payload["tiers"][2]["on_deadlock"] = "climb"
    (hole,) = client.post("/api/v1/charters/check/", {"charter": payload}, format="json").json()["holes"]
    assert (hole["kind"], hole["path"]) == ("deadlock", "tiers.2.on_deadlock")
    assert hole["trace"][-1].endswith("it stays for ever.")
    refused = client_of(exporter).post("/api/v1/charters/check/", {"charter": payload}, format="json")
    assert refused.status_code == 403


@pytest.mark.parametrize("rubbish", [{}, {"charter": []}, {"charter": {}}, {"charter": {"tiers": 7}}, []])
def test_rubbish_is_answered_with_its_place(client_of, officer_of, rubbish) -> None:
    answer = client_of(officer_of("DE")).post("/api/v1/charters/check/", rubbish, format="json")
    assert answer.status_code == 422
    assert answer.json()["errors"]
