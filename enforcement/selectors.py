"""What is left of licences, what holds a shipment up, what has left under waivers, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from core import clock
from core.models import ref
from enforcement.models import DeliveryVerification, PreShipmentCheck, Reservation, Shipment, ShipmentLine
from exemptions.models import Waiver
from licensing.models import Case, Licence, LicenceLine, Party
from licensing.selectors.standings import Standing, standing
from members.models import User
from screening import selectors as screening
from screening.models import Hit


@dataclass(frozen=True)
class Left:
    """A line of a licence with what is taken of it, in the line's unit.

    What customs draw of a shipment is in the shipment already, and counts once.
    """

    line: LicenceLine
    declared: Decimal  # in shipments that have not left yet
    shipped: Decimal  # in shipments that have left
    reserved: Decimal = Decimal(0)  # by customs, for declarations that name no shipment
    drawn: Decimal = Decimal(0)  # the same, confirmed
    confirmed: Decimal = Decimal(0)  # by customs in all: of shipments too

    @property
    def left(self) -> Decimal:
        return self.line.quantity - self.declared - self.shipped - self.reserved - self.drawn


def left_of(licence: Licence) -> list[Left]:
    """Return the lines of a licence with what is left of each: three queries."""
    rows = ShipmentLine.objects.filter(licence_line__licence=licence).exclude(
        shipment__status__in=Shipment.GIVEN_BACK
    )
    taken = rows.values("licence_line").annotate(
        declared=Sum("quantity", filter=Q(shipment__status=Shipment.Status.DECLARED)),
        shipped=Sum("quantity", filter=Q(shipment__status__in=Shipment.LEFT)),
    )
    by_line: dict[int, dict[str, Any]] = {row["licence_line"]: dict(row) for row in taken.order_by()}
    # a reservation that is still reserved has no lines: the join counts it once
    waiting = Q(status=Reservation.Status.RESERVED, expires_at__gt=clock.now())
    by_customs = (
        Reservation.objects.filter(licence=licence)
        .values("licence_line")
        .annotate(
            reserved=Sum("quantity", filter=waiting & Q(shipment__isnull=True)),
            alone=Sum("lines__quantity", filter=Q(shipment__isnull=True)),
            confirmed=Sum("lines__quantity"),
        )
    )
    for row in by_customs.order_by():
        by_line.setdefault(row["licence_line"], {}).update(row)
    nothing = Decimal(0)
    found = []
    for line in licence.lines.all():
        of: dict[str, Any] = by_line.get(line.pk, {})
        sums = (of.get(name) or nothing for name in ("declared", "shipped", "reserved", "alone", "confirmed"))
        found.append(Left(line, *sums))
    return found


def left_of_shipment(shipment: Shipment, line: LicenceLine) -> Decimal:
    """Return how much of what a shipment holds of a line customs have not drawn yet: two queries."""
    held = ShipmentLine.objects.filter(shipment=shipment, licence_line=line).aggregate(all=Sum("quantity"))[
        "all"
    ]
    waiting = Q(status=Reservation.Status.RESERVED, expires_at__gt=clock.now())
    taken = Reservation.objects.filter(shipment=shipment, licence_line=line).aggregate(
        reserved=Sum("quantity", filter=waiting), gone=Sum("lines__quantity")
    )
    nothing = Decimal(0)
    return (held or nothing) - (taken["reserved"] or nothing) - (taken["gone"] or nothing)


def holding_up(shipment: Shipment) -> list[str]:
    """Return what stands between a declared shipment and its departure: a sentence each, with the next step."""
    return [*licence_stands(shipment.licence), *_place(shipment), *_hits(shipment), *checks_wait(shipment)]


def _place(shipment: Shipment) -> list[str]:
    """Whether the licence still holds where it leaves from: its territory is the members that consent."""
    if shipment.leaves_from_id in shipment.licence.territory:
        return []
    told = _("The licence does not hold in %(member)s now. Declare another that leaves from %(all)s.")
    return [told % {"member": shipment.leaves_from.name, "all": ", ".join(shipment.licence.territory)}]


def licence_stands(licence: Licence) -> list[str]:
    """Return why nothing leaves under a licence now; nothing where it holds."""
    return not_standing(licence, standing(licence))


def not_standing(licence: Licence, now: Standing) -> list[str]:
    """The same, of a standing that was read."""
    if now.status == Licence.Status.ISSUED:
        return []
    shown = dict(Licence.Status.choices).get(now.status, _("Not yet valid"))
    said = _("Goods leave under a licence that holds, and %(number)s is %(status)s now.") % {
        "number": licence.number,
        "status": str(shown).lower(),
    }
    return [" ".join(part for part in (said, now.reason, _next_step(now.status, licence)) if part)]


def _next_step(status: str, licence: Licence) -> str:
    if status == "not_yet_valid":
        return _("Try again from %(day)s on.") % {"day": licence.valid_from.isoformat()}
    if status == Licence.Status.SUSPENDED:
        return _("Wait until it is reinstated, or ask %(member)s.") % {"member": licence.issued_by.name}
    return _("Apply for another.")


def _hits(shipment: Shipment) -> list[str]:
    carrying = set(shipment.parties.values_list("shared_party_id", flat=True))
    return screening_waits(shipment.licence.case, shipment.licence, carrying)


def screening_waits(case: Case, licence: Licence, carrying: Iterable[int] = ()) -> list[str]:
    """One sentence whatever was found: who is looked at, and why, is told to nobody whom it may concern."""
    waits, confirmed = screening.standing_of(ref(case))
    if confirmed and not waits:
        granted = Party.objects.filter(revision=case.revision_id).exclude(role=Party.Role.OWNER)
        waits = bool(confirmed & {*carrying, *granted.values_list("shared_party_id", flat=True)})
    if waits:
        return [
            _("The screening of the parties has to be settled by %(member)s first. Ask its officers.")
            % {"member": licence.issued_by.name}
        ]
    return []


def resembling(user: User, shipment: Shipment) -> list[Hit]:
    """Return the hits on whoever carries or receives a shipment, of those the person sees and nobody cleared."""
    carrying = shipment.parties.values("shared_party")
    rows = Hit.objects.visible_to(user).filter(case_ref=ref(shipment.licence.case))  # type: ignore[attr-defined]
    return list(rows.filter(shared_party__in=carrying).exclude(status=Hit.Status.CLEARED).order_by("pk"))


def checks_wait(shipment: Shipment) -> list[str]:
    """Return what is said of each check that holds a shipment up; it need not have been declared."""
    return [
        _("The pre-shipment check %(reference)s waits for an inspector of %(member)s.")
        % {"reference": check.reference, "member": check.member.name}
        if check.status == PreShipmentCheck.Status.ASKED
        else _(
            "The pre-shipment check %(reference)s was not passed. Another check has to be, asked for by %(member)s."
        )
        % {"reference": check.reference, "member": check.member.name}
        for check in blocking(shipment)
    ]


def blocking(shipment: Shipment) -> list[PreShipmentCheck]:
    """Return the checks that hold a shipment up: those that wait, and those not passed since."""
    rows = PreShipmentCheck.objects.bearing_on(shipment).exclude(status="withdrawn")  # type: ignore[attr-defined]
    last: dict[object, PreShipmentCheck] = {}
    waiting = []
    for check in rows.select_related("member").order_by("ended_at", "asked_at", "pk"):
        if check.status == PreShipmentCheck.Status.ASKED:
            waiting.append(check)
        else:
            last[check.target] = check
    return [*waiting, *(check for check in last.values() if check.blocks)]


def in_transit(licence: Licence) -> list[Shipment]:
    """Return the shipments of a licence that are on their way now."""
    rows = Shipment.objects.filter(licence=licence, status=Shipment.Status.IN_TRANSIT)
    return list(rows.select_related("leaves_from").order_by("planned_arrival", "pk"))


def shipped_under(waiver: Waiver) -> Decimal:
    """Return how much has left under the licences that rest on a waiver, in the unit of its cap.

    A value is the line's, by the share of its quantity that has left.
    """
    rows = ShipmentLine.objects.filter(
        licence_line__licence__in=waiver.uses.values("licence"), shipment__status__in=Shipment.LEFT
    ).select_related("licence_line")
    total = Decimal(0)
    for row in rows:
        line = row.licence_line
        total += (
            row.quantity
            if waiver.cap_of == Waiver.Cap.QUANTITY
            else line.value * row.quantity / line.quantity
        )
    return total.quantize(Decimal("0.001"))


def of_waiver(waiver: Waiver) -> QuerySet[Shipment]:
    """Return the shipments under the licences that rest on a waiver."""
    return Shipment.objects.filter(licence__in=waiver.uses.values("licence")).select_related("licence")


#: What the list of shipments may be narrowed to.
VIEWS = ("waiting", "overdue", "declared", "in_transit", "all")


def listed(user: User, view: str) -> QuerySet[Shipment]:
    """Return the shipments an officer or exporter may see, narrowed, with what is needed to show each."""
    rows = shown(user)
    if view == "waiting":
        waits = Min("verifications__confirmed_at", filter=Q(verifications__status="confirmed"))
        return rows.annotate(waits=waits).filter(waits__isnull=False).order_by("waits", "pk")
    if view == "overdue":
        return overdue(rows).order_by("verify_by", "pk")
    if view in ("declared", "in_transit"):
        return rows.filter(status=view).order_by("planned_departure", "pk")
    return rows


def shown(user: User) -> QuerySet[Shipment]:
    """Return the shipments a person may see."""
    rows: QuerySet[Shipment] = Shipment.objects.visible_to(user)  # type: ignore[attr-defined]
    return rows.select_related("licence__holder", "licence__issued_by", "leaves_from")


def overdue(rows: QuerySet[Shipment]) -> QuerySet[Shipment]:
    """Narrow shipments to those past their date whose delivery nobody has confirmed, as it is read now."""
    standing_ = DeliveryVerification.objects.standing()  # type: ignore[attr-defined]
    return rows.filter(verify_by__lte=clock.now()).exclude(verifications__in=standing_)


def counts(user: User) -> dict[str, int]:
    """Return how many shipments each view of the list holds."""
    rows = Shipment.objects.visible_to(user)  # type: ignore[attr-defined]
    by_status = dict(rows.values_list("status").annotate(Count("pk")).order_by())
    return {
        "waiting": rows.filter(verifications__status="confirmed").distinct().count(),
        "overdue": overdue(rows).count(),
        "declared": by_status.get("declared", 0),
        "in_transit": by_status.get("in_transit", 0),
        "all": sum(by_status.values()),
    }


def verification_state(shipment: Shipment, verifications: Sequence[DeliveryVerification]) -> str:
    """Return how a verification stands now: unneeded, to_come, due, overdue, confirmed or accepted.

    Of the holder's word and a monitor's, one that is accepted is enough.
    """
    counting = {str(one.status) for one in verifications} - {"rejected"}
    if counting:
        return "accepted" if "accepted" in counting else "confirmed"
    if not shipment.verification:
        return "unneeded"
    if shipment.verify_by is None:
        return "to_come"
    return "overdue" if shipment.verify_by <= clock.now() else "due"


def may_be_monitored(shipment: Shipment, verifications: Sequence[DeliveryVerification]) -> bool:
    """Whether a monitor may still be named: it has left, is not verified, and no monitor's word waits."""
    return shipment.status in Shipment.LEFT and not any(
        one.status == "accepted" or (one.status == "confirmed" and one.monitor_id) for one in verifications
    )


def states(shipments: Iterable[Shipment]) -> dict[int, str]:
    """Return how the verifications of shipments stand, by key: one query."""
    found = list(shipments)
    by_shipment: dict[int, list[DeliveryVerification]] = {}
    for one in DeliveryVerification.objects.filter(shipment__in=found):
        by_shipment.setdefault(one.shipment_id, []).append(one)
    return {one.pk: verification_state(one, by_shipment.get(one.pk, [])) for one in found}
