"""Granting under a template: for a declared crisis or for one exporter, drafted and granted by two.

The row of what was granted is the lock of its cap; it is taken before the row of a registration.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from alliance import instruments, measures
from alliance.declaring import said, set_due
from alliance.instruments import Terms
from alliance.models import Declaration, Instrument
from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid, NotFound
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from exemptions import instrument_policies as policies
from exemptions.bounds import check_cap
from exemptions.models import Authorisation, Use
from exemptions.models.bounds import midnight
from ledger import services as ledger
from members.models import Organisation, User

EXPIRY = "authorisation.expiry"
MOST = 50  # codes, destinations or recipients
Status = Authorisation.Status


@aggregate_lock("authorisation")
def lock_authorisations(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock authorisations; see `deadlines.registry.AggregateLock`."""
    rows = Authorisation.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def locked(pk: int) -> Authorisation:
    """Return what was granted, locked, after whatever was due of it has been applied."""
    Authorisation.objects.select_for_update().get(pk=pk)
    deadlines.lapse_due(f"authorisation:{pk}")
    rows = Authorisation.objects.select_related(
        "instrument", "declaration", "holder", "drafted_by__authority"
    )
    return rows.get(pk=pk)


def row_in_force(key: str) -> Instrument:
    """Return an instrument in force; NotFound without one of that key."""
    found = next((one for one in instruments.in_force() if one.key == key), None)
    if found is None:
        raise NotFound(_("No authorisation of this key is in force."))
    return found


@transaction.atomic
def draft(
    *,
    actor: User,
    instrument: Instrument,
    declaration: Declaration | None = None,
    holder: Organisation | None = None,
    control_codes: Sequence[str],
    destinations: Sequence[str],
    recipients: Sequence[str],
    cap_of: str,
    cap: Decimal,
    unit: str,
    first_day: date,
    last_day: date,
    report_every_days: int,
    reasons: str,
) -> Authorisation:
    """Draft what a template may be used for; nothing may leave under it until another person grants it.

    Invalid names every safeguard that is missing or does not fit.
    """
    require(policies.can_draft, actor, instrument, holder)
    terms = instruments.terms_of(instrument)
    errors: dict[str, list[str]] = {}
    _check_bound(terms, declaration, holder, errors)
    _check_scope(terms, control_codes, destinations, recipients, errors)
    check_cap(cap_of, cap, unit, errors)
    _check_days(terms, declaration, first_day, last_day, errors)
    if not 1 <= report_every_days <= terms.report_every_days:
        errors["report_every_days"] = [
            _("Ask for a report at least every %(most)d days.") % {"most": terms.report_every_days}
        ]
    try:
        said(reasons, "reasons", 4000)
    except Invalid as error:
        errors["reasons"] = error.fields["reasons"]
    if errors:
        raise Invalid(_("An authorisation needs every safeguard."), fields=errors)
    made = Authorisation.objects.create(
        reference=new_reference("AU"),
        instrument=instrument,
        declaration=declaration,
        holder=holder,
        control_codes=[instruments.code_of(one) for one in control_codes],
        destinations=list(destinations),
        recipients=[" ".join(one.split()) for one in recipients],
        cap_of=cap_of,
        cap=cap,
        unit=unit,
        first_day=first_day,
        last_day=last_day,
        report_every_days=report_every_days,
        reasons=reasons.strip(),
        drafted_by=actor,
        drafted_at=clock.now(),
    )
    record("authorisation.drafted", actor, made, Audience.of(audience.ALLIANCE))
    return made


def _check_bound(
    terms: Terms, declaration: Declaration | None, holder: Organisation | None, errors: dict[str, list[str]]
) -> None:
    if terms.kind == Instrument.Kind.EMERGENCY:
        if declaration is None or holder is not None:
            errors["declaration"] = [_("Bind this template to a declared crisis, and to no exporter.")]
        elif declaration.status != Declaration.Status.IN_FORCE or declaration.sunset_at is None:
            errors["declaration"] = [_("Only a crisis in force has a template activated for it.")]
    elif not terms.granted:
        errors["instrument"] = [_("A general authorisation is used as it is; nothing is granted under it.")]
    elif holder is None or declaration is not None:
        errors["holder"] = [_("Name the exporter it is granted to.")]
    elif not terms.open_to(holder.jurisdiction_id):
        errors["holder"] = [_("It is not open to exporters of this member.")]


