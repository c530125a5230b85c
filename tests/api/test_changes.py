"""Holders' systems have licences changed over the API, and officers' systems answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from api.examples import (
    AMENDMENT,
    EXTENDED,
    GIVEN_UP,
    RECOMMENDED,
    REINSTATED,
    SUSPENDED,
    USED_UP,
    WIDENING,
)
from licensing.models import Application, Licence, LicenceChange
from members.models import Role, User
from tests.enforcement.conftest import licence
from tests.licensing.conftest import OfficerOf, answered, desk

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]


def test_an_amendment_is_asked_recommended_and_decided_once_each(
    licence: Licence, client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    holder, home = client_of(exporter), f"/api/v1/licences/{licence.number}/"
    key = {"HTTP_IDEMPOTENCY_KEY": "one-amendment"}
    made = holder.post(f"{home}changes/", AMENDMENT, format="json", **key)
    assert made.status_code == 201, made.json()
    assert holder.post(f"{home}changes/", AMENDMENT, format="json", **key).json() == made.json()
    assert LicenceChange.objects.count() == 1
    own = f"/api/v1/licence-changes/{made.json()['reference']}/"
    first, second = client_of(officer_of("DE")), client_of(officer_of("DE", Role.COUNTERSIGNER))
    act = next(
        one
        for one in first.get(f"/api/v1/cases/{licence.case.reference}/").json()["acts"]
        if one["name"] == "recommend_change"
    )
    assert (act["allowed"], act["href"]) == (True, f"{own}recommendation/")
    tag = first.get(own)["ETag"]
    assert first.post(act["href"], RECOMMENDED, format="json", HTTP_IF_MATCH=tag).status_code == 200
    assert first.post(act["href"], RECOMMENDED, format="json", HTTP_IF_MATCH=tag).status_code == 412
    assert first.post(f"{own}decision/", format="json").status_code == 403
    decided = second.post(f"{own}decision/", format="json").json()
    assert (decided["status"], decided["edition"]) == ("granted", 2)
    assert holder.get(home).json()["edition"] == 2
    assert [
        one["reference"] for one in holder.get("/api/v1/licence-changes/?status=granted").json()["results"]
    ] == [made.json()["reference"]]


def test_what_is_wrong_is_named_and_strangers_find_nothing(
    licence: Licence, client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    holder, address = client_of(exporter), f"/api/v1/licences/{licence.number}/changes/"
    material = {**AMENDMENT, "changes": [{"path": "items[0].quantity", "to": "9"}]}
    for given, pointer in (
        (material, "changes[0].path"),
        ({"reason": AMENDMENT["reason"]}, "valid_until"),
        ({**EXTENDED, "valid_until": licence.valid_until.isoformat()}, "valid_until"),
    ):
        answer = holder.post(address, given, format="json")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.json()
    assert client_of(officer_of("DE")).post(address, AMENDMENT, format="json").status_code == 403
    assert client_of(officer_of("JP")).post(address, AMENDMENT, format="json").status_code == 404


def test_it_is_extended_replaced_and_given_up(licence: Licence, client_of: ClientOf, exporter: User) -> None:
    holder, home = client_of(exporter), f"/api/v1/licences/{licence.number}/"
    last = (licence.valid_until + timedelta(days=30)).isoformat()
    made = holder.post(f"{home}changes/", {**EXTENDED, "valid_until": last}, format="json").json()
    assert [one["member"] for one in made["consents"]] == ["FR", "US"]
    back = holder.post(f"/api/v1/licence-changes/{made['reference']}/withdrawal/", format="json")
    assert back.json()["status"] == "withdrawn"
    draft = holder.post(f"{home}replacement/", format="json")
    assert (draft.status_code, draft.json()["status"]) == (201, "draft")
    assert Application.objects.get(replaces=licence).reference == draft.json()["reference"]
    assert holder.post(f"{home}replacement/", format="json").status_code == 409
    stale = holder.post(f"{home}surrender/", GIVEN_UP, format="json", HTTP_IF_MATCH='"0"')
    assert (stale.status_code, Licence.objects.get().status) == (412, "issued")
    tag = holder.get(home)["ETag"]
    given = holder.post(f"{home}surrender/", GIVEN_UP, format="json", HTTP_IF_MATCH=tag).json()
    assert (given["status"], given["reason"]) == ("surrendered", GIVEN_UP["reason"])
    assert holder.post(f"{home}surrender/", GIVEN_UP, format="json").status_code == 409


def test_its_issuer_suspends_reinstates_and_revokes_it(
    licence: Licence, client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    decider, home = client_of(officer_of("DE", Role.DECIDER)), f"/api/v1/licences/{licence.number}/"
    for act, example, status in (
        ("suspension", SUSPENDED, "suspended"),
        ("reinstatement", REINSTATED, "issued"),
        ("revocation", SUSPENDED, "revoked"),
    ):
        wrong = decider.post(f"{home}{act}/", {"reason": " "}, format="json")
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "reason")
        assert client_of(exporter).post(f"{home}{act}/", example, format="json").status_code == 403
        assert (
            client_of(officer_of("FR", Role.DECIDER))
            .post(f"{home}{act}/", example, format="json")
            .status_code
            == 403
        )
        answer = decider.post(f"{home}{act}/", example, format="json").json()
        assert (answer["status"], answer["reason"]) == (status, example["reason"])
    assert decider.post(f"{home}reinstatement/", REINSTATED, format="json").status_code == 409


def test_customs_say_that_it_is_used_up(licence: Licence, client_of: ClientOf, officer_of: OfficerOf) -> None:
    customs = client_of(officer_of("FR", Role.CUSTOMS_OFFICER))
    answer = customs.post(f"/api/v1/licences/{licence.number}/exhaustion/", USED_UP, format="json")
    assert (answer.status_code, answer.json()["status"]) == (200, "exhausted")


def test_a_holder_asks_one_more_member_to_let_it_hold_there(
    licence: Licence, client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    holder, home = client_of(exporter), f"/api/v1/licences/{licence.number}/consents/"
    japan = client_of(officer_of("JP", Role.DECIDER))
    assert japan.get(home).status_code == 404
    for wrong, pointer in (
        ({"member": "DE"}, "member"),
        ({"reason": "Please"}, "reason"),
        ({"to": "JP"}, "to"),
    ):
        answer = holder.post(home, {**WIDENING, **wrong}, format="json")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    german = client_of(officer_of("DE"), "licences:read", "licences:write")
    assert "holder" in german.post(home, WIDENING, format="json").json()["detail"]
    asked = holder.post(home, WIDENING, format="json")
    assert (asked.status_code, asked.json()["status"], asked.json()["member"]) == (201, "asked", "JP")
    assert holder.post(home, WIDENING, format="json").status_code == 409
    (row,) = japan.get(home).json()["results"]  # it reads the case, and so the licence, from now on
    assert japan.get(f"{home}{row['uid']}/").json()["asked_because"] == WIDENING["reason"]
    assert "JP" not in holder.get(f"/api/v1/licences/{licence.number}/").json()["territory"]
