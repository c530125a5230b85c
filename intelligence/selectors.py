"""Reads what the members told one another."""

from collections.abc import Iterable

from intelligence.identical import Line, Named, Refused
from intelligence.models import Denial, SharedParty
from intelligence.names import headings, normalise


def denials_concerning(
    control_codes: Iterable[str], destinations: Iterable[str], *, known_to: str
) -> list[Denial]:
    """Return the valid denials of some items for some destinations that a member may know of, the newest first.

    Whose denial it is, and whether a party resembles one, is for the caller to ask: see `refused`.
    """
    found = (
        Denial.objects.valid()
        .known_to(known_to)
        .filter(
            control_codes__overlap=headings(control_codes),
            destination__in=[code.strip().upper() for code in destinations],
        )
        .select_related("jurisdiction")
        .prefetch_related("named__sharedparty")
    )
    return list(found)


def refused(denial: Denial) -> Refused:
    """Return what a denial refused, as it is compared."""
    return Refused(
        codes=tuple(denial.control_codes),
        destination=denial.destination,
        parties=tuple(
            Named(
                name=one.sharedparty.name,
                role=one.entity_type,
                country=one.sharedparty.country,
                shared=one.sharedparty_id,
                numbers=numbers_of(one.sharedparty.identifiers),
            )
            for one in denial.named.all()
        ),
        lines=tuple(Line.of(line) for line in denial.lines),
    )


def numbers_of(identifiers: Iterable[dict[str, str]]) -> frozenset[str]:
    """Return identifiers as they are compared: scheme and value, without spaces and case."""
    return frozenset(
        f"{one.get('scheme', '')}:{''.join(str(one.get('value', '')).split())}".casefold()
        for one in identifiers
        if str(one.get("value", "")).strip()
    )


def denial_issuers(denials: Iterable[Denial]) -> list[str]:
    """Return the codes of the members that issued them, sorted, each once."""
    return sorted({denial.jurisdiction_id for denial in denials})


def known_parties(named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], SharedParty]:
    """Return the shared parties that some (name, country) are already known as; nothing is written."""
    keys = {(name, country): (normalise(name)[:300], country.strip().upper()) for name, country in named}
    rows = SharedParty.objects.filter(normalised__in={name for name, _country in keys.values()})
    found = {(row.normalised, row.country): row for row in rows}
    return {asked: found[key] for asked, key in keys.items() if key in found}
