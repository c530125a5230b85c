"""Asking the lists about parties of no case: what partner agencies do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core.audience import Audience, jurisdiction
from core.errors import Invalid
from core.policies import require
from ledger import services as ledger
from members.models import User
from screening import policies
from screening.indexes import addresses_of, index_of
from screening.lists.store import lists_in_force
from screening.matching import Match, screen, screen_address, together

MOST_PARTIES = 1000
MOST_NAMES = 20  # of one party
MOST_ADDRESSES = 10  # of one party
MOST_MATCHES = 50  # of one party


@dataclass(frozen=True)
class Asked:
    """A party somebody asks about. kind: company | person | vessel | aircraft; born: a year or a date."""

    names: tuple[str, ...]
    kind: str | None = None
    country: str | None = None
    born: str | None = None
    identifiers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answered:
    """The lists that were asked, and the matches of each party, best first, each entry once."""

    lists: list[dict[str, str]]
    matches: list[list[Match]]


@transaction.atomic
def ask(*, actor: User, parties: Sequence[Asked], least: float, top: int = 10) -> Answered:
    """Screen up to 1,000 parties against the lists in force; matches of a lower score than `least` are left out.

    Who asked, and about how many, is recorded; the names are not.
    """
    require(policies.can_ask, actor)
    if not 1 <= len(parties) <= MOST_PARTIES:
        raise Invalid.field("parties", _("Ask about 1 to %(most)s parties.") % {"most": MOST_PARTIES})
    lists = lists_in_force()
    index, addresses = index_of(lists), addresses_of(lists)
    found: list[list[Match]] = []
    for party in parties:
        best: dict[tuple[str, str], Match] = {}
        for name in party.names or ("",):
            for match in screen(
                name,
                kind=party.kind,
                country=party.country,
                born=party.born,
                identifiers=party.identifiers,
                index=index,
                least=least,
            ):
                pair = (match.list_key, match.entry_id)
                if pair not in best or match.closeness > best[pair].closeness:
                    best[pair] = match
        for address in party.addresses[:MOST_ADDRESSES]:
            by_address = screen_address(address, addresses=addresses, least=least)
            best = {(m.list_key, m.entry_id): m for m in together(best.values(), by_address)}
        found.append(sorted(best.values(), key=lambda match: match.closeness, reverse=True)[:top])
    ledger.record(
        "parties.asked",
        actor=actor,
        subject=actor,
        audience=Audience.of(jurisdiction(str(actor.jurisdiction_code))),
        facts={
            "parties": len(parties),
            "with_matches": sum(bool(matches) for matches in found),
            "lists": [f"{entry['list']} {entry['version']}" for entry in lists],
        },
    )
    return Answered(lists, found)
