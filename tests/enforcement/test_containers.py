"""Containers of a shipment: their check digits, at the place of each, on the page and over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from core.errors import Invalid
from enforcement.models import Shipment
from licensing.models import Licence
from members.models import User
from portal.forms.shipments import ShipmentForm
from tests.enforcement.conftest import declared

pytestmark = pytest.mark.usefixtures("in_force")


def test_a_container_whose_check_digit_is_wrong_is_named_and_a_right_one_is_kept(
    licence: Licence, exporter: User
) -> None:
    with pytest.raises(Invalid) as refused:
        declared(exporter, licence, containers=["csqu 305438-3", "CSQU3054384", "CSQU3054383", "BOX 1"])
    fields: dict[str, Any] = dict(refused.value.fields)
    assert set(fields) == {"containers[1]", "containers[2]", "containers[3]"}
    assert "check digits of this number do not fit" in fields["containers[1]"][0]
    assert "named twice" in fields["containers[2]"][0]
    form = ShipmentForm(licence=licence, left=[])
    form.lines = {"line_1": 1}
    assert len(form.named(fields)["containers"]) == 3
    shipment = declared(exporter, licence, containers=["csqu 305438-3"])
    assert Shipment.objects.get(pk=shipment.pk).containers == ["CSQU3054383"]
    with pytest.raises(ProgrammingError, match="kept as they were declared"), transaction.atomic():
        Shipment.objects.filter(pk=shipment.pk).update(containers=[])
