"""The cap that two officers set."""

from __future__ import annotations

import re
from decimal import Decimal

import pycountry
from django.utils.translation import gettext as _

from exemptions.models.bounds import Bounded

UNIT = re.compile(r"[A-Z]{3}")
LARGEST = Decimal("999999999999")


def check_cap(cap_of: str, cap: Decimal, unit: str, errors: dict[str, list[str]]) -> None:
    """Say field by field what is no cap."""
    if cap_of not in Bounded.Cap.values:
        errors["cap_of"] = [_("Say whether value or quantity is capped.")]
    if not cap.is_finite() or not 0 < cap <= LARGEST or cap != round(cap, 3):
        errors["cap"] = [_("Give a cap above zero, with at most three decimals.")]
    currency = UNIT.fullmatch(unit) is not None and pycountry.currencies.get(alpha_3=unit) is not None
    if cap_of == Bounded.Cap.VALUE and not currency:
        errors["unit"] = [_("Give the currency in three letters (ISO 4217), such as EUR.")]
    elif not UNIT.fullmatch(unit) or (cap_of == Bounded.Cap.QUANTITY and currency):
        errors["unit"] = [_("Give the unit of quantity in three letters, such as NAR or KGM.")]
