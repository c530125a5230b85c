"""Setting, moving and cancelling what falls due.

Whoever sets, moves or cancels holds the lock of the aggregate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.actors import PROCESS, Actor
from core.audience import NOBODY, Audience
from core.errors import Conflict, NotFound
from deadlines import calculus, derivations, registry
from deadlines.calculus import CalendarChange, CalendarData, Derivation, Extension, Rule, Stop
from deadlines.models import CalendarVersion, DueInstant
from ledger import services as ledger

log = structlog.get_logger(__name__)

State = DueInstant.State


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
    registry.must_be_lockable(aggregate)
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
    note(
        "deadline.set",
        [row],
        PROCESS,
        inputs=derived.inputs,
        due_at=derived.due_at.isoformat(),
        sha256=derivations.commitment(derived.inputs, calendar, derived.due_at),
    )
    return row


def note(
    type: str, rows: Sequence[DueInstant], actor: Actor, audience: Audience = NOBODY, **facts: Any
) -> None:
    """Write to the ledger what became of due instants, one event for each aggregate, for `selectors.replay`; on
    nobody's timeline unless told otherwise, since the acts and lapses around it are."""
    by_aggregate: dict[str, list[DueInstant]] = {}
    for row in rows:
        by_aggregate.setdefault(row.aggregate, []).append(row)
    ledger.record_many(
        ledger.Happened(
            type=type,
            actor=actor,
            subject=own[0],
            aggregate=aggregate,
            audience=audience,
            facts={"due": [[row.kind, row.subject] for row in own], **facts},
        )
        for aggregate, own in by_aggregate.items()
    )


def cancel(*, kind: str, subject: str) -> int:
    """Cancel an instant that is open or set aside; return how many there were (none or one)."""
    return cancel_rows(_standing(Q(kind=kind, subject=subject)))


def cancel_subjects(subjects: Iterable[tuple[str, str]]) -> int:
    """Cancel everything open or set aside about subjects, each with its aggregate, and about their parts
    (`subject:part`)."""
    known = set(subjects)
    rows = _standing(Q(aggregate__in={aggregate for aggregate, _subject in known}))
    return cancel_rows([row for row in rows if known & {(row.aggregate, row.subject), _whole(row)}])


def cancel_parts(*, aggregate: str, subject: str) -> int:
    """Cancel everything open or set aside about the parts of a subject, and leave the subject itself."""
    return cancel_rows(
        [row for row in _standing(Q(aggregate=aggregate)) if _whole(row) == (aggregate, subject)]
    )


def cancel_all(aggregate: str) -> int:
    """Cancel everything open or set aside of an aggregate that has come to its end."""
    return cancel_rows(_standing(Q(aggregate=aggregate)))


def _whole(row: DueInstant) -> tuple[str, str]:
    """The subject that a row's subject is a part of."""
    return row.aggregate, row.subject.rpartition(":")[0]


def _standing(which: Q) -> list[DueInstant]:
    return list(DueInstant.objects.filter(which, state__in=DueInstant.STANDING))


@transaction.atomic(savepoint=False)
def cancel_rows(rows: Sequence[DueInstant]) -> int:
    """Cancel rows that are open or set aside; return how many."""
    if rows:
        DueInstant.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.CANCELLED)
        note("deadline.cancelled", rows, PROCESS)
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


def open_of(aggregate: str) -> list[DueInstant]:
    """Return what will still happen by itself to an aggregate, soonest first."""
    return list(DueInstant.objects.filter(aggregate=aggregate, state=State.OPEN))
