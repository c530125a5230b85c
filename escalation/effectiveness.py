"""What a crisis changed: indicators of its measures' objectives before the declaration and after, with intervals.

Of each indicator the values of whole periods (days, or weeks once it has lasted eight weeks) after the declaration
are compared with those before (`escalation.comparing`). Trade is that of the measure, led by members that adopted.
The same indicator of trade that no measure means is told beside it: what moved there too need not be the measures'
doing. Cases count where they were decided; those still open are told, since they may be the slow ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Min, Q

from alliance.crises import Crisis, crisis_of
from alliance.indicators import SIDE_EFFECTS, Aim, Indicator
from alliance.measures import Measure, Trade
from alliance.models import Declaration
from core import clock
from core.models import ref_id
from escalation import comparing
from escalation.comparing import Shift
from ledger.models import Event
from licensing.guards import GRANTS
from licensing.models import Case, Consultation, Decision, Position
from licensing.selectors.trades import trades_of_cases
from screening.models import Hit

DAY, WEEK, HOUR = timedelta(days=1), timedelta(days=7), timedelta(hours=1)
WEEKS_FROM = timedelta(weeks=8)  # from which age of a crisis periods are weeks
LONGEST_BASELINE, SHORTEST_BASELINE = timedelta(weeks=26), timedelta(weeks=4)
#: Over all objectives of a review together; each interval of k is had at 1 - 0.05 / k (Bonferroni).
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Periods:
    """Whole periods of one length on both sides of the declaration."""

    length: timedelta
    declared: datetime
    before: int
    after: int

    @property
    def begin(self) -> datetime:
        return self.declared - self.before * self.length

    @property
    def end(self) -> datetime:
        return self.declared + self.after * self.length

    def place(self, at: datetime) -> int:
        """Return the number of the period an instant falls in: negative before the declaration."""
        return (at - self.declared) // self.length


@dataclass(frozen=True)
class Seen:
    """One thing an indicator counts: on which case, when, and its value where it has one."""

    case: int
    at: datetime
    value: float = 1.0


def periods(declaration: Declaration) -> Periods:
    """Return the periods a declaration that was ever in force is judged by: after it until its end, or now; before
    it as long, four weeks at least and 26 at most, whole weeks, and not before the first case there is."""
    assert declaration.in_force_at is not None
    begin = declaration.in_force_at
    lasted = max((declaration.ended_at or clock.now()) - begin, timedelta(0))
    length = WEEK if lasted >= WEEKS_FROM else DAY
    wanted = min(max(ceil(lasted / WEEK) * WEEK, SHORTEST_BASELINE), LONGEST_BASELINE)
    first = Case.objects.aggregate(first=Min("opened_at"))["first"] or begin
    known = max(begin - first, timedelta(0))
    return Periods(length, begin, min(wanted // length, known // length), lasted // length)


def _cases(p: Periods, field: str, found: Q | None = None) -> Iterable[Any]:
    return Case.objects.filter(found or Q(), **{f"{field}__gte": p.begin, f"{field}__lt": p.end}).values_list(
        "pk", "lane", "opened_at", "decided_at"
    )


def _registered(p: Periods) -> Iterable[Seen]:
    return (Seen(pk, opened) for pk, _lane, opened, _decided in _cases(p, "opened_at"))


def _decisions(kinds: Iterable[str]) -> Callable[[Periods], Iterable[Seen]]:
    def seen(p: Periods) -> Iterable[Seen]:
        rows = Decision.objects.filter(
            kind__in=list(kinds), countersigned_at__gte=p.begin, countersigned_at__lt=p.end
        )
        return (Seen(case, at) for case, at in rows.values_list("case_id", "countersigned_at") if at)

    return seen


def _hours(p: Periods, lane: str = "") -> Iterable[Seen]:
    rows = _cases(p, "decided_at", Q(lane=lane) if lane else None)
    return (
        Seen(pk, decided, (decided - opened) / HOUR)
        for pk, _lane, opened, decided in rows
        if decided is not None
    )


def _strong_hits(p: Periods) -> Iterable[Seen]:
    rows = list(_registered(p))
    found = Hit.objects.filter(strong=True, case_ref__in=[f"case:{one.case}" for one in rows])
    keys = {ref_id(one, "case") for one in found.values_list("case_ref", flat=True)}
    return (one for one in rows if one.case in keys)


def _lapses(p: Periods) -> Iterable[Seen]:
    rows = Event.objects.filter(type="window.lapsed", at__gte=p.begin, at__lt=p.end)
    return (Seen(ref_id(one, "case"), at) for one, at in rows.values_list("aggregate", "at"))


def _reservations(p: Periods) -> Iterable[Seen]:
    rows = Position.objects.filter(
        kind__in=(Position.Kind.OBJECT, Position.Kind.CONDITIONS),
        taken_by__isnull=False,
        taken_at__gte=p.begin,
        taken_at__lt=p.end,
    )
    return (Seen(case, at) for case, at in rows.values_list("consultation__case_id", "taken_at"))


def _first_positions(p: Periods) -> Iterable[Seen]:
    rows = Consultation.objects.annotate(
        first=Min("positions__taken_at", filter=Q(positions__taken_by__isnull=False))
    ).filter(first__gte=p.begin, first__lt=p.end)
    return (
        Seen(case, first, (first - opened) / HOUR)
        for case, opened, first in rows.values_list("case_id", "opened_at", "first")
    )


SEEN: Mapping[str, Callable[[Periods], Iterable[Seen]]] = {
    "applications": _registered,
    "grants": _decisions(GRANTS),
    "refusals": _decisions([Decision.Kind.REFUSE]),
    "strong_hits": _strong_hits,
    "lapses": _lapses,
    "reservations": _reservations,
    "hours_to_decision": _hours,
    "humanitarian_hours": lambda p: _hours(p, "humanitarian"),
    "hours_to_position": _first_positions,
}


def _shift(indicator: Indicator, seen: Iterable[Seen], p: Periods, confidence: float) -> Shift:
    if indicator.per == "thing":
        sides: tuple[list[float], list[float]] = ([], [])
        for one in seen:
            sides[p.place(one.at) >= 0].append(one.value)
        return comparing.shift(*sides, confidence)
    counted: dict[int, float] = defaultdict(float)
    for one in seen:
        counted[p.place(one.at)] += 1
    return comparing.shift(
        [counted[place] for place in range(-p.before, 0)],
        [counted[place] for place in range(p.after)],
        confidence,
    )


class _Reviewing:
    """One reading of what was seen around a declaration; each indicator is read once."""

    def __init__(self, declaration: Declaration, wanted: Iterable[Indicator]) -> None:
        self.crisis: Crisis = crisis_of(declaration)
        self.periods = periods(declaration)
        self.seen = {one.name: list(SEEN[one.name](self.periods)) for one in set(wanted)}
        keys = {one.case for rows in self.seen.values() for one in rows}
        keys |= set(Case.objects.filter(status__in=Case.OPEN).values_list("pk", flat=True))
        self.trades: dict[int, Trade] = dict(trades_of_cases(Case.objects.filter(pk__in=keys)))

    def meant(self, trade: Trade, measures: Iterable[Measure]) -> bool:
        return self.crisis.scope.matches(trade) and any(one.scope.matches(trade) for one in measures)

    def within(self, indicator: Indicator, measures: Iterable[Measure]) -> list[Seen]:
        """What was seen of trade that measures mean, led by members that have adopted them."""
        own = list(measures)
        return [
            one
            for one in self.seen[indicator.name]
            if (trade := self.trades.get(one.case))
            and trade.lead in self.crisis.adopted
            and self.meant(trade, own)
        ]

    def elsewhere(self, indicator: Indicator) -> list[Seen]:
        """What was seen of trade that no measure of the crisis means."""
        return [
            one
            for one in self.seen[indicator.name]
            if (trade := self.trades.get(one.case)) and not self.meant(trade, self.crisis.set.measures)
        ]

    def open(self) -> int:
        keys = Case.objects.filter(status__in=Case.OPEN).values_list("pk", flat=True)
        return sum(
            self.trades[pk].lead in self.crisis.adopted
            and self.meant(self.trades[pk], self.crisis.set.measures)
            for pk in keys
            if pk in self.trades
        )

    def row(
        self, aim: Aim | None, indicator: Indicator, measures: list[Measure], confidence: float
    ) -> dict[str, Any]:
        own = _shift(indicator, self.within(indicator, measures), self.periods, confidence)
        other = _shift(indicator, self.elsewhere(indicator), self.periods, confidence)
        return {
            "measure": measures[0].key if aim else "",
            "title": measures[0].title if aim else "",
            "objective": measures[0].objective if aim else "",
            "indicator": indicator.name,
            "wanted": aim.wanted if aim else "",
            "shift": _said(own),
            "elsewhere": _said(other),
            "verdict": verdict(own.way, aim.wanted if aim else ""),
            "moved_elsewhere_too": own.way != "cannot_tell" and own.way == other.way,
        }


def _said(shift: Shift) -> dict[str, Any]:
    return {**asdict(shift), "way": shift.way, "too_few": shift.too_few}


def verdict(way: str, wanted: str) -> str:
    """Return `as_wanted`, `other_way` or `cannot_tell`; where nothing was wanted, the way it went."""
    if way == "cannot_tell" or not wanted:
        return way
    return "as_wanted" if (way == "fell") == (wanted == "fall") else "other_way"


def compare(declaration: Declaration) -> dict[str, Any]:
    """Return the comparison of a declaration that was ever in force, as plain JSON: what a review keeps.

    The number of queries depends on the indicators and not on how many cases there are.
    """
    chosen = crisis_of(declaration).set.measures
    aims = [(measure, aim) for measure in chosen for aim in measure.aims]
    found = _Reviewing(declaration, [*(aim.indicator for _measure, aim in aims), *SIDE_EFFECTS])
    p = found.periods
    each = 1 - (1 - CONFIDENCE) / len(aims)
    return {
        "reference": declaration.reference,
        "set": f"{declaration.set_key} {declaration.set_version}",
        "objective": declaration.objective,
        "made_at": clock.now().isoformat(),
        "declared": p.declared.isoformat(),
        "begin": p.begin.isoformat(),
        "end": p.end.isoformat(),
        "period_days": p.length.days,
        "periods_before": p.before,
        "periods_after": p.after,
        "members": sorted(found.crisis.adopted),
        "open_cases": found.open(),
        "method": "Hodges-Lehmann shift, Moses interval",
        "least": comparing.LEAST,
        "confidence": CONFIDENCE,
        "confidence_each": round(each, 6),
        "objectives": [found.row(aim, aim.indicator, [measure], each) for measure, aim in aims],
        "side_effects": [found.row(None, one, list(chosen), CONFIDENCE) for one in SIDE_EFFECTS],
    }
