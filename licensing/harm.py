"""The harm of delay: what an hour of waiting costs those who wait for the goods. Pure.

The second clock of a case, beside the legal one. Its figures are those of the bundle `harm` in force; the rule is
the cost of delay of queueing theory (Cox and Smith 1961; where harm rises, the generalised c-mu rule of Van Mieghem
1995).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

POINT = 100  # hundredths of a point: figures stay whole
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Need:
    """What a dossier says about who waits. `ground` and `supply` are codes; `state` is the finding on the ground:
    none, accepted, review or refused. `needed_by` is the last day on which the goods are of full use."""

    ground: str = "none"
    state: str = "none"
    supply: str = ""
    people: int = 0
    needed_by: date | None = None
    perishable: bool = False

    @classmethod
    def of(cls, ground: Mapping[str, Any], state: str) -> Need:
        """Return what the section `ground` of a complete dossier says, and the finding on it."""
        until = ground.get("needed_by")
        return cls(
            ground=str(ground.get("kind") or "none"),
            state=state,
            supply=str(ground.get("supply") or ""),
            people=int(ground.get("people") or 0),
            needed_by=date.fromisoformat(until) if until else None,
            perishable=ground.get("perishable") is True,
        )


@dataclass(frozen=True)
class Line:
    """One reason why waiting does harm, with its hundredths of a point an hour at the start."""

    key: str
    sentence: str
    points: int


@dataclass(frozen=True)
class Curve:
    """Harm an hour over time, in hundredths of a point: `base` when the case is opened, `rise` more with each day
    of waiting up to `most`, `peak` more in the last `run_up` hours before `needed_by`, and `after` once that is
    over: what came too late is not saved by hurry."""

    base: int = 0
    rise: int = 0
    most: int = 0
    needed_by: datetime | None = None
    run_up: int = 0
    peak: int = 0
    after: int = 0

    def rate(self, opened_at: datetime, at: datetime) -> int:
        """Return the hundredths of a point that the next hour costs."""
        if self.needed_by is not None and at >= self.needed_by:
            return self.after
        waited = max(at - opened_at, timedelta(0))
        found = min(self.base + self.rise * waited // DAY, self.most)
        if self.needed_by is not None and at >= self.needed_by - timedelta(hours=self.run_up):
            found += self.peak
        return found


def judge(
    need: Need, tables: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], zone: str
) -> tuple[Curve, list[Line]]:
    """Return the harm of delay of a case, and why; none where nothing is agreed.

    `zone`: IANA zone in which the day ends on which the goods are needed. A ground that was refused adds nothing,
    one that is still to be judged a share.
    """
    if not tables:
        return Curve(), []
    ordinary = tables["ordinary"]
    lines = [Line("ordinary", ordinary["sentence"], ordinary["points"])]
    share = {"accepted": 100, "review": int(tables["unjudged_percent"])}.get(need.state, 0)
    rise = growth = peak = 0
    until: datetime | None = None
    if need.ground != "none" and share:
        for entry in entries:
            if entry["ground"] == need.ground and (not entry["supplies"] or need.supply in entry["supplies"]):
                points = entry["points"] * share // 100
                lines.append(Line(entry["key"], entry["sentence"], points))
                rise += entry["rise"] * share // 100
                growth += (entry["most"] - entry["points"]) * share // 100
        served = [band["points"] for band in tables["people"] if need.people >= band["from"]]
        if served:
            lines.append(Line("people", f"{need.people:,} people are served.", served[-1] * share // 100))
        if need.needed_by is not None:
            next_day = need.needed_by + DAY
            until = datetime.combine(next_day, time(), tzinfo=ZoneInfo(zone))
            shape = tables["date"]
            peak = shape["perishable_points" if need.perishable else "points"] * share // 100
    base = sum(line.points for line in lines)
    return (
        Curve(
            base=base,
            rise=rise,
            most=base + growth,
            needed_by=until,
            run_up=tables["date"]["run_up_hours"],
            peak=peak,
            after=(base * tables["date"]["after_percent"] + 99) // 100,
        ),
        lines,
    )
