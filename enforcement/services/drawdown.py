"""Customs reserve quantities of a licence, confirm what has left, and give back what has not.

The case is locked first, so that gateways of several members never take more of a line than there is; the database
counts again under the lock of the licence's line. What is left is read, and kept nowhere.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.errors import Conflict, Invalid, NotCovered
from core.models import ref, ref_id
from core.policies import require
from core.references import normalise_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from enforcement import cover, policies, selectors
from enforcement.cover import Reason
from enforcement.models import DrawdownLine, Reservation, Shipment
from enforcement.selectors import Left
from enforcement.services.common import locked_licence
from ledger import services as ledger
from ledger.models import Event
from licensing import replaced
from licensing.models import Licence
from licensing.selectors.standings import standing
from licensing.services import locks, using_up
from members.models import User

EXPIRY = "reservation.expiry"
#: How long a reservation binds. No law that we follow gives one number: ten days are agreed here, between the
#: acceptance of a declaration and the goods' exit.
HELD_FOR = Rule(240, "hours")
OFFICE = re.compile(r"[A-Z]{2}[A-Z0-9]{3,8}")
DECLARATION = re.compile(r"[A-Z0-9][A-Z0-9/.\-]{2,34}")
Kind, Status = DrawdownLine.Kind, Reservation.Status
#: What a reservation taken in time outlasts: the goods were covered when they were presented.
OUTLASTED = frozenset({"expired", "exhausted", "surrendered", "replaced"})


@locks.due_first("licence")
@transaction.atomic
def reserve(
    *,
    actor: User,
    licence: Licence,
    line: int,
    quantity: Decimal,
    unit: str,
    office: str,
    declaration: str,
    shipment: str = "",
) -> Reservation:
    """Take a quantity of a line for a declaration at a customs office of the actor's member.

    NotCovered says every reason why the licence does not cover it; Invalid names what is no answer at all. With
    `shipment` it is taken of what that shipment holds already, and nothing besides.
    """
    locks.lock(licence.case_id)
    licence = locked_licence(licence)
    require(policies.can_draw, actor, licence)
    return take(
        actor=actor,
        licence=licence,
        member=str(actor.jurisdiction_code),
        line=line,
        quantity=quantity,
        unit=unit,
        office=office,
        declaration=declaration,
        shipment=shipment,
    )


def take(
    *,
    actor: User,
    licence: Licence,
    member: str,
    line: int,
    quantity: Decimal,
    unit: str,
    office: str,
    declaration: str,
    shipment: str = "",
) -> Reservation:
    """Reserve for an office of a member, under a licence that the caller has locked, by an act it has permitted."""
    office, declaration = office.strip().upper(), declaration.strip().upper()
    named_rightly(member, office, declaration)
    reasons = cover.standing_reasons(licence, member)
    if any(one.code == "not_valid_here" for one in reasons):
        raise refused(reasons[:1])
    found = {one.line.line: one for one in selectors.left_of(licence)}
    left = found.get(line)
    if left is None:
        raise refused([*reasons, cover.unknown_line(licence, line)])
    named = _shipment(licence, member, shipment)
    most = selectors.left_of_shipment(named, left.line) if named else left.left
    reason, converted = cover.of_line(left, quantity, unit, most)
    if reason is not None and reason.code == "bad_quantity":
        raise Invalid.field("quantity", reason.detail)
    if reason is not None:
        reasons.append(reason)
    if reasons:
        raise refused(reasons)
    if standing := _live(office, declaration, left):
        raise Conflict(
            _("%(office)s has reserved of line %(line)s for %(declaration)s already, as %(uid)s.")
            % {"office": office, "line": line, "declaration": declaration, "uid": standing.uid}
        )
    now = clock.now()
    reservation = Reservation.objects.create(
        licence=licence,
        licence_line=left.line,
        shipment=named,
        jurisdiction_id=member,
        office=office,
        declaration=declaration,
        quantity=converted,
        reserved_by=actor,
        reserved_at=now,
        expires_at=now + timedelta(hours=HELD_FOR.amount),
    )
    deadlines.set_due(
        kind=EXPIRY,
        aggregate=ref(licence.case),
        subject=ref(reservation),
        start=now,
        rule=HELD_FOR,
        calendar=licence.issued_by.calendar,
        zone=licence.issued_by.timezone,
        owner=office,
    )
    _record("licence.reserved", actor, reservation, expires_at=reservation.expires_at.isoformat())
    return reservation


def refused(reasons: list[Reason]) -> NotCovered:
    """Return the refusal of customs' question, with every reason."""
    return NotCovered(
        _("The licence does not cover this here and now."), reasons=[one.told for one in reasons]
    )


