"""Applying what is due: exactly once, by its own instant and not by the tick's."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from core import clock
from core.actors import CLOCK, Actor
from core.audience import AUDITORS, Audience
from core.policies import require
from deadlines import policies, registry
from deadlines.models import DueInstant
from deadlines.services.setting import cancel_rows, note
from ledger import offers

log = structlog.get_logger(__name__)

State = DueInstant.State
BATCH = 500  # due rows a tick reads at a time
BUDGET = 20.0  # seconds after which a tick leaves the rest to the next
STAY = 0.8  # seconds a tick waits for what falls due meanwhile; the rest of its second is the sealer's
PASS = 0.05  # seconds between two looks of a tick, so that what falls due together is applied together
PASSING = (OperationalError, InterfaceError)  # a deadlock, a lost connection: no failure of the row


def claim(aggregates: Iterable[str]) -> dict[str, list[DueInstant]]:
    """Return what is due of aggregates, locked, in due order. The aggregates are locked by the caller."""
    rows = (
        DueInstant.objects.select_for_update()
        .filter(aggregate__in=list(aggregates), state=State.OPEN, due_at__lte=clock.now())
        .order_by("due_at", "pk")
        .defer("inputs", "explanation")
    )
    found: dict[str, list[DueInstant]] = {}
    for row in rows:
        found.setdefault(row.aggregate, []).append(row)
    return found


def lapse_due(*aggregates: str) -> int:
    """Apply whatever is due of aggregates; acts call it once they hold the lock, so that the due instant
    decides and not the tick. Return how many rows were applied.

    Each row runs under a savepoint: one that fails is set aside with an alarm and stops no other. What the
    database refuses for the moment is raised, and the next tick tries again. A row that an earlier one cancelled
    is passed over; one that an earlier one set waits for the next call. What falls due about a part of a subject
    (`subject:part`) is of no use once the instant of the subject itself has come, and is cancelled. Where
    nothing but one kind that is handled together is due of an aggregate, it is applied with all others of it.
    """
    late: list[DueInstant] = []
    alone: list[DueInstant] = []
    together: dict[str, list[DueInstant]] = {}
    for rows in claim(aggregates).values():
        over = {row.subject for row in rows}
        whole = [row for row in rows if row.subject.rpartition(":")[0] not in over]
        late += [row for row in rows if row not in whole]
        kinds = {row.kind for row in whole}
        if len(kinds) == 1 and registry.falls_due_together(kind := kinds.pop()):
            together.setdefault(kind, []).extend(whole)
        else:
            alone += whole
    cancel_rows(late)
    applied = 0
    for rows in together.values():
        if _applied(rows):
            applied += len(rows)
        else:
            alone += rows
    for row in alone:
        applied += _applied([row])
    return applied


def _applied(rows: Sequence[DueInstant]) -> bool:
    """Apply rows of one kind under a savepoint; whether they were. One that fails alone is set aside."""
    try:
        with transaction.atomic():
            _mark(rows)
            registry.handler_of(rows[0].kind)(rows)
            return True
    except PASSING:
        raise
    except _Cancelled:
        return False
    except Exception as error:
        if len(rows) == 1:
            log.exception("due_instant_failed", due=rows[0].pk, kind=rows[0].kind)
            _park(rows[0], error)
        else:
            log.warning("due_instants_one_by_one", kind=rows[0].kind, count=len(rows), error=str(error))
        return False


class _Cancelled(Exception):
    """A row was cancelled by what was applied before it."""


def _mark(rows: Sequence[DueInstant]) -> None:
    """Mark rows as applied; _Cancelled unless all of them are still open."""
    by_instant: dict[object, list[DueInstant]] = {}
    for row in rows:
        row.state, row.lapsed_at, row.applied_at = State.DONE, row.due_at, clock.now()
        by_instant.setdefault(row.due_at, []).append(row)
    for due_at, own in by_instant.items():
        still = DueInstant.objects.filter(pk__in=[row.pk for row in own], state=State.OPEN)
        if still.update(state=State.DONE, lapsed_at=due_at, applied_at=clock.now()) != len(own):
            raise _Cancelled
    note("deadline.applied", rows, CLOCK)


def _park(row: DueInstant, error: Exception) -> None:
    row.state, row.lapsed_at, row.applied_at = State.PARKED, None, None
    row.parked_error = f"{error.__class__.__name__}: {error}"[:2000]
    row.save(update_fields=["state", "lapsed_at", "applied_at", "parked_error"])
    note(
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
    note("deadline.retried", [row], actor, Audience.of(AUDITORS))
    return row


def tick(stay: float = 0.0) -> int:
    """Apply what is due now, and what falls due within `stay` seconds; return how many rows were applied.

    Where something falls due meanwhile it sleeps until then, so that a lapse waits for its own instant and not for
    the next beat; where nothing does it ends at once, and an idle second costs two queries. Any number of ticks may
    run at once.
    """
    began = time.monotonic()
    leaves = clock.now() + timedelta(seconds=stay)
    applied = _pass(began + BUDGET)
    while time.monotonic() - began < stay:
        ahead = DueInstant.objects.filter(state=State.OPEN, due_at__gt=clock.now(), due_at__lte=leaves)
        soonest = ahead.order_by("due_at", "pk").values_list("due_at", flat=True).first()
        if soonest is None:
            break
        time.sleep(max(PASS, (soonest - clock.now()).total_seconds()))
        applied += _pass(began + BUDGET)
    return applied


@offers.put_off()
def _pass(ends: float) -> int:
    """Apply what is due now, until `ends` (monotonic seconds).

    Due aggregates are read without locking; a busy one is left to the act that holds it or to the next pass, and
    so is what remains at `ends`. Each aggregate has a transaction of its own, but for those of which nothing is
    due that is not handled together: these share one.
    """
    due = DueInstant.objects.filter(state=State.OPEN, due_at__lte=clock.now())
    due = due.order_by("due_at", "pk").only("due_at", "aggregate", "kind")
    seen: set[str] = set()
    applied = 0
    rows = list(due[:BATCH])
    while rows:
        for aggregates in _portions([row for row in rows if row.aggregate not in seen]):
            if time.monotonic() > ends:
                log.warning("tick_out_of_time", applied=applied)
                return applied
            applied += _tick(aggregates)
            seen.update(aggregates)
        last = rows[-1]
        after = Q(due_at__gt=last.due_at) | Q(due_at=last.due_at, pk__gt=last.pk)
        rows = list(due.filter(after)[:BATCH]) if len(rows) == BATCH else []
    return applied


def _portions(rows: Sequence[DueInstant]) -> list[list[str]]:
    """Return the aggregates of rows as they are applied: in one portion, or each alone, in the order of rows."""
    apart = {row.aggregate for row in rows if not registry.falls_due_together(row.kind)}
    together = list(dict.fromkeys(row.aggregate for row in rows if row.aggregate not in apart))
    alone = [[aggregate] for aggregate in dict.fromkeys(row.aggregate for row in rows) if aggregate in apart]
    return [*([together] if together else []), *alone]


def _tick(aggregates: list[str]) -> int:
    """Apply what is due of aggregates in one transaction; where that fails, in one for each."""
    try:
        with transaction.atomic():
            return lapse_due(*registry.lock(aggregates))
    except LookupError as error:
        if len(aggregates) == 1:
            with transaction.atomic():
                for row in claim(aggregates).get(aggregates[0], ()):
                    _park(row, error)
            return 0
    except Exception:
        log.exception("tick_failed", aggregates=aggregates[:10], count=len(aggregates))
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
    return sum(_tick([aggregate]) for aggregate in aggregates) if len(aggregates) > 1 else 0
