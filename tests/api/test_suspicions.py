"""Suspicious orders over the API: a receipt for exporters, what concerns their member for authorities."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api.examples import SUSPICION
from ledger.testing import run_deliveries
from members.models import Organisation, Role, User
from tests import journeys

pytestmark = pytest.mark.usefixtures("in_force", "organisation")
PATH = "/api/v1/suspicious-orders/"


def test_it_is_filed_read_by_those_concerned_and_reviewed(
    client_of: Callable[..., APIClient],
    exporter: User,
    organisation: Organisation,
    officer_of: Callable[..., User],
) -> None:
    case = journeys.file(exporter, organisation)
    filing = client_of(exporter)
    named = {**SUSPICION, "application": case.application.reference}
    receipt = filing.post(PATH, named, format="json", HTTP_IDEMPOTENCY_KEY="r").json()
    again = filing.post(PATH, named, format="json", HTTP_IDEMPOTENCY_KEY="r").json()
    assert receipt["reference"] == again["reference"]
    run_deliveries()
    one = f"{PATH}{receipt['reference']}/"
    german = client_of(officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER))
    read = german.get(one)
    assert read.json()["read_because"] == "establishment"
    assert [match["case"] for match in read.json()["matches"]] == [case.reference]
    given = {"outcome": "passed_on", "reason": "It may go your way.", "to": ["FR"]}
    done = german.post(f"{one}review/", given, format="json", headers={"If-Match": read["ETag"]})
    assert [review["passed_to"] for review in done.json()["reviews"]] == [["FR"]]
    assert client_of(officer_of("FR")).get(one).json()["read_because"] == "passed_on"
    # What became of it is nothing that the exporter could notice, not even by the tag of its report.
    assert filing.get(one).json() == receipt
    assert (receipt["read_because"], receipt["matches"], receipt["reviews"]) == ("", [], [])
    assert client_of(officer_of("US")).get(one).status_code == 404
    assert client_of(officer_of("US")).get(PATH).json()["results"] == []
    assert filing.post(f"{one}review/", given, format="json").status_code == 403
    assert german.post(PATH, SUSPICION, format="json").status_code == 403


def test_bad_input_is_named(client_of: Callable[..., APIClient], exporter: User) -> None:
    filing = client_of(exporter)
    wrong: dict[str, dict[str, object]] = {
        "party_country": {"party_country": "XX"},
        "red_flags": {"red_flags": ["RF99"]},
        "reasons": {"reasons": "Odd."},
        "outcome": {"outcome": "ignored"},
        "identifiers[0].value": {"identifiers": [{"scheme": "lei", "value": "NO0LEI"}]},
        "application": {"application": "EA-0000-0000"},
        "organisation": {"organisation": "00000000-0000-0000-0000-000000000007"},
    }
    for pointer, change in wrong.items():
        answer = filing.post(PATH, {**SUSPICION, **change}, format="json")
        assert answer.status_code == 422, pointer
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
