"""Scenario profiles: the few parameters that one declaration switches, and nothing else.

Pure. Which profile is in force, `alliance.crises` says.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from alliance.reading import Reader
from alliance.thresholds import LANE, Agreement, read_agreed

PEACETIME = "peacetime"  # in force while no crisis is


@dataclass(frozen=True)
class Scenario:
    """What is acceptable under a scenario.

    `charter`: under which cases run in the crisis lane where a measure names none. `report_hours`: hours of the
    day, UTC, at which the situation report is made. `acknowledge_within_hours`: for guidance of the crisis unit.
    `lane_from_score`: cases of this risk score and above run in the crisis lane; None: no case for its score alone.
    `agreed`: by what the members agreed on that score; None: it is as it was before they changed any.
    """

    key: str
    title: str
    sentence: str
    charter: str
    report_hours: tuple[int, ...]
    acknowledge_within_hours: int
    lane_from_score: int | None
    agreed: Agreement | None = None


PARAMETERS = ("charter", "report_hours", "acknowledge_within_hours", "lane_from_score")


def parse(payload: object, path: str = "") -> Scenario:
    """Return the profile a payload describes; Invalid names the path of what does not fit."""
    reader = Reader(payload, path, ("key", "title", "sentence", "parameters"), optional=("agreed",))
    given = reader.object("parameters", PARAMETERS)
    hours = given.items("report_hours")
    wrong = [
        hour for hour in hours if isinstance(hour, bool) or not isinstance(hour, int) or not 0 <= hour <= 23
    ]
    if not 1 <= len(hours) <= 8 or wrong or sorted(set(hours)) != hours:
        given.fail("report_hours", _("Must be one to eight hours of the day, 0 to 23, in rising order."))
    score = None if given.value["lane_from_score"] is None else given.whole("lane_from_score", 1, 100)
    return Scenario(
        key=reader.key("key", longest=40),
        title=reader.text("title", longest=100),
        sentence=reader.text("sentence", longest=500),
        charter=given.key("charter", longest=40),
        report_hours=tuple(hours),
        acknowledge_within_hours=given.whole("acknowledge_within_hours", 1, 168),
        lane_from_score=score,
        agreed=read_agreed(reader, (LANE,)).get(LANE),
    )
