"""Waiving measures of a crisis for one exporter: drafted and granted by two, suspended at once when it is broken.

The waiver's row is the lock of it and its reports; a case that uses it is locked before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial, wraps
from typing import Any, TypeVar, cast

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import measures
from alliance.declaring import said, set_due
from alliance.measures import Effect
from alliance.models import Adoption, Declaration
from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Blocked, Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from exemptions import allowances, live, policies
from exemptions.bounds import check_cap
from exemptions.models import Waiver, WaiverReport
from exemptions.models.bounds import midnight
from ledger import services as ledger
from members.models import Organisation, User

REPORT, EXPIRY = "waiver.report", "waiver.expiry"
#: Effects that stop trade; a lane or a consultation holds nothing up that a waiver could lift.
WAIVABLE = (Effect.NO_GRANT, Effect.SUSPEND_LICENCES)
MOST_CODES, MOST_DAYS_BETWEEN_REPORTS = 20, 90
Status = Waiver.Status
Act = TypeVar("Act", bound=Callable[..., Any])


@aggregate_lock("waiver")
def lock_waivers(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock waivers; see `deadlines.registry.AggregateLock`."""
    rows = Waiver.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def locked(pk: int) -> Waiver:
    """Return a waiver, locked, after whatever was due of it has been applied."""
    Waiver.objects.select_for_update().get(pk=pk)
    deadlines.lapse_due(f"waiver:{pk}")
    return Waiver.objects.select_related("declaration", "holder", "drafted_by__authority").get(pk=pk)


def due_first(act: Act) -> Act:
    """Apply what was due of the waiver before an act, in a transaction of its own: it stays even where the act is
    then refused because of it."""

    @wraps(act)
    def after_what_was_due(**given: Any) -> Any:
        with transaction.atomic():
            locked(given["waiver"].pk)
        return act(**given)

    return cast(Act, after_what_was_due)


