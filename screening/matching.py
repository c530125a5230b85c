"""Matching a party against the lists in force, with the reason for each match."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from core.errors import Invalid
from screening.engine.addresses import LONGEST as LONGEST_ADDRESS
from screening.engine.addresses import Addresses
from screening.engine.addresses import Found as FoundAddress
from screening.engine.align import THRESHOLD, Aligned
from screening.engine.index import Index
from screening.engine.search import Found, search
from screening.engine.words import LONGEST
from screening.explaining import address_sentences, sentences
from screening.indexes import addresses_in_force, index_in_force

SAME_NAME = 0.97  # a legal form or a particle may be missing
TELLING = 0.20  # weight of a word that has to be the same
MOST = 50  # matches of one party
ADDRESS = "address"
LONGEST_MATCHED = 400  # letters of what matched that a hit keeps


@dataclass(frozen=True)
class Match:
    """A listed name that a name resembles. `score`: 0 to 1, see screening.engine.align."""

    list_key: str
    version: str
    entry_id: str
    entry_kind: str
    entry_name: str
    matched_name: str
    name_kind: str  # primary | alias | weak
    score: float
    rule: str  # exact | alias | near | identifier | owned | address
    explanation: tuple[str, ...]
    alignment: tuple[Aligned, ...] = ()
    countries: tuple[str, ...] = ()
    born: tuple[str, ...] = ()

    @property
    def strong(self) -> bool:
        """Whether it stops a case: the same name or number, no weak alias; or held by those who are listed."""
        return self.rule in ("exact", "alias", "identifier", "owned") and self.name_kind != "weak"

    @property
    def closeness(self) -> tuple[bool, float, bool]:
        """What orders matches: addresses last, then the score, of equal ones a number before a name."""
        return (self.rule != ADDRESS, self.score, self.rule == "identifier")


def screen(
    name: str,
    *,
    kind: str | None = None,
    country: str | None = None,
    born: str | None = None,
    identifiers: Iterable[str] = (),
    index: Index | None = None,
    least: float = THRESHOLD,
) -> list[Match]:
    """Return the listed parties a name or number may be, best first, each once, with a score of `least` or more.

    `kind` is what the asker says the party is: between company and person only the same name counts then, and a
    vessel's name counts for a vessel alone. A date of birth that contradicts the entry's lowers the score; a
    country is shown and narrows nothing, for it is too easily another one. `index`: to ask about several names in
    one state of the lists. Invalid for a name of more than 300 characters.
    """
    if len(name) > LONGEST:
        raise Invalid.field("name", _("A name has at most 300 characters."))
    found = search(
        index or index_in_force(),
        name,
        kind=kind,
        country=country,
        born=born,
        identifiers=identifiers,
        top=MOST,
        least=least,
    )
    return [match_of(name, each) for each in found]


def match_of(asked: str, found: Found) -> Match:
    """Return what the engine found, in words.

    The name is the same (exact, alias) where nothing differs but case, order, script, legal form, particle or the
    language of an organisation word.
    """
    if any(pair.rule == "identifier" for pair in found.alignment):
        rule = "identifier"
    elif found.score < SAME_NAME or not all(
        p.similarity == 1.0 or p.weight < TELLING for p in found.alignment
    ):
        rule = "near"
    else:
        rule = "exact" if found.name_kind == "primary" else "alias"
    return Match(
        found.list_key,
        found.version,
        found.entry_id,
        found.entry_kind,
        found.entry_name,
        found.matched_name,
        found.name_kind,
        found.score,
        rule,
        sentences(
            asked=asked,
            matched=found.matched_name,
            name_kind=found.name_kind,
            entry_id=found.entry_id,
            entry_name=found.entry_name,
            pairs=found.alignment,
        ),
        found.alignment,
        found.countries,
        found.born,
    )


def screen_address(
    address: str, *, addresses: Addresses | None = None, least: float = THRESHOLD, top: int = 10
) -> list[Match]:
    """Return the listed parties at an address, best first, each once: none of them strong, since many share one.

    Invalid for an address of more than 500 characters.
    """
    if len(address) > LONGEST_ADDRESS:
        raise Invalid.field("address", _("An address has at most 500 characters."))
    found = (addresses or addresses_in_force()).search(address, top=top, least=least)
    return [_match_of_address(address, one) for one in found]


def _match_of_address(asked: str, found: FoundAddress) -> Match:
    return Match(
        found.list_key,
        found.version,
        found.entry_id,
        found.entry_kind,
        found.entry_name,
        found.address[:LONGEST_MATCHED],
        "primary",
        found.score,
        ADDRESS,
        address_sentences(
            asked=asked,
            listed=found.address,
            entry_id=found.entry_id,
            entry_name=found.entry_name,
            pairs=found.alignment,
            parties=found.parties,
        ),
        found.alignment,
    )


def together(by_name: Iterable[Match], by_address: Iterable[Match]) -> list[Match]:
    """Return matches of one party, each entry once: where name and address fit, the name's with both reasons."""
    found = {(match.list_key, match.entry_id): match for match in by_name}
    for match in by_address:
        key = (match.list_key, match.entry_id)
        if key in found:
            found[key] = replace(found[key], explanation=(*found[key].explanation, *match.explanation))
        else:
            found[key] = match
    return list(found.values())
