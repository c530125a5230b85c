"""A provider's allowance: the formula, what it reads, and that it bites when a waiver is drafted and granted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from alliance.models import Declaration
from core import clock
from core.errors import Blocked, Invalid
from exemptions import allowances, reporting, waiving
from exemptions.allowances import LEAST, POINTS, Record, share_of
from exemptions.models import Waiver
from members.models import Organisation, User
from tests import journeys
from tests.crises import seat
from tests.exemptions.test_waivers import FOUND, drafted, granted, singapore
from tests.licensing.conftest import desk

__all__ = ["desk", "singapore"]
in_force = pytest.mark.usefixtures("in_force")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOURS = st.integers(0, 500).map(lambda hours: NOON + timedelta(hours=hours))
LAPSES = st.lists(st.tuples(st.sampled_from(sorted(POINTS)), HOURS), max_size=12).map(tuple)
MET = st.lists(HOURS, max_size=12).map(tuple)


@given(LAPSES, MET)
def test_a_share_lies_between_a_quarter_and_the_whole_and_another_lapse_never_adds(
    lapses: tuple[tuple[str, datetime], ...], met: tuple[datetime, ...]
) -> None:
    before = share_of(Record(lapses, met))
    assert LEAST <= before.percent <= 100
    for kind in POINTS:
        assert share_of(Record((*lapses, (kind, NOON + timedelta(days=60))), met)).percent <= before.percent
    assert share_of(Record(lapses, (*met, NOON + timedelta(days=60)))).percent >= before.percent
    assert share_of(Record(lapses, met, ("SH-1",))).percent == 0
    assert before.of(Decimal("1000.001")) <= Decimal("1000.001")
    assert (before.whole and not before.regain) or before.regain


@in_force
def test_whoever_reports_late_gets_less_next_time(
    singapore: Declaration, organisation: Organisation, exporter: User
) -> None:
    first = granted(singapore, organisation)
    assert (first.cap, first.asked_cap, first.share) == (10_000_000, 10_000_000, 100)
    due = first.reports.order_by("number").first()
    assert due is not None
    with journeys.at(due.due_at + timedelta(hours=1)):
        missing = allowances.share_for(organisation)
        assert missing.percent == 80, "a report that is missing counts before the clock has come to it"
        reporting.file(actor=exporter, waiver=first, used=Decimal(1), found=FOUND)
        late = allowances.share_for(organisation)
        assert late.percent == 65, "ten for being late, twenty-five while the waiver is suspended"
        assert [line.kind for line in late.lines] == ["report_late", "waiver_broken"]
        second = drafted(singapore, organisation)
        assert (second.cap, second.asked_cap, second.share) == (6_500_000, 10_000_000, 65)
    with journeys.at(due.due_at + allowances.LOOK_BACK + timedelta(days=90)):
        lines = {line.kind for line in allowances.share_for(organisation).lines}
        assert "report_late" not in lines, "after two years it no longer counts"


@in_force
def test_an_unverified_delivery_leaves_no_new_waiver_and_none_granted_that_was_drafted(
    singapore: Declaration, organisation: Organisation
) -> None:
    waiting = drafted(singapore, organisation)
    allowances.expect(holder=organisation, source_ref="shipment:1", label="SH-2345-6789", due_at=clock.now())
    with pytest.raises(Invalid) as error:
        drafted(singapore, organisation)
    assert "SH-2345-6789" in error.value.fields["holder"][0]
    assert "Confirm these deliveries" in error.value.fields["holder"][0], "the next step is said"
    with pytest.raises(Blocked, match="allowance has fallen"):
        waiving.grant(actor=seat("FR"), waiver=waiting)
    allowances.confirmed(source_ref="shipment:1", at=clock.now())
    assert drafted(singapore, organisation).share == 90


@in_force
def test_the_database_holds_the_cap_to_the_share(singapore: Declaration, organisation: Organisation) -> None:
    whole = drafted(singapore, organisation)
    kept = {field.name: getattr(whole, field.name) for field in Waiver._meta.fields}
    for changes in ({"share": 90}, {"asked_cap": None, "share": 90}, {"share": 10}):
        row = Waiver(**{**kept, "id": None, "uid": "0" * 32, "reference": "WV-0000-0000", **changes})
        with pytest.raises(IntegrityError, match="within_allowance"), transaction.atomic():
            row.save()
