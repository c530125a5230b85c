"""Instants and lengths of time in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock

SOON = timedelta(hours=4)
SECONDS_SHOWN_BELOW = 600


@dataclass(frozen=True)
class Instant:
    """One instant as it is written in one zone."""

    text: str
    zone: str  # "Berlin time"

    def __str__(self) -> str:
        return f"{self.text} {self.zone}"


@dataclass(frozen=True)
class Countdown:
    """What is left until an instant, and the instant in each zone that matters."""

    due: datetime
    now: datetime
    text: str
    state: str  # fine | soon | over
    instants: list[Instant]


def zone_name(zone: str) -> str:
    """Return how a zone is called: "Europe/Berlin" is "Berlin time"."""
    if zone in ("UTC", "Etc/UTC"):
        return "UTC"
    return _("%(city)s time") % {"city": zone.rsplit("/", 1)[-1].replace("_", " ")}


def instant(at: datetime, zone: str = "") -> Instant:
    """Return an instant in a zone, the reader's where none is given; seconds only where they matter."""
    zone = zone or timezone.get_current_timezone_name()
    local = at.astimezone(ZoneInfo(zone))
    form = "D j M Y, H:i:s" if local.second else "D j M Y, H:i"
    return Instant(date_format(local, form, use_l10n=False), zone_name(zone))


def spoken(length: timedelta) -> str:
    """Return the two greatest units of a length of time; seconds only under ten minutes."""
    seconds = int(abs(length.total_seconds()))
    amounts = [
        (seconds // 86_400, ngettext("%(n)d day", "%(n)d days", seconds // 86_400)),
        (seconds // 3600 % 24, ngettext("%(n)d hour", "%(n)d hours", seconds // 3600 % 24)),
        (seconds // 60 % 60, ngettext("%(n)d minute", "%(n)d minutes", seconds // 60 % 60)),
    ]
    if seconds < SECONDS_SHOWN_BELOW:
        amounts.append((seconds % 60, ngettext("%(n)d second", "%(n)d seconds", seconds % 60)))
    first = next((at for at, (amount, _form) in enumerate(amounts) if amount), None)
    told = amounts[first : first + 2] if first is not None else amounts[-1:]
    return " ".join(form % {"n": amount} for amount, form in told if amount or first is None)


def countdown(due: datetime, *zones: str) -> Countdown:
    """Return what is left until an instant, told in the reader's zone and in others where they differ."""
    now = clock.now()
    left = due - now
    over = left <= timedelta(0)
    text = _("%s overdue") if over else _("%s left")
    shown = dict.fromkeys([timezone.get_current_timezone_name(), *filter(None, zones)])
    seen: set[str] = set()
    instants = []
    for zone in shown:
        told = instant(due, zone)
        if told.text not in seen:
            instants.append(told)
            seen.add(told.text)
    return Countdown(
        due=due,
        now=now,
        text=text % spoken(left),
        state="over" if over else "soon" if left < SOON else "fine",
        instants=instants,
    )
