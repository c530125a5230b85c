"""Reading what falls due: what is open, what failed, and what the ledger alone says it should be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from core import clock
from core.errors import NotFound
from deadlines import derivations
from deadlines.models import CalendarVersion, DueInstant
from deadlines.services import calendar_in_force, calendar_of
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


@dataclass(frozen=True)
class Told:
    """A due instant with the event that set it, by which it is named to the outside."""

    row: DueInstant
    event: Event

    @property
    def uid(self) -> UUID:
        return self.event.uid

    @property
    def is_open(self) -> bool:
        return self.row.state == DueInstant.State.OPEN

    @property
    def filename(self) -> str:
        return f"{self.row.kind}-{self.row.due_at:%Y%m%dT%H%M%SZ}.json"

    @property
    def newer_calendar(self) -> str:
        """The calendar version in force now, where it is not the one that counts."""
        inputs = self.row.inputs
        try:
            version = calendar_in_force(inputs["calendar"], clock.now(), inputs["zone"]).version
        except NotFound:
            return ""
        return "" if version == inputs["calendar_version"] else version


def told(aggregate: str, kinds: Iterable[str], *, most: int = 200) -> list[Told]:
    """Return the due instants of some kinds that an aggregate has and had: what runs, then the newest."""
    rows = list(DueInstant.objects.filter(aggregate=aggregate, kind__in=list(kinds)).order_by("-pk")[:most])
    events = {
        int(event.subject_id): event
        for event in Event.objects.filter(
            type="deadline.set", subject_type="dueinstant", subject_id__in=[str(row.pk) for row in rows]
        )
    }
    found = [Told(row, events[row.pk]) for row in rows if row.pk in events]
    running = sorted((item for item in found if item.is_open), key=lambda item: item.row.due_at)
    return [*running, *(item for item in found if not item.is_open)]


def file_of(item: Told, label: str) -> bytes:
    """Return the file by which a stranger recomputes a due instant: `deadlines.derivations`.

    `label` says whose it is. The event's SHA-256 is missing where it was set before events committed to it.
    """
    calendar = calendar_of(item.row)
    derived = derivations.recompute(item.row.inputs, calendar)
    committed = {"event": str(item.uid), "type": item.event.type, "at": item.event.at.isoformat()}
    if "sha256" in item.event.facts:
        committed["sha256"] = item.event.facts["sha256"]
    return derivations.write(derived, calendar, subject=f"{item.row.kind} of {label}", committed_by=committed)


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
