"""What a credential says of a licence: its subject, who consented and when, and when it may be used.

Names of parties and prices are in it in clear; `forms` leaves out, conceals or shows them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from licensing import guards
from licensing.conditions import describe
from licensing.models import ChangeConsent, Consent, Licence, LicenceChange, Position

#: Conditions whose words tell a price.
PRICED = frozenset({"value_cap"})


def instant(at: datetime) -> str:
    """Return an instant as credentials write it (xsd:dateTimeStamp)."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def lifetime(licence: Licence) -> tuple[datetime, datetime]:
    """Return the first instant at which a licence may be used and the first at which it may not any more."""
    zone = licence.issued_by.timezone
    begins = midnight(licence.valid_from, zone)
    if licence.takes_effect_at is not None:
        begins = max(begins, licence.takes_effect_at)
    return begins, midnight(licence.valid_until + timedelta(days=1), zone)


def contents(licence: Licence) -> dict[str, Any]:
    """Return what is certified of a licence as it stands, as plain JSON without floats."""
    begins, ends = lifetime(licence)
    subject: dict[str, Any] = {
        "type": "ExportLicence",
        "number": licence.number,
        "edition": licence.edition,
        "issued": instant(licence.issued_at),
        "holder": {"type": "LicenceHolder", "lei": licence.holder.lei, "name": licence.holder.name},
        "parties": [
            {"type": "LicenceParty", "role": one["role"], "name": one["name"], "country": one["country"]}
            for one in licence.parties
        ],
        "items": [
            {
                "type": "LicensedItem",
                "line": line.line,
                "controlCode": line.control_code,
                "hsCode": line.hs_code,
                "description": line.description,
                "quantity": f"{line.quantity.normalize():f}",
                "unit": line.unit,
                "value": f"{line.value:f}",
                "currency": line.currency,
            }
            for line in licence.lines.all()
        ],
        "destinations": licence.destinations,
        "territory": licence.territory,
        "conditions": [
            {
                "type": "LicenceCondition",
                "code": one["code"],
                **({"line": one["line"]} if "line" in one else {}),
                "says": describe(one),
            }
            for one in licence.conditions
        ],
    }
    if licence.national_reference:
        subject["nationalReference"] = licence.national_reference
    if licence.provisional and licence.confirm_by:
        subject["confirmBy"] = instant(licence.confirm_by)
    return {
        "validFrom": instant(begins),
        "validUntil": instant(ends),
        "subject": subject,
        "evidence": evidence(licence),
    }


def evidence(licence: Licence) -> list[dict[str, str]]:
    """Return how each member in which a licence holds came to consent, and when.

    `decision`: it issued it, or confirmed it. `charter`: nobody answered, and the charter granted it for the time
    being. `position`, `silence`: what its authorities said when asked, or what their silence means. `consent`: said
    later, the last time it was asked.
    """
    given = {
        row.jurisdiction_id: row.given_at
        for row in Consent.objects.filter(licence=licence, status=Consent.Status.GIVEN)
        if row.given_at is not None
    }
    agreed = ChangeConsent.objects.filter(
        change__licence=licence,
        change__status=LicenceChange.Status.GRANTED,
        status=ChangeConsent.Status.GIVEN,
    )
    given |= {
        row.jurisdiction_id: row.said_at for row in agreed.order_by("said_at") if row.said_at is not None
    }
    said: dict[str, tuple[str, datetime]] = {}
    for position in guards.positions_in_force(licence.case):
        code = position.consultation.jurisdiction_id
        if code and position.kind in (
            Position.Kind.NO_OBJECTION,
            Position.Kind.CONDITIONS,
            Position.Kind.DEEMED_NO_OBJECTION,
        ):
            how = "silence" if position.kind == Position.Kind.DEEMED_NO_OBJECTION else "position"
            said[code] = max(said.get(code, (how, position.taken_at)), (how, position.taken_at))
    decided = licence.decision.countersigned_at if licence.decision else None
    found = []
    for code in licence.territory:
        if code == licence.issued_by_id:
            how, at = ("decision", decided) if decided else ("charter", licence.issued_at)
        elif code in given:
            how, at = "consent", given[code]
        else:
            how, at = said.get(code, ("decision", decided or licence.issued_at))
        found.append({"type": "MemberConsent", "member": code, "by": how, "at": instant(at)})
    return found
