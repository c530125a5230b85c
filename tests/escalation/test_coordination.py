"""Coordination of members, counted: time to align, spread of first positions, share inside the window."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from escalation import coordination
from escalation.models import Exercise
from licensing.models import Consultation, Position
from tests import crises as crisis_makers
from tests import factories, journeys
from tests.crises import seat
from tests.escalation.test_exits import with_plan
from tests.examples import examples
from tests.licensing.conftest import OBJECTION
from tests.workbench.conftest import Desk, desk, signed_in

__all__ = ["desk", "signed_in"]


class Said:
    """A consultation as far as it is counted."""

    def __init__(self, case: int, member: str, kind: str | None, hours: float, *, tier: int = 0) -> None:
        begin = clock.now().replace(microsecond=0)
        self.case_id, self.jurisdiction_id, self.tier, self.round = case, member, tier, 1
        self.opened_at, self.status = begin, "answered" if kind else "lapsed"
        said = Position(kind=kind or "deemed_no_objection", taken_at=begin + timedelta(hours=hours))
        said.pk, said.taken_by_id = 1, 7 if kind else None
        self.positions = type("Rows", (), {"all": lambda _self: [said]})()


KINDS = ("no_objection", "approve_with_conditions", "object", "abstain", None)


def test_three_members_of_whom_one_disagrees() -> None:
    with journeys.at(clock.now()):
        found = coordination.of(
            [
                Said(1, "FR", "no_objection", 2),
                Said(1, "US", "no_objection", 8),
                Said(1, "JP", "object", 5),
                Said(2, "FR", "abstain", 1),
                Said(2, "US", None, 0),
                Said(2, "US", "object", 9, tier=1),
            ]  # type: ignore[list-item]
        )
    assert (found.cases, found.aligned, found.align_hours) == (2, 1, 8)
    assert (found.pairs, found.spread_percent) == (3, 66.7)
    assert (found.windows, found.in_window_percent) == (6, 83.3)


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from(("FR", "US", "JP", "DE", "CA")), st.sampled_from(KINDS)),
            unique_by=lambda x: x[0],
        ),
        max_size=5,
    )
)
def test_the_spread_is_that_of_every_pair_written_out(cases: list[list[tuple[str, str | None]]]) -> None:
    rows = [Said(number, member, kind, 1) for number, case in enumerate(cases) for member, kind in case]
    found = coordination.of(rows)  # type: ignore[arg-type]
    pairs = [
        pair
        for case in cases
        for pair in combinations([kind for _member, kind in case if kind in coordination.SIDES], 2)
    ]
    assert found.pairs == len(pairs)
    expected = round(100 * sum(one != other for one, other in pairs) / len(pairs), 1) if pairs else None
    assert found.spread_percent == expected


@pytest.mark.usefixtures("in_force")
def test_the_page_tells_crises_and_exercises_from_the_tables(desk: Desk, signed_in) -> None:
    with journeys.at(desk.case.opened_at - timedelta(hours=1)):
        crisis = with_plan(crisis_makers.in_force("DE", "FR"))
    desk.answer("FR", **OBJECTION)
    desk.answer("US")
    (found,) = coordination.of_crises([crisis])
    asked = Consultation.objects.filter(case=desk.case).count()
    assert (found.cases, found.pairs, found.spread_percent) == (1, 1, 100.0)
    assert found.windows <= asked
    kept = {**dict.fromkeys(("cases", "aligned", "pairs", "windows"), 1), "align_hours": 3.5}
    planner = seat("US")
    for number, card in enumerate(
        ({"coordination": {**kept, "spread_percent": 25.0, "in_window_percent": 75.0}}, {})
    ):
        Exercise.objects.create(
            title=f"Drill {number}", number=number, plan={}, status="ran", planned_by=planner,
            planned_at=clock.now(), ran_at=clock.now(), scorecard=card,
        )  # fmt: skip
    occasions = coordination.trend(planner)
    assert [one.kind for one in occasions] == ["crisis", "exercise", "exercise"]
    page = signed_in(factories.officer_of("DE")).get("/workbench/coordination/").content.decode()
    assert "100.0 % of 1 pairs" in page
    assert "25.0 % of 1 pairs" in page
    assert "Ran before this was counted" in page


@pytest.mark.usefixtures("in_force")
def test_trade_that_no_measure_means_is_no_part_of_a_crisis(desk: Desk) -> None:
    with journeys.at(desk.case.opened_at - timedelta(hours=1)):
        crisis = crisis_makers.in_force("DE", "FR")  # Russia and Belarus
    assert coordination.of_crises([crisis])[0].cases == 0


@pytest.mark.usefixtures("in_force")
def test_the_trend_takes_as_many_queries_whatever_it_shows(desk: Desk) -> None:
    reader = seat("US")
    crisis_makers.in_force("DE", "FR")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            coordination.trend(reader)
        return len(captured)

    few = queries()
    with_plan(crisis_makers.in_force("DE"))
    crisis_makers.in_force("DE", set_key="pandemic-surge")
    assert queries() <= few + 1 <= 12  # positions are read once there are questions in scope
