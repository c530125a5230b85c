"""The cap that two officers set."""

from __future__ import annotations

import re
from decimal import Decimal

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
    if not UNIT.fullmatch(unit):
        errors["unit"] = [_("Give the currency or unit in three letters, such as EUR or NAR.")]