def plain(number: Decimal) -> str:
    """A number without idle noughts: 10000000, 1.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@transaction.atomic
def draft(
    *,
    actor: User,
    declaration: Declaration,
    holder: Organisation,
    lifts: Sequence[str],
    control_codes: Sequence[str],
    destinations: Sequence[str],
    cap_of: str,
    cap: Decimal,
    unit: str,
    first_day: date,
    last_day: date,
    report_every_days: int,
    monitoring: str,
    reasons: str,
    precondition: str = "",
) -> Waiver:
    """Draft a waiver of measures of a crisis in force; nothing is lifted until another person grants it.

    `cap` is what is asked for; what is kept is the share of it that the exporter's record allows
    (`exemptions.allowances`). Invalid names every safeguard that is missing or does not fit.
    """
    require(policies.can_draft, actor, holder)
    if declaration.status != Declaration.Status.IN_FORCE or declaration.sunset_at is None:
        raise Conflict(_("Only measures in force are waived."))
    errors: dict[str, list[str]] = {}
    if not adopted_by(declaration, holder.jurisdiction_id):
        errors["holder"] = [
            _("The exporter's member has not adopted these measures: there is nothing to waive.")
        ]
    share = allowances.share_for(holder)
    if not share.percent:
        errors.setdefault("holder", []).append(f"{share.sentence} {share.regain}")
    _check_lifts(declaration, lifts, errors)
    _check_scope(control_codes, destinations, errors)
    check_cap(cap_of, cap, unit, errors)
    _check_days(declaration, first_day, last_day, errors)
    if not 1 <= report_every_days <= MOST_DAYS_BETWEEN_REPORTS:
        errors["report_every_days"] = [
            _("Ask for a report at least every %(most)d days.") % {"most": MOST_DAYS_BETWEEN_REPORTS}
        ]
    checks: dict[str, Callable[[], object]] = {
        "monitoring": lambda: said(monitoring, "monitoring", 2000),
        "reasons": lambda: said(reasons, "reasons", 4000),
        "precondition": partial(live.check_expression, precondition.strip(), "precondition"),
    }
    for name, check in checks.items():
        try:
            check()
        except Invalid as error:
            errors[name] = error.fields[name]
    if errors:
        raise Invalid(_("A waiver needs every safeguard."), fields=errors)
    if not share.of(cap):
        raise Invalid.field("cap", _("The exporter's share of this cap is nothing: ask for more."))
    waiver = Waiver.objects.create(
        reference=new_reference("WV"),
        declaration=declaration,
        measures=sorted(set(lifts)),
        holder=holder,
        control_codes=list(control_codes),
        destinations=list(destinations),
        cap_of=cap_of,
        cap=share.of(cap),
        asked_cap=cap,
        share=share.percent,
        unit=unit,
        first_day=first_day,
        last_day=last_day,
        report_every_days=report_every_days,
        monitoring=monitoring.strip(),
        precondition=precondition.strip(),
        reasons=reasons.strip(),
        drafted_by=actor,
        drafted_at=clock.now(),
    )
    record("waiver.drafted", actor, waiver, Audience.of(audience.ALLIANCE))
    return waiver


def _check_lifts(declaration: Declaration, lifts: Sequence[str], errors: dict[str, list[str]]) -> None:
    known = {one.key for one in measures.parse(declaration.payload).measures if one.effect in WAIVABLE}
    if not lifts or set(lifts) - known:
        errors["lifts"] = [_("Choose measures of this crisis that stop grants or suspend licences.")]


def _check_scope(codes: Sequence[str], destinations: Sequence[str], errors: dict[str, list[str]]) -> None:
    if not 1 <= len(codes) <= MOST_CODES or not all(measures.CONTROL_PREFIX.fullmatch(one) for one in codes):
        errors["control_codes"] = [
            _("Name 1 to %(most)d beginnings of control codes, such as 6A003.") % {"most": MOST_CODES}
        ]
    if not 1 <= len(destinations) <= MOST_CODES or not all(
        measures.COUNTRY.fullmatch(one) for one in destinations
    ):
        errors["destinations"] = [
            _("Name 1 to %(most)d destinations by their codes, such as SG.") % {"most": MOST_CODES}
        ]


def _check_days(declaration: Declaration, first: date, last: date, errors: dict[str, list[str]]) -> None:
    assert declaration.sunset_at is not None
    if last < first or last < clock.today():
        errors["last_day"] = [_("The last day lies after the first, and not in the past.")]
    elif midnight(last) > declaration.sunset_at - timedelta(days=1):
        errors["last_day"] = [
            _("A waiver ends with the measure at the latest: %(day)s.")
            % {"day": (declaration.sunset_at - timedelta(days=1)).date().isoformat()}
        ]


@due_first
@transaction.atomic
def grant(*, actor: User, waiver: Waiver) -> Waiver:
    """Turn the second key: the measures it names do not bear on its trade from its first day on.

    Every reporting date falls due, and its last day. Blocked while its precondition is red.
    """
    waiver = locked(waiver.pk)
    if waiver.status != Status.DRAFTED:
        raise Conflict(_("Only a draft is granted."))
    require(policies.can_grant, actor, waiver)
    declaration = waiver.declaration
    if declaration.status != Declaration.Status.IN_FORCE or declaration.sunset_at is None:
        raise Conflict(_("Only measures in force are waived."))
    now = clock.now()
    if midnight(waiver.last_day + timedelta(days=1)) <= now:
        raise Conflict(_("Its last day has passed; draft another."))
    if why := live.red(waiver):
        raise Blocked(_("Its precondition is red."), blockers=[why])
    share = allowances.share_for(waiver.holder)
    if share.percent < waiver.share:
        said_since = _(
            "Since it was drafted the exporter's allowance has fallen: revoke it and draft another."
        )
        raise Blocked(said_since, blockers=[share.sentence])
    begin = max(now, midnight(waiver.first_day))
    days = (waiver.last_day - begin.date()).days
    let_fall_due = partial(set_due, aggregate=ref(waiver), owner=waiver.holder.name, start=begin)
    end = let_fall_due(EXPIRY, rule=days)
    waiver.grant(actor, begin, end.due_at)
    waiver.save()
    for number, day in enumerate([*range(waiver.report_every_days, days, waiver.report_every_days), days], 1):
        report = WaiverReport.objects.create(waiver=waiver, number=number, due_at=begin)
        report.due_at = let_fall_due(REPORT, rule=day, subject=ref(report)).due_at
        report.save(update_fields=["due_at"])
    record("waiver.granted", actor, waiver, reports=waiver.reports.count())
    return waiver


def suspend_now(actor: Actor, waiver: Waiver, at: datetime, because: str) -> None:
    waiver.suspend(at, because[:1000])
    waiver.save()
    record("waiver.suspended", actor, waiver, reason=waiver.suspended_because)


@due_first
@transaction.atomic
def suspend(*, actor: User, waiver: Waiver, reason: str) -> Waiver:
    """Suspend a waiver for a reason: its measures bear again, and what was licensed under it does not leave."""
    waiver = locked(waiver.pk)
    if waiver.status != Status.GRANTED:
        raise Conflict(_("Only a waiver in force is suspended."))
    require(policies.can_suspend, actor, waiver)
    suspend_now(actor, waiver, clock.now(), said(reason, "reason"))
    return waiver


@transaction.atomic
def look(*, waiver_id: int) -> bool:
    """Suspend a waiver whose precondition has turned red; whether it did."""
    waiver = locked(waiver_id)
    why = live.red(waiver) if waiver.status == Status.GRANTED else ""
    if why:
        suspend_now(CLOCK, waiver, clock.now(), _("Its precondition has turned red: %(why)s") % {"why": why})
    return bool(why)


def look_at_all() -> int:
    """Look at every waiver in force that has a precondition; return how many were suspended."""
    rows = Waiver.objects.filter(status=Status.GRANTED).exclude(precondition="")
    return sum(look(waiver_id=pk) for pk in rows.order_by("pk").values_list("pk", flat=True))


@due_first
@transaction.atomic
def restore(*, actor: User, waiver: Waiver, reason: str) -> Waiver:
    """Restore a waiver once what broke it is made good: every report that was due is filed and reviewed, none is
    over the cap, and the precondition is green. Blocked names what is not. One whose last day has passed stays
    over, but what was licensed under it is no longer held up."""
    waiver = locked(waiver.pk)
    require(policies.can_restore, actor, waiver)
    if reasons := unmet(waiver):
        raise Blocked(_("What broke this waiver is not made good yet."), blockers=reasons)
    reason = said(reason, "reason")
    if waiver.status == Status.EXPIRED:
        waiver.clear()
    else:
        waiver.restore()
    waiver.save()
    record("waiver.restored", actor, waiver, reason=reason)
    return waiver


def unmet(waiver: Waiver) -> list[str]:
    """Return what stands in the way of restoring a waiver, a sentence each."""
    reports = list(waiver.reports.order_by("number"))
    now, found = clock.now(), []
    for one in reports:
        if one.filed_at is None and one.due_at <= now:
            found.append(_("Report %(number)d has not been filed.") % {"number": one.number})
        elif one.filed_at is not None and one.reviewed_at is None:
            found.append(_("Report %(number)d has not been reviewed.") % {"number": one.number})
    last = next((one for one in reversed(reports) if one.used is not None), None)
    if last is not None and last.used is not None and last.used > waiver.cap:
        found.append(_("Report %(number)d tells of more than the cap.") % {"number": last.number})
    if why := live.red(waiver):
        found.append(_("Its precondition is red: %(why)s") % {"why": why})
    return found


@due_first
@transaction.atomic
def revoke(*, actor: User, waiver: Waiver, reason: str) -> Waiver:
    """Take a waiver back, or a draft, for good: nothing leaves under it any more."""
    waiver = locked(waiver.pk)
    require(policies.can_revoke, actor, waiver)
    waiver.revoke(said(reason, "reason"))
    waiver.save()
    deadlines.cancel_all(ref(waiver))
    to = None if waiver.granted_at else Audience.of(audience.ALLIANCE)
    record("waiver.revoked", actor, waiver, to, reason=waiver.ended_because)
    return waiver


def expired(due: DueInstant) -> None:
    """The last day is over. A report that was due by then and is missing holds up what was licensed under it."""
    waiver = Waiver.objects.select_related("holder", "declaration").get(pk=ref_id(due.subject, "waiver"))
    if waiver.status not in (Status.GRANTED, Status.SUSPENDED):
        return
    missing = waiver.reports.filter(due_at__lte=due.due_at, filed_at__isnull=True).order_by("number").first()
    if missing is not None and waiver.status == Status.GRANTED:
        because = _("Report %(number)d was not filed by its date.") % {"number": missing.number}
        suspend_now(CLOCK, waiver, due.due_at, because)
    waiver.expire(due.due_at)
    waiver.save()
    record("waiver.expired", CLOCK, waiver)


def adopted_by(declaration: Declaration, member: str) -> bool:
    """Whether a member has adopted the measures of a declaration: else there is nothing to waive there."""
    rows = Adoption.objects.filter(declaration=declaration, status=Adoption.Status.ADOPTED)
    return rows.filter(jurisdiction=member).exists()


def record(type: str, actor: Actor, waiver: Waiver, to: Audience | None = None, **facts: object) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=waiver,
        aggregate=ref(waiver),
        aggregate_label=waiver.reference,
        audience=to or Audience.of(audience.ALLIANCE, audience.organisation(waiver.holder_id)),
        facts={
            "reference": waiver.reference,
            "crisis": waiver.declaration.reference,
            "measures": waiver.measures,
            "status": str(waiver.status),
            **facts,
        },
    )
