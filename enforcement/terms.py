"""The conditions of a licence at the border: which are kept as the platform sees it, and which others see to.

A condition that is broken speaks against the goods. One that nobody can judge from here is told along, so that
whoever lets the goods go sees to it. Conditions whose words tell a price are not told: `cover` looks at values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from enforcement.models import DeliveryVerification, Reservation, Shipment
from licensing.conditions import describe
from licensing.credentials.claims import PRICED
from licensing.models import Licence, LicenceChange

MET, FAILED, TO_SATISFY = "met", "failed", "to_satisfy"
#: Kept when the licence was issued: its lines and its last day are the stricter already.
IN_ITS_LIMITS = frozenset({"quantity_cap", "valid_until"})


@dataclass(frozen=True)
class Term:
    """A condition as it stands for these goods: met, failed, or to be satisfied by whoever lets them go."""

    code: str
    says: str
    status: str
    line: int = 0
    detail: str = ""

    @property
    def told(self) -> dict[str, object]:
        return {
            "code": self.code,
            "says": self.says,
            "line": self.line or None,
            "status": self.status,
            "detail": self.detail,
        }


def _only_one(licence: Licence, named: Shipment | None) -> str:
    """Nothing else has been declared or taken under the licence."""
    shipments = Shipment.objects.filter(licence=licence).counted()  # type: ignore[attr-defined]
    taken = Reservation.objects.filter(licence=licence).standing_as(Reservation.LIVE)  # type: ignore[attr-defined]
    if named is not None:
        shipments, taken = shipments.exclude(pk=named.pk), taken.exclude(shipment=named)
    if shipments.exists() or taken.exists():
        return _("Something has been shipped or taken under it already.")
    return ""


def _last_is_verified(licence: Licence, named: Shipment | None) -> str:
    """What left before has been verified."""
    left = Shipment.objects.filter(licence=licence, status__in=Shipment.LEFT)
    verified = DeliveryVerification.objects.filter(shipment__licence=licence, status="accepted")
    waiting = left.exclude(pk__in=verified.values("shipment")).order_by("pk").first()
    if waiting is not None and (named is None or waiting.pk != named.pk):
        return _("The delivery of %(reference)s is not verified yet.") % {"reference": waiting.reference}
    return ""


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _spelled_before(licence: Licence, known: set[str]) -> set[str]:
    """Return how parties were spelled before amendments: a shipment that was declared then names them so."""
    found = set[str]()
    for change in licence.changes.filter(status=LicenceChange.Status.GRANTED).order_by("-edition"):
        for one in change.changes:
            if one["path"].endswith("].name") and _plain(one["after"]) in known | found:
                found.add(_plain(one["before"]))
    return found


def _to_a_consignee_named(licence: Licence, named: Shipment | None) -> str | None:
    """It goes to a consignee whom the licence names; None where no shipment says to whom."""
    if named is None:
        return None
    known = {_plain(one["name"]) for one in licence.parties if one["role"] == "consignee"}
    known |= _spelled_before(licence, known)
    receivers = named.parties.filter(role="consignee").values_list("name", flat=True)
    if {_plain(name) for name in receivers} <= known:
        return ""
    return _("The shipment goes to somebody whom the licence does not name as consignee.")


#: Conditions that can be judged from what is recorded: empty where kept, None where that cannot be told.
JUDGED: dict[str, Callable[[Licence, Shipment | None], str | None]] = {
    "single_shipment": _only_one,
    "partial_shipments_required": _last_is_verified,
    "consignee_only": _to_a_consignee_named,
}


def terms_of(licence: Licence, named: Shipment | None) -> list[Term]:
    """Return the conditions of a licence as they stand for goods that are to leave now."""
    found = []
    for one in licence.conditions:
        code = one["code"]
        if code in PRICED:
            continue
        said = JUDGED[code](licence, named) if code in JUDGED else None
        if code in IN_ITS_LIMITS:
            said = ""
        status = TO_SATISFY if said is None else FAILED if said else MET
        found.append(Term(code, describe(one), status, one.get("line", 0), said or ""))
    return found
