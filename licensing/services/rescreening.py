"""Screening the parties of a case: when it is assessed, before it is granted, and when a list changes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core import clock
from core.actors import PROCESS
from core.models import ref
from ledger import services as ledger
from licensing.models import Case, Licence, Party
from licensing.services.locks import locked
from screening import holdings as holdings_of
from screening import selectors as hits
from screening import services as screening
from screening.engine.addresses import Addresses, Lived
from screening.engine.addresses import build as build_addresses
from screening.engine.align import THRESHOLD
from screening.engine.index import Index, Listed, build
from screening.engine.search import search
from screening.indexes import addresses_of, index_of
from screening.lists import store
from screening.lists.store import lists_in_force
from screening.matching import Match, screen, screen_address, together
from screening.models import ClearedPair, Hit, Snapshot

Thing = TypeVar("Thing", bound=models.Model)
Matches = dict[int, list[tuple[str, Match]]]  # by party: (name asked, match)
LIVE = (Licence.Status.ISSUED, Licence.Status.SUSPENDED)


def names_of(party: Any) -> list[str]:
    """Return the names a party is screened by."""
    return [party.name, *party.aliases]


def numbers_of(party: Any) -> list[str]:
    return [str(entry["value"]) for entry in party.identifiers]


def matches_of(parties: Iterable[Party], index: Index, addresses: Addresses) -> Matches:
    """Match names, identifiers and address of every party against one state of the lists, each entry once."""
    return {party.pk: _own_matches(party, index, addresses) for party in parties}


def _own_matches(party: Party, index: Index, addresses: Addresses) -> list[tuple[str, Match]]:
    best: dict[tuple[str, str], tuple[str, Match]] = {}
    for name in names_of(party):
        found = screen(
            name, kind=party.kind, country=party.country, identifiers=numbers_of(party), index=index
        )
        for match in found:
            key = (match.list_key, match.entry_id)
            if key not in best or match.closeness > best[key][1].closeness:
                best[key] = (name, match)
    asked = {key: name for key, (name, _match) in best.items()}
    found = together(
        (match for _name, match in best.values()), screen_address(party.address, addresses=addresses)
    )
    return [(asked.get((match.list_key, match.entry_id), party.name), match) for match in found]


def screen_case(
    case: Case, parties: Sequence[Party], lists: Sequence[Mapping[str, str]]
) -> tuple[Matches, list[Hit]]:
    """Match every party of a case and what its owners bring upon it; return all matches and the hits that are new.

    Owners are parties themselves. Those who are listed and whom officers have not cleared make the parties that
    they hold count as listed, by the ownership rules in force today.
    """
    matches = matches_of(parties, index_of(lists), addresses_of(lists))
    new = note(case, parties, matches)
    for pk, more in _held(case, parties, matches).items():
        known = {(match.list_key, match.entry_id) for _asked, match in matches[pk] if match.strong}
        matches[pk] += [(asked, m) for asked, m in more if (m.list_key, m.entry_id) not in known]
    return matches, new + note(case, parties, matches)


def _held(case: Case, parties: Sequence[Party], matches: Matches) -> Matches:
    holdings = [
        holdings_of.Holding(party.name, party.owns, party.share)
        for party in parties
        if party.share is not None
    ]
    if not holdings:
        return {}
    uncleared = hits.uncleared(ref(case))
    own: dict[str, list[Match]] = {}
    for party in parties:
        own.setdefault(party.name, []).extend(
            match
            for _asked, match in matches[party.pk]
            if (party.shared_party_id, match.list_key, match.entry_id) in uncleared
        )
    found = holdings_of.held(holdings, own, on=clock.today(), rules=store.rules())
    return {
        party.pk: [(party.name, match) for match in found.get(holdings_of.same_name(party.name), ())]
        for party in parties
    }


def note(case: Case, parties: Iterable[Party], matches: Matches) -> list[Hit]:
    """Raise the hits of a case that are new; return them."""
    parties = list(parties)
    return screening.raise_hits(
        case_ref=ref(case),
        lead=case.lead_id,
        audience=case.audience,
        filed_by=case.application.filers,
        matches=[(ref(p), p.shared_party, asked, match) for p in parties for asked, match in matches[p.pk]],
        sides={
            ref(p): screening.Side.of(p.name, aliases=p.aliases, country=p.country, identifiers=p.identifiers)
            for p in parties
        },
    )


@transaction.atomic
def rescreen(*, case: Case, why: str, further: Sequence[Any] = ()) -> list[Hit]:
    """Screen every party of a case against the lists in force; return the hits that are new and to be judged.

    `further`: parties that take part beside those of the dossier, as whoever carries a shipment; their hits are
    hits of the case.

    For an open case before it is granted, for a case with a live licence when a list changes, and for whatever is
    to be shipped under one. `why`: issue | list | shipment; kept on the event `case.rescreened`, which is recorded
    where there are new hits.
    """
    case = locked(case.pk)
    parties = list(case.revision.parties.select_related("shared_party"))
    lists = lists_in_force()
    _matches, raised = screen_case(case, parties, lists)
    if further:
        raised += note(case, further, matches_of(further, index_of(lists), addresses_of(lists)))
    new = [hit for hit in raised if hit.pair_id is None]
    if new:
        licence = Licence.objects.filter(case=case, status__in=LIVE).first()
        ledger.record(
            "case.rescreened",
            actor=PROCESS,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={
                "why": why,
                "new_hits": len(new),
                "strong": any(hit.strong for hit in new),
                "licence": licence.number if licence else "",
            },
        )
    return new


def watched() -> Q:
    """Return which cases a list may still bring a hit to: the open ones and those with a live licence."""
    yesterday = (clock.now() - timedelta(days=1)).date()  # the last day ends later west of here
    live = Licence.objects.filter(status__in=LIVE, valid_until__gte=yesterday)
    return Q(status__in=Case.OPEN) | Q(pk__in=live.values("case"))


@transaction.atomic
def reopen(*, pair: ClearedPair) -> list[Hit]:
    """Open again what rests on a cleared pair that was ended or has expired, in open cases and under live licences.

    Cases that are over keep what was found: nothing is done under them any more.
    """
    refs = screening.resting_on(pair).filter(case_ref__startswith="case:").values_list("case_ref", flat=True)
    keys = {int(case_ref.removeprefix("case:")) for case_ref in refs}
    opened: list[Hit] = []
    for pk in Case.objects.filter(watched(), pk__in=keys).order_by("pk").values_list("pk", flat=True):
        case = locked(pk)
        if Case.objects.filter(watched(), pk=pk).exists():
            opened += screening.reopen(case_ref=ref(case), pair=pair)
    return opened


@transaction.atomic
def ask_for_rescreening(*, snapshot: Snapshot) -> list[Case]:
    """Ask for the rescreening of every case that what a version of a list added or changed may match.

    The parties are matched against those entries alone, so that a daily change touches no other case.
    """
    cases = list(_touched(store.changed(snapshot), store.lived_changed(snapshot)))
    _ask(cases, {"list": snapshot.source_list.key, "version": snapshot.version})
    return cases


@transaction.atomic
def ask_for_rescreening_by_owners() -> list[Case]:
    """Ask for the rescreening of every case that an ownership rule may touch which began: those that name owners,
    and those with a party that counts as listed by its owners."""
    rules = sorted(rule.key for rule in store.rules() if rule.in_force(clock.today()))
    owners = Party.objects.filter(role=Party.Role.OWNER, revision=OuterRef("revision_id"))
    cases = {case.pk: case for case in _touched(store.held_by_listed(), ())}
    named = Case.objects.filter(watched()).filter(Exists(owners)).select_related("lead")
    cases |= {case.pk: case for case in named}
    _ask(cases.values(), {"rules": rules})
    return list(cases.values())


def _ask(cases: Iterable[Case], why: dict[str, Any]) -> None:
    for case in cases:
        ledger.record(
            "screening.requested",
            actor=PROCESS,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts=why,
        )


def _touched(entries: Iterable[Listed], homes: Iterable[Lived]) -> Iterator[Case]:
    """Yield the cases with a party that may be one of these, or live where one of these does."""
    cases = Case.objects.filter(watched()).select_related("lead").prefetch_related("revision__parties")
    yield from touched(cases, lambda case: case.revision.parties.all(), entries, homes)


def touched(
    things: QuerySet[Thing],
    parties_of: Callable[[Thing], Iterable[Any]],
    entries: Iterable[Listed],
    homes: Iterable[Lived],
) -> Iterator[Thing]:
    """Yield the things with a party that may be one of these entries, or live where one of these does."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), entries)
        build_addresses(Path(folder), homes)
        index, addresses = Index(Path(folder)), Addresses(Path(folder))
        if not index.names:
            return
        for thing in things.iterator(chunk_size=500):
            if any(_may_match(index, addresses, party) for party in parties_of(thing)):
                yield thing


def _may_match(index: Index, addresses: Addresses, party: Any) -> bool:
    numbers = numbers_of(party)
    return bool(addresses.search(party.address, top=1)) or any(
        search(index, name, kind=party.kind, identifiers=numbers, top=1, least=THRESHOLD)
        for name in names_of(party)
    )
