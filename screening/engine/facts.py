"""What else is known of a party beside its name: date of birth, country, kind. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from screening.engine.align import Aligned
from screening.engine.countries import same_country

OTHER_BIRTH = 0.70  # how much of the score is left where two dates of birth contradict each other
UNCONFIRMED = (
    0.74  # the same where a name that many bear has no date of birth on the list to be told apart by
)
OTHER_KIND = {frozenset(("company", "person")): 0.76}  # only the same name is left
OTHER_THING = 0.70  # a vessel or an aircraft is no company and no person
YEARS = 1  # years between two dates of birth that may be the same: lists round, and calendars differ


class Facts(NamedTuple):
    """What the asker knows. kind: company | person | vessel | aircraft; born: 1962, 1962-03 or 1962-03-17.

    `borne_by_many`: the name is one of two or three Chinese or Korean syllables, which thousands share: where the
    asker's date of birth could tell them apart and the list has none, the name alone is no hit.
    """

    kind: str | None = None
    country: str | None = None
    born: str | None = None
    borne_by_many: bool = False


def _year(date: str) -> int | None:
    found = re.search(r"\b(1[89]\d\d|20\d\d)\b", date)
    return int(found[1]) if found else None


def same_birth(asked: str, listed: Sequence[str]) -> bool | None:
    """Return whether one of the listed dates may be the one asked for; None where either side has none."""
    year = _year(asked)
    years = [found for date in listed if (found := _year(date))]
    if year is None or not years:
        return None
    return any(abs(year - other) <= YEARS for other in years)


def weigh_facts(
    score: float,
    facts: Facts,
    kind: str,
    countries: Sequence[str],
    born: Sequence[str],
    legal: str = "",
) -> tuple[float, list[Aligned]]:
    """Return the score after what else is known, and a line for each fact that was compared.

    `legal`: the legal form in the name asked for that the listed name has no like of, if any: who has one is no
    person, vessel or aircraft.
    """
    more = []
    if facts.born:
        same = same_birth(facts.born, born)
        if same is not None:
            more.append(Aligned(facts.born, ", ".join(born[:4]), float(same), "date_of_birth", 0.0))
            score *= 1.0 if same else OTHER_BIRTH
        elif facts.borne_by_many and kind == "person":
            more.append(Aligned(facts.born, "", 0.0, "date_of_birth", 0.0))
            score *= UNCONFIRMED
    if legal and kind in ("person", "vessel", "aircraft") and not facts.kind:
        more.append(Aligned(legal, kind, 0.0, "type", 0.0))
        score *= OTHER_KIND.get(frozenset(("company", kind)), OTHER_THING)
    if facts.kind and kind and facts.kind != kind:
        factor = OTHER_KIND.get(frozenset((facts.kind, kind)), OTHER_THING)
        more.append(Aligned(facts.kind, kind, 0.0, "type", 0.0))
        score *= factor
    if facts.country and countries:
        there = same_country(facts.country, countries)
        if there is not None:
            more.append(Aligned(facts.country, ", ".join(countries[:4]), float(there), "country", 0.0))
    return score, more
