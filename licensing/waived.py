"""Licences under waivers of crisis measures: which waiver lifts what of a case, and what is left of its cap.

A waiver's row is locked after the case and before its cap is counted, so that two licences issued at one time never
exceed it together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any, Protocol

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from alliance.crises import Bearing
from alliance.measures import Effect
from core import audience, clock
from core.actors import Actor
from core.audience import Audience
from core.errors import Blocked
from core.models import ref
from exemptions import selectors, waiving
from exemptions.models import Waiver
from ledger import services as ledger
from licensing import taking
from licensing.models import Case, Licence, WaiverUse
from licensing.selectors.trades import bearing_on, trade_of_case

STOPPING = (Effect.NO_GRANT, Effect.SUSPEND_LICENCES)


class Line(Protocol):
    quantity: Decimal
    unit: str
    value: Decimal
    currency: str


@dataclass(frozen=True)
class Lifted:
    """A measure that bears on a case, the waiver that lifts it, and why one that is there does not."""

    bearing: Bearing
    waiver: Waiver | None
    why_not: str = ""


def used(waiver: Waiver, *, but: Licence | None = None, ending: Licence | None = None) -> Decimal:
    """Return how much of a waiver's cap the licences issued under it take; `but`: leaving one of them out.

    One that was replaced, or is about to be (`ending`), takes only what has left under it or is reserved of it:
    the rest is counted with the licence in its place.
    """
    uses = waiver.uses.all() if but is None else waiver.uses.exclude(licence=but)
    amounts: dict[int, Decimal] = dict(uses.order_by().values_list("licence").annotate(total=Sum("amount")))
    over = Q(status=Licence.Status.REPLACED)
    if ending is not None:
        over |= Q(pk=ending.pk)
    for licence in Licence.objects.filter(over, pk__in=amounts).prefetch_related("lines"):
        amounts[licence.pk] = min(amounts[licence.pk], _kept(waiver, licence))
    return sum(amounts.values(), Decimal(0))


def _kept(waiver: Waiver, licence: Licence) -> Decimal:
    """Return what has left under a licence or is reserved of it, in the unit of a waiver's cap; a value by the
    share of its line's quantity."""
    taken, total = taking.taken_of(licence), Decimal(0)
    for line in licence.lines.all():
        gone = taken[line.line].gone if line.line in taken else Decimal(0)
        total += gone if waiver.cap_of == Waiver.Cap.QUANTITY else line.value * gone / line.quantity
    return total.quantize(Decimal("0.001"), rounding=ROUND_UP)


def amount(waiver: Waiver, lines: Iterable[Line]) -> Decimal | None:
    """Return what lines take of a waiver's cap; None where one of them is not counted in its unit."""
    total = Decimal(0)
    for line in lines:
        by_value = waiver.cap_of == Waiver.Cap.VALUE
        if (line.currency if by_value else line.unit) != waiver.unit:
            return None
        total += line.value if by_value else line.quantity
    return total


def _waiting(case: Case) -> Licence | None:
    """Return the licence of a case that waits for its confirmation: what it takes of a cap, it has already."""
    return Licence.objects.filter(case=case, grant__status="standing").first()


def _replaced_by(case: Case) -> Licence | None:
    """Return the licence that ends in the instant in which one is issued on a case."""
    former = case.application.replaces
    return former if former is not None and former.status == Licence.Status.ISSUED else None


def _too_much(
    waiver: Waiver,
    asked: Decimal | None,
    *,
    whole: bool = True,
    but: Licence | None = None,
    ending: Licence | None = None,
) -> str:
    if asked is None:
        return _("The waiver %(reference)s is capped in %(unit)s, and a line is not counted in that.") % {
            "reference": waiver.reference,
            "unit": waiver.unit,
        }
    left = waiver.cap - used(waiver, but=but, ending=ending)
    if left <= 0 or (whole and asked > left):
        return _("Of the waiver %(reference)s %(left)s %(unit)s are left, and %(asked)s are asked for.") % {
            "reference": waiver.reference,
            "left": f"{max(left, Decimal(0)):f}",
            "unit": waiver.unit,
            "asked": f"{asked:f}",
        }
    return ""


def lifted(case: Case, effects: Iterable[Effect] = STOPPING, *, whole: bool = True) -> list[Lifted]:
    """Return the measures that bear on a case and stop trade, each with the waiver that lifts it now.

    `whole`: whether all that was applied for has to fit under the cap; otherwise only that something is left, and
    what is granted is counted when its licence is issued.
    """
    bearings = [one for one in bearing_on(case) if one.measure.effect in tuple(effects)]
    if not bearings:
        return []
    trade, lines, own = trade_of_case(case), list(case.revision.items.all()), _waiting(case)
    ending = _replaced_by(case)
    found = []
    for bearing in bearings:
        why_not, chosen = "", None
        for waiver in selectors.covering(case.application.organisation_id, bearing, trade):
            why_not = _too_much(waiver, amount(waiver, lines), whole=whole, but=own, ending=ending)
            if not why_not:
                chosen = waiver
                break
        found.append(Lifted(bearing, chosen, why_not))
    return found


