"""Third-party monitors without an account: named for a shipment, sent a link, and what they say by it.

Who is named is nobody of the holder's; who named them does not judge what they say.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK, Guest
from core.errors import Conflict, Gone, Invalid, NotFound
from core.models import ref, ref_id
from core.policies import require
from correspondence.letters import Letter, writes
from deadlines import services as deadlines
from deadlines.models import DueInstant
from enforcement import expectations, policies
from enforcement.models import DeliveryVerification, MonitorLink, Shipment
from enforcement.services import deliveries
from enforcement.services.common import locked, record
from enforcement.services.deliveries import ThirdParty, Told, Upload
from licensing.models import Licence
from licensing.services import locks
from members.models import Invitation, Organisation, User

KIND = "delivery.monitor"
TOKEN_BYTES = 32  # of randomness: nobody guesses one, and nobody tries them all


@locks.due_first("shipment")
@transaction.atomic
def name(*, actor: User, shipment: Shipment, person: str, organisation: str, email: str) -> MonitorLink:
    """Name a monitor for a shipment that has left; a link goes to the address, once the letter is sent.

    An earlier link of the shipment is revoked; the holder does not revoke what the authority has sent that way.
    Invalid where the monitor is of the holder's, by person, address or domain.
    """
    shipment = locked(shipment)
    require(policies.can_name_monitor, actor, shipment)
    standing = shipment.verifications.standing()  # type: ignore[attr-defined]
    if standing.filter(status=DeliveryVerification.Status.ACCEPTED).exists():
        raise Conflict(_("This delivery is verified: nobody else has to confirm it."))
    if standing.filter(monitor__isnull=False).exists():
        raise Conflict(_("A monitor has confirmed this delivery; an officer looks at that first."))
    errors: dict[str, list[str]] = {}
    person, organisation = " ".join(person.split()), " ".join(organisation.split())
    email = email.strip().lower()
    _text(person, "person", 200, errors)
    _text(organisation, "organisation", 300, errors)
    if not errors.setdefault("email", _address(shipment.licence, actor, email)):
        del errors["email"]
    if _plain(organisation) == _plain(shipment.licence.holder.name):
        errors["organisation"] = [_("A third party is not the holder of the licence itself.")]
    if errors:
        raise Invalid(_("This monitor cannot be named."), fields=errors)
    by_holder = policies.of_holder(actor, shipment.licence)
    former = _open(shipment)
    if former is not None:
        if by_holder and not former.by_holder and former.is_open:
            raise Conflict(_("The authority has named a monitor for this delivery. Ask it to name another."))
        _revoke(former)
    return _send(actor, shipment, person, organisation, email, by_holder)


@locks.due_first("link")
@transaction.atomic
def send_again(*, actor: User, link: MonitorLink) -> MonitorLink:
    """Send the same monitor another link, which is valid anew; the former opens nothing from now on."""
    link = _locked(link)
    require(policies.can_end_link, actor, link)
    _revoke(link)
    return _send(actor, link.shipment, link.person, link.organisation, link.email, link.by_holder, again=True)


@locks.due_first("link")
@transaction.atomic
def revoke(*, actor: User, link: MonitorLink) -> MonitorLink:
    """Revoke a link that was not used: it opens nothing from now on."""
    link = _locked(link)
    require(policies.can_end_link, actor, link)
    _revoke(link)
    record("monitor.revoked", actor, link.shipment, link=str(link.uid))
    return link


def _send(
    actor: User,
    shipment: Shipment,
    person: str,
    organisation: str,
    email: str,
    by_holder: bool,
    *,
    again: bool = False,
) -> MonitorLink:
    licence, now = shipment.licence, clock.now()
    link = MonitorLink(
        shipment=shipment,
        person=person,
        organisation=organisation,
        email=email,
        by_holder=by_holder,
        asked_by=actor,
        asked_at=now,
        expires_at=now,
    )
    link.save()
    arrival = datetime.combine(shipment.planned_arrival, time(), tzinfo=UTC)
    due = deadlines.set_due(
        kind=KIND,
        aggregate=ref(licence.case),
        subject=ref(link),
        start=max(arrival, now),
        rule=expectations.VERIFY_WITHIN,
        calendar=licence.issued_by.calendar,
        zone=licence.issued_by.timezone,
        owner=organisation,
    )
    link.expires_at = due.due_at
    link.save(update_fields=["expires_at"])
    record(
        "monitor.asked",
        actor,
        shipment,
        link=str(link.uid),
        again=again,
        by_holder=by_holder,
        expires_at=link.expires_at.isoformat(),
    )
    return link


def _revoke(link: MonitorLink) -> None:
    link.revoked_at = clock.now()
    link.save(update_fields=["revoked_at"])
    deadlines.cancel(kind=KIND, subject=ref(link))


def _open(shipment: Shipment) -> MonitorLink | None:
    rows: MonitorLink | None = (
        MonitorLink.objects.open().select_for_update().filter(shipment=shipment).first()  # type: ignore[attr-defined]
    )
    return rows


def _locked(link: MonitorLink) -> MonitorLink:
    shipment = locked(link.shipment)
    found: MonitorLink = MonitorLink.objects.select_for_update().get(pk=link.pk)
    found.shipment = shipment
    return found


def _text(text: str, name: str, longest: int, errors: dict[str, list[str]]) -> None:
    if not 2 <= len(text) <= longest or "\x00" in text:
        errors[name] = [_("Say it in 2 to %(most)d characters.") % {"most": longest}]


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _address(licence: Licence, actor: User, email: str) -> list[str]:
    """Say why a monitor is not reached by an address: whoever is of the holder's, or judges, is no third party."""
    try:
        validate_email(email)
    except ValidationError:
        return [_("Give an e-mail address, such as name@example.com.")]
    if len(email) > 200:
        return [_("Use an address of at most 200 characters.")]
    own = addresses_of(licence.holder)
    if (mandate := licence.case.application.mandate) is not None:
        own |= addresses_of(mandate.agent)
    domain = email.rpartition("@")[2]
    if email in own or any(same_house(domain, one.rpartition("@")[2]) for one in own):
        return [
            _(
                "%(domain)s is where the holder's own people are reached. Name somebody of another organisation, "
                "by an address of that organisation."
            )
            % {"domain": domain}
        ]
    if email == actor.email or User.objects.filter(email=email, authority__isnull=False).exists():
        return [_("This person works here with an account of their own. Name somebody who does not.")]
    return []


