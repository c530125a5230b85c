"""Reading what falls due: what is open, what failed, and what the ledger alone says it should be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from core import clock
from deadlines import derivations
from deadlines.models import CalendarVersion, DueInstant
from ledger.models import Event

STATES = {
    "deadline.cancelled": DueInstant.State.CANCELLED,
    "deadline.applied": DueInstant.State.DONE,
    "deadline.parked": DueInstant.State.PARKED,
    "deadline.retried": DueInstant.State.OPEN,
}


@dataclass(frozen=True)
class Replayed:
    """A due instant as the ledger tells it."""

    kind: str
    subject: str
    due_at: datetime
    state: str


def parked() -> QuerySet[DueInstant]:
    """Return what failed and waits for somebody, oldest first."""
    return DueInstant.objects.filter(state=DueInstant.State.PARKED)


def overdue(by: timedelta = timedelta(minutes=1)) -> QuerySet[DueInstant]:
    """Return what should have been applied some time ago: the tick is away, or something holds its lock."""
    return DueInstant.objects.filter(state=DueInstant.State.OPEN, due_at__lte=clock.now() - by)


def replay(aggregate: str) -> list[Replayed]:
    """Tell every due instant of an aggregate from its events alone, in the order in which they were set.

    Each is derived again from the inputs that its event recorded, so the result does not rest on the table of
    due instants, which the platform may change; equal results prove that nobody moved one.
    """
    told: list[Replayed] = []
    open_at: dict[tuple[str, str], int] = {}
    events = Event.objects.filter(aggregate=aggregate, type__startswith="deadline.").order_by("pk")
    for event in events:
        for kind, subject in event.facts["due"]:
            key = (kind, subject)
            if event.type == "deadline.set":
                open_at[key] = len(told)
                told.append(Replayed(kind, subject, _derived(event), DueInstant.State.OPEN))
            elif key in open_at:
                place = open_at[key]
                told[place] = replace(told[place], state=STATES[event.type])
                if event.type in ("deadline.cancelled", "deadline.applied"):
                    del open_at[key]
    return told


def _derived(event: Event) -> datetime:
    inputs = event.facts["inputs"]
    version = CalendarVersion.objects.get(key=inputs["calendar"], version=inputs["calendar_version"])
    return derivations.recompute(inputs, version.data).due_at
