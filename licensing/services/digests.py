"""The digest: once a working day each officer is told how much waits, and what is due first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.errors import NotFound
from correspondence import services as correspondence
from deadlines import services as deadlines
from licensing.selectors.queue import queue
from members.models import Jurisdiction, User

AT = time(7)  # by the officer's clock
SHOWN = 10  # cases named, the soonest due first


def send_digests() -> int:
    """Send the digest of the day to every officer whose day has begun; return how many notices that were.

    Each officer has a transaction of their own, in which the day is noted: another worker finds it done.
    """
    return sum(send_digest(person_id=pk, day=day) for pk, day in _due())


def _due() -> Iterator[tuple[int, date]]:
    for jurisdiction in Jurisdiction.objects.all():
        local = clock.now().astimezone(ZoneInfo(jurisdiction.timezone))
        if local.time() < AT or not _is_working(jurisdiction, local.date()):
            continue
        officers = User.objects.filter(
            is_active=True, wants_digest=True, authority__jurisdiction=jurisdiction
        )
        waiting = officers.filter(Q(digested_on__isnull=True) | Q(digested_on__lt=local.date()))
        for pk in waiting.order_by("pk").values_list("pk", flat=True):
            yield pk, local.date()


def _is_working(jurisdiction: Jurisdiction, day: date) -> bool:
    try:
        calendar = deadlines.calendar_in_force(jurisdiction.calendar, clock.now(), jurisdiction.timezone)
    except NotFound:
        return day.weekday() < 5
    return calendar.is_working(day)


@transaction.atomic
def send_digest(*, person_id: int, day: date) -> int:
    """Tell a person what waits on a day, unless it was told or nothing does; return how many notices were new."""
    again = Q(digested_on__isnull=True) | Q(digested_on__lt=day)
    if not User.objects.filter(again, pk=person_id, wants_digest=True).update(digested_on=day):
        return 0
    person = User.objects.select_related("authority__jurisdiction").get(pk=person_id)
    if not person.serves:
        return 0
    waiting = list(queue(person).values_list("reference", "next_due_at"))  # type: ignore[misc]
    if not waiting:
        return 0
    count = len(waiting)
    waits = ngettext("%(count)d case waits for you", "%(count)d cases wait for you", count) % {"count": count}
    return correspondence.notify(
        recipients=[person],
        event=None,
        subject=f"{day:%Y-%m-%d}: {waits}",
        text="\n".join(_line(reference, due_at) for reference, due_at in waiting[:SHOWN]),
        path="/workbench/",
    )


def _line(reference: str, due_at: datetime | None) -> str:
    if due_at is None:
        return reference
    return _("%(case)s, due %(due)s") % {"case": reference, "due": f"{due_at:%Y-%m-%d %H:%M UTC}"}
