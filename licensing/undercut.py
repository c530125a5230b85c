"""Which denials a transaction is essentially identical to, and by which rule each is heeded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from alliance import selectors as alliance
from alliance.undercut import UndercutRule, rule_between
from core import audience, clock
from intelligence import selectors as intelligence
from intelligence.identical import Comparison, Line, Named, Ruler, Transaction, compare
from intelligence.models import Denial
from licensing.models import Item, Party
from screening.engine import compare as names
from screening.engine.align import THRESHOLD
from screening.engine.words import LONGEST
from screening.matching import SAME_NAME

RECEIVING = (Party.Role.END_USER, Party.Role.CONSIGNEE)


@lru_cache(maxsize=4096)
def _alike(one: str, other: str) -> float:
    return names.compare(one[:LONGEST], other[:LONGEST]).score


#: Names are compared as screening compares them with the lists.
RULER = Ruler(alike=_alike, same=SAME_NAME, near=THRESHOLD)


@dataclass(frozen=True)
class Found:
    """A denial that a transaction resembles in item, party and destination."""

    denial: Denial
    comparison: Comparison


def line_of(code: str, quantity: object = None, unit: str = "") -> Line:
    """Return a line as it is compared: what no list has, or nobody has classified, meets catch-all denials."""
    listed = bool(code.strip()) and not alliance.not_controlled(code)
    amount = Line.of({"quantity": "" if quantity is None else str(quantity)}).quantity
    return Line(code, amount, unit, listed)


def transaction_of(items: Iterable[Item], parties: Iterable[Party]) -> Transaction:
    """Return a revision as it is compared; owners, carriers and others between play no part in it."""
    return Transaction(
        lines=tuple(line_of(item.control_code, item.quantity, item.unit) for item in items),
        receivers=tuple(
            Named(
                name=name,
                role=party.role,
                country=party.country,
                shared=party.shared_party_id,
                numbers=intelligence.numbers_of(party.identifiers),
            )
            for party in parties
            if party.role in RECEIVING
            for name in (party.name, *party.aliases)
        ),
    )


def found(transaction: Transaction, *, lead: str) -> list[Found]:
    """Return the valid denials that a transaction is to be asked about, of whatever member, as far as the lead may
    know of them. Source: Reg (EU) 2021/821 Art 16(5): all valid denials are looked at before a grant."""
    if not transaction.receivers:
        return []
    denials = intelligence.denials_concerning(transaction.codes, transaction.destinations, known_to=lead)
    compared = (
        Found(denial, compare(transaction, intelligence.refused(denial), RULER)) for denial in denials
    )
    return [one for one in compared if one.comparison.identical]


def meets(transaction: Transaction, denial: Denial, *, lead: str) -> bool:
    """Return whether a valid denial that the lead may know of is one of those; asks no database."""
    known = {audience.ALLIANCE, audience.jurisdiction(lead)} & set(denial.audience)
    valid = denial.status == Denial.Status.VALID
    return bool(valid and known and compare(transaction, intelligence.refused(denial), RULER).identical)


def issuers(found_denials: Iterable[Found]) -> list[str]:
    """Return the codes of the members whose denials they are, sorted, each once; only of denials that every member
    may know of, for everyone with a stake in the case reads them."""
    return intelligence.denial_issuers(one.denial for one in found_denials if not one.denial.releasable_to)


def rule_for(one: Found, transaction: Transaction, *, lead: str) -> UndercutRule | None:
    """Return the rule by which the lead heeds a denial that was found; None where the time of the rule is over.

    What counts are the reasons for control of the items both have in common.
    """
    codes = set(transaction.codes) & set(one.denial.control_codes)
    entries = [entry for code in codes if (entry := alliance.control_entry(code))]
    return rule_between(
        alliance.undercut_rules(),
        lead=lead,
        denier=one.denial.jurisdiction_id,
        reasons={reason["code"] for entry in entries for reason in entry.reasons},
        denied_at=one.denial.decided_at,
        now=clock.now(),
    )
