"""Which country a published list means: names, codes and nationalities as publishers write them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pycountry

#: What ISO 3166 does not say itself, as it stands in OFAC's, the UN's, the EU's and the US consolidated lists.
WRITTEN = {
    "RU": ("russia", "russian"),
    "KP": ("korea, north", "dprk", "democratic people's republic of korea", "north korean"),
    "KR": ("korea, south", "south korean"),
    "IR": ("iranian", "iran (islamic republic of)"),
    "TR": ("turkey", "turkish"),
    "BY": ("belarusian", "belarussian"),
    "MM": ("burma", "myanmar/burma", "burmese"),
    "AF": ("afghan",),
    "CD": ("congo, democratic republic of the", "democratic republic of the congo", "drc"),
    "SY": ("syrian",),
    "IQ": ("iraqi",),
    "UA": ("ukrainian",),
    "CN": ("chinese",),
    "GB": ("uk", "great britain", "british"),
    "AE": ("uae",),
    "TN": ("tunisian",),
    "DZ": ("algerian",),
    "PK": ("pakistani",),
    "IL": ("israeli",),
    "SD": ("sudanese",),
    "EG": ("egyptian",),
    "FR": ("french",),
    "LY": ("libyan",),
    "YE": ("yemeni",),
    "LB": ("lebanese",),
    "ID": ("indonesian",),
    "VE": ("venezuelan",),
    "NI": ("nicaraguan",),
    "PH": ("filipino",),
    "SA": ("saudi arabian",),
    "GM": ("the gambia",),
    "BS": ("bahamas, the",),
    "CI": ("ivory coast", "cote d ivoire"),
    "MK": ("macedonia", "north macedonia, the republic of"),
    "BN": ("brunei",),
}
CODES = {name: code for code, names in WRITTEN.items() for name in names}


@cache
def code_of(text: str) -> str:
    """Return the two-letter code (ISO 3166) of a country as somebody writes it; "" for one that is not known."""
    plain = " ".join(text.split()).casefold()
    if plain in CODES:
        return CODES[plain]
    try:
        return str(pycountry.countries.lookup(plain).alpha_2)
    except LookupError:
        return ""


def same_country(asked: str, listed: Sequence[str]) -> bool | None:
    """Return whether one of the listed countries is the one asked for; None where that cannot be told."""
    wanted = code_of(asked)
    known = [code_of(each) for each in listed]
    if asked.casefold() in (each.casefold() for each in listed) or (wanted and wanted in known):
        return True
    return False if wanted and known and all(known) else None
