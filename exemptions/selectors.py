"""Which waivers lift a measure for a piece of trade, and how they stand now."""

from __future__ import annotations

from collections.abc import Iterable

from alliance.crises import Bearing
from alliance.measures import Trade
from exemptions import live
from exemptions.models import Waiver


def lifts(waiver: Waiver, bearing: Bearing, trade: Trade) -> bool:
    """Whether a waiver is meant for a measure and wholly for a piece of trade: relaxing errs towards what is
    guarded."""
    return (
        waiver.declaration_id == bearing.crisis.pk
        and bearing.measure.key in waiver.measures
        and waiver.scope.holds(trade)
    )


def covering(holder: int, bearing: Bearing, trade: Trade) -> list[Waiver]:
    """Return the waivers in force now, their preconditions green, that lift a measure for an exporter's trade, the
    one that ends first in front; whether the cap still holds is for whoever counts."""
    rows = Waiver.objects.in_force().filter(holder=holder, declaration=bearing.crisis.pk)  # type: ignore[attr-defined]
    rows = rows.select_related("declaration").order_by("valid_until", "pk")
    return [one for one in rows if lifts(one, bearing, trade) and not live.red(one)]


def missing_reports(waivers: Iterable[Waiver]) -> set[int]:
    """Return the keys of waivers of which a report is due and not filed: one query, however many they are."""
    keys = [one.pk for one in waivers]
    if not keys:
        return set()
    rows = Waiver.objects.filter(pk__in=keys).missing_a_report()  # type: ignore[attr-defined]
    return set(rows.values_list("pk", flat=True))


def holds(waiver: Waiver, missing: bool) -> bool:
    """Whether nothing has broken a waiver, even where the clock has not come to it yet."""
    return not waiver.broken and not (missing and waiver.status == Waiver.Status.GRANTED)


def status_now(waiver: Waiver, missing: bool, at: object) -> str:
    """Return the status as everyone reads it: what is due decides, not the tick."""
    if waiver.status == Waiver.Status.GRANTED and missing:
        return str(Waiver.Status.SUSPENDED)
    if waiver.status in (Waiver.Status.GRANTED, Waiver.Status.SUSPENDED) and waiver.valid_until <= at:  # type: ignore[operator]
        return str(Waiver.Status.EXPIRED)
    return str(waiver.status)
