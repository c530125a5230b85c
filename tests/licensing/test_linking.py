"""The same end-user in two members within 90 days is told to both leads."""

from datetime import timedelta

import pytest
import time_machine

from core import clock
from correspondence.models import Notice
from ledger.models import Event, FeedEntry
from licensing.models import LinkedCase
from members.models import Membership, Role
from tests import factories, journeys
from tests.licensing.conftest import Desk, OfficerOf


def second(days: int, **other: str) -> None:
    """A French exporter files for the same end-user, or another, some days later."""
    french = factories.OrganisationFactory(jurisdiction=factories.JurisdictionFactory(code="FR"))
    person = factories.exporter_of(french, Membership.Role.ADMINISTRATOR)
    content = journeys.dossier()
    for party in content["parties"]:
        party.update(other)
    with time_machine.travel(clock.now() + timedelta(days=days)):
        journeys.file(person, french, content)


def test_both_leads_are_told_and_nobody_else(desk: Desk, officer_of: OfficerOf) -> None:
    decider = officer_of("DE", Role.DECIDER)
    second(89)
    here, there = LinkedCase.objects.order_by("pk")
    assert (here.case, here.other) == (there.other, there.case)
    assert LinkedCase.objects.visible_to(decider).get().case == desk.case  # type: ignore[attr-defined]
    assert not LinkedCase.objects.visible_to(officer_of("US")).exists()  # type: ignore[attr-defined]
    heard = FeedEntry.objects.filter(event__type="case.linked").values_list("audience", flat=True)
    assert sorted(heard) == ["jurisdiction:DE", "jurisdiction:FR"]
    notice = Notice.objects.get(recipient=decider, subject__contains="same end-user")
    assert "France leads a case" in notice.text
    assert here.other.reference not in notice.text


@pytest.mark.parametrize(("days", "other"), [(91, {}), (1, {"name": "Wholly Other Instruments"})])
def test_later_or_another_end_user_is_no_link(desk: Desk, days: int, other: dict[str, str]) -> None:
    second(days, **other)
    assert not LinkedCase.objects.exists()
    assert not Event.objects.filter(type="case.linked").exists()
