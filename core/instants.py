"""Instants as people of several time zones read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _


def in_zones(at: datetime, zones: Iterable[str]) -> str:
    """Return one instant in UTC and as it is written in time zones, each once: `2026-03-29 00:30 UTC, 01:30 CET`.

    The date is told again where it is another one there.
    """
    utc = f"{at.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M}"
    told = [f"{utc} UTC"]
    for zone in dict.fromkeys(zones):
        local = at.astimezone(ZoneInfo(zone))
        if local.utcoffset() is None or f"{local:%Y-%m-%d %H:%M}" == utc:
            continue
        same_day = f"{local:%Y-%m-%d}" == utc[:10]
        name = local.tzname() or ""
        name = (
            name
            if name.isalpha()
            else _("%(city)s time") % {"city": zone.rsplit("/", 1)[-1].replace("_", " ")}
        )
        text = f"{local:%H:%M} {name}" if same_day else f"{local:%Y-%m-%d %H:%M} {name}"
        if text not in told:
            told.append(text)
    return ", ".join(told)
