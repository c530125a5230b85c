"""Officers' systems ask for and perform pre-shipment checks, and judge what is said of deliveries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from api.views import checks as given
from api.views import confirmations
from core import clock
from enforcement.models import DeliveryVerification, MonitorLink, Shipment
from enforcement.policies import can_judge
from licensing.models import Licence
from members.models import Organisation, User
from tests.api.test_exemptions import acts_of, pointer, sent, told
from tests.enforcement.conftest import confirmed, customs, declared, departed, inspector, licence
from tests.licensing.conftest import OfficerOf, answered, desk

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]


def test_a_check_is_asked_for_found_and_performed_by_another(
    licence: Licence, client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    shipment, both = declared(exporter, licence), inspector()
    asking, same, other = client_of(both), client_of(both), client_of(inspector())
    asked = {**given.ASKED, "licence": licence.number}
    for changes, field in (
        ({"licence": "EL-0000-0000"}, "licence"),
        ({"destination": "SG"}, "destination"),
        ({"exporter": "HRB none"}, "exporter"),
        ({"exporter": organisation.registration_number}, "exporter"),
        ({"reason": " "}, "reason"),
        ({"provider": "HRB 1"}, "provider"),
    ):
        assert pointer(sent(asking, "/checks/", {**asked, **changes})) == field
    assert pointer(sent(asking, "/checks/", {**given.BY_DESTINATION, "destination": "XQ"})) == "destination"
    assert sent(client_of(exporter), "/checks/", asked).status_code == 403
    check = sent(asking, "/checks/", asked).json()
    home = f"/checks/{check['reference']}/"
    assert (check["status"], check["licence"], check["holds_up"]) == (
        "asked",
        licence.number,
        [shipment.reference],
    )
    [row] = other.get("/api/v1/checks/?status=asked").json()["results"]
    assert row["reference"] == check["reference"]
    why = "You asked for this check: another person performs it."
    assert acts_of(same, home)["perform_check"]["reason"] == why
    assert told(sent(same, f"{home}performance/", given.PERFORMED)) == (403, why)
    assert sent(client_of(inspector("FR")), f"{home}performance/", given.PERFORMED).status_code == 404
    assert pointer(sent(other, f"{home}performance/", {**given.PERFORMED, "result": "good"})) == "result"
    found = {"result": "unfavourable", "found": "The boxes hold other goods."}
    performed = sent(other, f"{home}performance/", found).json()
    assert (performed["result"], performed["blocks"], performed["acts"]) == ("unfavourable", True, [])
    assert Shipment.objects.get(pk=shipment.pk).status == "stopped"
    assert sent(other, f"{home}performance/", found).status_code == 403


def test_who_asked_withdraws(licence: Licence, client_of: ClientOf, organisation: Organisation) -> None:
    asking = client_of(customs())
    of_all = {"exporter": organisation.registration_number, "reason": given.ASKED["reason"]}
    home = f"/checks/{sent(asking, '/checks/', of_all).json()['reference']}/"
    assert sent(client_of(customs()), f"{home}withdrawal/", given.WITHDRAWN).status_code == 403
    tag, address = asking.get(f"/api/v1{home}")["ETag"], f"/api/v1{home}withdrawal/"
    stale = asking.post(address, given.WITHDRAWN, format="json", HTTP_IF_MATCH='"0"')
    assert stale.status_code == 412
    withdrawn = asking.post(address, given.WITHDRAWN, format="json", HTTP_IF_MATCH=tag).json()
    assert (withdrawn["status"], withdrawn["exporter"]) == ("withdrawn", organisation.name)
    assert withdrawn["found"] == given.WITHDRAWN["reason"]


def test_a_confirmation_is_judged_by_who_neither_said_it_nor_named_its_monitor(
    licence: Licence, client_of: ClientOf, exporter: User, officer_of: OfficerOf
) -> None:
    gone = departed(exporter, licence)
    said = confirmed(exporter, gone)
    home, officer = f"/confirmations/{said.uid}/", officer_of("DE")
    judge = client_of(officer)
    [row] = judge.get("/api/v1/confirmations/?status=confirmed").json()["results"]
    assert (row["uid"], row["shipment"], row["licence"]) == (str(said.uid), gone.reference, licence.number)
    assert row["monitored"] is False  # and not null, as if it were not known
    whole = judge.get(f"/api/v1{home}").json()
    assert (whole["third_contact"], whole["lines"][0]["line"]) == ("mei.tan@harbour-survey.example", 1)
    [photo] = whole["documents"]
    assert judge.get(f"/api/v1/documents/{photo['uid']}/content/").status_code == 200
    assert client_of(exporter).get(f"/api/v1{home}").json()["acts"] == []
    assert sent(client_of(exporter), f"{home}acceptance/", confirmations.LOOKED_AT).status_code == 403
    assert sent(client_of(officer_of("FR")), f"{home}acceptance/", confirmations.LOOKED_AT).status_code == 403
    assert sent(client_of(officer_of("JP")), f"{home}acceptance/", confirmations.LOOKED_AT).status_code == 404
    assert pointer(sent(judge, f"{home}rejection/", {"remark": ""})) == "remark"
    rejected = sent(judge, f"{home}rejection/", confirmations.NOT_ENOUGH).json()
    assert (rejected["status"], rejected["remark"]) == ("rejected", confirmations.NOT_ENOUGH["remark"])
    assert sent(judge, f"{home}acceptance/", confirmations.LOOKED_AT).status_code == 403
    again = confirmed(exporter, gone)
    href = acts_of(judge, f"/confirmations/{again.uid}/")["accept_delivery"]["href"]
    tag = judge.get(f"/api/v1/confirmations/{again.uid}/")["ETag"]
    accepted = judge.post(href, confirmations.LOOKED_AT, format="json", HTTP_IF_MATCH=tag)
    assert accepted.json()["status"] == "accepted"


def test_nobody_judges_what_a_monitor_says_whom_their_deputy_named_for_them() -> None:
    judge, named, now = inspector(), inspector(), clock.now()
    shipment = Shipment(licence=Licence(issued_by_id="DE"))
    link = MonitorLink(shipment=shipment, asked_by=named, asked_at=now)
    said = DeliveryVerification(shipment=shipment, monitor=link)
    said.__dict__["status"] = "confirmed"
    for hours, allowed in ((1, False), (-1, True)):
        away = (named.pk, now - timedelta(days=1), now + timedelta(hours=hours))
        judge.__dict__["deputies"] = (away,)
        assert can_judge(judge, said).allowed is allowed
