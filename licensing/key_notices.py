"""Telling whoever relies on a member's key that it counts no more."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core.instants import in_zones
from correspondence import services as correspondence
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Licence
from members.models import Jurisdiction, Role, User

HELD = (Licence.Status.ISSUED, Licence.Status.SUSPENDED)


@subscribe("issuer_key.revoked")
def tell_revoked(event: Event) -> None:
    """Tell customs of every member, the member's administrators and deciders, and holders of its live licences."""
    member = Jurisdiction.objects.get(code=event.facts["member"])
    since = in_zones(datetime.fromisoformat(event.facts["since"]), [member.timezone])
    told = _("What it signed from %(since)s on is not genuine. Why: %(reason)s") % {
        "since": since,
        "reason": event.facts["reason"],
    }
    subject = _("A key of %(member)s is revoked") % {"member": member.name}
    own = Q(appointments__role=Role.CUSTOMS_OFFICER) | Q(authority__jurisdiction=member)
    keepers = User.objects.in_roles(Role.ADMINISTRATOR, Role.DECIDER, Role.CUSTOMS_OFFICER).filter(own)
    correspondence.notify(
        recipients=keepers.exclude(uid=event.actor_id).distinct(),
        event=event,
        subject=subject,
        text=told,
        path="/members/",
    )
    live = Licence.objects.filter(issued_by=member, status__in=HELD)
    correspondence.notify(
        recipients=User.objects.filter(
            is_active=True, memberships__organisation__in=live.values("holder")
        ).distinct(),
        event=event,
        subject=subject,
        text=_(
            "Your licences hold as before. Fetch their codes and credentials anew: customs take no old one."
        ),
        path="/licences/",
    )