def waiver_for(case: Case) -> Waiver | None:
    """Return, locked, the waiver a licence of a case is about to be issued under; None where no measure forbids it.

    Blocked where one does and nothing lifts it: whatever was due of the waiver is applied first.
    """
    stops = lifted(case, [Effect.NO_GRANT], whole=False)
    if not stops:
        return None
    chosen = stops[0].waiver
    if chosen is None or any(
        one.waiver is None or not selectors.lifts(chosen, one.bearing, trade_of_case(case)) for one in stops
    ):
        raise Blocked(_("A measure of a crisis stops this."), blockers=[sentence(one) for one in stops])
    waiver = waiving.locked(chosen.pk)
    if not Waiver.objects.in_force().filter(pk=waiver.pk).exists():  # type: ignore[attr-defined]
        raise Blocked(
            _("The waiver does not hold any more."),
            blockers=[_("The waiver %(reference)s is no longer in force.") % {"reference": waiver.reference}],
        )
    return waiver


def sentence(one: Lifted) -> str:
    """Say what a measure does to a case, and why no waiver helps."""
    said = _("The crisis %(reference)s (%(crisis)s) stops this: %(measure)s.") % {
        "reference": one.bearing.crisis.reference,
        "crisis": one.bearing.crisis.title,
        "measure": one.bearing.measure.title,
    }
    return f"{said} {one.why_not}".strip()


def use(*, actor: Actor, waiver: Waiver, licence: Licence) -> WaiverUse | None:
    """Count a licence that was just issued against the cap of the waiver it rests on, which is locked; Blocked
    where it does not fit, and then the licence is not issued either. Of one that was confirmed, what it covers
    more than before; None where that is nothing."""
    lines: list[Any] = list(licence.lines.all())
    whole = amount(waiver, lines)
    ending = _replaced_by(licence.case)
    if why := _too_much(waiver, whole, but=licence, ending=ending):
        raise Blocked(_("This does not fit under the cap of the waiver."), blockers=[why])
    assert whole is not None
    before = licence.waiver_uses.filter(waiver=waiver).aggregate(total=Sum("amount"))["total"] or Decimal(0)
    taken = whole - before
    if taken <= 0:
        return None
    row = WaiverUse.objects.create(waiver=waiver, licence=licence, amount=taken)
    case = licence.case
    ledger.record(
        "waiver.used",
        actor=actor,
        subject=licence,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience | Audience.of(audience.organisation(waiver.holder_id)),
        facts={
            "waiver": waiver.reference,
            "crisis": waiver.declaration.reference,
            "measures": waiver.measures,
            "amount": f"{taken:f}",
            "unit": waiver.unit,
            "left": f"{waiver.cap - used(waiver, ending=ending):f}",
            "reason": _("The waiver %(reference)s lifts the measure for this exporter.")
            % {"reference": waiver.reference},
        },
    )
    return row


def last_day(waiver: Waiver, wanted: date) -> date:
    """Return the last day of a licence under a waiver: no later than the waiver's."""
    return min(wanted, waiver.last_day)


def of_licences(licences: Iterable[int] | QuerySet[Licence]) -> dict[int, tuple[WaiverUse, bool]]:
    """Return, by key, the use of a waiver that licences rest on and whether nothing has broken it: one query where
    none rests on any, two otherwise."""
    uses = list(WaiverUse.objects.filter(licence__in=licences).select_related("waiver"))
    missing = selectors.missing_reports(one.waiver for one in uses)
    return {one.licence_id: (one, selectors.holds(one.waiver, one.waiver_id in missing)) for one in uses}


def lifts_now(waiver: Waiver, bearing: Bearing, *, holds: bool) -> bool:
    """Whether a waiver that a licence rests on lifts a measure for it now."""
    return (
        holds
        and waiver.status == Waiver.Status.GRANTED
        and waiver.valid_until is not None
        and waiver.valid_until > clock.now()
        and waiver.declaration_id == bearing.crisis.pk
        and bearing.measure.key in waiver.measures
    )


def held_up_because(waiver: Waiver) -> str:
    """Say why nothing leaves under a waiver that was broken."""
    why = waiver.ended_because if waiver.status == Waiver.Status.REVOKED else waiver.suspended_because
    return _("The waiver %(reference)s does not hold: %(why)s") % {
        "reference": waiver.reference,
        "why": why or _("a report was not filed by its date."),
    }
