"""What the platform knows of a trusted trader, and the level it has now: read by every gate, never propagated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from core import clock
from exemptions import allowances, trust
from exemptions.models import Bar, TrustedTrader
from licensing.models import Application, Case, Decision, InformationRequest, Licence
from members.models import Organisation

Status = TrustedTrader.Status


def record_of(organisation: Organisation) -> trust.Record:
    """Read an organisation's record of the last two years: what is due decides, not the clock."""
    now = clock.now()
    since = now - allowances.LOOK_BACK
    filed = Application.objects.filter(organisation=organisation)
    told = filed.aggregate(
        first=Min("registered_at"),
        received=Count("pk", filter=Q(received_at__gt=since)),
        returned=Count("pk", filter=Q(received_at__gt=since, status=Application.Status.RETURNED)),
        decided=Count("pk", filter=Q(status=Application.Status.CLOSED)),
    )
    refused = Decision.objects.filter(
        case__application__organisation=organisation,
        kind=Decision.Kind.REFUSE,
        status=Decision.Status.COUNTERSIGNED,
        countersigned_at__gt=since,
    )
    unanswered = InformationRequest.objects.filter(
        case__application__organisation=organisation,
        status=InformationRequest.Status.EXPIRED,
        due_at__gt=since,
    )
    held = Licence.objects.filter(
        holder=organisation,
        status__in=[Licence.Status.SUSPENDED, Licence.Status.REVOKED],
        issued_at__gt=since,
    )
    owed = allowances.record_of(organisation)
    counted = {kind: sum(1 for one, _at in owed.lapses if one == kind) for kind in allowances.POINTS}
    return trust.Record(
        counted={
            **counted,
            "delivery_open": len(owed.open),
            "refused": refused.count(),
            "question_unanswered": unanswered.count(),
            "licence_held": held.count(),
        },
        received=told["received"],
        returned=told["returned"],
        decided=told["decided"],
        days=(now - told["first"]).days if told["first"] else 0,
    )


@dataclass(frozen=True)
class Standing:
    """The level an organisation has now; 0 with the reason why."""

    level: int
    why: str = ""

    @property
    def limit(self) -> int:
        """What one application may be worth, in whole units of its currency."""
        return trust.LIMITS.get(self.level, 0)


def standing_of(trader: TrustedTrader, score: trust.Score | None = None) -> Standing:
    """Return the level a trader has now. Granted is not enough: its time has not passed, its organisation is
    vetted and not barred from all authorisations, and its record, read now, holds."""
    if trader.status != Status.GRANTED:
        return Standing(0, trader.suspended_because or trader.ended_because or trader.get_status_display())
    if trader.valid_until is None or trader.valid_until <= clock.now():
        return Standing(0, _("Its three years are over."))
    if trader.organisation.status != Organisation.Status.VETTED:
        return Standing(0, _("The organisation is suspended."))
    if Bar.objects.filter(organisation=trader.organisation, keys=[], told=True, lifted_at=None).exists():
        return Standing(0, _("The exporter is barred from all authorisations."))
    score = score or trust.score_of(record_of(trader.organisation))
    if not score.holds:
        return Standing(0, below(score))
    return Standing(trader.level)


def below(score: trust.Score) -> str:
    """Say that a record no longer holds, and why."""
    return _("The record is below %(bound)d: %(told)s") % {"bound": trust.BOUND, "told": score.sentence}


def hold(organisations: Iterable[int]) -> None:
    """Keep the standings of organisations as they are until the transaction ends; call it under the case's lock and
    before the level is read.

    Whoever suspends or ends a standing locks its row, whoever suspends or bars an organisation the organisation's:
    either that waits for the act, and finds the case as the act left it, or the act reads what that has written.
    The order is case, organisation, trader, and none of those others takes a case. Holders do not wait for each
    other.
    """
    keys = sorted(set(organisations))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM members_organisation AS held WHERE id = ANY(%s) AND EXISTS ("
            "SELECT FROM exemptions_trustedtrader WHERE organisation_id = held.id) ORDER BY id FOR SHARE",
            [keys],
        )
        cursor.execute(
            "SELECT FROM exemptions_trustedtrader WHERE organisation_id = ANY(%s) ORDER BY id FOR SHARE",
            [keys],
        )


def trusted_no_more(cases: Iterable[Case]) -> set[int]:
    """Return which of some cases, by their keys, are in the fast lane though their exporter is trusted no more."""
    fast = [case.pk for case in cases if case.charter_key.startswith(trust.FAST)]
    if not fast:
        return set()
    holders = dict(Case.objects.filter(pk__in=fast).values_list("pk", "application__organisation"))
    hold(holders.values())
    found = Organisation.objects.in_bulk(set(holders.values()))
    untrusted = {pk for pk, organisation in found.items() if not level_of(organisation)}
    return {pk for pk, holder in holders.items() if holder in untrusted}


def level_of(organisation: Organisation) -> int:
    """Return the level an organisation has at this instant: the fact `trader_level`. One query for none."""
    found = TrustedTrader.objects.in_force().filter(organisation=organisation)  # type: ignore[attr-defined]
    trader = found.select_related("organisation").first()
    return standing_of(trader).level if trader is not None else 0
