"""Setting, moving and cancelling what falls due, and applying it: exactly once, by its own instant.

Whoever sets, moves or cancels holds the lock of the aggregate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.audience import AUDITORS, NOBODY, Audience
from core.errors import Conflict, NotFound
from core.policies import require
from deadlines import calculus, derivations, policies, registry
from deadlines.calculus import CalendarChange, CalendarData, Derivation, Extension, Rule, Stop
from deadlines.models import CalendarVersion, DueInstant
from ledger import offers
from ledger import services as ledger

log = structlog.get_logger(__name__)

State = DueInstant.State
BATCH = 200  # due rows a tick reads at a time
BUDGET = 20.0  # seconds after which a tick leaves the rest to the next


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
    """Add a version of a calendar; loading the same version again changes nothing.

    Conflict if that version is known with other days: what deadlines were derived with is never changed.
    """
    found, _new = CalendarVersion.objects.get_or_create(
        key=key,
        version=version,
        defaults={
            "effective_from": effective_from,
            "weekend": sorted(weekend),
            "holidays": list(holidays),
            "source": source,
            "as_of": as_of,
        },
    )
    if found.weekend != sorted(weekend) or found.holidays != list(holidays):
        raise Conflict(
            _(
                "Calendar %(key)s %(version)s is known with other days: give the new days a version of their own."
            )
            % {"key": key, "version": version}
        )
    return found


def in_force(key: str, at: datetime | None = None, zone: str = "UTC") -> CalendarVersion:
    """Return the calendar version in force at an instant, by the local date; NotFound when there is none."""
    day = (at or clock.now()).astimezone(ZoneInfo(zone)).date()
    known = CalendarVersion.objects.filter(key=key, effective_from__lte=day)
    version = known.order_by("-effective_from", "-pk").first()
    if version is None:
        raise NotFound(_("No calendar %(key)s is in force on %(day)s.") % {"key": key, "day": day})
    return version


def calendar_in_force(key: str, at: datetime | None = None, zone: str = "UTC") -> CalendarData:
    return in_force(key, at, zone).data


def calendar_of(row: DueInstant) -> CalendarData:
    """Return the calendar version a due instant was derived with."""
    inputs = row.inputs
    return CalendarVersion.objects.get(key=inputs["calendar"], version=inputs["calendar_version"]).data


def recompute(row: DueInstant) -> Derivation:
    """Derive a stored due instant again from its inputs: the result equals what was stored."""
    return derivations.recompute(row.inputs, calendar_of(row))


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
    """Let something fall due; an open instant of the same kind and subject gives way and is kept as cancelled.

    The calendar version in force at the start is the one that counts, whatever is loaded later. LookupError
    when nobody would act on it, or nobody could lock the aggregate: that is found out now and not when due.
    """
    registry.handler_of(kind)
    registry.lock_of(aggregate)
    days = calendar_in_force(calendar, start, zone)
    derived = calculus.derive(start, rule, days, zone, stops)
    with transaction.atomic(savepoint=False):
        cancel(kind=kind, subject=subject)
        return _open(kind, aggregate, subject, start, owner, derived, days)


def _open(
    kind: str,
    aggregate: str,
    subject: str,
    start: datetime,
    owner: str,
    derived: Derivation,
    calendar: CalendarData,
) -> DueInstant:
    """Write a row and the event that commits to its derivation: `derivations.commitment`."""
    row = DueInstant.objects.create(
        kind=kind,
        aggregate=aggregate,
        subject=subject,
        due_at=derived.due_at,
        start_at=start,
        inputs=derived.inputs,
        explanation=list(derived.steps),
        owner_label=owner[:200],
    )
    _note(
        "deadline.set",
        [row],
        PROCESS,
        inputs=derived.inputs,
        due_at=derived.due_at.isoformat(),
        sha256=derivations.commitment(derived.inputs, calendar, derived.due_at),
    )
    return row


def _note(
    type: str, rows: Sequence[DueInstant], actor: Actor, audience: Audience = NOBODY, **facts: Any
) -> None:
    """Write to the ledger what became of due instants, for `selectors.replay`; on nobody's timeline unless
    told otherwise, since the acts and lapses around it are."""
    ledger.record(
        type,
        actor=actor,
        subject=rows[0],
        aggregate=rows[0].aggregate,
        audience=audience,
        facts={"due": [[row.kind, row.subject] for row in rows], **facts},
    )


def cancel(*, kind: str, subject: str) -> int:
    """Cancel an instant that is open or set aside; return how many there were (none or one)."""
    return _cancel(Q(kind=kind, subject=subject))


def cancel_subject(*, aggregate: str, subject: str) -> int:
    """Cancel everything open or set aside about a subject, and about its parts (`subject:part`)."""
    about = Q(subject=subject) | Q(subject__startswith=f"{subject}:")
    return _cancel(Q(aggregate=aggregate) & about)


def cancel_parts(*, aggregate: str, subject: str) -> int:
    """Cancel everything open or set aside about the parts of a subject, and leave the subject itself."""
    return _cancel(Q(aggregate=aggregate, subject__startswith=f"{subject}:"))


def cancel_all(aggregate: str) -> int:
    """Cancel everything open or set aside of an aggregate that has come to its end."""
    return _cancel(Q(aggregate=aggregate))


@transaction.atomic(savepoint=False)
def _cancel(which: Q) -> int:
    rows = list(DueInstant.objects.filter(which, state__in=[State.OPEN, State.PARKED]))
    if rows:
        DueInstant.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.CANCELLED)
        _note("deadline.cancelled", rows, PROCESS)
    return len(rows)


@transaction.atomic
def restop(*, kind: str, subject: str, stops: Sequence[Stop]) -> DueInstant | None:
    """Derive an open instant anew with other stops, under the calendar version and with the extensions it has;
    None if none is open. The old row is kept with its explanation."""
    return _derive_anew(kind, subject, lambda row: {**_inputs(row), "stops": stops})


@transaction.atomic
def extend(*, kind: str, subject: str, extension: Extension) -> DueInstant | None:
    """Derive an open instant anew with one more extension; None if none is open. The old row is kept.

    Conflict beyond the cap of its rule.
    """

    def longer(row: DueInstant) -> dict[str, Any]:
        inputs = _inputs(row)
        return {**inputs, "extensions": [*inputs["extensions"], extension]}

    try:
        return _derive_anew(kind, subject, longer)
    except ValueError as error:
        raise Conflict(str(error)) from error


@transaction.atomic
def recalendar(*, kind: str, subject: str, by: str, reason: str) -> DueInstant | None:
    """Derive an open instant anew under the calendar version in force now; None if none is open.

    The one way in which a holiday declared later moves what is already set: by somebody, with a reason, and with
    the old explanation kept. Conflict where that version counts already, or would take time away.
    """

    def under_new_days(row: DueInstant) -> dict[str, Any]:
        inputs = _inputs(row)
        days = calendar_in_force(row.inputs["calendar"], clock.now(), row.inputs["zone"])
        if days.version == row.inputs["calendar_version"]:
            raise Conflict(_("No other version of calendar %(key)s is in force.") % {"key": days.key})
        change = CalendarChange(row.inputs["calendar_version"], by, reason, clock.now())
        if calculus.derive(**{**inputs, "calendar": days}).due_at < row.due_at:
            raise Conflict(
                _(
                    "Under calendar %(key)s %(version)s this would be due earlier: time given is not taken back."
                )
                % {"key": days.key, "version": days.version}
            )
        return {**inputs, "calendar": days, "change": change}

    return _derive_anew(kind, subject, under_new_days)


def _inputs(row: DueInstant) -> dict[str, Any]:
    """Return what a row was derived from, as `calculus.derive` takes it."""
    return {
        "start": row.start_at,
        "rule": Rule(**row.inputs["rule"]),
        "calendar": calendar_of(row),
        "zone": row.inputs["zone"],
        "stops": derivations.stops_in(row.inputs),
        "extensions": derivations.extensions_in(row.inputs),
        "change": derivations.change_in(row.inputs),
    }


def _derive_anew(
    kind: str, subject: str, inputs_of: Callable[[DueInstant], dict[str, Any]]
) -> DueInstant | None:
    row = DueInstant.objects.filter(kind=kind, subject=subject, state=State.OPEN).first()
    if row is None:
        return None
    inputs = inputs_of(row)
    derived = calculus.derive(**inputs)
    if derived.due_at == row.due_at and derived.inputs == row.inputs:
        return row
    cancel(kind=kind, subject=subject)
    return _open(kind, row.aggregate, subject, row.start_at, row.owner_label, derived, inputs["calendar"])


def claim(aggregate: str) -> list[DueInstant]:
    """Return what is due of an aggregate, locked, in due order. The aggregate is locked by the caller."""
    return list(
        DueInstant.objects.select_for_update()
        .filter(aggregate=aggregate, state=State.OPEN, due_at__lte=clock.now())
        .order_by("due_at", "pk")
    )


def lapse_due(aggregate: str) -> int:
    """Apply whatever is due of an aggregate; acts call it once they hold the lock, so that the due instant
    decides and not the tick. Return how many rows were applied.

    Each row runs under a savepoint: one that fails is set aside with an alarm and stops no other. What the
    database refuses for the moment (a deadlock, a lost connection) is no failure of the row: it is raised, and
    the next tick tries again. A row that an earlier one cancelled is passed over; one that an earlier one set
    waits for the next call. What falls due about a part of a subject (`subject:part`) is of no use once the
    instant of the subject itself has come, and is cancelled.
    """
    applied = 0
    rows = claim(aggregate)
    over = {row.subject for row in rows}
    late = [row for row in rows if row.subject.rpartition(":")[0] in over]
    if late:
        _cancel(Q(pk__in=[row.pk for row in late]))
    for row in rows:
        if row in late:
            continue
        try:
            with transaction.atomic():
                row.state, row.lapsed_at, row.applied_at = State.DONE, row.due_at, clock.now()
                still = DueInstant.objects.filter(pk=row.pk, state=State.OPEN)
                if not still.update(state=row.state, lapsed_at=row.lapsed_at, applied_at=row.applied_at):
                    continue
                _note("deadline.applied", [row], CLOCK, due_at=row.due_at.isoformat())
                registry.handler_of(row.kind)(row)
                applied += 1
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("due_instant_failed", due=row.pk, kind=row.kind)
            _park(row, error)
    return applied


def _park(row: DueInstant, error: Exception) -> None:
    row.state, row.lapsed_at, row.applied_at = State.PARKED, None, None
    row.parked_error = f"{error.__class__.__name__}: {error}"[:2000]
    row.save(update_fields=["state", "lapsed_at", "applied_at", "parked_error"])
    _note(
        "deadline.parked",
        [row],
        CLOCK,
        Audience.of(AUDITORS),
        kind=row.kind,
        subject=row.subject,
        due_at=row.due_at.isoformat(),
        error=row.parked_error,
        owner=row.owner_label,
    )


@transaction.atomic
def retry(*, actor: Actor, due: DueInstant) -> DueInstant:
    """Let the next tick try a due instant again that failed and was set aside."""
    row = DueInstant.objects.select_for_update().get(pk=due.pk)
    require(policies.can_retry, actor, row)
    row.state, row.parked_error = State.OPEN, ""
    row.save(update_fields=["state", "parked_error"])
    _note("deadline.retried", [row], actor, Audience.of(AUDITORS))
    return row


@offers.put_off()
def tick() -> int:
    """Apply what is due now, aggregate by aggregate; return how many rows were applied.

    Due aggregates are read without locking; a busy one is left to the act that holds it or to the next tick,
    and so is what remains after `BUDGET` seconds. Any number of ticks may run at once.
    """
    ends = time.monotonic() + BUDGET
    due = DueInstant.objects.filter(state=State.OPEN, due_at__lte=clock.now())
    due = due.order_by("due_at", "pk").only("due_at", "aggregate")
    seen: set[str] = set()
    applied = 0
    rows = list(due[:BATCH])
    while rows:
        for aggregate in dict.fromkeys(row.aggregate for row in rows if row.aggregate not in seen):
            if time.monotonic() > ends:
                log.warning("tick_out_of_time", applied=applied)
                return applied
            applied += _tick_one(aggregate)
            seen.add(aggregate)
        last = rows[-1]
        after = Q(due_at__gt=last.due_at) | Q(due_at=last.due_at, pk__gt=last.pk)
        rows = list(due.filter(after)[:BATCH]) if len(rows) == BATCH else []
    return applied


def _tick_one(aggregate: str) -> int:
    try:
        with transaction.atomic():
            try:
                lock = registry.lock_of(aggregate)
            except LookupError as error:
                for row in claim(aggregate):
                    _park(row, error)
                return 0
            return lapse_due(aggregate) if lock(skip_locked=True) else 0
    except Exception:
        log.exception("tick_failed", aggregate=aggregate)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return 0


def open_of(aggregate: str) -> list[DueInstant]:
    """Return what will still happen by itself to an aggregate, soonest first."""
    return list(DueInstant.objects.filter(aggregate=aggregate, state=State.OPEN))
