"""What is read of the licence that an application asks to have replaced."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from licensing import taking
from licensing.dossier import Deficiency, Dossier
from licensing.models import Application, Licence


def deficiencies(application: Application, dossier: Dossier) -> list[Deficiency]:
    """A line that goes on is counted in the unit of the licence: what has left is taken off it."""
    if application.replaces_id is None:
        return []
    units = dict(application.replaces.lines.values_list("line", "unit")) if application.replaces else {}
    items = dossier.get("items")
    return [
        Deficiency(
            "other_unit",
            f"items[{number}].unit",
            _("Line %(line)s of %(number)s is counted in %(unit)s: keep the unit, or number this line anew.")
            % {"line": item["line"], "number": application.replaces, "unit": units[item["line"]]},
        )
        for number, item in enumerate(items if isinstance(items, list) else [])
        if isinstance(item, dict)
        and isinstance(item.get("line"), int)
        and item["line"] in units
        and item.get("unit") != units[item["line"]]
    ]


def succeeded(licence: Licence) -> bool:
    """Whether another licence was issued in the place of one, or of what was left when that had ended by itself:
    what had left was taken off it, so nothing more is counted under the former."""
    return Licence.objects.filter(case__application__replaces=licence).exists()


def remaining(licence: Licence, granted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a licence that replaces another covers: what was granted, less what has left under the
    former or is reserved of it, by line. What the two cover is never more than what was granted."""
    taken = taking.taken_of(licence)
    found = []
    for entry in granted:
        line = taken.get(entry["line"])
        left = Decimal(entry["quantity"]) - (line.gone if line else Decimal(0))
        if left > 0:
            found.append({**entry, "quantity": format(left, "f")})
    return found
