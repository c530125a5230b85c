"""Partners read that a licence is provisional, and refuse or confirm it from their own systems."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from licensing.models import ProvisionalGrant
from members.models import Organisation, Role, User
from tests import journeys
from tests.escalation import relief
from tests.licensing.conftest import GRANT
from tests.standing import stays

ClientOf = Callable[..., APIClient]
REASON = "The consignee could not be reached at its address."


@stays
def grant(in_force: None, exporter: User, organisation: Organisation) -> ProvisionalGrant:
    return relief.granted(exporter, organisation)


@pytest.fixture(autouse=True)
def _an_hour_later(grant: ProvisionalGrant):
    with journeys.at(grant.granted_at + timedelta(hours=1)):
        yield


def test_a_partner_refuses_with_a_reason(
    grant: ProvisionalGrant, client_of: ClientOf, officer_of: Callable[..., User]
) -> None:
    path = f"/api/v1/cases/{grant.case.reference}/provisional/refusal/"
    denied = client_of(officer_of("FR")).post(path, {"reason": REASON}, format="json")
    assert (denied.status_code, denied.json()["detail"]) == (
        403,
        "Only a decider can confirm this for a member.",
    )
    client = client_of(officer_of("FR", Role.DECIDER))
    short = client.post(path, {"reason": "No."}, format="json")
    assert (short.status_code, short.json()["errors"][0]["pointer"]) == (422, "reason")
    assert client.post(path, {"reason": REASON}, format="json").json()["status"] == "on_hold"
    assert client.post(path, {"reason": REASON}, format="json").status_code == 409
    licence = client.get(f"/api/v1/licences/{grant.licence.number}/").json()
    assert (licence["effective_status"], licence["reason"]) == ("revoked", REASON)
    other = client_of(officer_of("JP", Role.DECIDER)).post(path, {"reason": REASON}, format="json")
    assert other.status_code == 404


def test_partners_of_two_members_confirm_it(
    grant: ProvisionalGrant, client_of: ClientOf, officer_of: Callable[..., User]
) -> None:
    lead, second = client_of(officer_of("DE", Role.DECIDER)), client_of(officer_of("FR", Role.DECIDER))
    path = f"/api/v1/licences/{grant.licence.number}/"
    told = lead.get(path).json()
    assert (told["provisional"], told["confirmed_at"], told["renewable"]) == (True, None, False)
    proposed = lead.post(f"/api/v1/cases/{grant.case.reference}/decisions/", GRANT, format="json")
    assert proposed.status_code == 201
    signed = second.post(f"/api/v1/decisions/{proposed.json()['uid']}/countersignature/")
    assert signed.status_code == 200
    told = second.get(path).json()
    assert (told["provisional"], told["effective_status"]) == (False, "issued")
    assert told["lines"][0]["quantity"] == "4.000"
