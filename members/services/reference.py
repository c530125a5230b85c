"""Members of the alliance and their authorities, as the reference bundles state them."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from members.models import Authority, Jurisdiction, Ministry


@transaction.atomic
def load_jurisdiction(*, code: str, name: str, timezone: str, calendar: str) -> Jurisdiction:
    """Enter a member of the alliance, or bring its name, IANA zone and calendar key up to date."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid.field("timezone", _("%(zone)s is no IANA time zone.") % {"zone": timezone}) from None
    jurisdiction, _created = Jurisdiction.objects.update_or_create(
        code=code, defaults={"name": name, "timezone": timezone, "calendar": calendar}
    )
    return jurisdiction


@transaction.atomic
def load_authority(*, jurisdiction: Jurisdiction, ministry: str, name: str) -> Authority:
    """Enter a ministry or agency of a jurisdiction, or bring its name up to date; one for each ministry."""
    if ministry not in Ministry.values:
        raise Invalid.field("ministry", _("%(ministry)s is no known ministry.") % {"ministry": ministry})
    authority, _created = Authority.objects.update_or_create(
        jurisdiction=jurisdiction, ministry=ministry, defaults={"name": name}
    )
    return authority
