"""Reports on waivers: filed by the holder, reviewed by an officer, and missed when their date passes."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core import clock
from core.actors import CLOCK
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.signing import canonical
from deadlines import services as deadlines
from deadlines.models import DueInstant
from exemptions import policies
from exemptions.bounds import LARGEST
from exemptions.models import Waiver, WaiverReport
from exemptions.waiving import REPORT, due_first, locked, plain, record, suspend_now
from members.models import User

Status = Waiver.Status


@due_first
@transaction.atomic
def file(*, actor: User, waiver: Waiver, used: Decimal, found: str) -> WaiverReport:
    """File the next report: how much of the cap was used since the first day, and what the watch found.

    One that tells of more than the cap suspends the waiver in the same transaction. A late one is kept, and leaves
    it suspended until an officer has reviewed it.
    """
    waiver = locked(waiver.pk)
    require(policies.can_report, actor, waiver)
    next_one = waiver.reports.filter(filed_at__isnull=True).order_by("number").first()
    if next_one is None:
        raise Conflict(_("Every report of this waiver has been filed."))
    if not used.is_finite() or used < 0 or used > LARGEST or used != round(used, 3):
        raise Invalid.field("used", _("Give a number from zero up, with at most three decimals."))
    now = clock.now()
    next_one.filed_at, next_one.filed_by = now, actor
    next_one.used, next_one.found = used, said(found, "found", 4000)
    content = {
        "waiver": waiver.reference,
        "number": next_one.number,
        "used": format(used.quantize(Decimal("0.001")), "f"),
        "unit": waiver.unit,
        "found": next_one.found,
        "filed_at": now.isoformat(),
    }
    next_one.sha256 = hashlib.sha256(canonical(content)).hexdigest()
    next_one.save()
    deadlines.cancel(kind=REPORT, subject=ref(next_one))
    record(
        "waiver.reported", actor, waiver, number=next_one.number, used=content["used"], late=next_one.late,
        sha256=next_one.sha256,
    )  # fmt: skip
    if used > waiver.cap and waiver.status == Status.GRANTED:
        because = _("Report %(number)d tells of more than the cap: %(used)s of %(cap)s %(unit)s.") % {
            "number": next_one.number,
            "used": plain(used),
            "cap": plain(waiver.cap),
            "unit": waiver.unit,
        }
        suspend_now(CLOCK, waiver, now, because)
    return next_one


@due_first
@transaction.atomic
def review(*, actor: User, waiver: Waiver, number: int, remark: str) -> WaiverReport:
    """Say what an officer makes of a report that was filed."""
    waiver = locked(waiver.pk)
    require(policies.can_review_report, actor, waiver)
    found = waiver.reports.filter(number=number, filed_at__isnull=False, reviewed_at__isnull=True).first()
    if found is None:
        raise Conflict(_("There is no such report that waits to be reviewed."))
    found.reviewed_at, found.reviewed_by, found.remark = clock.now(), actor, said(remark, "remark")
    found.save()
    record("waiver.report_reviewed", actor, waiver, number=number, remark=found.remark)
    return found


def missed(due: DueInstant) -> None:
    """A reporting date has passed without a report: the waiver is suspended as of that instant."""
    found = WaiverReport.objects.select_related("waiver__holder").get(pk=ref_id(due.subject, "waiverreport"))
    waiver = found.waiver
    if found.filed_at is not None or waiver.status == Status.REVOKED:
        return
    record("waiver.report_missed", CLOCK, waiver, number=found.number)
    if waiver.status == Status.GRANTED:
        because = _("Report %(number)d was not filed by its date.") % {"number": found.number}
        suspend_now(CLOCK, waiver, due.due_at, because)
