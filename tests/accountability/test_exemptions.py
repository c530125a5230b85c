"""Exemptions are told as the log has them, by ground and region, and nothing small follows from what is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accountability import exemptions
from accountability.periods import Quarter
from accountability.regions import REGIONS, region_of
from alliance import selectors as alliance
from core.actors import CLOCK
from core.audience import NOBODY
from core.errors import NotFound
from core.models import ref
from ledger import services as ledger
from ledger.models import Delivery, Event
from licensing.models import Case
from members.models import Organisation, User
from tests import journeys
from tests.standing import stays
from tests.workbench.test_backlog import WATER

pytestmark = pytest.mark.usefixtures("in_force")
THEN = datetime(2026, 8, 3, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
Q3 = Quarter(2026, 3)


def filed(
    exporter: User, organisation: Organisation, supply: str = "water", kind: str = "humanitarian"
) -> Case:
    content = journeys.dossier()
    content["ground"] = {**WATER, "supply": supply} if kind == "humanitarian" else {"kind": kind}
    return journeys.file(exporter, organisation, content)


def happened(type: str, case: Case, **facts: Any) -> None:
    """Write an event that nobody acts upon: only what is counted matters here."""
    with transaction.atomic():
        ledger.record(type, actor=CLOCK, subject=case, aggregate=ref(case), audience=NOBODY, facts=facts)
        Delivery.objects.filter(event__aggregate=ref(case), event__type=type).delete()


@stays
def aid(exporter: User, organisation: Organisation) -> list[Case]:
    """Six cases of water and one of food to Singapore in a quarter that is over, five granted, one refused; one
    without a ground, granted; one of shelter in the quarter that runs."""
    with time_machine.travel(THEN, tick=False):
        cases = [filed(exporter, organisation) for _number in range(6)]
        cases.append(filed(exporter, organisation, "food"))
        plain = filed(exporter, organisation, kind="none")
        for case in [*cases[:5], plain]:
            happened("case.decided", case, kind="grant")
        happened("case.decided", cases[5], kind="refuse")
        happened("provisional.granted", cases[6])
        happened("provisional.repealed", cases[6])
    with time_machine.travel(NOW, tick=False):
        filed(exporter, organisation, "shelter")
    return cases


def test_the_true_numbers_are_those_of_the_log(aid: list[Case]) -> None:
    with time_machine.travel(NOW, tick=False):
        true = exemptions.counted(Q3)
    assert dict(true.numbers) == {
        ("asked", "aid-water", "asia"): 6,
        ("asked", "aid-food", "asia"): 1,
        ("granted", "aid-water", "asia"): 5,
        ("denied", "aid-water", "asia"): 1,
        ("provisional", "aid-food", "asia"): 1,
        ("repealed", "aid-food", "asia"): 1,
    }
    own = Event.objects.filter(at__gte=Q3.first, at__lt=Q3.next.first)
    free = {"asked": 1, "granted": 1}  # of the case without a ground
    for outcome, which in (
        ("asked", {"type": "application.registered"}),
        ("granted", {"type": "case.decided", "facts__kind": "grant"}),
    ):
        number = own.filter(**which).count()
        assert (
            sum(true.by(outcome, 1).values()) == sum(true.by(outcome, 2).values()) == number - free[outcome]
        )


def test_what_is_published_is_true_and_keeps_what_is_small(aid: list[Case]) -> None:
    with time_machine.travel(NOW, tick=False):
        true, told = exemptions.counted(Q3), exemptions.published(Q3)
    for place, found in ((1, told.by_ground), (2, told.by_region)):
        for outcome, row in found.items():
            numbers = true.by(outcome, place)
            assert all(part in (None, numbers[name]) for name, part in row.parts.items())
            assert row.total in (None, sum(numbers.values()))
            assert not [
                name for name, number in numbers.items() if number < 5 and row.parts[name] is not None
            ]
            held = [name for name, part in row.parts.items() if part is None]
            assert row.total is None or len(held) != 1, "one alone would follow from the sum"
    assert told.by_ground["denied"].total is told.by_region["denied"].total is None
    assert told.by_ground["asked"].total == told.by_region["asked"].total


def test_a_quarter_that_runs_is_not_told_and_one_that_is_over_does_not_change(
    aid: list[Case], exporter: User, organisation: Organisation
) -> None:
    with time_machine.travel(NOW, tick=False):
        with pytest.raises(NotFound):
            exemptions.published(Quarter(2026, 4))
        before = exemptions.published(Q3)
        for _number in range(3):
            filed(exporter, organisation)
        assert exemptions.published(Q3) == before
        assert exemptions.quarters() == [Q3]


def test_times_are_told_where_enough_were_decided() -> None:
    few = exemptions.Counted(exemptions.Counter(), [1.5, 2.0, 3.0, 40.0])
    many = exemptions.Counted(exemptions.Counter(), [float(hour) for hour in range(1, 101)])
    for true, told in ((few, (None, None, None)), (many, (100, 50, 95))):
        with pytest.MonkeyPatch.context() as patch, time_machine.travel(NOW, tick=False):
            patch.setattr(exemptions, "counted", lambda quarter, true=true: true)
            found = exemptions.published(Q3)
        assert (found.decided, found.half, found.p95) == told


def test_more_events_take_no_more_queries(
    aid: list[Case], exporter: User, organisation: Organisation
) -> None:
    counts = []
    for _round in range(2):
        with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as captured:
            exemptions.counted(Q3)
        counts.append(len(captured))
        with time_machine.travel(THEN + timedelta(days=1), tick=False):
            filed(exporter, organisation)
    assert counts == [2, 2]


def test_the_page_and_its_json_say_the_same_and_rubbish_is_not_found(aid: list[Case], client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        page = client.get("/exemptions/").content.decode()
        told = client.get("/exemptions/?format=json").json()
        assert told["quarter"] == "2026-Q3"
        assert set(told["by_ground"]) == set(exemptions.OUTCOMES)
        assert "By region of the destination" in page
        rows = [*told["by_region"].values(), *told["by_ground"].values()]
        numbers = [number for row in rows for number in (row["total"], *row["parts"].values())]
        assert len(re.findall(r"not told\s*</", page)) == numbers.count(None) > 0
        for rubbish in ("2026-Q5", "2026-Q4", "x", "9999-Q1", "2026-Q3'--"):
            assert client.get("/exemptions/", {"quarter": rubbish}).status_code == 404, rubbish


@pytest.mark.django_db
def test_without_a_quarter_that_is_over_the_page_says_so(client: Client) -> None:
    assert "No quarter with an exemption is over yet" in client.get("/exemptions/").content.decode()


def test_every_country_lies_in_one_region() -> None:
    codes = [one.code for one in alliance.countries()]
    assert {region_of([code]) for code in codes} == set(REGIONS) - {"several"}
    assert region_of(["SG", "DE"]) == region_of([]) == region_of(["ZZ"]) == "several"