def named_rightly(member: str, office: str, declaration: str) -> None:
    """Refuse an office that is none of the member, and a number that is none of a declaration."""
    errors: dict[str, list[str]] = {}
    if not OFFICE.fullmatch(office) or not office.startswith(member):
        told = _(
            "Give the code of a customs office of %(member)s: its two letters, then 3 to 8 letters or digits."
        )
        errors["office"] = [told % {"member": member}]
    if not DECLARATION.fullmatch(declaration):
        errors["declaration"] = [
            _(
                "Give the MRN or the number of the declaration: 3 to 35 letters, digits, dots, slashes or hyphens."
            )
        ]
    if errors:
        raise Invalid(_("The declaration is not named as it has to be."), fields=errors)


def _shipment(licence: Licence, member: str, reference: str) -> Shipment | None:
    if not reference.strip():
        return None
    rows = Shipment.objects.select_for_update(of=("self",)).filter(licence=licence, leaves_from=member)
    found = rows.counted().filter(reference=normalise_reference(reference)[:20]).first()  # type: ignore[attr-defined]
    if found is None:
        told = _("Name a shipment under this licence that leaves from %(member)s, or none.")
        raise Invalid.field("shipment", told % {"member": member})
    return found  # type: ignore[no-any-return]


def _live(office: str, declaration: str, left: Left) -> Reservation | None:
    rows = Reservation.objects.filter(office=office, declaration=declaration, licence_line=left.line)
    return rows.filter(status__in=Reservation.LIVE).first()


def locked_reservation(reservation: Reservation) -> Reservation:
    """Read a reservation again behind the lock of its case."""
    locks.lock(reservation.case_id)
    found: Reservation = (
        Reservation.objects.select_for_update(of=("self",))
        .select_related("licence_line", "shipment", "jurisdiction")
        .get(pk=reservation.pk)
    )
    found.licence = locked_licence(reservation.licence)
    return found


@locks.due_first("reservation")
@transaction.atomic
def confirm(*, actor: User, reservation: Reservation, quantity: Decimal | None = None) -> Reservation:
    """Say how much has left of what was reserved, in the line's unit; the rest is free again. All unless said.

    One that has lapsed is confirmed late where as much is left and the licence still holds: NotCovered says why
    not. While the licence is suspended or revoked nothing is confirmed, nor once it ended suspended; that it ended
    meanwhile by time, was given
    back by its holder or replaced by another does not matter, unless a measure or waiver would hold it up, or that
    other is suspended or revoked. What names a shipment is confirmed once that has left.
    """
    reservation = locked_reservation(reservation)
    require(policies.can_confirm_drawdown, actor, reservation)
    return draw(actor=actor, reservation=reservation, quantity=quantity)


def draw(
    *,
    actor: User,
    reservation: Reservation,
    quantity: Decimal | None = None,
    told_late: bool = False,
    declaration: str = "",
) -> Reservation:
    """Draw of a reservation that the caller has locked, by an act it has permitted; see `confirm`.

    `declaration`: where it was taken before anything was declared.
    """
    late = reservation.status == Status.EXPIRED
    actual = reservation.quantity if quantity is None else quantity
    left = _left(reservation)
    most = reservation.quantity if not late else min(reservation.quantity, _most(reservation, left))
    if actual == 0:
        raise Invalid.field("quantity", _("Nothing has left: give the reservation back instead."))
    reason, actual = cover.of_line(left, actual, reservation.licence_line.unit, most)
    if reason is not None and (reason.code == "bad_quantity" or not late):
        raise Invalid.field("quantity", reason.detail)
    reasons = cover.standing_reasons(reservation.licence, reservation.jurisdiction_id)
    if not late:
        reasons = outlasting(reservation.licence, reasons)
    if reason is not None:
        reasons.append(reason)
    if reasons:
        raise refused(reasons)
    shipment = reservation.shipment
    if shipment is not None and shipment.status not in Shipment.LEFT:
        raise Conflict(
            _("%(reference)s has not left. Say that it leaves first.") % {"reference": shipment.reference}
        )
    reservation.confirm()
    reservation.save(update_fields=["status", "ended_at"])
    deadlines.cancel(kind=EXPIRY, subject=ref(reservation))
    _write(actor, reservation, Kind.LATE if late or told_late else Kind.ORIGINAL, actual)
    _record(
        "licence.drawn", actor, reservation, drawn=f"{actual:f}", late=late or told_late,
        freed=f"{reservation.quantity - actual:f}", declaration=declaration or reservation.declaration,
    )  # fmt: skip
    _settle(actor, reservation.licence)
    return reservation


