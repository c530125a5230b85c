"""Numbers that prove themselves: LEI and VAT with their check digits."""

from __future__ import annotations

import re

import stdnum
from django.utils.translation import gettext as _
from stdnum import lei as stdnum_lei
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from core.errors import Invalid

PREFIXES = {"GR": "EL"}  # where VAT uses another prefix than ISO 3166-1


def lei(value: str) -> str:
    """Return a legal entity identifier (ISO 17442) in its plain form, or "" for none; Invalid names `lei`."""
    plain = re.sub(r"[\s-]", "", value).upper()
    if not plain:
        return ""
    if not re.fullmatch(r"[0-9A-Z]{18}[0-9]{2}", plain):
        raise Invalid.field("lei", _("An LEI has 20 characters: 18 letters or digits, then 2 check digits."))
    try:
        return str(stdnum_lei.validate(plain))
    except ValidationError:
        raise Invalid.field(
            "lei", _("The check digits of this LEI do not fit. Compare it with your certificate.")
        ) from None


def vat(value: str, country: str) -> str:
    """Return a VAT number with its country in front, or "" for none; Invalid names `vat`.

    Where a country's check digits are known to python-stdnum they must fit; elsewhere 4 to 18 letters and
    digits are taken as they are.
    """
    plain = re.sub(r"[\s./-]", "", value).upper()
    if not plain:
        return ""
    prefix = PREFIXES.get(country, country)
    body = plain.removeprefix(prefix)
    module = stdnum.get_cc_module(country, "vat")
    if module is None:
        if not re.fullmatch(r"[0-9A-Z]{4,18}", body):
            raise Invalid.field("vat", _("A tax number has 4 to 18 letters and digits."))
        return prefix + body
    try:
        return prefix + str(module.validate(body)).removeprefix(prefix)
    except InvalidChecksum:
        message = _("The check digits of this VAT number do not fit. Compare it with your registration.")
    except InvalidLength:
        message = _("This VAT number has too few or too many characters.")
    except ValidationError:
        message = _("This VAT number does not have the form that its country uses.")
    raise Invalid.field("vat", message)
