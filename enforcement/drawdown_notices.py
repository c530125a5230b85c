"""Telling holders what customs have drawn of their licences, and the members concerned what no token covers.

Reservations are not told: most are confirmed within days, and the licence's page shows them.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from enforcement.models import OfflineConflict, Reservation
from enforcement.models.offline import SETTLERS
from enforcement.notices import customs, holders, tell
from ledger.models import Event
from ledger.subscriptions import subscribe
from members.models import Role, User


def _tell_holder(event: Event, subject: str, text: str) -> None:
    found = Reservation.objects.select_related("licence").get(pk=event.subject_id)
    facts = event.facts
    where = _("%(office)s, declaration %(declaration)s, line %(line)s.") % {
        "office": facts["office"],
        "declaration": facts["declaration"],
        "line": facts["line"],
    }
    number = found.licence.number
    tell(
        holders(found.licence),
        event,
        f"{number}: {subject}",
        f"{text} {where}",
        f"/licences/{number}/shipments/",
    )


def _figure(told: object) -> str:
    """A quantity without idle zeros: 1.000 is a thousand to some."""
    return f"{Decimal(str(told)).normalize():f}"


@subscribe("licence.drawn")
def tell_what_was_drawn(event: Event) -> None:
    text = _("%(drawn)s %(unit)s were drawn.") % {
        "drawn": _figure(event.facts["drawn"]),
        "unit": event.facts["unit"],
    }
    _tell_holder(event, _("customs drew of your licence"), text)


@subscribe("licence.adjusted")
def tell_what_was_set_right(event: Event) -> None:
    text = _("%(drawn)s %(unit)s are drawn instead of %(before)s.") % {
        "drawn": _figure(event.facts["drawn"]),
        "unit": event.facts["unit"],
        "before": _figure(event.facts["before"]),
    }
    _tell_holder(event, _("customs set right what was drawn"), text)


@subscribe("licence.contra")
def tell_what_was_cancelled(event: Event) -> None:
    text = _("%(freed)s %(unit)s are free again.") % {
        "freed": _figure(event.facts["freed"]),
        "unit": event.facts["unit"],
    }
    _tell_holder(event, _("customs cancelled what was drawn"), text)


@subscribe("offline_use.disputed")
def ask_to_settle(event: Event) -> None:
    """Customs of the member that told it, and whoever licenses for the member that issued the licence."""
    conflict = _conflict(event)
    issuer = conflict.use.licence.issued_by_id if conflict.use.licence else None
    people = [
        *customs([conflict.use.jurisdiction_id]),
        *User.objects.in_roles(Role.LICENSING_OFFICER).filter(authority__jurisdiction=issuer),
    ]
    _tell_of(
        event, conflict, people, _("a use without a network is not covered"), conflict.get_reason_display()
    )


@subscribe("offline_use.proposed")
def ask_a_second_person(event: Event) -> None:
    conflict = _conflict(event)
    people = User.objects.in_roles(*SETTLERS).filter(authority__jurisdiction__in=conflict.use.members)
    subject = _("a second person is needed for an uncovered use")
    _tell_of(event, conflict, people, subject, str(event.facts["reason"]))


@subscribe("offline_use.referred")
def tell_of_an_infringement(event: Event) -> None:
    """Deciders and inspectors of the member that issued the licence, or else of the one that told it."""
    conflict = _conflict(event)
    use = conflict.use
    member = use.licence.issued_by_id if use.licence else use.jurisdiction_id
    people = User.objects.in_roles(Role.DECIDER, Role.INSPECTOR).filter(authority__jurisdiction=member)
    _tell_of(
        event, conflict, people, _("an uncovered use is referred as an infringement"), event.facts["reason"]
    )


def _conflict(event: Event) -> OfflineConflict:
    found: OfflineConflict = OfflineConflict.objects.select_related(
        "use__licence", "use__token__reservation"
    ).get(uid=event.facts["conflict"])
    return found


def _tell_of(event: Event, conflict: OfflineConflict, people: object, subject: str, text: object) -> None:
    use = conflict.use
    named = use.licence_number or use.declaration
    said = f"{use.office}, {use.declaration}: {conflict.quantity.normalize():f} {use.unit}. {text}"
    tell(people, event, f"{named}: {subject}", said, f"/workbench/offline/conflicts/{conflict.uid}/")  # type: ignore[arg-type]
