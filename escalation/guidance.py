"""Which cases a notice means, what of it is signed, and how far it has been acknowledged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from alliance.measures import Scope, Trade
from core import signing
from escalation.models import Guidance, GuidedCase, Reading
from licensing.models import Case, Item, Party
from members.models import Jurisdiction, User

KIND = "entente-guidance+jws"  # of its signature
RECEIVERS = (Party.Role.CONSIGNEE, Party.Role.END_USER)


def scope_of(guidance: Guidance) -> Scope:
    """Return what a notice means; its parties are names as the alliance recognises them."""
    return Scope(
        control_codes=tuple(code.upper() for code in guidance.items),
        destinations=tuple(guidance.destinations),
        parties=tuple(guidance.names),
    )


def trade_of(case: Case) -> tuple[Trade, dict[str, str]]:
    """Return what the revision in hand is about, and its parties' names by the form they are recognised in."""
    parties = list(case.revision.parties.select_related("shared_party"))
    names = {party.shared_party.normalised: party.name for party in parties}
    return (
        Trade(
            lead=case.lead_id,
            control_codes=frozenset(
                item.control_code.upper() for item in case.revision.items.all() if item.control_code
            ),
            destinations=frozenset(party.country for party in parties if party.role in RECEIVERS),
            parties=frozenset(names),
        ),
        names,
    )


def why(guidance: Guidance, trade: Trade, names: dict[str, str]) -> dict[str, list[str]] | None:
    """Return what of a case a notice fits, by dimension; None where it does not mean the case."""
    scope = scope_of(guidance)
    if not scope.matches(trade):
        return None
    codes = scope.control_codes
    return {
        "items": sorted(code for code in trade.control_codes if codes and code.startswith(codes)),
        "destinations": sorted(trade.destinations & set(scope.destinations)),
        "parties": sorted(names[name] for name in trade.parties & set(scope.parties)),
    }


def cases_meant(guidance: Guidance) -> QuerySet[Case]:
    """Return the open cases a notice means: the same as `why`, asked of the database."""
    found = Case.objects.filter(status__in=Case.OPEN, routed_at__isnull=False)
    own_parties = Party.objects.filter(revision=OuterRef("revision"))
    if guidance.items:
        codes = Q()
        for code in guidance.items:
            codes |= Q(control_code__istartswith=code)
        found = found.filter(Exists(Item.objects.filter(codes, revision=OuterRef("revision"))))
    if guidance.destinations:
        found = found.filter(
            Exists(own_parties.filter(role__in=RECEIVERS, country__in=guidance.destinations))
        )
    if guidance.names:
        found = found.filter(Exists(own_parties.filter(shared_party__normalised__in=guidance.names)))
    return found


# What is signed ------------------------------------------------------------------------------------------


def signed_content(guidance: Guidance) -> dict[str, Any]:
    """Return what the signature covers: everything a reader acts on, and no person's name."""
    assert guidance.issued_at is not None
    return {
        "iss": settings.SITE_URL,
        "reference": guidance.reference,
        "effect": guidance.effect,
        "items": guidance.items,
        "destinations": guidance.destinations,
        "parties": guidance.parties,
        "text": guidance.text,
        "legal_basis": guidance.legal_basis,
        "written_for": guidance.proposed_for_id,
        "issued_for": guidance.issued_for_id,
        "issued_at": guidance.issued_at.isoformat(),
        "valid_until": guidance.valid_until.isoformat(),
    }


def signature_holds(guidance: Guidance) -> bool:
    """Whether what is stored is what was signed."""
    return bool(guidance.jws) and signing.verified(guidance.jws, KIND) == signed_content(guidance)


# How far it has come -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """How many members and cases a notice concerns, how many of each acknowledged, and the median time it took.

    Members count from the issue, cases from the match; the median is None while nobody has.
    """

    members: int = 0
    read: int = 0
    read_after: timedelta | None = None
    cases: int = 0
    acknowledged: int = 0
    acknowledged_after: timedelta | None = None
    answered: int = 0

    @property
    def read_percent(self) -> int:
        return round(100 * self.read / self.members) if self.members else 0

    @property
    def acknowledged_percent(self) -> int:
        return round(100 * self.acknowledged / self.cases) if self.cases else 0


@dataclass
class _Tally:
    read: list[timedelta] = field(default_factory=list)
    acknowledged: list[timedelta] = field(default_factory=list)
    cases: int = 0
    answered: int = 0


def _median(lengths: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in lengths)) if lengths else None


def reach(notices: Iterable[Guidance], until: datetime | None = None) -> dict[int, Reach]:
    """Return how far each of some notices has come, by key, in three queries; as it stood at an instant, if told.

    Cases are all that were ever matched and still bear, or did when they were closed.
    """
    tallies = {notice.pk: _Tally() for notice in notices}
    issued = {notice.pk: notice.issued_at for notice in notices}
    members = Jurisdiction.objects.count()
    readings = Reading.objects.filter(guidance__in=tallies)
    guided = GuidedCase.objects.filter(guidance__in=tallies).filter(
        Q(ended_at__isnull=True) | Q(acknowledged_at__isnull=False)
    )
    if until is not None:
        readings = readings.filter(read_at__lt=until)
        guided = GuidedCase.objects.filter(guidance__in=tallies, matched_at__lt=until).filter(
            Q(ended_at__isnull=True) | Q(ended_at__gte=until) | Q(acknowledged_at__lt=until)
        )
    for pk, at in readings.values_list("guidance_id", "read_at"):
        began = issued[pk]
        if began is not None:
            tallies[pk].read.append(at - began)
    rows = guided.values_list("guidance_id", "matched_at", "acknowledged_at", "answered_at")
    for pk, matched, acknowledged, answered in rows:
        tally = tallies[pk]
        tally.cases += 1
        if acknowledged is not None and (until is None or acknowledged < until):
            tally.acknowledged.append(acknowledged - matched)
        if answered is not None and (until is None or answered < until):
            tally.answered += 1
    return {
        pk: Reach(
            members=members,
            read=len(tally.read),
            read_after=_median(tally.read),
            cases=tally.cases,
            acknowledged=len(tally.acknowledged),
            acknowledged_after=_median(tally.acknowledged),
            answered=tally.answered,
        )
        for pk, tally in tallies.items()
    }


def bearing_on(user: User, case: Case) -> list[GuidedCase]:
    """Return the notices that bear on a visible case, and those its lead has answered, the newest first."""
    rows = GuidedCase.objects.visible_to(user).filter(case=case)  # type: ignore[attr-defined]
    found = rows.filter(Q(ended_at__isnull=True) | Q(answered_at__isnull=False))
    return list(
        found.select_related("guidance", "acknowledged_by", "answered_by").order_by("-matched_at", "-pk")
    )
