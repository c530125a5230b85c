"""Customs take tokens for an office that will be without a network: each is a reservation already taken."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Invalid
from core.models import ref
from core.policies import require
from core.references import new_reference
from enforcement import policies
from enforcement.models import OfflineToken, Reservation
from enforcement.services import drawdown
from enforcement.services.common import locked_licence
from ledger import services as ledger
from licensing.credentials import offline, packs
from licensing.credentials.claims import PRICED
from licensing.models import Licence
from licensing.services import locks
from licensing.services.credentials import key_for
from members import issuing
from members.models import User

#: The longest for which goods are accepted by a token: as long as a border pack serves, by which its keys and the
#: licence are known. What was used in that time may be told until the reservation lapses.
LONGEST = packs.VALID // 3600  # hours
RECEIVERS = ("consignee", "end_user")


@locks.due_first("licence")
@transaction.atomic
def take_token(
    *,
    actor: User,
    licence: Licence,
    line: int,
    quantity: Decimal,
    unit: str,
    office: str,
    hours: int = LONGEST,
) -> OfflineToken:
    """Reserve a quantity of a line for an office and sign it, so that the office accepts goods without a network.

    NotCovered and Invalid as `drawdown.reserve`. Its declaration is known only once it is used: until then the
    reservation is named by the token.
    """
    locks.lock(licence.case_id)
    licence = locked_licence(licence)
    require(policies.can_take_token, actor, licence)
    if not 1 <= hours <= LONGEST:
        raise Invalid.field("hours", _("Give a whole number of hours, 1 to %(most)s.") % {"most": LONGEST})
    key = key_for(licence)  # before it is dated: no key signs what is older than itself
    number = new_reference("OT")
    reservation = drawdown.take(
        actor=actor,
        licence=licence,
        member=str(actor.jurisdiction_code),
        line=line,
        quantity=quantity,
        unit=unit,
        office=office,
        declaration=number,
    )
    now = clock.now().replace(microsecond=0)
    until = now + timedelta(hours=hours)
    claims = {
        "iss": issuing.did_of(licence.issued_by_id),
        "iat": int(now.timestamp()),
        "exp": int(until.timestamp()),
        "jti": number,
        **_said(reservation),
    }
    token = OfflineToken.objects.create(
        reservation=reservation,
        number=number,
        text=issuing.sign(key, claims, offline.KIND),
        made_at=now,
        valid_until=until,
    )
    ledger.record(
        "offline_token.taken",
        actor=actor,
        subject=token,
        aggregate=ref(licence.case),
        aggregate_label=licence.case.reference,
        audience=reservation.audience,
        facts={
            "token": number,
            "reservation": str(reservation.uid),
            "licence": licence.number,
            "line": reservation.licence_line.line,
            "quantity": f"{reservation.quantity:f}",
            "unit": reservation.licence_line.unit,
            "office": reservation.office,
            "valid_until": until.isoformat(),
        },
    )
    return token


def _said(reservation: Reservation) -> dict[str, Any]:
    """What a clerk compares with the goods: short enough for one code on paper, without prices."""
    licence, line = reservation.licence, reservation.licence_line
    receivers = [one for one in licence.parties if one["role"] in RECEIVERS]
    return {
        "licence": licence.number,
        "edition": licence.edition,
        "line": line.line,
        "goods": line.description[:120],
        "controlCode": line.control_code,
        "hsCode": line.hs_code,
        "quantity": f"{reservation.quantity.normalize():f}",
        "unit": line.unit,
        "member": reservation.jurisdiction_id,
        "office": reservation.office,
        "holder": licence.holder.name[:100],
        "consignees": [{"name": one["name"][:80], "country": one["country"]} for one in receivers[:3]],
        "destinations": licence.destinations,
        "conditions": sorted({one["code"] for one in licence.conditions} - PRICED),
    }
