"""Making situation reports: at the hours a declaration's scenario names, one for each period, and a last one."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta

from django.db import transaction

from alliance import selectors as alliance
from alliance.declaring import lock_declarations, set_due
from alliance.models import Declaration
from alliance.scenarios import PEACETIME
from core import audience, clock, signing
from core.actors import CLOCK
from core.audience import Audience
from core.errors import NotFound
from core.models import ref, ref_id
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from escalation import reporting
from escalation.models import SituationReport
from escalation.reporting import DUE
from ledger import services as ledger


def hours_of(declaration: Declaration) -> tuple[int, ...]:
    """Return the hours of the day, UTC, at which a declaration is reported on: its scenario's, else peacetime's."""
    known = alliance.scenarios()
    profile = known.get(declaration.scenario) or known.get(PEACETIME)
    if profile is None:
        raise NotFound("No scenario profile says when to report.")
    return profile.report_hours


def next_instant(after: datetime, hours: tuple[int, ...]) -> datetime:
    """Return the first of some hours of the day, UTC, that is later than an instant."""
    today = after.astimezone(UTC).date()
    return next(
        at
        for day in (today, today + timedelta(days=1))
        for hour in hours
        if (at := datetime.combine(day, time(hour), tzinfo=UTC)) > after
    )


@transaction.atomic
def begin(*, declaration_id: int) -> None:
    """Let the first report of a declaration that came into force fall due; nothing where that was done."""
    declaration = _locked(declaration_id)
    if declaration.status == Declaration.Status.IN_FORCE and not declaration.reports.exists():
        _set_next(declaration, _reported(declaration))


def fall_due(due: DueInstant) -> None:
    """The instant of a report has come: make it, for the period that ends with this instant however late the clock
    came to it, and let the next one fall due. At the sunset, the last one is made instead (`close`)."""
    declaration = _locked(ref_id(due.subject, "declaration"))
    if _closed(declaration):
        return
    if _ends_at(declaration) > due.due_at:
        _make(declaration, due.due_at)
        _set_next(declaration, due.due_at)


@transaction.atomic
def close(*, declaration_id: int) -> None:
    """Make the last report of a declaration that has ended, after those of periods that were missed."""
    declaration = _locked(declaration_id)
    ended = declaration.ended_at
    if ended is None or declaration.in_force_at is None or _closed(declaration):
        return
    deadlines.cancel(kind=DUE, subject=ref(declaration))
    hours = hours_of(declaration)
    while (at := next_instant(_reported(declaration), hours)) < ended:
        _make(declaration, at)
    _make(declaration, ended, final=True)


def _locked(declaration_id: int) -> Declaration:
    lock_declarations([declaration_id], skip_locked=False)
    return Declaration.objects.get(pk=declaration_id)


def _closed(declaration: Declaration) -> bool:
    return declaration.reports.filter(final=True).exists()


def _ends_at(declaration: Declaration) -> datetime:
    """Return when a declaration ended or, if nobody renews it, will."""
    ends = declaration.ended_at or declaration.sunset_at
    assert ends is not None  # the database refuses one in force without its sunset
    return ends


def _reported(declaration: Declaration) -> datetime:
    """Return the instant up to which a declaration is reported on."""
    last = declaration.reports.order_by("-number").values_list("ends_at", flat=True).first()
    begun = last or declaration.in_force_at
    assert begun is not None
    return begun


def _set_next(declaration: Declaration, after: datetime) -> None:
    at = next_instant(after, hours_of(declaration))
    rule, start = Rule(amount=1, unit="hours"), at - timedelta(hours=1)
    set_due(DUE, ref(declaration), rule, owner=declaration.reference, start=start)


def _make(declaration: Declaration, ends_at: datetime, *, final: bool = False) -> SituationReport:
    """Write a report of what happened since the last one, or since the declaration came into force."""
    assert declaration.in_force_at is not None
    starts_at, made_at = _reported(declaration), clock.now()
    number, reference = declaration.reports.count() + 1, new_reference("SR")
    period = reporting.Period(declaration.in_force_at, starts_at, ends_at)
    content = reporting.content(
        declaration, period, reference=reference, number=number, final=final, made_at=made_at
    )
    report = SituationReport.objects.create(
        reference=reference,
        declaration=declaration,
        number=number,
        starts_at=starts_at,
        ends_at=ends_at,
        made_at=made_at,
        final=final,
        content=content,
        sha256=hashlib.sha256(signing.canonical(content)).hexdigest(),
    )
    ledger.record(
        "report.made",
        actor=CLOCK,
        subject=report,
        aggregate=ref(declaration),
        aggregate_label=declaration.reference,
        audience=Audience.of(audience.ALLIANCE),
        facts={
            "reference": reference,
            "number": number,
            "from": starts_at.isoformat(),
            "until": ends_at.isoformat(),
            "final": final,
            "late": report.late is not None,
            "sha256": report.sha256,
        },
    )
    return report
