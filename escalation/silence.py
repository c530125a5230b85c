"""The silence ledger: who let windows lapse, and what applied instead, counted from the ledger and nothing else.

What is published is whole quarters that are over: their events can change no more, so no two publications can be
subtracted from one another. A number below `SMALLEST` is not told, zero included, and there are no sums from which
one could be worked out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, Min
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alliance.charters import Silence
from core import clock
from core.errors import NotFound
from ledger.models import LAPSES, Event
from members.models import Jurisdiction

SMALLEST = 5
CRISIS_UNIT = ""  # the key of what belongs to no single member

#: What silence came to, in the words of the page.
OUTCOMES: dict[str, Promise] = {
    "deemed_no_objection": _("Counted as no objection"),
    "deemed_not_identical": _("Counted as not identical"),
    "climbed": _("The case moved up"),
    "held": _("The case was put on hold"),
    "chair": _("The chair decided"),
    "refused": _("Counted as a refusal"),
    "stands": _("What was decided before stood"),
    "overdue": _("Decision not taken in time"),
}

#: What silence came to where it stood for no position in favour; all else moved the case up.
OTHERWISE = {
    Silence.LAPSE_TO_HOLD: "held",
    Silence.CHAIR_DECIDES: "chair",
    Silence.DEEMED_REFUSAL: "refused",
    Silence.DECISION_STANDS: "stands",
    Silence.BECOMES_FINAL: "stands",
}


@dataclass(frozen=True)
class Quarter:
    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def first(self) -> datetime:
        return datetime(self.year, self.number * 3 - 2, 1, tzinfo=UTC)

    @property
    def next(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)


@dataclass(frozen=True)
class Quiet:
    """One member, and how often its silence came to what; None where that is fewer than `SMALLEST`."""

    member: str  # code; empty for the crisis unit
    name: str | Promise
    counts: dict[str, int | None]


def quarters() -> list[Quarter]:
    """Return the quarters that are over and of which something stands in the ledger, the newest first."""
    began: datetime | None = Event.objects.filter(type__in=LAPSES).aggregate(first=Min("at"))["first"]
    now = Quarter.of(clock.today())
    at = Quarter.of(began.date()) if began else now
    found = []
    while at.first < now.first:
        found.append(at)
        at = at.next
    return found[::-1]


def counted(quarter: Quarter) -> dict[tuple[str, str], int]:
    """Return the true number of lapses by (member, outcome) in a quarter: never to be published as it is."""
    events = Event.objects.filter(type__in=LAPSES, at__gte=quarter.first, at__lt=quarter.next.first)
    found: dict[tuple[str, str], int] = {}
    groups = events.order_by().values_list("type", "facts__jurisdiction", "facts__silence", "facts__deemed")
    for type, member, silence, deemed, number in groups.annotate(number=Count("pk")):
        outcome = "overdue" if type == "decision.overdue" else deemed or OTHERWISE.get(silence, "climbed")
        key = (member or CRISIS_UNIT, outcome)
        found[key] = found.get(key, 0) + number
    return found


def published(quarter: Quarter) -> list[Quiet]:
    """Return what everyone may read of a quarter: each member, whether or not it was ever silent, and the crisis
    unit. NotFound for a quarter that is not over."""
    if quarter.next.first > clock.now():
        raise NotFound(str(_("This quarter is not over yet.")))
    numbers = counted(quarter)
    members: list[tuple[str, str | Promise]] = [
        *Jurisdiction.objects.order_by("name").values_list("code", "name")
    ]
    return [
        Quiet(
            code,
            name,
            {
                outcome: number if (number := numbers.get((code, outcome), 0)) >= SMALLEST else None
                for outcome in OUTCOMES
            },
        )
        for code, name in [*members, (CRISIS_UNIT, _("Crisis unit"))]
    ]