def _check_scope(
    terms: Terms,
    codes: Sequence[str],
    destinations: Sequence[str],
    recipients: Sequence[str],
    errors: dict[str, list[str]],
) -> None:
    if not 1 <= len(codes) <= MOST or not all(measures.CONTROL_PREFIX.fullmatch(one) for one in codes):
        errors["control_codes"] = [
            _("Name 1 to %(most)d beginnings of control codes, such as 6A003.") % {"most": MOST}
        ]
    if not 1 <= len(destinations) <= MOST or not all(measures.COUNTRY.fullmatch(one) for one in destinations):
        errors["destinations"] = [
            _("Name 1 to %(most)d destinations by their codes, such as SG.") % {"most": MOST}
        ]
    named = [one.strip() for one in recipients]
    if not 1 <= len(named) <= MOST or not all(3 <= len(one) <= 200 for one in named):
        errors["recipients"] = [_("Name 1 to %(most)d recipients.") % {"most": MOST}]
    elif terms.kind == Instrument.Kind.INDIVIDUAL and len(named) != 1:
        errors["recipients"] = [_("An individual authorisation names one recipient.")]


def _check_days(
    terms: Terms, declaration: Declaration | None, first: date, last: date, errors: dict[str, list[str]]
) -> None:
    if last < first or last < clock.today():
        errors["last_day"] = [_("The last day lies after the first, and not in the past.")]
    elif (last - max(first, clock.today())).days > terms.valid_days:
        errors["last_day"] = [_("It lasts %(days)d days at most.") % {"days": terms.valid_days}]
    elif (
        declaration is not None
        and declaration.sunset_at is not None
        and midnight(last) > declaration.sunset_at - timedelta(days=1)
    ):
        errors["last_day"] = [
            _("It ends with the crisis at the latest: %(day)s.")
            % {"day": (declaration.sunset_at - timedelta(days=1)).date().isoformat()}
        ]


@transaction.atomic
def grant(*, actor: User, authorisation: Authorisation) -> Authorisation:
    """Turn the second key: exporters may register for it, and use it from its first day on. Its end falls due."""
    found = locked(authorisation.pk)
    if found.status != Status.DRAFTED:
        raise Conflict(_("Only a draft is granted."))
    require(policies.can_grant, actor, found)
    if found.declaration is not None and found.declaration.status != Declaration.Status.IN_FORCE:
        raise Conflict(_("The crisis is no longer in force."))
    now = clock.now()
    end = midnight(found.last_day + timedelta(days=1))
    if end <= now:
        raise Conflict(_("Its last day has passed; draft another."))
    begin = max(now, midnight(found.first_day))
    owner = found.holder.name if found.holder else found.instrument.title
    due = set_due(EXPIRY, ref(found), (found.last_day - begin.date()).days, owner=owner, start=begin)
    found.grant(actor, begin, due.due_at)
    found.save()
    record("authorisation.granted", actor, found)
    return found


@transaction.atomic
def revoke(*, actor: User, authorisation: Authorisation, reason: str) -> Authorisation:
    """Take it back for good, or a draft: nothing leaves under it any more, from this instant."""
    found = locked(authorisation.pk)
    require(policies.can_revoke, actor, found)
    to = None if found.granted_at else Audience.of(audience.ALLIANCE)
    found.revoke(said(reason, "reason"))
    found.save()
    deadlines.cancel_all(ref(found))
    record("authorisation.revoked", actor, found, to, reason=found.ended_because)
    return found


def expired(due: DueInstant) -> None:
    """The last day is over."""
    found = Authorisation.objects.select_related("instrument", "holder", "declaration").get(
        pk=ref_id(due.subject, "authorisation")
    )
    if found.status == Status.GRANTED:
        found.expire(due.due_at)
        found.save()
        record("authorisation.expired", CLOCK, found)


def used(authorisation: Authorisation) -> Decimal:
    """Return how much of the cap the uses on record take, of all exporters together."""
    rows = Use.objects.filter(registration__authorisation=authorisation, status=Use.Status.RECORDED)
    total: Decimal | None = rows.aggregate(total=Sum("amount"))["total"]
    return total or Decimal(0)


def record(
    type: str, actor: Actor, found: Authorisation, to: Audience | None = None, **facts: object
) -> None:
    usual = Audience.of(audience.ALLIANCE)
    if found.holder_id is not None:
        usual |= Audience.of(audience.organisation(found.holder_id))
    ledger.record(
        type,
        actor=actor,
        subject=found,
        aggregate=ref(found),
        aggregate_label=found.reference,
        audience=to or usual,
        facts={
            "reference": found.reference,
            "instrument": found.instrument.key,
            "crisis": found.declaration.reference if found.declaration else "",
            "status": str(found.status),
            **facts,
        },
    )
