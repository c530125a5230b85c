"""Deliveries: confirmed by the holder with who signed, judged by an officer, and missed when their date passes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core import clock
from core.actors import CLOCK
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.signing import canonical
from correspondence import services as correspondence
from correspondence.models import Document
from deadlines import services as deadlines
from deadlines.models import DueInstant
from enforcement import policies
from enforcement.models import DeliveredLine, DeliveryVerification, Shipment, ShipmentLine
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
    errors: dict[str, list[str]] = {}
    lines = list(shipment.lines.select_related("licence_line"))
    quantities = _received(lines, received, errors)
    now = clock.now()
    if delivered_at > now or (shipment.departed_at and delivered_at < shipment.departed_at):
        errors["delivered_at"] = [_("It was delivered after it left, and not in the future.")]
    _text(place, "place", 300, errors)
    _text(signed_by, "signed_by", 200, errors)
    _third(shipment, third_party, errors)
    if shipment.verification and not uploads:
        errors["documents"] = [_("Attach at least one photo of the delivery, or the paper that was signed.")]
    if len(uploads) > MOST_DOCUMENTS:
        errors["documents"] = [_("Attach at most %(most)d files.") % {"most": MOST_DOCUMENTS}]
    short = any(quantity < line.quantity for line, quantity in quantities)
    if short and len(explanation.strip()) < 10:
        errors["explanation"] = [_("Less was received than was shipped: say where the rest is.")]
    if len(explanation.strip()) > 2000:
        errors["explanation"] = [_("Use at most 2,000 characters.")]
    if errors:
        raise Invalid(_("This confirmation is not whole."), fields=errors)
    proofs = [_keep(actor, shipment, upload) for upload in uploads]
    number = shipment.verifications.count() + 1
    content = {
        "shipment": shipment.reference,
        "number": number,
        "delivered_at": delivered_at.isoformat(),
        "place": place.strip(),
        "signed_by": signed_by.strip(),
        "third_party": [
            third_party.organisation.strip(),
            third_party.person.strip(),
            third_party.contact.strip(),
        ],
        "explanation": explanation.strip(),
        "received": {str(line.licence_line.line): f"{quantity:.3f}" for line, quantity in quantities},
        "documents": sorted(proof.sha256 for proof in proofs),
        "confirmed_at": now.isoformat(),
    }
    made = DeliveryVerification.objects.create(
        shipment=shipment,
        number=number,
        delivered_at=delivered_at,
        place=place.strip(),
        signed_by=signed_by.strip(),
        third_party=third_party.organisation.strip(),
        third_person=third_party.person.strip(),
        third_contact=third_party.contact.strip(),
        explanation=explanation.strip() if short else "",
        sha256=hashlib.sha256(canonical(content)).hexdigest(),
        confirmed_by=actor,
        confirmed_at=now,
    )
    for line, quantity in quantities:
        DeliveredLine.objects.create(verification=made, shipment_line=line, quantity=quantity)
    if shipment.status == Shipment.Status.IN_TRANSIT:
        shipment.deliver()
    shipment.delivered_at = delivered_at
    shipment.save()
    allowances.confirmed(source_ref=ref(shipment), at=now)
    record(
        "delivery.confirmed",
        actor,
        shipment,
        number=number,
        short=short,
        late=made.late,
        documents=content["documents"],
        sha256=made.sha256,
    )
    return made


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


def _third(shipment: Shipment, third: ThirdParty, errors: dict[str, list[str]]) -> None:
    given = {"third_party": third.organisation, "third_person": third.person, "third_contact": third.contact}
    if not shipment.verification and not any(text.strip() for text in given.values()):
        return
    for name, text in given.items():
        _text(text, name, 300 if name == "third_party" else 200, errors)
    own = " ".join(shipment.licence.holder.name.casefold().split())
    if " ".join(third.organisation.casefold().split()) == own:
        errors["third_party"] = [_("A third party is not the holder of the licence itself.")]


def _keep(actor: User, shipment: Shipment, upload: Upload) -> Document:
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
    """Not accept a confirmation: it counts for nothing, and past its date the delivery is unverified."""
    verification = _locked(verification)
    require(policies.can_judge, actor, verification)
    verification.reject(actor, said(remark, "remark"))
    verification.save()
    shipment = verification.shipment
    allowances.confirmed(source_ref=ref(shipment), at=None)
    record("delivery.rejected", actor, shipment, number=verification.number, remark=verification.remark)
    if shipment.verify_by is not None and shipment.verify_by <= clock.now():
        record("delivery.unverified", CLOCK, shipment, verify_by=shipment.verify_by.isoformat())
    return verification


def missed(due: DueInstant) -> None:
    """The date of a delivery has passed: it is unverified, unless a confirmation waits for an officer."""
    shipment = Shipment.objects.select_related(
        "licence__case__lead", "licence__case__application", "licence__holder"
    ).get(pk=ref_id(due.subject, "shipment"))
    if not shipment.verifications.standing().exists():  # type: ignore[attr-defined]
        record("delivery.unverified", CLOCK, shipment, verify_by=due.due_at.isoformat())
