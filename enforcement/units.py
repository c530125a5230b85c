"""Units of mass that convert into each other exactly; nothing else does.

UN/ECE Recommendation 20 (revision 17, 2021), conversion factors to the kilogram: KGM 1, GRM 10^-3, TNE 10^3.
"""

from __future__ import annotations

from decimal import Decimal

PLACES = Decimal("0.001")  # what a quantity is kept to
KILOGRAMS = {"KGM": Decimal(1), "GRM": Decimal("0.001"), "TNE": Decimal(1000)}


def convert(quantity: Decimal, unit: str, into: str) -> Decimal | None:
    """Return a quantity in another unit; None where no exact factor is defined, or the result is not exact."""
    if unit == into:
        return quantity
    if unit not in KILOGRAMS or into not in KILOGRAMS:
        return None
    found = quantity * KILOGRAMS[unit] / KILOGRAMS[into]
    return (
        found if found == round(found, 3) and found * KILOGRAMS[into] == quantity * KILOGRAMS[unit] else None
    )
