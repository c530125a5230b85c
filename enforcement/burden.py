"""What trust brings and what control costs those who comply: hours to a decision, and interventions per hundred.

Of the last 90 days, in a handful of statements by index, however much there is. An operator is clean while nothing
of the last two years speaks against it here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet

from core import clock
from enforcement.models import PreShipmentCheck, Shipment
from exemptions import allowances
from exemptions.models import ExpectedDelivery, Waiver, WaiverReport
from licensing.models import Case, Decision, InformationRequest, Licence
from members.models import Organisation

WINDOW = timedelta(days=90)
#: The agreed number, a proposal: at most so many interventions per 100 applications and shipments of the clean.
BUDGET = 20


class Median(Aggregate):
    """The middle value: half are below it."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()
    name = "Median"


@dataclass(frozen=True)
class Cohort:
    """Some decided applications and declared shipments with what was done about them.

    `hours`: median from filing to decision; None where nothing was decided. `interventions`: questions,
    checks before departure and shipments stopped.
    """

    key: str
    decided: int
    hours: float | None
    shipments: int
    questions: int
    checks: int
    stopped: int

    @property
    def interventions(self) -> int:
        return self.questions + self.checks + self.stopped

    @property
    def per_hundred(self) -> float | None:
        """Interventions per 100 applications and shipments, one decimal; None where there is neither."""
        events = self.decided + self.shipments
        return round(100 * self.interventions / events, 1) if events else None

    @property
    def within(self) -> bool:
        return self.per_hundred is None or self.per_hundred <= BUDGET


def lapsed() -> QuerySet[Organisation]:
    """Organisations against which something of the last two years speaks: those that are not clean."""
    now = clock.now()
    since = now - allowances.LOOK_BACK
    refused = Decision.objects.filter(
        kind=Decision.Kind.REFUSE, status=Decision.Status.COUNTERSIGNED, countersigned_at__gt=since
    ).values("case__application__organisation")
    silent = InformationRequest.objects.filter(
        status=InformationRequest.Status.EXPIRED, due_at__gt=since
    ).values("case__application__organisation")
    held = Licence.objects.filter(status__in=["suspended", "revoked"], issued_at__gt=since).values("holder")
    broken = Waiver.objects.filter(suspended_at__gt=since).values("holder")
    late = WaiverReport.objects.filter(due_at__gt=since, due_at__lte=now).filter(
        Q(filed_at__isnull=True) | Q(filed_at__gte=F("due_at"))
    )
    owed = ExpectedDelivery.objects.filter(due_at__lte=now).filter(
        Q(confirmed_at__isnull=True) | Q(confirmed_at__gte=F("due_at"), due_at__gt=since)
    )
    speaks = Q(pk__in=refused) | Q(pk__in=silent) | Q(pk__in=held) | Q(pk__in=broken)
    speaks |= Q(pk__in=late.values("waiver__holder")) | Q(pk__in=owed.values("holder"))
    return Organisation.objects.filter(speaks)


def cohorts() -> tuple[Cohort, Cohort]:
    """Return trusted traders and the other clean operators: figures of all members together, nobody named."""
    since = clock.now() - WINDOW
    keys = set(lapsed().values_list("pk", flat=True))
    now_trusted = set(
        Organisation.objects.filter(trust__status="granted", trust__valid_until__gt=clock.now())
        .exclude(pk__in=keys)
        .values_list("pk", flat=True)
    )
    return (
        _cohort("trusted", since, lambda path: Q(**{f"{path}__in": now_trusted})),
        _cohort("clean", since, lambda path: ~Q(**{f"{path}__in": keys | now_trusted})),
    )


def _cohort(key: str, since: datetime, of: Callable[[str], Q]) -> Cohort:
    cases = Case.objects.filter(of("application__organisation"), decided_at__gt=since)
    took = ExpressionWrapper(F("decided_at") - F("opened_at"), output_field=DurationField())
    told = cases.aggregate(decided=Count("pk"), median=Median(took))
    questions = InformationRequest.objects.filter(
        of("case__application__organisation"), case__decided_at__gt=since
    )
    shipped = Shipment.objects.filter(of("licence__holder"), declared_at__gt=since).aggregate(
        all=Count("pk"), stopped=Count("pk", filter=Q(status=Shipment.Status.STOPPED))
    )
    checks = PreShipmentCheck.objects.filter(asked_at__gt=since).filter(
        of("licence__holder") & Q(licence__isnull=False) | of("provider") & Q(provider__isnull=False)
    )
    median = told["median"]
    return Cohort(
        key=key,
        decided=told["decided"],
        hours=round(median.total_seconds() / 3600, 1) if median is not None else None,
        shipments=shipped["all"],
        questions=questions.count(),
        checks=checks.count(),
        stopped=shipped["stopped"],
    )
