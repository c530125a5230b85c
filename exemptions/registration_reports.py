"""Reports on the use of an authorisation: one that is missing suspends the registration until it is filed."""

from __future__ import annotations

import hashlib

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
from exemptions import instrument_policies as policies
from exemptions.models import Registration, RegistrationReport, Use
from exemptions.registering import REPORT, due_first, locked, record
from members.models import User

Status = Registration.Status
MOST_EXPORTS = 1_000_000


@due_first
@transaction.atomic
def file(*, actor: User, registration: Registration, exports: int, found: str) -> RegistrationReport:
    """File the next report: how many exports left in the period, and what is to be said of them; none is said too.

    The uses on record in the period are counted beside it. The registration is active again once no report is
    missing.
    """
    held = locked(registration.pk)
    require(policies.can_report, actor, held)
    report = held.reports.filter(filed_at__isnull=True).order_by("number").first()
    if report is None:
        raise Conflict(_("Every report of this registration has been filed."))
    if not 0 <= exports <= MOST_EXPORTS:
        raise Invalid.field("exports", _("Give the number of exports: 0 or more."))
    now = clock.now()
    report.filed_at, report.filed_by = now, actor
    report.exports, report.found = exports, said(found, "found", 4000)
    report.recorded = recorded_in(held, report)
    content = {
        "registration": held.reference,
        "number": report.number,
        "exports": exports,
        "recorded": report.recorded,
        "found": report.found,
        "filed_at": now.isoformat(),
    }
    report.sha256 = hashlib.sha256(canonical(content)).hexdigest()
    report.save()
    deadlines.cancel(kind=REPORT, subject=ref(report))
    record(
        "registration.reported", actor, held, number=report.number, exports=exports, recorded=report.recorded,
        late=report.late, sha256=report.sha256,
    )  # fmt: skip
    missing = held.reports.filter(filed_at__isnull=True, due_at__lte=now).exists()
    if held.status == Status.SUSPENDED and not missing:
        held.restore()
        held.save()
        record("registration.restored", actor, held)
    return report


def recorded_in(registration: Registration, report: RegistrationReport) -> int:
    """Count the uses on record since the report before was due, up to when this one is, or now."""
    rows = Use.objects.filter(registration=registration, status=Use.Status.RECORDED)
    before = registration.reports.filter(number=report.number - 1).first()
    if before is not None:
        rows = rows.filter(declared_at__gte=before.due_at)
    return rows.filter(declared_at__lt=report.due_at).count()


def missed(due: DueInstant) -> None:
    """A reporting date has passed without a report: the registration is suspended as of that instant."""
    report = RegistrationReport.objects.select_related(
        "registration__organisation", "registration__authorisation"
    ).get(pk=ref_id(due.subject, "registrationreport"))
    held = report.registration
    if report.filed_at is not None:
        return
    record("registration.report_missed", CLOCK, held, number=report.number)
    if held.status in (Status.ACTIVE, Status.IN_NOTICE):
        held.suspend(
            due.due_at, _("Report %(number)d was not filed by its date.") % {"number": report.number}
        )
        held.save()
        record("registration.suspended", CLOCK, held, reason=held.suspended_because)
