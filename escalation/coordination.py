"""How well members coordinate, per crisis and per exercise: time to align, spread of first positions, share inside
the window. Counted from consultations, positions and adoptions, never typed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from alliance.alignment import alignment
from alliance.crises import crisis_of
from alliance.models import Declaration
from core import clock
from escalation.models import Exercise
from licensing.models import Case, Consultation, Position
from licensing.selectors.trades import trades_of_cases
from members.models import User

HOUR = timedelta(hours=1)
#: First positions that are held against one another; a question, an abstention or a recusal takes no side.
SIDES = (Position.Kind.NO_OBJECTION, Position.Kind.CONDITIONS, Position.Kind.OBJECT)
MOST = 50  # crises, and exercises, of a trend


@dataclass(frozen=True)
class Coordination:
    """What consultations of some cases show; a figure is None where nothing is there to count.

    `align_hours`: median over cases of the time from the first question of tier 0 until the last member asked
    there had spoken for the first time, of cases in which all did. `spread_percent`: of all pairs of members that
    took a side on the same case at tier 0, the share whose first positions differed (grant, grant with conditions,
    object): the chance that two members drawn at random disagree (Simpson, Nature 163 (1949), 688), which needs no
    correction for how few members spoke. `in_window_percent`: of windows that are over, those answered in time.
    """

    cases: int
    aligned: int
    align_hours: float | None
    pairs: int
    spread_percent: float | None
    windows: int
    in_window_percent: float | None


def of(asked: Iterable[Consultation]) -> Coordination:
    """Count consultations, with their positions prefetched."""
    windows: Counter[str] = Counter()
    opened: dict[int, datetime] = {}
    spoke: dict[int, dict[str, Position | None]] = defaultdict(dict)
    cases = set()
    for one in asked:
        cases.add(one.case_id)
        windows[str(one.status)] += 1
        if one.tier != 0 or one.jurisdiction_id is None or one.round != 1:
            continue
        opened[one.case_id] = min(opened.get(one.case_id, one.opened_at), one.opened_at)
        first = min(
            (said for said in one.positions.all() if said.taken_by_id),
            key=lambda said: (said.taken_at, said.pk),
            default=None,
        )
        known = spoke[one.case_id].get(one.jurisdiction_id)
        if known is None or (first is not None and first.taken_at < known.taken_at):
            spoke[one.case_id][one.jurisdiction_id] = first
    hours, pairs, apart = [], 0, 0
    for case, members in spoke.items():
        said = [first for first in members.values() if first is not None]
        if len(said) == len(members):
            hours.append((max(first.taken_at for first in said) - opened[case]) / HOUR)
        sides = Counter(first.kind for first in said if first.kind in SIDES)
        number = sides.total()
        pairs += number * (number - 1) // 2
        apart += (number * number - sum(same * same for same in sides.values())) // 2
    over = windows["answered"] + windows["lapsed"]
    return Coordination(
        cases=len(cases),
        aligned=len(hours),
        align_hours=_median(hours),
        pairs=pairs,
        spread_percent=round(100 * apart / pairs, 1) if pairs else None,
        windows=over,
        in_window_percent=round(100 * windows["answered"] / over, 1) if over else None,
    )


def _median(values: list[float]) -> float | None:
    """Return the median, a value that occurred (nearest rank)."""
    return round(sorted(values)[(len(values) - 1) // 2], 1) if values else None


def of_exercise(asked: Iterable[Consultation]) -> dict[str, Any]:
    """Return what an exercise's scorecard keeps of it, for its realm is gone afterwards."""
    return asdict(of(asked))


@dataclass(frozen=True)
class Occasion:
    """A crisis or an exercise of a trend. `found` None: an exercise that ran before this was counted. `adoption`:
    of crises, from the second key to the last adoption so far."""

    kind: str  # crisis, exercise
    title: str
    at: datetime
    key: str  # reference or uid
    found: Coordination | None
    adoption: timedelta | None = None


def of_crises(declarations: Sequence[Declaration]) -> list[Coordination]:
    """Count, for each declaration, the cases that were registered while it was in force, that its measures mean,
    and that members which have adopted them lead. Four queries, however many there are; adoptions and relaxations
    are read or prefetched."""
    begun = [row.in_force_at for row in declarations if row.in_force_at is not None]
    if not begun:
        return []
    rows = Case.objects.filter(opened_at__gte=min(begun))
    opened = dict(rows.values_list("pk", "opened_at"))
    trades = dict(trades_of_cases(rows))
    meant = []
    for row in declarations:
        crisis, until = crisis_of(row), row.ended_at or clock.now()
        meant.append(
            {
                pk
                for pk, trade in trades.items()
                if row.in_force_at is not None
                and row.in_force_at <= opened[pk] < until
                and trade.lead in crisis.adopted
                and crisis.scope.matches(trade)
                and any(one.scope.matches(trade) for one in crisis.set.measures)
            }
        )
    asked: dict[int, list[Consultation]] = defaultdict(list)
    for one in Consultation.objects.filter(case__in=set().union(*meant)).prefetch_related("positions"):
        asked[one.case_id].append(one)
    return [of(one for pk in sorted(keys) for one in asked[pk]) for keys in meant]


def trend(user: User) -> list[Occasion]:
    """Return the crises and exercises a person may read, the latest `MOST` of each, oldest first."""
    crises = Declaration.objects.visible_to(user).filter(in_force_at__isnull=False)  # type: ignore[attr-defined]
    rows = list(crises.prefetch_related("adoptions", "relaxations").order_by("-in_force_at")[:MOST])
    found = [
        Occasion(
            "crisis",
            row.title,
            row.in_force_at or row.declared_at,
            row.reference,
            counted,
            _whole(alignment(row).last),
        )
        for row, counted in zip(rows, of_crises(rows), strict=True)
    ]
    exercises = Exercise.objects.visible_to(user).filter(ran_at__isnull=False)  # type: ignore[attr-defined]
    for exercise in exercises.order_by("-ran_at")[:MOST]:
        kept = (exercise.scorecard or {}).get("coordination")
        known = Coordination(**kept) if kept else None
        found.append(
            Occasion("exercise", exercise.title, exercise.ran_at or clock.now(), str(exercise.uid), known)
        )
    return sorted(found, key=lambda one: one.at)


def _whole(span: timedelta | None) -> timedelta | None:
    """A length of time in whole seconds: members prepared adopt in the same instant."""
    return None if span is None else timedelta(seconds=int(span.total_seconds()))


def metrics() -> list[tuple[str, str, str, bool]]:
    """Return the figures of a trend: field, title, unit, and whether less of it is better."""
    return [
        ("align_hours", _("Time to align"), _("hours"), True),
        ("spread_percent", _("Spread of first positions"), _("% of pairs"), True),
        ("in_window_percent", _("Answered inside the window"), _("% of windows"), False),
    ]
