"""What cases and licences are about, as measures of a crisis tell it apart: one query, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from alliance import crises
from alliance.crises import Bearing
from alliance.measures import Effect, Scope, Trade
from licensing.models import Case, Item, Licence, LicenceLine, Party

RECEIVING = (Party.Role.CONSIGNEE, Party.Role.END_USER)
CHUNK = 2000  # rows read at a time


def code_of(code: str) -> str:
    """Return a control code as scopes write it: 3A001.b.2, however it was typed."""
    code = "".join(code.split())
    return code[:5].upper() + code[5:].lower()


def _trade(row: Mapping[str, Any]) -> Trade:
    return Trade(
        lead=row["member"],
        control_codes=frozenset(code_of(code) for code in row["codes"] if code),
        destinations=frozenset(row["countries"]),
        parties=frozenset(str(uid) for uid in row.get("shared", ())),
        ground=row["claimed"] or "none",
    )


def _parties(revision: str) -> Any:
    return Party.objects.order_by("pk").filter(revision=OuterRef(revision))


def trades_of_cases(cases: QuerySet[Case]) -> Iterator[tuple[int, Trade]]:
    """Yield (key, trade) of cases by their revision in hand."""
    rows = cases.order_by("pk").values(
        "pk",
        member=F("lead_id"),
        codes=ArraySubquery(
            Item.objects.order_by("line").filter(revision=OuterRef("revision")).values("control_code")
        ),
        countries=ArraySubquery(_parties("revision").filter(role__in=RECEIVING).values("country")),
        shared=ArraySubquery(_parties("revision").values("shared_party__uid")),
        claimed=F("revision__dossier__ground__kind"),
    )
    for row in rows.iterator(chunk_size=CHUNK):
        yield row["pk"], _trade(row)


def within(licences: QuerySet[Licence], scopes: Sequence[Scope]) -> QuerySet[Licence]:
    """Return those of some licences that one of some scopes could mean, told by what the licence's row says itself:
    its destinations."""
    if not all(scope.destinations for scope in scopes):
        return licences
    return licences.filter(destinations__has_any_keys=sorted({one for s in scopes for one in s.destinations}))


def trades_of_licences(
    licences: QuerySet[Licence], *, with_parties: bool = True
) -> Iterator[tuple[int, Trade]]:
    """Yield (key, trade) of licences: lines and destinations, and the parties and ground they were granted on.

    Without parties, which take half of the time, only for whoever compares with scopes that name none.
    """
    shared = {"shared": ArraySubquery(_parties("granted_on").values("shared_party__uid"))}
    # What nobody has decided yet was granted on the revision in hand, which stays that until it is.
    granted = licences.annotate(granted_on=Coalesce("decision__revision", "case__revision"))
    ground = "revision__dossier__ground__kind"
    rows = granted.order_by("pk").values(
        "pk",
        member=F("issued_by_id"),
        codes=ArraySubquery(
            LicenceLine.objects.order_by("line").filter(licence=OuterRef("pk")).values("control_code")
        ),
        countries=F("destinations"),
        claimed=Coalesce(F(f"decision__{ground}"), F(f"case__{ground}")),
        **(shared if with_parties else {}),
    )
    for row in rows.iterator(chunk_size=CHUNK):
        yield row["pk"], _trade(row)


def trade_of_case(case: Case) -> Trade:
    return next(trades_of_cases(Case.objects.filter(pk=case.pk)))[1]


def trade_of_licence(licence: Licence) -> Trade:
    return next(trades_of_licences(Licence.objects.filter(pk=licence.pk)))[1]


def bearing_on(case: Case, effect: Effect | None = None) -> list[Bearing]:
    """Return the measures in force that bear on a case."""
    found = crises.in_force()
    return crises.bearing(trade_of_case(case), effect, found) if found else []


def _could_mean(scope: Scope, destinations: Sequence[str]) -> bool:
    """Whether a scope could mean a licence, told by what its row says itself; see `within`."""
    return not scope.destinations or not set(scope.destinations).isdisjoint(destinations)


def suspended(licences: Iterable[Licence]) -> dict[int, list[Bearing]]:
    """Return, by key, every measure that suspends each of some licences now, for those that one does.

    Two queries whatever their number, one while no measure in force could mean any of them.
    """
    in_force = crises.in_force()
    measures = [measure for crisis in in_force for measure in crisis.set.measures]
    scopes = [one.scope for one in measures if one.effect == Effect.SUSPEND_LICENCES]
    keys = [one.pk for one in licences if any(_could_mean(scope, one.destinations) for scope in scopes)]
    if not keys:
        return {}
    found = {}
    for pk, trade in trades_of_licences(Licence.objects.filter(pk__in=keys)):
        if bears := crises.bearing(trade, Effect.SUSPEND_LICENCES, in_force):
            found[pk] = bears
    return found
