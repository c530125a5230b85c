"""A holder's system reads what is left of a licence, line by line."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from licensing.models import Licence
from tests.api.conftest import client_of
from tests.enforcement.conftest import declared
from tests.licensing.conftest import Desk

__all__ = ["client_of"]
pytestmark = pytest.mark.usefixtures("db")


def test_usage_tells_what_declared_shipments_hold(
    answered: Desk, licence: Licence, client_of: Callable[..., APIClient]
) -> None:
    line = licence.lines.get()
    exporter = answered.case.application.created_by
    declared(exporter, licence, quantities={line.line: line.quantity / 4})
    (told,) = client_of(exporter).get(f"/api/v1/licences/{licence.number}/usage/").json()
    assert (told["line"], told["unit"], Decimal(told["licensed"])) == (line.line, line.unit, line.quantity)
    assert Decimal(told["declared"]) == line.quantity / 4
    assert Decimal(told["shipped"]) == 0
    assert Decimal(told["left"]) == line.quantity * 3 / 4
