"""Which deliveries have to be verified, and by when: one rule, in one place."""

from __future__ import annotations

from deadlines.calculus import Rule
from enforcement.models import Shipment
from licensing.models import Licence, WaiverUse

#: From the planned arrival to the last day on which the delivery is confirmed. No law that we follow gives one
#: number: a month is agreed here, well inside the 90 days at most between two reports on a waiver.
VERIFY_WITHIN = Rule(30, "calendar_days", rollover=False)


def why(licence: Licence) -> str:
    """Return why deliveries under a licence have to be verified (`Shipment.Expected`); empty where they need not.

    Relief and waivers are granted on less than the ordinary way asks for, and a provisional licence before all who
    are asked have answered: each is held by what is seen at the other end.
    """
    if WaiverUse.objects.filter(licence=licence).exists():
        return str(Shipment.Expected.WAIVER)
    if licence.confirm_by is not None:
        return str(Shipment.Expected.PROVISIONAL)
    ground = licence.case.revision.dossier.get("ground") if licence.case.revision else None
    claimed = isinstance(ground, dict) and ground.get("kind") == "humanitarian"
    if claimed or licence.case.lane == "humanitarian":
        return str(Shipment.Expected.HUMANITARIAN)
    return ""
