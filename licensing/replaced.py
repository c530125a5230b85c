"""What is read of the licence that an application asks to have replaced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from licensing import taking
from licensing.dossier import Deficiency, Dossier
from licensing.models import Application, Item, Licence, LicenceLine


@dataclass(frozen=True)
class Goods:
    """A line as it is told apart from others: by its number, or by what it is of."""

    line: int
    control_code: str
    description: str
    unit: str

    @property
    def what(self) -> tuple[str, str]:
        return self.control_code.strip().upper(), " ".join(self.description.casefold().split())


def continued(former: Iterable[Goods], asked: Iterable[Goods]) -> dict[int, Goods]:
    """Return, by the number of a former line, the line that goes on with it: the same goods under whichever number,
    or else the same number where no other former line is of these goods. A table that is loaded numbers lines
    anew."""
    old, new = list(former), list(asked)
    known = {one.what for one in old}
    found = {}
    for line in old:
        same = [one for one in new if one.what == line.what]
        same += [one for one in new if one.line == line.line and one.what not in known]
        if same:
            found[line.line] = next((one for one in same if one.line == line.line), same[0])
    return found


def goods_of(rows: Iterable[LicenceLine | Item]) -> list[Goods]:
    """Return lines of a licence, or items of a revision, as they are told apart."""
    return [Goods(row.line, row.control_code, row.description, row.unit) for row in rows]


def deficiencies(application: Application, dossier: Dossier) -> list[Deficiency]:
    """A line that goes on is counted in the unit of the licence: what has left is taken off it."""
    if application.replaces is None:
        return []
    told = dossier.get("items")
    places, asked = {}, []
    for number, item in enumerate(told if isinstance(told, list) else []):
        if isinstance(item, dict) and isinstance(item.get("line"), int):
            texts = (str(item.get(name) or "") for name in ("control_code", "description", "unit"))
            places[item["line"]] = number
            asked.append(Goods(item["line"], *texts))
    former = goods_of(application.replaces.lines.all())
    units = {one.line: one.unit for one in former}
    return [
        Deficiency(
            "other_unit",
            f"items[{places[now.line]}].unit",
            _("Line %(line)s of %(number)s is counted in %(unit)s: keep the unit, or name other goods anew.")
            % {"line": line, "number": application.replaces, "unit": units[line]},
        )
        for line, now in continued(former, asked).items()
        if now.unit != units[line]
    ]


def succeeded(licence: Licence) -> bool:
    """Whether another licence was issued in the place of one, or of what was left when that had ended by itself:
    what had left was taken off it, so nothing more is counted under the former."""
    return Licence.objects.filter(case__application__replaces=licence).exists()


def remaining(licence: Licence, granted: list[dict[str, Any]], items: Iterable[Item]) -> list[dict[str, Any]]:
    """Return what a licence that replaces another covers: what was granted, less what has left under the
    former or is reserved of it, by line. What the two cover is never more than what was granted.

    `items` are those that the grant is of.
    """
    lines = {entry["line"] for entry in granted}
    goes_on = continued(goods_of(licence.lines.all()), [one for one in goods_of(items) if one.line in lines])
    gone: dict[int, Decimal] = {}
    for number, taken in taking.taken_of(licence).items():
        if number in goes_on:
            line = goes_on[number].line
            gone[line] = gone.get(line, Decimal(0)) + taken.gone
    found = []
    for entry in granted:
        left = Decimal(entry["quantity"]) - gone.get(entry["line"], Decimal(0))
        if left > 0:
            found.append({**entry, "quantity": format(left, "f")})
    return found
