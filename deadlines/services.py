"""Setting, moving and cancelling what falls due, and applying it: exactly once, by its own instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

import structlog
from django.db import transaction
from django.db.models import Q

from core import clock
from core.actors import CLOCK
from core.audience import AUDITORS, Audience
from core.errors import NotFound
from deadlines import calculus, registry
from deadlines.calculus import CalendarData, Derivation, Rule, Stop
from deadlines.models import CalendarVersion, DueInstant
from ledger import services as ledger

log = structlog.get_logger(__name__)
BATCH = 500  # aggregates a tick looks at


def load_calendar(
    *,
    key: str,
    version: str,
    effective_from: date,
    weekend: Sequence[int],
    holidays: Sequence[dict[str, str]],
    source: str,
    as_of: date,
) -> CalendarVersion:
    """Add a version of a calendar; loading the same version again changes nothing."""
    found, _ = CalendarVersion.objects.get_or_create(
        key=key,
        version=version,
        defaults={
            "effective_from": effective_from,
            "weekend": list(weekend),
            "holidays": list(holidays),
            "source": source,
            "as_of": as_of,
        },
    )
    return found


def in_force(key: str, at: datetime | None = None) -> CalendarVersion:
    """Return the calendar version in force at an instant; NotFound when there is none."""
    day = (at or clock.now()).date()
    found = CalendarVersion.objects.filter(key=key, effective_from__lte=day).order_by(
        "-effective_from", "-pk"
    )
    version = found.first()
    if version is None:
        raise NotFound(f"No calendar {key} is in force on {day}.")
    return version


@lru_cache(maxsize=256)
def _data(pk: int) -> CalendarData:
    return CalendarVersion.objects.get(pk=pk).data  # a version never changes


def calendar_in_force(key: str, at: datetime | None = None) -> CalendarData:
    return _data(in_force(key, at).pk)


def set_due(
    *,
    kind: str,
    aggregate: str,
    subject: str,
    start: datetime,
    rule: Rule,
    calendar: str,
    zone: str,
    stops: Sequence[Stop] = (),
    owner: str = "",
) -> DueInstant:
    """Let something fall due; an open instant of the same kind and subject gives way and is kept as cancelled."""
    derived = calculus.derive(start, rule, calendar_in_force(calendar, start), zone, stops)
    cancel(kind=kind, subject=subject)
    return _open(kind, aggregate, subject, start, owner, derived)


def _open(
    kind: str, aggregate: str, subject: str, start: datetime, owner: str, derived: Derivation
) -> DueInstant:
    return DueInstant.objects.create(
        kind=kind,
        aggregate=aggregate,
        subject=subject,
        due_at=derived.due_at,
        start_at=start,
        inputs=derived.inputs,
        explanation=list(derived.steps),
        owner_label=owner[:200],
    )


def cancel(*, kind: str, subject: str) -> int:
    """Cancel an open instant; return how many there were (none or one)."""
    return DueInstant.objects.filter(kind=kind, subject=subject, state=DueInstant.State.OPEN).update(
        state=DueInstant.State.CANCELLED
    )


def cancel_subject(*, aggregate: str, subject: str) -> int:
    """Cancel everything open about a subject, and about its parts (`subject:part`)."""
    about = Q(subject=subject) | Q(subject__startswith=f"{subject}:")
    return DueInstant.objects.filter(about, aggregate=aggregate, state=DueInstant.State.OPEN).update(
        state=DueInstant.State.CANCELLED
    )


def cancel_all(aggregate: str) -> int:
    """Cancel everything open of an aggregate that has come to its end."""
    return DueInstant.objects.filter(aggregate=aggregate, state=DueInstant.State.OPEN).update(
        state=DueInstant.State.CANCELLED
    )


def restop(*, kind: str, subject: str, stops: Sequence[Stop]) -> DueInstant | None:
    """Derive an open instant anew with other stops, under the calendar version it began with."""
    row = DueInstant.objects.filter(kind=kind, subject=subject, state=DueInstant.State.OPEN).first()
    if row is None:
        return None
    rule = Rule(**row.inputs["rule"])
    derived = calculus.derive(row.start_at, rule, calendar_of(row), row.inputs["zone"], stops)
    if derived.due_at == row.due_at:
        return row
    cancel(kind=kind, subject=subject)
    return _open(kind, row.aggregate, subject, row.start_at, row.owner_label, derived)


def calendar_of(row: DueInstant) -> CalendarData:
    """Return the calendar version a due instant was derived with."""
    version = CalendarVersion.objects.get(key=row.inputs["calendar"], version=row.inputs["calendar_version"])
    return _data(version.pk)


def recompute(row: DueInstant) -> Derivation:
    """Derive a stored due instant again from its inputs: the result equals what was stored."""
    return calculus.recompute(row.inputs, calendar_of(row))


def claim(aggregate: str) -> list[DueInstant]:
    """Return what is due of an aggregate, locked, in due order. The aggregate is locked by the caller."""
    return list(
        DueInstant.objects.select_for_update()
        .filter(aggregate=aggregate, state=DueInstant.State.OPEN, due_at__lte=clock.now())
        .order_by("due_at", "pk")
    )


def lapse_due(aggregate: str) -> int:
    """Apply whatever is due of an aggregate; acts call it once they hold the lock, so that the due instant
    decides and not the tick. Return how many rows were applied.

    Each row runs under a savepoint: one that fails is set aside with an alarm and stops no other. A row that
    an earlier one cancelled is passed over.
    """
    applied = 0
    for claimed in claim(aggregate):
        row = DueInstant.objects.filter(pk=claimed.pk, state=DueInstant.State.OPEN).first()
        if row is None:
            continue
        row.state = DueInstant.State.DONE
        row.lapsed_at, row.applied_at = row.due_at, clock.now()
        try:
            with transaction.atomic():
                row.save(update_fields=["state", "lapsed_at", "applied_at"])
                registry.handler_of(row.kind)(row)
        except Exception as error:
            log.exception("due_instant_failed", due=row.pk, kind=row.kind)
            _park(row, error)
        applied += 1
    return applied


def _park(row: DueInstant, error: Exception) -> None:
    row.state, row.lapsed_at, row.applied_at = DueInstant.State.PARKED, None, None
    row.parked_error = f"{error.__class__.__name__}: {error}"[:2000]
    row.save(update_fields=["state", "lapsed_at", "applied_at", "parked_error"])
    ledger.record(
        "deadline.parked",
        actor=CLOCK,
        subject=row,
        audience=Audience.of(AUDITORS),
        aggregate=row.aggregate,
        facts={"kind": row.kind, "subject": row.subject, "error": row.parked_error, "owner": row.owner_label},
    )


def tick(limit: int = BATCH) -> int:
    """Apply what is due now, aggregate by aggregate; return how many rows were applied.

    Due aggregates are read without locking; a busy one is left to the act that holds it or to the next tick.
    """
    due = (
        DueInstant.objects.filter(state=DueInstant.State.OPEN, due_at__lte=clock.now())
        .order_by("due_at")
        .values_list("aggregate", flat=True)[:limit]
    )
    applied = 0
    for aggregate in dict.fromkeys(due):
        try:
            with transaction.atomic():
                if registry.lock(aggregate, skip_locked=True):
                    applied += lapse_due(aggregate)
        except Exception:
            log.exception("tick_failed", aggregate=aggregate)
    return applied


def open_of(aggregate: str) -> list[DueInstant]:
    """Return what will still happen by itself to an aggregate, soonest first."""
    return list(DueInstant.objects.filter(aggregate=aggregate, state=DueInstant.State.OPEN))
