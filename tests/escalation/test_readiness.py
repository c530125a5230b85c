"""How ready a member is: each part counts what it says, and what is missing is named until it is mended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alliance import adopting
from core import clock
from escalation.readiness import Readiness, readiness
from members.models import Authority, Role, Shift
from tests import crises, factories

pytestmark = pytest.mark.usefixtures("in_force")


def of(code: str) -> Readiness:
    return next(row for row in readiness() if row.member.code == code)


def score(code: str, part: str) -> int:
    return next(one.score for one in of(code).parts if one.key == part)


def test_a_set_counts_once_the_member_is_prepared_for_it() -> None:
    assert score("DE", "measures") == 0
    named = [item.text for item in of("DE").missing]
    assert any("Tightening of an embargo" in text for text in named)
    adopting.state_preparedness(
        actor=crises.decider("DE"), set_key="embargo-tightening", legal_reference=crises.LAW
    )
    assert score("DE", "measures") == 25
    assert not any("Tightening of an embargo" in item.text for item in of("DE").missing)
    assert score("FR", "measures") == 0


def test_the_rota_counts_the_hours_promised() -> None:
    assert score("DE", "rota") == 0
    now = clock.now()
    for authority in Authority.objects.filter(jurisdiction="DE"):
        person = factories.officer_of("DE", Role.ADVISER, ministry=authority.ministry)
        Shift.objects.create(
            authority=authority,
            person=person,
            starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(days=8),
        )
    assert score("DE", "rota") == 100


def test_one_who_decides_alone_is_named_until_there_are_two() -> None:
    crises.decider("DE")
    assert score("DE", "deputies") == 0
    assert any("one person alone is decider" in item.text for item in of("DE").missing)
    crises.decider("DE")
    assert score("DE", "deputies") == 100


def test_the_score_is_the_mean_of_its_parts_and_takes_few_queries() -> None:
    rows = readiness()
    for row in rows:
        assert row.score == round(sum(part.score for part in row.parts) / len(row.parts))
        assert all(item.text and item.act and item.path.startswith("/") for item in row.missing)
    with CaptureQueriesContext(connection) as captured:
        readiness()
    assert len(captured) <= 15