def _ended_suspended(licence: Licence) -> bool:
    """Whether a licence that has expired was suspended by then: its row tells only that it has expired."""
    rows = Event.objects.filter(
        aggregate=ref(licence.case), type__in=("licence.suspended", "licence.reinstated")
    )
    last = rows.filter(facts__number=licence.number).order_by("-pk").first()
    return last is not None and last.type == "licence.suspended"


def outlasting(licence: Licence, reasons: list[Reason]) -> list[Reason]:
    """Return which reasons stop goods that were presented while the licence held: not that it is over since, but
    that a measure or waiver would hold it up now, or that the licence which replaced it is suspended or revoked."""
    found = [one for one in reasons if one.code not in OUTLASTED]
    if len(found) == len(reasons):
        return found
    if standing(licence).held:
        told = _("A measure of a crisis, or the waiver it rests on, holds it up now.")
        return [*found, Reason("suspended", told)]
    if licence.status == Licence.Status.EXPIRED and _ended_suspended(licence):
        told = _("It was suspended when its last day was over: nothing reserved under it is confirmed.")
        return [*found, Reason("suspended", told)]
    other = licence.replaced_by
    while other is not None and other.replaced_by is not None:
        other = other.replaced_by
    after = standing(other) if other is not None else None
    if other is not None and after is not None and (after.held or after.status == Licence.Status.REVOKED):
        found += [Reason(after.status, told) for told in selectors.not_standing(other, after)]
    return found


@locks.due_first("reservation")
@transaction.atomic
def release(*, actor: User, reservation: Reservation, reason: str) -> Reservation:
    """Give back a reservation: nothing has left, or not under this licence."""
    reservation = locked_reservation(reservation)
    require(policies.can_release, actor, reservation)
    reservation.release(said(reason, "reason", 500))
    reservation.save(update_fields=["status", "ended_at", "ended_because"])
    deadlines.cancel(kind=EXPIRY, subject=ref(reservation))
    _record("licence.released", actor, reservation, reason=reservation.ended_because)
    return reservation


@locks.due_first("reservation")
@transaction.atomic
def adjust(*, actor: User, reservation: Reservation, quantity: Decimal, reason: str) -> Reservation:
    """Set right how much was drawn, in the line's unit. Zero cancels, and that alone: see `cancel`."""
    reservation = locked_reservation(reservation)
    require(policies.can_correct, actor, reservation)
    return set_right(actor=actor, reservation=reservation, quantity=quantity, reason=reason)


def set_right(*, actor: User, reservation: Reservation, quantity: Decimal, reason: str) -> Reservation:
    """Set right what was drawn of a reservation that the caller has locked, by an act it has permitted."""
    before, left = reservation.drawn, _left(reservation)
    if quantity == 0:
        raise Invalid.field("quantity", _("Zero cancels: cancel what was drawn instead."))
    problem, quantity = cover.of_line(
        left, quantity, reservation.licence_line.unit, _most(reservation, left) + before
    )
    if problem is not None and problem.code == "over_limit":
        raise refused([problem])
    if problem is not None:
        raise Invalid.field("quantity", problem.detail)
    if quantity == before:
        raise Invalid.field("quantity", _("As much is drawn already."))
    if quantity > before and replaced.succeeded(reservation.licence):
        raise refused([_covered_by_another(reservation)])
    _write(actor, reservation, Kind.ADJUSTED, quantity - before, said(reason, "reason", 500))
    _record(
        "licence.adjusted", actor, reservation, drawn=f"{quantity:f}", before=f"{before:f}", reason=reason
    )
    _settle(actor, reservation.licence)
    return reservation


