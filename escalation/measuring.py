"""What the live facts of an exit plan say now, and what each of them counts: the evidence of a precondition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil

from django.db.models import Min, Q

from alliance.crises import crisis_of
from alliance.live_facts import BY_NAME
from alliance.measures import Effect, Trade
from alliance.models import Adoption, Declaration
from core import clock
from core.models import ref_id
from intelligence.models import Denial
from ledger.models import Event
from licensing.guards import objections_standing
from licensing.models import Assessment, Case, ClockStop, Licence, Position
from licensing.selectors.trades import trades_of_cases, trades_of_licences, within
from screening.models import Hit
from screening.selectors import UNRESOLVED, stale_lists

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
LIVE = (Licence.Status.ISSUED, Licence.Status.SUSPENDED)


@dataclass(frozen=True)
class Count:
    """What a fact says; None where it cannot be said. `keys`: of the cases, licences or denials it counted, one for
    each thing counted."""

    value: int | list[str] | None
    keys: tuple[int, ...] = ()


class _Measuring:
    """One reading of live data, for one declaration at one instant; each question is asked once."""

    def __init__(self, declaration: Declaration, now: datetime) -> None:
        self.declaration, self.now = declaration, now
        crisis = crisis_of(declaration)
        self.relaxed, self.scope = crisis.relaxed, crisis.scope
        self.measures = [measure.scope for measure in crisis.set.measures]
        self.reach = crisis.set.reach(crisis.scope, Effect)
        self.names_parties = bool(crisis.scope.parties) or crisis.set.names_parties

    def meant(self, trade: Trade) -> bool:
        return self.scope.matches(trade) and any(own.matches(trade) for own in self.measures)

    @cached_property
    def members(self) -> list[str]:
        return [one.status for one in self.declaration.adoptions.all()]

    @cached_property
    def open(self) -> set[int]:
        return set(Case.objects.filter(status__in=Case.OPEN).values_list("pk", flat=True))

    @cached_property
    def decided(self) -> dict[int, tuple[str, timedelta]]:
        """Cases decided in the last 30 days: their lane, and how long it took from registration."""
        rows = Case.objects.filter(decided_at__gte=self.now - MONTH, decided_at__isnull=False)
        found: dict[int, tuple[str, timedelta]] = {}
        for pk, lane, opened_at, decided_at in rows.values_list("pk", "lane", "opened_at", "decided_at"):
            assert decided_at is not None
            found[pk] = (lane, decided_at - opened_at)
        return found

    @cached_property
    def relief(self) -> dict[int, timedelta]:
        return {pk: took for pk, (lane, took) in self.decided.items() if lane == "humanitarian"}

    def lapses(self, within: timedelta) -> list[int]:
        rows = Event.objects.filter(type="window.lapsed", at__gte=self.now - within)
        return [ref_id(one, "case") for one in rows.values_list("aggregate", flat=True)]

    def overdue(self) -> list[int]:
        since = Case.objects.filter(status__in=Case.OPEN).aggregate(first=Min("opened_at"))["first"]
        rows = Event.objects.filter(type="decision.overdue", at__gte=since or self.now)
        return sorted({ref_id(one, "case") for one in rows.values_list("aggregate", flat=True)} & self.open)

    def hits(self, found: Q, *, opened: bool) -> list[int]:
        keys = [ref_id(one, "case") for one in Hit.objects.filter(found).values_list("case_ref", flat=True)]
        return [pk for pk in keys if pk in self.open] if opened else keys

    def stopped(self) -> list[int]:
        rows = Assessment.objects.filter(made_at__gte=self.now - MONTH).exclude(hard_stops=[])
        return sorted(set(rows.values_list("case_id", flat=True)))

    def checks(self) -> list[int]:
        rows = ClockStop.objects.running().filter(  # type: ignore[attr-defined]
            reason_code="pre_licence_check", expires_at__gt=self.now
        )
        return sorted(set(rows.values_list("case_id", flat=True)) & self.open)

    def objections(self) -> list[int]:
        said = Position.objects.filter(
            kind=Position.Kind.OBJECT,
            binding=True,
            status=Position.Status.IN_FORCE,
            consultation__case__status__in=Case.OPEN,
        )
        cases = set(said.values_list("consultation__case_id", flat=True))
        return [one.consultation.case_id for one in objections_standing(cases)]


CASES: Mapping[str, Callable[[_Measuring], Iterable[int]]] = {
    "open_cases_in_scope": lambda m: m.open,
    "open_hits": lambda m: m.hits(Q(status__in=UNRESOLVED), opened=True),
    "open_hits_strong": lambda m: m.hits(Q(status__in=UNRESOLVED, strong=True), opened=True),
    "confirmed_hits_30d": lambda m: m.hits(
        Q(status=Hit.Status.CONFIRMED, resolved_at__gte=m.now - MONTH), opened=False
    ),
    "hard_stops_30d": _Measuring.stopped,
    "end_use_checks_open": _Measuring.checks,
    "objections_binding_open": _Measuring.objections,
    "lapses_7d": lambda m: m.lapses(WEEK),
    "lapses_30d": lambda m: m.lapses(MONTH),
    "overdue_decisions": _Measuring.overdue,
    "decided_30d": lambda m: m.decided,
    "decided_in_window_percent_30d": lambda m: m.decided,
    "humanitarian_decided_30d": lambda m: m.relief,
    "humanitarian_p50_hours_x10": lambda m: m.relief,
    "humanitarian_p95_hours_x10": lambda m: m.relief,
}


def _revoked(m: _Measuring) -> list[int]:
    keys = Licence.objects.filter(status=Licence.Status.REVOKED).values_list("pk", flat=True)
    events = Event.objects.filter(
        type="licence.revoked",
        at__gte=m.now - MONTH,
        subject_type="licence",
        subject_id__in=[str(pk) for pk in keys],
    )
    return sorted({int(one) for one in events.values_list("subject_id", flat=True)})


def _licences(m: _Measuring, *statuses: str) -> list[int]:
    """Licences that could be in scope: which are is told by their trade."""
    rows = within(Licence.objects.filter(status__in=statuses), m.reach)
    return list(rows.order_by("pk").values_list("pk", flat=True))


LICENCES: Mapping[str, Callable[[_Measuring], Iterable[int]]] = {
    "live_licences_in_scope": lambda m: _licences(m, *LIVE),
    "licences_suspended": lambda m: _licences(m, Licence.Status.SUSPENDED),
    "licences_revoked_30d": _revoked,
}


def _of_members(*statuses: str) -> Callable[[_Measuring], int]:
    return lambda m: sum(status in statuses for status in m.members)


PLAIN: Mapping[str, Callable[[_Measuring], int | list[str]]] = {
    "days_in_force": lambda m: (m.now - m.declaration.in_force_at).days if m.declaration.in_force_at else 0,
    "days_left": lambda m: max(0, (m.declaration.sunset_at - m.now).days) if m.declaration.sunset_at else 0,
    "members_adopted": _of_members(Adoption.Status.ADOPTED),
    "members_pending": _of_members(Adoption.Status.PENDING),
    "members_opted_out": _of_members(Adoption.Status.OPTED_OUT),
    "steps_applied": lambda m: sorted(m.relaxed),
    "lists_stale": lambda m: stale_lists(m.now),
}


def _percentile(took: list[timedelta], percent: int) -> int | None:
    """Nearest rank, in tenths of an hour, rounded up; None of nothing."""
    if not took:
        return None
    at = sorted(took)[max(0, ceil(len(took) * percent / 100) - 1)]
    return ceil(at / timedelta(minutes=6))


def _in_window(m: _Measuring, keys: list[int]) -> int | None:
    if not keys:
        return None
    late = Event.objects.filter(
        type__in=("window.lapsed", "decision.overdue"), aggregate__in=[f"case:{pk}" for pk in keys]
    )
    missed = set(late.values_list("aggregate", flat=True))
    return 100 * sum(f"case:{pk}" not in missed for pk in keys) // len(keys)


#: Facts whose value is not the number of what they count.
FIGURES: Mapping[str, Callable[[_Measuring, list[int]], int | None]] = {
    "decided_in_window_percent_30d": _in_window,
    "humanitarian_p50_hours_x10": lambda m, keys: _percentile([m.relief[pk] for pk in keys], 50),
    "humanitarian_p95_hours_x10": lambda m, keys: _percentile([m.relief[pk] for pk in keys], 95),
}


def _denials(m: _Measuring) -> list[int]:
    rows = Denial.objects.valid().filter(decided_at__gte=m.now - MONTH).prefetch_related("parties")
    return [
        row.pk
        for row in rows
        if m.meant(
            Trade(
                lead=row.jurisdiction_id,
                control_codes=frozenset(row.control_codes),
                destinations=frozenset([row.destination]),
                parties=frozenset(str(party.uid) for party in row.parties.all()),
            )
        )
    ]


def _trades_of_cases(m: _Measuring, keys: set[int]) -> Iterator[tuple[int, Trade]]:
    return trades_of_cases(Case.objects.filter(pk__in=keys))


def _trades_of_licences(m: _Measuring, keys: set[int]) -> Iterator[tuple[int, Trade]]:
    return trades_of_licences(Licence.objects.filter(pk__in=keys), with_parties=m.names_parties)


def measure(declaration: Declaration, names: Iterable[str] | None = None) -> dict[str, Count]:
    """Return what facts say now, all of them unless some are named, with what they count; one name of the published
    vocabulary each.

    The number of queries depends on the facts asked for and not on how many cases or licences there are.
    """
    wanted = set(BY_NAME if names is None else names)
    m = _Measuring(declaration, clock.now())
    found = {name: Count(ask(m)) for name, ask in PLAIN.items() if name in wanted}
    for table, trades in ((CASES, _trades_of_cases), (LICENCES, _trades_of_licences)):
        counted = {name: list(ask(m)) for name, ask in table.items() if name in wanted}
        asked = {pk for keys in counted.values() for pk in keys}
        meant = {pk for pk, trade in trades(m, asked) if m.meant(trade)} if asked else set()
        for name, keys in counted.items():
            own = [pk for pk in keys if pk in meant]
            figure = FIGURES.get(name)
            found[name] = Count(figure(m, own) if figure else len(own), tuple(own))
    if "denials_30d_in_scope" in wanted:
        keys = _denials(m)
        found["denials_30d_in_scope"] = Count(len(keys), tuple(keys))
    return found


def values(counts: Mapping[str, Count]) -> dict[str, object]:
    """Return the facts as preconditions read them: what cannot be said is not there."""
    return {name: count.value for name, count in counts.items() if count.value is not None}