def addresses_of(organisation: Organisation) -> set[str]:
    """Return every address at which an organisation and its people, invited ones included, are reached."""
    people = User.objects.filter(memberships__organisation=organisation).values_list("email", flat=True)
    invited = Invitation.objects.filter(organisation=organisation).values_list("email", flat=True)
    return {one.lower() for one in (*people, *invited, organisation.contact_email)}


def same_house(one: str, other: str) -> bool:
    """Whether two mail domains are the same, or one is beneath the other."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


# The letter ------------------------------------------------------------------------------------------------


def sha256_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@writes("monitorlink")
def letter(pk: int) -> Letter | None:
    """Write the letter that carries a link, with a token made now; None where the link is over.

    Runs in the transaction that sends it: a letter that is tried again carries another token, and only the last
    one opens anything.
    """
    link = (
        MonitorLink.objects.select_for_update(of=("self",)).select_related("shipment", "asked_by").get(pk=pk)
    )
    if not link.is_open:
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link.token_sha256, link.sent_at = sha256_of(token), clock.now()
    link.save(update_fields=["token_sha256", "sent_at"])
    shipment = link.shipment
    asks = shipment.licence.holder.name if link.by_holder else shipment.licence.issued_by.name
    text = _(
        "%(person)s, %(asks)s asks %(organisation)s to confirm that the goods of shipment %(reference)s have "
        "arrived. You count what you see, sign for it with your name and attach a photo. No account is needed. The "
        "link below is for you alone: do not pass it on. It works once, until %(day)s (UTC). If you know nothing "
        "of this, do nothing."
    ) % {
        "person": link.person,
        "asks": asks,
        "organisation": link.organisation,
        "reference": shipment.reference,
        "day": link.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
    }
    subject = _("%(reference)s: please confirm a delivery") % {"reference": shipment.reference}
    return Letter(subject, text, f"/deliveries/{token}/")


# What a monitor says ---------------------------------------------------------------------------------------


def opened(token: str) -> MonitorLink:
    """Return the open link behind a token; NotFound where there never was one, Gone where it is over."""
    found: MonitorLink | None = (
        MonitorLink.objects.select_related("shipment__licence__holder")
        .filter(token_sha256=sha256_of(token))
        .first()
    )
    if found is None:
        raise NotFound()
    if not found.is_open:
        raise Gone(_("This link was used, was revoked, or is past its date."))
    return found


@transaction.atomic
def report(
    *,
    token: str,
    received: Mapping[int, Decimal],
    delivered_at: datetime,
    place: str,
    person: str,
    organisation: str,
    remarks: str = "",
    uploads: Sequence[Upload] = (),
    visitor: User | None = None,
) -> DeliveryVerification:
    """Confirm a delivery as its monitor, and use the link up; Invalid names what is missing and leaves it open.

    `visitor`: whoever is signed in where the link is opened. Nobody of the holder's reports by it.
    """
    link = _locked(opened(token))
    if not link.is_open or link.token_sha256 != sha256_of(token):
        raise Gone(_("This link was used, was revoked, or is past its date."))
    require(policies.can_report, visitor, link)
    link.used_at = clock.now()
    link.save(update_fields=["used_at"])
    deadlines.cancel(kind=KIND, subject=ref(link))
    third = ThirdParty(organisation, person, link.email)
    told = Told(received, delivered_at, place, third, uploads, remarks)
    guest = Guest(str(link.uid), _("A third-party monitor"))
    return deliveries.take(link.shipment, told, actor=guest, monitor=link)


def silent(due: DueInstant) -> None:
    """The date of a link has passed and nobody used it: who sent it may send another."""
    link = MonitorLink.objects.select_related(
        "shipment__licence__case__lead", "shipment__licence__case__application"
    ).get(pk=ref_id(due.subject, "monitorlink"))
    if link.used_at is None and link.revoked_at is None:
        record("monitor.silent", CLOCK, link.shipment, link=str(link.uid))