@locks.due_first("reservation")
@transaction.atomic
def cancel(*, actor: User, reservation: Reservation, reason: str) -> Reservation:
    """Cancel what was drawn by a contra line: all of it is free again. Of a shipment that has left, the shipment
    still holds it, and another declaration may draw it."""
    reservation = locked_reservation(reservation)
    require(policies.can_correct, actor, reservation)
    return undo(actor=actor, reservation=reservation, reason=reason)


def undo(*, actor: User, reservation: Reservation, reason: str) -> Reservation:
    """Cancel what was drawn of a reservation that the caller has locked, by an act it has permitted."""
    back = reservation.drawn
    reservation.cancel(said(reason, "reason", 500))
    reservation.save(update_fields=["status", "ended_at", "ended_because"])
    _write(actor, reservation, Kind.CONTRA, -back, reservation.ended_because)
    _record("licence.contra", actor, reservation, freed=f"{back:f}", reason=reservation.ended_because)
    _settle(actor, reservation.licence)
    return reservation


def lapse(due: DueInstant) -> None:
    """The time of a reservation is over: what it held is free."""
    reservation = (
        Reservation.objects.select_for_update(of=("self",))
        .select_related("licence__case__lead", "licence__case__application", "licence_line", "shipment")
        .get(pk=ref_id(due.subject, "reservation"))
    )
    if reservation.status == Status.RESERVED:
        reservation.lapse()
        reservation.save(update_fields=["status", "ended_at"])
        _record("licence.lapsed", CLOCK, reservation)


@transaction.atomic
def settle(*, licence: Licence) -> None:
    """Exhaust a licence whose lines were lowered to what customs have drawn of them."""
    locks.lock(licence.case_id)
    _settle(PROCESS, locked_licence(licence))


def _left(reservation: Reservation) -> Left:
    return next(
        one for one in selectors.left_of(reservation.licence) if one.line.pk == reservation.licence_line_id
    )


def _covered_by_another(reservation: Reservation) -> Reason:
    told = _(
        "Another licence covers what was left of %(number)s when it replaced that: no more is drawn of this one "
        "than was drawn. Draw the rest of the other."
    )
    return Reason("replaced", told % {"number": reservation.licence.number}, reservation.licence_line.line)


def _most(reservation: Reservation, left: Left) -> Decimal:
    """What is left besides for a reservation: of its shipment, or else of the licence."""
    if reservation.shipment is None:
        return left.left
    return selectors.left_of_shipment(reservation.shipment, left.line)


def _write(actor: User, reservation: Reservation, kind: str, quantity: Decimal, reason: str = "") -> None:
    DrawdownLine.objects.create(
        reservation=reservation,
        kind=kind,
        quantity=quantity,
        reason=reason,
        written_by=actor,
        written_at=clock.now(),
    )


def _settle(actor: Actor, licence: Licence) -> None:
    """Exhaust a licence of which customs have drawn every line, and let it hold again when they give back, unless
    another was issued for what was left of it."""
    if all(one.confirmed >= one.line.quantity for one in selectors.left_of(licence)):
        using_up.exhaust(actor=actor, licence=licence)
    elif not replaced.succeeded(licence):
        using_up.refill(actor=actor, licence=licence)


def _record(type: str, actor: Actor, reservation: Reservation, **facts: object) -> None:
    licence = reservation.licence
    ledger.record(
        type,
        actor=actor,
        subject=reservation,
        aggregate=ref(licence.case),
        aggregate_label=licence.case.reference,
        audience=reservation.audience,
        facts={
            "reservation": str(reservation.uid),
            "licence": licence.number,
            "line": reservation.licence_line.line,
            "quantity": f"{reservation.quantity:f}",
            "unit": reservation.licence_line.unit,
            "office": reservation.office,
            "declaration": reservation.declaration,
            "shipment": reservation.shipment.reference if reservation.shipment else "",
            "status": str(reservation.status),
            **facts,
        },
    )
