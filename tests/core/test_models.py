"""Writing many rows at once writes what saving each would have written."""

from datetime import UTC, datetime, timedelta

import pytest

from core.models import write_many
from deadlines.models import DueInstant
from tests.factories import JurisdictionFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_each_row_gets_its_own_values_and_no_other_field_is_touched() -> None:
    rows = [
        DueInstant.objects.create(
            kind="thing.window", aggregate="thing:1", subject=f"part:{number}", due_at=NOON, start_at=NOON,
            inputs={}, explanation=[],
        )
        for number in range(3)
    ]  # fmt: skip
    for number, row in enumerate(rows[:2]):
        row.owner_label, row.applied_at = f"o'ne {number}", NOON + timedelta(hours=number)
        row.inputs, row.parked_error = {"said": [number]}, "not written"
    assert write_many(rows[:2], ["owner_label", "applied_at", "inputs"]) == 2
    found = DueInstant.objects.order_by("pk").values_list(
        "owner_label", "applied_at", "inputs", "parked_error"
    )
    assert list(found) == [
        ("o'ne 0", NOON, {"said": [0]}, ""),
        ("o'ne 1", NOON + timedelta(hours=1), {"said": [1]}, ""),
        ("", None, {}, ""),
    ]
    rows[0].applied_at = None
    assert write_many(rows[:1], ["applied_at"]) == 1
    assert DueInstant.objects.get(pk=rows[0].pk).applied_at is None


def test_rows_that_are_gone_are_not_counted_and_no_rows_are_no_statement() -> None:
    assert write_many([], ["name"]) == 0
    gone = JurisdictionFactory(code="NL")
    gone.delete()
    gone.pk = "NL"
    assert write_many([gone], ["name"]) == 0
