"""Customs' systems draw of licences over the API, and exporters' ask before they ship."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api.examples import CORRECTION, DRAWN, PRE_SHIPMENT, RESERVATION
from enforcement.models import Reservation
from licensing.models import Licence
from members.models import User
from tests.enforcement.conftest import WHY, customs, licence
from tests.licensing.conftest import answered, desk

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]


def test_a_gateway_reserves_confirms_corrects_and_cancels(
    licence: Licence, client_of: ClientOf, exporter: User
) -> None:
    gate, address = client_of(customs()), f"/api/v1/licences/{licence.number}/reservations/"
    key = {"HTTP_IDEMPOTENCY_KEY": "one-declaration"}
    made = gate.post(address, RESERVATION, format="json", **key)
    assert made.status_code == 201, made.json()
    assert gate.post(address, RESERVATION, format="json", **key).json() == made.json()
    twice = gate.post(address, RESERVATION, format="json")
    assert (twice.status_code, Reservation.objects.count()) == (409, 1), (
        "a declaration reserves once of a line"
    )
    own = f"{address}{made.json()['uid']}/"
    assert gate.post(f"{own}confirmation/", DRAWN, format="json").json()["drawn"] == "1.000"
    assert gate.post(f"{own}release/", {"reason": WHY}, format="json").status_code == 403
    corrected = gate.post(f"{own}correction/", {**CORRECTION, "quantity": "2"}, format="json").json()
    assert [one["kind"] for one in corrected["lines"]] == ["original", "adjusted"]
    assert gate.post(f"{own}cancellation/", {"reason": WHY}, format="json").json()["status"] == "cancelled"
    holder = client_of(exporter)
    (row,) = holder.get(f"{address}?status=cancelled&member=DE").json()["results"]
    assert (row["office"], row["drawn"]) == ("DE004851", "0.000")
    assert holder.get(f"{address}?status=reserved").json()["results"] == []
    assert holder.post(address, RESERVATION, format="json").status_code == 403
    assert gate.post(address, RESERVATION, format="json").status_code == 201, "a contra frees the declaration"


def test_a_gateway_acts_on_the_reservation_it_read(licence: Licence, client_of: ClientOf) -> None:
    gate, address = client_of(customs()), f"/api/v1/licences/{licence.number}/reservations/"
    own = f"{address}{gate.post(address, RESERVATION, format='json').json()['uid']}/"
    read = gate.get(own).headers["ETag"]
    late = gate.post(f"{own}confirmation/", DRAWN, format="json", HTTP_IF_MATCH='"of-another-time"')
    assert (late.status_code, late.headers["ETag"]) == (412, read)
    assert gate.post(f"{own}confirmation/", DRAWN, format="json", HTTP_IF_MATCH=read).status_code == 200
    assert gate.post(f"{own}correction/", CORRECTION, format="json", HTTP_IF_MATCH=read).status_code == 412


def test_each_refusal_tells_its_codes(licence: Licence, client_of: ClientOf) -> None:
    address = f"/api/v1/licences/{licence.number}/reservations/"
    refused = client_of(customs("JP")).post(address, {**RESERVATION, "office": "JP004851"}, format="json")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-covered/")
    assert [one["code"] for one in refused.json()["reasons"]] == ["not_valid_here"]
    over = client_of(customs()).post(address, {**RESERVATION, "quantity": "9999"}, format="json").json()
    assert [(one["code"], one["line"]) for one in over["reasons"]] == [("over_limit", 1)]
    wrong = client_of(customs()).post(address, {**RESERVATION, "office": "ZZ9"}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "office")
    unknown = client_of(customs()).post("/api/v1/licences/EL-0/reservations/", RESERVATION, format="json")
    assert unknown.status_code == 404


def test_the_check_before_goods_leave_answers_go_or_no_go(
    licence: Licence, client_of: ClientOf, exporter: User
) -> None:
    asked = {**PRE_SHIPMENT, "licence": licence.number}
    for person in (exporter, customs()):
        told = client_of(person).post("/api/v1/pre-shipment-check/", asked, format="json").json()
        assert (told["verdict"], told["reasons"], told["licence"]) == ("go", [], licence.number)
    unlicensed = {
        **asked,
        "licence": "",
        "goods": [{"control_code": "6A003", "quantity": "1", "unit": "NAR"}],
    }
    told = client_of(customs()).post("/api/v1/pre-shipment-check/", unlicensed, format="json").json()
    assert (told["verdict"], [one["code"] for one in told["reasons"]]) == ("no_go", ["no_cover"])
