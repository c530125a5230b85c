"""Deliveries: confirmed by the holder or a monitor, judged by an officer, and missed when their date passes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from alliance.declaring import said
from core import clock
from core.actors import CLOCK, Actor
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.signing import canonical
from correspondence import services as correspondence
from correspondence.models import Document
from deadlines import services as deadlines
from deadlines.models import DueInstant
from enforcement import policies
from enforcement.models import DeliveredLine, DeliveryVerification, MonitorLink, Shipment, ShipmentLine
from enforcement.services.common import locked, record
from enforcement.services.shipments import VERIFICATION
from exemptions import allowances
from licensing.services import locks
from members.models import User

DOCUMENT = "delivery_proof"
MOST_DOCUMENTS = 10


@dataclass(frozen=True)
class Upload:
    """A photo or signed paper, as it was sent."""

    name: str
    content: IO[bytes]


@dataclass(frozen=True)
class ThirdParty:
    """Who signed for it and is nobody of the holder's; all of it, or nothing where no verification is expected."""

    organisation: str = ""
    person: str = ""
    contact: str = ""


@locks.due_first("shipment")
@transaction.atomic
def confirm(
    *,
    actor: User,
    shipment: Shipment,
    received: Mapping[int, Decimal],
    delivered_at: datetime,
    place: str,
    signed_by: str,
    third_party: ThirdParty,
    uploads: Sequence[Upload] = (),
    explanation: str = "",
) -> DeliveryVerification:
    """Confirm a delivery: how much of each line was received, when, where, and who signed.

    `received`: by the number of the licence's line. Where the delivery has to be verified, a third party and a
    photo or signed paper are needed; less than was shipped needs an explanation. Invalid names what is missing.
    """
    shipment = locked(shipment)
    require(policies.can_confirm, actor, shipment)
    if shipment.verifications.standing().exists():  # type: ignore[attr-defined]
        raise Conflict(_("This delivery is confirmed. Should it not be accepted, it can be confirmed again."))
    told = Told(received, delivered_at, place, third_party, uploads, explanation)
    return take(shipment, told, actor=actor, signed_by=signed_by)


@dataclass(frozen=True)
class Told:
    """What is said of a delivery, by the holder or by a monitor."""

    received: Mapping[int, Decimal]
    delivered_at: datetime
    place: str
    third_party: ThirdParty
    uploads: Sequence[Upload] = ()
    explanation: str = ""  # of less than was shipped; of a monitor any remarks


def take(
    shipment: Shipment, told: Told, *, actor: Actor, signed_by: str = "", monitor: MonitorLink | None = None
) -> DeliveryVerification:
    """Check and keep what is said of a delivery, behind the lock of its case; Invalid names what is missing."""
    lines = list(shipment.lines.select_related("licence_line"))
    quantities, short = _checked(shipment, told, lines, signed_by, monitor)
    third, explanation, now = told.third_party, told.explanation.strip(), clock.now()
    proofs = [_keep(actor, shipment, upload) for upload in told.uploads]
    number = shipment.verifications.count() + 1
    content = {
        "shipment": shipment.reference,
        "number": number,
        "delivered_at": told.delivered_at.isoformat(),
        "place": told.place.strip(),
        "signed_by": signed_by.strip(),
        "third_party": [third.organisation.strip(), third.person.strip(), third.contact.strip()],
        "explanation": explanation,
        "received": {str(line.licence_line.line): f"{quantity:.3f}" for line, quantity in quantities},
        "documents": sorted(proof.sha256 for proof in proofs),
        "confirmed_at": now.isoformat(),
    }
    made = DeliveryVerification.objects.create(
        shipment=shipment,
        number=number,
        delivered_at=told.delivered_at,
        place=told.place.strip(),
        signed_by=signed_by.strip(),
        third_party=third.organisation.strip(),
        third_person=third.person.strip(),
        third_contact=third.contact.strip(),
        explanation=explanation if short or monitor else "",
        sha256=hashlib.sha256(canonical(content)).hexdigest(),
        confirmed_by=actor if isinstance(actor, User) else None,
        monitor=monitor,
        confirmed_at=now,
    )
    for line, quantity in quantities:
        DeliveredLine.objects.create(verification=made, shipment_line=line, quantity=quantity)
    if shipment.status == Shipment.Status.IN_TRANSIT:
        shipment.deliver()
    if not shipment.verifications.standing().exclude(pk=made.pk).exists():  # type: ignore[attr-defined]
        shipment.delivered_at = told.delivered_at
    shipment.save()
    allowances.confirmed(source_ref=ref(shipment), at=confirmed_since(shipment))
    record(
        "delivery.monitored" if monitor else "delivery.confirmed",
        actor,
        shipment,
        number=number,
        short=short,
        late=made.late,
        documents=content["documents"],
        sha256=made.sha256,
    )
    return made


def confirmed_since(shipment: Shipment) -> datetime | None:
    """Return since when a delivery counts as confirmed: by the first of what stands; None where nothing does."""
    standing = shipment.verifications.standing()  # type: ignore[attr-defined]
    since: datetime | None = standing.aggregate(first=Min("confirmed_at"))["first"]
    return since


