"""A holder's system asks a monitor for a delivery, reads how the link stands, sends it again, and revokes it."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api.examples import MONITOR
from licensing.models import Licence
from members.models import User
from tests.enforcement.conftest import answered, departed, desk, licence

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")


def test_a_system_asks_a_monitor_sends_the_link_again_and_revokes_it(
    licence: Licence, exporter: User, client_of: Callable[..., APIClient]
) -> None:
    shipment, client = departed(exporter, licence), client_of(exporter)
    path = f"/api/v1/shipments/{shipment.reference}/monitor/"
    wrong = client.post(path, {**MONITOR, "email": exporter.email}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "email")
    asked = client.post(path, MONITOR, format="json")
    assert (asked.status_code, [one["state"] for one in asked.json()["monitors"]]) == (201, ["queued"])
    assert MONITOR["email"] not in asked.content.decode()
    again = client.post(f"{path}renewal/", format="json")
    assert (again.status_code, {one["state"] for one in again.json()["monitors"]}) == (
        201,
        {"queued", "revoked"},
    )
    revoked = client.post(f"{path}revocation/", format="json")
    assert (revoked.status_code, {one["state"] for one in revoked.json()["monitors"]}) == (200, {"revoked"})
    assert client.post(f"{path}renewal/", format="json").status_code == 403  # it is over: name one anew
    assert client.post(f"{path}revocation/", format="json").status_code == 409
