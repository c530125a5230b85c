"""Exemptions asked for, granted, denied and repealed, by ground and region, counted from the ledger.

What happened is an event; ground and region are those of the case, waiver or use it happened to. Only whole
quarters that are over are told, by the rule of `accountability.disclosure`: sums stand beside their parts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accountability.disclosure import Parted, parted_by, told
from accountability.periods import Quarter
from accountability.periods import quarters as quarters_of
from accountability.regions import REGIONS, region_of
from core.models import ref_id
from exemptions.grounds import Kind, Supply
from exemptions.models import Use, Waiver
from ledger.models import Event
from licensing.guards import GRANTS
from licensing.models import Case, Decision, Party

OUTCOMES: dict[str, Promise] = {
    "asked": _("Asked for"),
    "granted": _("Granted"),
    "provisional": _("Granted provisionally"),
    "denied": _("Denied"),
    "repealed": _("Repealed"),
}
GROUNDS: dict[str, str | Promise] = {
    **{f"aid-{value}": label for value, label in Supply.choices},
    "emergency": _("Emergency request"),
    "waiver": _("Waiver of a crisis measure"),
    "authorisation": _("Use of an authorisation"),
}
#: What an event comes to. `case.decided`, `waiver.revoked`, and the uses that no officer had to look at say more.
SIMPLE = {
    "application.registered": "asked",
    "provisional.granted": "provisional",
    "provisional.repealed": "repealed",
    "licence.revoked": "repealed",
    "emergency.requested": "asked",
    "emergency.accepted": "granted",
    "emergency.declined": "denied",
    "waiver.drafted": "asked",
    "waiver.granted": "granted",
    "use.sent_to_officer": "asked",
    "use.recorded": "granted",
    "use.refused": "denied",
}
TYPES = frozenset({*SIMPLE, "case.decided", "waiver.revoked"})
#: Of fewer decisions the slowest twentieth is one or two cases.
ENOUGH = 40


@dataclass(frozen=True)
class Counted:
    """True numbers by (outcome, ground, region), never to be published as they are.

    `hours`: from filing to decision of the humanitarian cases decided in the quarter, sorted.
    """

    numbers: Counter[tuple[str, str, str]]
    hours: list[float] = field(default_factory=list)

    def by(self, outcome: str, place: int) -> dict[str, int]:
        """Return the numbers of an outcome by ground (place 1) or region (2), noughts included."""
        found = dict.fromkeys(GROUNDS if place == 1 else REGIONS, 0)
        for key, number in self.numbers.items():
            if key[0] == outcome:
                found[key[place]] += number
        return found


@dataclass(frozen=True)
class Told:
    """What everyone may read of a quarter.

    `half` and `p95`: whole hours within which that share of the humanitarian cases was decided; None where so few
    were that one of them could be known by it.
    """

    by_ground: dict[str, Parted]
    by_region: dict[str, Parted]
    decided: int | None
    half: int | None
    p95: int | None


@dataclass(frozen=True)
class _Thing:
    """What something happened to. `settled`: a waiver that was granted, a use that an officer judged."""

    ground: str  # "" where it is no exemption
    region: str
    settled: bool = False
    span: timedelta | None = None


def quarters() -> list[Quarter]:
    """Return the quarters that are over and of which something stands in the ledger, the newest first."""
    return quarters_of(TYPES)


def counted(quarter: Quarter) -> Counted:
    """Count a quarter: the events of the period, and one query for each kind of thing they happened to."""
    events = Event.objects.filter(type__in=TYPES, at__gte=quarter.first, at__lt=quarter.next.first)
    rows = list(events.order_by().values_list("type", "aggregate", "subject_id", "facts__kind"))
    things = {
        "case": _cases({ref_id(aggregate, "case") for type, aggregate, *_ in rows if _of_case(type)}),
        "waiver": _waivers({int(subject) for type, _a, subject, _k in rows if type.startswith("waiver.")}),
        "use": _uses({int(subject) for type, _a, subject, _k in rows if type.startswith("use.")}),
    }
    numbers: Counter[tuple[str, str, str]] = Counter()
    decided: dict[int, timedelta] = {}
    for type, aggregate, subject, kind in rows:
        if _of_case(type):
            pk = ref_id(aggregate, "case")
            thing = things["case"][pk]
            if type == "case.decided" and thing.ground and thing.span is not None:
                decided[pk] = thing.span
        else:
            thing = things[type.partition(".")[0]][int(subject)]
        ground = "emergency" if type.startswith("emergency.") else thing.ground
        if ground:
            numbers.update((outcome, ground, thing.region) for outcome in _outcomes(type, kind, thing))
    return Counted(numbers, sorted(span / timedelta(hours=1) for span in decided.values()))


def _of_case(type: str) -> bool:
    return not type.startswith(("waiver.", "use."))


def _outcomes(type: str, kind: str | None, thing: _Thing) -> Iterator[str]:
    if type == "case.decided":
        if kind in GRANTS:
            yield "granted"
        elif kind == Decision.Kind.REFUSE:
            yield "denied"
    elif type == "waiver.revoked":
        yield "repealed" if thing.settled else "denied"
    else:
        if type in ("use.recorded", "use.refused") and not thing.settled:
            yield "asked"
        yield SIMPLE[type]


def _cases(pks: Iterable[int]) -> dict[int, _Thing]:
    receiving = Party.objects.filter(
        revision=OuterRef("revision"), role__in=(Party.Role.CONSIGNEE, Party.Role.END_USER)
    )
    rows = Case.objects.filter(pk__in=pks).values_list(
        "pk",
        "revision__dossier__ground__kind",
        "revision__dossier__ground__supply",
        ArraySubquery(receiving.order_by("country").values("country")),
        "opened_at",
        "decided_at",
    )
    return {
        pk: _Thing(
            f"aid-{supply if supply in Supply.values else Supply.OTHER}" if kind == Kind.HUMANITARIAN else "",
            region_of(countries),
            span=decided - opened if decided else None,
        )
        for pk, kind, supply, countries, opened, decided in rows
    }


def _waivers(pks: Iterable[int]) -> dict[int, _Thing]:
    rows = Waiver.objects.filter(pk__in=pks).values_list("pk", "destinations", "granted_at")
    return {pk: _Thing("waiver", region_of(places), granted is not None) for pk, places, granted in rows}


def _uses(pks: Iterable[int]) -> dict[int, _Thing]:
    rows = Use.objects.filter(pk__in=pks).values_list("pk", "destination", "judged_at")
    return {pk: _Thing("authorisation", region_of([place]), judged is not None) for pk, place, judged in rows}


def published(quarter: Quarter) -> Told:
    """Return what everyone may read of a quarter. NotFound for one that is not over."""
    quarter.require_over()
    true = counted(quarter)
    by_ground, by_region = {}, {}
    for outcome in OUTCOMES:
        by_ground[outcome], by_region[outcome] = parted_by(true.by(outcome, 1), true.by(outcome, 2))
    number = told(len(true.hours))
    half = _within(true.hours, 50) if number else None
    p95 = _within(true.hours, 95) if number and number >= ENOUGH else None
    return Told(by_ground, by_region, number, half, p95)


def _within(hours: list[float], percent: int) -> int:
    """Whole hours within which a share of them lies, by the nearest rank."""
    return math.ceil(hours[max(0, math.ceil(len(hours) * percent / 100) - 1)])


def as_json(told: Told) -> dict[str, Any]:
    def one(found: dict[str, Parted]) -> dict[str, Any]:
        return {outcome: {"total": row.total, "parts": row.parts} for outcome, row in found.items()}

    return {
        "by_ground": one(told.by_ground),
        "by_region": one(told.by_region),
        "decided": told.decided,
        "hours": {"half": told.half, "p95": told.p95},
    }