def _checked(
    shipment: Shipment, told: Told, lines: Sequence[ShipmentLine], signed_by: str, monitor: MonitorLink | None
) -> tuple[list[tuple[ShipmentLine, Decimal]], bool]:
    """Return what was received of each line, and whether that is less than was shipped of any."""
    errors: dict[str, list[str]] = {}
    quantities = _received(lines, told.received, errors)
    left = shipment.departed_at
    # People say minutes: what is said of the minute in which it left is not before that.
    if told.delivered_at > clock.now() or (
        left and told.delivered_at < left.replace(second=0, microsecond=0)
    ):
        errors["delivered_at"] = [_("It was delivered after it left, and not in the future.")]
    _text(told.place, "place", 300, errors)
    if monitor is None:
        _text(signed_by, "signed_by", 200, errors)
    proven = bool(shipment.verification) or monitor is not None
    _third(shipment, told.third_party, errors, needed=proven)
    if proven and not told.uploads:
        errors["documents"] = [_("Attach at least one photo of the delivery, or the paper that was signed.")]
    if len(told.uploads) > MOST_DOCUMENTS:
        errors["documents"] = [_("Attach at most %(most)d files.") % {"most": MOST_DOCUMENTS}]
    short = any(quantity < line.quantity for line, quantity in quantities)
    explanation = told.explanation.strip()
    if short and len(explanation) < 10:
        errors["explanation"] = [_("Less was received than was shipped: say where the rest is.")]
    if len(explanation) > 2000:
        errors["explanation"] = [_("Use at most 2,000 characters.")]
    if errors:
        raise Invalid(_("This confirmation is not whole."), fields=errors)
    return quantities, short


def _received(
    lines: Sequence[ShipmentLine], received: Mapping[int, Decimal], errors: dict[str, list[str]]
) -> list[tuple[ShipmentLine, Decimal]]:
    known = {line.licence_line.line for line in lines}
    for number in set(received) - known:
        errors[f"received.{number}"] = [_("The shipment has no line %(line)s.") % {"line": number}]
    found = []
    for line in lines:
        number = line.licence_line.line
        quantity = received.get(number)
        if quantity is None or not quantity.is_finite() or quantity < 0 or quantity != round(quantity, 3):
            errors[f"received.{number}"] = [
                _("Say how much of line %(line)s was received: a number from zero up.") % {"line": number}
            ]
        elif quantity > line.quantity:
            errors[f"received.{number}"] = [
                _("At most what was shipped, %(shipped)s: more than that never left.")
                % {"shipped": f"{line.quantity.normalize():f}"}
            ]
        else:
            found.append((line, quantity))
    return found


def _text(text: str, name: str, longest: int, errors: dict[str, list[str]]) -> None:
    if not 2 <= len(text.strip()) <= longest:
        errors[name] = [_("Say it in 2 to %(most)d characters.") % {"most": longest}]


def _third(shipment: Shipment, third: ThirdParty, errors: dict[str, list[str]], *, needed: bool) -> None:
    given = {"third_party": third.organisation, "third_person": third.person, "third_contact": third.contact}
    if not needed and not any(text.strip() for text in given.values()):
        return
    for name, text in given.items():
        _text(text, name, 300 if name == "third_party" else 200, errors)
    own = " ".join(shipment.licence.holder.name.casefold().split())
    if " ".join(third.organisation.casefold().split()) == own:
        errors["third_party"] = [_("A third party is not the holder of the licence itself.")]


def _keep(actor: Actor, shipment: Shipment, upload: Upload) -> Document:
    try:
        return correspondence.store_document(
            actor=actor,
            upload=upload.content,
            filename=upload.name,
            aggregate=ref(shipment),
            audience=shipment.audience,
            kind=DOCUMENT,
        )
    except Invalid as error:
        raise Invalid(error.detail, fields={"documents": [f"{upload.name[:150]}: {error.detail}"]}) from error


def _locked(verification: DeliveryVerification) -> DeliveryVerification:
    shipment = locked(verification.shipment)
    found: DeliveryVerification = DeliveryVerification.objects.select_for_update().get(pk=verification.pk)
    found.shipment = shipment
    return found


@transaction.atomic
def accept(*, actor: User, verification: DeliveryVerification, remark: str) -> DeliveryVerification:
    """Accept a confirmation: the delivery is verified, and its date no longer runs."""
    verification = _locked(verification)
    require(policies.can_judge, actor, verification)
    verification.accept(actor, said(remark, "remark"))
    verification.save()
    shipment = verification.shipment
    deadlines.cancel(kind=VERIFICATION, subject=ref(shipment))
    record("delivery.verified", actor, shipment, number=verification.number, remark=verification.remark)
    return verification


@transaction.atomic
def reject(*, actor: User, verification: DeliveryVerification, remark: str) -> DeliveryVerification:
    """Not accept a confirmation: it counts for nothing, and past its date, where no other stands, the delivery is
    unverified."""
    verification = _locked(verification)
    require(policies.can_judge, actor, verification)
    verification.reject(actor, said(remark, "remark"))
    verification.save()
    shipment = verification.shipment
    since = confirmed_since(shipment)
    allowances.confirmed(source_ref=ref(shipment), at=since)
    record("delivery.rejected", actor, shipment, number=verification.number, remark=verification.remark)
    if since is None and shipment.verify_by is not None and shipment.verify_by <= clock.now():
        record("delivery.unverified", CLOCK, shipment, verify_by=shipment.verify_by.isoformat())
    return verification


def missed(due: DueInstant) -> None:
    """The date of a delivery has passed: it is unverified, unless a confirmation waits for an officer."""
    shipment = Shipment.objects.select_related(
        "licence__case__lead", "licence__case__application", "licence__holder"
    ).get(pk=ref_id(due.subject, "shipment"))
    if not shipment.verifications.standing().exists():  # type: ignore[attr-defined]
        record("delivery.unverified", CLOCK, shipment, verify_by=due.due_at.isoformat())
