"""Identifiers that prove themselves: what form each has, and whether its check digits fit. Pure.

Sources: LEI ISO 17442 with ISO 7064 mod 97-10; IMO number IMO Resolution A.1117(30); container number ISO 6346;
EORI Article 3 of Delegated Regulation (EU) 2015/2446; UN/LOCODE UN/ECE Recommendation 16; HS the Harmonized
System of the WCO.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from stdnum import imo, iso6346, lei
from stdnum.eu import vat
from stdnum.exceptions import InvalidChecksum, ValidationError

from licensing.dossier.fields import is_country

#: Schemes of a party's identifiers.
IDENTIFIERS = ("lei", "vat", "imo", "eori", "registration")
EU_VAT = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
EORI = (EU_VAT - {"EL"}) | {"GR", "GB", "XI"}  # members of the Union, Great Britain and Northern Ireland
RESERVED_CHAPTERS = ("00", "77")


def problem(scheme: str, value: str) -> tuple[str, str] | None:
    """Return code and message of what is wrong with an identifier of a scheme; None where nothing is."""
    plain = re.sub(r"[\s.-]", "", value).upper()
    if scheme == "lei":
        form = _("An LEI has 20 letters and digits, of which the last two are check digits.")
        return ("bad_identifier", form) if len(plain) != 20 else _judged(lei, plain, form)
    if scheme == "imo":
        return _judged(imo, plain, _("An IMO number has seven digits, of which the last is a check digit."))
    if scheme == "vat" and plain[:2] in EU_VAT:
        return _judged(vat, plain, _("This VAT number does not have the form that its country uses."))
    if scheme == "eori" and not (plain[:2] in EORI and re.fullmatch(r"[A-Z]{2}[A-Z0-9]{1,15}", plain)):
        return "bad_identifier", _(
            "An EORI number is a member of the Union, GB or XI by two letters, then at most 15 letters and digits."
        )
    return None


def container_problem(value: str) -> tuple[str, str] | None:
    """Return what is wrong with the number of a freight container: owner, category U, J or Z, six digits, check."""
    form = _("A container number has four letters and seven digits, such as CSQU3054383.")
    return _judged(iso6346, re.sub(r"[\s-]", "", value).upper(), form)


def _judged(module: object, plain: str, form: str) -> tuple[str, str] | None:
    try:
        module.validate(plain)  # type: ignore[attr-defined]
    except InvalidChecksum:
        return "bad_check_digit", _("The check digits of this number do not fit. Compare it with its source.")
    except ValidationError:
        return "bad_identifier", form
    return None


def is_place(value: object) -> bool:
    """Whether a value has the form of a UN/LOCODE, of a country that there is."""
    return (
        isinstance(value, str)
        and re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", value) is not None
        and is_country(value[:2])
    )


def is_hs(value: object) -> bool:
    """Whether a value is an HS code of 6 digits, or one of the 8 or 10 digits that members make of it, in a chapter
    that there is."""
    return (
        isinstance(value, str)
        and re.fullmatch(r"[0-9]{6}([0-9]{2}){0,2}", value) is not None
        and value[:2] not in RESERVED_CHAPTERS
    )
