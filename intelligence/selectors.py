"""Reads what the members told one another."""

from collections.abc import Iterable

from intelligence.models import Denial, SharedParty
from intelligence.names import headings, normalise


def denials_like(control_codes: Iterable[str], party_ids: Iterable[int], destination: str) -> list[Denial]:
    """Return the valid denials of an essentially identical transaction (Reg (EU) 2021/821 Art 16(5)).

    Essentially identical: a control heading in common, an end-user or consignee in common (by shared party)
    and the same destination. Of all members: whose denial it is, is for the caller to ask.
    """
    codes = headings(control_codes)
    found = (
        Denial.objects.valid()
        .filter(control_codes__overlap=codes, destination=destination.strip().upper())
        .filter(parties__in=list(party_ids))
        .select_related("jurisdiction")
        .distinct()
    )
    return list(found)


def denial_issuers(denials: Iterable[Denial]) -> list[str]:
    """Return the codes of the members that issued them, sorted, each once."""
    return sorted({denial.jurisdiction_id for denial in denials})


def known_parties(named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], SharedParty]:
    """Return the shared parties that some (name, country) are already known as; nothing is written."""
    keys = {(name, country): (normalise(name)[:300], country.strip().upper()) for name, country in named}
    rows = SharedParty.objects.filter(normalised__in={name for name, _country in keys.values()})
    found = {(row.normalised, row.country): row for row in rows}
    return {asked: found[key] for asked, key in keys.items() if key in found}
